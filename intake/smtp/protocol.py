"""SMTP as this door speaks it: aiosmtpd's protocol, but for what would lose a letter or tell a stranger something."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, TLSSetupException

from intake.door import Target
from intake.errors import Crowded, Deferred
from intake.smtp.handler import Handler
from intake.smtp.limits import (
    CALLS,
    CALLS_OF_OTHERS,
    COMMAND_OCTETS,
    MAIL_OCTETS,
    TO_AN_ALIAS,
    UNKNOWN_COMMANDS,
    WRONG_AN_HOUR,
    WRONG_RECIPIENTS,
    Limits,
)

STREAM_LIMIT = 64 * 1024
UNREAD = 64 * 1024  # octets of replies; a client that has not read more is not listened to
TOO_LARGE = "552 5.3.4 The message is larger than we can take"

_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?:\s+(.*))?\Z', re.DOTALL)
_BARE_PATH = re.compile(r"([^<>\s]+)(?:\s+(.*))?\Z", re.DOTALL)
_PARAMETER = re.compile(r"([A-Z0-9][A-Z0-9-]*)(?:=([!-<>-~]+))?")
_END = b"\r\n.\r\n"

log = structlog.get_logger("intake.smtp")
logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)  # it writes every command and address
logging.getLogger("mail.log").propagate = False


class Door25(SMTP):
    """aiosmtpd's protocol with our rules about data, paths and strangers."""

    line_length_limit = STREAM_LIMIT  # of the stream; a line of the data may be longer

    def __init__(self, handler: Handler, limits: Limits, **options: Any) -> None:
        super().__init__(handler, **options)
        self.targets: list[Target] = []
        self._limits, self.client, self._wrong = limits, "", 0
        self._first, self._deadline = True, 0.0

    def another(self) -> Door25:
        """A protocol for one more connection, of which this one has had none.

        aiosmtpd looks through all names of its object and of its handler for each connection, which costs more than
        the rest of a session. What is not the same for all connections is made here (test_a_session_shares_nothing).
        """
        made = Door25.__new__(Door25)
        made.__dict__.update(self.__dict__, targets=[])
        reader = asyncio.StreamReader(limit=self.line_length_limit, loop=self.loop)
        asyncio.StreamReaderProtocol.__init__(made, reader, made._cb_client_connected, self.loop)
        return made

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

    def _reset_timeout(self, duration: float | None = None) -> None:
        """Move the deadline; the timer, one a session, looks where it is when it goes off."""
        self._deadline = self.loop.time() + (duration or self._timeout_duration)
        if self._timeout_handle is None:
            self._timeout_cb()

    def _timeout_cb(self) -> None:
        left = self._deadline - self.loop.time()
        if left > 0:  # the data's deadline may give way to a command's, so that is how long the timer sleeps at most
            self._timeout_handle = self.loop.call_later(min(left, self._timeout_duration), self._timeout_cb)
        elif self.transport is not None:
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
        """Send a reply, with the enhanced code that aiosmtpd's lack.

        A 421 or 221 is the last: what the client has sent behind it is not looked at any more.
        """
        reply = _reply(status)
        transport: Any = self.transport
        transport.write(reply.encode() + b"\r\n")
        if reply.startswith(("421", "221")):
            raise asyncio.CancelledError  # `_handle_client` closes the connection then
        if transport.get_write_buffer_size() > UNREAD:
            await self._writer.drain()

    async def _handle_client(self) -> None:
        """As aiosmtpd's, without its logs: they cost as much as the commands."""
        said: Counter[str] = Counter()
        try:
            await self.push(f"220 {self.hostname} {self.__ident__}")
            while self.transport is not None:
                try:
                    await self._command(said)
                except TLSSetupException as fault:
                    self.transport.close()
                    self.connection_lost(fault)
                except ConnectionResetError:
                    raise
                except Exception as fault:  # noqa: BLE001 - the edge: whatever it was, the client is told to come back
                    await self.push(await self.event_handler.handle_exception(fault))
        except (asyncio.CancelledError, ConnectionResetError):
            self._writer.close()
            raise

    async def _command(self, said: Counter[str]) -> None:
        """Read the next command and obey it; `said`: how often each was before."""
        line = (await self._read_line()).rstrip(b"\r\n")
        word, _, rest = line.partition(b" ")
        name, argument = word.decode(errors="replace").upper(), rest.strip().decode(errors="surrogateescape")
        extended = self.session is not None and self.session.extended_smtp
        if len(line) > (MAIL_OCTETS if name == "MAIL" and extended else COMMAND_OCTETS):
            await self.push("500 5.5.0 Command line too long")
            return
        if not line or not word.isascii():
            await self.push("500 5.5.0 Error: bad syntax")
            return
        method = getattr(self, f"smtp_{name}", None)
        name = name if method else ""
        said[name] += 1
        if method is None:
            last = said[name] == UNKNOWN_COMMANDS
            await self.push("421 4.7.0 Too many unknown commands" if last else "500 5.5.1 Command not recognized")
        elif said[name] > CALLS.get(name, CALLS_OF_OTHERS):
            await self.push(f"421 4.7.0 {name} sent too many times")
        else:
            self._reset_timeout()
            await method(argument or None)

    async def _read_line(self) -> bytes:
        """The next line; of one that is too long for the stream only what shows that it is."""
        long = b""
        while True:
            try:
                line = await self._reader.readuntil()
                return long or line
            except asyncio.LimitOverrunError as fault:
                long = await self._reader.read(fault.consumed)

    async def _stranger(self, _arg: str | None) -> None:
        await self.push("421 4.7.0 This is a mail server")

    # What browsers and proxies say first (SM44).
    smtp_GET = smtp_POST = smtp_HEAD = smtp_PUT = smtp_OPTIONS = smtp_CONNECT = smtp_PROXY = smtp_XCLIENT = _stranger
    smtp_DELETE = smtp_PATCH = smtp_TRACE = smtp_PRI = _stranger

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The path of MAIL or RCPT and what follows it; (None, "") when it is malformed."""
        found = _PATH.match(arg.lstrip()) or _BARE_PATH.match(arg.lstrip())
        if not found or len(found[1]) > 320:
            return None, ""
        return found[1] or "<>", found[2] or ""  # aiosmtpd takes "" for "no MAIL yet"

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        """The parameters behind a path, each once (RFC 5321 §4.1.2); None when they are malformed, which is 501. One
        that is well-formed and unknown is 555."""
        found = [_PARAMETER.fullmatch(one) for one in params]
        known = {one[1]: one[2] or True for one in found if one}
        return known if len(known) == len(params) else None

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

    async def smtp_HELP(self, _arg: str | None) -> None:
        """Whoever reads this can read that (RFC 5321 §4.1.1.8)."""
        await self.push("214 2.0.0 See RFC 5321")

    async def smtp_AUTH(self, _arg: str | None) -> None:
        """Nobody logs in here, with TLS or without."""
        await self.push("502 5.5.1 There are no accounts here")

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
        if self._limits.crowded(self.client):
            await self.push(Crowded.smtp)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(self._limits.data_seconds)
        taken = _Taken(self._limits, self.client, self.data_size_limit or 0)
        try:
            await self._read_data(taken)
            status = await self._verdict(envelope, taken)
        finally:
            taken.drop()
            self._set_post_data_state()  # also after a surprise: the next transaction begins anew
        self._reset_timeout()
        await self.push(status)

    async def _verdict(self, envelope: Envelope, taken: _Taken) -> str:
        if taken.refusal:
            return taken.refusal
        envelope.original_content = _unstuffed(b"".join(taken.parts))
        if len(envelope.original_content) > taken.limit:
            return TOO_LARGE
        taken.parts.clear()
        try:
            async with asyncio.timeout(self._limits.commit_seconds):
                return str(await self.event_handler.handle_DATA(self, self.session, envelope))
        except TimeoutError:
            log.error("not kept in time", seconds=self._limits.commit_seconds)
            return Deferred.smtp

    async def _read_data(self, taken: _Taken) -> None:
        """The message with its dots, to its end, whatever is kept of it."""
        # The CRLF of the DATA line begins the terminator of an empty message, and the transparency of a first dot.
        self._reader._buffer[0:0] = b"\r\n"  # type: ignore[attr-defined]
        while True:
            try:
                taken.add(await self._reader.readuntil(_END))
                return
            except asyncio.LimitOverrunError as fault:
                taken.add(await self._reader.readexactly(fault.consumed))


class _Taken:
    """The octets of one message on their way in, as long as it may have them."""

    def __init__(self, limits: Limits, client: str, limit: int) -> None:
        self.limits, self.client, self.limit = limits, client, limit
        self.parts: list[bytes] = []
        self.refusal = ""
        self._size = self._counted = 0

    def add(self, part: bytes) -> None:
        """Keep `part`, unless the message is too large, or there is too much of all of them."""
        self._size += len(part) - part.count(b"\r\n.")  # those dots come off; one at a seam of parts is missed
        if self._size > self.limit + len(self.parts) + len(_END) + 3:
            self.refusal = TOO_LARGE
        elif self.limits.crowded(self.client):
            self.refusal = self.refusal or Crowded.smtp
        if self.refusal:
            self.drop()
        else:
            self.parts.append(part)
            self._counted += len(part)
            self.limits.octets[self.client] += len(part)

    def drop(self) -> None:
        """Make room for others."""
        self.parts.clear()
        self.limits.release(self.client, self._counted)
        self._counted = 0


def _unstuffed(data: bytes) -> bytes:
    """The content of `CRLF content CRLF . CRLF`: dots taken off (RFC 5321 §4.5.2), bare CR and LF made line ends."""
    content = data[: -len(_END) + 2].replace(b"\r\n.", b"\r\n")[2:]
    if content.count(b"\r\n") != content.count(b"\n") or content.count(b"\r\n") != content.count(b"\r"):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return content


def _reply(status: str) -> str:
    """`status` without the client's own words (PI7) and with an enhanced code (RFC 2034)."""
    if status.startswith("552 Error"):
        return TOO_LARGE
    if status[0] in "45" and status[4:6] != status[0] + ".":
        return f"{status[:4]}{status[0]}.5.0 {status[4:]}"
    return {"250 OK": "250 2.0.0 OK", "221 Bye": "221 2.0.0 Bye"}.get(status, status)
