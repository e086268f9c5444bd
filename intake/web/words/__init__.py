"""What the page of choices says, and the frame of every page, in each of our languages: one file a language.

The rule it keeps: plain words, and none about anybody. Every file says what the English one says, with the same
placeholders; one that does not stops the start.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intake.errors import Misconfigured
from intake.language import DEFAULT, LANGUAGES

Text = list[str]  # heading, text

_HERE = Path(__file__).parent
_PLACE = re.compile(r"\{\w*\}")


@dataclass(frozen=True, slots=True)
class Words:
    """Everything in one language. `thanks` and `buttons` are by wish, `said` is what went wrong, by name; `letter`,
    `agency`, `address` and `mail` are what the page asks."""

    service: str
    skip: str
    title: str
    lead: str
    letter: Text
    agency: Text
    address: Text
    mail: Text
    buttons: Mapping[str, str]
    thanks: Mapping[str, Text]
    said: Mapping[str, Text]
    back: str
    newest: str
    write: str
    form: str
    danger: str
    privacy: str


def load(folder: Path = _HERE) -> dict[str, Words]:
    """The words of each language. `Misconfigured` names the file and the text that is wrong in it."""
    read = {language: _read(folder / f"{language}.toml") for language in LANGUAGES}
    english = dict(_texts(read[DEFAULT]))
    for language, said in read.items():
        if faults := _faults(dict(_texts(said)), english):
            raise Misconfigured(f"{folder / language}.toml: {faults[0]}")
    return {language: Words(**said) for language, said in read.items()}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise Misconfigured(f"{file}: {fault}") from fault


def _texts(said: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Each text with its name, such as "thanks.stop 2"."""
    if isinstance(said, str):
        yield name, said.strip()
    elif isinstance(said, list):
        for number, one in enumerate(said, 1):
            yield from _texts(one, f"{name} {number}")
    elif isinstance(said, dict):
        for key, one in said.items():
            yield from _texts(one, f"{name}.{key}" if name else key)


def _faults(texts: Mapping[str, str], english: Mapping[str, str]) -> list[str]:
    """What a translation lacks, has too much, or cannot fill in."""
    lacking = [f"{name} has no text; translate that of {DEFAULT}.toml" for name in english if not texts.get(name)]
    unknown = [f"{name} is not in {DEFAULT}.toml; take it out" for name in texts if name not in english]
    other = [
        f"{name} must hold {' '.join(_PLACE.findall(english[name])) or 'nothing in { }'}"
        for name in english
        if sorted(_PLACE.findall(texts.get(name, ""))) != sorted(_PLACE.findall(english[name]))
    ]
    return lacking + unknown + other


WORDS: Mapping[str, Words] = load()
