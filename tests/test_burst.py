"""Ten times what the door can commit, from two hundred sessions at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from intake import migrations, vault
from intake.config import Config
from intake.routing.published import Published
from intake.store import Store
from tests.conftest import ROOT
from tests.wire import CONTACT, MARIA, Client, Process, kept

SESSIONS, SECONDS = 200, 4.0
SOURCES = [f"127.0.0.{n}" for n in range(2, 6)]
MIB = 1024 * 1024
IN_FLIGHT = 16 * MIB

# The real process with less memory to give away, so that a short burst fills it.
SMALL = f"""
from intake import log, smtp
from intake.config import read_config
from intake.smtp import limits
limits.OCTETS_IN_FLIGHT, limits.OCTETS_A_CLIENT = {IN_FLIGHT}, {IN_FLIGHT // 2}
log.set_up("smtp")
smtp.main(read_config())
"""


@pytest.fixture
def installation(tmp_path: Path) -> Config:
    """Keys, schema and rules on SQLite."""
    vault.create_keys(tmp_path)
    config = Config(home=tmp_path, rules=ROOT / "routing_rules.yaml", _env_file=None)  # type: ignore[call-arg]
    store = Store(config.database)
    migrations.upgrade(store)
    assert Published(store, config).publish_file() == []
    store.close()
    return config


@contextmanager
def slowed(traps: Path) -> Iterator[None]:
    """Every commit takes a quarter of a second more."""
    over = threading.Event()

    def arm() -> None:
        while not over.wait(0.005):
            with contextlib.suppress(FileExistsError), (traps / "accept.commit").open("x") as trap:
                trap.write("wait 0.25")

    arming = threading.Thread(target=arm)
    arming.start()
    try:
        yield
    finally:
        over.set()
        arming.join()
        (traps / "accept.commit").unlink(missing_ok=True)


async def pump(address: tuple[str, int], name: int, end: float) -> list[tuple[str, str]]:
    """One session that sends letter after letter: each one's text and the reply to it."""
    source = (SOURCES[name % len(SOURCES)], 0)
    reader, writer = await asyncio.open_connection(*address, local_addr=source)
    answers = []

    async def say(octets: bytes) -> str:
        writer.write(octets)
        await writer.drain()
        while (line := await reader.readline())[3:4] == b"-":
            pass
        return line.decode()

    await say(b"")
    await say(b"EHLO client.example\r\n")
    while time.monotonic() < end:
        text = f"{name} {len(answers)} {os.urandom(8).hex()}"
        reply = await say(f"MAIL FROM:<{MARIA}>\r\n".encode())
        reply = await say(f"RCPT TO:<{CONTACT}>\r\n".encode()) if reply[0] == "2" else reply
        reply = await say(b"DATA\r\n") if reply[0] == "2" else reply
        if reply[0] == "3":
            filling = b"x" * 70 + b"\r\n"
            size = MIB if name % 4 == 0 else 2000  # every fourth session sends large ones
            reply = await say(text.encode() + b"\r\n" + filling * (size // 72) + b".\r\n")
        answers.append((text, reply))
        await say(b"RSET\r\n")
    writer.close()
    return answers


async def burst(address: tuple[str, int]) -> list[tuple[str, str]]:
    end = time.monotonic() + SECONDS
    sessions = await asyncio.gather(*(pump(address, name, end) for name in range(SESSIONS)))
    return [answer for session in sessions for answer in session]


def memory(process: Process, line: str) -> int:
    """Octets that the kernel counts for it: VmRSS now, VmHWM at most so far."""
    status = Path(f"/proc/{process.popen.pid}/status").read_text()
    return int(status.partition(f"{line}:")[2].split()[0]) * 1024


def talk(process: Process, over: threading.Event, waited: list[float]) -> None:
    """An honest session, and how long each of its commands took."""
    with Client(process.address, "127.0.0.9", timeout=20) as client:
        client.hello()
        while not over.wait(0.05):
            began = time.monotonic()
            assert [reply[:3] for reply in client.envelope()] == ["250", "250"]
            client.say("RSET")
            waited.append(time.monotonic() - began)


def test_a_burst_of_ten_times_the_capacity(installation: Config, tmp_path: Path) -> None:
    """CR16: every answer is 250 or 4xx, each 250 is one letter in the store, memory stays bounded, another session is
    served within three seconds, and one client cannot take every place."""
    traps = tmp_path / "traps"
    traps.mkdir()
    waited, over = list[float](), threading.Event()
    with Process(installation, tmp_path, SMALL, INTAKE_TRAPS=str(traps)) as process:
        with process.client() as client:
            client.hello()
        before = memory(process, "VmRSS")
        honest = threading.Thread(target=talk, args=(process, over, waited))
        honest.start()
        with slowed(traps):
            answers = asyncio.run(burst(process.address))
        over.set()
        honest.join()
        crowd = [Client(process.address, "127.0.0.10") for _ in range(101)]
        greetings = Counter(one.greeting[:3] for one in crowd)
        for one in crowd:
            one.close()
        most = memory(process, "VmHWM") - before
        with process.client() as client:
            assert client.hello().letter(b"Subject: after\r\n\r\nafter\r\n").startswith("250 ")
    codes = Counter(reply[:3] for _, reply in answers)
    assert set(codes) <= {"250", "451", "452"}
    assert codes["250"] > 100
    assert codes["452"] > 0
    store = Store(installation.database)
    found = Counter(one.content.partition(b"\r\n")[0].decode() for one in kept(installation, store))
    store.close()
    assert found == Counter([text for text, reply in answers if reply.startswith("250 ")] + ["Subject: after"])
    assert most < 6 * IN_FLIGHT
    assert max(waited) < 3
    assert greetings == {"220": 100, "421": 1}
