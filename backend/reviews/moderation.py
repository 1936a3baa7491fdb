"""Staff look at reviews before others do. Each function answers lines to print."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import tell
from backend.catalogue.models import Product, Review
from backend.errors import Conflict, NotFound


class ReviewNotFound(NotFound):
    """No review has this id."""

    code = "review_not_found"


class AmbiguousReview(Conflict):
    """Several reviews begin like this: give more of the id."""

    code = "ambiguous_review"


async def overview(session: AsyncSession, status: str, limit: int) -> list[str]:
    """The latest first."""
    rows = await session.execute(
        select(Review, Product.handle)
        .join(Product, Product.id == Review.product_id)
        .where(Review.status == status)
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(limit)
    )
    return [line for review, handle in rows for line in _lines(review, handle)] or [f"No review is {status}."]


async def decide(session: AsyncSession, prefix: str, status: str) -> list[str]:
    """Raises ReviewNotFound, AmbiguousReview."""
    found = await session.scalars(
        select(Review).where(Review.id.startswith(prefix, autoescape=True)).limit(2).with_for_update()
    )
    reviews = found.all()
    if not reviews:
        raise ReviewNotFound
    if len(reviews) > 1:
        raise AmbiguousReview
    reviews[0].status = status
    await tell(session, [reviews[0].product_id])
    return [f"{reviews[0].id} is {status}."]


def _lines(review: Review, handle: str) -> list[str]:
    return [
        f"{review.id}  {review.created_at:%Y-%m-%d %H:%M}  {review.language}  {review.rating} of 5  {handle}  "
        f"{review.author} ({review.source})",
        *(f"      {line}" for line in (review.title, *review.text.splitlines()) if line),
    ]
