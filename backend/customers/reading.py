"""Reads an address off a message, as customers type it in a chat: on one line or several, in three languages,
alone or in the middle of a wish ("two blue mugs to Anna Smith, 12 Baker Street, London NW1 6XE, please")."""

import re
from functools import cache
from pathlib import Path

import msgspec
import yaml

from backend.customers.addresses import Address, country_named, folded

POSTCODES = (
    ("CA", re.compile(r"\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b", re.I)),
    ("GB", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.I)),
    ("NL", re.compile(r"\b\d{4} ?[A-Z]{2}\b(?= )")),
    ("PT", re.compile(r"\b\d{4}-\d{3}\b")),
    ("US", re.compile(r"(?<=\b[A-Z]{2} )\d{5}(?:-\d{4})?\b", re.I)),
    (None, re.compile(r"\b\d{4,5}\b")),
)
"""Forms that name their country first; four or five digits alone may be many countries'."""

COUNTRY_OF_FIVE_DIGITS = {"fr": "FR", "es": "ES"}
"""Where a customer of this language most likely lives; the summary shows it before anything is paid."""

PART_ENDS = re.compile(r"[,;\n]+|(?<=\w{4})[.!?]+(?=\s+\S)|[!?]+(?=\s+\S)")
"""Commas, lines and sentences; a full stop after a short word may be an abbreviation ("St. James")."""

WORD = r"[^\W\d_](?:[^\W\d_]|['’.-])*"
SOMEBODY = re.compile(
    rf"(?P<wish>.*\S)\s+(?:to|for|à|a|pour|para|chez|au nom de|a nombre de)\s+(?P<name>{WORD}(?:\s{WORD}){{0,4}})"
)
"""Of several prepositions the last one leads to the name."""
MOST_NAMES = 5

STREET = (
    r"\b(?:rue|avenue|av|avda|avenida|bd|boulevard|calle|c/|plaza|paseo|ronda|camino|carretera|carrer|carrera"
    r"|street|st|road|rd|lane|drive|square|terrace|gardens|chemin|place|quai|all[ée]e|cours|route|via|impasse)\b"
)
STREET_WORD = re.compile(STREET, re.I)
STREET_INSIDE = re.compile(rf"(?P<before>.*\S)\s+(?P<street>{STREET}.*\d.*)", re.I)
NUMBERED_STREET_INSIDE = re.compile(
    rf"(?P<before>.*\S)\s+(?P<street>\d+\w?\s+(?:(?:bis|ter)\s+)?(?:{WORD}\s+){{0,3}}?{STREET}.*)", re.I
)
UNNUMBERED_STREET = re.compile(rf"{STREET}(?:\s{WORD}){{1,5}}|(?:{WORD}\s){{1,3}}{STREET}", re.I)
HOUSE = re.compile(
    rf"\W*(?:\d+\w?,?\s+(?:(?:bis|ter)\s+)?(?:{WORD}\s+){{0,3}}?{STREET}\D*|{STREET}\D*\s\d+\w?)\W*", re.I
)
MOST_OF_STREET = 8
NUMBER_INSIDE = re.compile(r"(?P<before>(?:[^\W\d]|[ .'’-])+?)\s+(?P<street>\d+.*)")
TOWN = ""
"""Stands among the parts where the postcode and the city were."""
ROOM = re.compile(r"\b(?:flat|app?t|apartment|appartement|unit|suite|floor|étage|b[âa]t|piso|puerta)\b", re.I)


class Reading(msgspec.Struct, frozen=True):
    """`rest` is what the message says beside the address."""

    address: Address
    rest: str


def read_address(text: str, language: str, expected: str | None = None) -> Reading:
    """What the text says of an address; nothing is guessed that it does not say, but for the country.

    `expected` names the one field that was asked for: a text with no other sign of an address is its value.
    """
    found: dict[str, str] = {}
    parts = _without_country(_parts(text), found, is_name=expected == "name")
    parts = _without_postcode(parts, found)
    before, after = _around_street(parts, found)
    before = [part for part in before if part != TOWN]
    if not found.get("line1") and not found.get("postcode"):
        rest = _alone(before + after, found, expected)
    else:
        rest = _without_name_and_city(before, after, found, is_lower_case=text[1:] == text[1:].lower())
    if found.get("postcode") and "country" not in found:
        country = COUNTRY_OF_FIVE_DIGITS.get(language)
        if country and len(found["postcode"]) == 5:
            found["country"] = country
    return Reading(Address(**found), ", ".join(rest))


def names_street(text: str) -> bool:
    """ "12 Baker Street" does, "350 ml" does not."""
    return STREET_WORD.search(text) is not None


def is_street(text: str) -> bool:
    """Nothing but a street, with its number or without: "12 rue des Lilas", "calle Mayor"."""
    is_one = HOUSE.fullmatch(text) or UNNUMBERED_STREET.fullmatch(text.strip(" ."))
    return is_one is not None and len(text.split()) <= MOST_OF_STREET


def without_email_lead_in(text: str) -> str:
    """ "my e-mail is", once the address itself was taken out."""
    return _phrases("email_lead_in", r"(?<!\w)(?:{})\s*:?(?=\W*$|\s*[,.;])").sub("", text)


def _parts(text: str) -> list[str]:
    text = _phrases("connectors", r"\s(?:{})\s").sub(", ", text.strip())
    lead_in = _phrases("lead_in", r"^\W*(?:{})(?:[\s:]+|$)")
    parts = [lead_in.sub("", part.strip(" .")).strip(" .") for part in PART_ENDS.split(text)]
    return [part for part in parts if part]


def _without_country(parts: list[str], found: dict[str, str], *, is_name: bool) -> list[str]:
    """A part of its own, or the end of a part where no person's name ends ("Anna Jordan")."""
    for index in reversed(range(len(parts))):
        code = country_named(parts[index])
        if code:
            found["country"] = code
            return parts[:index] + parts[index + 1 :]
        if is_name or not (index == len(parts) - 1 or _has_digits(parts[index])):
            continue
        words = parts[index].split()
        for size in (3, 2, 1):
            code = country_named(" ".join(words[-size:])) if len(words) > size else None
            if code:
                found["country"] = code
                return [*parts[:index], " ".join(words[:-size]), *parts[index + 1 :]]
    return parts


def _without_postcode(parts: list[str], found: dict[str, str]) -> list[str]:
    for country, form in POSTCODES:
        for index in reversed(range(len(parts))):
            matches = list(form.finditer(parts[index]))
            if not matches or _is_house_number(parts, index, matches[-1]):
                continue
            match = matches[-1]
            before, after = (
                parts[index][: match.start()].strip(" ,-"),
                parts[index][match.end() :].strip(" ,-"),
            )
            found["postcode"] = match.group().upper()
            if country:
                found.setdefault("country", country)
            return _split_city(parts, index, before, after, found)
    return parts


def _is_house_number(parts: list[str], index: int, match: re.Match[str]) -> bool:
    """ "1600 Pennsylvania Avenue": digits that open the only part, or a part that is followed by others."""
    opens = match.start() == 0 and match.group().isdigit() and len(parts[index].split()) > 1
    return opens and len(match.group()) < 5 and index < len(parts) - 1


def _split_city(parts: list[str], index: int, before: str, after: str, found: dict[str, str]) -> list[str]:
    """ "75011 Paris" and "London NW1 6XE" name the city beside the code; "Springfield, IL 62704" before it."""
    rest = parts[index + 1 :]
    kept = parts[:index]
    region = re.search(r"(?:^|\s)([A-Z]{2})$", before) if found.get("country") in ("US", "CA") else None
    if region:
        found["region"] = region.group(1)
        before = before[: region.start()].strip()
    if after:
        found["city"] = after
        return [*kept, before, TOWN, *rest] if before else [*kept, TOWN, *rest]
    if before and not _has_digits(before):
        found["city"] = before
        return [*kept, TOWN, *rest]
    if before:
        street, _, found["city"] = before.rpartition(" ")  # "12 Baker Street London"
        return [*kept, street, TOWN, *rest]
    if rest and not _has_digits(rest[0]):
        found["city"] = rest[0]
        return [*kept, TOWN, *rest[1:]]
    if len(kept) > 1 and not _has_digits(kept[-1]):
        found["city"] = kept[-1]
        return [*kept[:-1], TOWN, *rest]
    return [*kept, TOWN, *rest]


def _around_street(parts: list[str], found: dict[str, str]) -> tuple[list[str], list[str]]:
    """Takes the street with what belongs to it; returns the parts before and after it."""
    index = _street_among(parts)
    if index is None:
        return [], [part for part in parts if part != TOWN]
    before, street, after = parts[:index], parts[index], parts[index + 1 :]
    forms = (NUMBERED_STREET_INSIDE, STREET_INSIDE, NUMBER_INSIDE)
    inside = next(filter(None, (form.fullmatch(street) for form in forms)), None)
    if inside and _names_somebody(inside["before"]) and not (before and _names_somebody(before[-1])):
        before, street = [*before, inside["before"]], inside["street"]
    found["line1"] = street
    if TOWN in after and found.get("city"):  # a quarter or a building, between the street and the town
        town = after.index(TOWN)
        found["line2"] = ", ".join(after[:town])
        after = after[town:]
    after = [part for part in after if part != TOWN]
    if before and ROOM.search(before[-1]):
        found["line2"] = ", ".join(filter(None, (before.pop(), found.get("line2"))))
    elif after and (_has_digits(after[0]) or ROOM.search(after[0])):
        found["line2"] = after.pop(0)
    return before, after


def _street_among(parts: list[str]) -> int | None:
    """Words with a number; those that name a street by itself before others ("2 blue mugs"), and before these a
    street without a number next to its town: the number is asked for."""
    numbered = [
        index for index, part in enumerate(parts) if _has_digits(part) and re.search(r"[^\W\d_]", part)
    ]
    named = [index for index in numbered if STREET_WORD.search(parts[index])]
    plain = [index for index in numbered if not SOMEBODY.fullmatch(parts[index])]
    town = parts.index(TOWN) if TOWN in parts else 0
    bare = [index for index in range(town) if UNNUMBERED_STREET.fullmatch(parts[index])]
    return next(iter(named or bare[-1:] or plain), None)


def _without_name_and_city(
    before: list[str], after: list[str], found: dict[str, str], *, is_lower_case: bool
) -> list[str]:
    """The name stands before the street, the nearest to it, or else behind everything; the rest is no address."""
    for index in reversed(range(len(before))):
        wish, name = _split_somebody(before[index], is_lower_case)
        if name:
            found["name"] = name
            before = [*before[:index], *([wish] if wish else []), *before[index + 1 :]]
            break
    if after and "city" not in found and not _has_digits(after[0]):
        found["city"] = after.pop(0)
    if "name" not in found and after and _is_name(after[-1], is_lower_case):
        found["name"] = after.pop()
    return before + after


def _split_somebody(part: str, is_lower_case: bool) -> tuple[str, str]:
    """ "Two mugs to Anna Smith" is a wish and a name."""
    leading = SOMEBODY.fullmatch(part)
    if leading and _is_name(leading["name"], is_lower_case):
        return leading["wish"], leading["name"]
    return ("", part) if _is_name(part, is_lower_case) else (part, "")


def _alone(parts: list[str], found: dict[str, str], expected: str | None) -> list[str]:
    """Words without a number can only be the value that was asked for."""
    words = [part for part in parts if not _has_digits(part)]
    if len(words) != 1 or found.get("country"):
        return parts
    if expected in ("name", "city", "region") or (expected == "line1" and STREET_WORD.search(words[0])):
        found[expected] = words.pop()
    elif expected == "address" and len(parts) == 1 and _names_somebody(words[0]):
        found["name"] = words.pop()
    return words


def _is_name(text: str, is_lower_case: bool) -> bool:
    words = text.split()
    is_written_as_one = len(words) > 1 if is_lower_case else text != text.lower()
    return len(words) <= MOST_NAMES and not _has_digits(text) and is_written_as_one


def _names_somebody(text: str) -> bool:
    is_short = 2 <= len(text.split()) <= MOST_NAMES
    return (is_short or SOMEBODY.fullmatch(text) is not None) and not STREET_WORD.search(text)


def _has_digits(text: str) -> bool:
    return any(character.isdigit() for character in text)


@cache
def _phrases(kind: str, frame: str) -> re.Pattern[str]:
    """One pattern for all phrases of a kind, the longest first; an accent may be missing."""
    known = yaml.safe_load((Path(__file__).parent / "phrases.yml").read_text("utf-8"))[kind]
    spelled = {form for phrase in known for form in (phrase, folded(phrase), phrase.replace("'", "’"))}
    alternatives = "|".join(re.escape(phrase) for phrase in sorted(spelled, key=len, reverse=True))
    return re.compile(frame.format(alternatives), re.I)
