"""What staff and newcomers do on the command line beside the open shop."""

import asyncio

import click.testing
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from backend import migrations
from backend.cli import commands
from tests.shop.conftest import Shop, until
from tests.shop.test_pickup import paid, stored
from tests.shop.test_sources import bought

__all__ = ["stored"]


async def comptoir(shop: Shop, *arguments: str) -> tuple[int, list[str]]:
    """How it ends, and the lines that it prints."""
    settings = shop.settings
    surroundings = {
        "COMPTOIR_DATA_DIR": str(settings.data_dir),
        "COMPTOIR_DATABASE_URL": settings.database_url,
        "COMPTOIR_SANDBOX_URL": settings.carrier_url,
    }
    runner = click.testing.CliRunner(env=surroundings)
    done = await asyncio.to_thread(runner.invoke, commands, arguments, catch_exceptions=False)
    return done.exit_code, done.output.splitlines()


async def as_migrated(shop: Shop) -> None:
    """The tables of a test are made at once, and bear no version."""
    scripts = ScriptDirectory(str(next(iter(migrations.__path__))))
    async with shop.database.engine.begin() as connection:
        await connection.run_sync(lambda sync: MigrationContext.configure(sync).stamp(scripts, "head"))


async def test_an_order_is_prepared_and_handed_over_at_the_counter(stored: Shop) -> None:
    await as_migrated(stored)
    assert await comptoir(stored, "orders", "waiting") == (0, ["Nothing is to be collected."])
    customer = await stored.visit()
    order = await paid(customer)
    code, number = order["collection"]["code"], order["number"]

    assert (await comptoir(stored, "orders", "collect", code))[0] == 1
    _, (line,) = await comptoir(stored, "orders", "waiting")
    assert line.startswith(f"{number}  paris  to_be_prepared  paid ")
    assert code not in line
    assert (await comptoir(stored, "orders", "waiting", "--store", "bordeaux"))[1] == [
        "Nothing is to be collected."
    ]
    assert await comptoir(stored, "orders", "ready", number) == (0, [f"{number}: ready"])

    async def is_told() -> bool:
        return any("news_order_ready" in str(turn) for turn in stored.assistant.turns)

    await until(is_told)
    handed = [f"{number} for Camille Durand: collected", "1 × Tasse, Bleu (MUG-BLUE)"]
    assert await comptoir(stored, "orders", "collect", code) == (0, handed)
    again, (said,) = await comptoir(stored, "orders", "collect", code)
    assert (again, said.startswith("Error: ")) == (1, True)
    assert (await customer.current(order))["fulfilment_status"] == "collected"
    assert await stored.differences() == []


async def test_all_parcels_of_an_order_move_together(shop: Shop) -> None:
    customer, order = await bought(shop, ("MUG-BLUE", 7))

    async def are_booked() -> bool:
        return all(parcel["tracking_url"] for parcel in (await customer.current(order))["parcels"])

    await until(are_booked)
    for step in ("picked_up", "in_transit"):
        code, lines = await comptoir(shop, "parcel", "advance")
        assert (code, [line.split(": ")[1] for line in lines]) == (0, [step, step])

    async def are_on_their_way() -> bool:
        return {parcel["status"] for parcel in (await customer.current(order))["parcels"]} == {"in_transit"}

    await until(are_on_their_way)
    assert (await comptoir(shop, "parcel", "advance", "C-NONE"))[0] == 1
