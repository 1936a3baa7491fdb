"""The credit note of what was paid back, as a PDF, for whoever holds the order's secret address; in its language."""

from decimal import Decimal
from xml.sax.saxutils import escape

from aiohttp import web
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer, Table

from backend.edge import DATABASE
from backend.money import Money, whole
from backend.orders import finding
from backend.orders.invoicing import CreditNote, Invoice, credit_note_of, invoice_of
from backend.orders.models import Order
from backend.pages.pdf import TITLE, answer, built, heading, right, text_lines
from backend.pages.visitor import Visitor, visitor_of
from backend.payments.models import Refund
from backend.shop import SHOP, Shop


async def show_credit_note(request: web.Request) -> web.Response:
    """Raises OrderNotFound, NotInvoiced."""
    async with request.app[DATABASE].transaction() as session:
        order = await finding.find_by_token(session, request.match_info["token"])
        note, refund = await credit_note_of(session, order, request.match_info["refund"])
        invoice = await invoice_of(session, order)
    visitor = visitor_of(request).speaking(order.language)
    pdf = drawn(visitor, request.app[SHOP], note, refund, invoice, order)
    return answer(pdf, f"{order.number}-{note.number}")


def drawn(
    visitor: Visitor, shop: Shop, note: CreditNote, refund: Refund, invoice: Invoice, order: Order
) -> bytes:
    t = visitor.text
    title = t("credit_note", number=f"{note.number:06}")
    facts = [
        t("invoice_of", day=visitor.date(note.issued_at)),
        t("credit_note_for", number=f"{invoice.number:06}"),
        t("order_title", number=order.number),
    ]
    back = Money(refund.amount, refund.currency)
    sums = [[t("order_paid_back"), visitor.money(back)]]
    if order.tax and shop.taxes:
        tax = Money(whole(Decimal(order.tax) * refund.amount / order.total), refund.currency)
        sums.append([t("tax_included", name=shop.taxes.name[visitor.language]), visitor.money(tax)])
    return built(
        visitor,
        shop,
        title,
        [
            heading(visitor, shop, order),
            Paragraph(escape(title), TITLE),
            text_lines(facts),
            Spacer(1, 8 * mm),
            Table(sums, colWidths=(140 * mm, 30 * mm), style=right()),
        ],
    )
