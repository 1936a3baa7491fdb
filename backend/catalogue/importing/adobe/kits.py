"""Bundles, groups and downloads, from the tables of the sample data."""

from collections.abc import Callable, Iterator
from itertools import product as combinations
from math import prod
from pathlib import Path
from typing import Any

import msgspec

from backend.catalogue.importing.adobe.cells import Shop, images_of, option_of, table_product
from backend.catalogue.importing.parsed import (
    ParsedComponent,
    ParsedProduct,
    ParsedVariant,
    Rejected,
    RowError,
)
from backend.catalogue.importing.tables import Line, Table, Unusable, minor_units
from backend.catalogue.importing.texts import shortened, slug
from backend.catalogue.models import Variant

MOST_COMBINATIONS = 1_000
"""Of the choices of a bundle: each is a variant, which pages and chat carry."""
ONE_OF_THEM = ("radio", "select")

Reading = Callable[[Line], tuple[list[dict[str, Any]], list[ParsedVariant]]]
"""From a row to options and variants. Raises Unusable."""


class Choice(msgspec.Struct, frozen=True):
    """ "Sprite Stasis Ball|radio:24-WG081-blue,24-WG082-blue": one of these is in the bundle."""

    name: str
    skus: list[str]

    @property
    def code(self) -> str:
        return slug(self.name)


def bundles(folder: Path, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    """Each combination of the choices is a variant; a choice of one is none."""
    return _read(folder, "*bundle*.csv", shop, ("bundle_options",), lambda line: _bundle(line, shop))


def groups(folder: Path, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    return _read(folder, "*group*.csv", shop, ("associated_sku",), _group)


def downloads(folder: Path, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    """One variant with all files, or one for each file where they are sold separately."""
    links: dict[str, list[Line]] = {}
    for path in sorted(folder.glob("downloadable_data_*.csv")):
        table = Table(path)
        table.require(("product_sku",), ("link_item_title",), ("link_item_file",))
        for line in table:
            if line.fault:
                yield Rejected([RowError(path.name, line.row, "row", line.fault)])
            links.setdefault(line["product_sku"], []).append(line)
    yield from _read(
        folder,
        "products_*.csv",
        shop,
        ("links_purchased_separately",),
        lambda line: _download(line, links.get(line["sku"], []), shop),
    )


def _read(
    folder: Path, pattern: str, shop: Shop, needed: tuple[str, ...], reading: Reading
) -> Iterator[ParsedProduct | Rejected]:
    images = images_of(folder)
    for path in sorted(folder.glob(pattern)):
        if path.name.startswith("images_"):
            continue
        table = Table(path)
        table.require(*((column,) for column in ("sku", "name", "category", *needed)))
        for line in table:
            yield _product(path.name, line, images, shop, reading)


def _product(
    file: str, line: Line, images: dict[str, list[str]], shop: Shop, reading: Reading
) -> ParsedProduct | Rejected:
    if line.fault:
        return Rejected([RowError(file, line.row, "row", line.fault)])
    shop.meet(line)
    try:
        options, variants = reading(line)
    except Unusable as unusable:
        return Rejected([RowError(file, line.row, unusable.column, str(unusable))])
    return table_product(file, line, images, shop, options, variants)


def _bundle(line: Line, shop: Shop) -> tuple[list[dict[str, Any]], list[ParsedVariant]]:
    choices = [_choice(text) for text in line["bundle_options"].splitlines() if text.strip()]
    count = prod(len(choice.skus) for choice in choices)
    if not 1 <= count <= MOST_COMBINATIONS:
        message = f"The choices have {count:,} combinations: offer at most {MOST_COMBINATIONS:,} of them."
        raise Unusable("bundle_options", message)
    open_choices = [choice for choice in choices if len(choice.skus) > 1]
    options = [
        option_of(choice.code, choice.name, {slug(sku): _named(sku, choice, shop) for sku in choice.skus})
        for choice in open_choices
    ]
    return options, [
        _combination(line, choices, skus, shop) for skus in combinations(*(choice.skus for choice in choices))
    ]


def _choice(text: str) -> Choice:
    """Raises Unusable."""
    title, _, offered = text.partition("|")
    kind, _, skus = offered.partition(":")
    if kind.strip() not in ONE_OF_THEM:
        message = f"{text.strip()!r} is not read: a choice is one of {' or '.join(ONE_OF_THEM)}."
        raise Unusable("bundle_options", message)
    return Choice(title.strip(), [sku.strip() for sku in skus.split(",") if sku.strip()])


def _named(sku: str, choice: Choice, shop: Shop) -> str:
    """ "55 cm" of the choice "Sprite Stasis Ball" for "Sprite Stasis Ball 55 cm"."""
    name = shop.names.get(sku, sku)
    return name.removeprefix(choice.name).strip() or name


def _combination(line: Line, choices: list[Choice], skus: tuple[str, ...], shop: Shop) -> ParsedVariant:
    """Adobe calls it by the SKUs of all that is in it, too."""
    price = {shop.terms.currency: minor_units(line["price"], "price")} if line["price"] else {}
    return ParsedVariant(
        row=line.row,
        sku=shortened("-".join([line["sku"], *skus]), Variant.sku.type.length),
        options={
            choice.code: slug(sku) for choice, sku in zip(choices, skus, strict=True) if len(choice.skus) > 1
        },
        prices=price,
        stock={},
        kind="bundle",
        components=[ParsedComponent(sku, skus.count(sku)) for sku in dict.fromkeys(skus)],
    )


def _group(line: Line) -> tuple[list[dict[str, Any]], list[ParsedVariant]]:
    members = [sku.strip() for sku in line["associated_sku"].split(",") if sku.strip()]
    variant = ParsedVariant(
        row=line.row,
        sku=line["sku"],
        options={},
        prices={},
        stock={},
        kind="group",
        components=[ParsedComponent(sku, 1) for sku in members],
    )
    return [], [variant]


def _download(line: Line, links: list[Line], shop: Shop) -> tuple[list[dict[str, Any]], list[ParsedVariant]]:
    if not links:
        raise Unusable("sku", "No link says what is downloaded.")
    price = minor_units(line["price"], "price")
    whole = ParsedVariant(
        row=line.row,
        sku=line["sku"],
        options={},
        prices={shop.terms.currency: price},
        stock={},
        kind="digital",
        files=list(dict.fromkeys(link["link_item_file"].lstrip("/") for link in links)),
    )
    if line["links_purchased_separately"] != "1":
        return [], [whole]
    name = line["links_title"] or "Downloads"
    titles = {slug(link["link_item_title"]): link["link_item_title"] for link in links}
    return [option_of(slug(name), name, titles)], [
        msgspec.structs.replace(
            whole,
            sku=f"{line['sku']}-{slug(link['link_item_title'])}",
            options={slug(name): slug(link["link_item_title"])},
            prices={shop.terms.currency: price + minor_units(link["link_item_price"] or "0", "price")},
            files=[link["link_item_file"].lstrip("/")],
        )
        for link in links
    ]
