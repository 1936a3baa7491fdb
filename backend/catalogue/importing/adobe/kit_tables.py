"""Bundles, groups and downloads, from the tables of the sample data."""

from collections.abc import Callable, Iterator
from pathlib import Path

from backend.catalogue.importing.adobe import kits
from backend.catalogue.importing.adobe.cells import Shop, images_of, table_product
from backend.catalogue.importing.adobe.kits import Choice, Download, Kit, Offer
from backend.catalogue.importing.parsed import ParsedComponent, ParsedProduct, Rejected, RowError
from backend.catalogue.importing.tables import Line, Table, Unusable, minor_units

BUNDLED = {"components": "bundle_options"}
GROUPED = {"components": "associated_sku"}
DOWNLOADED = {"files": "link_item_file"}
"""What these tables call our own columns."""

Reading = Callable[[Line], Kit]
"""Raises Unusable."""


def bundles(folder: Path, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    return _read(folder, "*bundle*.csv", shop, "bundle_options", BUNDLED, lambda line: _bundle(line, shop))


def groups(folder: Path, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    return _read(folder, "*group*.csv", shop, "associated_sku", GROUPED, _group)


def downloads(folder: Path, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
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
        "links_purchased_separately",
        DOWNLOADED,
        lambda line: _download(line, links.get(line["sku"], []), shop),
    )


def _read(
    folder: Path, pattern: str, shop: Shop, needed: str, columns: dict[str, str], reading: Reading
) -> Iterator[ParsedProduct | Rejected]:
    images = images_of(folder)
    for path in sorted(folder.glob(pattern)):
        if path.name.startswith("images_"):
            continue
        table = Table(path)
        table.require(*((column,) for column in ("sku", "name", "category", needed)))
        for line in table:
            yield _product(path.name, line, images, shop, columns, reading)


def _product(
    file: str,
    line: Line,
    images: dict[str, list[str]],
    shop: Shop,
    columns: dict[str, str],
    reading: Reading,
) -> ParsedProduct | Rejected:
    if line.fault:
        return Rejected([RowError(file, line.row, "row", line.fault)])
    shop.meet(line)
    try:
        options, variants = reading(line)
    except Unusable as unusable:
        return Rejected([RowError(file, line.row, unusable.column, str(unusable))])
    return table_product(file, line, images, shop, options, variants, columns)


def _bundle(line: Line, shop: Shop) -> Kit:
    choices = [_choice(text) for text in line["bundle_options"].splitlines() if text.strip()]
    base = minor_units(line["price"], "price") if line["price"] else None
    return kits.bundle(line, choices, base, "bundle_options", shop)


def _choice(text: str) -> Choice:
    """ "Sprite Stasis Ball|radio:24-WG081-blue,24-WG082-blue"."""
    title, _, offered = text.partition("|")
    kind, _, skus = offered.partition(":")
    return Choice(title.strip(), kind.strip(), [Offer(sku.strip()) for sku in skus.split(",") if sku.strip()])


def _group(line: Line) -> Kit:
    members = [sku.strip() for sku in line["associated_sku"].split(",") if sku.strip()]
    return kits.group(line, [ParsedComponent(sku, 1) for sku in members])


def _download(line: Line, links: list[Line], shop: Shop) -> Kit:
    downloads = [
        Download(
            link["link_item_title"],
            link["link_item_file"].lstrip("/"),
            minor_units(link["link_item_price"] or "0", "price"),
        )
        for link in links
    ]
    title = line["links_title"] or "Downloads"
    separately_as = title if line["links_purchased_separately"] == "1" else ""
    return kits.downloads(line, downloads, separately_as, "sku", shop)
