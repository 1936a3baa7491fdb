"""Messages that were not understood, had to be said again, or ended with a person."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Literal

import msgspec
from rapidfuzz import fuzz
from rapidfuzz.utils import default_process
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.checkout.models import Checkout
from backend.conversations.models import Conversation, Event, Turn
from backend.missed.masking import masked

FALLBACK = "nlu_fallback"
PEOPLE = {"request_human", "complain"}
ALIKE = 70
"""Of 100, between a message and the same said again in other words."""

Why = Literal["not_understood", "said_again", "person_wanted"]


class Missed(msgspec.Struct, frozen=True):
    """`text` is masked; `read` is the likeliest intent, as sure as `confidence` says."""

    text: str
    language: str
    read: str
    confidence: float
    why: Why


async def missed(session: AsyncSession, since: datetime) -> list[Missed]:
    """Of the messages since then, those with an address in them left out: they say where somebody lives."""
    found: list[Missed] = []
    async for conversation, known, turns in _talks(session, since):
        for turn, why in _suspects(turns):
            text = masked(turn.text or "", conversation.language, known)
            if text:
                reading = turn.readings[0]
                found.append(Missed(text, conversation.language, reading["read"], reading["confidence"], why))
    return found


async def _talks(
    session: AsyncSession, since: datetime
) -> AsyncIterator[tuple[Conversation, list[str], list[Turn]]]:
    """Each conversation with what is known of its customer, and its turns that were read, in order."""
    said = (
        select(Turn)
        .join(Event, (Event.conversation_id == Turn.conversation_id) & (Event.seq == Turn.seq))
        .where(Turn.kind == "message", Turn.text.is_not(None), Event.at >= since)
        .order_by(Turn.conversation_id, Turn.number)
    )
    turns = [turn for turn in await session.scalars(said) if turn.readings]
    for conversation_id, its in groupby(turns, key=attrgetter("conversation_id")):
        conversation = await session.get_one(Conversation, conversation_id)
        checkout = await session.scalar(select(Checkout).where(Checkout.conversation_id == conversation_id))
        known = [conversation.customer_name, conversation.customer_email]
        known += [*checkout.address.values(), checkout.email] if checkout else []
        yield conversation, [value for value in known if value], list(its)


def _suspects(turns: list[Turn]) -> Iterator[tuple[Turn, Why]]:
    follows = {earlier.id: later for earlier, later in pairwise(turns)}
    for turn in turns:
        if any(reading["intent"] == FALLBACK for reading in turn.readings):
            yield turn, "not_understood"
            continue
        later = follows.get(turn.id)
        if later is None or later.readings[0]["read"] == turn.readings[0]["read"]:
            continue
        if _likeness(turn, later) >= ALIKE:
            yield turn, "said_again"
        elif later.readings[0]["read"] in PEOPLE:
            yield turn, "person_wanted"


def _likeness(one: Turn, other: Turn) -> float:
    return fuzz.token_set_ratio(one.text or "", other.text or "", processor=default_process)
