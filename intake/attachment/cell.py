"""Documents are read and written in a cell: a process of its own that holds no key and can open nothing.

A document's format is a program written by a stranger. Its reader is therefore a fresh Python that gets the octets on
its standard input and answers on its standard output. It forgets the environment, cannot open a file, a socket or a
process, and is ended by the kernel when it takes too much memory or time. Whatever else happens in there, the answer
counts only when it ends with the mark of finished work; its exit status says nothing, because a parent that ignores
its children does not see it.

What is handed on is written in a cell as well: the library that draws a page is as large as one that reads it.
"""

from __future__ import annotations

import codecs
import resource
import signal
import subprocess
import sys
from importlib import import_module

CPU_SECONDS = 5
MEMORY = 600_000_000  # octets of address space: Python, the document, and what it unfolds to
OPEN_FILES = 3  # the three it is born with
ANSWER = 20_000_000  # octets; a longer answer is none

_DONE = b"\0done"
_CODECS = (
    "ascii", "charmap", "cp1252", "cp437", "cp932", "cp950", "gb18030", "gb2312", "gbk", "latin-1", "utf-16",
    "utf-16-be", "utf-16-le",
)  # fmt: skip


def read(kind: str, data: bytes, seconds: float) -> str | None:
    """The text of a document of `kind` ("pdf" or "docx"); None when the cell did not finish in `seconds`."""
    answer = work(kind, data, seconds)
    try:
        return None if answer is None else answer.decode()
    except ValueError:
        return None


def work(module: str, data: bytes, seconds: float) -> bytes | None:
    """What `module` of this package makes of `data`; None when the cell did not finish in `seconds`."""
    command = [sys.executable, "-I", "-c", f"from {__name__} import main; main({module!r})"]
    try:
        done = subprocess.run(  # noqa: S603 - nothing in the command is the sender's
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=seconds, env={}, cwd="/"
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.removesuffix(_DONE) if done.stdout.endswith(_DONE) else None


def main(module: str) -> None:
    """Read standard input, write the answer and the mark; anything else than a whole answer ends without the mark."""
    worker = import_module(f"intake.attachment.{module}")  # here, so that only the cell carries it
    for name in _CODECS:
        codecs.lookup(name)  # they are files, and no file can be opened later
    confine()
    answer: bytes = worker.work(sys.stdin.buffer.read())
    if len(answer) <= ANSWER:
        sys.stdout.buffer.write(answer + _DONE)
        sys.stdout.buffer.flush()


def confine() -> None:
    """From here on this process can open nothing and take only so much."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(4 * CPU_SECONDS)  # should the parent die
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(limit, (most, most))
