"""Conditions as documents of one key each, `{}` for none: trees of `all`, `any` and `none` over what a cart or one
of its lines is like.

Of a cart: `subtotal_at_least` {currency: minor units}, `quantity_at_least`, `country` [codes], `has` {`of`: a
condition of lines, `quantity`}. Of a line: `category`, `product`, `sku`, `brand` (lists), `attribute` {code:
[values]}, `price_at_least` and `price_below` {currency: minor units}, `is_reduced` (it costs less than usually).
"""

from collections.abc import Callable, Iterator
from typing import Any

from backend.config import CURRENCIES
from backend.promotions.basket import Basket, Line

Condition = dict[str, Any]
DEEPEST = 8


def cart_meets(condition: Condition, basket: Basket) -> bool:
    return _meets(condition, lambda name, value: _CART[name](basket, value))


def line_meets(condition: Condition, line: Line, currency: str) -> bool:
    return _meets(condition, lambda name, value: _LINE[name](line, value, currency))


def shortfall(condition: Condition, basket: Basket) -> int:
    """How much more must be bought, in minor units, where that is all that is missing; 0 otherwise."""
    wanted = max((found.get(basket.currency, 0) for found in _subtotals(condition)), default=0)
    missing = max(0, wanted - basket.subtotal)
    met = _meets(
        condition,
        lambda name, value: name == "subtotal_at_least" or _CART[name](basket, value),
    )
    return missing if met else 0


def problem(condition: Any, *, of_line: bool, depth: int = 0) -> str | None:
    """What is wrong with it, in words."""
    if not isinstance(condition, dict):
        return f"{condition!r} is no condition: write a name and a value, such as sku: [A-1]"
    if not condition:
        return None
    if len(condition) > 1:
        return f"{', '.join(map(str, condition))} stand side by side: put them below `all` or `any`"
    if depth > DEEPEST:
        return f"conditions stand more than {DEEPEST} deep in one another"
    ((name, value),) = condition.items()
    if name in ("all", "any", "none"):
        if not isinstance(value, list):
            return f"`{name}` needs a list of conditions"
        found = (problem(each, of_line=of_line, depth=depth + 1) for each in value)
        return next((each for each in found if each), None)
    known = _LINE if of_line else _CART
    if name not in known:
        return f"{name!r} is unknown: choose among all, any, none, {', '.join(known)}"
    if name == "has":
        return _problem_of_has(value, depth)
    return None if _IS_SOUND[name](value) else f"{value!r} is no value of `{name}`"


def _meets(condition: Condition, leaf: Callable[[str, Any], bool]) -> bool:
    if not condition:
        return True
    ((name, value),) = condition.items()
    if name == "all":
        return all(_meets(each, leaf) for each in value)
    if name == "any":
        return any(_meets(each, leaf) for each in value)
    if name == "none":
        return not any(_meets(each, leaf) for each in value)
    return leaf(name, value)


def _subtotals(condition: Condition) -> Iterator[dict[str, int]]:
    for name, value in condition.items():
        if name == "subtotal_at_least":
            yield value
        elif name == "all":
            for each in value:
                yield from _subtotals(each)


def _has(basket: Basket, value: Any) -> bool:
    units = sum(line.quantity for line in basket.lines if line_meets(value["of"], line, basket.currency))
    return units >= int(value.get("quantity", 1))


def _reaches(amount: int, bounds: dict[str, int], currency: str) -> bool:
    return currency in bounds and amount >= bounds[currency]


def _has_attribute(line: Line, wanted: dict[str, list[str]]) -> bool:
    return all(
        line.attributes.get(code, frozenset()) & {value.casefold() for value in values}
        for code, values in wanted.items()
    )


_CART: dict[str, Callable[[Basket, Any], bool]] = {
    "subtotal_at_least": lambda basket, value: _reaches(basket.subtotal, value, basket.currency),
    "quantity_at_least": lambda basket, value: sum(line.quantity for line in basket.lines) >= value,
    "country": lambda basket, value: basket.country in value,
    "has": _has,
}
_LINE: dict[str, Callable[[Line, Any, str], bool]] = {
    "category": lambda line, value, _: not line.categories.isdisjoint(value),
    "product": lambda line, value, _: line.product in value,
    "sku": lambda line, value, _: line.sku in value,
    "brand": lambda line, value, _: line.brand.casefold() in {brand.casefold() for brand in value},
    "attribute": lambda line, value, _: _has_attribute(line, value),
    "price_at_least": lambda line, value, currency: _reaches(line.price, value, currency),
    "price_below": lambda line, value, currency: currency in value and line.price < value[currency],
    "is_reduced": lambda line, value, _: line.is_reduced is value,
}


def _problem_of_has(value: Any, depth: int) -> str | None:
    if not isinstance(value, dict) or "of" not in value or value.keys() - {"of", "quantity"}:
        return "`has` needs `of`, a condition of lines, and may have a `quantity`"
    if not _is_count(value.get("quantity", 1)):
        return f"{value['quantity']!r} is no quantity"
    return problem(value["of"], of_line=True, depth=depth + 1)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 1


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _is_amounts(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(currency in CURRENCIES and type(amount) is int for currency, amount in value.items())
        and all(amount >= 0 for amount in value.values())
    )


def _is_values(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_list, value.values()))


_IS_SOUND: dict[str, Callable[[Any], bool]] = {
    "subtotal_at_least": _is_amounts,
    "quantity_at_least": _is_count,
    "country": _is_list,
    "category": _is_list,
    "product": _is_list,
    "sku": _is_list,
    "brand": _is_list,
    "attribute": _is_values,
    "price_at_least": _is_amounts,
    "price_below": _is_amounts,
    "is_reduced": lambda value: isinstance(value, bool),
}
