"""The page behind a payment link."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from backend.clock import HeldClock
from backend.db import Database
from backend.orders.models import Order, OrderLine
from backend.shipping.models import Shipment
from tests.pages.conftest import Read

Place = Callable[..., Awaitable[Order]]


async def test_an_order_is_nobody_elses(read: Read, place: Place) -> None:
    order = await place()

    page = await read(f"/orders/{order.token}")

    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in page.source
    assert "hreflang" not in page.source.split("</head>")[0]


async def test_an_order_that_waits_says_until_when_and_leads_to_its_payment(read: Read, place: Place) -> None:
    order = await place()

    page = await read(f"/orders/{order.token}", accept="en")

    assert f"Commande {order.number}" in page.text
    assert "Mis de côté pour vous jusqu'à 13:00 UTC" in page.text
    assert f'href="/pay/{order.token}"' in page.source
    assert "Tasse, Rouge 2 × 12,90 € 25,80 €" in page.text
    assert "Livraison standard 4,90 € Total 30,70 €" in page.text
    assert "refresh" not in page.source


async def test_the_visitor_may_read_an_order_in_another_language(read: Read, place: Place) -> None:
    order = await place()

    assert "Waiting for your payment" in (await read(f"/orders/{order.token}?lang=en")).text


async def test_back_from_the_payment_the_page_looks_again_by_itself(read: Read, place: Place) -> None:
    order = await place()

    page = await read(f"/orders/{order.token}?session=cs_1")

    assert "Votre paiement est en cours de confirmation" in page.text
    assert f'content="4;url=/orders/{order.token}?session=cs_1&amp;look=1"' in page.source
    assert "/pay/" not in page.source


async def test_the_page_does_not_look_for_ever(read: Read, place: Place) -> None:
    order = await place()

    page = await read(f"/orders/{order.token}?session=cs_1&look=15")

    assert "http-equiv" not in page.source
    assert "C'est plus long que d'habitude" in page.text


async def test_payments_that_are_out_of_order_are_said_so(read: Read, place: Place) -> None:
    order = await place()

    page = await read(f"/orders/{order.token}?payments=unavailable")

    assert "Rien n'a été débité" in page.text
    assert f'href="/pay/{order.token}">Réessayer' in page.source


async def test_a_link_whose_time_is_over_is_not_offered(read: Read, place: Place, clock: HeldClock) -> None:
    order = await place()
    clock.advance(timedelta(hours=1))

    page = await read(f"/orders/{order.token}")

    assert "Ce lien de paiement n'est plus valable" in page.text
    assert "/pay/" not in page.source


@pytest.mark.parametrize(
    ("status", "said"),
    [("canceled", "Ce lien de paiement n'est plus valable"), ("refunded", "Votre argent vous est rendu")],
)
async def test_an_order_that_ended_leads_to_the_chat(
    read: Read, place: Place, status: str, said: str
) -> None:
    order = await place(payment_status=status)

    page = await read(f"/orders/{order.token}")

    assert said in page.text
    assert 'data-say="">Ouvrir le chat' in page.source


async def test_a_paid_order_shows_its_parcel(read: Read, place: Place, database: Database) -> None:
    order = await place(payment_status="paid", fulfilment_status="in_transit")
    async with database.transaction() as session:
        session.add(
            Shipment(
                order_id=order.id,
                service="standard",
                status="in_transit",
                tracking_number="DC1",
                tracking_url="https://carrier.example/DC1",
                promised_from=date(2026, 11, 25),
                promised_to=date(2026, 11, 27),
            )
        )

    page = await read(f"/orders/{order.token}")

    assert "Payée. Merci !" in page.text
    assert '<li class="reached" aria-current="step">En route' in page.source
    assert "Prévu entre le 25 novembre et le 27 novembre" in page.text
    assert 'href="https://carrier.example/DC1"' in page.source


async def test_an_order_that_does_not_exist_is_missed(read: Read) -> None:
    missing = await read("/orders/unknown", accept="es")

    assert missing.status == 404
    assert "Esta página no existe" in missing.text


async def test_an_order_says_what_was_taken_off(read: Read, place: Place, database: Database) -> None:
    free = [{"promotion": "free", "name": "Livraison offerte", "amount": 490}]
    summer = [{"promotion": "summer", "name": "Soldes", "amount": 258}]
    order = await place(
        discount=258, delivery_discount=490, delivery_savings=free, coupons=["SUMMER10"], total=2322
    )
    async with database.transaction() as session:
        await session.execute(update(OrderLine).values(discount=258, savings=summer))

    page = await read(f"/orders/{order.token}")

    assert "Tasse, Rouge 2 × 12,90 € 25,80 € Soldes : −2,58 €" in page.text
    assert "Articles 25,80 € Remise (SUMMER10) −2,58 €" in page.text
    assert "Livraison standard 4,90 € Livraison offerte −4,90 € Total 23,22 €" in page.text
