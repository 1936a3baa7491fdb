"""Where stock lies."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.inventory.models import Source


class UnknownSource(NotFound):
    """No warehouse or store has this code; `sources.csv` names them."""

    code = "unknown_source"


async def sources(session: AsyncSession) -> list[Source]:
    """In the order in which stock is taken from them."""
    return list(await session.scalars(select(Source).order_by(Source.priority, Source.code)))


async def source_meant(session: AsyncSession, code: str) -> Source | None:
    """That of the code, or the first where none is given; None in a shop that has none. Raises UnknownSource."""
    known = await sources(session)
    if not code:
        return next(iter(known), None)
    found = next((source for source in known if source.code == code), None)
    if found is None:
        codes = (
            ", ".join(source.code for source in known) or "none yet, so leave it out or import a sources.csv"
        )
        raise UnknownSource(f"No source has the code {code!r}: there is {codes}.")
    return found
