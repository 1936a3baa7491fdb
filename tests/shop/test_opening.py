"""When a store is open, as its one line says it."""

from datetime import UTC, date, datetime

import pytest

from backend.inventory.opening import BadHours, read_opening

LINE = "tu-fr 10:00-13:00 14:00-19:00; sa 10:00-20:00; 2026-12-24 10:00-16:00; 2026-12-25 closed"


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (datetime(2026, 11, 24, 9, 0, tzinfo=UTC), True),  # Tuesday, ten in Paris
        (datetime(2026, 11, 24, 8, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 12, 30, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 18, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 14, 8, 0, tzinfo=UTC), True),  # in summer the clocks are two hours ahead
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), False),  # Monday
        (datetime(2026, 12, 24, 14, 59, tzinfo=UTC), True),
        (datetime(2026, 12, 24, 15, 0, tzinfo=UTC), False),
        (datetime(2026, 12, 25, 12, 0, tzinfo=UTC), False),
    ],
)
def test_it_is_open_by_its_own_clocks(at: datetime, is_open: bool) -> None:
    opening = read_opening(LINE, "Europe/Paris")
    assert opening
    assert opening.is_open(at) is is_open


def test_the_next_opening_leaves_out_closed_days() -> None:
    opening = read_opening(LINE, "Europe/Paris")
    assert opening
    after_christmas_eve = opening.next_open(datetime(2026, 12, 24, 15, 0, tzinfo=UTC))
    assert after_christmas_eve == datetime(2026, 12, 26, 9, 0, tzinfo=UTC)
    during = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
    assert opening.next_open(during) == during
    assert opening.on(date(2026, 12, 25)) == ()


def test_a_store_that_never_opens_has_no_next_opening() -> None:
    opening = read_opening("2020-01-01 10:00-12:00", "Europe/Paris")
    assert opening
    assert opening.next_open(datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert read_opening("  ", "Europe/Paris") is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("lundi 10:00-12:00", "'lundi' is neither days"),
        ("mo 10-12", "no hours in order"),
        ("mo 12:00-10:00", "no hours in order"),
        ("mo 10:00-14:00 13:00-15:00", "no hours in order"),
        ("mo 25:00-26:00", "no clock shows"),
        ("2026-02-30 closed", "neither days"),
    ],
)
def test_what_are_no_hours_is_told(line: str, told: str) -> None:
    with pytest.raises(BadHours, match=told):
        read_opening(line, "UTC")
