"""What promotions take off: fixed sums, to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from backend.money import share_of, unit_shares, whole
from backend.promotions.actions import action_of
from backend.promotions.basket import Basket, Line
from backend.promotions.evaluating import evaluate
from backend.promotions.rules import Rule


def rule(action: str, code: str = "rule", **said: Any) -> Rule:
    of_rule = {name: said.pop(name) for name in list(said) if name in Rule.__struct_fields__}
    return Rule(code, action_of(action, said), **of_rule)


def basket(*lines: tuple[int, int], **said: Any) -> Basket:
    """Of prices and quantities; the SKUs are A, B, C …"""
    return Basket(
        tuple(
            Line("ABCDEFGH"[place], price, quantity, product=f"product-{'abcdefgh'[place]}")
            for place, (price, quantity) in enumerate(lines)
        ),
        **({"currency": "EUR"} | said),
    )


def off(given: Basket, *rules: Rule) -> list[int]:
    """By line."""
    return [sum(discount.amount for discount in line) for line in evaluate(given, rules).lines]


def test_a_quarter_off_ten_things_is_counted_of_the_whole() -> None:
    """Ten for 23.90 each with 25 % off are 179.25: rounded by the piece they would be 179.30, or pay back 179.26."""
    assert 2390 * 10 - sum(off(basket((2390, 10)), rule("percent", percent=25))) == 17925
    assert sum(off(basket(*[(2390, 2)] * 5), rule("percent", percent=25))) == 5975
    shares = unit_shares(17925, 10)
    assert (sum(shares), max(shares), min(shares)) == (17925, 1793, 1792)


def test_a_price_with_six_decimals_is_rounded_once() -> None:
    amount = whole(Decimal("13.956300") * 9 * 100)
    assert amount == 12561
    assert sum(unit_shares(amount, 9)) == 12561


def test_a_half_cent_goes_up() -> None:
    assert share_of(101, Decimal(50)) == 51
    assert share_of(999, Decimal("12.5")) == 125


def test_a_percentage_is_spread_so_that_the_parts_are_the_whole() -> None:
    assert off(basket((333, 1), (333, 1), (334, 1)), rule("percent", percent=10)) == [33, 33, 34]


def test_only_full_steps_and_so_many_units_become_cheaper() -> None:
    assert off(basket((1000, 5)), rule("percent", percent=50, step=2)) == [2000]
    assert off(basket((1000, 5)), rule("percent", percent=50, most_units=1)) == [500]
    assert off(basket((1000, 5)), rule("amount_each", amounts={"EUR": 150}, step=2, most_units=3)) == [450]


def test_an_amount_is_never_more_than_what_is_to_be_paid() -> None:
    assert off(basket((100, 3)), rule("amount_each", amounts={"EUR": 150})) == [300]
    assert off(basket((100, 1), (200, 1)), rule("amount_off", amounts={"EUR": 5000})) == [100, 200]


def test_an_amount_off_the_cart_is_spread_by_the_largest_remainder() -> None:
    assert off(basket((1000, 1), (1000, 1), (1000, 1)), rule("amount_off", amounts={"EUR": 1000})) == [
        334,
        333,
        333,
    ]


def test_another_currency_is_another_matter() -> None:
    given = basket((1000, 3), currency="USD")
    for name, said in {
        "amount_off": {"amounts": {"EUR": 100}},
        "amount_each": {"amounts": {"EUR": 100}},
        "bundle_price": {"quantity": 3, "prices": {"EUR": 2000}},
        "tiers": {"steps": [{"spend": {"EUR": 100}, "percent": 10}]},
    }.items():
        assert off(given, rule(name, **said)) == [0]


@pytest.mark.parametrize(("quantity", "free"), [(3, 0), (4, 1), (7, 1), (8, 2), (11, 2), (12, 3)])
def test_of_four_of_a_line_the_fourth_is_free(quantity: int, free: int) -> None:
    assert off(basket((2900, quantity)), rule("buy_x_get_y", buy=3, get=1, each_line=True)) == [2900 * free]


def test_of_several_lines_the_cheapest_is_free_unless_each_stands_alone() -> None:
    given = basket((3000, 1), (2000, 2), (1000, 1))
    assert off(given, rule("buy_x_get_y", buy=3, get=1)) == [0, 0, 1000]
    assert off(given, rule("buy_x_get_y", buy=3, get=1, each_line=True)) == [0, 0, 0]


def test_the_rest_counts_once_enough_is_bought() -> None:
    assert off(basket((1000, 5)), rule("buy_x_get_y", buy=3, get=2)) == [2000]
    assert off(basket((1000, 4)), rule("buy_x_get_y", buy=3, get=2)) == [1000]


def test_the_second_at_half_price() -> None:
    given = basket((1999, 1), (999, 1))
    assert off(given, rule("buy_x_get_y", buy=1, get=1, percent=50)) == [0, 500]
    assert off(basket((1000, 10)), rule("buy_x_get_y", buy=1, get=1, percent=50, most_units=2)) == [1000]


@pytest.mark.parametrize(("spent", "taken"), [(4999, 0), (5000, 250), (9999, 500), (10_000, 1500)])
def test_the_highest_step_that_is_reached_counts(spent: int, taken: int) -> None:
    steps = [
        {"spend": {"EUR": 10_000}, "amounts": {"EUR": 1500}},
        {"spend": {"EUR": 5000}, "percent": 5},
    ]
    assert off(basket((spent, 1)), rule("tiers", steps=steps)) == [taken]


def test_any_three_for_twenty() -> None:
    three = rule("bundle_price", quantity=3, prices={"EUR": 2000})
    assert off(basket((900, 2)), three) == [0]
    assert sum(off(basket((900, 3)), three)) == 700
    assert sum(off(basket((900, 7)), three)) == 1400
    assert sum(off(basket((1000, 1), (800, 2), (500, 1)), three)) == 600
    assert sum(off(basket((600, 3)), three)) == 0
    assert (
        sum(off(basket((900, 7)), rule("bundle_price", quantity=3, prices={"EUR": 2000}, most_times=1)))
        == 700
    )


def test_a_gift_is_what_is_in_the_cart_already_or_is_added() -> None:
    gift = rule("gift", sku="B", conditions={"subtotal_at_least": {"EUR": 1000}})
    assert off(basket((1000, 1), (500, 2)), gift) == [0, 500]
    (added,) = evaluate(basket((1000, 1)), [gift]).gifts
    assert (added.sku, added.quantity) == ("B", 1)
    assert evaluate(basket((999, 1)), [gift]).gifts == ()


def test_nothing_is_given_to_who_buys_the_gift_alone() -> None:
    gift = rule("gift", sku="A")
    assert off(basket((1000, 1)), gift) == [0]


def test_rules_take_their_share_of_what_is_left() -> None:
    first = rule("percent", code="first", percent=10, priority=1)
    second = rule("amount_off", code="second", amounts={"EUR": 100}, priority=2)
    third = rule("percent", code="third", percent=50, priority=3)
    assert off(basket((1000, 1)), third, second, first) == [100 + 100 + 400]


def test_a_line_takes_part_in_nothing_after_a_rule_that_stops() -> None:
    stops = rule("percent", code="a", percent=10, stops_further=True, applies_to={"sku": ["A"]})
    later = rule("percent", code="b", percent=50)
    assert off(basket((1000, 1), (1000, 1)), later, stops) == [100, 500]


def test_a_rule_that_gives_nothing_stops_nothing() -> None:
    stops = rule("bundle_price", code="a", quantity=3, prices={"EUR": 1}, stops_further=True)
    assert off(basket((1000, 2)), stops, rule("percent", code="b", percent=50)) == [1000]


def test_a_coupon_must_be_given() -> None:
    with_code = rule("percent", code="c", percent=10, needs_coupon=True)
    assert off(basket((1000, 1)), with_code) == [0]
    assert off(basket((1000, 1), promotions=frozenset({"c"})), with_code) == [100]


def test_a_promotion_of_a_group_is_theirs() -> None:
    theirs = rule("percent", percent=10, groups=("trade",))
    assert off(basket((1000, 1)), theirs) == [0]
    assert off(basket((1000, 1), group="trade"), theirs) == [100]


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ({"subtotal_at_least": {"EUR": 2000}}, True),
        ({"subtotal_at_least": {"EUR": 2001}}, False),
        ({"subtotal_at_least": {"USD": 1}}, False),
        ({"quantity_at_least": 2}, True),
        ({"quantity_at_least": 3}, False),
        ({"country": ["FR", "BE"]}, True),
        ({"country": ["ES"]}, False),
        ({"has": {"of": {"sku": ["A"]}}}, True),
        ({"has": {"of": {"sku": ["A"]}, "quantity": 2}}, False),
        ({"all": [{"country": ["FR"]}, {"quantity_at_least": 2}]}, True),
        ({"any": [{"country": ["ES"]}, {"quantity_at_least": 2}]}, True),
        ({"none": [{"country": ["FR"]}]}, False),
        ({"none": []}, True),
        ({"all": []}, True),
        ({"any": []}, False),
    ],
)
def test_conditions_of_a_cart(condition: dict[str, Any], is_met: bool) -> None:
    given = basket((1000, 1), (1000, 1), country="FR")
    assert (sum(off(given, rule("percent", percent=50, conditions=condition))) > 0) is is_met


@pytest.mark.parametrize(
    ("condition", "is_meant"),
    [
        ({"category": ["mugs"]}, True),
        ({"category": ["lamps", "kitchen"]}, True),
        ({"category": ["lamps"]}, False),
        ({"product": ["mug"]}, True),
        ({"brand": ["ACME"]}, True),
        ({"attribute": {"colour": ["Blue"]}}, True),
        ({"attribute": {"colour": ["red"]}}, False),
        ({"attribute": {"weight": ["1"]}}, False),
        ({"price_at_least": {"EUR": 1000}}, True),
        ({"price_below": {"EUR": 1000}}, False),
        ({"is_reduced": True}, False),
        ({"is_reduced": False}, True),
        ({"none": [{"category": ["mugs"]}]}, False),
    ],
)
def test_conditions_of_a_line(condition: dict[str, Any], is_meant: bool) -> None:
    line = Line(
        "MUG", 1000, 1, "mug", frozenset({"mugs", "kitchen"}), "Acme", {"colour": frozenset({"blue"})}
    )
    given = Basket((line,), "EUR")
    assert (off(given, rule("percent", percent=50, applies_to=condition)) == [500]) is is_meant


def test_delivery_is_free_or_cheaper_and_never_below_zero() -> None:
    free = rule("free_delivery", code="a", level="shipping", methods=["standard"])
    cheaper = rule("amount_off", code="b", level="shipping", amounts={"EUR": 300}, priority=1)
    outcome = evaluate(basket((1000, 1)), [cheaper, free])
    assert sum(each.amount for each in outcome.off_delivery("standard", 490, "EUR")) == 490
    assert sum(each.amount for each in outcome.off_delivery("express", 990, "EUR")) == 300
    assert sum(each.amount for each in outcome.off_delivery("express", 200, "EUR")) == 200


def test_delivery_of_certain_things_alone_is_free_when_nothing_else_travels() -> None:
    free = rule("free_delivery", level="shipping", only_matching=True, applies_to={"sku": ["A"]})
    assert evaluate(basket((1000, 1)), [free]).delivery
    assert not evaluate(basket((1000, 1), (1000, 1)), [free]).delivery


def test_of_an_empty_cart_nothing_is_taken() -> None:
    rules = [rule("percent", percent=10), rule("gift", sku="A"), rule("free_delivery", level="shipping")]
    outcome = evaluate(Basket((), "EUR"), rules)
    assert (outcome.discount, outcome.gifts, outcome.delivery) == (0, (), ())
