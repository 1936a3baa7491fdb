"""The front desk: takes in what customers say, owes them an answer, appends it once."""

import secrets
import unicodedata
import uuid
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.card_numbers import mask_card_numbers
from backend.conversations.language import language_of
from backend.conversations.log import append, locked
from backend.conversations.models import Choice, Conversation, Event, Turn
from backend.db import after_commit, insert_into, now
from backend.errors import Invalid, TooMany

LONGEST_TEXT = 2000
A_MINUTE = timedelta(minutes=1)

CARD_NUMBER_TYPED = "/card_number_typed"
"""Stands for a message that held a card number. It comes from nowhere but here."""


class EmptyMessage(Invalid):
    """The message says nothing."""

    code = "empty_message"


class MessageTooLong(Invalid):
    """The message is longer than `most` characters."""

    code = "message_too_long"


class TooManyMessages(TooMany):
    """More messages in a minute than one person types."""

    code = "too_many_messages"


class ChoiceNotFound(Invalid):
    """This conversation never offered this choice."""

    code = "choice_not_found"


class Message(msgspec.Struct, frozen=True):
    id: uuid.UUID
    text: str | None = None
    choice: str | None = None


async def start(session: AsyncSession, channel: str, language: str | None, currency: str) -> Conversation:
    conversation = Conversation(
        id=str(uuid.uuid4()),
        channel=channel,
        contact=secrets.token_hex(16),
        language=language or "",
        currency=currency,
        started_at=now(session),
    )
    session.add(conversation)
    await session.flush()
    return conversation


async def receive(
    session: AsyncSession, conversation_id: str, message: Message, per_minute: int
) -> tuple[Event, bool]:
    """Stores the message before anything happens with it, and owes it a turn. Card numbers are masked even before.

    The same id again changes nothing: the event then is not new, which the second value says.

    Raises ConversationNotFound, EmptyMessage, MessageTooLong, TooManyMessages, ChoiceNotFound.
    """
    conversation = await locked(session, conversation_id)
    client_id = str(message.id)
    stored = await session.scalar(
        select(Event).filter_by(conversation_id=conversation_id, client_id=client_id)
    )
    if stored:
        return stored, False
    await _refuse_flood(session, conversation_id, per_minute)
    text, payload = await _understood(session, conversation, message)
    if payload in (None, CARD_NUMBER_TYPED):
        conversation.language = language_of(
            text, conversation.language or None, is_first=conversation.last_seq == 0
        )
    event = await append(session, conversation, "customer", {"text": text}, client_id=client_id)
    await _owe(session, conversation, "message", f"message:{event.id}", None if payload else text, payload)
    return event, True


async def tell_news(
    session: AsyncSession, conversation_id: str, intent: str, entities: dict[str, Any], key: str
) -> None:
    """The assistant will say it in its own words; the same `key` again changes nothing."""
    conversation = await locked(session, conversation_id)
    payload = f"/{intent}{msgspec.json.encode(entities).decode()}"
    await _owe(session, conversation, "news", key, None, payload)


async def set_language(session: AsyncSession, conversation_id: str, language: str) -> None:
    await session.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(language=language)
    )


async def _refuse_flood(session: AsyncSession, conversation_id: str, per_minute: int) -> None:
    recent = await session.scalar(
        select(func.count())
        .select_from(Event)
        .where(
            Event.conversation_id == conversation_id,
            Event.sender == "customer",
            Event.at > now(session) - A_MINUTE,
        )
    )
    if (recent or 0) >= per_minute:
        raise TooManyMessages(retry_after_seconds=60, most=per_minute)


async def _understood(
    session: AsyncSession, conversation: Conversation, message: Message
) -> tuple[str, str | None]:
    """The words for the log, and the payload when a choice was taken: clicked, or its title typed.

    With a card number in it, the assistant gets none of the words and asks for the rest of them again.
    """
    if message.choice is not None:
        choice = await session.scalar(
            select(Choice).filter_by(id=message.choice, conversation_id=conversation.id)
        )
        if choice is None:
            raise ChoiceNotFound
        return choice.title, choice.payload
    text = "".join(filter(_is_text, message.text or "")).strip()
    if not any(unicodedata.category(sign)[0] in "LNPS" for sign in text):
        raise EmptyMessage
    if len(text) > LONGEST_TEXT:
        raise MessageTooLong(most=LONGEST_TEXT, length=len(text))
    masked = mask_card_numbers(text)
    if masked != text:
        return masked, CARD_NUMBER_TYPED
    return text, await _typed_choice(session, conversation, text)


def _is_text(sign: str) -> bool:
    """Control characters come with what is pasted; of these only lines and tabs mean something."""
    return sign in "\n\t" or unicodedata.category(sign) != "Cc"


async def _typed_choice(session: AsyncSession, conversation: Conversation, text: str) -> str | None:
    last = select(func.max(Choice.seq)).filter_by(conversation_id=conversation.id).scalar_subquery()
    offered = await session.scalars(
        select(Choice).where(Choice.conversation_id == conversation.id, Choice.seq == last)
    )
    titled = {choice.payload for choice in offered.all() if choice.title.casefold() == text.casefold()}
    return titled.pop() if len(titled) == 1 else None


async def _owe(
    session: AsyncSession,
    conversation: Conversation,
    kind: str,
    key: str,
    text: str | None,
    payload: str | None,
) -> None:
    last = select(func.coalesce(func.max(Turn.number), 0) + 1).filter_by(conversation_id=conversation.id)
    await session.execute(
        insert_into(session, Turn)
        .values(
            conversation_id=conversation.id,
            number=last.scalar_subquery(),
            kind=kind,
            key=key,
            text=text,
            payload=payload,
            due_at=now(session),
        )
        .on_conflict_do_nothing()
    )
    after_commit(session, session.info["turns_wake"].set)
