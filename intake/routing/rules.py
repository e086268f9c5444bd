"""The rules in force: what a rules file becomes once it is checked. Frozen; shared by every letter it decides.

The rule it keeps: everything that can fail (patterns, terms, names) has failed before a `Rules` exists, so that
deciding cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import re2

from intake import handling
from intake.handling import Handling
from intake.routing import conditions as c
from intake.routing.conditions import SUBJECT, TEXT, Condition, Question
from intake.routing.office import Office, Within
from intake.routing.schema import (
    ADDRESSED,
    AgencyEntry,
    ExampleEntry,
    HandlingTable,
    RuleEntry,
    RuleExample,
    RulesFile,
    When,
)
from intake.routing.words import Lexicon, key, spoken

GENERAL = "general"
"""The agency that gets what nothing decides."""
VOCABULARY = "vocabulary"

WEIGHTS: Mapping[str, float] = MappingProxyType({"sure": 5.0, "likely": 3.0, "hint": 1.0})
"""Points of a term, by how sure it is."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency letters may go to. `senders` are the domains its answers come from; `alert` is the mailbox told of
    urgent letters, "" if none; `redirects_from` the agencies that may pass letters on to it, None: every one.
    """

    id: str
    names: Mapping[str, str]
    mailbox: str
    senders: tuple[str, ...]
    answer_within: Within
    attachments: str  # "withheld", or "clean": what can be written anew goes along
    state: str = "confirmed"
    alert: str = ""
    redirects_from: tuple[str, ...] | None = None
    privacy_notice: str = ""
    custodian: str = ""

    def name(self, language: str = "en") -> str:
        return self.names.get(language) or self.names["en"]

    @property
    def takes_letters(self) -> bool:
        """Whether its mailbox is known to take letters from here."""
        return self.state == "confirmed"

    def takes_from(self, agency: str | None) -> bool:
        """Whether `agency` may pass a letter on to it; general triage passes on to everybody."""
        return self.redirects_from is None or agency in (None, GENERAL, self.id) or agency in self.redirects_from

    def accepts(self, sender: str) -> bool:
        """Whether an answer from this address can be the agency's, by its domain alone."""
        return sender.rpartition("@")[2].casefold() in self.senders


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence of the file, compiled. `agency` is "" where a person decides, or the address does. `refusal`: what
    the citizen is told, by language; {} where the letter is not refused."""

    name: str
    condition: Condition
    agency: str = ""
    hold: str = ""
    copies: tuple[str, ...] = ()
    urgent: bool = False
    answer_within: Within | None = None
    refusal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase of the vocabulary, as written, and the points it gives to each agency."""

    written: str
    points: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Example:
    """A golden case: this letter must go there, and by that rule if one is named. `at`: where it stands in the file."""

    at: tuple[str | int, ...]
    question: Question
    language: str  # "" when it is to be recognised
    agency: str
    by: str


@dataclass(frozen=True, slots=True, repr=False)
class Rules:
    """A checked rules file. `version` is the first twelve hex digits of the SHA-256 of its octets, `source`."""

    version: str
    source: bytes
    agencies: Mapping[str, Agency]
    rules: tuple[Rule, ...]
    vocabulary: Mapping[Key, Term]
    least: float
    lead: float
    examples: tuple[Example, ...]
    lexicon: Lexicon
    office: Office
    asks: frozenset[str]  # what costs time to find out, and some rule asks: authenticated, spam
    handlings: Mapping[str, Handling] = field(default_factory=dict)
    always: tuple[int, ...] = ()  # rules that may hold whatever words stand in a letter, by their place
    asking: Mapping[Key, tuple[int, ...]] = field(default_factory=dict)  # the others, by the terms they need one of

    def __repr__(self) -> str:
        return f"<Rules {self.version}: {len(self.agencies)} agencies, {len(self.rules)} rules>"

    def candidates(self, terms: Iterable[Key]) -> list[Rule]:
        """The rules that can hold for a letter that `has` these, in order: of many thousand, few."""
        places = {*self.always, *(n for term in terms for n in self.asking.get(term, ()))}
        return [self.rules[n] for n in sorted(places)]

    def handling(self, agency: str) -> Handling:
        """The handling table for letters of `agency`; the file's general one for an agency it does not know."""
        return self.handlings.get(agency) or self.handlings[GENERAL]


def compiled(file: RulesFile, source: bytes, version: str) -> Rules:
    """The rules of a file that passed every check of `load`."""
    office = Office.of(file.office)
    rules = tuple(_rules(file.rules, office))
    needs = [c.needed(rule.condition) for rule in rules]
    vocabulary = _vocabulary(file)
    lexicon = Lexicon([*vocabulary, *(key(term) for entry in file.rules for term in terms(entry.when))])
    return Rules(
        version=version,
        source=source,
        agencies=MappingProxyType({id_: _agency(id_, entry) for id_, entry in file.agencies.items()}),
        rules=rules,
        vocabulary=vocabulary,
        least=file.deciding.least,
        lead=file.deciding.lead,
        examples=tuple(_examples(file, office)),
        lexicon=lexicon,
        office=office,
        asks=frozenset(what for entry in file.rules for what in costly(entry.when)),
        handlings=MappingProxyType(_handlings(file)),
        always=tuple(n for n, terms in enumerate(needs) if terms is None),
        asking=MappingProxyType(_asking(needs)),
    )


def _asking(needs: Iterable[frozenset[Key] | None]) -> dict[Key, tuple[int, ...]]:
    asking: dict[Key, list[int]] = {}
    for n, terms in enumerate(needs):
        for term in terms or ():
            asking.setdefault(term, []).append(n)
    return {term: tuple(places) for term, places in asking.items()}


def _agency(id_: str, entry: AgencyEntry) -> Agency:
    domain = entry.mailbox.rpartition("@")[2]
    return Agency(
        id=id_,
        names=MappingProxyType({str(language): name for language, name in entry.name.items()}),
        mailbox=entry.mailbox,
        senders=tuple(d.casefold() for d in entry.senders or [domain]),
        answer_within=Within.of(entry.answer_within),
        attachments=entry.attachments,
        state=entry.state,
        alert=entry.alert or "",
        redirects_from=None if entry.redirects_from is None else tuple(entry.redirects_from),
        privacy_notice=entry.privacy_notice or "",
        custodian=entry.custodian or "",
    )


def changes(table: HandlingTable) -> dict[str, dict[str, str]]:
    """A written handling table without what it leaves out."""
    return {cls: row.model_dump(exclude_none=True) for cls, row in table.items()}


def _handlings(file: RulesFile) -> dict[str, Handling]:
    general = handling.DEFAULT.changed(changes(file.handling))
    return {id_: general.changed(changes(entry.handling)) for id_, entry in file.agencies.items()}


def _vocabulary(file: RulesFile) -> Mapping[Key, Term]:
    written: dict[Key, str] = {}
    points: dict[Key, dict[str, float]] = {}
    for agency, entry in file.vocabulary.items():
        for grade, weight in WEIGHTS.items():
            for term in getattr(entry, grade) or ():
                written.setdefault(key(term), term)
                points.setdefault(key(term), {})[agency] = weight
    for phrase in file.deciding.ignored or ():
        written[key(phrase)], points[key(phrase)] = phrase, {}
    return MappingProxyType({k: Term(written[k], MappingProxyType(points[k])) for k in written})


def _rules(entries: Iterable[RuleEntry], office: Office) -> Iterator[Rule]:
    """The file's rules in order; the one for addressed letters first unless the file places it."""
    entries = tuple(entries)
    if all(entry.rule != ADDRESSED for entry in entries):
        yield Rule(ADDRESSED, c.All(()))
    for entry in entries:
        yield Rule(
            entry.rule,
            condition(entry.when, office),
            entry.agency or "",
            entry.hold or "",
            copies=tuple(entry.copy_to or ()),
            urgent=entry.priority == "urgent",
            answer_within=Within.of(entry.answer_within) if entry.answer_within else None,
            refusal=MappingProxyType({str(language): text for language, text in (entry.refuse or {}).items()}),
        )


def _examples(file: RulesFile, office: Office) -> Iterator[Example]:
    for n, rule in enumerate(file.rules):
        for m, entry in enumerate(rule.examples or ()):
            question = _question(entry, office)
            where = ("rules", n, "examples", m)
            yield Example(where, question, entry.language or "", rule.agency or GENERAL, rule.rule)
    for n, one in enumerate(file.examples):
        yield Example(("examples", n), _question(one, office), one.language or "", one.agency, one.by or "")


def _question(entry: RuleExample | ExampleEntry, office: Office) -> Question:
    fields = {**entry.fields, "topic": entry.topic, "town": entry.town}
    return Question(
        channel=entry.channel,
        subject=entry.subject,
        text=entry.text,
        sender_email=entry.sender,
        recipients=tuple(entry.recipient or ()),
        fields={name: value for name, value in fields.items() if value},
        tags=frozenset(tag.casefold() for tag in entry.tags or ()),
        machine=entry.machine,
        attachment_types=tuple(entry.attachments or ()),
        authenticated=entry.authenticated,
        spam=entry.spam,
        received=office.local(entry.received) if entry.received else None,
    )


_HAS = {"subject_has": (SUBJECT,), "text_has": (TEXT,), "letter_has": (SUBJECT, TEXT)}
_MATCHES = {"subject_matches": (SUBJECT,), "text_matches": (TEXT,), "letter_matches": (SUBJECT, TEXT)}


def terms(when: When | None) -> Iterator[str]:
    """Every word and phrase a condition asks for, those within it too."""
    if when is None:
        return
    for name in _HAS:
        yield from getattr(when, name) or ()
    for inner in (*(when.all or ()), *(when.any or ()), when.no):
        yield from terms(inner)


_COSTLY = ("authenticated", "spam")


def costly(when: When | None) -> Iterator[str]:
    """What a condition asks that costs time to find out, those within it too."""
    if when is not None:
        yield from (what for what in _COSTLY if getattr(when, what) is not None)
        for inner in (*(when.all or ()), *(when.any or ()), when.no):
            yield from costly(inner)


def condition(when: When | None, office: Office) -> Condition:
    """What `when` asks, compiled; of None, nothing is asked and it always holds."""
    return c.All(()) if when is None else c.All(tuple(_asked(when, office)))


def _asked(when: When, office: Office) -> Iterator[Condition]:
    """The cheap questions first: order changes no answer, only the time."""
    yield from _about(when)
    if when.hours:
        yield c.Hours(office, when.hours == "open")
    for name, where in _HAS.items():
        if written := getattr(when, name):
            yield c.Has(where, tuple((term, key(term)) for term in written))
    for name, where in _MATCHES.items():
        if written := getattr(when, name):
            yield c.Matches(where, tuple((pattern, compiled_pattern(pattern)) for pattern in written))
    if when.all:
        yield c.All(tuple(condition(inner, office) for inner in when.all))
    if when.any:
        yield c.Any_(tuple(condition(inner, office) for inner in when.any))
    if when.no:
        yield c.Not(condition(when.no, office))


def _about(when: When) -> Iterator[Condition]:
    """What is asked about the letter and not of its words."""
    if when.recipient:
        yield c.Recipient(_folded(when.recipient))
    if when.channel:
        yield c.Channel(tuple(when.channel))
    if when.language:
        yield c.Language(tuple(when.language))
    if when.tags:
        yield c.Tags(_folded(when.tags))
    if when.sender_domain:
        yield c.SenderDomain(_folded(when.sender_domain))
    if when.attachments:
        yield c.Attachments(_folded(when.attachments))
    for what in ("machine", *_COSTLY):
        if (so := getattr(when, what)) is not None:
            yield c.Is(what, so)
    fields = {"topic": when.topic, "town": when.town, **(when.fields or {})}
    for name, values in fields.items():
        if values:
            comparable = {said: value for value in reversed(values) if (said := spoken(value))}
            yield c.Field(name, MappingProxyType(comparable))


def _folded(values: list[str]) -> tuple[str, ...]:
    return tuple(value.casefold() for value in values)


def compiled_pattern(pattern: str) -> Any:
    """An RE2 pattern, case forgiven; `re2.error` when RE2 refuses it (RE2 is linear on every text)."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 20  # octets: a larger one is refused
    return re2.compile(pattern, options)
