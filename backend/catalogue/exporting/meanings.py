"""The vocabulary that products carry with them, gathered into one file.

Each product keeps the names and synonyms of its own options and attributes, as they were when it was imported.
Products that agree share an entry of vocabulary.csv; where they do not, a code gets a second entry.
"""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

import msgspec

from backend.catalogue.importing.parsed import Texts
from backend.catalogue.importing.tables import Words
from backend.catalogue.importing.vocabulary import YES


class Named(msgspec.Struct, frozen=True):
    code: str
    name: Texts
    synonyms: Words


class Meaning(msgspec.Struct, frozen=True):
    """An option or attribute as one product has it. `synonyms` is None where the product does not tell."""

    kind: str
    code: str
    name: Texts
    synonyms: Words | None
    values: list[Named]
    type: str = ""
    unit: str = ""


class Definition:
    """What products agree on: one entry of vocabulary.csv with its values."""

    def __init__(self, meaning: Meaning) -> None:
        self.kind, self.stands_for, self.name = meaning.kind, meaning.code, meaning.name
        self.code = meaning.code
        self.synonyms = meaning.synonyms
        self.type, self.unit = meaning.type, meaning.unit
        self._values: dict[str, Named] = {}
        self._before: dict[str, dict[str, None]] = {}
        """Value to those that stand before it."""

    @property
    def values(self) -> list[Named]:
        """In an order that every product's own order is part of, and otherwise as they were first seen."""
        placed: dict[str, Named] = {}

        def place(code: str) -> None:
            if code not in placed:
                for earlier in self._before[code]:
                    place(earlier)
                placed[code] = self._values[code]

        for code in self._values:
            place(code)
        return list(placed.values())

    def allows(self, meaning: Meaning) -> bool:
        return (
            self.name == meaning.name
            and (self.type, self.unit) == (meaning.type, meaning.unit)
            and (meaning.synonyms is None or self.synonyms in (None, meaning.synonyms))
            and all(self._values.get(value.code, value) == value for value in meaning.values)
            and self._allows_order(meaning)
        )

    def learn(self, meaning: Meaning) -> None:
        if self.synonyms is None:
            self.synonyms = meaning.synonyms
        self._values |= {value.code: value for value in meaning.values}
        self._before = self._ordered(meaning)

    def _allows_order(self, meaning: Meaning) -> bool:
        ordered = self._ordered(meaning)
        try:
            TopologicalSorter(ordered).prepare()
        except CycleError:
            return False
        return True

    def _ordered(self, meaning: Meaning) -> dict[str, dict[str, None]]:
        codes = [value.code for value in meaning.values]
        ordered = self._before | {code: self._before.get(code, {}) for code in codes}
        for first, second in pairwise(codes):
            ordered[second] = ordered[second] | {first: None}
        return ordered


class Meanings:
    """All definitions, in the order in which products were first seen to need them."""

    def __init__(self) -> None:
        self._definitions: dict[tuple[str, str], list[Definition]] = {}

    def __iter__(self) -> Iterator[Definition]:
        for kind in ("option", "attribute"):
            for (of, _), definitions in self._definitions.items():
                if of == kind:
                    yield from definitions

    def learn(self, meaning: Meaning) -> None:
        definitions = self._definitions.setdefault((meaning.kind, meaning.code), [])
        for definition in definitions:
            if definition.allows(meaning):
                definition.learn(meaning)
                return
        definition = Definition(meaning)
        definition.learn(meaning)
        definitions.append(definition)

    def finish(self) -> None:
        """Gives each definition a code of its own: "size", "size-2"."""
        taken = {code for _, code in self._definitions}
        for definitions in self._definitions.values():
            for number, definition in enumerate(definitions[1:], start=2):
                while definition.code in taken:
                    definition.code = f"{definition.stands_for}-{number}"
                    number += 1
                taken.add(definition.code)

    def code_of(self, meaning: Meaning) -> str:
        """What vocabulary.csv calls it. The definition that learned a meaning is the first that allows it."""
        return next(
            definition.code
            for definition in self._definitions[meaning.kind, meaning.code]
            if definition.allows(meaning)
        )


def option_meaning(option: dict[str, Any]) -> Meaning:
    values = [Named(value["code"], value["name"], value["synonyms"]) for value in option["values"]]
    return Meaning("option", option["code"], option["name"], option["synonyms"], values)


def attribute_meaning(attribute: dict[str, Any]) -> Meaning:
    """A "yes" speaks for the attribute: its words are the attribute's name and synonyms."""
    code, name, synonyms = attribute["code"], attribute["name"], attribute["synonyms"]
    is_yes = said(attribute) == YES
    own_words = _without_names(synonyms, name) if is_yes else None
    if "value_code" not in attribute:
        kind, unit = attribute.get("type", "text"), attribute.get("unit", "")
        return Meaning("attribute", code, name, own_words, [], kind, unit)
    value = Named(attribute["value_code"], attribute["value"], {} if is_yes else synonyms)
    return Meaning("attribute", code, name, own_words, [value], attribute.get("type", "list"))


def said(attribute: dict[str, Any]) -> str:
    """What products.csv says of it: the code of its value, a number with its unit, or free text, which is the same
    in every language."""
    if "number" in attribute:
        return f"{attribute['number']} {attribute['unit']}".strip()
    text: str = attribute.get("value_code") or next(iter(attribute["value"].values()))
    return text


def _without_names(words: Words, names: Texts) -> Words:
    rest = {language: said[1 if names.get(language) else 0 :] for language, said in words.items()}
    return {language: said for language, said in rest.items() if said}
