"""A strict reader of what left: undoes every wrapping it knows, again and again, and looks for an address in all of it.

It shares no code with `intake`. It is stricter than a person: the local part alone counts, with any punctuation or
words for it between its letters, backwards, in look-alike letters, in another alphabet of numbers.
"""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import email
import gzip
import hashlib
import html
import io
import lzma
import quopri
import re
import tarfile
import unicodedata
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from email.header import decode_header
from email.message import Message
from functools import lru_cache
from urllib.parse import unquote

from pypdf import PdfReader

_DEEPEST = 6
_MOST = 3_000_000  # octets and characters looked at in one message
_WORDS = re.compile(
    r"(?i)\b(?:d[o0]t|punto|ponto|point|punkt|punt|kropka|pwen|at|arr?oba|arobase|małpa|malpa|chiocciola|klammeraffe"
    r"|aapenstaartje|plus|underscore|dash|hyphen|chez|bei|a|ta|tod)\b"
)
_RADIO = re.compile(
    r"(?i)\b(alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett|kilo|lima|mike|november|oscar|papa|quebec|romeo|sierra|tango"
    r"|uniform|victor|whiskey|xray|yankee|zulu)\b"
)
_TENS, _UNITS = (
    {word: str(number) for number, word in enumerate(words.split(), 1)}
    for words in (
        "ten twenty thirty forty fifty sixty seventy eighty ninety",
        "one two three four five six seven eight nine",
    )
)
_FIGURES = re.compile(rf"\b({'|'.join(_TENS)})(?: ({'|'.join(_UNITS)}))?\b")
_PAIRS = (
    "ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ᴊj ᴋk ᴍm ɴn ᴏo ᴘp ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz аa еe оo рp сc уy хx іi јj ѕs ԁd һh ӏi кk мm тt вb нh гr пn дd лl зz иu αa οo ρp νv ιi κk τt υu εe βb ηn χx "
    "0o 1i li 3e 4a 5s 7t 8b 9g @a $s |i !i €e £i ıi łi øo đd ħh ŧt ßs ɑa ɡg ʟi ʀr ɪi ᴀa"
)
_LOOKALIKES = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})


def leaks(raw: bytes, address: str) -> list[str]:
    """Where in `raw`, a whole message, `address` can be read: places, none when it cannot."""
    return [place for place, text in texts(raw) if holds(text, address)]


def holds(text: str, address: str) -> bool:
    """Whether `text`, as it stands, tells the local part of `address` to somebody who tries."""
    local = address.rpartition("@")[0].lower()
    needles = {_letters(local), _letters(local)[::-1]}
    seen, forms, alike = _forms(text)
    if any(needle in form for form in forms for needle in needles):
        return True
    if any(needle.translate(_LOOKALIKES) in form for form in alike for needle in needles):
        return True
    digests = (hashlib.new(name, address.lower().encode()).hexdigest() for name in ("md5", "sha1", "sha256"))
    return any(digest in seen for digest in digests)


@lru_cache(maxsize=256)  # the parts of a document that we write are the same each time
def _forms(text: str) -> tuple[str, set[str], set[str]]:
    seen = _seen(text)
    forms = {_letters(seen), _letters(_WORDS.sub(" ", seen)), _letters(codecs.decode(seen, "rot13"))}
    forms.add(_letters(_RADIO.sub(lambda m: m[0][0], seen)))
    forms.add(_letters(_WORDS.sub(" ", _FIGURES.sub(lambda m: _TENS[m[1]] + _UNITS.get(m[2], "0"), seen))))
    forms.add(_letters(" ".join(word[::-1] for word in _WORDS.sub(" ", seen).split())))
    alike = {_letters(seen.translate(_LOOKALIKES)), _letters(_WORDS.sub(" ", seen).translate(_LOOKALIKES))}
    return seen, forms, alike


_DRAWN = {first + n: chr(97 + n) for first in (0x249C, 0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_DRAWN |= dict(zip(map(ord, "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵"), "abcdefghijklmnopqrstuvwxyz", strict=True))  # Braille
_BLANK = dict.fromkeys(map(ord, "\u115f\u1160\u3164\uffa0\u2800\u0378\ue000"))


_TAGS = {code: chr(code - 0xE0000) for code in range(0xE0020, 0xE007F)}
_ODD = _TAGS | _DRAWN | _BLANK
_NO_LETTERS = re.compile(r"[\W_]+")


def _seen(text: str) -> str:
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text.translate(_ODD)).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Me", "Cf"))


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)


def texts(raw: bytes) -> Iterator[tuple[str, str]]:
    """(place, text) of everything that is in `raw`."""
    waiting: deque[tuple[str, bytes | str, int]] = deque([("message", raw, 0)])
    known: set[bytes] = set()
    room = _MOST
    while waiting:
        place, piece, depth = waiting.popleft()
        octets = piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece
        digest = hashlib.blake2b(octets, digest_size=12, key=type(piece).__name__.encode()).digest()
        if digest in known or depth > _DEEPEST or len(octets) > room:
            continue
        known.add(digest)
        room -= len(octets)
        if isinstance(piece, str):
            yield place, piece
            if place != "message utf-8":  # its header and parts come by themselves
                waiting += [(f"{place} {way}", inner, depth + 1) for way, inner in _all_inside_text(piece)]
        else:
            waiting += [(f"{place} {way}", inner, depth + 1) for way, inner in _inside_octets(piece, depth)]


# --- octets ------------------------------------------------------------------------------------------


def _inside_octets(octets: bytes, depth: int) -> Iterator[tuple[str, bytes | str]]:
    if depth > 1 and not _may_mean_something(octets):
        return
    for charset in _charsets(octets):
        with suppress(UnicodeError, LookupError):
            yield charset, octets.decode(charset)
    if depth == 0 or re.match(rb"[A-Za-z-]{2,40}:[ \t]", octets):
        yield from _message(octets)
    yield from _unpacked(octets)


_PRINTED = bytes(code for code in range(32, 127)) + b"\t\r\n"
_STARTS = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7z", b"x", b"%PDF", b"\xff\xfe", b"\xfe\xff")


def _may_mean_something(octets: bytes) -> bool:
    """Not what comes out when a word is taken for base64."""
    if octets.startswith(_STARTS) or octets[257:262] == b"ustar":
        return True
    run = max((len(piece) for piece in re.findall(rb"[ -~]{6,}", octets.replace(b"\0", b""))), default=0)
    return run >= 8 or len(octets.translate(None, _PRINTED)) * 4 < len(octets)


def _charsets(octets: bytes) -> Iterator[str]:
    yield "utf-8" if _is_utf8(octets) else "latin-1"
    if b"\0" in octets:
        yield from ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16"
    if re.search(rb"\+A[A-Z][A-Za-z0-9]-?", octets):
        yield "utf-7"
    if octets.count(0x40) + octets.count(0x4B) + octets.count(0x7C) > 2 and not _is_utf8(octets):
        yield "cp037"


def _is_utf8(octets: bytes) -> bool:
    with suppress(UnicodeError):
        octets.decode("utf-8")
        return True
    return False


def _message(octets: bytes) -> Iterator[tuple[str, bytes | str]]:
    try:
        message = email.message_from_bytes(octets, policy=policy.compat32)
        parts = list(message.walk())
    except (RecursionError, ValueError, LookupError):
        return
    for number, one in enumerate(parts):
        for name, value in one.items():
            yield f"header {name}", _unworded(str(value))
        yield from ((f"part {number}", piece) for piece in _payload(one))
        yield f"part {number} around", f"{one.preamble or ''}\n{one.epilogue or ''}"


def _payload(one: Message) -> Iterator[bytes | str]:
    if not one.is_multipart():
        with suppress(ValueError, LookupError, AssertionError):
            octets = one.get_payload(decode=True)
            if isinstance(octets, bytes):
                yield octets
                with suppress(UnicodeError, LookupError):
                    yield octets.decode(one.get_content_charset("utf-8"))


def _unworded(value: str) -> str:
    with suppress(Exception):
        pieces = decode_header(value)
        return "".join(
            piece.decode(charset or "latin-1", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    return value


def _unpacked(octets: bytes) -> Iterator[tuple[str, bytes]]:
    if octets.startswith(b"PK"):
        with suppress(Exception), zipfile.ZipFile(io.BytesIO(octets)) as archive:
            for entry in archive.infolist()[:200]:
                yield "zip name", entry.filename.encode("utf-8", "replace") + b"\n" + entry.comment
                if entry.file_size < 500_000:
                    yield "zip entry", archive.read(entry)
            yield "zip comment", archive.comment
    for start, unpack in ((b"\x1f\x8b", gzip.decompress), (b"BZh", bz2.decompress), (b"\xfd7z", lzma.decompress)):
        if octets.startswith(start):
            with suppress(Exception):
                yield "compressed", unpack(octets)[:500_000]
    if octets[:1] == b"x" and len(octets) > 8:
        with suppress(zlib.error):
            yield "zlib", zlib.decompressobj().decompress(octets, 500_000)
    if octets[257:262] == b"ustar":
        with suppress(Exception), tarfile.open(fileobj=io.BytesIO(octets)) as archive:
            for member in archive.getmembers()[:200]:
                yield "tar name", f"{member.name} {member.linkname} {member.uname}".encode()
                if member.isfile() and member.size < 500_000:
                    yield "tar entry", archive.extractfile(member).read()  # type: ignore[union-attr]
    if octets.startswith(b"\x89PNG"):
        for stream in list(re.finditer(rb"x[\x01\x5e\x9c\xda]", octets))[:50]:
            with suppress(zlib.error):
                yield "png stream", zlib.decompressobj().decompress(octets[stream.start() :], 500_000)
    if octets.startswith(b"%PDF"):
        for stream in re.findall(rb"stream\r?\n(.{1,200000}?)\r?\nendstream", octets, re.DOTALL)[:50]:
            with suppress(zlib.error):
                yield "pdf stream", zlib.decompress(stream)
        yield "pdf pages", pages(octets).encode()


def pages(octets: bytes) -> str:
    """What stands on the pages of a PDF, in fonts that number their letters as they like."""
    with suppress(Exception):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages[:20])
    return ""


# --- text --------------------------------------------------------------------------------------------

_SIMPLE = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|%u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\([0-3][0-7]{2})")
_CSS = re.compile(r"\\([0-9a-fA-F]{1,6})[ \t\n]?")
_UU_LINE = re.compile(r"(?m)^(?:[>|] ?)*([!-M][ -`]{4,80}?)\r?$")
_BINHEX = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_NUMBERS = re.compile(r"\b(?:\d{2,3}[ ,;.\-]{1,3}){8,}\d{2,3}\b")
_BITS = re.compile(r"\b(?:[01]{7,8}[ ,]*){8,}")
_MORSE = re.compile(r"(?:[.\-·–]{1,6}[ /]+){8,}[.\-·–]{1,6}")
MORSE = dict(
    zip(
        [
            ".-",
            "-...",
            "-.-.",
            "-..",
            ".",
            "..-.",
            "--.",
            "....",
            "..",
            ".---",
            "-.-",
            ".-..",
            "--",
            "-.",
            "---",
            ".--.",
            "--.-",
            ".-.",
            "...",
            "-",
            "..-",
            "...-",
            ".--",
            "-..-",
            "-.--",
            "--..",
            "-----",
            ".----",
            "..---",
            "...--",
            "....-",
            ".....",
            "-....",
            "--...",
            "---..",
            "----.",
            ".--.-.",
            ".-.-.-",
        ],
        "abcdefghijklmnopqrstuvwxyz0123456789@.",
        strict=True,
    )
)


@lru_cache(maxsize=256)
def _all_inside_text(text: str) -> tuple[tuple[str, bytes | str], ...]:
    return tuple(_inside_text(text))


def _inside_text(text: str) -> Iterator[tuple[str, bytes | str]]:
    for way, made in (
        ("entities", html.unescape(re.sub(r"&#x?[0-9a-fA-F]+(?![;0-9a-fA-F])", lambda m: m[0] + ";", text))),
        ("percent", unquote(text)),
        ("escapes", _SIMPLE.sub(_character, text)),
        ("css", _CSS.sub(lambda m: chr(min(int(m[1], 16), 0x10FFFF)), text)),
        ("tags", re.sub(r"<[^>]{0,2000}>", "", text)),
        ("unquoted", re.sub(r"(?m)^(?:[>|] ?)+", "", text)),
    ):
        if made != text:
            yield way, made
    if re.search(r"=[0-9A-Fa-f]{2}|=\r?\n", text):
        yield "quoted-printable", quopri.decodestring(text.encode("utf-8", "surrogatepass"))
    if re.search(r"[+&]A[A-Z][A-Za-z0-9]", text):
        with suppress(UnicodeError):
            yield "utf-7", re.sub(r"&(A[A-Za-z0-9]+)-", r"+\1-", text).encode("ascii", "replace").decode("utf-7")
    yield from _runs(text)
    yield from _numbers(text)


def _character(match: re.Match[str]) -> str:
    code = int(match[4], 8) if match[4] else int(match[1] or match[2] or match[3], 16)
    return chr(code) if code < 0x110000 else ""


def _runs(text: str) -> Iterator[tuple[str, bytes]]:
    for run in re.findall(r"(?:[A-Za-z0-9+/_-]{8,}[ \t>|]*\r?\n?[ \t>|]*)*[A-Za-z0-9+/_-]{8,}", text):
        whole = re.sub(r"[^A-Za-z0-9+/_-]", "", run).replace("-", "+").replace("_", "/")
        for offset in range(4):
            piece = whole[offset : offset + (len(whole) - offset) // 4 * 4] or ""
            rest = whole[offset + len(piece) :]
            with suppress(binascii.Error):
                yield "base64", base64.b64decode(piece + (rest + "==")[:4] * (len(rest) > 1))
    for run in re.findall(r"(?:(?:0x)?[0-9a-fA-F]{2}[ :,\-\r\n]{0,2}){10,}", text):
        with suppress(ValueError):
            yield "hex", bytes.fromhex(re.sub(r"0x|[^0-9a-fA-F]", "", run))
    for run in re.findall(r"(?i)(?:[A-Z2-7]{8,}\s?)+", text):
        whole = re.sub(r"\s", "", run).upper()
        for offset in range(8):
            piece = whole[offset : offset + (len(whole) - offset) // 8 * 8]
            with suppress(binascii.Error):
                yield "base32", base64.b32decode(piece)
    for run in re.findall(r"<~?[!-u\s]{20,}?~>", text):
        with suppress(ValueError):
            yield "ascii85", base64.a85decode(run.removeprefix("<~").removesuffix("~>"))
    yield "uuencode", b"".join(_uu_lines(text))
    if "BinHex" in text:
        inside = text.partition("BinHex")[2].partition(":")[2].partition(":")[0]
        bits = "".join(f"{_BINHEX.index(c):06b}" for c in inside if c in _BINHEX)
        yield "binhex", bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))
    if "=ybegin" in text:
        inside = text.partition("=ybegin")[2].partition("\n")[2].partition("=yend")[0]
        octets = inside.encode("latin-1", "ignore").replace(b"\r", b"").replace(b"\n", b"")
        yield "yenc", bytes((octet - 42) % 256 for octet in octets)


def _uu_lines(text: str) -> Iterator[bytes]:
    for line in _UU_LINE.findall(text):
        if len(line) >= 1 + -(-(ord(line[0]) - 32) // 3) * 4:
            with suppress(ValueError, binascii.Error):
                yield binascii.a2b_uu(line)


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    for run in _NUMBERS.findall(text):
        codes = [int(code) for code in re.findall(r"\d+", run)]
        if all(code < 0x110 for code in codes):
            yield "numbers", "".join(map(chr, codes))
    for run in _BITS.findall(text):
        yield "bits", "".join(chr(int(bits, 2)) for bits in re.findall(r"[01]{7,8}", run))
    for run in _MORSE.findall(text):
        signs = run.replace("·", ".").replace("–", "-").replace("/", " ").split()
        yield "morse", "".join(MORSE.get(sign, "") for sign in signs)


def morse(text: str) -> str:
    """`text` in Morse code; what has no sign is left out."""
    signs = {letter: sign for sign, letter in MORSE.items()}
    return " ".join(signs[c] for c in text.lower() if c in signs)
