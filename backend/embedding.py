"""Pages of other websites may use the door, if the shop names their origins (COMPTOIR_ALLOWED_ORIGINS).

CORS without credentials: the door knows no cookie, whoever talks to it shows a token.
"""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from backend.edge import SETTINGS

DOOR = ("/api/conversation", "/api/cart", "/api/files/")
"""What the chat asks for; `/api/conversation` begins two families of addresses."""
LONGEST_KEPT_SECONDS = 7200
"""How long Chromium keeps the answer to a preflight at most."""
PREFLIGHT = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, PUT, DELETE",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    hdrs.ACCESS_CONTROL_MAX_AGE: str(LONGEST_KEPT_SECONDS),
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def allow_origins(app: web.Application) -> None:
    """Outside of all other middlewares, and by a signal: refusals and streams are to be readable too."""
    app.middlewares.insert(0, _preflights)
    app.on_response_prepare.append(_name_origin)


@web.middleware
async def _preflights(request: web.Request, handler: Handler) -> web.StreamResponse:
    is_preflight = (
        request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
    )
    if not is_preflight or not request.path.startswith(DOOR):
        return await handler(request)
    return web.Response(status=204, headers=PREFLIGHT if _is_allowed(request) else {})


async def _name_origin(request: web.Request, response: web.StreamResponse) -> None:
    if not request.path.startswith(DOOR):
        return
    response.headers.add(hdrs.VARY, hdrs.ORIGIN)
    if _is_allowed(request):
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = request.headers[hdrs.ORIGIN]
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = hdrs.RETRY_AFTER


def _is_allowed(request: web.Request) -> bool:
    return request.headers.get(hdrs.ORIGIN) in request.app[SETTINGS].allowed_origins
