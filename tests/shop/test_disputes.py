"""A customer's bank asks the money back: nothing leaves any more, staff see it, and the books follow the money."""

from typing import Any

from sqlalchemy import select

from backend.payments.disputes import open_disputes
from backend.payments.models import Dispute
from backend.shipping.models import Shipment
from tests.shop.conftest import Customer, Shop, until
from tests.shop.test_refunds import balances, bought, differences

DISPUTED, INQUIRED = "4000000000000259", "4000000000001976"
FEE = 3070 * 15 // 1000 + 25
DISPUTE_FEE = 1500


async def stripe(shop: Shop, path: str, **fields: str) -> Any:
    headers = {"Authorization": f"Bearer {shop.settings.stripe_api_key}"}
    url = f"{shop.settings.stripe_api_base}/v1/{path}"
    async with shop.http.post(url, data=fields, headers=headers) as answer:
        return await answer.json()


async def disputed(shop: Shop, status: str) -> Dispute:
    """The shop's only one, once it is in this state."""

    async def is_so() -> Dispute | None:
        async with shop.database.reading() as session:
            return await session.scalar(select(Dispute).filter_by(status=status))

    return await until(is_so)  # type: ignore[no-any-return]


async def is_held(shop: Shop) -> bool:
    async with shop.database.reading() as session:
        return bool(await session.scalar(select(Shipment.is_held)))


async def tracked(shop: Shop, customer: Customer, order: Any) -> str | None:
    (parcel,) = (await customer.current(order))["parcels"]
    return parcel["tracking_number"]  # type: ignore[no-any-return]


async def test_a_dispute_takes_the_money_and_keeps_the_parcel(shop: Shop) -> None:
    await bought(shop, card=DISPUTED)
    dispute = await disputed(shop, "needs_response")
    assert (dispute.amount, dispute.reason) == (3070, "fraudulent")
    assert await is_held(shop)

    async def is_booked() -> bool:
        return await balances(shop) == {
            "processor": -FEE - DISPUTE_FEE,
            "sales": -3070,
            "disputes": 3070,
            "fees": FEE + DISPUTE_FEE,
        }

    assert await until(is_booked)
    async with shop.database.reading() as session:
        assert [one.order_id for one in await open_disputes(session)] == [dispute.order_id]
    assert await differences(shop) == []


async def test_a_dispute_that_is_won_gives_back_money_and_parcel(shop: Shop) -> None:
    customer, order = await bought(shop, card=DISPUTED)
    dispute = await disputed(shop, "needs_response")
    evidence = {"evidence[uncategorized_text]": "winning_evidence", "submit": "true"}
    await stripe(shop, f"disputes/{dispute.dispute_id}", **evidence)
    await disputed(shop, "won")
    assert not await is_held(shop)
    assert await until(lambda: tracked(shop, customer, order))

    async def is_booked() -> bool:
        return await balances(shop) == {
            "processor": 3070 - FEE,
            "sales": -3070,
            "disputes": 0,
            "fees": FEE,
        }

    assert await until(is_booked)


async def test_a_dispute_that_is_lost_keeps_the_parcel(shop: Shop) -> None:
    await bought(shop, card=DISPUTED)
    dispute = await disputed(shop, "needs_response")
    await stripe(shop, f"disputes/{dispute.dispute_id}/close")
    await disputed(shop, "lost")
    assert await is_held(shop)
    async with shop.database.reading() as session:
        assert await open_disputes(session) == []


async def test_an_inquiry_moves_no_money_and_lets_go_when_it_is_closed(shop: Shop) -> None:
    await bought(shop, card=INQUIRED)
    dispute = await disputed(shop, "warning_needs_response")
    assert await is_held(shop)
    await stripe(shop, f"disputes/{dispute.dispute_id}/close")
    await disputed(shop, "warning_closed")
    assert not await is_held(shop)
    assert "disputes" not in await balances(shop)


async def test_events_of_a_dispute_that_come_often_and_backwards_count_once(shop: Shop) -> None:
    await shop.trouble(duplicate=4, reorder=True)
    await bought(shop, card=DISPUTED)
    dispute = await disputed(shop, "needs_response")
    await stripe(shop, f"disputes/{dispute.dispute_id}/close")
    await disputed(shop, "lost")
    assert await until(shop.is_at_rest)
    assert (await balances(shop))["disputes"] == 3070
    assert await differences(shop) == []
