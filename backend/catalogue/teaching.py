"""The words that the shop calls its things by, for the assistant, which takes them for names of things then and not
for typing errors of other words (`bot/nlu/shop_words.py`)."""

import os
import re
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.models import Product

FILE = "shop_words.txt"
"""In the data directory, a word a line."""
WORD = re.compile(r"[^\W\d_]{3,}")
AT_ONCE = 1_000


async def teach(session: AsyncSession, directory: Path) -> int:
    """Writes the words of all products' names and brands; says how many they are. The running assistant reads them
    with its next message."""
    words: set[str] = set()
    named = select(Product.name, Product.brand).execution_options(yield_per=AT_ONCE)
    async for name, brand in await session.stream(named):
        words.update(WORD.findall(" ".join([brand, *name.values()]).lower()))
    _write(directory / FILE, sorted(words))
    return len(words)


def _write(path: Path, words: list[str]) -> None:
    """All or nothing: the assistant may be reading."""
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text("".join(f"{word}\n" for word in words), "utf-8")
    os.replace(unfinished, path)
