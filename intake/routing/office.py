"""The office's hours: whether a letter came while people were at work, and when its answer is due.

The rule it keeps: everything follows from the letter's own time and the rules file. No clock is read.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from intake.routing.schema import WEEKDAYS, OfficeEntry

_LONGEST = 3_650  # days that a working day is looked for; an office that never opens has none


@dataclass(frozen=True, slots=True)
class Within:
    """A time to answer: `number` of "hours", "days" or "working days"."""

    number: int
    unit: str

    @classmethod
    def of(cls, written: str) -> Within:
        """Of what the schema lets stand in a file: `10`, `1 day`, `3 working days`, `12 hours`."""
        number, _, unit = written.partition(" ")
        unit = unit or "days"
        return cls(int(number), unit if unit.endswith("s") else f"{unit}s")

    @property
    def days(self) -> int:
        """Days that it is at the most, with no holidays in between."""
        whole = {"hours": -(-self.number // 24), "days": self.number, "working days": -(-self.number * 7 // 5) + 2}
        return whole[self.unit]

    def __str__(self) -> str:
        return f"{self.number} {self.unit if self.number > 1 else self.unit[:-1]}"


@dataclass(frozen=True, slots=True)
class Office:
    """When people are at work, in their own time zone. `days`: 0 is Monday."""

    zone: tzinfo = UTC
    days: frozenset[int] = frozenset(range(5))
    opens: time = time(8)
    closes: time = time(17)
    holidays: Collection[date] = frozenset()

    @classmethod
    def of(cls, entry: OfficeEntry) -> Office:
        """Of an entry that was checked."""
        return cls(
            zone(entry.timezone),
            frozenset(WEEKDAYS.index(day) for day in entry.days),
            time.fromisoformat(entry.opens),
            time.fromisoformat(entry.closes),
            frozenset(map(date.fromisoformat, entry.holidays)),
        )

    def is_open(self, at: datetime) -> bool:
        """Whether people are at work then; `at` knows its time zone."""
        here = at.astimezone(self.zone)
        return self._works(here.date()) and self.opens <= here.time() < self.closes

    def due(self, received: datetime, within: Within) -> datetime:
        """When an answer is due. Working days begin with the first after the letter came; the last ends at closing
        time, daylight saving or not."""
        if within.unit == "hours":
            return received + timedelta(hours=within.number)
        if within.unit == "days":
            return received + timedelta(days=within.number)
        day, left = received.astimezone(self.zone).date(), within.number
        for _ in range(_LONGEST):
            day += timedelta(days=1)
            left -= self._works(day)
            if not left:
                break
        return datetime.combine(day, self.closes, self.zone).astimezone(UTC)

    def local(self, written: str) -> datetime:
        """A moment of the office's own time, as an example in the file says it: `2027-01-04 09:30`."""
        return datetime.fromisoformat(written).replace(tzinfo=self.zone)

    def _works(self, day: date) -> bool:
        return day.weekday() in self.days and day not in self.holidays


def zone(name: str) -> tzinfo:
    """The time zone; ValueError when there is none of this name."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}") from None
