"""What hurried thumbs do to a sentence, the same at every run: one typing error per word, SMS style, no accents."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from bot.nlu.folding import fold

ROWS = {
    "en": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "es": ("qwertyuiop", "asdfghjklñ", "zxcvbnm"),
}
SHORTEST = 4
"""Fewer letters leave nothing to recognise by."""
WORD = re.compile(r"[^\W\d_]+")
SMS = {
    "en": {"you": "u", "are": "r", "your": "ur", "please": "pls", "thanks": "thx", "to": "2", "for": "4",
           "because": "cuz", "about": "abt", "what": "wat", "want": "wanna", "have": "hav", "people": "ppl"},
    "fr": {"que": "ke", "qu'": "k", "quoi": "koi", "c'est": "c", "est": "e", "pas": "pa", "vous": "vs", "nous": "ns",
           "pour": "pr", "s'il vous plaît": "svp", "beaucoup": "bcp", "dans": "ds", "avec": "av", "toujours": "tjs",
           "quand": "qd", "merci": "mci"},
    "es": {"que": "q", "qué": "q", "por": "x", "porque": "xq", "quiero": "kiero", "por favor": "xfa", "también": "tb",
           "está": "ta", "para": "pa", "dónde": "dnd", "mucho": "mxo", "gracias": "grax", "cuánto": "kuanto"},
}  # fmt: skip


def _next_to(letter: str, language: str) -> str:
    for row in ROWS[language]:
        if letter in row:
            at = row.index(letter)
            return row[at + 1] if at + 1 < len(row) else row[at - 1]
    return letter


def _mistyped(word: str, language: str, chance: random.Random) -> str:
    """One slip behind the first letter, which few people miss."""
    if len(word) < SHORTEST:
        return word
    at = chance.randrange(1, len(word) - 1)
    slips = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + _next_to(word[at], language) + word[at + 1 :],
    )
    return chance.choice(slips)


def typos(text: str, language: str) -> str:
    """One error in every word of four letters and more."""
    chance = random.Random(text)
    return WORD.sub(lambda word: _mistyped(word[0], language, chance), text)


def one_typo(text: str, language: str) -> str:
    """One error in the whole message."""
    chance = random.Random(text)
    words = [found for found in WORD.finditer(text) if len(found[0]) >= SHORTEST]
    if not words:
        return text
    word = chance.choice(words)
    return text[: word.start()] + _mistyped(word[0], language, chance) + text[word.end() :]


def sms(text: str, language: str) -> str:
    """Without accents, capitals and full stops, and with the usual short forms."""
    for phrase in sorted(SMS[language], key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", SMS[language][phrase], text, flags=re.I)
    return re.sub(r"[.,;!?¿¡]+", "", fold(text))


def no_accents(text: str, language: str) -> str:
    return fold(text)


NOISES: dict[str, Callable[[str, str], str]] = {
    "one typo": one_typo,
    "typos": typos,
    "sms": sms,
    "no accents": no_accents,
}
