"""A product as its page shows it: with one variant chosen, and a link to each that is one choice away."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.variants import variant_ids
from backend.catalogue.views import OptionView, Shopper
from backend.inventory.service import SourceStock, available_by_source
from backend.storefront.service import Offer, OfferedVariant, offered

LOW = 3
"""From here on the units left are named, as in the chat."""


@dataclass(frozen=True)
class Choice:
    """A value of an option and the variant that choosing it leads to."""

    name: str
    variant: OfferedVariant
    is_chosen: bool


@dataclass(frozen=True)
class Chooser:
    code: str
    name: str
    choices: list[Choice]

    @property
    def has_pictures(self) -> bool:
        """Each value looks different."""
        pictures = {choice.variant.image for choice in self.choices}
        return None not in pictures and len(pictures) == len(self.choices) > 1


@dataclass(frozen=True)
class Shown:
    product: Offer
    variant: OfferedVariant
    sources: list[SourceStock]
    choosers: list[Chooser]

    @property
    def image(self) -> str | None:
        return self.variant.image or self.product.image

    @property
    def full_name(self) -> str:
        return f"{self.product.name}, {self.variant.name}" if self.variant.name else self.product.name


async def members(session: AsyncSession, variant: OfferedVariant, shopper: Shopper) -> list[Offer]:
    """The products of a group, each to be bought by itself."""
    handles = dict.fromkeys(part.product for part in variant.parts if variant.kind == "group")
    return await offered(session, await read.products(session, list(handles), shopper))


def stock_level(units: int) -> str:
    """Of what need not be waited for."""
    if units <= 0:
        return "sold_out"
    return "low_stock" if units <= LOW else "in_stock"


async def show(session: AsyncSession, product: Offer, sku: str) -> Shown:
    """With the variant of this SKU chosen, else with the first that can be had."""
    variant = _chosen(product, sku)
    ids = await variant_ids(session, [variant.sku])
    return Shown(
        product,
        variant,
        await available_by_source(session, list(ids.values())),
        choosers(product, variant),
    )


def choosers(product: Offer, chosen: OfferedVariant) -> list[Chooser]:
    return [_chooser(option, product, chosen) for option in product.options]


def _chosen(product: Offer, sku: str) -> OfferedVariant:
    wished = (variant for variant in product.variants if variant.sku == sku)
    at_once = (variant for variant in product.variants if variant.leaves_at_once)
    later = (variant for variant in product.variants if variant.can_be_had)
    return next(wished, None) or next(at_once, None) or next(later, product.variants[0])


def _chooser(option: OptionView, product: Offer, chosen: OfferedVariant) -> Chooser:
    choices = []
    for value in option.values:
        variant = _nearest(product.variants, chosen, option.code, value.code)
        choices.append(Choice(value.name, variant, variant is chosen))
    return Chooser(option.code, option.name, choices)


def _nearest(
    variants: list[OfferedVariant], chosen: OfferedVariant, option: str, value: str
) -> OfferedVariant:
    """With this value, and as much else as possible as it is chosen now."""

    def shared(variant: OfferedVariant) -> int:
        return len(variant.options.items() & chosen.options.items())

    return max((variant for variant in variants if variant.options.get(option) == value), key=shared)
