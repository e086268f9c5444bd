"""Views: the same text as others may read it, each character knowing where it stands in the text itself.

The rule this module keeps: a view is for looking, never for showing. What is found in one is taken out of the text.
The first view is folded: case, width, accents, look-alike letters, and what nobody sees. The others undo escapes of
programs: percent, entities, quoted-printable, backslashes, UTF-7, xtext, folded lines of a vCard, guarded links.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

import re2


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """A text made from another, in pieces: piece i begins at `starts[i]`, and is `sources[i]` of `below`.

    A source is (start, end, even): in an even piece character for character, in others all for all.
    """

    text: str
    starts: Sequence[int] = ()
    sources: Sequence[tuple[int, int, bool]] = ()
    below: View | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where view[start:end] stands in the text that the lowest view was made of."""
        if self.starts:
            start, end = self._source(start)[0], self._source(end - 1)[1]
        return self.below.span(start, end) if self.below else (start, end)

    def _source(self, at: int) -> tuple[int, int]:
        piece = bisect_right(self.starts, at) - 1
        start, end, even = self.sources[piece]
        if even:
            here = start + at - self.starts[piece]
            return here, here + 1
        return start, end


def views(text: str) -> Iterator[View]:
    """The text folded, and then unescaped as long as that changes it, three times at most."""
    view = _first(text)
    yield view
    for _ in range(3):
        expression = _expression(view.text)
        if not expression or not expression.search(view.text):
            return
        deeper = made(view.text, expression, _unescaped, view)
        if deeper.text == view.text:
            return
        view = deeper
        yield view


def _first(text: str) -> View:
    """The text folded; in no pieces where each character becomes one, as nearly always."""
    if text.isascii():
        return View(text.lower())
    text = _LONE_A.sub("@", text) if "ⓐ" in text or "Ⓐ" in text else text
    foreign = kinds(text)
    if len(foreign) > FEW or not all(map(_is_even, foreign)):
        return made(text, _FOREIGN, fold, None)
    for character in foreign:
        text = text.replace(character, _folded(character))
    return View(text.lower())


def kinds(text: str) -> set[str]:
    """The characters of a text that are not ASCII, each once."""
    octets = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    return set(octets.decode("utf-8", "surrogatepass"))


_ASCII = bytes(range(128))


def _is_even(character: str) -> bool:
    """Whether it becomes one character of ASCII, or stays."""
    folded = _folded(character)
    return folded == character == character.lower() or (len(folded) == 1 and folded.isascii())


def made(text: str, pattern: re.Pattern[str] | re2._Regexp, change: Callable[[str], str], below: View | None) -> View:
    """`text` in lower case, `change` made to what `pattern` finds in it. `below`: the view whose text it is, if any,
    and that is in lower case already."""
    lower = str if below else str.lower
    pieces: list[str] = []
    starts: list[int] = []
    sources: list[tuple[int, int, bool]] = []
    at = length = 0

    def add(piece: str, start: int, end: int, even: bool) -> None:
        nonlocal length
        if piece:
            pieces.append(piece)
            starts.append(length)
            sources.append((start, end, even))
            length += len(piece)

    for match in pattern.finditer(text):
        add(lower(text[at : match.start()]), at, match.start(), True)
        add(change(match[0]), match.start(), match.end(), False)
        at = match.end()
    add(lower(text[at:]), at, len(text), True)
    return View("".join(pieces), starts, sources, below)


# --- folding -----------------------------------------------------------------------------------------

_FOREIGN = re.compile(r"[^\x00-\x7f]")
FEW = 40  # kinds of characters that are not ASCII
_LONE_A = re.compile("(?<![ⓐ-ⓩⒶ-Ⓩ])[ⓐⒶ](?![ⓐ-ⓩⒶ-Ⓩ])")  # a circled "a" among other letters is an @ that somebody drew
_DOTS = frozenset("。｡．․·・‧•∙⋅●")
_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\u2800\ufffd")
_NOT_SEEN = frozenset(("Mn", "Me", "Cf", "Cs", "Co", "Cn"))
_PAIRS = (
    "аa еe оo рp сc уy хx іi јj ѕs ԁd һh ӏl ԛq ԝw кk мm тt вb нh αa οo ρp νv ιi κk τt υu εe βb ηn χx γy ωw ıi łl øo đd "
    "ɐa ɔc ǝe ɟf ƃg ɥh ᴉi ɾj ʞk ɯm ɹr ʇt ʌv ʍw ʎy "
    "ħh ŧt ɑa ɡg ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ʟl ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz"
)
_ALIKE = {pair[0]: pair[1] for pair in _PAIRS.split()}
_ALIKE |= zip("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠈⠲", "abcdefghijklmnopqrstuvwxyz@.", strict=True)  # Braille
_DRAWN = (0x249C, 0x1F110, 0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # letters in brackets, boxes, circles and flags


@lru_cache(4096)
def _folded(character: str) -> str:
    code = ord(character)
    if 0xE0020 <= code <= 0xE007E:  # tag characters: invisible ASCII
        return chr(code - 0xE0000).lower()
    if character in _DOTS:
        return "."
    if character in _UNSEEN:
        return ""
    if character in "\u2028\u2029":
        return "\n"
    for first in _DRAWN:
        if first <= code < first + 26:
            return chr(97 + code - first)
    plain = unicodedata.normalize("NFKD", character).casefold()
    return "".join(_ALIKE.get(c, c) for c in plain if unicodedata.category(c) not in _NOT_SEEN)


def fold(text: str) -> str:
    """Lower case, without accents, width, look-alike letters, and characters that nobody sees."""
    return text.lower() if text.isascii() else "".join(map(_folded, text))


# --- escapes -----------------------------------------------------------------------------------------

_CODE = re.compile(r"[%=*-](?:25)*([0-9a-f]{2})")
_USUAL = (
    r"[%&=\\](?:(?<=%)(?:25)*[0-9a-f]{2}(?:%(?:25)*[0-9a-f]{2})*|(?<=%)u[0-9a-f]{4}"
    r"|(?<==)[0-9a-f]{2}(?:=[0-9a-f]{2})*|(?<==)[ \t]*\r?\n"
    r"|(?<=&)(?:amp;)*(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});?"
    r"|(?<=\\)u(?:\{[0-9a-f]{1,6}\}|0000[0-9a-f]{4}|[0-9a-f]{4})|(?<=\\)x\{?[0-9a-f]{2}\}?"
    r"|(?<=\\)0{2,4}[2-7][0-9a-f] ?|(?<=\\)[01][0-7]{2}|(?<=\\)[2-7][0-9a-f] ?|(?<=\\)(?=[@.]))"
)
_ESCAPE = re.compile(_USUAL)  # one class first, so that a scan skips to it
_SELDOM = re.compile(r"u\+00[2-7][0-9a-f] ?|[+&]a(?:ea|c4)-?|\+(?:40|2[be])|\?=\s*=\?[a-z0-9*_-]{2,40}\?q\?|" + _USUAL)
# Proofpoint: in its older links - for % and _ for /, in its newer ones * for what "__;" names behind them.
_GUARDED = re.compile(
    r"-(?:25)*[2-7][0-9a-f]|(?<=[0-9a-f])_|__|\*(?:25)*[2-7][0-9a-f]|\*(?=[\w.-]{3,100}__;)|" + _SELDOM.pattern
)
_GUARD = "urldefense."
_SELDOM_SIGNS = ("+", "&a", "?q")  # one of which each of the marks has
_SELDOM_MARKS = ("u+00", "+aea", "+ac4", "&aea", "?q?", "+40")
_CARD = re2.compile(  # a vCard, a calendar, LDIF: their lines go on behind a line end and one blank (RFC 6350 §3.2)
    r"(?m)^(?:[>|] ?)*(?:begin:v(?:card|calendar)|dn: |(?:item[0-9]+\.)?(?:email|attendee|organizer)(?:;[^:\n]*)?:\S)"
)
_FOLDED = re.compile(r"\r?\n(?:(?:[>|] )+[ \t]|[ \t])(?=[^\s>|])(?![a-z0-9.-]+[:;])|" + _USUAL)


def _expression(text: str) -> re.Pattern[str] | None:
    if _GUARD in text:
        return _GUARDED
    if any(map(text.__contains__, _SELDOM_SIGNS)) and any(map(text.__contains__, _SELDOM_MARKS)):
        return _SELDOM
    if ("\n " in text or "\n\t" in text or "\n>" in text) and _CARD.search(text):
        return _FOLDED
    return _ESCAPE if any(map(text.__contains__, "%&\\=")) else None


def _unescaped(escape: str) -> str:
    """What one escape of a folded text stands for, folded."""
    mark = escape[0]
    if mark in "\r\n":
        return ""
    if mark in "_*" and not escape[1:].strip("_"):
        return "@" if mark == "*" else "/"
    if mark == "\\":
        return fold(_backslash(escape[1:].strip()))
    if escape[:2] in ("%u", "u+"):
        return fold(chr(int(escape[2:], 16)))
    if escape.rstrip("-")[1:] in ("aea", "ac4"):  # UTF-7 of @ and of a dot, lower case by now; & in IMAP's
        return "@" if "e" in escape else "."
    if mark == "+":  # xtext (RFC 3461 §4)
        return chr(int(escape[1:], 16))
    if mark == "&":
        return fold(unescape(unescape(escape.replace("&amp;", "&") + ("" if escape.endswith(";") else ";"))))
    if mark == "?" or not escape[1:].strip():
        return ""
    codes = _CODE.findall(escape)
    return fold(bytes(int(code, 16) for code in codes).decode("utf-8", "replace"))


def _backslash(code: str) -> str:
    """JSON and its like (u0040, x40), C's octal (100), CSS's hex (40, 000040)."""
    if not code:
        return ""
    octal = len(code) == 3 and code.isdigit()
    number = int(code, 8) if octal else int(code.lstrip("ux").strip("{}"), 16)
    return chr(number) if number < 0x110000 else ""
