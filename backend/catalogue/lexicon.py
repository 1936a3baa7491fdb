"""Words that a language has, whether or not the shop uses them: "bike" is no slip for "like".

The lists are those of pyspellchecker (MIT), words with how often films say them.
"""

import gzip
import json
from functools import cache
from importlib.resources import files

from backend.catalogue.analysis import fold

USUAL = 1_000
"""Fewer times said, a word may be a slip all the same."""
SAID = 200
"""Fewer times said, it may be a slip for a word of talk."""


@cache
def usual_words(language: str, least: int) -> frozenset[str]:
    """Folded; those that were said at least so often."""
    listed = files("spellchecker") / "resources" / f"{language}.json.gz"
    counts: dict[str, int] = json.loads(gzip.decompress(listed.read_bytes()))
    return frozenset(fold(word) for word, count in counts.items() if count >= least)
