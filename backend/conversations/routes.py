"""The website's door. The widget uses exactly this; so may any other client."""

import asyncio
import contextlib
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from backend.conversations import desk
from backend.conversations.desk import ChoiceNotFound, EmptyMessage, Message, MessageTooLong, TooManyMessages
from backend.conversations.log import WAKEUPS, ConversationNotFound, EventView, events_after, view
from backend.edge import DATABASE, SETTINGS, TOKENS, Call, Operations, Repeated, caller_of, json_response
from backend.errors import InvalidInput, NotAuthenticated
from backend.shop import shop_of
from backend.tokens import Caller

operations = Operations("conversations")

HEARTBEAT_SECONDS = 15
LONGEST_WAIT_SECONDS = 25
LOOK_SECONDS = 5
"""How long a reader goes without a look at the rows when no hint reaches it (another process wrote them)."""

Language = Literal["en", "fr", "es"]


class Starting(msgspec.Struct, frozen=True):
    """Without a currency, the first one of the shop."""

    language: Language | None = None
    currency: Literal["EUR", "USD"] | None = None


class Started(msgspec.Struct, frozen=True):
    id: str
    token: str
    language: str


class Renewed(msgspec.Struct, frozen=True):
    token: str


class Events(msgspec.Struct, frozen=True):
    events: list[EventView]
    next: int


class Reading(msgspec.Struct, frozen=True):
    after: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0
    wait: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WAIT_SECONDS)] = 0


class LanguageChange(msgspec.Struct, frozen=True):
    language: Language


@operations.post("/api/conversations", body=Starting, answer=Started, access="public", status=201)
async def start_conversation(call: Call) -> Started:
    currency = call.body.currency or shop_of(call.session).currencies[0]
    conversation = await desk.start(call.session, "web", call.body.language, currency)
    token = call.request.app[TOKENS].issue(Caller(conversation.id, "visitor", conversation.currency))
    return Started(conversation.id, token, conversation.language or "en")


@operations.post(
    "/api/conversations/{id}/messages",
    body=Message,
    answer=EventView,
    status=201,
    errors=(ConversationNotFound, EmptyMessage, MessageTooLong, TooManyMessages, ChoiceNotFound),
)
async def post_message(call: Call) -> EventView | Repeated:
    """Stores a customer's message; the same id again answers the same event."""
    _own(call.caller, call.path["id"])
    per_minute = call.request.app[SETTINGS].messages_per_minute
    event, is_new = await desk.receive(call.session, call.path["id"], call.body, per_minute)
    return view(event) if is_new else Repeated(view(event))


@operations.put("/api/conversation/language", body=LanguageChange, answer=LanguageChange)
async def change_language(call: Call) -> LanguageChange:
    """From now on the customer is answered in this language."""
    await desk.set_language(call.session, call.caller.conversation_id, call.body.language)
    return call.body  # type: ignore[no-any-return]


async def renew_token(request: web.Request) -> web.Response:
    """A new token for one that is valid, or expired less than 30 days ago."""
    _, _, token = request.headers.get("Authorization", "").partition(" ")
    tokens = request.app[TOKENS]
    caller = tokens.read_renewable(token)
    _own(caller, request.match_info["id"])
    return json_response(Renewed(tokens.issue(caller)))


async def read_events(request: web.Request) -> web.StreamResponse:
    """The log after a number: at once, by long poll (`wait`), or as a stream of server-sent events."""
    caller = caller_of(request)
    conversation_id = request.match_info["id"]
    _own(caller, conversation_id)
    last_seen = request.headers.get("Last-Event-ID")
    query = dict(request.query) | ({"after": last_seen} if last_seen else {})
    try:
        reading = msgspec.convert(query, Reading, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error)) from None
    if "text/event-stream" in request.headers.get("Accept", ""):
        return await _stream(request, conversation_id, reading.after)
    return json_response(await _poll(request.app, conversation_id, reading))


operations.handle("POST", "/api/conversations/{id}/token", renew_token, answer=Renewed)
operations.handle("GET", "/api/conversations/{id}/events", read_events, answer=Events, query=Reading)


def _own(caller: Caller, conversation_id: str) -> None:
    if caller.kind != "visitor":
        raise NotAuthenticated
    if caller.conversation_id != conversation_id:
        raise ConversationNotFound


async def _read(app: web.Application, conversation_id: str, after: int) -> list[EventView]:
    async with app[DATABASE].reading() as session:
        return await events_after(session, conversation_id, after)


async def _poll(app: web.Application, conversation_id: str, reading: Reading) -> Events:
    deadline = asyncio.get_running_loop().time() + reading.wait
    with app[WAKEUPS].listening(conversation_id) as hint:
        while True:
            hint.clear()
            events = await _read(app, conversation_id, reading.after)
            left = deadline - asyncio.get_running_loop().time()
            if events or left <= 0:
                return Events(events, events[-1].seq if events else reading.after)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hint.wait(), min(left, LOOK_SECONDS))


async def _stream(request: web.Request, conversation_id: str, after: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"
    await response.prepare(request)
    with contextlib.suppress(ConnectionResetError):
        await _write_for_ever(request.app, response, conversation_id, after)
    return response


async def _write_for_ever(
    app: web.Application, response: web.StreamResponse, conversation_id: str, after: int
) -> None:
    wakeups = app[WAKEUPS]
    loop = asyncio.get_running_loop()
    is_typing, silent_since = False, loop.time()
    await response.write(b": beat\n\n")
    with wakeups.listening(conversation_id) as hint:
        while True:
            hint.clear()
            chunks = []
            for event in await _read(app, conversation_id, after):
                after = event.seq
                chunks.append(
                    b"id: %d\nevent: message\ndata: %s\n\n" % (event.seq, msgspec.json.encode(event))
                )
            if wakeups.is_typing(conversation_id) != is_typing:
                is_typing = not is_typing
                chunks.append(b"event: typing\ndata: %s\n\n" % msgspec.json.encode({"is_typing": is_typing}))
            if not chunks and loop.time() - silent_since >= HEARTBEAT_SECONDS:
                chunks.append(b": beat\n\n")
            if chunks:
                silent_since = loop.time()
                await response.write(b"".join(chunks))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hint.wait(), LOOK_SECONDS)
