"""The road of a citizen's letter: open → read → tag → restrict → route → redirect."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import acknowledgement, outgoing, pii
from intake.alias import close_others, open_pair
from intake.language import detect
from intake.letter import Letter
from intake.mime import Unreadable
from intake.purpose import Grant
from intake.reader import Opened, Tags, open_letter
from intake.recipient import OPERATOR
from intake.redact import Numbering
from intake.routing import Agency, Decision, Rules, decide
from intake.store import Row, aliases, now, outbox, tickets
from intake.vault import DataKey
from intake.view import Audience, Restricted, attached, find_tags, question, restrict, shown_domains
from workers import step
from workers.bench import Bench
from workers.step import LetterRow, Outcome

_MESSAGE_ID = re.compile(rb"(?im)^message-id:[ \t]*(\S+)")
DAY = 24 * 3600 * 1000


def process(bench: Bench, ids: Sequence[str]) -> list[str]:
    """Do it for `ids`; the ids of the messages to deliver."""
    bench.published.follow_file()
    rules = bench.published.current

    def handle(row: LetterRow, grants: dict[str, Grant], conn: Connection) -> Outcome:
        return redirect(bench, rules, open_letter(row, bench.vault, grants[row.id]), conn)

    return step.run(bench, ids, handle)


def redirect(bench: Bench, rules: Rules, opened: Opened, conn: Connection) -> Outcome:
    """Everything that follows from one citizen's letter, as rows to be written."""
    row = opened.row
    try:
        letter = opened.read()
    except Unreadable as fault:
        return unreadable(bench, opened, fault)
    if _by_ourselves(letter, bench.config.mail_domain):
        return step.held(row, "a loop: it was written from an alias of ours")
    tags = find_tags(letter)
    language = detect(f"{letter.subject}\n{letter.text}")
    decision = decided(bench, opened, letter, tags, rules)
    agency = rules.agencies[decision.agency]
    known = {
        "agency": agency.id,
        "due": row.received + agency.answer_within * DAY,
        "language": language,
        "rule": decision.rule,
        "rules_version": rules.version,
        "why": json.dumps({"why": decision.why, "suggestions": decision.suggestions}),
        "tags": json.dumps(tags.counts()),
        "consent": json.dumps(consents(conn, row.ticket, letter, decision.agency)),
    }
    if decision.hold and not row.released:
        waiting = step.held(row, f"rule {decision.rule}: {decision.hold}")
        waiting.ticket_values |= known
        waiting.letter_values = {"tags": tags.sealed(opened.key, row.id)}
        waiting.digest = retransmission(bench, opened, letter.message_id)
        return waiting
    outcome = Outcome(row.id, row.ticket, digest=retransmission(bench, opened, letter.message_id))
    pair = open_pair(_aliases(conn, row.ticket), opened.key, row.ticket, agency.id)
    outcome.aliases = pair.rows
    numbering = Numbering(opened.key.subkey("numbering"))
    shown = shown_domains(rules, bench.config.mail_domain)
    audience = Audience("agency", rules.handling(agency.id), shown)
    seen = restrict(letter, tags, audience, letter.addresses, numbering)
    consented = agency.id in json.loads(known["consent"])
    draft = outgoing.Draft(
        kind="redirect",
        side="agency",
        ticket=row.ticket,
        letter=row.id,
        agency=agency.id,
        to=agency.mailbox,
        from_name="Citizen via Intake",
        from_token=pair.citizen,
        subject=f"[{row.ticket}] {seen.subject}".rstrip(),
        text=agency_text(seen, letter, row.ticket, agency, decision, letter.sender if consented else ""),
        language=language,
        known=letter.addresses,
        domains=sorted(shown),
        consented=[letter.sender] if consented else [],
    )
    outcome.outbox = [outgoing.write(draft, opened.key, bench.config.mail_domain, bench.address_digest(agency.mailbox))]
    password = "password" in tags.counts()
    if acknowledged := _acknowledgement(bench, opened, letter, language, agency, pair.agency, password, conn):
        outcome.outbox.append(acknowledged)
    outcome.ticket_values = known | {
        "state": "routed",
        "held_because": None,
        "receipt": letter.fields.get("receipt_digest") or None,
        "citizen": sealed_citizen(opened, letter, language, numbering),
    }
    outcome.letter_values = {"tags": tags.sealed(opened.key, row.id)}
    outcome.also.append(lambda conn: close_others(conn, row.ticket, agency.id))
    unscanned: dict[str, Any] = {"unscanned": tags.unscanned} if tags.unscanned else {}
    outcome.event("routed", agency=agency.id, rule=decision.rule, rules=rules.version, **unscanned)
    return outcome


def decided(bench: Bench, opened: Opened, letter: Letter, tags: Tags, rules: Rules) -> Decision:
    """A person's choice first, then the operator's own addresses, then the rules."""
    row = opened.row
    if row.agency and row.agency in rules.agencies:
        return Decision(row.agency, "person", ("chosen at the desk",))
    if row.target in OPERATOR:
        return Decision("general", "operator", (f"addressed to {row.target}",))
    domain = bench.config.mail_domain
    recipients = [f"{row.target}@{domain}"] if row.channel == "email" else []
    return decide(question(letter, tags, recipients), rules)


def _by_ourselves(letter: Letter, domain: str) -> bool:
    """An agency's mailbox that forwards to us would make mail go round for ever (RFC 5321 §6.3)."""
    return any(a.endswith(f"@{domain}") and a.startswith(("reply+", "bounce+")) for a in letter.addresses)


def consents(conn: Connection, ticket: str, letter: Letter, agency: str) -> list[str]:
    """Who may have the address: the first agency that the letter went to, if the box was ticked, and no other."""
    before = conn.execute(sa.select(tickets.c.agency, tickets.c.consent).where(tickets.c.ref == ticket)).first()
    if before and before.agency:
        return list(json.loads(before.consent))
    return [agency] if letter.fields.get("share_email") == "yes" and letter.sender else []


def retransmission(bench: Bench, opened: Opened, message_id: str) -> str | None:
    """The digest by which the same mail sent again is known: envelope, Message-ID, content and target.

    None without a Message-ID: nobody can tell two such letters apart, so both are letters (CONTRACT.md).
    """
    if not message_id:
        return None
    content = hashlib.sha256(opened.content).hexdigest()
    parts = [
        opened.envelope.mail_from,
        *sorted(opened.envelope.recipients),
        opened.row.target,
        message_id,
        content,
    ]
    return bench.vault.digest("retransmission", "\0".join(parts).encode("utf-8", "surrogateescape"))


def unreadable(bench: Bench, opened: Opened, fault: Unreadable) -> Outcome:
    """Held for a person; known again when it is sent twice."""
    outcome = step.held(opened.row, f"unreadable: {fault}")
    found = _MESSAGE_ID.search(opened.content[:65536])
    outcome.digest = retransmission(bench, opened, found[1].decode("latin-1") if found else "")
    return outcome


def sealed_citizen(opened: Opened, letter: Letter, language: str, numbering: Numbering) -> bytes:
    """What later mail on the ticket needs to know about its writer, sealed.

    `addresses` are the writer's own; `named` stand in the letter: withheld like them, but nobody writes from them.
    """
    known: dict[str, Any] = {
        "address": letter.sender,
        "addresses": sorted({a.lower() for a in (letter.sender, *letter.addresses) if a}),
        "named": sorted(pii.addresses_in(letter.text)),
        "language": language,
        "wants": letter.fields.get("reply", "email" if letter.sender else "none"),
        "receipt": letter.fields.get("receipt_public", ""),
        "numbering": numbering.numbers,
    }
    return seal_citizen(opened.key, opened.row.ticket, known)


def seal_citizen(key: DataKey, ticket: str, known: dict[str, Any]) -> bytes:
    """The `citizen` column of a ticket."""
    return key.seal(f"citizen {ticket}", json.dumps(known).encode())


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _aliases(conn: Connection, ticket: str) -> list[sa.Row[Any]]:
    return list(conn.execute(sa.select(aliases).where(aliases.c.ticket == ticket)))


# ── what the agency reads ────────────────────────────────────────────────────────────────────────────────────────


def agency_text(seen: Restricted, letter: Letter, ref: str, agency: Agency, decision: Decision, shared: str) -> str:
    """The redacted letter, then what staff need to know about it."""
    lines = [f"Reference {ref}, routed to {agency.id} by rule “{decision.rule}”."]
    if shared:
        lines.append(f"The writer agreed to share their e-mail address with you: {shared}")
    lines.append(_how_to_answer(letter))
    lines.append(f"Not yours? Forward nothing: answer “not ours”, or tell the intake desk the reference {ref}.")
    if seen.withheld:
        counts = ", ".join(f"{cls} ({n})" for cls, n in sorted(seen.withheld.items()))
        lines.append(f"Withheld from this copy: {counts}.")
    for name, kind, octets in attached(letter):
        lines.append(f"{name}: {kind}, {max(1, octets // 1024)} kB, withheld; ask the intake desk for it.")
    lines.extend(f"Note: {problem}." for problem in letter.problems)
    return f"{seen.whole}\n\n-- \n" + "\n".join(lines) + "\n"


def _how_to_answer(letter: Letter) -> str:
    if letter.fields.get("reply") == "receipt":
        return "Reply to this message to answer: the writer left no address and reads it with a receipt."
    if not letter.sender:
        return "The writer left no address and asked for no answer."
    return "Reply to this message to answer: it reaches the writer, and neither of you sees the other's address."


# ── what the citizen gets ────────────────────────────────────────────────────────────────────────────────────────


def _acknowledgement(
    bench: Bench,
    opened: Opened,
    letter: Letter,
    language: str,
    agency: Agency,
    token: str,
    password: bool,
    conn: Connection,
) -> Row | None:
    """The outbox row of the acknowledgement; None when none is due (RFC 3834 §2: not to machines, not twice)."""
    if not bench.config.acknowledge or not letter.sender or letter.machine:
        return None
    if letter.channel == "email" and _domain(opened.envelope.mail_from) != _domain(letter.sender):
        return None  # a forged From would make us write to somebody who never wrote
    if letter.sender.rpartition("@")[2].lower() == bench.config.mail_domain:
        return None  # nobody of ours: an answer would come back to us
    recipient = bench.address_digest(letter.sender)
    since = now() - int(acknowledgement.ONCE_IN.total_seconds() * 1000)
    recent = sa.select(outbox.c.id).where(
        outbox.c.recipient == recipient,
        outbox.c.kind == "acknowledgement",
        outbox.c.created > since,
        outbox.c.state != "withdrawn",
    )
    if conn.execute(recent.limit(1)).first():
        return None
    subject, text = acknowledgement.write(language, opened.row.ticket, agency.name(language), password)
    draft = outgoing.Draft(
        kind="acknowledgement",
        side="citizen",
        ticket=opened.row.ticket,
        letter=opened.row.id,
        agency=agency.id,
        to=letter.sender,
        from_name=agency.name(language),
        from_token=token,
        subject=subject,
        text=text,
        language=language,
        auto_submitted="auto-replied",
    )
    try:
        row = outgoing.write(draft, opened.key, bench.config.mail_domain, recipient)
        return row | {"state": "later"}  # it says where the letter went: when it has gone there
    except ValueError:
        return None  # no message can be addressed to that; the letter goes on all the same
