"""What a product without a stated type seems to be, by how it is named: the noun of its title, its category.

Only a guess: it serves to find by meaning what is asked for in words that the shop does not use, or in another
language ("mochila" for the "Driven Backpack"), and never narrows a list.
"""

import re
from collections.abc import Iterable, Iterator

END = re.compile(r"\s[-–—|]\s|[,(:;/]|\d")
"""Behind it a title says no more what the thing is."""
PARTS = re.compile(r"\s*[&/,]\s*|\s+(?:and|et|y|e|ou|or)\s+")
MOST_WORDS = 2


def names_of(title: str, categories: Iterable[str], language: str) -> Iterator[str]:
    """English says last what a thing is, French and Spanish first."""
    words = END.split(title.strip(), maxsplit=1)[0].lower().split()
    for count in range(1, min(MOST_WORDS, len(words)) + 1):
        named = words[-count:] if language == "en" else words[:count]
        if all(word.replace("-", "").replace("'", "").isalpha() for word in named):
            yield " ".join(named)
    for category in categories:
        yield from filter(None, PARTS.split(category.strip().lower()))
