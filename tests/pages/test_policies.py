"""The operator's own texts as pages."""

import re

import pytest
from sqlalchemy import delete

from backend.db import Database
from backend.policies.models import PolicyText
from backend.policies.routes import POLICIES
from tests.pages.conftest import Client, Read


@pytest.mark.parametrize(
    ("language", "title", "section", "words"),
    [
        (
            "en",
            "Delivery",
            "Where we deliver",
            "Standard delivery : 2–4 working days, €4.90, free from €60.00.",
        ),
        (
            "fr",
            "Livraison",
            "Où nous livrons",
            "Livraison standard : 2–4 jours ouvrés, 4,90 €, offerte dès 60,00 €.",
        ),
        (
            "es",
            "Envío",
            "Adónde enviamos",
            "Envío estándar : 2–4 días laborables, 4,90 €, gratis desde 60,00 €.",
        ),
    ],
)
async def test_a_text_is_shown_in_the_visitors_language(
    read: Read, language: str, title: str, section: str, words: str
) -> None:
    page = await read("/policies/delivery", accept=language)

    assert f"<h1>{title}</h1>" in page.source
    assert f">{section}</h2>" in page.source
    assert words in page.text


async def test_prices_are_in_the_visitors_currency(read: Read) -> None:
    assert "2–4 working days, $5.90, free from $70.00" in (await read("/policies/delivery?currency=USD")).text


async def test_all_topics_are_listed_with_their_sections(read: Read) -> None:
    page = await read("/policies?lang=fr")

    titles = re.findall(r'<h2><a href="/policies/([\w-]+)\?lang=fr">([^<]+)</a></h2>', page.source)
    assert titles[:3] == [("delivery", "Livraison"), ("payment", "Paiement"), ("returns", "Retours")]
    assert '<a href="/policies/delivery?lang=fr#ou-nous-livrons">Où nous livrons</a>' in page.source


async def test_every_page_leads_to_each_topic(read: Read) -> None:
    home = await read("/", accept="es")

    footer = home.source.partition("<footer")[2]
    assert re.findall(r'<li><a href="/policies/([\w-]+)">', footer)[:3] == ["delivery", "payment", "returns"]
    assert ">Devoluciones</a>" in footer


async def test_the_address_of_a_section_leads_to_it(read: Read) -> None:
    page = await read("/policies/returns")

    assert '<section id="how-long-you-have" aria-labelledby="about-how-long-you-have">' in page.source


async def test_what_was_chosen_goes_along_to_other_topics(read: Read) -> None:
    page = await read("/policies/privacy?lang=fr&currency=USD")

    assert '<a href="/policies/cookies?lang=fr&amp;currency=USD">Cookies</a>' in page.source
    assert '<a href="mailto:hello@comptoir.example">' in page.source


async def test_a_language_without_the_text_gets_the_english_one_and_is_told(read: Read) -> None:
    page = await read("/policies/strange", accept="fr")

    assert "Pour l'instant, ce texte n'existe qu'en anglais." in page.text
    assert '<div class="prose" lang="en">' in page.source


async def test_a_text_runs_nothing(read: Read) -> None:
    page = await read("/policies/strange")

    assert "&lt;script&gt;alert('x')&lt;/script&gt;" in page.source.replace("&#39;", "'")
    assert "&lt;b onclick=" in page.source
    assert "<script>" not in page.source
    assert "<i>" not in page.source
    assert 'href="javascript:' not in page.source


async def test_a_topic_that_is_not_there_is_missed(read: Read) -> None:
    missing = await read("/policies/unicorns", accept="es")

    assert missing.status == 404
    assert "Esta página no existe" in missing.text


async def test_a_shop_that_takes_no_money_yet_says_so(read: Read) -> None:
    assert "no money moves" in (await read("/policies")).text


async def test_a_shop_without_texts_says_whom_to_ask(database: Database, read: Read, client: Client) -> None:
    async with database.transaction() as session:
        await session.execute(delete(PolicyText))
    async with database.reading() as session:
        await client.app[POLICIES].rebuild(session)

    assert (
        "We have not written this down yet. Ask us: hello@comptoir.example" in (await read("/policies")).text
    )
