"""Adobe's cart and catalogue price rules: `SalesRule/*.csv` and `CatalogRule/*.csv` of an export.

They count what Adobe counts: percentages and amounts of what earlier rules left, "buy X get Y" of each line by
itself. Conditions on what our catalogue does not keep (a "sale" flag, a category that nobody browses) are resolved to
the products that meet them in the same export.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

from backend.catalogue.importing.adobe.specials import DATES
from backend.catalogue.importing.parsed import RowError
from backend.catalogue.importing.tables import Line, Table, Unusable, minor_units, whole_number
from backend.catalogue.importing.texts import slug
from backend.promotions.importing.adobe_conditions import Reading, conditions_of, in_order_of_conditions
from backend.promotions.importing.adobe_goods import goods_of
from backend.promotions.importing.parsed import LONGEST_CODE, ParsedPromotion, parsed

Said = dict[str, Any]
ACTIONS = {
    "by_percent": "percent",
    "by_fixed": "amount_each",
    "cart_fixed": "amount_off",
    "buy_x_get_y": "buy_x_get_y",
}
OF_CATALOGUE = ("by_percent", "by_fixed")
SPECIFIC, GENERATED = "2", "3"
"""Kinds of coupons."""
MATCHING, WHOLE = "1", "2"
"""What is delivered free."""
BETWEEN = 1_000
"""Ours are in the order of the table where Adobe's have one priority."""
PLACEHOLDER = re.compile(r"%((?:\w+=[^%,]*)(?:,\w+=[^%,]*)*)%")


def read_adobe_rules(directory: Path, currency: str) -> tuple[list[ParsedPromotion], list[RowError]]:
    """And what cannot be taken over, by row; a rule is taken over as a whole or not at all."""
    found: list[ParsedPromotion] = []
    errors: list[RowError] = []
    reading = Reading(goods_of(directory), currency)
    for folder, read in (("SalesRule", _of_cart), ("CatalogRule", _of_catalogue)):
        for path in sorted((directory / folder).glob("*.csv")):
            table = Table(path)
            table.require(("name",), ("simple_action",), ("discount_amount",), ("conditions_serialized",))
            for place, line in enumerate(table):
                try:
                    if line.fault:
                        raise Unusable("row", line.fault)
                    found += [parsed(path.name, line.row, said) for said in read(line, place, reading)]
                except Unusable as unusable:
                    errors.append(RowError(path.name, line.row, unusable.column, str(unusable)))
    return found, errors


def _of_catalogue(line: Line, place: int, reading: Reading) -> Iterator[Said]:
    if line["simple_action"] not in OF_CATALOGUE:
        raise Unusable("simple_action", f"{line['simple_action']!r} is no action that can be taken over.")
    meant = _tree(line, "conditions_serialized", partial(conditions_of, reading=reading, of_line=True))
    yield _common(line, place) | _terms(line, reading) | {"level": "catalogue", "applies_to": meant}


def _of_cart(line: Line, place: int, reading: Reading) -> Iterator[Said]:
    """Up to three of ours: what the lines cost, what delivery costs less, and whether it is free."""
    conditions = _tree(line, "conditions_serialized", partial(conditions_of, reading=reading, of_line=False))
    meant = _tree(line, "actions_serialized", partial(conditions_of, reading=reading, of_line=True))
    common = _common(line, place) | _coupons(line) | {"when": conditions, "applies_to": meant}
    free = line["simple_free_shipping"]
    if _amount(line):
        yield common | _terms(line, reading)
        if line["apply_to_shipping"] == "1" and line["simple_action"] == "by_percent":
            yield _beside(common, "of-delivery") | {
                "level": "shipping",
                "action": "percent",
                "percent": line["discount_amount"],
            }
    elif free not in (MATCHING, WHOLE):
        raise Unusable("discount_amount", "It takes nothing off, and delivers nothing free.")
    if free in (MATCHING, WHOLE):
        yield (_beside(common, "free-delivery") if _amount(line) else common) | {
            "level": "shipping",
            "action": "free_delivery",
            "only_matching": free == MATCHING,
        }


def _common(line: Line, place: int) -> Said:
    name = line["name"]
    if not name:
        raise Unusable("name", "The rule has no name.")
    order = whole_number(line["sort_order"] or "0", "sort_order")
    return {
        "code": f"adobe-{slug(name)}"[:LONGEST_CODE].rstrip("-"),
        "name": {"en": name},
        "description": {"en": line["description"]},
        "priority": order * BETWEEN + place,
        "stops_further": line["stop_rules_processing"] == "1",
        "active": line["is_active"] != "0",
        "starts_at": _day(line, "from_date"),
        "ends_at": last + timedelta(days=1) if (last := _day(line, "to_date")) else None,
    }


def _day(line: Line, column: str) -> datetime | None:
    """The last one is a whole day. Raises Unusable."""
    text = line[column]
    for form in DATES:
        try:
            return datetime.strptime(text, form).replace(hour=0, minute=0, second=0, tzinfo=UTC)
        except ValueError:
            continue
    if text:
        raise Unusable(column, f"{text!r} is not a day: write 2026-12-01.")
    return None


def _beside(common: Said, what: str) -> Said:
    """Another promotion of the same rule; a code can ask for one only."""
    if "coupons" in common:
        raise Unusable("simple_free_shipping", "A coupon that changes prices and delivery is not taken over.")
    return common | {"code": f"{common['code'][: LONGEST_CODE - len(what) - 1]}-{what}"}


def _terms(line: Line, reading: Reading) -> Said:
    action = line["simple_action"]
    if action not in ACTIONS:
        raise Unusable("simple_action", f"{action!r} is no action that can be taken over.")
    said: Said = {"action": ACTIONS[action]}
    most = whole_number(line["discount_qty"] or "0", "discount_qty")
    step = whole_number(line["discount_step"] or "0", "discount_step")
    if action == "buy_x_get_y":
        get = int(_amount(line))
        if not step or get > step or get != _amount(line):
            raise Unusable("discount_step", "Adobe takes nothing off where more is given than bought.")
        said |= {"buy": step, "get": get, "each_line": True}
    elif action == "by_percent":
        said |= {"percent": str(min(_amount(line), Decimal(100)))}
    else:
        said |= {"amounts": {reading.currency: minor_units(line["discount_amount"], "discount_amount")}}
    if most and action != "cart_fixed":
        said |= {"most_units": most}
    if step and action in ("by_percent", "by_fixed"):
        said |= {"step": step}
    return said


def _coupons(line: Line) -> Said:
    if line["coupon_type"] == GENERATED:
        return {"coupons": []}
    if line["coupon_type"] != SPECIFIC:
        return {}
    if not line["coupon_code"]:
        raise Unusable("coupon_code", "The rule wants a coupon, and names none.")
    coupon: Said = {"code": line["coupon_code"]}
    for column, limit in (("uses_per_coupon", "limit"), ("uses_per_customer", "limit_per_customer")):
        if count := whole_number(line[column] or "0", column):
            coupon[limit] = count
    return {"coupons": [coupon]}


def _amount(line: Line) -> Decimal:
    try:
        return Decimal(line["discount_amount"] or "0")
    except InvalidOperation:
        raise Unusable("discount_amount", f"{line['discount_amount']!r} is no number.") from None


def _tree(line: Line, column: str, read: Any) -> Any:
    """A document in which categories stand as `%url_key=a,url_key=b%`, which is no JSON."""
    text = line[column]
    if not text:
        return {}
    try:
        tree = json.loads(PLACEHOLDER.sub(_named, text))
    except ValueError:
        raise Unusable(column, "This cannot be read: it is no JSON document.") from None
    try:
        return in_order_of_conditions(read(tree))
    except Unusable as unusable:
        raise Unusable(column, str(unusable)) from None


def _named(placeholder: re.Match[str]) -> str:
    return json.dumps([pair.partition("=")[2] for pair in placeholder[1].split(",")])
