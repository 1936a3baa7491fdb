"""What customers can choose from when something is to come back, or came as it should not: asked before a preview."""

from datetime import date
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
    until: date | None
    reasons: dict[str, str] = {}
    fee: Money | None = None
    remedies: list[str] = []
    is_photo_needed: bool = False


async def choices_of(
    session: AsyncSession, order: Order, kind: Kind, language: str, has_photo: bool
) -> Choices:
    """Raises ChangeNotAllowed."""
    policies = shop_of(session).after_sale
    if kind == "return" or kind == "exchange":
        back = policies.returns if kind == "return" else policies.exchanges
        reasons = {code: names[language] for code, names in back.reasons.items()} if back else {}
        fee = back.fee.get(order.currency, 0) if back else 0
        chosen = await _choices(session, order, back, language, with_others=kind == "exchange")
        return msgspec.structs.replace(
            chosen, reasons=reasons, fee=Money(fee, order.currency) if fee else None
        )
    claim = policies.claims.get(kind)
    chosen = await _choices(session, order, claim, language, with_others=False)
    assert claim
    needs_photo = claim.is_photo_needed and not has_photo
    return msgspec.structs.replace(chosen, remedies=list(claim.offers), is_photo_needed=needs_photo)


async def _choices(
    session: AsyncSession,
    order: Order,
    policy: Returning | Claiming | None,
    language: str,
    *,
    with_others: bool,
) -> Choices:
    """The part that is asked for in either case. Raises ChangeNotAllowed."""
    if policy is None:
        raise ChangeNotAllowed(reason="policy")
    await allowed.refuse_not_here(session, order, policy.days)
    lines = await _lines(session, order, language, with_others=with_others)
    if not lines:
        raise ChangeNotAllowed(reason="kind")
    until = await allowed.last_moment(session, order, policy.days)
    return Choices(number=order.number, lines=lines, until=until.date() if until else None)


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
