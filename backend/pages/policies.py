"""The operator's own texts: all topics, and one of them."""

from aiohttp import web
from yarl import URL

from backend.catalogue import read
from backend.edge import DATABASE, SETTINGS
from backend.pages.render import render
from backend.pages.visitor import Visitor, visitor_of
from backend.policies import markdown
from backend.policies.routes import POLICIES
from backend.policies.shelf import Reader


async def show_topics(request: web.Request) -> web.Response:
    visitor = visitor_of(request)
    async with request.app[DATABASE].reading() as session:
        categories = await read.list_categories(session, visitor.language)
    is_test = request.app[SETTINGS].is_paid_with_play_money
    return render(request, visitor, "policies.html", categories=categories, is_test=is_test)


async def show_policy(request: web.Request) -> web.Response:
    """Raises PolicyNotFound."""
    visitor = visitor_of(request)
    reader = Reader(visitor.language, visitor.currency)
    policy = request.app[POLICIES].shelf.find(request.match_info["topic"], reader)
    async with request.app[DATABASE].reading() as session:
        categories = await read.list_categories(session, visitor.language)
    sections = [
        (section, markdown.html(section.tokens, lambda address: _with_choice(visitor, address)))
        for section in policy.sections
    ]
    return render(request, visitor, "policy.html", categories=categories, policy=policy, sections=sections)


def _with_choice(visitor: Visitor, address: str) -> str:
    """The language and currency that were chosen go along to other pages of the shop."""
    return str(URL(address).update_query(visitor.chosen)) if address.startswith("/") else address
