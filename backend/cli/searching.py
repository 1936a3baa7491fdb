"""What is understood and found."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO

import click
from tqdm import tqdm

from backend import understanding
from backend.catalogue import trials
from backend.catalogue.explaining import explained
from backend.catalogue.index import SearchUnavailable
from backend.catalogue.shelves import ShopShelves
from backend.cli.base import CURRENCY, commands, current_settings, opened, shopper_in
from backend.config import LANGUAGES, Settings

INDEX_FROM = click.option(
    "--index-from", required=True, type=click.File("rb"), help="the products, JSON lines (docs/search.md)"
)

ASKED = click.option(
    "--queries", default="-", type=click.File("rb"), help="JSON lines; standard input without it"
)


@commands.command()
def understand() -> None:
    """Read JSON lines {text, language?}, write what is understood.

    Without a language it is recognised as for a first message. Each line written is {text, language, intent,
    confidence, ranking, entities, out_of_scope_score}; a fallback of the dialogue is not counted as an intent.
    """
    settings = Settings.from_environment(os.environ)
    understanding.understand(settings, sys.stdin, say=lambda text: click.echo(text, err=True))


@commands.command()
@INDEX_FROM
@ASKED
@click.option("--limit", default=100, type=click.IntRange(1, 1_000), help="ids per query")
def search(index_from: BinaryIO, queries: BinaryIO, limit: int) -> None:
    """Rank the products of a list for each query: {id, language, text} becomes {id, ids, corrected, milliseconds}."""
    _written(trials.ranked(trials.listing(index_from, _bar()), queries, limit))


@commands.command("understand-query")
@INDEX_FROM
@ASKED
def understand_query(index_from: BinaryIO, queries: BinaryIO) -> None:
    """Write the frame of slots that each request says: {text, language} becomes {text, language, frame}."""
    _written(trials.framed(trials.listing(index_from, _bar()), queries))


@commands.command("explain-query")
@click.argument("words")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@CURRENCY
def explain_query(words: str, language: str, currency: str | None) -> None:
    """Show what the shop's search makes of a customer's words, and why it finds what it finds."""
    from backend.app import shop_index

    async def explain(settings: Settings) -> list[str]:
        with closing(shop_index(settings, keeping=None)) as index:
            async with opened(settings) as database, database.snapshot() as session:
                await index.rebuild(session)
                shopper = await shopper_in(session, language, currency)
                return await explained(ShopShelves(session, shopper), index, words)

    settings = current_settings()
    try:
        lines = asyncio.run(explain(settings))
    except SearchUnavailable:
        raise click.ClickException("The search engine does not answer.") from None
    for line in lines:
        click.echo(line)


@commands.command("search-dialogues")
@INDEX_FROM
@ASKED
@click.option("--limit", default=5, type=click.IntRange(1, 50), help="products on the screen")
def search_dialogues(index_from: BinaryIO, queries: BinaryIO, limit: int) -> None:
    """Follow dialogues: {id, language, turns} becomes {id, turns: [{text, ids, nearest, relaxed}]}."""
    _written(trials.followed(trials.listing(index_from, _bar()), queries, limit))


def _written(lines: Iterable[dict[str, Any]]) -> None:
    for line in lines:
        click.echo(json.dumps(line, ensure_ascii=False))


def _bar() -> Callable[[Iterable[trials.Line]], Iterable[trials.Line]]:
    """Shown on a terminal only, so that what is written stays what was asked for."""
    return partial(tqdm, desc="indexing", unit=" products", disable=None, leave=False)
