"""Which source sends what: few parcels first, then priority or distance; each parcel is told apart."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select, update

from backend.catalogue.models import Variant
from backend.inventory.choosing import Shelf, chosen
from backend.inventory.counting import Count, count
from backend.inventory.models import Source
from backend.inventory.nearness import Destination, distance_km
from backend.shipping.service import STEPS
from tests.shop.conftest import ADDRESS, Customer, Shop, opened, until
from tests.shop.test_payments import paid, told

DEMO_SHOP = Path(__file__).parents[2] / "demo" / "shop.yml"


def shelf(variant: str, source: str, units: int, priority: int) -> Shelf:
    return Shelf(f"{variant}@{source}", variant, units, priority, variant, source, 0)


def sent(takes: list[tuple[Shelf, int]]) -> list[tuple[str, str, int]]:
    return [(shelf.source, shelf.variant_id, quantity) for shelf, quantity in takes]


def test_one_source_that_has_everything_comes_before_two_of_a_lower_priority() -> None:
    shelves = {
        "cup": [shelf("cup", "lyon", 5, 1), shelf("cup", "paris", 5, 2)],
        "lamp": [shelf("lamp", "paris", 1, 2)],
    }
    assert sent(chosen(shelves, {"cup": 2, "lamp": 1})) == [("paris", "cup", 2), ("paris", "lamp", 1)]


def test_of_as_few_the_lower_priority_comes_first_and_distance_where_it_is_known() -> None:
    shelves = {"cup": [shelf("cup", "lyon", 5, 1), shelf("cup", "paris", 5, 2)]}
    assert sent(chosen(shelves, {"cup": 5})) == [("lyon", "cup", 5)]
    assert sent(chosen(shelves, {"cup": 5}, {"lyon": 400.0, "paris": 3.0})) == [("paris", "cup", 5)]


def test_two_sources_before_three_where_no_single_one_has_enough() -> None:
    shelves = {
        "cup": [shelf("cup", "a", 1, 1), shelf("cup", "b", 2, 2), shelf("cup", "c", 3, 3)],
    }
    assert sent(chosen(shelves, {"cup": 4})) == [("a", "cup", 1), ("c", "cup", 3)]
    assert sent(chosen(shelves, {"cup": 9})) == [("a", "cup", 1), ("b", "cup", 2), ("c", "cup", 3)]


def test_of_very_many_sources_no_unit_is_lost() -> None:
    shelves = {"cup": [shelf("cup", f"s{number:02}", 1, number) for number in range(40)]}
    assert sum(quantity for _, quantity in chosen(shelves, {"cup": 30})) == 30


@pytest.mark.parametrize(
    ("destination", "nearest"),
    [
        (Destination("FR", postcode="75011", latitude=48.86, longitude=2.38), "paris"),
        (Destination("FR", postcode="69003"), "lyon"),
        (Destination("FR", postcode="75011"), "paris"),
        (Destination("CA", postcode="H2X 1Y4"), "montreal"),
        (Destination("US", region="NY", latitude=40.7, longitude=-74.0), "montreal"),
    ],
)
def test_how_far_it_is_follows_from_what_is_known(destination: Destination, nearest: str) -> None:
    sources = [
        Source(code="lyon", country="FR", region="", postcode="69007", latitude=45.735, longitude=4.842),
        Source(code="paris", country="FR", region="", postcode="75011", latitude=48.859, longitude=2.378),
        Source(
            code="montreal", country="CA", region="QC", postcode="H3K 1G6", latitude=45.483, longitude=-73.556
        ),
    ]
    assert min(sources, key=lambda source: distance_km(source, destination)).code == nearest


def test_a_great_circle_is_as_long_as_maps_say() -> None:
    lyon = Source(latitude=45.764, longitude=4.8357)
    assert distance_km(lyon, Destination(latitude=48.8566, longitude=2.3522)) == pytest.approx(391.5, abs=1)


@pytest.fixture
async def near_shop(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    """A shop that sends from the nearest source."""
    values = yaml.safe_load(DEMO_SHOP.read_text("utf-8")) | {"source_selection": "distance"}
    (tmp_path / "shop.yml").write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    settings = {"COMPTOIR_SHOP_FILE": str(tmp_path / "shop.yml")}
    async with opened(tmp_path, database_url, **settings) as shop:
        async with shop.database.transaction() as session:
            for code, postcode in (("lyon", "69007"), ("paris", "75011")):
                await session.execute(update(Source).where(Source.code == code).values(postcode=postcode))
        yield shop


async def bought(shop: Shop, *lines: tuple[str, int]) -> tuple[Customer, Any]:
    customer = await shop.visit()
    for sku, quantity in lines:
        assert (await customer.add(sku, quantity))[0] == 201
    await customer.call("POST", "/api/checkout/tell", {"text": ADDRESS})
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "standard"})
    _, order = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    await customer.pay(order)
    return customer, await paid(customer, order)


def contents(order: Any) -> dict[str, list[tuple[str, int]]]:
    return {
        parcel["source"]: [(part["sku"], part["quantity"]) for part in parcel["contents"]]
        for parcel in order["parcels"]
    }


async def test_a_parcel_comes_from_the_source_of_the_lowest_priority(shop: Shop) -> None:
    _, order = await bought(shop, ("MUG-BLUE", 2), ("LAMP", 1))
    assert contents(order) == {"lyon": [("MUG-BLUE", 2), ("LAMP", 1)]} or contents(order) == {
        "lyon": [("LAMP", 1), ("MUG-BLUE", 2)]
    }


async def test_a_parcel_comes_from_the_nearest_source_where_the_shop_says_so(near_shop: Shop) -> None:
    _, order = await bought(near_shop, ("MUG-BLUE", 2))
    assert contents(order) == {"paris": [("MUG-BLUE", 2)]}
    assert await near_shop.differences() == []


async def test_what_no_single_source_has_travels_in_several_parcels_that_are_told_apart(shop: Shop) -> None:
    customer, order = await bought(shop, ("MUG-BLUE", 7))
    assert contents(order) == {"lyon": [("MUG-BLUE", 5)], "paris": [("MUG-BLUE", 2)]}

    async def are_booked() -> Any:
        current = await customer.current(order)
        return current if all(parcel["tracking_url"] for parcel in current["parcels"]) else None

    first, second = (await until(are_booked))["parcels"]
    assert first["tracking_number"] != second["tracking_number"]
    for _ in STEPS[1:]:
        async with shop.http.post(f"{first['tracking_url']}/advance") as response:
            assert response.status == 200

    async def is_told() -> Any:
        return await told(shop, "news_parcel_delivered")

    (news,) = await until(is_told)
    assert first["tracking_number"] in news
    current = await customer.current(order)
    assert current["fulfilment_status"] == "preparing"
    assert sorted(parcel["status"] for parcel in current["parcels"]) == ["delivered", "preparing"]

    for _ in STEPS[1:]:
        async with shop.http.post(f"{second['tracking_url']}/advance") as response:
            assert response.status == 200

    async def is_all_there() -> bool:
        return (await customer.current(order))["fulfilment_status"] == "delivered"

    assert await until(is_all_there)
    assert len(await told(shop, "news_parcel_delivered")) == 2


async def test_the_fewest_parcels_hold_an_order_of_several_things(shop: Shop) -> None:
    async with shop.database.transaction() as session:
        lamp = (await session.scalars(select(Variant.id).filter_by(sku="LAMP"))).one()
        sources = {source.code: source.id for source in await session.scalars(select(Source))}
        await count(session, [Count(lamp, sources["lyon"], 0), Count(lamp, sources["paris"], 4)])
    _, order = await bought(shop, ("MUG-BLUE", 2), ("LAMP", 1))
    assert {source: sorted(parts) for source, parts in contents(order).items()} == {
        "paris": [("LAMP", 1), ("MUG-BLUE", 2)]
    }
