"""Collected at a store: which have it, held there, handed over once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.catalogue.models import Variant
from backend.inventory.backorders import today_of
from backend.inventory.models import BackorderTerms, Source, StockItem
from backend.orders import collecting
from backend.orders.collecting import CodeNotFound, NotCollectable
from tests.shop.conftest import Customer, Shop, opened, until

SHOP = """
name: Comptoir
email: hello@comptoir.example
currencies: [EUR]
time_zone: Europe/Paris
delivery_methods:
- code: standard
  name: {en: Standard delivery, fr: Livraison standard, es: Envío estándar}
  promise_days: [2, 4]
  price: {EUR: 490}
- code: pickup
  kind: pickup
  name: {en: Store pickup, fr: Retrait en boutique, es: Recogida en tienda}
  price: {EUR: 0}
"""
HOURS = "mo-su 00:00-23:59"


@pytest.fixture
async def stored(tmp_path: Path, database_url: str) -> AsyncIterator[Shop]:
    """Beside the store of Paris, one in Bordeaux that has a lamp."""
    file = tmp_path / "shop.yml"
    file.write_text(SHOP)
    async with opened(tmp_path, database_url, COMPTOIR_SHOP_FILE=str(file)) as shop:
        async with shop.database.transaction() as session:
            await session.execute(
                update(Source).values(opening_hours=HOURS, postcode="75011", street="2 rue Oberkampf")
            )
            bordeaux = Source(
                code="bordeaux", kind="store", name="Bordeaux", city="Bordeaux", country="FR", postcode="33000",
                priority=3, latitude=44.8378, longitude=-0.5792, opening_hours=HOURS,
            )  # fmt: skip
            session.add(bordeaux)
        yield shop


async def chosen(customer: Customer, store: str | None = None) -> Any:
    await customer.call("POST", "/api/checkout/tell", {"text": "camille@example.com"})
    choice = {"delivery_method": "pickup", "store": store}
    _, checkout = await customer.call("PUT", "/api/checkout/delivery", choice)
    if "name" in checkout["missing"]:
        _, told = await customer.call("POST", "/api/checkout/tell", {"text": "Camille Durand"})
        checkout = told["checkout"]
    return checkout


async def placed(customer: Customer, quantity: int = 1) -> Any:
    await customer.add("MUG-BLUE", quantity)
    checkout = await chosen(customer)
    assert checkout["missing"] == []
    _, order = await customer.call("POST", "/api/orders", {"total": checkout["total"]["amount"]})
    return order


async def paid(customer: Customer) -> Any:
    order = await placed(customer)
    await customer.pay(order)

    async def is_paid() -> Any:
        current = await customer.current(order)
        return current if current["payment_status"] == "paid" else None

    return await until(is_paid)


async def held(shop: Shop) -> dict[str, int]:
    """Units of the blue mug that are held, by source."""
    async with shop.database.reading() as session:
        rows = await session.execute(
            select(Source.code, StockItem.reserved)
            .join(Source, Source.id == StockItem.source_id)
            .where(StockItem.reserved > 0)
        )
        return dict(rows.all())


async def test_a_store_is_offered_while_it_has_all_of_the_cart(stored: Shop) -> None:
    customer = await stored.visit()
    await customer.add("MUG-BLUE", 3)
    _, options = await customer.call("GET", "/api/delivery-options")
    assert [option["kind"] for option in options] == ["parcel", "pickup"]
    await customer.add("MUG-BLUE", 1)
    _, options = await customer.call("GET", "/api/delivery-options")
    assert [option["kind"] for option in options] == ["parcel"]


async def test_what_no_store_has_cannot_be_collected(stored: Shop) -> None:
    customer = await stored.visit()
    await customer.add("MUG-BLUE", 4)
    status, refusal = await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "pickup"})
    assert (status, refusal["error"]) == (409, "no_store_has_it")
    status, refusal = await customer.call("POST", "/api/checkout/tell", {"text": "retrait en boutique"})
    assert (status, refusal["error"]) == (409, "no_store_has_it")


async def test_who_collects_is_asked_for_no_address(stored: Shop) -> None:
    customer = await stored.visit()
    await customer.add("MUG-BLUE")
    await customer.call("PUT", "/api/checkout/delivery", {"delivery_method": "pickup"})
    _, checkout = await customer.call("POST", "/api/checkout")
    assert checkout["missing"] == ["name", "email"]
    assert checkout["store"]["code"] == "paris"


async def test_the_stock_is_held_at_the_store(stored: Shop) -> None:
    order = await placed(await stored.visit(), 2)
    assert await held(stored) == {"paris": 2}
    assert order["collection"]["store"]["street"] == "2 rue Oberkampf"
    assert order["collection"]["code"] is None
    assert await stored.differences() == []


async def test_of_two_who_want_the_stores_last_one_gets_it(stored: Shop) -> None:
    customers = [await stored.visit() for _ in range(4)]
    for customer in customers:
        await customer.add("MUG-BLUE", 2)
        await chosen(customer)
    answers = await asyncio.gather(
        *(customer.call("POST", "/api/orders", {"total": 2580}) for customer in customers)
    )
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
    assert await held(stored) == {"paris": 2}


async def test_it_is_ready_told_and_handed_over_once(stored: Shop) -> None:
    customer = await stored.visit()
    order = await paid(customer)
    assert (order["fulfilment_status"], order["parcels"]) == ("to_be_prepared", [])
    code = order["collection"]["code"]
    async with stored.database.transaction() as session:
        with pytest.raises(NotCollectable):
            await collecting.collect(session, code)
    async with stored.database.transaction() as session:
        await collecting.make_ready(session, order["number"])

    async def news() -> bool:
        return any("news_order_ready" in str(turn) for turn in stored.assistant.turns)

    await until(news)
    async with stored.database.transaction() as session:
        handed = await collecting.collect(session, code.lower().replace("-", " "))
    assert handed.number == order["number"]
    async with stored.database.transaction() as session:
        with pytest.raises(NotCollectable) as refused:
            await collecting.collect(session, code)
    assert refused.value.details == {"reason": "collected"}
    current = await customer.current(order)
    assert (current["fulfilment_status"], current["collection"]["code"]) == ("collected", None)


async def test_a_code_that_nobody_has_hands_over_nothing(stored: Shop) -> None:
    await paid(await stored.visit())
    async with stored.database.transaction() as session:
        with pytest.raises(CodeNotFound):
            await collecting.collect(session, "0000-0000")


async def test_the_nearest_store_comes_first(stored: Shop) -> None:
    customer = await stored.visit()
    await customer.add("MUG-BLUE")

    async def order_of(query: str) -> list[tuple[str, bool]]:
        _, stores = await customer.call("GET", f"/api/pickup-stores{query}")
        return [(store["code"], store["has_all"]) for store in stores]

    assert await order_of("") == [("paris", True), ("bordeaux", False)]
    assert await order_of("?words=Je%20peux%20retirer%20%C3%A0%20bordeau%20?") == [
        ("bordeaux", False),
        ("paris", True),
    ]
    assert (await order_of("?latitude=44.8&longitude=-0.6"))[0] == ("bordeaux", False)
    await customer.call("POST", "/api/checkout/tell", {"text": "Jean Petit, 3 rue du Port, 33200 Bordeaux"})
    assert (await order_of(""))[0] == ("bordeaux", False)


async def test_a_store_says_when_it_is_open_and_when_it_will_be_ready(stored: Shop) -> None:
    async with stored.database.transaction() as session:
        await session.execute(
            update(Source)
            .where(Source.code == "paris")
            .values(opening_hours="tu-sa 10:00-19:00; 2026-12-25 closed", time_zone="Europe/Paris")
        )
    monday = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    stored.clock.advance(monday - stored.clock.now())
    customer = await stored.visit()
    await customer.add("MUG-BLUE")
    _, stores = await customer.call("GET", "/api/pickup-stores")
    assert (stores[0]["is_open"], stores[0]["today"]) == (False, [])
    assert stores[0]["opens_at"].startswith("2026-12-01T10:00:00+01:00")
    _, options = await customer.call("GET", "/api/delivery-options")
    assert options[1]["promised_from"] == "2026-12-01"


async def test_the_store_is_chosen_in_words(stored: Shop) -> None:
    async with stored.database.transaction() as session:
        paris = await session.scalar(select(Source).filter_by(code="paris"))
        bordeaux = await session.scalar(select(Source).filter_by(code="bordeaux"))
        assert paris
        assert bordeaux
        items = (await session.scalars(select(StockItem).filter_by(source_id=paris.id))).all()
        session.add_all(
            StockItem(variant_id=item.variant_id, source_id=bordeaux.id, on_hand=item.on_hand)
            for item in items
        )
    customer = await stored.visit()
    await customer.add("MUG-BLUE")
    checkout = await chosen(customer)
    assert checkout["missing"] == ["store"]
    _, told = await customer.call("POST", "/api/checkout/tell", {"text": "celle de Bordeaux svp"})
    assert (told["understood"], told["checkout"]["store"]["code"]) == (["store"], "bordeaux")


@pytest.mark.parametrize(("days", "stores"), [(1, []), (0, ["paris"])])
async def test_what_is_not_out_yet_is_not_handed_over_before_its_day(
    stored: Shop, days: int, stores: list[str]
) -> None:
    customer = await stored.visit()
    await customer.add("MUG-BLUE")
    async with stored.database.transaction() as session:
        variant_id = (await session.scalars(select(Variant.id).filter_by(sku="MUG-BLUE"))).one()
        day = today_of(session) + timedelta(days=days)
        session.add(BackorderTerms(variant_id=variant_id, is_preorder=True, most=9, ships_on=day))
    _, known = await customer.call("GET", "/api/pickup-stores")
    assert [store["code"] for store in known if store["has_all"]] == stores
