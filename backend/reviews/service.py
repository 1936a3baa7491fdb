"""Customers say how they like what they bought."""

import uuid

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Product, Review, Variant
from backend.catalogue.read import ProductNotFound
from backend.catalogue.reviews import plain, plain_line
from backend.db import insert_into, now
from backend.errors import Conflict, InvalidInput
from backend.orders.models import Order, OrderLine


class ProductNotBought(Conflict):
    """Only who has bought and paid a product in this conversation reviews it."""

    code = "product_not_bought"


class AlreadyReviewed(Conflict):
    """This conversation's review of the product was looked at and stays as it is."""

    code = "already_reviewed"


class Opinion(msgspec.Struct, frozen=True):
    rating: int
    title: str
    text: str
    author: str
    language: str


async def leave_review(session: AsyncSession, conversation_id: str, handle: str, opinion: Opinion) -> Review:
    """It waits for the staff; until they have looked at it, another one takes its place.

    Raises ProductNotFound, ProductNotBought, AlreadyReviewed, and InvalidInput where nothing readable is said.
    """
    product = await session.scalar(select(Product.id).where(Product.handle == handle))
    if product is None:
        raise ProductNotFound(product=handle)
    if not await _has_bought(session, conversation_id, product):
        raise ProductNotBought(product=handle)
    said = {
        "rating": opinion.rating,
        "title": plain_line(opinion.title),
        "text": plain(opinion.text),
        "author": plain_line(opinion.author),
        "language": opinion.language,
        "created_at": now(session),
    }
    if not (said["text"] and said["author"]):
        raise InvalidInput("A review has a text and the name of its author.")
    review: Review | None = await session.scalar(
        insert_into(session, Review)
        .values(
            code=str(uuid.uuid4()), product_id=product, conversation_id=conversation_id, source="shop", **said
        )
        .on_conflict_do_update(
            index_elements=["product_id", "conversation_id"], set_=said, where=Review.status == "pending"
        )
        .returning(Review)
    )
    if review is None:
        raise AlreadyReviewed(product=handle)
    return review


async def _has_bought(session: AsyncSession, conversation_id: str, product: str) -> bool:
    bought = (
        exists()
        .where(Order.conversation_id == conversation_id, Order.payment_status == "paid")
        .where(OrderLine.order_id == Order.id, Variant.id == OrderLine.variant_id)
        .where(Variant.product_id == product)
    )
    return bool(await session.scalar(select(bought)))
