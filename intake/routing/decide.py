"""Where a letter goes: the first rule that holds, else a clear word count, else a person at general triage.

The rule it keeps: same letter and same rules, same decision; no clock, no chance, no memory. Whatever a citizen
writes can choose only among the agencies of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from intake.routing.conditions import SUBJECT, TEXT, Evidence, Question, View, view
from intake.routing.office import Within
from intake.routing.rules import GENERAL, VOCABULARY, Rule, Rules
from intake.routing.schema import ADDRESSED

_SUGGESTED = 3
_SHOWN = 12  # terms named as evidence
IN_SUBJECT = 2.0  # a word in the subject counts for so many in the text
_AGAIN = 0.5  # every further time a term is found counts for half of the time before
MOST = 20  # times
SHORT = 40  # words: whoever writes fewer comes to the point, and has no room for further signs of it
_OF_SHORT = 0.5  # of the points that others need
COUNTED = tuple((1 - _AGAIN**times) / (1 - _AGAIN) for times in range(MOST + 1))
"""0, 1, 1.5, 1.75 …: repeating a word helps little, so that a quoted thread does not outweigh the letter."""

__all__ = ["Decision", "Question", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a letter goes, by which rule and why. `hold` says why a person must look first, "" if none must.

    `suggestions` are the vocabulary's best agencies with their points, best first, three at most. `linked` are
    further agencies the letter was addressed to, `copies` those that a rule sends it to besides: each has a linked
    ticket. `answer_within`: the rule's own, None for the agency's. `refusal`: the letter goes nowhere, and the citizen
    is told this, by language. `meant_for`: the agency that it is for and that takes no letters from here now.
    """

    agency: str
    rule: str
    why: tuple[str, ...]
    suggestions: tuple[tuple[str, float], ...] = ()
    hold: str = ""
    linked: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    urgent: bool = False
    answer_within: Within | None = None
    refusal: Mapping[str, str] = field(default_factory=dict, hash=False)
    meant_for: str = ""


def decide(question: Question, rules: Rules) -> Decision:
    """The decision on `question` under `rules`. Never raises; linear in the letter's length."""
    seen = view(question, rules.lexicon, rules.vocabulary)
    points = _points(seen, rules)
    best = sorted(points, key=lambda agency: (-points[agency], agency))[:_SUGGESTED]
    suggestions = tuple((agency, round(points[agency], 2)) for agency in best)
    return taken(_by_rule(seen, rules, suggestions) or _by_words(seen, suggestions, rules), rules)


def taken(decision: Decision, rules: Rules) -> Decision:
    """The same with `general` in the place of an agency that takes no letters from here, and no copies to such."""
    agency, why = rules.agencies[decision.agency], list(decision.why)
    holder = agency.id if agency.takes_letters else GENERAL
    if holder != agency.id:
        why.append(f"{agency.id!r} is {agency.state}: {GENERAL!r} gets its letters")
    lost = [id_ for id_ in decision.copies if not rules.agencies[id_].takes_letters]
    why += [f"no copy to {id_!r}: it is {rules.agencies[id_].state}" for id_ in lost]
    copies = tuple(id_ for id_ in dict.fromkeys(decision.copies) if id_ not in (holder, *lost))
    meant_for = "" if holder == agency.id else agency.id
    return replace(decision, agency=holder, why=tuple(why), copies=copies, meant_for=meant_for)


def _by_rule(seen: View, rules: Rules, suggestions: tuple[tuple[str, float], ...]) -> Decision | None:
    for rule in rules.candidates(seen.has()):
        if rule.name == ADDRESSED:
            if named := addressed(seen.question, rules):
                to = (f"addressed to {named[0]!r}",)
                return Decision(named[0], ADDRESSED, to, suggestions, linked=named[1:])
        elif (why := rule.condition.evidence(seen)) is not None:
            return _of(rule, why, suggestions)
    return None


def _of(rule: Rule, why: Evidence, suggestions: tuple[tuple[str, float], ...]) -> Decision:
    return Decision(
        rule.agency or GENERAL,
        rule.name,
        why,
        suggestions,
        rule.hold,
        copies=rule.copies,
        urgent=rule.urgent,
        answer_within=rule.answer_within,
        refusal=rule.refusal,
    )


def addressed(question: Question, rules: Rules) -> tuple[str, ...]:
    """The agencies a letter was addressed to by their own address, in order; `general` is nobody in particular."""
    names = (address.partition("@")[0].strip().casefold() for address in question.recipients)
    return tuple(dict.fromkeys(name for name in names if name in rules.agencies and name != GENERAL))


def _by_words(seen: View, suggestions: tuple[tuple[str, float], ...], rules: Rules) -> Decision:
    (first, most), (second, less) = (*suggestions, ("", 0.0), ("", 0.0))[:2]
    standing = f"{first} {most:g} points, {second} {less:g}" if second else f"{first} {most:g} points"
    if not first:
        return Decision(GENERAL, GENERAL, ("no word of the vocabulary found",))
    least = rules.least if seen.length >= SHORT else rules.least * _OF_SHORT
    if most < least:
        return Decision(GENERAL, GENERAL, (f"{standing}: fewer than {least:g}",), suggestions)
    if most - less < rules.lead * most:
        return Decision(GENERAL, GENERAL, (f"{standing}: no clear lead",), suggestions)
    return Decision(first, VOCABULARY, (f"{standing}: a clear lead", *_why(seen, rules, first)), suggestions)


def _points(seen: View, rules: Rules) -> dict[str, float]:
    """Points of every agency that has any."""
    points: dict[str, float] = {}
    for _, share, key, firsts in _scored(seen):
        gained = share * COUNTED[min(len(firsts), MOST)]
        for agency, weight in rules.vocabulary[key].points.items():
            points[agency] = points.get(agency, 0.0) + weight * gained
    return points


def _why(seen: View, rules: Rules, agency: str) -> list[str]:
    """The terms that gave the agency most of its points, each with its place."""
    why = []
    for where, share, key, firsts in _scored(seen):
        term = rules.vocabulary[key]
        if agency in term.points:
            gained = term.points[agency] * share * COUNTED[min(len(firsts), MOST)]
            sentence = f"{seen.parts[where].located(repr(term.written), where, firsts)}: +{gained:g}"
            why.append((-gained, sentence))
    return [sentence for _, sentence in sorted(why)[:_SHOWN]]


def _scored(seen: View) -> Iterator[tuple[str, float, tuple[str, ...], list[int]]]:
    for where, share in ((SUBJECT, IN_SUBJECT), (TEXT, 1.0)):
        for key, firsts in seen.parts[where].scored.items():
            yield where, share, key, firsts
