"""What a paid order gives as files."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Variant
from backend.db import rows_changed
from backend.orders.models import MOST_DOWNLOADS, Download, Order, OrderLine


class DownloadView(msgspec.Struct, frozen=True):
    """`left` says how often it can still be downloaded."""

    id: str
    name: str
    left: int


async def give(session: AsyncSession, order_id: str, lines: Sequence[OrderLine]) -> None:
    """Once for an order, when it is paid. A second copy of a file would be the same file."""
    digital = {variant_id: name for line in lines for variant_id, name in _digital_parts(line)}
    rows = await session.execute(select(Variant.id, Variant.files).where(Variant.id.in_(digital)))
    files = {row.id: row.files for row in rows}
    given = [(name, file) for variant_id, name in digital.items() for file in files[variant_id]]
    session.add_all(
        Download(order_id=order_id, name=name, file=file, position=position)
        for position, (name, file) in enumerate(given)
    )


def _digital_parts(line: OrderLine) -> list[tuple[str, str]]:
    """Variant and its name."""
    if line.is_digital:
        return [(line.variant_id, line.name)]
    return [(part["variant_id"], part["name"]) for part in line.parts if part["is_digital"]]


async def downloads_of(session: AsyncSession, order: Order) -> list[DownloadView]:
    """None but of an order that is paid, and was not paid back."""
    if order.payment_status != "paid":
        return []
    rows = await session.scalars(select(Download).filter_by(order_id=order.id).order_by(Download.position))
    return [DownloadView(row.id, row.name, MOST_DOWNLOADS - row.taken) for row in rows]


async def find_download(session: AsyncSession, order: Order, download_id: str) -> Download | None:
    if order.payment_status != "paid":
        return None
    return await session.scalar(select(Download).filter_by(id=download_id, order_id=order.id))


async def count_download(session: AsyncSession, download: Download) -> bool:
    """Whether it may be downloaded once more."""
    taken = (
        update(Download)
        .where(Download.id == download.id, Download.taken < MOST_DOWNLOADS)
        .values(taken=Download.taken + 1)
    )
    return await rows_changed(session, taken) == 1
