"""What the demo carrier asks for a parcel: by service, by how far, and for each kilogram that is begun."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import msgspec
from aiohttp import web
from msgspec import Meta

HOME = "FR"
OVERSEAS = ("971", "972", "973", "974", "976")
NEIGHBOURS = frozenset(("AT", "BE", "DE", "DK", "ES", "IE", "IT", "LU", "NL", "PT"))
PER_HUNDRED_EURO_CENTS = {"EUR": 100, "USD": 118}


class Tariff(NamedTuple):
    """In euro cents: to go there at all, and for each kilogram that is begun after the first."""

    base: int
    per_kilogram: int


class Service(NamedTuple):
    most_kilograms: int
    home: Tariff
    europe: Tariff
    world: Tariff | None


SERVICES = {
    "standard": Service(30, Tariff(520, 60), Tariff(990, 140), Tariff(2190, 650)),
    "express": Service(20, Tariff(1090, 120), Tariff(1990, 320), Tariff(3990, 1100)),
    "freight": Service(300, Tariff(890, 35), Tariff(2490, 70), None),
}


class Where(msgspec.Struct):
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    region: str = ""
    postcode: str = ""


class Asked(msgspec.Struct):
    service: Literal["standard", "express", "freight"]
    weight_grams: Annotated[int, Meta(ge=0)]
    currency: Literal["EUR", "USD"]
    destination: Where


async def rate(request: web.Request) -> web.Response:
    try:
        asked = msgspec.json.decode(await request.read(), type=Asked)
    except msgspec.MsgspecError as error:
        return _refusal(400, "invalid_request", str(error))
    kilograms = max(1, -(-asked.weight_grams // 1000))
    service = SERVICES[asked.service]
    tariff = _tariff(service, asked.destination)
    if tariff is None or kilograms > service.most_kilograms:
        return _refusal(422, "not_carried", "We do not carry this weight to there by this service.")
    cents = tariff.base + tariff.per_kilogram * (kilograms - 1)
    price = -(-cents * PER_HUNDRED_EURO_CENTS[asked.currency] // 100)
    return web.json_response({"service": asked.service, "price": price, "currency": asked.currency})


def _tariff(service: Service, to: Where) -> Tariff | None:
    if to.country == HOME and not to.postcode.startswith(OVERSEAS):
        return service.home
    return service.europe if to.country in NEIGHBOURS else service.world


def _refusal(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message, "details": {}}, status=status)
