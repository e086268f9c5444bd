"""Octets of a rules file to plain mappings, lists and strings, with the line of everything.

The rule it keeps: what cannot be read is refused with a line number and a cure, before it can cost anything.
No anchors and aliases (a bomb of copies cannot be written), no tags (`!!python/…` means nothing), no duplicate
keys (the later one would win silently), no deep nesting, no file over 8 MiB or 400,000 entries. Scalars stay text:
06510 keeps its zero and `no` stays a word; the schema alone says what is a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from yaml.cyaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamStartEvent,
)
from yaml.reader import ReaderError

LARGEST = 8 * 1024 * 1024  # octets; the default file has an eightieth of it, ten thousand rules a quarter
_MOST = 400_000  # keys and list entries; the default file has 6,000, ten thousand rules of ten terms 150,000
TOLD = 100  # faults; whoever has more begins with these
_SAID = 500  # characters of one
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
        self.faults = [Fault(fault.line, _short(fault.text)) for fault in sorted(faults)[:TOLD]]
        super().__init__(name, self.faults)

    @property
    def lines(self) -> list[str]:
        return [f"{self.name}:{fault.line}: {fault.text}" for fault in self.faults]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def _short(text: str) -> str:
    """Its beginning and its end, where the cure stands."""
    return text if len(text) <= _SAID else f"{text[: _SAID // 2]} … {text[-_SAID // 2 :]}"


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content as plain data; and by the path of each mapping and list, the line (from 1) of every entry."""

    data: dict[str, Any]
    lines: dict[Path, dict[str | int, int]] = field(repr=False)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing around it that was written down."""
        while path:
            *around, entry = path
            path = tuple(around)
            if line := self.lines.get(path, {}).get(entry):
                return line
        return 1


def read(octets: bytes, name: str) -> Document:
    """The document in `octets`; RulesFault with everything that keeps it from being read."""
    _refuse_octets(octets, name)
    reader = _Reader(octets)
    try:
        data = reader.document()
    except _Stop as stop:
        reader.faults.append(stop.fault)
    except MarkedYAMLError as err:
        reader.faults.append(_syntax(err, octets))
    except ReaderError as err:
        reader.faults.append(Fault(_line_at(octets, err.position), "an unprintable character; delete it"))
    except (YAMLError, ValueError):
        reader.faults.append(Fault(1, "this is no YAML; write 'key: value' lines as in the default file"))
    if reader.faults:
        raise RulesFault(name, reader.faults)
    return Document(data, reader.lines)


def _refuse_octets(octets: bytes, name: str) -> None:
    """What is no text: it must be UTF-8 without a byte order mark, no NUL, no tab in an indentation."""
    if octets.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise RulesFault(name, [Fault(1, "the file begins with a byte order mark; save it as UTF-8 without one")])
    if len(octets) > LARGEST:
        raise RulesFault(name, [Fault(1, f"the file is larger than {LARGEST} octets; split or shorten its lists")])
    if (at := octets.find(b"\0")) >= 0:
        text = "a NUL octet: this is no text file; save it as plain UTF-8 text"
        raise RulesFault(name, [Fault(_line_at(octets, at), text)])
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError as err:
        text = "not UTF-8; save the file as UTF-8 in the editor"
        raise RulesFault(name, [Fault(_line_at(octets, err.start), text)]) from None
    if tabs := [Fault(_line_at(octets, tab.start()), _TAB) for tab in islice(_TABBED.finditer(octets), TOLD)]:
        raise RulesFault(name, tabs)


_TAB = "a tab in the indentation; write spaces instead"
_TABBED = re.compile(rb"^ *\t[^\S\n]*\S", re.MULTILINE)


def _line_at(octets: bytes, at: int) -> int:
    return octets.count(b"\n", 0, at) + 1


def _syntax(err: MarkedYAMLError, octets: bytes) -> Fault:
    mark = err.problem_mark or err.context_mark
    problem = str(err.problem or "not YAML")
    if mark and (slip := _slip(octets.decode().split("\n"), mark.line)):
        return slip
    if problem.startswith("did not find expected") and mark and mark.index >= len(octets.decode()):
        problem = "unexpected end of stream"
    if "end of stream" in problem and err.context_mark:
        mark = err.context_mark  # where it was opened
    for said, meant in _PLAINLY.items():
        if said in problem:
            problem = meant
            break
    else:
        problem += "; check colons, quotes, brackets and the indentation here and one line above"
    last = octets.rstrip().count(b"\n") + 1
    return Fault(min(mark.line + 1, last) if mark else 1, problem)


def _slip(lines: list[str], at: int) -> Fault | None:
    """A missing blank, which YAML takes for text and stumbles over in one of the next lines."""
    for n in range(at, max(at - 3, -1), -1):
        for slip in _SLIPS:
            if n < len(lines) and (found := slip.match(lines[n])):
                return Fault(n + 1, f"a blank is missing behind {found[1]!r}; write {found[1] + ' …'!r}")
    return None


_SLIPS = re.compile(r" *(-)[A-Za-z]"), re.compile(r" *(?:- )?([a-z][a-z_ ]*:)[^\s/]")


_DEEP = "nested too deeply; write separate rules instead"
_PLAINLY = {
    "mapping values are not allowed": "a second colon on one line, or a wrong indentation; put the text in quotes",
    "could not find expected ':'": "a colon is missing after this key; write 'key: value'",
    "unexpected end of stream": "a quote or bracket is opened and never closed; close it",
    "cannot start any token": "this character cannot begin a value; put the text in quotes",
    "expected ',' or ']'": "a list in brackets is not closed or a comma is missing; write [one, two, three]",
    "expected ',' or '}'": "a bracket is not closed or a comma is missing; write {key: value, key: value}",
    "expected node content": "a value is missing before this bracket or comma; write one, or delete it",
    "expected key": "the indentation differs from the lines above; give entries of one list equal indentation",
    "found unknown escape character": "a backslash in double quotes; write patterns in single quotes",
    "expected '-'": "the indentation differs from the lines above; give entries of one list equal indentation",
    "maximum nesting depth": _DEEP,
    "expected <document start>": "a second document begins here; delete the line '...' above",
}


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class _Stop(Exception):
    """Reading further would be pointless or dangerous."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__()


class _Reader:
    """Builds plain data out of YAML events, one pass, no recursion deeper than `_DEEPEST`."""

    def __init__(self, octets: bytes) -> None:
        self.lines: dict[Path, dict[str | int, int]] = {}
        self.faults: list[Fault] = []
        self._entries = 0
        self._next = CParser(octets).get_event

    def document(self) -> dict[str, Any]:
        while isinstance(event := self._next(), StreamStartEvent | DocumentStartEvent):
            pass
        if not isinstance(event, MappingStartEvent):
            raise _Stop(Fault(1, "the file holds no rules; start from the default file (agencies:, rules: …)"))
        data: dict[str, Any] = self._mapping(event, ())
        while event := self._next():
            if isinstance(event, DocumentStartEvent):
                raise _Stop(Fault(_line(event), "a second document begins here; delete the '---' line"))
        return data

    def _value(self, event: Event, around: Path, entry: str | int) -> Any:
        """What begins with `event` and stands at `entry` of what stands at `around`."""
        self._entries += 1
        if self._entries > _MOST or len(self.faults) >= TOLD:
            text = f"more than {_MOST} entries or {TOLD} faults; nothing below this line was read, shorten the lists"
            raise _Stop(Fault(_line(event), text))
        if isinstance(event, ScalarEvent) and event.anchor is None and event.tag is None:
            self._printable(event)
            return event.value if event.style or event.value not in _NOTHING else None
        build = self._mapping if isinstance(event, MappingStartEvent) else self._sequence
        return build(event, (*around, entry))

    def _printable(self, event: ScalarEvent) -> None:
        """In double quotes `\\0` is a NUL, which no database takes, and `\\e` a control character."""
        if _CONTROL.search(event.value):
            self.faults.append(Fault(_line(event), "a control character; delete it, or write the text without escapes"))

    def _mapping(self, event: Event, path: Path) -> dict[str, Any]:
        _refuse(event, path)
        found: dict[str, Any] = {}
        lines = self.lines[path] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            _refuse(event, path)
            if not isinstance(event, ScalarEvent):
                raise _Stop(Fault(_line(event), "a list or mapping stands as a key; write a word before the colon"))
            self._printable(event)
            key = event.value
            if key in found:
                self.faults.append(Fault(_line(event), f"{key!r} stands here twice; join the two entries"))
            lines.setdefault(key, _line(event))
            found[key] = self._value(self._next(), path, key)
        return found

    def _sequence(self, event: Event, path: Path) -> list[Any]:
        _refuse(event, path)
        found: list[Any] = []
        lines = self.lines[path] = {}
        while not isinstance(event := self._next(), SequenceEndEvent):
            lines[len(found)] = _line(event)
            found.append(self._value(event, path, len(found)))
        return found


_NOTHING = ("", "~", "null")


def _refuse(event: Event, path: Path) -> None:
    """What may stand nowhere."""
    if isinstance(event, AliasEvent):
        raise _Stop(Fault(_line(event), "an alias (*name) is not allowed; write the text out"))
    if event.anchor is not None:
        raise _Stop(Fault(_line(event), "an anchor (&name) is not allowed; delete it and write the text out"))
    if event.tag is not None:
        raise _Stop(Fault(_line(event), "a tag (!name) is not allowed; delete it, or put the text in quotes"))
    if len(path) > _DEEPEST:
        raise _Stop(Fault(_line(event), _DEEP))


def _line(event: Event) -> int:
    line: int = event.start_mark.line
    return line + 1
