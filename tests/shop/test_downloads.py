"""Digital goods: nothing on a shelf, nothing in a parcel, a file after the payment."""

import pytest

from backend.catalogue.models import Component, Price, Product, Variant
from backend.catalogue.variants import variant_ids
from tests.shop.conftest import Customer, Shop, until

GUIDE = b"%PDF-1.4 how to hold a mug"


@pytest.fixture(autouse=True)
async def guide(shop: Shop) -> None:
    """A guide that is downloaded, and the same with a lamp."""
    name = {"en": "Guide", "fr": "Guide", "es": "Guía"}
    shop.settings.downloads_dir.mkdir()
    (shop.settings.downloads_dir / "guide été.pdf").write_bytes(GUIDE)
    async with shop.database.transaction() as session:
        product = Product(
            handle="guide", name=name, description=name, keywords={}, options=[], attributes=[], pictures=[]
        )
        kit = Product(
            handle="kit", name=name, description=name, keywords={}, options=[], attributes=[], pictures=[]
        )
        session.add_all([product, kit])
        await session.flush()
        digital = Variant(
            sku="GUIDE", product_id=product.id, options={}, kind="digital", files=["guide été.pdf"]
        )
        session.add(digital)
        await session.flush()
        lamp = (await variant_ids(session, ["LAMP"]))["LAMP"]
        bundle = Variant(
            sku="KIT",
            product_id=kit.id,
            options={},
            kind="bundle",
            components=[
                Component(part_id=digital.id, quantity=1, position=0),
                Component(part_id=lamp, quantity=1, position=1),
            ],
        )
        session.add(bundle)
        await session.flush()
        for variant in (digital, bundle):
            session.add(Price(variant_id=variant.id, currency="EUR", amount=900))


async def bought(customer: Customer, total: int) -> dict:  # type: ignore[type-arg]
    _, order = await customer.call("POST", "/api/orders", {"total": total})
    await customer.pay(order)

    async def paid() -> dict | None:  # type: ignore[type-arg]
        current = await customer.current(order)
        return current if current["payment_status"] == "paid" else None

    return await until(paid)  # type: ignore[no-any-return]


async def test_what_is_downloaded_needs_no_address_and_no_parcel(shop: Shop) -> None:
    customer = await shop.visit()
    status, _ = await customer.add("GUIDE", 3)
    assert status == 201
    _, checkout = await customer.call("POST", "/api/checkout")
    assert (checkout["missing"], checkout["delivery_options"]) == (["email"], [])
    _, told = await customer.call("POST", "/api/checkout/tell", {"text": "camille@example.com"})
    assert (told["checkout"]["missing"], told["checkout"]["total"]["amount"]) == ([], 2700)

    order = await bought(customer, 2700)

    assert (order["delivery"]["amount"], order["parcels"]) == (0, [])
    assert order["fulfilment_status"] == "downloadable"
    assert [(download["name"], download["left"]) for download in order["downloads"]] == [("Guide", 10)]
    assert await shop.differences() == []


async def test_a_file_is_sent_so_often_and_to_nobody_else(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("GUIDE")
    await customer.call("POST", "/api/checkout/tell", {"text": "camille@example.com"})
    order = await bought(customer, 900)
    take = f"{order['order_url']}/downloads/{order['downloads'][0]['id']}"

    for _ in range(10):
        async with shop.http.post(take) as answer:
            assert (answer.status, await answer.read()) == (200, GUIDE)
            assert "guide%20%C3%A9t%C3%A9.pdf" in answer.headers["Content-Disposition"]
            link = answer.url
    async with shop.http.post(take, allow_redirects=False) as refused:
        assert refused.headers["Location"].startswith("/orders/")
    async with shop.http.get(link, headers={"Range": "bytes=5-"}) as rest:
        assert await rest.read() == GUIDE[5:]
    async with shop.http.get(f"{link}x") as forged:
        assert forged.status == 404
    async with shop.http.get(order["order_url"]) as page:
        assert "Plus aucun téléchargement" in await page.text()


async def test_a_bundle_is_shipped_where_one_of_its_parts_is(shop: Shop) -> None:
    customer = await shop.visit()
    _, offer = await customer.call("GET", "/api/offers/kit")
    assert offer["available"] == 40
    await customer.add("GUIDE")
    _, checkout = await customer.order("KIT")
    assert await shop.stock("LAMP") == (40, 1)
    order = await bought(customer, checkout["total"]["amount"])
    assert (order["fulfilment_status"], len(order["parcels"])) == ("preparing", 1)
    assert [download["name"] for download in order["downloads"]] == ["Guide"]


async def test_nothing_is_downloaded_before_it_is_paid(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.add("GUIDE")
    await customer.call("POST", "/api/checkout/tell", {"text": "camille@example.com"})
    _, order = await customer.call("POST", "/api/orders", {"total": 900})
    assert order["downloads"] == []
