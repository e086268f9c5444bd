"""Metrics: what they count is so, they hold no personal data, and they cost a store of any size little."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa
import yaml
from prometheus_client.parser import text_string_to_metric_families

from intake import figures, migrations, ticket
from intake.cached import Cached
from intake.config import Config
from intake.heartbeat import beat
from intake.metrics import Page
from intake.metrics.gauges import Gauges
from intake.metrics.trail import EVENTS, REASONS, Trail, because
from intake.queue import NAME, QUEUES, Queue
from intake.store import Store, events, letters, outbox
from tests.conftest import ROOT, environment, wait_for
from tests.road import Mailbox, Road, alias_of, mail

CANARY = "quetzalcoatl.brandybuck"
CITIZEN = f"{CANARY}@{CANARY}.example"
ALERTS = ROOT / "docs" / "alerts.yml"

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def page(road: Road) -> Page:
    """The metrics of the road, from now on; the sums are counted anew each time."""
    return page_of(road.config, road.store)


def page_of(config: Config, store: Store) -> Page:
    made = Page(config, store, Queue(config))
    made.read()
    return made


def samples(text: bytes) -> Samples:
    """(name, labels) → value of everything on a page."""
    families = text_string_to_metric_families(text.decode())
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}


def read(page: Page, road: Road) -> Samples:
    """What the page says once the chain has caught up."""
    road.seal()
    return samples(page.read())


def value(found: Samples, name: str, **labels: str) -> float:
    """One sample; 0 when it is not there."""
    return found.get((name, tuple(sorted(labels.items()))), 0.0)


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_is_counted_on_its_way(road: Road, mailbox: Mailbox, page: Page) -> None:
    """Waiting with its age, then routed and delivered with how long that took; events before the start do not count."""
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license.", message_id="<1@a.example>"))
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(received=letters.c.received - 90_000))
    found = read(page, road)
    assert value(found, "intake_letters_waiting") == 1
    assert value(found, "intake_oldest_waiting_seconds") >= 90
    assert value(found, "intake_events_total", what="accepted") == 1
    road.work()
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license.", message_id="<1@a.example>"))
    road.work()
    found = read(page, road)
    assert value(found, "intake_letters_waiting") == value(found, "intake_oldest_waiting_seconds") == 0
    assert (
        value(found, "intake_routed_total", agency="dmv") == value(found, "intake_delivered_total", agency="dmv") == 1
    )
    assert value(found, "intake_events_total", what="duplicate") == 1
    for name in ("intake_routing_seconds", "intake_delivery_seconds"):
        assert value(found, f"{name}_count") == 1
        assert value(found, f"{name}_sum") >= 90
        assert value(found, f"{name}_bucket", le="60.0") == 0
        assert value(found, f"{name}_bucket", le="300.0") == 1
    later = page_of(road.config, road.store)
    assert value(read(later, road), "intake_events_total", what="accepted") == 0


def test_the_chain_is_followed_and_not_the_ids(road: Road, page: Page) -> None:
    """An event that took its id early and was committed late is counted all the same, and none twice."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.mail(CITIZEN, "contact@intake.example", mail())
    with road.store.write() as conn:  # as if the first were not committed yet
        accepted = sa.select(events).where(events.c.what == "accepted")
        first = conn.execute(accepted.order_by(events.c.id).limit(1)).one()
        conn.execute(sa.delete(events).where(events.c.id == first.id))
    assert value(read(page, road), "intake_events_total", what="accepted") == 1
    with road.store.write() as conn:
        conn.execute(sa.insert(events).values(**first._mapping))
    assert value(read(page, road), "intake_events_total", what="accepted") == 2
    assert value(read(page, road), "intake_events_total", what="accepted") == 2


def test_what_stands_still_is_counted(road: Road, mailbox: Mailbox, page: Page) -> None:
    """Held letters by the beginning of their reason, messages that wait with their age, signs of life, disks."""
    mailbox.replies += ["451 later"]
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license."))
    road.work()
    answer = road.mail("pat@dmv.example", "contact@intake.example", mail("Unreadable"))[0]
    with road.store.write() as conn:
        beat(conn, "worker", {})
        conn.execute(sa.update(outbox).values(attempts=2, created=outbox.c.created - 60_000))
        held = {"state": "held", "held_because": f"unverified agency sender: {CANARY}"}
        conn.execute(sa.update(letters).where(letters.c.id == answer).values(**held))
    found = read(page, road)
    to_dmv = {"side": "agency", "agency": "dmv"}
    assert value(found, "intake_outbox_messages", state="queued", **to_dmv) == 1
    assert value(found, "intake_outbox_retried", state="queued", **to_dmv) == 1
    assert value(found, "intake_oldest_unsent_seconds", **to_dmv) >= 60
    assert value(found, "intake_waiting_for_a_person", reason="unverified agency sender") == 1
    assert 0 <= value(found, "intake_sign_of_life_age_seconds", process="worker") < 60
    assert ("intake_sign_of_life_age_seconds", (("process", "smtp"),)) not in found
    assert value(found, "intake_disk_free_bytes", folder="home") > 0
    assert value(found, "intake_store_up") == 1


def test_the_sums_are_counted_apart(road: Road) -> None:
    """The conservation sum, letters and tickets by state, and how old they are; a lost letter is a difference."""
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license."))
    page = page_of(road.config, road.store)
    wait_for(lambda: value(samples(page.read()), "intake_accepted_letters") == 1)
    found = samples(page.read())
    assert value(found, "intake_letters", state="waiting") == value(found, "intake_tickets", state="received") == 1
    assert value(found, "intake_conservation_difference") == 0
    assert ("intake_sums_age_seconds", ()) in found
    with road.store.write() as conn:
        conn.execute(sa.delete(letters))
    page = page_of(road.config, road.store)
    wait_for(lambda: value(samples(page.read()), "intake_conservation_difference") == 1)


def test_what_does_not_answer_is_said(home: Path, tmp_path: Path, redis_socket: Path) -> None:
    """Without a database or a Redis there still is a page, and it says so."""
    config = Config(home=home, redis_url=f"unix://{redis_socket}", _env_file=None)  # type: ignore[call-arg]
    redis.Redis(unix_socket_path=str(redis_socket)).rpush(NAME, "1", "2")
    found = samples(page_of(config, Store(f"sqlite:///{tmp_path}/none.db")).read())
    assert value(found, "intake_store_up") == 0
    assert value(found, "intake_queue_up") == 1
    assert value(found, "intake_queue_depth", queue=NAME) == 2
    away = Config(home=home, _env_file=None)  # type: ignore[call-arg]
    found = samples(page_of(away, Store(f"sqlite:///{tmp_path}/none.db")).read())
    assert value(found, "intake_queue_up") == 0
    assert ("intake_queue_depth", (("queue", NAME),)) not in found


# ── no personal data ─────────────────────────────────────────────────────────────────────────────────────────────


def vocabulary(config: Config) -> dict[str, set[str]]:
    """All that each label may say."""
    agencies = yaml.safe_load(config.rules.read_text())["agencies"]
    states = {*ticket.STATES, "waiting", "duplicate", "refused", "relayed", "lost", *figures.OPEN}
    return {
        "agency": set(agencies),
        "folder": {"home", "logs", "database", "redis"},
        "process": set(figures.PROCESSES),
        "queue": set(QUEUES),
        "reason": REASONS,
        "side": {"agency", "citizen"},
        "state": states,
        "what": EVENTS,
    }


def test_no_label_says_anything_of_a_citizen(road: Road, mailbox: Mailbox, page: Page) -> None:
    """PI4: a letter full of a canary on every road, and all that any label says is of a known vocabulary."""
    letter = mail(
        f"My driver's license. {CANARY}",
        sender=f"{CANARY} <{CITIZEN}>",
        subject=CANARY,
        message_id=f"<{CANARY}@{CANARY}.example>",
    )
    road.mail(CITIZEN, "contact@intake.example", letter)
    road.work()
    (redirect,) = mailbox.to("dmv@agencies.example")
    alias = alias_of(redirect)
    from_agency = mail(f"It is done. {CANARY}", sender="Pat <pat@agencies.example>", to=alias)
    for raw, sender, client in (
        (from_agency, "pat@agencies.example", "127.0.0.1"),  # answered
        (from_agency.replace(b"done", b"wrong"), f"x@{CANARY}.example", "192.0.2.7"),  # held: unverified
        (mail(CANARY, Auto_Submitted="auto-replied", sender=CITIZEN, to=alias), CITIZEN, "192.0.2.7"),  # noted
    ):
        road.mail(sender, alias, raw, client)
    road.mail(CITIZEN, ["dmv@intake.example", "dot@intake.example"], letter.replace(b"license", b"car"))
    road.mail(CITIZEN, "contact@intake.example", b"Content-Type: application/pkcs7-mime\r\n\r\n" + CANARY.encode())
    road.form(message=f"{CANARY} potholes", reply="email", email=CITIZEN, name=CANARY, town=CANARY, topic=CANARY)
    road.work()
    road.redeliver()
    answer = mailbox.to(CITIZEN)[-1]
    for wish in ("share", "keep", "stop"):
        road.wish(answer, wish)
    road.work()
    road.seal()
    wait_for(lambda: b"intake_accepted_letters" in page.read())
    text = page.read()
    assert CANARY.encode() not in text
    assert b"192.0.2.7" not in text
    known = vocabulary(road.config)
    for (name, labels), _ in samples(text).items():
        for label, said in labels:
            assert label in {"le", "version", *known}, (name, label)
            assert label in ("le", "version") or said in known[label], (name, label, said)
    found = samples(text)
    for what in ("accepted", "routed", "delivered", "answered", "held", "machine mail noted", "wish: share"):
        assert value(found, "intake_events_total", what=what) > 0, what
    assert value(found, "intake_held_total", reason="unverified agency sender") == 1


def test_every_event_has_a_name_that_is_known() -> None:
    """Whatever the program writes down is counted under its own name; a new event is added here."""
    unknown = []
    for file in (*(ROOT / "intake").rglob("*.py"), *(ROOT / "workers").rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text())):
            name = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            if isinstance(call, ast.Call) and name in ("audit.Event", "outcome.event", "self.outcome.event"):
                what = call.args[0]
                if isinstance(what, ast.Constant) and what.value not in EVENTS:
                    unknown.append((file.name, what.value))
    assert unknown == []


def test_a_reason_is_its_beginning() -> None:
    """Whatever stands behind the constant words stays behind; what is no reason is "other"."""
    assert because(f"egress: {CANARY}") == "egress"
    assert because(f"rule {CANARY}") == "rule"
    assert because("the writer wants no mail") == "the writer wants no mail"
    assert because(CANARY) == because(None) == "other"


# ── the listener ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def quiet(home: Path) -> Config:
    """An installation with an empty store, on SQLite alone: what is asked here is not about the store."""
    config = Config(home=home, _env_file=None)  # type: ignore[call-arg]
    store = Store(config.database)
    migrations.upgrade(store)
    store.close()
    return config


@contextmanager
def running(config: Config, log: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`intake metrics` as a process of its own, and where it listens."""
    env = environment(INTAKE_HOME=str(config.home), INTAKE_DATABASE_URL=config.database_url, **settings)
    with log.open("wb") as said:
        command = [Path(sys.executable).parent / "intake", "metrics"]
        process = subprocess.Popen(command, env=env, stdout=said, stderr=said, cwd=log.parent)
    try:
        if settings:
            wait_for(lambda: process.poll() is not None or "listening" in log.read_text(), 60)
        at = re.search(r'"at": "([^"]+)"', log.read_text())
        yield process, at[1] if at else ""
    finally:
        process.kill()
        process.wait()


def get(url: str) -> tuple[int, bytes, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read(), str(answer.headers)
    except urllib.error.HTTPError as fault:
        return fault.code, fault.read(), str(fault.headers)


def test_metrics_have_a_listener_of_their_own(quiet: Config, tmp_path: Path) -> None:
    """WF16: /metrics and nothing else, without a key of ours to be read, and SIGTERM ends it."""
    for file in (quiet.home / "keys").iterdir():
        file.unlink()
    with running(quiet, tmp_path / "log", INTAKE_METRICS_LISTEN="127.0.0.1:0") as (process, at):
        status, text, headers = get(f"http://{at}/metrics")
        assert status == 200
        assert "text/plain; version=0.0.4" in headers
        assert "Python" not in headers
        assert value(samples(text), "intake_store_up") == 1
        assert [get(f"http://{at}{path}")[0] for path in ("/", "/healthz", "/metrics/x", "/debug")] == [404] * 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_without_an_address_nobody_listens(quiet: Config, tmp_path: Path) -> None:
    """Off unless set, so that installations side by side have no port in common; who supervises it sees it live."""
    with running(quiet, tmp_path / "log") as (process, _):
        wait_for(lambda: _sleeps(process.pid))
        assert not re.search(r"socket:", " ".join(os.readlink(f) for f in Path(f"/proc/{process.pid}/fd").iterdir()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def _sleeps(pid: int) -> bool:
    """Whether it waits for a signal (proc(5), wchan and the like differ; SIGTERM is caught once it does)."""
    caught = re.search(r"^SigCgt:\t(\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return bool(caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_an_address_that_cannot_be_had_stops_the_start(quiet: Config, tmp_path: Path) -> None:
    """One line with the cure."""
    with running(quiet, tmp_path / "log", INTAKE_METRICS_LISTEN="192.0.2.1:1") as (process, _):
        assert process.wait(60) == 78
    assert "INTAKE_METRICS_LISTEN: cannot listen on 192.0.2.1:1" in (tmp_path / "log").read_text()


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scrape_reads_indexes_only(tmp_path: Path) -> None:
    """No figure of a scrape walks a table, however many letters are done: each search is bounded by an index."""
    store = Store(f"sqlite:///{tmp_path}/intake.db")
    migrations.upgrade(store)
    asked: list[str] = []

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def note(_conn, _cursor, statement, parameters, *_):  # type: ignore[no-untyped-def]
        asked.append((statement, parameters))  # type: ignore[arg-type]

    config = Config(home=tmp_path, _env_file=None)  # type: ignore[call-arg]
    list(Gauges(config, store, Queue(config), Trail())._of_store())
    queries = [(s, p) for s, p in asked if s.startswith("SELECT")]
    assert len(queries) >= 6
    with store.read() as conn:
        for statement, parameters in queries:
            plan = [row[3] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not [step for step in plan if step.startswith("SCAN")], (statement, plan)


def test_no_scraper_can_load_the_store(quiet: Config) -> None:
    """However often a page is fetched, it is read once in five seconds."""
    store, asked = Store(quiet.database), []
    page = page_of(quiet, store)
    sa.event.listen(store.engine, "before_cursor_execute", lambda *_: asked.append(1))
    page.read()
    for thread in threading.enumerate():
        if thread.name == "cached":  # the sums of this reading are still being counted
            thread.join(20)
    once, began = len(asked), time.monotonic()
    for _ in range(50):
        assert page.latest()
    assert len(asked) - once <= (1 + (time.monotonic() - began) / 5) * once
    store.close()


def test_an_answer_is_asked_for_once_in_a_while() -> None:
    """`Cached`: one asks, the others get the last answer; one that fails leaves it; one that hangs holds nobody up."""
    clock, given = [100.0], iter([1, 2])
    cached = Cached(lambda: next(given), keep=10, patience=20, clock=lambda: clock[0])
    ages = []
    for at in (100.0, 109.0, 110.0, 115.0, 120.0):
        clock[0] = at
        answer = cached.get()
        assert answer
        ages.append((answer.value, answer.age))
    assert ages == [(1, 0.0), (1, 9.0), (2, 0.0), (2, 5.0), (2, 10.0)]  # the third time there was no answer


def test_nobody_waits_for_an_answer_that_hangs() -> None:
    """Without patience there is no answer at first, and the old one after."""
    here, asked = threading.Event(), []

    def ask() -> int:
        asked.append(1)
        here.wait(60)
        return len(asked)

    cached = Cached(ask, keep=0.0)
    assert cached.get() is None
    assert cached.get() is None
    here.set()
    wait_for(cached.get)
    assert len(asked) <= 3


# ── alarms ───────────────────────────────────────────────────────────────────────────────────────────────────────


def rules() -> list[dict]:  # type: ignore[type-arg]
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_alarm_is_about_a_metric_that_is_there(road: Road, mailbox: Mailbox, page: Page) -> None:
    """docs/alerts.yml: whole rules, and every metric and label value that one names is on the page or can be."""
    there = set()
    mailbox.replies += ["451 later"]
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license."))
    road.work()
    with road.store.write() as conn:
        beat(conn, "worker", {})
    road.seal()
    wait_for(lambda: b"intake_accepted_letters" in page.read())
    there = {name for name, _ in samples(page.read())} | {"up"}
    known = vocabulary(road.config)
    assert len(rules()) >= 10
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule
        assert re.fullmatch(r"Intake[A-Za-z]+", rule["alert"])
        assert re.fullmatch(r"\d+[smhd]", rule["for"])
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "description"}
        names = set(re.findall(r"\b(intake_\w+|up)\b", rule["expr"]))
        assert names, rule["alert"]
        assert names <= there, rule["alert"]
        for label, said in re.findall(r'(\w+)=~?"([^"]*)"', rule["expr"]):
            for one in () if label == "job" else said.split("|"):
                assert any(re.fullmatch(one, word) for word in known[label]), (rule["alert"], one)
    assert [a for a, b in pairwise(sorted(r["alert"] for r in rules())) if a == b] == []


def test_every_metric_is_explained() -> None:
    """docs/monitoring.md has a row for each metric of the program, and no other."""
    source = "".join(p.read_text() for p in (ROOT / "intake" / "metrics").glob("*.py"))
    made = set(re.findall(r'"(intake_\w+)"', source))
    text = (ROOT / "docs" / "monitoring.md").read_text()
    told = set(re.findall(r"^\| `(intake_\w+?)(?:_total|_info)?[`{]", text, re.MULTILINE))
    assert told == made
