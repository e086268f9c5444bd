"""Where a letter goes: the first rule that holds, else a clear word count, else a person at general triage.

The rule it keeps: same letter and same rules, same decision; no clock, no chance, no memory. Whatever a citizen
writes can choose only among the agencies of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from intake.routing.conditions import SUBJECT, TEXT, Question, View, located, view
from intake.routing.rules import GENERAL, VOCABULARY, Rules
from intake.routing.schema import ADDRESSED

_SUGGESTED = 3
_SHOWN = 12  # terms named as evidence
_IN_SUBJECT = 2.0  # a word in the subject counts for so many in the text
_AGAIN = 0.5  # every further time a term is found counts for half of the time before

__all__ = ["Decision", "Question", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a letter goes, by which rule and why. `hold` says why a person must look first, "" if none must.

    `suggestions` are the vocabulary's best agencies with their points, best first, three at most. `linked` are
    further agencies the letter was addressed to: each gets a linked ticket.
    """

    agency: str
    rule: str
    why: tuple[str, ...]
    suggestions: tuple[tuple[str, float], ...] = ()
    hold: str = ""
    linked: tuple[str, ...] = ()


class _Scored(NamedTuple):
    """An agency's points and the terms that gave them."""

    points: float
    why: tuple[str, ...]


def decide(question: Question, rules: Rules) -> Decision:
    """The decision on `question` under `rules`. Never raises; linear in the letter's length."""
    seen = view(question, rules.lexicon, rules.terms)
    scores = _scores(seen, rules)
    best = tuple(sorted(scores, key=lambda agency: (-scores[agency].points, agency)))[:_SUGGESTED]
    suggestions = tuple((agency, round(scores[agency].points, 2)) for agency in best)
    return _by_rule(seen, rules, suggestions) or _by_words(scores, suggestions, rules)


def _by_rule(seen: View, rules: Rules, suggestions: tuple[tuple[str, float], ...]) -> Decision | None:
    for rule in rules.rules:
        if rule.name == ADDRESSED:
            if named := addressed(seen.question, rules):
                to = (f"addressed to {named[0]!r}",)
                return Decision(named[0], ADDRESSED, to, suggestions, linked=named[1:])
        elif (why := rule.condition.evidence(seen)) is not None:
            return Decision(rule.agency or GENERAL, rule.name, why, suggestions, rule.hold)
    return None


def addressed(question: Question, rules: Rules) -> tuple[str, ...]:
    """The agencies a letter was addressed to by their own address, in order; `general` is nobody in particular."""
    names = (address.partition("@")[0].strip().casefold() for address in question.recipients)
    return tuple(dict.fromkeys(name for name in names if name in rules.agencies and name != GENERAL))


def _by_words(scores: Mapping[str, _Scored], suggestions: tuple[tuple[str, float], ...], rules: Rules) -> Decision:
    (first, most), (second, less) = (*suggestions, ("", 0.0), ("", 0.0))[:2]
    standing = f"{first} {most:g} points, {second} {less:g}" if second else f"{first} {most:g} points"
    if not first:
        return Decision(GENERAL, GENERAL, ("no word of the vocabulary found",))
    if most < rules.least:
        return Decision(GENERAL, GENERAL, (f"{standing}: fewer than {rules.least:g}",), suggestions)
    if most - less < rules.lead * most:
        return Decision(GENERAL, GENERAL, (f"{standing}: no clear lead",), suggestions)
    return Decision(first, VOCABULARY, (f"{standing}: a clear lead", *scores[first].why[:_SHOWN]), suggestions)


def _scores(seen: View, rules: Rules) -> dict[str, _Scored]:
    """Points of every agency that has any."""
    points: dict[str, float] = {}
    why: dict[str, list[tuple[float, str]]] = {}
    for where, share in ((SUBJECT, _IN_SUBJECT), (TEXT, 1.0)):
        for key, positions in seen.parts[where].scored.items():
            term = rules.vocabulary[key]
            for agency, weight in term.points.items():
                gained = weight * share * _counted(len(positions))
                points[agency] = points.get(agency, 0.0) + gained
                sentence = f"{located(repr(term.written), where, positions)}: +{gained:g}"
                why.setdefault(agency, []).append((-gained, sentence))
    return {agency: _Scored(points[agency], tuple(s for _, s in sorted(why[agency]))) for agency in points}


def _counted(times: int) -> float:
    """1, 1.5, 1.75 …: repeating a word helps little, so that a quoted thread does not outweigh the letter."""
    return float((1 - _AGAIN ** min(times, 20)) / (1 - _AGAIN))
