"""The SMTP door: takes mail in, seals it, commits it, and says 250 only then.

aiosmtpd speaks the protocol; what is changed here is what would lose a letter or tell a stranger something: an
exception is a 451 with a fixed text (theirs is a permanent 500 with the exception's own), lines have no length limit
(theirs refuses the whole mail at 1,001 octets), the data ends at CRLF.CRLF and nowhere else, bare CR and LF are
normalised (smuggling, CVE-2024-27305), and sessions are limited.
"""

from __future__ import annotations

import asyncio
import logging
import re
import signal
import socket
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog
import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from intake import alias
from intake.config import Config, host_port
from intake.door import Accepted, Door, Target
from intake.errors import Conflict, Deferred, Misconfigured
from intake.groupcommit import GroupCommit
from intake.letter import Envelope as Sealed
from intake.privilege import drop
from intake.queue import Queue
from intake.recipient import Recipients
from intake.routing.published import Published
from intake.store import Store, beat, outbox
from intake.vault import load_sealer

RECIPIENTS = 100  # a transaction (RFC 5321 §4.5.3.1.8)
WRONG_RECIPIENTS = 20  # a session; then it is closed
WRONG_AN_HOUR = 100  # a client; then each further one is answered a second late
TO_AN_ALIAS = 30  # mails a minute; more are told to come back
COMMAND_SECONDS = 120.0
DATA_SECONDS = 600.0
SESSIONS = 1000
SESSIONS_A_CLIENT = 100
OCTETS_IN_FLIGHT = 512 * 1024 * 1024  # of all sessions; more is told to come back
RECEIVED_HEADERS = 100  # more is a loop (RFC 5321 §6.3)
STREAM_LIMIT = 64 * 1024

_CALLS = {"*": 100, "MAIL": 100_000, "RCPT": 1_000_000, "DATA": 100_000, "RSET": 100_000}
_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?:\s+(.*))?\Z', re.DOTALL)
_BARE_PATH = re.compile(r"([^<>\s]+)(?:\s+(.*))?\Z", re.DOTALL)
_END = b"\r\n.\r\n"

log = structlog.get_logger("intake.smtp")
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)  # it writes every command and address
logging.getLogger("mail.log").propagate = False


@dataclass
class Window:
    """Counts by name within a span of time that begins anew when it is over; forgets all names then."""

    seconds: float
    began: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, name: str) -> int:
        """Count one more; how many there are now."""
        if time.monotonic() - self.began > self.seconds:
            self.began, self.counts = time.monotonic(), Counter()
        self.counts[name] += 1
        return self.counts[name]


@dataclass
class Limits:
    """How many sessions may be open, in all and from each client, and how long one waits for a command or its data."""

    per_client: bool
    command_seconds: float = COMMAND_SECONDS
    data_seconds: float = DATA_SECONDS
    closing: bool = False  # letters on the wire are finished, new ones are sent away
    octets: int = 0  # of letters that are being taken in
    open: Counter[str] = field(default_factory=Counter)
    wrong: Window = field(default_factory=lambda: Window(3600.0))  # unknown recipients, by client
    aliases: Window = field(default_factory=lambda: Window(60.0))  # mails, by alias

    def enter(self, client: str) -> bool:
        """Count a session in; False when there are too many."""
        self.open[client] += 1
        return self.open.total() <= SESSIONS and not (self.per_client and self.open[client] > SESSIONS_A_CLIENT)

    def leave(self, client: str) -> None:
        """Count a session out."""
        self.open[client] -= 1
        if self.open[client] <= 0:
            del self.open[client]


class Handler:
    """The decisions of a session: whom mail is taken for, and what becomes of it. Keeps nothing between sessions.

    `portal`: where people can write on the web; those whose recipient is unknown here are told.
    """

    def __init__(self, recipients: Recipients, door: Door, commit: GroupCommit, portal: str) -> None:
        self.recipients, self.door, self.commit = recipients, door, commit
        self.unknown = f"550 5.1.1 No such recipient here; to write to us, see {portal}"

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """ENHANCEDSTATUSCODES and PIPELINING are what we do anyway (RFC 2034, RFC 2920); nobody logs in here."""
        session.host_name = hostname
        offered = [line for line in responses[:-1] if not line.startswith("250-AUTH")]
        return [*offered, "250-ENHANCEDSTATUSCODES", "250-PIPELINING", responses[-1]]

    async def handle_RCPT(
        self, server: Door25, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """550 for anything that is not ours; the same answer and the same look-ups for all of it."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        resolve = self.recipients.resolve
        target = await asyncio.to_thread(resolve, address) if "+" in address else resolve(address)
        if target is None:
            return await server.wrong_recipient(self.unknown)
        if target.kind == "reply" and server.floods(target.name):
            return "452 4.7.1 Too much mail to this address, please try again later"
        envelope.rcpt_tos.append(address)
        server.targets.append(target)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Door25, session: Session, envelope: Envelope) -> str:
        """250 after the commit; `Deferred` becomes its own 4xx."""
        content = envelope.original_content or b""
        if _received(content) > RECEIVED_HEADERS:
            return "554 5.4.6 Too many hops"
        sealed = Sealed(
            channel="email",
            mail_from="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
            smtputf8=envelope.smtp_utf8,
            client=server.client,
            helo=str(session.host_name or "")[:255],
        )
        try:
            await self.commit(await self._seal(sealed, content, server.targets))
        except Deferred as fault:
            return fault.smtp
        return "250 2.0.0 OK, kept"

    async def _seal(self, envelope: Sealed, content: bytes, targets: list[Target]) -> Accepted:
        if len(content) < 256 * 1024:
            return self.door.seal(envelope, content, targets)
        return await asyncio.to_thread(self.door.seal, envelope, content, targets)

    async def handle_exception(self, error: Exception) -> str:
        """Any surprise is our fault: come back later. Never the exception's own text."""
        log.error("session failed", fault=type(error).__name__)
        return error.smtp if isinstance(error, Deferred) else Deferred.smtp


def _received(content: bytes) -> int:
    head, _, _ = (b"\r\n" + content).partition(b"\r\n\r\n")
    return head.lower().count(b"\r\nreceived:")


class Door25(SMTP):
    """aiosmtpd's protocol with our rules about data, paths and strangers."""

    line_length_limit = STREAM_LIMIT  # of the stream; a line of the data may be longer

    def __init__(self, handler: Handler, limits: Limits, **options: Any) -> None:
        super().__init__(handler, **options)
        self.targets: list[Target] = []
        self._limits, self.client, self._wrong = limits, "", 0
        self._in_flight = 0
        self._first = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Too many sessions: 421 and goodbye (RFC 5321 §3.8)."""
        again = self.session is not None  # STARTTLS calls this a second time
        if not again:
            peer = transport.get_extra_info("peername")
            self.client = str(peer[0]) if isinstance(peer, tuple) else "local"
            if not self._limits.enter(self.client):
                transport.write(b"421 4.7.0 Too many connections, try again later\r\n")  # type: ignore[attr-defined]
                transport.close()
                self._limits.leave(self.client)
                self.client = ""
                return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count the session out."""
        if self.client:
            self._limits.leave(self.client)
            self.client = ""
        if self.session is not None:  # else it was never let in
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """The client has said its last."""
        return super().eof_received() if self.session is not None else False

    def _timeout_cb(self) -> None:
        if self.transport is not None:
            self.transport.abort()  # type: ignore[attr-defined] # close() would wait for a client that never reads

    def data_received(self, data: bytes) -> None:
        """A TLS hello on the plain port has no line end: nobody here will ever answer it."""
        if self._first and data[:2] == b"\x16\x03" and self.transport is not None:
            self.transport.close()
            return
        self._first = False
        super().data_received(data)

    async def wrong_recipient(self, unknown: str) -> str:
        """The answer to a recipient that is not ours; a session that guesses is closed, a client that does slowed."""
        self._wrong += 1
        if self._limits.wrong.add(self.client) > WRONG_AN_HOUR and self._limits.per_client:
            await asyncio.sleep(1.0)
        return "421 4.7.0 Too many unknown recipients" if self._wrong > WRONG_RECIPIENTS else unknown

    def floods(self, alias: str) -> bool:
        """Whether this alias is written to more often than two people talk."""
        return self._limits.per_client and self._limits.aliases.add(alias) > TO_AN_ALIAS

    async def push(self, status: str) -> None:  # type: ignore[override] # nobody here pushes bytes
        """Send a reply, in our words where aiosmtpd's repeat the client's or lack the enhanced code.

        A 421 is the last: what the client has sent behind it is not looked at any more.
        """
        reply = _reply(status)
        await super().push(reply)
        if reply.startswith("421"):
            raise asyncio.CancelledError  # aiosmtpd closes the connection then

    async def _stranger(self, _arg: str | None) -> None:
        await self.push("421 4.7.0 This is a mail server")

    # What browsers and proxies say first (SM44).
    smtp_GET = smtp_POST = smtp_HEAD = smtp_PUT = smtp_OPTIONS = smtp_CONNECT = smtp_PROXY = smtp_XCLIENT = _stranger

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The path of MAIL or RCPT and what follows it; (None, "") when it is malformed."""
        found = _PATH.match(arg.lstrip()) or _BARE_PATH.match(arg.lstrip())
        if not found or len(found[1]) > 320:
            return None, ""
        return found[1] or "<>", found[2] or ""  # aiosmtpd takes "" for "no MAIL yet"

    def _set_rset_state(self) -> None:
        super()._set_rset_state()  # type: ignore[no-untyped-call]
        self.targets = []

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self.targets = []

    async def smtp_MAIL(self, arg: str | None) -> None:
        """A door that is closing begins no new letter (RFC 5321 §3.8)."""
        if self._limits.closing:
            await self.push("421 4.3.2 Closing, please come back")
        await super().smtp_MAIL(arg)

    async def smtp_VRFY(self, _arg: str | None) -> None:
        """The same for every address (RFC 5321 §7.3)."""
        await self.push("252 2.1.5 Send it, and we shall see")

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Once a session (RFC 3207 §4.2)."""
        if self._tls_protocol:
            await self.push("503 5.5.1 TLS is on already")
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        """The data, ended by CRLF.CRLF only; one verdict."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        if self._limits.octets > OCTETS_IN_FLIGHT:
            await self.push("452 4.3.1 Too much mail at once, please try again later")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(self._limits.data_seconds)
        try:
            status = await self._verdict(envelope, await self._read_data())
        finally:
            self._limits.octets -= self._in_flight
            self._in_flight = 0
            self._set_post_data_state()  # also after a surprise: the next transaction begins anew
        self._reset_timeout()
        await self.push(status)

    async def _verdict(self, envelope: Envelope, content: bytes | None) -> str:
        if content is None:
            return "552 5.3.4 The message is larger than we can take"
        envelope.original_content = content
        return str(await self.event_handler.handle_DATA(self, self.session, envelope))

    async def _read_data(self) -> bytes | None:
        """The message without its dots; None when it was too large (it is read to its end all the same)."""
        # The CRLF of the DATA line begins the terminator of an empty message, and the transparency of a first dot.
        self._reader._buffer[0:0] = b"\r\n"  # type: ignore[attr-defined]
        parts: list[bytes] = []
        size, ended, limit = 0, False, self.data_size_limit or 0
        while not ended:
            try:
                part = await self._reader.readuntil(_END)
                ended = True
            except asyncio.LimitOverrunError as fault:
                part = await self._reader.readexactly(fault.consumed)
            size += len(part) - part.count(b"\r\n.")  # those dots come off; one at a seam of parts is missed
            if size <= limit + len(parts) + len(_END) + 2:
                parts.append(part)
                self._in_flight += len(part)
                self._limits.octets += len(part)
            else:
                parts.clear()
        content = _unstuffed(b"".join(parts)) if parts else None
        return content if content is not None and len(content) <= limit else None


def _unstuffed(data: bytes) -> bytes:
    """The content of `CRLF content CRLF . CRLF`: dots taken off (RFC 5321 §4.5.2), bare CR and LF made line ends."""
    content = data[: -len(_END) + 2].replace(b"\r\n.", b"\r\n")[2:]
    if content.count(b"\r\n") != content.count(b"\n") or content.count(b"\r\n") != content.count(b"\r"):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return content


def _reply(status: str) -> str:
    """`status` without the client's own words (PI7) and with an enhanced code (RFC 2034)."""
    if status.startswith('500 Error: command "'):
        return "500 5.5.1 Command not recognized"
    if status.startswith("502 5.5.1 Too many"):
        return "421 4.7.0 Too many unknown commands"
    if status.startswith("552 Error"):
        return "552 5.3.4 The message is larger than we can take"
    if status[0] in "45" and status[4:6] != status[0] + ".":
        return f"{status[:4]}{status[0]}.5.0 {status[4:]}"
    return {"250 OK": "250 2.0.0 OK", "221 Bye": "221 2.0.0 Bye"}.get(status, status)


# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────


def main(config: Config) -> None:
    """Listen until SIGTERM or SIGINT, then let sessions finish."""
    store = Store(config.database)
    store.check()
    door = Door(store, load_sealer(config.home), Queue(config))
    published = Published(store, config)
    published.follow()
    recipients = Recipients(config.mail_domain, lambda: published.current.agencies, lambda k, d: is_token(store, k, d))
    listener = _listener(config)
    door.queue.warm()
    drop(config.door_user)
    info = {"listen": _at(listener)}
    commit = GroupCommit(door.commit, lambda: _beat(store, info))
    uvloop.run(_serve(config, Handler(recipients, door, commit, config.public_url), listener))
    commit.close()
    door.queue.close()


def is_token(store: Store, kind: str, digest: str) -> bool:
    """Whether an alias (`reply`) is open, or something went out with this bounce token."""
    with store.read() as conn:
        if kind == "reply":
            return alias.is_open(conn, digest)
        return conn.execute(sa.select(outbox.c.id).where(outbox.c.bounce == digest)).first() is not None


async def open_door(config: Config, handler: Handler, limits: Limits, listener: socket.socket) -> asyncio.Server:
    """Serve SMTP on `listener` from the running loop."""
    loop = asyncio.get_running_loop()
    options = {
        "data_size_limit": config.max_octets,
        "enable_SMTPUTF8": True,
        "hostname": config.mail_domain,
        "ident": "ESMTP",
        "tls_context": _tls(config),
        "timeout": limits.command_seconds,
        "command_call_limit": _CALLS,
        "auth_exclude_mechanism": ["LOGIN", "PLAIN"],
        "loop": loop,
    }
    return await loop.create_server(lambda: Door25(handler, limits, **options), sock=listener, backlog=1024)


async def _serve(config: Config, handler: Handler, listener: socket.socket) -> None:
    loop, limits, stop = asyncio.get_running_loop(), Limits(config.rate_limits), asyncio.Event()
    server = await open_door(config, handler, limits, listener)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    log.info("listening", at=_at(listener))
    await stop.wait()
    limits.closing = True
    server.close()
    for _ in range(40):  # four seconds for letters that are on the wire
        if not limits.open.total():
            break
        await asyncio.sleep(0.1)


def _listener(config: Config) -> socket.socket:
    host, port = host_port(config.smtp_listen)
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as fault:
        raise Misconfigured(f"INTAKE_SMTP_LISTEN: cannot listen on {host}:{port}: {fault.strerror}") from None


def _at(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


def _tls(config: Config) -> ssl.SSLContext | None:
    if not config.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(config.tls_cert, config.tls_key)
    except (OSError, ssl.SSLError) as fault:
        raise Misconfigured(f"INTAKE_TLS_CERT, INTAKE_TLS_KEY: cannot be used: {fault.strerror or 'not PEM'}") from None
    return context


def _beat(store: Store, info: dict[str, Any]) -> None:
    try:
        with store.write() as conn:
            beat(conn, "smtp", info)
    except (Deferred, Conflict):  # Conflict: another door of this installation said so at the same moment
        log.warning("store away")
