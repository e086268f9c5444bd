"""The sweeper: hands out again what the queue lost, what a dead worker held, and what is due for another try.

What was tried before has a queue of its own: it does not wait behind a long backlog, and a long row of failures keeps
no fresh letter waiting.
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from sqlalchemy import Table

from intake.claim import free_the_dead, suspect
from intake.queue import NAME, RETRIES
from intake.store import letters, now, outbox
from intake.trap import reached
from workers.bench import Bench

MOST = 500  # rows a sweep
BUSY = 50  # messages in a queue; more, and nothing is lost, only late
AGAIN = 20_000  # ms until a row that was handed out is looked at again
FAR = 90 * 60_000  # ms; nothing is put off for so long, so what is due later was written before the clock was set back

_TASKS = {"new": "process", "reply": "relay", "bounce": "relay", "wish": "relay"}

log = structlog.get_logger("workers.sweep")


def sweep(bench: Bench) -> int:
    """Look once; how many ids were handed out."""
    with bench.store.write() as conn:
        freed = free_the_dead(conn, letters, ("waiting",)) + free_the_dead(conn, outbox, ("queued",))
    found = 0
    for queue in (NAME, RETRIES):
        depth = bench.queue.depth(queue)
        if depth is not None and depth <= BUSY:
            found += _due(bench, letters, "waiting", queue) + _due(bench, outbox, "queued", queue)
    if found or freed:
        log.info("swept", found=found, freed=freed)
    return found


def _due(bench: Bench, table: Table, state: str, queue: str) -> int:
    tried = table.c.attempts > 0 if queue == RETRIES else table.c.attempts == 0
    with bench.store.write() as conn:
        due = (
            sa.select(table.c.id, table.c.kind, table.c.attempts, table.c.held_because)
            .where(table.c.state == state, sa.or_(table.c.due <= now(), table.c.due > now() + FAR), tried)
            .order_by(table.c.due)
            .limit(MOST)
        )
        rows = list(conn.execute(due.with_for_update(skip_locked=True)))
        if rows:
            ids = [r.id for r in rows]
            conn.execute(sa.update(table).where(table.c.id.in_(ids)).values(claimed_by="", due=now() + AGAIN))
    reached("sweep.taken", *(r.id for r in rows))
    for task in ("process", "relay", "deliver"):
        mine = [r for r in rows if (_TASKS[r.kind] if table is letters else "deliver") == task]
        bench.queue.put(task, [r.id for r in mine if not suspect(r)], queue)
        bench.queue.put(task, [r.id for r in mine if suspect(r)], queue, alone=True)
    return len(rows)
