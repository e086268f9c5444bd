"""What the shape of a rules file cannot say: names that must exist, patterns that must compile, mail that must not go
in circles.

The rule it keeps: each check yields findings and raises nothing; a file without a finding can be compiled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime

import re2
from email_validator import EmailNotValidError, validate_email
from pydantic import BaseModel

from intake.handling import CLASSES, refusals
from intake.routing.document import Path
from intake.routing.office import zone
from intake.routing.rules import GENERAL, VOCABULARY, changes, compiled_pattern
from intake.routing.schema import ADDRESSED, ExampleEntry, RuleEntry, RuleExample, RulesFile, When
from intake.routing.shape import Finding, nearest
from intake.routing.words import key, term_fault

_TAKEN = frozenset({"contact", "reply", "bounce", "postmaster", "abuse"})  # our addresses (CONTRACT.md)
_ID = re2.compile(r"[a-z][a-z0-9-]{0,31}")
_DOMAIN = re2.compile(r"(?:[a-z0-9_](?:[a-z0-9-]{0,62})\.)+[a-z][a-z0-9-]{0,62}")
_URL = re2.compile(r"https?://[^\s/]+\.[^\s]+")
_MEDIA_TYPE = re2.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]*)")
_PATTERNS = 200  # of a file; each costs memory in every process
_PATTERN = 1_000  # characters of one
_COUNTED = 100  # times; every pattern is linear in the letter, and in what it counts: a group's times what is within
_COUNTS = re2.compile(r"(\)?)\{(\d*),?(\d*)\}")


def findings(file: RulesFile, mail_domain: str) -> Iterator[Finding]:
    """Everything wrong with a file of the right shape. `mail_domain`: our own, in small letters."""
    return (finding for look in _CHECKS for finding in look(file, mail_domain))


def _empty(file: RulesFile, _: str) -> Iterator[Finding]:
    """A key with nothing behind it: what it was to ask or to do is lost, and nobody would see it."""
    yield from _empty_in(file, ())


def _empty_in(entry: BaseModel, path: Path) -> Iterator[Finding]:
    if isinstance(entry, When) and not entry.model_fields_set:
        name = next(part for part in reversed(path) if isinstance(part, str))
        yield path, f"{name!r} asks for nothing, so it always holds; write what it asks, or delete the line"
    for name in entry.model_fields_set:
        value, here = getattr(entry, name), (*path, type(entry).model_fields[name].alias or name)
        if value is None:
            yield here, f"{here[-1]!r} is empty; write something behind it, or delete the line"
        elif isinstance(value, BaseModel):
            yield from _empty_in(value, here)
        elif isinstance(value, dict | list):
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            for key, one in inner:
                if isinstance(one, BaseModel):
                    yield from _empty_in(one, (*here, key))


def _agency_ids(file: RulesFile, _: str) -> Iterator[Finding]:
    for id_ in file.agencies:
        if id_ in _TAKEN:
            yield ("agencies", id_), f"{id_!r} is an address of ours already; choose another id"
        elif not _ID.fullmatch(id_):
            yield ("agencies", id_), f"{id_!r} cannot be an id; write small letters, digits and hyphens"
    if GENERAL not in file.agencies:
        yield ("agencies",), "the agency 'general' is missing; add it: it gets what nothing decides"


def _agency_names(file: RulesFile, _: str) -> Iterator[Finding]:
    for id_, agency in file.agencies.items():
        if "en" not in agency.name:
            yield ("agencies", id_, "name"), "the English name is missing; add 'en: …'"


def _mailboxes(file: RulesFile, mail_domain: str) -> Iterator[Finding]:
    for id_, agency in file.agencies.items():
        for name, address in (("mailbox", agency.mailbox), ("alert", agency.alert)):
            if address is not None and (reason := _mailbox_fault(address, id_, mail_domain)):
                yield ("agencies", id_, name), reason


def _mailbox_fault(address: str, id_: str, mail_domain: str) -> str:
    try:
        domain = validate_email(address, check_deliverability=False).ascii_domain or ""
    except EmailNotValidError:
        return f"{address!r} is no e-mail address; write one like {id_}@agencies.example"
    if _is_ours(domain, mail_domain):
        return f"{address!r} lies in our own domain and mail would go in circles; write the agency's own"
    if _is_anybody_s(domain):
        return f"anybody can have an address at {domain!r}; write a mailbox in the agency's own domain"
    return ""


def _is_ours(domain: str, mail_domain: str) -> bool:
    return domain.casefold() == mail_domain or domain.casefold().endswith(f".{mail_domain}")


_ANYBODY = re2.compile(
    r"(?:.*\.)?(?:(?:gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|icloud|aol|gmx|proton|protonmail|zoho|yandex)"
    r"\.(?:com?\.)?[a-z]{2,3}|(?:mail|live|msn|me|mac|comcast|verizon|att|sbcglobal|optonline|cox|charter|web)\.(?:com|net|de|ru))"
)
"""Mail domains of the public: addresses in an agency's domains are nobody's secret, and these are people's."""


def _is_anybody_s(domain: str) -> bool:
    return _ANYBODY.fullmatch(domain.casefold()) is not None


def _sender_domains(file: RulesFile, mail_domain: str) -> Iterator[Finding]:
    for id_, agency in file.agencies.items():
        for n, domain in enumerate(agency.senders or ()):
            path = ("agencies", id_, "senders", n)
            if not _DOMAIN.fullmatch(domain.casefold()):
                yield path, f"{domain!r} is no domain; write one like agencies.example"
            elif _is_ours(domain, mail_domain):
                yield path, f"{domain!r} is our own domain; write the agency's own"
            elif _is_anybody_s(domain):
                yield path, f"anybody can have an address at {domain!r}; write the agency's own domain"


def _handling(file: RulesFile, _: str) -> Iterator[Finding]:
    tables = {("handling",): file.handling}
    for id_, agency in file.agencies.items():
        tables["agencies", id_, "handling"] = agency.handling  # type: ignore[index]  # paths of any length
    for path, table in tables.items():
        for cls, audience, reason in refusals(changes(table)):
            yield (*path, cls, audience), reason


def _other_words(file: RulesFile, _: str) -> Iterator[Finding]:
    """What an agency says about itself, and how it stands to others."""
    for id_, agency in file.agencies.items():
        if id_ == GENERAL and agency.state != "confirmed":
            yield ("agencies", id_, "state"), "'general' gets what others do not take; it must be confirmed"
        if agency.privacy_notice is not None and not _URL.fullmatch(agency.privacy_notice):
            yield ("agencies", id_, "privacy notice"), "this is no web address; write one like https://agency.example/"
        if agency.custodian is not None and "\n" in agency.custodian.strip():
            yield ("agencies", id_, "custodian"), "one line is expected; write a name and a telephone number or address"


def _office(file: RulesFile, _: str) -> Iterator[Finding]:
    office = file.office
    try:
        zone(office.timezone)
    except ValueError as fault:
        yield ("office", "timezone"), f"{fault}; write one like America/New_York"
    if office.opens >= office.closes:
        yield ("office", "closes"), "the office closes before it opens; write a later time"
    for n, day in enumerate(office.holidays):
        if not _is_date(day):
            yield ("office", "holidays", n), f"there is no day {day!r}; write one like 2027-01-01"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _rule_actions(file: RulesFile, _: str) -> Iterator[Finding]:
    for n, rule in enumerate(file.rules):
        if rule.rule == ADDRESSED:
            if len(rule.model_fields_set) > 1:
                text = f"'{ADDRESSED}' is the rule that is always there; write only '- {ADDRESSED}', or rename it"
                yield ("rules", n), text
        elif rule.agency is None and rule.hold is None and rule.refuse is None:
            yield ("rules", n), "this rule does nothing; add 'agency: …' or 'hold: why a person must look'"
        elif rule.refuse is not None:
            yield from _refusal(n, rule)
        if len(set(rule.copy_to or ())) < len(rule.copy_to or ()):
            yield ("rules", n, "copy to"), "an agency is named twice; name each once"
        if rule.agency and rule.agency in (rule.copy_to or ()):
            yield ("rules", n, "copy to"), f"{rule.agency!r} gets the letter already; name other agencies"


def _refusal(n: int, rule: RuleEntry) -> Iterator[Finding]:
    if "en" not in (rule.refuse or {}):
        yield ("rules", n, "refuse"), "the English text is missing; add 'en: …'"
    for name in ("agency", "copy_to", "hold", "priority"):
        if getattr(rule, name) is not None:
            text = f"a letter that is refused goes nowhere; delete '{name.replace('_', ' ')}', or 'refuse'"
            yield ("rules", n, name.replace("_", " ")), text


def _rule_names(file: RulesFile, _: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for n, rule in enumerate(file.rules):
        if rule.rule in (VOCABULARY, GENERAL):
            yield (
                ("rules", n, "rule"),
                f"{rule.rule!r} is what a decision without a rule is called; choose another name",
            )
        if rule.rule in seen:
            yield ("rules", n, "rule"), f"a second rule is called {rule.rule!r}; give each its own name"
        seen.add(rule.rule)


def _known_agencies(file: RulesFile, _: str) -> Iterator[Finding]:
    ids = list(file.agencies)
    for path, agency in _named_agencies(file):
        if agency is not None and agency not in file.agencies:
            yield path, f"there is no agency {agency!r}; {nearest(agency, ids)}"


def _named_agencies(file: RulesFile) -> Iterator[tuple[Path, str | None]]:
    for n, rule in enumerate(file.rules):
        yield ("rules", n, "agency"), rule.agency
        yield from ((("rules", n, "copy to", m), agency) for m, agency in enumerate(rule.copy_to or ()))
    yield from ((("vocabulary", agency), agency) for agency in file.vocabulary)
    yield from ((("examples", n, "agency"), example.agency) for n, example in enumerate(file.examples))
    for id_, entry in file.agencies.items():
        yield from ((("agencies", id_, "redirects from", m), a) for m, a in enumerate(entry.redirects_from or ()))


def _known_rules(file: RulesFile, _: str) -> Iterator[Finding]:
    names = dict.fromkeys((ADDRESSED, VOCABULARY, GENERAL, *(rule.rule for rule in file.rules)))
    for n, example in enumerate(file.examples):
        if example.by is not None and example.by not in names:
            yield ("examples", n, "by"), f"there is no rule {example.by!r}; {nearest(example.by, list(names))}"


def _letters(file: RulesFile, _: str) -> Iterator[Finding]:
    """What examples say of a letter."""
    for path, example in _all_examples(file):
        for n, value in enumerate(example.tags or ()):
            if reason := _value_fault("tags", value):
                yield (*path, "tags", n), reason
        if example.received is not None and not _is_moment(example.received):
            text = f"there is no such time as {example.received!r}; write one like '2027-01-04 09:30'"
            yield (*path, "received"), text


def _all_examples(file: RulesFile) -> Iterator[tuple[Path, RuleExample | ExampleEntry]]:
    for n, rule in enumerate(file.rules):
        yield from ((("rules", n, "examples", m), example) for m, example in enumerate(rule.examples or ()))
    yield from ((("examples", n), example) for n, example in enumerate(file.examples))


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _terms(file: RulesFile, _: str) -> Iterator[Finding]:
    for agency, entry in file.vocabulary.items():
        for grade in ("sure", "likely", "hint"):
            for n, term in enumerate(getattr(entry, grade) or ()):
                if reason := term_fault(term):
                    yield ("vocabulary", agency, grade, n), reason
    ignored = {key(phrase): phrase for phrase in file.deciding.ignored or ()}
    for agency, entry in file.vocabulary.items():
        for grade in ("sure", "likely", "hint"):
            for n, term in enumerate(getattr(entry, grade) or ()):
                if key(term) in ignored:
                    yield ("vocabulary", agency, grade, n), f"{term!r} stands under 'ignored' too; delete one"
    for n, phrase in enumerate(file.deciding.ignored or ()):
        if reason := term_fault(phrase):
            yield ("deciding", "ignored", n), reason


def _conditions(file: RulesFile, mail_domain: str) -> Iterator[Finding]:
    patterns = 0
    for n, rule in enumerate(file.rules):
        for path, name, value in _asked(rule.when, ("rules", n, "when")):
            patterns += name.endswith("_matches")
            if patterns > _PATTERNS:
                yield path, f"more than {_PATTERNS} patterns; write words ('text has') where they will do"
                return
            reason = _recipient_fault(file, value, mail_domain) if name == "recipient" else _value_fault(name, value)
            if reason:
                yield path, reason


def _recipient_fault(file: RulesFile, value: str, mail_domain: str) -> str:
    local, at, domain = value.casefold().partition("@")
    known = [*file.agencies, "contact"]
    if local not in known:
        return f"{value!r} is no address of ours; {nearest(local, known)}"
    return f"{value!r} is in no domain of ours; write '{local}'" if at and domain != mail_domain else ""


def _asked(when: When | None, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Where each value of a condition stands, what it is asked of, and itself."""
    for around, one in conditions(when, path):
        for name in sorted(one.model_fields_set):
            value = getattr(one, name)
            if isinstance(value, list) and name not in ("all", "any"):
                here = (*around, type(one).model_fields[name].alias or name)
                yield from (((*here, n), name, entry) for n, entry in enumerate(value))


def conditions(when: When | None, path: Path) -> Iterator[tuple[Path, When]]:
    """A condition and all within it, each with where it stands."""
    if when is None:
        return
    yield path, when
    for name in ("all", "any"):
        for n, inner in enumerate(getattr(when, name) or ()):
            yield from conditions(inner, (*path, name, n))
    yield from conditions(when.no, (*path, "not"))


def _value_fault(name: str, value: str) -> str:
    if name.endswith("_has"):
        return term_fault(value)
    if name.endswith("_matches"):
        return _pattern_fault(value)
    if name == "tags" and value.casefold() not in CLASSES:
        return f"there is no class {value!r}; {nearest(value, CLASSES)}"
    if name == "attachments" and not _MEDIA_TYPE.fullmatch(value.casefold()):
        return f"{value!r} is no media type; write one like application/pdf or image/*"
    if name == "sender_domain" and not _DOMAIN.fullmatch(value.casefold()):
        return f"{value!r} is no domain; write one like agencies.example"
    return ""


def _pattern_fault(pattern: str) -> str:
    if len(pattern) > _PATTERN:
        return f"a pattern has more than {_PATTERN} characters; write several"
    if _count(pattern) > _COUNTED:
        slow = f"counts beyond {_COUNTED}, which is slow on long letters"
        return f"the pattern {pattern!r} {slow}; repeat less, or write '*'"
    try:
        found = compiled_pattern(pattern)
    except re2.error as err:
        said = err.args[0].decode("utf-8", "replace") if err.args and isinstance(err.args[0], bytes) else str(err)
        return f"the pattern {pattern!r} cannot be used ({said}); write it in RE2 syntax, without look-around"
    if found.search(""):
        return f"the pattern {pattern!r} matches every letter; write what must stand there"
    return ""


def _count(pattern: str) -> int:
    """How often something may be repeated by a number, groups within groups."""
    found = [(group, max(int(least or 0), int(most or 0))) for group, least, most in _COUNTS.findall(pattern)]
    return math.prod(n for group, n in found if group) * max((n for group, n in found if not group), default=1)


_CHECKS: tuple[Callable[[RulesFile, str], Iterator[Finding]], ...] = (
    _empty,
    _agency_ids,
    _agency_names,
    _mailboxes,
    _sender_domains,
    _other_words,
    _office,
    _handling,
    _rule_actions,
    _rule_names,
    _known_agencies,
    _known_rules,
    _letters,
    _terms,
    _conditions,
)
