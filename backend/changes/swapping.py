"""Lines of an order of which units become another variant, or come back: what that makes of them, to the cent."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Variant
from backend.catalogue.variants import describe_variants, variant_to_sell
from backend.catalogue.views import Shopper
from backend.changes.asked import ChangeNotAllowed, NotSameProduct, Piece, Swap, amount_of
from backend.inventory import service as inventory
from backend.inventory.nearness import Destination
from backend.inventory.service import InsufficientStock
from backend.money import spread, unit_shares, whole
from backend.orders.finding import lines_of
from backend.orders.models import Order, OrderLine
from backend.orders.refunding import NotInOrder


async def swapped(
    session: AsyncSession, order: Order, swaps: Sequence[Swap], gone: Mapping[str, int]
) -> list[Piece]:
    """`gone` is, by line, what is not there any more. Raises NotInOrder, VariantNotFound, NotSameProduct,
    ChangeNotAllowed, InsufficientStock."""
    wanted: Counter[str] = Counter()
    found = []
    pieces = pieces_of(await lines_of(session, order.id), [(swap.sku, swap.quantity) for swap in swaps], gone)
    for swap, taken in zip(swaps, pieces, strict=True):
        for piece in taken:
            found.append(await _swapped(session, order, piece, swap.new_sku))
            wanted[found[-1].new_variant_id] += piece.quantity
    there = await inventory.available(session, sorted(wanted))
    for piece in found:
        quantity, available = wanted[piece.new_variant_id], there[piece.new_variant_id]
        if available < quantity:
            raise InsufficientStock(sku=piece.new_sku, quantity=quantity, available=available)
    return found


def pieces_of(
    lines: Sequence[OrderLine], wanted: Sequence[tuple[str, int]], gone: Mapping[str, int]
) -> list[list[Piece]]:
    """For each SKU and quantity, of which lines its units are. Raises NotInOrder."""
    taken = Counter(gone)
    pieces: list[list[Piece]] = []
    for sku, quantity in wanted:
        pieces.append([])
        for line in lines:
            here = min(quantity, line.quantity - taken[line.id]) if line.sku == sku else 0
            if here:
                pieces[-1].append(_piece(line, taken[line.id], here))
                taken[line.id] += here
                quantity -= here
        if quantity:
            raise NotInOrder(sku=sku)
    return pieces


async def put_aside(session: AsyncSession, order: Order, pieces: Sequence[Piece], holder_id: str) -> None:
    """Takes the new units from the shelves, for the holder. Raises InsufficientStock, BackorderConsentNeeded."""
    wanted = [
        inventory.Wanted(piece.new_variant_id, piece.new_sku or "", piece.quantity, {piece.new_variant_id: 1})
        for piece in pieces
    ]
    to = Destination.of(order.address)
    await inventory.reserve(session, holder_id, wanted, order.conversation_id, to)
    await inventory.commit(session, holder_id, order.conversation_id)


async def rewrite(session: AsyncSession, order: Order, pieces: Sequence[Piece]) -> None:
    """Makes the lines, and the order's sums, what the pieces say."""
    lines = {line.id: line for line in await lines_of(session, order.id)}
    last = max(line.position for line in lines.values())
    for piece in pieces:
        line = lines[piece.line_id]
        order.goods += (piece.new_price - piece.price) * piece.quantity
        order.discount += amount_of(piece.new_savings) - amount_of(piece.savings)
        order.tax += piece.new_tax - piece.tax
        if piece.quantity < line.quantity:
            last += 1
            _split_off(line, piece)
            line = OrderLine(order_id=order.id, position=last)
            session.add(line)
        line.variant_id, line.sku, line.name = piece.new_variant_id, piece.new_sku or "", piece.new_name or ""
        line.price, line.quantity, line.tax = piece.new_price, piece.quantity, piece.new_tax
        line.savings, line.discount = piece.new_savings, amount_of(piece.new_savings)
    on_top = 0 if order.is_tax_included else order.tax
    order.total = order.goods - order.discount + order.delivery - order.delivery_discount + on_top
    order.credit = min(order.credit, order.total)
    await session.flush()


def units_of(pieces: Sequence[Piece]) -> Counter[str]:
    """By variant, what leaves the order."""
    units: Counter[str] = Counter()
    for piece in pieces:
        units[piece.variant_id] += piece.quantity
    return units


def paid_for(order: Order, pieces: Sequence[Piece]) -> int:
    """With the tax, whether it is in the prices or on top."""
    return sum(piece.paid + (0 if order.is_tax_included else piece.tax) for piece in pieces)


def difference(order: Order, pieces: Sequence[Piece]) -> int:
    """What they cost more than before."""
    more = sum(piece.to_pay - piece.paid for piece in pieces)
    return more + (0 if order.is_tax_included else sum(piece.new_tax - piece.tax for piece in pieces))


async def _swapped(session: AsyncSession, order: Order, piece: Piece, sku: str) -> Piece:
    """What a promotion took off stays off, as far as the new price goes; taxes are at the rate of before: it is the
    same product."""
    new = await variant_to_sell(session, sku)
    old = await session.get_one(Variant, piece.variant_id)
    if old.product_id != new.product_id:
        raise NotSameProduct
    if old.id == new.id:
        raise ChangeNotAllowed(reason="same")
    shopper = Shopper(order.language, order.currency)
    described = (await describe_variants(session, {new.id: piece.quantity}, shopper)).get(new.id)
    if described is None or {old.kind, new.kind} != {"stocked"}:
        raise ChangeNotAllowed(reason="kind")
    price = described.price.amount
    off = min(amount_of(piece.savings), price * piece.quantity)
    shares = spread(off, [saving["amount"] for saving in piece.savings])
    to_pay = price * piece.quantity - off
    return msgspec.structs.replace(
        piece,
        new_variant_id=new.id,
        new_sku=new.sku,
        new_name=", ".join(filter(None, (described.product_name, described.name))),
        new_price=price,
        new_savings=[saving | {"amount": share} for saving, share in zip(piece.savings, shares, strict=True)],
        new_tax=whole(Decimal(piece.tax) * to_pay / piece.paid) if piece.paid else 0,
    )


def _piece(line: OrderLine, before: int, here: int) -> Piece:
    """The next `here` units of a line, `before` of which are taken."""

    def share(amount: int) -> int:
        return sum(unit_shares(amount, line.quantity)[before : before + here])

    savings: list[dict[str, Any]] = [saving | {"amount": share(saving["amount"])} for saving in line.savings]
    return Piece(line.id, line.variant_id, line.sku, line.name, here, line.price, savings, share(line.tax))


def _split_off(line: OrderLine, piece: Piece) -> None:
    line.quantity -= piece.quantity
    line.tax -= piece.tax
    line.savings = [
        saving | {"amount": saving["amount"] - less["amount"]}
        for saving, less in zip(line.savings, piece.savings, strict=True)
    ]
    line.discount = amount_of(line.savings)
