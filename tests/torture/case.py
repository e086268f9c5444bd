"""One hostile mail: octets, whose address hides where in it, and what must still be readable when it has gone on."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

BEFORE = "Please renew plate number seven of my grey wagon before June."
AFTER = "The old form 7 was stamped at the counter, see point 4 of it."
"""What an honest reader must still find, in front of the hiding place and behind it."""

DOMAINS = ("example.com", "example.org", "lumbra-post.example", "mail.wohnort.test", "poczta.invalid")
_SYLLABLES = (
    "ba be bo bru da dre du fa fe fo ga gri ka ke klo la le lo ma mi mu na ni po pra ra ri ro sa su ta ti vo vy za zo"
)


@dataclass(frozen=True, slots=True)
class Case:
    """`level`: `must` never leave, `should` be found in its disguise, `best` effort only.

    `writer` is the envelope's and From's address, `hidden` the one in the hiding place (often the same). `expect`:
    `accept` must reach the agency; `hold_ok` may be held for a person instead. `agency`: whom it is for.
    """

    id: str
    group: str
    where: str
    level: str
    writer: str
    hidden: str
    raw: bytes
    honest: tuple[str, ...] = (BEFORE, AFTER)
    expect: str = "accept"
    agency: str = "dmv"


@dataclass(slots=True)
class Maker:
    """Makes the addresses and the plain shell of a mail; the same seed makes the same ones."""

    seed: int
    cases: list[Case] = field(default_factory=list)

    def add(
        self,
        group: str,
        where: str,
        raw: bytes,
        *,
        writer: str,
        hidden: str = "",
        level: str = "must",
        honest: Sequence[str] = (BEFORE, AFTER),
        expect: str = "accept",
        agency: str = "dmv",
    ) -> None:
        """One more case; its id is its number and its group."""
        ident = f"{len(self.cases) + 1:03}-{group}"
        known = (ident, group, where, level, writer, hidden or writer, raw, tuple(honest), expect, agency)
        self.cases.append(Case(*known))

    def address(self, domain: str = "") -> str:
        """An address that nobody has, unlike every other one of this maker."""
        chance = random.Random(f"{self.seed}-{len(self.cases)}-{domain}")
        syllables = _SYLLABLES.split()
        first, second = ("".join(chance.sample(syllables, 3)) for _ in range(2))
        return f"{first}.{second}{chance.randrange(10, 99)}@{domain or chance.choice(DOMAINS)}"

    def other(self) -> str:
        """A further address of the same person, that no header names."""
        return self.address("zuhause.example")


def body(hidden: str) -> str:
    """The honest sentences around a hiding place."""
    return f"{BEFORE}\n\n{hidden}\n\n{AFTER}\n"


def mail(
    writer: str,
    content: bytes | str,
    kind: str = "text/plain; charset=utf-8",
    encoding: str = "8bit",
    headers: Sequence[tuple[str, str]] = (),
    subject: str = "Plate",
    name: str = "",
) -> bytes:
    """A whole message; `headers` come first, "" for a name leaves one of the usual fields out."""
    given = {header.lower() for header, _ in headers}
    usual = [
        ("From", f"{name} <{writer}>" if name else writer),
        ("To", "dmv@intake.example"),
        ("Subject", subject),
        ("Date", "Mon, 3 Mar 2025 10:12:00 -0500"),
        ("MIME-Version", "1.0"),
        ("Content-Type", kind),
        ("Content-Transfer-Encoding", encoding),
    ]
    fields = [*headers, *((n, v) for n, v in usual if n.lower() not in given and v)]
    head = "".join(f"{n}: {v}\r\n" for n, v in fields if v).encode("utf-8", "surrogateescape")
    octets = content if isinstance(content, bytes) else content.replace("\n", "\r\n").encode("utf-8")
    return head + b"\r\n" + octets


def multipart(
    parts: Sequence[bytes], kind: str = "mixed", boundary: str = "=_fence", more: str = ""
) -> tuple[str, bytes]:
    """(content type, body)."""
    fence = boundary.encode()
    inside = b"".join(b"--" + fence + b"\r\n" + part + b"\r\n" for part in parts)
    return f'multipart/{kind}; boundary="{boundary}"{more}', inside + b"--" + fence + b"--\r\n"


def part(
    content: bytes | str, kind: str = "text/plain; charset=utf-8", encoding: str = "8bit", more: str = ""
) -> bytes:
    """One entity; `more` are further header lines."""
    octets = content if isinstance(content, bytes) else content.replace("\n", "\r\n").encode("utf-8")
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n".encode() + octets


def attached(content: bytes, kind: str, filename: str) -> bytes:
    """One attachment in base64."""
    more = f'Content-Disposition: attachment; filename="{filename}"\r\n'
    return part(folded64(content), kind, "base64", more)


def folded64(octets: bytes) -> bytes:
    """Base64 in lines of 76."""
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def quoted(octets: bytes) -> bytes:
    """Quoted-printable."""
    return binascii.b2a_qp(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
