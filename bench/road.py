"""Accepted and delivered letters per second of a whole installation on this machine.

    python -m bench.road [--letters N] [--sessions N]

Starts `intake up` with its own Redis and SQLite in a temporary folder and a mail server that takes what goes out,
sends N letters over as many sessions as given (a connection each letter), and prints how many were accepted (250) and
delivered (taken by the agency's mail server) per second. Durability is as users get it: fsync before 250.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

ROOT = Path(__file__).parents[1]
LETTER = """From: Constance Applegarth <c{n}@post.example>
To: contact@intake.example
Subject: License suspended although I sold the car ({n})
Message-ID: <bench-{n}@post.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Dear Sir or Madam,

I sold my car in August and turned in the plates at the branch in Norwich. Now I have a letter that says my vehicle
registration and my driver's license are suspended because the insurance lapsed. I do not own the car any more.

{filler}
My phone is 860-555-0110; I live at 14 Harbor Lane, Apt 2, Mystic, CT 06355. My Social Security number is
219-09-9981, in case you need it.

Sincerely,
Constance Applegarth
"""
FILLER = (
    "The clerk told me to write to this address and to describe what happened. I called three times and waited for an "
    "hour each time. Please tell me what else you need from me, and until when.\n"
)


class Sink(asyncio.Protocol):
    """The least mail server that is one: takes everything and counts."""

    delivered = 0
    last = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._out, self._in, self._data = transport, b"", False
        self._out.write(b"220 sink\r\n")  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._in += data
        while True:
            end = b"\r\n.\r\n" if self._data else b"\r\n"
            line, found, rest = self._in.partition(end)
            if not found:
                return
            self._in = rest
            self._out.write(self._answer(line))  # type: ignore[attr-defined]

    def _answer(self, line: bytes) -> bytes:
        if self._data:
            self._data = False
            Sink.delivered += b"\r\nTo: dmv@" in line or b"\r\nTo: general@" in line
            Sink.last = time.monotonic()
            return b"250 OK\r\n"
        verb = line[:4].upper()
        self._data = verb == b"DATA"
        return {b"DATA": b"354 go on\r\n", b"EHLO": b"250-sink\r\n250 8BITMIME\r\n"}.get(verb, b"250 OK\r\n")


async def send(address: str, raw: bytes) -> None:
    """One letter over a connection of its own."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await reader.readline()
    for command in (b"HELO bench", b"MAIL FROM:<c@post.example>", b"RCPT TO:<contact@intake.example>", b"DATA"):
        writer.write(command + b"\r\n")
        answer = await reader.readline()
        if answer[:1] not in b"23":
            raise RuntimeError(answer)
    writer.write(raw + b"\r\n.\r\n")
    answer = await reader.readline()
    if not answer.startswith(b"250"):
        raise RuntimeError(answer)
    writer.close()


async def race(address: str, letters: int, sessions: int, progress: Progress) -> tuple[float, float]:
    """Seconds until all were accepted, and until all were delivered."""
    bar = progress.add_task("accepted", total=letters)
    done = progress.add_task("delivered", total=letters)
    numbers = iter(range(letters))
    start = time.monotonic()

    async def session() -> None:
        for n in numbers:
            await send(address, LETTER.format(n=n, filler=FILLER * 12).encode())
            progress.advance(bar)

    await asyncio.gather(*(session() for _ in range(sessions)))
    accepted = time.monotonic() - start
    while Sink.delivered < letters and time.monotonic() - max(Sink.last, start) < 60:
        progress.update(done, completed=Sink.delivered)
        await asyncio.sleep(0.05)
    return accepted, Sink.last - start


async def bench(letters: int, sessions: int) -> int:
    """Run once and print the table."""
    console = Console()
    home = Path(tempfile.mkdtemp(prefix="intake-bench-"))
    loop = asyncio.get_running_loop()
    sink = await loop.create_server(Sink, "127.0.0.1", 0)
    env = {k: v for k, v in os.environ.items() if not k.startswith("INTAKE_")} | {
        "INTAKE_HOME": str(home),
        "INTAKE_SMTP_LISTEN": "127.0.0.1:0",
        "INTAKE_WEB_LISTEN": "127.0.0.1:0",
        "INTAKE_DESK_LISTEN": "127.0.0.1:0",
        "INTAKE_SMARTHOST": f"127.0.0.1:{sink.sockets[0].getsockname()[1]}",
        "INTAKE_RATE_LIMITS": "off",
        "INTAKE_ACKNOWLEDGE": "off",
    }
    out = home / "out"
    with out.open("wb") as file:
        up = subprocess.Popen(
            [Path(sys.executable).parent / "intake", "up"], env=env, cwd=ROOT, stdout=file, stderr=file
        )
    try:
        while "Ready." not in out.read_text():
            if up.poll() is not None:
                console.print(out.read_text())
                return 1
            await asyncio.sleep(0.1)
        found = re.search(r"^mail +([0-9.:]+)", out.read_text(), re.MULTILINE)
        assert found
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            accepted, delivered = await race(found[1], letters, sessions, progress)
    finally:
        up.send_signal(signal.SIGTERM)
        up.wait()
        shutil.rmtree(home, ignore_errors=True)
    table = Table(
        title=f"{letters} letters of 3 kB, {sessions} sessions, a connection each; {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}"
    )
    for name in ("", "letters", "seconds", "letters/s"):
        table.add_column(name, justify="right")
    table.add_row("accepted (250 after fsync)", str(letters), f"{accepted:.1f}", f"{letters / accepted:.0f}")
    table.add_row(
        "delivered to the agency", str(Sink.delivered), f"{delivered:.1f}", f"{Sink.delivered / delivered:.0f}"
    )
    console.print(table)
    return 0 if Sink.delivered == letters else 1


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=600)
    parser.add_argument("--sessions", type=int, default=20)
    args = parser.parse_args()
    sys.exit(asyncio.run(bench(args.letters, args.sessions)))


if __name__ == "__main__":
    main()
