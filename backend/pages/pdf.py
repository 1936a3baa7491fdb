"""What the shop's PDFs are made of: their pages, letters, and how they are sent."""

import io
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

from backend.customers import addresses
from backend.customers.addresses import Address
from backend.orders.models import Order
from backend.pages.render import SECRET_HEADERS
from backend.pages.visitor import Visitor
from backend.shop import Shop

FONT, BOLD = "Vera", "VeraBd"
"""Bitstream Vera, which comes with the library; the letters of western Europe and the signs of currencies."""
PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=9, leading=13)
TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=16, leading=22, spaceBefore=10 * mm)
MARGIN = 20 * mm

for font in (FONT, BOLD):
    pdfmetrics.registerFont(TTFont(font, f"{font}.ttf"))


def answer(pdf: bytes, name: str) -> web.Response:
    """For whoever holds the secret address alone."""
    headers = SECRET_HEADERS | {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return web.Response(body=pdf, content_type="application/pdf", headers=headers)


def built(
    visitor: Visitor,
    shop: Shop,
    title: str,
    parts: list[Flowable],
    *,
    size: tuple[float, float] = A4,
    margin: float = MARGIN,
) -> bytes:
    """As many pages as it takes."""
    buffer = io.BytesIO()
    margins: Any = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), margin)
    pages = SimpleDocTemplate(
        buffer, pagesize=size, title=title, author=shop.name, lang=visitor.language, **margins
    )
    pages.build(parts)
    return buffer.getvalue()


def heading(visitor: Visitor, shop: Shop, order: Order) -> Table:
    """Who sold, and who bought."""
    seller = [shop.name, *shop.invoice_from, shop.email]
    buyer = addresses.lines(Address(**order.address), visitor.language) or [order.email]
    return Table([[text_lines(seller), text_lines(buyer)]], colWidths=(85 * mm, 85 * mm), style=_top())


def text_lines(lines: list[str]) -> Paragraph:
    """What customers type is text, and no markup."""
    return Paragraph("<br/>".join(map(escape, lines)), PLAIN)


def right() -> TableStyle:
    return TableStyle([("FONT", (0, 0), (-1, -1), FONT, 9), ("ALIGN", (0, 0), (-1, -1), "RIGHT")])


def _top() -> TableStyle:
    return TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)])
