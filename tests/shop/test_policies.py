"""An open shop is asked about its own texts, while they change."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.clock import Clock
from backend.config import ROOT
from backend.db import Database
from backend.events import Events
from backend.importing import import_policies
from backend.shop import SHOP
from tests.shop.conftest import Shop, until


@pytest.fixture
async def operator(shop: Shop) -> AsyncIterator[Database]:
    """Another process has connections of its own."""
    database = Database(shop.settings, Clock(), Events())
    yield database
    await database.close()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "demo" / "policies", tmp_path / "policies"))


async def keep(shop: Shop, operator: Database, files: Path) -> None:
    await import_policies(operator, files, shop.app[SHOP], shop.settings.hold_minutes)


async def asked(shop: Shop, **query: str) -> list[Any]:
    async with shop.http.get(f"{shop.settings.public_url}/api/policies", params=query) as response:
        assert response.status == 200
        answers: list[Any] = await response.json()
        return answers


async def test_an_open_shop_answers_from_what_is_imported(
    shop: Shop, operator: Database, files: Path
) -> None:
    assert await asked(shop, q="are you open on sundays", language="en") == []

    await keep(shop, operator, files)
    answer = (await until(lambda: asked(shop, q="are you open on sundays", language="en")))[0]

    assert answer | {"score": None} == {
        "topic": "opening-hours",
        "title": "Opening hours",
        "section": "The shop in Paris",
        "number": 1,
        "text": "Our shop, 27 rue du Petit-Comptoir, 75011 Paris, is open from Tuesday to Saturday, 10:00 to 19:00. "
        "On Sunday and Monday it is closed.",
        "is_shortened": False,
        "language": "en",
        "url": f"{shop.settings.public_url}/policies/opening-hours?lang=en#the-shop-in-paris",
        "score": None,
    }

    hours = files / "opening-hours.en.md"
    hours.write_text(hours.read_text().replace("10:00 to 19:00", "11:00 to 18:00"))
    await keep(shop, operator, files)

    async def is_changed() -> bool:
        return "11:00 to 18:00" in (await asked(shop, q="are you open on sundays", language="en"))[0]["text"]

    await until(is_changed)


async def test_prices_are_in_the_currency_of_who_asks(shop: Shop, operator: Database, files: Path) -> None:
    await keep(shop, operator, files)
    question = {"q": "how much is delivery", "language": "en"}

    assert "€4.90" in (await until(lambda: asked(shop, **question)))[0]["text"]
    assert "$5.90" in (await asked(shop, **question, currency="USD"))[0]["text"]

    customer = await shop.visit()
    status, answers = await customer.call("GET", "/api/policies?q=combien coûte la livraison")
    assert status == 200
    assert "4,90" in answers[0]["text"]


async def test_a_topic_that_is_meant_is_told_from_its_beginning(
    shop: Shop, operator: Database, files: Path
) -> None:
    await keep(shop, operator, files)
    question = {"q": "do u take maestro", "language": "en"}

    answers = await until(lambda: asked(shop, **question, about="payment"))

    assert [(answer["topic"], answer["section"]) for answer in answers] == [("payment", "How you pay")]
    assert await asked(shop, **question) == []
    assert await asked(shop, **question, about="unicorns") == []
    assert await asked(shop) == []
