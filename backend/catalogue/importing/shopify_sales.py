"""Shopify's compare-at prices: what a thing usually costs is its base price, what it is sold for now is in a price
list of this shop, which holds for everybody and always."""

from collections.abc import Iterable, Iterator

from backend.catalogue.importing.parsed import ParsedEntry, ParsedPriceList, ParsedProduct, Rejected

NAME = {"en": "Sale prices of Shopify", "fr": "Prix soldés de Shopify", "es": "Precios rebajados de Shopify"}


class Sales:
    """Filled while the products are read; `price_lists` are to be read after them."""

    def __init__(self, file: str, currency: str) -> None:
        self._file = file
        self._currency = currency
        self._entries: dict[str, ParsedEntry] = {}
        self._handles: dict[str, str] = {}

    def base_price(self, row: int, sku: str, price: int, compare_at: int) -> int:
        """A compare-at price that is not higher compares nothing."""
        if compare_at > price:
            self._entries[sku] = ParsedEntry(row, sku, 1, price)
        return max(price, compare_at)

    def of(self, products: Iterable[ParsedProduct | Rejected]) -> Iterator[ParsedProduct | Rejected]:
        """The same; what is refused has no sale."""
        for product in products:
            if isinstance(product, ParsedProduct):
                self._handles |= {variant.sku: product.handle for variant in product.variants}
            yield product

    def price_lists(self) -> Iterator[ParsedPriceList]:
        yield ParsedPriceList(
            file=self._file,
            row=1,
            entries_file=self._file,
            code=f"shopify-{self._currency.lower()}",
            name=NAME,
            currency=self._currency,
            customer_group=None,
            starts_at=None,
            ends_at=None,
            entries=[entry for sku, entry in self._entries.items() if sku in self._handles],
            handles=self._handles,
        )
