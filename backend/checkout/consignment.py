"""What a cart is as something to be sent: how much it is worth, how heavy it is, and where it goes."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.weights import weigh
from backend.checkout.models import Checkout
from backend.customers.addresses import Address, destination
from backend.errors import Conflict
from backend.money import Money
from backend.shop import shop_of
from backend.shop.delivery import Consignment


class NotDeliveredThere(Conflict):
    """The shop does not deliver this to there; `place` says where in words, `method` how, or nothing for all ways."""

    code = "not_delivered_there"


async def consignment(
    session: AsyncSession, goods: Money, quantities: Mapping[str, int], checkout: Checkout
) -> Consignment:
    """`quantities` by SKU. Its weight is looked up where a way of delivery asks for it."""
    is_weighed = any(method.is_weighed for method in shop_of(session).delivery_methods)
    return Consignment(
        goods=goods.amount,
        currency=goods.currency,
        weight_grams=await weigh(session, quantities) if is_weighed and quantities else 0,
        destination=destination(Address(**checkout.address)),
    )
