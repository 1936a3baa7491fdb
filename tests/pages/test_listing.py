"""A category is narrowed down by a form that needs no JavaScript."""

import re

import pytest

from tests.pages.conftest import Page, Read


def checked(page: Page) -> list[str]:
    return re.findall(r'name="(?:facet|in_stock)" value="([^"]+)" checked', page.source)


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("en", "1 item", "Filter Price in EUR From To In stock only 1 Colour Blue 1 Grey 1 Red 1 Sorted by"),
        (
            "fr",
            "1 article",
            "Filtrer Prix en EUR De À Seulement en stock 1 Couleur Bleu 1 Gris 1 Rouge 1 Trier par",
        ),
        (
            "es",
            "1 artículo",
            "Filtrar Precio en EUR Desde Hasta Solo en existencias 1 Color Azul 1 Gris 1 Rojo 1 Ordenar por",
        ),
    ],
    ids=["en", "fr", "es"],
)
async def test_a_category_says_what_it_can_be_narrowed_to(
    read: Read, language: str, count: str, words: str
) -> None:
    page = await read("/categories/table", accept=language)
    assert words in page.text
    assert count in page.text


async def test_what_is_chosen_is_kept_and_can_be_taken_back(read: Read) -> None:
    page = await read("/categories/table?lang=fr&facet=colour%3Dred&in_stock=1&sort=-price")
    assert checked(page) == ["1", "colour=red"]
    assert '<option value="-price" selected>' in page.source
    assert "Retirer : Couleur : Rouge" in page.text
    assert 'href="/categories/table?in_stock=1&amp;sort=-price&amp;lang=fr"' in page.source
    assert 'href="/categories/table?lang=fr">Retirer tous les filtres' in page.source
    assert 'name="lang" value="fr"' in page.source
    assert 'href="/products/mug?lang=fr"' in page.source


async def test_what_is_not_there_as_chosen_is_not_shown(read: Read) -> None:
    page = await read("/categories/table?facet=colour%3Dgrey&in_stock=1")
    assert "Nothing is quite like that." in page.text
    assert 'href="/products/mug"' not in page.source


@pytest.mark.parametrize(
    ("bounds", "count"),
    [
        ("price_min=12.90&price_max=12,9", "1 item"),
        ("price_min=12.91", "No items"),
        ("price_max=12.89", "No items"),
        ("price_min=cheap&price_max=", "1 item"),
        ("price_min=-1&price_max=1e99", "1 item"),
    ],
    ids=["just so", "too cheap", "too dear", "no numbers", "no prices"],
)
async def test_prices_are_written_as_people_do(read: Read, bounds: str, count: str) -> None:
    assert count in (await read(f"/categories/table?{bounds}")).text


async def test_search_engines_keep_the_whole_category_alone(read: Read) -> None:
    assert 'content="noindex"' not in (await read("/categories/table")).source
    assert 'content="noindex"' in (await read("/categories/table?sort=price")).source


@pytest.mark.parametrize("query", ["facet=colour", "after=nowhere"], ids=["facet", "cursor"])
async def test_an_address_that_nobody_can_read_is_refused(read: Read, query: str) -> None:
    assert (await read(f"/categories/table?{query}")).status == 422


async def test_what_is_written_in_an_address_stays_text(read: Read) -> None:
    page = await read("/categories/table?facet=colour%3D%3Cscript%3Ealert(1)%3C/script%3E")
    assert (page.status, "<script>alert" in page.source) == (200, False)
