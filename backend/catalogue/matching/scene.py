"""What the conversation is about, and what is found out about the words in it."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue import read
from backend.catalogue.views import OptionView, ProductView, Shopper, VariantView

Kind = Literal["variant", "product", "ambiguous", "none"]
Change = Literal["more", "fewer"]


class Match(msgspec.Struct, frozen=True):
    """`chosen` are option values, said or the only ones left; `open_options` have to be asked, with the
    values that exist beside what is chosen. `not_offered` are values that the customer named and it lacks.
    `quantity` is None when no number was said, and with a `change` not how many there shall be, but how many more
    or fewer; `is_only` says that it was "just one", `is_correction`
    that something takes another's place ("rather the small one"). `asked` are options that the customer
    named without a value ("which colours?"). `is_named`: words of its own,
    not only what the talk is about, name the product. `unknown` are words that the shop uses nowhere."""

    kind: Kind
    product: ProductView | None = None
    variant: VariantView | None = None
    chosen: dict[str, str] = {}
    open_options: list[OptionView] = []
    candidates: list[ProductView] = []
    quantity: int | None = None
    miscount: str | None = None
    """What was said instead of a number of pieces: "0", "-2", "1.5"."""
    change: Change | None = None
    not_offered: list[str] = []
    asked: list[str] = []
    is_only: bool = False
    is_correction: bool = False
    is_named: bool = False
    is_for_company: bool = False
    """What goes well with it is asked."""
    is_about_price: bool = False
    """What it costs is asked."""
    is_elsewhere: bool = False
    """What the shop has no word for is asked for ("do you have dumbbells?"), not what the talk is about."""
    unknown: list[str] = []


class Scene(msgspec.Struct, frozen=True):
    """What the conversation is about, with the views of everything in it that is still for sale."""

    shown: list[ProductView]
    focus: ProductView | None
    chosen: dict[str, str]
    lines: list[tuple[ProductView, VariantView]]

    @property
    def listed(self) -> list[ProductView]:
        """What "the second one" counts."""
        return self.shown or [product for product, _ in self.lines]


async def set_scene(
    session: AsyncSession,
    shopper: Shopper,
    shown: Sequence[str],
    focus: str | None,
    chosen: dict[str, str],
    lines: Sequence[str],
) -> Scene:
    line_handles = await read.handles_of(session, lines) if lines else {}
    handles = dict.fromkeys([*shown, *([focus] if focus else []), *line_handles.values()])
    views = (
        {view.id: view for view in await read.products(session, list(handles), shopper)} if handles else {}
    )
    in_cart = {variant.sku: (view, variant) for view in views.values() for variant in view.variants}
    return Scene(
        shown=[views[handle] for handle in shown if handle in views],
        focus=views.get(focus) if focus else None,
        chosen=chosen,
        lines=[in_cart[sku] for sku in lines if sku in in_cart],
    )


class Named(msgspec.Struct, frozen=True):
    """The products that the words may mean; one when it is clear. `is_line` when the cart made it clear."""

    products: list[ProductView] = []
    is_line: bool = False
