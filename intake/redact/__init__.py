"""What a letter's text becomes before somebody else sees it.

The rule this module keeps: meaning stays, values go. What is taken out leaves a placeholder that says what
stood there, and every e-mail address goes whoever tagged it: all whose domain is not ours or an agency's, and
the writer's own in every spelling that we know of. `egress` checks the finished message with code of its own.

Disguises are looked for in *views* of the text (`spelling`): anybody's addresses (`address`), whatever stands between
their pieces (`joint`), the writer's own in more spellings (`owner`) and told beside its domain (`near`), what is said
in words (`spoken`), and what is packed as base64 and the like (`encoded`). What people call an "@" and a dot is in
`words`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from intake.redact import address, encoded, owner
from intake.redact.allowed import Allowed
from intake.redact.local import is_known, is_name, is_ordinary
from intake.redact.spelling import View, fold, views
from intake.redact.spoken import heard

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
    "file": "encoded file",
    "link": "link",
    "alias": "e-mail address",
}
"""How each class of personal information is called where it was taken out."""

EMAIL_WITHHELD = "[e-mail address withheld]"
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LONG = 8  # letters and digits of a value whose last four say little
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
        """The number of `value` within its class, from 1.

        Punctuation, case and spaces make no difference, nor does +1 before a phone number, nor that a person is named
        in full or by a part of the name that nobody else of the ticket has.
        """
        words = _words(value) if cls == "name" else []
        name = f"{cls}:{self._digest(cls, _same(cls, value))}"
        if name not in self.numbers:
            taken = (number for key, number in self.numbers.items() if key.startswith(f"{cls}:"))
            self.numbers[name] = self._person(words) or 1 + max(taken, default=0)
        if words:
            self._remember(words, self.numbers[name])
        return self.numbers[name]

    def _digest(self, cls: str, value: str) -> str:
        text = f"{cls}:{value}".encode("utf-8", "replace")
        return hashlib.blake2b(text, key=self.key[:64], digest_size=12).hexdigest()

    def _person(self, words: Sequence[str]) -> int:
        """Who is meant by a name: all its words are one person's, or the person was only named by one of them; or 0."""
        owners = [self.numbers.get(f"word:{self._digest('word', word)}", 0) for word in words]
        known = {owner for owner in owners if owner}
        if len(known) != 1 or _SEVERAL in known:
            return 0
        person = known.pop()
        return person if all(owners) or self.numbers.get(f"words:{person}") == 1 else 0

    def _remember(self, words: Sequence[str], person: int) -> None:
        for word in words:
            key = f"word:{self._digest('word', word)}"
            self.numbers[key] = person if self.numbers.get(key, person) == person else _SEVERAL
        self.numbers[f"words:{person}"] = max(len(words), self.numbers.get(f"words:{person}", 0))

    def __repr__(self) -> str:
        return f"<Numbering of {len(self.numbers)} values>"


_SEVERAL = -1  # a word that is in the names of several people
_NOT_A_WORD = re.compile(r"[\W_]+")


def _words(value: str) -> list[str]:
    """The words of a name in one spelling; initials are left out, if something else is there."""
    words = [word for word in _NOT_A_WORD.split(_plain(value).replace("'", "").replace("’", "")) if word]
    return [word for word in words if len(word) > 1] or words


def _plain(value: str) -> str:
    return value.lower() if value.isascii() else unicodedata.normalize("NFKC", value).casefold()


def _same(cls: str, value: str) -> str:
    """The value without what people write differently."""
    if cls == "name":
        return " ".join(_words(value))
    same = "".join(filter(str.isalnum, _plain(value)))
    if cls == "phone" and same.isdecimal():
        same = same.removeprefix("00")
        return same[1:] if len(same) == 11 and same.startswith("1") else same
    return same


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
    the writer's stay. The writer's local part alone goes too, as `owner` says; the names that `tags` and `action` show
    stay. `consented`: addresses that their owner lets this reader see.
    """
    allowed = Allowed.of(shown_domains, consented)
    owners = tuple(address for address in dict.fromkeys(known) if address.lower() not in allowed.addresses)
    text = _encodable(text)
    counts: Counter[str] = Counter()
    cuts = [
        _Cut(max(_begins(text, tag), 0), min(tag.end, len(text)), tag.cls, action(tag.cls))
        for tag in tags
        if not (tag.cls == "email" and (allowed.official(text[tag.start : tag.end]) or _is_name(text, tag)))
    ]
    names = {word for cut in cuts if cut.cls == "name" and cut.action == "shown" for word in _folded(text, cut)}
    cuts = [cut for cut in cuts if cut.action != "shown" and cut.start < cut.end]
    for _ in range(4):  # what was taken out may have parted two halves that now meet
        before = text
        cuts += _found(text, owners, names, allowed)
        text = _CONTROLS.sub("", _replaced(text, _merged(cuts), numbering, counts))
        if text == before:
            break
        cuts = []
    return Redacted(text, dict(counts))


def _encodable(text: str) -> str:
    """Without lone surrogates, one for one: offsets stay."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def _folded(text: str, name: _Cut) -> list[str]:
    return _NOT_A_WORD.split(fold(text[name.start : name.end]))


def _found(text: str, owners: Sequence[str], names: Collection[str], allowed: Allowed) -> Iterator[_Cut]:
    """What nobody needs to have tagged."""
    anybody = allowed.domains is not None
    for view in _views(text):
        spans = [view.span(*span) for span in owner.find(view, owners, names, text)]
        if anybody:
            spans += address.find(view, text, allowed)
        for start, end in spans:
            yield _Cut(start, end, "email", "withheld")
    for found in encoded.find(text, owners, anybody):
        yield _Cut(found.start, found.end, found.cls, "withheld")


def _views(text: str) -> Iterator[View]:
    first, *deeper = views(text)
    yield from (first, *heard(first), *deeper)


_MONTHS = frozenset(("may", "april", "june", "august", "mai", "juni", "juin", "avril", "abril"))
_ADDRESS_FOLLOWS = re.compile(r"\s{0,3}[<(\[]?[^\s@]{1,64}@\w")


def _is_name(text: str, tag: Tag) -> bool:
    """Whether what was tagged as an address is the name in front of one."""
    words = text[tag.start : tag.end].split()
    named = all(word.isalpha() and word.istitle() and is_known(word.lower()) for word in words)
    return named and bool(_ADDRESS_FOLLOWS.match(text, tag.end))


# "… in May. anna77@ gmail.com": the end of a sentence and the beginning of an address behind it.
_SENTENCE_BEFORE = re.compile(r"([^\W\d_]{3,})[.!?]\s+(?=[^\s@]+\s?(?:@|\(?at\b))")


def _begins(text: str, tag: Tag) -> int:
    """Where a tag begins, without the end of a sentence that was tagged with an address."""
    before = _SENTENCE_BEFORE.match(text, max(tag.start, 0), tag.end) if tag.cls == "email" else None
    word = fold(before[1]) if before else ""
    return before.end() if before and is_ordinary(word) and (word in _MONTHS or not is_name(word)) else tag.start


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
    if cut.action == "last four":
        told = [c for c in value if c.isalnum()]
        ending = f", ending {''.join(told[-4:])}" if len(told) >= _LONG else ""
        return f"[{noun} {numbering.number(cut.cls, value)}{ending}]"
    return f"[{noun} removed]" if cut.action == "removed" else f"[{noun} withheld]"
