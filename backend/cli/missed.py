"""What the assistant did not understand."""

import asyncio
from datetime import timedelta
from pathlib import Path

import click

from backend.cli.base import commands, current_settings, opened
from backend.config import ROOT, Settings
from backend.missed.collecting import Missed, missed
from backend.missed.labelling import BadLabels, labelling_file, learn


@commands.command("missed")
@click.option("--days", default=30, show_default=True, help="How far back.")
def missed_(days: int) -> None:
    """Messages that were not understood, had to be said again or ended with a person, as a labelling file.

    One JSON line each, those that mean the same together. Write the intent that was meant into `intent`, take out
    what a person should not be known by, and give the file to `learn-missed`.
    """

    async def collected(settings: Settings) -> list[Missed]:
        async with opened(settings) as database, database.reading() as session:
            return await missed(session, database.clock.now() - timedelta(days=days))

    for line in labelling_file(asyncio.run(collected(current_settings()))):
        click.echo(line)


@commands.command("learn-missed")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def learn_missed(file: Path) -> None:
    """Add the lines of a labelling FILE that have an intent to the examples; the next start trains with them."""
    try:
        new = learn(file.read_text("utf-8").splitlines(), ROOT)
    except BadLabels as error:
        problems = "\n".join(f"{file}, {problem}" for problem in error.problems)
        raise click.ClickException(f"{problems}\nNothing was learned.") from None
    for language, examples in new.items():
        for intent, sentences in sorted(examples.items()):
            click.echo(f"{language}  {intent}: {len(sentences)}")
    click.echo("Nothing new." if not new else "The next `./comptoir run` trains with these.")
