"""What Adobe's bundles, groups and downloads become, whichever file has them."""

from collections import Counter
from collections.abc import Sequence
from itertools import product as combinations
from math import prod
from typing import Any

import msgspec

from backend.catalogue.importing.adobe.cells import Shop, option_of, visibility_of
from backend.catalogue.importing.parsed import ParsedComponent, ParsedVariant
from backend.catalogue.importing.tables import Line, Unusable, minor_units
from backend.catalogue.importing.texts import shortened, slug
from backend.catalogue.models import Variant

MOST_COMBINATIONS = 1_000
"""Of the choices of a bundle: each is a variant, which pages and chat carry."""
ONE_OF_THEM = ("radio", "select")

Kit = tuple[list[dict[str, Any]], list[ParsedVariant]]
"""Options and variants."""


class Offer(msgspec.Struct, frozen=True):
    """So many of a SKU; each adds `price`, in minor units, to a fixed price."""

    sku: str
    quantity: int = 1
    price: int = 0


class Choice(msgspec.Struct, frozen=True):
    """One of the offers is in the bundle; or none of them, unless it is required."""

    name: str
    kind: str
    offers: list[Offer]
    is_required: bool = True

    @property
    def code(self) -> str:
        return slug(self.name)

    @property
    def takings(self) -> list[Offer | None]:
        return [*self.offers] if self.is_required else [*self.offers, None]


class Download(msgspec.Struct, frozen=True):
    """`price` is added to the product's where files are sold separately."""

    title: str
    file: str
    price: int


def bundle(line: Line, choices: Sequence[Choice], base: int | None, column: str, shop: Shop) -> Kit:
    """Each combination of the choices is a variant; a choice of one is none. Without a `base` price it costs the sum
    of its parts. `column` says the choices. Raises Unusable."""
    _refuse_unreadable(choices, column)
    options = [
        option_of(
            choice.code, choice.name, {_code(taken): _named(taken, choice, shop) for taken in choice.takings}
        )
        for choice in choices
        if len(choice.takings) > 1
    ]
    variants = [
        _combination(line, choices, taken, base, shop)
        for taken in combinations(*(choice.takings for choice in choices))
        if any(taken)
    ]
    return options, variants


def _refuse_unreadable(choices: Sequence[Choice], column: str) -> None:
    for choice in choices:
        if choice.kind not in ONE_OF_THEM and len(choice.offers) > 1:
            message = f"{choice.name!r} is not read: a choice is one of {' or '.join(ONE_OF_THEM)}."
            raise Unusable(column, message)
    count = prod(len(choice.takings) for choice in choices) if choices else 0
    if not 1 <= count <= MOST_COMBINATIONS:
        message = f"The choices have {count:,} combinations: offer 1 to {MOST_COMBINATIONS:,} of them."
        raise Unusable(column, message)


def _code(taken: Offer | None) -> str:
    return slug(taken.sku) if taken else "none"


def _named(taken: Offer | None, choice: Choice, shop: Shop) -> str:
    """ "55 cm" of the choice "Sprite Stasis Ball" for "Sprite Stasis Ball 55 cm"."""
    if taken is None:
        return "None"
    name = shop.names.get(taken.sku, taken.sku)
    return name.removeprefix(choice.name).strip() or name


def _combination(
    line: Line,
    choices: Sequence[Choice],
    taken: tuple[Offer | None, ...],
    base: int | None,
    shop: Shop,
) -> ParsedVariant:
    """Adobe calls it by the SKUs of all that is in it, too, unless the bundle has only its own."""
    offers = [offer for offer in taken if offer]
    quantities = Counter[str]()
    for offer in offers:
        quantities[offer.sku] += offer.quantity
    options = {
        choice.code: _code(offer)
        for choice, offer in zip(choices, taken, strict=True)
        if len(choice.takings) > 1
    }
    is_fixed = line["bundle_sku_type"] == "fixed" and not options
    skus = [] if is_fixed else [offer.sku for offer in offers]
    return ParsedVariant(
        row=line.row,
        sku=shortened("-".join([line["sku"], *skus]), Variant.sku.type.length),
        options=options,
        prices={} if base is None else {shop.terms.currency: base + _surcharge(offers)},
        stock={},
        visibility=visibility_of(line),
        kind="bundle",
        components=[ParsedComponent(sku, quantity) for sku, quantity in quantities.items()],
    )


def _surcharge(offers: Sequence[Offer]) -> int:
    return sum(offer.price * offer.quantity for offer in offers)


def group(line: Line, members: list[ParsedComponent]) -> Kit:
    variant = ParsedVariant(
        row=line.row,
        sku=line["sku"],
        options={},
        prices={},
        stock={},
        visibility=visibility_of(line),
        kind="group",
        components=members,
    )
    return [], [variant]


def downloads(line: Line, links: Sequence[Download], separately_as: str, column: str, shop: Shop) -> Kit:
    """One variant with all files; or one for each file, in the option of that name. Raises Unusable."""
    if not links:
        raise Unusable(column, "No link says what is downloaded.")
    price = minor_units(line["price"], "price")
    whole = ParsedVariant(
        row=line.row,
        sku=line["sku"],
        options={},
        prices={shop.terms.currency: price},
        stock={},
        visibility=visibility_of(line),
        kind="digital",
        files=list(dict.fromkeys(link.file for link in links)),
    )
    if not separately_as:
        return [], [whole]
    code, titles = slug(separately_as), {slug(link.title): link.title for link in links}
    return [option_of(code, separately_as, titles)], [
        msgspec.structs.replace(
            whole,
            sku=f"{line['sku']}-{slug(link.title)}",
            options={code: slug(link.title)},
            prices={shop.terms.currency: price + link.price},
            files=[link.file],
        )
        for link in links
    ]
