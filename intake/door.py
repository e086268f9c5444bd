"""What both doors do with a letter: seal it with the public key, commit it, and only then tell the queue.

A door has no key that opens anything. It knows a letter's targets by name: `contact`, an agency's id, or the digest
of a token. One transaction to several citizen-side addresses is one ticket: the first named agency holds it, further
named agencies get linked tickets; mail to an alias or a bounce token stands for itself. The content is stored once,
its data key sealed for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from intake import audit, notice
from intake.letter import Envelope, pack
from intake.queue import Queue
from intake.reference import new_reference
from intake.store import Row, Store, contents, insert, insert_new, letters, now, tickets
from intake.trap import reached
from intake.vault import Sealer

SWEEP_AFTER = 10_000  # ms after which the sweeper hands out what the queue has not


@dataclass(frozen=True, slots=True)
class Target:
    """Where a letter is to go. `kind`: new (a citizen's letter), reply (to an alias), bounce (to a bounce token).
    `name`: `contact`, an agency's id, or the digest of the token."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class Accepted:
    """Rows that make one transaction's letters, ready to be inserted together."""

    content: Row
    letters: list[Row]
    tickets: list[Row]

    @property
    def ids(self) -> list[str]:
        """The letters' ids; the first is the reference a citizen is told."""
        return [row["id"] for row in self.letters]


class Door:
    """Seals and commits. Safe to use from several threads."""

    def __init__(self, store: Store, sealer: Sealer, queue: Queue) -> None:
        self.store, self.sealer, self.queue = store, sealer, queue

    def seal(self, envelope: Envelope, content: bytes, targets: Sequence[Target], ref: str = "") -> Accepted:
        """The rows for `content`, one letter for each target that gets one of its own."""
        received, key, first = now(), self.sealer.new_key(), ref or new_reference()
        rows: list[Row] = []
        opened: list[Row] = []
        for target in _separate(targets):
            letter = new_reference() if rows else first
            sealed = self.sealer.seal_key(key, letter)
            rows.append(
                {
                    "id": letter,
                    "ticket": letter if target.kind == "new" else None,
                    "kind": target.kind,
                    "channel": envelope.channel,
                    "target": target.name,
                    "content": first,
                    "kid": sealed.kid,
                    "data_key": sealed.octets,
                    "octets": len(content),
                    "notice": notice.CURRENT.version,
                    "received": received,
                    "state": "waiting",
                    "attempts": 0,
                    "claimed_by": "",
                    "due": received + SWEEP_AFTER,
                }
            )
            if target.kind == "new":
                linked = opened[0]["ref"] if opened else None
                opened.append(_ticket(letter, linked, envelope.channel, received))
        body = key.seal(f"content {first}", pack(envelope, content))
        return Accepted({"id": first, "sealed": body}, rows, opened)

    def commit(self, accepted: Sequence[Accepted]) -> None:
        """Make them durable in one transaction, then tell the queue. Raises `Deferred`; then none of them is in."""
        self.store.check_room(sum(len(a.content["sealed"]) for a in accepted))
        with self.store.write() as conn:
            insert_accepted(conn, accepted)
            reached("accept.commit")
        reached("accept.committed")
        self.announce(accepted)

    def commit_once(self, accepted: Accepted) -> bool:
        """As `commit`; False, and nothing changed, when this reference is in already."""
        self.store.check_room(len(accepted.content["sealed"]))
        with self.store.write() as conn:
            insert_new(conn, letters, accepted.letters)
            fresh = insert_new(conn, contents, [accepted.content]) == 1
            if fresh:
                insert(conn, tickets, accepted.tickets)
                audit.record(conn, _events([accepted]))
            reached("accept.commit")
        reached("accept.committed")
        self.announce([accepted])
        return fresh

    def announce(self, accepted: Sequence[Accepted]) -> None:
        """Tell the queue about committed letters."""
        by_task: dict[str, list[str]] = {}
        for one in accepted:
            for row in one.letters:
                by_task.setdefault("process" if row["kind"] == "new" else "relay", []).append(row["id"])
        for task, ids in by_task.items():
            self.queue.put(task, ids)


def insert_accepted(conn: Connection, accepted: Sequence[Accepted]) -> None:
    """All rows of several transactions' letters."""
    insert(conn, contents, [a.content for a in accepted])
    insert(conn, letters, [row for a in accepted for row in a.letters])
    insert(conn, tickets, [row for a in accepted for row in a.tickets])
    audit.record(conn, _events(accepted))


def _events(accepted: Sequence[Accepted]) -> list[audit.Event]:
    return [
        audit.Event("accepted", row["id"], row["ticket"], row["channel"], {"kind": row["kind"]})
        for a in accepted
        for row in a.letters
    ]


def _separate(targets: Sequence[Target]) -> list[Target]:
    """The targets that get a letter of their own: `contact` steps back when an agency is named."""
    unique = list(dict.fromkeys(targets))
    named = any(t.kind == "new" and t.name != "contact" for t in unique)
    return [t for t in unique if not (named and t == Target("new", "contact"))]


def _ticket(ref: str, linked_to: str | None, channel: str, received: int) -> Row:
    return {
        "ref": ref,
        "letter": ref,
        "linked_to": linked_to,
        "state": "received",
        "channel": channel,
        "received": received,
        "notice": notice.CURRENT.version,
        "tags": "{}",
        "consent": "[]",
    }
