"""Which way of delivery a message names, and when its words are about something else."""

import pytest

from backend.checkout.delivery import method_in
from backend.config import ROOT
from backend.shop import Shop

METHODS = Shop.load(ROOT / "demo" / "shop.yml").delivery_methods


def named(text: str, *, is_answer: bool) -> tuple[str | None, str]:
    method, rest = method_in(text, METHODS, is_answer=is_answer, is_asked=is_answer)
    return method.code if method else None, " ".join(rest.split())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the cheap one", "standard"),
        ("ok express then", "express"),
        ("epxress", "express"),
        ("bon, le standard", "standard"),
        ("la plus rapide svp", "express"),
        ("envío urgente", "express"),
        ("el más barato", "standard"),
        ("2", "express"),
    ],
)
def test_an_answer_names_its_method(text: str, code: str) -> None:
    assert named(text, is_answer=True)[0] == code


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("two blue mugs sent by express to Anna", "two blue mugs to Anna"),
        ("deux mugs livrés en express à Anne", "deux mugs à Anne"),
        ("dos tazas, envío urgente a Ana", "dos tazas, a Ana"),
        ("two mugs please, express delivery", "two mugs please,"),
    ],
)
def test_a_wish_names_its_method_and_keeps_its_other_words(text: str, rest: str) -> None:
    assert named(text, is_answer=False) == ("express", rest)


@pytest.mark.parametrize(
    "text",
    [
        "add the cheap one",
        "espresso cups",
        "a standard lamp with a fast switch",
        "une lampe pas cher",
        "chez moi",
    ],
)
def test_a_product_is_no_way_of_delivery(text: str) -> None:
    assert named(text, is_answer=False) == (None, text)


@pytest.mark.parametrize(
    "text",
    [
        "how much is express?",
        "c'est combien l'express ?",
        "¿cuánto tarda el envío exprés?",
        "whats the express price",
    ],
)
def test_a_question_about_a_method_does_not_choose_it(text: str) -> None:
    assert named(text, is_answer=True)[0] is None


@pytest.mark.parametrize("text", ["what about express?", "express, c'est possible ?", "¿puede ser exprés?"])
def test_a_proposal_chooses_it(text: str) -> None:
    assert named(text, is_answer=True)[0] == "express"


def test_espresso_is_not_taken_for_express_even_as_an_answer() -> None:
    assert named("espresso cups", is_answer=True)[0] is None
