"""Files as they are: pictures of products, the built chat, the pages' own style and script."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from aiohttp import web

from backend.config import ROOT
from backend.edge import SETTINGS

STATIC = Path(__file__).parent / "static"
WIDGET = ROOT / "web" / "dist"
WEEK = "public, max-age=604800"
FOREVER = "public, max-age=31536000, immutable"
HEADERS = {
    # An SVG that is opened by itself is a document, and could hold a script.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}

ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Integrity is checked of what may be read, and other websites show the chat with its pictures."""
PINNED = re.compile(r"-[0-9a-f]{16}\.js(on)?$")
"""The name says what is inside."""


async def picture(request: web.Request) -> web.StreamResponse:
    return _file(request.app[SETTINGS].pictures_dir, request.match_info["file"], WEEK, ANYWHERE)


async def static(request: web.Request) -> web.StreamResponse:
    """Under any version: a page that was read before a change finds the files as they are now."""
    return _file(STATIC, request.match_info["file"], FOREVER)


async def widget(request: web.Request) -> web.StreamResponse:
    if not WIDGET.is_dir():
        raise web.HTTPNotFound(text="The chat is not built: run `npm ci && npm run build` in web/.")
    name = request.match_info["file"]
    return _file(WIDGET, name, FOREVER if PINNED.search(name) else "no-cache", ANYWHERE)


class NotBuilt(Exception):
    """The chat is not built: run `npm ci && npm run build` in web/, or `make run`."""


def pinned_tag(public_url: str) -> str:
    """The script tag whose content nobody can change any more. Raises NotBuilt."""
    try:
        loader = json.loads((WIDGET / "integrity.json").read_text())["loader"]
    except FileNotFoundError:
        raise NotBuilt(NotBuilt.__doc__) from None
    address = f"{public_url}/widget/{loader['file']}"
    return (
        f'<script async src="{address}" integrity="{loader["integrity"]}" crossorigin="anonymous"></script>'
    )


def static_addresses() -> dict[str, str]:
    """By file name. All differ when one file does: a browser may keep them for ever, and they find each other."""
    files = sorted(STATIC.iterdir())
    version = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]
    return {file.name: f"/static/{version}/{file.name}" for file in files}


def _file(
    directory: Path, name: str, cache: str, headers: Mapping[str, str] = MappingProxyType({})
) -> web.FileResponse:
    """What lies beside it as `.br` or `.gz` is sent to whoever takes it."""
    root = directory.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={**HEADERS, **headers, "Cache-Control": cache})
