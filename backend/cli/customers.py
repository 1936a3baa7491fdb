"""What the shop knows of a person: given to them, and erased."""

import asyncio

import click
import msgspec

from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.conversations.files import Files
from backend.privacy.erasing import erase_for_staff
from backend.privacy.exporting import exported
from backend.privacy.person import find_person


@commands.group()
def customers() -> None:
    """What is known of people, by the e-mail address that they ordered with. Be sure first who asks."""


@customers.command()
@click.argument("email")
def export(email: str) -> None:
    """All of it, as JSON. The links to files in it are good for a day."""

    async def read(settings: Settings) -> bytes:
        async with opened(settings) as database, database.snapshot() as session:
            person = await find_person(session, email)
            return msgspec.json.encode(await exported(session, person, Files(settings), settings.public_url))

    told = asyncio.run(read(current_settings()))
    click.echo(msgspec.json.format(told, indent=2).decode())


@customers.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(email: str, yes: bool) -> None:
    """For good: orders stay for the books, without name, address and e-mail. The open shop does it within moments."""

    async def known(settings: Settings) -> tuple[int, int]:
        async with opened(settings) as database, database.reading() as session:
            person = await find_person(session, email, is_typed_enough=True)
            return len(person.conversations), len(person.orders)

    async def ask(settings: Settings) -> None:
        async with opened(settings) as database, database.transaction() as session:
            await erase_for_staff(session, email)

    settings = current_settings()
    conversations, orders = asyncio.run(known(settings))
    click.echo(f"{email}: {conversations} conversations go, {orders} orders lose their names.")
    if not yes:
        click.confirm("Erase?", abort=True)
    asyncio.run(ask(settings))
    click.echo("It is being erased.")
