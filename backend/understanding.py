"""Asks the trained assistant what it understands of texts, one JSON line each, without a conversation."""

import asyncio
import json
import subprocess
from collections.abc import Iterable
from typing import Literal

import msgspec

from backend.catalogue import teaching
from backend.config import ROOT, Settings
from backend.conversations.language import language_of
from backend.run import RASA_PYTHON, CannotRun, Say, trained_model


class Asked(msgspec.Struct):
    """Other fields of a line are no concern of ours."""

    text: str
    language: Literal["en", "fr", "es"] | None = None


def understand(settings: Settings, lines: Iterable[str], say: Say) -> None:
    """Writes to our standard output what `bot.understand` says. Trains first if need be. Raises CannotRun."""
    logs = settings.data_dir / "logs"
    logs.mkdir(exist_ok=True)
    model = asyncio.run(trained_model(settings.data_dir / "models", logs / "training.log", say))
    command = [str(RASA_PYTHON), "-m", "bot.understand", "--model", str(model)]
    command += ["--shop-words", str(settings.data_dir / teaching.FILE)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) as assistant:
        assert assistant.stdin
        with assistant.stdin as questions:
            for number, line in enumerate(lines, start=1):
                questions.write(json.dumps(_asked(line, number)) + "\n")
                questions.flush()
    if assistant.returncode:
        raise CannotRun("the assistant could not be asked; its own words are above")


def _asked(line: str, number: int) -> dict[str, str]:
    try:
        asked = msgspec.json.decode(line, type=Asked)
    except msgspec.MsgspecError as error:
        raise CannotRun(f"line {number} is not {{text, language?}}: {error}") from None
    return {"text": asked.text, "language": asked.language or language_of(asked.text, None, is_first=True)}
