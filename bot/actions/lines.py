"""What the customer's words change in the lines of the cart."""

from bot.actions.base import Reply, Turn
from bot.actions.cards import quantity_words
from bot.actions.questions import ASKING, COLLECTING, sold_out
from bot.client import Cart, CartLine, Match


async def in_cart(turn: Turn) -> Cart | None:
    """The cart, if what is being talked of is in it."""
    cart = await turn.backend.cart()
    return cart if any(line.product == turn.slot("product") for line in cart.lines) else None


async def corrected(turn: Turn) -> Reply | None:
    """ "No, the red one" after a product was put into the cart: another of its options takes the place."""
    cart = await in_cart(turn)
    if cart is None:
        return None
    line, match = await line_meant(turn, cart)
    is_option = line is not None and match.names_option(line.options) and not match.is_named
    reply = await changed(turn, line, match) if line and is_option else None
    if reply and turn.active_loop == ASKING:
        reply.loop = ""  # the question which variant is answered by this
    return reply


async def line_meant(turn: Turn, cart: Cart) -> tuple[CartLine | None, Match]:
    """The line that the words are about, and what they say of it; None when they name something else."""
    focus = next(
        (line for line in reversed(cart.lines) if line.product == turn.slot("product")), cart.lines[-1]
    )
    in_cart = [line.product for line in cart.lines]
    match = await turn.backend.match(turn.text, shown=in_cart, product=focus.product, chosen=focus.options)
    if match.product is None or match.product.id == focus.product:
        return focus, match
    return next((line for line in cart.lines if line.product == match.product.id), None), match


async def changed(turn: Turn, line: CartLine, match: Match) -> Reply | None:
    """Another variant in the line's place, or another quantity; None when the words say neither. "Make it 0" takes it
    out."""
    if match.miscount == "0" and not match.change:
        return await counted(turn, line, 0)
    if match.miscount:
        return Reply("utter_miscount", number=match.miscount)
    if match.product and match.variant and match.variant.sku != line.sku and match.chosen != line.options:
        if not match.variant.can_be_had:
            return sold_out(match.product, match.variant)
        cart = await turn.backend.change_line(line.sku, new_sku=match.variant.sku, quantity=match.quantity)
        return changed_line(cart, match.variant.sku)
    if match.quantity:
        return await counted(turn, line, match.counted_from(line.quantity))
    return None


async def counted(turn: Turn, line: CartLine, quantity: int) -> Reply:
    """So many of it; none takes the line out, and a checkout of nothing ends."""
    cart = await turn.backend.change_line(line.sku, quantity=max(0, quantity))
    if quantity > 0:
        return changed_line(cart, line.sku)
    loop = "" if turn.active_loop == COLLECTING and not cart.lines else None
    return Reply("utter_removed", loop=loop, name=line.name, count=cart.count, total=cart.total)


def changed_line(cart: Cart, sku: str) -> Reply:
    line = cart.line(sku)
    return Reply(
        "utter_cart_changed",
        slots={"product": line.product},
        name=line.name,
        variant=line.variant or None,
        quantity=line.quantity,
        **quantity_words(line),
        count=cart.count,
        total=cart.total,
    )
