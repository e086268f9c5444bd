"""Character sets: octets as text, whatever they were said to be.

The rule this module keeps: nothing raises and nothing is dropped in silence; each answer says whether it was clean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    page = _PAGE.match(charset)
    if _is_ebcdic(data, bool(page)) and not charset.startswith("ebcdic-cp"):  # Python has those
        return _of_ibm(data, int(page[1]) if page else 37), bool(page)
    if page:
        return _guessed(data), False
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


# EBCDIC, in the code pages of the Americas and the international ones, as IBM and others write their names.
_PAGE = re.compile(r"(?:x-|cs)?(?:ibm|cp|ccsid|ebcdic)[-_]?0*(37|500|1047|1140|1148)\Z")
_WORDS = bytes((0x05, 0x0D, 0x15, 0x25, 0x40, 0x4B, 0x60, 0x61, 0x6B, *range(0x81, 0xAA), *range(0xC1, 0xFA)))
_AS_1047 = str.maketrans("¬^[]Ý¨", "^¬Ý¨[]")  # it is 37 but for these


def _is_ebcdic(data: bytes, named: bool) -> bool:
    """Whether its blanks are those of EBCDIC and, if nobody said so, nearly all else its letters."""
    blanks = data.count(0x40)
    if blanks < data.count(0x20) or (not named and blanks * 20 < len(data)):
        return False
    return named or (len(data) >= 16 and len(data.translate(None, _WORDS)) * 8 < len(data))


def _of_ibm(data: bytes, page: int) -> str:
    text = data.decode({500: "cp500", 1148: "cp500", 1140: "cp1140"}.get(page, "cp037"))
    return text.translate(_AS_1047) if page == 1047 else text.replace("¤", "€") if page == 1148 else text


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


_FOREIGN = 20  # octets, among which there is one that is no ASCII: fewer tell no alphabet from another


def _guessed(data: bytes) -> str:
    """UTF-8, if hardly damaged; few other signs among plain letters are Western, for many their alphabet is guessed."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if wrong * 50 <= len(text) and wrong <= len(text) - len(text.encode("ascii", "ignore")) - wrong:
        return text
    foreign = len(data) - len(data.decode("ascii", "ignore"))
    best = from_bytes(data[:16_384]).best() if len(data) >= 64 and foreign * _FOREIGN >= len(data) else None
    return data.decode(best.encoding if best else "cp1252", "replace")


def bare(value: bytes) -> str:
    """Octets that name no character set, as a header's do."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


_CONTROLS = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BREAKS = re.compile("[\r\x0b\x0c\x85]")


_FEW = 8  # signs that are none: a text may have them
_NONE = 12  # characters of a line, among which there is one such sign, and the line is no words


def cleaned(text: str) -> tuple[str, bool]:
    """(the text `clean`, is it one?): octets that never were a text give controls and what no character set has.

    It is one when a quarter of it stands in honest lines.
    """
    whole = text.rstrip("\0")
    kept = clean(whole)
    none = len(whole) - whole.count("\r\n") - len(kept) + kept.count("\ufffd")
    return kept, none <= _FEW or _has_words(_BREAKS.sub("\n", whole.replace("\r\n", "\n")).split("\n"))


def _has_words(lines: Sequence[str]) -> bool:
    none = (len(line) - len(_CONTROLS.sub("", line)) + line.count("\ufffd") for line in lines)
    honest = sum(len(line) for line, count in zip(lines, none, strict=True) if count * _NONE <= len(line))
    return honest * 4 >= sum(map(len, lines))


def clean(text: str) -> str:
    """Text that a database, a log line and a screen stand: \\n ends a line; no controls, no surrogates."""
    lines = text.replace("\r\n", "\n")
    if lines.replace("\n", "").isprintable():  # as most are, and that is known in a fifth of the time
        return lines
    return _CONTROLS.sub("", _BREAKS.sub("\n", lines))
