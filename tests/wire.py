"""The SMTP door as a stranger meets it: a real listener with a real store behind it, and a client that says exactly
what the test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from intake import smtp
from intake.config import Config
from intake.door import Door
from intake.letter import Envelope, unpack
from intake.purpose import Grant, Purpose
from intake.queue import Queue
from intake.recipient import Recipients
from intake.routing.published import Published
from intake.smtp.groupcommit import GroupCommit
from intake.store import Store, contents, heartbeats, letters, tickets
from intake.vault import SealedKey, load_sealer, load_vault
from tests.conftest import environment, wait_for

CONTACT = "contact@intake.example"
MARIA = "maria@post.example"
END = b"\r\n.\r\n"
PORTAL = "https://write.intake.example"
UNKNOWN = f"550 5.1.1 No such recipient here; to write to us, see {PORTAL}"


class Client:
    """One connection. Every reply it ever got is in `replies`; "" is the end of the connection."""

    def __init__(self, address: tuple[str, int], source: str = "127.0.0.1", timeout: float = 20.0) -> None:
        self.socket: socket.socket = socket.create_connection(address, timeout, (source, 0))
        self.file = self.socket.makefile("rb")
        self.replies: list[str] = []
        self.greeting = self.reply()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> str:
        """The next reply, all its lines; "" when the server has closed."""
        lines = []
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while line := self.file.readline():
                lines.append(line.decode())
                if line[3:4] != b"-":
                    break
        self.replies.append("".join(lines).strip())
        return self.replies[-1]

    def say(self, line: str | bytes) -> str:
        """Send one line and return the reply."""
        try:
            self.send((line.encode() if isinstance(line, str) else line) + b"\r\n")
        except ConnectionError:
            return ""
        return self.reply()

    def hello(self, name: str = "client.example") -> Client:
        self.say(f"EHLO {name}")
        return self

    def envelope(self, *to: str, sender: str = MARIA, options: str = "") -> list[str]:
        """MAIL and RCPT; the replies."""
        return [self.say(f"MAIL FROM:<{sender}>{options}")] + [self.say(f"RCPT TO:<{one}>") for one in to or [CONTACT]]

    def data(self, raw: bytes) -> str:
        """DATA and octets as they are; the last reply."""
        asked = self.say("DATA")
        if not asked.startswith("354"):
            return asked
        self.send(raw)
        return self.reply()

    def letter(self, content: bytes, *to: str, sender: str = MARIA, options: str = "") -> str:
        """A whole transaction with `content`, which ends in CRLF or is empty; the last reply."""
        self.envelope(*to, sender=sender, options=options)
        return self.data(stuffed(content))

    def starttls(self, behind: bytes = b"") -> str:
        """STARTTLS, with `behind` in the same packet; the reply."""
        self.send(b"STARTTLS\r\n" + behind)
        reply = self.reply()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")
        return reply

    def is_closed(self) -> bool:
        """Whether the server closes, after whatever it still says."""
        return any(self.reply() == "" for _ in range(50))

    def reset(self) -> None:
        """RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def stuffed(content: bytes) -> bytes:
    """What goes over the wire for `content` (RFC 5321 §4.5.2)."""
    return re.sub(rb"(\A|(?<=\r\n))\.", b"..", content) + b".\r\n"


@dataclass(frozen=True)
class Kept:
    """A letter as it stands in the store, opened."""

    id: str
    kind: str
    target: str
    ticket: str | None
    linked_to: str | None
    envelope: Envelope
    content: bytes


def kept(config: Config, store: Store, apart_from: frozenset[str] = frozenset()) -> list[Kept]:
    """The letters in the store, in the order in which their rows stand there."""
    vault = load_vault(config.home)
    query = (
        sa.select(letters, contents.c.sealed, tickets.c.linked_to)
        .join(contents, contents.c.id == letters.c.content)
        .outerjoin(tickets, tickets.c.ref == letters.c.ticket)
        .where(letters.c.id.not_in(apart_from))
        .order_by(letters.c.received)
    )
    with store.read() as conn:
        rows = conn.execute(query).all()
    found = []
    for row in rows:
        key = vault.open_key(SealedKey(row.kid, row.data_key), Grant(row.id, Purpose.REDIRECT, "test"))
        envelope, content = unpack(key.open(f"content {row.content}", row.sealed))
        found.append(Kept(row.id, row.kind, row.target, row.ticket, row.linked_to, envelope, content))
    return found


@dataclass
class Entrance:
    """An open door in a thread of this process."""

    config: Config
    store: Store
    door: Door
    limits: smtp.Limits
    address: tuple[str, int] = ("", 0)
    faults: list[dict[str, Any]] = field(default_factory=list)  # what the event loop complained of
    before: frozenset[str] = frozenset()

    def client(self, source: str = "127.0.0.1", timeout: float = 20.0) -> Client:
        return Client(self.address, source, timeout)

    def kept(self) -> list[Kept]:
        """The letters taken since `forget`."""
        return kept(self.config, self.store, self.before)

    def forget(self) -> None:
        """Begin anew for the next test."""
        with self.store.read() as conn:
            self.before = frozenset(conn.execute(sa.select(letters.c.id)).scalars())


@contextmanager
def entrance(
    config: Config,
    limits: smtp.Limits | None = None,
    door: type[Door] = Door,
    queue: Queue | None = None,
    kind: type[Store] = Store,
) -> Iterator[Entrance]:
    """The real door on a port of its own, with `door` behind it, and a store of this `kind` behind that."""
    store = kind(config.database)
    published = Published(store, config)
    published.refresh()
    made = Entrance(
        config, store, door(store, load_sealer(config.home), queue or Queue(config)), limits or smtp.Limits(True)
    )
    agencies = published.current.agencies
    recipients = Recipients(config.mail_domain, lambda: agencies, lambda k, d: smtp.is_token(store, k, d))
    commit = GroupCommit(made.door.commit, lambda: None)
    handler = smtp.Handler(recipients, made.door, commit, PORTAL)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)  # a client that does not read is soon noticed
    made.address = listener.getsockname()[:2]
    loop = uvloop.new_event_loop()
    loop.set_exception_handler(lambda _loop, context: made.faults.append(context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncio.Server:
        return await smtp.open_door(config, handler, made.limits, listener, smtp.tls_context(config))

    async def stop() -> None:
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        commit.close()
        made.door.queue.close(0)
        store.close()
    assert not made.faults, made.faults


class Process:
    """A door as a process of its own, `smtp` or `web`; `script` is Python that runs in its place."""

    def __init__(
        self,
        config: Config,
        folder: Path,
        script: str = "",
        prefix: tuple[str, ...] = (),
        name: str = "smtp",
        **settings: str,
    ) -> None:
        command = [sys.executable, "-c", script] if script else [str(Path(sys.executable).parent / "intake"), name]
        self.name, self.config, self.log = name, config, folder / f"{name}.log"
        settings |= {
            "INTAKE_HOME": str(config.home),
            "INTAKE_DATABASE_URL": config.database_url,
            "INTAKE_RULES": str(config.rules),
            "INTAKE_SMTP_LISTEN": "127.0.0.1:0",
            "INTAKE_WEB_LISTEN": "127.0.0.1:0",
            "INTAKE_RATE_LIMITS": "on" if config.rate_limits else "off",
            "INTAKE_TLS_CERT": str(config.tls_cert or ""),
            "INTAKE_TLS_KEY": str(config.tls_key or ""),
        }
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                [*prefix, *command],
                stdout=log,
                stderr=log,
                cwd=folder,
                env=environment(**{k: v for k, v in settings.items() if v}),
            )
        wait_for(lambda: self.popen.poll() is not None or self._at(), 60)
        assert self._at(), self.log.read_text()
        host, _, port = self._at().rpartition(":")
        self.address = (host, int(port))

    def _at(self) -> str:
        if self.name != "smtp":
            store = Store(self.config.database)
            with store.read() as conn:
                told = conn.scalar(sa.select(heartbeats.c.info).where(heartbeats.c.name == self.name))
            store.close()
            return str(json.loads(told)["listen"]) if told else ""
        lines = [line for line in self.log.read_text().splitlines() if '"listening"' in line]
        return str(json.loads(lines[0])["at"]) if lines else ""

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.popen.kill()
        self.popen.wait()

    def client(self) -> Client:
        return Client(self.address)

    def terminate(self) -> int:
        """SIGTERM; the exit status."""
        self.popen.send_signal(signal.SIGTERM)
        return self.popen.wait(20)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for intake.example and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "intake.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    form, shut = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, form, shut))
    return folder / "cert.pem", folder / "key.pem"
