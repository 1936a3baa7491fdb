"""Stripe's request parameters: form fields with nested brackets, read into typed values or refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from babel.core import get_global

from sandbox.errors import InvalidParameter, Json

CURRENCIES = frozenset(code.lower() for code in get_global("all_currencies"))
SUBSCRIPTS = re.compile(r"\[([^\[\]]*)\]")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def nest(fields: Iterable[tuple[str, str]]) -> Json:
    """`a[b][0][c]=v` → `{"a": {"b": {"0": {"c": "v"}}}}`; `a[]=v` counts up by itself."""
    tree: Json = {}
    for name, value in fields:
        keys = [name.partition("[")[0], *SUBSCRIPTS.findall(name)]
        branch = tree
        for depth, key in enumerate(keys[:-1]):
            branch = branch.setdefault(key or str(len(branch)), {})
            if not isinstance(branch, dict):
                raise InvalidParameter("Invalid object", param=_written(keys[: depth + 1]))
        branch[keys[-1] or str(len(branch))] = value
    return tree


def _written(keys: list[str]) -> str:
    return keys[0] + "".join(f"[{key}]" for key in keys[1:])


class Kind(Protocol):
    def read(self, raw: Any, param: str) -> Any: ...


@dataclass(frozen=True)
class Text:
    longest: int = 5000

    def read(self, raw: Any, param: str) -> str:
        if not isinstance(raw, str):
            raise InvalidParameter(f"Invalid string: {raw}", param=param)
        if not raw:
            raise InvalidParameter(
                f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a "
                f"parameter; however '{param}' cannot be unset. You should remove '{param}' from your "
                "request or supply a non-empty value.",
                param=param,
                code="parameter_invalid_empty",
            )
        if len(raw) > self.longest:
            raise InvalidParameter(
                f"Invalid string: {raw[:12]}…; must be at most {self.longest} characters", param=param
            )
        return raw


@dataclass(frozen=True)
class Integer:
    least: int | None = None
    most: int | None = None

    def read(self, raw: Any, param: str) -> int:
        if not isinstance(raw, str) or not re.fullmatch(r"-?\d{1,18}", raw):
            raise InvalidParameter(f"Invalid integer: {raw}", param=param, code="parameter_invalid_integer")
        number = int(raw)
        if self.least is not None and number < self.least:
            raise InvalidParameter(
                f"This value must be greater than or equal to {self.least}.",
                param=param,
                code="parameter_invalid_integer",
            )
        if self.most is not None and number > self.most:
            raise InvalidParameter(
                f"This value must be less than or equal to {self.most}.",
                param=param,
                code="parameter_invalid_integer",
            )
        return number


@dataclass(frozen=True)
class Boolean:
    def read(self, raw: Any, param: str) -> bool:
        if raw not in ("true", "false"):
            raise InvalidParameter(f"Invalid boolean: {raw}", param=param)
        return bool(raw == "true")


@dataclass(frozen=True)
class OneOf:
    values: Collection[str]

    def read(self, raw: Any, param: str) -> str:
        if raw not in self.values:
            raise InvalidParameter(f"Invalid {param}: must be one of {', '.join(self.values)}", param=param)
        return str(raw)


@dataclass(frozen=True)
class Currency:
    def read(self, raw: Any, param: str) -> str:
        if not isinstance(raw, str) or raw.lower() not in CURRENCIES:
            raise InvalidParameter(f"Invalid currency: {raw}", param=param)
        return raw.lower()


@dataclass(frozen=True)
class Url:
    def read(self, raw: Any, param: str) -> str:
        address = Text().read(raw, param)
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise InvalidParameter("Not a valid URL", param=param, code="url_invalid")
        return address


@dataclass(frozen=True)
class Email:
    def read(self, raw: Any, param: str) -> str:
        address = Text(800).read(raw, param)
        if not EMAIL.fullmatch(address):
            raise InvalidParameter(f"Invalid email address: {address}", param=param, code="email_invalid")
        return address


@dataclass(frozen=True)
class Metadata:
    """At most 50 keys of 40 characters with values of 500; an empty value leaves the key out."""

    def read(self, raw: Any, param: str) -> dict[str, str]:
        if raw == "":
            return {}
        if not isinstance(raw, dict):
            raise InvalidParameter("Invalid object", param=param)
        if len(raw) > 50:
            raise InvalidParameter("Metadata can only have 50 keys.", param=param)
        for key in raw:
            Text(40).read(key, param)
        return {key: Text(500).read(value, f"{param}[{key}]") for key, value in raw.items() if value != ""}


@dataclass(frozen=True)
class ListOf:
    kind: Kind
    most: int = 100

    def read(self, raw: Any, param: str) -> list[Any]:
        if not isinstance(raw, dict) or not all(key.isdecimal() for key in raw):
            raise InvalidParameter("Invalid array", param=param)
        if len(raw) > self.most:
            raise InvalidParameter(f"Array {param} can have at most {self.most} entries.", param=param)
        ordered = sorted(raw.items(), key=lambda item: int(item[0]))
        return [self.kind.read(value, f"{param}[{place}]") for place, (_, value) in enumerate(ordered)]


@dataclass(frozen=True)
class Struct:
    fields: Mapping[str, Kind]
    required: Collection[str] = field(default=())

    def read(self, raw: Any, param: str = "") -> Json:
        if not isinstance(raw, dict):
            raise InvalidParameter("Invalid object", param=param)
        for name in raw:
            if name not in self.fields:
                raise _about("parameter_unknown", "Received unknown parameter: {}", _inside(param, name))
        for name in self.required:
            if name not in raw:
                raise _about("parameter_missing", "Missing required param: {}.", _inside(param, name))
        return {name: self.fields[name].read(value, _inside(param, name)) for name, value in raw.items()}


def _inside(param: str, name: str) -> str:
    return f"{param}[{name}]" if param else name


def _about(code: str, message: str, param: str) -> InvalidParameter:
    return InvalidParameter(message.format(param), param=param, code=code)


def missing(param: str) -> InvalidParameter:
    return _about("parameter_missing", "Missing required param: {}.", param)
