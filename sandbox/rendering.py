from __future__ import annotations

import aiohttp_jinja2
from aiohttp import web

from sandbox.errors import Json
from sandbox.wording import Wording

CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def render(
    request: web.Request, template: str, t: Wording, context: Json | None = None, status: int = 200
) -> web.Response:
    answer = aiohttp_jinja2.render_template(template, request, {"t": t} | (context or {}), status=status)
    answer.headers.update(PAGE_HEADERS)
    answer.headers["Content-Language"] = t.language
    return answer
