"""`expand[]`: an id becomes the object itself, down a dotted path, and lists that are left out are put in."""

from __future__ import annotations

from typing import Any

from sandbox import checkout
from sandbox.errors import InvalidRequest, Json
from sandbox.provider import Provider
from sandbox.store import Filter, Page

KINDS = {
    "ch": "charge",
    "cs": "checkout.session",
    "du": "dispute",
    "pi": "payment_intent",
    "pm": "payment_method",
    "price": "price",
    "prod": "product",
    "re": "refund",
    "shr": "shipping_rate",
    "txn": "balance_transaction",
}
EXPANDABLE = frozenset(
    (
        "balance_transaction",
        "charge",
        "default_price",
        "latest_charge",
        "line_items",
        "payment_intent",
        "payment_method",
        "price",
        "product",
        "refunds",
        "shipping_cost",
        "shipping_rate",
        "source",
    )
)
DEEPEST = 4


def expand(provider: Provider, body: Json, paths: list[str]) -> Json:
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise InvalidRequest(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}",
                param="expand",
            )
        _follow(provider, body, steps, path)
    return body


def _follow(provider: Provider, body: Json, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name == "data" and body.get("object") == "list":
        for entry in body["data"]:
            _follow(provider, entry, rest, path)
        return
    if name not in EXPANDABLE or (name not in body and (body["object"], name) not in LISTS):
        raise InvalidRequest(f"This property cannot be expanded ({path}).", param="expand")
    body[name] = _expanded(provider, body, name)
    if rest and isinstance(body[name], dict):
        _follow(provider, body[name], rest, path)


def _expanded(provider: Provider, body: Json, name: str) -> Any:
    if read := LISTS.get((body.get("object", ""), name)):
        return body.get(name) or read(provider, body)
    value = body[name]
    return provider.find(KINDS[value.partition("_")[0]], value) if isinstance(value, str) else value


def _session_line_items(provider: Provider, session: Json) -> Json:
    items = checkout.all_line_items(provider, session["id"])
    return _whole_list(items, f"/v1/checkout/sessions/{session['id']}/line_items")


def _charge_refunds(provider: Provider, charge: Json) -> Json:
    refunds, has_more = provider.store.read_page("refund", Filter(equal={"charge": charge["id"]}), Page())
    return _whole_list(refunds, f"/v1/charges/{charge['id']}/refunds") | {"has_more": has_more}


def _whole_list(data: list[Json], url: str) -> Json:
    return {"object": "list", "data": data, "has_more": False, "url": url}


LISTS = {("checkout.session", "line_items"): _session_line_items, ("charge", "refunds"): _charge_refunds}
