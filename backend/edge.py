"""The edge of the HTTP API: each operation is declared once, and the router, the checks of what comes in
and the API document all follow from the declaration, so the document cannot differ from the service.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, cast

import msgspec
import msgspec.inspect
import structlog
from aiohttp import hdrs, web
from babel.core import negotiate_locale
from sqlalchemy.ext.asyncio import AsyncSession

from backend import idempotency
from backend.config import LANGUAGES, Settings
from backend.db import Database, undone_by_refusal
from backend.errors import InvalidInput, NotAuthenticated, PreconditionRequired, ShopError
from backend.tokens import Caller, Tokens

log = structlog.get_logger()

SETTINGS = web.AppKey("settings", Settings)
DATABASE = web.AppKey("database", Database)
TOKENS = web.AppKey("tokens", Tokens)
MAX_BODY_BYTES = 64 * 1024
JSON = "application/json"
MOST_BEGINNINGS = 4
"""Of an operation: more would mean that what it asks about changes faster than it can be answered."""
NOBODY = Caller("", "visitor", "EUR")
STRONG_TAG = re.compile(r'"([\x21\x23-\x7e]{1,100})"')

Access = Literal["public", "conversation", "staff"]


@dataclass(frozen=True)
class Call:
    """One request, parsed. `session` is the transaction of the whole request."""

    request: web.Request
    session: AsyncSession
    caller: Caller
    body: Any
    query: Any

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.match_info

    @property
    def if_match(self) -> str:
        """The version that the caller has seen, as its ETag said it; give it to the guarded statement. Raises
        PreconditionRequired."""
        return seen_version(self.request)

    @property
    def language(self) -> str:
        return accepted_language(self.request.headers.get("Accept-Language", ""))


@dataclass(frozen=True)
class Repeated:
    """The answer to what was done before: 200 instead of the operation's own status."""

    answer: Any


class AskFirst(Exception):
    """An operation cannot go on before another service was asked. No transaction may be open then: its own is undone,
    `ask` is awaited, which keeps the answer, and the operation begins again. `refusal` ends that where each time
    there was something else to ask."""

    refusal: ClassVar[type[ShopError]]

    async def ask(self, app: web.Application) -> None:
        raise NotImplementedError


Operation = Callable[[Call], Awaitable[Any]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Declared:
    method: str
    path: str
    operation: Callable[..., Awaitable[Any]]
    access: Access
    body: type | None
    query: type | None
    answer: Any
    status: int
    errors: tuple[type[ShopError], ...]
    is_read: bool
    handler: Handler | None = None
    """Its own, where a request is no single transaction (a stream)."""
    takes: tuple[str, ...] = ()
    """The media types of a body that is not JSON."""
    gives: tuple[str, ...] = ()
    """The media types of an answer that is not JSON."""
    is_repeatable: bool = False
    """A second time changes nothing, and is answered with 200."""
    needs_key: bool = False
    etag: Callable[[Any], str] | None = None
    """The version of what is answered: who changes it must have seen the latest one."""

    @property
    def needs_match(self) -> bool:
        return self.etag is not None and not self.is_read

    @property
    def takes_key(self) -> bool:
        """A key belongs to a conversation; and what has a handler of its own is done once by its own means."""
        return not self.is_read and self.access == "conversation" and self.handler is None

    @property
    def summary(self) -> str:
        return (self.operation.__doc__ or self.operation.__name__.replace("_", " ")).strip().splitlines()[0]


@dataclass(frozen=True)
class Operations:
    """The operations of one domain; `backend.app` collects them."""

    tag: str
    declared: list[Declared] = field(default_factory=list)

    def get(self, path: str, **what: Any) -> Callable[[Operation], Operation]:
        return self._declare("GET", path, **what)

    def post(self, path: str, **what: Any) -> Callable[[Operation], Operation]:
        return self._declare("POST", path, **what)

    def put(self, path: str, **what: Any) -> Callable[[Operation], Operation]:
        return self._declare("PUT", path, **what)

    def delete(self, path: str, **what: Any) -> Callable[[Operation], Operation]:
        return self._declare("DELETE", path, **what)

    def _declare(
        self,
        method: str,
        path: str,
        *,
        answer: Any,
        access: Access = "conversation",
        body: type | None = None,
        query: type | None = None,
        status: int = 200,
        errors: tuple[type[ShopError], ...] = (),
        is_read: bool = False,
        is_repeatable: bool = False,
        etag: Callable[[Any], str] | None = None,
    ) -> Callable[[Operation], Operation]:
        """`is_repeatable`: a second time changes nothing, as HTTP promises it of PUT and DELETE."""

        def add(operation: Operation) -> Operation:
            reads = is_read or method == "GET"
            declared = Declared(method, path, operation, access, body, query, answer, status, errors, reads)
            needs_key = declared.takes_key and method == "POST" and not is_repeatable
            self.declared.append(
                replace(declared, needs_key=needs_key, is_repeatable=is_repeatable, etag=etag)
            )
            return operation

        return add

    def handle(
        self,
        method: str,
        path: str,
        handler: Handler,
        *,
        answer: Any = None,
        access: Access = "conversation",
        query: type | None = None,
        status: int = 200,
        errors: tuple[type[ShopError], ...] = (),
        takes: tuple[str, ...] = (),
        gives: tuple[str, ...] = (),
        is_repeatable: bool = False,
    ) -> None:
        """An operation that speaks HTTP itself; it is routed and described like the others."""
        declared = Declared(
            method,
            path,
            handler,
            access,
            None,
            query,
            answer,
            status,
            errors,
            False,
            handler,
            takes,
            gives,
            is_repeatable,
        )
        self.declared.append(declared)

    def add_to(self, app: web.Application) -> None:
        for declared in self.declared:
            app.router.add_route(declared.method, declared.path, declared.handler or _handler(declared))


def caller_of(request: web.Request) -> Caller:
    """Of a conversation. Raises NotAuthenticated."""
    caller = _bearer(request)
    if caller.kind == "staff":
        raise NotAuthenticated
    return caller


def staff_of(request: web.Request) -> Caller:
    """Raises NotAuthenticated."""
    caller = _bearer(request)
    if caller.kind != "staff":
        raise NotAuthenticated
    return caller


CALLERS: dict[Access, Callable[[web.Request], Caller]] = {
    "conversation": caller_of,
    "staff": staff_of,
    "public": lambda _: NOBODY,
}


def seen_version(request: web.Request) -> str:
    """Raises PreconditionRequired. One strong tag: a list, a weak one or `*` says no single version."""
    tag = STRONG_TAG.fullmatch(request.headers.get(hdrs.IF_MATCH, "").strip())
    if tag is None:
        raise PreconditionRequired
    return tag[1]


def _bearer(request: web.Request) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated
    return request.app[TOKENS].read(token)


def accepted_language(header: str) -> str:
    """Ours that the visitor likes best; English when there is none."""
    weighted = (entry.strip().partition(";q=") for entry in header.split(","))
    liked = sorted(weighted, key=lambda entry: -_weight(entry[2]))
    return negotiate_locale([tag.replace("-", "_") for tag, _, _ in liked if tag], LANGUAGES) or "en"


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def json_response(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type=JSON)


def refused(refusal: ShopError) -> web.Response:
    told = {"error": refusal.code, "message": str(refusal), "details": refusal.details}
    response = json_response(told, refusal.status)
    if "retry_after_seconds" in refusal.details:
        response.headers["Retry-After"] = str(refusal.details["retry_after_seconds"])
    return response


@web.middleware
async def refusals(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A refusal becomes its JSON; whatever is unforeseen is logged and answered without its inside."""
    try:
        if "\0" in request.path + request.query_string:
            raise InvalidInput("An address holds no NUL character.")
        return await handler(request)
    except ShopError as refusal:
        return refused(refusal)
    except web.HTTPException as answer:
        if answer.status >= 400 and request.path.startswith("/api/"):
            return _refused_by_router(answer)
        raise
    except Exception:
        log.exception("request_failed", method=request.method, path=request.path)
        return json_response(
            {"error": "internal", "message": "Something failed on our side.", "details": {}}, 500
        )


def _refused_by_router(answer: web.HTTPException) -> web.Response:
    code = answer.reason.lower().replace(" ", "_")
    response = json_response({"error": code, "message": answer.reason, "details": {}}, answer.status)
    if hdrs.ALLOW in answer.headers:
        response.headers[hdrs.ALLOW] = answer.headers[hdrs.ALLOW]
    return response


def _handler(declared: Declared) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        caller = CALLERS[declared.access](request)
        if declared.needs_match:
            seen_version(request)
        raw = await request.read()
        body = _decoded(raw, declared.body) if declared.body else None
        query = _converted(_said(request, declared.query), declared.query) if declared.query else None
        call = _Asked(declared, request, caller, body, query)
        key = idempotency.key_of(request, is_needed=declared.needs_key) if declared.takes_key else None
        if key is None:
            return await _having_asked(call, lambda: _carried_out(call))
        with idempotency.at_work(request.app, caller.conversation_id, key):
            return await _having_asked(call, lambda: _written_once(call, key, raw))

    return handle


async def _having_asked(asked: "_Asked", carry_out: Callable[[], Awaitable[web.Response]]) -> web.Response:
    beginnings = 1
    while True:
        try:
            return await carry_out()
        except AskFirst as needed:
            if beginnings == MOST_BEGINNINGS:
                raise needed.refusal(retry_after_seconds=1) from needed
            await needed.ask(asked.request.app)
        beginnings += 1


@dataclass(frozen=True)
class _Asked:
    """A request whose transaction has not begun."""

    declared: Declared
    request: web.Request
    caller: Caller
    body: Any
    query: Any

    def within(self, session: AsyncSession) -> Call:
        session.info["channel"] = self.caller.channel
        session.info["actor"] = self.caller.actor
        return Call(self.request, session, self.caller, self.body, self.query)


async def _carried_out(asked: _Asked) -> web.Response:
    database = asked.request.app[DATABASE]
    async with database.reading() if asked.declared.is_read else database.transaction() as session:
        return _answered(await asked.declared.operation(asked.within(session)), asked.declared)


async def _written_once(asked: _Asked, key: str, raw: bytes) -> web.Response:
    scope = asked.caller.conversation_id
    async with asked.request.app[DATABASE].transaction() as session:
        answer, is_new = await idempotency.remembered(session, scope, key, asked.request, raw)
        if not is_new:
            replayed = web.Response(body=answer.body.encode(), status=answer.status, content_type=JSON)
            replayed.headers[idempotency.REPLAYED] = "true"
            return replayed
        response = await _answered_or_refused(asked, session)
        answer.status = response.status
        answer.body = cast(bytes, response.body).decode()
        return response


async def _answered_or_refused(asked: _Asked, session: AsyncSession) -> web.Response:
    """A refusal that is kept undoes what was begun, but not the answer's own row."""
    try:
        async with undone_by_refusal(session):
            return _answered(await asked.declared.operation(asked.within(session)), asked.declared)
    except ShopError as refusal:
        if not idempotency.is_kept(refusal):
            raise
        return refused(refusal)


def _answered(result: Any, declared: Declared) -> web.Response:
    if isinstance(result, Repeated):
        return json_response(result.answer)
    response = json_response(result, declared.status)
    if declared.etag:
        response.headers[hdrs.ETAG] = f'"{declared.etag(result)}"'
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""As JSON writes it. Nobody types it, and PostgreSQL holds no text with it."""


def _decoded(raw: bytes, into: type) -> Any:
    raw = NUL.sub(rb"\1", raw)
    try:
        return msgspec.json.decode(raw, type=into)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(str(error)) from None


def _said(request: web.Request, into: type) -> dict[str, Any]:
    """Of what is a list, all; of anything else the first."""
    said = request.query
    lists = {
        field.encode_name
        for field in msgspec.inspect.type_info(into).fields  # type: ignore[attr-defined]
        if isinstance(field.type, msgspec.inspect.ListType)
    }
    return {name: said.getall(name) if name in lists else said[name] for name in said}


def _converted(query: dict[str, Any], into: type) -> Any:
    try:
        return msgspec.convert(query, into, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error)) from None
