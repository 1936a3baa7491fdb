"""Promotions and coupons: into the shop, looked at, stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
import msgspec
import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from backend import importing
from backend.cli.base import commands, current_settings, opened
from backend.promotions import staff
from backend.promotions.importing import PromotionReport

File = click.Path(exists=True, dir_okay=False, path_type=Path)
T = TypeVar("T")


@commands.group("promotions")
def promotions_() -> None:
    """What makes things cheaper, and the codes that ask for it (docs/promotions.md)."""


@promotions_.command("import")
@click.argument("path", type=File)
@click.option("--dry-run", is_flag=True, help="Check everything, keep nothing.")
def import_promotions(path: Path, dry_run: bool) -> None:
    """From a YAML or CSV file. It is kept as a whole or not at all; the same file again changes nothing."""

    async def imported() -> PromotionReport:
        async with opened(current) as database:
            return await importing.import_promotions(database, path, dry_run=dry_run)

    current = current_settings()
    tell(asyncio.run(imported()))


@promotions_.command("list")
@click.option("--all", "with_stopped", is_flag=True, help="Also what was stopped or is over.")
def list_promotions(with_stopped: bool) -> None:
    """In the order in which they count."""
    for line in _within(lambda session: staff.lines(session, with_stopped=with_stopped)):
        click.echo(line)


@promotions_.command("show")
@click.argument("code")
def show_promotion(code: str) -> None:
    """All that it says, as a file would say it, and how often its coupons were used."""
    said = _within(lambda session: staff.document(session, code))
    click.echo(yaml.safe_dump(msgspec.to_builtins(said), allow_unicode=True, sort_keys=False), nl=False)


@promotions_.command("stop")
@click.argument("code")
def stop_promotion(code: str) -> None:
    """From now on; orders that were placed keep what they were promised. To begin again, import it again."""
    _within(lambda session: staff.stop(session, code), is_written=True)
    click.echo(f"{code} is stopped.")


@promotions_.command("generate")
@click.argument("code")
@click.argument("count", type=click.IntRange(1, 10_000))
@click.option("--prefix", default="", help="What each code begins with.")
@click.option("--limit", type=click.IntRange(1), default=1, show_default=True, help="Uses of each code.")
def generate_coupons(code: str, count: int, prefix: str, limit: int) -> None:
    """So many codes that nobody can guess, for the promotion of this CODE; each is printed once."""
    for coupon in _within(
        lambda session: staff.generate(session, code, count, prefix=prefix, limit=limit), is_written=True
    ):
        click.echo(coupon)


def tell(report: PromotionReport) -> None:
    for error in report.errors:
        click.echo(f"{error.file}:{error.row} {error.column}: {error.message}", err=True)
    if report.errors:
        raise click.ClickException(f"Nothing was kept: {len(report.errors)} promotions are wrong.")
    click.echo(
        f"{report.created} promotions created, {report.updated} updated, {report.unchanged} unchanged."
    )


def _within(act: Callable[[AsyncSession], Awaitable[T]], *, is_written: bool = False) -> T:
    async def acted() -> T:
        async with (
            opened(settings) as database,
            database.transaction() if is_written else database.reading() as session,
        ):
            return await act(session)

    settings = current_settings()
    return asyncio.run(acted())
