"""What the assistant understands, without a conversation (Python 3.10):
`python -m bot.understand --model FILE --shop-words FILE`.

Reads JSON lines `{text, language}` and writes one for each: `{text, language, intent, confidence, ranking, entities,
out_of_scope_score}`. The model is asked as for a customer's message; what a doubtful reading leads to in the dialogue
(asking again) is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

import structlog

from bot import patches
from bot.readings import ranking_of

OUT_OF_SCOPE = "out_of_scope"


class Understanding:
    def __init__(self, model: str, shop_words: Path) -> None:
        patches.apply()
        from rasa.core.agent import Agent

        from bot.nlu.shop_words import follow

        follow(shop_words)
        self._agent = Agent.load(model)

    async def of(self, text: str, language: str) -> dict[str, Any]:
        parsed = await self._agent.parse_message(text)
        ranking = ranking_of(parsed)
        best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
        return {
            "text": text,
            "language": language,
            "intent": best["name"],
            "confidence": best["confidence"],
            "ranking": ranking,
            "entities": [
                {name: entity[name] for name in ("entity", "value", "start", "end")}
                for entity in parsed["entities"]
            ],
            "out_of_scope_score": out_of_scope_score(ranking),
        }


def out_of_scope_score(ranking: list[dict[str, Any]]) -> float:
    """From 0 to 1: how little the text looks like any wish that the shop knows."""
    return 1.0 - max((each["confidence"] for each in ranking if each["name"] != OUT_OF_SCOPE), default=0.0)


async def answer_lines(understanding: Understanding) -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        print(
            json.dumps(await understanding.of(asked["text"], asked["language"]), ensure_ascii=False),
            flush=True,
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", required=True)
    arguments.add_argument("--shop-words", required=True, type=Path)
    logging.captureWarnings(True)  # Rasa's imports have dozens, and its log repeats each text
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    chosen = arguments.parse_args()
    asyncio.run(answer_lines(Understanding(chosen.model, chosen.shop_words)))


if __name__ == "__main__":
    main()
