"""Who wants to hear when something sold out can be had again: told once each, those who asked first before others."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Product, Variant
from backend.catalogue.variants import describe_variants, variant_to_sell
from backend.catalogue.views import Shopper
from backend.catalogue.visibility import is_shown
from backend.db import insert_into, now, rows_changed
from backend.errors import Conflict
from backend.events import publish
from backend.inventory.models import StockSubscription
from backend.inventory.service import available


class NotSoldOut(Conflict):
    """It can be had already; `available` says how many."""

    code = "not_sold_out"


class BackInStock(msgspec.Struct, frozen=True):
    """Told to a conversation that waited for it; the subscription is over."""

    conversation_id: str
    subscription_id: str
    product: str
    sku: str


class Awaited(msgspec.Struct, frozen=True):
    sku: str
    product: str
    name: str
    variant: str


async def subscribe(session: AsyncSession, conversation_id: str, sku: str) -> None:
    """The same again changes nothing, and keeps its place. Raises VariantNotFound, NotSoldOut."""
    variant = await variant_to_sell(session, sku)
    units = (await available(session, [variant.id]))[variant.id]
    if units > 0:
        raise NotSoldOut(sku=sku, available=units)
    await session.execute(
        insert_into(session, StockSubscription)
        .values(conversation_id=conversation_id, variant_id=variant.id, subscribed_at=now(session))
        .on_conflict_do_nothing()
    )


async def unsubscribe(session: AsyncSession, conversation_id: str, sku: str | None = None) -> None:
    """From one, or from all; what nobody waits for is no error."""
    waiting = delete(StockSubscription).where(StockSubscription.conversation_id == conversation_id)
    if sku:
        variant = select(Variant.id).filter_by(sku=sku).scalar_subquery()
        waiting = waiting.where(StockSubscription.variant_id == variant)
    await session.execute(waiting)


async def awaited(session: AsyncSession, conversation_id: str, shopper: Shopper) -> list[Awaited]:
    """What a conversation waits for, in the order in which it asked."""
    waiting = select(StockSubscription.variant_id).filter_by(conversation_id=conversation_id)
    in_order = waiting.order_by(StockSubscription.subscribed_at, StockSubscription.id)
    ids = (await session.scalars(in_order)).all()
    described = await describe_variants(session, dict.fromkeys(ids, 1), shopper)
    found = (described[variant_id] for variant_id in ids if variant_id in described)
    return [Awaited(one.sku, one.product, one.product_name, one.name) for one in found]


async def tell_subscribers(session: AsyncSession, variant_ids: Sequence[str]) -> None:
    """As many as there are units, so that nobody is sent to an empty shelf; the others go on waiting."""
    units = await available(session, variant_ids)
    for_sale = (
        select(Variant.id, Variant.sku, Product.handle)
        .join(Variant.product)
        .where(Variant.id.in_(variant_ids))
    )
    for_sale = for_sale.where(*is_shown(session, Product, Variant)).order_by(Variant.sku)
    for variant_id, sku, handle in (await session.execute(for_sale)).all():
        waiting = select(StockSubscription).filter_by(variant_id=variant_id)
        first = waiting.order_by(StockSubscription.subscribed_at, StockSubscription.id)
        for subscription in (await session.scalars(first.limit(units[variant_id]))).all():
            if await rows_changed(
                session, delete(StockSubscription).where(StockSubscription.id == subscription.id)
            ):
                await publish(
                    session, BackInStock(subscription.conversation_id, subscription.id, handle, sku)
                )
