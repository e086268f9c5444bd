"""Transfer encodings: the octets of a part as they were before somebody packed them for the way.

The rule this module keeps: nothing raises and nothing is dropped in silence; each answer says whether it was clean.
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress

import re2

from intake.mime.bound import PACKED

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_DIRT = bytes(code for code in range(256) if not re.match(rb"[A-Za-z0-9+/=]", bytes((code,))))
_COMMENT = re.compile(r"\([^()]*\)|[^a-z0-9]")
_ENCODINGS = {
    "base64": "base64", "b64": "base64", "quotedprintable": "quoted-printable", "qp": "quoted-printable",
    "xuuencode": "uuencode", "uuencode": "uuencode", "xuue": "uuencode", "uue": "uuencode",
    "": "", "7bit": "", "8bit": "", "binary": "",
}  # fmt: skip


def transfer_decoded(body: bytes, claims: Sequence[str]) -> tuple[bytes, str]:
    """(octets, what was wrong): `claims` are the Content-Transfer-Encoding fields, misspelt as people's programs do.

    The first is believed, unless the body is base64 and another says so.
    """
    named = [_ENCODINGS.get(_COMMENT.sub("", claim.partition(";")[0].lower()), "unknown") for claim in claims] or [""]
    encoding = "base64" if "base64" in named and _all_base64(body) else named[0]
    if encoding == "base64":
        if _is_prose(body):
            return body, "a part says base64 and is not"
        octets, fine = base64(body)
        return octets, "" if fine else "a part in base64 is damaged"
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body), ""
    if encoding == "uuencode":
        return uuencoded(body) or body, ""
    return body, "a part is encoded in an unknown way and was read as it stands" if encoding == "unknown" else ""


def unwrapped(octets: bytes) -> tuple[bytes, bool]:
    """(octets, was it wrapped?): a text that is base64 from end to end, and nobody said so."""
    inside = octets
    for _ in range(2):
        if len(inside) < 64 or not _all_base64(inside):
            break
        inside = base64(inside)[0]
        if _is_text(inside):
            return inside, True
    return octets, False


_GZIP = b"\x1f\x8b\x08"
_PACKINGS = ("gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress")
_PIECES = 20  # of gzip, one behind the other; each costs a copy of the rest


def unpacked(octets: bytes, packing: str, most: int = PACKED) -> bytes | None:
    """A text as it was before it was packed (gzip, deflate), if it was; None when it is more than `most`."""
    if octets.startswith(_GZIP):
        inside = _inflated(octets, zlib.MAX_WBITS + 16, most)
        return None if inside is None or inside.startswith(_GZIP) else inside
    if packing not in _PACKINGS or _is_text(octets):
        return octets
    headed = octets.startswith(b"x")  # as it should be (RFC 9110 §8.4.1.2); some leave the header of zlib out
    return _inflated(octets, zlib.MAX_WBITS if headed else -zlib.MAX_WBITS, most) if packing == "deflate" else None


def _inflated(octets: bytes, kind: int, most: int) -> bytes | None:
    """All of it, in however many pieces; None when it is damaged, cut off, or more than `most`."""
    found = b""
    for _ in range(_PIECES):
        piece = zlib.decompressobj(kind)
        try:
            found += piece.decompress(octets, most - len(found))
        except zlib.error:
            return None
        if not piece.eof or len(found) >= most:
            return None
        octets = piece.unused_data.lstrip(b"\0\r\n")
        if not octets:
            return found
    return None


_PADDED = rb"[ \t\v\f]*(?:[A-Za-z0-9+/]+={0,2}[ \t\v\f]*)?"
_LINES = re2.compile(rb"%s(?:[\r\n]%s)*" % (_PADDED, _PADDED))


def _all_base64(body: bytes) -> bool:
    """Lines without a blank in them, and nothing that base64 has not."""
    return len(body) >= 20 and not _NOT_BASE64.search(body) and bool(_LINES.fullmatch(body))


def _is_prose(body: bytes) -> bool:
    """Lines of words; base64 has no blanks within its lines."""
    lines = [line.strip() for line in body[:4096].splitlines() if line.strip()]
    return sum(b" " in line for line in lines) * 2 > len(lines)


def _is_text(octets: bytes) -> bool:
    text = octets[:4096].replace(b"\0", b"").decode("utf-8", "ignore")
    return text.count(" ") * 20 > len(text) and sum(c.isprintable() or c.isspace() for c in text) * 20 > 19 * len(text)


_PIECE = re.compile(rb"[^=]+")


def base64(data: bytes) -> tuple[bytes, bool]:
    """(octets, clean?): padding in the middle, missing padding and dirt between are forgiven."""
    octets = bytearray()  # and no list of pieces: there may be as many as octets
    for piece in _PIECE.finditer(data.translate(None, _DIRT)):
        octets += _quads(piece[0])
    return bytes(octets), not _NOT_BASE64.search(data)


def _quads(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


_LINE = re.compile(rb"[^\r\n]+")


def uuencoded(data: bytes) -> bytes:
    """What stands between "begin" and "end"; a damaged line is skipped."""
    out = bytearray()
    inside = False
    for line in map(re.Match[bytes].group, _LINE.finditer(data)):
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            needed = -(-((line[0] - 32) & 63) // 3) * 4  # the first octet says how much of the line counts
            with suppress(binascii.Error):
                out += binascii.a2b_uu(line[: 1 + needed])
    return bytes(out)
