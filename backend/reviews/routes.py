"""What the caller's customer says of a product."""

from typing import Annotated, Literal

import msgspec

from backend.catalogue.read import ProductNotFound
from backend.catalogue.reviews import LONGEST_AUTHOR, LONGEST_TEXT, LONGEST_TITLE, ReviewView, review_view
from backend.edge import Call, Operations
from backend.reviews import service
from backend.reviews.service import AlreadyReviewed, Opinion, ProductNotBought

operations = Operations("reviews")


class NewReview(msgspec.Struct, frozen=True):
    """Plain text; whatever looks like markup is shown as it was typed."""

    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]
    author: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_AUTHOR)]
    title: Annotated[str, msgspec.Meta(max_length=LONGEST_TITLE)] = ""


class LeftReview(msgspec.Struct, frozen=True):
    """Nobody else sees it while it is `pending`."""

    status: Literal["pending"]
    review: ReviewView


@operations.post(
    "/api/products/{handle}/reviews",
    body=NewReview,
    answer=LeftReview,
    status=201,
    errors=(ProductNotFound, ProductNotBought, AlreadyReviewed),
)
async def leave_review(call: Call) -> LeftReview:
    """A review of what was bought in this conversation; a second one takes the first one's place while it waits."""
    body: NewReview = call.body
    opinion = Opinion(body.rating, body.title, body.text, body.author, call.language)
    review = await service.leave_review(
        call.session, call.caller.conversation_id, call.path["handle"], opinion
    )
    return LeftReview("pending", review_view(review))
