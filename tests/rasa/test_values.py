"""Values read off a message, in three languages; the readers need no Rasa."""

import pytest

from bot.nlu.folding import fold, strip_accents
from bot.nlu.patterns import Value, find_values


def read(text: str) -> list[tuple[str, str | int]]:
    return [(value.entity, value.value) for value in find_values(text)]


@pytest.mark.parametrize(
    "text",
    [
        "where is CP-7K3MQ9XW?",
        "cp 7k3mq9xw",
        "ma commande cp7k3mq9xw svp",
        "es el CP–7K3M Q9XW",
        "c p 7 k 3 m q 9 x w",
    ],
)
def test_an_order_number_is_read_however_it_is_typed(text: str) -> None:
    assert read(text) == [("order_number", "CP-7K3MQ9XW")]


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert read("CP-OI3MQ9XL") == [("order_number", "CP-013MQ9X1")]


def test_a_french_postcode_or_a_word_is_no_order_number() -> None:
    assert read("CP 75011 Pau") == []
    assert read("cp backpack") == []


def test_an_email_address_is_read_in_a_sentence() -> None:
    assert read("c'est Zoé.Martin+shop@mail.example.fr.") == [("email", "zoe.martin+shop@mail.example.fr")]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("I want two of them", 2),
        ("x2", 2),
        ("2x the blue mug", 2),
        ("6 mugs", 6),
        ("change it to 4", 4),
        ("just one", 1),
        ("deux s'il vous plaît", 2),
        ("mets-en 5 au lieu de 3", 5),
        ("une douzaine", 12),
        ("ponme dos", 2),
        ("pon 5 en vez de 3", 5),
        ("solo uno", 1),
    ],
)
def test_a_quantity_is_read_in_digits_and_words(text: str, quantity: int) -> None:
    assert read(text) == [("quantity", quantity)]


@pytest.mark.parametrize(
    "text",
    [
        "size 42",
        "taille 38",
        "en talla 40",
        "30x40 cm",
        "128 gb",
        "under 50 euros",
        "moins de 30 €",
        "$15 max",
        "12 rue de la Paix, 75002 Paris",
        "Calle Mayor 12, 28013 Madrid",
        "221 Baker Street",
        "my phone is 06 12 34 56 78",
        "dans 2 jours",
        "the blue one",
        "once I get it",
    ],
)
def test_sizes_prices_addresses_and_days_are_no_quantities(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("the second one", 2),
        ("the 3rd", 3),
        ("number 3", 3),
        ("the last one", -1),
        ("la deuxième", 2),
        ("n°2", 2),
        ("le dernier", -1),
        ("el segundo", 2),
        ("la última", -1),
        ("la 2", 2),
    ],
)
def test_an_ordinal_is_read_and_last_is_minus_one(text: str, rank: int) -> None:
    assert read(text) == [("ordinal", rank)]


@pytest.mark.parametrize(
    "text", ["wait a second", "un segundo por favor", "last week", "la semaine dernière", "first of all"]
)
def test_a_moment_is_no_ordinal(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("English please", "en"),
        ("can we speak Spanish?", "es"),
        ("on peut parler en anglais ?", "en"),
        ("Français", "fr"),
        ("prefiero hablar en español", "es"),
        ("cambia a inglés", "en"),
        ("I don't speak French, English please", "en"),
        ("no hablo inglés, en español por favor", "es"),
    ],
)
def test_a_wish_for_another_language_is_read(text: str, language: str) -> None:
    assert read(text) == [("language", language)]


@pytest.mark.parametrize(
    "text", ["do you have English breakfast tea", "french press coffee maker", "la guitare espagnole"]
)
def test_a_language_that_describes_a_product_is_no_wish(text: str) -> None:
    assert read(text) == []


def test_positions_are_those_of_the_message_as_typed() -> None:
    assert find_values("Éh bien, à envoyer à léa@example.fr") == [Value("email", "lea@example.fr", 21, 35)]


def test_what_is_typed_in_a_hurry_folds_to_the_same() -> None:
    assert fold("  CHERCHE Á  acheter l’œuf, vitttte ") == fold("cherche a acheter l'oeuf, vitte")


def test_stripping_accents_keeps_every_position() -> None:
    assert strip_accents("Ça coûte 5 € ’İ") == "ca coute 5 € 'i"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("does summer10 work?", "summer10"),
        ("j'ai le code SUMMER10", "SUMMER10"),
        ("code promo : bienvenue", "bienvenue"),
        ("tengo el código «Verano»", "Verano"),
        ("mi código de descuento es OTOÑO15", "OTOÑO15"),
        ("use code HELLO please", "HELLO"),
        ("est-ce que H20 marche", "H20"),
        ("code X-FHYHX2G369", "X-FHYHX2G369"),
        ("quita summer10", "summer10"),
    ],
)
def test_the_code_of_a_coupon_is_read_as_it_is_typed(text: str, code: str) -> None:
    assert read(text) == [("coupon", code)]


@pytest.mark.parametrize(
    "text",
    [
        "j'ai un code promo",
        "mon code promo marche pas",
        "code postal 75011",
        "no quiero el código",
        "is my voucher still good",
        "A4 paper",
    ],
)
def test_a_word_for_a_code_is_none(text: str) -> None:
    assert read(text) == []


def test_an_order_number_is_no_coupon() -> None:
    assert read("code CP-7K3MQ9XW") == [("order_number", "CP-7K3MQ9XW")]
