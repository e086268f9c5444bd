"""What an administrator runs before publishing: everything `load` refuses, and what is allowed but surely not meant.

The rule it keeps: each fault on a line of its own, `FILE:LINE: what is wrong, and what to write instead`; an empty
list means the file may be published. `advice` says in the same form what may be meant, and stops nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from intake import language
from intake.routing.checks import conditions
from intake.routing.decide import Decision, decide
from intake.routing.document import Document, RulesFault
from intake.routing.load import octets, opened, told, version
from intake.routing.rules import GENERAL, WEIGHTS, Example, Rules, compiled
from intake.routing.schema import ADDRESSED, RulesFile, When
from intake.routing.shadow import impossible, recipients, shadows
from intake.routing.shape import Finding, nearest
from intake.routing.words import key, spoken
from intake.topics import FIELDS, TOPICS


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked at: its faults, and what it might do better; a line each."""

    faults: list[str]
    advice: list[str] = dataclasses.field(default_factory=list)
    rules: Rules | None = None  # None with faults that let nothing be compiled


def check(path: Path, mail_domain: str = "intake.example") -> list[str]:
    """Every fault of the file at `path`, one line each; [] when there is none."""
    return checked(path, mail_domain).faults


def checked(path: Path, mail_domain: str = "intake.example") -> Checked:
    """All there is to say about the file at `path`."""
    try:
        return _checked(octets(path), str(path), mail_domain)
    except RulesFault as fault:
        return Checked(fault.lines)


def check_octets(data: bytes, name: str, mail_domain: str = "intake.example") -> list[str]:
    """The same of a draft that is not a file yet: its faults."""
    return _checked(data, name, mail_domain).faults


def _checked(data: bytes, name: str, mail_domain: str) -> Checked:
    try:
        file, document = opened(data, name, mail_domain)
    except RulesFault as fault:
        return Checked(fault.lines)
    rules = compiled(file, data, version(data))
    covered, broken = _tried(rules)
    faults = [*_unreachable(file), *_said_twice(file), *broken]
    advice = [*_uncovered(file, covered), *_claimed_twice(file), *_nobody_hears(file), *_lost_copies(file)]
    advice += _not_on_the_form(file)
    return Checked(_lines(name, faults, document), _lines(name, advice, document), rules)


def _lines(name: str, findings: Iterable[Finding], document: Document) -> list[str]:
    return RulesFault(name, told(findings, document)).lines


# ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _unreachable(file: RulesFile) -> Iterator[Finding]:
    """Rules that never decide: nothing fulfils them, or one before them holds whenever they do."""
    asked = [rule.when for rule in file.rules]
    addressed_at = next((n for n, rule in enumerate(file.rules) if rule.rule == ADDRESSED), -1)
    behind = dict(shadows(asked, [rule.rule == ADDRESSED for rule in file.rules]))
    for n, rule in enumerate(file.rules):
        if rule.when is not None and (why := impossible(rule.when)):
            yield ("rules", n), f"this rule never holds: {why}"
        elif n > addressed_at and rule.when is not None and _at_an_agency(rule.when, file):
            text = f"this rule is never reached: '{ADDRESSED}' sends letters to an agency's own address there first"
            yield ("rules", n), f"{text}; put a line '- {ADDRESSED}' below this rule"
        elif (before := behind.get(n)) is not None:
            first = file.rules[before]
            cure = "move that one to the end" if first.when is None else "join them, or put this one first"
            holds = "always holds" if first.when is None else "holds whenever this one does"
            yield ("rules", n), f"this rule is never reached: it stands behind {first.rule!r}, which {holds}; {cure}"


def _at_an_agency(when: When, file: RulesFile) -> bool:
    """Whether it holds only for letters to agencies' own addresses."""
    named = recipients(when)
    return bool(named) and named <= set(file.agencies) - {GENERAL}


def _said_twice(file: RulesFile) -> Iterator[Finding]:
    """A term that one agency lists twice: only the last grade would count."""
    for agency, entry in file.vocabulary.items():
        seen: dict[tuple[str, ...], str] = {}
        for grade in WEIGHTS:
            for n, term in enumerate(getattr(entry, grade) or ()):
                if key(term) in seen:
                    text = f"{term!r} stands here already as {seen[key(term)]!r} (one spelling finds both); delete one"
                    yield ("vocabulary", agency, grade, n), text
                seen.setdefault(key(term), term)


def _tried(rules: Rules) -> tuple[set[str], list[Finding]]:
    """The rules that decide a golden case, and the cases that go elsewhere than they must."""
    covered, broken = set(), []
    for example in rules.examples:
        decision = tried(example, rules)
        covered.add(decision.rule)
        went_to = decision.meant_for or decision.agency
        by = f" by the rule {example.by!r}" if example.by else ""
        if went_to != example.agency or (example.by and decision.rule != example.by):
            went = f"{went_to!r} by {decision.rule!r} ({'; '.join(decision.why[:3])})"
            text = f"this example goes to {went}, not to {example.agency!r}{by}; change a rule, a word or the example"
            broken.append((example.at, text))
    return covered, broken


def tried(example: Example, rules: Rules) -> Decision:
    """What the rules make of a golden case."""
    spoken = example.language or language.detect(f"{example.question.subject}\n{example.question.text}")
    return decide(dataclasses.replace(example.question, language=spoken), rules)


# ── advice ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _uncovered(file: RulesFile, covered: set[str]) -> Iterator[Finding]:
    """Rules that no golden case shows at work."""
    for n, rule in enumerate(file.rules):
        if rule.rule not in covered:
            yield ("rules", n), f"no example shows the rule {rule.rule!r} at work; add one below it under 'examples:'"


def _claimed_twice(file: RulesFile) -> Iterator[Finding]:
    """A term that is `sure` for two agencies decides for neither of them."""
    claimed: dict[tuple[str, ...], str] = {}
    for agency, entry in file.vocabulary.items():
        for n, term in enumerate(entry.sure or ()):
            if (other := claimed.setdefault(key(term), agency)) != agency:
                text = f"{term!r} is 'sure' for {other!r} too, so it decides for nobody; make it 'likely' for one"
                yield ("vocabulary", agency, "sure", n), text


def _nobody_hears(file: RulesFile) -> Iterator[Finding]:
    """An urgent letter that only a mailbox gets: at night nobody looks there."""
    for n, rule in enumerate(file.rules):
        id_ = rule.agency or GENERAL
        takes = id_ if file.agencies[id_].state == "confirmed" else GENERAL
        if rule.priority and file.agencies[takes].alert is None:
            yield (
                ("rules", n, "priority"),
                f"nobody hears of it at night; give {takes!r} an 'alert:' mailbox",
            )


def _lost_copies(file: RulesFile) -> Iterator[Finding]:
    for n, rule in enumerate(file.rules):
        for m, id_ in enumerate(rule.copy_to or ()):
            if file.agencies[id_].state != "confirmed":
                yield ("rules", n, "copy to", m), f"{id_!r} takes no letters now, and so gets no copy"


def _not_on_the_form(file: RulesFile) -> Iterator[Finding]:
    """Topics that the form does not offer, fields that it does not have: such a rule holds for hardly anybody."""
    offered = {spoken(topic): topic for _, topics in TOPICS for topic in topics}
    for n, rule in enumerate(file.rules):
        for path, when in conditions(rule.when, ("rules", n, "when")):
            for m, topic in enumerate(when.topic or ()):
                if spoken(topic) not in offered:
                    cure = nearest(topic, list(offered.values()), "see the list on the form")
                    yield (*path, "topic", m), f"the form offers no topic {topic!r}; {cure}"
            for name in when.fields or ():
                if name not in FIELDS:
                    text = f"the form has no field {name!r}; {nearest(name, FIELDS)}, or use 'topic', 'town'"
                    yield (*path, "fields", name), text


# ── online ───────────────────────────────────────────────────────────────────────────────────────────────────────


def unreachable_mailboxes(path: Path, refusal: Callable[[str], str], mail_domain: str) -> list[str]:
    """A line for each mailbox of a good file that cannot be written to: `refusal` says of its domain why."""
    file, document = opened(octets(path), str(path), mail_domain)
    refusals = cache(refusal)
    found: list[Finding] = []
    for id_, agency in file.agencies.items():
        for name, address in (("mailbox", agency.mailbox), ("alert", agency.alert)):
            if address and (why := refusals(address.rpartition("@")[2])):
                text = f"{address!r} cannot be reached: {why}; write the agency's real mailbox"
                found.append((("agencies", id_, name), text))
    return _lines(str(path), found, document)
