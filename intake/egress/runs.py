"""Runs of letters that may be something else in disguise: base64, base32, hexadecimal (also with the key that
Cloudflare puts in front of an address), uuencode, compressed or not.

What a run decodes to is handed out as octets; most of it is noise, and noise holds no address. `suspect` is cheap and
says for nearly every letter that there is no run in it.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

import re2

LONGEST = 16  # characters that a run has at most before it is looked at
_TURN = 10  # characters that the last word of a line has at least when it may go on in the next
_INFLATED = 65_536  # octets of a compressed run that are looked at
_URL_SAFE = str.maketrans("-_", "+/")


@lru_cache
def _suspect(shortest: int) -> re2._Regexp:
    """A long run; one that may go on in the next line; a line without small letters."""
    run = "[A-Za-z0-9+/_-]"
    return re2.compile(
        rf"(?m){run}{{{shortest}}}|{run}{{10}}=*\r?\n[> ]*{run}{{4}}|^[> ]*{run}{{6,}}=*\r?\n[> ]*{run}{{2,}}=*\r?$"
        r"|^[> ]*[!-`][ -`]{11,}\r?$"
    )


@lru_cache
def _run(shortest: int) -> re2._Regexp:
    return re2.compile(rf"[A-Za-z0-9+/_-]{{{shortest},}}")


_HEX = re2.compile(rb"[0-9a-f]{20,}")
_KEYED = re2.compile(r"(?i)(?:data-cfemail\W{1,4}|email-protection#)((?:[0-9a-f]{2}){6,})")
_LISTS = re2.compile(
    r"((?:[01]?[0-9]{2,7}[^0-9A-Za-z]{1,3}){7,}[01]?[0-9]{2,7})|((?:[A-Z2-7]{3,8}[ \t\r\n>-]{1,3}){3,}[A-Z2-7]{2,8})"
)
_CODE = re.compile(r"[0-9]+")
_NO_SIGNS = str.maketrans("", "", " \t\r\n>-")
_BASE_32_HEX = re.compile(r"(?![0-9A-Fa-f]+\Z)(?:[0-9A-V]+|[0-9a-v]+)")
_AS_32_HEX = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_B58 = {c: n for n, c in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_LONGEST_58 = 256  # characters: a longer run takes long, and no address needs it
_BASE_32 = re.compile(r"[A-Z2-7]+|[a-z2-7]+")
_RUN_LINE = re.compile(r"[A-Za-z0-9+/_-]{2,}={0,2}")
_UU_LINE = re.compile(r"[!-`][ -`]{10,}")
_GOES_ON = re2.compile(  # a plain text has no other blanks
    r"(?m)(?:[A-Za-z0-9+/_-]{8}|^[>\t\v-\r\x1c- ]*[A-Za-z0-9+/_-]{2,})=*[>\t\v\f\r\x1c- ]*\n"
    r"[>\t\v\f\r\x1c- ]*[A-Za-z0-9+/_-]{2}"
)
"""What two lines that `_blocks` joins look like."""
_HAS_UU = re2.compile(r"(?m)^[!-`][ -`]{10,}\r*$")
"""A quoted line is of these signs, too."""
_QUOTE = re.compile(r"(?:> ?)*")


def hidden(text: str, letters: bytes, shortest: int = LONGEST) -> Iterator[bytes]:
    """What the runs in `text` may decode to; `letters` are its letters and digits alone, in lower case."""
    digits = letters.replace(b"0x", b"") if b"0x" in letters else letters
    for run in _HEX.findall(digits):
        for start in (0, 1):
            yield binascii.unhexlify(run[start : start + (len(run) - start) // 2 * 2])
    for run in _KEYED.findall(text) if b"email" in letters else ():
        key, *rest = binascii.unhexlify(run)
        yield bytes(octet ^ key for octet in rest)
    for codes, groups in _LISTS.findall(text):
        yield from _characters(codes) if codes else _from_32(groups.translate(_NO_SIGNS).translate(_AS_32_HEX))
    if not _suspect(shortest).search(text):
        return
    blocks = _blocks(text, shortest) if _GOES_ON.search(text) else ()
    for run in (*_run(shortest).findall(text), *blocks):
        for octets in _from_64(run.translate(_URL_SAFE)):
            yield from _inflated(octets)
        if _BASE_32.fullmatch(run):
            yield from _from_32(run.upper().translate(_AS_32_HEX))
        if _BASE_32_HEX.fullmatch(run):
            yield from _from_32(run)
        if len(run) <= _LONGEST_58 and run.isalnum():
            yield _from_58(run)
    if _HAS_UU.search(text):
        yield from _from_uu(text)


def _characters(run: str) -> Iterator[bytes]:
    """Numbers of characters, in any way of counting that all of them allow."""
    codes = _CODE.findall(run)
    for base in (10, 8, 2):
        with suppress(ValueError):
            yield bytes(int(code, base) for code in codes)


def _blocks(text: str, shortest: int) -> Iterator[str]:
    """Runs that go on over several lines, joined."""
    block: list[str] = []
    for line in (*text.split("\n"), ""):
        words = line.strip("> \t\r").split()
        if words and (block or len(words) == 1) and _RUN_LINE.fullmatch(words[0]):
            block.append(words[0].rstrip("="))
        if len(words) == 1 and len(block) and block[-1] == words[0].rstrip("="):
            continue
        if len(block) > 1 and sum(map(len, block)) >= shortest:
            yield "".join(block)
        block = [words[-1].rstrip("=")] if words and len(words[-1]) >= _TURN and _RUN_LINE.fullmatch(words[-1]) else []


def _from_64(run: str) -> Iterator[bytes]:
    """Wherever in the run its first quad begins."""
    for offset in range(4):
        length = max(0, len(run) - offset) // 4 * 4
        rest = run[offset + length :]
        tail = rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""
        yield b64decode(run[offset : offset + length] + tail)


def _from_32(digits: str) -> Iterator[bytes]:
    """Wherever its first group begins; `digits` count by their values (RFC 4648 §7)."""
    for offset in range(min(8, len(digits))):
        bits = (len(digits) - offset) * 5
        yield (int(digits[offset:], 32) >> bits % 8).to_bytes(bits // 8, "big")


def _from_58(run: str) -> bytes:
    number = 0
    for character in run:
        number = number * 58 + _B58.get(character, 0)
    return number.to_bytes(len(run), "big")


def _inflated(octets: bytes) -> Iterator[bytes]:
    yield octets
    if octets[:2] == b"\x1f\x8b" or (octets[:1] == b"\x78" and len(octets) > 8):
        try:
            yield zlib.decompressobj(47).decompress(octets, _INFLATED)
        except zlib.error:
            return


def _from_uu(text: str) -> Iterator[bytes]:
    """Lines without a small letter that begin with their own length, joined; also quoted ones."""
    for quoted in (False, True) if ">" in text else (False,):
        block: list[bytes] = []
        for line in (*text.split("\n"), ""):
            line = line.rstrip("\r")
            decoded = _uu_line(line[_QUOTE.match(line).end() :] if quoted else line)  # type: ignore[union-attr]
            if decoded:
                block.append(decoded)
            elif block:
                yield b"".join(block)
                block.clear()


def _uu_line(line: str) -> bytes:
    if not _UU_LINE.fullmatch(line):
        return b""
    room = ((ord(line[0]) - 32 & 63) + 2) // 3 * 4
    try:
        return binascii.a2b_uu((line[: room + 1].ljust(room + 1) + "\n").encode("ascii"))
    except binascii.Error:
        return b""
