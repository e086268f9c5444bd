"""Octets of a rules file to plain mappings, lists and strings, with the line of everything.

The rule it keeps: what cannot be read is refused with a line number and a cure, before it can cost anything.
No anchors and aliases (a bomb of copies cannot be written), no tags (`!!python/…` means nothing), no duplicate
keys (the later one would win silently), no deep nesting, no file over 1 MiB or 50,000 entries. Scalars stay text: 06510
keeps its zero and `no` stays a word; the schema alone says what is a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

LARGEST = 1024 * 1024  # octets; the default file has a twentieth of it
_MOST = 50_000  # keys and list entries; the default file has 6,000
TOLD = 100  # faults; whoever has more begins with these
_DEEPEST = 24  # levels; the schema needs 8, conditions within conditions a few more

Path = tuple[str | int, ...]
"""Where something stands: keys and list positions from the top of the document."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a rules file: its line, counted from 1, and what to write instead."""

    line: int
    text: str


class RulesFault(ValueError):
    """A rules file that cannot be used. Its text is one line a fault: `FILE:LINE: what is wrong, and the cure`."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        self.name = name
        self.faults = sorted(faults)[:TOLD]
        super().__init__(name, self.faults)

    @property
    def lines(self) -> list[str]:
        return [f"{self.name}:{fault.line}: {fault.text}" for fault in self.faults]

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content as plain data, and the line (from 1) of every key and list entry."""

    data: dict[str, Any]
    lines: dict[Path, int] = field(repr=False)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it that was written down."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(octets: bytes, name: str) -> Document:
    """The document in `octets`; RulesFault with everything that keeps it from being read."""
    text = _text(octets, name)
    reader = _Reader()
    try:
        data = reader.document(YAML(typ="safe", pure=True).parse(text))
    except _Stop as stop:
        reader.faults.append(stop.fault)
    except MarkedYAMLError as err:
        reader.faults.append(_syntax(err))
    except ReaderError as err:
        reader.faults.append(Fault(text.count("\n", 0, err.position) + 1, "an unprintable character; delete it"))
    except (YAMLError, ValueError, RecursionError):
        reader.faults.append(Fault(1, "this is no YAML; write 'key: value' lines as in the default file"))
    if reader.faults:
        raise RulesFault(name, reader.faults)
    return Document(data, reader.lines)


def _text(octets: bytes, name: str) -> str:
    """The file's characters: UTF-8 without a byte order mark, no NUL, no tab in an indentation."""
    if octets.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise RulesFault(name, [Fault(1, "the file begins with a byte order mark; save it as UTF-8 without one")])
    if len(octets) > LARGEST:
        raise RulesFault(name, [Fault(1, f"the file is larger than {LARGEST} octets; split or shorten its lists")])
    if (at := octets.find(b"\0")) >= 0:
        line = octets.count(b"\n", 0, at) + 1
        raise RulesFault(name, [Fault(line, "a NUL octet: this is no text file; save it as plain UTF-8 text")])
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as err:
        line = octets.count(b"\n", 0, err.start) + 1
        raise RulesFault(name, [Fault(line, "not UTF-8; save the file as UTF-8 in the editor")]) from None
    if faults := [Fault(n, _TAB) for n, line in enumerate(text.split("\n"), 1) if _tabbed(line)]:
        raise RulesFault(name, faults)
    return text


_TAB = "a tab in the indentation; write spaces instead"


def _tabbed(line: str) -> bool:
    return bool(line.strip()) and line.lstrip(" ").startswith("\t")


def _syntax(err: MarkedYAMLError) -> Fault:
    mark = err.problem_mark or err.context_mark
    problem = str(err.problem or "not YAML")
    for said, meant in _PLAINLY.items():
        if said in problem:
            problem = meant
            break
    else:
        problem += "; check colons, quotes, brackets and the indentation here and one line above"
    return Fault(mark.line + 1 if mark else 1, problem)


_PLAINLY = {
    "mapping values are not allowed": "a second colon on one line, or a wrong indentation; put the text in quotes",
    "could not find expected ':'": "a colon is missing after this key; write 'key: value'",
    "<stream end>": "a quote or bracket is opened and never closed; close it",
    "unexpected end of stream": "a quote or bracket is opened and never closed; close it",
    "cannot start any token": "this character cannot begin a value; put the text in quotes",
    "expected ',' or ']'": "a list in brackets is not closed or a comma is missing; write [one, two, three]",
    "expected <block end>": "the indentation differs from the lines above; give entries of one list equal indentation",
}


class _Stop(Exception):
    """Reading further would be pointless or dangerous."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__()


class _Reader:
    """Builds plain data out of YAML events, one pass, no recursion deeper than `_DEEPEST`."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []

    def document(self, events: Iterator[Any]) -> dict[str, Any]:
        first = next((e for e in events if not isinstance(e, StreamStartEvent | DocumentStartEvent)), None)
        if not isinstance(first, MappingStartEvent):
            raise _Stop(Fault(1, "the file holds no rules; start from the default file (agencies:, rules: …)"))
        data: dict[str, Any] = self._mapping(first, events, ())
        for event in events:
            if isinstance(event, DocumentStartEvent):
                raise _Stop(Fault(_line(event), "a second document begins here; delete the '---' line"))
        return data

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self._refuse(event, path)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, events, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        return _scalar(event)

    def _mapping(self, event: Any, events: Iterator[Any], path: Path) -> dict[str, Any]:
        self._refuse(event, path)
        found: dict[str, Any] = {}
        while not isinstance(key := next(events), MappingEndEvent):
            self._refuse(key, path)
            if not isinstance(key, ScalarEvent):
                raise _Stop(Fault(_line(key), "a list or mapping stands as a key; write a word before the colon"))
            here = (*path, key.value)
            if key.value in found:
                self.faults.append(Fault(_line(key), f"{key.value!r} stands here twice; join the two entries"))
            self._note(here, _line(key))
            found[key.value] = self._value(next(events), events, here)
        return found

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            here = (*path, len(found))
            self._note(here, _line(event))
            found.append(self._value(event, events, here))
        return found

    def _note(self, path: Path, line: int) -> None:
        if len(self.lines) >= _MOST or len(self.faults) >= TOLD:
            text = f"more than {_MOST} entries or {TOLD} faults; nothing below this line was read, shorten the lists"
            raise _Stop(Fault(line, text))
        self.lines.setdefault(path, line)

    def _refuse(self, event: Any, path: Path) -> None:
        if isinstance(event, AliasEvent):
            raise _Stop(Fault(_line(event), "an alias (*name) is not allowed; write the text out"))
        if event.anchor is not None:
            raise _Stop(Fault(_line(event), "an anchor (&name) is not allowed; delete it and write the text out"))
        if event.tag is not None:
            raise _Stop(Fault(_line(event), "a tag (!name) is not allowed; delete it, or put the text in quotes"))
        if len(path) > _DEEPEST:
            raise _Stop(Fault(_line(event), "nested too deeply; write separate rules instead"))


def _scalar(event: Any) -> str | None:
    plain = event.style is None
    return None if plain and event.value in ("", "~", "null") else str(event.value)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
