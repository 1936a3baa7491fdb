"""A shop that writes in one language only is understood in all three, and products that do not say what they are
are found by what they seem to be."""

import pytest

from backend.catalogue.listing import Dialogue, ListedProduct, Listing

PRODUCTS = [
    ("pack", "Driven Backpack", "School books and camp gear get along in it.", {"colour": "Black"}),
    ("bag", "Joust Duffle Bag", "Holds everything for the gym.", {"colour": "Red"}),
    ("bottle", "Affirm Water Bottle", "Keeps what is in it cool.", {}),
    ("watch", "Bolo Sport Watch", "Tells the time.", {"colour": "Black"}),
    ("bra", "Celeste Sports Bra", "Soft.", {"gender": "Women"}),
    ("hers", "Jade Jacket", "Warm.", {"gender": "Women", "colour": "Blue"}),
    ("his", "Lando Jacket", "Warm.", {"gender": "Men", "colour": "Blue"}),
    ("shorts", "Apollo Running Short", "Light.", {"gender": "Men", "fabric": "Cotton"}),
    ("roller", "Sprite Foam Roller", "Firm.", {}),
    ("ball", "Sprite Stasis Ball", "Round.", {}),
    ("hoodie", "Hera Pullover Hoodie", "Warm.", {"gender": "Women"}),
    ("leggings", "Emma Leggings", "Tight.", {"gender": "Women", "colour": "Red"}),
    ("tee", "Balboa Persistence Tee", "Light.", {"gender": "Men"}),
    ("rope", "Zing Jump Rope", "For the gym. Its weight is next to nothing.", {}),
]


@pytest.fixture(scope="module")
def listing() -> Listing:
    return Listing(
        ListedProduct(id=id, language="en", title=title, description=text, attributes=dict(traits))
        for id, title, text, traits in PRODUCTS
    )


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("es", "busco una mochila", {"pack"}),
        ("fr", "vous avez des montres ?", {"watch"}),
        ("es", "una botella de agua", {"bottle"}),
        ("fr", "un sac rouge", {"bag"}),
        ("es", "una chaqueta azul de mujer", {"hers"}),
        ("fr", "une veste bleue pour homme", {"his"}),
        ("fr", "un short en coton pour homme", {"shorts"}),
        ("fr", "une gourde", {"bottle"}),
        ("fr", "corde à sauter", {"rope"}),
        ("es", "busco una comba", {"rope"}),
        ("fr", "un sac à dos", {"pack"}),
        ("fr", "sac de sport", {"bag"}),
        ("fr", "montre", {"watch"}),
        ("fr", "une montre pour le camping", {"watch"}),
        ("fr", "montre-moi les sacs", {"bag"}),
        ("fr", "un sweat à capuche", {"hoodie"}),
        ("en", "sweat à capuche", {"hoodie"}),
        ("es", "mallas rojas", {"leggings"}),
        ("es", "pantalones cortos de hombre", {"shorts"}),
        ("es", "una pelota de pilates", {"ball"}),
        ("en", "a rucksack", {"pack", "bag"}),
        ("en", "men's jacket in blue", {"his"}),
        ("en", "a blue jacket for my husband", {"his"}),
        ("en", "a gift for my wife", {"bra", "hers", "hoodie", "leggings"}),
        ("en", "a water bottle for my dad", {"bottle"}),
        ("fr", "une veste pour ma mère", {"hers"}),
        ("es", "una chaqueta para mi novio", {"his"}),
        ("en", "dumbbells", set()),
    ],
)
async def test_what_is_asked_for_in_another_language_is_found(
    listing: Listing, language: str, text: str, found: set[str]
) -> None:
    turn = await Dialogue(listing, language).say(text)
    assert set(turn.ids) == found
    assert turn.relaxed == []


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "una tostadora"), ("fr", "un grille-pain"), ("en", "a laptop"), ("en", "phone charger")],
)
async def test_what_is_not_sold_is_not_found(listing: Listing, language: str, text: str) -> None:
    assert (await Dialogue(listing, language).say(text)).ids == []
