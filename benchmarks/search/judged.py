"""How well anybody's products are found, by anybody's judgements. A directory holds

    products.jsonl     a product a line, as docs/search.md describes them
    queries.jsonl      {"id", "language", "text"}
    judgements.tsv     query, product and grade, with a tab between; a first line of names may stand before. A grade
                       is a number: 0 is irrelevant, the highest of the file is exactly what was meant

NDCG@10 takes a grade divided by the highest as the gain, and the query's own ideal order. Over everything, what
nobody judged counts nothing; over judged only, it is taken out of the list before. Queries without a relevant
product are left out.
"""

import asyncio
import math
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from backend.catalogue import trials
from backend.catalogue.listing import Listing
from backend.catalogue.search import rank
from backend.catalogue.trials import Asked
from backend.catalogue.understand import understand
from benchmarks.noise import typos

RANKED = 100

Gains = Mapping[str, float]
"""Product to gain, 0 to 1."""


def measured(directory: Path) -> dict[str, dict[str, float]]:
    """Figures by language. Raises NotAList and ValueError."""
    with (directory / "products.jsonl").open("rb") as products:
        listing = trials.listing(products)
    gains = judgements((directory / "judgements.tsv").read_text("utf-8").splitlines())
    with (directory / "queries.jsonl").open("rb") as queries:
        asked = [query for query in trials.read(queries, Asked) if query.id in gains]
    return {
        language: figures(listing, language, [query for query in asked if query.language == language], gains)
        for language in sorted({query.language for query in asked})
    }


def judgements(lines: Sequence[str]) -> dict[str, dict[str, float]]:
    """Query to the gains of its products. Raises ValueError with the line."""
    grades: dict[str, dict[str, float]] = {}
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if number == 1 and not _is_number(cells[-1]):
            continue
        if len(cells) != 3 or not _is_number(cells[2]) or float(cells[2]) < 0:
            raise ValueError(f"judgements.tsv, line {number}: not a query, a product and a grade from 0 on.")
        grades.setdefault(cells[0], {})[cells[1]] = float(cells[2])
    highest = max((grade for judged in grades.values() for grade in judged.values()), default=1.0) or 1.0
    return {
        query: {product: grade / highest for product, grade in judged.items()}
        for query, judged in grades.items()
        if any(judged.values())
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


def ndcg(ranked: Sequence[str], gains: Gains, depth: int = 10) -> float:
    ideal = _dcg(sorted(gains.values(), reverse=True)[:depth])
    return _dcg([gains.get(product, 0.0) for product in ranked[:depth]]) / ideal


def _dcg(gains: Iterable[float]) -> float:
    return sum(gain / math.log2(position + 1) for position, gain in enumerate(gains, start=1))


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False


def table(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Lines to read, a language each."""
    return [
        f"{language}: {', '.join(f'{name} {value:g}' for name, value in said.items())}"
        for language, said in figures.items()
    ]
