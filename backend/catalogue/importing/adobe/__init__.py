"""Adobe Commerce: its product export, and the simpler tables of its sample data.

A configurable row names its variants in `configurable_variations`; their rows stand before or after it, as those of
the parts of bundles and groups do. The export has one language (taken as English) and one currency.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from backend.catalogue.importing.adobe.cells import ADOBE_LEVELS, Shop, Terms
from backend.catalogue.importing.adobe.kit_tables import bundles, downloads, groups
from backend.catalogue.importing.adobe.links import read_links, read_reviews
from backend.catalogue.importing.adobe.products import composed, exported, simples
from backend.catalogue.importing.adobe.specials import special_prices
from backend.catalogue.importing.checking import checked
from backend.catalogue.importing.parsed import CatalogueReader, ParsedCategory, ParsedProduct, Rejected
from backend.catalogue.importing.tables import Table, sound_lines

FOLDERS = ("Catalog", "Configurable", "Bundle", "GroupedProduct", "Downloadable")
NEEDED = ("sku", "product_type", "name", "price")
NOT_FOR_BROWSING = ("Collections", "Promotions")
COLUMNS = {
    "handle": "url_key",
    "name_en": "name",
    "description_en": "description",
    "attributes": "additional_attributes",
    "pictures": "additional_images",
    "variant_picture": "base_image",
    "value1": "configurable_variations",
}
"""What Adobe calls what ours does."""


def read_adobe(directory: Path, *, currency: str = "USD", source: str = "main") -> CatalogueReader:
    """Raises Unreadable, and OSError when `Configurable/products.csv` is missing."""
    export = Table(directory / "Configurable" / "products.csv")
    export.require(*((column,) for column in NEEDED))
    export.refuse_doubled(export.columns)
    export.refuse_empty()
    codes: dict[str, str] = {}
    paths = [path for folder in FOLDERS for path in (directory / folder).glob("categories.csv")]
    categories = [category for path in paths for category in _categories(path, codes)]
    shop = Shop(codes, _labels(directory), Terms(currency, source))
    columns = COLUMNS | {f"price_{currency}": "price", f"stock_{source}": "qty"}
    columns |= {f"{level}_{source}": column for level, column, _ in ADOBE_LEVELS}
    products = checked(_products(directory, export, shop), columns)
    links = read_links(export, [directory / folder for folder in FOLDERS], shop.handles)
    reviews = read_reviews(directory / "Review" / "products_reviews.csv", shop.handles)
    specials = special_prices(export, shop.handles, currency)
    return CatalogueReader(categories, [], products, columns, links, reviews, specials)


def _categories(path: Path, codes: dict[str, str]) -> Iterator[ParsedCategory]:
    for line in sound_lines(path):
        above, name = line["path"], line["name"]
        whole = f"{above}/{name}" if above else name
        if whole.startswith(NOT_FOR_BROWSING) or whole in codes or not line["url_key"]:
            continue
        codes[whole] = line["url_key"]
        position = int(line["position"]) if line["position"].isdecimal() else 0
        yield ParsedCategory(line["url_key"], codes.get(above), position, {"en": name})


def _labels(directory: Path) -> dict[str, str]:
    """Attribute code to the label that customers see, which is the last of its lines."""
    return {
        line["attribute_code"]: line["frontend_label"].splitlines()[-1]
        for folder in FOLDERS
        for path in (directory / folder).glob("attributes.csv")
        for line in sound_lines(path)
        if line["frontend_label"]
    }


def _products(directory: Path, export: Table, shop: Shop) -> Iterator[ParsedProduct | Rejected]:
    """What consists of others comes after them."""
    for product in chain(
        exported(export, shop),
        simples(directory / "Catalog" / "SimpleProduct", shop),
        downloads(directory / "Downloadable", shop),
        composed(export, shop),
        bundles(directory / "Bundle", shop),
        groups(directory / "GroupedProduct", shop),
    ):
        yield product
        shop.position += 1
