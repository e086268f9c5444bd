"""What a letter's text becomes before somebody else sees it.

The rule this module keeps: meaning stays, values go. What is taken out leaves a placeholder that says what
stood there, and every e-mail address goes whoever tagged it: all whose domain is not ours or an agency's, and
the writer's own in every spelling that we know of. `egress` checks the finished message with code of its own.

Disguises are looked for in *views* of the text: folded (case, width, accents, invisible characters) and
unescaped (percent, entities, backslashes, quoted-printable). A view knows which part of the text each of its
characters came from, so what is found in it is taken out of the text itself.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import Protocol

import re2

NOUNS: Mapping[str, str] = {
    "name": "name",
    "address": "address",
    "email": "e-mail address",
    "ssn": "Social Security number",
    "password": "password",
    "bank": "bank account number",
    "card": "card number",
    "phone": "phone number",
    "dob": "date of birth",
    "zip": "ZIP code",
    "gender": "gender",
    "id": "identification number",
    "ip": "IP address",
}
"""How each class of personal information is called where it was taken out."""

EMAIL_WITHHELD = "[e-mail address withheld]"
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBERED = ("masked", "reveal", "reveal with a reason")


class Tag(Protocol):
    """What `intake.pii` says about a piece of text: the code points from `start` to `end` are a `cls`."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def cls(self) -> str: ...


@dataclass(slots=True, repr=False)
class Numbering:
    """One ticket's memory of who got which number: a phone stays `[phone number 1]` in every message.

    Holds keyed digests (BLAKE2b under `key`, which is the ticket's and is destroyed with it), never a value.
    """

    key: bytes
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, cls: str, value: str) -> int:
        """The number of `value` within its class, from 1; punctuation, case and spaces make no difference."""
        same = "".join(c for c in unicodedata.normalize("NFKC", value).casefold() if c.isalnum())
        digest = hashlib.blake2b(f"{cls}:{same}".encode("utf-8", "replace"), key=self.key[:64], digest_size=12)
        name = f"{cls}:{digest.hexdigest()}"
        if name not in self.numbers:
            self.numbers[name] = 1 + sum(known.startswith(f"{cls}:") for known in self.numbers)
        return self.numbers[name]

    def __repr__(self) -> str:
        return f"<Numbering of {len(self.numbers)} values>"


@dataclass(frozen=True, slots=True, repr=False)
class Redacted:
    """The text as it may be seen, and how often something of each class was taken out."""

    text: str
    withheld: Mapping[str, int]

    def __repr__(self) -> str:
        return f"<Redacted, {len(self.text)} characters, {sum(self.withheld.values())} withheld>"


@dataclass(frozen=True, slots=True)
class _Cut:
    start: int
    end: int
    cls: str
    action: str


def redact(
    text: str,
    tags: Sequence[Tag],
    action: Callable[[str], str],
    *,
    known: Sequence[str],
    shown_domains: Collection[str] | None,
    numbering: Numbering,
    consented: Collection[str] = (),
) -> Redacted:
    """`text` without what `action(class)` does not show, and without e-mail addresses.

    `tags`: offsets in code points, in order, disjoint (anything else is put in order). `action` answers
    `shown`, `masked`, `withheld` or `removed`; another answer withholds. `known`: the writer's addresses.
    Addresses under `shown_domains` (and their subdomains) stay, unless they are the writer's; with None, all but
    the writer's stay. `consented`:
    addresses that their owner lets this reader see.
    """
    allowed = _Allowed(_folded_domains(shown_domains), frozenset(a.lower() for a in consented))
    owners = tuple(address for address in dict.fromkeys(known) if address.lower() not in allowed.addresses)
    text = text if text.isascii() else _SURROGATE.sub("\ufffd", text)  # one for one: offsets stay
    counts: Counter[str] = Counter()
    cuts = [
        _Cut(max(tag.start, 0), min(tag.end, len(text)), tag.cls, action(tag.cls))
        for tag in tags
        if not (tag.cls == "email" and text[tag.start : tag.end].lower() in allowed.addresses)
    ]
    cuts = [cut for cut in cuts if cut.action != "shown" and cut.start < cut.end]
    for _ in range(4):  # what was taken out may have parted two halves that now meet
        before = text
        cuts += [_Cut(start, end, "email", "withheld") for start, end in _address_spans(text, owners, allowed)]
        text = _CONTROLS.sub("", _replaced(text, _merged(cuts), numbering, counts))
        if text == before:
            break
        cuts = []
    return Redacted(text, dict(counts))


def _merged(cuts: Iterable[_Cut]) -> list[_Cut]:
    """Disjoint and in order; where two overlap their union goes, called an e-mail address if one is."""
    merged: list[_Cut] = []
    for cut in sorted(cuts, key=lambda c: (c.start, -c.end)):
        last = merged[-1] if merged else None
        if last is None or cut.start >= last.end:
            merged.append(cut)
        elif cut.end > last.end or (cut.cls == "email" and cut.start == last.start and cut.end == last.end):
            called = cut if cut.cls == "email" else last
            merged[-1] = _Cut(last.start, max(last.end, cut.end), called.cls, called.action)
    return merged


def _replaced(text: str, cuts: Sequence[_Cut], numbering: Numbering, counts: Counter[str]) -> str:
    pieces, at = [], 0
    for cut in cuts:
        pieces += [text[at : cut.start], _placeholder(cut, text[cut.start : cut.end], numbering)]
        counts[cut.cls] += 1
        at = cut.end
    return "".join((*pieces, text[at:]))


def _placeholder(cut: _Cut, value: str, numbering: Numbering) -> str:
    noun = NOUNS.get(cut.cls, "personal information")
    if cut.cls == "email":
        return EMAIL_WITHHELD
    if cut.action in _NUMBERED:
        return f"[{noun} {numbering.number(cut.cls, value)}]"
    return f"[{noun} removed]" if cut.action == "removed" else f"[{noun} withheld]"


# --- where addresses stand ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class _Allowed:
    domains: frozenset[str] | None
    addresses: frozenset[str]

    def shows(self, address: str) -> bool:
        """Only an address that is written plainly: what needed decoding is never shown."""
        if self.domains is None:
            return True
        address = "".join(address.lower().split()).removeprefix("mailto:").lstrip("<(\"'").rstrip(".")
        labels = address.rpartition("@")[2].split(".")
        return address in self.addresses or any(".".join(labels[i:]) in self.domains for i in range(len(labels)))


def _folded_domains(domains: Collection[str] | None) -> frozenset[str] | None:
    return None if domains is None else frozenset(domain.lower() for domain in domains)


def _address_spans(text: str, owners: Sequence[str], allowed: _Allowed) -> Iterator[tuple[int, int]]:
    if allowed.domains is None:
        for view in _views(text):
            yield from (view.span(start, end) for start, end in _owners(view, owners))
        return
    for view in _views(text):
        for start, end in (*_plain(view, text, allowed), *_in_words(view), *_owners(view, owners)):
            yield view.span(start, end)
    yield from _blobs(text)


# Letters of any script, as ranges: with \pL re2 makes expressions so large that it leaves its fast path. Left
# out are the blocks of punctuation, so that a typographic quotation mark ends an address.
_ALPHA = r"a-z\x{c0}-\x{1fff}\x{2c00}-\x{2dff}\x{3040}-\x{fdff}\x{fe70}-\x{1ffff}\x{20000}-\x{3ffff}"
_WORD = rf"{_ALPHA}0-9_"
# RFC 5322 atext (RFC 6531 for the letters). The character before the @ is no slash: there is no address in
# "video.example/@channel.name".
_LOCAL = rf"""(?:"[^"\n]{{1,64}}"|[{_WORD}!#$%&'*+/=?^`{{|}}~.-]*[{_WORD}!#$%&'*+=?^`{{|}}~.-])"""
_LABEL = rf"[{_ALPHA}0-9][{_WORD}-]*"
_COMMON_TLD = (
    r"(?:com|net|org|edu|gov|mil|info|biz|name|io|app|dev|xyz|online|site|live|mail|email|example|test"
    r"|invalid|us|uk|de|fr|es|it|nl|be|pl|pt|br|mx|ca|co|me|tv|eu|ch|at|se|no|dk|ie|in|ru|ua|cn|jp|au)"
)
_ADDRESS = re2.compile(rf"{_LOCAL}@(?:{_LABEL}(?:\.{_LABEL})*\.(?:xn--[a-z0-9-]+|[{_ALPHA}]{{2,}})|\[[0-9a-fipv.:]+\])")
_APART = re2.compile(rf"{_LOCAL}[\s>]{{0,8}}@[\s>]{{0,8}}{_LABEL}(?:\.{_LABEL})*\.{_COMMON_TLD}\b")


def _plain(view: _View, text: str, allowed: _Allowed) -> Iterator[tuple[int, int]]:
    if "@" not in view.text:
        return
    for match in _ADDRESS.finditer(view.text):
        start, end = view.span(*match.span())
        if not (text[start:end].lower() == match[0] and allowed.shows(match[0])):
            yield match.span()
    if " @" in view.text or "@ " in view.text or "\n" in view.text:
        for match in _APART.finditer(view.text):
            if not allowed.shows(match[0]):
                yield match.span()


# "point" counts in brackets alone ("look at this point in time"), and so does "(a)" not at all (statutes).
_DOT_WORDS = r"(?:dot|punto|ponto|punkt|punt|kropka|d0t)"
_AT_WORDS = r"(?:arroba|aapenstaartje|arobase|chiocciola|klammeraffe|małpa|malpa|apenstaart)"
_DOT_BRACKETED = rf"\s*[\[({{<]\s*(?:{_DOT_WORDS}|point|\.)\s*[\])}}>]\s*"
_DOT_SPOKEN = rf"(?:{_DOT_BRACKETED}|\s+{_DOT_WORDS}\s+|[_-]{_DOT_WORDS}[_-])"
_DOT = rf"(?:{_DOT_SPOKEN}|\.)"
_AT_BRACKETED = rf"(?:\s*[\[({{<*]\s*(?:at|@|chez|bei|{_AT_WORDS})\s*[\])}}>*]\s*|_at_)"
_SPELT_LOCAL = rf"(?:[{_WORD}+-]+{_DOT}){{0,4}}[{_WORD}+.-]*[{_ALPHA}0-9]"


def _spelt(at: str, last_dot: str, tld: str) -> re2._Regexp:
    return re2.compile(rf"{_SPELT_LOCAL}{at}{_LABEL}(?:{_DOT}{_LABEL})*{last_dot}{tld}\b")


_SAID_AT = (
    _spelt(_AT_BRACKETED, _DOT, rf"[{_ALPHA}]{{2,24}}"),
    _spelt(rf"\s+{_AT_WORDS}\s+", _DOT, rf"[{_ALPHA}]{{2,24}}"),
)
_SAID_DOT = (_spelt(r"\s+at\s+", _DOT_SPOKEN, _COMMON_TLD), _spelt(r"\s*@\s*", _DOT_SPOKEN, _COMMON_TLD))
_AT_GATES = (
    *("(at", "[at", "{at", "<at", "*at*", "_at_", "( at", "[ at", "(@", "[@", "(chez", "(bei"),
    *("arroba", "aapenstaart", "arobase", "chiocciola", "klammeraffe", "małpa", "malpa"),
)
_DOT_GATES = ("dot", "punto", "ponto", "(point", "[point", "punkt", "punt", "kropka", "d0t", "(.)", "[.]")
_DOT_TLD = re2.compile(rf"{_DOT_SPOKEN}{_COMMON_TLD}\b")


def _in_words(view: _View) -> Iterator[tuple[int, int]]:
    """Spelt out: "maria dot lopez at example dot com", "maria (at) example.com"."""
    text = view.text
    if any(gate in text for gate in _AT_GATES):
        for expression in _SAID_AT:
            yield from (match.span() for match in expression.finditer(text))
    if any(gate in text for gate in _DOT_GATES) and _DOT_TLD.search(text):
        for expression in _SAID_DOT:
            yield from (match.span() for match in expression.finditer(text))


# --- the writer's own addresses ----------------------------------------------------------------------

_FOREIGN = re.compile(r"[^\x00-\x7f]")
_COMPACT_DOT = r"(?:dot|punto|ponto|point|punkt|punt|kropka|d0t)?"
_COMPACT_AT = r"(at|arroba|aapenstaartje|arobase|chiocciola|klammeraffe|małpa|malpa|chez|bei)?"
_NOT_ALNUM = bytes(code for code in range(128) if not chr(code).isalnum())


def _owners(view: _View, owners: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The writer's addresses however they are broken up: all that is no letter or digit is looked through.

    Somewhere between the two halves an @, or a word for it, must stand.
    """
    text = view.text
    for address in map(fold, owners):
        at = -1
        while (at := text.find(address, at + 1)) >= 0:
            yield at, at + len(address)
        text = text.replace(address, "\0" * len(address))
    letters = _alnum(text) if owners else ""
    indices: list[int] = []
    for address in owners:
        for expression, backwards in _spellings(address, letters):
            for match in expression.finditer(letters):
                indices = indices or [i for i, c in enumerate(text) if c.isalnum()]
                left, right = match.span(1)[1], match.span(3)[0]
                start, end = indices[match.start()], indices[match.end() - 1] + 1
                between = text[indices[left - 1] + 1 : indices[right]]
                spoken = bool(match[2]) and not backwards and _stands_alone(text, start, end)
                if ("@" in between or "=" in between or spoken) and end - start <= 6 * len(match[0]) + 60:
                    yield start, end


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _spellings(address: str, letters: str) -> Iterator[tuple[re2._Regexp, bool]]:
    """Expressions for the address over `letters`, forwards and backwards; none if its pieces do not occur."""
    local, _, domain = fold(address).rpartition("@")
    base, _, tag = local.partition("+")
    names = [piece for piece in map(_alnum, base.split(".")) if piece]
    labels = [piece for piece in map(_alnum, domain.split(".")) if piece]
    if not names or not labels:
        return
    if all(piece in letters for piece in (*names, *labels)):
        tagged = rf"(?:(?:plus)?{re2.escape(_alnum(tag))})?" if _alnum(tag) else ""
        yield (
            re2.compile(
                f"({_COMPACT_DOT.join(map(re2.escape, names))}{tagged}){_COMPACT_AT}"
                f"({_COMPACT_DOT.join(map(re2.escape, labels))})"
            ),
            False,
        )
    reverse = "".join(names)[::-1]
    if reverse in letters and "".join(labels)[::-1] in letters:
        yield re2.compile(f"({re2.escape(''.join(labels)[::-1])})()({re2.escape(reverse)})"), True


def _alnum(text: str) -> str:
    """The letters and digits of a text, alone."""
    text = text.encode("utf-8", "replace").translate(None, _NOT_ALNUM).decode()
    return text if text.isascii() else _FOREIGN.sub(lambda c: c[0] if c[0].isalnum() else "", text)


# --- pasted base64 -----------------------------------------------------------------------------------

_LONG_WORD = re.compile(r"[A-Za-z0-9+/_-]{16}")
_BLOB = re2.compile(r"(?:[A-Za-z0-9+/_-]{40,}\r?\n[> ]*)+[A-Za-z0-9+/_-]{4,}={0,2}|[A-Za-z0-9+/_-]{16,}={0,2}")
_ADDRESS_IN_OCTETS = re2.compile(rb"(?i)[a-z0-9._%+-]{2,}(?:@|%40)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def _blobs(text: str) -> Iterator[tuple[int, int]]:
    """Base64 that hides an address."""
    if not _LONG_WORD.search(text):
        return
    for match in _BLOB.finditer(text):
        data = re.sub(rb"[^A-Za-z0-9+/]", b"", match[0].encode("ascii").translate(_URL_SAFE))
        if any(_ADDRESS_IN_OCTETS.search(octets) for octets in _decodings(data)):
            yield match.span()


def _decodings(data: bytes) -> Iterator[bytes]:
    """What `data` decodes to from each of its first 4 characters: what is glued on shifts the quads."""
    for offset in range(4):
        piece = data[offset:]
        octets = binascii.a2b_base64(piece[: len(piece) - (len(piece) % 4 == 1)] + b"===")
        yield octets.replace(b"\0", b"")


# --- views -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class _View:
    """A text made from another, in pieces: piece i begins at `starts[i]`, and is `sources[i]` of `below`.

    A source is (start, end, even): in an even piece character for character, in others all for all.
    """

    text: str
    starts: Sequence[int] = ()
    sources: Sequence[tuple[int, int, bool]] = ()
    below: _View | None = None

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


_CODE = re.compile(r"[%=](?:25)*([0-9a-fA-F]{2})")
_ESCAPE = re.compile(  # one class first, so that a scan skips to it
    r"[%&=\\](?:(?<=%)(?:25)*[0-9a-fA-F]{2}(?:%(?:25)*[0-9a-fA-F]{2})*"
    r"|(?<==)[0-9a-fA-F]{2}(?:=[0-9a-fA-F]{2})*|(?<==)\r?\n"
    r"|(?<=&)(?:amp;)*(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});?"
    r"|(?<=\\)u\{?[0-9a-fA-F]{4}\}?|(?<=\\)x[0-9a-fA-F]{2})"
)


def _views(text: str) -> Iterator[_View]:
    """The text folded, and then unescaped as long as that changes it, three times at most."""
    view = _View(text.lower()) if text.isascii() else _made(text, _FOREIGN, fold, None)
    yield view
    for _ in range(3):
        if not any(mark in view.text for mark in "%&\\="):
            return
        deeper = _made(view.text, _ESCAPE, _unescaped, view)
        if deeper.text == view.text:
            return
        view = deeper
        yield view


def _made(text: str, pattern: re.Pattern[str], change: Callable[[str], str], below: _View | None) -> _View:
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
        add(text[at : match.start()].lower(), at, match.start(), True)
        add(change(match[0]), match.start(), match.end(), False)
        at = match.end()
    add(text[at:].lower(), at, len(text), True)
    return _View("".join(pieces), starts, sources, below)


@lru_cache(4096)
def _folded(character: str) -> str:
    code = ord(character)
    if 0xE0020 <= code <= 0xE007E:  # tag characters: invisible ASCII
        return chr(code - 0xE0000).lower()
    if character in "。｡．․·・‧":
        return "."
    plain = unicodedata.normalize("NFKD", character).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cs"))


def fold(text: str) -> str:
    """Lower case, without accents, width, and characters that nobody sees."""
    return text.lower() if text.isascii() else "".join(map(_folded, text))


def _unescaped(escape: str) -> str:
    mark = escape[0]
    if mark == "&":
        return fold(unescape(unescape(escape.replace("&amp;", "&") + ("" if escape.endswith(";") else ";"))))
    if mark == "\\":
        return fold(chr(int(escape[2:].strip("{}"), 16)))
    if mark == "=" and not escape[1:].strip():
        return ""
    codes = _CODE.findall(escape)
    return fold(bytes(int(code, 16) for code in codes).decode("utf-8", "replace"))
