"""The pages' texts in three languages, and the choice between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from aiohttp import web
from babel import negotiate_locale

LANGUAGES = ("en", "fr", "es")
TEXTS_DIR = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Wording:
    language: str
    texts: dict[str, str]

    def __call__(self, key: str, **values: str) -> str:
        return self.texts[key].format(**values)


@cache
def load_wordings() -> dict[str, Wording]:
    return {
        language: Wording(
            language, yaml.load((TEXTS_DIR / f"{language}.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
        )
        for language in LANGUAGES
    }


WORDINGS = web.AppKey("wordings", dict[str, Wording])


def wording_for(request: web.Request, wanted: str | None) -> Wording:
    """In the language that is wanted, or else the best that the browser accepts, or else English."""
    asked = [wanted] if wanted and wanted != "auto" else _accepted(request.headers.get("Accept-Language", ""))
    language = negotiate_locale([tag.replace("-", "_") for tag in asked], LANGUAGES) or "en"
    return request.app[WORDINGS][language]


def _accepted(header: str) -> list[str]:
    weighted = []
    for entry in header.split(","):
        tag, _, weight = entry.strip().partition(";q=")
        weighted.append((_weight(weight), tag))
    return [tag for weight, tag in sorted(weighted, key=lambda entry: -entry[0]) if tag and weight > 0]


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
