"""Stocktakes and imports at once: each count is taken whole, one after the other."""

import asyncio
from pathlib import Path

from sqlalchemy import select, text

from backend.db import Database
from backend.importing import import_own
from backend.inventory import reconciling
from backend.inventory import service as inventory
from backend.inventory.counting import Count, count
from backend.inventory.models import StockItem
from tests.catalogue.test_exporting import empty_shop
from tests.databases import Copies, nothing
from tests.shop.conftest import until

FILES = Path(__file__).parents[1] / "catalogue" / "shop"


async def stocktake(database: Database, items: list[StockItem], on_hand: int) -> None:
    async with database.transaction() as session:
        counts = [Count(item.variant_id, item.source_id, on_hand) for item in items]
        await count(session, counts)


async def test_two_stocktakes_in_opposite_order_both_end(copies: Copies, tmp_path: Path) -> None:
    async with copies.of(nothing, "postgresql", tmp_path) as url, empty_shop(tmp_path, url) as database:
        await import_own(database, FILES)
        async with database.reading() as session:
            items = list(await session.scalars(select(StockItem).order_by(StockItem.variant_id).limit(2)))

        async def both_wait() -> bool:
            async with database.reading() as session:
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                return await session.scalar(text(waiting)) == 2

        async with (
            database.transaction() as customer
        ):  # both begin while somebody holds what the first one takes
            await customer.execute(select(StockItem).filter_by(id=items[0].id).with_for_update())
            stocktakes = asyncio.gather(stocktake(database, items, 50), stocktake(database, items[::-1], 60))
            await until(both_wait)
        await stocktakes

        async with database.reading() as session:
            counted = await inventory.counted(session, [item.variant_id for item in items])
            assert [difference async for difference in reconciling.differences(session)] == []
    first, second = (counted[item.variant_id]["lyon"] for item in items)
    assert first == second
    assert first in (50, 60)
