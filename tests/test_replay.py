"""Past letters under a draft: what moves, a batch at a time, whoever dies, and nothing of what they say."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from intake import hold, migrations
from intake import replay as asked
from intake.cli import cli
from intake.queue import NAME, RETRIES
from intake.replay import Moved, Replay
from intake.routing import Rules
from intake.routing.published import parsed
from intake.store import DAY, Store, events, letters, now, replayed, replays
from tests.conftest import ROOT
from tests.crash import dies, ending
from tests.road import Mailbox, Road, mail
from tests.test_sweep import Told
from workers import replay

CITIZEN = "maria.lopez@post.example"
CONTACT = "contact@intake.example"
RULE = """rules:
  - rule: deep holes are an environmental matter
    when: {letter has: [deep pothole]}
    agency: deep
"""
SOURCE = (ROOT / "routing_rules.yaml").read_text().replace("rules:\n", RULE, 1).encode()


def draft() -> Rules:
    """The default rules, with one that takes letters from `dot`."""
    return parsed(SOURCE, "intake.example")


def come(road: Road, *texts: str) -> list[str]:
    """Letters that come in and go their road; their references."""
    refs = [ref for text in texts for ref in road.mail(CITIZEN, CONTACT, mail(text))]
    road.work()
    return refs


def ask(road: Road, since: int = 0, limit: int | None = None) -> str:
    with road.store.write() as conn:
        return asked.ask(conn, draft(), since, "operator 1000", limit).id


def look(road: Road, ident: str) -> Replay:
    with road.store.read() as conn:
        found = asked.find(conn, ident)
    assert found
    return found


def moved(road: Road, ident: str) -> list[Moved]:
    with road.store.read() as conn:
        return asked.moved(conn, ident)


def finish(road: Road, ident: str) -> Replay:
    """Batch after batch, as the queue hands them out."""
    while look(road, ident).unfinished:
        replay.replay(road.bench, [ident])
    return look(road, ident)


def trail(road: Road, what: str) -> list[sa.Row]:  # type: ignore[type-arg]
    with road.store.read() as conn:
        return list(conn.execute(sa.select(events).where(events.c.what == what).order_by(events.c.id)))


def test_letters_that_move_are_named_with_both_rules(road: Road, mailbox: Mailbox) -> None:
    """Feature 36: beside what happened to a letter stands what the draft does; who stays is only counted."""
    hole, _, _ = come(road, "A deep pothole on the highway.", "My driver's license expired.", "My tax refund is late.")
    ident = ask(road)
    done = finish(road, ident)
    assert (done.state, done.total, done.done, done.unread, done.chosen) == ("done", 3, 3, 0, 0)
    (one,) = moved(road, ident)
    rule = "deep holes are an environmental matter"
    assert one == Moved(hole, "dot", "vocabulary", "deep", rule, chosen=False)
    assert asked.moves([one, one]) == [("dot", "deep", 2)]
    assert road.ticket(hole)["agency"] == "dot"
    assert road.ticket(hole)["state"] == "delivered"


def test_what_a_draft_would_refuse_or_hold_is_named(road: Road, mailbox: Mailbox) -> None:
    """And what was refused, and would not be any more."""
    hole, late = come(road, "A deep pothole on the highway.", "My tax refund is late.")
    refusing = "rules:\n  - {rule: no taxes, when: {letter has: [tax refund]}, refuse: {en: No.}}\n"
    holding = "  - {rule: look first, when: {letter has: [pothole]}, agency: dot, hold: why}\n"
    plain = road.config.rules.read_bytes()
    road.config.rules.write_text(plain.decode().replace("\nrules:\n", f"\n{refusing}{holding}"))
    refused, _ = come(road, "Another tax refund.", "Nothing.")
    with road.store.write() as conn:
        strict = parsed(road.config.rules.read_bytes(), "intake.example")
        ident = asked.ask(conn, strict, 0, "operator 1000").id
        back = asked.ask(conn, parsed(plain, "intake.example"), 0, "operator 1000").id
    finish(road, ident)
    finish(road, back)
    assert {(m.ref, m.was, m.now) for m in moved(road, ident)} == {
        (hole, "dot", "dot (held)"),
        (late, "drs", "(refused)"),
    }
    assert [(m.ref, m.was, m.now) for m in moved(road, back)] == [(refused, "(refused)", "drs")]


def test_copies_urgency_and_the_time_to_answer_are_compared_too(road: Road, mailbox: Mailbox) -> None:
    """An agency that stays the same may still get a letter as urgent, share it, or have another time to answer."""
    plain = road.config.rules.read_bytes()
    told = "copy to: [dph, despp], priority: urgent, answer_within: 12 hours"
    rule = f"rules:\n  - {{rule: holes at once, when: {{letter has: [pothole]}}, agency: dot, {told}}}\n"
    urgent = plain.decode().replace("\nrules:\n", f"\n{rule}", 1)
    slower = re.sub(r"(?m)^(  drs:\n(?:    .*\n)*?)(    mailbox: .*\n)", r"\1\2    answer_within: 90\n", plain.decode())
    hole, tax = come(road, "A deep pothole on the highway.", "My tax refund is late.")
    road.config.rules.write_text(urgent)
    (second,) = come(road, "Another pothole on the highway.")
    with road.store.write() as conn:
        idents = [
            asked.ask(conn, parsed(s, "intake.example"), 0, "operator").id for s in (urgent.encode(), slower.encode())
        ]
    for ident in idents:
        finish(road, ident)
    found = [{(m.ref, m.was, m.now) for m in moved(road, ident)} for ident in idents]
    all_of_it = "dot (urgent) (copy to despp) (copy to dph)"
    assert found[0] == {(hole, "dot", f"{all_of_it} (answer due sooner)")}
    assert found[1] == {(second, all_of_it, "dot (answer due later)"), (tax, "drs", "drs (answer due later)")}


def test_every_opening_is_on_the_trail_and_names_the_replay(road: Road, mailbox: Mailbox) -> None:
    """Promise 4: opened for `redirect`, the machine's own purpose; who asked stands there too."""
    refs = come(road, "A deep pothole.", "My driver's license.")
    ident = ask(road)
    finish(road, ident)
    opened = [event for event in trail(road, "opened") if event.by == f"replay {ident}"]
    assert sorted(event.subject for event in opened) == sorted(refs)
    assert {json.loads(event.detail)["purpose"] for event in opened} == {"redirect"}
    (begun,), (ended,) = trail(road, "replay asked"), trail(road, "replay ended")
    assert (begun.subject, begun.by, json.loads(begun.detail)["letters"]) == (draft().version, "operator 1000", 2)
    assert json.loads(ended.detail) == {"replay": ident, "state": "done", "letters": 2}
    assert road.seal().fault == ""


def test_what_a_person_chose_is_counted_apart(road: Road, mailbox: Mailbox) -> None:
    """Their choice stays theirs: the draft is asked as if nobody had chosen, and what it says stands beside it."""
    same, other, _ = come(road, "A deep pothole.", "My driver's license.", "My tax refund.")
    for ref, agency in ((same, "deep"), (other, "dol")):
        assert hold.reroute(road.store, road.queue, ref, agency, "ana")
    road.work()
    ident = ask(road)
    assert (finish(road, ident).chosen, look(road, ident).done) == (2, 3)
    assert moved(road, ident) == [Moved(other, "dol", "person", "dmv", "vocabulary", chosen=True)]


def test_only_letters_of_that_time_that_were_decided(road: Road, mailbox: Mailbox) -> None:
    """Not what waits, what is older or newer, what cannot be opened any more, or what never had an agency."""
    old, gone, undecided, kept = come(road, *(f"{n} deep potholes." for n in ("One", "Two", "Three", "Four")))
    road.mail(CITIZEN, CONTACT, mail("Five deep potholes."))  # and nobody works on it
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == old).values(received=now() - 40 * DAY))
        conn.execute(sa.update(letters).where(letters.c.id == gone).values(data_key=None))
        conn.execute(sa.update(asked.tickets).where(asked.tickets.c.ref == undecided).values(agency=None))
    ident = ask(road, since=now() - 30 * DAY)
    assert finish(road, ident).total == look(road, ident).done == 1
    assert [one.ref for one in moved(road, ident)] == [kept]


def test_a_limit_takes_the_newest(road: Road, mailbox: Mailbox) -> None:
    """`--limit`: the last letters, not any."""
    refs = come(road, *(f"Deep pothole number {n}." for n in range(5)))
    with road.store.write() as conn:
        for n, ref in enumerate(refs):
            conn.execute(sa.update(letters).where(letters.c.id == ref).values(received=now() - 1000 + n))
    ident = ask(road, limit=2)
    assert finish(road, ident).total == 2
    assert {one.ref for one in moved(road, ident)} == set(refs[3:])


def test_nothing_to_replay_is_done_at_once(road: Road) -> None:
    """No worker is needed for no letter."""
    assert look(road, ask(road)).state == "done"


@pytest.fixture
def many(road: Road, mailbox: Mailbox) -> list[str]:
    """The references of more letters than a batch has, all of which move."""
    return come(road, *(f"Deep pothole number {n}." for n in range(replay.BATCH + 5)))


def test_a_batch_at_a_time_and_twice_is_once(road: Road, many: list[str]) -> None:
    """Progress stands in the row; a batch that two workers do at once counts for one of them."""
    ident = ask(road)
    with road.store.read() as conn:
        before = conn.execute(sa.select(replays)).one()
    replay.replay(road.bench, [ident])
    first = look(road, ident)
    assert (first.state, first.done, len(moved(road, ident))) == ("running", replay.BATCH, replay.BATCH)
    assert replay._write(road.bench, before, {"done": 20, "last": "x"}, []) is False
    assert look(road, ident) == first
    assert finish(road, ident).done == len(many)
    assert sorted(one.ref for one in moved(road, ident)) == sorted(many)
    replay.replay(road.bench, [ident, "nobody"])
    assert len(moved(road, ident)) == len(many)


def test_a_worker_that_dies_within_a_batch_loses_nothing(road: Road, many: list[str]) -> None:
    """CR4: killed with letters open, in the first batch and in a later one; the result is the same."""
    ident = ask(road)
    dies(road, "letter.routed", lambda mine: replay.replay(mine.bench, [ident]))
    assert (look(road, ident).state, look(road, ident).done, moved(road, ident)) == ("running", 0, [])
    replay.replay(road.bench, [ident])
    assert look(road, ident).done == 1  # alone: it may have been the one
    dies(road, "letter.opened", lambda mine: replay.replay(mine.bench, [ident]))
    done = finish(road, ident)
    assert (done.state, done.done, done.unread) == ("done", len(many), 0)
    assert sorted(one.ref for one in moved(road, ident)) == sorted(many)


def test_a_letter_that_kills_its_worker_is_passed_over(road: Road, mailbox: Mailbox) -> None:
    """CR8: tried alone, three times; the others are looked at."""
    refs = come(road, *(f"Deep pothole number {n}." for n in range(4)))
    poison = sorted(refs)[1]
    traps = road.config.home / "traps"
    traps.mkdir()
    (traps / f"letter.opened@{poison}").write_text("kill")
    ident, deaths = ask(road), 0
    while look(road, ident).unfinished:
        deaths += ending(road, traps, lambda mine: replay.replay(mine.bench, [ident])) != 0
        assert deaths < 10
    assert (look(road, ident).done, look(road, ident).unread) == (4, 1)
    assert {one.ref for one in moved(road, ident)} == set(refs) - {poison}


def test_a_letter_that_does_not_open_is_counted(road: Road, mailbox: Mailbox) -> None:
    """The fault of one letter is no fault of the others."""
    refs = come(road, *(f"Deep pothole number {n}." for n in range(3)))
    with road.store.write() as conn:
        broken = sa.update(asked.letters).where(letters.c.id == refs[0])
        conn.execute(broken.values(data_key=b"\0" * 80))
    ident = ask(road)
    assert (finish(road, ident).done, look(road, ident).unread) == (3, 1)
    assert {one.ref for one in moved(road, ident)} == set(refs[1:])


def with_queue(road: Road, queue: Told) -> Road:
    road.bench = replace(road.bench, queue=queue)  # type: ignore[arg-type]
    return road


def test_live_mail_goes_first(road: Road, many: list[str]) -> None:
    """While letters wait no batch follows another: the sweeper hands it out, and not beside what is on its way."""
    ident = ask(road)
    busy = Told({NAME: 1})
    replay.replay(with_queue(road, busy).bench, [ident])
    assert (look(road, ident).done, busy.put_in) == (replay.BATCH, [])
    busy.waiting[RETRIES] = 1
    replay.ask_again(road.bench)
    assert busy.put_in == []
    busy.waiting[RETRIES] = 0
    replay.ask_again(road.bench)
    replay.ask_again(road.bench)  # a moment later
    assert busy.put_in == [("replay", [ident])]
    finish(road, ident)
    assert busy.put_in == [("replay", [ident])]


def test_while_nothing_waits_one_batch_follows_another(road: Road, many: list[str]) -> None:
    """The worker that did one asks for the next; the last asks for none."""
    ident, quiet = ask(road), Told()
    replay.replay(with_queue(road, quiet).bench, [ident])
    assert quiet.put_in == [("replay", [ident])]
    replay.replay(road.bench, [ident])
    assert (quiet.put_in, look(road, ident).state) == ([("replay", [ident])], "done")


def test_what_the_queue_lost_and_a_dead_machine_held_is_found(road: Road, many: list[str]) -> None:
    """CR3: a replay that nobody took, and one whose machine is gone, is handed out when it is due."""
    ident, queue = ask(road), Told()
    dies(road, "letter.routed", lambda mine: replay.replay(mine.bench, [ident]))
    replay.ask_again(with_queue(road, queue).bench)
    assert queue.put_in == []  # in hand, for all the sweeper knows
    with road.store.write() as conn:
        conn.execute(sa.update(replays).values(due=now()))
    replay.ask_again(road.bench)
    assert queue.put_in == [("replay", [ident])]


def test_what_is_older_than_a_week_is_gone(road: Road, mailbox: Mailbox) -> None:
    """The sweeper forgets a replay, and the letters it named."""
    come(road, "A deep pothole.")
    old, new = ask(road), ask(road)
    finish(road, old), finish(road, new)
    with road.store.write() as conn:
        conn.execute(sa.update(replays).where(replays.c.id == old).values(asked=now() - asked.KEPT - 1))
    replay.ask_again(with_queue(road, Told()).bench)
    with road.store.read() as conn:
        assert (asked.find(conn, old), asked.moved(conn, old)) == (None, [])
    assert len(moved(road, new)) == 1


def test_a_draft_that_workers_cannot_read_ends(road: Road, mailbox: Mailbox) -> None:
    """Another version of the program may have taken it: it fails once, and is not tried for ever."""
    come(road, "A deep pothole.")
    ident = ask(road)
    with road.store.write() as conn:
        conn.execute(sa.update(replays).values(source=b"nonsense"))
    replay.replay(road.bench, [ident])
    assert look(road, ident).state == "failed"


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def working(road: Road) -> Iterator[None]:
    """A worker beside the command."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            with road.store.read() as conn:
                ids = list(conn.scalars(sa.select(replays.c.id).where(replays.c.state.in_(asked.UNFINISHED))))
            replay.replay(road.bench, ids)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def call(road: Road, *args: str) -> Result:
    env = {"INTAKE_HOME": str(road.config.home), "INTAKE_DATABASE_URL": road.config.database}
    return CliRunner().invoke(cli, ["rules", "replay", *args], env=env)


def test_the_command_says_what_moves(road: Road, mailbox: Mailbox, tmp_path: Path) -> None:
    """For people a table; as JSON every letter; once more with --follow. Nothing but references, agencies, rules."""
    hole, license_, _ = come(road, "A deep pothole, quetzalcoatl.", "My driver's license.", "My tax refund.")
    hold.reroute(road.store, road.queue, license_, "dol", "ana")
    road.work()
    file = tmp_path / "draft.yaml"
    file.write_bytes(SOURCE)
    with working(road):
        said = call(road, str(file))
        found = json.loads(call(road, str(file), "--json", "--since", "12h").stdout.splitlines()[-1])
    assert said.exit_code == 0, said.output
    assert "1 of 2 letters that the rules had placed would fare differently" in said.stdout
    assert "dot   deep  1" in said.stdout
    assert hole in said.stdout
    assert "1 of 1 letters that a person had placed would go elsewhere" in said.stdout
    assert "3 of 3 letters" in said.stderr
    assert found["moves"] == [{"was": "dot", "now": "deep", "letters": 1}]
    assert [one["ref"] for one in found["moved"]] == [hole, license_]
    again = call(road, "--follow", found["id"])
    assert again.stdout.startswith(f"draft {draft().version}, letters since ")
    assert again.stdout.splitlines()[1:] == said.stdout.splitlines()[-len(again.stdout.splitlines()) + 1 :]


def test_nothing_of_a_letter_leaves_the_worker(
    road: Road, mailbox: Mailbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """PI1: no word of it stands in the tables, on the trail, in a log or in the answer; of one that fails neither."""
    canary = "quetzalcoatl"
    refs = come(road, f"A deep pothole, says {canary}. My SSN is 219-09-9981.", f"Another deep pothole, {canary}.")
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == refs[1]).values(tags=b"\0" * 60))
    file = tmp_path / "draft.yaml"
    file.write_bytes(SOURCE)
    with working(road):
        answers = [call(road, str(file)).output, call(road, str(file), "--json").output]
    with road.store.read() as conn:
        kept = [str(row) for table in (replays, replayed, events) for row in conn.execute(sa.select(table))]
    said = "\n".join([*answers, *kept, *capfd.readouterr()])
    assert refs[0] in said
    assert [word for word in (canary, "219-09", "maria.lopez", "Maria") if word in said] == []


def test_a_draft_with_faults_is_not_asked_for(road: Road, tmp_path: Path) -> None:
    """The same lines as `intake rules check`, and exit 1."""
    file = tmp_path / "draft.yaml"
    file.write_bytes(SOURCE.replace(b"agency: deep\n", b"agency: dep\n"))
    said = call(road, str(file))
    assert (said.exit_code, "there is no agency 'dep'" in said.stdout) == (1, True)
    assert f"{file}:" in said.stdout
    with road.store.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(replays)) == 0


@pytest.mark.parametrize(
    ("args", "says"),
    [((), "--follow ID"), (("--follow", "nobody"), "no replay nobody"), (("x.yaml", "--since", "soon"), "30d or 12h")],
)
def test_a_call_that_cannot_work_says_so(home: Path, tmp_path: Path, args: tuple[str, ...], says: str) -> None:
    """Exit 2 and one line."""
    store = Store(f"sqlite:///{tmp_path}/s.db")
    migrations.upgrade(store)
    env = {"INTAKE_HOME": str(home), "INTAKE_DATABASE_URL": f"sqlite:///{tmp_path}/s.db"}
    said = CliRunner().invoke(cli, ["rules", "replay", *args], env=env)
    store.close()
    assert (said.exit_code, says in said.stderr) == (2, True), said.output


def test_without_a_worker_it_says_so_and_how_to_go_on(road: Road, mailbox: Mailbox, tmp_path: Path) -> None:
    """One clear line and exit 3 after a quarter of a minute; the replay is kept, and done when a worker comes."""
    if not road.store.sqlite:
        pytest.skip("its subject is the wait, a quarter of a minute")
    come(road, "A deep pothole.")
    file = tmp_path / "draft.yaml"
    file.write_bytes(SOURCE)
    said = call(road, str(file))
    (line,) = said.stderr.splitlines()
    assert (said.exit_code, said.stdout) == (3, "")
    ident = line.rpartition("--follow ")[2]
    with working(road):
        assert "1 of 1" in call(road, "--follow", ident).stdout
