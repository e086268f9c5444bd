"""The soak: a whole installation, people who write to it, and all the trouble there is, at random, for as long as one
likes. `make soak MINUTES=5 SEED=1`.

Everybody writes as mail servers do: whatever was not thanked for is sent again, the same, until it is. So at the end
each letter must be one ticket, and each ticket must have arrived where it belongs, or be held for a reason that was
given here. A seed makes the same choices again; what the machine does meanwhile is its own.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import http.cookiejar
import json
import os
import random
import re
import shutil
import signal
import smtplib
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from intake import reason, trap
from tests.conftest import ROOT
from tests.crash import copies
from tests.road import Mailbox, alias_of, body, mail
from tests.test_road import Installation, start, stop

DMV, CLERK = "dmv@agencies.example", "clerk@agencies.example"
QUIET = 300.0  # seconds that everything has at the end to arrive
PROCESSES = ("intake smtp", "intake web", "intake desk", "intake clock", "workers.app worker", "redis-server")
NUMBER = re.compile(r"number (\d+)-")
ANSWER = re.compile(r"answer \d+-")


class Server(Mailbox):
    """The mail server behind: kind, or in one of its moods."""

    mood = ""

    async def handle_DATA(self, server, session, envelope):  # type: ignore[no-untyped-def]
        if self.mood == "busy":
            return "451 4.3.2 later"
        if self.mood == "reset":
            server.transport.abort()
        return await super().handle_DATA(server, session, envelope)


class Page:
    """The form in somebody's browser."""

    def __init__(self) -> None:
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        self._token = ""

    def send(self, made: Installation, **fields: str) -> None:
        url = f"http://{made.address('contact form')}/"
        if not self._token:
            found = re.search(
                r'name="csrf_token"[^>]*value="([^"]+)"', self._browser.open(url, timeout=20).read().decode()
            )
            assert found
            self._token = found[1]
        data = urllib.parse.urlencode({**fields, "csrf_token": self._token}).encode()
        self._browser.open(url, data, timeout=20).read()


@dataclass
class Town:
    """Those who write. `thanked`: numbers of letters that were thanked for."""

    made: Installation
    chance: random.Random
    thanked: set[int] = field(default_factory=set)
    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    pace: float = 0.2  # seconds between two letters of one writer
    _last: int = 0
    _pages: dict[int, Page] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def live(self) -> None:
        """One writer: letter after letter, each until it is thanked for."""
        while not self.over.is_set():
            with self._lock:
                self._last += 1
                number, form = self._last, self.chance.random() < 0.2
            send = self._form if form else self._mail
            self._until_thanked(partial(send, number))
            self.thanked.add(number)
            self.over.wait(self.pace)

    def answer(self) -> None:
        """A clerk: answers one letter after the other."""
        done: set[str] = set()
        while not self.over.wait(1.0):
            fresh = [m for m in self.made.mailbox.to(DMV) if m["Message-ID"] not in done and "by mail" in body(m)]
            for message in fresh[:3]:
                done.add(message["Message-ID"])
                self._until_thanked(partial(self._answer, len(done), alias_of(message)))
                self.answered += 1

    def _answer(self, number: int, alias: str) -> None:
        raw = mail(f"Two documents, answer {number}-.", sender=CLERK, message_id=f"<{number}@agencies.example>")
        self.made.send(raw, alias, CLERK)

    def _mail(self, number: int) -> None:
        raw = mail(
            f"My driver's license expired, number {number}- by mail.",
            sender=f"citizen{number}@post.example",
            message_id=f"<{number}@post.example>",
        )
        self.made.send(raw, sender=f"citizen{number}@post.example")

    def _form(self, number: int) -> None:
        """The same page is sent until its thanks are seen."""
        page = self._pages.setdefault(number, Page())
        page.send(self.made, message=f"My driver's license expired, number {number}-.", reply="none", name="M. Lopez")

    def _until_thanked(self, send: Callable[[], object]) -> None:
        while True:
            try:
                send()
                return
            except smtplib.SMTPRecipientsRefused as fault:
                self.refused[str(next(iter(fault.recipients.values()))[0])] += 1
            except smtplib.SMTPResponseException as fault:
                self.refused[str(fault.smtp_code)] += 1
            except urllib.error.HTTPError as fault:
                self.refused[f"form {fault.code}"] += 1
            except (OSError, smtplib.SMTPException, http.client.HTTPException, AssertionError):  # not announced yet
                self.refused["away"] += 1
            time.sleep(0.3)


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Trouble:
    """All that can go wrong; each method is one kind, ends by itself, and is known by its name."""

    made: Installation
    server: Server
    town: Town
    chance: random.Random
    longest: float = 30.0  # seconds that Redis is away, or the database locked
    poisoned: int = 0

    def kinds(self) -> list[str]:
        """The names of all kinds."""
        own = [name for name, kind in vars(Trouble).items() if callable(kind) and not name.startswith("_")]
        return [name for name in own if name != "kinds"]

    def a_process_is_killed(self) -> None:
        for pid in self.made.pids(self.chance.choice(PROCESSES)):
            _signal(pid, signal.SIGKILL)

    def a_process_dies_at_a_step(self) -> None:
        (self.made.home / "traps" / self.chance.choice(trap.STEPS)).write_text("kill")

    def a_process_stands_still(self) -> None:
        pids = self.made.pids(self.chance.choice(PROCESSES))
        for pid in pids:
            _signal(pid, signal.SIGSTOP)
        time.sleep(self.chance.uniform(1, 15))
        for pid in pids:
            _signal(pid, signal.SIGCONT)

    def a_letter_is_poison(self) -> None:
        how = self.chance.choice(("crash", "eat", "fail", "kill"))
        waiting = [ticket["ref"] for ticket in self.made.tickets() if ticket["state"] == "received"]
        if waiting:
            (self.made.home / "traps" / f"letter.tagged@{self.chance.choice(waiting)}").write_text(how)
            self.poisoned += 1

    def redis_is_flushed(self) -> None:
        with contextlib.suppress(Exception):
            self.made.redis().flushall()

    def redis_is_away(self) -> None:
        end = time.monotonic() + self.chance.uniform(5, self.longest)
        while time.monotonic() < end:
            for pid in self.made.pids("redis-server"):
                _signal(pid, signal.SIGKILL)
            time.sleep(0.2)

    def the_database_is_locked(self) -> None:
        lock = sqlite3.connect(self.made.home / "store/intake.db", timeout=20, isolation_level=None)
        with contextlib.suppress(sqlite3.OperationalError):
            lock.execute("BEGIN IMMEDIATE")
            time.sleep(self.chance.uniform(1, min(self.longest, 35)))
            lock.execute("ROLLBACK")
        lock.close()

    def the_mail_server_is_busy(self) -> None:
        self.server.mood = "busy"
        time.sleep(self.chance.uniform(1, 20))
        self.server.mood = ""

    def the_mail_server_hangs_up(self) -> None:
        self.server.mood = "reset"
        time.sleep(self.chance.uniform(1, 10))
        self.server.mood = ""

    def many_write_at_once(self) -> None:
        self.town.pace = 0.0
        time.sleep(self.chance.uniform(2, 10))
        self.town.pace = 0.2

    def the_processes_are_replaced(self) -> None:
        self.made.process.send_signal(signal.SIGHUP)
        time.sleep(5)

    def it_is_stopped_and_started(self) -> None:
        took = stop(self.made)
        assert took < 10, f"it took {took:.1f} s to stop"
        _start_again(self.made)

    def it_is_killed_and_started(self) -> None:
        self.made.process.kill()
        self.made.process.wait()
        _start_again(self.made)


def _start_again(made: Installation) -> None:
    made.process = start(made.home, made.mailbox, **_settings(made.home)).process


def _settings(home: Path) -> dict[str, str]:
    return {"INTAKE_TRAPS": str(home / "traps"), "INTAKE_RATE_LIMITS": "off"}


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


# ── the sum ──────────────────────────────────────────────────────────────────────────────────────────────────────


def sums(home: Path) -> dict[str, int]:
    """The conservation sum, asked as an operator would."""
    from intake import ticket
    from intake.store import Store

    store = Store(f"sqlite:///{home}/store/intake.db")
    try:
        with store.read() as conn:
            return ticket.sums(conn)
    finally:
        store.close()


def faults(made: Installation, town: Town, trouble: Trouble) -> Iterator[str]:
    """What is wrong at the end; nothing should be."""
    if wrong := [code for code in town.refused if code not in ("away", "form 503") and code[0] != "4"]:
        yield f"answered with {wrong}, for trouble of our own"
    heard = {found[0] for _, _, message in made.mailbox.got if (found := ANSWER.search(body(message)))}
    if len(heard) != town.answered:
        yield f"{town.answered} answers were taken, and {len(heard)} arrived"
    tickets = [ticket for ticket in made.tickets() if not ticket.get("linked_to")]
    arrived = {int(found[1]) for message in _to_agencies(made.mailbox) if (found := NUMBER.search(body(message)))}
    held = [ticket for ticket in tickets if ticket["state"] == "held"]
    if len(tickets) != len(town.thanked):
        yield f"{len(town.thanked)} letters were thanked for, and there are {len(tickets)} tickets"
    if len(town.thanked - arrived) != len(held):
        yield f"{len(town.thanked - arrived)} letters did not arrive, and {len(held)} are held"
    if any(not ticket["held_because"].startswith((reason.POISON, reason.MAYBE_SENT)) for ticket in held):
        yield f"held for another reason: {sorted({ticket['held_because'] for ticket in held})}"
    if len(held) > trouble.poisoned * 2:
        yield f"{len(held)} are held, and {trouble.poisoned} were poisoned"
    if len({message["Message-ID"] for message in _to_agencies(made.mailbox)}) < len(arrived):
        yield "two letters came under one Message-ID"
    numbers = Counter(NUMBER.findall(body(message))[0] for message in _first_copies(made.mailbox))
    if twice := [number for number, n in numbers.items() if n > 1]:
        yield f"{len(twice)} letters arrived under two Message-IDs"
    if made.intake("audit", "verify").returncode:
        yield "the audit chain is broken"
    if sums(made.home)["difference"]:
        yield f"the sum is off: {sums(made.home)}"


def _to_agencies(mailbox: Mailbox) -> list[EmailMessage]:
    """Whatever an agency got: now and then a number makes a letter another agency's business."""
    return [message for _, to, message in mailbox.got if to[0].endswith("@agencies.example")]


def _first_copies(mailbox: Mailbox) -> Iterator[EmailMessage]:
    seen: set[str] = set()
    for message in _to_agencies(mailbox):
        if message["Message-ID"] not in seen and NUMBER.search(body(message)):
            seen.add(message["Message-ID"])
            yield message


def soak(minutes: float, seed: int, writers: int, say: Callable[[str], None]) -> int:
    """Do it; how many faults were found."""
    home = Path(tempfile.mkdtemp(prefix="intake-soak-"))
    server = Server()
    server.address = server.start()
    shutil.copy(ROOT / "routing_rules.yaml", home / "rules.yaml")
    (home / "traps").mkdir()
    chance = random.Random(seed)
    made = start(home, server, **_settings(home))
    town = Town(made, random.Random(seed + 1))
    trouble = Trouble(made, server, town, chance, max(30.0, min(300.0, minutes * 6)))
    threads = [threading.Thread(target=who, daemon=True) for who in (town.answer, *[town.live] * writers)]
    for thread in threads:
        thread.start()
    began, done = time.monotonic(), Counter[str]()
    while time.monotonic() - began < minutes * 60:
        kind = chance.choice(trouble.kinds())
        done[kind] += 1
        getattr(trouble, kind)()
        say(f"{time.monotonic() - began:6.0f} s  {len(town.thanked):6d} thanked  {len(server.got):6d} arrived  {kind}")
        if (found := sums(home))["difference"]:
            say(f"FAULT: the sum is off: {found}")
        time.sleep(chance.uniform(0, 5))
    town.over.set()
    for thread in threads:
        thread.join(120)
    for step in trap.STEPS:
        (home / "traps" / step).unlink(missing_ok=True)
    say("no more trouble; what waits has five minutes to arrive")
    end = time.monotonic() + QUIET
    while time.monotonic() < end and not _at_rest(made):
        _pass_time(home)
        time.sleep(5)
    found = list(faults(made, town, trouble)) + ([] if _at_rest(made) else [f"still on its way: {sums(home)}"])
    stop(made)
    _report(seed, time.monotonic() - began, town, server, trouble, done, sums(home), say)
    for fault in found:
        say(f"FAULT: {fault}")
    say("nothing was lost" if not found else f"the logs and the store are in {home}")
    if not found:
        shutil.rmtree(home, ignore_errors=True)
    return len(found)


def _pass_time(home: Path) -> None:
    """Let the pauses of what a busy server put off be over."""
    store = sqlite3.connect(home / "store/intake.db", timeout=20)
    with store, contextlib.suppress(sqlite3.OperationalError):
        store.execute("UPDATE outbox SET due = 0 WHERE state = 'queued' AND claimed_by = '-'")
    store.close()


def _at_rest(made: Installation) -> bool:
    store = sqlite3.connect(made.home / "store/intake.db", timeout=20)
    waiting = store.execute("SELECT (SELECT count(*) FROM letters WHERE state = 'waiting')"
                            " + (SELECT count(*) FROM outbox WHERE state = 'queued')"
                            " + (SELECT count(*) FROM events WHERE position IS NULL)")  # fmt: skip
    found = waiting.fetchone()[0]
    store.close()
    return bool(found == 0)


def _report(
    seed: int,
    seconds: float,
    town: Town,
    server: Server,
    trouble: Trouble,
    done: Counter[str],
    total: dict[str, int],
    say: Callable[[str], None],
) -> None:
    again = copies(server, DMV)
    say(f"seed {seed}, {seconds / 60:.1f} minutes, {sum(done.values())} times trouble:")
    for kind, n in sorted(done.items()):
        say(f"  {n:4d}  {kind.replace('_', ' ')}")
    say(f"letters thanked for {len(town.thanked)}; told to come back {json.dumps(town.refused)}")
    say(f"messages at the agency {len(again)}, {sum(n > 1 for n in again)} of them more than once")
    say(f"answers {town.answered}; letters poisoned {trouble.poisoned}")
    say(f"the sum: {total}")


def main() -> None:
    """From the command line."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--minutes", type=float, default=5.0)
    ask.add_argument("--seed", type=int, default=int(time.time()))
    ask.add_argument("--writers", type=int, default=4)
    asked = ask.parse_args()
    sys.exit(min(soak(asked.minutes, asked.seed, asked.writers, lambda line: print(line, flush=True)), 1))


if __name__ == "__main__":
    main()
