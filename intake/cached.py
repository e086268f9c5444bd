"""Answers that are dear to get: asked for at most every so often, one at a time, and never waited for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

T = TypeVar("T")

log = structlog.get_logger("intake.cached")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`age`: seconds since it was asked for."""

    value: T
    age: float


class Cached(Generic[T]):
    """The last answer of `ask`, which is asked again, in a thread of its own, when that is `keep` seconds old.

    Whoever wants it then waits up to `patience` seconds for the new one. Asking that fails leaves the old answer.
    """

    def __init__(
        self,
        ask: Callable[[], T],
        keep: float,
        patience: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._keep, self._patience, self._clock = ask, keep, patience, clock
        self._lock = threading.Lock()
        self._asked: float | None = None
        self._done = threading.Event()
        self._done.set()
        self._answer: tuple[T, float] | None = None

    def get(self) -> Answer[T] | None:
        """The last answer, however old; None while there is none."""
        with self._lock:
            if self._done.is_set() and (self._asked is None or self._clock() - self._asked >= self._keep):
                self._asked = self._clock()
                self._done.clear()
                threading.Thread(target=self._run, args=(self._asked,), name="cached", daemon=True).start()
            asked = self._asked or 0.0
        self._done.wait(max(0.0, asked + self._patience - self._clock()))
        answer = self._answer
        return Answer(answer[0], self._clock() - answer[1]) if answer else None

    def _run(self, asked: float) -> None:
        try:
            self._answer = (self._ask(), asked)
        except Exception as fault:  # noqa: BLE001 - the edge of this thread: there is no new answer
            log.warning("no answer", fault=type(fault).__name__)
        finally:
            self._done.set()
