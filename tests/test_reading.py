"""MB1: what reading one letter may cost, over all hostile mail that we have."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import re
import resource
import subprocess
import sys
from pathlib import Path

from intake import mime, pii
from intake.letter import Envelope
from intake.view import read_tags
from tests.conftest import ROOT, environment
from tests.torture import answers, corpus, letters

P99 = 2.0  # seconds of CPU, cells included
GROWN = 200_000  # kB that the reader may need more at its worst than when it has its lists and its model


def cpu() -> float:
    """Seconds of this process and of the cells that it opened."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def highest() -> int:
    """The most kB of memory that this process ever held."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0])


def bombs() -> list[bytes]:
    """Two hundred packed texts in a mail of 2 MB, and a long message within messages within messages."""
    packed = base64.encodebytes(gzip.compress(b"word and more " * 280_000))
    part = b"--x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + packed
    within = b"Subject: x\n\n" + b"a b c\n" * 3_000_000
    for _ in range(55):
        within = b"Content-Type: message/rfc822\n\n" + within
    return [b"Content-Type: multipart/mixed; boundary=x\n\n" + part * 200 + b"--x--\n", within]


def measure() -> None:
    """In a process of its own: read and tag every case, and say what each cost and what it took."""
    pii.tag("once")
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far
    before, seconds = highest(), []
    cases = [(case.writer, case.raw) for case in (*letters(), *answers(), *corpus())]
    for writer, raw in (*cases, *(("", bomb) for bomb in bombs())):
        start = cpu()
        with contextlib.suppress(mime.Unreadable):
            read_tags([mime.read(Envelope("email", writer, ("contact@intake.example",)), raw)])
        seconds.append(cpu() - start)
    print(json.dumps({"seconds": sorted(seconds), "grown": highest() - before}))


def test_reading_is_bounded() -> None:
    """MB1, MB5: ninety-nine in a hundred cost less than two seconds, and none takes the memory of the machine."""
    command = [sys.executable, "-c", "from tests.test_reading import measure; measure()"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, check=True, text=True, timeout=600)
    found = json.loads(done.stdout)
    seconds = found["seconds"]
    assert len(seconds) > 1000
    assert seconds[len(seconds) * 99 // 100] < P99, seconds[-20:]
    assert found["grown"] < GROWN
