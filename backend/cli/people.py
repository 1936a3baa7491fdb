"""What customers say."""

import asyncio
from collections.abc import Awaitable, Callable

import click
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.reviews import STATUSES
from backend.cli.base import commands, current_settings, opened
from backend.config import Settings
from backend.conversations.staff import StaffDesk
from backend.reviews import moderation
from backend.satisfaction.models import Satisfaction
from backend.satisfaction.service import Month, by_month, comments
from backend.tokens import Caller, Tokens


@commands.command()
def satisfaction() -> None:
    """What customers answered to the question how it was."""

    async def read(settings: Settings) -> tuple[list[Month], list[Satisfaction]]:
        async with opened(settings) as database, database.reading() as session:
            return await by_month(session), await comments(session)

    settings = current_settings()
    months, said = asyncio.run(read(settings))
    click.echo("month    lang  asked  answered  mean    1   2   3   4   5")
    for month in months:
        mean = "   –" if month.mean is None else f"{month.mean:4.2f}"
        counts = "".join(f"{count:4}" for count in month.answers)
        line = f"{month.month}  {month.language}    {month.asked:5}  {sum(month.answers):8}  {mean} {counts}"
        click.echo(line)
    for answer in said:
        click.echo(
            f"\n{answer.asked_at:%Y-%m-%d}  {answer.score or '–'}  {answer.conversation_id}\n  {answer.comment}"
        )


@commands.group("conversations")
def conversations_() -> None:
    """What customers say; a person may join them. ID is a conversation's, or how it begins."""


@conversations_.command("list")
@click.option("--limit", default=20, show_default=True, help="How many, the latest first.")
def list_conversations(limit: int) -> None:
    """The latest conversations, and who answers them."""
    _at_the_desk(lambda desk: desk.overview(limit))


@conversations_.command("show")
@click.argument("conversation")
def show_conversation(conversation: str) -> None:
    """All that was said, and links that open its files for a day."""
    _at_the_desk(lambda desk: desk.show(conversation))


@conversations_.command("join")
@click.argument("conversation")
@click.option("--name", required=True, help="How the customer shall know you.")
def join_conversation(conversation: str, name: str) -> None:
    """Answer instead of the assistant, from now on."""
    _at_the_desk(lambda desk: desk.join(conversation, name))


@conversations_.command("say")
@click.argument("conversation")
@click.argument("text")
def say_in_conversation(conversation: str, text: str) -> None:
    """Write to the customer, once you have joined."""
    _at_the_desk(lambda desk: desk.say(conversation, text))


@conversations_.command("leave")
@click.argument("conversation")
def leave_conversation(conversation: str) -> None:
    """Give the conversation back to the assistant."""
    _at_the_desk(lambda desk: desk.leave(conversation))


def _at_the_desk(act: Callable[[StaffDesk], Awaitable[list[str]]]) -> None:
    async def acted(settings: Settings) -> list[str]:
        async with opened(settings) as database:
            return await act(StaffDesk(settings, database))

    settings = current_settings()
    click.echo("\n".join(asyncio.run(acted(settings))))


@commands.command("staff-token")
@click.option("--name", required=True, help="Who it is for.")
def staff_token(name: str) -> None:
    """A bearer token for the API's staff operations; good for twelve hours."""
    settings = current_settings()
    click.echo(Tokens(settings.secret).issue(Caller(name, "staff", "EUR")))


@commands.group("reviews")
def reviews_() -> None:
    """What customers say of products; ID is a review's, or how it begins."""


@reviews_.command("list")
@click.option("--status", type=click.Choice(STATUSES), default="pending", show_default=True)
@click.option("--limit", default=20, show_default=True, help="How many, the latest first.")
def list_reviews(status: str, limit: int) -> None:
    """The latest reviews, those that wait unless told otherwise."""
    _of_reviews(lambda session: moderation.overview(session, status, limit))


@reviews_.command("approve")
@click.argument("review")
def approve_review(review: str) -> None:
    """Show it to everybody, and count it."""
    _of_reviews(lambda session: moderation.decide(session, review, "approved"))


@reviews_.command("reject")
@click.argument("review")
def reject_review(review: str) -> None:
    """Show it to nobody."""
    _of_reviews(lambda session: moderation.decide(session, review, "rejected"))


def _of_reviews(act: Callable[[AsyncSession], Awaitable[list[str]]]) -> None:
    async def acted(settings: Settings) -> list[str]:
        async with opened(settings) as database, database.transaction() as session:
            return await act(session)

    settings = current_settings()
    click.echo("\n".join(asyncio.run(acted(settings))))
