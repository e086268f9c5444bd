"""Any octets as what a client says to the SMTP door, in pieces."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import sqlalchemy as sa

from intake import migrations, smtp, vault
from intake.config import Config
from intake.routing.published import parsed, publish
from intake.store import Store, contents
from tests.conftest import ROOT
from tests.wire import Entrance, entrance

SAID = b"xyzzyq"
"""What the seeds say of themselves, everywhere."""
_REPLY = re.compile(rb"([2-5]\d\d)[ -][^\r\n]*\r\n")
_TAKEN = re.compile(rb"(?m)^354 [^\r\n]*\r\n((?:\d{3}-[^\r\n]*\r\n)*250 )")
_OWN_FAULTS = (b"451", b"452")
_END = b"\r\n.\r\nRSET\r\nQUIT\r\n"
_LETTER = b"Subject: A question\r\n\r\nWhen do you open?\r\n"


@contextmanager
def opened(folder: Path) -> Iterator[Entrance]:
    """A door with a store of its own in `folder`."""
    vault.create_keys(folder)
    rules = Path(shutil.copy(ROOT / "routing_rules.yaml", folder / "rules.yaml"))
    config = Config(home=folder, rules=rules, _env_file=None)  # type: ignore[call-arg]
    store = Store(config.database)
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, parsed(rules.read_bytes(), config.mail_domain), "operator", rules)
    store.close()
    with entrance(config, smtp.Limits(False)) as made:
        yield made


def check(door: Entrance, octets: bytes) -> None:
    """As many letters are kept as were thanked for; the client hears nothing of what it said, and is not told that the
    fault is ours; the next client is served."""
    before = _kept(door)
    said = _talked(door, octets + _END)
    assert _REPLY.sub(b"", said) == b"", "something that is no reply"
    assert SAID not in said.lower(), "a reply repeats its client"
    assert not any(code in _OWN_FAULTS for code in _REPLY.findall(said)), "a fault of ours"
    assert _kept(door) - before == len(_TAKEN.findall(said)), "letters kept are not letters thanked for"
    with door.client() as client:
        assert client.hello().letter(_LETTER).startswith("250"), "the next client is not served"
    assert not door.faults, door.faults


def _talked(door: Entrance, octets: bytes) -> bytes:
    """What the door answers, to the end of the connection; the octets come in pieces, cut where they say."""
    random, heard = Random(octets), b""
    with socket.create_connection(door.address, 20) as client:
        with contextlib.suppress(ConnectionError):
            while octets:
                size = random.choice((1, 7, 100, 1_000, 1_000_000))
                client.sendall(octets[:size])
                octets = octets[size:]
        with contextlib.suppress(ConnectionError):
            while more := client.recv(65_536):
                heard += more
    return heard


def _kept(door: Entrance) -> int:
    with door.store.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(contents)).scalar_one())
