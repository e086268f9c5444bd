"""Pictures: nothing but pixels. What they show cannot be searched; whatever else a file can carry must not be there."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from intake.egress.budget import Budget
from intake.egress.document import Fault, Found

_NOT_OURS = Fault("a picture that is not like ours")


def png(data: bytes, budget: Budget) -> Iterator[Found]:
    """PNG (ISO 15948) of the critical chunks and tRNS alone, which ends where its pixels end."""
    chunks = list(_chunks(data, budget))
    kinds = [kind for kind, _ in chunks]
    order = re.fullmatch(rb"IHDR(?:PLTE)?(?:tRNS)?(?:IDAT)+IEND", b"".join(kinds))
    packed = b"".join(inside for kind, inside in chunks if kind == b"IDAT")
    if not order or len(chunks[0][1]) != 13 or chunks[-1][1] or _pixels(packed, budget) != _expected(chunks[0][1]):
        yield _NOT_OURS


def _chunks(data: bytes, budget: Budget) -> Iterator[tuple[bytes, bytes]]:
    """(kind, inside); a last one of no kind where the file is broken or goes on."""
    at = 8
    while data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) - at >= 12:
        budget.member()
        (size,) = struct.unpack_from(">I", data, at)
        kind, inside = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        if data[at + 8 + size : at + 12 + size] != struct.pack(">I", zlib.crc32(kind + inside)):
            break
        yield kind, inside
        at += 12 + size
    if at != len(data):
        yield b"?", b""


_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def _expected(header: bytes) -> int:
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    return -1 if interlaced else height * (1 + (width * bits * _CHANNELS.get(colour, 0) + 7) // 8)


def _pixels(packed: bytes, budget: Budget) -> int:
    """How many octets they are; -2 when the stream is broken or something stands behind it."""
    stream, size = zlib.decompressobj(), 0
    try:
        while packed and not stream.eof:
            budget.breathe()
            size += len(stream.decompress(packed, 1_000_000))
            packed = stream.unconsumed_tail
    except zlib.error:
        return -2
    return size if stream.eof and not stream.unused_data else -2


_JFIF = re.compile(rb"JFIF\0\x01[\x00-\x02][\x00-\x02][\s\S]{4}\0\0")  # no thumbnail
_SILENT = (0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD)  # frames, tables, restart interval: numbers alone
_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def jpeg(data: bytes, budget: Budget) -> Iterator[Found]:
    """JPEG (ITU-T T.81) with no segment that can hold a text but a bare JFIF one, and nothing behind its end."""
    at = 2
    while data[:2] == b"\xff\xd8" and len(data) - at >= 4 and data[at] == 0xFF:
        budget.member()
        kind, (size,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        inside = data[at + 4 : at + 2 + size]
        if kind == 0xDA:
            found = _NEXT.search(data, at + 2 + size)
            at = found.start() if found else len(data)
            continue
        if kind not in _SILENT and not (kind == 0xE0 and _JFIF.fullmatch(inside)):
            break
        at += 2 + size
    if data[:2] != b"\xff\xd8" or data[at:] != b"\xff\xd9":
        yield _NOT_OURS
