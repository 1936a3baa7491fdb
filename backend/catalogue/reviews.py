"""What is said of products: always plain text, without whatever could be taken for something else."""

import unicodedata
from datetime import datetime

import msgspec
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from backend.card_numbers import mask_card_numbers
from backend.catalogue.models import Product, Review
from backend.catalogue.read import find_product
from backend.catalogue.views import Shopper

STATUSES = ("pending", "approved", "rejected")
LONGEST_TITLE, LONGEST_TEXT, LONGEST_AUTHOR = 120, 2000, 60
NOT_TEXT = ("Cc", "Cs", "Co")
"""Controls, halves of characters, and those for private use, by which the assistant's wording marks its gaps."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They change the direction of what is written around them."""


class ReviewView(msgspec.Struct, frozen=True):
    """`title` may be empty; `language` is the one that the review is written in."""

    id: str
    rating: int
    title: str
    text: str
    author: str
    language: str
    created_at: datetime


class ReviewPage(msgspec.Struct, frozen=True):
    """`rating` is the average to one decimal, null without reviews. `cursor` asks for the next page."""

    rating: float | None
    review_count: int
    reviews: list[ReviewView]
    cursor: str | None


async def list_reviews(
    session: AsyncSession, handle: str, shopper: Shopper, limit: int, cursor: str | None = None
) -> ReviewPage:
    """The approved ones, the newest first. Raises ProductNotFound."""
    product = await find_product(session, handle, shopper)
    approved = (
        select(Review)
        .join(Product, Product.id == Review.product_id)
        .where(Product.handle == handle, Review.status == "approved")
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(limit + 1)
    )
    last = await session.get(Review, cursor) if cursor else None
    if last:
        approved = approved.where(tuple_(Review.created_at, Review.id) < (last.created_at, last.id))
    found = (await session.scalars(approved)).all()
    return ReviewPage(
        rating=product.rating,
        review_count=product.review_count,
        reviews=[review_view(review) for review in found[:limit]],
        cursor=found[limit - 1].id if len(found) > limit else None,
    )


def review_view(review: Review) -> ReviewView:
    return ReviewView(**{name: getattr(review, name) for name in ReviewView.__struct_fields__})


def plain(text: str) -> str:
    """Nothing but what can be read, in its lines; card numbers are masked."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return mask_card_numbers("".join(filter(_is_text, unified)).strip())


def plain_line(text: str) -> str:
    return " ".join(plain(text).split())


def _is_text(sign: str) -> bool:
    return sign == "\n" or (unicodedata.category(sign) not in NOT_TEXT and sign not in TURNING)
