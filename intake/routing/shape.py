"""What is wrong with the shape of a rules file, in plain words: pydantic's errors, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from intake.routing.document import Path
from intake.routing.schema import keys_at

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
        case "string_pattern_mismatch":
            return f"{str(error['input'])!r} cannot stand for {_named(path)}; write {_WRITTEN[_key(path)]}"
    return f"{_named(path)}: {error['msg'][:1].lower()}{error['msg'][1:]}; write a number in that range"


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
