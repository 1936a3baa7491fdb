"""In what products differ: their options and attributes, beside each other."""

from collections.abc import Sequence

import msgspec

from backend.catalogue.views import AttributeView, OptionView, ProductView

MOST_COMPARED = 3


class Difference(msgspec.Struct, frozen=True):
    """An option or attribute and what each product says of it, in their order; empty where one says nothing."""

    name: str
    values: list[str]


def differences(products: Sequence[ProductView], most: int) -> list[Difference]:
    """What most of them say comes first; what all say alike is no difference."""
    facts = [_facts(product.options, product.attributes) for product in products]
    names = dict.fromkeys(name for said in facts for name in said)
    rows = [Difference(name, [said.get(name, "") for said in facts]) for name in names]
    rows = [row for row in rows if len(set(row.values)) > 1]
    return sorted(rows, key=lambda row: row.values.count(""))[:most]


def _facts(options: list[OptionView], attributes: list[AttributeView]) -> dict[str, str]:
    said: dict[str, list[str]] = {option.name: [value.name for value in option.values] for option in options}
    for attribute in attributes:
        said.setdefault(attribute.name, []).append(attribute.value)
    return {name: ", ".join(values) for name, values in said.items()}
