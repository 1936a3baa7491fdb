"""Addresses as people type them: alone, with a wish before or behind, without commas or capitals."""

import msgspec
import pytest

from backend.customers.addresses import Address
from backend.customers.reading import read_address

ANNA = Address("Anna Smith", "12 Baker Street", "", "NW1 6XE", "London", "", "GB")
ANNE = Address("Anne Martin", "12 rue des Lilas", "", "75011", "Paris", "", "FR")
ANA = Address("Ana López", "calle Mayor 5", "", "28013", "Madrid", "", "ES")


@pytest.mark.parametrize(
    ("language", "text", "address", "wish"),
    [
        ("en", "Anna Smith, 12 Baker Street, London NW1 6XE, UK", ANNA, ""),
        ("en", "two blue mugs to Anna Smith, 12 Baker Street, London NW1 6XE", ANNA, "two blue mugs"),
        ("en", "2 blue mugs for Anna Smith 12 Baker Street London NW1 6XE UK", ANNA, "2 blue mugs"),
        (
            "en",
            "Two blue mugs. Send them to Anna Smith, 12 Baker Street, London NW1 6XE",
            ANNA,
            "Two blue mugs",
        ),
        ("en", "Anna Smith, 12 Baker Street, London NW1 6XE, two mugs please", ANNA, "two mugs please"),
        ("fr", "deux mugs bleus pour Anne Martin, 12 rue des Lilas, 75011 Paris", ANNE, "deux mugs bleus"),
        ("fr", "Je veux 2 mugs à Anne Martin 12 rue des Lilas 75011 Paris", ANNE, "Je veux 2 mugs"),
        (
            "en",
            "for A. Smith, 12 Baker Street, London NW1 6XE",
            msgspec.structs.replace(ANNA, name="A. Smith"),
            "",
        ),
        ("es", "dos tazas azules, a Ana López, calle Mayor 5, 28013 Madrid", ANA, "dos tazas azules"),
        ("es", "dos tazas para Ana López calle Mayor 5 28013 Madrid", ANA, "dos tazas"),
    ],
)
def test_an_address_is_told_from_the_wish_that_it_comes_with(
    language: str, text: str, address: Address, wish: str
) -> None:
    reading = read_address(text, language)

    assert reading.address == address
    assert reading.rest == wish


@pytest.mark.parametrize(
    ("language", "text", "name", "street", "wish"),
    [
        ("fr", "Camille Durand, rue des Lilas, 75011 Paris", "Camille Durand", "rue des Lilas", ""),
        ("en", "Anna Smith, Baker Street, London NW1 6XE, UK", "Anna Smith", "Baker Street", ""),
        ("es", "Lucía Gómez, calle Mayor, 28013 Madrid", "Lucía Gómez", "calle Mayor", ""),
        (
            "fr",
            "2 tasses pour Anne Martin, avenue Foch, 69003 Lyon",
            "Anne Martin",
            "avenue Foch",
            "2 tasses",
        ),
        ("en", "can you send it to my place, 75011 Paris", "", "", "can you send it to my place"),
    ],
)
def test_a_street_without_its_number_is_a_street_and_no_name(
    language: str, text: str, name: str, street: str, wish: str
) -> None:
    reading = read_address(text, language)

    assert (reading.address.name, reading.address.line1, reading.rest) == (name, street, wish)


def test_somebody_who_writes_without_capitals_is_read_too() -> None:
    reading = read_address("je veux 2 mugs bleus pour anne martin 12 rue des lilas 75011 paris", "fr")

    assert reading.address == Address("anne martin", "12 rue des lilas", "", "75011", "paris", "", "FR")
    assert reading.rest == "je veux 2 mugs bleus"


@pytest.mark.parametrize(
    ("language", "text", "line1"),
    [
        ("en", "change the address to 8 High Street, Oxford OX1 4DB", "8 High Street"),
        ("fr", "l'adresse c'est plutôt 5 rue Foch, 31000 Toulouse", "5 rue Foch"),
        ("es", "cambia la direccion: calle Alcalá 20, 28014 Madrid", "calle Alcalá 20"),
    ],
)
def test_how_a_new_address_is_introduced_is_no_part_of_it(language: str, text: str, line1: str) -> None:
    reading = read_address(text, language)

    assert (reading.address.name, reading.address.line1, reading.rest) == ("", line1, "")


def test_a_flat_may_stand_before_the_street_or_behind_it() -> None:
    before = read_address("Bob Jones, Flat 3, 8 High Street, Oxford OX1 4DB", "en").address
    behind = read_address("Bob Jones, 8 High Street, Flat 3, Oxford OX1 4DB", "en").address

    assert before == behind
    assert (before.line1, before.line2) == ("8 High Street", "Flat 3")


@pytest.mark.parametrize(
    ("language", "text", "line2"),
    [
        (
            "es",
            "Juan Pérez, Av. Insurgentes Sur 1602, Col. Crédito, 03940 Ciudad de México, México",
            "Col. Crédito",
        ),
        ("en", "Anna Smith, 12 Baker Street, Marylebone, London NW1 6XE", "Marylebone"),
        ("fr", "Anne Martin, 12 rue des Lilas, bâtiment B, 3e étage, 75011 Paris", "bâtiment B, 3e étage"),
    ],
)
def test_what_stands_between_the_street_and_the_town_belongs_to_the_address(
    language: str, text: str, line2: str
) -> None:
    reading = read_address(text, language)

    assert (reading.address.line2, reading.rest) == (line2, "")


def test_a_family_name_that_is_a_country_stays_a_name() -> None:
    assert read_address("Anna Jordan", "en", "name").address == Address(name="Anna Jordan")


@pytest.mark.parametrize(
    "text", ["two blue mugs", "do you have cups for 4 people?", "ajoutez deux mugs pour ma sœur", "hmm, no"]
)
def test_a_wish_alone_names_no_place(text: str) -> None:
    address = read_address(text, "en").address

    assert (address.postcode, address.city, address.country) == ("", "", "")
