"""At which price each way of delivery takes what is in a cart.

What a carrier asks is kept with the checkout for a while, so that the order costs what was shown, and asked again
when the parcel is another one.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from backend.checkout.models import Checkout
from backend.db import insert_into, now
from backend.edge import DATABASE, AskFirst
from backend.shipping.carrier import CarrierUnavailable
from backend.shipping.rates import RATES, Parcel, RateSource
from backend.shop import shop_of
from backend.shop.delivery import Consignment, Quote

log = structlog.get_logger()

KEPT_FOR = timedelta(minutes=30)


class Kept(msgspec.Struct, frozen=True):
    """`price` is None where the carrier does not take the parcel."""

    parcel: Parcel
    price: int | None
    until: datetime


class CarrierNotAsked(AskFirst):
    """`stated` are by parcel the shop's own prices, for when the carrier does not answer; `kept` still holds."""

    refusal = CarrierUnavailable

    def __init__(self, conversation_id: str, stated: Mapping[Parcel, int], kept: Mapping[str, Kept]) -> None:
        super().__init__(conversation_id)
        self._conversation_id, self._stated, self._kept = conversation_id, stated, kept

    async def ask(self, app: web.Application) -> None:
        rates = app[RATES]
        prices = await asyncio.gather(*(_asked(rates, *each) for each in self._stated.items()))
        async with app[DATABASE].transaction() as session:
            until = now(session) + KEPT_FOR
            asked = {
                parcel.service: Kept(parcel, price, until)
                for parcel, price in zip(self._stated, prices, strict=True)
            }
            quotes = msgspec.to_builtins({**self._kept, **asked})
            await session.execute(
                insert_into(session, Checkout)
                .values(conversation_id=self._conversation_id, address={}, quotes=quotes)
                .on_conflict_do_update(index_elements=["conversation_id"], set_={"quotes": quotes})
            )


def quotes(session: AsyncSession, checkout: Checkout, sent: Consignment) -> dict[str, Quote]:
    """By the code of each delivery method that takes it. Raises CarrierNotAsked."""
    shop, found = shop_of(session), {}
    past = msgspec.convert(checkout.quotes, dict[str, Kept])
    kept: dict[str, Kept] = {}
    unasked: dict[Parcel, int] = {}
    for method in shop.delivery_methods:
        quote = shop.quote(method, sent)
        if quote and quote.price and method.kind == "carrier" and sent.destination:
            parcel = Parcel(method.code, sent.weight_grams, sent.currency, sent.destination)
            known = past.get(method.code)
            if known is None or known.parcel != parcel or known.until <= now(session):
                unasked[parcel] = quote.price
                continue
            kept[method.code] = known
            quote = None if known.price is None else Quote(known.price)
        if quote:
            found[method.code] = quote
    if unasked:
        raise CarrierNotAsked(checkout.conversation_id, unasked, kept)
    return found


async def _asked(rates: RateSource, parcel: Parcel, stated: int) -> int | None:
    try:
        return await rates.rate(parcel)
    except CarrierUnavailable as trouble:
        log.warning("carrier_rate_unavailable", service=parcel.service, trouble=str(trouble))
        return stated
