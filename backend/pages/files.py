"""Files as they are: pictures of products, the built chat, the pages' own style and script."""

import hashlib
from pathlib import Path

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


async def picture(request: web.Request) -> web.StreamResponse:
    return _file(request.app[SETTINGS].pictures_dir, request.match_info["file"], WEEK)


async def static(request: web.Request) -> web.StreamResponse:
    return _file(STATIC, request.match_info["file"], FOREVER)


async def widget(request: web.Request) -> web.StreamResponse:
    if not WIDGET.is_dir():
        raise web.HTTPNotFound(text="The chat is not built: run `npm ci && npm run build` in web/.")
    return _file(WIDGET, request.match_info["file"], "no-cache")


def static_address(name: str) -> str:
    """Differs when the file does, so that a browser may keep it for ever."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
    return f"/static/{name}?v={version}"


def _file(directory: Path, name: str, cache: str) -> web.FileResponse:
    root = directory.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={**HEADERS, "Cache-Control": cache})
