"""All texts of the shop, ready to be shown and searched: made anew when an import has changed one."""

import asyncio

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.config import LANGUAGES
from backend.db import Database
from backend.errors import NotFound
from backend.policies.facts import facts
from backend.policies.models import PolicyText, PolicyVersion
from backend.policies.search import SectionIndex
from backend.policies.text import Policy, Section, read_policy
from backend.shop import Shop

LOOK_SECONDS = 1.0
Sources = dict[tuple[str, str], str]
"""What was written, by topic and language."""


class PolicyNotFound(NotFound):
    """The shop says nothing about this topic."""

    code = "policy_not_found"


class Reader(msgspec.Struct, frozen=True):
    language: str
    currency: str


class Answer(msgspec.Struct, frozen=True):
    """`score` is None where nothing was searched."""

    policy: Policy
    section: Section
    score: float | None


class Shelf:
    """The texts of one moment."""

    def __init__(self, sources: Sources, shop: Shop, hold_minutes: int) -> None:
        self._policies = {
            Reader(language, currency): _read(sources, shop, hold_minutes, language, currency)
            for language in LANGUAGES
            for currency in shop.currencies
        }
        self._indexes = {
            language: SectionIndex(language, self._policies[Reader(language, shop.currencies[0])].values())
            for language in LANGUAGES
        }

    def topics(self, reader: Reader) -> list[Policy]:
        """In the reader's language, else in English."""
        return sorted(self._policies[reader].values(), key=lambda policy: (policy.position, policy.title))

    def find(self, topic: str, reader: Reader) -> Policy:
        """Raises PolicyNotFound."""
        policy = self._policies[reader].get(topic)
        if policy is None:
            raise PolicyNotFound(topic=topic)
        return policy

    def search(self, words: str, reader: Reader, about: str | None = None) -> list[Answer]:
        """The sections that answer, best first; `about` is the topic that the asker has in mind."""
        policies = self._policies[reader]
        return [
            Answer(policies[hit.topic], policies[hit.topic].sections[hit.number], hit.score)
            for hit in self._indexes[reader.language].search(words, about)
        ]


class Policies:
    """The shelf of an open shop."""

    def __init__(self, shop: Shop, hold_minutes: int) -> None:
        self._shop = shop
        self._hold_minutes = hold_minutes
        self._version = 0
        self.shelf = Shelf({}, shop, hold_minutes)

    async def rebuild(self, session: AsyncSession) -> None:
        """Reads of one moment, so that the version is that of the texts."""
        version, sources = await version_of(session), await stored(session)
        self.shelf = await asyncio.to_thread(Shelf, sources, self._shop, self._hold_minutes)
        self._version = version

    async def follow(self, database: Database) -> None:
        """Never returns. Other processes import; one small read a second tells."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            async with database.snapshot() as session:
                if await version_of(session) != self._version:
                    await self.rebuild(session)


async def version_of(session: AsyncSession) -> int:
    return await session.scalar(select(PolicyVersion.number)) or 0


async def stored(session: AsyncSession) -> Sources:
    return {(text.topic, text.language): text.source for text in await session.scalars(select(PolicyText))}


def _read(sources: Sources, shop: Shop, hold_minutes: int, language: str, currency: str) -> dict[str, Policy]:
    policies = {}
    for topic in sorted({topic for topic, _ in sources}):
        spoken = next(each for each in (language, "en", *LANGUAGES) if (topic, each) in sources)
        values = facts(shop, hold_minutes, spoken, currency)
        policies[topic] = read_policy(topic, spoken, sources[topic, spoken], values)
    return policies
