"""The files themselves. Each product is read back as an import would read it, before it counts as written:
what the format cannot hold is refused, never changed."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.exporting.meanings import Meanings, attribute_meaning, option_meaning, said
from backend.catalogue.exporting.stored import (
    FILE,
    ROW,
    StockReader,
    hidden,
    stored_categories,
    stored_entries,
    stored_links,
    stored_price_lists,
    stored_products,
    stored_reviews,
    stored_vocabulary,
)
from backend.catalogue.importing.own import (
    ProductParser,
    component_cell,
    read_categories,
    read_sources,
)
from backend.catalogue.importing.parsed import (
    ParsedCategory,
    ParsedProduct,
    ParsedVariant,
    Rejected,
    RowError,
    SourceRow,
    Texts,
    Visibility,
)
from backend.catalogue.importing.price_lists import ENTRIES, LISTS, OF_LIST, read_price_lists
from backend.catalogue.importing.store import Progress
from backend.catalogue.importing.tables import CENTS, Cells, Line, Words, joined
from backend.catalogue.importing.vocabulary import read_vocabulary
from backend.config import CURRENCIES, LANGUAGES

VISIBILITY = ("visible_from", "visible_until", "channels")


class CannotExport(Exception):
    """The text says why in one line."""


class ExportReport(msgspec.Struct, frozen=True):
    """What was written, and what was left out because it is not for sale."""

    products: int
    hidden_products: int
    hidden_variants: int


async def export_catalogue(
    session: AsyncSession,
    directory: Path,
    *,
    sources: Sequence[str],
    stock: StockReader,
    levels: StockReader,
    level_columns: Sequence[str],
    progress: Progress | None = None,
) -> ExportReport:
    """The files of the catalogue, from a session that sees one moment. Raises CannotExport."""
    write_categories(directory / "categories.csv", await stored_categories(session))
    meanings, options, pictures = Meanings(), 0, 0
    async for product_options, attributes, described in stored_vocabulary(session):
        options, pictures = max(options, len(product_options)), max(pictures, described)
        for meaning in (*map(option_meaning, product_options), *map(attribute_meaning, attributes)):
            meanings.learn(meaning)
    meanings.finish()
    write_vocabulary(directory / "vocabulary.csv", meanings)
    done = 0
    with written(directory / FILE, _product_columns(options, pictures, sources, level_columns)) as table:
        reading = _Reading(directory)
        async for product in stored_products(session, stock, levels):
            rows = _rows(product, meanings)
            reading.compare(rows, product)
            table.writerows(rows)
            done += 1
            if progress:
                progress(done)
    await write_price_lists(directory, session)
    await write_links(directory / "links.csv", session)
    await write_reviews(directory / "reviews.csv", session)
    return ExportReport(done, *await hidden(session))


async def write_price_lists(directory: Path, session: AsyncSession) -> None:
    """Raises CannotExport."""
    price_lists = await stored_price_lists(session)
    columns = ("code", *_in_languages("name"), "currency", "customer_group", "starts_at", "ends_at")
    with written(directory / LISTS, columns) as table:
        for each in price_lists:
            own = {"code": each.code, "currency": each.currency, "customer_group": each.customer_group or ""}
            times = {"starts_at": _moment(each.starts_at), "ends_at": _moment(each.ends_at)}
            table.writerow(own | times | _texts("name", each.name))
    with written(directory / ENTRIES, ("price_list", "sku", "minimum_quantity", "price")) as table:
        async for code, sku, minimum, minor in stored_entries(session):
            cells = {"price_list": code, "sku": sku, "minimum_quantity": minimum, "price": amount(minor)}
            table.writerow(cells)
    for each, read in zip(price_lists, read_price_lists(directory), strict=True):
        if isinstance(read, Rejected) or any(getattr(read, name) != getattr(each, name) for name in OF_LIST):
            raise CannotExport(f"{LISTS} cannot hold {each.code!r} as it is.")


async def write_links(path: Path, session: AsyncSession) -> None:
    columns = ("product", "kind", "linked")
    with written(path, columns) as table:
        async for link in stored_links(session):
            table.writerow(dict(zip(columns, link, strict=True)))


async def write_reviews(path: Path, session: AsyncSession) -> None:
    """In whose conversation one was left stays here."""
    own = ("code", "rating", "title", "text", "author", "language", "status", "source")
    with written(path, ("product", *own, "created_at")) as table:
        async for product, review in stored_reviews(session):
            cells = {"product": product, "created_at": _moment(review.created_at)}
            table.writerow(cells | {name: getattr(review, name) for name in own})


def write_sources(path: Path, sources: list[SourceRow]) -> None:
    """Raises CannotExport."""
    with written(path, SourceRow.__struct_fields__) as table:
        table.writerows(msgspec.structs.asdict(source) for source in sources)
    _refuse_difference(path, read_sources(path), sources)


def write_categories(path: Path, categories: list[ParsedCategory]) -> None:
    """Raises CannotExport."""
    with written(path, ("code", "parent", "position", *_in_languages("name"))) as table:
        for category in categories:
            cells = {"code": category.code, "parent": category.parent or "", "position": category.position}
            table.writerow(cells | _texts("name", category.name))
    _refuse_difference(path, read_categories(path)[0], categories)


def write_vocabulary(path: Path, meanings: Meanings) -> None:
    columns = ("kind", "code", "value", "stands_for", "type", "unit", "position")
    with written(path, (*columns, *_in_languages("name"), *_in_languages("synonyms"))) as table:
        for position, definition in enumerate(meanings, start=1):
            entry = {"kind": definition.kind, "code": definition.code}
            stands_for = definition.stands_for if definition.stands_for != definition.code else ""
            typed = {"type": definition.type, "unit": definition.unit}
            own = {"stands_for": stands_for, "position": position} | typed
            words = _words("synonyms", definition.synonyms or {})
            table.writerow(entry | own | _texts("name", definition.name) | words)
            for place, value in enumerate(definition.values, start=1):
                cells = entry | {"value": value.code, "position": place}
                table.writerow(cells | _texts("name", value.name) | _words("synonyms", value.synonyms))


class _Reading:
    """The import's side of what is being written."""

    def __init__(self, directory: Path) -> None:
        categories, _ = read_categories(directory / "categories.csv")
        self._categories = {category.code for category in categories}
        self._vocabulary, _ = read_vocabulary(directory / "vocabulary.csv")

    def compare(self, rows: list[Cells], product: ParsedProduct) -> None:
        """Raises CannotExport."""
        errors: list[RowError] = []
        parser = ProductParser(FILE, errors, self._categories, self._vocabulary, set())
        parsed = parser.product([Line(ROW, cells) for cells in rows], -1)
        if parsed is None:
            raise CannotExport(f"{product.handle}: {errors[0].column}: {errors[0].message}")
        for field in ParsedProduct.__struct_fields__:
            if getattr(parsed, field) != getattr(product, field):
                raise CannotExport(f"{product.handle}: the files cannot hold its {field} as they are.")


def _product_columns(
    options: int, pictures: int, sources: Sequence[str], levels: Sequence[str]
) -> tuple[str, ...]:
    """Beside the main picture, so many have columns for their descriptions."""
    return (
        *("handle", "category", "brand", "position"),
        *(column for field in ("name", "description", "keywords") for column in _in_languages(field)),
        *("attributes", "pictures", *_in_languages("picture_alt")),
        *(column for number in range(2, pictures + 1) for column in _in_languages(f"picture{number}_alt")),
        *(*VISIBILITY, "sku"),
        *(f"{cell}{number}" for number in range(1, options + 1) for cell in ("option", "value")),
        *(f"price_{currency}" for currency in CURRENCIES),
        *(
            "kind",
            "components",
            "files",
            "weight_grams",
            "variant_picture",
            *(f"variant_{column}" for column in VISIBILITY),
        ),
        *(f"stock_{source}" for source in sources),
        *levels,
    )


def _rows(product: ParsedProduct, meanings: Meanings) -> list[Cells]:
    options = {option["code"]: meanings.code_of(option_meaning(option)) for option in product.options}
    rows = [{"handle": product.handle} | _variant(variant, options) for variant in product.variants]
    rows[0] |= _of_product(product, meanings)
    return rows


def _of_product(product: ParsedProduct, meanings: Meanings) -> Cells:
    return {
        "category": product.category or "",
        "brand": product.brand,
        "position": str(product.position),
        **_texts("name", product.name),
        **_texts("description", product.description),
        **_words("keywords", product.keywords),
        "attributes": joined((_pair(attribute, meanings) for attribute in product.attributes), ";"),
        "pictures": joined((picture["file"] for picture in product.pictures), "|"),
        **_descriptions(product.pictures),
        **_visibility(product.visibility),
    }


def _descriptions(pictures: list[dict[str, Any]]) -> Cells:
    """What is described as the main picture is needs no cells of its own."""
    cells: Cells = {}
    for number, picture in enumerate(pictures, start=1):
        if number == 1 or picture["alt"] != pictures[0]["alt"]:
            cells |= _texts("picture_alt" if number == 1 else f"picture{number}_alt", picture["alt"])
    return cells


def _variant(variant: ParsedVariant, options: dict[str, str]) -> Cells:
    cells = {"sku": variant.sku, "weight_grams": str(variant.weight_grams)}
    for number, (stored, written) in enumerate(options.items(), start=1):
        cells |= {f"option{number}": written, f"value{number}": variant.options.get(stored, "")}
    cells |= {f"price_{currency}": amount(minor) for currency, minor in variant.prices.items()}
    cells |= {f"stock_{source}": str(on_hand) for source, on_hand in variant.stock.items()}
    cells |= {column: str(units) for column, units in variant.levels.items()}
    cells |= _visibility(variant.visibility, "variant_")
    cells |= {
        "kind": variant.kind,
        "components": joined(map(component_cell, variant.components), "|"),
        "files": joined(variant.files, "|"),
    }
    return cells | {"variant_picture": variant.picture or ""}


def _visibility(visibility: Visibility, of: str = "") -> Cells:
    return {
        f"{of}visible_from": _moment(visibility.visible_from),
        f"{of}visible_until": _moment(visibility.visible_until),
        f"{of}channels": joined(visibility.channels or (), "|"),
    }


def _moment(moment: datetime | None) -> str:
    return moment.isoformat().replace("+00:00", "Z") if moment else ""


def _pair(attribute: dict[str, Any], meanings: Meanings) -> str:
    return f"{meanings.code_of(attribute_meaning(attribute))}={said(attribute)}"


def amount(minor: int) -> str:
    return f"{minor // CENTS}.{minor % CENTS:02}"


def _in_languages(field: str) -> tuple[str, ...]:
    return tuple(f"{field}_{language}" for language in LANGUAGES)


def _texts(field: str, texts: Texts) -> Cells:
    return {f"{field}_{language}": text for language, text in texts.items()}


def _words(field: str, words: Words) -> Cells:
    return {f"{field}_{language}": joined(listed, "|") for language, listed in words.items()}


@contextmanager
def written(path: Path, columns: Iterable[str]) -> Iterator["csv.DictWriter[str]"]:
    """Lines end as RFC 4180 has it; with any other ending csv would leave a lone carriage return bare."""
    with path.open("x", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(columns), extrasaction="ignore", lineterminator="\r\n")
        table.writeheader()
        yield table
        file.flush()
        os.fsync(file.fileno())


def _refuse_difference(path: Path, read: Sequence[Any], wanted: Sequence[Any]) -> None:
    for found, row in zip_longest(read, wanted):
        if found != row:
            raise CannotExport(f"{path.name} cannot hold {row.code if row else found.code!r} as it is.")
