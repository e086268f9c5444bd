"""Copies: a rule sends a letter to further agencies, and each gets a linked ticket with its own custody.

A copy is a letter of its own: the same sealed content, the data key sealed for it alone. It goes the whole road, and
what one agency does with its ticket touches no other.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit
from intake.reader import Opened
from intake.reference import new_reference
from intake.routing import Decision
from intake.store import insert, letters, now, tickets
from workers.bench import Bench

_OF = "copy to "


def copied(target: str) -> str:
    """The agency that a letter is a copy for, by its target; "" when it is none."""
    return target.removeprefix(_OF) if target.startswith(_OF) else ""


def copied_to(conn: Connection, refs: Sequence[str]) -> dict[str, list[str]]:
    """The agencies that got a copy of each of these tickets' letters."""
    made = sa.select(tickets.c.linked_to, letters.c.target).join(letters, tickets.c.letter == letters.c.id)
    found: dict[str, list[str]] = {}
    for ref, target in conn.execute(made.where(tickets.c.linked_to.in_(refs), letters.c.target.startswith(_OF))):
        found.setdefault(ref, []).append(copied(target))
    return found


def copy(conn: Connection, bench: Bench, opened: Opened, decision: Decision, due: int) -> None:
    """Take the copies in that `decision` asks for and that were not made yet; the sweeper hands them out. What is
    urgent is so for all, and its answer `due` at the same time."""
    row = opened.row
    made = sa.select(letters.c.target).join(tickets, tickets.c.letter == letters.c.id)
    there = set(conn.execute(made.where(tickets.c.linked_to == row.ticket)).scalars())
    targets = [target for agency in decision.copies if (target := _OF + agency) not in there]
    refs = [new_reference() for _ in targets]
    at = now()
    sealed = {ref: bench.vault.seal_key(opened.key, ref) for ref in refs}
    insert(
        conn,
        letters,
        [
            {
                "id": ref,
                "ticket": ref,
                "kind": "new",
                "channel": row.channel,
                "target": target,
                "content": row.content,
                "kid": sealed[ref].kid,
                "data_key": sealed[ref].octets,
                "octets": row.octets,
                "notice": row.notice,
                "received": row.received,
                "state": "waiting",
                "attempts": 0,
                "claimed_by": "",
                "due": at,
            }
            for ref, target in zip(refs, targets, strict=True)
        ],
    )
    insert(
        conn,
        tickets,
        [
            {
                "ref": ref,
                "letter": ref,
                "linked_to": row.ticket,
                "state": "received",
                "channel": row.channel,
                "received": row.received,
                "notice": row.notice,
                "tags": "{}",
                "consent": "[]",
                "priority": "urgent" if decision.urgent else None,
                "due": due if decision.urgent else None,
            }
            for ref in refs
        ],
    )
    detail = {"kind": "new", "copy_of": row.ticket, "rule": decision.rule}
    audit.record(conn, [audit.Event("accepted", ref, ref, row.channel, detail) for ref in refs])
