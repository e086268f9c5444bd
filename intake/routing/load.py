"""A rules file from the disk or from octets to `Rules`, or every fault of it at once.

The rule it keeps: all or nothing. A file with a fault makes no `Rules`, so the last good ones stay in force; each
fault is one line `FILE:LINE: what is wrong, and what to write instead`.
"""

from __future__ import annotations

import gc
import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from intake.routing.checks import findings
from intake.routing.document import LARGEST, TOLD, Document, Fault, RulesFault, read
from intake.routing.rules import Rules, compiled
from intake.routing.schema import RulesFile
from intake.routing.shape import Finding, shape

_MAIL_DOMAIN = "intake.example"
_VERSION_DIGITS = 12
_TRIES = 3
_SETTLED = 0.02  # seconds; the clock of files has ticks of 4 to 10 ms
_NO_FILE = "is no ordinary file; name the rules file itself"


def load(path: Path, mail_domain: str = _MAIL_DOMAIN) -> Rules:
    """The rules in the file at `path`, read once and whole; RulesFault if it cannot be used."""
    return parse(octets(path), str(path), mail_domain)


def parse(data: bytes, name: str, mail_domain: str = _MAIL_DOMAIN, published: bool = False) -> Rules:
    """The rules in `data`; RulesFault with every fault, each under `name`.

    `mail_domain` is our own: no agency's mailbox may lie in it or below it, mail would go round in circles. What was
    `published` passed the check of its day, and a stricter one of today does not take it out of force.
    """
    with _unswept():
        file, _ = opened(data, name, mail_domain, published)
        return compiled(file, data, version(data))


def version(data: bytes) -> str:
    """What names this very file on every ticket it decides: the first hex digits of its SHA-256."""
    return hashlib.sha256(data).hexdigest()[:_VERSION_DIGITS]


@contextmanager
def _unswept() -> Iterator[None]:
    """Without the collector of cycles, which looks at each of a million new objects again and again: there are none."""
    swept = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if swept:
            gc.enable()


@_unswept()
def opened(
    data: bytes, name: str, mail_domain: str = _MAIL_DOMAIN, published: bool = False
) -> tuple[RulesFile, Document]:
    """The checked file and the lines of everything in it; RulesFault with every fault."""
    document = read(data, name)
    try:
        file = RulesFile.model_validate(document.data)
    except ValidationError as err:
        raise RulesFault(name, told(shape(err), document)) from None
    if not published and (faults := told(findings(file, mail_domain.casefold()), document)):
        raise RulesFault(name, faults)
    return file, document


def told(findings: Iterable[Finding], document: Document) -> list[Fault]:
    """Findings as faults, each with its line; enough of them to begin with."""
    return [Fault(document.line(path), text) for path, text in islice(findings, TOLD)]


def octets(path: Path) -> bytes:
    """The file's octets, from one opening; RulesFault when it is missing, unsafe or changes while it is read."""
    try:
        for _ in range(_TRIES):
            if (data := _read_whole(path)) is not None:
                return data
    except IsADirectoryError:
        raise RulesFault(str(path), [Fault(1, _NO_FILE)]) from None
    except OSError as err:
        cure = "name the rules file in INTAKE_RULES" if isinstance(err, FileNotFoundError) else "check its permissions"
        raise RulesFault(str(path), [Fault(1, f"cannot be opened ({err.strerror}); {cure}")]) from None
    raise RulesFault(str(path), [Fault(1, "changes while it is read; write a new file and rename it into place")])


def _read_whole(path: Path) -> bytes | None:
    """One reading; None when the file changed under it, or a moment ago: then half of it may not be written yet."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(file.fileno())
        _refuse_unsafe(before, path)
        if 0 <= time.time() - before.st_mtime < _SETTLED:  # a second change would not show in its time
            time.sleep(_SETTLED)
            return None
        data = file.read(LARGEST + 1)
        after = os.fstat(file.fileno())
    same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    whole = len(data) == after.st_size or len(data) > LARGEST
    return data if same and whole else None


def _refuse_unsafe(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise RulesFault(str(path), [Fault(1, _NO_FILE)])
    if found.st_mode & stat.S_IWOTH:
        fault = Fault(1, f"everybody on this machine may change it; run: chmod o-w {path}")
        raise RulesFault(str(path), [fault])
