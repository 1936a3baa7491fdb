"""The operator's texts, searched in the words of customers."""

from typing import Annotated

import msgspec
from aiohttp import web

from backend.catalogue.routes import Currency, Language
from backend.edge import SETTINGS, Call, Operations, caller_of
from backend.policies.markdown import shortened
from backend.policies.shelf import Answer, Policies, Reader
from backend.shop import shop_of

POLICIES = web.AppKey("policies", Policies)
MOST = 3

operations = Operations("policies")


class PoliciesQuery(msgspec.Struct, frozen=True):
    """`about` is a topic that is meant even if the words do not say it: without a better answer its beginning is
    given. Without a language, the request's `Accept-Language` decides; without a currency, a conversation's token
    does, else the shop."""

    q: Annotated[str, msgspec.Meta(max_length=500)] = ""
    """No longer than a request line holds, whatever the script."""
    about: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    language: Language | None = None
    currency: Currency | None = None


class PolicyView(msgspec.Struct, frozen=True):
    """A section, the `number`-th of its text. `section` is null for what stands before the first heading; `language`
    is the text's, English where the asked one has none; `score` is null where nothing was searched."""

    topic: str
    title: str
    section: str | None
    number: int
    text: str
    is_shortened: bool
    language: str
    url: str
    score: float | None


@operations.get("/api/policies", access="public", query=PoliciesQuery, answer=list[PolicyView])
async def find_policies(call: Call) -> list[PolicyView]:
    """The sections of the shop's own texts that answer `q`, best first; none when the texts say nothing about it."""
    query: PoliciesQuery = call.query
    reader = Reader(query.language or call.language, query.currency or _currency(call))
    shelf = call.request.app[POLICIES].shelf
    found = shelf.search(query.q, reader, query.about)[:MOST]
    beginnings = [policy for policy in shelf.topics(reader) if policy.topic == query.about and not found]
    answers = found or [Answer(policy, policy.sections[0], None) for policy in beginnings]
    return [_view(call, answer, reader) for answer in answers]


def address_of(answer: Answer, language: str) -> str:
    """From the shop's /."""
    anchor = f"#{answer.section.anchor}" if answer.section.anchor else ""
    return f"/policies/{answer.policy.topic}?lang={language}{anchor}"


def _view(call: Call, answer: Answer, reader: Reader) -> PolicyView:
    text = answer.section.text
    short = shortened(text)
    public_url = call.request.app[SETTINGS].public_url
    return PolicyView(
        topic=answer.policy.topic,
        title=answer.policy.title,
        section=answer.section.heading or None,
        number=answer.policy.sections.index(answer.section) + 1,
        text=short,
        is_shortened=short != text,
        language=answer.policy.language,
        url=public_url + address_of(answer, reader.language),
        score=answer.score,
    )


def _currency(call: Call) -> str:
    if "Authorization" in call.request.headers:
        return caller_of(call.request).currency
    return shop_of(call.session).currencies[0]
