"""Gauges: what the store, the queue and the disks look like now.

Labels are states, sides, kinds of processes and folders, agencies' ids, and the constant beginnings of reasons. What a
citizen wrote, or is, cannot be one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version

from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from intake import disk, figures, ticket
from intake.cached import Cached
from intake.config import Config
from intake.errors import Deferred
from intake.metrics.trail import REASONS, Trail, agency, because
from intake.queue import QUEUES, Queue
from intake.store import Store, now, tickets

SUMS_SECONDS = 300.0  # the conservation sum walks the whole store

Families = Iterator[GaugeMetricFamily]


class Gauges(Collector):
    """Read anew at each scrape, but for the sums, which are as old as `intake_sums_age_seconds` says."""

    def __init__(self, config: Config, store: Store, queue: Queue, trail: Trail) -> None:
        self._config, self._store, self._queue, self._trail = config, store, queue, trail
        self._sums = Cached(self._count_all, SUMS_SECONDS)

    def collect(self) -> Iterator[GaugeMetricFamily | InfoMetricFamily]:
        """Everything that can be had; what does not answer is missing, and `…_up` says so."""
        yield InfoMetricFamily("intake_build", "The program.", {"version": version("intake-router")})
        yield from self._of_disks()
        depths = {name: depth for name in QUEUES if (depth := self._queue.depth(name)) is not None}
        yield _one("intake_queue_up", "Whether Redis answers.", int(bool(depths)))
        yield _by("intake_queue_depth", "Messages in a queue.", "queue", depths)
        yield from self._of_store()
        yield from self._of_sums()

    def _of_disks(self) -> Families:
        free = GaugeMetricFamily("intake_disk_free_bytes", "Room in a folder of this machine.", labels=["folder"])
        size = GaugeMetricFamily("intake_disk_size_bytes", "Size of the disk of a folder.", labels=["folder"])
        files = GaugeMetricFamily("intake_disk_free_files", "Files (inodes) that have room.", labels=["folder"])
        for name, path in disk.folders(self._config).items():
            room = disk.room(path)
            free.add_metric([name], room.octets)
            size.add_metric([name], room.of)
            if room.files is not None:
                files.add_metric([name], room.files)
        yield from (free, size, files)

    def _of_store(self) -> Families:
        try:
            with self._store.read() as conn:
                self._trail.follow(conn)
                found = [family for look in _LOOKS for family in look(conn, now())]
        except Deferred:
            found = []
        yield _one("intake_store_up", "Whether the database answers.", int(bool(found)))
        yield from found

    def _of_sums(self) -> Families:
        answer = self._sums.get()
        if answer is None:
            return
        sums, by_state = answer.value
        told = {"accepted", "difference"}
        yield _one("intake_sums_age_seconds", "How long ago the sums were counted.", answer.age)
        yield _one("intake_accepted_letters", "Letters ever accepted, by the audit trail.", sums["accepted"])
        yield _one("intake_conservation_difference", "Accepted letters that are in no state.", sums["difference"])
        yield _by("intake_letters", "Letters by what has become of them.", "state", sums, told)
        yield _by("intake_tickets", "Tickets by state.", "state", by_state)

    def _count_all(self) -> tuple[dict[str, int], dict[str, int]]:
        with self._store.read() as conn:
            return ticket.sums(conn), figures.by_state(conn, tickets)


def _letters(conn: Connection, at: int) -> Families:
    waiting = figures.waiting(conn)
    yield _one("intake_letters_waiting", "Letters that nobody has worked on yet.", waiting.number)
    yield _one("intake_oldest_waiting_seconds", "Age of the oldest of them; 0 for none.", waiting.seconds(at))


def _held(conn: Connection, at: int) -> Families:
    held: Counter[str] = Counter(dict.fromkeys(REASONS, 0))
    oldest = 0.0
    for said, pile in figures.held(conn).items():
        held[because(said)] += pile.number
        oldest = max(oldest, pile.seconds(at))
    yield _by("intake_waiting_for_a_person", "Letters and messages that are held.", "reason", held)
    yield _one("intake_oldest_held_seconds", "Age of the oldest of them; 0 for none.", oldest)


def _urgent(conn: Connection, at: int) -> Families:
    pile, late = figures.urgent(conn, at)
    yield _one("intake_urgent_unanswered", "Urgent letters that have no answer yet.", pile.number)
    yield _one("intake_urgent_late", "Those of them whose answer is overdue.", late)
    yield _one("intake_oldest_urgent_seconds", "Age of the oldest of them; 0 for none.", pile.seconds(at))


def _messages(conn: Connection, at: int) -> Families:
    by = ["state", "side", "agency"]
    number = GaugeMetricFamily("intake_outbox_messages", "Messages that have not arrived.", labels=by)
    again = GaugeMetricFamily("intake_outbox_retried", "Those of them that were tried more than once.", labels=by)
    oldest = GaugeMetricFamily("intake_oldest_unsent_seconds", "Age of the oldest queued one.", labels=by[1:])
    for found in figures.outgoing(conn):
        labels = [found.state, found.side, agency(found.agency)]
        number.add_metric(labels, found.pile.number)
        again.add_metric(labels, found.again)
        if found.state == "queued":
            oldest.add_metric(labels[1:], found.pile.seconds(at))
    yield from (number, again, oldest)


def _processes(conn: Connection, at: int) -> Families:
    signs = figures.signs_of_life(conn)
    ages = {name: max(0, at - seen) / 1000 for name, seen in signs.items() if seen}
    yield _by("intake_sign_of_life_age_seconds", "Since a process of this kind last said it lives.", "process", ages)


def _chain(conn: Connection, at: int) -> Families:
    unchained = figures.unchained(conn)
    yield _one("intake_audit_unchained", "Events that are not in the audit chain yet.", unchained.number)
    yield _one("intake_oldest_unchained_seconds", "Age of the oldest of them; 0 for none.", unchained.seconds(at))


_LOOKS: tuple[Callable[[Connection, int], Families], ...] = (_letters, _held, _urgent, _messages, _processes, _chain)


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _by(
    name: str,
    words: str,
    label: str,
    values: dict[str, int] | dict[str, float],
    but: set[str] = frozenset(),  # type: ignore[assignment]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, number in values.items():
        if value not in but:
            family.add_metric([value], number)
    return family
