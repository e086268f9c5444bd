"""Past letters under a draft of the rules, a batch at a time.

A batch is written down whole or not at all, with the letter at which the next one begins: whoever dies loses nothing,
and a batch that two do at once counts once. A letter that killed its worker three times is passed over. The next batch
goes into the queue at once while no letter waits; otherwise the sweeper hands it out, so that live mail goes first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from intake import audit
from intake import replay as asked
from intake.claim import ATTEMPTS, LEASE
from intake.language import detect
from intake.letter import Letter
from intake.pii import Tag
from intake.purpose import Grant, Purpose, grant
from intake.queue import NAME, RETRIES
from intake.reader import Opened, Tags, open_letter, open_tags
from intake.routing import Decision, Rules, RulesFault
from intake.routing.conditions import SUBJECT, TEXT
from intake.routing.published import parsed
from intake.routing.suggest import Settled
from intake.store import Row, contents, insert, letters, now, replayed, replays, tickets
from intake.trap import reached
from intake.view import find_tags, question
from workers import lesson, step
from workers.bench import Bench
from workers.copies import copied_to
from workers.message import BY
from workers.process import decided, due

BATCH = 20  # letters
LONGEST = 20.0  # seconds until a batch ends where it is: a letter may be large, and somebody watches the progress
AGAIN = 20_000  # ms until a replay that was handed out is looked at again

_LETTERS = sa.select(
    *(column for column in letters.c if column.name != "agency"),
    sa.null().label("agency"),  # as if no person had chosen
    letters.c.agency.is_not(None).label("chosen"),
    tickets.c.agency.label("was"),
    tickets.c.rule.label("was_by"),
    tickets.c.priority,
    tickets.c.due.label("answer_due"),
    contents.c.sealed,
).select_from(letters.join(tickets, asked.OPENED).join(contents, contents.c.id == letters.c.content))

log = structlog.get_logger("workers.replay")


def replay(bench: Bench, ids: Sequence[str]) -> None:
    """Do the next batch of each of these replays."""
    for ident in ids:
        if _batch(bench, ident):
            bench.queue.put("replay", [ident], RETRIES)


def ask_again(bench: Bench) -> None:
    """What the sweeper does: hand out what is due, forget what is old."""
    with bench.store.read() as conn:
        old = conn.scalar(sa.select(replays.c.id).where(replays.c.asked < now() - asked.KEPT).limit(1))
        due = list(conn.scalars(sa.select(replays.c.id).where(_UNFINISHED, replays.c.due <= now())))
    if due and bench.queue.depth(RETRIES) != 0:
        due = []  # it may be what waits there
    if old or due:
        with bench.store.write() as conn:
            asked.forget_old(conn)
            conn.execute(sa.update(replays).where(replays.c.id.in_(due)).values(due=now() + AGAIN))
        bench.queue.put("replay", due, RETRIES, alone=True)


_UNFINISHED = replays.c.state.in_(asked.UNFINISHED)


def _batch(bench: Bench, ident: str) -> bool:
    """Whether the next one is to be done at once."""
    with bench.store.read() as conn:
        job = conn.execute(sa.select(replays).where(replays.c.id == ident, _UNFINISHED)).first()
    if not job:
        return False
    try:
        draft = parsed(bytes(job.source), bench.config.mail_domain)
    except RulesFault:  # another version of this program took it
        _write(bench, job, {"state": "failed"}, [])
        return False
    if job.kind == "suggest":
        _suggest(bench, job, draft)
        return False
    size = 1 if job.attempts else BATCH  # one of them may have killed a worker
    with bench.store.write() as conn:
        if not _set(conn, job, {"state": "running", "attempts": job.attempts + 1, "due": now() + LEASE}):
            return False
        rows = _next(conn, job, size)
        opened = [(row.id, row.ticket) for row in rows] if job.attempts < ATTEMPTS else []
        grants = grant(conn, opened, Purpose.REDIRECT, f"replay {ident}")
        copies = copied_to(conn, [row.ticket for row in rows])
    found = _looked_at(bench, rows, draft, grants)
    ended = len(found) == len(rows) < size
    quiet = not ended and bench.queue.depth(NAME) == 0
    values = _counted(job, found) | {"attempts": 0, "due": now() + (AGAIN if quiet else 0)}
    compared = (_moved(ident, row, copies.get(row.ticket, []), decision, draft) for row, decision in found if decision)
    moved = list(filter(None, compared))
    mine = _write(bench, job, values | ({"state": "done"} if ended else {}), moved)
    log.info("replayed", replay=ident, letters=len(found))
    return mine and quiet


def _suggest(bench: Bench, job: sa.Row[Any], rules: Rules) -> None:
    """What all of them teach, in one go: a word counts by how many letters have it."""
    if job.attempts >= ATTEMPTS:
        _write(bench, job, {"state": "failed"}, [])
        return
    with bench.store.write() as conn:
        if not _set(conn, job, {"state": "running", "attempts": job.attempts + 1, "due": now() + LEASE}):
            return
        where = *asked.decided_in(job.since, job.until), lesson.STAYED
        of = sa.select(letters.c.id, letters.c.ticket).select_from(letters.join(tickets, asked.OPENED))
        wanted = list(conn.execute(of.where(*where).order_by(*lesson.ORDER).limit(lesson.MOST)))
        grants = grant(conn, [(row.id, row.ticket) for row in wanted], Purpose.REDIRECT, f"suggest {job.id}")
    known: list[tuple[Settled, bool]] = []
    end = time.monotonic() + lesson.SECONDS
    for row in wanted:
        if time.monotonic() < end and (one := step.tried(partial(_settled, bench, row.id, grants[row.id]))):
            known.append(one)
    result = lesson.learnt(known, rules, bench.config.mail_domain)
    chosen = sum(is_chosen for _, is_chosen in known)
    counts = {"total": len(wanted), "done": len(wanted), "unread": len(wanted) - len(known), "chosen": chosen}
    _write(bench, job, counts | {"state": "done", "result": json.dumps(result)}, [])
    log.info("suggested", replay=job.id, letters=len(known))


def _settled(bench: Bench, ident: str, its: Grant) -> tuple[Settled, bool]:
    """A letter with the agency that has it, and where personal information stands in it; whether a person chose."""
    with bench.store.read() as conn:
        row: Any = conn.execute(_LETTERS.where(letters.c.id == ident)).one()
    _, letter, tags = _read(bench, row, its)
    known = question(letter, tags, (), detect(f"{letter.subject}\n{letter.text}"))
    hidden = {where: [(tag.start, tag.end) for tag in found] for where, found in _tagged(tags)}
    return Settled(row.ticket, known, row.was, letter.sender.lower(), hidden), bool(row.chosen)


def _tagged(tags: Tags) -> Sequence[tuple[str, Sequence[Tag]]]:
    return (SUBJECT, tags.subject), (TEXT, tags.text)


def _read(bench: Bench, row: sa.Row[Any], its: Grant) -> tuple[Opened, Letter, Tags]:
    """A letter with the tags that were found when it came."""
    opened = open_letter(row, bench.vault, its)
    reached("letter.opened", row.id)
    letter = opened.read()
    return opened, letter, open_tags(row.tags, opened.key, row.id) if row.tags else find_tags(letter)


Found = list[tuple[sa.Row[Any], Decision | None]]
"""Letters, and what the draft makes of each; None of one that cannot be read, or was passed over."""


def _counted(job: sa.Row[Any], found: Found) -> Row:
    return {
        "last": found[-1][0].id if found else job.last,
        "done": job.done + len(found),
        "unread": job.unread + sum(decision is None for _, decision in found),
        "chosen": job.chosen + sum(row.chosen for row, _ in found),
    }


def _next(conn: Connection, job: sa.Row[Any], size: int) -> list[sa.Row[Any]]:
    where = *asked.decided_in(job.since, job.until), letters.c.id > job.last
    return list(conn.execute(_LETTERS.where(*where).order_by(letters.c.id).limit(size)))


def _looked_at(bench: Bench, rows: Sequence[sa.Row[Any]], draft: Rules, grants: dict[str, Grant]) -> Found:
    """As many as there is time for; what has no grant is passed over."""
    end = time.monotonic() + LONGEST
    found: Found = []
    for row in rows:
        if found and time.monotonic() > end:
            break
        its = grants.get(row.id)
        found.append((row, step.tried(partial(_decided, bench, row, draft, its)) if its else None))
    return found


def _decided(bench: Bench, row: sa.Row[Any], draft: Rules, its: Grant) -> Decision:
    """As a worker decides on the road; the tags are those that were found then."""
    opened, letter, tags = _read(bench, row, its)
    decision = decided(bench, opened, letter, tags, draft, detect(f"{letter.subject}\n{letter.text}"))
    reached("letter.routed", row.id)
    return decision


def _moved(ident: str, row: sa.Row[Any], copies: Sequence[str], decision: Decision, draft: Rules) -> Row:
    """What happened to a letter and what the draft would do with it; {} where that is the same. Where a person chose,
    only the agencies are compared."""
    was = asked.REFUSED if row.state == "refused" else str(row.was)
    now_ = asked.REFUSED if decision.refusal else decision.agency
    if not row.chosen:
        was += _besides(was, row.priority, copies)
        now_ += _besides(now_, decision.urgent, decision.copies) + _sooner(row, decision, draft)
    if decision.hold and decision.rule != row.was_by:  # that a rule holds it is news only if that rule is
        now_ += asked.HELD
    then = {"was": was, "was_by": row.was_by or "", "chosen": bool(row.chosen)}
    news = {"replay": ident, "ref": row.ticket, **then, "now": now_, "now_by": decision.rule}
    return news if was != now_ else {}


def _besides(where: str, urgent: object, copies: Sequence[str]) -> str:
    """What happens to a letter besides going somewhere."""
    if where == asked.REFUSED:
        return ""
    return asked.URGENT * bool(urgent) + "".join(asked.COPY.format(agency) for agency in sorted(copies))


def _sooner(row: sa.Row[Any], decision: Decision, draft: Rules) -> str:
    """How the draft moves the day by which the same agency must answer."""
    if decision.refusal or decision.agency != row.was or row.answer_due is None:
        return ""
    then = due(row, decision.answer_within or draft.agencies[decision.agency].answer_within, draft)
    return "" if then == row.answer_due else asked.SOONER if then < row.answer_due else asked.LATER


def _write(bench: Bench, job: sa.Row[Any], values: Row, moved: list[Row]) -> bool:
    """Whether nobody else did the same batch meanwhile."""
    with bench.store.write() as conn:
        if not _set(conn, job, values):
            return False
        insert(conn, replayed, moved)
        if "state" in values:
            ended = {"replay": job.id, "state": values["state"], "letters": values.get("done", job.done)}
            audit.record(conn, [audit.Event(f"{job.kind} ended", job.version, None, BY, ended)])
    return True


def _set(conn: Connection, job: sa.Row[Any], values: Row) -> bool:
    """Whether the replay stands where it stood."""
    same = replays.c.id == job.id, replays.c.last == job.last, _UNFINISHED
    return bool(conn.execute(sa.update(replays).where(*same).values(values)).rowcount)
