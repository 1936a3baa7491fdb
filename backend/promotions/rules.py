"""A promotion as the evaluator takes it."""

from typing import Any

import msgspec

from backend.promotions.actions import Action, action_of
from backend.promotions.basket import Basket
from backend.promotions.conditions import Condition, cart_meets, line_meets
from backend.promotions.models import Promotion


class Rule(msgspec.Struct, frozen=True):
    code: str
    action: Action
    level: str = "cart"
    name: dict[str, Any] = {}
    conditions: Condition = {}
    applies_to: Condition = {}
    priority: int = 0
    stops_further: bool = False
    needs_coupon: bool = False
    groups: tuple[str, ...] = ()

    def is_asked(self, basket: Basket) -> bool:
        return not self.needs_coupon or self.code in basket.promotions

    def is_met(self, basket: Basket) -> bool:
        """All but its coupon."""
        is_theirs = not self.groups or basket.group in self.groups
        return is_theirs and cart_meets(self.conditions, basket)

    def meant(self, basket: Basket) -> list[int]:
        """The places of the lines that it is about."""
        return [
            index
            for index, line in enumerate(basket.lines)
            if line_meets(self.applies_to, line, basket.currency)
        ]


def rule_of(row: Promotion) -> Rule:
    return Rule(
        code=row.code,
        action=action_of(row.action, row.terms),
        level=row.level,
        name=row.name,
        conditions=row.conditions,
        applies_to=row.applies_to,
        priority=row.priority,
        stops_further=row.stops_further,
        needs_coupon=row.needs_coupon,
        groups=tuple(row.customer_groups),
    )
