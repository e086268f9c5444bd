"""Destinations: the smarthost, the agencies' mailboxes, and what mail needs on its way: DNS, our signature, clamd."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import figures
from intake.config import Config, host_port
from intake.doctor.finding import Finding, note
from intake.doctor.store import LATE, reading
from intake.errors import Misconfigured
from intake.malware import Scanner
from intake.sender.zone import NoAnswer, Zone
from intake.signer import Signer
from intake.store import DAY, now, outbox, tickets

SECONDS = 4.0
MOST = 3  # agencies in a line


def smarthost(config: Config) -> Iterator[Finding]:
    """It greets us and answers EHLO. Nothing is sent."""
    if not config.smarthost:
        return
    host, port = host_port(config.smarthost)
    cure = "start it, or check INTAKE_SMARTHOST; messages are tried for five days"
    try:
        with smtplib.SMTP(host, port, config.mail_domain, SECONDS) as smtp:
            smtp.ehlo_or_helo_if_needed()
    except smtplib.SMTPResponseException as fault:
        yield Finding("smarthost", f"the smarthost {config.smarthost} refuses us ({fault.smtp_code})", cure)
    except (OSError, smtplib.SMTPException) as fault:
        said = type(fault).__name__
        yield Finding("smarthost", f"the smarthost {config.smarthost} does not answer ({said})", cure)


def outbox_(config: Config) -> Iterator[Finding]:
    """No message has waited for long to be sent."""
    with reading(config) as conn:
        late = [m for m in figures.outgoing(conn) if m.state == "queued" and m.pile.seconds(now()) * 1000 > LATE]
    if not late:
        return
    late.sort(key=lambda messages: messages.pile.since or 0)
    number, minutes = sum(m.pile.number for m in late), int(late[0].pile.seconds(now()) // 60)
    to = list(dict.fromkeys(m.agency if m.side == "agency" else "citizens" for m in late))
    whom = ", ".join(to[:MOST]) + (f" and {len(to) - MOST} others" if len(to) > MOST else "")
    told = f"{number} messages could not be delivered yet, to {whom}; the oldest waits for {minutes} minutes"
    yield Finding("outbox", told, "is the smarthost (INTAKE_SMARTHOST) well? See logs/worker.log")


def mailboxes(config: Config) -> Iterator[Finding]:
    """No agency's mailbox refused something in the last day and has taken nothing since."""
    with reading(config) as conn:
        latest = sa.select(outbox.c.agency, sa.func.max(outbox.c.created).label("refused")).where(
            outbox.c.state == "bounced", outbox.c.side == "agency", outbox.c.created > now() - DAY
        )
        for row in conn.execute(latest.group_by(outbox.c.agency)).all():
            if not _taken_since(conn, row.agency, row.refused):
                cure = "ask the agency, or change `mailbox` in the rules file"
                yield Finding("mailboxes", f"the mailbox of {row.agency} refuses mail", cure)


def _taken_since(conn: Connection, agency: str, since: int) -> bool:
    """By way of the day's tickets: no index leads from an agency to its messages."""
    sent = outbox.c.state == "sent", outbox.c.side == "agency", outbox.c.sent > since
    days = tickets.c.agency == agency, tickets.c.received > now() - DAY
    of_agency = sa.select(outbox.c.id).join(tickets, tickets.c.ref == outbox.c.ticket).where(*days, *sent)
    return conn.execute(of_agency.limit(1)).first() is not None


def signature(config: Config) -> Iterator[Finding]:
    """Our DKIM key can be used, and its record stands in the DNS."""
    try:
        signer = Signer(config.dkim_key, config.dkim_selector, config.mail_domain)
    except Misconfigured as fault:
        yield Finding("signature", f"INTAKE_DKIM_KEY: {fault}", "put the key right, and restart the workers")
        return
    if config.dkim_key is None:
        if config.smarthost:
            yield note("signature", "our mail is not signed here", "set INTAKE_DKIM_KEY, unless the smarthost signs it")
        return
    name, value = signer.record()
    try:
        zone = Zone(host_port(config.dns) if config.dns else None, SECONDS)
        published = [b"".join(text.split()) for text in zone.texts(name)]
    except NoAnswer:
        told = "DNS does not answer; who sent a mail cannot be told, and answers of agencies are held"
        yield Finding("signature", told, "check INTAKE_DNS, or the system's resolver")
        return
    if "".join(value.split()).encode() not in published:
        told = "our signature is not in DNS, so nobody believes it"
        yield Finding("signature", told, f'publish {name} TXT "{value}"')


def scanner(config: Config) -> Iterator[Finding]:
    """clamd answers."""
    if not config.clamd:
        yield note("clamd", "files are not checked for malware", "run ClamAV's clamd and set INTAKE_CLAMD")
    elif not Scanner(config.clamd).ping():
        told = "clamd does not answer, so files are not checked for malware"
        yield Finding("clamd", told, "start it, or check INTAKE_CLAMD")
