"""One line per event: JSON for machines, colours for a person at a terminal. No token, no customer's text."""

import logging
import re
import sys

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from structlog.tracebacks import ExceptionDictTransformer

SECRET_IN_PATH = re.compile(r"^/(pay|orders|api/files|api/personal-data/copies)/[^/]+")


def configure() -> None:
    """For the whole process, the standard library's loggers included."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    rendered: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if sys.stderr.isatty()
        else [
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for chatty in ("alembic", "stripe"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


class AccessLogger(AbstractAccessLogger):
    """Paths without what opens them: no query, no token of a payment, an order or a file. Probes are not news."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        if request.path.startswith("/health/"):
            return
        structlog.get_logger("access").info(
            "request",
            method=request.method,
            path=without_secrets(request.path),
            status=response.status,
            milliseconds=round(time * 1000, 1),
        )


def without_secrets(path: str) -> str:
    return SECRET_IN_PATH.sub(r"/\1/…", path)
