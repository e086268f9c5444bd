"""Seeds and their mutants. The same number gives the same octets, on every machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 100_000  # octets of a mutant
_TOKENS = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\n", b"\r\n.\r\n", b"--b\r\n"),
    *(b"=?utf-8?b?", b"?=", b"<!--", b"<div>", b"&#x40;", b"%40", b"=40", b"\\u0040", b"a@", b"@b.example", b"1 "),
    *(b"> ", b'"', b"(", b"[", b"{", b": ", b"- ", b"&a ", b"*a ", b"!!x ", b"? ", b"|\n", b"~", b"-1", b"1e999"),
    *(b"99999999999999999999", b"Content-Type: multipart/mixed; boundary=b\r\n", b"From: ", b"BEGIN:VCARD\r\n"),
    *(b"Content-Transfer-Encoding: base64\r\n", b"begin 644 a\n", b"DATA\r\n", b"RSET\r\n", b"MAIL FROM:<>\r\n"),
    b"RCPT TO:<contact@intake.example>\r\n",
)
_CHARSETS = (b"utf-7", b"utf-16", b"iso-2022-jp", b"hz", b"cp037", b"shift_jis", b"idna", b"punycode", b"nonesuch", b"")
_CHARSET = re.compile(rb"(?i)charset=[^\s;]*")


def seeds(kind: str) -> dict[str, bytes]:
    """The files of the corpus by name."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / kind).iterdir())}


def mutants(kind: str, number: int) -> Iterator[bytes]:
    """As many as one takes."""
    random, corpus = Random(number), list(seeds(kind).values())
    while True:
        octets = random.choice(corpus)
        for _ in range(random.choice((1, 1, 2, 4, 8))):
            octets = random.choice(_CHANGES)(octets, random, corpus)[:LONGEST]
        yield octets


def _place(octets: bytes, random: Random) -> int:
    return random.randint(0, len(octets))


def _flip(octets: bytes, random: Random, _: list[bytes]) -> bytes:
    changed = bytearray(octets)
    for _n in range(random.randint(1, 8) if octets else 0):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(octets: bytes, random: Random, _: list[bytes]) -> bytes:
    return octets[: _place(octets, random)]


def _drop(octets: bytes, random: Random, _: list[bytes]) -> bytes:
    at = _place(octets, random)
    return octets[:at] + octets[at + random.choice((1, 2, 16, 200)) :]


def _insert(octets: bytes, random: Random, _: list[bytes]) -> bytes:
    at = _place(octets, random)
    return octets[:at] + random.choice(_TOKENS) * random.choice((1, 1, 1, 2, 60, 2_000)) + octets[at:]


def _repeat(octets: bytes, random: Random, _: list[bytes]) -> bytes:
    at = _place(octets, random)
    piece = octets[at : at + random.choice((1, 4, 30, 300))]
    return octets[:at] + piece * random.choice((2, 10, 300)) + octets[at:]


def _lines(octets: bytes, random: Random, _: list[bytes]) -> bytes:
    """A line twice, one away, or some of them in another order."""
    lines = octets.splitlines(keepends=True)
    if lines:
        at = random.randrange(len(lines))
        how = random.choice(("twice", "away", "mixed"))
        if how == "mixed":
            some = lines[at : at + 12]
            random.shuffle(some)
            lines[at : at + 12] = some
        else:
            lines[at : at + 1] = [lines[at]] * 2 if how == "twice" else []
    return b"".join(lines)


def _splice(octets: bytes, random: Random, corpus: list[bytes]) -> bytes:
    other = random.choice(corpus)
    return octets[: _place(octets, random)] + other[_place(other, random) :]


def _recharset(octets: bytes, random: Random, _: list[bytes]) -> bytes:
    return _CHARSET.sub(lambda _m: b"charset=" + random.choice(_CHARSETS), octets)


_CHANGES: tuple[Callable[[bytes, Random, list[bytes]], bytes], ...] = (
    *(_flip, _cut, _drop, _insert, _insert, _repeat, _lines, _splice, _recharset),
)
