"""Opening the shop, and looking after it."""

import asyncio
import json
import os
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from aiohttp import web
from sqlalchemy.engine import make_url

from backend import logs, migrations, openapi
from backend import run as running
from backend.cli.base import commands, refuse_other_version, surrounding_settings
from backend.config import Settings
from backend.pages.files import pinned_tag

STOP_SECONDS = 2.0


@commands.command()
def run() -> None:
    """Open the shop: everything it needs, until Ctrl-C."""
    running.run(os.environ, say=click.echo)


@commands.command()
def serve() -> None:
    """Run the backend alone."""
    from backend.app import create_app  # the whole application: the other commands start without it

    settings = surrounding_settings()
    logs.configure()
    refuse_other_version(settings)
    with _alone(settings):
        web.run_app(
            create_app(settings),
            host=running.HOST,
            port=settings.port,
            reuse_port=settings.backends > 1,
            access_log_class=logs.AccessLogger,
            shutdown_timeout=STOP_SECONDS,
            print=None,
        )


@commands.command()
def migrate() -> None:
    """Bring the tables of the database up to date."""
    asyncio.run(migrations.upgrade(surrounding_settings()))


@commands.command()
@click.argument("message")
def migration(message: str) -> None:
    """Write the migration that the models ask for."""
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings.from_environment({"COMPTOIR_DATA_DIR": directory})
        asyncio.run(migrations.upgrade(settings))
        asyncio.run(migrations.write(settings, message))


@commands.command("openapi")
def print_openapi() -> None:
    """Print the API's document."""
    from backend.app import OPERATIONS

    document = openapi.document(OPERATIONS, surrounding_settings().public_url)
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@commands.command()
def widget_snippet() -> None:
    """Print the script tag that shows the chat on a website, pinned to this version."""
    click.echo(pinned_tag(surrounding_settings().public_url))


def _alone(settings: Settings) -> AbstractContextManager[None]:
    """On SQLite two backends would each believe that they are the only writer."""
    if not settings.is_sqlite:
        return nullcontext()
    path = Path(make_url(settings.database_url).database or "")
    return running.only_one(path.with_suffix(".lock"), f"{path} is in use by another backend")
