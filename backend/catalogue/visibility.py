"""Who sees a product or a variant: shown at all, at this time, in the channel through which the caller comes."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, ColumnElement, String, cast, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import now

WEB = "web"
CHANNELS = (WEB, "telegram", "whatsapp", "messenger", "slack")


class Showable:
    """The columns that say it. What is `is_visible` false was taken out of the shop for good."""

    is_visible: Mapped[bool] = mapped_column(default=True)
    visible_from: Mapped[datetime | None]
    visible_until: Mapped[datetime | None]
    """The first moment at which it is gone."""
    channels: Mapped[list[Any] | None] = mapped_column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    )
    """Some of `CHANNELS`; null for all."""


def is_shown(session: AsyncSession, *tables: type[Showable]) -> list[ColumnElement[bool]]:
    """That these are visible now to whoever this session serves."""
    at, channel = now(session), session.info.get("channel", WEB)
    return [condition for table in tables for condition in _is_shown(table, at, channel)]


def _is_shown(table: type[Showable], at: datetime, channel: str) -> list[ColumnElement[bool]]:
    return [
        table.is_visible.is_(True),
        or_(table.visible_from.is_(None), table.visible_from <= at),
        or_(table.visible_until.is_(None), table.visible_until > at),
        or_(table.channels.is_(None), cast(table.channels, String).contains(f'"{channel}"')),
    ]


FOREVER = 2**40


class Shown(msgspec.Struct, frozen=True):
    """From which second to just before which, and where."""

    since: int = 0
    until: int = FOREVER
    channels: tuple[str, ...] = CHANNELS


def shown_in(*rows: Any) -> Shown:
    """When and where all of these are visible: rows with the columns of `Showable`."""
    since = [int(row.visible_from.timestamp()) for row in rows if row.visible_from]
    until = [int(row.visible_until.timestamp()) for row in rows if row.visible_until]
    allowed = [row.channels for row in rows if row.channels is not None]
    channels = tuple(channel for channel in CHANNELS if all(channel in some for some in allowed))
    return Shown(max(since, default=0), min(until, default=FOREVER), channels)
