"""DOCX: a ZIP without gaps that holds the few members which our writer makes, each of them XML without surprises."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from intake.egress.budget import Budget
from intake.egress.document import Fault, Found, inflated

_MEMBERS = frozenset(
    (
        *("[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "docProps/app.xml", "word/document.xml"),
        *("word/_rels/document.xml.rels", "word/styles.xml", "word/stylesWithEffects.xml", "word/settings.xml"),
        *("word/webSettings.xml", "word/fontTable.xml", "word/theme/theme1.xml", "word/numbering.xml"),
        *("customXml/item1.xml", "customXml/_rels/item1.xml.rels", "customXml/itemProps1.xml"),
    )
)
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_NOT_OURS = Fault("a document that is not like ours")
_SURPRISE = re.compile(r"<!|<\?(?!xml version=)")
_BREAK = re.compile(r"(?=</w:p>|</w:tc>|<w:br\b|<w:tab\b|<w:cr\b)")


def docx(data: bytes, budget: Budget) -> Iterator[Found]:
    """The XML of each member; the search reads it as it stands and without its tags."""
    names: list[str] = []
    at = 0
    while data[at : at + 4] == b"PK\x03\x04" and len(data) - at >= _LOCAL.size:
        budget.member()
        _, _, flags, method, _, _, crc, packed, size, name_size, extra = _LOCAL.unpack_from(data, at)
        start = at + _LOCAL.size + name_size
        name = data[start - name_size : start].decode("ascii", "replace")
        xml = _member(data[start : start + packed], method, budget)
        names.append(name)
        if flags & ~0x0806 or extra or xml is None or len(xml) != size or zlib.crc32(xml) != crc:
            yield _NOT_OURS
            return
        yield from _text(xml)
        at = start + packed
    if len(names) != len(set(names)) or not _MEMBERS.issuperset(names) or not _ends(data, at, names):
        yield _NOT_OURS


def _member(packed: bytes, method: int, budget: Budget) -> bytes | None:
    if method == 0:
        budget.spend(len(packed))
        return packed
    return inflated(packed, budget, -zlib.MAX_WBITS) if method == 8 else None


def _text(xml: bytes) -> Iterator[Found]:
    try:
        text = xml.decode("utf-8")
    except UnicodeDecodeError:
        yield _NOT_OURS
        return
    if _SURPRISE.search(text):
        yield _NOT_OURS
    yield _BREAK.sub("\n", text)


def _ends(data: bytes, at: int, names: list[str]) -> bool:
    """Whether the directory lists exactly these members, with no extra fields or comments, and ends the file."""
    for name in names:
        if len(data) - at < _CENTRAL.size:
            return False
        entry = _CENTRAL.unpack_from(data, at)
        if entry[0] != b"PK\x01\x02" or entry[11:13] != (0, 0):
            return False
        at += _CENTRAL.size
        if data[at : at + entry[10]].decode("ascii", "replace") != name:
            return False
        at += entry[10]
    return len(data) - at == _END.size and _END.unpack_from(data, at)[::7] == (b"PK\x05\x06", 0)
