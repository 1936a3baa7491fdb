"""The question how it was: asked seldom, answered once, the last answer counting."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.card_numbers import mask_card_numbers
from backend.db import now
from backend.errors import Conflict
from backend.orders.models import Order
from backend.satisfaction.models import Satisfaction

RARELY = timedelta(days=30)


class NotAsked(Conflict):
    """Nobody asked this customer how it was."""

    code = "not_asked"


class Month(msgspec.Struct, frozen=True):
    """`month` is YYYY-MM; `answers` counts the scores from 1 to 5."""

    month: str
    language: str
    asked: int
    answers: tuple[int, int, int, int, int]

    @property
    def mean(self) -> float | None:
        answered = sum(self.answers)
        return (
            sum(score * count for score, count in enumerate(self.answers, 1)) / answered if answered else None
        )


async def ask(session: AsyncSession, conversation_id: str, language: str) -> bool:
    """Whether it is time to ask: something was bought here, nobody has asked for a month. Then it counts as asked."""
    at = now(session)
    has_bought = select(
        exists().where(Order.conversation_id == conversation_id, Order.payment_status == "paid")
    )
    was_asked = select(
        exists().where(Satisfaction.conversation_id == conversation_id, Satisfaction.asked_at > at - RARELY)
    )
    if await session.scalar(was_asked) or not await session.scalar(has_bought):
        return False
    session.add(Satisfaction(conversation_id=conversation_id, language=language, asked_at=at))
    return True


async def answer(session: AsyncSession, conversation_id: str, score: int | None, comment: str | None) -> None:
    """To the last question that was asked; what is None stays as it was. Raises NotAsked."""
    asked = await session.scalar(
        select(Satisfaction)
        .filter_by(conversation_id=conversation_id)
        .order_by(Satisfaction.asked_at.desc())
        .limit(1)
        .with_for_update()
    )
    if asked is None:
        raise NotAsked
    if score is not None:
        asked.score = score
    if comment is not None:
        asked.comment = mask_card_numbers(comment)


async def by_month(session: AsyncSession) -> list[Month]:
    """The latest first."""
    asked: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for found in await _all(session):
        asked[f"{found.asked_at:%Y-%m}", found.language].append(found.score)
    return [
        Month(month, language, len(scores), tuple(scores.count(score) for score in range(1, 6)))  # type: ignore[arg-type]
        for (month, language), scores in sorted(asked.items(), reverse=True)
    ]


async def comments(session: AsyncSession) -> list[Satisfaction]:
    """The latest first."""
    return [found for found in await _all(session) if found.comment]


async def _all(session: AsyncSession) -> Iterable[Satisfaction]:
    return (await session.scalars(select(Satisfaction).order_by(Satisfaction.asked_at.desc()))).all()
