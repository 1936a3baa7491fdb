"""What a large shop costs: building the index on one core, its size, and the time of a whole search with filters.

python -m benchmarks.search.scale SYNTHSHOP [--products 1000000] [--language en] [--json FILE]
"""

import argparse
import asyncio
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from backend.catalogue.documents import Described
from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.indexing import ShopIndex
from backend.catalogue.keeping import Keeping
from backend.catalogue.listing import CURRENCY, described
from backend.catalogue.read import Offer, PriceSort
from backend.catalogue.search import rank
from backend.catalogue.understand import understand
from backend.catalogue.views import ProductView, Shopper
from benchmarks.search.quality import listed, load

AT_ONCE = 10_000
QUERIES = 200


class Warehouse:
    """Shelves of a million products without a million objects: price and stock stand in two lists."""

    def __init__(self, language: str) -> None:
        self.shopper = Shopper(language, CURRENCY)
        self.amounts: list[int] = []
        self.stock: list[int] = []

    async def offers(self, handles: Sequence[str]) -> list[Offer]:
        return [Offer(handle, int(handle), None, handle, {}, self.amounts[int(handle)]) for handle in handles]

    async def browse(
        self, low: int | None, high: int | None, limit: int, *, category: str | None, sort: PriceSort
    ) -> list[str]:
        raise NotImplementedError("every query of this benchmark has words")

    async def categories_below(self, code: str) -> set[str]:
        return {code}

    async def available(self, offers: Sequence[Offer]) -> dict[str, int]:
        return {offer.variant_id: self.stock[int(offer.handle)] for offer in offers}

    async def views(self, handles: Sequence[str]) -> list[ProductView]:
        raise NotImplementedError("ranking needs no views")


def products(synth: Any, language: str, count: int, warehouse: Warehouse) -> Iterator[Described]:
    for start in range(0, count, AT_ONCE):
        for product in listed(synth, language, synth.products(language, min(AT_ONCE, count - start), start)):
            position = len(warehouse.amounts)
            warehouse.amounts.append(int((product.price or 0) * 100))
            warehouse.stock.append(int(product.stock or 0))
            yield described(product, str(position))


def asked(synth: Any, language: str, seed: int) -> list[str]:
    """A third each: words only, with a price, with a price and stock."""
    chooser = random.Random(7)
    texts = [text for _, text, _, _ in synth.queries(language, QUERIES, seed=seed)]
    limits = {"en": "under {} euros", "fr": "à moins de {} euros", "es": "por menos de {} euros"}
    stock = {"en": "in stock", "fr": "en stock", "es": "en stock"}
    for position, text in enumerate(texts):
        if position % 3:
            texts[position] = f"{text} {limits[language].format(chooser.randrange(20, 900))}"
        if position % 3 == 2:
            texts[position] += f" {stock[language]}"
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("synthshop", type=Path)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--language", default="en")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    synth, _, _ = load(given.synthshop)
    warehouse = Warehouse(given.language)
    with tempfile.TemporaryDirectory() as folder:
        index = ShopIndex(engine=TantivyIndex(Keeping(Path(folder))))
        generated = time.process_time()
        for _ in products(synth, given.language, min(given.products, AT_ONCE), Warehouse(given.language)):
            pass
        generating = (time.process_time() - generated) * given.products / min(given.products, AT_ONCE)
        started = time.perf_counter()
        index.build(products(synth, given.language, given.products, warehouse))
        building = time.perf_counter() - started - generating
        size = sum(file.stat().st_size for file in Path(folder).rglob("*"))
        asyncio.run(measured(index, warehouse, asked(synth, given.language, seed=9)))
        times = asyncio.run(measured(index, warehouse, asked(synth, given.language, seed=8)))
    figures = {
        "products": given.products,
        "build_seconds": round(building, 1),
        "index_mb": round(size / 1e6, 1),
        "resident_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(statistics.quantiles(times, n=20)[-1], 2),
    }
    print(json.dumps(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


async def measured(index: ShopIndex, warehouse: Warehouse, texts: list[str]) -> list[float]:
    """Milliseconds of each, from the words to ten ranked ids."""
    times: list[float] = []
    for text in texts:
        started = time.perf_counter()
        query = understand(index.vocabulary, text, warehouse.shopper.language)
        await rank(warehouse, index, query, limit=10)
        times.append((time.perf_counter() - started) * 1_000)
    return times


if __name__ == "__main__":
    main()
