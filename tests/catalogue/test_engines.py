"""What the shop asks of a search engine, asked of each: the embedded one, the one for OpenSearch, a real server."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.index import (
    Document,
    Moment,
    Order,
    Price,
    SearchIndex,
    SearchQuery,
    Term,
    Version,
    Way,
)
from backend.catalogue.keeping import Keeping
from backend.catalogue.opensearch import OpenSearchIndex
from backend.catalogue.visibility import Shown
from tests.catalogue.opensearch_double import opensearch

SERVER = os.environ.get("OPENSEARCH_URL")
PATIENCE_SECONDS = 30
"""The double takes its time."""

RED_MUG = Document(
    "red-mug",
    {
        "en": {"name": ["red", "mug"], "description": ["holds", "coffee"]},
        "fr": {"name": ["tass", "roug"], "details": ["ceram"]},
    },
    ["colour=red", "brand=Lune"],
    {"EUR": (900, 1_200), "USD": (1_500, 1_500)},
    amounts={"EUR": [900, 1_200], "USD": [1_500]},
    stocked_traits=["colour=red", "brand=Lune"],
    stocked_amounts={"EUR": [1_200]},
    places={"position": 3, "price_EUR": 900, "price_USD": 1_500},
)
COFFEE = Document(
    "coffee",
    {"en": {"name": ["coffee"], "description": ["mug", "not", "included"]}},
    ["brand=Lune"],
    {"EUR": (500, 500)},
    is_in_stock=False,
    amounts={"EUR": [500]},
    places={"position": 1, "price_EUR": 500},
    shown=Shown(since=100, until=200, channels=("web", "slack")),
)
LAMP = Document(
    "lamp",
    {"en": {"name": ["lamp"], "keywords": ["light"]}},
    ["colour=red"],
    {"EUR": (4_000, 9_000)},
    amounts={"EUR": [4_000, 9_000]},
    stocked_amounts={"EUR": [4_000, 9_000]},
    places={"position": 2, "price_EUR": 4_000},
)


@pytest.fixture(params=["tantivy", "a directory", "the double", "OpenSearch"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    opened = {
        "tantivy": in_memory,
        "a directory": in_a_directory,
        "the double": on_the_double,
        "OpenSearch": on_a_server,
    }
    with opened[request.param](tmp_path) as engine:
        yield engine
        engine.close()


@contextmanager
def in_memory(_: Path) -> Iterator[SearchIndex]:
    yield TantivyIndex()


@contextmanager
def in_a_directory(directory: Path) -> Iterator[SearchIndex]:
    keeping = Keeping(directory)
    yield TantivyIndex(keeping)
    keeping.close()


@contextmanager
def on_the_double(_: Path) -> Iterator[SearchIndex]:
    with opensearch() as (_, url):
        yield begun(OpenSearchIndex(url, "shop", search_seconds=PATIENCE_SECONDS))


@contextmanager
def on_a_server(_: Path) -> Iterator[SearchIndex]:
    if not SERVER:
        pytest.skip("OPENSEARCH_URL is not set: there is no server to ask.")
    alias = f"comptoir-test-{uuid.uuid4().hex[:8]}"
    yield begun(OpenSearchIndex(SERVER, alias, search_seconds=PATIENCE_SECONDS))
    with OpenSearch([SERVER]) as client:
        client.indices.delete(index=",".join(client.indices.get_alias(index=f"{alias}-*")))


ENGINES = {
    "tantivy": in_memory,
    "a directory": in_a_directory,
    "the double": on_the_double,
    "OpenSearch": on_a_server,
}


def begun(engine: OpenSearchIndex) -> OpenSearchIndex:
    engine.begin()
    engine.refresh()
    return engine


@pytest.fixture
def shop(engine: SearchIndex) -> SearchIndex:
    engine.upsert([RED_MUG, COFFEE, LAMP])
    engine.refresh(Version("spring", 1))
    return engine


def word(stem: str, language: str = "en", boost: float = 1.0) -> Term:
    return Term(stem, [Way(language, (stem,))], boost)


def ids(engine: SearchIndex, *terms: Term, **query: Any) -> list[str]:
    return [hit.id for hit in engine.search(SearchQuery(list(terms), **query)).hits]


def test_what_is_written_is_found_after_a_refresh(engine: SearchIndex) -> None:
    engine.upsert([RED_MUG])
    assert ids(engine, word("mug")) == []
    engine.refresh(Version("spring", 3))
    assert ids(engine, word("mug")) == ["red-mug"]
    assert (engine.version(), engine.health().documents) == (Version("spring", 3), 1)


def test_a_document_takes_the_place_of_the_older_one(shop: SearchIndex) -> None:
    shop.upsert([Document("red-mug", {"en": {"name": ["beaker"]}}, ["colour=blue"], {"EUR": (1, 1)})])
    shop.refresh(Version("spring", 2))
    assert ids(shop, word("beaker")) == ["red-mug"]
    assert ids(shop, word("red")) == []
    assert ids(shop, must=[["colour=red"]]) == ["lamp"]
    assert shop.health().documents == 3


def test_twice_in_one_write_the_last_one_counts(engine: SearchIndex) -> None:
    engine.upsert([RED_MUG, Document("red-mug", {"en": {"name": ["beaker"]}})])
    engine.refresh(Version("spring", 1))
    assert (ids(engine, word("beaker")), ids(engine, word("mug"))) == (["red-mug"], [])


def test_what_is_deleted_is_gone_even_twice(shop: SearchIndex) -> None:
    shop.delete(["red-mug", "never-there"])
    shop.delete(["red-mug"])
    shop.refresh(Version("spring", 2))
    assert ids(shop, word("mug")) == ["coffee"]


def test_a_new_beginning_takes_the_place_of_all_at_its_end(shop: SearchIndex) -> None:
    shop.begin()
    shop.upsert([Document("vase", {"en": {"name": ["vase"]}})])
    assert sorted(ids(shop)) == ["coffee", "lamp", "red-mug"]
    shop.refresh(Version("spring", 2))
    assert ids(shop) == ["vase"]
    shop.upsert([LAMP])
    shop.refresh(Version("spring", 3))
    assert (sorted(ids(shop)), shop.version()) == (["lamp", "vase"], Version("spring", 3))


def test_a_beginning_that_was_given_up_leaves_nothing(shop: SearchIndex) -> None:
    shop.begin()
    shop.upsert([Document("vase", {"en": {"name": ["vase"]}})])
    shop.begin()
    shop.upsert([LAMP])
    shop.refresh(Version("spring", 2))
    assert ids(shop) == ["lamp"]


def test_an_empty_index_finds_nothing(engine: SearchIndex) -> None:
    page = engine.search(SearchQuery([word("mug")], has_facets=True))
    assert (page.hits, page.total, page.facets) == ([], 0, {})


def test_a_name_says_more_than_a_description(shop: SearchIndex) -> None:
    assert ids(shop, word("mug")) == ["red-mug", "coffee"]
    assert ids(shop, word("coffee")) == ["coffee", "red-mug"]


def test_one_word_of_many_is_enough_and_more_are_better(shop: SearchIndex) -> None:
    assert ids(shop, word("mug"), word("red")) == ["red-mug", "coffee"]
    assert ids(shop, word("lamp"), word("unheard")) == ["lamp"]


def test_an_optional_word_finds_nothing_by_itself(shop: SearchIndex) -> None:
    assert ids(shop, word("mug"), optional=[word("included", boost=9.0)]) == ["coffee", "red-mug"]
    assert ids(shop, word("lamp"), optional=[word("coffee")]) == ["lamp"]


def test_a_way_of_several_words_needs_them_all(shop: SearchIndex) -> None:
    phrase = Term("red lamp", [Way("en", ("red", "mug")), Way("en", ("red", "lamp"))])
    assert ids(shop, phrase) == ["red-mug"]


def test_the_best_way_counts_and_not_their_sum(shop: SearchIndex) -> None:
    (once,) = shop.search(SearchQuery([Term("mug", [Way("fr", ("tass",))])])).hits
    (twice,) = shop.search(SearchQuery([Term("mug", [Way("fr", ("tass",)), Way("fr", ("tass",), 0.5)])])).hits
    (half,) = shop.search(SearchQuery([Term("mug", [Way("fr", ("tass",), 0.5)])])).hits
    assert twice.score == pytest.approx(once.score)
    assert half.score == pytest.approx(once.score / 2)


def test_a_term_that_nobody_can_say_finds_nothing(shop: SearchIndex) -> None:
    assert ids(shop, Term("?", [])) == []
    assert ids(shop, Term("?", []), word("lamp")) == ["lamp"]


def test_a_language_is_searched_by_itself(shop: SearchIndex) -> None:
    assert ids(shop, word("tass", "fr")) == ["red-mug"]
    assert ids(shop, word("tass", "es")) == []


def test_a_hit_says_where_the_words_are(shop: SearchIndex) -> None:
    terms = [word("mug"), word("ceram", "fr"), word("holds"), word("lamp")]
    (hit,) = shop.search(SearchQuery(terms, must=[["brand=Lune"], ["colour=red"]])).hits
    assert (hit.name, hit.strong, hit.anywhere) == ({0}, {0, 1}, {0, 1, 2})


def test_without_words_all_is_found_with_what_is_demanded(shop: SearchIndex) -> None:
    assert sorted(ids(shop)) == ["coffee", "lamp", "red-mug"]
    assert sorted(ids(shop, must=[["colour=red"]])) == ["lamp", "red-mug"]
    assert ids(shop, must=[["colour=red"], ["brand=Lune"]]) == ["red-mug"]
    assert ids(shop, must=[["colour=mauve"]]) == []
    assert ids(shop, must_not=["colour=red"]) == ["coffee"]
    assert sorted(ids(shop, must=[["colour=red"]], must_not=["brand=Lune", "colour=mauve"])) == ["lamp"]


def test_bounds_of_a_price_are_of_its_currency_and_included(shop: SearchIndex) -> None:
    assert sorted(ids(shop, price=Price("EUR", high=900))) == ["coffee", "red-mug"]
    assert ids(shop, price=Price("EUR", high=899)) == ["coffee"]
    assert sorted(ids(shop, price=Price("EUR", low=1_200))) == ["lamp", "red-mug"]
    assert ids(shop, price=Price("EUR", low=1_000, high=1_100)) == ["red-mug"]
    assert ids(shop, price=Price("USD", low=1)) == ["red-mug"]


def test_a_filter_does_not_change_the_score(shop: SearchIndex) -> None:
    (plain, _) = shop.search(SearchQuery([word("mug")])).hits
    filtered = SearchQuery([word("mug")], must=[["colour=red"]], price=Price("EUR", 1, 5_000), in_stock=True)
    (hit,) = shop.search(filtered).hits
    assert hit.score == pytest.approx(plain.score)


def test_what_is_sold_out_can_be_left_out(shop: SearchIndex) -> None:
    assert ids(shop, word("mug"), in_stock=True) == ["red-mug"]


def test_in_an_order_from_either_end(shop: SearchIndex) -> None:
    assert ids(shop, order=Order("position")) == ["coffee", "lamp", "red-mug"]
    assert ids(shop, order=Order("price_EUR")) == ["coffee", "red-mug", "lamp"]
    assert ids(shop, order=Order("price_EUR", is_descending=True)) == ["lamp", "red-mug", "coffee"]


def test_an_order_is_read_on_from_a_place_in_it(shop: SearchIndex) -> None:
    (first,) = shop.search(SearchQuery(order=Order("price_EUR"), limit=1)).hits
    following = Order("price_EUR", since=first.place, passed=[first.id])
    page = shop.search(SearchQuery(order=following, has_facets=True))
    assert ([hit.id for hit in page.hits], page.total) == (["red-mug", "lamp"], 3)
    backwards = Order("price_EUR", is_descending=True, since=page.hits[0].place, passed=["red-mug"])
    assert ids(shop, order=backwards) == ["coffee"]


def test_one_of_several_traits_is_enough_of_each_group(shop: SearchIndex) -> None:
    assert sorted(ids(shop, must=[["colour=red", "brand=Lune"]])) == ["coffee", "lamp", "red-mug"]
    assert ids(shop, must=[["colour=red", "colour=mauve"], ["brand=Lune"]]) == ["red-mug"]


def test_an_amount_is_that_of_one_variant(shop: SearchIndex) -> None:
    assert ids(shop, amount=Price("EUR", low=1_000, high=1_100)) == []
    assert ids(shop, amount=Price("EUR", low=900, high=1_100)) == ["red-mug"]
    assert ids(shop, amount=Price("EUR", low=900, high=1_100), in_stock=True) == []
    assert ids(shop, amount=Price("USD")) == ["red-mug"]


def test_what_is_in_stock_is_counted_by_its_own_traits(shop: SearchIndex) -> None:
    page = shop.search(SearchQuery(amount=Price("EUR"), in_stock=True, has_facets=True))
    assert page.facets == {"colour=red": 1, "brand=Lune": 1}
    assert (page.total, page.bounds) == (2, (1_200, 9_000))
    every = shop.search(SearchQuery(amount=Price("EUR"), has_facets=True))
    assert (every.total, every.bounds) == (3, (500, 9_000))


def test_who_looks_sees_what_is_shown_then_and_there(shop: SearchIndex) -> None:
    def seen(at: int, channel: str) -> bool:
        return "coffee" in ids(shop, shown=Moment(at, channel))

    assert [seen(at, "web") for at in (99, 100, 199, 200)] == [False, True, True, False]
    assert [seen(150, channel) for channel in ("slack", "telegram")] == [True, False]


def test_facets_and_total_count_all_that_was_found(shop: SearchIndex) -> None:
    page = shop.search(SearchQuery([word("mug"), word("lamp")], limit=1, has_facets=True))
    assert (len(page.hits), page.total) == (1, 3)
    assert page.facets == {"colour=red": 2, "brand=Lune": 2}


def test_among_restricts_to_these(shop: SearchIndex) -> None:
    assert sorted(ids(shop, among=["lamp", "coffee", "unheard"])) == ["coffee", "lamp"]
    assert ids(shop, word("mug"), among=["coffee"]) == ["coffee"]
    assert ids(shop, among=[]) == []


def test_traits_and_ids_may_be_anything_that_is_written(engine: SearchIndex) -> None:
    traits = ['size="60 × 40"', "matière=bois d’olivier", "brand=L'Atelier & Cie", "emoji=🫖", "path=a/b*?\\"]
    engine.upsert([Document("théière «bleue»", {"fr": {"name": ["theier", "木"]}}, traits)])
    engine.refresh(Version("spring", 1))
    for trait in traits:
        assert ids(engine, must=[[trait]]) == ["théière «bleue»"]
    assert ids(engine, word("木", "fr"), among=["théière «bleue»"]) == ["théière «bleue»"]
    assert engine.search(SearchQuery(has_facets=True)).facets == dict.fromkeys(traits, 1)
    assert ids(engine, must=[['size="60']]) == []


def test_a_query_of_ten_thousand_words_is_answered(shop: SearchIndex) -> None:
    assert ids(shop, word("lamp"), *(word(f"word{number}") for number in range(10_000))) == ["lamp"]


def test_thousands_are_written_in_one_go(engine: SearchIndex) -> None:
    count = 2_500
    engine.upsert(Document(f"p{number}", {"en": {"name": [f"n{number}"]}}) for number in range(count))
    engine.refresh(Version("spring", 1))
    assert engine.health().documents == count
    assert ids(engine, word("n2499")) == ["p2499"]
    assert len(ids(engine, limit=2_000)) == 2_000
