"""Random carts under random promotions of every action: do the parts sum to the whole, to the cent?

    .venv/bin/python -m benchmarks.carts                # 100,000 carts
    .venv/bin/python -m benchmarks.carts --carts 5000 --seed 7

Of each cart: no line and no delivery is below zero, lines less their discounts plus delivery is the total, what
Stripe is told sums to it, and paying back line by line, in parts of any size, gives back what was captured. Exits
with 1 when one is off.
"""

import argparse
import random
import sys
import time
from collections import Counter
from decimal import Decimal
from typing import Any

from backend.checkout.pay import item_of
from backend.orders.models import OrderLine
from backend.orders.refunding import price_of_units
from backend.promotions.actions import OF_LEVEL, action_of
from backend.promotions.basket import Basket, Line
from backend.promotions.evaluating import Outcome, evaluate
from backend.promotions.rules import Rule

SKUS = [f"SKU-{number}" for number in range(12)]
CATEGORIES = ("mugs", "lamps", "candles")
ACTIONS = [(level, kind.__struct_config__.tag) for level in ("cart", "shipping") for kind in OF_LEVEL[level]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--carts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    off: list[str] = []
    seen: Counter[str] = Counter()
    started = time.perf_counter()
    for number in range(asked.carts):
        fault = _fault(draw, seen)
        if fault:
            off.append(f"cart {number}: {fault}")
    seconds = time.perf_counter() - started
    print(f"{asked.carts:,} carts in {seconds:.0f} s, seed {asked.seed}")
    print(
        "promotions that took something off:", ", ".join(f"{name} {n:,}" for name, n in sorted(seen.items()))
    )
    print(f"off by a cent or more: {len(off)}")
    for each in off[:10]:
        print(each)
    sys.exit(1 if off else 0)


def _fault(draw: random.Random, seen: Counter[str]) -> str | None:
    basket = _basket(draw)
    rules = [_rule(draw, number) for number in range(draw.randint(1, 5))]
    outcome = evaluate(basket, rules)
    names = {rule.code: rule.action.__struct_config__.tag for rule in rules}
    seen.update(names[each.promotion] for line in outcome.lines for each in line)
    seen.update(names[gift.promotion] for gift in outcome.gifts)
    price = draw.choice([0, 490, 990])
    delivery = outcome.off_delivery("standard", price, "EUR")
    seen.update(names[each.promotion] for each in delivery)
    return _off(basket, outcome, price, sum(each.amount for each in delivery), draw)


def _off(basket: Basket, outcome: Outcome, delivery: int, free: int, draw: random.Random) -> str | None:
    lines = [
        OrderLine(
            name=line.sku,
            price=line.price,
            quantity=line.quantity,
            discount=sum(each.amount for each in discounts),
        )
        for line, discounts in zip(basket.lines, outcome.lines, strict=True)
    ]
    total = basket.subtotal - outcome.discount + delivery - free
    if any(each.amount <= 0 for line in outcome.lines for each in line):
        return "a discount takes nothing off"
    if any(line.total < 0 for line in lines) or not 0 <= free <= delivery:
        return "below zero"
    if sum(line.total for line in lines) + delivery - free != total:
        return "the lines are not the whole"
    items = [item_of(line) for line in lines]
    if sum(item.amount * item.quantity for item in items) + delivery - free != total:
        return "Stripe's items are not the total"
    if sum(_paid_back(line, draw) for line in lines) + delivery - free != total:
        return "what is paid back is not what was paid"
    return None


def _paid_back(line: OrderLine, draw: random.Random) -> int:
    back = amount = 0
    while back < line.quantity:
        units = draw.randint(1, line.quantity - back)
        amount += price_of_units(line, units, back)
        back += units
    return amount


def _basket(draw: random.Random) -> Basket:
    lines = tuple(
        Line(
            sku=sku,
            price=draw.choice([draw.randint(0, 300), draw.randint(1, 20_000), 2390, 999]),
            quantity=draw.choice([1, 1, 2, 3, draw.randint(1, 12)]),
            product=sku.lower(),
            categories=frozenset({draw.choice(CATEGORIES)}),
            is_shipped=draw.random() > 0.1,
        )
        for sku in draw.sample(SKUS, draw.randint(1, 6))
    )
    codes = frozenset(f"rule-{number}" for number in range(5) if draw.random() < 0.7)
    return Basket(lines, "EUR", draw.choice([None, "FR", "ES"]), promotions=codes)


def _rule(draw: random.Random, number: int) -> Rule:
    level, action = draw.choice(ACTIONS)
    return Rule(
        code=f"rule-{number}",
        action=action_of(action, _terms(draw, action)),
        level=level,
        conditions=draw.choice([{}, {}, {"subtotal_at_least": {"EUR": draw.randint(0, 20_000)}}]),
        applies_to=draw.choice([{}, {}, {"category": [draw.choice(CATEGORIES)]}]),
        priority=draw.randint(0, 3),
        stops_further=draw.random() < 0.2,
        needs_coupon=draw.random() < 0.3,
    )


def _terms(draw: random.Random, action: str) -> dict[str, Any]:
    amounts = {"EUR": draw.randint(1, 5000)}
    percent = draw.choice([Decimal(draw.randint(1, 100)), Decimal(draw.randint(1, 9999)) / 100])
    most = draw.choice([None, draw.randint(1, 5)])
    terms: dict[str, dict[str, Any]] = {
        "percent": {"percent": percent, "step": draw.choice([1, 1, 2, 3]), "most_units": most},
        "amount_each": {"amounts": amounts, "step": draw.choice([1, 1, 2]), "most_units": most},
        "amount_off": {"amounts": amounts},
        "buy_x_get_y": {
            "buy": draw.randint(1, 4),
            "get": draw.randint(1, 3),
            "percent": draw.choice([Decimal(100), percent]),
            "each_line": draw.random() < 0.5,
            "most_units": most,
        },
        "tiers": {
            "steps": [
                {"spend": {"EUR": draw.randint(0, 5000)}, "percent": percent},
                {"spend": {"EUR": draw.randint(5000, 20_000)}, "amounts": amounts},
            ]
        },
        "bundle_price": {"quantity": draw.randint(2, 4), "prices": amounts, "most_times": most},
        "gift": {"sku": draw.choice(SKUS), "quantity": draw.randint(1, 2)},
        "free_delivery": {
            "methods": draw.choice([[], ["standard"], ["express"]]),
            "only_matching": draw.random() < 0.5,
        },
    }
    return terms[action]


if __name__ == "__main__":
    main()
