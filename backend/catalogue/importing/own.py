"""The shop's own format, as docs/import.md describes it: CSV files in a directory."""

import re
from collections.abc import Iterable, Iterator
from math import nan
from pathlib import Path
from typing import Any

from backend.catalogue.importing.checking import HANDLE, checked, text_fault
from backend.catalogue.importing.links import read_links
from backend.catalogue.importing.parsed import (
    LEVELS,
    CatalogueReader,
    ParsedCategory,
    ParsedComponent,
    ParsedProduct,
    ParsedVariant,
    Rejected,
    RowError,
    SourceRow,
    Visibility,
)
from backend.catalogue.importing.price_lists import read_price_lists
from backend.catalogue.importing.reviews import read_reviews
from backend.catalogue.importing.tables import (
    Line,
    Table,
    Unreadable,
    Unusable,
    channels,
    grouped,
    minor_units,
    moment,
    sound_lines,
    split,
    texts,
    whole_number,
    words,
)
from backend.catalogue.importing.vocabulary import Entry, Vocabulary, attribute, option, read_vocabulary
from backend.catalogue.models import VARIANT_KINDS, Category
from backend.config import CURRENCIES, LANGUAGES

SEVERAL = re.compile(r"(.+)\*([0-9]{1,9})", re.DOTALL)


def read_own(directory: Path) -> CatalogueReader:
    """Raises Unreadable, and OSError when `products.csv`, `categories.csv` or `vocabulary.csv` is missing."""
    table = Table(directory / "products.csv")
    table.require(("handle",), ("sku",), _columns("name", LANGUAGES), _columns("price", CURRENCIES))
    table.refuse_doubled(table.columns)
    table.refuse_empty()
    categories, category_errors = read_categories(directory / "categories.csv")
    vocabulary, vocabulary_errors = read_vocabulary(directory / "vocabulary.csv")
    known = {category.code for category in categories}
    handles: dict[str, None] = {}
    return CatalogueReader(
        categories,
        category_errors + vocabulary_errors,
        checked(_products(table, known, vocabulary, handles), {}),
        links=read_links(directory / "links.csv", handles),
        reviews=read_reviews(directory / "reviews.csv"),
        price_lists=read_price_lists(directory),
    )


def read_sources(path: Path) -> list[SourceRow]:
    """Raises Unreadable."""
    return [
        SourceRow(
            code=line["code"],
            kind=line["kind"],
            name=line["name"],
            priority=_priority(path, line),
            street=line["street"],
            postcode=line["postcode"],
            city=line["city"],
            country=line["country"],
            region=line["region"],
            latitude=_degrees(path, line, "latitude", 90),
            longitude=_degrees(path, line, "longitude", 180),
            phone=line["phone"],
            time_zone=line["time_zone"],
            opening_hours=line["opening_hours"],
        )
        for line in sound_lines(path)
    ]


def _degrees(path: Path, line: Line, column: str, most: int) -> float | None:
    if not line[column]:
        return None
    try:
        degrees = float(line[column])
    except ValueError:
        degrees = nan
    if not -most <= degrees <= most:
        raise Unreadable(
            f"{path.name}:{line.row} {column}: {line[column]!r} is not -{most} to {most} degrees."
        )
    return degrees


def _priority(path: Path, line: Line) -> int:
    try:
        return whole_number(line["priority"] or "0", "priority")
    except Unusable as unusable:
        raise Unreadable(f"{path.name}:{line.row} priority: {unusable}") from None


def read_categories(path: Path) -> tuple[list[ParsedCategory], list[RowError]]:
    categories: dict[str, ParsedCategory] = {}
    errors = []
    for line in Table(path):
        try:
            category = _category(line, categories)
        except Unusable as unusable:
            errors.append(RowError(path.name, line.row, unusable.column, str(unusable)))
        else:
            categories[category.code] = category
    return list(categories.values()), errors


def _category(line: Line, above: dict[str, ParsedCategory]) -> ParsedCategory:
    code, parent, name = line["code"], line["parent"] or None, texts(line, "name")
    if line.fault:
        raise Unusable("row", line.fault)
    if not code:
        raise Unusable("code", "The category has no code.")
    if fault := text_fault(code, Category.code.type.length):
        raise Unusable("code", fault)
    if parent is not None and parent not in above:
        raise Unusable("parent", f"{parent!r} is not a category above this row.")
    for language, text in name.items():
        if fault := text_fault(text):
            raise Unusable(f"name_{language}", fault)
    position = int(line["position"]) if line["position"].isdecimal() else 0
    return ParsedCategory(code, parent, position, name)


def _products(
    table: Table, categories: set[str], vocabulary: Vocabulary, handles: dict[str, None]
) -> Iterator[ParsedProduct | Rejected]:
    """`handles` are filled on the way. What consists of other products comes after them, in a second reading."""
    skus: set[str] = set()
    for is_composed in (False, True) if "components" in table.columns else (False,):
        products = grouped(table, "handle", lambda line: line["handle"])
        for position, (rows, errors) in enumerate(products):
            if any(line["components"] for line in rows) != is_composed:
                continue
            handles[rows[0]["handle"]] = None
            parser = ProductParser(table.name, errors, categories, vocabulary, skus)
            product = None if errors else parser.product(rows, position)
            yield Rejected(errors) if product is None else product


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
        visibility = self._visibility(first)
        if self._errors:
            return None
        return ParsedProduct(
            file=self._file,
            row=first.row,
            handle=first["handle"],
            category=first["category"] or None,
            brand=first["brand"],
            name=texts(first, "name"),
            description=texts(first, "description"),
            keywords=words(first, "keywords"),
            options=[option(entry, variants) for entry in self._options or ()],
            attributes=attributes,
            pictures=_pictures(first),
            position=position,
            variants=variants,
            visibility=visibility,
        )

    def _error(self, line: Line, column: str, message: str) -> None:
        self._errors.append(RowError(self._file, line.row, column, message))

    def _check(self, line: Line) -> None:
        if not HANDLE.fullmatch(line["handle"]):
            self._error(line, "handle", f"{line['handle']!r} is not a handle: use a-z, 0-9 and hyphens.")
        if line["category"] and line["category"] not in self._categories:
            self._error(line, "category", f"{line['category']!r} is not in categories.csv.")
        if not texts(line, "name"):
            self._error(line, "name_en", "The product has no name in any language.")

    def _position(self, line: Line, position: int) -> int:
        try:
            return whole_number(line["position"], "position") if line["position"] else position
        except Unusable as unusable:
            self._error(line, unusable.column, str(unusable))
            return position

    def _visibility(self, line: Line) -> Visibility:
        try:
            return _visibility(line)
        except Unusable as unusable:
            self._error(line, unusable.column, str(unusable))
            return Visibility()

    def _variant(self, line: Line) -> ParsedVariant | None:
        try:
            return ParsedVariant(
                row=line.row,
                sku=self._sku(line),
                options=self._chosen(line),
                prices=_prices(line),
                stock=_by_source(line, "stock"),
                levels=_levels(line),
                picture=line["variant_picture"] or None,
                weight_grams=whole_number(line["weight_grams"] or "0", "weight_grams"),
                visibility=_visibility(line, "variant_"),
                kind=_kind(line),
                components=components(line["components"]),
                files=split(line["files"], "|"),
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
            code, value = line[column], line[column.replace("option", "value")]
            if not code:
                continue
            entry = self._vocabulary.options.get(code)
            if entry is None:
                raise Unusable(column, f"{code!r} is not an option of vocabulary.csv.")
            if value not in entry.values:
                raise Unusable(column.replace("option", "value"), f"{value!r} is not a value of {code!r}.")
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
        for pair in split(line["attributes"], ";"):
            code, _, value = pair.partition("=")
            entry = self._vocabulary.attributes.get(code)
            if entry is None:
                self._error(line, "attributes", f"{code!r} is not an attribute of vocabulary.csv.")
                continue
            try:
                attributes.append(attribute(entry, value))
            except Unusable as unusable:
                self._error(line, unusable.column, str(unusable))
        return attributes


def _option_columns(line: Line) -> list[str]:
    columns = (name for name in line.cells if re.fullmatch(r"option\d+", name or ""))
    return sorted(columns, key=lambda name: int(name.removeprefix("option")))


def _prices(line: Line) -> dict[str, int]:
    columns = {currency: f"price_{currency}" for currency in CURRENCIES}
    return {
        currency: minor_units(line[column], column) for currency, column in columns.items() if line[column]
    }


def _kind(line: Line) -> str:
    kind = line["kind"] or VARIANT_KINDS[0]
    if kind not in VARIANT_KINDS:
        raise Unusable("kind", f"{kind!r} is not a kind: choose among {', '.join(VARIANT_KINDS)}.")
    return kind


def components(cell: str) -> list[ParsedComponent]:
    """ "LAMP|MUG*2"; without a number it is one."""
    found = []
    for part in split(cell, "|"):
        several = SEVERAL.fullmatch(part)
        found.append(ParsedComponent(several[1], int(several[2])) if several else ParsedComponent(part, 1))
    return found


def component_cell(component: ParsedComponent) -> str:
    """What is read as this component."""
    is_plain = component.quantity == 1 and not SEVERAL.fullmatch(component.sku)
    return component.sku if is_plain else f"{component.sku}*{component.quantity}"


def _visibility(line: Line, of: str = "") -> Visibility:
    """Of the product, or of the "variant_". Raises Unusable."""
    start, end, channel = f"{of}visible_from", f"{of}visible_until", f"{of}channels"
    visible_from, visible_until = moment(line[start], start), moment(line[end], end)
    if visible_from and visible_until and visible_until <= visible_from:
        raise Unusable(end, f"{line[end]!r} is not after {start}.")
    return Visibility(
        visible_from=visible_from, visible_until=visible_until, channels=channels(line[channel], channel)
    )


def _by_source(line: Line, what: str) -> dict[str, int]:
    """Of the columns `stock_lyon`, `stock_paris` …, those that say something. Raises Unusable."""
    return {
        column.removeprefix(f"{what}_"): whole_number(line[column], column)
        for column in line.cells
        if column and column.startswith(f"{what}_") and line[column]
    }


def _levels(line: Line) -> dict[str, int]:
    return {f"{level}_{source}": n for level in LEVELS for source, n in _by_source(line, level).items()}


def _pictures(line: Line) -> list[dict[str, Any]]:
    """A picture that is not described has the main one's description."""
    alt = texts(line, "picture_alt")
    files = enumerate(split(line["pictures"], "|"), start=1)
    return [{"file": file, "alt": texts(line, f"picture{number}_alt") or alt} for number, file in files]


def _columns(field: str, kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{field}_{kind}" for kind in kinds)
