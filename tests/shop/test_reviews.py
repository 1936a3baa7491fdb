"""Customers review what they bought, staff look at it, everybody reads it."""

from typing import Any

import pytest

from backend.errors import ShopError
from backend.reviews import moderation
from tests.shop.conftest import Customer, Shop
from tests.shop.test_satisfaction import who_bought

PATH = "/api/products/lamp/reviews"
GOOD = {"rating": 5, "title": "Belle lampe", "text": "Elle éclaire bien.", "author": "Camille"}


async def shown(shop: Shop) -> Any:
    async with shop.http.get(shop.settings.public_url + PATH) as response:
        return await response.json()


async def decide(shop: Shop, review: str, status: str) -> list[str]:
    async with shop.database.transaction() as session:
        return await moderation.decide(session, review, status)


async def waiting(shop: Shop) -> list[str]:
    async with shop.database.reading() as session:
        return await moderation.overview(session, "pending", 10)


async def left(customer: Customer, **changes: Any) -> tuple[int, Any]:
    return await customer.call("POST", PATH, GOOD | changes)


async def test_a_review_is_shown_once_it_was_approved(shop: Shop) -> None:
    customer = await who_bought(shop)
    status, answer = await left(customer)
    assert (status, answer["status"]) == (201, "pending")
    before = await shown(shop)
    assert await decide(shop, answer["review"]["id"][:8], "approved") == [
        f"{answer['review']['id']} is approved."
    ]
    after = await shown(shop)
    assert (before["review_count"], before["rating"], before["reviews"]) == (0, None, [])
    assert (after["review_count"], after["rating"]) == (1, 5.0)
    (review,) = after["reviews"]
    assert (review["title"], review["author"], review["language"]) == ("Belle lampe", "Camille", "fr")
    await decide(shop, answer["review"]["id"], "rejected")
    assert (await shown(shop))["review_count"] == 0


async def test_the_staff_see_what_waits(shop: Shop) -> None:
    assert await waiting(shop) == ["No review is pending."]
    _, answer = await left(await who_bought(shop), text="Ligne 1\nLigne 2")
    first, *rest = await waiting(shop)
    assert first.startswith(answer["review"]["id"])
    assert first.endswith("fr  5 of 5  lamp  Camille (shop)")
    assert rest == ["      Belle lampe", "      Ligne 1", "      Ligne 2"]


async def test_whoever_has_not_bought_the_product_does_not_review_it(shop: Shop) -> None:
    customer = await shop.visit()
    await customer.order("LAMP")
    status, refusal = await left(customer)
    assert (status, refusal["error"], refusal["details"]) == (409, "product_not_bought", {"product": "lamp"})
    buyer = await who_bought(shop)
    status, refusal = await buyer.call("POST", "/api/products/mug/reviews", GOOD)
    assert (status, refusal["error"]) == (409, "product_not_bought")
    status, refusal = await buyer.call("POST", "/api/products/spoon/reviews", GOOD)
    assert (status, refusal["error"]) == (404, "product_not_found")


async def test_a_second_review_takes_the_place_of_the_first_while_that_waits(shop: Shop) -> None:
    customer = await who_bought(shop)
    _, first = await left(customer)
    status, second = await left(customer, rating=2, text="Elle grésille.")
    assert (status, second["review"]["id"]) == (201, first["review"]["id"])
    await decide(shop, first["review"]["id"], "approved")
    status, refusal = await left(customer, rating=1)
    assert (status, refusal["error"]) == (409, "already_reviewed")
    (review,) = (await shown(shop))["reviews"]
    assert (review["rating"], review["text"]) == (2, "Elle grésille.")


@pytest.mark.parametrize(
    "changes",
    [
        {"rating": 0},
        {"rating": 6},
        {"rating": 4.5},
        {"text": ""},
        {"text": "a" * 2001},
        {"text": " \u202e\n"},
        {"author": "\t"},
        {"author": "a" * 61},
        {"title": "a" * 121},
    ],
)
async def test_a_review_that_cannot_be_is_refused(shop: Shop, changes: dict[str, Any]) -> None:
    status, refusal = await left(await who_bought(shop), **changes)
    assert (status, refusal["error"]) == (422, "invalid_input")


async def test_an_unknown_or_short_id_decides_nothing(shop: Shop) -> None:
    await left(await who_bought(shop))
    await left(await who_bought(shop))
    with pytest.raises(ShopError, match="No review has this id"):
        await decide(shop, "zzz", "approved")
    with pytest.raises(ShopError, match="Several reviews begin like this"):
        await decide(shop, "", "approved")
    assert (await shown(shop))["review_count"] == 0
