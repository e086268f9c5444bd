"""The Celery application of the workers, and its tasks.

Run with `celery --app workers.app worker`; `intake clock` says when to sweep and to chain. A task gets ids, works in
batches, and fails one by one: nothing that a letter does reaches Celery as an exception.
"""

from __future__ import annotations

import os
import signal
from typing import Any

import structlog
from celery import signals

from intake import audit, log, pii
from intake.config import read_config
from intake.errors import Deferred
from intake.heartbeat import beat
from intake.privilege import die_with_parent, hide_memory
from intake.queue import Queue, celery_app
from workers import deliver, process, relay, replay, sweep, watchdog
from workers.bench import Bench
from workers.limits import limit_memory
from workers.message import claimed

log.set_up("worker")  # also for what Celery says before it asks who logs
CONFIG = read_config()
app = celery_app(CONFIG)

STEPS_BACK = 10  # of niceness: whoever hands a letter in waits for the door's answer, and a letter in hand for nobody

logger = structlog.get_logger("workers")
_bench: Bench | None = None
_watchdog = watchdog.Watchdog()


def bench() -> Bench:
    """What this process works with; made after the fork, because no connection survives one."""
    global _bench
    if _bench is None:
        _bench = Bench.open(CONFIG)
    return _bench


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _logs(**_: Any) -> None:
    log.set_up("worker")


@signals.worker_init.connect  # type: ignore[untyped-decorator]
def _learn(**_: Any) -> None:
    pii.tag("once")  # lists and model are read before the fork, so that all children share them


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
def _watch(**_: Any) -> None:
    watchdog.watch(Queue(CONFIG), _watchdog)


@signals.task_received.connect  # type: ignore[untyped-decorator]
def _took_one(**_: Any) -> None:
    _watchdog.took_one()


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _child(**_: Any) -> None:
    die_with_parent(signal.SIGKILL)
    hide_memory()
    limit_memory()
    os.nice(STEPS_BACK)
    bench()


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _end(**_: Any) -> None:
    if _bench:
        _bench.close()


@app.task(name="intake.process")  # type: ignore[untyped-decorator]
def process_letters(ids: list[str]) -> None:
    """Letters of citizens: open, read, tag, restrict, route, redirect; then deliver."""
    deliver.deliver(bench(), process.process(bench(), ids))


@app.task(name="intake.relay")  # type: ignore[untyped-decorator]
def relay_letters(ids: list[str]) -> None:
    """Mail to aliases and bounce tokens; then deliver what it leads to."""
    deliver.deliver(bench(), relay.relay(bench(), ids))


@app.task(name="intake.deliver")  # type: ignore[untyped-decorator]
def deliver_messages(ids: list[str]) -> None:
    """Messages of the outbox that wait or are to be tried again."""
    deliver.deliver(bench(), claimed(bench(), ids))


@app.task(name="intake.replay")  # type: ignore[untyped-decorator]
def replay_letters(ids: list[str]) -> None:
    """Past letters under a draft of the rules: the next batch of each replay."""
    try:
        replay.replay(bench(), ids)
    except Deferred as fault:
        logger.warning("replay put off", fault=type(fault).__name__)  # the sweeper hands it out again


@app.task(name="intake.sweep")  # type: ignore[untyped-decorator]
def sweep_up(_ids: list[str] | None = None) -> None:
    """What the queue lost; the rules file; the sign that workers run."""
    sweep.sweep(bench())
    replay.ask_again(bench())
    with bench().store.write() as conn:
        beat(conn, "worker", {})


@app.task(name="intake.chain")  # type: ignore[untyped-decorator]
def chain_events(_ids: list[str] | None = None) -> None:
    """Chain the audit events of the last second."""
    try:
        audit.seal(bench().store, bench().vault.subkey("audit"), bench().anchor)
    except audit.Broken as fault:
        logger.error("audit chain broken; nothing is chained until somebody has looked", fault=str(fault))
    except Deferred as fault:
        logger.warning("audit not chained", fault=type(fault).__name__)
