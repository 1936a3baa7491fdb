"""The log: append with a number, read by cursor."""

import secrets
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.files import Files, FileView
from backend.conversations.models import Choice, Conversation, Event
from backend.conversations.wakeups import Wakeups
from backend.db import after_commit, now
from backend.errors import NotFound

AT_ONCE = 100


class ConversationNotFound(NotFound):
    """There is no such conversation, or it is somebody else's."""

    code = "conversation_not_found"


class ChoiceView(msgspec.Struct, frozen=True):
    id: str
    title: str


class CardView(msgspec.Struct, frozen=True, omit_defaults=True):
    title: str
    subtitle: str | None = None
    price: str | None = None
    image: str | None = None
    url: str | None = None
    choices: list[ChoiceView] = []


class LinkView(msgspec.Struct, frozen=True):
    title: str
    url: str
    kind: str


class ColumnView(msgspec.Struct, frozen=True):
    """`product` is the id of what stands in the column."""

    title: str
    product: str


class RowView(msgspec.Struct, frozen=True):
    name: str
    values: list[str]


class TableView(msgspec.Struct, frozen=True):
    """Products beside each other; a row has one value for each column. The message's text says the same after its
    first paragraph, for readers without tables."""

    columns: list[ColumnView]
    rows: list[RowView]


class FieldView(msgspec.Struct, frozen=True, omit_defaults=True):
    """`autocomplete` is HTML's name for what belongs into the field."""

    name: str
    label: str
    autocomplete: str
    required: bool = False
    value: str | None = None


class FormView(msgspec.Struct, frozen=True):
    """What may be filled in instead of being said; `submit` is its button."""

    kind: str
    fields: list[FieldView]
    submit: str


class EventView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the log as its readers see it. `id` is the client's own id of a customer's message."""

    seq: int
    at: str
    sender: str
    language: str
    id: str | None = None
    name: str | None = None
    """Of the person of the staff who wrote."""
    text: str | None = None
    choices: list[ChoiceView] = []
    cards: list[CardView] = []
    links: list[LinkView] = []
    files: list[FileView] = []
    table: TableView | None = None
    form: FormView | None = None
    status: dict[str, Any] | None = None


async def locked(session: AsyncSession, conversation_id: str) -> Conversation:
    """The conversation, with everybody else who would append to it waiting. Raises ConversationNotFound."""
    conversation = await session.scalar(
        select(Conversation)
        .filter_by(id=conversation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        raise ConversationNotFound
    return conversation


async def append(
    session: AsyncSession,
    conversation: Conversation,
    sender: str,
    body: dict[str, Any],
    *,
    audience: str = "public",
    client_id: str | None = None,
    key: str | None = None,
) -> Event:
    """Call it with the conversation locked. Payloads in `body` become short ids; they are kept beside it."""
    conversation.last_seq += 1
    event = Event(
        conversation_id=conversation.id,
        seq=conversation.last_seq,
        at=now(session),
        sender=sender,
        audience=audience,
        language=conversation.language,
        client_id=client_id,
        key=key,
        body=_with_minted_choices(session, conversation, body),
    )
    session.add(event)
    await session.flush()
    wakeups: Wakeups = session.info["wakeups"]
    after_commit(session, lambda: wakeups.wake(conversation.id))
    return event


async def events_after(session: AsyncSession, conversation_id: str, after: int) -> list[EventView]:
    """What the customer may see, oldest first, at most a hundred."""
    rows = await session.scalars(
        select(Event)
        .where(Event.conversation_id == conversation_id, Event.seq > after, Event.audience == "public")
        .order_by(Event.seq)
        .limit(AT_ONCE)
    )
    return [view(session, event) for event in rows.all()]


def view(session: AsyncSession, event: Event) -> EventView:
    """As it is read now: the links to its files are fresh."""
    files: Files = session.info["files"]
    linked = [
        {**file, "url": files.link(event.conversation_id, file["key"])}
        for file in event.body.get("files", [])
    ]
    return msgspec.convert(
        {
            "seq": event.seq,
            "at": event.at.isoformat(),
            "sender": event.sender,
            "language": event.language,
            "id": event.client_id,
            **event.body,
            "files": linked,
        },
        EventView,
    )


def _with_minted_choices(
    session: AsyncSession, conversation: Conversation, body: dict[str, Any]
) -> dict[str, Any]:
    def minted(offered: dict[str, Any]) -> dict[str, Any]:
        choice = Choice(
            id=secrets.token_urlsafe(9),
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            title=offered["title"],
            payload=offered["payload"],
        )
        session.add(choice)
        return {"id": choice.id, "title": choice.title}

    def with_ids(part: dict[str, Any]) -> dict[str, Any]:
        return (
            {**part, "choices": [minted(choice) for choice in part["choices"]]}
            if part.get("choices")
            else part
        )

    cards = [with_ids(card) for card in body.get("cards", [])]
    return with_ids({**body, "cards": cards} if cards else body)
