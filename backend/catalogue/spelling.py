"""A customer's words without their typing errors, as the shop writes them."""

from backend.catalogue.analysis import Token, tokens
from backend.catalogue.dictionary import SHORTEST_SPELLED
from backend.catalogue.lexicon import SAID, USUAL, usual_words
from backend.catalogue.phrases import phrases
from backend.catalogue.talk import chatter, function_words
from backend.catalogue.vocabulary import Vocabulary
from backend.config import LANGUAGES

SHORTEST_RARE = 6
"""Fewer letters of a rare word are rather a slip: "ave" for "have"."""


def read_words(vocabulary: Vocabulary, text: str, language: str) -> list[Token]:
    """The words with their measures in one way, without typing errors, and written apart or together as the
    shop writes them."""
    said = tokens(vocabulary.tuning.units[language].rewritten(text))
    joined = _joined(vocabulary, said, language)
    return _joined(
        vocabulary, [part for token in joined for part in _spelled(vocabulary, token, language)], language
    )


def _spelled(vocabulary: Vocabulary, token: Token, language: str) -> list[Token]:
    word = token.text
    if (
        not token.is_word
        or len(word) < SHORTEST_SPELLED - 1
        or not word.isalpha()
        or _is_word(vocabulary, word, language)
    ):
        return [token]
    if word in vocabulary.dictionary.forms[language]:
        return [Token(vocabulary.dictionary.forms[language][word], word)]
    if word in vocabulary.synonyms[language].forms or word in usual_words(language, USUAL):
        return [Token(word, token.raw, typed=token.raw)]
    split = vocabulary.dictionary.split(word, language) if len(word) >= SHORTEST_SPELLED else None
    if split:
        return [Token(part, part, typed=token.raw) for part in split]
    correct = _correct(vocabulary, word, language)
    if correct and not _is_said_for_talk(vocabulary, word, correct, language):
        return [Token(vocabulary.dictionary.plain(correct, language), correct, typed=token.raw)]
    return [Token(word, token.raw, typed=token.raw)]


def _is_word(vocabulary: Vocabulary, word: str, language: str) -> bool:
    if (
        word in function_words(language)
        or word in vocabulary.tuning.stop_words[language].added
        or vocabulary.knows_anywhere(word, language)
        or vocabulary.options.names_option(word, language)
        or vocabulary.options.names_value(word, language)
        or word in vocabulary.synonyms[language].words
    ):
        return True
    return any(word in chatter(other) for other in LANGUAGES)


def _correct(vocabulary: Vocabulary, word: str, language: str) -> str | None:
    return next(iter(vocabulary.spellings(word, language)), None)


def _is_said_for_talk(vocabulary: Vocabulary, word: str, correct: str, language: str) -> bool:
    """ "Parleur" is rarer than "parler", but a word: nobody who asks for one means talk."""
    is_talk = not vocabulary.writes(correct, language) and correct in function_words(language)
    return is_talk and len(word) >= SHORTEST_RARE and word in usual_words(language, SAID)


def _joined(vocabulary: Vocabulary, said: list[Token], language: str) -> list[Token]:
    joined: list[Token] = []
    for token in said:
        can_join = joined and _can_join(joined[-1], token) and not _only_joins(token, language)
        compound = joined[-1].text + token.text if can_join else ""
        if len(compound) >= SHORTEST_SPELLED and vocabulary.writes(compound, language):
            joined[-1] = Token(compound, compound)
        else:
            joined.append(token)
    return joined


def _can_join(first: Token, second: Token) -> bool:
    """Two words, or the parts of a model's number: "wh 1000xm4", "iphone 12"."""
    compound = first.text + second.text
    return compound.isalnum() and not compound.isdigit() and (first.is_word or second.is_word)


def _only_joins(token: Token, language: str) -> bool:
    """ "La Fil et la Nacre" has no "filet"."""
    return len(token.text) > 1 and token.text in phrases("joining", language).words()
