"""One text of the operator: a front matter, then Markdown whose headings make sections. A section is an answer."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec
import yaml
from markdown_it.token import Token

from backend.catalogue.analysis import fold
from backend.policies.facts import filled
from backend.policies.markdown import MARKDOWN, plain

FRONT_MATTER = re.compile(r"\A---\n(?P<matter>.*?\n)?---\n", re.DOTALL)


class Unreadable(Exception):
    """There is no usable front matter; the text says why, `line` where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class FrontMatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`questions` by the heading of the section that answers them; a list is the first section's."""

    title: str
    questions: dict[str, list[str]] | list[str] = []
    keywords: list[str] = []
    position: int = 0


class Section(msgspec.Struct, frozen=True):
    """`heading` and `anchor` are empty for what stands before the first heading; `line` counts from 1."""

    heading: str
    anchor: str
    line: int
    questions: list[str]
    tokens: list[Any]

    @property
    def text(self) -> str:
        return plain(self.tokens)


class Policy(msgspec.Struct, frozen=True):
    topic: str
    language: str
    title: str
    position: int
    keywords: list[str]
    sections: list[Section]
    body: str
    """As written, without the front matter."""
    body_line: int
    """Where it begins in the file, from 1."""
    questions: dict[str, list[str]]
    """By heading, also by those that no section has."""


def read_policy(topic: str, language: str, source: str, values: dict[str, str]) -> Policy:
    """With the shop's facts filled in. Raises Unreadable."""
    front = _front_matter(source)
    found = FRONT_MATTER.match(source)
    body = source[found.end() :] if found else source
    body_line = source.count("\n", 0, len(source) - len(body)) + 1
    parts = _parts(MARKDOWN.parse(filled(body, values)))
    first = parts[0][0] if parts else ""
    asked = front.questions if isinstance(front.questions, dict) else {first or front.title: front.questions}
    sections = [
        Section(heading, anchor_of(heading), body_line + line, asked.get(heading or front.title, []), tokens)
        for heading, line, tokens in parts
    ]
    return Policy(
        topic=topic,
        language=language,
        title=front.title,
        position=front.position,
        keywords=front.keywords,
        sections=sections,
        body=body,
        body_line=body_line,
        questions=asked,
    )


def anchor_of(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(heading)).strip("-")


def _front_matter(source: str) -> FrontMatter:
    found = FRONT_MATTER.match(source)
    if not found:
        raise Unreadable("The file must begin with a front matter: a line ---, at least a title, a line ---.")
    try:
        return msgspec.convert(yaml.load(found["matter"] or "", yaml.CSafeLoader), FrontMatter)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise Unreadable(
            f"The front matter is no YAML: {problem}. Put a text with a colon in quotes.",
            mark.line + 2 if mark else 1,
        ) from None
    except msgspec.ValidationError as error:
        raise Unreadable(f"The front matter cannot be used: {error}. See docs/policies.md.") from None


def _parts(tokens: Sequence[Token]) -> list[tuple[str, int, list[Token]]]:
    """Heading, its line from 0, and what stands below it; without a heading what stands before the first one."""
    starts = [index for index, token in enumerate(tokens) if token.type == "heading_open" and not token.level]
    parts: list[tuple[str, int, list[Token]]] = [("", 0, list(tokens[: starts[0]]))] if starts else []
    if not starts and tokens:
        return [("", 0, list(tokens))]
    for start, end in pairwise([*starts, len(tokens)]):
        line = (tokens[start].map or [0])[0]
        parts.append((plain(tokens[start + 1 : start + 2]), line, list(tokens[start + 3 : end])))
    return parts if not parts or parts[0][2] else parts[1:]
