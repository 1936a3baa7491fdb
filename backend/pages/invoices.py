"""The invoice of an order as a PDF, for whoever holds the order's secret address; in the order's language."""

import io
from xml.sax.saxutils import escape

from aiohttp import web
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from backend.customers import addresses
from backend.customers.addresses import Address
from backend.edge import DATABASE, SETTINGS
from backend.orders import finding, views
from backend.orders.invoicing import Invoice, invoice_of
from backend.orders.models import Order
from backend.orders.views import OrderView
from backend.pages.render import SECRET_HEADERS
from backend.pages.visitor import Visitor, visitor_of
from backend.shop import SHOP, Shop

FONT, BOLD = "Vera", "VeraBd"
"""Bitstream Vera, which comes with the library; the letters of western Europe and the signs of currencies."""
PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=9, leading=13)
TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=16, leading=22, spaceBefore=10 * mm)
MARGIN = 20 * mm
WIDTHS = (95 * mm, 15 * mm, 30 * mm, 30 * mm)

for font in (FONT, BOLD):
    pdfmetrics.registerFont(TTFont(font, f"{font}.ttf"))


async def show_invoice(request: web.Request) -> web.Response:
    """Raises OrderNotFound, NotInvoiced."""
    async with request.app[DATABASE].transaction() as session:
        order = await finding.find_by_token(session, request.match_info["token"])
        invoice = await invoice_of(session, order)
        shown = await views.view(session, order, request.app[SETTINGS].public_url)
    visitor = visitor_of(request).speaking(order.language)
    pdf = drawn(visitor, request.app[SHOP], invoice, order, shown)
    name = f'inline; filename="{order.number}.pdf"'
    headers = SECRET_HEADERS | {"Content-Disposition": name}
    return web.Response(body=pdf, content_type="application/pdf", headers=headers)


def drawn(visitor: Visitor, shop: Shop, invoice: Invoice, order: Order, shown: OrderView) -> bytes:
    t = visitor.text
    title = t("invoice", number=f"{invoice.number:06}")
    facts = [
        t("invoice_of", day=visitor.date(invoice.issued_at)),
        t("order_title", number=order.number),
        t("invoice_paid", day=visitor.date(order.paid_at or invoice.issued_at)),
    ]
    return built(
        visitor,
        shop,
        title,
        [
            heading(visitor, shop, order),
            Paragraph(escape(title), TITLE),
            text_lines(facts),
            Spacer(1, 8 * mm),
            Table(_rows(visitor, shown), colWidths=WIDTHS, style=_ruled(), repeatRows=1),
            Spacer(1, 4 * mm),
            Table(_sums(visitor, shop, shown), colWidths=(140 * mm, 30 * mm), style=right()),
        ],
    )


def built(visitor: Visitor, shop: Shop, title: str, parts: list[Flowable]) -> bytes:
    """A page of A4 and as many more as it takes."""
    buffer = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), MARGIN)
    pages = SimpleDocTemplate(
        buffer, pagesize=A4, title=title, author=shop.name, lang=visitor.language, **margins
    )
    pages.build(parts)
    return buffer.getvalue()


def heading(visitor: Visitor, shop: Shop, order: Order) -> Table:
    """Who sold, and who bought."""
    seller = [shop.name, *shop.invoice_from, shop.email]
    buyer = addresses.lines(Address(**order.address), visitor.language) or [order.email]
    return Table([[text_lines(seller), text_lines(buyer)]], colWidths=(85 * mm, 85 * mm), style=_top())


def _rows(visitor: Visitor, shown: OrderView) -> list[list[object]]:
    t, money = visitor.text, visitor.money
    head = [t("order_lines"), t("quantity"), t("invoice_each"), t("total")]
    lines = [
        [text_lines([line.name]), str(line.quantity), money(line.price), money(line.total)]
        for line in shown.lines
    ]
    return [head, *lines]


def _sums(visitor: Visitor, shop: Shop, shown: OrderView) -> list[list[str]]:
    t, money = visitor.text, visitor.money
    tax = shop.taxes.name[visitor.language] if shop.taxes else ""
    tax_key = "tax_included" if shown.is_tax_included else "tax_on_top"
    sums = [
        (t("goods"), shown.goods, 1),
        (t("discount"), shown.discount, -1),
        (t("delivery"), shown.delivery, 1),
        *((saving.name, saving.amount, -1) for saving in shown.delivery_discounts),
        (t(tax_key, name=tax), shown.tax, 1),
        (t("total"), shown.total, 1),
        (t("order_paid_back"), shown.refunded, -1),
    ]
    return [
        [label, money(amount) if sign > 0 else t("minus", amount=money(amount))]
        for label, amount, sign in sums
        if amount.amount
    ]


def text_lines(lines: list[str]) -> Paragraph:
    """What customers type is text, and no markup."""
    return Paragraph("<br/>".join(map(escape, lines)), PLAIN)


def _top() -> TableStyle:
    return TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)])


def right() -> TableStyle:
    return TableStyle([("FONT", (0, 0), (-1, -1), FONT, 9), ("ALIGN", (0, 0), (-1, -1), "RIGHT")])


def _ruled() -> TableStyle:
    return TableStyle(
        [
            ("FONT", (0, 0), (-1, 0), BOLD, 9),
            ("FONT", (0, 1), (-1, -1), FONT, 9),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#999999"),
        ]
    )
