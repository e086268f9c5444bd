"""A calendar entry as a letter."""

from __future__ import annotations

import pytest

from intake import invitation
from tests.conftest import cpu_seconds

ENTRY = """BEGIN:VCALENDAR
METHOD:REQUEST
PRODID:-//x//rosa@post.example
BEGIN:VEVENT
ORGANIZER;CN=Rosa:mailto:rosa@post.example
ATTENDEE;RSVP=TRUE:mailto:dmv@intake.example
UID:7-rosa@post.example
SUMMARY:Hearing about
  my plate
DTSTART;TZID=America/New_York:20250303T101200
DTEND:20250303T153000Z
LOCATION:Room 7\\, 2nd floor
DESCRIPTION:Bring form 7.\\nThank you.
URL:https://track.example/rosa@post.example
X-ALT-DESC;FMTTYPE=text/html:<img src=https://track.example/open.gif>
BEGIN:VALARM
DESCRIPTION:alarm of rosa@post.example
END:VALARM
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_a_person_reads_stays(end: str) -> None:
    """LK13: what, when and where become text; organiser, attendees, ids, links and alarms stay behind."""
    assert invitation.to_text(ENTRY.replace("\n", end)) == (
        "Invitation:\n\nHearing about my plate\n"
        "From: 2025-03-03 10:12 (America/New_York)\nUntil: 2025-03-03 15:30 UTC\n"
        "Where: Room 7, 2nd floor\nBring form 7.\nThank you."
    )


@pytest.mark.parametrize(
    ("end", "said"),
    [("20261209", "2026-12-08"), ("20270101", "2026-12-31"), ("00010101", "0001-01-01"), ("20261399", "2026-13-99")],
)
def test_an_entry_of_whole_days_ends_on_its_last(end: str, said: str) -> None:
    """RFC 5545 §3.6.1: the end is the first day that is not of it."""
    entry = f"BEGIN:VEVENT\nSUMMARY:Sale\nDTSTART;VALUE=DATE:20261208\nDTEND;VALUE=DATE:{end}\nEND:VEVENT"
    assert invitation.to_text(entry) == f"Sale\nFrom: 2026-12-08\nUntil: {said}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no calendar at all",
        "BEGIN:VCALENDAR\nMETHOD:PUBLISH\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nEND:VCALENDAR",
        "END:X\nSUMMARY:x",
    ],
)
def test_what_is_no_entry_stays_text(text: str) -> None:
    """MB9: no text is dropped in silence."""
    assert invitation.to_text(text) == text


@pytest.mark.parametrize("unit", ["BEGIN:VEVENT\n", "END:X\n", "SUMMARY:x\n ", ";", '"', "DTSTART;TZID=", "\\n", "A;A"])
def test_linear(unit: str) -> None:
    """MB2: entries within entries and endless lines take a moment."""
    text = "BEGIN:VEVENT\nSUMMARY;" + unit * (500_000 // len(unit))
    assert cpu_seconds(lambda: invitation.to_text(text)) < 2
