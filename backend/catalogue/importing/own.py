"""The shop's own format, as docs/import.md describes it: four CSV files in a directory."""

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from backend.catalogue.importing.parsed import (
    CatalogueReader,
    ParsedCategory,
    ParsedProduct,
    ParsedVariant,
    Rejected,
    RowError,
    SourceRow,
    Texts,
)
from backend.config import CURRENCIES, LANGUAGES

HANDLE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CENTS = 100
YES = "yes"

ESCAPED = re.compile(r"\\([\\|;])")

Cells = dict[str, str]
Words = dict[str, list[str]]


class Line(msgspec.Struct, frozen=True):
    row: int
    cells: Cells

    def __getitem__(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()


class Entry(msgspec.Struct):
    """An option or attribute of the vocabulary, or one of its values. `code` is what the shop knows it by."""

    code: str
    name: Texts
    synonyms: Words
    position: int
    values: dict[str, "Entry"] = {}


class Vocabulary(msgspec.Struct):
    """By the codes that products.csv writes."""

    options: dict[str, Entry] = {}
    attributes: dict[str, Entry] = {}


class Unusable(Exception):
    def __init__(self, column: str, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.column = column
        self.row = row


def read_own(directory: Path) -> CatalogueReader:
    """Raises OSError when `products.csv`, `categories.csv` or `vocabulary.csv` is missing."""
    categories, category_errors = read_categories(directory / "categories.csv")
    vocabulary, vocabulary_errors = read_vocabulary(directory / "vocabulary.csv")
    known = {category.code for category in categories}
    products = _products(directory / "products.csv", known, vocabulary)
    return CatalogueReader(categories, category_errors + vocabulary_errors, products)


def read_sources(path: Path) -> list[SourceRow]:
    return [
        SourceRow(
            code=line["code"],
            kind=line["kind"],
            name=line["name"],
            priority=int(line["priority"] or 0),
            street=line["street"],
            postcode=line["postcode"],
            city=line["city"],
            country=line["country"],
        )
        for line in lines(path)
    ]


def lines(path: Path) -> Iterator[Line]:
    """Each row with the line of the file on which it starts; a cell may hold line breaks."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames is not None
        before = reader.line_num
        for cells in reader:
            yield Line(before + 1, cells)
            before = reader.line_num


def minor_units(text: str, column: str) -> int:
    """Raises Unusable."""
    try:
        amount = Decimal(text) * CENTS
    except InvalidOperation:
        raise Unusable(column, f"{text!r} is not a price: write 12.50.") from None
    if not amount.is_finite() or amount < 0 or amount != amount.to_integral_value():
        raise Unusable(column, f"{text!r} is not a price: at least 0 and at most two decimals.")
    return int(amount)


def whole_number(text: str, column: str) -> int:
    """Raises Unusable."""
    if not text.isdecimal():
        raise Unusable(column, f"{text!r} is not a whole number.")
    return int(text)


def read_categories(path: Path) -> tuple[list[ParsedCategory], list[RowError]]:
    categories: dict[str, ParsedCategory] = {}
    errors = []
    for line in lines(path):
        parent = line["parent"] or None
        if parent is not None and parent not in categories:
            errors.append(
                RowError(path.name, line.row, "parent", f"{parent!r} is not a category above this row.")
            )
            continue
        position = int(line["position"]) if line["position"].isdecimal() else 0
        categories[line["code"]] = ParsedCategory(line["code"], parent, position, _texts(line, "name"))
    return list(categories.values()), errors


def read_vocabulary(path: Path) -> tuple[Vocabulary, list[RowError]]:
    vocabulary = Vocabulary({}, {})
    kinds = {"option": vocabulary.options, "attribute": vocabulary.attributes}
    errors = []
    for line in lines(path):
        entries, code, value = kinds.get(line["kind"]), line["code"], line["value"]
        if entries is None:
            errors.append(
                RowError(path.name, line.row, "kind", f"{line['kind']!r} is neither option nor attribute.")
            )
        elif not value:
            entries[code] = _entry(line, line["stands_for"] or code)
        elif code in entries:
            entries[code].values[value] = _entry(line, value)
        else:
            errors.append(
                RowError(path.name, line.row, "code", f"{code!r} itself has no row above its values.")
            )
    return vocabulary, errors


def _entry(line: Line, code: str) -> Entry:
    position = int(line["position"]) if line["position"].isdecimal() else 0
    return Entry(code, _texts(line, "name"), _words(line, "synonyms"), position, {})


def _products(path: Path, categories: set[str], vocabulary: Vocabulary) -> Iterator[ParsedProduct | Rejected]:
    handles: set[str] = set()
    skus: set[str] = set()
    for position, (handle, rows) in enumerate(groupby(lines(path), key=lambda line: line["handle"])):
        first, *others = rows
        errors: list[RowError] = []
        if handle in handles:
            errors.append(
                RowError(path.name, first.row, "handle", f"The rows of {handle!r} do not stand together.")
            )
        handles.add(handle)
        parser = ProductParser(path.name, errors, categories, vocabulary, skus)
        product = parser.product([first, *others], position)
        yield Rejected(errors) if errors or product is None else product


class ProductParser:
    """One product; what is wrong is collected in `errors`, so that one run names every error."""

    def __init__(
        self, file: str, errors: list[RowError], categories: set[str], vocabulary: Vocabulary, skus: set[str]
    ) -> None:
        self._file = file
        self._errors = errors
        self._categories = categories
        self._vocabulary = vocabulary
        self._skus = skus
        self._options: list[Entry] | None = None
        """Those of the first variant; the others must have the same."""

    def product(self, rows: list[Line], position: int) -> ParsedProduct | None:
        """`position` is where it stands in the file, and in the shop unless a cell says otherwise."""
        first = rows[0]
        self._check(first)
        variants = [variant for line in rows if (variant := self._variant(line))]
        self._check_combinations(variants)
        attributes = self._attributes(first)
        position = self._position(first, position)
        if self._errors:
            return None
        return ParsedProduct(
            file=self._file,
            row=first.row,
            handle=first["handle"],
            category=first["category"] or None,
            brand=first["brand"],
            name=_texts(first, "name"),
            description=_texts(first, "description"),
            keywords=_words(first, "keywords"),
            options=[_option(entry, variants) for entry in self._options or ()],
            attributes=attributes,
            pictures=[
                {"file": file, "alt": _texts(first, "picture_alt")} for file in _split(first["pictures"], "|")
            ],
            position=position,
            variants=variants,
        )

    def _error(self, line: Line, column: str, message: str) -> None:
        self._errors.append(RowError(self._file, line.row, column, message))

    def _check(self, line: Line) -> None:
        if not HANDLE.fullmatch(line["handle"]):
            self._error(line, "handle", f"{line['handle']!r} is not a handle: use a-z, 0-9 and hyphens.")
        if line["category"] and line["category"] not in self._categories:
            self._error(line, "category", f"{line['category']!r} is not in categories.csv.")
        if not _texts(line, "name"):
            self._error(line, "name_en", "The product has no name in any language.")

    def _position(self, line: Line, position: int) -> int:
        try:
            return whole_number(line["position"], "position") if line["position"] else position
        except Unusable as unusable:
            self._error(line, unusable.column, str(unusable))
            return position

    def _variant(self, line: Line) -> ParsedVariant | None:
        try:
            return ParsedVariant(
                row=line.row,
                sku=self._sku(line),
                options=self._chosen(line),
                prices=_prices(line),
                stock=_stock(line),
                picture=line["variant_picture"] or None,
                weight_grams=whole_number(line["weight_grams"] or "0", "weight_grams"),
            )
        except Unusable as unusable:
            self._error(line, unusable.column, str(unusable))
            return None

    def _sku(self, line: Line) -> str:
        sku = line["sku"]
        if not sku:
            raise Unusable("sku", "The variant has no SKU.")
        if sku in self._skus:
            raise Unusable("sku", f"{sku!r} is used twice.")
        self._skus.add(sku)
        return sku

    def _chosen(self, line: Line) -> dict[str, str]:
        chosen: dict[str, str] = {}
        entries = []
        for column in _option_columns(line):
            option, value = line[column], line[column.replace("option", "value")]
            if not option:
                continue
            entry = self._vocabulary.options.get(option)
            if entry is None:
                raise Unusable(column, f"{option!r} is not an option of vocabulary.csv.")
            if value not in entry.values:
                raise Unusable(column.replace("option", "value"), f"{value!r} is not a value of {option!r}.")
            if entry.code in chosen:
                raise Unusable(column, f"The variant has the option {entry.code!r} twice.")
            chosen[entry.code] = value
            entries.append(entry)
        self._check_options(entries)
        return chosen

    def _check_options(self, entries: list[Entry]) -> None:
        if self._options is None:
            self._options = entries
        if {id(entry) for entry in entries} != {id(entry) for entry in self._options}:
            raise Unusable("option1", "The variants of a product must have the same options.")

    def _check_combinations(self, variants: list[ParsedVariant]) -> None:
        seen: set[tuple[tuple[str, str], ...]] = set()
        for variant in variants:
            line = Line(variant.row, {})
            combination = tuple(sorted(variant.options.items()))
            if combination in seen:
                self._error(line, "value1", "Another variant of the product has the same option values.")
            seen.add(combination)

    def _attributes(self, line: Line) -> list[dict[str, Any]]:
        attributes = []
        for pair in _split(line["attributes"], ";"):
            code, _, value = pair.partition("=")
            entry = self._vocabulary.attributes.get(code)
            if entry is None:
                self._error(line, "attributes", f"{code!r} is not an attribute of vocabulary.csv.")
            elif entry.values and value not in entry.values:
                self._error(line, "attributes", f"{value!r} is not a value of {code!r}.")
            else:
                attributes.append(_attribute(entry, value))
        return attributes


def _option_columns(line: Line) -> list[str]:
    columns = (name for name in line.cells if re.fullmatch(r"option\d+", name or ""))
    return sorted(columns, key=lambda name: int(name.removeprefix("option")))


def _option(entry: Entry, variants: list[ParsedVariant]) -> dict[str, Any]:
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


def _attribute(entry: Entry, value: str) -> dict[str, Any]:
    """A "yes" is searched by the attribute's own words: "dishwasher" finds what is dishwasher safe."""
    listed = entry.values.get(value)
    synonyms = listed.synonyms if listed else {}
    attribute = {
        "code": entry.code,
        "name": entry.name,
        "value": listed.name if listed else dict.fromkeys(LANGUAGES, value),
        "synonyms": _own_words(entry) if value == YES else synonyms,
    }
    return attribute | {"value_code": value} if listed else attribute


def _own_words(entry: Entry) -> Words:
    said = {
        language: [*filter(None, [entry.name.get(language)]), *entry.synonyms.get(language, [])]
        for language in LANGUAGES
    }
    return {language: words for language, words in said.items() if words}


def _prices(line: Line) -> dict[str, int]:
    columns = {currency: f"price_{currency}" for currency in CURRENCIES}
    prices = {
        currency: minor_units(line[column], column) for currency, column in columns.items() if line[column]
    }
    if not prices:
        raise Unusable(columns[CURRENCIES[0]], "The variant has no price.")
    return prices


def _stock(line: Line) -> dict[str, int]:
    return {
        column.removeprefix("stock_"): whole_number(line[column], column)
        for column in line.cells
        if column and column.startswith("stock_") and line[column]
    }


def _texts(line: Line, field: str) -> Texts:
    return {language: text for language in LANGUAGES if (text := line[f"{field}_{language}"])}


def _words(line: Line, field: str) -> Words:
    return {language: words for language in LANGUAGES if (words := _split(line[f"{field}_{language}"], "|"))}


def joined(parts: Iterable[str], separator: str) -> str:
    """One cell, which an import splits into the same parts."""
    return separator.join(re.sub(rf"[\\{separator}]", r"\\\g<0>", part) for part in parts)


def _split(cell: str, separator: str) -> list[str]:
    """A backslash before a separator or another backslash makes it text."""
    parts = re.findall(rf"(?:\\.|[^{separator}])+", cell, re.DOTALL)
    return [ESCAPED.sub(r"\1", part.strip()) for part in parts if part.strip()]
