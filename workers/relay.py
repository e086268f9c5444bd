"""Mail to our own tokens: an agency's answer, a citizen's addition, a bounce.

Only the other side's mail is ever sent on from an alias: every address that an answer gives as its writer's must be of
that agency's domain and no other agency's mailbox, every address of an addition one the ticket knows. Anything else is
held. What a machine wrote is noted, not sent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import audit, outgoing, receipt
from intake.alias import open_pair
from intake.letter import Letter
from intake.mime import Unreadable
from intake.purpose import Grant
from intake.reader import Opened, fetch, open_key, open_letter
from intake.redact import Numbering, redact
from intake.routing import Agency, Rules
from intake.store import aliases, now, outbox, tickets
from intake.vault import DataKey
from intake.view import Audience, attached, find_tags, restrict, shown_domains
from workers import step
from workers.bench import Bench
from workers.process import retransmission, seal_citizen, unreadable
from workers.step import LetterRow, Outcome


def relay(bench: Bench, ids: Sequence[str]) -> list[str]:
    """Do it for `ids`; the ids of the messages to deliver."""
    rules = bench.published.current

    def handle(row: LetterRow, grants: dict[str, Grant], conn: Connection) -> Outcome:
        opened = open_letter(row, bench.vault, grants[row.id])
        return bounced(opened, conn) if row.kind == "bounce" else relayed(bench, rules, opened, grants, conn)

    return step.run(bench, ids, handle, _opening)


def _opening(conn: Connection, rows: Sequence[LetterRow]) -> list[tuple[str, str | None]]:
    """The letters that opened the tickets these aliases belong to: aliases and citizen are sealed under their keys."""
    digests = [r.target for r in rows if r.kind == "reply"]
    found = sa.select(tickets.c.letter, tickets.c.ref).join(aliases, aliases.c.ticket == tickets.c.ref)
    return [(r.letter, r.ref) for r in conn.execute(found.where(aliases.c.digest.in_(digests)).distinct())]


def relayed(bench: Bench, rules: Rules, opened: Opened, grants: dict[str, Grant], conn: Connection) -> Outcome:
    """Mail to an alias: to whom it stands for, or held, or only noted."""
    row = opened.row
    try:
        letter = opened.read()
    except Unreadable as fault:
        return unreadable(bench, opened, fault)
    alias = conn.execute(sa.select(aliases).where(aliases.c.digest == row.target)).first()
    ticket = alias and conn.execute(sa.select(tickets).where(tickets.c.ref == alias.ticket)).first()
    if not alias or not ticket or ticket.agency not in rules.agencies:
        return step.held(row, "its ticket is gone")
    talk = Talk(bench, rules, opened, letter, ticket, rules.agencies[ticket.agency], grants, conn)
    if letter.automatic or letter.report:
        return talk.noted()
    if alias.side == "agency":
        return talk.to_agency()
    if alias.state != "open" or alias.agency != ticket.agency:
        return talk.held("written to an alias that is closed: the letter is with another agency now")
    return talk.to_citizen()


class Talk:
    """One message between an agency and a citizen of one ticket."""

    def __init__(
        self,
        bench: Bench,
        rules: Rules,
        opened: Opened,
        letter: Letter,
        ticket: Any,
        agency: Agency,
        grants: dict[str, Grant],
        conn: Connection,
    ) -> None:
        self.bench, self.rules, self.letter, self.ticket, self.agency = bench, rules, letter, ticket, agency
        self.row, self.key = opened.row, opened.key
        self.grants, self.conn = grants, conn
        self.shown = shown_domains(rules, bench.config.mail_domain)
        self.outcome = Outcome(
            opened.row.id,
            ticket.ref,
            letter_values={"ticket": ticket.ref},
            digest=retransmission(bench, opened, letter.message_id),
        )
        self._ticket_key: DataKey | None = None

    def noted(self) -> Outcome:
        """A machine wrote it (an absence note, a delivery report): on the record, and nowhere else."""
        self.outcome.event("machine mail noted", by=self.agency.id)
        return self.outcome

    def to_citizen(self) -> Outcome:
        """An agency's answer."""
        if not self._from_agency():
            return self.held("unverified agency sender")
        citizen = self._citizen()
        staff = [a for a in self.letter.addresses if a.lower() != self.agency.mailbox.lower()]
        subject, text = self._without(staff, self.letter.subject), self._without(staff, self.letter.text)
        text = _listed(text, self.letter)
        self.outcome.ticket_values = {"state": "answered"}
        self.outcome.event("answered", by=self.agency.id)
        if citizen["wants"] == "receipt" and citizen["receipt"]:
            self._for_receipt(citizen["receipt"], text)
        elif citizen["address"]:
            name = self.agency.name(citizen["language"])
            self._send("answer", "citizen", citizen["address"], name, subject, text, staff)
        else:
            return self.held("the writer left no address")
        return self.outcome

    def to_agency(self) -> Outcome:
        """The citizen writes again."""
        citizen = self._citizen()
        own = {a.lower() for a in citizen["addresses"]}
        claimed = {a.lower() for a in (self.letter.sender, *self.letter.addresses) if a}
        if not claimed or not claimed <= own:  # envelope, From, Sender, Reply-To: one stranger among them is one
            return self.held("unknown sender at a citizen's alias")
        tags = find_tags(self.letter)
        numbering = Numbering(self._key().subkey("numbering"), dict(citizen["numbering"]))
        audience = Audience("agency", self.rules.handling(self.agency.id), self.shown)
        all_known = sorted({*own, *citizen["named"], *(a.lower() for a in self.letter.addresses)})
        seen = restrict(self.letter, tags, audience, all_known, numbering)
        self.outcome.letter_values["tags"] = tags.sealed(self.key, self.row.id)
        self.outcome.event("follow-up", by="citizen")
        citizen["numbering"] = numbering.numbers
        self.outcome.ticket_values["citizen"] = seal_citizen(self._key(), self.ticket.ref, citizen)
        text = _listed(seen.text, self.letter)
        domains = sorted(self.shown)
        to, name = self.agency.mailbox, "Citizen via Intake"
        self._send("follow-up", "agency", to, name, seen.subject, text, all_known, domains)
        return self.outcome

    def _without(self, staff: Sequence[str], text: str) -> str:
        """An agency's words without its staff's own addresses; everything else in them is meant for the citizen."""
        numbering = Numbering(self._key().subkey("numbering"))
        return redact(text, (), lambda _: "shown", known=staff, shown_domains=None, numbering=numbering).text

    def _from_agency(self) -> bool:
        """Every address that the mail gives as its writer's is the agency's: envelope, From, Sender, Reply-To.

        Issue "No address gets out" adds DKIM and SPF to this.
        """
        senders = {s.lower() for s in self.agency.senders}
        claimed = [a.lower() for a in (self.letter.sender, *self.letter.addresses) if a]
        mailbox = self.agency.mailbox.lower()
        others = {a.mailbox.lower() for a in self.rules.agencies.values()} - {mailbox}
        return bool(claimed) and all(
            a == mailbox or (a.rpartition("@")[2] in senders and a not in others) for a in claimed
        )

    def held(self, because: str) -> Outcome:
        """A person must look at it first."""
        outcome = step.held(self.row, because)
        outcome.ticket, outcome.digest = self.ticket.ref, self.outcome.digest
        outcome.events = [audit.Event("held", self.row.id, self.ticket.ref, step.BY, {"because": because})]
        outcome.letter_values = {"ticket": self.ticket.ref}
        return outcome

    def _key(self) -> DataKey:
        """The key of the letter that opened the ticket: its aliases and the citizen are sealed under it."""
        if self._ticket_key is None:
            opening = fetch(self.conn, [self.ticket.letter])[0]
            self._ticket_key = open_key(opening, self.bench.vault, self.grants[opening.id])
        return self._ticket_key

    def _citizen(self) -> dict[str, Any]:
        plain = self._key().open(f"citizen {self.ticket.ref}", self.ticket.citizen)
        return dict(json.loads(plain))

    def _send(
        self,
        kind: str,
        side: str,
        to: str,
        from_name: str,
        subject: str,
        text: str,
        known: Sequence[str],
        domains: Sequence[str] | None = None,
    ) -> None:
        stored = list(self.conn.execute(sa.select(aliases).where(aliases.c.ticket == self.ticket.ref)))
        pair = open_pair(stored, self._key(), self.ticket.ref, self.agency.id)
        self.outcome.aliases = pair.rows
        draft = outgoing.Draft(
            kind=kind,
            side=side,
            ticket=self.ticket.ref,
            letter=self.row.id,
            agency=self.agency.id,
            to=to,
            from_name=from_name,
            from_token=pair.agency if side == "citizen" else pair.citizen,
            subject=_subject(subject, self.ticket.ref),
            text=text,
            language=self.ticket.language or "en",
            references=self._earlier(side),
            known=known,
            domains=domains,
        )
        recipient = self.bench.address_digest(to)
        self.outcome.outbox = [outgoing.write(draft, self.key, self.bench.config.mail_domain, recipient)]

    def _earlier(self, side: str) -> list[str]:
        """Ids of what this side got before on the ticket, oldest first: its mail program shows them as one thread."""
        before = sa.select(outbox.c.id).where(outbox.c.ticket == self.ticket.ref, outbox.c.side == side)
        return list(self.conn.execute(before.order_by(outbox.c.created)).scalars())[-10:]

    def _for_receipt(self, public: str, text: str) -> None:
        sealed = receipt.seal(base64.b64decode(public), self.row.id, text.encode())
        self.outcome.answers = [{"letter": self.row.id, "ticket": self.ticket.ref, "sealed": sealed, "created": now()}]


def _subject(subject: str, ref: str) -> str:
    """The subject with the reference in it once."""
    return subject if f"[{ref}]" in subject else f"[{ref}] {subject}".rstrip()


def _listed(text: str, letter: Letter) -> str:
    """The text, and what came with it and was not sent along."""
    lines = [f"{name}: {kind}, {max(1, octets // 1024)} kB, not sent along." for name, kind, octets in attached(letter)]
    return f"{text.strip()}\n" + (("\n-- \n" + "\n".join(lines) + "\n") if lines else "")


def bounced(opened: Opened, conn: Connection) -> Outcome:
    """Mail to the envelope sender of something we sent: consumed, on the record, never passed on.

    Absence notes come here too (RFC 3834 §4), and reports of a delay: only a failure moves the ticket.
    """
    row, letter = opened.row, opened.read()
    message = conn.execute(sa.select(outbox).where(outbox.c.bounce == row.target)).first()
    if not message:
        return step.held(row, "a bounce of nothing we know")
    outcome = Outcome(row.id, message.ticket, letter_values={"ticket": message.ticket})
    if not _failed(opened, letter):
        outcome.event("machine mail noted", by="mail", message=message.id)
        return outcome
    outcome.event("bounced", by="mail", message=message.id, kind=message.kind, side=message.side)
    if message.kind != "acknowledgement":
        outcome.also.append(lambda c: c.execute(_bounced(message.ticket, message.kind)))
    outcome.also.append(lambda c: c.execute(sa.update(outbox).where(outbox.c.id == message.id).values(state="bounced")))
    return outcome


def _failed(opened: Opened, letter: Letter) -> bool:
    """A report says so (RFC 3464 §2.3.3); a null sender without a report is what old servers send."""
    if letter.report:
        return b"action: failed" in b" ".join(opened.content.lower().split())
    head = opened.content.lower().replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return not opened.envelope.mail_from and b"auto-submitted: auto-replied" not in head


def _bounced(ref: str, kind: str) -> sa.Update:
    """A bounced answer leaves the citizen without it, a bounced letter the agency: either way a person must look."""
    open_states = ("routed", "delivered", "answered") if kind == "answer" else ("routed", "delivered")
    return sa.update(tickets).where(tickets.c.ref == ref, tickets.c.state.in_(open_states)).values(state="bounced")
