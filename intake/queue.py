"""The queue: tells the workers which ids to look at. It carries ids and nothing else, and may lose them.

The store is the truth; whatever the queue loses, the sweeper finds there. So putting an id never blocks a door and
never fails: a thread sends what has gathered, up to `BATCH` ids a message, and drops it when Redis is away. An id
goes at once when none did just before; under load they wait a little for others.
Publishing goes by task name: nothing of the workers is imported here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from importlib import import_module

import redis
import structlog
from celery import Celery

from intake.config import Config
from intake.trap import reached

BATCH = 20  # a Celery message costs 1.25 ms of CPU, an id in it next to nothing
GATHER_SECONDS = 0.02  # after a message: what comes meanwhile goes together
BACKLOG = 100_000  # ids kept while Redis is away; the sweeper finds the rest
NAME = "intake"
RETRIES = "retries"  # a queue of their own: what is tried again does not wait behind a backlog, nor a letter behind it
TICKS = "clock"  # so do the clock's words, of which so many are kept
TICKS_KEPT = 4
QUEUES = (NAME, RETRIES, TICKS)

log = structlog.get_logger("intake.queue")


def celery_app(config: Config) -> Celery:
    """The Celery application, the same for those who publish and those who work.

    JSON only and no results: arguments are ids. `visibility_timeout` is how long Redis waits before it hands out an
    unacknowledged message again; ten minutes is over twice the hard time limit, so that only the dead are replaced.
    """
    app = Celery(NAME, broker=config.broker, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_default_queue=NAME,
        task_acks_late=True,  # a task counts as done when it is done …
        task_reject_on_worker_lost=True,  # … and goes back when its process was killed; the store counts the attempts
        worker_prefetch_multiplier=1,
        task_soft_time_limit=200,
        task_time_limit=240,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 600,
            "socket_connect_timeout": 2,
            "socket_timeout": 30,
            "health_check_interval": 10,
            "retry_on_timeout": True,
        },
        worker_send_task_events=False,
        worker_enable_remote_control=False,  # whoever reaches Redis could stop the workers
        task_send_sent_event=False,
        worker_hijack_root_logger=False,
        enable_utc=True,
        timezone="UTC",
    )
    return app


class Queue:
    """Publishes ids from a thread of its own."""

    def __init__(self, config: Config) -> None:
        self._app = celery_app(config)
        options = {**self._app.conf.broker_transport_options, "max_retries": 0}  # the sweeper tries again, not we
        self._app.conf.broker_transport_options = options
        self._pending: deque[tuple[tuple[str, str], str, bool]] = deque(maxlen=BACKLOG)  # where to, id, alone
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()
        self._redis = redis.Redis.from_url(config.broker.replace("redis+socket://", "unix://"), socket_timeout=2)

    def put(self, task: str, ids: Sequence[str], queue: str = NAME, *, alone: bool = False) -> None:
        """Have `task` look at `ids` soon; `alone`: at each for itself."""
        with self._start:
            if self._thread is None:  # after the fork, not before: threads do not survive one
                self._thread = threading.Thread(target=self._run, name="queue", daemon=True)
                self._thread.start()
        self._pending.extend(((task, queue), i, alone) for i in ids)
        self._wake.set()

    def warm(self) -> None:
        """Import now what the first message would, while it can still be read (`privilege.drop`)."""
        import_module("kombu.transport.redis")
        import_module("kombu.serialization")
        self._app.amqp.queues.select(NAME)

    def depth(self, queue: str = NAME) -> int | None:
        """How many messages wait in Redis; None when it cannot be asked."""
        try:
            return int(self._redis.llen(queue))
        except redis.RedisError:
            return None

    def close(self, seconds: float = 2.0) -> None:
        """Send what is left, for at most `seconds`."""
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not (self._stop.is_set() and not self._pending):
            self._wake.wait()
            self._wake.clear()
            while self._pending:
                (task, queue), ids = self._gather()
                try:
                    self.send(task, ids, queue)
                except Exception as fault:  # noqa: BLE001 - the edge: this thread must not end
                    log.warning("queue away", ids=len(ids) + len(self._pending), fault=type(fault).__name__)
                    self._pending.clear()  # the sweeper finds them in the store
                if len(self._pending) < BATCH:
                    self._stop.wait(GATHER_SECONDS)

    def _gather(self) -> tuple[tuple[str, str], list[str]]:
        where, first, alone = self._pending.popleft()
        ids = [first]
        while not alone and self._pending and len(ids) < BATCH and self._pending[0][::2] == (where, False):
            ids.append(self._pending.popleft()[1])
        return where, ids

    def tick(self, task: str) -> None:
        """Have `task` done before all letters that wait, unless nobody has come to the last ticks yet; raises when
        Redis is away."""
        if int(self._redis.llen(TICKS)) < TICKS_KEPT:
            self.send(task, [], TICKS)

    def send(self, task: str, ids: Sequence[str], queue: str = NAME) -> None:
        """One message, now; raises when Redis is away."""
        reached("queue.send")
        self._app.send_task(
            f"intake.{task}", args=[list(ids)], queue=queue, retry=False, ignore_result=True, argsrepr="", kwargsrepr=""
        )
