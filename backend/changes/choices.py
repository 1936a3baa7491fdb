"""What customers can choose from when something is to come back, or came as it should not: asked before a preview."""

from datetime import date, timedelta
from typing import Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Variant
from backend.catalogue.variants import describe_variants
from backend.catalogue.views import Shopper
from backend.changes import allowed
from backend.changes.asked import ChangeNotAllowed
from backend.changes.claiming import coming_back
from backend.inventory import service as inventory
from backend.money import Money
from backend.orders.finding import lines_of
from backend.orders.models import Order, OrderLine
from backend.shop import shop_of
from backend.shop.after_sale import Claiming, Returning

Kind = Literal["return", "exchange", "damaged", "missing", "wrong"]


class Other(msgspec.Struct, frozen=True):
    """Another variant of the same product, which is there; `name` says only in what it differs."""

    sku: str
    name: str


class ChoosableLine(msgspec.Struct, frozen=True):
    """`quantity` is what has not come back yet."""

    sku: str
    name: str
    quantity: int
    others: list[Other]


class Choices(msgspec.Struct, frozen=True):
    """Each of `reasons` has its name in the asked language; `until` is the last day, `fee` is taken off what is paid
    back. `remedies` are those of a claim."""

    number: str
    lines: list[ChoosableLine]
    reasons: dict[str, str]
    until: date | None
    fee: Money | None
    remedies: list[str]
    is_photo_needed: bool


async def choices_of(
    session: AsyncSession, order: Order, kind: Kind, language: str, has_photo: bool
) -> Choices:
    """Raises ChangeNotAllowed."""
    policies = shop_of(session).after_sale
    policy: Returning | Claiming | None
    if kind in ("return", "exchange"):
        policy = policies.returns if kind == "return" else policies.exchanges
    else:
        policy = policies.claims.get(kind)
    if policy is None:
        raise ChangeNotAllowed(reason="policy")
    await allowed.refuse_not_here(session, order, policy.days)
    lines = await _lines(session, order, language, with_others=kind == "exchange")
    if not lines:
        raise ChangeNotAllowed(reason="kind")
    arrived = await allowed.arrived_at(session, order)
    until = arrived and policy.days and (arrived + timedelta(days=policy.days))
    is_claim = isinstance(policy, Claiming)
    fee = 0 if is_claim else policy.fee.get(order.currency, 0)
    return Choices(
        number=order.number,
        lines=lines,
        reasons={} if is_claim else {code: names[language] for code, names in policy.reasons.items()},
        until=until.astimezone(shop_of(session).zone).date() if until else None,
        fee=Money(fee, order.currency) if fee else None,
        remedies=list(policy.offers) if is_claim else [],
        is_photo_needed=is_claim and policy.is_photo_needed and not has_photo,
    )


async def _lines(
    session: AsyncSession, order: Order, language: str, *, with_others: bool
) -> list[ChoosableLine]:
    gone = await coming_back(session, order.id)
    found: dict[str, ChoosableLine] = {}
    for line in await lines_of(session, order.id):
        left = line.quantity - gone[line.id]
        if left > 0 and line.stocked and not line.parts:
            before = found[line.sku].quantity if line.sku in found else 0
            others = await _others(session, order, line, language) if with_others else []
            found[line.sku] = ChoosableLine(line.sku, line.name, before + left, others)
    return [line for line in found.values() if line.others or not with_others]


async def _others(session: AsyncSession, order: Order, line: OrderLine, language: str) -> list[Other]:
    product = (await session.get_one(Variant, line.variant_id)).product_id
    same = select(Variant.id).where(Variant.product_id == product, Variant.id != line.variant_id)
    ids = list(await session.scalars(same))
    there = await inventory.available(session, sorted(ids))
    described = await describe_variants(
        session, {id: 1 for id in ids if there[id] > 0}, Shopper(language, order.currency)
    )
    return [Other(one.sku, one.name) for one in described.values()]
