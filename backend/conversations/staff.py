"""The desk as the staff see it at a terminal: read along, join, write, give back."""

import asyncio
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.config import ROOT, Settings
from backend.conversations import ownership
from backend.conversations.desk import LONGEST_TEXT, EmptyMessage, MessageTooLong
from backend.conversations.files import Files
from backend.conversations.log import ConversationNotFound
from backend.conversations.models import Conversation, Event
from backend.conversations.wakeups import Wakeups
from backend.conversations.wording import DeskWording
from backend.customers.proving import proven_email
from backend.db import Database
from backend.errors import Conflict, Invalid
from backend.shop import Shop

LONGEST_STAFF_NAME = 60


class AmbiguousConversation(Conflict):
    """Several conversations begin like this: give more of the id."""

    code = "ambiguous_conversation"


class InvalidName(Invalid):
    """A name has one to sixty characters."""

    code = "invalid_name"


class StaffDesk:
    """Works beside the open shop: its readers notice within two seconds. Each method answers lines to print."""

    def __init__(self, settings: Settings, database: Database) -> None:
        shop = Shop.load(settings.shop_file)
        self._database = database
        self._files = Files(settings)
        self._wording = DeskWording(ROOT / "data" / "responses", shop.email)
        self._public_url = settings.public_url
        database.info |= {"wakeups": Wakeups(), "files": self._files, "turns_wake": asyncio.Event()}

    async def overview(self, limit: int) -> list[str]:
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(Conversation)
                .where(Conversation.last_seq > 0)
                .order_by(Conversation.started_at.desc())
                .limit(limit)
            )
            return [
                f"{found.id}  {found.started_at:%Y-%m-%d %H:%M}  {found.language}  "
                f"{found.last_seq:>4} lines  {found.owner_name or 'assistant'}"
                for found in rows
            ] or ["Nobody has said anything yet."]

    async def show(self, prefix: str) -> list[str]:
        """Raises ConversationNotFound, AmbiguousConversation; so do the others."""
        async with self._database.reading() as session:
            conversation_id = await _only(session, prefix)
            conversation = await session.get_one(Conversation, conversation_id)
            events = await session.scalars(
                select(Event).filter_by(conversation_id=conversation_id).order_by(Event.seq)
            )
            proven = await proven_email(session, conversation_id)
            return [*_who(conversation, proven), *(line for event in events for line in self._lines(event))]

    async def join(self, prefix: str, name: str) -> list[str]:
        if not 0 < len(name.strip()) <= LONGEST_STAFF_NAME:
            raise InvalidName
        async with self._database.transaction() as session:
            conversation_id = await _only(session, prefix)
            await ownership.join(session, self._wording, conversation_id, name.strip())
        return [f"You answer {conversation_id} now. The assistant is silent until you leave it."]

    async def say(self, prefix: str, text: str) -> list[str]:
        if not text.strip():
            raise EmptyMessage
        if len(text) > LONGEST_TEXT:
            raise MessageTooLong(f"At most {LONGEST_TEXT} characters.", most=LONGEST_TEXT, length=len(text))
        async with self._database.transaction() as session:
            event = await ownership.say(session, await _only(session, prefix), text.strip())
            return self._lines(event)

    async def leave(self, prefix: str) -> list[str]:
        async with self._database.transaction() as session:
            conversation_id = await _only(session, prefix)
            await ownership.leave(session, self._wording, conversation_id)
        return [f"The assistant answers {conversation_id} again."]

    def _lines(self, event: Event) -> list[str]:
        body = event.body
        sender = body.get("name") or event.sender
        only_staff = " (only staff see this)" if event.audience == "staff" else ""
        first = (
            f"{event.seq:>4}  {event.at:%Y-%m-%d %H:%M:%S}  {sender}{only_staff}: {body.get('text') or ''}"
        )
        parts: list[dict[str, Any]] = [*body.get("cards", []), *body.get("links", [])]
        offered = [choice["title"] for part in (body, *parts) for choice in part.get("choices", [])]
        return [
            first,
            *(f"      - {part['title']} {part.get('url') or ''}".rstrip() for part in parts),
            *([f"      [{'] ['.join(offered)}]"] if offered else []),
            *(
                f"      {file['name']}, {file['type']}, {file['size']} bytes: "
                f"{self._public_url}{self._files.link(event.conversation_id, file['key'])}"
                for file in body.get("files", [])
            ),
        ]


def _who(conversation: Conversation, proven: str | None) -> list[str]:
    known = [conversation.customer_name, conversation.customer_email, conversation.customer_id]
    if conversation.customer_id:
        return [f"Signed in at the website: {' · '.join(filter(None, known))}"]
    return [f"Has shown by a code to be {proven}"] if proven else []


async def _only(session: AsyncSession, prefix: str) -> str:
    found = await session.scalars(
        select(Conversation.id).where(Conversation.id.startswith(prefix, autoescape=True)).limit(2)
    )
    ids = found.all()
    if not ids:
        raise ConversationNotFound
    if len(ids) > 1:
        raise AmbiguousConversation
    return ids[0]
