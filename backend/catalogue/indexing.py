"""The catalogue, made searchable: read from the database at start, and piece by piece when imports change it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import (
    AT_ONCE,
    Latest,
    changed,
    count_changed,
    everything,
    latest_version,
    those,
    version_after,
)
from backend.catalogue.documents import Analysed, Described, analyse, document, learn
from backend.catalogue.embedded import TantivyIndex
from backend.catalogue.index import Page, SearchIndex, SearchQuery, SearchUnavailable, Version
from backend.catalogue.keeping import Keeping
from backend.catalogue.ranking import LinearRanking, Ranking
from backend.catalogue.shelves import Availability
from backend.catalogue.tuning import Tuning
from backend.catalogue.turns import turned, untold
from backend.catalogue.vocabulary import Vocabulary
from backend.db import Database, alone

log = structlog.get_logger()

PAUSE_SECONDS = 0.002
"""After each product, while the shop is open: threads share one interpreter, and requests go first."""
LOOK_SECONDS = 0.5
RETRY_SECONDS = 5.0
"""After a look that the engine did not answer."""
MOST_AWAITED = 100
"""Products that changed, which a customer's request has read anew; more are left to `follow`."""
PATIENCE_SECONDS = 0.5
"""Of a request, where another is reading already."""
NEVER = -1
MOST_UNKEPT = 1_000
"""Products whose words are read again at the next start, rather than to keep the vocabulary after each change."""
NOT_LEARNED = ("tuning", "synonyms", "abroad", "likeness", "spellings")
"""Of a vocabulary: what is the operator's, and what is computed from the rest."""


class ShopIndex:
    """An engine and the shop's vocabulary."""

    def __init__(
        self,
        tuning: Tuning | None = None,
        engine: SearchIndex | None = None,
        keeping: Keeping | None = None,
        availability: Availability | None = None,
        ranking: Ranking | None = None,
    ) -> None:
        self._tuning = tuning
        self._keeping = keeping
        self._availability = availability
        self._unkept = 0
        self.engine = engine or TantivyIndex()
        self.ranking = ranking or LinearRanking()
        self.vocabulary = Vocabulary(tuning)
        self.vocabulary.finish()
        self._version = NEVER
        """Of the catalogue, as far as the vocabulary knows it; the engine knows its own."""
        self._reading = asyncio.Lock()
        self._foreseen: set[str] = set()
        """The jobs that have yet to tell of what has been read here already."""

    def build(self, described: Iterable[Described]) -> None:
        vocabulary = Vocabulary(self._tuning)
        self.engine.begin()
        remaining = iter(described)
        while products := list(islice(remaining, AT_ONCE)):
            analysed = [analyse(product, vocabulary) for product in products]
            learn(vocabulary, analysed)
            self.engine.upsert(map(document, analysed))
        self.engine.refresh()
        vocabulary.finish()
        vocabulary.likeness.prepare()
        self.vocabulary = vocabulary

    async def search(self, query: SearchQuery) -> Page:
        """Raises SearchUnavailable. Other requests do not wait for an engine that is another program."""
        if self.engine.is_shared:
            return await asyncio.to_thread(self.engine.search, query)
        return self.engine.search(query)

    def close(self) -> None:
        self.engine.close()
        if self._keeping:
            self._keeping.close()

    async def start(self, session: AsyncSession) -> None:
        """From what an earlier process has kept, where that fits, and what changed since; else as `rebuild`."""
        latest = await latest_version(session)
        if not await asyncio.to_thread(self._recall, latest):
            return await self._read_all(session)
        try:
            if await self._written(latest) < latest.categories:
                return await self._rebuild(session)
            while await self.catch_up(session):
                pass
        except SearchUnavailable:
            log.exception("search_engine_not_written")

    async def rebuild(self, session: AsyncSession) -> None:
        """Reads all, whatever was kept, and prepares to compare meanings."""
        await self._read_all(session)
        await self._prepare()

    async def _prepare(self) -> None:
        """Takes a second or two, which a shop that opens does not wait for."""
        await asyncio.to_thread(self.vocabulary.likeness.prepare)

    async def _read_all(self, session: AsyncSession) -> None:
        """Without its engine the shop opens all the same, and `follow` writes when it is back."""
        try:
            await self._rebuild(session)
        except SearchUnavailable:
            log.exception("search_engine_not_written")
            latest = await latest_version(session)
            vocabulary = Vocabulary(self._tuning)
            async for products in everything(session, latest.number, self._availability):
                learn(vocabulary, await asyncio.to_thread(_analysed, products, vocabulary))
            await self._know(vocabulary, latest)

    async def follow(self, database: Database) -> None:
        """Never returns. Other processes import, on either engine; one small read every half second tells."""
        is_reached, is_behind = True, False
        while True:
            await self._prepare()
            await asyncio.sleep(0 if is_behind else LOOK_SECONDS if is_reached else RETRY_SECONDS)
            try:
                async with database.snapshot() as session:
                    is_behind = await self.catch_up(session)
                is_reached = True
            except SearchUnavailable:
                if is_reached:
                    log.exception("search_engine_not_followed")
                is_reached, is_behind = False, False

    async def be_current(self, session: AsyncSession) -> None:
        """What a listing narrows and sorts by, price and stock, is as the database has it now; what takes long is
        left to `follow`. Raises SearchUnavailable."""
        jobs = await untold(session)
        unforeseen = jobs.keys() - self._foreseen
        if not unforeseen and not await self._is_little_behind(session):
            return
        try:
            async with self._reading_alone(PATIENCE_SECONDS):
                if await self._is_little_behind(session):
                    await self._catch_up(session)
                turning = [await turned(session, jobs[job].kind, jobs[job].payload) for job in unforeseen]
                products = set().union(*turning)
                if len(products) <= MOST_AWAITED:
                    await self._read_again(session, products)
                    self._foreseen = set(jobs)
        except TimeoutError:
            log.info("search_read_by_another", seconds=PATIENCE_SECONDS)

    @asynccontextmanager
    async def _reading_alone(self, patience_seconds: float | None = None) -> AsyncIterator[None]:
        """Raises TimeoutError."""
        async with asyncio.timeout(patience_seconds):
            await self._reading.acquire()
        try:
            yield
        finally:
            self._reading.release()

    async def _is_little_behind(self, session: AsyncSession) -> bool:
        latest = await latest_version(session)
        if not latest.categories <= self._version < latest.number:
            return False
        return await count_changed(session, self._version, MOST_AWAITED + 1) <= MOST_AWAITED

    async def _read_again(self, session: AsyncSession, products: set[str]) -> None:
        """What of them is searched by words is the same as before."""
        latest = await latest_version(session)
        written = await self._written(latest)
        if not products or written == NEVER:
            return
        described = await those(session, products, self._availability)
        analysed = await asyncio.to_thread(_analysed, described, self.vocabulary)
        await asyncio.to_thread(self._write, analysed, NEVER, Version(latest.catalogue, written))

    async def catch_up(self, session: AsyncSession) -> bool:
        """Reads what changed since the last time, or everything when what all products are found by did.
        Returns whether there is more. Raises SearchUnavailable."""
        async with self._reading_alone():
            return await self._catch_up(session)

    async def _catch_up(self, session: AsyncSession) -> bool:
        latest = await latest_version(session)
        if not self._is_behind(latest, await self._written(latest)):
            return False
        if self.engine.is_shared:
            await alone(session, "search")
        written = await self._written(latest)
        if written < latest.categories or not latest.categories <= self._version <= latest.number:
            await self._rebuild(session, PAUSE_SECONDS)
            return False
        since = min(self._version, written)
        upto = await version_after(session, since, latest.number)
        products = await changed(session, since, upto, self._availability)
        analysed = await asyncio.to_thread(_analysed, products, self.vocabulary, PAUSE_SECONDS)
        await asyncio.to_thread(self._write, analysed, written, Version(latest.catalogue, upto))
        await self._learn([words for words in analysed if words.product.version > self._version])
        self._version = max(self._version, upto)
        self._unkept += len(analysed)
        if self._unkept > MOST_UNKEPT:
            await self._keep(latest.catalogue)
        return upto < latest.number

    def _is_behind(self, latest: Latest, written: int) -> bool:
        return self._version != latest.number or written < latest.number

    async def _written(self, latest: Latest) -> int:
        written = await asyncio.to_thread(self.engine.version)
        return written.number if written and written.catalogue in ("", latest.catalogue) else NEVER

    async def _rebuild(self, session: AsyncSession, pause_seconds: float = 0) -> None:
        """The version is read before the rest: what changes meanwhile is read again, never missed. An engine that
        another process has written gets only what is newer."""
        if self.engine.is_shared:
            await alone(session, "search")
        latest = await latest_version(session)
        written = await self._written(latest)
        if not latest.categories <= written <= latest.number:
            written = NEVER
            await asyncio.to_thread(self.engine.begin)
        vocabulary = Vocabulary(self._tuning)
        async for products in everything(session, written, self._availability):
            analysed = await asyncio.to_thread(_analysed, products, vocabulary, pause_seconds)
            await asyncio.to_thread(learn, vocabulary, analysed)
            await asyncio.to_thread(self._write, analysed, written)
        await asyncio.to_thread(self.engine.refresh, Version(latest.catalogue, latest.number))
        await self._know(vocabulary, latest)

    async def _know(self, vocabulary: Vocabulary, latest: Latest) -> None:
        await asyncio.to_thread(vocabulary.finish)
        self.vocabulary, self._version = vocabulary, latest.number
        await self._keep(latest.catalogue)

    async def _keep(self, catalogue: str) -> None:
        self._unkept = 0
        if self._keeping:
            kept = (Version(catalogue, self._version), _learned(self.vocabulary))
            await asyncio.to_thread(self._keeping.write, "vocabulary", kept)

    def _recall(self, latest: Latest) -> bool:
        kept = self._keeping.read("vocabulary") if self._keeping else None
        if kept is None:
            return False
        version, learned = kept
        if version.catalogue != latest.catalogue or not latest.categories <= version.number <= latest.number:
            return False
        vars(self.vocabulary).update(learned)
        self.vocabulary.finish()
        self._version = version.number
        return True

    def _write(self, analysed: list[Analysed], written: int, upto: Version | None = None) -> None:
        newer = [words for words in analysed if words.product.version > written]
        self.engine.upsert(document(words) for words in newer if not words.product.is_gone)
        self.engine.delete(words.product.handle for words in newer if words.product.is_gone)
        if upto and upto.number > written:
            self.engine.refresh(upto)

    async def _learn(self, analysed: list[Analysed]) -> None:
        """Words are added between requests, not beside them. Those of a product that is gone or says something
        else now stay known until the next start: they find nothing, and only weigh in the speller."""
        for start in range(0, len(analysed), AT_ONCE):
            learn(self.vocabulary, analysed[start : start + AT_ONCE])
            await asyncio.sleep(0)
        if analysed:
            await asyncio.to_thread(self.vocabulary.finish)
            self.vocabulary.spellings.cache_clear()


def _analysed(
    products: Iterable[Described], vocabulary: Vocabulary, pause_seconds: float = 0
) -> list[Analysed]:
    analysed = []
    for product in products:
        analysed.append(analyse(product, vocabulary))
        time.sleep(pause_seconds)
    return analysed


def _learned(vocabulary: Vocabulary) -> dict[str, Any]:
    return {name: value for name, value in vars(vocabulary).items() if name not in NOT_LEARNED}
