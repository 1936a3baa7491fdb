"""The website's door. The widget uses exactly this; so may any other client."""

import asyncio
import contextlib
import uuid
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
import structlog
from aiohttp import web

from backend.conversations import desk
from backend.conversations.desk import (
    ChoiceNotFound,
    EmptyMessage,
    FormNotFound,
    InvalidForm,
    Message,
    MessageTooLong,
    TooManyMessages,
)
from backend.conversations.files import (
    PDF,
    TYPES,
    FileNotFound,
    Files,
    FileTooLarge,
    FileTypeRefused,
    FileUnreadable,
    FileView,
    TooManyFiles,
    received,
)
from backend.conversations.identity import (
    Identified,
    InvalidIdentity,
    identify,
    read_identity,
)
from backend.conversations.live import CartState, Live, live
from backend.conversations.log import AT_ONCE, ConversationNotFound, EventView, events_after, view
from backend.conversations.wakeups import WAKEUPS
from backend.customers.proving import AnotherCustomer
from backend.edge import DATABASE, SETTINGS, TOKENS, Call, Operations, Repeated, caller_of, json_response
from backend.errors import InvalidInput, NotAuthenticated
from backend.limits import LIMITS, TooManyFromAddress, TooManyStreams, address_of
from backend.shop import shop_of
from backend.tokens import Caller

log = structlog.get_logger()
operations = Operations("conversations")

HEARTBEAT_SECONDS = 15
LONGEST_WAIT_SECONDS = 25
STALLED_SECONDS = 20
"""A reader who takes nothing for so long is let go; it comes back with its cursor."""
UPLOAD_SECONDS = 120
FILES = web.AppKey("files", Files)

Language = Literal["en", "fr", "es"]
Identity = Annotated[str, msgspec.Meta(max_length=4096)]


class Starting(msgspec.Struct, frozen=True):
    """Without a currency, the first one of the shop. `identity`: see `Introduction`."""

    language: Language | None = None
    currency: Literal["EUR", "USD"] | None = None
    identity: Identity | None = None


class Started(msgspec.Struct, frozen=True):
    id: str
    token: str
    language: str


class Renewed(msgspec.Struct, frozen=True):
    token: str


class Events(msgspec.Struct, frozen=True):
    """The log after a number, and what is not in it: see `Live`."""

    events: list[EventView]
    next: int
    is_typing: bool
    read: int
    cart: CartState


class Reading(msgspec.Struct, frozen=True):
    """`wait`: seconds until something was said; with `live`, until anything else of the answer has changed too."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0
    wait: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WAIT_SECONDS)] = 0
    live: bool = False


class FileName(msgspec.Struct, frozen=True):
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""


class Introduction(msgspec.Struct, frozen=True):
    """`identity`: a token that the server of the website which shows the chat has signed; null when nobody is signed
    in there."""

    identity: Identity | None


class LanguageChange(msgspec.Struct, frozen=True):
    language: Language


@operations.post(
    "/api/conversations",
    body=Starting,
    answer=Started,
    access="public",
    status=201,
    errors=(TooManyFromAddress,),
)
async def start_conversation(call: Call) -> Started:
    """An `identity` that is not accepted any more does not keep anybody from talking: they are nobody then."""
    await call.request.app[LIMITS].count("conversations", call.request)
    currency = call.body.currency or shop_of(call.session).currencies[0]
    conversation = await desk.start(call.session, "web", call.body.language, currency)
    if call.body.identity is not None:
        secret = call.request.app[SETTINGS].identity_secret
        try:
            await identify(call.session, conversation.id, read_identity(call.body.identity, secret))
        except InvalidIdentity as refused:
            log.warning("identity_refused", conversation=conversation.id, **refused.details)
    caller = Caller(conversation.id, "visitor", conversation.currency, conversation.channel)
    token = call.request.app[TOKENS].issue(caller)
    return Started(conversation.id, token, conversation.language or "en")


@operations.post(
    "/api/conversations/{id}/messages",
    body=Message,
    answer=EventView,
    status=201,
    is_repeatable=True,
    errors=(
        ConversationNotFound,
        EmptyMessage,
        MessageTooLong,
        TooManyMessages,
        TooManyFromAddress,
        ChoiceNotFound,
        FileNotFound,
        FormNotFound,
        InvalidForm,
    ),
)
async def post_message(call: Call) -> EventView | Repeated:
    """Stores a customer's message; the same id again answers the same event."""
    _own(call.caller, call.path["id"])
    await call.request.app[LIMITS].count("messages", call.request)
    per_minute = call.request.app[SETTINGS].messages_per_minute
    came_from = address_of(call.request, call.request.app[SETTINGS].trusted_proxies)
    event, is_new = await desk.receive(call.session, call.path["id"], call.body, per_minute, came_from)
    return view(call.session, event) if is_new else Repeated(view(call.session, event))


@operations.put(
    "/api/conversations/{id}/customer",
    body=Introduction,
    answer=Identified,
    errors=(ConversationNotFound, AnotherCustomer, InvalidIdentity),
)
async def introduce_customer(call: Call) -> Identified:
    """The website says who it has signed in; a conversation of another customer is refused, and is to be left."""
    _own(call.caller, call.path["id"])
    secret = call.request.app[SETTINGS].identity_secret
    customer = None if call.body.identity is None else read_identity(call.body.identity, secret)
    return await identify(call.session, call.path["id"], customer)


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
        with request.app[LIMITS].stream(conversation_id, request):
            return await _stream(request, conversation_id, reading.after)
    return json_response(await _poll(request.app, conversation_id, reading))


async def put_file(request: web.Request) -> web.Response:
    """Takes a photo or a PDF, the body being its bytes; a message then says it. The same id again changes nothing."""
    caller = caller_of(request)
    conversation_id, client_id = request.match_info["id"], request.match_info["file"]
    _own(caller, conversation_id)
    try:
        client_id = str(uuid.UUID(client_id))
        name = msgspec.convert(dict(request.query), FileName, strict=False).name
    except (ValueError, msgspec.ValidationError) as error:
        raise InvalidInput(str(error)) from None
    await request.app[LIMITS].count("files", request)
    async with asyncio.timeout(UPLOAD_SECONDS):
        raw = await received(request.content.iter_any(), request.content_length)
    files = request.app[FILES]
    file, is_new = await files.keep(request.app[DATABASE], conversation_id, client_id, name, raw)
    return json_response(files.view(file), 201 if is_new else 200)


async def get_file(request: web.Request) -> web.StreamResponse:
    """What a link leads to. Nothing in it is ever run, and nobody but who has the link keeps it."""
    files = request.app[FILES]
    async with request.app[DATABASE].reading() as session:
        file = await files.linked(session, request.match_info["token"])
    saved_as = quote(file.name)
    headers = {
        "Content-Type": file.type,
        "Content-Disposition": f"{'attachment' if file.type == PDF else 'inline'}; filename*=UTF-8''{saved_as}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return web.FileResponse(files.path(file.conversation_id, file.id), headers=headers)


operations.handle("POST", "/api/conversations/{id}/token", renew_token, answer=Renewed)
operations.handle(
    "GET",
    "/api/conversations/{id}/events",
    read_events,
    answer=Events,
    query=Reading,
    errors=(ConversationNotFound, TooManyStreams),
)
operations.handle(
    "PUT",
    "/api/conversations/{id}/files/{file}",
    put_file,
    answer=FileView,
    query=FileName,
    status=201,
    is_repeatable=True,
    takes=TYPES,
    errors=(
        ConversationNotFound,
        FileTooLarge,
        FileTypeRefused,
        FileUnreadable,
        TooManyFiles,
        TooManyFromAddress,
    ),
)
operations.handle("GET", "/api/files/{token}", get_file, access="public", gives=TYPES, errors=(FileNotFound,))


def _own(caller: Caller, conversation_id: str) -> None:
    if caller.kind != "visitor":
        raise NotAuthenticated
    if caller.conversation_id != conversation_id:
        raise ConversationNotFound


async def _read(app: web.Application, conversation_id: str, after: int) -> tuple[list[EventView], Live]:
    async with app[DATABASE].reading() as session:
        events = await events_after(session, conversation_id, after)
        return events, await live(session, app[WAKEUPS], conversation_id)


async def _poll(app: web.Application, conversation_id: str, reading: Reading) -> Events:
    deadline = asyncio.get_running_loop().time() + reading.wait
    before: Live | None = None
    with app[WAKEUPS].listening(conversation_id) as hint:
        while True:
            hint.clear()
            events, state = await _read(app, conversation_id, reading.after)
            left = deadline - asyncio.get_running_loop().time()
            if events or left <= 0 or (reading.live and before not in (None, state)):
                following = events[-1].seq if events else reading.after
                return Events(events, following, state.is_typing, state.read, state.cart)
            before = state
            await _woken(hint, left)


async def _stream(request: web.Request, conversation_id: str, after: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    response.headers["X-Accel-Buffering"] = "no"
    await response.prepare(request)
    try:
        await _write_for_ever(request.app, response, conversation_id, after)
    except ConnectionResetError:
        pass
    except TimeoutError:  # what was not taken is dropped with the connection: the log has it
        if request.transport:
            request.transport.abort()
    return response


async def _write_for_ever(
    app: web.Application, response: web.StreamResponse, conversation_id: str, after: int
) -> None:
    """Raises ConnectionResetError, or TimeoutError when the reader takes nothing any more."""
    told: Live | None = None
    await response.write(b": beat\n\n")
    with app[WAKEUPS].listening(conversation_id) as hint:
        while True:
            hint.clear()
            events, state = await _read(app, conversation_id, after)
            after = events[-1].seq if events else after
            messages = [
                b"id: %d\nevent: message\ndata: %s\n\n" % (event.seq, msgspec.json.encode(event))
                for event in events
            ]
            news = _news(told, state)
            # A message is read before it is answered, and is seen so however late the reader looks.
            chunks = b"".join([news.pop("read", b""), *messages, *news.values()])
            told = state
            if chunks:
                async with asyncio.timeout(STALLED_SECONDS):
                    await response.write(chunks)
            if len(events) == AT_ONCE:
                continue
            while not await _woken(hint, HEARTBEAT_SECONDS):
                await response.write(b": beat\n\n")


async def _woken(hint: asyncio.Event, within_seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        return await asyncio.wait_for(hint.wait(), within_seconds)
    return False


def _news(told: Live | None, state: Live) -> dict[str, bytes]:
    """A reader who comes is told all of it, later only what changed."""
    parts = {
        "typing": (told and told.is_typing, state.is_typing, {"is_typing": state.is_typing}),
        "read": (told and told.read, state.read, {"seq": state.read}),
        "cart": (told and told.cart, state.cart, state.cart),
    }
    return {
        name: b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
        for name, (before, after, data) in parts.items()
        if before != after
    }
