"""A rules file from the disk or from octets to `Rules`, or every fault of it at once.

The rule it keeps: all or nothing. A file with a fault makes no `Rules`, so the last good ones stay in force; each
fault is one line `FILE:LINE: what is wrong, and what to write instead`.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path as FilePath
from typing import Any

import re2
from email_validator import EmailNotValidError, validate_email
from pydantic import ValidationError

from intake.handling import CLASSES, refusals
from intake.routing.document import LARGEST, TOLD, Document, Fault, Path, RulesFault, read
from intake.routing.rules import GENERAL, VOCABULARY, Rules, changes, compiled, compiled_pattern
from intake.routing.schema import ADDRESSED, RulesFile, When, keys_at
from intake.routing.words import term_fault

_MAIL_DOMAIN = "intake.example"
_TAKEN = frozenset({"contact", "reply", "bounce", "postmaster", "abuse"})  # our addresses (CONTRACT.md)
_ID = re2.compile(r"[a-z][a-z0-9-]{0,31}")
_DOMAIN = re2.compile(r"(?:[a-z0-9_](?:[a-z0-9-]{0,62})\.)+[a-z][a-z0-9-]{0,62}")
_PATTERNS = 200  # of a file; each costs memory in every process
_PATTERN = 1_000  # characters of one
_NEAR = 200  # names that a misspelt one is compared with
_VERSION_DIGITS = 12
_TRIES = 3
_NO_FILE = "is no ordinary file; name the rules file itself"

Finding = tuple[Path, str]
"""Where in the file, and what is wrong there with what to write instead."""


def load(path: FilePath, mail_domain: str = _MAIL_DOMAIN) -> Rules:
    """The rules in the file at `path`, read once and whole; RulesFault if it cannot be used."""
    return parse(octets(path), str(path), mail_domain)


def parse(data: bytes, name: str, mail_domain: str = _MAIL_DOMAIN) -> Rules:
    """The rules in `data`; RulesFault with every fault, each under `name`.

    `mail_domain` is our own: no agency's mailbox may lie in it or below it, mail would go round in circles.
    """
    file, _ = opened(data, name, mail_domain)
    return compiled(file, data, version(data))


def version(data: bytes) -> str:
    """What names this very file on every ticket it decides: the first hex digits of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:_VERSION_DIGITS]


def opened(data: bytes, name: str, mail_domain: str = _MAIL_DOMAIN) -> tuple[RulesFile, Document]:
    """The checked file and the lines of everything in it; RulesFault with every fault."""
    document = read(data, name)
    try:
        file = RulesFile.model_validate(document.data)
    except ValidationError as err:
        raise RulesFault(name, told(_shape(err), document)) from None
    if faults := told((finding for look in _CHECKS for finding in look(file, mail_domain.casefold())), document):
        raise RulesFault(name, faults)
    return file, document


def told(findings: Iterable[Finding], document: Document) -> list[Fault]:
    """Findings as faults, each with its line; enough of them to begin with."""
    return [Fault(document.line(path), text) for path, text in islice(findings, TOLD)]


def octets(path: FilePath) -> bytes:
    """The file's octets, from one opening; RulesFault when it is missing, unsafe or changes while it is read."""
    try:
        for _ in range(_TRIES):
            if (data := _read_whole(path)) is not None:
                return data
    except IsADirectoryError:
        raise RulesFault(str(path), [Fault(1, _NO_FILE)]) from None
    except OSError as err:
        cure = "name the rules file in INTAKE_RULES" if isinstance(err, FileNotFoundError) else "check its permissions"
        raise RulesFault(str(path), [Fault(1, f"cannot be opened ({err.strerror}); {cure}")]) from None
    raise RulesFault(str(path), [Fault(1, "changes while it is read; write a new file and rename it into place")])


def _read_whole(path: FilePath) -> bytes | None:
    """One reading; None when the file changed under it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(file.fileno())
        _refuse_unsafe(before, path)
        data = file.read(LARGEST + 1)
        after = os.fstat(file.fileno())
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    whole = len(data) == after.st_size or len(data) > LARGEST
    return data if same and whole else None


def _refuse_unsafe(found: os.stat_result, path: FilePath) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise RulesFault(str(path), [Fault(1, _NO_FILE)])
    if found.st_mode & stat.S_IWOTH:
        fault = Fault(1, f"everybody on this machine may change it; run: chmod o-w {path}")
        raise RulesFault(str(path), [fault])


def nearest(word: str, known: Sequence[str], otherwise: str = "") -> str:
    """', did you mean …' for what a misspelt word is closest to, else what may be written at all."""
    known = known[:_NEAR]
    if close := difflib.get_close_matches(word, known, n=1, cutoff=0.6):
        return f"write '{close[0]}'"
    return otherwise or f"write one of: {', '.join(known)}"


# What pydantic found: the shape of the file.


def _shape(err: ValidationError) -> Iterator[Finding]:
    for error in err.errors(include_url=False, include_input=True):
        path = tuple(part for part in error["loc"] if part != "[key]")
        yield path, _plainly(error["type"], path, error)


def _plainly(kind: str, path: Path, error: Any) -> str:
    key = path[-1] if path else ""
    context = error.get("ctx") or {}
    match kind:
        case "extra_forbidden":
            return f"unknown key {key!r}; {nearest(str(key), keys_at(path[:-1]))}"
        case "missing":
            return f"{key!r} is missing; add a line '{key}: …'"
        case "literal_error":
            return f"{str(error['input'])!r} cannot stand here; write {context['expected']}"
        case "string_type" | "string_too_short":
            return f"a text is expected for {_named(path)}; write one line of text, in quotes if in doubt"
        case "list_type" | "too_short":
            return f"at least one entry is expected for {_named(path)}; write [one, two] or lines that begin with '- '"
        case "dict_type" | "model_type" | "model_attributes_type" | "mapping_type":
            return f"'key: value' lines are expected for {_named(path)}{_choices(path)}"
        case "bool_parsing" | "bool_type":
            return f"yes or no is expected for {_named(path)}; write yes or no"
    return f"{_named(path)}: {error['msg'][:1].lower()}{error['msg'][1:]}; write a number in that range"


def _named(path: Path) -> str:
    names = [part for part in path if isinstance(part, str)]
    return f"'{names[-1]}'" if names else "the file"


def _choices(path: Path) -> str:
    return f"; the keys are: {', '.join(keys)}" if (keys := keys_at(path)) else "; write them indented below it"


# What the shape cannot say: names that must exist, patterns that must compile, mail that must not go in circles.


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
        domain = agency.mailbox.rpartition("@")[2].casefold()
        path = ("agencies", id_, "mailbox")
        if not _is_mailbox(agency.mailbox):
            yield path, f"{agency.mailbox!r} is no e-mail address; write one like {id_}@agencies.example"
        elif domain == mail_domain or domain.endswith(f".{mail_domain}"):
            yield (
                path,
                f"{agency.mailbox!r} lies in our own domain and mail would go in circles; write the agency's own",
            )


def _is_mailbox(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _sender_domains(file: RulesFile, _: str) -> Iterator[Finding]:
    for id_, agency in file.agencies.items():
        for n, domain in enumerate(agency.senders or ()):
            if not _DOMAIN.fullmatch(domain.casefold()):
                yield (
                    ("agencies", id_, "senders", n),
                    f"{domain!r} is no domain; write one like agencies.example",
                )


def _handling(file: RulesFile, _: str) -> Iterator[Finding]:
    tables = {("handling",): file.handling}
    for id_, agency in file.agencies.items():
        tables["agencies", id_, "handling"] = agency.handling  # type: ignore[index]  # paths of any length
    for path, table in tables.items():
        for cls, audience, reason in refusals(changes(table)):
            yield (*path, cls, audience), reason


def _rule_actions(file: RulesFile, _: str) -> Iterator[Finding]:
    for n, rule in enumerate(file.rules):
        bare = rule.when is None and rule.agency is None and rule.hold is None
        if rule.rule == ADDRESSED and not bare:
            yield (
                ("rules", n),
                f"'{ADDRESSED}' is the rule that is always there; write only '- {ADDRESSED}', or rename it",
            )
        elif rule.rule != ADDRESSED and rule.agency is None and rule.hold is None:
            yield ("rules", n), "this rule does nothing; add 'agency: …' or 'hold: why a person must look'"


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
    used: list[tuple[Path, str | None]] = [(("rules", n, "agency"), r.agency) for n, r in enumerate(file.rules)]
    used += [(("vocabulary", agency), agency) for agency in file.vocabulary]
    used += [(("examples", n, "agency"), e.agency) for n, e in enumerate(file.examples)]
    ids = list(file.agencies)
    for path, agency in used:
        if agency is not None and agency not in file.agencies:
            yield path, f"there is no agency {agency!r}; {nearest(agency, ids)}"


def _known_rules(file: RulesFile, _: str) -> Iterator[Finding]:
    names = [ADDRESSED, VOCABULARY, GENERAL, *(rule.rule for rule in file.rules)]
    for n, example in enumerate(file.examples):
        if example.by is not None and example.by not in names:
            yield ("examples", n, "by"), f"there is no rule {example.by!r}; {nearest(example.by, names)}"


def _terms(file: RulesFile, _: str) -> Iterator[Finding]:
    for agency, entry in file.vocabulary.items():
        for grade in ("sure", "likely", "hint"):
            for n, term in enumerate(getattr(entry, grade) or ()):
                if reason := term_fault(term):
                    yield ("vocabulary", agency, grade, n), reason
    for n, phrase in enumerate(file.deciding.ignored or ()):
        if reason := term_fault(phrase):
            yield ("deciding", "ignored", n), reason


def _conditions(file: RulesFile, _: str) -> Iterator[Finding]:
    patterns = 0
    for n, rule in enumerate(file.rules):
        for path, name, value in _asked(rule.when, ("rules", n, "when")):
            patterns += name.endswith("_matches")
            if patterns > _PATTERNS:
                yield path, f"more than {_PATTERNS} patterns; write words ('text has') where they will do"
                return
            if reason := _value_fault(name, value):
                yield path, reason


def _asked(when: When | None, path: Path) -> Iterator[tuple[Path, str, str]]:
    """Where each value of a condition stands, what it is asked of, and itself."""
    if when is None:
        return
    for name, info in type(when).model_fields.items():
        here, value = (*path, info.alias or name), getattr(when, name)
        if name in ("all", "any"):
            for n, inner in enumerate(value or ()):
                yield from _asked(inner, (*here, n))
        elif name == "no":
            yield from _asked(value, here)
        elif isinstance(value, list):
            yield from (((*here, n), name, entry) for n, entry in enumerate(value))


def _value_fault(name: str, value: str) -> str:
    if name.endswith("_has"):
        return term_fault(value)
    if name.endswith("_matches"):
        return _pattern_fault(value)
    if name == "tags" and value.casefold() not in CLASSES:
        return f"there is no class {value!r}; {nearest(value, CLASSES)}"
    if name == "sender_domain" and not _DOMAIN.fullmatch(value.casefold()):
        return f"{value!r} is no domain; write one like agencies.example"
    return ""


def _pattern_fault(pattern: str) -> str:
    if len(pattern) > _PATTERN:
        return f"a pattern has more than {_PATTERN} characters; write several"
    try:
        found = compiled_pattern(pattern)
    except re2.error as err:
        said = err.args[0].decode("utf-8", "replace") if err.args and isinstance(err.args[0], bytes) else str(err)
        return f"the pattern {pattern!r} cannot be used ({said}); write it in RE2 syntax, without look-around"
    return f"the pattern {pattern!r} matches every letter; write what must stand there" if found.search("") else ""


_CHECKS: tuple[Callable[[RulesFile, str], Iterator[Finding]], ...] = (
    _agency_ids,
    _agency_names,
    _mailboxes,
    _sender_domains,
    _handling,
    _rule_actions,
    _rule_names,
    _known_agencies,
    _known_rules,
    _terms,
    _conditions,
)
