"""What Rasa made of a message, without the doubt that it puts before its ranking."""

from __future__ import annotations

from typing import Any

DOUBT = "nlu_fallback"


def ranking_of(parse_data: dict[str, Any]) -> list[dict[str, Any]]:
    """The intents with their confidence, the likeliest first; none for a message without text."""
    return [each for each in parse_data.get("intent_ranking") or [] if each["name"] != DOUBT]
