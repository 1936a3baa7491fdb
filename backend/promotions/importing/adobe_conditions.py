"""Adobe's trees of conditions as ours."""

from collections.abc import Callable
from typing import Any

import msgspec

from backend.catalogue.importing.tables import Unusable, minor_units, whole_number
from backend.promotions.conditions import Condition
from backend.promotions.importing.adobe_goods import Goods

IS, IS_NOT = ("==", "()", "{}"), ("!=", "!()", "!{}")
AT_LEAST, MORE, BELOW, AT_MOST = ">=", ">", "<", "<="


class Reading(msgspec.Struct, frozen=True):
    goods: Goods
    currency: str


def conditions_of(node: Any, reading: Reading, *, of_line: bool) -> Condition:
    """Raises Unusable, naming no column."""
    kind = str(node.get("type", "")).rpartition("\\")[2]
    parts = node.get("conditions") or []
    if kind == "Found":
        return _negated_unless(node, {"has": {"of": _combined(node, parts, reading, of_line=True)}})
    if kind == "Subselect":
        return _subselect(node, parts, reading)
    if kind in ("Combine", "Collection"):
        return _combined(node, parts, reading, of_line=of_line or "Product" in str(node["type"]))
    if kind == "Address" and not of_line:
        return _of_address(node, reading)
    if kind == "Product":
        return _of_product(node, reading)
    raise Unusable("type", f"The condition {node.get('type')!r} is not taken over.")


def in_order_of_conditions(condition: Condition) -> Condition:
    """Without `all` of one or of nothing, so that people can read it."""
    if not condition:
        return condition
    ((name, value),) = condition.items()
    if name in ("all", "any") and len(value) == 1:
        return in_order_of_conditions(value[0])
    if name in ("all", "none") and not value:
        return {}
    if name in ("all", "any", "none"):
        return {name: [in_order_of_conditions(each) for each in value]}
    if name == "has":
        return {"has": value | {"of": in_order_of_conditions(value["of"])}}
    return condition


def _combined(node: Any, parts: list[Any], reading: Reading, *, of_line: bool) -> Condition:
    """Of `Found` the `value` is about the whole; of others it says whether the parts are to be met or not."""
    found = [conditions_of(part, reading, of_line=of_line) for part in parts]
    name = "any" if node.get("aggregator") == "any" else "all"
    is_found = str(node.get("type", "")).endswith("Found")
    if not found:
        return {}
    if is_found or str(node.get("value", "1")) == "1":
        return {name: found}
    return {"none": found} if name == "all" else {"none": [{"all": found}]}


def _negated_unless(node: Any, condition: Condition) -> Condition:
    return condition if str(node.get("value", "1")) == "1" else {"none": [condition]}


def _subselect(node: Any, parts: list[Any], reading: Reading) -> Condition:
    if node.get("attribute") != "qty" or node.get("operator") not in (AT_LEAST, MORE):
        raise Unusable("attribute", f"A condition on the {node.get('attribute')} of some is not taken over.")
    quantity = whole_number(str(node["value"]), "value") + (node["operator"] == MORE)
    tree = {**node, "value": "1"}
    return {"has": {"of": _combined(tree, parts, reading, of_line=True), "quantity": max(1, quantity)}}


def _of_address(node: Any, reading: Reading) -> Condition:
    attribute, operator, value = node.get("attribute"), node.get("operator"), node.get("value")
    is_bound = operator in (AT_LEAST, MORE)
    if attribute == "base_subtotal" and is_bound:
        amount = minor_units(str(value), "value") + (operator == MORE)
        return {"subtotal_at_least": {reading.currency: amount}}
    if attribute == "total_qty" and is_bound:
        return {"quantity_at_least": max(1, whole_number(str(value), "value") + (operator == MORE))}
    if attribute == "country_id" and operator in (*IS, *IS_NOT):
        return _unless(operator, {"country": _values(value)})
    raise Unusable("attribute", f"The condition {attribute} {operator} {value} is not taken over.")


def _of_product(node: Any, reading: Reading) -> Condition:
    attribute, operator, value = str(node.get("attribute")), node.get("operator"), node.get("value")
    if attribute == "price" or attribute == "quote_item_price":
        return _of_price(str(operator), value, reading)
    read: Callable[[list[str], Reading], Condition] | None = {
        "category_ids": _of_categories,
        "sku": lambda values, _: {"sku": values},
    }.get(attribute)
    if operator not in (*IS, *IS_NOT):
        raise Unusable("operator", f"The condition {attribute} {operator} {value} is not taken over.")
    if read is None:
        return _unless(operator, _of_attribute(attribute, _values(value), reading))
    return _unless(operator, read(_values(value), reading))


def _of_price(operator: str, value: Any, reading: Reading) -> Condition:
    amount = minor_units(str(value), "value")
    above = {AT_LEAST: amount, MORE: amount + 1}
    below = {BELOW: amount, AT_MOST: amount + 1}
    if operator in above:
        return {"price_at_least": {reading.currency: above[operator]}}
    if operator in below:
        return {"price_below": {reading.currency: below[operator]}}
    raise Unusable("operator", f"The condition price {operator} {value} is not taken over.")


def _of_categories(codes: list[str], reading: Reading) -> Condition:
    """As our catalogue has them, and what it has elsewhere."""
    ours = [code for code in codes if code in reading.goods.paths]
    others = sorted({product for code in codes for product in reading.goods.beside(code)})
    found: list[Condition] = [{"category": ours}] if ours else []
    found += [{"product": others}] if others else []
    if not found:
        raise Unusable("value", f"Nothing is in the categories {', '.join(codes)}.")
    return {"any": found}


def _of_attribute(code: str, values: list[str], reading: Reading) -> Condition:
    """Of a yes/no attribute the products: our catalogue keeps some of them only."""
    if not reading.goods.knows_attribute(code):
        raise Unusable("attribute", f"No product of the export has the attribute {code!r}.")
    if set(values) <= {"0", "1"}:
        with_it = sorted(set(reading.goods.with_attribute(code, "1")))
        having: Condition = {"product": with_it} if with_it else {"any": []}
        return having if values == ["1"] else {"none": [having]}
    return {"attribute": {code: values}}


def _unless(operator: str, condition: Condition) -> Condition:
    return {"none": [condition]} if operator in IS_NOT else condition


def _values(value: Any) -> list[str]:
    values = value if isinstance(value, list) else str(value).split(",")
    return [str(each).strip() for each in values if str(each).strip()]
