"""The local mail of an embedded installation: Maildirs under `INTAKE_HOME`/mail, a box for each agency and
one for citizens.

Read-only. A message is named by the name of its file, which is opaque; what it holds is only ever shown as
text.
"""

from __future__ import annotations

import email
import heapq
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path

_SHOWN = ("From", "To", "Reply-To", "Date", "Subject")
_LARGEST = 2 * 1024 * 1024  # octets that are read of one message
_FOLDERS = ("new", "cur")


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """A message in a list: its file's name and when it came."""

    key: str
    at: datetime
    subject: str
    sender: str


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A message to be shown: some headers, its text, and what came with it (type, octets)."""

    headers: tuple[tuple[str, str], ...]
    text: str
    parts: tuple[tuple[str, int], ...]


def boxes(home: Path) -> list[str]:
    """The names of the boxes there are."""
    folder = home / "mail"
    return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []


def listed(home: Path, box: str, limit: int = 100) -> list[Entry]:
    """The newest messages of a box, newest first."""
    found = []
    for folder in _FOLDERS:
        path = home / "mail" / box / folder
        for file in path.iterdir() if path.is_dir() else ():
            if not file.name.startswith(".") and file.is_file():
                found.append((file.stat().st_mtime, file))
    return [_entry(at, file) for at, file in heapq.nlargest(limit, found)]


def _entry(at: float, file: Path) -> Entry:
    with file.open("rb") as opened:
        head = opened.read(65536)
    message = _parsed(head)
    return Entry(file.name, datetime.fromtimestamp(at, UTC), _header(message, "Subject"), _header(message, "From"))


def read(home: Path, box: str, key: str) -> Message | None:
    """A message of a box; None when there is none of this name."""
    if not key or key.startswith(".") or "/" in key or "\0" in key:
        return None
    for folder in _FOLDERS:
        file = home / "mail" / box / folder / key
        if file.is_file():
            with file.open("rb") as opened:
                return _message(_parsed(opened.read(_LARGEST)))
    return None


def _parsed(octets: bytes) -> EmailMessage | None:
    try:
        return email.message_from_bytes(octets, policy=policy.default)
    except Exception:  # noqa: BLE001 - a message that cannot be read is shown as one, not as an error
        return None


def _message(message: EmailMessage | None) -> Message:
    if message is None:
        return Message((), "This message cannot be shown.", ())
    headers = tuple((name, value) for name in _SHOWN if (value := _header(message, name)))
    return Message(headers, _text(message), _parts(message))


def _header(message: EmailMessage | None, name: str) -> str:
    try:
        return str(message[name] or "") if message is not None else ""
    except Exception:  # noqa: BLE001
        return "(unreadable)"


def _text(message: EmailMessage) -> str:
    try:
        body = message.get_body(("plain",))
        return str(body.get_content()) if body is not None else "(no text)"
    except Exception:  # noqa: BLE001
        return "(unreadable)"


def _parts(message: EmailMessage) -> tuple[tuple[str, int], ...]:
    try:
        return tuple(
            (part.get_content_type(), len(part.get_payload(decode=True) or b"")) for part in message.iter_attachments()
        )
    except Exception:  # noqa: BLE001
        return ()
