from __future__ import annotations

import os
import sys

from aiohttp import web

from sandbox.app import create_app
from sandbox.settings import Settings


def main() -> None:
    try:
        settings = Settings.from_environment(os.environ)
    except ValueError as error:
        sys.exit(f"sandbox: {error}")
    web.run_app(create_app(settings), host="127.0.0.1", port=settings.port, access_log=None)


main()
