"""What an administrator runs before publishing: everything `load` refuses, and what is allowed but surely not meant.

The rule it keeps: each fault on a line of its own, `FILE:LINE: what is wrong, and what to write instead`; an empty
list means the file may be published.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from intake import language
from intake.routing.decide import Decision, decide
from intake.routing.document import RulesFault
from intake.routing.load import Finding, octets, opened, told, version
from intake.routing.rules import Example, Rules, compiled
from intake.routing.schema import ADDRESSED, RulesFile
from intake.routing.words import key


def check(path: Path, mail_domain: str = "intake.example") -> list[str]:
    """Every fault of the file at `path`, one line each; [] when there is none."""
    try:
        return check_octets(octets(path), str(path), mail_domain)
    except RulesFault as fault:
        return fault.lines


def check_octets(data: bytes, name: str, mail_domain: str = "intake.example") -> list[str]:
    """The same of a draft that is not a file yet."""
    try:
        file, document = opened(data, name, mail_domain)
    except RulesFault as fault:
        return fault.lines
    rules = compiled(file, data, version(data))
    findings = [*_unreachable(file), *_said_twice(file), *_broken_examples(rules)]
    return RulesFault(name, told(findings, document)).lines


def _unreachable(file: RulesFile) -> Iterator[Finding]:
    """Rules that can never be asked, because one before them holds whenever they do."""
    before: dict[str, str] = {}
    for n, rule in enumerate(file.rules):
        asked = rule.when.model_dump_json(exclude_none=True) if rule.when else "{}"
        if rule.rule == ADDRESSED:
            asked = rule.rule
        for stop, text in (
            ("{}", "which always holds; move that one to the end"),
            (asked, "which asks the same; join them"),
        ):
            if stop in before:
                yield ("rules", n), f"this rule is never reached: it stands behind {before[stop]!r}, {text}"
                break
        before.setdefault(asked, rule.rule)


def _said_twice(file: RulesFile) -> Iterator[Finding]:
    """A term that one agency lists twice: only the last grade would count."""
    for agency, entry in file.vocabulary.items():
        seen: dict[tuple[str, ...], str] = {}
        for grade in ("sure", "likely", "hint"):
            for n, term in enumerate(getattr(entry, grade) or ()):
                if key(term) in seen:
                    text = f"{term!r} stands here already as {seen[key(term)]!r} (one spelling finds both); delete one"
                    yield ("vocabulary", agency, grade, n), text
                seen.setdefault(key(term), term)


def _broken_examples(rules: Rules) -> Iterator[Finding]:
    for n, example in enumerate(rules.examples):
        decision = tried(example, rules)
        by = f" by the rule {example.by!r}" if example.by else ""
        if decision.agency != example.agency or (example.by and decision.rule != example.by):
            went = f"{decision.agency!r} by {decision.rule!r} ({'; '.join(decision.why[:3])})"
            text = f"this example goes to {went}, not to {example.agency!r}{by}; change a rule, a word or the example"
            yield ("examples", n), text


def tried(example: Example, rules: Rules) -> Decision:
    """What the rules make of a golden case."""
    spoken = example.language or language.detect(example.question.text)
    return decide(dataclasses.replace(example.question, language=spoken), rules)
