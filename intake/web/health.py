"""Health as seen from outside: mail and forms are taken, and workers run. Readiness: a form can be taken here, now.
They say yes or no, and nothing else."""

from __future__ import annotations

import sqlalchemy as sa

from intake.cached import Cached
from intake.config import Config
from intake.errors import Conflict, Deferred
from intake.heartbeat import beat
from intake.store import Store, heartbeats, now

FRESH = 30_000  # milliseconds after which a process that says nothing counts as gone
NEEDED = ("smtp", "worker")  # the web answers for itself


def healthy(store: Store) -> bool:
    """Whether the store answers and every needed process said within `FRESH` that it is at work."""
    names = sa.func.count(sa.distinct(heartbeats.c.name))  # a row for each machine
    fresh = sa.select(names).where(heartbeats.c.name.in_(NEEDED), heartbeats.c.at > now() - FRESH)
    try:
        with store.read() as conn:
            return conn.scalar(fresh) == len(NEEDED)
    except Deferred:
        return False


KEEP, PATIENCE = 1.0, 2.0  # seconds: whoever asks how often, the store is written once a second at most


class Readiness:
    """Whether a form can be taken by this process, for load balancers: the store is written, and the disk has room."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config, self._store = config, store
        self._cached = Cached(self._look, KEEP, PATIENCE)

    def ready(self) -> bool:
        """As it was a moment ago. A store that takes longer than `PATIENCE` is not ready."""
        answer = self._cached.get()
        return answer is not None and answer.value and answer.age < KEEP + PATIENCE

    def _look(self) -> bool:
        try:
            self._store.check_room(self._config.max_octets)
            with self._store.write() as conn:
                beat(conn, "ready", {})
        except Conflict:
            return True  # another process wrote the same at the same moment
        except Deferred:
            return False
        return True
