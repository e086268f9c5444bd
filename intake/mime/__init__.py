"""Reading mail: any octets that came in over SMTP become a `Letter`, or are said to be unreadable.

The rule this module keeps: no text is dropped in silence. What is ambiguous is read in one way and noted in
`Letter.problems`; what cannot be read safely raises `Unreadable` and nothing else: then a person looks at it.

The parser is our own because every bound is then ours: it walks positions in the octets, copies nothing
until a part is taken, and is linear in the mail's size for any nesting it accepts. The standard library's
parser is the oracle of its tests.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

import re2

from intake import machine
from intake.letter import Envelope, Letter
from intake.machine import Fields
from intake.mime import address, header
from intake.mime.bound import NAME, SUBJECT, TEXT, Unreadable
from intake.mime.reading import Reading

__all__ = ["SURPRISE", "TEXT", "Unreadable", "head", "read"]

SURPRISE = "this message could not be read by the program"
_SURPRISES = (
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RuntimeError, MemoryError),
    *(EOFError, struct.error, zlib.error, re2.error),
)
"""What a person looks at, too. Not `Exception`: a worker's time limit is one, and no fault of the mail."""


def read(envelope: Envelope, raw: bytes, along: bool = True) -> Letter:
    """The letter in `raw` (RFC 5322 octets, or what somebody sent instead of them).

    `along`: whether a message or calendar entry that came along is read as the words of a writer who wrote hardly any.
    Raises only `Unreadable`: nested deeper than DEEPEST, more than PARTS parts, encrypted, a fragment.
    """
    try:
        return _letter(envelope, _lines_end_in_lf(raw), along)
    except Unreadable:
        raise
    except _SURPRISES:
        raise Unreadable(SURPRISE) from None


def head(envelope: Envelope, raw: bytes) -> Letter:
    """Who wrote the mail in `raw` and its subject. Where the header cannot be read the envelope says who, and a machine
    may have written it."""
    try:
        return _headed(envelope, _fields(_lines_end_in_lf(raw)))
    except (Unreadable, *_SURPRISES):
        return replace(_headed(envelope, []), machine=True)


def _fields(raw: bytes) -> Fields:
    return header.fields(raw, header.start(raw), len(raw))[0]


def _headed(envelope: Envelope, headers: Fields) -> Letter:
    subject = header.one_line(header.decoded(headers, "subject"))
    by = machine.kind(headers, envelope.mail_from, subject)
    return Letter(
        channel="email",
        subject=subject[:SUBJECT],
        sender=address.answer_to(envelope, headers)[1],
        addresses=address.senders(envelope, headers),
        recipients=envelope.recipients,
        machine=bool(by.kind),
        automatic=by.sure,
        written_by=by.kind,
    )


def _letter(envelope: Envelope, raw: bytes, along: bool) -> Letter:
    reading = Reading(raw)
    headers = reading.whole().headers
    text = reading.text(along)
    addresses = address.senders(envelope, headers)
    name, sender = address.answer_to(envelope, headers)
    subject = header.one_line(header.decoded(headers, "subject"))
    by = machine.kind(headers, envelope.mail_from, subject, reading.joined(), reading.report)
    return Letter(
        channel="email",
        subject=subject[:SUBJECT],
        text=text,
        sender_name=name[:NAME],
        sender=sender,
        addresses=addresses,
        recipients=envelope.recipients,
        message_id=header.one_line(header.decoded(headers, "message-id"))[:998],
        references=address.references(headers),
        others=address.others(envelope, headers),
        attachments=tuple(reading.attachments),
        machine=bool(by.kind),
        automatic=by.sure,
        report=reading.report == "delivery-status",
        written_by=by.kind,
        problems=tuple(dict.fromkeys(reading.problems)),
    )


def _lines_end_in_lf(raw: bytes) -> bytes:
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")
