"""Plurals and genders as they are made in most cases: how customers may write a word that the shop writes otherwise.

Words are folded. A form that does not exist does no harm: nobody writes it.
"""

VOWELS = "aeiou"
SHORTEST = 3
FRENCH_FEMININES = {"c": "che", "f": "ve", "t": "tte", "n": "nne", "l": "lle"}
"""By its last letter: blanc, blanche; beside the plain "e" of vert, verte."""


def forms(word: str, language: str) -> list[str]:
    """Without the word itself."""
    if len(word) < SHORTEST or not word.isalpha():
        return []
    return {"en": _english, "fr": _french, "es": _spanish}[language](word)


def _english(word: str) -> list[str]:
    if word.endswith("y") and word[-2] not in VOWELS:
        return [word[:-1] + "ies"]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return [word + "es"]
    plural = [word + "s"]
    if word.endswith("fe"):
        plural.append(word[:-2] + "ves")
    elif word.endswith("f"):
        plural.append(word[:-1] + "ves")
    return plural


def _french(word: str) -> list[str]:
    if word.endswith(("s", "x")):
        return [word + "e", word + "es"] if word.endswith("s") else [word[:-1] + "se", word[:-1] + "ses"]
    plural = [word + "x" if word.endswith(("au", "eu")) else word + "s"]
    if word.endswith("e"):  # an accent may be folded: doré, dorée
        return [*plural, word + "e", word + "es"]
    doubled = [word[:-1] + FRENCH_FEMININES[word[-1]]] if word[-1] in FRENCH_FEMININES else []
    return plural + [feminine + end for feminine in (word + "e", *doubled) for end in ("", "s")]


def _spanish(word: str) -> list[str]:
    if word.endswith("o"):
        return [word[:-1] + end for end in ("a", "os", "as")]
    if word.endswith("z"):
        return [word[:-1] + "ces"]
    return [word + "s"] if word[-1] in VOWELS else [word + "es"]
