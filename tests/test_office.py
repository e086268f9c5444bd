"""The office's hours, and when an answer is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from intake.routing.office import Office, Within, zone
from intake.routing.schema import OfficeEntry

OFFICE = Office.of(
    OfficeEntry(timezone="America/New_York", opens="08:00", closes="16:30", holidays=["2026-12-25", "2027-01-01"])
)


def at(moment: str) -> datetime:
    """A moment in New York, as UTC."""
    return OFFICE.local(moment).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-12-01 08:00", True),
        ("2026-12-01 07:59", False),
        ("2026-12-01 16:29", True),
        ("2026-12-01 16:30", False),
        ("2026-12-05 10:00", False),  # a Saturday
        ("2026-12-25 10:00", False),  # a holiday
        ("2027-07-01 09:00", True),  # daylight saving
    ],
)
def test_hours_are_those_of_the_office_s_own_clock(moment: str, is_open: bool) -> None:
    """Wherever the program runs."""
    assert OFFICE.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("received", "within", "due"),
    [
        ("2026-11-30 09:00", "10", "2026-12-10 09:00"),
        ("2026-11-30 09:00", "1 day", "2026-12-01 09:00"),
        ("2026-11-30 22:00", "12 hours", "2026-12-01 10:00"),
        ("2026-11-30 09:00", "1 working day", "2026-12-01 16:30"),
        ("2026-12-04 17:00", "1 working day", "2026-12-07 16:30"),  # over a weekend
        ("2026-12-23 09:00", "3 working days", "2026-12-29 16:30"),  # over Christmas and a weekend
        ("2027-03-12 12:00", "2 working days", "2027-03-16 16:30"),  # over the spring change of clocks
    ],
)
def test_working_days_end_when_the_office_closes(received: str, within: str, due: str) -> None:
    """Days and hours are counted as they pass, working days from the first after the letter came."""
    assert OFFICE.due(at(received), Within.of(within)) == at(due)


def test_an_office_that_never_opens_has_an_end() -> None:
    """Nobody waits for a working day that does not come."""
    closed = Office(days=frozenset())
    assert closed.due(at("2026-11-30 09:00"), Within.of("1 working day")).year == 2036


def test_a_time_is_written_as_it_is_read() -> None:
    """And a day is the unit where none is named."""
    assert [str(Within.of(one)) for one in ("10", "1 day", "3 working days", "1 hour")] == [
        "10 days",
        "1 day",
        "3 working days",
        "1 hour",
    ]
    assert [Within.of(one).days for one in ("10", "30 hours", "5 working days")] == [10, 2, 9]


def test_a_time_zone_that_is_none() -> None:
    """A name out of the file leads to no other file."""
    for name in ("America/Hartford", "../../etc/passwd", "", "x" * 300):
        with pytest.raises(ValueError, match="no time zone"):
            zone(name)
