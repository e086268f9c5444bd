"""Mail to our own tokens: an agency's answer, a citizen's addition, a bounce, a choice.

Only the other side's mail is ever sent on from an alias. An agency's must be shown to come from its domain
(`intake.sender`), and every address that it gives as its writer's must be of that domain and no other agency's mailbox;
every address of a citizen's must be one that the ticket knows. Anything else is held. What a machine wrote is noted,
not sent.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import cover, echo, hold, invitation, machine, notes, quotation, reason, receipt, sender
from intake.compose import is_address
from intake.enclosure import enclose
from intake.errors import NotYet
from intake.letter import Attachment, Letter
from intake.machine import ABSENCE_NOTE, AUTOMATIC, CHALLENGE, DELIVERY_REPORT
from intake.malware import Finding
from intake.mime import Unreadable
from intake.purpose import Grant
from intake.reader import Opened, open_letter
from intake.redact import Numbering, Tag, redact
from intake.routing import Agency, Rules
from intake.store import aliases, letters, links, now, outbox, tickets
from intake.ticket import settle
from intake.view import is_under, read_tags, restrict, shown_domains
from workers import step
from workers.bench import Bench
from workers.bounce import bounced
from workers.conversation import Conversation
from workers.message import Message as Outgoing
from workers.process import Stop, first_stop, harms, retransmission, unreadable
from workers.step import LetterRow, Outcome
from workers.telling import ask_to_write_again
from workers.wish import waits_for_a_word, wished

SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
"""Files that mail programs make of the mail itself (RFC 8551, RFC 3156): nobody sent them, and nobody misses them."""
CALENDARS = ("text/calendar", "application/ics")
_ENTRY = re.compile(rf"(?m)^(?:{'|'.join(invitation.CALLED)}):")

WORDED = "by its header, but it has words of its own"

PATIENCE = 4 * 3600 * 1000  # ms that an answer waits for DNS before a person must look
AN_HOUR = 20  # messages that one alias passes on; two machines that talk to each other stop there


def relay(bench: Bench, ids: Sequence[str]) -> list[Outgoing]:
    """Do it for `ids`; the messages to deliver, which are in hand.

    One after the other: two letters of one ticket in a batch would not know of each other, nor of each other's count.
    """
    rules = bench.rules()
    handlers = {"reply": relayed, "bounce": bounced, "wish": wished}

    def handle(row: LetterRow, grants: dict[str, Grant], conn: Connection) -> Outcome:
        opened = open_letter(row, bench.vault, grants[row.id])
        return handlers[row.kind](bench, rules, opened, grants, conn)

    return step.run(bench, ids, step.Step(handle, opening=_opening), one_by_one=True)


def _opening(conn: Connection, rows: Sequence[LetterRow]) -> list[tuple[str, str | None]]:
    """The letters that opened the tickets of these tokens, under whose keys aliases and citizen are sealed; and those
    that a wish is about."""
    tokens = [row.target for row in rows]
    of_tokens = sa.union(
        sa.select(aliases.c.ticket).where(aliases.c.digest.in_(tokens)),
        sa.select(outbox.c.ticket).where(outbox.c.bounce.in_(tokens)),
        sa.select(links.c.ticket).where(links.c.digest.in_(tokens)),
    )
    found = sa.select(tickets.c.letter, tickets.c.ref).where(tickets.c.ref.in_(of_tokens))
    asked = sa.select(links.c.letter, links.c.ticket).where(links.c.digest.in_(tokens), links.c.letter.is_not(None))
    return [(letter, ticket) for letter, ticket in (*conn.execute(found), *conn.execute(asked))]


def relayed(bench: Bench, rules: Rules, opened: Opened, grants: dict[str, Grant], conn: Connection) -> Outcome:
    """Mail to an alias: to whom it stands for, or held, or only noted."""
    row = opened.row
    alias = conn.execute(sa.select(aliases).where(aliases.c.digest == row.target)).first()
    ticket = alias and conn.execute(sa.select(tickets).where(tickets.c.ref == alias.ticket)).first()
    if not alias or not ticket:
        return step.held(row, reason.NO_TICKET)
    outcome = Outcome(row.id, ticket.ref, letter_values={"ticket": ticket.ref})
    if ticket.agency not in rules.agencies:
        return outcome.held(reason.NO_AGENCY)
    if waits_for_a_word(conn, row.id, ticket.ref):
        raise NotYet  # the citizen has said whose it is, and that comes first
    said = hold.said(conn, {row.id: ticket.ref})[row.id]
    try:
        # what staff attach is no answer
        letter = opened.head() if said.unread else opened.read(along=alias.side == "agency")
    except Unreadable as fault:
        return unreadable(bench, opened, fault, ticket.ref)
    outcome.digest = retransmission(bench, opened, letter.message_id)
    talk = Conversation.of(bench, rules, ticket, grants, conn, outcome)
    if alias.side == "citizen" and not said.by_a_person:
        letter = by_its_words(letter, ticket.ref)
    machines = letter.machine and not said.by_a_person
    message = Message(bench, opened, letter, talk, bench.scanner.scan(letter.attachments), machines)
    if machines and letter.automatic:
        return message.noted()
    if alias.side == "citizen" and alias.agency != ticket.agency:
        return outcome.held(f"{reason.CLOSED}: the letter is with another agency now")
    if alias.state != "open":
        return outcome.held(reason.CLOSED)
    if stop := first_stop(said, message.stops(alias.side)):
        stop.tell()
        return outcome.held(stop.because)
    return message.to_agency(said) if alias.side == "agency" else message.to_citizen()


def by_its_words(letter: Letter, ref: str) -> Letter:
    """An agency's mail, marked as a machine's where all that it says is a machine's note, and as perhaps a person's
    where only its header says that it is a machine's."""
    own = _own(letter.text)
    if letter.automatic:
        return replace(letter, automatic=False, written_by=WORDED) if _may_answer(letter, own) else letter
    if [file for file in letter.attachments if file.type not in SIGNATURES]:
        return letter
    kind = machine.note(letter.subject, letter.text, own, ref)
    return replace(letter, machine=True, automatic=True, written_by=kind) if kind else letter


def _may_answer(letter: Letter, own: str) -> bool:
    """Whether it says of itself that nobody wrote it, or has the null sender, and no more speaks for that than this:
    ticket systems without number send a clerk's words so."""
    headed = letter.written_by in (AUTOMATIC, DELIVERY_REPORT) and not letter.report
    return headed and bool(own.strip()) and not machine.is_noise(letter.subject, own)


def is_said(file: Attachment, text: str) -> bool:
    """Whether nobody misses a file: a signature, or a calendar entry that was read into the text."""
    return file.type in SIGNATURES or (file.type in CALENDARS and bool(_ENTRY.search(text)))


def goes_on(letter: Letter) -> bool:
    """Whether its text was cut, as `mime` tells staff."""
    return any("too long to show" in problem for problem in letter.problems)


def _own(text: str) -> str:
    """What the writer did not quote."""
    return "".join(words for others, words in quotation.passages(text) if not others)


@dataclass(slots=True, repr=False)
class Message:
    """One message between an agency and a citizen."""

    bench: Bench
    opened: Opened
    letter: Letter
    talk: Conversation
    scanned: Sequence[Finding] = ()
    machine: bool = False  # perhaps, and nobody has said that it was a person

    @property
    def outcome(self) -> Outcome:
        """What is to be written about it."""
        return self.talk.outcome

    @property
    def claimed(self) -> set[str]:
        """Every address that it gives as its writer's: envelope, From, Sender, Reply-To."""
        return {a.lower() for a in (self.letter.sender, *self.letter.addresses) if a}

    def noted(self) -> Outcome:
        """A machine wrote it (an absence note, a delivery report): on the record, and nowhere else."""
        self.outcome.event(hold.NOTED, by="mail", kind=self.letter.written_by)
        return self.outcome

    def stops(self, side: str) -> Iterator[Stop]:
        """Why a person must look first. `side`: whom the alias stands for."""
        for n, because in enumerate(harms(self.letter, self.scanned)):
            yield Stop(because, (lambda: None) if n else lambda: self._tell_of_harm(side))
        if self.machine and self.letter.written_by in (ABSENCE_NOTE, CHALLENGE, WORDED):
            yield Stop(f"{reason.MACHINE}{self.letter.written_by}")
        if self._too_often():
            yield Stop(f"{reason.TOO_MANY}{AN_HOUR} messages an hour through one alias")
        if side == "citizen" and (because := self._not_from_agency()):
            yield Stop(f"{reason.UNVERIFIED}{because}")
        if side == "agency" and not self._of_citizen():
            yield Stop(reason.STRANGER, self._ask_whether_it_was_you)

    def _tell_of_harm(self, side: str) -> None:
        """Whoever sent the file hears of it, if it is surely theirs."""
        talk, row, key = self.talk, self.opened.row, self.opened.key
        if side == "citizen" and not self._not_from_agency():
            talk.to_agency("note", row.id, key, notes.harmful_answer(talk.ref))
        elif side == "agency" and self._of_citizen() and talk.may_ask():
            talk.to_citizen("note", row.id, key, notes.harmful_file(talk.citizen.language, talk.ref))

    def _of_citizen(self) -> bool:
        return bool(self.claimed) and self.claimed <= set(self.talk.citizen.addresses)

    def _too_often(self) -> bool:
        since = now() - 3600 * 1000
        of_alias = sa.select(sa.func.count()).where(
            letters.c.target == self.opened.row.target, letters.c.received > since, letters.c.state == "done"
        )
        return self.bench.config.rate_limits and (self.talk.conn.scalar(of_alias) or 0) >= AN_HOUR

    # ── an agency's answer ────────────────────────────────────────────────────────────────────────────────────────

    def to_citizen(self) -> Outcome:
        """An agency's answer."""
        talk, row, key, rules = self.talk, self.opened.row, self.opened.key, self.talk.rules
        offices = shown_domains(rules, self.bench.config.mail_domain)
        others = {a for a in self.letter.others if not is_under(a, offices)}
        staff = [a for a in self.claimed | others if a != talk.agency.mailbox.lower()]
        staff.append(talk.alias("citizen"))
        by_receipt = talk.citizen.wants == "receipt" and talk.citizen.receipt  # which carries text alone
        anew = talk.agency.attachments == "clean" and not by_receipt
        redacted = (lambda _, text: self._without(staff, text, offices)) if anew else None
        pairs = zip(self.letter.attachments, self.scanned, strict=True)
        sent = [(file, seen) for file, seen in pairs if not is_said(file, self.letter.text)]
        files, findings = replace(self.letter, attachments=tuple(f for f, _ in sent)), [f for _, f in sent]
        enclosed = enclose(files, findings, redacted)
        subject = self._without(staff, self.letter.subject, offices, quoted=True)  # it is of what is answered
        text = self._without(staff, cover.without(self.letter.text), offices)
        wordless = quotation.is_alone(text)
        text = notes.answer(talk.citizen.language, text, enclosed, wordless, goes_on(self.letter))
        if by_receipt:
            sealed = receipt.seal(base64.b64decode(talk.citizen.receipt), row.id, text.encode())
            self.outcome.answers = [{"letter": row.id, "ticket": talk.ref, "sealed": sealed, "created": now()}]
        elif not talk.citizen.address:
            return self.outcome.held(reason.NO_ADDRESS)
        elif not is_address(talk.citizen.address):
            return self.outcome.held(reason.NO_FORM)
        elif talk.writable():
            talk.to_citizen("answer", row.id, key, (subject, text), staff, enclosed)
        else:
            talk.to_agency("note", row.id, key, notes.not_wanted(talk.ref))
            return self.outcome.held(reason.UNWANTED)
        self.outcome.also.append(lambda conn: settle(conn, talk.ref))
        self.outcome.event("answered", by=talk.agency.id)
        if self.letter.others:
            talk.to_agency("note", row.id, key, notes.addressed_to_others(talk.ref, len(self.letter.others)))
        return self.outcome

    def _not_from_agency(self) -> str:
        """Why it may be somebody else's; "" when the agency that holds the ticket wrote it."""
        agency, rules, envelope = self.talk.agency, self.talk.rules, self.opened.envelope
        claimed = self.claimed | {sender.author(self.opened.content).lower()}  # as the verdict below reads it
        if not all(_of_agency(a, agency, rules) for a in claimed):
            return "an address that is not this agency's"
        verdict = sender.authenticate(
            self.opened.content,
            mail_from=envelope.mail_from,
            client=envelope.client,
            helo=envelope.helo,
            trust=self.bench.trust,
        )
        age = now() - self.opened.row.received
        if verdict.temporary and age < PATIENCE:
            raise NotYet(min(max(age // 2, 5_000), 900_000))  # nobody can tell yet: DNS may be back
        return "" if verdict.authentic else verdict.because

    def _without(self, staff: Sequence[str], text: str, offices: Collection[str], quoted: bool = False) -> str:
        """An agency's words without the addresses of `staff`. What else they say is meant for the citizen; but what
        they quote is other people's: of the addresses there only those of `offices` stay, and no colleague's.
        `quoted`: all of the text is."""
        numbering = Numbering(self.talk.key.subkey("numbering"))

        def without(text: str, known: Sequence[str], domains: Collection[str] | None, ours: Sequence[Tag] = ()) -> str:
            done = redact(text, ours, lambda _: "withheld", known=known, shown_domains=domains, numbering=numbering)
            return done.text

        own = without(text, staff, None, echo.find(self.talk.conn, text))
        passages = [(True, own)] if quoted else quotation.passages(own)
        hidden = [*staff, *(a for a in self.letter.others if a != self.talk.agency.mailbox.lower())]
        return "".join(without(words, hidden, offices) if others else words for others, words in passages)

    # ── a citizen's addition ──────────────────────────────────────────────────────────────────────────────────────

    def to_agency(self, said: hold.Said) -> Outcome:
        """The citizen writes again."""
        talk, row, key = self.talk, self.opened.row, self.opened.key
        ((tags, texts),) = read_tags([self.letter])
        known = talk.known(self.letter)
        if said.unread or said.without_words:
            text = cover.at_the_desk(self.letter, talk.ref, unread=said.unread)
            talk.to_agency("follow-up", row.id, key, text, known=known)
            if said.unread and self._of_citizen():
                ask_to_write_again(talk, self.opened, self.letter)
        else:
            how = talk.restriction(self.letter, tags)
            enclosed = enclose(self.letter, self.scanned, talk.rebuilds(how, tags), texts)
            seen = restrict(self.letter, tags, how)
            text = seen.subject, cover.follow_up_text(seen, self.letter, talk.shared, enclosed.lines)
            talk.to_agency("follow-up", row.id, key, text, seen, known, enclosures=enclosed)
        self.outcome.letter_values["tags"] = None if said.unread else tags.sealed(key, row.id)
        talk.keep()
        self.outcome.event("follow-up", by="citizen")
        return self.outcome

    def _ask_whether_it_was_you(self) -> None:
        """The address on record can say so by a link; the agency is told nothing."""
        talk, row = self.talk, self.opened.row
        if not talk.may_ask():
            return
        url = talk.link(letter=row.id)
        text = notes.other_address(talk.citizen.language, talk.ref, url)
        talk.to_citizen("question", row.id, self.opened.key, text, has_link=True)


def _of_agency(address: str, agency: Agency, rules: Rules) -> bool:
    """Whether an address is this agency's: its mailbox, or of its domains and no other agency's mailbox, with whatever
    tag behind a plus."""
    mailbox = agency.mailbox.lower()
    others = {a.mailbox.lower() for a in rules.agencies.values()} - {mailbox}
    tagless = {_tagless(other) for other in others} - {_tagless(mailbox)}
    theirs = address in others or _tagless(address) in tagless
    return address == mailbox or (agency.accepts(address) and not theirs)


def _tagless(address: str) -> str:
    """RFC 5233: what is behind a plus leads to the same mailbox."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
