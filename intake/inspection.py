"""Inspection: a held letter as a person may see it who decides whether it goes on.

The rule it keeps: whoever wrote it, no address of a citizen is shown, in whatever spelling, and nothing that the table
withholds from the desk; of an agency's staff the domain is shown, because that is what must be judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from intake import echo, hold, link, reason
from intake.enclosure import attached
from intake.letter import Letter
from intake.purpose import Grant, Purpose, grant
from intake.reader import Opened, fetch, open_key, open_letter
from intake.redact import Numbering
from intake.routing import Rules
from intake.store import Store, aliases, tickets
from intake.vault import Vault
from intake.view import Audience, Echoes, find_tags, restrict, restriction, shown_domains

_DOMAIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,99}")
_MOST = 3  # domains that are shown


@dataclass(frozen=True, slots=True, repr=False)
class Inspection:
    """A held letter. `sender`: who it says it is from, as far as that is shown; `attachments`: (number, kind of file,
    octets); `problems`: what could not be read cleanly."""

    sender: str
    subject: str
    text: str
    attachments: tuple[tuple[str, str, int], ...]
    problems: tuple[str, ...]
    withheld: Mapping[str, int]


def inspect(store: Store, vault: Vault, rules: Rules, letter: str, by: str, mail_domain: str) -> Inspection:
    """A letter, opened for `respond` by the user `by`. KeyError when it is gone, `Tampered`, `mime.Unreadable`."""
    with store.write() as conn:
        rows = fetch(conn, [letter])
        if not rows or rows[0].data_key is None:
            raise KeyError(letter)
        case = _case(conn, rows[0])
        further = [(case.opening.id, case.opening.ticket)] if case.opening is not None else []
        granted = grant(conn, [(letter, rows[0].ticket), *further], Purpose.RESPOND, by)
    opened = open_letter(rows[0], vault, granted[letter])
    if rows[0].kind == "wish":
        wish = link.WISHES.get(opened.envelope.fields.get("wish", ""), "something unknown")
        return Inspection("", "", f"The choice: {wish}.", (), (), {})
    with store.read() as conn:
        return _inspected(opened, case, case.citizens(vault, granted), rules, mail_domain, partial(echo.find, conn))


@dataclass(frozen=True, slots=True, repr=False)
class _Case:
    """What a letter belongs to: its ticket, and the letter that opened that, when it is another. `answer`: it came to
    a citizen's alias; `stray`: it is perhaps an agency's answer that went to the wrong address."""

    answer: bool
    stray: bool
    ticket: sa.Row[Any] | None
    opening: Any

    def citizens(self, vault: Vault, granted: Mapping[str, Grant]) -> tuple[str, ...]:
        """The addresses of the ticket's writer, and those that stood in their letter."""
        if self.opening is None or self.ticket is None:
            return ()
        key = open_key(self.opening, vault, granted[self.opening.id])
        known = json.loads(key.open(f"citizen {self.ticket.ref}", self.ticket.citizen))
        return tuple(sorted({a.lower() for a in (*known["addresses"], *known["named"])}))


def _case(conn: Connection, row: Any) -> _Case:
    alias = conn.execute(sa.select(aliases.c.side, aliases.c.ticket).where(aliases.c.digest == row.target)).first()
    ref = row.ticket or (alias.ticket if alias else None)
    ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).first()
    opening = None
    if ticket is not None and ticket.citizen and ticket.letter != row.id:
        opening = next((r for r in fetch(conn, [ticket.letter]) if r.data_key is not None), None)
    answer = alias is not None and alias.side == "citizen"
    return _Case(answer, bool(hold.guess(conn, row.id)), ticket, opening)


def _inspected(
    opened: Opened, case: _Case, citizens: Sequence[str], rules: Rules, mail_domain: str, echoes: Echoes
) -> Inspection:
    letter = opened.read()
    tags = find_tags(replace(letter, attachments=()))  # of the files nothing is shown
    agency = case.ticket.agency if case.ticket is not None else None
    ref = case.ticket.ref if case.ticket is not None else ""
    audience = Audience("desk", rules.handling(agency or "general"), shown_domains(rules, mail_domain), ref)
    known = sorted({*citizens, *(a.lower() for a in (letter.sender, *letter.addresses) if a)})
    numbering = Numbering(opened.key.subkey("numbering"))
    seen = restrict(letter, tags, restriction(letter, tags, audience, known, numbering, echoes))
    writer = _writer(letter, citizens, None if case.answer else audience.shown_domains if case.stray else ())
    return Inspection(
        sender=", ".join(filter(None, (seen.name, writer))),
        subject=seen.subject,
        text=replace(seen, name="").whole,
        attachments=attached(letter),
        problems=letter.problems,
        withheld=seen.withheld,
    )


def _writer(letter: Letter, citizens: Sequence[str], domains: Collection[str] | None) -> str:
    """The domains of the addresses that a letter says it is from: those among `domains`, all with None; never the
    citizen's."""
    if domains is not None and not domains:
        return ""
    claimed = sorted({a.lower() for a in (letter.sender, *letter.addresses) if a})
    found = dict.fromkeys(a.rpartition("@")[2] for a in claimed if a not in citizens)
    shown = [d for d in found if _DOMAIN.fullmatch(d) and (domains is None or d in domains)][:_MOST]
    own = ["the citizen's own address"] if any(a in citizens for a in claimed) else []
    return ", ".join([f"somebody at {' and '.join(shown)}"] * bool(shown) + own)


_STOPPED = "The message was not sent, and nobody got it."
_WAYS = (
    "A citizen's letter, or what they added: press “Send without its words”. The agency gets a mail of ours with the "
    "reference, reads the text here, and can answer.",
    "An agency's answer: press Refuse, and ask the agency to write it again without what you found.",
    "Release checks it once more, and helps only when something has changed, such as a new version of the program.",
    "Tell your administrator, with the reference: the program should have covered it.",
)

_HINTS = (
    (
        reason.UNVERIFIED.strip(": "),
        "Mail to this address goes on to the citizen only when it is sure that the agency wrote it. Here the proof is "
        "missing: the sender's domain is not one of the agency's, or the domain's signature (DKIM) or its list of mail "
        "servers (SPF) does not fit. Anybody can write a false sender.",
        (
            "Does the text answer this letter, and in the way this agency writes?",
            "Is the domain one that the agency uses? If it often is, ask the operator to add it to the rules.",
            "If you are not sure, ask the agency: by a telephone number that you know, not by one in this message.",
            "Do not release a message that asks for a password, money or a visit to a strange website.",
        ),
    ),
    (
        reason.STRANGER,
        "Somebody wrote to the agency on this ticket, from an address that the ticket does not know. The citizen was "
        "asked by mail, where that is possible, and can say with one click that it was them.",
        (
            "Does the message show that its writer knows the matter?",
            "If you are not sure, wait for the citizen. Released, it goes to the agency as the citizen's words.",
        ),
    ),
    *(
        (f"{reason.STOPPED}{found}", f"{meaning} {_STOPPED}", checks)
        for meaning, looked_for, checks in (
            (
                "The last check before sending found an e-mail address that the reader may not see.",
                ("e-mail address", "known address", "encoded", "withheld e-mail"),
                (
                    "Look for an address in the text below that is not covered. It may be written in words or with "
                    "gaps, as in “ann at home dot example”.",
                    *_WAYS,
                ),
            ),
            (
                "The last check before sending found a private detail that the reader may not see, such as a number.",
                ("withheld",),
                ("Look for a detail in the text below that is not covered. It may stand there twice.", *_WAYS),
            ),
            (
                "The last check before sending could not read the finished message, or not in time. What cannot be "
                "checked is not sent.",
                ("",),
                ("Is there a file with it? Files are what most often cannot be read.", *_WAYS),
            ),
        )
        for found in looked_for
    ),
    (
        reason.ONLY_MAIL_TO,
        "This is a test installation. It may write only to the addresses that its setting INTAKE_ONLY_MAIL_TO names, "
        "and the receiver of this message is none of them.",
        (
            "Nothing is wrong with the letter, and it is not lost.",
            "Ask the operator to change the setting, then press Release. Before that, it is held again.",
        ),
    ),
    (
        reason.TAKEN_BACK,
        "The citizen let the agency see their e-mail address, and took that back before this message was sent.",
        ("There is nothing to check. Press Release: the message is written anew, without the address.",),
    ),
    (
        reason.UNREADABLE,
        "The program cannot read this mail: it is encrypted, damaged, or built in a way that no honest mail program "
        "builds. It is kept as it came, and nobody has read it.",
        (
            "A citizen's letter, or what they added: press “Send without its words”. The agency is told that it came, "
            "and the writer is asked to write again, where possible.",
            "An agency's answer: press Refuse, and ask the agency to send it again without encryption.",
            "Release helps only after a new version of the program.",
        ),
    ),
    (
        reason.POISON,
        "The program failed three times on it.",
        ("Tell the operator, with the reference. After a new version of the program, press Release.",),
    ),
    (
        reason.CLOSED,
        "The answer was under way when its letter went to another agency, or got a new address. Only the agency that "
        "has a letter answers it, by the address that it got last.",
        (
            "Read it: if the citizen should know what it says, write it in an answer of your own, by replying to the "
            "letter.",
            "Then press Refuse.",
        ),
    ),
    (
        reason.NO_AGENCY,
        "The letter is with an agency that was taken out of the rules.",
        ("Open the ticket, and send it to another agency: this goes there too.",),
    ),
    (
        reason.AGENCY_REFUSED,
        "The message was sent, and the agency's mail system sent it back.",
        ("Is the agency's mailbox in the rules right, and is there room in it?", "Then release it: it is sent again."),
    ),
    (
        reason.WRITER_REFUSED,
        "The answer was sent, and the citizen's mail system sent it back. If the agency still has the ticket, it was "
        "told so, without the address.",
        ("Often the mailbox is full for a while. Release sends it once more.", "Refuse ends it when it is gone."),
    ),
)


def hint(because: str) -> tuple[str, tuple[str, ...]] | None:
    """What a reason for holding means, and what to look at before the decision; None when it speaks for itself."""
    return next(((meaning, checks) for start, meaning, checks in _HINTS if because.startswith(start)), None)
