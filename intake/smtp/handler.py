"""The decisions of an SMTP session: whom mail is taken for, and what becomes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from intake.door import Accepted, Door, Target
from intake.errors import Deferred, StoreBusy
from intake.letter import Envelope as Sealed
from intake.recipient import Recipients
from intake.smtp.groupcommit import GroupCommit
from intake.smtp.limits import LOOKUP_SECONDS, RECEIVED_HEADERS, RECIPIENTS

if TYPE_CHECKING:
    from intake.smtp.protocol import Door25

log = structlog.get_logger("intake.smtp")


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
        return ["\r\n".join((*offered, "250-ENHANCEDSTATUSCODES", "250-PIPELINING", responses[-1]))]  # one write

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """452 already here when there is no room for what was declared (RFC 1870 §6.1): nobody sends it in vain."""
        self.door.store.check_room(_declared(options))
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: Door25, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """550 for anything that is not ours; the same answer and the same look-ups for all of it."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        target = await self._resolve(address)
        if target is None:
            return await server.wrong_recipient(self.unknown)
        if target.kind == "reply" and server.floods(target.name):
            return "452 4.7.1 Too much mail to this address, please try again later"
        envelope.rcpt_tos.append(address)
        server.targets.append(target)
        return "250 2.1.5 OK"

    async def _resolve(self, address: str) -> Target | None:
        if not address.lower().startswith(("reply", "bounce")):  # the store is asked about those, whatever their sign
            return self.recipients.resolve(address)
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                return await asyncio.to_thread(self.recipients.resolve, address)
        except TimeoutError:
            raise StoreBusy from None

    async def handle_DATA(self, server: Door25, session: Session, envelope: Envelope) -> str:
        """250 after the commit; `Deferred` becomes its own 4xx."""
        content = envelope.original_content or b""
        if _received(content) > RECEIVED_HEADERS:
            return "554 5.4.6 Too many hops"
        sealed = Sealed(
            channel="email",
            mail_from="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
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
        if isinstance(error, Deferred):
            return error.smtp
        log.error("session failed", fault=type(error).__name__)
        return Deferred.smtp


def _declared(options: list[str]) -> int:
    """The octets of `SIZE=`, which is known to be a number by now; 0 when nothing was said."""
    return next((int(one[5:]) for one in options if one.startswith("SIZE=")), 0)


def _received(content: bytes) -> int:
    head, _, _ = (b"\r\n" + content).partition(b"\r\n\r\n")
    return head.lower().count(b"\r\nreceived:")
