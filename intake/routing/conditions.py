"""What a rule may ask of a letter, compiled: each condition answers with its evidence or with None.

The rule it keeps: evidence is the rules file's own words with counts and positions, never the citizen's text.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from intake.routing.office import Office
from intake.routing.words import Lexicon, by_key, longest, spoken, words

SUBJECT, TEXT = "subject", "text"
_SHOWN_POSITIONS = 3


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What is known of a letter when its way is decided.

    `recipients` are those of our own addresses it was written to, `fields` the form's answers, `tags` the classes
    of personal information found in it, `attachment_types` media types as claimed by the sender. `authenticated`: the
    sender's domain vouches for it; `spam`: a filter in front of us says so; `received`: None where nobody knows.
    """

    channel: str
    subject: str
    text: str
    sender_email: str = ""
    recipients: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    tags: frozenset[str] = frozenset()
    machine: bool = False
    attachment_types: tuple[str, ...] = ()
    authenticated: bool = False
    spam: bool = False
    received: datetime | None = None

    def __repr__(self) -> str:
        return f"<Question by {self.channel}, {len(self.text)} characters>"


class Part:
    """Subject or text of a letter, read once for all rules."""

    def __init__(self, raw: str, lexicon: Lexicon, vocabulary: Container[tuple[str, ...]]) -> None:
        self._words = words(raw)
        self.length = len(self._words.folded)
        self._raw = raw
        hits = lexicon.hits(self._words)
        self.found = by_key(hits)
        """Every term of the rules file in it: the words it begins with."""
        self.scored = by_key(longest(hit for hit in hits if hit.key in vocabulary))
        """The same without overlaps, for the vocabulary."""

    @cached_property
    def raw(self) -> str:
        """The text; RE2 refuses lone surrogates, and positions stay the same."""
        return self._raw.encode("utf-8", "replace").decode()

    @cached_property
    def starts(self) -> list[int]:
        """Where its words begin, in code points."""
        return self._words.starts()

    def located(self, what: str, where: str, firsts: Sequence[int]) -> str:
        """`what`, which begins with these words, as `located` says it."""
        return located(what, where, [self.starts[first] for first in firsts])


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """A question as the conditions look at it."""

    question: Question
    parts: Mapping[str, Part]
    _spoken: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Words of subject and text."""
        return sum(part.length for part in self.parts.values())

    def has(self) -> Iterator[tuple[str, ...]]:
        """Every term found in it, and what stands in each field of the form."""
        for part in self.parts.values():
            yield from part.found
        yield from (value(name, self.spoken(name)) for name in self.question.fields)

    def spoken(self, name: str) -> str:
        """What the form's field `name` holds, comparable."""
        if name not in self._spoken:
            self._spoken[name] = spoken(str(self.question.fields.get(name, "")))
        return self._spoken[name]


def view(question: Question, lexicon: Lexicon, vocabulary: Container[tuple[str, ...]]) -> View:
    """Read subject and text once: every term of the file is found in the same pass."""
    raws = {SUBJECT: question.subject, TEXT: question.text}
    return View(question, {where: Part(raw, lexicon, vocabulary) for where, raw in raws.items()})


Evidence = tuple[str, ...]


class Condition(Protocol):
    """One thing a rule asks."""

    def evidence(self, seen: View) -> Evidence | None:
        """Why it holds, in the file's own words; None when it does not."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Written to one of these of our addresses: the part before the @, or the whole."""

    names: tuple[str, ...]

    def evidence(self, seen: View) -> Evidence | None:
        to = {address.casefold() for address in seen.question.recipients}
        to |= {address.partition("@")[0] for address in to}
        return _first("recipient", self.names, to)


@dataclass(frozen=True, slots=True)
class Channel:
    names: tuple[str, ...]

    def evidence(self, seen: View) -> Evidence | None:
        return _first("channel", self.names, {seen.question.channel})


@dataclass(frozen=True, slots=True)
class Language:
    names: tuple[str, ...]

    def evidence(self, seen: View) -> Evidence | None:
        return _first("language", self.names, {seen.question.language})


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form holds one of these values; case and accents forgiven."""

    field: str
    values: Mapping[str, str]  # comparable, and as written

    def evidence(self, seen: View) -> Evidence | None:
        written = self.values.get(seen.spoken(self.field))
        return None if written is None else (f"{self.field} is {written!r}",)


@dataclass(frozen=True, slots=True)
class Tags:
    """Personal information of one of these classes stands in the letter."""

    classes: tuple[str, ...]

    def evidence(self, seen: View) -> Evidence | None:
        return _first("tagged", self.classes, seen.question.tags)


@dataclass(frozen=True, slots=True)
class SenderDomain:
    """Sent from one of these domains or from a domain below it."""

    domains: tuple[str, ...]

    def evidence(self, seen: View) -> Evidence | None:
        _, at, domain = seen.question.sender_email.casefold().rpartition("@")
        match = next((d for d in self.domains if at and (domain == d or domain.endswith(f".{d}"))), None)
        return None if match is None else (f"sender domain is {match!r}",)


@dataclass(frozen=True, slots=True)
class Attachments:
    """A file of one of these media types came along; `image/*` stands for all images."""

    types: tuple[str, ...]

    def evidence(self, seen: View) -> Evidence | None:
        given = {kind.casefold().partition(";")[0].strip() for kind in seen.question.attachment_types}
        given |= {f"{kind.partition('/')[0]}/*" for kind in given}
        return _first("attachment", self.types, given)


@dataclass(frozen=True, slots=True)
class Is:
    """Something is so, or is not: `machine`, `authenticated` or `spam` of a question."""

    what: str
    so: bool

    def evidence(self, seen: View) -> Evidence | None:
        return (said(self.what, self.so),) if getattr(seen.question, self.what) is self.so else None


def said(what: str, so: bool) -> str:
    """What `Is` asks, in words."""
    return _SAID[what][not so]


_SAID = {
    "machine": ("written by a machine", "written by a person"),
    "authenticated": ("the sender's domain vouches for it", "nobody vouches for the sender"),
    "spam": ("a filter calls it spam", "no filter calls it spam"),
}


@dataclass(frozen=True, slots=True)
class Hours:
    """It came while the office was open, or while it was not."""

    office: Office
    open: bool

    def evidence(self, seen: View) -> Evidence | None:
        at = seen.question.received
        if at is None or self.office.is_open(at) is not self.open:
            return None
        return ("came while the office was open" if self.open else "came while the office was closed",)


@dataclass(frozen=True, slots=True)
class Has:
    """One of these words or phrases stands in one of the parts."""

    where: tuple[str, ...]
    terms: tuple[tuple[str, tuple[str, ...]], ...]  # as written, and its key

    def evidence(self, seen: View) -> Evidence | None:
        found = [
            seen.parts[where].located(f"{term!r}", where, firsts)
            for where in self.where
            for term, key in self.terms
            if (firsts := seen.parts[where].found.get(key))
        ]
        return tuple(found) or None


@dataclass(frozen=True, slots=True)
class Matches:
    """One of these patterns (RE2, case forgiven) is found in one of the parts."""

    where: tuple[str, ...]
    patterns: tuple[tuple[str, Any], ...]  # as written, and compiled

    def evidence(self, seen: View) -> Evidence | None:
        for where in self.where:
            for written, compiled in self.patterns:
                if match := compiled.search(seen.parts[where].raw):
                    return (located(f"pattern {written!r}", where, (match.start(),)),)
        return None


@dataclass(frozen=True, slots=True)
class All:
    """Every one holds; of none, nothing is asked."""

    conditions: tuple[Condition, ...]

    def evidence(self, seen: View) -> Evidence | None:
        found: list[str] = []
        for condition in self.conditions:
            if (why := condition.evidence(seen)) is None:
                return None
            found.extend(why)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Any_:
    """At least one holds; the first that does is the evidence."""

    conditions: tuple[Condition, ...]

    def evidence(self, seen: View) -> Evidence | None:
        return next((why for c in self.conditions if (why := c.evidence(seen)) is not None), None)


@dataclass(frozen=True, slots=True)
class Not:
    condition: Condition

    def evidence(self, seen: View) -> Evidence | None:
        return ("what 'not' excludes is absent",) if self.condition.evidence(seen) is None else None


def value(field: str, spoken: str) -> tuple[str, ...]:
    """What stands among terms for a field of the form with this in it."""
    return (f"\0{field}", spoken)


def needed(condition: Condition) -> frozenset[tuple[str, ...]] | None:
    """Terms, or values of the form's fields (`value`), of which a letter must have one for the condition to hold; None
    where it may hold without any."""
    match condition:
        case Field():
            return frozenset(value(condition.field, spoken) for spoken in condition.values)
        case Has():
            return frozenset(key for _, key in condition.terms)
        case All():
            return min((terms for c in condition.conditions if (terms := needed(c)) is not None), key=len, default=None)
        case Any_():
            several = [needed(c) for c in condition.conditions]
            return None if None in several else frozenset().union(*filter(None, several))
    return None


def located(what: str, where: str, positions: Sequence[int]) -> str:
    """`what` ×n in `where` at its first few positions, counted in code points from 0."""
    places = ", ".join(str(at) for at in positions[:_SHOWN_POSITIONS])
    more = ", …" if len(positions) > _SHOWN_POSITIONS else ""
    return f"{what} ×{len(positions)} in {where} at {places}{more}"


def _first(what: str, wanted: tuple[str, ...], given: frozenset[str] | set[str]) -> Evidence | None:
    match = next((value for value in wanted if value in given), None)
    return None if match is None else (f"{what} is {match!r}",)
