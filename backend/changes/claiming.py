"""What came damaged, did not come or is not what was ordered: paid back or sent once more, and never sent back."""

from collections import Counter

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.changes import allowed, money, swapping
from backend.changes.asked import ChangeNotAllowed, Claim, PhotoNeeded, Piece, Plan
from backend.changes.models import OrderChange, OrderReturn
from backend.db import now
from backend.inventory import returning
from backend.inventory import service as inventory
from backend.inventory.service import InsufficientStock
from backend.money import Money
from backend.orders.finding import lines_of
from backend.orders.models import Order
from backend.orders.parcels import plan_parcels
from backend.shop import shop_of


async def plan(session: AsyncSession, order: Order, asked: Claim) -> Plan:
    """Raises ChangeNotAllowed, PhotoNeeded, NotInOrder, InsufficientStock."""
    policy = shop_of(session).after_sale.claims.get(asked.trouble)
    if policy is None or asked.remedy not in policy.offers:
        raise ChangeNotAllowed(reason="policy")
    await allowed.refuse_not_here(session, order, policy.days)
    gone = await coming_back(session, order.id)
    found = swapping.pieces_of(await lines_of(session, order.id), list(asked.items.items()), gone)
    pieces = [piece for together in found for piece in together]
    await refuse_other_kinds(session, order, pieces)
    if policy.is_photo_needed and not asked.photos:
        raise PhotoNeeded
    value = swapping.paid_for(order, pieces)
    back = value if asked.remedy == "refund" else 0
    if asked.remedy == "replacement":
        pieces = await _again(session, pieces)
    at_once = policy.up_to.get(order.currency, 0)
    return Plan(
        Money(-back, order.currency),
        pieces=pieces,
        reason=asked.trouble,
        is_for_person=value + await _claimed(session, order) > at_once,
    )


async def refuse_other_kinds(session: AsyncSession, order: Order, pieces: list[Piece]) -> None:
    """Files and gift cards do not come back, and of a bundle nobody says which part is meant. Raises
    ChangeNotAllowed."""
    whole = {line.id for line in await lines_of(session, order.id) if line.stocked and not line.parts}
    if any(piece.line_id not in whole for piece in pieces):
        raise ChangeNotAllowed(reason="kind")


async def coming_back(session: AsyncSession, order_id: str) -> Counter[str]:
    """By line, how many of it are on their way back, or went back; what was exchanged is another thing now."""
    found = await session.scalars(
        select(OrderChange)
        .join(OrderReturn, OrderReturn.change_id == OrderChange.id)
        .where(OrderReturn.order_id == order_id, OrderReturn.status.not_in(("refused", "exchanged")))
    )
    gone: Counter[str] = Counter()
    for change in found:
        for piece in msgspec.convert(change.planned, Plan).pieces:
            gone[piece.line_id] += piece.quantity
    return gone


async def take(session: AsyncSession, order: Order, change: OrderChange, planned: Plan) -> OrderReturn:
    """The yes: what is wanted once more lies aside from now on; what no person has to decide on is done."""
    if is_sent_again(planned):
        await swapping.put_aside(session, order, planned.pieces, change.id)
    status = "claimed" if planned.is_for_person else await settle(session, order, change, planned)
    back = OrderReturn(
        change_id=change.id, order_id=order.id, kind="claim", status=status, requested_at=now(session)
    )
    session.add(back)
    return back


async def settle(session: AsyncSession, order: Order, change: OrderChange, planned: Plan) -> str:
    """Pays it back or sends it once more; returns which. Raises RefundTooLarge."""
    if is_sent_again(planned):
        await plan_parcels(session, order, change.id)
        return "replaced"
    if back := -planned.difference.amount:
        await money.give_back(session, order, back, None, f"change:{change.id}")
    return "refunded"


async def let_go(session: AsyncSession, order: Order, change_id: str) -> None:
    """What was kept for the customer is for sale again."""
    aside = await returning.sold_to(session, change_id)
    units = {variant: sum(one.quantity for one in found) for variant, found in aside.items()}
    await returning.take_back(session, change_id, order.conversation_id, units)


def is_sent_again(planned: Plan) -> bool:
    return all(piece.new_sku for piece in planned.pieces)


async def _again(session: AsyncSession, pieces: list[Piece]) -> list[Piece]:
    """The same once more, for nothing. Raises InsufficientStock."""
    units = swapping.units_of(pieces)
    there = await inventory.available(session, sorted(units))
    for piece in pieces:
        quantity, available = units[piece.variant_id], there[piece.variant_id]
        if available < quantity:
            raise InsufficientStock(sku=piece.sku, quantity=quantity, available=available)
    return [
        msgspec.structs.replace(
            piece, new_variant_id=piece.variant_id, new_sku=piece.sku, new_name=piece.name
        )
        for piece in pieces
    ]


async def _claimed(session: AsyncSession, order: Order) -> int:
    """What the order's claims were worth so far."""
    made = await session.scalars(
        select(OrderChange)
        .join(OrderReturn, OrderReturn.change_id == OrderChange.id)
        .where(OrderReturn.order_id == order.id, OrderReturn.kind == "claim", OrderReturn.status != "refused")
    )
    pieces = [piece for change in made for piece in msgspec.convert(change.planned, Plan).pieces]
    return swapping.paid_for(order, pieces)
