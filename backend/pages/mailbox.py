"""Letters that no mail server took, for whoever tries the shop on this machine; in English, as our documents are."""

from aiohttp import web
from sqlalchemy import select

from backend.config import LOOPBACK
from backend.edge import DATABASE
from backend.mail import KeptLetter
from backend.pages.render import SECRET_HEADERS, render
from backend.pages.visitor import visitor_of

MOST = 50


async def show_mailbox(request: web.Request) -> web.Response:
    """Under this machine's own name only: a foreign one that leads here is a website's that reads along."""
    if request.url.host not in LOOPBACK:
        raise web.HTTPNotFound
    async with request.app[DATABASE].reading() as session:
        letters = (await session.scalars(select(KeptLetter).order_by(KeptLetter.at.desc()).limit(MOST))).all()
    return render(
        request,
        visitor_of(request),
        "mailbox.html",
        headers=SECRET_HEADERS,
        is_listed=False,
        letters=letters,
    )
