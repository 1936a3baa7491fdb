"""The shop's own texts."""

import asyncio
from pathlib import Path

import click

from backend import importing
from backend.cli.base import (
    Directory,
    commands,
    current_settings,
    opened,
    refuse_other_version,
    surrounding_settings,
)
from backend.cli.catalogue import import_
from backend.config import Settings
from backend.policies import checking
from backend.policies.checking import Problem
from backend.policies.service import Kept
from backend.policies.shelf import Sources, stored
from backend.shop import Shop


@import_.command("policies")
@click.argument("directory", type=Directory)
def import_policies(directory: Path) -> None:
    """The shop's own texts, from a directory of Markdown files (docs/policies.md).

    They are all the texts that there are from now on: one that is not in the directory is removed.
    """

    async def imported(settings: Settings) -> tuple[Kept | None, list[Problem]]:
        shop = Shop.load(settings.shop_file)
        async with opened(settings) as database:
            return await importing.import_policies(database, directory, shop, settings.hold_minutes)

    settings = current_settings()
    kept, problems = asyncio.run(imported(settings))
    _tell(problems)
    if kept is None:
        raise click.ClickException("Nothing was imported: repair what is refused.")
    click.echo(
        f"{kept.created} texts created, {kept.updated} updated, {kept.unchanged} unchanged, "
        f"{kept.removed} removed."
    )


@commands.group("policies")
def policies_() -> None:
    """The shop's own texts: delivery, returns, privacy …"""


@policies_.command("check")
@click.argument("directory", type=Directory, required=False)
def check_policies(directory: Path | None) -> None:
    """Look for what is wrong in a directory's texts; without one, in those that the shop shows."""
    settings = surrounding_settings()
    sources, problems = checking.read_directory(directory) if directory else (_kept_policies(settings), [])
    problems += checking.check(sources, Shop.load(settings.shop_file), settings.hold_minutes)
    _tell(problems)
    if problems:
        raise click.ClickException(f"{len(problems)} things are wrong.")
    click.echo(f"All is well with {len(sources)} texts.")


def _kept_policies(settings: Settings) -> Sources:
    async def read() -> Sources:
        async with opened(settings) as database, database.reading() as session:
            return await stored(session)

    refuse_other_version(settings)
    return asyncio.run(read())


def _tell(problems: list[Problem]) -> None:
    for problem in problems:
        click.echo(f"{problem}" + ("" if problem.is_refused else " (a warning)"), err=True)
