"""The engine tried on anybody's data: JSON lines in, JSON lines out, one for each, in the same order."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, TypeVar

import msgspec

from backend.catalogue.frames import frame
from backend.catalogue.listing import Dialogue, Language, ListedProduct, Listing, NotAList
from backend.catalogue.search import rank
from backend.catalogue.understand import understand

LONGEST_TEXT = 10_000

Line = TypeVar("Line")
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]


class Asked(msgspec.Struct, frozen=True):
    id: str
    language: Language
    text: Text


class Request(msgspec.Struct, frozen=True):
    language: Language
    text: Text


class Turns(msgspec.Struct, frozen=True):
    id: str
    language: Language
    turns: list[Text]


def listing(
    lines: Iterable[bytes],
    watched: Callable[[Iterable[ListedProduct]], Iterable[ListedProduct]] = lambda products: products,
) -> Listing:
    """Raises NotAList."""
    return Listing(watched(read(lines, ListedProduct)))


def ranked(listing: Listing, lines: Iterable[bytes], limit: int) -> Iterator[dict[str, Any]]:
    """Raises NotAList."""
    for asked in read(lines, Asked):
        started = time.perf_counter()
        query = understand(listing.index.vocabulary, asked.text, asked.language)
        ids = asyncio.run(rank(listing.shelves(asked.language), listing.index, query, limit=limit))
        milliseconds = round((time.perf_counter() - started) * 1_000, 2)
        yield {"id": asked.id, "ids": ids, "corrected": query.corrected, "milliseconds": milliseconds}


def framed(listing: Listing, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Raises NotAList."""
    vocabulary = listing.index.vocabulary
    for asked in read(lines, Request):
        said = frame(vocabulary, understand(vocabulary, asked.text, asked.language))
        yield {"text": asked.text, "language": asked.language, "frame": said}


def followed(listing: Listing, lines: Iterable[bytes], limit: int) -> Iterator[dict[str, Any]]:
    """Raises NotAList."""
    for asked in read(lines, Turns):
        yield {"id": asked.id, "turns": asyncio.run(_talk(listing, asked, limit))}


async def _talk(listing: Listing, asked: Turns, limit: int) -> list[dict[str, Any]]:
    dialogue = Dialogue(listing, asked.language, limit)
    return [{"text": text, **msgspec.to_builtins(await dialogue.say(text))} for text in asked.turns]


def read(lines: Iterable[bytes], kind: type[Line]) -> Iterator[Line]:
    """Raises NotAList."""
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield decoder.decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise NotAList(f"line {number}: {error}") from None
