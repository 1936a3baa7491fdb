"""Which stores there are for whoever would rather come by."""

from typing import Annotated

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart import service as carts
from backend.catalogue.variants import skus_of
from backend.checkout.details import checkout_so_far
from backend.checkout.options import near_of
from backend.checkout.pickup import stores_named
from backend.inventory.stores import Near, StoreView, stores_near

Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class StoreQuery(msgspec.Struct, frozen=True):
    """`words` may name a town or a postcode; where the customer is may be said in degrees."""

    words: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sku: Annotated[list[Annotated[str, msgspec.Meta(max_length=80)]], msgspec.Meta(max_length=20)] = []
    latitude: Latitude | None = None
    longitude: Longitude | None = None


async def find_stores(session: AsyncSession, conversation_id: str, asked: StoreQuery) -> list[StoreView]:
    checkout = await checkout_so_far(session, conversation_id)
    near = await _near(session, asked, near_of(checkout))
    quantities = dict.fromkeys(asked.sku, 1) or await _in_cart(session, conversation_id)
    return [store for _, store in await stores_near(session, near, quantities)]


async def _near(session: AsyncSession, asked: StoreQuery, known: Near) -> Near:
    named = await stores_named(session, asked.words) if asked.words else []
    if named:
        return Near(named[0].country, named[0].postcode, named[0].city)
    return msgspec.structs.replace(known, latitude=asked.latitude, longitude=asked.longitude)


async def _in_cart(session: AsyncSession, conversation_id: str) -> dict[str, int]:
    cart = await carts.find_cart(session, conversation_id)
    lines = await carts.lines_of(session, cart) if cart else []
    skus = await skus_of(session, [line.variant_id for line in lines])
    return {skus[line.variant_id]: line.quantity for line in lines}
