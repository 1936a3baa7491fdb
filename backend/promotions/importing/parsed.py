"""What a reader yields, checked as far as a file can be checked by itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from backend.catalogue.importing.checking import text_fault
from backend.catalogue.importing.parsed import RowError
from backend.catalogue.importing.tables import Unusable, moment
from backend.config import CURRENCIES, LANGUAGES
from backend.promotions.actions import OF_LEVEL, Action, AmountEach, PercentOff, action_of
from backend.promotions.conditions import problem
from backend.promotions.models import LEVELS, Coupon

LONGEST_CODE = 60
OWN = {
    "code", "level", "name", "description", "when", "applies_to", "action", "priority", "stops_further",
    "combinable", "public", "groups", "starts_at", "ends_at", "active", "needs_coupon", "coupons",
}  # fmt: skip
"""What may be said of any promotion; the rest is what its action needs."""
OF_COUPON = {"code", "limit", "limit_per_customer", "public", "starts_at", "ends_at"}


class ParsedCoupon(msgspec.Struct, frozen=True):
    code: str
    limit_in_all: int | None = None
    limit_per_customer: int | None = None
    is_public: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class ParsedPromotion(msgspec.Struct, frozen=True):
    """The columns of `Promotion`, and its coupons."""

    file: str
    row: int
    code: str
    level: str
    name: dict[str, str]
    description: dict[str, str]
    conditions: dict[str, Any]
    applies_to: dict[str, Any]
    action: Action
    priority: int = 0
    stops_further: bool = False
    needs_coupon: bool = False
    is_combinable: bool = True
    is_public: bool = True
    customer_groups: list[str] = []
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_active: bool = True
    coupons: list[ParsedCoupon] = []


class PromotionReport(msgspec.Struct):
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = msgspec.field(default_factory=list)


def parsed(file: str, row: int, said: Any) -> ParsedPromotion:
    """Raises Unusable."""
    if not isinstance(said, dict):
        raise Unusable("row", "A promotion has names and values: write `code: summer` and so on.")
    level = said.get("level", "cart")
    if level not in LEVELS:
        raise Unusable("level", f"{level!r} is no level: choose among {', '.join(LEVELS)}.")
    action = _action(said, level)
    starts_at, ends_at = _times(said)
    coupons = [_coupon(each) for each in _list(said, "coupons")]
    promotion = ParsedPromotion(
        file=file,
        row=row,
        code=_code(said, "code", LONGEST_CODE),
        level=level,
        name=_texts(said, "name", 200),
        description=_texts(said, "description", 1000),
        conditions=_condition(said, "when", of_line=False),
        applies_to=_condition(said, "applies_to", of_line=True),
        action=action,
        priority=_number(said, "priority", -1_000_000) or 0,
        stops_further=_flag(said, "stops_further", False),
        needs_coupon=_flag(said, "needs_coupon", "coupons" in said),
        is_combinable=_flag(said, "combinable", True),
        is_public=_flag(said, "public", True),
        customer_groups=[str(each) for each in _list(said, "groups")],
        starts_at=starts_at,
        ends_at=ends_at,
        is_active=_flag(said, "active", True),
        coupons=coupons,
    )
    if not promotion.name:
        raise Unusable("name", "Customers are told its name: give it in at least one language.")
    if level == "catalogue":
        _refuse_for_prices(promotion)
    return promotion


def _action(said: Mapping[str, Any], level: str) -> Action:
    name = str(said.get("action", ""))
    known = {kind.__struct_config__.tag: kind for kind in OF_LEVEL[level]}  # type: ignore[attr-defined]
    if name not in known:
        raise Unusable(
            "action", f"{name!r} is no action of the level {level}: choose among {', '.join(known)}."
        )
    terms = {key: value for key, value in said.items() if key not in OWN}
    try:
        action = action_of(name, terms)
    except msgspec.ValidationError as error:
        raise Unusable("action", f"{name}: {error}.") from None
    for amounts in _amounts_of(action):
        for currency in amounts:
            if currency not in CURRENCIES:
                raise Unusable("action", f"{currency!r} is not a currency of the shop.")
    return action


def _amounts_of(action: Action) -> list[dict[str, int]]:
    steps = getattr(action, "steps", [])
    found = [getattr(action, name, {}) for name in ("amounts", "prices")]
    return found + [step.spend for step in steps] + [step.amounts for step in steps]


def _refuse_for_prices(promotion: ParsedPromotion) -> None:
    """A price that everybody sees knows nothing of a cart."""
    action = promotion.action
    assert isinstance(action, PercentOff | AmountEach)
    if promotion.conditions:
        raise Unusable("when", "A price of the catalogue knows no cart: say `applies_to` alone.")
    if promotion.needs_coupon:
        raise Unusable("coupons", "A price of the catalogue is everybody's: no coupon can ask for it.")
    if any(len(promotion.code) + len(group) > LONGEST_CODE for group in promotion.customer_groups):
        raise Unusable("groups", f"The code and a group together have more than {LONGEST_CODE} characters.")
    if action.step != 1 or action.most_units is not None:
        raise Unusable("action", "A price of the catalogue is that of one: neither `step` nor `most_units`.")


def _coupon(said: Any) -> ParsedCoupon:
    if isinstance(said, str):
        said = {"code": said}
    if not isinstance(said, dict):
        raise Unusable("coupons", f"{said!r} is no coupon: write a code.")
    if unknown := said.keys() - OF_COUPON:
        raise Unusable("coupons", f"{', '.join(map(str, unknown))}: choose among {', '.join(OF_COUPON)}.")
    starts_at, ends_at = _times(said)
    code = _code(said, "code", Coupon.code.type.length)
    return ParsedCoupon(
        code=code,
        limit_in_all=_number(said, "limit", 1),
        limit_per_customer=_number(said, "limit_per_customer", 1),
        is_public=_flag(said, "public", False),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _code(said: Mapping[str, Any], column: str, most: int) -> str:
    code = said.get(column)
    if not isinstance(code, str | int) or not str(code).strip():
        raise Unusable(column, "It has no code.")
    if fault := text_fault(str(code), most):
        raise Unusable(column, fault)
    if any(character.isspace() for character in str(code)) or "/" in str(code):
        raise Unusable(column, f"{code!r}: a code has neither spaces nor slashes.")
    return str(code)


def _texts(said: Mapping[str, Any], column: str, most: int) -> dict[str, str]:
    texts = said.get(column, {})
    if isinstance(texts, str):
        texts = {LANGUAGES[0]: texts}
    if not isinstance(texts, dict) or texts.keys() - set(LANGUAGES):
        raise Unusable(column, f"Say it by language, of {', '.join(LANGUAGES)}.")
    for text in texts.values():
        if not isinstance(text, str):
            raise Unusable(column, f"{text!r} is no text.")
        if fault := text_fault(text, most):
            raise Unusable(column, fault)
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def _condition(said: Mapping[str, Any], column: str, *, of_line: bool) -> dict[str, Any]:
    condition = said.get(column) or {}
    if fault := problem(condition, of_line=of_line):
        raise Unusable(column, f"{fault}.")
    assert isinstance(condition, dict)
    return condition


def _times(said: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    starts_at, ends_at = (_moment(said.get(column), column) for column in ("starts_at", "ends_at"))
    if starts_at and ends_at and ends_at <= starts_at:
        raise Unusable("ends_at", f"{said['ends_at']} is not after starts_at.")
    return starts_at, ends_at


def _moment(value: Any, column: str) -> datetime | None:
    if isinstance(value, datetime | None):
        return value
    return moment(str(value), column)


def _number(said: Mapping[str, Any], column: str, least: int) -> int | None:
    value = said.get(column)
    if value is None:
        return None
    if type(value) is not int or not least <= value < 2**31:
        raise Unusable(column, f"{value!r} is not a whole number from {least} on.")
    return value


def _flag(said: Mapping[str, Any], column: str, otherwise: bool) -> bool:
    value = said.get(column, otherwise)
    if not isinstance(value, bool):
        raise Unusable(column, f"{value!r} is neither yes nor no.")
    return value


def _list(said: Mapping[str, Any], column: str) -> list[Any]:
    value = said.get(column, [])
    if not isinstance(value, list):
        raise Unusable(column, "It is no list: write [one, another].")
    return value
