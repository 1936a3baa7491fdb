"""The hours in which customers are told nothing that can wait."""

from datetime import datetime, time, timedelta
from typing import Annotated

import msgspec

Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]


class QuietHours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From one hour of the day until another, over midnight where the first is the later. The same twice is none."""

    start: Hour = msgspec.field(name="from")
    until: Hour

    def over_at(self, at: datetime) -> datetime:
        """When they are over, or `at` itself where it is not within them; in the zone of `at`."""
        is_over_midnight = self.start > self.until
        has_begun, is_not_over = at.hour >= self.start, at.hour < self.until
        is_quiet = has_begun or is_not_over if is_over_midnight else has_begun and is_not_over
        if not is_quiet:
            return at
        is_tomorrow = is_over_midnight and has_begun
        day = at.date() + timedelta(days=1 if is_tomorrow else 0)
        return datetime.combine(day, time(self.until), at.tzinfo)
