"""JSON lines on stdin and stdout: an object a line, an answer a line, in order.

Lines that have come are answered together, and none waits for another: the other side may want the answer first.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

Line = dict[str, Any]
Answers = Callable[[list[Line]], Iterable[Line]]


def answer_each(answers: Answers) -> bool:
    """Answer all lines; whether each was a JSON object. One that is none is named on stderr and has no answer."""
    number, parts, right = 0, [b""], True
    while chunk := os.read(sys.stdin.fileno(), 1 << 16):
        parts.append(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join(parts).split(b"\n")
            right &= _answered(answers, lines, number)
            number, parts = number + len(lines), [rest]
    return _answered(answers, [b"".join(parts)], number) and right


def _answered(answers: Answers, lines: list[bytes], before: int) -> bool:
    read = [_read(raw, number) for number, raw in enumerate(lines, before + 1) if raw.strip()]
    objects = [line for line in read if line is not None]
    for found in answers(objects) if objects else ():
        sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    return len(objects) == len(read)


def _read(raw: bytes, number: int) -> Line | None:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        line = None
    if isinstance(line, dict):
        return line
    sys.stderr.write(f"line {number}: is no JSON object; write one object a line\n")
    return None
