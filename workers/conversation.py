"""The conversation of one ticket: its two sides, and every message that is written to either.

A message to the agency comes from the citizen's alias, one to the citizen from the agency's; each names what its
receiver got before, so that mail programs show one thread. Every message to a citizen has a link to their
choices. Whoever writes to a citizen asks `writable` or `may_ask` first; delivery asks once more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import consent, echo, link, notes, outgoing, suppression
from intake.alias import Pair, address, open_pair
from intake.compose import is_address
from intake.config import Config
from intake.enclosure import Enclosures, Redact
from intake.letter import Letter
from intake.purpose import Grant
from intake.reader import Tags, fetch, open_key
from intake.redact import Numbering
from intake.routing import Agency, Rules
from intake.store import DAY, Row, heartbeats, now, outbox
from intake.vault import DataKey
from intake.view import Audience, Restricted, Restriction, Secret, restriction, shown_domains
from workers.bench import Bench
from workers.step import Outcome
from workers.stored import Stored

CITIZEN = "Citizen via Intake"
A_DAY = 3  # questions and notices to an address


@dataclass(slots=True, repr=False)
class Citizen:
    """What a ticket knows of its writer. `addresses` are their own; `named` stand in the letter: withheld like them,
    but nobody writes from them."""

    address: str = ""
    addresses: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    language: str = "en"
    wants: str = "none"  # email, receipt, none
    receipt: str = ""
    numbering: dict[str, int] = field(default_factory=dict)

    @classmethod
    def unseal(cls, sealed: bytes, key: DataKey, ticket: str) -> Citizen:
        """From the `citizen` column of a ticket."""
        known = json.loads(key.open(f"citizen {ticket}", sealed))
        return cls(**{name: known[name] for name in cls.__slots__ if name in known})

    def remember(self, earlier: Citizen) -> None:
        """What was known before stays known: confirmed addresses, and who got which number."""
        self.addresses = sorted({*self.addresses, *earlier.addresses})
        self.named = sorted({*self.named, *earlier.named})
        self.numbering = earlier.numbering

    @classmethod
    def of(
        cls, bench: Bench, ticket: sa.Row[Any], grants: dict[str, Grant], conn: Connection
    ) -> tuple[Citizen, DataKey]:
        """Of a stored ticket, with the key of the letter that opened it."""
        opening = fetch(conn, [ticket.letter])[0]
        key = open_key(opening, bench.vault, grants[ticket.letter])
        return (cls.unseal(ticket.citizen, key, ticket.ref) if ticket.citizen else cls()), key

    def sealed(self, key: DataKey, ticket: str) -> bytes:
        """The `citizen` column."""
        return key.seal(f"citizen {ticket}", json.dumps({n: getattr(self, n) for n in self.__slots__}).encode())


@dataclass(slots=True, repr=False)
class Conversation:
    """A ticket at work. `key`: of the letter that opened it; aliases and citizen are sealed under it."""

    bench: Bench
    rules: Rules
    stored: Stored
    ref: str
    agency: Agency
    key: DataKey
    citizen: Citizen
    consents: Sequence[str]
    outcome: Outcome
    before: bytes | None = None  # the `citizen` column as it was read
    _pair: Pair | None = None

    @classmethod
    def of(
        cls, bench: Bench, rules: Rules, ticket: sa.Row[Any], grants: dict[str, Grant], conn: Connection, to: Outcome
    ) -> Conversation:
        """The conversation of a stored ticket; what is written in it goes into the outcome `to`."""
        citizen, key = Citizen.of(bench, ticket, grants, conn)
        agency, consents = rules.agencies[ticket.agency], consent.of(ticket)
        stored = Stored(conn, [ticket.ref])
        return cls(bench, rules, stored, ticket.ref, agency, key, citizen, consents, to, ticket.citizen)

    @property
    def conn(self) -> Connection:
        """The moment that all of it is of."""
        return self.stored.conn

    def keep(self) -> None:
        """Write down what is known of the citizen now. `Conflict` when somebody else did meanwhile: then all of the
        outcome is worked out anew."""
        self.outcome.citizen = self.before, self.citizen.sealed(self.key, self.ref)

    @property
    def shared(self) -> str:
        """The citizen's address, if the agency may see it."""
        return self.citizen.address if self.agency.id in self.consents else ""

    @property
    def recipient(self) -> str:
        """The digest of the citizen's address."""
        return self.bench.address_digest(self.citizen.address)

    def writable(self) -> bool:
        """Whether the citizen can be written to and wants to be."""
        return is_address(self.citizen.address) and not suppression.among(self.conn, [self.recipient])

    def may_ask(self) -> bool:
        """Whether a machine may write to the citizen beside the acknowledgement: a few times a day at the most."""
        if not self.bench.config.acknowledge or not self.writable():
            return False
        asked = sa.select(sa.func.count()).where(
            outbox.c.recipient == self.recipient,
            outbox.c.kind.in_(("question", "note")),
            outbox.c.created > now() - DAY,
        )
        return (self.conn.scalar(asked) or 0) < A_DAY

    def pair(self) -> Pair:
        """The aliases of both sides; new ones are written with the outcome."""
        if self._pair is None:
            self._pair = open_pair(self.stored.aliases(self.ref), self.key, self.ref, self.agency.id)
            self.outcome.aliases = [*self.outcome.aliases, *self._pair.rows]
        return self._pair

    def restriction(self, letter: Letter, tags: Tags) -> Restriction:
        """How the agency may see a letter of the citizen's."""
        shown = shown_domains(self.rules, self.bench.config.mail_domain)
        audience = Audience("agency", self.rules.handling(self.agency.id), shown, self.ref)
        numbering = Numbering(self.key.subkey("numbering"), self.citizen.numbering)
        known = [*self.known(letter), self.alias("agency")]
        return restriction(letter, tags, audience, known, numbering, partial(echo.find, self.conn), self.shared)

    def rebuilds(self, how: Restriction, tags: Tags) -> Redact | None:
        """How the text of the letter's files is redacted, if this agency takes files that are written anew."""
        if self.agency.attachments != "clean":
            return None
        return lambda n, text: how.part(text, tags.files[n].text or ())

    def known(self, letter: Letter) -> list[str]:
        """Every address of the citizen that must not leave."""
        all_ = {*self.citizen.addresses, *self.citizen.named, *(a.lower() for a in (*letter.addresses, letter.sender))}
        return sorted(all_ - {""})

    def alias(self, side: str) -> str:
        """The alias that stands for a side; the side itself never sees it."""
        token = self.pair().agency if side == "agency" else self.pair().citizen
        return address(token, self.bench.config.mail_domain)

    def to_agency(
        self,
        kind: str,
        letter: str,
        key: DataKey,
        text: notes.Text,
        seen: Restricted | None = None,
        known: Sequence[str] = (),
        enclosures: Enclosures | None = None,
        to: str = "",
    ) -> None:
        """Write to the agency; `letter` and `key` are those the message is kept under. `seen`: the words of the
        citizen that are in it; None where it is all ours. `to`: another mailbox of the agency's than its usual one."""
        shown = shown_domains(self.rules, self.bench.config.mail_domain)
        shared = self.shared if seen else ""  # a note of ours shows no address
        written = kind in outgoing.WORDS  # or stands for what a person wrote: no mailbox may sort it out as a machine's
        draft = outgoing.Draft(
            kind=kind,
            side="agency",
            ticket=self.ref,
            letter=letter,
            agency=self.agency.id,
            to=to or self.agency.mailbox,
            from_name=CITIZEN if written else "Intake",
            from_token=self.pair().citizen,
            subject=_subject(text[0], self.ref),
            text=text[1],
            language=self.citizen.language if seen else "en",
            auto_submitted="" if written else "auto-generated",
            references=self._earlier("agency"),
            known=known or self.known(Letter("email")),
            domains=sorted(shown),
            consented=[shared] if shared else [],
            secrets=(*(seen.secrets if seen else ()), *self._tokens()),
            names=seen.names if seen else (),
            attachments=enclosures.along if enclosures else (),
        )
        self._put(draft, key, self.bench.address_digest(draft.to))
        if shared and self.before is not None:
            ref, agency = self.ref, self.agency.id
            self.outcome.also.append(lambda conn: consent.insist(conn, ref, agency))

    def to_citizen(
        self,
        kind: str,
        letter: str,
        key: DataKey,
        text: notes.Text,
        known: Sequence[str] = (),
        enclosures: Enclosures | None = None,
        has_link: bool = False,
    ) -> None:
        """Write to the citizen. `known`: addresses of staff that must not leave; `has_link`: the text leads to their
        choices itself. The caller asked `writable`."""
        language = self.citizen.language
        choices = "" if has_link else notes.choices(language, self.link())
        draft = outgoing.Draft(
            kind=kind,
            side="citizen",
            ticket=self.ref,
            letter=letter,
            agency=self.agency.id,
            to=self.citizen.address,
            from_name=self.agency.name(language),
            from_token=self.pair().agency,
            subject=_subject(text[0], self.ref),
            text=text[1] + choices,
            language=language,
            auto_submitted=_AUTOMATIC.get(kind, ""),
            references=self._earlier("citizen"),
            known=known,
            attachments=enclosures.along if enclosures else (),
        )
        self._put(draft, key, self.recipient)

    def link(self, letter: str | None = None, agency: str | None = None) -> str:
        """The address of a link for the citizen: a new one, or the ticket's young one when it asks about nothing."""
        stored = [] if letter or agency else [row for row in self._links() if row["created"] > now() - link.YOUNG]
        plain = [row for row in (*stored, *self.outcome.links) if not (row["letter"] or row["agency"])]
        row = plain[-1] if plain and not (letter or agency) else None
        if row is None:
            row = link.new(self.key, self.ref, letter, agency)
            self.outcome.links.append(row)
        return link.address(_portal(self.bench.config, self.conn), link.token(self.key, row))

    def _links(self) -> list[Row]:
        return [dict(row._mapping) for row in self.stored.links(self.ref)]

    def _tokens(self) -> list[Secret]:
        """Of the citizen's alias and links: none of them may stand in what the agency gets, however it is spelt."""
        opened = (link.token(self.key, row) for row in (*self._links(), *self.outcome.links))
        return [("alias", self.pair().agency, ""), *(("link", token, "") for token in opened)]

    def _put(self, draft: outgoing.Draft, key: DataKey, recipient: str) -> None:
        row, payload = outgoing.write(draft, key, self.bench.config.mail_domain, recipient)
        self.outcome.outbox.append(row)
        self.outcome.payloads[row["id"]] = payload

    def last(self) -> Row:
        """The message written last."""
        return self.outcome.outbox[-1]

    def _earlier(self, side: str) -> list[str]:
        """Ids of what this side got before on the ticket, oldest first: its mail program shows them as one thread."""
        return [message.id for message in self.stored.messages(self.ref) if message.side == side][-10:]


def _portal(config: Config, conn: Connection) -> str:
    """Base URL of the public web; where port 0 picked one, by the web's own sign of life."""
    if config.web_url or not config.web_listen.endswith(":0"):
        return config.public_url
    told = conn.scalar(sa.select(heartbeats.c.info).where(heartbeats.c.name == "web"))
    return f"http://{json.loads(told)['listen']}" if told else config.public_url


_AUTOMATIC = {"acknowledgement": "auto-replied", "question": "auto-generated", "note": "auto-generated"}


def _subject(subject: str, ref: str) -> str:
    """The subject with the reference in it once."""
    return subject if ref in subject else f"[{ref}] {subject}".rstrip()
