"""Any octets as a mail: read, tagged, restricted, composed, and looked through by the gate."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from intake.charset import clean
from intake.compose import compose
from intake.egress import UNCHECKED
from intake.egress import check as gate
from intake.handling import DEFAULT
from intake.letter import Envelope, Letter
from intake.mime import SURPRISE, TEXT, Unreadable, head, read
from intake.redact import Numbering
from intake.view import Audience, read_tags, restrict, restriction
from tests.test_gate_letters import MESSAGE

PLANTED = "zorbla.quimtex@planted.example"
"""The address that the seeds are written from, and hold in many disguises."""
_SHOWN = frozenset({"agencies.example", "intake.example"})
_ENVELOPE = Envelope("email", mail_from=PLANTED, recipients=("contact@intake.example",), client="127.0.0.1")


def check(octets: bytes) -> None:
    """Only `Unreadable` is raised, and not for a surprise; all that comes out is clean text; the planted address does
    not leave."""
    head(_ENVELOPE, octets)
    try:
        letter = read(_ENVELOPE, octets)
    except Unreadable as fault:
        if fault.reason == SURPRISE:
            raise
        return
    for text in _texts(letter):
        assert text == clean(text)
        assert len(text) <= TEXT
    ((tags, files),) = read_tags([letter])
    parts = [(letter.subject, tags.subject), (letter.text, tags.text)]
    parts += [(text, file.text or ()) for text, file in zip(files, tags.files, strict=True) if text]
    assert all(0 <= tag.start < tag.end <= len(text) for text, found in parts for tag in found)
    known = sorted({PLANTED, *letter.addresses, letter.sender} - {""})
    audience = Audience("agency", DEFAULT, _SHOWN, "7K3M-9QX2-TR4B")
    seen = restrict(letter, tags, restriction(letter, tags, audience, known, Numbering(b"k"), lambda _text: ()))
    found = _findings(known, subject=f"[7K3M-9QX2-TR4B] {seen.subject}", text=seen.whole)
    assert found or PLANTED not in f"{seen.subject}\n{seen.whole}".lower(), "the address of its writer left"
    middle = len(seen.whole) // 2
    planted = _findings(known, text=f"{seen.whole[:middle]}\n\n{PLANTED}\n\n{seen.whole[middle:]}")
    assert planted, "the gate let a planted address pass"
    assert UNCHECKED not in (*found, *planted), "the gate could not read our own message"


def _texts(letter: Letter) -> Iterator[str]:
    yield from (letter.subject, letter.text, letter.sender_name, letter.sender, letter.message_id)
    yield from (*letter.addresses, *letter.references, *letter.others, *letter.problems)
    yield from (word for file in letter.attachments for word in (file.name, file.type))


def _findings(known: list[str], **changes: str) -> tuple[str, ...]:
    return gate(compose(dataclasses.replace(MESSAGE, **changes)), known, _SHOWN, domain="intake.example", seconds=60)
