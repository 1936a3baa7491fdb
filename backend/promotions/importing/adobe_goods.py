"""What an export of Adobe says of its products and our catalogue does not keep: every category, every attribute."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from backend.catalogue.importing.adobe.cells import ROOT, handle_of, pairs
from backend.catalogue.importing.tables import Line, Table, sound_lines

FOLDERS = ("Catalog/SimpleProduct", "Downloadable", "Bundle", "GroupedProduct")
NOT_PRODUCTS = ("images_", "downloadable_data_")


class Good(msgspec.Struct, frozen=True):
    """`main` is the path of the category in which our catalogue has it; `categories` are codes, those above too."""

    product: str
    main: str
    categories: frozenset[str]
    attributes: dict[str, str]


class Goods(msgspec.Struct, frozen=True):
    """`paths` by the code of a category, of those that are browsed."""

    all: list[Good]
    paths: dict[str, str]

    def with_attribute(self, code: str, value: str) -> list[str]:
        return [good.product for good in self.all if good.attributes.get(code, "") == value]

    def knows_attribute(self, code: str) -> bool:
        return any(code in good.attributes for good in self.all)

    def beside(self, code: str) -> list[str]:
        """Products of this category that our catalogue has in another."""
        path = self.paths.get(code)
        return [
            good.product
            for good in self.all
            if code in good.categories and not (path and f"{good.main}/".startswith(f"{path}/"))
        ]


def goods_of(directory: Path) -> Goods:
    codes = dict(_categories(directory))
    browsed = {
        path: code for path, code in codes.items() if not path.startswith(("Collections", "Promotions"))
    }
    goods = [_good(*each, codes, browsed) for each in _rows(directory)]
    return Goods(goods, {code: path for path, code in browsed.items()})


def _categories(directory: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(directory.glob("*/categories.csv")):
        for line in sound_lines(path):
            name = f"{line['path']}/{line['name']}" if line["path"] else line["name"]
            if line["url_key"]:
                yield name, line["url_key"]


def _rows(directory: Path) -> Iterator[tuple[Line, list[str], dict[str, str]]]:
    """Of each product its row, the paths of its categories and its attributes."""
    for line in Table(directory / "Configurable" / "products.csv"):
        if not line.fault and not line["store_view_code"]:
            paths = line["categories"].replace(f"{ROOT}/", "").split(",")
            yield line, paths, dict(pairs(line["additional_attributes"]))
    for folder in FOLDERS:
        for path in sorted((directory / folder).glob("*.csv")):
            if path.name.startswith(NOT_PRODUCTS):
                continue
            table = Table(path)
            if not {"sku", "name", "category"} <= set(table.columns):
                continue
            for line in table:
                names = line["category"].splitlines()
                paths = [*names, *("/".join(names[at : at + 2]) for at in range(len(names)))]
                yield line, paths, line.cells


def _good(
    line: Line, paths: list[str], attributes: dict[str, str], codes: dict[str, str], browsed: dict[str, str]
) -> Good:
    known = [path for path in paths if path in browsed]
    above = {path.rpartition("/")[0] for path in paths} | {path.split("/")[0] for path in paths}
    return Good(
        product=handle_of(line),
        main=max(known, key=lambda path: path.count("/"), default=""),
        categories=frozenset(codes[path] for path in (*paths, *above) if path in codes),
        attributes={
            name: "1" if value in ("Yes", "1") else "0" if value in ("No", "", "0") else value
            for name, value in attributes.items()
        },
    )
