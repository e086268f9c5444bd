"""One step of the road for a batch of letters: claim, work, commit; each letter fails alone.

Two writing transactions for a whole batch: the claim (with the grants to open), and the results.
A letter whose handling raises is given back and tried again later; after three attempts, or when it killed its
worker as often, it is held for a person. When the task's time is up, that is the fault of the letter in hand and of no
other: what was done is written, what was not begun is given back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Connection

from intake import audit, reason
from intake.acknowledgement import ONCE_IN
from intake.claim import ATTEMPTS, claim, give_back, still_mine
from intake.errors import Conflict, Deferred, NotYet
from intake.mime import Unreadable
from intake.outgoing import Payload
from intake.purpose import Grant, Purpose, grant
from intake.reader import fetch
from intake.store import Row, aliases, answers, insert, letters, links, now, outbox, tickets, update
from intake.trap import reached
from intake.vault import Tampered
from workers.bench import Bench
from workers.message import BY, Message, in_hand, written

LONGEST = 110.0  # seconds; what a batch has not begun by then is given back, well before a task's soft limit of 200 s
RETRY = 5_000  # ms until a letter whose handling failed is tried again

log = structlog.get_logger("workers.step")
LetterRow = sa.Row[Any]
T = TypeVar("T")
Opening = Callable[[Connection, Sequence[LetterRow]], list[tuple[str, str | None]]]


@dataclass(slots=True)
class Outcome:
    """What is to be written about one letter, all in one transaction."""

    letter: str
    ticket: str | None
    state: str = "done"
    because: str | None = None
    letter_values: Row = field(default_factory=dict)
    ticket_values: Row = field(default_factory=dict)
    aliases: list[Row] = field(default_factory=list)
    outbox: list[Row] = field(default_factory=list)
    payloads: dict[str, Payload] = field(default_factory=dict)  # what is sealed in those, by id
    answers: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    events: list[audit.Event] = field(default_factory=list)
    also: list[Callable[[Connection], object]] = field(default_factory=list)
    digest: str | None = None
    citizen: tuple[bytes | None, bytes] | None = None  # the ticket's column: as it was read, and as it is to be

    def event(self, what: str, by: str = BY, **detail: Any) -> None:
        """Add to the ticket's history."""
        self.events.append(audit.Event(what, self.letter, self.ticket, by, detail))

    def held(self, because: str, **detail: Any) -> Outcome:
        """A person must look at this letter; what was written besides stands."""
        self.state, self.because = "held", because
        if self.letter == self.ticket:  # the ticket's own
            self.ticket_values |= {"state": "held", "held_because": because}
        self.event("held", because=because, **detail)
        return self


def held(row: LetterRow, because: str) -> Outcome:
    """A person must look at this letter."""
    return Outcome(row.id, row.ticket).held(because)


def _failed_on(row: LetterRow, conn: Connection, because: str) -> Outcome:
    """The same of a letter that nobody could take in hand: the ticket of its alias is whose business it is."""
    of_alias = sa.select(aliases.c.ticket).where(aliases.c.digest == row.target)
    ref = row.ticket or (conn.scalar(of_alias) if row.kind == "reply" else None)
    return Outcome(row.id, ref, letter_values={"ticket": ref}).held(because)


Handle = Callable[[LetterRow, dict[str, Grant], Connection], Outcome]
Begin = Callable[[Sequence[LetterRow], dict[str, Grant], Connection], object]


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with a batch: `handle` each of its letters. `begin` does beforehand what costs less for all of them
    together; `opening` names further letters (id, ticket) whose keys the batch needs."""

    handle: Handle
    begin: Begin = lambda _rows, _grants, _conn: None
    opening: Opening = lambda _conn, _rows: []


def run(bench: Bench, ids: Sequence[str], step: Step, one_by_one: bool = False) -> list[Message]:
    """Claim `ids`, do the step, commit; the messages to deliver, none when the time was up. `one_by_one`: each is
    committed before the next."""
    end = time.monotonic() + LONGEST
    outgoing: list[Message] = []
    for batch in [[one] for one in ids] if one_by_one else [ids]:
        if time.monotonic() > end:
            break  # not claimed: the sweeper hands them out
        try:
            _run(bench, batch, step, end, outgoing)
        except SoftTimeLimitExceeded:
            _return_uncounted(bench, outbox, [message.id for message in outgoing])  # here is no time left for them
            return []
    return outgoing


def _run(bench: Bench, ids: Sequence[str], step: Step, end: float, outgoing: list[Message]) -> None:
    """A batch; its messages go to `outgoing`. Raises `SoftTimeLimitExceeded` when the time is up, with everything
    written down or given back."""
    start = time.monotonic()
    with bench.store.write() as conn:
        mine = claim(conn, letters, ids, ("waiting",), bench.me)
        if not mine:
            return
        rows = fetch(conn, mine)
        opened = [*((r.id, r.ticket) for r in rows), *step.opening(conn, rows)]
        grants = grant(conn, opened, Purpose.REDIRECT, BY)
    reached("step.claimed", *mine)
    try:
        outcomes, in_time = _attempts(bench, rows, step, grants, end)
        outgoing += _committed(bench, [o for o in outcomes if isinstance(o, Outcome)])
        _return_failed(bench, [o for o in outcomes if isinstance(o, str)])
        _return_uncounted(bench, letters, [row.id for row in rows[len(outcomes) :]])
    except (Deferred, Conflict, SoftTimeLimitExceeded) as fault:
        log.warning("step not committed", letters=len(mine), fault=type(fault).__name__)
        _return_uncounted(bench, letters, mine, fault.wait if isinstance(fault, NotYet) else RETRY)
        if isinstance(fault, SoftTimeLimitExceeded):
            raise
        return
    if not in_time:
        raise SoftTimeLimitExceeded
    log.info("step", letters=len(mine), seconds=round(time.monotonic() - start, 3))


def _attempts(
    bench: Bench, rows: Sequence[LetterRow], step: Step, grants: dict[str, Grant], end: float
) -> tuple[list[Outcome | str], bool]:
    """What became of those that were begun, and whether the task's time was enough for them."""
    outcomes: list[Outcome | str] = []
    with bench.store.read() as conn:
        step.begin(rows, grants, conn)
        for row in rows:
            if time.monotonic() > end:
                break
            try:
                outcomes.append(_attempt(row, step.handle, grants, conn))
            except SoftTimeLimitExceeded as fault:
                return [*outcomes, _failed(row, conn, fault)], False
    return outcomes, True


def _attempt(row: LetterRow, handle: Handle, grants: dict[str, Grant], conn: Connection) -> Outcome | str:
    """The outcome, or the letter's id when it is to be tried again."""
    if row.attempts > ATTEMPTS:
        return _failed_on(row, conn, f"{reason.POISON}it failed or killed its worker three times")
    try:
        outcome = handle(row, grants, conn)
        reached("letter.built", row.id)
        return outcome
    except Unreadable as fault:
        return _failed_on(row, conn, f"{reason.UNREADABLE}{fault}")
    except Tampered:
        return _failed_on(row, conn, reason.TAMPERED)
    except (Deferred, sa.exc.DBAPIError, SoftTimeLimitExceeded):  # the database's trouble is not the letter's
        raise
    except Exception as fault:  # noqa: BLE001 - the edge: no letter may stop the others
        return _failed(row, conn, fault)


def tried(work: Callable[[], T]) -> T | None:
    """What is worked out ahead; None when that failed: whose fault it is shows when each letter has its turn."""
    try:
        return work()
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # noqa: BLE001 - the edge, as for one letter
        return None


def _failed(row: LetterRow, conn: Connection, fault: Exception) -> Outcome | str:
    """Its id, to be tried again; held when that was the third time."""
    log.error("letter failed", letter=row.id, fault=type(fault).__name__, where=_where(fault))
    if row.attempts < ATTEMPTS:
        return str(row.id)
    return _failed_on(row, conn, f"{reason.POISON}{type(fault).__name__}")


def _where(fault: BaseException) -> str:
    """Module and line where it was raised; never the words of the exception, which may be a citizen's."""
    trace = fault.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""


def _committed(bench: Bench, outcomes: list[Outcome]) -> list[Message]:
    """All of them in one transaction; each in its own where somebody else changed what one of them goes by."""
    try:
        return _commit(bench, outcomes)
    except Conflict:
        if len(outcomes) == 1:
            raise
    outgoing: list[Message] = []
    for outcome in outcomes:
        try:
            outgoing += _commit(bench, [outcome])
        except Conflict:
            log.warning("step not committed", letters=1, fault=Conflict.__name__)
            _return_uncounted(bench, letters, [outcome.letter])
    return outgoing


def _commit(bench: Bench, outcomes: list[Outcome]) -> list[Message]:
    if not outcomes:
        return []
    with bench.store.write() as conn:
        mine = still_mine(conn, letters, [o.letter for o in outcomes], bench.me)
        outcomes = [o for o in outcomes if o.letter in mine]
        outcomes = _without_duplicates(conn, outcomes)
        _once_a_day(conn, outcomes)
        insert(conn, aliases, [row for o in outcomes for row in o.aliases])
        outgoing = [row for o in outcomes for row in o.outbox if row["state"] == "queued"]
        for row in outgoing:
            row.update(in_hand(bench.me))
        insert(conn, outbox, [row for o in outcomes for row in o.outbox])
        insert(conn, answers, [row for o in outcomes for row in o.answers])
        insert(conn, links, [row for o in outcomes for row in o.links])
        _write(conn, outcomes)
        audit.record(conn, [event for o in outcomes for event in o.events])
        reached("step.commit", *(o.letter for o in outcomes))
    reached("step.committed", *(o.letter for o in outcomes))
    payloads = {ident: payload for o in outcomes for ident, payload in o.payloads.items()}
    return [written(row, payloads[row["id"]]) for row in outgoing]


def _once_a_day(conn: Connection, outcomes: list[Outcome]) -> None:
    """Drop acknowledgements to whom one went out, or goes out in this batch: asked again where nobody can overtake."""
    since = now() - int(ONCE_IN.total_seconds() * 1000)
    recent = sa.select(outbox.c.recipient).where(
        outbox.c.kind == "acknowledgement", outbox.c.created > since, outbox.c.state != "withdrawn"
    )
    wanted = [row["recipient"] for o in outcomes for row in o.outbox if row["kind"] == "acknowledgement"]
    seen = set(conn.execute(recent.where(outbox.c.recipient.in_(wanted))).scalars()) if wanted else set()
    for outcome in outcomes:
        kept = []
        for row in outcome.outbox:
            if row["kind"] != "acknowledgement" or row["recipient"] not in seen:
                kept.append(row)
            if row["kind"] == "acknowledgement":
                seen.add(row["recipient"])
        outcome.outbox = kept


def _write(conn: Connection, outcomes: Sequence[Outcome]) -> None:
    update(conn, letters, letters.c.id, (_letter_row(o) for o in outcomes))
    update(conn, tickets, tickets.c.ref, ({"ref": o.ticket, **o.ticket_values} for o in outcomes if o.ticket_values))
    swap(conn, [(o.ticket, *o.citizen) for o in outcomes if o.ticket and o.citizen])
    for outcome in outcomes:
        for also in outcome.also:
            also(conn)


def _letter_row(outcome: Outcome) -> Row:
    row = {"id": outcome.letter, "state": outcome.state, "claimed_by": "", "held_because": outcome.because}
    return row | outcome.letter_values | ({"digest": outcome.digest} if outcome.digest else {})


def swap(conn: Connection, citizens: Sequence[tuple[str, bytes | None, bytes]]) -> None:
    """Put other `citizen` columns in the place of those that were read, by ticket; `Conflict` when one of them is
    another by now."""
    for known, same in ((False, tickets.c.citizen.is_(None)), (True, tickets.c.citizen == sa.bindparam("before"))):
        rows = [
            {"its": ref, "after": after} | ({"before": before} if known else {})
            for ref, before, after in citizens
            if (before is not None) is known
        ]
        if not rows:
            continue
        where = tickets.c.ref == sa.bindparam("its"), same
        swapped = sa.update(tickets).where(*where).values(citizen=sa.bindparam("after"))
        if conn.execute(swapped, rows, execution_options={"preserve_rowcount": True}).rowcount != len(rows):
            raise Conflict


def _without_duplicates(conn: Connection, outcomes: list[Outcome]) -> list[Outcome]:
    """Turn retransmissions into what they are: the same letter once more, and no ticket of its own."""
    digests = [o.digest for o in outcomes if o.digest]
    seen = {
        row.digest: row
        for row in conn.execute(
            sa.select(letters.c.digest, letters.c.id, letters.c.ticket).where(letters.c.digest.in_(digests))
        )
    }
    kept: list[Outcome] = []
    first: dict[str, Outcome] = {}
    for outcome in outcomes:
        known = seen.get(outcome.digest) if outcome.digest else None
        same = first.get(outcome.digest or "")
        if known is not None and known.id != outcome.letter:
            kept.append(_duplicate(outcome, known.id, known.ticket))
        elif same is not None:
            kept.append(_duplicate(outcome, same.letter, same.ticket))
        else:
            kept.append(outcome)
            if outcome.digest:
                first[outcome.digest] = outcome
    return kept


def _duplicate(outcome: Outcome, original: str, ticket: str | None) -> Outcome:
    twin = Outcome(outcome.letter, ticket, state="duplicate", letter_values={"ticket": ticket, "digest": None})
    twin.events.append(audit.Event("duplicate", outcome.letter, ticket, BY, {"of": original}))
    twin.also.append(lambda conn: _drop_ticket(conn, outcome.letter))
    return twin


def _drop_ticket(conn: Connection, ref: str) -> None:
    conn.execute(sa.delete(tickets).where(tickets.c.ref == ref, tickets.c.letter == ref))


def _return_failed(bench: Bench, ids: list[str]) -> None:
    if ids:
        with bench.store.write() as conn:
            give_back(conn, letters, ids, bench.me, RETRY)


def _return_uncounted(bench: Bench, table: sa.Table, ids: list[str], wait: int = RETRY) -> None:
    if not ids:
        return
    try:
        with bench.store.write() as conn:
            give_back(conn, table, ids, bench.me, wait, uncounted=True)
    except Deferred:
        log.warning("store away; the claims end by themselves", rows=len(ids))
