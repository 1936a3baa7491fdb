"""What all commands share: the group, the settings, the database. A refusal is one line and exit code 1."""

import asyncio
import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import alembic.util
import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from backend import migrations
from backend import run as running
from backend.catalogue.exporting import CannotExport
from backend.catalogue.importing import Unreadable
from backend.catalogue.listing import NotAList
from backend.catalogue.pricing import usual_currency
from backend.catalogue.tables import UnreadableTable
from backend.catalogue.views import Shopper
from backend.clock import Clock
from backend.config import CURRENCIES, InvalidSetting, Settings
from backend.db import Database
from backend.errors import ShopError
from backend.events import Events
from backend.pages.files import NotBuilt

REFUSALS = (
    InvalidSetting, ShopError, CannotExport, Unreadable, UnreadableTable, NotAList, NotBuilt, running.CannotRun,
    SQLAlchemyError, OSError, alembic.util.CommandError,
)  # fmt: skip

Directory = click.Path(exists=True, file_okay=False, path_type=Path)

CURRENCY = click.option(
    "--currency", type=click.Choice(CURRENCIES), help="The shop's most usual one if left out."
)
"""Whose prices are meant, as `shopper_in` takes it."""


async def shopper_in(session: AsyncSession, language: str, currency: str | None) -> Shopper:
    return Shopper(language, currency or await usual_currency(session) or CURRENCIES[0])


class Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except REFUSALS as refusal:
            raise click.ClickException(str(refusal).splitlines()[0]) from None


@click.group(cls=Commands)
def commands() -> None:
    """Comptoir, the shop you talk to."""


def surrounding_settings() -> Settings:
    return Settings.from_environment(running.surroundings(os.environ))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings, Clock(), Events())
    database.info["actor"] = f"command: {getpass.getuser()}"
    try:
        yield database
    finally:
        await database.close()


def refuse_other_version(settings: Settings) -> None:
    if not asyncio.run(migrations.is_current(settings)):
        raise InvalidSetting("The database is of another version: run `comptoir migrate`.")


def current_settings() -> Settings:
    """Of a shop whose tables are of this version. Raises InvalidSetting."""
    settings = surrounding_settings()
    refuse_other_version(settings)
    return settings
