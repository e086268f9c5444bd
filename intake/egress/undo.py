"""What a text says when its escapes are undone: each reading once, the text itself first."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from html import unescape
from urllib.parse import unquote

import re2

from intake.egress.budget import TooMuch
from intake.egress.fold import plain

_DEEPEST = 6
_MARKS = ("%", "&", "\\", "=", "+A", "+4", "*4", "+00", "BEGIN:V", "urldefense")
_BACKSLASH = re.compile(
    r"\\u\{0*([0-9a-fA-F]{2,5})\}|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})|\\(?:0000)?(2e|40)\b ?"
    r"|[uU]\+00([2-7][0-9a-fA-F])|%u00([2-7][0-9a-fA-F])"
)
_OCTAL = re.compile(r"\\([01][0-7]{2})")
_QUOTED = re.compile(r"=([0-9a-fA-F]{2})")
_SOFT_BREAK = re.compile(r"=[ \t]*\r?\n(?:[ \t]*>)*")
_ENCODED_WORD = re.compile(r"=\?[\w.-]{1,40}\?([bBqQ])\?([^?\s]*)\?=(?:\s+(?==\?))?")
_UTF_7 = re.compile(r"\+(A[A-P][A-Za-z0-9+/]+)-?")
_XTEXT = re.compile(r"(?<=\w)[+*](40|2[eE])(?=\w)")  # RFC 3461 §4; the star is Proofpoint's
_GUARDED = re.compile(r"urldefense[\w.]{0,40}/v([23])/\S*")
_DASHED = re.compile(r"-([0-9a-fA-F]{2})")
_FOLD = re.compile(r"\r?\n(?:> ?)*[ \t]")  # RFC 6350 §3.2
_BESIDES = re.compile(r"<[/!?a-zA-Z][^<>]*>|\([^()]{0,60}\)")


def readings(text: str) -> list[str]:
    """`text` in plain characters, then as often undone as there is something to undo."""
    found = [plain(text)]
    while any(mark in found[-1] for mark in _MARKS):
        deeper = plain(_undone(found[-1]))
        if deeper == found[-1]:
            break
        found.append(deeper)
        if len(found) > _DEEPEST:
            raise TooMuch("escaped too often to be searched")
    return found


def bare(text: str) -> str:
    """`text` without what looks like tags, and like comments in an address (RFC 5322 §3.2.2)."""
    return _BESIDES.sub("", text) if "<" in text or "(" in text else text


def _undone(text: str) -> str:
    if "=?" in text:
        text = _ENCODED_WORD.sub(_word, text)
    if "&" in text:
        text = unescape(text)
    if "urldefense" in text:
        text = _GUARDED.sub(_guarded, text)
    if "%u00" in text:
        text = _BACKSLASH.sub(_character, text)
    if "%" in text:
        text = unquote(text, errors="replace")
    if "\\" in text or "+00" in text:
        text = _OCTAL.sub(lambda m: chr(int(m[1], 8)), _BACKSLASH.sub(_character, text))
    if "=" in text:
        text = _QUOTED.sub(lambda m: chr(int(m[1], 16)), _SOFT_BREAK.sub("", text))
    if "+A" in text:
        text = _UTF_7.sub(_utf_7, text)
    if any(mark in text for mark in ("+4", "+2", "*4", "*2")):
        text = _XTEXT.sub(lambda m: chr(int(m[1], 16)), text)
    if "BEGIN:V" in text:
        text = _FOLD.sub("", text)
    return text


def _character(match: re.Match[str]) -> str:
    code = int(next(filter(None, match.groups())), 16)
    return chr(code) if code <= 0x10FFFF else match[0]


def _word(match: re.Match[str]) -> str:
    kind, inside = match[1].lower(), match[2]
    try:
        octets = b64decode(inside + "===") if kind == "b" else binascii.a2b_qp(inside.encode(), header=True)
    except ValueError:
        return match[0]
    return octets.replace(b"\0", b"").decode("utf-8", "replace")


def _guarded(match: re.Match[str]) -> str:
    """A link as Proofpoint writes it: other signs in hexadecimal behind a dash, or as stars with their octets last."""
    if match[1] == "2":
        return _DASHED.sub(lambda m: chr(int(m[1], 16)), match[0])
    link, found, rest = match[0].rpartition("__;")
    if not found:
        return match[0]
    octets = iter(b64decode(rest.partition("!!")[0].translate(_URL_SAFE) + "===").decode("latin-1"))
    return "".join(next(octets, c) if c == "*" else c for c in link)


_URL_SAFE = str.maketrans("-_", "+/")


def columns(text: str) -> str:
    """`text` without the offsets in front of a dump's lines, and without the characters behind them."""
    if not _DUMP.search(text):
        return text
    lines = text.split("\n")
    return "\n".join(_numbers(found) if (found := _LINE.match(line)) else line for line in lines)


_DUMP = re2.compile(
    r"(?m)^[> \t]*(?:0x)?[0-9A-Fa-f]{4,16}:?[ \t]+[0-9A-Fa-f]{2,8}[ \t]+[0-9A-Fa-f]{2,8}[ \t]"
    r"|^[> \t]*[0-9A-Fa-f]{7,8}[ \t]+\S[ \t]+\S[ \t]"
)
_LINE = re.compile(r"[> \t]*(?:0x)?[0-9A-Fa-f]{4,16}(:?)[ \t]+(.*)")
_BEHIND = re.compile(r"[ \t]{2}[|>].*")
_WORDS = re.compile(r"(?<![^ \t])([0-9a-f]{2})([0-9a-f]{2})(?![^ \t])")


def _numbers(line: re.Match[str]) -> str:
    return line[2].partition("  ")[0] if line[1] else _BEHIND.sub("", line[2])


def swapped(text: str) -> str:
    """The words of a dump with their octets in the other order."""
    return _WORDS.sub(r"\2\1", text)


def _utf_7(match: re.Match[str]) -> str:
    run = match[1][:-1] if len(match[1]) % 4 == 1 else match[1]  # no octets are that long
    octets = b64decode(run + "===")
    return octets[: len(octets) & ~1].decode("utf-16-be", "replace")
