"""When a store is open: its week, and the days that differ from it.

Written in one line: `mo-fr 10:00-13:00 14:00-19:00; sa 10:00-20:00; 2026-12-24 10:00-16:00; 2026-12-25 closed`.
A day that is not named is closed; a date wins over its weekday. Times are those of the store's own clocks.
"""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
CLOSED = "closed"
WEEKDAYS = re.compile(r"(mo|tu|we|th|fr|sa|su)(?:-(mo|tu|we|th|fr|sa|su))?")
SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
SEARCHED_DAYS = 60
"""A store that does not open within these has no next opening."""

Hours = tuple[tuple[time, time], ...]


class BadHours(ValueError):
    """These are no opening hours; the words say which part is not."""


class Opening(msgspec.Struct, frozen=True):
    """`week` by weekday from Monday, 0; `exceptions` by date. No hours are a closed day."""

    week: dict[int, Hours]
    exceptions: dict[date, Hours]
    zone: str

    def on(self, day: date) -> Hours:
        return self.exceptions.get(day, self.week.get(day.weekday(), ()))

    def local(self, at: datetime) -> datetime:
        """By the store's own clocks."""
        return at.astimezone(ZoneInfo(self.zone))

    def is_open(self, at: datetime) -> bool:
        local = self.local(at)
        return any(opens <= local.time() < closes for opens, closes in self.on(local.date()))

    def next_open(self, at: datetime) -> datetime | None:
        """The first moment from `at` on at which it is open, in the store's own zone."""
        local = self.local(at)
        zone = ZoneInfo(self.zone)
        for ahead in range(SEARCHED_DAYS):
            day = local.date() + timedelta(days=ahead)
            for opens, closes in self.on(day):
                start = max(local, datetime.combine(day, opens, zone))
                if start < datetime.combine(day, closes, zone):
                    return start
        return None


def read_opening(text: str, zone: str) -> Opening | None:
    """None where nothing is said. Raises BadHours."""
    week: dict[int, Hours] = {}
    exceptions: dict[date, Hours] = {}
    for part in filter(None, (part.strip() for part in text.casefold().split(";"))):
        when, _, hours = part.partition(" ")
        spans = _spans(hours, part)
        weekdays = WEEKDAYS.fullmatch(when)
        if weekdays:
            week |= dict.fromkeys(_days(weekdays), spans)
            continue
        try:
            exceptions[date.fromisoformat(when)] = spans
        except ValueError:
            raise BadHours(f"{when!r} is neither days, such as mo-fr, nor a date") from None
    return Opening(week, exceptions, zone) if week or exceptions else None


def _days(named: re.Match[str]) -> list[int]:
    """ "fr-mo" goes over the weekend."""
    first, last = (DAYS.index(day) for day in (named[1], named[2] or named[1]))
    return [(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)]


def _spans(hours: str, part: str) -> Hours:
    if hours.strip() == CLOSED:
        return ()
    found = [SPAN.fullmatch(span) for span in hours.replace(",", " ").split()]
    try:
        spans = tuple(
            (time(int(each[1]), int(each[2])), time(int(each[3]), int(each[4]))) for each in found if each
        )
    except ValueError:
        raise BadHours(f"{part!r} has a time that no clock shows") from None
    edges = [edge for span in spans for edge in span]
    if not spans or len(spans) != len(found) or sorted(set(edges)) != edges:
        raise BadHours(f"{part!r} has no hours in order, such as 10:00-19:00")
    return spans
