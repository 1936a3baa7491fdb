"""The operator's texts as a whole: kept together or not at all, so that none of them contradicts another."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.db import insert_into
from backend.policies.models import PolicyText, PolicyVersion
from backend.policies.shelf import Sources


class Kept(msgspec.Struct):
    """Counts of texts."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    @property
    def is_changed(self) -> bool:
        return bool(self.created or self.updated or self.removed)


async def keep(session: AsyncSession, sources: Sources) -> Kept:
    """Exactly these from now on: a text that is not among them is removed. The same again changes nothing."""
    kept = Kept()
    stored = {(text.topic, text.language): text for text in await session.scalars(select(PolicyText))}
    for (topic, language), source in sources.items():
        text = stored.pop((topic, language), None)
        if text is None:
            session.add(PolicyText(topic=topic, language=language, source=source))
            kept.created += 1
        elif text.source != source:
            text.source = source
            kept.updated += 1
        else:
            kept.unchanged += 1
    for gone in stored.values():
        await session.delete(gone)
        kept.removed += 1
    if kept.is_changed:
        await _tell(session)
    return kept


async def _tell(session: AsyncSession) -> None:
    """An open shop sees the number and reads the texts anew."""
    first = insert_into(session, PolicyVersion).values(number=1)
    await session.execute(
        first.on_conflict_do_update(index_elements=["shop"], set_={"number": PolicyVersion.number + 1})
    )
