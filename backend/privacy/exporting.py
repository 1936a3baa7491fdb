"""All that the shop knows of a person, for a machine to read, and the link under which they get it."""

from datetime import datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.config import Settings, derived_secret
from backend.conversations.files import Files
from backend.conversations.models import Event, UploadedFile
from backend.db import Base
from backend.errors import NotFound
from backend.privacy.person import Person
from backend.privacy.stores import stores

LINK_SECONDS = 3600
NOT_TOLD = ("shop", "token", "session_url", "contact", "came_from", "code_hash")
"""What opens something, and what the shop needs for itself."""


class CopyNotFound(NotFound):
    """There is no such copy, or the link to it has expired."""

    code = "copy_not_found"


class Links:
    """They lead to what is known of whoever has shown a conversation to be theirs."""

    def __init__(self, settings: Settings) -> None:
        self._signed = URLSafeTimedSerializer(derived_secret(settings.secret, "personal data"))

    def of(self, conversation_id: str) -> str:
        return f"/api/personal-data/copies/{self._signed.dumps(conversation_id)}"

    def conversation(self, token: str) -> str:
        """Raises CopyNotFound."""
        try:
            return str(self._signed.loads(token, max_age=LINK_SECONDS))
        except BadSignature:
            raise CopyNotFound from None


async def exported(session: AsyncSession, person: Person, files: Files, public_url: str) -> dict[str, Any]:
    """Rows by the names of their tables; an uploaded file has a link, good for a day."""
    told: dict[str, Any] = {"email": person.email}
    for store in stores(person):
        if store.is_told:
            rows = await session.scalars(select(store.table).where(store.rows))
            told[store.table.__tablename__] = [
                _row(row, files, public_url) for row in rows if _is_theirs(row)
            ]
    return told


def _is_theirs(row: Base) -> bool:
    return not isinstance(row, Event) or row.audience == "public"


def _row(row: Base, files: Files, public_url: str) -> dict[str, Any]:
    columns = [column.key for column in row.__mapper__.column_attrs if column.key not in NOT_TOLD]
    told = {name: _value(getattr(row, name)) for name in columns}
    if isinstance(row, UploadedFile):
        told["url"] = public_url + files.link(row.conversation_id, row.id)
    return told


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
