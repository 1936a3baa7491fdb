"""Learning from the catalogue's words, and from what people think of the search's answers."""

import asyncio
from contextlib import closing
from pathlib import Path

import click

from backend.catalogue import learning, ranking, teaching
from backend.catalogue.learning import Learned, NothingToLearn
from backend.catalogue.shelves import ShopShelves
from backend.cli.base import CURRENCY, Directory, commands, current_settings, opened, shopper_in
from backend.config import Settings


@commands.command("learn-ranking")
@click.argument("directory", type=Directory, required=False)
@CURRENCY
@click.option("--forget", is_flag=True, help="Back to the shipped weights.")
def learn_ranking(directory: Path | None, currency: str | None, forget: bool) -> None:
    """Learn from judgements in which order what answers is shown (docs/search.md).

    DIRECTORY holds queries.jsonl and judgements.tsv. What was learned is kept when it is better than the shipped
    weights by more than chance; a running shop uses it from its next start on.
    """
    settings = current_settings()
    if forget:
        was_kept = ranking.forget(settings.data_dir)
        click.echo("The shipped weights hold from the next start on." if was_kept else "Nothing was kept.")
    elif directory is None:
        raise click.UsageError("Name the directory of the judgements.")
    else:
        _tell(settings, _learned(settings, directory, currency))


@commands.command("learn-words")
def learn_words() -> None:
    """Tell the assistant the words of the products' names and brands (docs/import.md).

    Imports do it at their end. A running assistant knows them with its next message; nothing is trained.
    """
    settings = current_settings()
    click.echo(f"{asyncio.run(taught(settings)):,} words.")


async def taught(settings: Settings) -> int:
    async with opened(settings) as database, database.snapshot() as session:
        return await teaching.teach(session, settings.data_dir)


def _learned(settings: Settings, directory: Path, currency: str | None) -> Learned:
    from backend.app import shop_index

    asked, gains = learning.read_judgements(directory)

    async def judged() -> list[learning.Judged]:
        with closing(shop_index(settings, keeping=None)) as index:
            async with opened(settings) as database, database.snapshot() as session:
                await index.rebuild(session)
                return [
                    await learning.found(
                        ShopShelves(session, await shopper_in(session, query.language, currency)),
                        index,
                        query,
                        gains[query.id],
                    )
                    for query in asked
                ]

    try:
        return learning.learn(asyncio.run(judged()))
    except NothingToLearn as refusal:
        raise click.ClickException(str(refusal)) from None


def _tell(settings: Settings, learned: Learned) -> None:
    click.echo(
        f"{learned.queries} queries, NDCG@10 of those not learned from: shipped weights {learned.linear:.3f}, "
        f"learned {learned.learned:.3f}, standard error of the difference {learned.error:.3f}."
    )
    if learned.is_better:
        ranking.keep(settings.data_dir, learned.trees)
        click.echo("Kept: it holds from the next start on.")
    else:
        click.echo(
            f"Not kept: it would have to be better by {learning.ERRORS_BETTER:g} standard errors. More judgements "
            "may tell more; what was kept before stays."
        )
