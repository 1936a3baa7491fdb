"""An order as its customer sees it."""

from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.credit import spending
from backend.money import Money
from backend.orders.collecting import CollectionView, collection_of
from backend.orders.downloads import DownloadView, downloads_of
from backend.orders.finding import lines_of
from backend.orders.models import Order
from backend.orders.parcels import Awaited, awaited_of
from backend.payments.refunds import OVER, refunds_of
from backend.shipping.service import ParcelView, parcels_of
from backend.shop import shop_of


class OrderPart(msgspec.Struct, frozen=True):
    """So many of it are in one of a bundle."""

    sku: str
    name: str
    quantity: int


class OrderSaving(msgspec.Struct, frozen=True):
    """What a promotion took off, by its name in the order's language."""

    promotion: str
    name: str
    amount: Money


class OrderLineView(msgspec.Struct, frozen=True):
    """`total` is before the `discounts`."""

    sku: str
    name: str
    quantity: int
    price: Money
    total: Money
    is_digital: bool
    parts: list[OrderPart]
    later: int
    """So many of it leave on `ships_on`; the others at once."""
    ships_on: date | None
    is_preorder: bool
    discounts: list[OrderSaving]


class OrderView(msgspec.Struct, frozen=True):
    """`total` is the goods less the `discount` of the lines, and the delivery less its own discounts."""

    number: str
    payment_status: str
    fulfilment_status: str
    lines: list[OrderLineView]
    goods: Money
    discount: Money
    delivery: Money
    delivery_discounts: list[OrderSaving]
    coupons: list[str]
    tax: Money
    """Of all of it: within the other amounts where `is_tax_included`, else on top of them."""
    is_tax_included: bool
    total: Money
    credit: Money
    """Of the total, what gift cards and store credit pay."""
    due: Money
    """The rest."""
    language: str
    placed_at: datetime
    pay_by: datetime
    """In the shop's time zone."""
    payment_url: str
    order_url: str
    invoice_url: str | None
    """Of what was paid."""
    parcels: list[ParcelView]
    awaited: list[Awaited]
    collection: CollectionView | None
    downloads: list[DownloadView]
    refunded: Money
    """What has gone back to the customer."""
    credited: Money
    """Of that, what is on gift cards and in store credit again."""
    refunding: Money
    """What is on its way back."""
    refund_failed: Money
    """What was to go back last, and did not arrive."""


async def view(session: AsyncSession, order: Order, public_url: str) -> OrderView:
    def money(amount: int) -> Money:
        return Money(amount, order.currency)

    def savings(stored: list[Any]) -> list[OrderSaving]:
        return [OrderSaving(one["promotion"], one["name"], money(one["amount"])) for one in stored]

    refunded, refunding, failed = await refunded_of(session, order.id)
    return OrderView(
        number=order.number,
        payment_status=order.payment_status,
        fulfilment_status=order.fulfilment_status,
        lines=[
            OrderLineView(
                sku=line.sku,
                name=line.name,
                quantity=line.quantity,
                price=money(line.price),
                total=money(line.price * line.quantity),
                is_digital=line.is_digital,
                parts=msgspec.convert(line.parts, list[OrderPart]),
                later=line.later,
                ships_on=line.ships_on,
                is_preorder=line.is_preorder,
                discounts=savings(line.savings),
            )
            for line in await lines_of(session, order.id)
        ],
        goods=money(order.goods),
        discount=money(order.discount),
        delivery=money(order.delivery),
        delivery_discounts=savings(order.delivery_savings),
        coupons=order.coupons,
        tax=money(order.tax),
        is_tax_included=order.is_tax_included,
        total=money(order.total),
        credit=money(order.credit),
        due=money(order.due),
        language=order.language,
        placed_at=order.placed_at,
        pay_by=order.pay_by.astimezone(shop_of(session).zone),
        payment_url=f"{public_url}/pay/{order.token}",
        order_url=f"{public_url}/orders/{order.token}",
        invoice_url=f"{public_url}/orders/{order.token}/invoice" if order.paid_at else None,
        parcels=await parcels_of(session, order.id),
        awaited=await awaited_of(session, order.id),
        collection=await collection_of(session, order),
        downloads=await downloads_of(session, order),
        refunded=money(refunded),
        credited=money(await spending.given_back(session, order.id)),
        refunding=money(refunding),
        refund_failed=money(failed),
    )


async def refunded_of(session: AsyncSession, order_id: str) -> tuple[int, int, int]:
    """What has gone back, what is on its way, and what failed last, in minor units."""
    found = await refunds_of(session, order_id)
    back = sum(refund.amount for refund in found if refund.status == "succeeded")
    under_way = sum(
        refund.amount for refund in found if refund.status in ("requested", "pending", "requires_action")
    )
    failed = found[-1].amount if found and found[-1].status in OVER else 0
    return back, under_way, failed
