"""Which thing does the customer mean? One row per way of saying it."""

from collections.abc import Awaitable, Callable

import pytest

from backend.catalogue.matching import Match

Matching = Callable[..., Awaitable[Match]]

SHOWN = ["lune-mug", "rive-espresso-cups", "route-travel-mug"]
MUG = {"shown": SHOWN, "focus": "lune-mug"}
CUPS = {"focus": "rive-espresso-cups"}
SHIRT = {"focus": "uni-t-shirt"}
CART = {"lines": ["MUG-WHT", "BREAD"]}


@pytest.mark.parametrize(
    ("language", "words", "product"),
    [
        ("en", "the first one", "lune-mug"),
        ("en", "I'll take the second one", "rive-espresso-cups"),
        ("en", "2nd", "rive-espresso-cups"),
        ("en", "2", "rive-espresso-cups"),
        ("en", "#2", "rive-espresso-cups"),
        ("en", "number 1", "lune-mug"),
        ("en", "option two", "rive-espresso-cups"),
        ("en", "the last one please", "route-travel-mug"),
        ("en", "the one in the middle", "rive-espresso-cups"),
        ("en", "the cheapest", "lune-mug"),
        ("en", "add the most expensive one", "route-travel-mug"),
        ("fr", "la première", "lune-mug"),
        ("fr", "je prends le deuxième", "rive-espresso-cups"),
        ("fr", "la seconde", "rive-espresso-cups"),
        ("fr", "le 2", "rive-espresso-cups"),
        ("fr", "le 2e", "rive-espresso-cups"),
        ("fr", "n°3", "route-travel-mug"),
        ("fr", "numéro 3", "route-travel-mug"),
        ("fr", "le dernier", "route-travel-mug"),
        ("fr", "celle du milieu", "rive-espresso-cups"),
        ("fr", "la moins chère", "lune-mug"),
        ("fr", "le plus cher", "route-travel-mug"),
        ("es", "el primero", "lune-mug"),
        ("es", "quiero el segundo", "rive-espresso-cups"),
        ("es", "la segunda", "rive-espresso-cups"),
        ("es", "el 2", "rive-espresso-cups"),
        ("es", "número 3", "route-travel-mug"),
        ("es", "la última", "route-travel-mug"),
        ("es", "el del medio", "rive-espresso-cups"),
        ("es", "la más barata", "lune-mug"),
        ("es", "el más caro", "route-travel-mug"),
    ],
)
async def test_positions_and_superlatives_point_into_what_was_shown(
    matching: Matching, language: str, words: str, product: str
) -> None:
    found = await matching(words, language, shown=SHOWN)
    assert found.product is not None
    assert (found.product.id, found.quantity) == (product, None)


@pytest.mark.parametrize(
    ("language", "words", "scene", "sku"),
    [
        ("en", "in blue", MUG, "MUG-BLU"),
        ("en", "the blue one", MUG, "MUG-BLU"),
        ("en", "add the blue mug", {"shown": SHOWN}, "MUG-BLU"),
        ("en", "bleu", MUG, "MUG-BLU"),
        ("en", "wite", MUG, "MUG-WHT"),
        ("en", "the first one in green", {"shown": SHOWN}, "MUG-GRN"),
        ("en", "Lune stoneware mug, blue", {}, "MUG-BLU"),
        ("en", "the white set of four", CUPS, "CUP-4-WHT"),
        ("en", "set of 4", CUPS, "CUP-4-WHT"),
        ("en", "black", CUPS, "CUP-2-BLK"),
        ("en", "the black t-shirt in M", {}, "TEE-BLK-M"),
        ("en", "in black, size large", SHIRT, "TEE-BLK-L"),
        ("en", "a small one in black", SHIRT, "TEE-BLK-S"),
        ("en", "socks size 42", {}, "SOCK-43"),
        ("en", "42", {"focus": "pois-socks"}, "SOCK-43"),
        ("en", "the 50 x 50 cm cushion", {}, "CUSH-50"),
        ("en", "the big one", {"focus": "duna-cushion"}, "CUSH-50"),
        ("en", "the smallest", {"focus": "duna-cushion"}, "CUSH-40"),
        ("en", "add the bread knife", MUG, "BREAD"),
        ("en", "the travel mug", MUG, "TRAVEL"),
        ("en", "the dotted notebook", MUG, "NOTE-DOT"),
        ("en", "remove the mug", CART, "MUG-WHT"),
        ("en", "remove the second one", CART, "BREAD"),
        ("en", "remove it", {"lines": ["MUG-WHT"]}, "MUG-WHT"),
        ("en", "add it", {"focus": "lune-mug", "chosen": {"colour": "blue"}}, "MUG-BLU"),
        ("en", "no, the white one", {"focus": "lune-mug", "chosen": {"colour": "blue"}}, "MUG-WHT"),
        (
            "en",
            "the other one",
            {"shown": ["ravn-bread-knife", "nacre-table-lamp"], "focus": "nacre-table-lamp"},
            "BREAD",
        ),
        ("fr", "la bleue", MUG, "MUG-BLU"),
        ("fr", "en bleu s'il vous plaît", MUG, "MUG-BLU"),
        ("fr", "je prends le blanc", MUG, "MUG-WHT"),
        ("fr", "la première en vert", {"shown": SHOWN}, "MUG-GRN"),
        ("fr", "le lot de quatre", CUPS, "CUP-4-WHT"),
        ("fr", "un t-shirt noir taille M", {}, "TEE-BLK-M"),
        ("fr", "des chaussettes en 42", {}, "SOCK-43"),
        ("fr", "le grand", {"focus": "duna-cushion"}, "CUSH-50"),
        ("fr", "plutôt le couteau à pain", MUG, "BREAD"),
        ("fr", "enlève la tasse", CART, "MUG-WHT"),
        ("fr", "je le veux", {"focus": "ravn-bread-knife"}, "BREAD"),
        (
            "fr",
            "l'autre",
            {"shown": ["ravn-bread-knife", "nacre-table-lamp"], "focus": "nacre-table-lamp"},
            "BREAD",
        ),
        ("es", "la azul", MUG, "MUG-BLU"),
        ("es", "en blanco por favor", MUG, "MUG-WHT"),
        ("es", "lo quiero en verde", MUG, "MUG-GRN"),
        ("es", "el juego de cuatro", CUPS, "CUP-4-WHT"),
        ("es", "una camiseta negra talla M", {}, "TEE-BLK-M"),
        ("es", "la grande en negro", SHIRT, "TEE-BLK-L"),
        ("es", "el cuchillo de pan", MUG, "BREAD"),
        ("es", "quita la taza", CART, "MUG-WHT"),
        ("es", "el cuaderno en blanco", {}, "NOTE-PLN"),
    ],
)
async def test_words_lead_to_the_variant(
    matching: Matching, language: str, words: str, scene: dict[str, object], sku: str
) -> None:
    found = await matching(words, language, **scene)
    assert found.kind == "variant"
    assert found.variant is not None
    assert found.variant.sku == sku


@pytest.mark.parametrize(
    ("language", "words", "quantity"),
    [
        ("en", "add two", 2),
        ("en", "3 of them", 3),
        ("en", "make it 4", 4),
        ("en", "x2", 2),
        ("en", "just one", 1),
        ("en", "a dozen", 12),
        ("en", "a couple of these", 2),
        ("en", "two of the second", 2),
        ("en", "two mugs under 20 euros", 2),
        ("en", "this one", None),
        ("en", "the blue one", None),
        ("en", "a mug", None),
        ("fr", "mets-en trois", 3),
        ("fr", "deux tasses bleues", 2),
        ("fr", "un seul", 1),
        ("fr", "une tasse", None),
        ("es", "ponme tres", 3),
        ("es", "dos tazas azules", 2),
        ("es", "solo una", 1),
        ("es", "una taza", None),
    ],
)
async def test_a_quantity_is_no_position_size_or_price(
    matching: Matching, language: str, words: str, quantity: int | None
) -> None:
    found = await matching(words, language, **MUG)
    assert found.quantity == quantity


@pytest.mark.parametrize("words", ["add an iphone", "a bicycle please"])
async def test_what_the_shop_does_not_sell_is_not_the_focus(matching: Matching, words: str) -> None:
    assert (await matching(words, **MUG)).kind == "none"


@pytest.mark.parametrize(
    ("language", "words", "quantity", "change"),
    [
        ("en", "one more please", 1, "more"),
        ("en", "add 2 more of those", 2, "more"),
        ("en", "another one", 1, "more"),
        ("en", "take one off", 1, "fewer"),
        ("en", "two less", 2, "fewer"),
        ("en", "make it 5", 5, None),
        ("en", "one more, so two in total", 2, None),
        ("en", "one more beautiful", None, None),
        ("fr", "encore un", 1, "more"),
        ("fr", "deux de plus svp", 2, "more"),
        ("fr", "un de moins", 1, "fewer"),
        ("fr", "un plus grand", None, None),
        ("fr", "enlève-en une", 1, "fewer"),
        ("es", "uno más", 1, "more"),
        ("es", "otros dos por favor", 2, "more"),
        ("es", "no, espera, quita una", 1, "fewer"),
        ("es", "una más grande", None, None),
    ],
)
async def test_more_and_fewer_are_counted_from_what_there_is(
    matching: Matching, language: str, words: str, quantity: int | None, change: str | None
) -> None:
    found = await matching(words, language, **MUG)
    assert (found.quantity, found.change) == (quantity, change)


@pytest.mark.parametrize("shown", [SHOWN, SHOWN[:1]], ids=["some", "one"])
async def test_of_a_position_beyond_what_was_shown_it_is_asked_which(
    matching: Matching, shown: list[str]
) -> None:
    found = await matching("the fifth one", shown=shown, focus=shown[0])
    assert found.kind == "ambiguous"
    assert [candidate.id for candidate in found.candidates] == shown[:3]


async def test_nothing_to_refer_to_is_nothing(matching: Matching) -> None:
    assert (await matching("it")).kind == "none"


@pytest.mark.parametrize(
    ("language", "words"), [("en", "a lamp"), ("fr", "une lampe"), ("es", "una lámpara")]
)
async def test_several_products_as_good_are_ambiguous(matching: Matching, language: str, words: str) -> None:
    found = await matching(words, language)
    assert found.kind == "ambiguous"
    assert {product.id for product in found.candidates} <= {
        "fil-desk-lamp",
        "roseau-floor-lamp",
        "nacre-table-lamp",
    }
    assert len(found.candidates) > 1


async def test_among_several_the_colour_decides(matching: Matching) -> None:
    found = await matching("the black lamp")
    assert found.variant is not None
    assert found.variant.sku == "DESK-BLK"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "the dunna notebook"), ("fr", "le carnet dunna"), ("es", "el cuaderno dunna")],
)
async def test_a_word_that_is_known_outweighs_a_corrected_one(
    matching: Matching, language: str, words: str
) -> None:
    found = await matching(words, language)
    assert found.product is not None
    assert found.product.id == "lorme-notebook"


async def test_what_is_not_said_is_asked_with_what_exists(matching: Matching) -> None:
    found = await matching("the shirt in blue", **SHIRT)
    assert found.kind == "product"
    assert found.chosen == {"colour": "blue"}
    assert [(option.code, [value.code for value in option.values]) for option in found.open_options] == [
        ("size", ["m", "l"])
    ]


async def test_an_option_with_one_value_left_is_not_asked(matching: Matching) -> None:
    found = await matching("the 40 x 40 one", focus="duna-cushion")
    assert found.chosen == {"dimensions": "40x40", "colour": "blue"}
    assert found.open_options == []


async def test_values_that_do_not_exist_together_ask_the_later_one_again(matching: Matching) -> None:
    found = await matching("in blue, size S", **SHIRT)
    assert found.kind == "product"
    assert [option.code for option in found.open_options] == ["size"]


async def test_what_is_said_now_beats_what_was_chosen_before(matching: Matching) -> None:
    found = await matching("in S", focus="uni-t-shirt", chosen={"colour": "blue"})
    assert found.variant is not None
    assert found.variant.sku == "TEE-BLK-S"


@pytest.mark.parametrize(
    ("language", "words", "asked"),
    [
        ("en", "what colours does it come in?", ["colour"]),
        ("fr", "quelles tailles ?", ["size"]),
        ("es", "¿en qué colores viene?", ["colour"]),
        ("es", "¿la hay en talla M?", []),
        ("en", "what is it made of?", []),
    ],
)
async def test_an_option_named_without_a_value_is_asked(
    matching: Matching, language: str, words: str, asked: list[str]
) -> None:
    assert (await matching(words, language, **SHIRT)).asked == asked


@pytest.mark.parametrize(
    ("language", "words", "is_asked"),
    [
        ("en", "how much is it?", True),
        ("en", "what does the travel mug cost", True),
        ("en", "and this one, how much?", True),
        ("en", "how much does it hold?", False),
        ("fr", "c'est combien ?", True),
        ("fr", "la tasse de voyage, elle coûte combien ?", True),
        ("fr", "combien pèse-t-elle ?", False),
        ("es", "¿cuánto cuesta?", True),
        ("es", "¿a cuánto está?", True),
        ("es", "¿cuánto pesa?", False),
    ],
)
async def test_its_price_is_asked(matching: Matching, language: str, words: str, is_asked: bool) -> None:
    assert (await matching(words, language, **MUG)).is_about_price is is_asked


@pytest.mark.parametrize(
    ("language", "words", "is_elsewhere"),
    [
        ("en", "do you have any dumbbells?", True),
        ("en", "do you have it in Lyon?", False),
        ("en", "do you have the mug in stock?", False),
        ("fr", "vous avez des haltères ?", True),
        ("fr", "vous en avez à Lyon ?", False),
        ("es", "¿tienen pesas?", True),
        ("es", "¿la tienen en Lyon?", False),
        ("es", "¿tienen la taza?", False),
    ],
)
async def test_what_the_shop_has_no_word_for_is_no_question_about_the_mug(
    matching: Matching, language: str, words: str, is_elsewhere: bool
) -> None:
    assert (await matching(words, language, **MUG)).is_elsewhere is is_elsewhere


async def test_a_value_that_the_product_lacks_is_named(matching: Matching) -> None:
    found = await matching("in black", **MUG)
    assert found.not_offered == ["black"]
    assert [option.code for option in found.open_options] == ["colour"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "what goes well with the travel mug?"),
        ("fr", "qu'est-ce qui va bien avec la tasse de voyage ?"),
        ("es", "¿qué combina bien con la taza de viaje?"),
    ],
)
async def test_what_goes_with_a_thing_is_asked_of_that_thing(
    matching: Matching, language: str, words: str
) -> None:
    found = await matching(words, language, **MUG)
    assert found.product
    assert (found.product.id, found.is_for_company) == ("route-travel-mug", True)
