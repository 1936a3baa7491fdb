"""Text as people type it in a hurry: "cherche à acheter" and "CHERCHE A ACHETER" are one."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = dict.fromkeys("’\u2018\u00b4`", "'")
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", **_APOSTROPHES})
_STRETCHED = re.compile(r"(\w)\1{2,}")
_SPACES = re.compile(r"\s+")


def strip_accents(text: str) -> str:
    """Lower case without accents, character for character: positions stay those of the text."""
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    plain = unicodedata.normalize("NFD", character.lower())[:1]
    return _APOSTROPHES.get(plain, plain)


def fold(text: str) -> str:
    """Lower case, no accents, one kind of apostrophe, "noooo" as "noo", single spaces."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _SPACES.sub(" ", _STRETCHED.sub(r"\1\1", plain)).strip()
