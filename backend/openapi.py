"""The API document, made from the declared operations."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from backend import idempotency
from backend.edge import Declared, Operations
from backend.errors import (
    InvalidInput,
    NotAuthenticated,
    PreconditionRequired,
    ShopError,
    VersionIsStale,
)

REF = "#/components/schemas/{name}"


ETAG = {"description": "The version of what is answered.", "schema": {"type": "string"}}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the version that is changed; if there is a newer one, nothing is.",
    "schema": {"type": "string", "pattern": '^"[!#-~]{1,100}"$'},
}


class Refusal(msgspec.Struct):
    """Why a request was refused; `error` is stable, `message` is for developers."""

    error: str
    message: str
    details: dict[str, Any]


TOO_LONG = "The address with its query is longer than 8,190 bytes: the server reads no more of it."
TEXT = {"schema": {"type": "string"}}


def document(domains: Iterable[Operations], public_url: str) -> dict[str, Any]:
    declared = [(domain.tag, operation) for domain in domains for operation in domain.declared]
    types = {
        kind for _, operation in declared for kind in (operation.body, operation.answer) if kind is not None
    }
    ordered = [Refusal, *sorted(types, key=str)]
    schemas, components = msgspec.json.schema_components(ordered, ref_template=REF)
    by_type = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for tag, operation in declared:
        path = re.sub(r":[^}]+}", "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(tag, operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Comptoir", "version": "1", "description": "The shop's own API."},
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "conversation": {"type": "http", "scheme": "bearer"},
                "staff": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(tag: str, operation: Declared, by_type: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [tag],
        "operationId": operation.operation.__name__,
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": {str(operation.status): _content(operation.summary, by_type.get(operation.answer, {}))},
    }
    if operation.is_repeatable:
        done_before = _content("It was done before.", by_type.get(operation.answer, {}))
        described["responses"].setdefault("200", done_before)
    if operation.gives:
        described["responses"][str(operation.status)]["content"] = _bytes(operation.gives)
    if operation.takes:
        described["requestBody"] = {"required": True, "content": _bytes(operation.takes)}
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": by_type[operation.body]}},
        }
    if operation.access != "public":
        described["security"] = [{operation.access: []}]
    if operation.etag:
        described["responses"][str(operation.status)]["headers"] = {"ETag": ETAG}
    for status, classes in _refusals(operation).items():
        codes = ", ".join(f"`{refusal.code}`" for refusal in classes)
        described["responses"][str(status)] = _content(codes, by_type[Refusal])
    if operation.query:
        refused = described["responses"].setdefault("400", {"description": TOO_LONG, "content": {}})
        refused["content"]["text/plain"] = TEXT
    return described


def _refusals(operation: Declared) -> dict[int, list[type[ShopError]]]:
    always: list[type[ShopError]] = (
        [InvalidInput] if operation.body or operation.query or operation.takes_key else []
    )
    if operation.access != "public":
        always.append(NotAuthenticated)
    if operation.needs_match:
        always += [PreconditionRequired, VersionIsStale]
    if operation.needs_key:
        always.append(idempotency.IdempotencyKeyMissing)
    if operation.takes_key:
        always += [idempotency.IdempotencyMismatch, idempotency.IdempotencyInFlight]
    refusals: dict[int, list[type[ShopError]]] = {}
    for refusal in (*always, *operation.errors):
        refusals.setdefault(refusal.status, []).append(refusal)
    return refusals


def _parameters(operation: Declared) -> list[dict[str, Any]]:
    known = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)", operation.path)
    ]
    if operation.takes_key:
        known.append(_key(is_needed=operation.needs_key))
    if operation.needs_match:
        known.append(IF_MATCH)
    if not operation.query:
        return known
    (reference,), components = msgspec.json.schema_components([operation.query], ref_template=REF)
    schema = components[reference["$ref"].rsplit("/", 1)[1]]
    required = schema.get("required", [])
    return known + [
        {"name": name, "in": "query", "required": name in required, "schema": of}
        for name, of in schema["properties"].items()
    ]


def _key(*, is_needed: bool) -> dict[str, Any]:
    return {
        "name": idempotency.HEADER,
        "in": "header",
        "required": is_needed,
        "description": "The same key and body again, within a day, get the same answer and change nothing.",
        "schema": {"type": "string", "minLength": 1, "maxLength": idempotency.LONGEST},
    }


def _bytes(types: Iterable[str]) -> dict[str, Any]:
    return {name: {} for name in types}


def _content(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
