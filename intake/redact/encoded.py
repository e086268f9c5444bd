"""Octets in disguise of text: base64, hex, numbers, uuencode and the like, pasted into a letter.

The rule this module keeps: what decodes to an address goes as an address, what decodes to a file or an archive goes
as a file, and what decodes to nothing stays. Bounded: each run is decoded once, what is packed in it is unpacked to
64 kB at most, and at most three wrappings deep.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import zlib
from base64 import b32decode, b85encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

import re2

from intake.redact.owner import alnum

_UNPACKED = 65_536
_DEEPEST = 3
_FILES = (b"PK\x03\x04", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"Rar!",
          b"BZh", b"\xfd7zXZ", b"\x7fELF", b"MZ\x90")  # fmt: skip


class Found(NamedTuple):
    """A piece of the text, and what it holds: `email` or `file`."""

    start: int
    end: int
    cls: str


def find(text: str, owners: Sequence[str], anybody: bool) -> Iterator[Found]:
    """Runs that hide an address: the `owners`', and with `anybody` everybody's; and files that are in the text."""
    yield from _scattered(text, owners)
    yield from _ascii85(text, owners)
    if not _GATE.search(text):
        return
    sought = _Sought(owners, anybody)
    for match in _RUN.finditer(text):
        if cls := sought.in_run(match[0]):
            run = _WORD_BELOW.sub("", match[0])
            yield Found(match.start(), match.start() + len(run if sought.in_run(run) else match[0]), cls)
    for match in _NUMBERS.finditer(text):
        if sought.in_any(_numbers(match[0])) == "email":
            yield Found(match.start(), match.end(), "email")
    if anybody:
        yield from (Found(match.start(), match.end(), "file") for match in _OLD_FILES.finditer(text))
    for match in _UU_LINES.finditer(text):
        if cls := sought.in_any([_uudecoded(match[0])]):
            yield Found(match.start(), match.end(), cls)


# --- what is looked for ------------------------------------------------------------------------------

_ADDRESS = re2.compile(rb"(?i)[a-z0-9._+-]{2,}(?:@|%40|\\u0040|&#64;|&#x40;)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")


class _Sought:
    def __init__(self, owners: Sequence[str], anybody: bool) -> None:
        self.owners = [alnum(address.lower()) for address in owners]
        self.digests = frozenset(d for address in owners for d in _digests(address.lower()))
        self.anybody = anybody

    def in_run(self, run: str) -> str:
        """What a run of letters and digits hides: "" for nothing."""
        data = _NOT_RUN.sub(b"", run.encode("ascii").translate(_URL_SAFE))
        for piece in _PIECES.split(run):
            if len(piece) > 15 and (piece.lower() in self.digests or self.in_any(_plain_decodings(piece))):
                return "email"
        return self.in_any(_decodings(data))

    def in_any(self, readings: Iterator[bytes] | Sequence[bytes], depth: int = 0) -> str:
        """`email`, `file` or ""."""
        for octets in readings:
            if cls := self._in(octets, depth):
                return cls
        return ""

    def _in(self, octets: bytes, depth: int) -> str:
        if self.anybody and octets.startswith(_FILES):
            return "file"
        if depth == 0 and (unpacked := _unpacked(octets)) is not None:
            return self._in(unpacked, 1) or ("file" if self.anybody else "")
        octets = octets.replace(b"\0", b"")
        if self.anybody and _ADDRESS.search(octets):
            return "email"
        if self.owners:
            for charset in ("latin-1", "utf-8") if not octets.isascii() else ("ascii",):
                letters = alnum(octets.decode(charset, "ignore").lower())
                if any(owner and owner in letters for owner in self.owners):
                    return "email"
        inner = _NOT_RUN.sub(b"", octets.translate(_URL_SAFE))
        if depth < _DEEPEST and len(inner) > 15 and len(inner) * 20 >= len(octets) * 18:
            return self.in_any(_decodings(inner), depth + 1)
        return ""


@lru_cache(512)
def _digests(address: str) -> frozenset[str]:
    """What trackers and avatar services call an address by."""
    octets = address.encode("utf-8", "replace")
    return frozenset(hashlib.new(name, octets, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256"))


def _unpacked(octets: bytes) -> bytes | None:
    """gzip and zlib, whole or not; None when it is neither."""
    if octets[:2] not in (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        return None
    with suppress(zlib.error):
        return zlib.decompressobj(47).decompress(octets, _UNPACKED)
    return None


# --- runs of base64, base32 and hex ------------------------------------------------------------------

_RUN = re2.compile(r"(?:[A-Za-z0-9+/_-]{16,}[ \t]*\r?\n[>| \t]*)+[A-Za-z0-9+/_-]{2,}={0,2}|[A-Za-z0-9+/_-]{16,}={0,2}")
_WORD_BELOW = re.compile(r"\s*\n[>| \t]*(?:[A-Z]?[a-z]+|[A-Z]{1,3})\Z")  # "Thanks", in the line below a run
_NOT_RUN = re.compile(rb"[^A-Za-z0-9+/]")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PIECES = re.compile(r"[^A-Za-z0-9]+")
_BASE32 = re.compile(r"(?:[A-Z2-7]+|[a-z2-7]+)\Z")


def _decodings(data: bytes) -> Iterator[bytes]:
    """What base64 may stand for, from each of its first 4 characters: what is glued on shifts the quads."""
    for offset in range(4):
        piece = data[offset:]
        yield binascii.a2b_base64(piece[: len(piece) - (len(piece) % 4 == 1)] + b"===")


def _plain_decodings(piece: str) -> Iterator[bytes]:
    """The same for hex and base32, which no line of base64 is. Cloudflare masks an address with its first octet."""
    with suppress(ValueError):
        octets = bytes.fromhex(piece[: len(piece) // 2 * 2])
        yield octets
        yield bytes(octet ^ octets[0] for octet in octets[1:])
    if _BASE32.match(piece):
        with suppress(binascii.Error):
            yield b32decode(piece.upper() + "=" * (-len(piece) % 8))
        yield b32decode(piece[: len(piece) // 8 * 8].upper())


# --- the writers' own, in pieces of any length ---------------------------------------------------------

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_NOT_BASE64 = bytes(code for code in range(128) if chr(code) not in _BASE64)
_RUN_ON = re.compile(r"[A-Za-z0-9+/_=-]*")


def _scattered(text: str, owners: Sequence[str]) -> Iterator[Found]:
    """Base64 with whatever between its characters: all of the text is read as if it were one run."""
    if not owners:
        return
    data = text.encode("ascii", "ignore").translate(_URL_SAFE, _NOT_BASE64)
    indices: list[int] = []
    together = b"\n".join(_decodings(data)).lower()
    needles = [needle for owner in owners for needle in _octets(owner) if needle in together]
    for offset, octets in enumerate(map(bytes.lower, _decodings(data)) if needles else ()):
        for needle in needles:
            at = -1
            while (at := octets.find(needle, at + 1)) >= 0:
                indices = indices or [i for i, c in enumerate(text) if c in _BASE64]
                first, last = offset + at * 4 // 3, offset + -(-(at + len(needle)) * 4 // 3) - 1
                yield _whole(_RUN_ON, text, indices[first], indices[min(last, len(indices) - 1)] + 1)


def _whole(word: re.Pattern[str], text: str, start: int, end: int) -> Found:
    """From the beginning of the word at `start` to the end of the one at `end`, 1,000 characters at most."""
    before = word.match(text[max(0, start - 1000) : start][::-1])
    behind = word.match(text, end, end + 1000)
    return Found(start - len(before[0] if before else ""), end + len(behind[0] if behind else ""), "email")


@lru_cache(512)
def _octets(address: str) -> tuple[bytes, ...]:
    """An address as it may have been encoded; too short ones stand in any octets."""
    forms = (address.lower().encode(charset, "ignore") for charset in ("utf-8", "latin-1", "utf-16-le"))
    return tuple(dict.fromkeys(form for form in forms if len(form) >= _SHORTEST))


_SHORTEST = 6
_WORD = re.compile(r"\S*")
_DENSE = re2.compile(r"[!-~][!#$%&*;<=?^`{|}~][!-~]")
_BASE85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_ASCII85 = str.maketrans(_BASE85, "".join(map(chr, range(33, 118))))
_Z85 = str.maketrans(_BASE85, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#")


def _ascii85(text: str, owners: Sequence[str]) -> Iterator[Found]:
    """Four octets in five characters, with any blanks between: what the address becomes in it is looked for."""
    pieces = text.split() if owners and _DENSE.search(text) else []
    if not any(len(piece) > 12 and _DENSE.search(piece) for piece in pieces):
        return
    whole = "".join(pieces)
    indices: list[int] = []
    for needle in (needle for owner in owners for needle in _in_fives(owner)):
        at = -1
        while (at := whole.find(needle, at + 1)) >= 0:
            indices = indices or [i for i, c in enumerate(text) if not c.isspace()]
            yield _whole(_WORD, text, indices[at], indices[at + len(needle) - 1] + 1)


@lru_cache(512)
def _in_fives(address: str) -> tuple[str, ...]:
    """The groups that lie within an address wherever it begins: Adobe's ascii85, base85 (RFC 1924), ZeroMQ's."""
    found: dict[str, None] = {}
    for octets in {form.encode("utf-8", "replace") for form in (address, address.lower())}:
        for skip in range(4):
            groups = octets[skip : len(octets) - (len(octets) - skip) % 4]
            if len(groups) >= 8:
                base85 = b85encode(groups).decode()
                found |= dict.fromkeys((base85, base85.translate(_ASCII85), base85.translate(_Z85)))
    return tuple(found)


# --- numbers for characters --------------------------------------------------------------------------

_NUMBERS = re2.compile(r"\b(?:(?:0x)?[0-9A-Fa-f]{2,3}[ \r\n,;:.-]{1,2})+(?:0x)?[0-9A-Fa-f]{2,3}\b")
_NUMBER = re.compile(r"(?:0x)?([0-9A-Fa-f]{2,3})")


def _numbers(run: str) -> Iterator[bytes]:
    codes = _NUMBER.findall(run)
    for radix in (10, 16):
        with suppress(ValueError):
            yield bytes(int(code, radix) for code in codes)


# --- files pasted the old way ------------------------------------------------------------------------

_OLD_FILES = re2.compile(
    r"(?s)=ybegin .*?(?:=yend[^\n]*|\z)|\(This file must be converted with BinHex[^\n]*\n\s*:.*?(?::|\z)"
)
_UU_LINE = r"(?:[>|] ?)*[!-M][ -`]{4,84}"
_UU_LINES = re2.compile(
    rf"(?m)^(?:[>|] ?)*begin [0-7]{{3,4}} [^\n]*\n(?:{_UU_LINE}\r?\n)+(?:(?:[>|] ?)*`?\r?\n)?(?:(?:[>|] ?)*end)?"
    rf"|^(?:(?:[>|] ?)*M[ -`]{{60,61}}\r?\n)+(?:{_UU_LINE}\r?$)?"
)
_GATE = re2.compile(  # what any of this needs, in one look
    r"(?m)[A-Za-z0-9+/_-]{16}|(?:(?:0x)?[0-9A-Fa-f]{2,3}[ \r\n,;:.-]{1,2}){10}|=ybegin |BinHex"
    r"|^(?:[>|] ?)*(?:begin [0-7]{3,4} |M[ -`]{60})"
)
_MARKS = re.compile(r"^(?:[>|] ?)*")


def _uudecoded(block: str) -> bytes:
    out = []
    for line in block.splitlines():
        line = _MARKS.sub("", line)
        needed = -(-((ord(line[0]) - 32) & 63) // 3) * 4 if line else 0
        with suppress(binascii.Error, ValueError):
            out.append(binascii.a2b_uu(line[: 1 + needed]))
    return b"".join(out)
