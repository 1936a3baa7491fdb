"""Customers ask in their own words; the section that answers is found, or nothing is."""

import pytest

from backend.config import ROOT
from backend.policies.checking import read_directory
from backend.policies.shelf import Reader, Shelf
from backend.shop import Shop

SHOP = Shop.load(ROOT / "demo" / "shop.yml")


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    sources, _ = read_directory(ROOT / "demo" / "policies")
    return Shelf(sources, SHOP, hold_minutes=60)


def found(shelf: Shelf, words: str, language: str, about: str | None = None) -> str | None:
    answers = shelf.search(words, Reader(language, "EUR"), about)
    return f"{answers[0].policy.topic}#{answers[0].section.anchor}" if answers else None


@pytest.mark.parametrize(
    ("language", "words", "section"),
    [
        ("en", "opening hors?", "opening-hours#the-shop-in-paris"),
        ("en", "how long is the waranty on a lamp", "warranty#two-years-on-everything"),
        ("en", "u got any discount codes", "gifts#gift-cards-and-discounts"),
        ("en", "could you delete my personal data", "privacy#your-rights"),
        ("en", "do you set coockies", "cookies#no-cookies"),
        ("fr", "vous ouvrez à quelle heure", "opening-hours#la-boutique-de-paris"),
        ("fr", "combien de temps dure la garentie", "warranty#deux-ans-sur-tout"),
        ("fr", "vous vendez des cartes cadeau ?", "gifts#cartes-cadeaux-et-reductions"),
        ("fr", "vous gardez mes donnees ?", "privacy#ce-que-nous-conservons"),
        ("fr", "livrez-vous en suisse", "delivery#ou-nous-livrons"),
        ("es", "horrario de la tienda", "opening-hours#la-tienda-de-paris"),
        ("es", "cuanto dura la garantia", "warranty#dos-anos-en-todo"),
        ("es", "tienen tarjetas regalo", "gifts#tarjetas-regalo-y-descuentos"),
        ("es", "usan coockies", "cookies#ninguna-cookie"),
        ("es", "quién paga los gastos de devolucion", "returns#quien-paga-la-devolucion"),
    ],
)
def test_a_question_finds_its_section(shelf: Shelf, language: str, words: str, section: str) -> None:
    assert found(shelf, words, language) == section


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "do you repair bicycles?"),
        ("en", "who will win the football match tonight?"),
        ("en", "do you rent furniture"),
        ("en", "do you plant trees"),
        ("en", ""),
        ("en", "?!"),
        ("fr", "réparez-vous les vélos ?"),
        ("fr", "louez-vous des voitures"),
        ("fr", "raconte une blague"),
        ("es", "¿reparan bicicletas?"),
        ("es", "alquilan coches"),
        ("es", "cuéntame un chiste"),
    ],
)
def test_what_the_texts_do_not_say_is_not_found(shelf: Shelf, language: str, words: str) -> None:
    assert found(shelf, words, language) is None


@pytest.mark.parametrize(
    ("language", "words", "about", "section"),
    [
        (
            "en",
            "How do I return a jumper that doesn't fit?",
            "returns",
            "returns#how-to-send-something-back",
        ),
        ("en", "need a refund for the cushion", "returns", "returns#when-you-get-your-money"),
        ("en", "do you take gift vouchers as payment", "payment", "payment#paypal-instalments-and-the-rest"),
        ("fr", "vous prenez paypal ?", "payment", "payment#paypal-virement-et-le-reste"),
        ("es", "puedo pagar con bizum?", "payment", "payment#paypal-plazos-y-lo-demas"),
    ],
)
def test_what_is_meant_anyway_needs_fewer_words(
    shelf: Shelf, language: str, words: str, about: str, section: str
) -> None:
    assert found(shelf, words, language, about) == section


def test_a_language_without_the_text_gets_the_english_one() -> None:
    matter = "---\ntitle: Cookies\nkeywords: [cookies]\n---\n## No cookies\n\nThere are none.\n"
    shelf = Shelf({("cookies", "en"): matter}, SHOP, hold_minutes=60)

    answer = shelf.search("vous utilisez des cookies ?", Reader("fr", "EUR"))[0]

    assert (answer.policy.language, answer.section.text) == ("en", "There are none.")


def test_of_questions_that_are_alike_the_nearest_decides() -> None:
    text = (
        "---\ntitle: Pay\nquestions:\n  Later: [can I pay later on delivery]\n  Now: [how can I pay]\n---\n"
        "## Later\n\nNo.\n\n## Now\n\nBy card.\n"
    )
    shelf = Shelf({("pay", "en"): text}, SHOP, hold_minutes=60)

    assert found(shelf, "how can i pay", "en") == "pay#now"
    assert found(shelf, "pay on delivery?", "en") == "pay#later"


def test_a_list_of_questions_is_for_the_first_section() -> None:
    text = "---\ntitle: Stores\nquestions: [where are you]\nkeywords: [where]\n---\n## Paris\n\nA.\n\n## Lyon\n\nB.\n"
    shelf = Shelf({("stores", "en"): text}, SHOP, hold_minutes=60)

    assert found(shelf, "where are you", "en") == "stores#paris"
