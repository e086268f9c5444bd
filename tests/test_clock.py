"""The clock, and what a changed time of day must not do."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.claim import PAUSED
from intake.clock import Clock
from intake.config import Config
from intake.courier import PAUSES
from intake.store import DAY, Store, letters, now, outbox, rules_versions
from tests.conftest import ROOT, environment, wait_for
from tests.crash import swept
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_relay import CITIZEN, CLERK, DMV
from tests.test_road import BIN, start, stop
from workers.step import RETRY
from workers.sweep import FAR


def test_each_task_has_its_pace() -> None:
    """What is due is told, what is not waits; the rest until then is known."""
    told: list[str] = []
    clock = Clock(told.append, {"sweep": 60.0, "chain": 0.01})
    for _ in range(5):
        assert 0 <= clock.tick() <= 0.01
        time.sleep(0.02)
    assert told.count("sweep") == 1
    assert told.count("chain") == 5


def test_a_queue_that_is_away_does_not_stop_the_clock() -> None:
    """CR5: it goes on, and says once that nobody hears it."""
    heard: list[str] = []

    def tell(task: str) -> None:
        heard.append(task)
        raise ConnectionError

    clock = Clock(tell, {"sweep": 0.0})
    for _ in range(3):
        clock.tick()
    assert heard == ["sweep"] * 3


def in_force(store: Store) -> str:
    """The rules file that counts; "" while there is none."""
    with store.read() as conn:
        newest = sa.select(rules_versions.c.source).order_by(rules_versions.c.id.desc()).limit(1)
        return bytes(conn.scalar(newest) or b"").decode()


def test_the_clock_publishes_a_changed_file_of_its_machine(config: Config, store: Store, tmp_path: Path) -> None:
    """On a machine whose workers get no letter and no word of the clock, because another machine's take them all."""
    good = config.rules.read_text()
    with (tmp_path / "log").open("wb") as log:
        env = environment(
            INTAKE_HOME=str(config.home), INTAKE_RULES=str(config.rules), INTAKE_DATABASE_URL=config.database_url,
            INTAKE_REDIS_URL="redis://127.0.0.1:1/0",
        )  # fmt: skip
        clock = subprocess.Popen([BIN / "intake", "clock"], env=env, stderr=log, cwd=ROOT)
        try:
            for mailbox in ("dmv@agencies.example", "cars@agencies.example"):
                config.rules.write_text(good.replace("dmv@agencies.example", mailbox))
                wait_for(lambda: mailbox in in_force(store))  # noqa: B023
        finally:
            clock.terminate()
            assert clock.wait(20) == 0, (tmp_path / "log").read_text()


@pytest.mark.parametrize("table", [letters, outbox], ids=["letters", "messages"])
def test_a_clock_that_was_set_back_delays_nothing(road: Road, mailbox: Mailbox, table: sa.Table) -> None:
    """CR12: what was put off for minutes, by a clock a day ahead, is not put off for a day."""
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license."))
    if table is outbox:
        mailbox.replies = ["451 later"]
        road.work()
    state = table.c.state.in_(("waiting", "queued"))
    for due, handed_out in ((now() + RETRY, False), (now() + DAY + RETRY, True)):
        with road.store.write() as conn:
            conn.execute(sa.update(table).where(state).values(due=due, claimed_by=PAUSED))
        assert bool(swept(road)) is handed_out
    road.redeliver() if table is outbox else road.work()
    assert len(mailbox.to(DMV)) == 1


def test_nothing_is_put_off_for_so_long() -> None:
    """What counts as written by another clock is longer than any pause with its jitter."""
    assert max(PAUSES) * 1000 * 1.25 < FAR


FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


@pytest.mark.skipif(not FAKETIME.exists() and "CI" not in os.environ, reason="needs Debian's faketime")
def test_the_time_of_day_jumps_and_letters_flow() -> None:
    """CR12: a day ahead, then two days back, in Kathmandu: letters and answers arrive, times are UTC, the chain is
    whole."""
    home = Path(tempfile.mkdtemp(prefix="intake-clock-"))
    server = Mailbox()
    server.address = server.start()
    shutil.copy(ROOT / "routing_rules.yaml", home / "rules.yaml")
    offset = home / "offset"
    offset.write_text("+0")
    lines = (ROOT / "Procfile").read_text().splitlines()  # the pages' server sleeps in a way that the library cannot
    jumping = [
        line.replace(": ", f": env LD_PRELOAD={FAKETIME} ") if line[:3] not in ("web", "des") else line
        for line in lines
    ]
    (home / "Procfile").write_text("\n".join(jumping))
    settings = {"FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_CACHE_DURATION": "1"}
    made = start(home, server, home, FAKETIME_DONT_FAKE_MONOTONIC="1", TZ="Asia/Kathmandu", **settings)
    for n, jump in enumerate(("+1d", "-1d")):
        offset.write_text(jump)
        time.sleep(1.5)  # the library looks once a second
        server.replies = ["451 later"]
        made.send(mail(f"My driver's license, letter {n}.", sender=CITIZEN))
        wait_for(lambda n=n: len(server.to(DMV)) == n + 1, 60)  # type: ignore[misc]
        made.send(mail(f"Come on Monday, {n}.", sender=CLERK), alias_of(server.to(DMV)[-1]), CLERK)
        wait_for(lambda n=n: any(f"Monday, {n}" in body(m) for m in server.to(CITIZEN)), 60)  # type: ignore[misc]
    assert made.intake("audit", "verify").returncode == 0
    assert all(event["at"].endswith("Z") for ticket in made.tickets() for event in ticket["history"])
    stop(made)
    server.stop()
    shutil.rmtree(home, ignore_errors=True)
