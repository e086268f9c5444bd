"""Header fields: where they stand in the octets, and what they say (RFC 5322, RFC 2047, RFC 2231).

The rule this module keeps: no field raises anything but `Unreadable`, and only for being one of too many.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence

import re2

from intake.charset import bare, clean, in_charset
from intake.machine import Fields
from intake.mime.bound import FIELD_OCTETS, FIELDS, Unreadable
from intake.mime.transfer import base64

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_BLANK = (b"", b"\r")


def start(raw: bytes) -> int:
    """Where the header begins: behind blank lines, if what follows them is a header field."""
    at = len(raw) - len(raw.lstrip(b"\r\n"))
    return at if _FIELD.match(raw, at) else 0


def fields(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """The header fields from `start`, and where the body begins; a line that is no field begins the body."""
    found: list[tuple[str, list[bytes]]] = []
    at, room = start, 0  # of the field: octets that are still looked at
    while at < end:
        newline = raw.find(b"\n", at, end)
        stop = end if newline < 0 else newline
        line = raw[at : min(stop, at + FIELD_OCTETS)]
        match = _FIELD.match(line)
        if line in _BLANK:
            at = stop + 1
            break
        if line[:1] in b" \t" and found:
            if room > 0:
                found[-1][1].append(line)
            room -= len(line)
        elif match:
            found.append((match[1].decode("ascii").lower(), [line[match.end() :]]))
            room = FIELD_OCTETS
        elif not line.startswith((b"From ", b">From ")):
            break
        if len(found) > FIELDS:
            raise Unreadable("too many header fields")
        at = stop + 1
    return [(name, b"".join(lines)[:FIELD_OCTETS].replace(b"\r", b"").strip()) for name, lines in found], min(at, end)


def first(fields: Fields, name: str) -> bytes:
    """The octets of the first field of that name; b"" when there is none."""
    return next((value for field_name, value in fields if field_name == name), b"")


def decoded(fields: Fields, name: str) -> str:
    """The first field of that name as text."""
    return words(first(fields, name))


_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")  # RFC 2047, blanks inside forgiven


def words(value: bytes) -> str:
    """A header value as text: RFC 2047 words, raw UTF-8 (RFC 6532), or what else somebody put there."""
    text = bare(value)
    if "=?" not in text:
        return clean(text)
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None  # neighbouring words may share one character (they must not, and do)
    at = 0
    for match in _WORD.finditer(text):
        between = text[at : match.start()]
        charset, octets = match[1].partition("*")[0].lower(), _word_octets(match[2], match[3])
        if pending and not between.strip() and pending[0] == charset:
            pending = (charset, pending[1] + octets)
        else:
            if pending:
                pieces.append(in_charset(pending[1], pending[0])[0])
            if between.strip() or not pending:
                pieces.append(between)
            pending = (charset, octets)
        at = match.end()
    if pending:
        pieces.append(in_charset(pending[1], pending[0])[0])
    return clean("".join((*pieces, text[at:])))


def _word_octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return base64(data)[0]
    return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)


def one_line(text: str) -> str:
    """The text with one blank wherever it has white space."""
    return " ".join(text.split())


_PARAMETER = re2.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition (RFC 2045, RFC 2231), names in lower case."""
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(value)):
        if count >= 200:
            break
        name, text = match[1].lower(), match[2].strip()
        if text.startswith('"') and text.endswith('"') and len(text) > 1:
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        base, star, rest = name.partition("*")
        if not star:
            plain.setdefault(base, text)
        else:
            number = rest.rstrip("*")
            index = int(number) if number.isdecimal() and len(number) < 4 else 0
            pieces.setdefault(base, []).append((index, name.endswith("*"), text))
    for base, parts in pieces.items():
        plain[base] = _continued(sorted(parts, key=lambda part: part[0]))
    return plain


def _continued(parts: Sequence[tuple[int, bool, str]]) -> str:
    charset, octets = "utf-8", b""
    for count, (_, encoded, text) in enumerate(parts):
        if encoded and count == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data = text.encode("utf-8", "replace")
        octets += re.sub(rb"%([0-9a-fA-F]{2})", lambda m: bytes((int(m[1], 16),)), data) if encoded else data
    return in_charset(octets, charset.lower())[0]
