"""What is wrong with the operator's texts, each with its file and line."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from backend.config import LANGUAGES
from backend.policies.facts import PLACEHOLDER, facts
from backend.policies.markdown import MARKDOWN, WITH_HTML, inner
from backend.policies.shelf import Reader, Shelf, Sources
from backend.policies.text import Policy, Section, Unreadable, read_policy
from backend.shop import Shop

FILE = re.compile(rf"(?P<topic>[a-z0-9]+(?:-[a-z0-9]+)*)\.(?P<language>{'|'.join(LANGUAGES)})\.md")
ELSEWHERE = ("http", "https", "mailto", "tel")
LONGEST_SECTION = 1200
TOPIC_PAGE = "/policies/"


class Problem(msgspec.Struct, frozen=True):
    """`line` counts from 1. What `is_refused` is not imported; the rest is for the operator to judge."""

    file: str
    line: int
    message: str
    is_refused: bool = True

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.message}"


class Key(NamedTuple):
    topic: str
    language: str


def file_of(topic: str, language: str) -> str:
    return f"{topic}.{language}.md"


def read_directory(directory: Path) -> tuple[Sources, list[Problem]]:
    """Its Markdown files, and what cannot be read of them."""
    sources: Sources = {}
    problems = []
    for path in sorted(directory.glob("*.md")):
        named = FILE.fullmatch(path.name)
        if not named:
            wanted = "<topic>.<language>.md, with a topic in small letters and the language en, fr or es"
            problems.append(Problem(path.name, 1, f"A text is named {wanted}."))
            continue
        raw = path.read_bytes()
        try:
            sources[named["topic"], named["language"]] = (
                raw.decode().replace("\r\n", "\n").removeprefix("\ufeff")
            )
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            problems.append(Problem(path.name, line, "This line is not UTF-8: save the file as UTF-8."))
    if not sources and not problems:
        problems.append(Problem(str(directory), 1, "There is no text here: no file ends in .md."))
    return sources, problems


def check(sources: Sources, shop: Shop, hold_minutes: int) -> list[Problem]:
    """In the order of files and lines."""
    problems, policies = [], {}
    for (topic, language), source in sources.items():
        values = _everywhere(shop, hold_minutes, language)
        try:
            policies[Key(topic, language)] = policy = read_policy(topic, language, source, values)
        except Unreadable as error:
            problems.append(Problem(file_of(topic, language), error.line, str(error)))
        else:
            problems += _of_text(policy, source, values)
    problems += _missing(policies)
    for policy in policies.values():
        problems += _links(policy, policies)
    if not any(problem.is_refused for problem in problems):
        problems += _astray(policies, sources, Shelf(sources, shop, hold_minutes), shop)
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def _everywhere(shop: Shop, hold_minutes: int, language: str) -> dict[str, str]:
    """The facts that there are in every currency."""
    by_currency = [facts(shop, hold_minutes, language, currency) for currency in shop.currencies]
    return {
        name: value for name, value in by_currency[0].items() if all(name in each for each in by_currency)
    }


def _of_text(policy: Policy, source: str, values: Mapping[str, str]) -> Iterator[Problem]:
    file = file_of(policy.topic, policy.language)
    for line, words in enumerate(policy.body.splitlines(), policy.body_line):
        for placeholder in PLACEHOLDER.findall(words):
            if placeholder not in values:
                known = ", ".join(f"{{{name}}}" for name in values)
                yield Problem(file, line, f"{{{placeholder}}} is no fact of this shop. There are: {known}.")
    yield from _markup(policy, file)
    yield from _sections(policy, source, file)


def _markup(policy: Policy, file: str) -> Iterator[Problem]:
    tokens = WITH_HTML.parse(policy.body)
    blocks = [(token.map[0], token) for token in tokens if token.type == "html_block" and token.map]
    for line, token in [*blocks, *inner(tokens)]:
        if token.type in ("html_block", "html_inline"):
            yield Problem(file, policy.body_line + line, f"HTML is not allowed: {token.content.split()[0]}")
        elif token.type == "image":
            yield Problem(
                file, policy.body_line + line, "A picture is not allowed: a text is words and links."
            )
        elif token.type == "text" and "](" in token.content:
            yield Problem(file, policy.body_line + line, f"This link cannot be used: {token.content.strip()}")


def _sections(policy: Policy, source: str, file: str) -> Iterator[Problem]:
    if not policy.sections:
        yield Problem(file, policy.body_line, "There is no text after the front matter.")
    for number, section in enumerate(policy.sections):
        if any(section.anchor == earlier.anchor for earlier in policy.sections[:number]):
            yield Problem(file, section.line, f"Another section has the heading “{section.heading}” too.")
        if not section.text.strip():
            yield Problem(file, section.line, f"Nothing stands below “{section.heading}”.")
        if len(section.text) > LONGEST_SECTION:
            message = (
                f"The section has {len(section.text)} characters; the assistant quotes its beginning only. "
            )
            yield Problem(file, section.line, message + "Divide it by headings.", is_refused=False)
    headings = {section.heading or policy.title for section in policy.sections}
    for heading in policy.questions.keys() - headings:
        line = _line_of(heading, source)
        yield Problem(file, line, f"The questions are for “{heading}”, but no section has this heading.")


def _missing(policies: Mapping[Key, Policy]) -> Iterator[Problem]:
    for topic in {key.topic for key in policies}:
        if Key(topic, "en") not in policies:
            message = "The topic is missing in English, which is shown where another language has no text."
            yield Problem(file_of(topic, "en"), 1, message)
            continue
        for language in LANGUAGES:
            if Key(topic, language) not in policies:
                message = "The topic is missing in this language; customers get the English text."
                yield Problem(file_of(topic, language), 1, message, is_refused=False)


def _links(policy: Policy, policies: Mapping[Key, Policy]) -> Iterator[Problem]:
    for line, token in inner(MARKDOWN.parse(policy.body)):
        if token.type == "link_open":
            address = str(token.attrGet("href"))
            wrong = _wrong_with(address, policy, policies)
            if wrong:
                file = file_of(policy.topic, policy.language)
                yield Problem(file, policy.body_line + line, f"The link {address} is broken: {wrong}.")


def _wrong_with(address: str, policy: Policy, policies: Mapping[Key, Policy]) -> str | None:
    parts = urlsplit(address)
    if parts.scheme:
        return None if parts.scheme in ELSEWHERE else f"{parts.scheme}: cannot be opened"
    if parts.netloc or not (parts.path.startswith("/") or not parts.path):
        return "write a whole address with https://, or a page of the shop from its /"
    if parts.path and not parts.path.startswith(TOPIC_PAGE):
        return None
    topic = parts.path.removeprefix(TOPIC_PAGE) or policy.topic
    linked = policies.get(Key(topic, policy.language)) or policies.get(Key(topic, "en"))
    if linked is None:
        return f"there is no topic {topic}"
    anchor = unquote(parts.fragment)
    has_section = not anchor or any(section.anchor == anchor for section in linked.sections)
    return None if has_section else f"{file_of(linked.topic, linked.language)} has no section #{anchor}"


def _astray(policies: Mapping[Key, Policy], sources: Sources, shelf: Shelf, shop: Shop) -> Iterator[Problem]:
    """Questions that another section would answer."""
    for key, policy in policies.items():
        for section in policy.sections:
            for question in section.questions:
                found = shelf.search(question, Reader(key.language, shop.currencies[0]))
                if not found or (found[0].policy.topic, found[0].section.anchor) != (
                    key.topic,
                    section.anchor,
                ):
                    file, line = file_of(*key), _line_of(question, sources[key])
                    instead = _named(found[0].policy, found[0].section) if found else "nothing"
                    message = f"“{question}” finds {instead}: add keywords, or words to the heading."
                    yield Problem(file, line, message, is_refused=False)


def _named(policy: Policy, section: Section) -> str:
    return f"“{section.heading or policy.title}” in {file_of(policy.topic, policy.language)}"


def _line_of(words: str, source: str) -> int:
    return next((line for line, text in enumerate(source.splitlines(), 1) if words in text), 1)
