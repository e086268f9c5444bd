"""A calendar entry (RFC 5545) that is a whole letter, as text: what, when, where, and what was written to it.

The rule this module keeps: who invites whom stays behind (organiser, attendees, ids, links, HTML), and an entry that
says nothing else is text as it stands.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_SHOWN = {
    "SUMMARY": "",
    "DTSTART": "From: ",
    "DTEND": "Until: ",
    "DUE": "Due: ",
    "LOCATION": "Where: ",
    "DESCRIPTION": "",
}
_ENTRIES = ("VEVENT", "VTODO", "VJOURNAL")
_FOLD = re.compile(r"\n[ \t]")
_PROPERTY = re.compile(r'([A-Za-z-]{1,40})((?:;(?:"[^"\n]*"|[^":\n])*)?):(.*)')
_ZONE = re.compile(r"(?i);TZID=([^;:]{1,60})")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?\Z")
_METHODS = {"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Answer to an invitation"}
CALLED = tuple(_METHODS.values())
"""What an entry's line begins with that says what it is."""


def to_text(source: str) -> str:
    """The entries of `source` as lines; `source` itself when there is nothing in it that a person wrote."""
    lines: list[str] = []
    within: list[str] = []
    for line in _FOLD.sub("", source.replace("\r\n", "\n")).split("\n"):
        found = _PROPERTY.match(line)
        if not found:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3].strip()
        if name == "BEGIN":
            within.append(value.upper())
            lines += [""] * (value.upper() in _ENTRIES)
        elif name == "END":
            within[-1:] = []
        elif name == "METHOD":
            lines += [f"{called}:" for method, called in _METHODS.items() if method == value.upper()]
        elif name in _SHOWN and value and within and within[-1] in _ENTRIES:
            lines.append(_SHOWN[name] + _said(name, parameters, value))
    return "\n".join(lines).strip("\n") if any(lines) else source


def _said(name: str, parameters: str, value: str) -> str:
    time = _TIME.match(value) if name.startswith("D") else None
    if not time:
        return re.sub(r"\\([nN,;\\])", lambda found: "\n" if found[1] in "nN" else found[1], value)
    if name == "DTEND" and not time[4]:
        return last_day(f"{time[1]}-{time[2]}-{time[3]}")
    zone = _ZONE.search(parameters)
    clock = f" {time[4]}:{time[5]}" if time[4] else ""
    return f"{time[1]}-{time[2]}-{time[3]}{clock}{' UTC' if time[6] else ''}{f' ({zone[1]})' if zone else ''}"


def last_day(end: str) -> str:
    """The last day of an entry of whole days, whose `end` is the first that is not of it (RFC 5545 §3.6.1)."""
    try:
        return (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return end
