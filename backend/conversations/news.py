"""Facts of the shop that the customer hears of in the conversation, once each, in the assistant's words."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.merging import CartsMerged
from backend.catalogue.variants import DescribedVariant, describe_variants
from backend.catalogue.views import Shopper
from backend.changes.labels import ReturnMoved
from backend.checkout.pay import PaymentPageReady
from backend.conversations.desk import tell_news
from backend.conversations.models import Conversation, Event
from backend.customers.consent import last_choice
from backend.db import now
from backend.inventory.subscriptions import BackInStock
from backend.orders.collecting import OrderReady
from backend.orders.delayed import OrderProcessing, OrderUnpaid
from backend.orders.models import Order
from backend.orders.parcels import BackordersArrived
from backend.orders.service import OrderCanceled, OrderMoved, OrderPaid
from backend.payments.models import CREDIT
from backend.payments.refunds import RefundMoved
from backend.payments.service import PaymentDeclined
from backend.shipping.service import ParcelLate, ParcelTroubled
from backend.shop import shop_of
from backend.wishlist.expiring import CartEndsSoon

TOLD_CANCELLATIONS = ("changed", "expired", "refunded")
"""An order that was replaced by a newer one is no news: the customer has its link."""
TOLD_REFUNDS = {
    "pending": "pending",
    "succeeded": "succeeded",
    "requires_action": "failed",
    "failed": "failed",
    "canceled": "failed",
}
TOLD_RETURNS = ("labelled", "received", "refunded", "exchanged", "replaced", "refused")
TOLD_STEPS = ("picked_up", "out_for_delivery", "delivered")


async def on_order_paid(session: AsyncSession, fact: OrderPaid) -> None:
    await _tell(session, fact.order_id, "news_order_paid", "paid")


async def on_payment_declined(session: AsyncSession, fact: PaymentDeclined) -> None:
    await _tell(session, fact.order_id, "news_payment_declined", f"declined:{fact.event_id}")


async def on_order_processing(session: AsyncSession, fact: OrderProcessing) -> None:
    await _tell(session, fact.order_id, "news_payment_processing", "processing")


async def on_order_unpaid(session: AsyncSession, fact: OrderUnpaid) -> None:
    await _tell(session, fact.order_id, "news_payment_failed", f"failed:{fact.payment_id}")


async def on_payment_page_ready(session: AsyncSession, fact: PaymentPageReady) -> None:
    what = f"page:{now(session):%Y%m%d%H}"
    await _tell(session, fact.order_id, "news_payment_page_ready", what)


async def on_order_canceled(session: AsyncSession, fact: OrderCanceled) -> None:
    if fact.reason in TOLD_CANCELLATIONS:
        await _tell(session, fact.order_id, f"news_order_{fact.reason}", fact.reason)


async def on_order_moved(session: AsyncSession, fact: OrderMoved) -> None:
    if fact.status in TOLD_STEPS:
        what = f"{fact.status}:{fact.parcel}"
        await _tell(session, fact.order_id, f"news_parcel_{fact.status}", what, parcel=fact.parcel)


async def on_parcel_troubled(session: AsyncSession, fact: ParcelTroubled) -> None:
    what = f"trouble:{fact.shipment_id}:{fact.status}"
    more = {"parcel": fact.shipment_id, "trouble": fact.status}
    await _tell(session, fact.order_id, "news_parcel_trouble", what, **more)


async def on_parcel_late(session: AsyncSession, fact: ParcelLate) -> None:
    what = f"late:{fact.shipment_id}:{fact.promised_to}"
    await _tell(session, fact.order_id, "news_parcel_late", what, parcel=fact.shipment_id)


async def on_order_ready(session: AsyncSession, fact: OrderReady) -> None:
    await _tell(session, fact.order_id, "news_order_ready", "ready")


async def on_backorders_arrived(session: AsyncSession, fact: BackordersArrived) -> None:
    what = f"backorder:{fact.shipment_id}"
    await _tell(session, fact.order_id, "news_backorder_arrived", what, parcel=fact.shipment_id)


async def on_refund_moved(session: AsyncSession, fact: RefundMoved) -> None:
    if fact.method == CREDIT:
        await _tell(session, fact.order_id, "news_refund_credited", f"refund:{fact.refund_id}")
    elif fact.status in TOLD_REFUNDS:
        what = f"refund:{fact.refund_id}:{fact.status}"
        await _tell(session, fact.order_id, f"news_refund_{TOLD_REFUNDS[fact.status]}", what)


async def on_return_moved(session: AsyncSession, fact: ReturnMoved) -> None:
    """Not what becomes of a claim at the customer's own yes, which is its answer."""
    if fact.status in TOLD_RETURNS:
        what = f"return:{fact.return_id}:{fact.status}"
        more = {"return": fact.return_id, "status": fact.status}
        await _tell(session, fact.order_id, "news_return", what, **more)


async def on_back_in_stock(session: AsyncSession, fact: BackInStock) -> None:
    entities = {"product": fact.product, "variant": fact.sku}
    await tell_news(
        session, fact.conversation_id, "news_back_in_stock", entities, f"stock:{fact.subscription_id}"
    )


async def on_cart_ends_soon(session: AsyncSession, fact: CartEndsSoon) -> None:
    """Not to who never wrote, and has only looked at pages, nor to who wants no such news."""
    wrote = select(Event.id).filter_by(conversation_id=fact.conversation_id, sender="customer").limit(1)
    is_wanted = await last_choice(session, fact.conversation_id) != "unwanted"
    if is_wanted and await session.scalar(wrote):
        entities = {"ends_at": fact.ends_at.astimezone(shop_of(session).zone).isoformat()}
        key = f"cart:{fact.cart_id}:ends:{fact.ends_at:%Y%m%d}"
        await tell_news(session, fact.conversation_id, "news_cart_ends_soon", entities, key)


async def on_carts_merged(session: AsyncSession, fact: CartsMerged) -> None:
    """Where less of something is there than was wanted; that the cart has grown is seen."""
    if not fact.capped:
        return
    found = await session.get_one(Conversation, fact.conversation_id)
    shopper = Shopper(found.language or "en", found.currency, found.customer_group)
    described = await describe_variants(session, {one.variant_id: 1 for one in fact.capped}, shopper)
    capped = ", ".join(
        f"{_named(described[one.variant_id])} ({one.kept}/{one.wanted})"
        for one in fact.capped
        if one.variant_id in described
    )
    key = f"carts:{fact.merged_id}:merged"
    await tell_news(session, fact.conversation_id, "news_carts_joined", {"capped": capped}, key)


def _named(found: DescribedVariant) -> str:
    return ", ".join(filter(None, (found.product_name, found.name)))


async def _tell(session: AsyncSession, order_id: str, intent: str, what: str, **more: str) -> None:
    order = await session.get_one(Order, order_id)
    entities = {"order_number": order.number} | more
    await tell_news(session, order.conversation_id, intent, entities, f"order:{order_id}:{what}")
