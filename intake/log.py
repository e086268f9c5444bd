"""Logs: one JSON object a line, with an event, ids, agencies, durations. Never a name, an address, a subject, a body.

Libraries say what they say through the standard logging module; only their warnings pass, without arguments that
could hold what people wrote, and never a traceback's locals. The last words of a process or a thread that dies are a
line too: the kind of the exception and its place, not its text. A line is written whole with its end, at once: several
processes (a form's parent and children) share one file.
"""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

import structlog


def set_up(process: str, level: int = logging.INFO) -> None:
    """Call once, first thing in a process."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _named(process),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(_Never(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Bare(process)]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    log = structlog.get_logger(process)
    sys.excepthook = lambda kind, _fault, trace: _died(log, kind, trace)
    threading.excepthook = lambda died: _died(log, died.exc_type, died.exc_traceback)
    sys.unraisablehook = lambda lost: _died(log, lost.exc_type, lost.exc_traceback)


def _died(log: Any, kind: type[BaseException] | None, trace: TracebackType | None) -> None:
    """An exception that nobody caught."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    log.error("died", fault=kind.__name__ if kind else "", where=where)


class _Never:
    """A stream whose writing never fails: a full disk may cost a line of the log, not the thread that wrote it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _named(process: str) -> Any:
    def add(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["process"] = process
        return event

    return add


class _Bare(logging.Handler):
    """A library's warning: its logger, level and the kind of exception; not its words, which may be a citizen's."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._log = structlog.get_logger(process)

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        where = f"{record.module}:{record.lineno}"
        self._log.warning("library", logger=record.name, at=record.levelname.lower(), where=where, fault=kind)
