"""The label of what comes back as a PDF, for whoever holds the order's secret address; in the order's language."""

from datetime import date
from xml.sax.saxutils import escape

from aiohttp import web
from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer

from backend.changes.labels import LabelNotFound, label_of
from backend.customers import addresses
from backend.customers.addresses import Address
from backend.edge import DATABASE
from backend.orders import finding
from backend.orders.models import Order
from backend.pages.pdf import TITLE, answer, built, text_lines
from backend.pages.visitor import Visitor, visitor_of
from backend.shipping.models import Shipment
from backend.shop import SHOP, Shop
from backend.shop.after_sale import Place

MARGIN = 8 * mm


async def show_label(request: web.Request) -> web.Response:
    """Raises OrderNotFound, LabelNotFound."""
    async with request.app[DATABASE].reading() as session:
        order = await finding.find_by_token(session, request.match_info["token"])
        back, parcel = await label_of(session, order, request.match_info["id"])
    policy = request.app[SHOP].after_sale.send_back
    if policy is None or back.send_by is None:
        raise LabelNotFound
    visitor = visitor_of(request).speaking(order.language)
    pdf = drawn(visitor, request.app[SHOP], policy.to, order, back.send_by, parcel)
    return answer(pdf, parcel.tracking_number or order.number)


def drawn(visitor: Visitor, shop: Shop, to: Place, order: Order, until: date, parcel: Shipment) -> bytes:
    t = visitor.text
    number, title = parcel.tracking_number or "", t("return_label", number=order.number)
    sender = addresses.lines(Address(**order.address), visitor.language)
    receiver = [to.name, to.line1, f"{to.postcode} {to.city}", to.country]
    contents = [f"{part['quantity']} × {part['name']}" for part in parcel.contents]
    return built(
        visitor,
        shop,
        title,
        [
            text_lines([t("return_from"), *sender]),
            Spacer(1, 4 * mm),
            text_lines([t("return_to"), *receiver]),
            Paragraph(escape(title), TITLE),
            Code128(number, barHeight=18 * mm, barWidth=0.3 * mm),
            text_lines([number, t("return_by", day=visitor.day(until)), *contents]),
        ],
        size=A6,
        margin=MARGIN,
    )
