"""A category as its page shows it: products, and a form that narrows them down, of plain HTML."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import get_args
from urllib.parse import quote, urlencode

from aiohttp import web
from babel.numbers import get_currency_precision

from backend.catalogue.browsing import MOST_AMOUNT, Filters, Sort
from backend.catalogue.facets import CATEGORY, chosen
from backend.catalogue.views import CategoryView, Facet, ProductPage
from backend.money import Money
from backend.pages.visitor import Visitor

SORTS: tuple[Sort, ...] = get_args(Sort)
Pair = tuple[str, str]


@dataclass(frozen=True)
class Dropped:
    """What was chosen, and the address without it."""

    name: str
    address: str


@dataclass(frozen=True)
class Below:
    """A category right below this one, and how many are in it that are as chosen."""

    name: str
    count: int
    address: str


@dataclass(frozen=True)
class Asked:
    """`pairs` is what the address says of it, without the place in it."""

    visitor: Visitor
    path: str
    filters: Filters
    sort: Sort
    pairs: list[Pair]

    @property
    def is_filtered(self) -> bool:
        return any(name != "sort" for name, _ in self.pairs)

    def address(self, pairs: Iterable[Pair], path: str = "") -> str:
        query = urlencode([*pairs, *self.visitor.chosen.items()])
        return quote(path or self.path) + (f"?{query}" if query else "")

    def after(self, cursor: str) -> str:
        return self.address([*self.pairs, ("after", cursor)])

    def said(self, name: str) -> str:
        return dict(self.pairs).get(name, "")

    def below(self, category: CategoryView, page: ProductPage) -> list[Below]:
        counts = {
            value.code: value.count
            for facet in page.facets
            if facet.code == CATEGORY
            for value in facet.values
        }
        return [
            Below(child.name, counts[child.code], self.address(self.pairs, f"/categories/{child.code}"))
            for child in category.children
            if child.code in counts
        ]

    def dropped(self, facets: list[Facet]) -> list[Dropped]:
        text, visitor = self.visitor.text, self.visitor
        names = {
            f"{facet.code}={value.code}": text("said_facet", facet=facet.name, value=value.name)
            for facet in facets
            for value in facet.values
            if value.is_chosen
        }

        def name_of(name: str, value: str) -> str:
            if name == "facet":
                return names[value]
            if name == "in_stock":
                return text("only_in_stock")
            bound = self.filters.price_min if name == "price_min" else self.filters.price_max
            return text(f"said_{name}", price=visitor.amount(bound or 0))

        return [
            Dropped(name_of(*pair), self.address([other for other in self.pairs if other != pair]))
            for pair in self.pairs
            if pair[0] != "sort"
        ]


def asked_of(request: web.Request, visitor: Visitor, code: str) -> Asked:
    """A price that nobody can read is none. Raises InvalidInput."""
    query = request.query
    low, high = (_minor_units(query.get(name, ""), visitor.currency) for name in ("price_min", "price_max"))
    sort = next((sort for sort in SORTS if sort == query.get("sort")), SORTS[0])
    said = list(dict.fromkeys(query.getall("facet", [])))
    filters = Filters(code, chosen(said), low, high, "in_stock" in query)
    pairs = [("facet", trait) for trait in said]
    pairs += [("price_min", query["price_min"])] if low is not None else []
    pairs += [("price_max", query["price_max"])] if high is not None else []
    pairs += [("in_stock", "1")] if filters.in_stock else []
    pairs += [("sort", sort)] if sort != SORTS[0] else []
    return Asked(visitor, f"/categories/{code}", filters, sort, pairs)


def shown_facets(page: ProductPage) -> list[Facet]:
    """Without the categories, which are links, and without what leaves no choice."""
    return [
        facet
        for facet in page.facets
        if facet.code != CATEGORY
        and (len(facet.values) > 1 or any(value.is_chosen for value in facet.values))
    ]


def in_major_units(money: Money | None) -> str:
    """As a field for numbers writes it."""
    if money is None:
        return ""
    return str(Decimal(money.amount).scaleb(-get_currency_precision(money.currency)))


def _minor_units(text: str, currency: str) -> int | None:
    try:
        amount = int(Decimal(text.strip().replace(",", ".")).scaleb(get_currency_precision(currency)))
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return amount if 0 <= amount <= MOST_AMOUNT else None
