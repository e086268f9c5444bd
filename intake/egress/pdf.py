"""PDF: exactly the few objects that our writer makes, one after the other, with no octet that is not looked at.

Each dictionary is searched as it stands; a page's text is read through the fonts' own tables of characters, and as
octets; a font is searched as octets. Anything else (a picture, an attachment, a form, a script) is not like ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from intake.egress.budget import Budget
from intake.egress.document import Fault, Found, inflated

_NOT_OURS = Fault("a document that is not like ours")
_FONTS = 8  # tables of characters in one file

_HEAD = re.compile(rb"%PDF-1\.\d\n(?:%[\x80-\xff]{4}\n)?")
_OBJECT = re.compile(rb"(\d{1,6}) 0 obj\n((?:(?!endobj|stream)[\x00-\xff])*?)\n(endobj|stream)\n")
_LENGTH = re.compile(rb"/Length (\d{1,9})\n")
_END_STREAM = b"\nendstream\nendobj\n"
_TAIL = re.compile(
    rb"xref\n0 \d{1,6}\n(?:\d{10} \d{5} [nf] \n)+trailer\n<<\n((?:/\w+ [^\n]*\n)*)>>\nstartxref\n\d{1,10}\n%%EOF\n?"
)
_REFERRED = re.compile(rb"/(Contents|ToUnicode|FontFile2|CIDToGIDMap) (\d{1,6}) 0 R")
_FORBIDDEN = re.compile(
    rb"/(?:JS|JavaScript|AA|Launch|URI|SubmitForm|EmbeddedFiles?|Filespec|Annots?|AcroForm|XFA|RichMedia|ObjStm|XRef"
    rb"|Encrypt|Image|Form|XObject|FFilter|DecodeParms)\b|/[^\s/()<>\[\]]*#"
)


@dataclass(frozen=True, slots=True)
class _Object:
    words: bytes  # what stands before its stream, or all of it
    stream: bytes | None = None


def pdf(data: bytes, budget: Budget) -> Iterator[Found]:
    """Its dictionaries and texts."""
    objects: dict[int, _Object] = {}
    tail = _read(data, objects, budget)
    if tail is None:
        yield _NOT_OURS
        return
    words = b"\n".join((*(one.words for one in objects.values()), tail))
    if _FORBIDDEN.search(words):
        yield _NOT_OURS
    yield words.decode("latin-1")
    roles = {int(number): role for role, number in _REFERRED.findall(words)}
    streams = [(roles.get(number, b""), one.stream) for number, one in objects.items() if one.stream is not None]
    tables = [_characters(stream) for role, stream in streams if role == b"ToUnicode"]
    if None in tables or len(tables) > _FONTS:
        yield _NOT_OURS
    known = [table for table in tables if table]
    for role, stream in streams:
        if role == b"Contents":
            yield from _page(stream, known)
        elif role in (b"FontFile2", b"CIDToGIDMap"):
            yield stream
        elif role != b"ToUnicode":
            yield _NOT_OURS


def _read(data: bytes, objects: dict[int, _Object], budget: Budget) -> bytes | None:
    """Fill `objects`; the words of the trailer, None when the file is not read to its last octet."""
    head = _HEAD.match(data)
    at = head.end() if head else 0
    while found := _OBJECT.match(data, at):
        budget.member()
        number, words, at = int(found[1]), found[2], found.end()
        stream = None
        if found[3] == b"stream":
            length = _LENGTH.search(words)
            end = at + int(length[1]) if length else -1
            if end < at or data[end : end + len(_END_STREAM)] != _END_STREAM:
                return None
            stream, at = _stream(words, data[at:end], budget), end + len(_END_STREAM)
            if stream is None:
                return None
        if number in objects:
            return None
        objects[number] = _Object(words, stream)
    tail = _TAIL.fullmatch(data, at)
    return tail[1] if tail and head else None


def _stream(words: bytes, packed: bytes, budget: Budget) -> bytes | None:
    filters = re.findall(rb"/Filter ?([^\n]*)", words)
    if not filters:
        budget.spend(len(packed))
        return packed
    return inflated(packed, budget) if filters == [b"/FlateDecode"] else None


# --- a font's table of characters (ToUnicode, ISO 32000-1 §9.10.3) -----------------------------------

_CMAP = re.compile(
    rb"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo\n<</Registry \(Adobe\)\n"
    rb"/Ordering \(UCS\)\n/Supplement 0\n>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
    rb"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
    rb"((?:\d{1,4} beginbfchar\n(?:<[0-9A-F]{4}> <[0-9A-F]{4,64}>\n)*endbfchar\n)*)"
    rb"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
)
_PAIR = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4,64})>")


def _characters(stream: bytes) -> dict[int, str] | None:
    found = _CMAP.fullmatch(stream)
    if not found:
        return None
    return {
        int(code, 16): bytes.fromhex(shown.decode("ascii")).decode("utf-16-be", "replace")
        for code, shown in _PAIR.findall(found[1])
    }


# --- a page ------------------------------------------------------------------------------------------

_STRING = rb"\((?:[^()\\]|\\[\x00-\xff])*\)"
_HEX = rb"<[0-9a-fA-F]*>"
_WORDS = re.compile(
    rb"(%s)|(%s)|[-+]?\d*\.?\d+|/F\d{1,3}|[\[\]\s]+|"
    rb"(BT|ET|Td|TD|Tm|T\*)|(?:Tf|Tj|TJ|Tr|Ts|Tw|Tc|Tz|TL|w|J|j|M|d|rg|RG|g|G|re|f|S|s|n|q|Q|cm|l|m|c|h|W)\b"
    % (_STRING, _HEX)
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|[\x00-\xff])")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}


def _page(stream: bytes, tables: list[dict[int, str]]) -> Iterator[Found]:
    """Everything that is drawn as text, a new line for each place it begins at."""
    drawn: list[bytes | None] = []
    at = 0
    while at < len(stream):
        found = _WORDS.match(stream, at)
        if not found:
            yield _NOT_OURS
            break
        at = found.end()
        if found[1]:
            drawn.append(_ESCAPE.sub(_escaped, found[1][1:-1]))
        elif found[2]:
            digits = found[2][1:-1].decode("ascii")
            drawn.append(bytes.fromhex(digits + "0" * (len(digits) % 2)))
        elif found[3]:
            drawn.append(None)
    octets = b"\n".join(b"".join(line) for line in _lines(drawn))
    yield octets if tables else octets.decode("cp1252", "replace")
    for table in tables:
        yield "\n".join("".join(_decoded(piece, table) for piece in line) for line in _lines(drawn))


def _lines(drawn: list[bytes | None]) -> Iterator[list[bytes]]:
    line: list[bytes] = []
    for piece in (*drawn, None):
        if piece is not None:
            line.append(piece)
        elif line:
            yield line
            line = []


def _decoded(piece: bytes, table: dict[int, str]) -> str:
    codes = (int.from_bytes(piece[at : at + 2]) for at in range(0, len(piece), 2))
    return "".join(table.get(code, "\N{REPLACEMENT CHARACTER}") for code in codes)


def _escaped(match: re.Match[bytes]) -> bytes:
    inside = match[1]
    if inside[:1].isdigit() and inside[:1] < b"8":
        return bytes((int(inside, 8) & 255,))
    return _ESCAPED.get(inside, inside)
