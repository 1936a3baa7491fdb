"""From text to the tokens that are indexed and searched, per language.

Apostrophes are normalised, case and accents folded *before* stemming (a customer types "thé", "the" and
"THÉ"). A number keeps its unit: `backend.catalogue.units` writes "35 cl" and "350 ml" as one token before.
"""

import re
import unicodedata
from collections.abc import Container, Iterable
from functools import cache, lru_cache

import msgspec
import snowballstemmer
import stopwordsiso
from text_to_num import alpha2digit

from backend.catalogue.words import WORDS

STEMMERS = {"en": "english", "fr": "french", "es": "spanish"}
NUMBER = r"\d{1,3}(?:[., \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
SIDE = r"\d{1,9}(?:\.\d{1,9})?"
TOKEN = re.compile(
    rf"""
      (?P<area>{SIDE}(?:\s*(?:x|\u00d7|by|sur|par|por)\s*{SIDE})+)(?![^\W_])
    | (?:\#|\bn[°º]|№)\s*(?P<hash>\d+)
    | (?P<nth>\d+)(?:st|nd|rd|th|er|ère|ere|re|ème|eme|e|nde?|º|ª|°|[oa])\b
    | (?P<word>(?:\d+\.)?\d*[^\W\d_]+(?:\d+[^\W\d_]*)*)
    | (?P<number>{NUMBER})(?![^\W_])
    | (?P<symbol>[€$£] | (?<=\d)\s?[-\u2013](?=\s?\d))
    """,
    re.VERBOSE | re.UNICODE,
)
ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)'(?=\w)", re.IGNORECASE)
CONTRACTION = re.compile(r"'(?:s|m|d|ll|re|ve|t)\b", re.IGNORECASE)
LIGATURES = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "\u2019": "'", "\u2018": "'", "`": "'", "\u00b4": "'"}
)
EUROS = re.compile(r"\b(\d{2,4})e\b", re.IGNORECASE)
GLUED_CURRENCY = re.compile(
    rf"(?<=\d)({'|'.join(name for words in WORDS.values() for name in words.currency)})\b", re.IGNORECASE
)
COMPOUND = re.compile(r"\b(?=[\d-]*[^\W\d_])[^\W_]+(?:-[^\W_]+)+")
JOINING = {
    "en": frozenset({"of", "the"}),
    "fr": frozenset(["de", "du", "des", "d", "a", "au", "aux", "en", "la", "le", "les", "l"]),
    "es": frozenset(["de", "del", "en", "para", "la", "el", "las", "los"]),
}
"""What stands within the name of a thing: "machine à laver"."""
SHORT_PLURAL = 4
ELIDED_E = re.compile(r"\b(jusqu|lorsqu|puisqu)'", re.IGNORECASE)
DIGIT_E = re.compile(r"\d[eE]")
DIGIT_LETTER = re.compile(r"\d[^\W\d_]")
LONGEST_REMEMBERED = 40
"""Characters. More is no word or name, and would fill the memory."""
HIGHEST_POSITION = 20
"""Nobody points at a thirtieth product: "max 30e" is an amount."""


class Token(msgspec.Struct, frozen=True):
    """`text` is folded; `raw` is as written. An ordinal is "#2", an amount with its unit "350ml". `typed` is
    what stood there before the speller."""

    text: str
    raw: str
    is_number: bool = False
    typed: str | None = None

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum() and not self.is_number


def fold(text: str) -> str:
    return _folded(text) if len(text) <= LONGEST_REMEMBERED else _folded.__wrapped__(text)


@lru_cache(maxsize=100_000)
def _folded(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'")
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(LIGATURES))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def tokens(text: str) -> list[Token]:
    """Names of colours, categories and brands stand on thousands of products."""
    return list(_tokens(text) if len(text) <= LONGEST_REMEMBERED else _tokens.__wrapped__(text))


@lru_cache(maxsize=100_000)
def _tokens(text: str) -> tuple[Token, ...]:
    plain = text.translate(LIGATURES).replace("\u2013", "-")
    if "'" in plain:
        plain = CONTRACTION.sub("", ELISION.sub("", ELIDED_E.sub(r"\1e ", plain)))
    if DIGIT_E.search(plain):
        plain = EUROS.sub(
            lambda found: f"{found[1]} €" if int(found[1]) > HIGHEST_POSITION else found[0], plain
        )
    if DIGIT_LETTER.search(plain):
        plain = GLUED_CURRENCY.sub(r" \1", plain)
    return tuple(_token(found) for found in TOKEN.finditer(plain))


def with_digits(text: str, language: str) -> str:
    """The same text with its numbers as digits: "cinq cents" is "500"; "one" and "un" may be no numbers and stay."""
    digits: str = alpha2digit(text, language)
    return digits


def texts(text: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokens(text))


def content(text: str, stops: Container[str]) -> list[str]:
    """The folded words that carry meaning, and their hyphenated compounds as one word ("tshirt", "wh1000xm4")."""
    words = [token.text for token in tokens(text)]
    words = [word for word in words if word[0].isalnum() and (word not in stops or word.isdigit())]
    if "-" in text:
        words += [fold(compound).replace("-", "") for compound in COMPOUND.findall(text.translate(LIGATURES))]
    return words


def name_words(text: str, language: str) -> list[str]:
    """What a thing is called: each compound is one word, and what only joins words is left out."""
    joined = COMPOUND.sub(lambda found: found[0].replace("-", ""), text.translate(LIGATURES))
    words = [token.text for token in tokens(joined) if token.text[0].isalnum()]
    return [word for word in words if word not in JOINING[language]] or words


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    if len(word) < 3 or any(character.isdigit() for character in word):
        return word
    if language == "fr" and len(word) > SHORT_PLURAL and word[-1] in "sx" and word[-2] in "aiou":
        word = word[:-1]  # the French stemmer keeps the plural of "vélos" and "bijoux"
    stemmed: str = _stemmer(language).stemWord(word)
    return stemmed


def stems(words: Iterable[str], language: str) -> tuple[str, ...]:
    return tuple(stem(word, language) for word in words)


@cache
def stop_words(language: str) -> frozenset[str]:
    stops = {fold(word) for word in stopwordsiso.stopwords(language)}
    return frozenset(stops - {fold(word) for word in WORDS[language].kept})


def is_stop(word: str, language: str) -> bool:
    return word in stop_words(language) and not word.isdigit()


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(STEMMERS[language])


def _token(found: re.Match[str]) -> Token:
    raw = found.group()
    if found.lastgroup == "word":
        return Token(fold(raw), raw)
    part = found.groupdict()
    if part["area"]:
        return Token("x".join(re.findall(SIDE, raw)), raw)
    if part["hash"] or part["nth"]:
        return Token(f"#{int(part['hash'] or part['nth'])}", raw)
    if part["number"]:
        return Token(raw, raw, is_number=True)
    if part["symbol"]:
        return Token(raw.strip(), raw)
    return Token(fold(raw), raw)
