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
from backend.conversations import files
from backend.conversations.gift_cards import use_codes_in
from backend.conversations.identity_codes import mask_identity_code, use_identity_code_in
from backend.conversations.language import language_of
from backend.conversations.log import append, locked
from backend.conversations.models import Choice, Conversation, Event, Turn
from backend.credit.codes import mask_gift_codes
from backend.customers import addresses
from backend.customers.proving import codes_of
from backend.db import after_commit, insert_into, now
from backend.errors import Invalid, TooMany

LONGEST_TEXT = 2000
LONGEST_VALUE = 120
"""Of a field of a form."""
FORMS_LOOKED_FOR = 50
"""How many answers back a form may still be filled in."""
A_MINUTE = timedelta(minutes=1)

CARD_NUMBER_TYPED = "/card_number_typed"
"""Stands for a message that held a card number. It comes from nowhere but here."""
FILE_RECEIVED = "file_received"


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


class FormNotFound(Invalid):
    """This conversation never offered a form."""

    code = "form_not_found"


class InvalidForm(Invalid):
    """The form has no such field, a value is too long, or all of them are empty; `field` says where."""

    code = "invalid_form"


class Message(msgspec.Struct, frozen=True):
    """What was typed, or the id of a choice taken, or of a file uploaded (`text` is its caption), or what was filled
    into the form that was offered last, by the names of its fields."""

    id: uuid.UUID
    text: str | None = None
    choice: str | None = None
    file: uuid.UUID | None = None
    form: dict[str, str] | None = None


class Said(msgspec.Struct, frozen=True):
    """A message as it was understood by the desk: what the log keeps, and what the assistant is given."""

    body: dict[str, Any]
    text: str | None = None
    payload: str | None = None
    words: str = ""
    """Typed by the customer, so that they tell the language."""


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
    session: AsyncSession, conversation_id: str, message: Message, per_minute: int, came_from: str
) -> tuple[Event, bool]:
    """Stores the message before anything happens with it, and owes it a turn. Card numbers, codes of gift cards and
    those that prove who writes are masked even before.

    The same id again changes nothing: the event then is not new, which the second value says. While a person
    answers the conversation, the assistant owes nothing.

    Raises ConversationNotFound, EmptyMessage, MessageTooLong, TooManyMessages, ChoiceNotFound, FileNotFound,
    FormNotFound, InvalidForm.
    """
    conversation = await locked(session, conversation_id)
    client_id = str(message.id)
    stored = await session.scalar(
        select(Event).filter_by(conversation_id=conversation_id, client_id=client_id)
    )
    if stored:
        return stored, False
    await _refuse_flood(session, conversation_id, per_minute)
    conversation.came_from = codes_of(session).hidden(came_from)
    said = await _without_codes(session, conversation, await _understood(session, conversation, message))
    if said.words:
        conversation.language = language_of(
            said.words, conversation.language or None, is_first=conversation.last_seq == 0
        )
    event = await append(session, conversation, "customer", said.body, client_id=client_id)
    if conversation.owner == "bot":
        key = f"message:{event.id}"
        await _owe(session, conversation, "message", key, said.text, said.payload, seq=event.seq)
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


async def _understood(session: AsyncSession, conversation: Conversation, message: Message) -> Said:
    if message.choice is not None:
        choice = await session.scalar(
            select(Choice).filter_by(id=message.choice, conversation_id=conversation.id)
        )
        if choice is None:
            raise ChoiceNotFound
        return Said({"text": choice.title}, payload=choice.payload)
    if message.form is not None:
        return await _form(session, conversation, message.form)
    if message.file is not None:
        return await _file(session, conversation, message)
    said = _typed(message.text or "")
    if said is None:
        raise EmptyMessage
    if said.payload:
        return said
    taken = await _typed_choice(session, conversation, said.words)
    return Said(said.body, payload=taken) if taken else said


async def _without_codes(session: AsyncSession, conversation: Conversation, said: Said) -> Said:
    """A code is used here and now: the log has its end at most, and the assistant hears what became of it."""
    text = said.body.get("text", "")
    if payload := await use_codes_in(session, conversation, text):
        masked = mask_gift_codes(text)
    elif payload := await use_identity_code_in(session, conversation, text):
        masked = mask_identity_code(text)
    else:
        return said
    if said.payload == CARD_NUMBER_TYPED:  # that has to be said first
        payload = CARD_NUMBER_TYPED
    return Said({**said.body, "text": masked}, payload=payload, words=masked if said.words else "")


async def _form(session: AsyncSession, conversation: Conversation, filled: dict[str, str]) -> Said:
    """The log has it as one writes it on a parcel; the assistant gets the values as they were filled in."""
    offered = await session.scalars(
        select(Event.body)
        .filter_by(conversation_id=conversation.id, sender="assistant")
        .order_by(Event.seq.desc())
        .limit(FORMS_LOOKED_FOR)
    )
    form = next((body["form"] for body in offered if body.get("form")), None)
    if form is None:
        raise FormNotFound
    names = [field["name"] for field in form["fields"]]
    values = {name: " ".join("".join(filter(_is_text, value)).split()) for name, value in filled.items()}
    for name, value in values.items():
        if name not in names or len(value) > LONGEST_VALUE:
            raise InvalidForm(field=name[:LONGEST_VALUE], most=LONGEST_VALUE)
    if not any(values.values()):
        raise InvalidForm(field=names[0], most=LONGEST_VALUE)
    text = addresses.written(values)
    masked = mask_card_numbers(text)
    if masked != text:
        return Said({"text": masked}, payload=CARD_NUMBER_TYPED)
    return Said({"text": text}, payload=f"/{form['kind']}_given{msgspec.json.encode(values).decode()}")


async def _file(session: AsyncSession, conversation: Conversation, message: Message) -> Said:
    """With words beside it, those are what is answered."""
    file = await files.find(session, conversation.id, str(message.file))
    kept = {"key": file.id, "id": file.client_id, "name": file.name, "type": file.type, "size": file.size}
    said = _typed(message.text or "")
    if said is None:
        name = msgspec.json.encode({"name": file.name}).decode()
        return Said({"files": [kept]}, payload=f"/{FILE_RECEIVED}{name}")
    return msgspec.structs.replace(said, body={**said.body, "files": [kept]})


def _typed(typed: str) -> Said | None:
    """None when it says nothing.

    With a card number in it, the assistant gets none of the words and asks for the rest of them again.
    """
    text = "".join(filter(_is_text, typed)).strip()
    if not any(unicodedata.category(sign)[0] in "LNPS" for sign in text):
        return None
    if len(text) > LONGEST_TEXT:
        raise MessageTooLong(most=LONGEST_TEXT, length=len(text))
    masked = mask_card_numbers(text)
    if masked != text:
        return Said({"text": masked}, payload=CARD_NUMBER_TYPED, words=masked)
    return Said({"text": text}, text=text, words=text)


def _is_text(sign: str) -> bool:
    """Control characters come with what is pasted; of these only lines and tabs mean something."""
    return sign in "\n\t" or unicodedata.category(sign) != "Cc"


async def _typed_choice(session: AsyncSession, conversation: Conversation, text: str) -> str | None:
    last = select(func.max(Choice.seq)).filter_by(conversation_id=conversation.id).scalar_subquery()
    offered = await session.scalars(
        select(Choice).where(Choice.conversation_id == conversation.id, Choice.seq == last)
    )
    titled = {
        choice.payload for choice in offered.all() if text.casefold() in _names(choice.title.casefold())
    }
    return titled.pop() if len(titled) == 1 else None


def _names(title: str) -> set[str]:
    """ "4 – Good" is also chosen by its number, or by its words."""
    return {title, *title.split(" – ")}


async def _owe(
    session: AsyncSession,
    conversation: Conversation,
    kind: str,
    key: str,
    text: str | None,
    payload: str | None,
    seq: int = 0,
) -> None:
    last = select(func.coalesce(func.max(Turn.number), 0) + 1).filter_by(conversation_id=conversation.id)
    await session.execute(
        insert_into(session, Turn)
        .values(
            conversation_id=conversation.id,
            number=last.scalar_subquery(),
            kind=kind,
            seq=seq,
            key=key,
            text=text,
            payload=payload,
            due_at=now(session),
        )
        .on_conflict_do_nothing()
    )
    after_commit(session, session.info["turns_wake"].set)
