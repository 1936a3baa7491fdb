"""Files that were bought: a press of a button counts, the address that it leads to works for an hour."""

from pathlib import Path
from urllib.parse import quote

import structlog
from aiohttp import web
from itsdangerous import BadSignature, URLSafeTimedSerializer

from backend.config import Settings, derived_secret
from backend.edge import DATABASE, SETTINGS
from backend.orders import finding
from backend.orders.downloads import count_download, find_download
from backend.pages.files import HEADERS

log = structlog.get_logger()

LINK_SECONDS = 3600
"""A download that breaks off goes on at the same address, uncounted."""


async def take_download(request: web.Request) -> web.Response:
    """From the order's page. Raises OrderNotFound."""
    token, settings = request.match_info["token"], request.app[SETTINGS]
    async with request.app[DATABASE].transaction() as session:
        order = await finding.find_by_token(session, token)
        download = await find_download(session, order, request.match_info["download"])
        if download is None:
            raise web.HTTPNotFound
        if not _path(settings, download.file).is_file():
            log.error("download_missing", file=download.file)
            raise web.HTTPServiceUnavailable
        is_counted = await count_download(session, download)
    signed = _signer(settings).dumps(download.file)
    raise web.HTTPSeeOther(f"/downloads/{signed}" if is_counted else f"/orders/{token}")


async def send_download(request: web.Request) -> web.FileResponse:
    settings = request.app[SETTINGS]
    try:
        file = _signer(settings).loads(request.match_info["signed"], max_age=LINK_SECONDS)
    except BadSignature:
        raise web.HTTPNotFound from None
    path = _path(settings, file)
    if not path.is_file():
        raise web.HTTPNotFound
    disposition = f"attachment; filename*=UTF-8''{quote(path.name, safe='')}"
    return web.FileResponse(
        path, headers=HEADERS | {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    )


def _path(settings: Settings, file: str) -> Path:
    """Within the folder, whatever the catalogue says."""
    root = settings.downloads_dir.resolve()
    path = (root / file).resolve()
    if not path.is_relative_to(root):
        raise web.HTTPNotFound
    return path


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derived_secret(settings.secret, "downloads"))
