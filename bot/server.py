"""Rasa's private door: `python -m bot.server` (Python 3.10).

`POST /turn`, `POST /forget` and `GET /health` on loopback; the backend is the only caller.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import sys
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from bot import patches

if TYPE_CHECKING:
    from bot.channel import Assistant

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    model: str
    port: int
    secret: str
    shop_words: Path
    endpoints: str = "endpoints.yml"

    @classmethod
    def from_environment(cls) -> Settings:
        data_dir = os.environ.get("COMPTOIR_DATA_DIR", "var")
        os.environ.setdefault(
            "COMPTOIR_TRACKER_URL", f"sqlite:///{data_dir}/tracker.db"
        )  # endpoints.yml reads it
        return cls(
            model=os.environ["COMPTOIR_MODEL"],
            port=int(os.environ["COMPTOIR_RASA_PORT"]),
            secret=os.environ["COMPTOIR_RASA_SECRET"],
            shop_words=Path(data_dir) / "shop_words.txt",
        )


class JsonLines(logging.Formatter):
    """One JSON object per line. Of an exception only the kinds and places are kept: Rasa's messages and
    local variables hold what customers wrote."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = _places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _places(error: BaseException | None) -> list[dict[str, Any]]:
    places = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        places.append({"type": type(error).__name__, "where": where[-6:]})
        error = error.__cause__ or error.__context__
    return places


def configure_logging() -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("bot").setLevel(logging.INFO)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    # Rasa's structured lines carry the customer's text as a field: only their names are kept.
    structlog.configure(
        processors=[lambda _logger, _method, event: (str(event["event"]),)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: logging.getLogger("rasa"),
        cache_logger_on_first_use=True,
    )


class Loading:
    """The assistant, once it is there."""

    assistant: Assistant | None = None


LOADING = web.AppKey("loading", Loading)
SETTINGS = web.AppKey("settings", Settings)


def refuse(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": code, "message": message}, status=status)


def is_authorized(request: web.Request) -> bool:
    expected = f"Bearer {request.app[SETTINGS].secret}"
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())


async def answer_turn(request: web.Request) -> web.Response:
    if not is_authorized(request):
        return refuse(401, "unauthorized", "Authorization must carry the shared secret")
    assistant = request.app[LOADING].assistant
    if assistant is None:
        return refuse(503, "not_ready", "the model is being loaded")
    from bot.channel import Turn, TurnFault  # imports Rasa, which takes seconds: not before the door is open

    try:
        body = await request.json()
    except ValueError:
        return refuse(400, "bad_request", "the body is not JSON")
    try:
        turn = Turn.parse(body)
        answered = await assistant.answer(turn)
    except TurnFault as fault:
        log.warning("turn failed", exc_info=fault, extra={"fields": {"error": fault.code}})
        return refuse(fault.status, fault.code, str(fault))
    except Exception as error:
        log.error("turn broke", exc_info=error)
        return refuse(500, "internal_error", type(error).__name__)
    return web.json_response({"turn": turn.id, "answers": answered.answers, "readings": answered.readings})


async def forget(request: web.Request) -> web.Response:
    if not is_authorized(request):
        return refuse(401, "unauthorized", "Authorization must carry the shared secret")
    assistant = request.app[LOADING].assistant
    if assistant is None:
        return refuse(503, "not_ready", "the model is being loaded")
    try:
        conversation = (await request.json())["conversation"]
    except (KeyError, TypeError, ValueError):
        return refuse(400, "bad_request", "the body does not name a conversation")
    await assistant.forget(conversation)
    return web.json_response({})


async def health(request: web.Request) -> web.Response:
    if request.app[LOADING].assistant is None:
        return refuse(503, "not_ready", "the model is being loaded")
    return web.json_response({"status": "ok"})


def load_assistant(settings: Settings) -> Assistant:
    patches.apply()
    from rasa.core.utils import AvailableEndpoints

    from bot.channel import Assistant
    from bot.nlu.shop_words import follow

    follow(settings.shop_words)
    return Assistant.load(settings.model, AvailableEndpoints.read_endpoints(settings.endpoints))


async def loaded_assistant(app: web.Application) -> AsyncIterator[None]:
    """Loads while the door already answers 503; a model that cannot be loaded ends the process."""

    async def load() -> None:
        app[LOADING].assistant = await asyncio.to_thread(load_assistant, app[SETTINGS])
        log.info("ready")

    def exit_on_failure(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            fields = {"message": str(task.exception())}
            log.critical("model not loaded", exc_info=task.exception(), extra={"fields": fields})
            os._exit(1)

    task = asyncio.create_task(load())
    task.add_done_callback(exit_on_failure)
    yield
    task.cancel()


def create_app(settings: Settings) -> web.Application:
    app = web.Application(client_max_size=64 * 1024)
    app[SETTINGS] = settings
    app[LOADING] = Loading()
    app.router.add_post("/turn", answer_turn)
    app.router.add_post("/forget", forget)
    app.router.add_get("/health", health)
    app.cleanup_ctx.append(loaded_assistant)
    return app


def main() -> None:
    configure_logging()
    patches.assert_version()
    settings = Settings.from_environment()
    web.run_app(create_app(settings), host="127.0.0.1", port=settings.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
