"""The shop's pages, as a visitor and a browser see them."""

import re

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from backend.db import Database
from tests.pages.conftest import Read

PAGES = (
    "/",
    "/categories/home",
    "/products/mug",
    "/search?q=mug",
    "/cart",
    "/cart/contents",
    "/policies",
    "/policies/delivery",
    "/policies/strange",
    "/nowhere",
    "/products/nothing",
)


@pytest.mark.parametrize(
    ("language", "hero", "category", "product", "price"),
    [
        ("en", "A shop you talk to", "Home", "Mug", "€12.90"),
        ("fr", "La boutique à qui l'on parle", "Maison", "Tasse", "12,90 €"),
        ("es", "La tienda con la que se habla", "Hogar", "Taza", "12,90 €"),
    ],
)
async def test_home_shows_the_shop_in_the_visitors_language(
    read: Read, language: str, hero: str, category: str, product: str, price: str
) -> None:
    home = await read("/", accept=language)

    assert f'<html lang="{language}">' in home.source
    for words in (hero, category, product, price):
        assert words in home.text


async def test_an_example_is_said_in_the_chat_and_searched_without_it(read: Read) -> None:
    home = await read("/")

    assert '<button name="q" value="Show me blue mugs" data-say="Show me blue mugs">' in home.source


async def test_the_language_liked_best_wins(read: Read) -> None:
    assert '<html lang="es">' in (await read("/", accept="de, fr;q=0.5, es-MX;q=0.8")).source
    assert '<html lang="en">' in (await read("/", accept="de")).source
    assert '<html lang="fr">' in (await read("/?lang=fr", accept="es")).source


async def test_links_carry_what_the_visitor_chose(read: Read) -> None:
    home = await read("/?lang=fr&currency=USD")

    assert 'href="/products/mug?lang=fr&amp;currency=USD"' in home.source
    assert "12,90 $US" in home.text
    assert 'data-language="fr" data-currency="USD"' in home.source


async def test_search_engines_find_each_language(read: Read) -> None:
    product = await read("/products/mug")

    assert (
        '<link rel="alternate" hreflang="es" href="https://shop.example/products/mug?lang=es">'
        in product.source
    )
    assert 'content="noindex"' not in product.source


async def test_the_category_holds_its_products(read: Read) -> None:
    category = await read("/categories/home")

    assert 'href="/products/lamp"' in category.source
    assert 'href="/products/mug"' not in category.source


@pytest.mark.parametrize(
    ("language", "plenty", "low", "none"),
    [
        ("en", "In stock", "Only 2 left", "Sold out"),
        ("fr", "En stock", "Plus que 2", "Épuisé"),
        ("es", "En existencias", "Solo quedan 2", "Agotado"),
    ],
)
async def test_a_product_says_whether_it_can_be_had(
    read: Read, language: str, plenty: str, low: str, none: str
) -> None:
    assert plenty in (await read("/products/mug?variant=MUG-RED", accept=language)).text
    assert low in (await read("/products/mug?variant=MUG-BLUE", accept=language)).text
    assert none in (await read("/products/mug?variant=MUG-GREY", accept=language)).text


async def test_a_product_says_where_it_is(read: Read) -> None:
    page = await read("/products/mug?variant=MUG-BLUE", accept="fr")

    assert "Entrepôt de Lyon aucun Notre boutique à Paris 2 disponibles" in page.text


async def test_the_variant_that_is_shown_is_the_one_that_is_ordered(read: Read) -> None:
    assert 'data-say="I&#39;d like the Mug, Blue"' in (await read("/products/mug?variant=MUG-BLUE")).source


async def test_a_variant_that_can_be_had_is_shown_first(read: Read) -> None:
    assert 'data-say="I&#39;d like the Mug, Red"' in (await read("/products/mug")).source


async def test_an_unknown_product_is_missed_in_french(read: Read) -> None:
    missing = await read("/products/nothing", accept="fr")

    assert missing.status == 404
    assert "Cette page n'existe pas" in missing.text


async def test_the_search_finds_and_keeps_the_words(read: Read) -> None:
    found = await read("/search?q=tasse", accept="fr")

    assert "1 article pour « tasse »" in found.text
    assert 'value="tasse"' in found.source
    assert 'href="/products/mug"' in found.source


async def test_a_search_without_result_leads_to_the_chat(read: Read) -> None:
    found = await read("/search?q=zeppelin")

    assert "Nothing found for “zeppelin”" in found.text
    assert 'data-say="zeppelin"' in found.source


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_runs_only_our_own_scripts(read: Read, path: str) -> None:
    page = await read(path)

    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert re.findall("<script[^>]*>", page.source) == re.findall(
        r'<script (?:async|type="module") src="/[^"]+"[^>]*>', page.source
    )
    assert "style=" not in page.source


async def test_a_name_that_looks_like_a_script_is_only_a_name(read: Read) -> None:
    page = await read("/products/trick")

    assert "<h1>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;</h1>" in page.source
    assert "<script>" not in page.source


async def test_a_failure_is_told_without_its_inside(read: Read, database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE price"))

    with capture_logs() as logs:
        failed = await read("/products/mug", accept="es")

    assert failed.status == 500
    assert "Algo ha fallado por nuestra parte" in failed.text
    assert "price" not in failed.source
    assert [(entry["event"], entry["route"]) for entry in logs] == [("page_failed", "/products/{handle}")]


async def test_programs_still_get_their_errors_as_json(read: Read) -> None:
    missing = await read("/api/nowhere")

    assert missing.status == 404
    assert missing.headers["Content-Type"].startswith("application/json")


async def test_a_picture_is_kept_and_never_runs(read: Read) -> None:
    picture = await read("/pictures/mug.svg")

    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "public, max-age=604800"
    assert picture.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path", ["/pictures/..%2fsecret", "/pictures/nothing.svg", "/static/1/..%2froutes.py"]
)
async def test_only_what_is_meant_to_be_served_is(read: Read, path: str) -> None:
    assert (await read(path)).status == 404
