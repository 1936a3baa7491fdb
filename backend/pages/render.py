"""A template becomes a page, with its headers, in the visitor's language; an error becomes one too."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
import structlog
from aiohttp import web

from backend.catalogue.views import CategoryView
from backend.config import CURRENCIES, LANGUAGES
from backend.edge import SETTINGS
from backend.errors import ShopError
from backend.pages.visitor import Visitor, visitor_of
from backend.policies.routes import POLICIES
from backend.policies.shelf import Reader
from backend.shop import SHOP

log = structlog.get_logger()

TEMPLATES = web.AppKey("page_templates", jinja2.Environment)
WITHOUT_PAGES = ("/api/", "/webhooks/", "/health/", "/pictures/", "/static/", "/widget/")
"""What programs ask for: an error there needs no page."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}
SECRET_HEADERS = HEADERS | {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
"""For a page whose address is its key."""

SECURE_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
"""Where the shop is reached by TLS: never again without."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def render(
    request: web.Request,
    visitor: Visitor,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] = HEADERS,
    is_listed: bool = True,
    categories: list[CategoryView] | None = None,
    **context: Any,
) -> web.Response:
    """`is_listed`: search engines may keep it, once per language."""
    public_url = request.app[SETTINGS].public_url
    page = f"{public_url}{request.rel_url.raw_path}"

    def switched(**query: str) -> str:
        return "?" + urlencode({**request.query, **query})

    answer = aiohttp_jinja2.render_template(
        template,
        request,
        {
            "t": visitor.text,
            "visitor": visitor,
            "shop": request.app[SHOP],
            "languages": LANGUAGES,
            "currencies": CURRENCIES,
            "categories": categories or [],
            "policies": request.app[POLICIES].shelf.topics(Reader(visitor.language, visitor.currency)),
            "page": page if is_listed else None,
            "switched": switched,
            **context,
        },
        app_key=TEMPLATES,
        status=status,
    )
    answer.headers.update(headers)
    if public_url.startswith("https:"):
        answer.headers.update(SECURE_HEADERS)
    answer.headers["Content-Language"] = visitor.language
    return answer


@web.middleware
async def html_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Inside of `backend.edge.refusals`, which answers programs."""
    if request.path.startswith(WITHOUT_PAGES):
        return await handler(request)
    try:
        return await handler(request)
    except ShopError as refusal:
        return _error(request, refusal.status)
    except web.HTTPException as answer:
        if answer.status < HTTPStatus.BAD_REQUEST:
            raise
        return _error(request, answer.status)
    except Exception:
        resource = request.match_info.route.resource
        # The route and not the path, which may be the key of an order.
        log.exception("page_failed", method=request.method, route=resource.canonical if resource else "")
        return _error(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def _error(request: web.Request, status: int) -> web.Response:
    kind = "failed" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"
    return render(
        request,
        visitor_of(request),
        "error.html",
        status=status,
        headers=SECRET_HEADERS,
        is_listed=False,
        kind="missing" if status == HTTPStatus.NOT_FOUND else kind,
    )
