"""E-mail goes out through one door: to a mail server, or, where none is set up, into a mailbox of the database."""

import asyncio
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

import msgspec
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column
from yarl import URL

from backend.config import LOOPBACK, Settings
from backend.db import Base, Database, Key, insert_into, now

TIMEOUT_SECONDS = 20


class Letter(msgspec.Struct, frozen=True):
    """`key`: the same one again is the same letter."""

    key: str
    to: str
    subject: str
    words: str


class KeptLetter(Base):
    __tablename__ = "kept_letter"
    __table_args__ = (Index("ix_kept_letter_at", "at"),)

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    to: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]


class Mailer(Protocol):
    async def send(self, letter: Letter) -> None:
        """Raises OSError when it could not be handed over: the job tries again."""


class Mailbox:
    """Nothing leaves the machine; `/mailbox` shows what would have."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, letter: Letter) -> None:
        async with self._database.transaction() as session:
            kept = msgspec.structs.asdict(letter) | {"at": now(session)}
            await session.execute(insert_into(session, KeptLetter).values(kept).on_conflict_do_nothing())


class MailServer:
    """SMTP: `smtps://user:password@host`, or `smtp://…`, which is encrypted as well unless it is this machine."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = URL(url)
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        await asyncio.to_thread(self._hand_over, letter)

    def _hand_over(self, letter: Letter) -> None:
        message = EmailMessage()
        message["From"], message["To"] = self._sender, letter.to
        message["Subject"] = letter.subject
        message["Message-ID"] = f"<{letter.key.replace(':', '.')}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.words)
        with self._connected() as server:
            if self._url.user:
                server.login(self._url.user, self._url.password or "")
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        host, context = self._url.host or "", ssl.create_default_context()
        if self._url.scheme == "smtps":
            port = self._url.port or smtplib.SMTP_SSL_PORT
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(host, self._url.port or 587, timeout=TIMEOUT_SECONDS)
        if host not in LOOPBACK:
            server.starttls(context=context)
        return server


def mailer_of(settings: Settings, sender: str, database: Database) -> Mailer:
    return MailServer(settings.smtp_url, sender) if settings.smtp_url else Mailbox(database)
