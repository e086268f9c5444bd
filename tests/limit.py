"""A task's time limit, as Celery has it: an exception out of a real signal, in the middle of whatever runs."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTime(Exception):
    """Like billiard's SoftTimeLimitExceeded: an Exception, and nobody's but the task's."""


@contextmanager
def limited(over: Callable[[], bool] | float) -> Iterator[None]:
    """The main thread gets the signal once `over()`, or after as many seconds; not when it has left by then."""
    end = time.monotonic() + over if isinstance(over, float) else 0.0
    left = threading.Event()

    def watch() -> None:
        while not left.wait(0.001):
            if time.monotonic() >= end and (not callable(over) or over()):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
                return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise OutOfTime

    gc.collect()
    gc.disable()  # an exception in the middle of a finalizer would be lost
    before, watcher = signal.signal(signal.SIGUSR1, stop), threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join()
        signal.signal(signal.SIGUSR1, before)
        gc.enable()
