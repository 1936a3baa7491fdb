"""Whether the shop may write unasked: what customers were asked and what they said to it, kept as evidence."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.customers.models import NotificationChoice
from backend.db import insert_into, now

WORDS = "1"
"""The version of `utter_ask_reminder`: another one as soon as the question is put in other words."""


async def keep(
    session: AsyncSession, conversation_id: str, choice: Literal["asked", "wanted", "unwanted"], language: str
) -> None:
    """Call it with the conversation's row locked."""
    made = select(func.count()).select_from(NotificationChoice).filter_by(conversation_id=conversation_id)
    values: dict[str, Any] = {"conversation_id": conversation_id, "choice": choice, "at": now(session)}
    kept = insert_into(session, NotificationChoice).values(
        number=made.scalar_subquery(), words=f"{WORDS} {language}", **values
    )
    await session.execute(kept)


async def last_choice(session: AsyncSession, conversation_id: str) -> str | None:
    return await session.scalar(select(_last(conversation_id)))


def wants_reminders(conversation_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return _last(conversation_id) == "wanted"


def _last(conversation_id: Any) -> ScalarSelect[str]:
    said = select(NotificationChoice.choice).where(NotificationChoice.conversation_id == conversation_id)
    return said.order_by(NotificationChoice.number.desc()).limit(1).scalar_subquery()
