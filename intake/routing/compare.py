"""What changed from one rules file to another, in sentences: agencies, rules and their order, words, and the rest.

The rule it keeps: a sentence says what is different when letters are decided; how it is spelt is the text's affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from pydantic import BaseModel

from intake.routing.load import opened
from intake.routing.rules import WEIGHTS
from intake.routing.schema import ADDRESSED, RuleEntry, RulesFile, VocabularyEntry
from intake.routing.words import key

_TOLD = ("agencies", "rules", "vocabulary", "examples")  # each in sentences of its own
_NAMED = 12  # words that a sentence names
_LONGEST = 60  # characters of a value that a sentence shows

Plain = Mapping[str, Any]


def compare(old: bytes, new: bytes, mail_domain: str) -> list[str]:
    """The sentences; none when both decide alike by the same words. `RulesFault` when one of them is no good file."""
    before, after = (opened(source, name, mail_domain)[0] for source, name in ((old, "old"), (new, "new")))
    return [*_agencies(before, after), *_rules(before, after), *_vocabulary(before, after), *_rest(before, after)]


def _agencies(before: RulesFile, after: RulesFile) -> Iterator[str]:
    for id_ in dict.fromkeys((*before.agencies, *after.agencies)):
        yield from _entry(f"agency {id_!r}", before.agencies.get(id_), after.agencies.get(id_))


def _rules(before: RulesFile, after: RulesFile) -> Iterator[str]:
    """Added, removed and changed ones, then those that stand elsewhere in the order."""
    old, new = _by_name(before.rules), _by_name(after.rules)
    places, was_at = ({name: place for place, name in enumerate(names, 1)} for names in (new, old))
    for name in dict.fromkeys((*old, *new)):
        added = f" at place {places[name]} of {len(new)}" if name not in old else ""
        yield from (f"{said}{added}" for said in _entry(f"rule {name!r}", old.get(name), new.get(name)))
    stayed = [name for name in old if name in new]
    for name in _moved(stayed, [name for name in new if name in old]):
        yield f"rule {name!r} moved from place {was_at[name]} to place {places[name]}"


def _by_name(rules: Iterable[RuleEntry]) -> dict[str, RuleEntry]:
    """In order; `addressed` first unless the file places it."""
    placed = {rule.rule: rule for rule in rules}
    return placed if ADDRESSED in placed else {ADDRESSED: RuleEntry.model_validate({"rule": ADDRESSED}), **placed}


def _moved(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Those of the same names in another order that do not stand where they stood beside most others."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = {name for block in blocks for name in new[block.b : block.b + block.size]}
    return [name for name in new if name not in kept]


def _vocabulary(before: RulesFile, after: RulesFile) -> Iterator[str]:
    for agency in dict.fromkeys((*before.vocabulary, *after.vocabulary)):
        old, new = _graded(before.vocabulary.get(agency)), _graded(after.vocabulary.get(agency))
        added = [f"{term!r} ({grade})" for k, (term, grade) in new.items() if k not in old]
        removed = [f"{term!r} ({grade})" for k, (term, grade) in old.items() if k not in new]
        both = [(term, old[k][1], grade) for k, (term, grade) in new.items() if k in old]
        regraded = [f"{term!r} {was} → {now}" for term, was, now in both if was != now]
        for what, terms in (("added", added), ("removed", removed), ("weighed anew", regraded)):
            if terms:
                more = f" and {len(terms) - _NAMED} more" if len(terms) > _NAMED else ""
                yield f"words of {agency!r} {what}: {', '.join(terms[:_NAMED])}{more}"


def _graded(entry: VocabularyEntry | None) -> dict[tuple[str, ...], tuple[str, str]]:
    """Each term as it is written and its grade, by what makes it the same term."""
    terms = ((term, grade) for grade in WEIGHTS for term in getattr(entry, grade, None) or ())
    return {key(term): (term, grade) for term, grade in terms}


def _rest(before: RulesFile, after: RulesFile) -> Iterator[str]:
    for name in [name for name in RulesFile.model_fields if name not in _TOLD]:
        old, new = getattr(before, name), getattr(after, name)
        yield from (f"{name}: {change}" for change in _changes(_plain(old), _plain(new)))
    tried = [Counter(example.model_dump_json() for example in file.examples) for file in (before, after)]
    for what, count in (("added", (tried[1] - tried[0]).total()), ("removed", (tried[0] - tried[1]).total())):
        if count:
            yield f"examples: {count} {what}"


def _entry(name: str, old: BaseModel | None, new: BaseModel | None) -> Iterator[str]:
    if old is None or new is None:
        yield f"{name} {'added' if old is None else 'removed'}"
    elif changes := list(_changes(_plain(old), _plain(new))):
        yield f"{name} changed: {'; '.join(changes)}"


def _changes(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """Each value that differs, with the keys that lead to it."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _changes(old.get(name), new.get(name), f"{where} {name}".strip())
    elif isinstance(old, list) and isinstance(new, list):
        both = ("+", _less(new, old)), ("−", _less(old, new))
        if signs := [f"{sign} {_short(values)}" for sign, values in both if values]:
            yield " ".join((where, *signs))
    elif old != new:
        yield f"{where} {_short(old)} → {_short(new)}".strip()


def _less(values: list[Any], others: list[Any]) -> list[Any]:
    return [value for value in values if value not in others]


def _plain(value: Any) -> Any:
    """A model, or a mapping of them, as it is written in the file."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _short(value: Any) -> str:
    if value is None or value == {}:
        return "nothing"
    text = ", ".join(map(repr, value)) if isinstance(value, list) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
