"""What is wrong with the shape of a rules file, in plain words: pydantic's errors, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from intake.routing.document import Path
from intake.routing.schema import ADDRESSED, WHEN, keys_at

_NEAR = 200  # names that a misspelt one is compared with

Finding = tuple[Path, str]
"""Where in the file, and what is wrong there with what to write instead."""


def nearest(word: str, known: Sequence[str], otherwise: str = "") -> str:
    """', did you mean …' for what a misspelt word is closest to, else what may be written at all."""
    known = known[:_NEAR]
    if close := difflib.get_close_matches(word, known, n=1, cutoff=0.6):
        return f"write '{close[0]}'"
    return otherwise or f"write one of: {', '.join(known)}"


def shape(err: ValidationError) -> Iterator[Finding]:
    """What pydantic found, in plain words."""
    for error in err.errors(include_url=False, include_input=True):
        path = tuple(part for part in error["loc"] if part != "[key]")
        yield path, _plainly(error["type"], path, error)


def _plainly(kind: str, path: Path, error: Any) -> str:
    key = path[-1] if path else ""
    context = error.get("ctx") or {}
    match kind:
        case "extra_forbidden":
            return _unknown(str(key), path[:-1])
        case "missing":
            return f"{key!r} is missing; add a line '{key}: …'"
        case "literal_error":
            return f"{str(error['input'])!r} cannot stand here; write {context['expected']}"
        case "string_type" | "string_too_short":
            return f"a text is expected for {_named(path)}; write one line of text, in quotes if in doubt"
        case "list_type" if isinstance(error["input"], dict):
            return f"a list is expected for {_named(path)}; begin each of its entries with '- '"
        case "list_type" | "too_short":
            return f"at least one entry is expected for {_named(path)}; write [one, two] or lines that begin with '- '"
        case "dict_type" | "model_type" | "model_attributes_type" | "mapping_type":
            return _slip(error["input"], path) or f"'key: value' lines are expected for {_named(path)}{_choices(path)}"
        case "bool_parsing" | "bool_type":
            return f"yes or no is expected for {_named(path)}; write yes or no"
        case "string_pattern_mismatch":
            return f"{str(error['input'])!r} cannot stand for {_named(path)}; write {_WRITTEN[_key(path)]}"
    return f"{_named(path)}: {error['msg'][:1].lower()}{error['msg'][1:]}; write a number in that range"


_MEANT = {"if": "when", "then": "agency", "to": "agency", "send to": "agency", "go to": "agency", "name": "rule"}
"""What people call the keys of a rule."""


def _unknown(key: str, around: Path) -> str:
    """An unknown key: misspelt, or at the wrong depth."""
    keys, conditions = keys_at(around), keys_at(WHEN)
    if keys == conditions and "not" in (words := key.split()):
        asked = " ".join(word for word in words if word != "not")
        cure = f"write 'not:', and below it, two spaces deeper, '{asked}: …'"
    elif keys == conditions and key in keys_at(around[:2]):
        cure = "it belongs to the rule, not to its conditions; give the line the indentation of 'when:'"
    elif around[:1] == ("rules",) and len(around) == 2 and key in conditions:
        cure = "it belongs below 'when:'; indent the line two spaces more than 'when:'"
    elif around[:1] == ("rules",) and len(around) == 2 and key in _MEANT:
        cure = f"write '{_MEANT[key]}'"
    else:
        cure = nearest(key, keys)
    return f"unknown key {key!r}; {cure}"


def _slip(said: Any, path: Path) -> str:
    """What was surely meant where 'key: value' lines are expected; "" where that is not clear."""
    if isinstance(said, list) and path[-1:] == ("when",):
        return "the conditions stand in a list; delete the hyphens before them, or write 'all:' above them"
    if not isinstance(said, str):
        return ""
    if begun := next((key for key in sorted(keys_at(path), key=len, reverse=True) if said.startswith(key)), ""):
        rest = said[len(begun) :]
        missing = f"a blank is missing behind '{begun}:'" if rest[:1] == ":" else f"a colon is missing behind {begun!r}"
        return f"{missing}; write '{begun}: {rest.lstrip(': ') or '…'}'"
    if path[:-1] == ("rules",):
        return f"{said!r} is no rule; " + nearest(
            f"- {said}", [f"- {ADDRESSED}"], "write '- rule: its name', and below it 'when:' and 'agency:'"
        )
    return ""


_WRITTEN = {
    "answer_within": "a number of days up to 999, or one like '3 working days' or '12 hours'",
    "opens": "hours and minutes in quotes, like '08:30'",
    "closes": "hours and minutes in quotes, like '16:30'",
    "holidays": "a day like 2027-01-01",
    "received": "a day and a time in quotes, like '2027-01-04 09:30'",
}
"""What a text with a form of its own looks like, by its key."""


def _named(path: Path) -> str:
    return f"'{key}'" if (key := _key(path)) else "the file"


def _key(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _choices(path: Path) -> str:
    return f"; the keys are: {', '.join(keys)}" if (keys := keys_at(path)) else "; write them indented below it"
