"""The road of a citizen's letter: open → read → tag → restrict → route → redirect."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import consent, cover, hold, notes, pii, reason, sender
from intake.alias import close_others
from intake.attachment.danger import danger
from intake.enclosure import enclose
from intake.language import detect
from intake.letter import Letter
from intake.malware import Finding
from intake.mime import Unreadable
from intake.purpose import Grant
from intake.reader import Opened, Tags, open_letter
from intake.recipient import OPERATOR
from intake.reference import parse_reference
from intake.routing import Decision, Question, Rules, Within, decide, taken
from intake.routing.rules import GENERAL
from intake.store import outbox, tickets
from intake.trap import reached
from intake.view import Read, is_under, question, read_tags, restrict, shown_domains
from workers import step
from workers.bench import Bench
from workers.conversation import Citizen, Conversation
from workers.copies import copied, copy
from workers.message import Message
from workers.step import LetterRow, Outcome
from workers.stored import Stored
from workers.telling import acknowledge, alert, ask_again, ask_to_write_again, may_be_told, refuse

SHORT = 64 * 1024  # octets of a letter that is tagged together with others
NAMED = 100  # addresses in a letter that are looked for in every spelling; of more the written form goes alone
LONGEST_ADDRESS = 320  # octets (RFC 3696, erratum 1690)

_MESSAGE_ID = re.compile(rb"(?im)^message-id:[ \t]*(\S+)")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_ALIAS = re.compile(r"(?:reply|bounce)\+[0-9a-z]{20}@")
_BRACKETED = re.compile(r"\[([0-9A-Za-z-]{12,20})\]")


def process(bench: Bench, ids: Sequence[str]) -> list[Message]:
    """Do it for `ids`; the messages to deliver, which are in hand."""
    road = _Road(bench, bench.rules())
    return step.run(bench, ids, step.Step(road.handle, road.begin))


class _Road:
    """A batch of letters on its road."""

    def __init__(self, bench: Bench, rules: Rules) -> None:
        self.bench, self.rules = bench, rules
        self._ahead: dict[str, tuple[Opened, _Known]] = {}

    def begin(self, rows: Sequence[LetterRow], grants: dict[str, Grant], conn: Connection) -> None:
        """What the store has on all of them, and the tags of short ones, which take half the time together. A letter
        that makes trouble is read again when its turn comes, and the trouble is its own."""
        self.stored = Stored(conn, [row.ticket for row in rows])
        self.said = hold.said(conn, {row.id: row.ticket for row in rows})
        short = [row for row in rows if row.octets <= SHORT and not self.said[row.id].unread]
        read = [both for row in short if (both := step.tried(partial(self._read, row, grants)))]
        tags = step.tried(lambda: read_tags([letter for _, letter in read]))
        for (opened, letter), its in zip(read, tags or (), strict=False):
            self._ahead[opened.row.id] = opened, (letter, its)

    def _read(self, row: LetterRow, grants: dict[str, Grant]) -> tuple[Opened, Letter]:
        opened = open_letter(row, self.bench.vault, grants[row.id])
        return opened, opened.read()

    def handle(self, row: LetterRow, grants: dict[str, Grant], _conn: Connection) -> Outcome:
        """One of them."""
        opened, known = self._ahead.pop(row.id, (None, None))
        opened = opened or open_letter(row, self.bench.vault, grants[row.id])
        return redirect(self.bench, self.rules, opened, self.stored, self.said[row.id], known)


_Known = tuple[Letter, Read]


def redirect(
    bench: Bench, rules: Rules, opened: Opened, stored: Stored, said: hold.Said, known: _Known | None = None
) -> Outcome:
    """Everything that follows from one citizen's letter, as rows to be written. `known`: what was read already."""
    row, conn, unread = opened.row, stored.conn, said.unread
    reached("letter.opened", row.id)
    try:
        letter = known[0] if known else opened.head() if unread else opened.read()
    except Unreadable as fault:
        return unreadable(bench, opened, fault, row.ticket)
    if by_ourselves(letter, bench.config.mail_domain, conn):
        return step.held(row, f"{reason.LOOP}it was written from an alias of ours")
    tags, texts = known[1] if known else read_tags([letter])[0]
    reached("letter.tagged", row.id)
    language = detect(f"{letter.subject}\n{letter.text}")
    decision = decided(bench, opened, letter, tags, rules, language)
    reached("letter.routed", row.id)
    agency = rules.agencies[decision.agency]
    ticket = stored.ticket(row.ticket)
    kept = ticket if ticket is not None and ticket.priority and decision.rule in ("person", "copy") else None
    if kept is not None:  # what a rule found stays so, whoever has the letter now
        decision = replace(decision, urgent=True)
    outcome = Outcome(row.id, row.ticket, digest=retransmission(bench, opened, letter.message_id))
    before = ticket.citizen if ticket is not None else None
    citizen = of_letter(letter, language, shown_domains(rules, bench.config.mail_domain))
    if ticket is not None and ticket.citizen:  # on the road once more: what was learnt meanwhile stays
        citizen.remember(Citizen.unseal(ticket.citizen, opened.key, row.ticket))
    consents = consent.first(ticket, letter, agency.id)
    talk = Conversation(bench, rules, stored, row.ticket, agency, opened.key, citizen, consents, outcome, before)
    outcome.letter_values = {"tags": None if unread else tags.sealed(opened.key, row.id)}  # none were looked for
    outcome.ticket_values = {
        "agency": agency.id,
        "due": kept.due if kept is not None else due(row, decision.answer_within or agency.answer_within, rules),
        "priority": "urgent" if decision.urgent else None,
        "language": language,
        "rule": decision.rule,
        "rules_version": rules.version,
        "why": json.dumps({"why": decision.why, "suggestions": decision.suggestions}),
        "tags": json.dumps(tags.counts()),
        "receipt": letter.fields.get("receipt_digest") or None,
    }
    first = ticket is None or not ticket.agency
    if first:
        outcome.ticket_values["consent"] = json.dumps(consents)
    alert(talk, opened, decision)  # even if it is held
    scanned = bench.scanner.scan(letter.attachments)
    if stop := first_stop(said, _stops(talk, opened, letter, decision, scanned)):
        stop.tell()
        talk.keep()
        return outcome.held(stop.because, **stop.detail)
    if decision.refusal:
        return _refused(talk, opened, letter, decision)
    if unread or said.without_words:
        talk.to_agency("redirect", row.id, opened.key, cover.at_the_desk(letter, row.ticket, decision, unread))
    else:
        how = talk.restriction(letter, tags)
        enclosed = enclose(letter, scanned, talk.rebuilds(how, tags), texts)
        seen = restrict(letter, tags, how)
        text = cover.agency_text(seen, letter, row.ticket, decision, talk.shared, enclosed.lines)
        subject = cover.subject(row.ticket, seen.subject, decision)
        talk.to_agency("redirect", row.id, opened.key, (subject, text), seen, enclosures=enclosed)
    if unread:
        ask_to_write_again(talk, opened, letter)
    else:
        acknowledge(talk, opened, letter, decision, "password" in tags.counts())
    ask_again(talk, opened)
    if decision.copies:
        by = outcome.ticket_values["due"]
        outcome.also.append(lambda conn: copy(conn, bench, opened, decision, by))
    outcome.ticket_values |= {"state": "routed", "held_because": None}
    talk.keep()
    if not first:  # else there are none yet
        outcome.also.append(lambda conn: close_others(conn, row.ticket, agency.id))
    more: dict[str, Any] = {"unscanned": tags.unscanned} if tags.unscanned else {}
    more |= {"urgent": True} if decision.urgent else {}
    outcome.event("routed", agency=agency.id, rule=decision.rule, rules=rules.version, **more)
    return outcome


def due(row: Any, within: Within, rules: Rules) -> int:
    """When (ms) an answer to what was received then is due."""
    received = datetime.fromtimestamp(row.received / 1000, UTC)
    return int(rules.office.due(received, within).timestamp() * 1000)


def _refused(talk: Conversation, opened: Opened, letter: Letter, decision: Decision) -> Outcome:
    """A rule refuses it: it goes nowhere, and stays on record."""
    outcome = talk.outcome
    refuse(talk, opened, letter, decision)
    outcome.state = "refused"
    outcome.ticket_values |= {"state": "closed", "held_because": None, "due": None}
    talk.keep()
    outcome.event("refused", rule=decision.rule, rules=talk.rules.version)
    return outcome


def decided(bench: Bench, opened: Opened, letter: Letter, tags: Tags, rules: Rules, language: str) -> Decision:
    """A person's choice first, then what a rule copied, then the operator's own addresses, then the rules."""
    row, copied_to = opened.row, copied(opened.row.target)
    if row.agency:
        known, why = (row.agency, "") if row.agency in rules.agencies else (GENERAL, f": {row.agency!r}, which is gone")
        return taken(Decision(known, "person", (f"chosen at the desk{why}",)), rules)
    if copied_to:
        known = copied_to if copied_to in rules.agencies else GENERAL
        why = "a rule sends a copy of the letter" if known == copied_to else f"a copy for {copied_to!r}, which is gone"
        return taken(Decision(known, "copy", (why,)), rules)
    if row.target in OPERATOR:
        return Decision("general", "operator", (f"addressed to {row.target}",))
    return decide(asked(bench, opened, letter, tags, rules, language), rules)


def asked(bench: Bench, opened: Opened, letter: Letter, tags: Tags, rules: Rules, language: str) -> Question:
    """What the rules are asked about a letter."""
    row = opened.row
    recipients = [f"{row.target}@{bench.config.mail_domain}"] if row.channel == "email" else []
    return replace(question(letter, tags, recipients, language), **_of_its_way(bench, opened, rules))


def _of_its_way(bench: Bench, opened: Opened, rules: Rules) -> dict[str, Any]:
    """What is known of how it came: when, and what costs time only if a rule asks for it."""
    envelope, raw = opened.envelope, opened.content
    known: dict[str, Any] = {"received": datetime.fromtimestamp(opened.row.received / 1000, UTC)}
    if envelope.channel == "email" and "authenticated" in rules.asks:
        verdict = sender.authenticate(
            raw, mail_from=envelope.mail_from, client=envelope.client, helo=envelope.helo, trust=bench.trust
        )
        known["authenticated"] = verdict.authentic
    if envelope.channel == "email" and "spam" in rules.asks:
        known["spam"] = sender.called_spam(raw, envelope.client, bench.trust)
    return known


def by_ourselves(letter: Letter, domain: str, conn: Connection) -> bool:
    """Whether mail would go round for ever (RFC 5321 §6.3): an alias of ours wrote it, or another installation's did
    and the subject still names a ticket of ours (an agency's mailbox there leads back here)."""
    aliases_ = [a for a in letter.addresses if _ALIAS.match(a)]
    if any(a.endswith(f"@{domain}") for a in letter.addresses if a.startswith(("reply+", "bounce+"))):
        return True
    return bool(aliases_) and _named(letter, conn) is not None


def _named(letter: Letter, conn: Connection) -> str | None:
    """The ticket whose reference stands in the subject, in brackets as we write it."""
    named = {parse_reference(text) for text in _BRACKETED.findall(letter.subject)} - {""}
    known = sa.select(tickets.c.ref).where(tickets.c.ref.in_(named))
    return conn.execute(known).scalars().first() if named else None


# ── a person first ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a person must look before a letter goes on. `tell`: write to whom it concerns; `detail`: for the trail."""

    because: str
    tell: Callable[[], object] = lambda: None
    detail: Mapping[str, Any] = field(default_factory=dict)


def first_stop(said: hold.Said, stops: Iterable[Stop]) -> Stop | None:
    """The first that no person has seen yet: a release counts for what it was given for."""
    return next((stop for stop in stops if stop.because not in said.reasons), None)


def _stops(
    talk: Conversation, opened: Opened, letter: Letter, decision: Decision, scanned: Sequence[Finding]
) -> Iterator[Stop]:
    """All the reasons there are."""
    for n, because in enumerate(harms(letter, scanned)):
        yield Stop(because, (lambda: None) if n else lambda: _tell_of_harm(talk, opened, letter))
    if guess := _misaddressed(letter, talk.rules, talk.conn):
        yield Stop(reason.STRAY, detail={"guess": guess[0], "score": guess[1]})
    if decision.hold:
        yield Stop(f"{reason.RULE}{decision.rule}: {decision.hold}")


def _tell_of_harm(talk: Conversation, opened: Opened, letter: Letter) -> None:
    """Whoever sent a file that may do harm hears of it."""
    if may_be_told(talk.bench, opened, letter) and talk.may_ask():
        text = notes.harmful_file(talk.citizen.language, talk.ref)
        talk.to_citizen("note", opened.row.id, opened.key, text)


def harms(letter: Letter, scanned: Sequence[Finding]) -> list[str]:
    """What is known to be wrong with the files that came with a letter, each once."""
    infected = [f"{reason.INFECTED}{finding.detail}" for finding in scanned if finding.state == "infected"]
    dangerous = [f"{reason.DANGEROUS}{what}" for file in letter.attachments if (what := danger(file))]
    return list(dict.fromkeys((*infected, *dangerous)))


def _misaddressed(letter: Letter, rules: Rules, conn: Connection) -> tuple[str, float] | None:
    """The ticket that an agency's mail is an answer on although it was not sent to an alias: by the message that it
    answers, or by the reference in its subject."""
    if letter.channel != "email" or not any(agency.accepts(letter.sender) for agency in rules.agencies.values()):
        return None
    ids = {parse_reference(reference.strip("<>").partition("@")[0]) for reference in letter.references} - {""}
    answered = sa.select(outbox.c.ticket).where(outbox.c.id.in_(ids), outbox.c.side == "agency")
    if ids and (ref := conn.execute(answered.order_by(outbox.c.created.desc())).scalars().first()):
        return str(ref), 0.95
    named = _named(letter, conn)
    return (named, 0.8) if named else None


def retransmission(bench: Bench, opened: Opened, message_id: str) -> str | None:
    """The digest by which the same mail sent again is known: envelope, Message-ID, content and target.

    Of mail to an alias: target, Message-ID and body. Whoever replays a signed answer can write the envelope and further
    header lines as they like. None without a Message-ID: nobody can tell two such letters apart, so both are letters
    (CONTRACT.md).
    """
    if not message_id:
        return None
    envelope, content = [opened.envelope.mail_from, *sorted(opened.envelope.recipients)], opened.content
    if opened.row.kind == "reply":
        envelope, content = [], _HEADER_END.split(content, maxsplit=1)[-1]
    parts = [*envelope, opened.row.target, message_id, hashlib.sha256(content).hexdigest()]
    return bench.vault.digest("retransmission", "\0".join(parts).encode("utf-8", "surrogateescape"))


def unreadable(bench: Bench, opened: Opened, fault: Unreadable, ref: str) -> Outcome:
    """Held for a person, on the ticket `ref`; known again when it is sent twice."""
    found = _MESSAGE_ID.search(opened.content[:65536])
    digest = retransmission(bench, opened, found[1].decode("latin-1") if found else "")
    outcome = Outcome(opened.row.id, ref, letter_values={"ticket": ref}, digest=digest)
    return outcome.held(f"{reason.UNREADABLE}{fault}")


def of_letter(letter: Letter, language: str, shown: Collection[str]) -> Citizen:
    """What later mail on the ticket needs to know about its writer. Addresses of `shown` domains are no secret."""
    others = (a for a in pii.addresses_in(letter.text) if len(a) <= LONGEST_ADDRESS and not is_under(a, shown))
    return Citizen(
        address=letter.sender,
        addresses=sorted({a.lower() for a in (letter.sender, *letter.addresses) if a}),
        named=sorted(list(dict.fromkeys(others))[:NAMED]),
        language=language,
        wants=letter.fields.get("reply", "email" if letter.sender else "none"),
        receipt=letter.fields.get("receipt_public", ""),
    )
