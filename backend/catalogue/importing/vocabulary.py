"""vocabulary.csv: what options and attributes are called, and what an attribute may say."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from babel.numbers import format_decimal

from backend.catalogue.importing.parsed import ParsedVariant, RowError, Texts
from backend.catalogue.importing.tables import Line, Table, Unusable, Words, texts, words
from backend.config import LANGUAGES

YES = "yes"
YES_OR_NO: dict[str, Texts] = {
    YES: {"en": "Yes", "fr": "Oui", "es": "Sí"},
    "no": {"en": "No", "fr": "Non", "es": "No"},
}
TYPES = ("text", "number", "boolean", "list")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Entry(msgspec.Struct):
    """An option or attribute of the vocabulary, or one of its values. `code` is what the shop knows it by."""

    code: str
    name: Texts
    synonyms: Words
    position: int
    values: dict[str, "Entry"] = {}
    type: str = ""
    """Of an attribute, one of `TYPES`; empty where the file does not say: a list if it has values, else text."""
    unit: str = ""


class Vocabulary(msgspec.Struct):
    """By the codes that products.csv writes."""

    options: dict[str, Entry] = {}
    attributes: dict[str, Entry] = {}


def read_vocabulary(path: Path) -> tuple[Vocabulary, list[RowError]]:
    vocabulary = Vocabulary({}, {})
    kinds = {"option": vocabulary.options, "attribute": vocabulary.attributes}
    errors = []
    for line in Table(path):
        try:
            _add(kinds, line)
        except Unusable as unusable:
            errors.append(RowError(path.name, line.row, unusable.column, str(unusable)))
    return vocabulary, errors


def _add(kinds: dict[str, dict[str, Entry]], line: Line) -> None:
    """Raises Unusable."""
    entries = kinds.get(line["kind"])
    if line.fault:
        raise Unusable("row", line.fault)
    if entries is None:
        raise Unusable("kind", f"{line['kind']!r} is neither option nor attribute.")
    if line["value"]:
        _add_value(entries, line)
    else:
        entries[line["code"]] = _typed(line)


def _typed(line: Line) -> Entry:
    """Raises Unusable."""
    entry = _entry(line, line["stands_for"] or line["code"])
    entry.type, entry.unit = line["type"], line["unit"]
    if entry.type and line["kind"] == "option":
        raise Unusable("type", "Only an attribute has a type.")
    if entry.type not in ("", *TYPES):
        raise Unusable("type", f"{entry.type!r} is not a type: choose among {', '.join(TYPES)}.")
    if entry.unit and entry.type != "number":
        raise Unusable("unit", "Only a number has a unit.")
    if entry.type == "boolean":
        entry.values = {code: Entry(code, name, {}, 0) for code, name in YES_OR_NO.items()}
    return entry


def _add_value(entries: dict[str, Entry], line: Line) -> None:
    """Raises Unusable."""
    code, value = line["code"], line["value"]
    if code not in entries:
        raise Unusable("code", f"{code!r} itself has no row above its values.")
    if entries[code].type in ("text", "number"):
        raise Unusable("value", f"{code!r} is a {entries[code].type} and has no list of values.")
    if entries[code].type == "boolean" and value not in YES_OR_NO:
        raise Unusable("value", f"{code!r} is boolean: its values are yes and no.")
    entries[code].values[value] = _entry(line, value)


def _entry(line: Line, code: str) -> Entry:
    position = int(line["position"]) if line["position"].isdecimal() else 0
    return Entry(code, texts(line, "name"), words(line, "synonyms"), position, {})


def option(entry: Entry, variants: list[ParsedVariant]) -> dict[str, Any]:
    used = {variant.options[entry.code] for variant in variants}
    return {
        "code": entry.code,
        "name": entry.name,
        "synonyms": entry.synonyms,
        "values": [
            {"code": value.code, "name": value.name, "synonyms": value.synonyms}
            for value in sorted(entry.values.values(), key=lambda value: value.position)
            if value.code in used
        ],
    }


def attribute(entry: Entry, value: str) -> dict[str, Any]:
    """As a product keeps it (`models.Product.attributes`). Raises Unusable."""
    if entry.type == "number":
        return _number(entry, value)
    if (entry.values or entry.type == "list") and value not in entry.values:
        raise Unusable("attributes", f"{value!r} is not a value of {entry.code!r}.")
    kept = _said(entry, value)
    return kept | {"type": "boolean"} if entry.type == "boolean" else kept


def _number(entry: Entry, value: str) -> dict[str, Any]:
    """Exact, and written as each language writes numbers. Raises Unusable."""
    figures = value.removesuffix(entry.unit).strip()
    if not NUMBER.fullmatch(figures):
        example = f"{entry.code}=9.5 {entry.unit}".strip()
        raise Unusable("attributes", f"{value!r} is not a number: write {example}.")
    number = Decimal(figures).normalize() + 0
    said = {
        language: format_decimal(number, locale=language, decimal_quantization=False, group_separator=False)
        for language in LANGUAGES
    }
    return {
        "code": entry.code,
        "name": entry.name,
        "value": {language: f"{text} {entry.unit}".strip() for language, text in said.items()},
        "synonyms": {},
        "type": "number",
        "number": f"{number:f}",
        "unit": entry.unit,
    }


def _said(entry: Entry, value: str) -> dict[str, Any]:
    """A "yes" is searched by the attribute's own words: "dishwasher" finds what is dishwasher safe."""
    listed = entry.values.get(value)
    synonyms = listed.synonyms if listed else {}
    kept = {
        "code": entry.code,
        "name": entry.name,
        "value": listed.name if listed else dict.fromkeys(LANGUAGES, value),
        "synonyms": _own_words(entry) if value == YES else synonyms,
    }
    return kept | {"value_code": value} if listed else kept


def _own_words(entry: Entry) -> Words:
    said = {
        language: [*filter(None, [entry.name.get(language)]), *entry.synonyms.get(language, [])]
        for language in LANGUAGES
    }
    return {language: words for language, words in said.items() if words}
