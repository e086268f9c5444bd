"""How a decision came about, for people who write rules: every rule that was asked, and why it held or did not.

The rule it keeps: it asks the very conditions that decide, and like them it says the file's own words, counts and
positions, never the citizen's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intake.routing import conditions as c
from intake.routing.conditions import Condition, Question, View, view
from intake.routing.decide import addressed
from intake.routing.rules import Rules
from intake.routing.schema import ADDRESSED


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule that was asked, whether it held, and why."""

    rule: str
    held: bool
    why: str


def asked(question: Question, rules: Rules) -> list[Asked]:
    """Every rule up to the one that decides, in order; all of them where none does."""
    seen = view(question, rules.lexicon, rules.vocabulary)
    found: list[Asked] = []
    for one in _each(seen, rules):
        found.append(one)
        if one.held:
            break
    return found


def _each(seen: View, rules: Rules) -> Iterator[Asked]:
    for rule in rules.rules:
        if rule.name == ADDRESSED:
            named = addressed(seen.question, rules)
            why = f"addressed to {named[0]!r}" if named else "addressed to no agency by its own address"
            yield Asked(rule.name, bool(named), why)
        else:
            evidence = rule.condition.evidence(seen)
            held = evidence is not None
            yield Asked(rule.name, held, "; ".join(evidence or ()) if held else why_not(rule.condition, seen))


def why_not(condition: Condition, seen: View) -> str:
    """Why a condition does not hold, of one that does not."""
    match condition:
        case c.All(inner):
            return next(why_not(one, seen) for one in inner if one.evidence(seen) is None)
        case c.Any_(inner):
            return "none of: " + " / ".join(why_not(one, seen) for one in inner)
        case c.Not(inner):
            return f"'not' excludes it: {'; '.join(inner.evidence(seen) or ())}"
        case c.Has(where, terms):
            return f"no {_some([written for written, _ in terms])} in {_or(where)}"
        case c.Matches(where, patterns):
            return f"no pattern {_some([written for written, _ in patterns])} in {_or(where)}"
        case c.Field(field, values):
            return f"{field} is not {_some(list(values.values())[::-1])}"
        case c.Is(what, so):
            return c.said(what, not so)
        case c.Hours(_, is_open):
            if seen.question.received is None:
                return "nobody knows when it came"
            return f"came while the office was {'closed' if is_open else 'open'}"
        case c.Recipient(names) | c.Channel(names) | c.Language(names) | c.Tags(names):
            return f"{_NAMED[type(condition)]} is not {_some(names)}"
        case c.SenderDomain(names) | c.Attachments(names):
            return f"{_NAMED[type(condition)]} is not {_some(names)}"
    raise TypeError(type(condition).__name__)


_NAMED = {
    c.Recipient: "recipient",
    c.Channel: "channel",
    c.Language: "language",
    c.Tags: "tagged",
    c.SenderDomain: "sender domain",
    c.Attachments: "attachment",
}
_SHOWN = 3


def _some(values: tuple[str, ...] | list[str]) -> str:
    """The first few of them."""
    more = f" or {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return " or ".join(repr(value) for value in values[:_SHOWN]) + more


def _or(where: tuple[str, ...]) -> str:
    return " or ".join(where)
