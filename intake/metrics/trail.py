"""The audit trail followed: counters and durations of what happens, while this process runs.

It goes by the place in the chain, not by the row's id: rows become visible in the order of their commits, and one that
took its id early and committed late would be missed. The chain is a second behind, has no gaps, and is in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import sqlalchemy as sa
from prometheus_client import Counter, Histogram, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from intake import audit, reason
from intake.store import events, letters

BATCH, MOST = 5_000, 100_000  # events read at a time, and at one look
SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400, 432_000)  # buckets, up to the courier's five days

_WISHES = ("share", "keep", "stop", "resume", "mine", "stranger")
_MESSAGES = ("redirect", "follow-up", "answer", "acknowledgement", "question", "note")
EVENTS = {
    *("accepted", "opened", "routed", "rerouted", "held", "duplicate", "delivered", "answered", "follow-up", "refused"),
    *("bounced", "bounced for now", "machine mail noted", "by a person", "released", "sent without its words"),
    *(
        "answer of",
        "denied",
        "signed in",
        "signed out",
        "sign-in refused",
        "user created",
        "rules published",
        "replay asked",
        "replay ended",
        "suggest asked",
        "suggest ended",
        "restored",
    ),
    *(f"wish: {wish}{late}" for wish, late in product(_WISHES, ("", ", too late"))),
    *(f"{kind} {what}" for kind, what in product(_MESSAGES, ("sent", "held", "kept"))),
}
"""Every name that an event can have."""
REASONS = {text.strip(" :") for name, text in vars(reason).items() if name.isupper() and isinstance(text, str)}
"""What a reason begins with; what may stand behind it is no label."""
OTHER = "other"
_AGENCY = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")  # as in the rules file


def agency(value: Any) -> str:
    """An agency's id as a label; whatever has not the form of one is none."""
    return value if isinstance(value, str) and _AGENCY.match(value) else OTHER


def because(value: Any) -> str:
    """The constant beginning of a reason."""
    said = value if isinstance(value, str) else ""
    return max((begins for begins in REASONS if said.startswith(begins)), key=len, default=OTHER)


class Trail(Collector):
    """Counts from where the chain ends when it is made; keeps nothing but that place."""

    def __init__(self) -> None:
        self._position: int | None = None
        self._events = Counter("intake_events", "Events of the audit trail.", ["what"], registry=None)
        self._routed = Counter("intake_routed", "Letters given to an agency.", ["agency"], registry=None)
        self._delivered = Counter("intake_delivered", "Letters that an agency got.", ["agency"], registry=None)
        self._answered = Counter("intake_answered", "Answers of agencies.", ["agency"], registry=None)
        self._held = Counter("intake_held", "Letters and messages that were held.", ["reason"], registry=None)
        routing, delivery = "From the door to the agency's choice.", "From the door to the agency's mail server."
        self._routing = Histogram("intake_routing_seconds", routing, buckets=SECONDS, registry=None)
        self._delivery = Histogram("intake_delivery_seconds", delivery, buckets=SECONDS, registry=None)
        for what in EVENTS:  # begun at 0, so that Prometheus sees the first one as an increase
            self._events.labels(what)
        for begins in REASONS:
            self._held.labels(begins)

    def collect(self) -> Iterator[Metric]:
        """What was counted."""
        counters = self._events, self._routed, self._delivered, self._answered, self._held
        for metric in (*counters, self._routing, self._delivery):
            yield from metric.collect()

    def follow(self, conn: Connection) -> None:
        """Count what was chained since the last look; at the first one, only remember where the chain ends."""
        if self._position is None:
            self._position = audit.head(conn)[0]
        for _ in range(MOST // BATCH):
            rows = conn.execute(_after(self._position)).all()
            for row in rows:
                self._count(row)
                self._position = row.position
            if len(rows) < BATCH:
                return

    def _count(self, row: sa.Row[Any]) -> None:
        detail = json.loads(row.detail)
        self._events.labels(row.what if row.what in EVENTS else OTHER).inc()
        if row.what == "routed":
            self._routed.labels(agency(detail.get("agency"))).inc()
            self._routing.observe(_seconds(row))
        elif row.what == "delivered":
            self._delivered.labels(agency(detail.get("agency"))).inc()
            self._delivery.observe(_seconds(row))
        elif row.what == "answered":
            self._answered.labels(agency(row.by)).inc()
        elif row.what == "held" or row.what.endswith(" held"):
            self._held.labels(because(detail.get("because"))).inc()


def _after(position: int) -> sa.Select[Any]:
    columns = events.c.position, events.c.at, events.c.what, events.c.by, events.c.detail, letters.c.received
    of_letter = sa.outerjoin(events, letters, letters.c.id == events.c.subject)
    query = sa.select(*columns).select_from(of_letter).where(events.c.position > position)
    return query.order_by(events.c.position).limit(BATCH)


def _seconds(row: sa.Row[Any]) -> float:
    """Since its letter came; two machines' clocks may differ a little."""
    at: int = row.at
    since: int = at if row.received is None else row.received
    return max(0, at - since) / 1000
