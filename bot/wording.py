"""What the assistant says: `data/responses/{en,fr,es}/<domain>.yml`, rendered.

Sentences are ICU MessageFormat, except that an apostrophe is always a letter: French is full of them, and
ICU reads `d'{name}` as a quoted brace. What a program reads (intents, entities, addresses) is filled in
plainly, so that the number 1234 stays `1234` in every language.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_currency, get_currency_precision
from icu4py.messageformat import MessageFormat

LANGUAGES = ("en", "fr", "es")

Arguments = Mapping[str, Any]
Answer = dict[str, Any]

# Parts of a status that people read.
_SPOKEN_STATUS = {"title", "steps"}
_BRANCHING = {"plural", "select", "selectordinal"}
_ARGUMENT = re.compile(r"\s*(\w+)\s*(?:,\s*(\w+)\s*,?)?")
_BRANCH = re.compile(r"\s*(?:offset:\d+\s+)?(=\d+|\w+)\s*\{")
_BLANK = re.compile(r"\{(\w+)\}")
# Private-use characters: no customer's text or wording holds them, so finding one means a gap was reached.
_GAP = re.compile("\ue000(\\w+)\ue001")
# In a cell of a table, where a product says nothing.
_NOTHING_SAID = "–"
# Babel's plain English list has a comma before "and"; the shop's does not.
_LIST_LOCALE = {"en": "en_GB", "fr": "fr", "es": "es"}


class WordingError(ValueError):
    """A file of answers that cannot be used; the message names the file or the key."""


class MissingWording(LookupError):
    def __init__(self, key: str, language: str) -> None:
        super().__init__(f"no wording for {key} in {language}")
        self.key = key
        self.language = language


class MissingArgument(LookupError):
    def __init__(self, name: str) -> None:
        super().__init__(f"the wording needs an argument {name!r}")
        self.name = name


@dataclass(frozen=True)
class _Voice:
    """A language and the moment, which decide how values are spoken."""

    language: str
    now: datetime

    def speak(self, value: Any) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Mapping):
            return self._speak_form(value)
        if isinstance(value, list | tuple):
            return format_list([str(self.speak(each)) for each in value], locale=_LIST_LOCALE[self.language])
        return value

    def _speak_form(self, form: Arguments) -> str:
        if "amount" in form:
            precision = get_currency_precision(form["currency"])
            amount = Decimal(form["amount"]).scaleb(-precision)
            return format_currency(amount, form["currency"], locale=self.language)
        if "date" in form:
            return self._speak_day(date.fromisoformat(form["date"]))
        if "datetime" in form:
            return self._speak_moment(datetime.fromisoformat(form["datetime"].replace("Z", "+00:00")))
        raise WordingError(f"no form for a value with the fields {sorted(form)}")

    def _speak_day(self, day: date) -> str:
        if day.year == self.now.year:
            spoken = format_skeleton("MMMMd", day, locale=self.language)
        else:
            spoken = format_date(day, "long", locale=self.language)
        # CLDR writes "1 décembre"; the French say "1er", of the first day only.
        return f"1er{spoken[1:]}" if self.language == "fr" and day.day == 1 else spoken

    def _speak_moment(self, moment: datetime) -> str:
        time = format_time(moment, "short", locale=self.language)
        if moment.date() == self.now.astimezone(moment.tzinfo).date():
            return time
        return f"{self._speak_day(moment.date())}, {time}"


@dataclass(frozen=True)
class _Placeholder:
    name: str
    kind: str
    branches: tuple[str, ...]

    def __str__(self) -> str:
        # Plural forms differ from language to language; the cases of a select may not.
        cases = f" of {', '.join(sorted(self.branches))}" if self.kind == "select" else ""
        return f"{{{self.name}}}{' ' if self.kind else ''}{self.kind}{cases}"


def _placeholders(pattern: str) -> Iterator[_Placeholder]:
    """All arguments of a valid pattern, nested ones too."""
    found: list[_Placeholder] = []

    def read_message(at: int) -> int:
        while at < len(pattern) and pattern[at] != "}":
            at = read_argument(at + 1) if pattern[at] == "{" else at + 1
        return at

    def read_argument(at: int) -> int:
        head = _ARGUMENT.match(pattern, at)
        assert head, pattern
        at, kind, branches = head.end(), head[2] or "", []
        while kind in _BRANCHING and (branch := _BRANCH.match(pattern, at)):
            branches.append(branch[1])
            at = read_message(branch.end()) + 1
        found.append(_Placeholder(head[1], kind, tuple(branches)))
        return pattern.index("}", at) + 1

    read_message(0)
    yield from found


class _Sentence:
    """Words for a person."""

    def __init__(self, source: str, language: str) -> None:
        self.source = source
        try:
            self._message = MessageFormat(source.replace("''", "'").replace("'", "''"), language)
        except ValueError as error:
            raise WordingError(f"{source!r}: {error}") from error
        self.placeholders = frozenset(_placeholders(source))
        self._branching = {each.name: each.kind for each in self.placeholders if each.kind}

    def render(self, arguments: Arguments, voice: _Voice) -> str:
        values = {each.name: self._value(each.name, arguments, voice) for each in self.placeholders}
        text = self._message.format(values)
        if gap := _GAP.search(text):
            raise MissingArgument(gap[1])
        return text

    def _value(self, name: str, arguments: Arguments, voice: _Voice) -> Any:
        value = arguments.get(name)
        if value is not None:
            return voice.speak(value)
        if name not in self._branching:
            return f"\ue000{name}\ue001"  # a gap only where it is reached: other branches may do without
        if name in arguments and self._branching[name] == "select":
            return "none"
        raise MissingArgument(name)

    def uses(self) -> Iterator[str]:
        return map(str, self.placeholders)


class _Blank:
    """A value for a program: `{name}` alone keeps the argument's type, anything around it makes a string."""

    def __init__(self, source: Any) -> None:
        self.source = source

    def fill(self, arguments: Arguments) -> Any:
        if not isinstance(self.source, str):
            return self.source
        if alone := _BLANK.fullmatch(self.source):
            return self._argument(alone[1], arguments)
        return _BLANK.sub(lambda blank: str(self._argument(blank[1], arguments)), self.source)

    @staticmethod
    def _argument(name: str, arguments: Arguments) -> Any:
        if arguments.get(name) is None:
            raise MissingArgument(name)
        return arguments[name]


class _Repeated:
    """The scopes of a part: one per item of `each`, or one with the arguments alone."""

    def __init__(self, source: dict[str, Any]) -> None:
        self._each: str | None = source.pop("each", None)

    def scopes(self, arguments: Arguments) -> Iterator[Arguments]:
        if self._each is None:
            yield arguments
            return
        if self._each not in arguments:
            raise MissingArgument(self._each)
        for item in arguments[self._each] or []:
            yield {**arguments, **item}

    def __str__(self) -> str:
        return f" for each {self._each}" if self._each else ""


class _Choice:
    def __init__(self, source: dict[str, Any], language: str) -> None:
        source = dict(source)
        self._repeated = _Repeated(source)
        self._title = _Sentence(source.pop("title"), language)
        self._intent: str = source.pop("intent")
        self._entities = {name: _Blank(value) for name, value in source.items()}

    def render(self, arguments: Arguments, voice: _Voice) -> Iterator[Answer]:
        for scope in self._repeated.scopes(arguments):
            if title := self._title.render(scope, voice):
                yield {"title": title, "payload": self._payload(scope)}

    def _payload(self, scope: Arguments) -> str:
        entities = {name: blank.fill(scope) for name, blank in self._entities.items()}
        return f"/{self._intent}" + (json.dumps(entities, ensure_ascii=False) if entities else "")

    def uses(self) -> Iterator[str]:
        entities = ", ".join(f"{name}={blank.source}" for name, blank in sorted(self._entities.items()))
        yield f"choice {self._intent}({entities}){self._repeated}"
        yield from (f"choice {self._intent} title {use}" for use in self._title.uses())


class _Card:
    _SPOKEN = ("subtitle", "price")
    _PLAIN = ("image", "url")

    def __init__(self, source: dict[str, Any], language: str) -> None:
        source = dict(source)
        self._repeated = _Repeated(source)
        self._choices = [_Choice(each, language) for each in source.pop("choices", None) or []]
        self._title = _Sentence(source.pop("title"), language)
        self._spoken = {
            name: _Sentence(source.pop(name), language) for name in self._SPOKEN if name in source
        }
        self._plain = {name: _Blank(source.pop(name)) for name in self._PLAIN if name in source}
        _refuse_leftovers("card", source)

    def render(self, arguments: Arguments, voice: _Voice) -> Iterator[Answer]:
        for scope in self._repeated.scopes(arguments):
            lines = {"title": self._title.render(scope, voice), **dict(self._optional_lines(scope, voice))}
            choices = [each for choice in self._choices for each in choice.render(scope, voice)]
            yield {name: line for name, line in {**lines, "choices": choices}.items() if line}

    def _optional_lines(self, scope: Arguments, voice: _Voice) -> Iterator[tuple[str, str]]:
        for name, sentence in self._spoken.items():
            yield name, _or_nothing(sentence.render, scope, voice)
        for name, blank in self._plain.items():
            yield name, _or_nothing(blank.fill, scope)

    def uses(self) -> Iterator[str]:
        yield f"card{self._repeated}"
        yield from (f"card {name}={blank.source}" for name, blank in self._plain.items())
        for name, sentence in {"title": self._title, **self._spoken}.items():
            yield f"card {name}"
            yield from (f"card {name} {use}" for use in sentence.uses())
        yield from (f"card {use}" for choice in self._choices for use in choice.uses())


class _Link:
    def __init__(self, source: dict[str, Any], language: str) -> None:
        source = dict(source)
        self._repeated = _Repeated(source)
        self._title = _Sentence(source.pop("title"), language)
        self._url = _Blank(source.pop("url"))
        self._kind: str = source.pop("kind")
        _refuse_leftovers("link", source)

    def render(self, arguments: Arguments, voice: _Voice) -> Iterator[Answer]:
        for scope in self._repeated.scopes(arguments):
            if title := self._title.render(scope, voice):
                yield {"title": title, "url": self._url.fill(scope), "kind": self._kind}

    def uses(self) -> Iterator[str]:
        yield f"link {self._kind} {self._url.source}{self._repeated}"
        yield from (f"link {self._kind} title {use}" for use in self._title.uses())


class _Form:
    """Fields to fill in; a value that is known already stands in its field."""

    def __init__(self, source: dict[str, Any], language: str) -> None:
        source = dict(source)
        self._kind: str = source.pop("kind")
        self._submit = _Sentence(source.pop("submit"), language)
        self._fields = [
            (
                _Sentence(field.pop("label"), language),
                _Blank(field.pop("value")),
                {"required": False, **field},
            )
            for field in map(dict, source.pop("fields"))
        ]
        _refuse_leftovers("form", source)

    def render(self, arguments: Arguments, voice: _Voice) -> Answer:
        fields = []
        for label, value, rest in self._fields:
            field = {
                "label": label.render(arguments, voice),
                "value": _or_nothing(value.fill, arguments),
                **rest,
            }
            fields.append({name: part for name, part in field.items() if part != ""})
        return {"kind": self._kind, "fields": fields, "submit": self._submit.render(arguments, voice)}

    def uses(self) -> Iterator[str]:
        for label, value, rest in self._fields:
            yield f"form {self._kind} field {sorted(rest.items())} value {value.source}"
            yield from (f"form label {use}" for use in label.uses())
        yield from (f"form submit {use}" for use in self._submit.uses())


class _Table:
    """Columns side by side: rows that are worded for each column, and rows whose values come as they are."""

    def __init__(self, source: dict[str, Any], language: str) -> None:
        source = dict(source)
        columns = dict(source.pop("columns"))
        self._columns = _Repeated(columns)
        self._title = _Sentence(columns.pop("title"), language)
        self._product = _Blank(columns.pop("product"))
        self._rows = [
            (_Sentence(row.pop("name"), language), _Sentence(row.pop("value"), language))
            for row in map(dict, source.pop("rows"))
        ]
        self._facts: str = source.pop("facts")
        self._line = _Sentence(source.pop("line"), language)
        _refuse_leftovers("table", {**source, **columns})

    def render(self, arguments: Arguments, voice: _Voice) -> Answer:
        scopes = list(self._columns.scopes(arguments))
        worded = [
            (name.render(arguments, voice), [value.render(scope, voice) for scope in scopes])
            for name, value in self._rows
        ]
        given = [(fact["name"], fact["values"]) for fact in arguments[self._facts]]
        return {
            "columns": [
                {"title": self._title.render(scope, voice), "product": self._product.fill(scope)}
                for scope in scopes
            ],
            "rows": [
                {"name": name, "values": [value or _NOTHING_SAID for value in values]}
                for name, values in worded + given
                if any(values)
            ],
        }

    def text(self, table: Answer, voice: _Voice) -> str:
        """For whoever cannot draw it: a paragraph for each column."""
        return "\n\n".join(
            "\n".join(
                [
                    column["title"],
                    *(
                        self._line.render({"row": row["name"], "value": row["values"][place]}, voice)
                        for row in table["rows"]
                    ),
                ]
            )
            for place, column in enumerate(table["columns"])
        )

    def uses(self) -> Iterator[str]:
        yield f"table{self._columns} product={self._product.source} facts={self._facts}"
        yield from (f"table title {use}" for use in self._title.uses())
        yield from (f"table line {use}" for use in self._line.uses())
        for place, (name, value) in enumerate(self._rows):
            yield from (f"table row {place} name {use}" for use in name.uses())
            yield from (f"table row {place} {use}" for use in value.uses())


class _Line:
    """A line of the text; with `each`, one per item."""

    def __init__(self, source: dict[str, Any], language: str) -> None:
        source = dict(source)
        self._repeated = _Repeated(source)
        self._text = _Sentence(source.pop("text"), language)
        _refuse_leftovers("line", source)

    def render(self, arguments: Arguments, voice: _Voice) -> Iterator[str]:
        for scope in self._repeated.scopes(arguments):
            if text := self._text.render(scope, voice):
                yield text

    def uses(self) -> Iterator[str]:
        yield f"line{self._repeated}"
        yield from (f"line {use}" for use in self._text.uses())


class _Variation:
    """One way to give an answer."""

    def __init__(self, source: dict[str, Any], language: str) -> None:
        source = dict(source)
        self._text = _Sentence(source.pop("text", ""), language)
        self._lines = [_Line(each, language) for each in source.pop("lines", None) or []]
        cards = source.pop("cards", None) or []
        self._parts: dict[str, list[Any]] = {
            "cards": [_Card(each, language) for each in ([cards] if isinstance(cards, dict) else cards)],
            "choices": [_Choice(each, language) for each in source.pop("choices", None) or []],
            "links": [_Link(each, language) for each in source.pop("links", None) or []],
        }
        table = source.pop("table", None)
        self._table = _Table(table, language) if table else None
        form = source.pop("form", None)
        self._form = _Form(form, language) if form else None
        self._status = {name: _Blank(value) for name, value in (source.pop("status", None) or {}).items()}
        _refuse_leftovers("answer", source)

    def render(self, arguments: Arguments, voice: _Voice) -> Answer:
        lines = [text for line in self._lines for text in line.render(arguments, voice)]
        answer: Answer = {"text": "\n".join(filter(None, [self._text.render(arguments, voice), *lines]))}
        for name, parts in self._parts.items():
            answer[name] = [each for part in parts for each in part.render(arguments, voice)]
        if self._table:
            answer["table"] = self._table.render(arguments, voice)
            answer["text"] += "\n\n" + self._table.text(answer["table"], voice)
        answer["form"] = self._form.render(arguments, voice) if self._form else None
        answer["status"] = {name: blank.fill(arguments) for name, blank in self._status.items()}
        return {name: part for name, part in answer.items() if part}

    def uses(self) -> Iterator[str]:
        yield from (f"text {use}" for use in self._text.uses())
        yield from (use for line in self._lines for use in line.uses())
        yield from (use for parts in self._parts.values() for part in parts for use in part.uses())
        yield from self._table.uses() if self._table else ()
        yield from self._form.uses() if self._form else ()
        for name, blank in self._status.items():
            yield f"status {name}" if name in _SPOKEN_STATUS else f"status {name}={blank.source}"


def _or_nothing(line: Callable[..., str], *context: Any) -> str:
    """An optional line whose argument is absent is left out, like an empty one."""
    try:
        return line(*context)
    except MissingArgument:
        return ""


def _refuse_leftovers(part: str, source: dict[str, Any]) -> None:
    if source:
        raise WordingError(f"{part} with unknown {', '.join(map(str, source))}")


class Wording:
    """All answers in all languages, compiled."""

    def __init__(
        self,
        variations: dict[str, dict[str, list[_Variation]]],
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._variations = variations
        self._now = now

    @classmethod
    def load(cls, root: Path, **kwargs: Any) -> Wording:
        return cls({language: _load_language(root / language, language) for language in LANGUAGES}, **kwargs)

    def keys(self, language: str) -> set[str]:
        return set(self._variations[language])

    def render(self, key: str, language: str, arguments: Arguments, turn: str) -> Answer:
        """The answer as the private door returns it; the same turn always gets the same variation.

        Raises MissingWording and MissingArgument.
        """
        try:
            variations = self._variations[language][key]
        except KeyError:
            raise MissingWording(key, language) from None
        variation = variations[zlib.crc32(f"{turn}:{key}".encode()) % len(variations)]
        return variation.render(arguments, _Voice(language, self._now()))

    def uses(self, key: str, language: str) -> set[str]:
        """What the wording of a key asks for and offers, one line each: the same in every language."""
        return {use for variation in self._variations[language][key] for use in variation.uses()}


def check(root: Path) -> list[str]:
    """Everything that keeps the three languages from saying the same; nothing when all is well."""
    try:
        wording = Wording.load(root)
    except WordingError as error:
        return [str(error)]
    everywhere = set.union(*(wording.keys(language) for language in LANGUAGES))
    return [fault for key in sorted(everywhere) for fault in _faults(wording, key)]


def _faults(wording: Wording, key: str) -> Iterator[str]:
    spoken = [language for language in LANGUAGES if key in wording.keys(language)]
    yield from (f"{key}: no wording in {language}" for language in LANGUAGES if language not in spoken)
    reference, *others = spoken
    expected = wording.uses(key, reference)
    for language in others:
        found = wording.uses(key, language)
        yield from (f"{key}: {language} lacks {use} of {reference}" for use in sorted(expected - found))
        yield from (f"{key}: {language} adds {use} to {reference}" for use in sorted(found - expected))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which a key said twice is an error: the second would silently win."""


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for twice in _repeated(keys):
        raise WordingError(f"{node.start_mark.name}: {twice!r} is there twice")
    return dict(loader.construct_pairs(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def _repeated(values: Iterable[Any]) -> Iterator[Any]:
    seen = set()
    for value in values:
        if value in seen:
            yield value
        seen.add(value)


def _load_language(folder: Path, language: str) -> dict[str, list[_Variation]]:
    origin: dict[str, Path] = {}
    answers: dict[str, list[_Variation]] = {}
    for path in sorted(folder.glob("*.yml")):
        for key, entries in _load_file(path).items():
            if key in origin:
                raise WordingError(f"{key} is worded both in {origin[key]} and in {path}")
            origin[key] = path
            answers[key] = _compile(entries, language, f"{path}: {key}")
    return answers


def _load_file(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as file:
        try:
            document = yaml.load(file, _Loader) or {}
        except yaml.YAMLError as error:
            raise WordingError(f"{path}: {error}") from error
    return document.get("responses") or {}


def _compile(entries: Any, language: str, where: str) -> list[_Variation]:
    if not entries:
        raise WordingError(f"{where}: no variation")
    try:
        return [_Variation(entry, language) for entry in entries]
    except (WordingError, KeyError, AttributeError, TypeError, ValueError) as error:
        raise WordingError(f"{where}: {error}") from error
