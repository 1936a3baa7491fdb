"""Rasa's answers, worded by `bot.wording`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.core.nlg.generator import NaturalLanguageGenerator

from bot.wording import Wording

# What rasa_sdk adds to every response beside the action's own arguments.
_ENVELOPE = {"attachment", "buttons", "custom", "elements", "image", "response", "template", "text"}


class WordingGenerator(NaturalLanguageGenerator):  # type: ignore[misc]
    """Words an answer in the argument `language`, else in the turn's."""

    def __init__(self, endpoint_config: Any, domain: Any = None) -> None:
        self._wording = Wording.load(Path(endpoint_config.kwargs.get("path", "data/responses")))

    async def generate(
        self, utter_action: str, tracker: Any, output_channel: str, **kwargs: Any
    ) -> dict[str, Any]:
        turn = (tracker.latest_message.metadata if tracker.latest_message else None) or {}
        arguments = {name: value for name, value in kwargs.items() if name not in _ENVELOPE}
        language = arguments.get("language") or turn.get("language", "en")
        answer = self._wording.render(utter_action, language, arguments, turn.get("turn", ""))
        return {"text": answer.pop("text", None), "custom": answer}
