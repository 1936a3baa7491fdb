"""What is to come back, or came as it should not, as far as the customer has said it; and what is to be asked."""

from collections.abc import Iterable
from typing import Any

import msgspec

from bot.actions.base import Turn
from bot.client_returns import Choices, ChoosableLine
from bot.nlu.folding import fold

KINDS = {
    "return_item": "return",
    "exchange_item": "exchange",
    "report_damaged_item": "damaged",
    "report_missing_item": "missing",
    "report_wrong_item": "wrong",
}
CLAIMS = ("damaged", "missing", "wrong")
REMEDIES = {"return_item": "refund", "ask_refund_status": "refund", "exchange_item": "replacement"}
"""What words mean when it was asked how to make it good."""

SHORTEST_WORD = 3


class Wish(msgspec.Struct, frozen=True):
    """`kind` is that of the backend's choices, `words` are those that began it."""

    kind: str
    number: str
    sku: str | None = None
    quantity: int | None = None
    new_sku: str | None = None
    reason: str | None = None
    remedy: str | None = None
    words: str = ""

    @property
    def is_claim(self) -> bool:
        return self.kind in CLAIMS

    def line(self, choices: Choices) -> ChoosableLine | None:
        return next((line for line in choices.lines if line.sku == self.sku), None)

    def asked(self) -> dict[str, Any]:
        """As the backend takes it."""
        swap = {"sku": self.sku, "new_sku": self.new_sku, "quantity": self.quantity}
        items = {self.sku: self.quantity}
        if self.is_claim:
            claim = {"type": "claim", "trouble": self.kind, "remedy": self.remedy}
            return claim | {"items": items, "description": self.words[:1000]}
        wish = {"type": self.kind, "reason": self.reason}
        return wish | {"items": [swap] if self.kind == "exchange" else items}


def heard(turn: Turn, wish: Wish, choices: Choices) -> Wish:
    """With what this message says of it, by buttons or in words, and what needs no asking."""
    sku = wish.sku or _pressed(turn, "variant", choices) or _named(turn, wish, choices)
    if sku is None and len(choices.lines) == 1:
        sku = choices.lines[0].sku
    wish = msgspec.structs.replace(wish, sku=sku)
    line = wish.line(choices)
    if line is None:
        return wish
    is_asked = (
        turn.active_loop is not None
    )  # before that, words speak of the thing, and only by chance of reasons
    others = [(other.sku, other.name) for other in line.others]
    reasons = list(choices.reasons.items())
    said = {
        "quantity": wish.quantity or _quantity(turn, wish, line),
        "new_sku": wish.new_sku or turn.entity("variant") if wish.sku else None,
        "reason": wish.reason
        or turn.entity("reason")
        or (only(meant(turn.text, reasons)) if is_asked else None),
        "remedy": wish.remedy or turn.entity("remedy") or REMEDIES.get(turn.intent),
    }
    if said["new_sku"] not in dict(others):
        said["new_sku"] = only(meant(turn.text, others)) or (others[0][0] if len(others) == 1 else None)
    if said["remedy"] not in choices.remedies:
        said["remedy"] = choices.remedies[0] if len(choices.remedies) == 1 else None
    return msgspec.structs.replace(wish, **said)


def next_question(wish: Wish, choices: Choices) -> str | None:
    """None once all is said."""
    if wish.sku is None:
        return "line"
    if wish.quantity is None:
        return "quantity"
    if wish.kind == "exchange" and wish.new_sku is None:
        return "instead"
    if choices.reasons and wish.reason not in choices.reasons:
        return "reason"
    if choices.is_photo_needed:
        return "photo"
    return "remedy" if wish.is_claim and wish.remedy is None else None


def meant(text: str, options: Iterable[tuple[str, str]]) -> list[str]:
    """Those whose names share the most words with the text; none where none does."""
    words = set(_words(text))
    shared = {value: len(words & _telling(name)) for value, name in options}
    most = max(shared.values(), default=0)
    return [value for value, count in shared.items() if count == most] if most else []


def only(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _pressed(turn: Turn, entity: str, choices: Choices) -> str | None:
    sku: str | None = turn.entity(entity)
    return sku if sku in {line.sku for line in choices.lines} else None


def _named(turn: Turn, wish: Wish, choices: Choices) -> str | None:
    return only(meant(turn.text or wish.words, [(line.sku, line.name) for line in choices.lines]))


def _quantity(turn: Turn, wish: Wish, line: ChoosableLine) -> int | None:
    """Who says at first that there was only one says how many came, not how many are missing."""
    is_what_came = wish.kind == "missing" and turn.intent in KINDS
    said = None if is_what_came else turn.entity("quantity")
    if said and int(said) <= line.quantity:
        return int(said)
    return 1 if line.quantity == 1 else None


def _telling(name: str) -> set[str]:
    """Without the short words that are in any sentence; a size may be one letter."""
    words = _words(name)
    return {word for word in words if len(word) >= SHORTEST_WORD or len(words) == 1}


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in fold(text)).split()
