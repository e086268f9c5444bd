"""A message taken apart: what is not exactly like ours is a finding, every text in it a place to be searched."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from intake.egress import fields
from intake.egress.budget import Budget
from intake.egress.document import Fault, Reader
from intake.egress.docx import docx
from intake.egress.fields import Field, Ours
from intake.egress.pdf import pdf
from intake.egress.picture import jpeg, png

_LONGEST_LINE = 998  # RFC 5322 §2.1.1
_DOCUMENTS: dict[str, Reader] = {
    "application/pdf": pdf,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx,
    "image/png": png,
    "image/jpeg": jpeg,
}


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """A text or octets to be searched, and where they stand."""

    where: str
    inside: str | bytes


@dataclass(slots=True, repr=False)
class Message:
    """`places` and `references` are filled while `findings` is read to its end."""

    ours: Ours
    permitted: Callable[[str], bool] | None
    budget: Budget
    places: list[Place] = field(default_factory=list)
    reference: str = ""

    def findings(self, raw: bytes) -> Iterator[str]:
        """Everything that is not like ours in the finished octets."""
        yield from _lines(raw)
        self.budget.member()
        head, blank, body = raw.partition(b"\r\n\r\n")
        if not blank:
            yield "a header without an end"
        found = fields.read(head)
        yield from fields.unknown(found, fields.ALLOWED)
        for name, value in found:
            yield from self._field(name, value)
        yield from self._body(dict(found), body)

    # --- fields --------------------------------------------------------------------------------------

    def _field(self, name: str, value: str) -> Iterator[str]:
        where = f"header {name.title()}"
        if name != "to" and not value.isascii():
            yield f"raw 8-bit octets in {where}"
        if name in fields.IN_MESSAGE:
            if self.ours.is_exact(fields.IN_MESSAGE, name, value):
                return
            yield f"{where} is not like ours"
        elif name == "dkim-signature":
            if self.ours.is_signature(value):
                return
            yield f"{where} is not like ours"
        text = fields.words(value)
        if name in fields.ADDRESSES:
            yield from self._mailbox(name, text, where)
        else:
            if name == "subject":
                self.reference = fields.reference(text)
            self.places.append(Place(where, text))

    def _mailbox(self, name: str, value: str, where: str) -> Iterator[str]:
        """The address is compared; what stands before it is searched."""
        display, opening, address = value.rpartition("<")
        address = address.strip().removesuffix(">").strip().lower()
        if opening:
            self.places.append(Place(where, display))
        if name == "to":
            if self.permitted and not self.permitted(address):
                yield f"e-mail address in {where}"
        elif not self.ours.is_alias(address):
            yield f"{where} is not like ours"
            self.places.append(Place(where, address))

    # --- bodies --------------------------------------------------------------------------------------

    def _body(self, found: dict[str, str], body: bytes) -> Iterator[str]:
        kind = found.get("content-type", "text/plain; charset=us-ascii")
        if boundary := re.fullmatch(fields.BOUNDARY, kind):
            yield from self._parts(boundary[1], body)
        else:
            yield from self._content(kind, found.get("content-transfer-encoding", "7bit"), body, "text")

    def _parts(self, boundary: str, body: bytes) -> Iterator[str]:
        delimiter = b"\r\n--" + boundary.encode("ascii")
        preamble, *parts = (b"\r\n" + body).split(delimiter)
        if preamble or not parts or parts.pop() != b"--\r\n":
            yield "a multipart that is not like ours"
            return
        for number, part in enumerate(parts, 1):
            self.budget.member()
            head, blank, inside = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            if not blank or not part.startswith(b"\r\n"):
                yield "a multipart that is not like ours"
                continue
            yield from self._part(fields.read(head), inside, number)

    def _part(self, found: list[Field], inside: bytes, number: int) -> Iterator[str]:
        yield from fields.unknown(found, frozenset(fields.IN_PART))
        for name, value in found:
            if name not in fields.IN_PART or not self.ours.is_exact(fields.IN_PART, name, value):
                where = f"header {name.title()} of part {number}"
                yield f"{where} is not like ours"
                self.places.append(Place(where, fields.words(value)))
        values = dict(found)
        kind = values.get("content-type", "text/plain")
        encoding = values.get("content-transfer-encoding", "7bit")
        yield from self._content(kind, encoding, inside, f"part {number}")

    def _content(self, kind: str, encoding: str, body: bytes, where: str) -> Iterator[str]:
        octets = _transfer_decoded(encoding, body)
        if octets is None:
            yield f"undecodable octets in {where}"
            return
        self.budget.spend(len(octets))
        kind = kind.partition(";")[0]
        if kind in ("text/plain", "text/csv"):
            self.places.append(Place(where, octets.decode("utf-8")))
        elif kind in _DOCUMENTS:
            for found in _DOCUMENTS[kind](octets, self.budget):
                if isinstance(found, Fault):
                    yield f"{found} in {where}"
                else:
                    self.places.append(Place(where, found))
        else:
            yield f"{where} is of a kind that cannot be searched"


def _lines(raw: bytes) -> Iterator[str]:
    """What another mail program could read differently than we do."""
    if not raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n"):
        yield "a line does not end in CRLF"
    if b"\0" in raw:
        yield "a NUL in the message"
    if max(map(len, raw.split(b"\r\n"))) > _LONGEST_LINE:
        yield "a line is too long"


def _transfer_decoded(encoding: str, body: bytes) -> bytes | None:
    """The octets; None when they are not what an encoding of ours makes."""
    if not body.isascii():
        return None
    if encoding == "7bit":
        return body
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding != "base64":
        return None
    try:
        return b64decode(body.replace(b"\r\n", b""), validate=True)
    except binascii.Error:
        return None
