"""JSON lines on stdin and stdout: an object a line, an answer a line, in order.

Lines that have come are answered together, and none waits for another: the other side may want the answer first.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

Line = dict[str, Any]
Answers = Callable[[list[Line]], Iterable[Line]]


def answer_each(answers: Answers, texts: Sequence[str]) -> bool:
    """Answer all lines; whether each was a JSON object whose `texts` are texts: the first of them must stand there,
    the others may. A line that is none is named on stderr and has no answer."""
    number, parts, right = 0, [b""], True
    while chunk := os.read(sys.stdin.fileno(), 1 << 16):
        parts.append(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join(parts).split(b"\n")
            right &= _answered(answers, texts, lines, number)
            number, parts = number + len(lines), [rest]
    return _answered(answers, texts, [b"".join(parts)], number) and right


def _answered(answers: Answers, texts: Sequence[str], lines: list[bytes], before: int) -> bool:
    read = [_read(raw, texts, number) for number, raw in enumerate(lines, before + 1) if raw.strip()]
    objects = [line for line in read if line is not None]
    for found in answers(objects) if objects else ():
        sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    return len(objects) == len(read)


def _read(raw: bytes, texts: Sequence[str], number: int) -> Line | None:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        line = None
    wrong = _wrong(line, texts)
    if wrong:
        sys.stderr.write(f"line {number}: {wrong}\n")
        return None
    return cast(Line, line)


def _wrong(line: Any, texts: Sequence[str]) -> str:
    if not isinstance(line, dict):
        return "is no JSON object; write one object a line"
    if line.get(texts[0]) is None:
        return f'has no "{texts[0]}"; write {{"id": …, "{texts[0]}": "…"}}'
    no_text = next((name for name in texts if line.get(name) is not None and not isinstance(line[name], str)), "")
    return f'"{no_text}" is no text; put it in quotation marks' if no_text else ""
