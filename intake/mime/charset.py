"""Character sets: octets as text, whatever they were said to be.

The rule this module keeps: nothing raises and nothing is dropped in silence; each answer says whether it was clean.
"""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

_SELDOM_ASCII = ("utf-7", "utf7", "utf_7", "unicode-1-1-utf-7", "iso-2022", "iso2022", "hz", "csiso2022")
_NOT_CHARSETS = frozenset(
    ("idna", "punycode", "unicode_escape", "unicode-escape", "raw_unicode_escape", "undefined", "mbcs", "oem")
)
_LATIN = frozenset(
    (
        "iso-8859-1",
        "latin-1",
        "latin1",
        "iso8859-1",
        "us-ascii",
        "ascii",
        "ansi_x3.4-1968",
        "cp1252",
        "windows-1252",
    )
)


def in_charset(data: bytes, charset: str) -> tuple[str, bool]:
    """(text, as declared?): the declared character set where it fits, what fits better otherwise."""
    charset = charset.strip().strip("\"'").lower()
    if data.isascii() and not charset.startswith(_SELDOM_ASCII) and b"\0" not in data:
        return data.decode("ascii"), True
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace").removeprefix("\ufeff"), charset.replace("_", "-").startswith(wide[:6])
    if charset in _LATIN:
        return _latin(data)
    if charset and charset not in _NOT_CHARSETS:
        try:
            return data.decode(charset).removeprefix("\ufeff"), True
        except (LookupError, ValueError, OverflowError):
            pass
    return _guessed(data), False


def _wide(data: bytes) -> str:
    """UTF-16 or UTF-32 by byte order mark or by where the zeros stand; "" when it is neither."""
    for mark, name in (
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\0\0\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return name
    sample = data[:4096]
    if sample.count(0) * 4 < len(sample):
        return ""
    zeros = [sample[phase::4].count(0) for phase in range(4)]
    many = len(sample) // 8
    if zeros[2] > many and zeros[3] > many and zeros[0] <= many:
        return "utf-32-le"
    if zeros[0] > many and zeros[1] > many and zeros[3] <= many:
        return "utf-32-be"
    if zeros[1] > many and zeros[3] > many and zeros[0] <= many:
        return "utf-16-le"
    return "utf-16-be" if zeros[0] > many and zeros[2] > many and zeros[1] <= many else ""


def _latin(data: bytes) -> tuple[str, bool]:
    """Latin-1 and ASCII as every browser reads them (WHATWG); UTF-8 is recognised by fitting exactly."""
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), True
    except UnicodeDecodeError:
        return data.decode("latin-1"), True


def _guessed(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    if text.count("\ufffd") * 50 <= len(text):
        return text
    best = from_bytes(data[:16_384]).best() if len(data) >= 64 else None
    return data.decode(best.encoding if best else "cp1252", "replace")


def bare(value: bytes) -> str:
    """Octets that name no character set, as a header's do."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


_CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85]")


def clean(text: str) -> str:
    """Text that a database, a log line and a screen stand: \\n ends a line; no controls, no surrogates."""
    return _CONTROLS.sub("", _BREAKS.sub("\n", text))
