"""What staff set of the stock, over HTTP: who changes something must have seen its latest version."""

from datetime import date
from typing import Annotated, Literal

import msgspec

from backend.catalogue.read import VariantNotFound
from backend.edge import Call, Operations
from backend.inventory.backorder_terms import InvalidTerms, Terms, Versioned, change_terms, find_terms

operations = Operations("staff")


class NewTerms(msgspec.Struct, frozen=True):
    """A `limit` of 0 ends it: who has ordered is served, nobody else may order."""

    kind: Literal["backorder", "preorder"]
    limit: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    ships_on: date | None = None
    lead_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] | None = None


def _version(answer: Versioned) -> str:
    return str(answer.version)


@operations.get(
    "/api/staff/backorder-terms/{sku}",
    answer=Versioned,
    access="staff",
    errors=(VariantNotFound,),
    etag=_version,
)
async def show_backorder_terms(call: Call) -> Versioned:
    """On which terms it may be ordered before it is there, and how many wait for it."""
    return await find_terms(call.session, call.path["sku"])


@operations.put(
    "/api/staff/backorder-terms/{sku}",
    body=NewTerms,
    answer=Versioned,
    access="staff",
    errors=(VariantNotFound, InvalidTerms),
    etag=_version,
)
async def change_backorder_terms(call: Call) -> Versioned:
    terms = Terms(call.path["sku"], **msgspec.structs.asdict(call.body))
    return await change_terms(call.session, terms, call.if_match)
