"""Rules that can never decide: found by comparing what they ask, not by trying letters.

The rule it keeps: what it calls dead is dead, whatever letters come. Not every dead rule is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from intake.routing.schema import When
from intake.routing.words import key, spoken

_Key = tuple[str, ...]
_WORDS = {
    "letter_has": ("letter_has", "subject_has", "text_has"),
    "subject_has": ("subject_has",),
    "text_has": ("text_has",),
}
"""A condition on words, and those that it holds with: what stands in the subject stands in the letter."""
_PATTERNS = {"letter_matches": ("letter_matches", "subject_matches", "text_matches")}
_VALUES = ("topic", "town", "recipient", "sender_domain")
_VALUE = "\0"  # begins what is no word
_COMPARED = 100  # rules that ask for the same word or value, or for none
_ONE_OF = ("language", "topic", "town")
_EITHER = ("machine", "authenticated", "spam", "hours")
_OF_FORMS = ("topic", "town", "fields")


def shadows(asked: Sequence[When | None], addressed: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Pairs of places: a rule, and the first before it that holds whenever it does. `addressed`: the rule without
    words that is always there. A rule is compared with those that ask for a word or a value of its own, `_COMPARED`
    for each: linear in the number of rules."""
    how_often = Counter(value for when in asked for several in _value_lists(when) for value in set(several))
    by_value: dict[_Key, list[int]] = {}
    for n, when in enumerate(asked):
        if addressed[n]:
            yield from ((n, m) for m in by_value.get((), ())[:1] if asked[m] is None)
            continue
        looked = {(), *(part for value in _begun(when) for part in _parts(value))}
        before = sorted({m for part in looked for m in by_value.get(part, ())[:_COMPARED]})
        if (first := next((m for m in before if implied(when, asked[m])), None)) is not None:
            yield n, first
            continue
        rarest = min(_value_lists(when), key=lambda several: sum(how_often[v] for v in several), default=[()])
        for value in set(rarest):
            by_value.setdefault(value, []).append(n)
        if when is None:  # first of those that each rule is compared with
            by_value[()].insert(0, by_value[()].pop())


def impossible(when: When) -> str:
    """Why no letter fulfils a condition, and what to change; "" where one may."""
    asked = _conjuncts(when)
    only = [set(one.channel) for one in asked if one.channel]
    channels = set.intersection(*only) if only else {"email", "form"}
    if not channels:
        return "no letter comes by two channels; delete one 'channel'"
    if channels == {"email"} and any(getattr(one, name) for one in asked for name in _OF_FORMS):
        return "only forms have a topic, a town and fields; write 'channel: form'"
    if channels == {"form"} and any(one.recipient for one in asked):
        return "a form is written to no address of ours; write 'channel: email'"
    if name := _two_values(asked):
        either = "" if name in _EITHER else ", or write both in one list"
        return f"no letter has two different values of {name!r}; delete one{either}"
    if any(one.no and implied(when.model_copy(update={"no": None}), one.no) for one in asked):
        return "its 'not' excludes all that it asks for; change one of them"
    return ""


def _two_values(asked: Sequence[When]) -> str:
    """What must be this and that at once, of which a letter has only one; "" where nothing must."""
    for name in (*_ONE_OF, *_EITHER):
        wanted = [value for one in asked if (value := getattr(one, name)) is not None]
        lists = [{spoken(v) for v in value} if isinstance(value, list) else {value} for value in wanted]
        if lists and not set.intersection(*lists):
            return When.model_fields[name].alias or name
    for name in {name for one in asked for name in one.fields or ()}:
        lists = [set(map(spoken, one.fields[name])) for one in asked if one.fields and name in one.fields]
        if not set.intersection(*lists):
            return name
    domains = [one.sender_domain for one in asked if one.sender_domain]
    if any(not any(_below(a, b) or _below(b, a) for a in some for b in others) for some, others in pairwise(domains)):
        return "sender domain"
    return ""


def _below(domain: str, above: str) -> bool:
    return f".{domain}".casefold().endswith(f".{above}".casefold())


def recipients(when: When) -> set[str]:
    """The addresses of ours one of which a letter must have been written to; empty where any will do, or none."""
    lists = [asked.recipient for asked in _conjuncts(when) if asked.recipient]
    named = [{one.casefold().partition("@")[0] for one in several} for several in lists]
    return set.intersection(*named) if named else set()


def implied(when: When | None, by: When | None) -> bool:
    """Whether `by` holds whenever `when` does."""
    if by is None:
        return True
    if when is not None and when.any:
        rest = when.model_copy(update={"any": None})
        if all(implied(When.model_construct(all=[rest, inner]), by) for inner in when.any):
            return True
    return _all_of(_conjuncts(when), by)


def _all_of(asked: Sequence[When], by: When) -> bool:
    return all(_asks(asked, name, value) for name in by.model_fields_set if (value := getattr(by, name)) is not None)


def _asks(asked: Sequence[When], name: str, value: Any) -> bool:
    """Whether conditions that all hold make the one called `name` hold."""
    match name:
        case "all":
            return all(_all_of(asked, inner) for inner in value)
        case "any":
            return any(_all_of(asked, inner) for inner in value)
        case "no":
            return any(one.no == value for one in asked)
        case "fields":
            return any(_fields(one.fields or {}, value) for one in asked)
    given = [(source, getattr(one, source)) for one in asked for source in (_WORDS | _PATTERNS).get(name, (name,))]
    written = [found for _, found in given if found is not None]
    if name in _WORDS:
        wider = {key(term) for term in value}
        return any(all(not wider.isdisjoint(_parts(key(term))) for term in found) for found in written)
    if isinstance(value, list):
        fold = (lambda text: text) if name.endswith("matches") else str.casefold
        return any({fold(one) for one in found} <= {fold(one) for one in value} for found in written)
    return value in written


def _fields(narrow: dict[str, list[str]], wide: dict[str, list[str]]) -> bool:
    return all(name in narrow and set(narrow[name]) <= set(values) for name, values in wide.items())


def _conjuncts(when: When | None) -> list[When]:
    """A condition and those within its `all`, which hold together."""
    return [] if when is None else [when, *(inner for one in when.all or () for inner in _conjuncts(one))]


def _value_lists(when: When | None) -> Iterator[list[_Key]]:
    """What a letter must have one of, for each condition on words, patterns, fields or addresses: a rule that holds
    whenever this one does asks for at least these words (or parts of them) or values."""
    for one in _conjuncts(when):
        for name in _WORDS:
            if terms := getattr(one, name):
                yield [key(term) for term in terms]
        for name in _VALUES:
            if values := getattr(one, name):
                yield [(f"{_VALUE}{name}", value.casefold()) for value in values]
        for name in _PATTERNS["letter_matches"]:
            if patterns := getattr(one, name):
                yield [(f"{_VALUE}matches", pattern) for pattern in patterns]
        for name, values in (one.fields or {}).items():
            yield [(f"{_VALUE}fields", name, value) for value in values]


def _begun(when: When | None) -> Iterator[_Key]:
    """A word or value of each condition: what is implied by all of one is implied by this one too."""
    yield from (several[0] for several in _value_lists(when))
    for one in _conjuncts(when):
        if one.any:
            yield from _begun(one.any[0])


def _parts(term: _Key) -> Iterable[_Key]:
    """Every run of words in a term: whoever writes the whole, writes each of them. A value has no parts."""
    if term and term[0].startswith(_VALUE):
        return (term,)
    return (term[i:j] for i in range(len(term)) for j in range(i + 1, len(term) + 1))
