"""How well anybody's products are found, by anybody's judgements. A directory holds products.jsonl, a product a line
(docs/search.md), and queries.jsonl and judgements.tsv (`backend.catalogue.judgements`).

Over everything, what nobody judged counts nothing; over judged only, it is taken out of the list before. Queries
without a relevant product are left out.
"""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.catalogue import trials
from backend.catalogue.judgements import Gains, judgements, ndcg
from backend.catalogue.listing import Listing
from backend.catalogue.search import rank
from backend.catalogue.trials import Asked
from backend.catalogue.understand import understand
from benchmarks.noise import typos

RANKED = 100


def measured(directory: Path) -> dict[str, dict[str, float]]:
    """Figures by language. Raises NotAList."""
    with (directory / "products.jsonl").open("rb") as products:
        listing = trials.listing(products)
    gains = judgements((directory / "judgements.tsv").read_text("utf-8").splitlines())
    with (directory / "queries.jsonl").open("rb") as queries:
        asked = [query for query in trials.read(queries, Asked) if query.id in gains]
    return {
        language: figures(listing, language, [query for query in asked if query.language == language], gains)
        for language in sorted({query.language for query in asked})
    }


def figures(
    listing: Listing, language: str, asked: Sequence[Asked], gains: Mapping[str, Gains]
) -> dict[str, float]:
    found: dict[str, float] = {"queries": len(asked)}
    for prefix, said in (
        ("", {query.id: query.text for query in asked}),
        ("typos_", {query.id: typos(query.text, language) for query in asked}),
    ):
        runs, times = searched(listing, language, said)
        everything = [ndcg(runs[query], gains[query]) for query in said]
        judged = [ndcg([id for id in runs[query] if id in gains[query]], gains[query]) for query in said]
        found[f"{prefix}ndcg"] = round(statistics.mean(everything), 4)
        found[f"{prefix}ndcg_judged"] = round(statistics.mean(judged), 4)
        found[f"{prefix}nothing_found"] = round(sum(not runs[query] for query in said) / len(said), 4)
        found[f"{prefix}p50_ms"] = round(statistics.median(times), 2)
        found[f"{prefix}p95_ms"] = round(statistics.quantiles([*times, times[-1]], n=20)[-1], 2)
    return found


def searched(
    listing: Listing, language: str, queries: Mapping[str, str]
) -> tuple[dict[str, list[str]], list[float]]:
    """Ranked ids, and milliseconds per query."""
    shelves, runs, times = listing.shelves(language), {}, []
    for query_id, text in queries.items():
        started = time.perf_counter()
        query = understand(listing.index.vocabulary, text, language)
        runs[query_id] = asyncio.run(rank(shelves, listing.index, query, limit=RANKED))
        times.append((time.perf_counter() - started) * 1000)
    return runs, times


def table(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Lines to read, a language each."""
    return [
        f"{language}: {', '.join(f'{name} {value:g}' for name, value in said.items())}"
        for language, said in figures.items()
    ]
