"""What an engine counts of all that was found: both aggregate in the same words."""

from typing import Any

from backend.catalogue.index import MOST_FACETS, Hit, Page, SearchQuery


def fields_of(query: SearchQuery) -> tuple[str, str]:
    """Where the traits stand, and the amounts of each currency."""
    return ("stocked_trait", "stocked_amount") if query.in_stock else ("trait", "amount")


def counts(query: SearchQuery) -> dict[str, Any]:
    traits, amounts = fields_of(query)
    asked: dict[str, Any] = {
        "traits": {"terms": {"field": traits, "size": MOST_FACETS}},
        "in_stock": {"terms": {"field": "in_stock"}},
    }
    if query.amount:
        field = {"field": f"{amounts}_{query.amount.currency}"}
        asked |= {"lowest": {"min": field}, "highest": {"max": field}}
    return asked


def counted(hits: list[Hit], answer: dict[str, Any]) -> Page:
    """Each document says whether it is in stock, and so is counted there once."""
    total = sum(bucket["doc_count"] for bucket in answer["in_stock"]["buckets"])
    facets = {bucket["key"]: bucket["doc_count"] for bucket in answer["traits"]["buckets"]}
    lowest, highest = (answer.get(end, {}).get("value") for end in ("lowest", "highest"))
    bounds = None if lowest is None or highest is None else (int(lowest), int(highest))
    return Page(hits, total, facets, bounds)
