"""What people think of answers: queries, and how well each product answers them. A directory holds

    queries.jsonl      {"id", "language", "text"}
    judgements.tsv     query, product and grade, with a tab between; a first line of names may stand before. A grade
                       is a number: 0 is irrelevant, the highest of the file is exactly what was meant

NDCG takes a grade divided by the highest as the gain, and the query's own ideal order.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from backend.catalogue.listing import NotAList

Gains = Mapping[str, float]
"""Product to gain, 0 to 1."""


def judgements(lines: Sequence[str]) -> dict[str, dict[str, float]]:
    """Query to the gains of its products, of those that have a relevant one. Raises NotAList."""
    grades: dict[str, dict[str, float]] = {}
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if number == 1 and not _is_number(cells[-1]):
            continue
        if len(cells) != 3 or not _is_number(cells[2]) or float(cells[2]) < 0:
            raise NotAList(f"judgements.tsv, line {number}: not a query, a product and a grade from 0 on.")
        grades.setdefault(cells[0], {})[cells[1]] = float(cells[2])
    highest = max((grade for judged in grades.values() for grade in judged.values()), default=1.0) or 1.0
    return {
        query: {product: grade / highest for product, grade in judged.items()}
        for query, judged in grades.items()
        if any(judged.values())
    }


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
