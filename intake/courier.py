"""The courier: takes what lies in the outbox to the smarthost, or into a local Maildir when there is none.

The egress check runs here, on the finished bytes, last thing before they leave; a hit is held for a person.
Connections are kept between messages. 4xx and broken connections are tried again with growing pauses for five days;
5xx is held. A server that lets us wait is left alone for a while, so that letters are not kept waiting for it. A
message that may have been taken before a crash goes out again under the same Message-ID.
"""

from __future__ import annotations

import mailbox
import random
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from intake import egress, reason
from intake.alias import bounce_address
from intake.config import Config, host_port
from intake.durable import sync_folder
from intake.outgoing import Payload
from intake.signer import Signer
from intake.trap import reached

TIMEOUT = 30.0  # seconds for each word of a server
REST = 15.0  # seconds in which one that did not say it in time is not asked again
KEEP_SECONDS = 20.0  # an idle connection older than this is asked (NOOP) before it is used
PAUSES = (5, 15, 60, 300, 900, 1800, 3600)  # seconds; the last one repeats
TRIES = 112  # with these pauses about five days (RFC 5321 §4.5.4.1)


class Result(StrEnum):
    """What became of one message."""

    SENT = "sent"
    HELD = "held"
    KEPT = "kept"  # not to that address: it wants no mail, or this is a test installation
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A result and why: an egress finding, an SMTP code, a kind of failure; never an address."""

    result: Result
    because: str = ""
    away: bool = False  # no connection: the next message need not try


def pause(attempts: int, chance: Callable[[], float] = random.random) -> int:
    """Milliseconds until the next try after `attempts` failed ones, with up to a quarter of jitter."""
    seconds = PAUSES[min(attempts, len(PAUSES)) - 1]
    return int(seconds * 1000 * (1 + chance() / 4))


_QUEUED_AS = re.compile(rb"queued as ([A-Za-z0-9.-]{4,40})")


class _Smtp(smtplib.SMTP):
    """Keeps what the server said when it took a message: its queue id is evidence of the delivery. A server that takes
    several commands at once gets them so (RFC 2920)."""

    evidence = "250"
    _ahead = 0  # commands that were sent, and not asked for yet

    def getreply(self) -> tuple[int, bytes]:
        """As the standard library's."""
        code, said = super().getreply()
        if code == 354:
            reached("deliver.data")
        return code, said

    def sendmail(self, sender: str, to: Sequence[str], message: bytes, mail_options: Sequence[str] = ()) -> Any:  # type: ignore[override]
        """As the standard library's, to one recipient: what it asks for was sent ahead then."""
        options = [*([f"size={len(message)}"] if self.has_extn("size") else []), *mail_options]
        if self.has_extn("pipelining") and to[0].isascii():
            mail = " ".join((f"MAIL FROM:{smtplib.quoteaddr(sender)}", *options))
            self.send(f"{mail}\r\nRCPT TO:{smtplib.quoteaddr(to[0])}\r\nDATA\r\n")
            self._ahead = 3
        return super().sendmail(sender, to, message, mail_options)

    def putcmd(self, cmd: str, args: str = "") -> None:
        """As the standard library's, of a command that was not sent ahead."""
        if self._ahead:
            self._ahead -= 1
        else:
            super().putcmd(cmd, args)

    def _rset(self) -> None:
        """As the standard library's, when the answers to what was sent ahead are here."""
        while self._ahead:
            self._ahead -= 1
            if self.getreply()[0] == 354:  # it waits for a message that nobody would get (RFC 2920 §3.1)
                self.send(b".\r\n")
                self.getreply()
        super()._rset()  # type: ignore[misc]

    def data(self, msg: Any) -> tuple[int, bytes]:
        """As the standard library's."""
        code, said = super().data(msg)
        queued = _QUEUED_AS.search(said)
        self.evidence = f"{code} queued as {queued[1].decode()}" if queued else str(code)
        return code, said


class Courier:
    """Delivers one message at a time; one per process, keeps its connection."""

    def __init__(self, config: Config, timeout: float = TIMEOUT) -> None:
        self._timeout, self._resting = timeout, 0.0  # until when (monotonic)
        self._domain, self._only = config.mail_domain, config.only_mail_to
        self._smarthost = host_port(config.smarthost) if config.smarthost else None
        self._mail = config.home / "mail"
        self._signer = Signer(config.dkim_key, config.dkim_selector, config.mail_domain)
        self._smtp: _Smtp | None = None
        self._used = 0.0

    def deliver(self, payload: Payload, box: str) -> Delivery:
        """Sign, check and send one message; `box` names its local Maildir. Never raises for what a server does."""
        message = self._signer.sign(payload.message)
        findings = egress.check(
            message,
            payload.known,
            payload.domains,
            payload.consented,
            withheld=[egress.Withheld(*secret) for secret in payload.secrets],
            shown_names=payload.names,
            domain=self._domain,
        )
        if findings:
            return Delivery(Result.HELD, f"{reason.STOPPED}{findings[0]}")
        if not self._allowed(payload.to):
            return Delivery(Result.KEPT, reason.ONLY_MAIL_TO)
        if self._smarthost is None:
            _keep(self._mail / box, message)
            return Delivery(Result.SENT, "local Maildir")
        if time.monotonic() < self._resting:
            return Delivery(Result.LATER, TimeoutError.__name__, away=True)
        return self._send(payload, message, self._smarthost)

    def close(self) -> None:
        """End the connection politely."""
        smtp, self._smtp = self._smtp, None
        if smtp:
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()

    def _allowed(self, to: str) -> bool:
        return not self._only or to.lower() in self._only or to.rpartition("@")[2].lower() in self._only

    def _send(self, payload: Payload, message: bytes, smarthost: tuple[str, int]) -> Delivery:
        try:
            smtp = self._connected(smarthost)
            sender = bounce_address(payload.bounce, self._domain)
            if not payload.to.isascii() and not smtp.has_extn("smtputf8"):
                return Delivery(Result.HELD, reason.NO_SMTPUTF8)
            reached("deliver.connected")
            options = [] if payload.to.isascii() else ["SMTPUTF8"]
            options += ["RET=HDRS"] if smtp.has_extn("dsn") else []  # a report need not carry the letter (RFC 3461)
            smtp.sendmail(sender, [payload.to], message, mail_options=options)
            self._used = time.monotonic()
        except smtplib.SMTPRecipientsRefused as fault:
            code, _ = next(iter(fault.recipients.values()))
            if code == 421:
                self._drop()
            return _refused(code)
        except (
            smtplib.SMTPConnectError,
            smtplib.SMTPHeloError,
        ) as fault:  # the server's trouble, not the message's
            self._drop()
            return Delivery(Result.LATER, f"{reason.SMARTHOST}{fault.smtp_code}", away=True)
        except smtplib.SMTPResponseException as fault:
            if not 400 <= fault.smtp_code < 600 or fault.smtp_code in (421, 503):
                self._drop()
                return Delivery(Result.LATER, f"{reason.SMARTHOST}{fault.smtp_code}")
            return _refused(fault.smtp_code)
        except (OSError, smtplib.SMTPException) as fault:
            silent = isinstance(fault.__context__ if isinstance(fault, smtplib.SMTPException) else fault, TimeoutError)
            if silent:
                self._resting = time.monotonic() + REST
            away = silent or self._smtp is None
            self._drop()
            return Delivery(Result.LATER, type(fault).__name__, away)
        except BaseException:  # a time limit, say, in the middle of a transaction: the next message needs a clean one
            self._drop()
            raise
        return Delivery(Result.SENT, smtp.evidence)

    def _connected(self, smarthost: tuple[str, int]) -> _Smtp:
        if self._smtp and time.monotonic() - self._used > KEEP_SECONDS:
            try:
                self._smtp.noop()
            except (OSError, smtplib.SMTPException):
                self._drop()
        if self._smtp is None:
            smtp = _Smtp(*smarthost, local_hostname=self._domain, timeout=self._timeout)
            try:
                smtp.ehlo_or_helo_if_needed()
                if smtp.has_extn("starttls"):
                    # Opportunistic (RFC 7435), as between mail servers: encrypted even where no name can be checked.
                    context = ssl.create_default_context()
                    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                    smtp.starttls(context=context)
                    smtp.ehlo()
            except BaseException:
                smtp.close()
                raise
            self._smtp = smtp
        return self._smtp

    def _drop(self) -> None:
        if self._smtp:
            self._smtp.close()
            self._smtp = None


def _refused(code: int) -> Delivery:
    return Delivery(Result.HELD if 500 <= code < 600 else Result.LATER, f"{reason.SMARTHOST}{code}")


def _keep(path: Path, message: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mailbox.Maildir(path, create=True).add(message.replace(b"\r\n", b"\n"))
    sync_folder(path / "new")  # the file is on disk already, its name is not
