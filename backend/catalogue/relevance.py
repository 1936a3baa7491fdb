"""Which of what the engine finds has to do with what was asked, and what is noise."""

from backend.catalogue.constraints import Candidate
from backend.catalogue.index import Hit
from backend.catalogue.shelves import Shelves

FAR_BELOW = 0.35
"""Results that score less than this share of the best are noise."""
LEAST_COVERAGE = 0.4
UNKNOWN_WEIGHT = 0.5


def relevant(
    hits: list[Hit], wanted: int, unknown: int, is_borrowed: bool = False, far_below: float = FAR_BELOW
) -> list[Hit]:
    """Without the noise: what covers too few of the `wanted` words, or scores less than `far_below` of the best.
    `is_borrowed`: the shop has its own word for one of them, which in a mere description says little ("weight" for
    dumbbells)."""
    best = max((len([term for term in hit.strong if term < wanted]) for hit in hits), default=0)
    if not best:
        hits = [] if is_borrowed else [hit for hit in hits if len(hit.anywhere) >= wanted + unknown]
    covering = max((len([term for term in hit.anywhere if term < wanted]) for hit in hits), default=0)
    if covering < LEAST_COVERAGE * (wanted + UNKNOWN_WEIGHT * unknown):
        return []
    least = max(1, (best + 1) // 2) if best else 0
    floor = far_below * max((hit.score for hit in hits), default=0)
    return [hit for hit in hits if hit.score >= floor and covered(hit, wanted) >= least]


async def near_or_within(
    shelves: Shelves, candidates: list[Candidate], categories: set[str]
) -> list[Candidate]:
    """What scores far below the best is noise, unless it stands in one of the categories."""
    floor = FAR_BELOW * max((candidate.score for candidate in candidates), default=0)
    inside = set().union(*[await shelves.categories_below(code) for code in categories])
    return [each for each in candidates if each.score >= floor or each.offers[0].category_id in inside]


def covered(hit: Hit, wanted: int) -> int:
    return len([term for term in hit.strong if term < wanted])
