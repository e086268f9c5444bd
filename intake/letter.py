"""A letter: what a citizen wrote, however it came in.

Both doors end here. The mail door's bytes are read by `mime.read`, the form's fields by `from_form`; everything
behind them sees the one `Letter`. Nothing in this module prints what it holds: the `repr` of a letter is its shape.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from intake.idn import both_forms


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """A file that came with a letter. `name` and `type` are the sender's claims, not facts; so is `within`: whether it
    is a picture that stands in the lines of the text, as a logo does."""

    name: str
    type: str
    data: bytes
    within: bool = False

    def __repr__(self) -> str:
        return f"<Attachment {len(self.data)} bytes>"


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """What the worker tags, routes and redacts. All text is str without NUL or lone surrogates."""

    channel: str  # "email" or "form"
    subject: str = ""
    text: str = ""
    sender_name: str = ""
    sender: str = ""  # the address answers go to; "" when the writer left none
    addresses: tuple[str, ...] = ()  # every address that may be the writer's: these never leave
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    references: tuple[str, ...] = ()  # Message-IDs that it answers, in angle brackets
    others: tuple[str, ...] = ()  # addresses in To and Cc that are not ours
    attachments: tuple[Attachment, ...] = ()
    machine: bool = False  # perhaps written by a machine, or to many: never answered by ours
    automatic: bool = False  # surely written by a machine (RFC 3834, null sender): never sent on
    report: bool = False  # a delivery report (RFC 3464)
    written_by: str = ""  # what wrote it, a kind of `machine`; "" a person. With `automatic` unset only perhaps
    fields: Mapping[str, str] = field(default_factory=dict)  # the form's: topic, town, reply …
    problems: tuple[str, ...] = ()  # what could not be read cleanly, in words for staff

    def __repr__(self) -> str:
        return f"<Letter by {self.channel}, {len(self.text)} characters, {len(self.attachments)} attachments>"


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """What a door knows beside the content; sealed together with it.

    `recipients` are the addresses this letter was accepted for, `fields` the form's answers.
    """

    channel: str
    mail_from: str = ""  # "" for the null sender, never "<>"
    recipients: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, str, int], ...] = ()  # (name, type, octets) of the form's attachments, in order
    client: str = ""  # IP address that handed the mail in, and how it called itself: who sent it is judged by them
    helo: str = ""

    def __repr__(self) -> str:
        return f"<Envelope by {self.channel}, {len(self.recipients)} recipients>"


_LENGTH = struct.Struct(">I")


def pack(envelope: Envelope, content: bytes) -> bytes:
    """The octets a door seals: length, envelope as JSON, content exactly as it arrived."""
    said = {name: getattr(envelope, name) for name in Envelope.__slots__}
    head = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")
    return b"".join((_LENGTH.pack(len(head)), head, content))


def unpack(packed: bytes) -> tuple[Envelope, bytes]:
    """The reverse of `pack`; ValueError when it is none of ours."""
    (size,) = _LENGTH.unpack_from(packed)
    head: dict[str, Any] = json.loads(packed[4 : 4 + size].decode("utf-8", "surrogateescape"))
    head.pop("smtputf8", None)  # of letters taken before 0.2; nobody asked for it
    head["recipients"] = tuple(head["recipients"])
    head["files"] = tuple((str(n), str(t), int(s)) for n, t, s in head["files"])
    return Envelope(**head), packed[4 + size :]


def from_form(envelope: Envelope, content: bytes) -> Letter:
    """The letter that the contact form's fields make; `content` is the attachments' octets, one after the other."""
    fields = {name: _clean(value) if name != "email" else value for name, value in envelope.fields.items()}
    email = fields.pop("email", "").strip()
    return Letter(
        channel="form",
        subject=fields.get("topic", "").replace("\n", " "),
        text=fields.pop("message", ""),
        sender_name=fields.pop("name", "").strip(),
        sender=email,
        addresses=tuple(both_forms(email)) if email else (),
        recipients=envelope.recipients,
        attachments=tuple(_files(envelope.files, content)),
        fields=fields,
    )


def _files(files: Sequence[tuple[str, str, int]], content: bytes) -> list[Attachment]:
    found, at = [], 0
    for name, kind, size in files:
        found.append(Attachment(name, kind, content[at : at + size]))
        at += size
    return found


_DROPPED = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, *range(128, 160)))


def _clean(text: str) -> str:
    """Browsers send CRLF (RFC 7578); control characters and lone surrogates say nothing to a reader."""
    whole = text.encode("utf-8", "replace").decode()
    return whole.replace("\r\n", "\n").replace("\r", "\n").translate(_DROPPED)
