"""What weighs more in the order of the found, or less: `boosts.txt`.

name 5                    a field: what a word is worth there
brand=norvik 1.2          products of a brand, of a category ("category=sale 0.8"), or one ("product=brume-mug 2")
"""

from collections.abc import Iterable, Mapping
from typing import get_args

from backend.catalogue.analysis import fold
from backend.catalogue.index import BOOSTS, Field
from backend.catalogue.tables import Line

FIELD_BOUNDS = (0.1, 20.0)
PRODUCT_BOUNDS = (0.1, 10.0)
KINDS = ("brand", "category", "product")


class Boosts:
    """`fields` are the weights of the engine's fields."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        """Raises UnreadableTable."""
        self.fields: Mapping[Field, float] = dict(BOOSTS)
        self._said: dict[str, float] = {}
        named: set[str] = set()
        for line in lines:
            name, weight = _read(line)
            if name in named:
                line.refuse(f"“{name}” has a weight already.")
            named.add(name)
            if "=" in name:
                self._said[name] = weight
            else:
                self.fields = {field: weight if field == name else was for field, was in self.fields.items()}

    def of(self, product: str, brand: str, categories: Iterable[str]) -> dict[str, float]:
        """What the operator said of this product, by how it is written in the table."""
        traits = [f"product={fold(product)}", f"brand={fold(brand)}"]
        traits += [f"category={fold(category)}" for category in dict.fromkeys(categories)]
        return {trait: self._said[trait] for trait in traits if trait in self._said}


def _read(line: Line) -> tuple[str, float]:
    written, _, said = line.text.rpartition(" ")
    name, is_product, value = (part.strip() for part in written.partition("="))
    if name not in (KINDS if is_product else get_args(Field)):
        line.refuse(
            f"“{line.text}”: write a weight of {', '.join(get_args(Field))}, or of brand=…, category=…, product=…."
        )
    low, high = PRODUCT_BOUNDS if is_product else FIELD_BOUNDS
    try:
        weight = float(said.replace(",", "."))
    except ValueError:
        line.refuse(f"“{said}” is no weight: write a number, as in “{written or name} 1.2”.")
    if not low <= weight <= high:
        line.refuse(f"the weight {said} is not between {low:g} and {high:g}.")
    return (f"{name}={fold(value)}" if is_product else name), weight
