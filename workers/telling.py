"""What is told beside a letter: to its writer, and to an agency's people on duty.

A machine writes to a citizen only where it may (`may_be_told`), and never quotes what they wrote.
"""

from __future__ import annotations

import base64

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import acknowledgement, notes, receipt, sender
from intake.acknowledgement import is_nobody_s
from intake.letter import Letter
from intake.reader import Opened
from intake.routing import Decision
from intake.store import now, outbox
from workers.bench import Bench
from workers.conversation import Conversation


def may_be_told(bench: Bench, opened: Opened, letter: Letter) -> bool:
    """Whether a machine may write to the writer (RFC 3834 §2): not to machines, not to a forged sender, not to us."""
    return _is_a_person(bench, opened, letter) and _is_the_sender(bench, opened)


def _is_a_person(bench: Bench, opened: Opened, letter: Letter) -> bool:
    if not bench.config.acknowledge or not letter.sender or letter.machine or is_nobody_s(letter.sender):
        return False
    domain = _domain(letter.sender)
    if domain == bench.config.mail_domain:
        return False
    return letter.channel != "email" or _domain(opened.envelope.mail_from) == domain


def _is_the_sender(bench: Bench, opened: Opened) -> bool:
    """Asks DNS, and so comes last."""
    envelope = opened.envelope
    return envelope.channel != "email" or sender.plausible(
        opened.content, mail_from=envelope.mail_from, client=envelope.client, helo=envelope.helo, trust=bench.trust
    )


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _acknowledged(conn: Connection, recipient: str) -> bool:
    """Whether an acknowledgement went there in the last day."""
    since = now() - int(acknowledgement.ONCE_IN.total_seconds() * 1000)
    recent = sa.select(outbox.c.id).where(
        outbox.c.recipient == recipient,
        outbox.c.kind == "acknowledgement",
        outbox.c.created > since,
        outbox.c.state != "withdrawn",
    )
    return conn.execute(recent.limit(1)).first() is not None


def acknowledge(talk: Conversation, opened: Opened, letter: Letter, decision: Decision, password: bool) -> None:
    """Say that the letter is here and where it went: when it has gone there, and once a day to an address."""
    if not _is_a_person(talk.bench, opened, letter) or _acknowledged(talk.conn, talk.recipient):
        return
    if not talk.writable() or not _is_the_sender(talk.bench, opened):
        return
    language, agency, meant_for = talk.citizen.language, talk.agency, talk.rules.agencies.get(decision.meant_for)
    text = acknowledgement.write(
        language,
        opened.row.ticket,
        agency.name(language),
        password,
        bool(talk.shared),
        meant_for=meant_for.name(language) if meant_for else "",
        notice=agency.privacy_notice,
        custodian=agency.custodian,
    )
    talk.to_citizen("acknowledgement", opened.row.id, opened.key, text)
    talk.last()["state"] = "later"


def ask_to_write_again(talk: Conversation, opened: Opened, letter: Letter) -> None:
    """What they wrote cannot be read, and nobody but them can mend that; said once, wherever the letter goes."""
    told = sa.select(outbox.c.id).where(outbox.c.letter == opened.row.id, outbox.c.kind == "note")
    asked = talk.conn.execute(told.where(outbox.c.side == "citizen").limit(1)).first()
    if not asked and may_be_told(talk.bench, opened, letter) and talk.may_ask():
        text = notes.unread(talk.citizen.language, talk.ref)
        talk.to_citizen("note", opened.row.id, opened.key, text)


def ask_again(talk: Conversation, opened: Opened) -> None:
    """Consent was for another agency than the one that holds the letter now: ask whether this one may have it too."""
    if not talk.consents or talk.shared or not talk.may_ask():
        return
    language, ref = talk.citizen.language, opened.row.ticket
    url = talk.link(agency=talk.agency.id)
    text = notes.new_agency(language, ref, url, talk.agency.name(language))
    talk.to_citizen("question", opened.row.id, opened.key, text, has_link=True)


def refuse(talk: Conversation, opened: Opened, letter: Letter, decision: Decision) -> None:
    """The letter ends here by a rule: its writer gets the rule's text, by mail or with their receipt."""
    row, citizen = opened.row, talk.citizen
    language = citizen.language if citizen.language in decision.refusal else "en"
    text = notes.refused(language, talk.ref, decision.refusal[language])
    if citizen.wants == "receipt" and citizen.receipt:
        sealed = receipt.seal(base64.b64decode(citizen.receipt), row.id, text[1].encode())
        talk.outcome.answers = [{"letter": row.id, "ticket": talk.ref, "sealed": sealed, "created": now()}]
    elif may_be_told(talk.bench, opened, letter) and talk.may_ask():
        talk.to_citizen("note", row.id, opened.key, text)


def alert(talk: Conversation, opened: Opened, decision: Decision) -> None:
    """An urgent letter has come: whoever is on duty at its agency hears of it at once, once, and by its reference."""
    if not (decision.urgent and talk.agency.alert):
        return
    told = sa.select(outbox.c.id).where(
        outbox.c.letter == opened.row.id,
        outbox.c.kind == "note",
        outbox.c.recipient == talk.bench.address_digest(talk.agency.alert),
    )
    if not talk.conn.execute(told.limit(1)).first():
        text = notes.urgent(talk.ref, decision.rule, talk.agency.mailbox)
        talk.to_agency("note", opened.row.id, opened.key, text, to=talk.agency.alert)
