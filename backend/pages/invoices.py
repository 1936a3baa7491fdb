"""The invoice of an order as a PDF, for whoever holds the order's secret address; in the order's language."""

from xml.sax.saxutils import escape

from aiohttp import web
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

from backend.edge import DATABASE, SETTINGS
from backend.orders import finding, views
from backend.orders.invoicing import Invoice, invoice_of
from backend.orders.models import Order
from backend.orders.views import OrderView
from backend.pages.pdf import BOLD, FONT, TITLE, answer, built, heading, right, text_lines
from backend.pages.visitor import Visitor, visitor_of
from backend.shop import SHOP, Shop

WIDTHS = (95 * mm, 15 * mm, 30 * mm, 30 * mm)


async def show_invoice(request: web.Request) -> web.Response:
    """Raises OrderNotFound, NotInvoiced."""
    async with request.app[DATABASE].transaction() as session:
        order = await finding.find_by_token(session, request.match_info["token"])
        invoice = await invoice_of(session, order)
        shown = await views.view(session, order, request.app[SETTINGS].public_url)
    visitor = visitor_of(request).speaking(order.language)
    pdf = drawn(visitor, request.app[SHOP], invoice, order, shown)
    return answer(pdf, order.number)


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
