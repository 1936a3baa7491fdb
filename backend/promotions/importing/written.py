"""Promotions as operators write them: a YAML file with all that there is, or a CSV file with a row for each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from backend.catalogue.importing.parsed import RowError
from backend.catalogue.importing.tables import Line, Table, Unreadable, Unusable, minor_units, whole_number
from backend.config import CURRENCIES, LANGUAGES
from backend.promotions.importing.parsed import ParsedPromotion, parsed

PLAIN = ("code", "level", "action", "starts_at", "ends_at")
NUMBERS = ("priority", "buy", "get", "quantity", "step", "most_units", "most_times")
FLAGS = ("stops_further", "combinable", "public", "each_line", "only_matching", "active")
LISTS = ("methods", "groups")
OF_LINES = ("category", "product", "sku", "brand")
YES, NO = ("yes", "true", "1"), ("no", "false", "0")

Row = tuple[int, Any]


class _Loader(yaml.CSafeLoader):
    """Leaves times as they are written, so that a wrong one is told with its row."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def read_promotions(path: Path) -> tuple[list[ParsedPromotion], list[RowError]]:
    """And what is wrong, by row. Raises Unreadable, and OSError when there is no such file."""
    found: list[ParsedPromotion] = []
    errors: list[RowError] = []
    seen: set[str] = set()
    for row, said in _csv(path, errors) if path.suffix.lower() == ".csv" else _yaml(path):
        try:
            promotion = parsed(path.name, row, said)
            if promotion.code in seen:
                raise Unusable("code", f"{promotion.code!r} is there twice.")
            seen.add(promotion.code)
            found.append(promotion)
        except Unusable as unusable:
            errors.append(RowError(path.name, row, unusable.column, str(unusable)))
    return found, errors


def _yaml(path: Path) -> Iterator[Row]:
    """Each entry of the list, with the line on which it begins."""
    try:
        loader = _Loader(path.read_text("utf-8-sig"))
        node = loader.get_single_node()
        if node is None or not isinstance(node, yaml.SequenceNode):
            raise Unreadable(f"{path.name} is no list: begin each promotion with `- code: …`.")
        for each in node.value:
            yield each.start_mark.line + 1, loader.construct_document(each)
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path.name}: byte {error.start} is not UTF-8: save the file as UTF-8.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"{path.name}: {' '.join(str(error).split())}") from None


def _csv(path: Path, errors: list[RowError]) -> Iterator[Row]:
    table = Table(path)
    table.require(("code",), ("action",))
    table.refuse_doubled(table.columns)
    if unknown := set(filter(None, table.columns)) - _columns():
        raise Unreadable(f"{path.name}: the columns {', '.join(sorted(unknown))} are unknown.")
    for line in table:
        try:
            if line.fault:
                raise Unusable("row", line.fault)
            yield line.row, _document(line)
        except Unusable as unusable:
            errors.append(RowError(path.name, line.row, unusable.column, str(unusable)))


def _columns() -> set[str]:
    by_currency = {
        f"{name}_{currency}" for name in ("amount", "price", "subtotal") for currency in CURRENCIES
    }
    by_language = {f"{name}_{language}" for name in ("name", "description") for language in LANGUAGES}
    of_coupon = {"coupon", "limit", "limit_per_customer", "coupon_public"}
    others = {"percent", "gift"}
    return {*PLAIN, *NUMBERS, *FLAGS, *LISTS, *OF_LINES, *by_currency, *by_language, *of_coupon, *others}


def _document(line: Line) -> dict[str, Any]:
    """As YAML would have it. Raises Unusable."""
    said: dict[str, Any] = {column: line[column] for column in PLAIN if line[column]}
    said |= {column: _whole(line, column) for column in NUMBERS if line[column]}
    said |= {column: _flag(line, column) for column in FLAGS if line[column]}
    said |= {column: _split(line[column]) for column in LISTS if line[column]}
    for name in ("name", "description"):
        said[name] = {
            language: line[f"{name}_{language}"] for language in LANGUAGES if line[f"{name}_{language}"]
        }
    if line["percent"]:
        said["percent"] = line["percent"]
    if line["gift"]:
        said["sku"] = line["gift"]
    for column, name in (("amount", "amounts"), ("price", "prices")):
        if amounts := _amounts(line, column):
            said[name] = amounts
    if subtotal := _amounts(line, "subtotal"):
        said["when"] = {"subtotal_at_least": subtotal}
    meant = [{column: _split(line[column])} for column in OF_LINES if line[column]]
    if meant:
        said["applies_to"] = meant[0] if len(meant) == 1 else {"all": meant}
    if line["coupon"]:
        said["coupons"] = [_coupon(line)]
    return said


def _coupon(line: Line) -> dict[str, Any]:
    coupon: dict[str, Any] = {"code": line["coupon"]}
    coupon |= {column: _whole(line, column) for column in ("limit", "limit_per_customer") if line[column]}
    if line["coupon_public"]:
        coupon["public"] = _flag(line, "coupon_public")
    return coupon


def _amounts(line: Line, column: str) -> dict[str, int]:
    return {
        currency: minor_units(line[f"{column}_{currency}"], f"{column}_{currency}")
        for currency in CURRENCIES
        if line[f"{column}_{currency}"]
    }


def _whole(line: Line, column: str) -> int:
    return whole_number(line[column], column)


def _flag(line: Line, column: str) -> bool:
    value = line[column].lower()
    if value not in (*YES, *NO):
        raise Unusable(column, f"{line[column]!r} is neither yes nor no.")
    return value in YES


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split("|") if part.strip()]
