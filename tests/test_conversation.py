"""A conversation as people have it: over real SMTP, through a running installation, in the mail programs they use."""

from __future__ import annotations

import re
import shutil
import smtplib
import sqlite3
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import make_msgid
from html import escape
from pathlib import Path

import pytest

from tests.conftest import ROOT, wait_for
from tests.road import Mailbox, alias_of, body
from tests.test_road import Installation, start, stop

DMV = "dmv@agencies.example"
CLERK = "petra.clerk@agencies.example"

Writer = tuple[str, str]  # name, address
Program = Callable[[EmailMessage, Writer, str], EmailMessage]


def reply(to: EmailMessage, writer: Writer) -> EmailMessage:
    """The head of an answer: threaded as RFC 5322 §3.6.4 says."""
    message = EmailMessage()
    message["From"] = f"{writer[0]} <{writer[1]}>"
    message["To"] = str(to["Reply-To"])
    message["Subject"] = "Re: " + re.sub(r"^(Re: )+", "", str(to["Subject"]))
    message["Message-ID"] = make_msgid(domain=writer[1].partition("@")[2])
    message["In-Reply-To"] = str(to["Message-ID"])
    message["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    return message


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def gmail(to: EmailMessage, writer: Writer, text: str) -> EmailMessage:
    """Gmail: text and HTML, the quotation in a `gmail_quote`, its head with name and address (French)."""
    message = reply(to, writer)
    head = f"Le ven. 28 nov. 2026 à 10:04, {to['From'].addresses[0].display_name} <{to['Reply-To']}> a écrit :"
    message.set_content(f"{text}\n\n{head}\n\n{quoted(body(to))}\n")
    message.add_alternative(
        f'<div dir="ltr">{escape(text)}<img src="https://track.example/p.gif?u={writer[1]}" width="1"></div><br>'
        f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">{escape(head)}</div>'
        f'<blockquote class="gmail_quote">{escape(body(to))}</blockquote></div>',
        subtype="html",
    )
    return message


def outlook(to: EmailMessage, writer: Writer, text: str) -> EmailMessage:
    """Outlook: HTML alone, no quotation marks, a block with From, Sent, To and Subject that names the writer."""
    message = reply(to, writer)
    block = (
        f"<b>From:</b> {escape(writer[0])} &lt;<a href='mailto:{writer[1]}'>{writer[1]}</a>&gt;<br>"
        f"<b>Sent:</b> Friday, November 28, 2026 9:12 AM<br><b>To:</b> {to['Reply-To']}<br>"
        f"<b>Subject:</b> {escape(str(to['Subject']))}"
    )
    message.set_content(
        f"<html><head><style>p.MsoNormal{{margin:0}}</style></head><body><p class=MsoNormal>{escape(text)}</p>"
        f"<p>{escape(writer[0])}<br>{writer[1]}</p><div style='border-top:solid #E1E1E1 1.0pt'><p>{block}</p></div>"
        f"<p>{escape(body(to))}</p></body></html>",
        subtype="html",
    )
    return message


def apple(to: EmailMessage, writer: Writer, text: str) -> EmailMessage:
    """Apple Mail on a phone: text alone, "Sent from my iPhone", a quotation (Spanish), an address as a signature."""
    message = reply(to, writer)
    head = f"El 28 nov 2026, a las 10:04, {to['From'].addresses[0].display_name} <{to['Reply-To']}> escribió:"
    message.set_content(
        f"{text}\n\n{writer[0]}\n{writer[1]}\nEnviado desde mi iPhone\n\n> {head}\n> \n{quoted(body(to))}\n"
    )
    return message


def thunderbird(to: EmailMessage, writer: Writer, text: str) -> EmailMessage:
    """Thunderbird: answers below the quotation, wants a receipt, signs with "-- " and the address (German)."""
    message = reply(to, writer)
    message["Disposition-Notification-To"] = f"{writer[0]} <{writer[1]}>"
    head = f"Am 28.11.26 um 10:04 schrieb {to['From'].addresses[0].display_name}:"
    message.set_content(f"{head}\n{quoted(body(to))}\n\n{text}\n\n-- \n{writer[0]}\n{writer[1]}\n")
    return message


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    """One installation for all of it."""
    home, server = Path(tempfile.mkdtemp(prefix="intake-talk-")), Mailbox()
    server.address = server.start()
    shutil.copy(ROOT / "routing_rules.yaml", home / "rules.yaml")
    made = start(home, server, INTAKE_RATE_LIMITS="off")
    yield made
    stop(made)
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def hand_in(running: Installation, message: EmailMessage, sender: str, to: str) -> None:
    """As a mail program's server does it, one command at a time."""
    host, port = running.address("mail").split(":")
    with smtplib.SMTP(host, int(port), timeout=20) as smtp:
        smtp.ehlo("mail.example")
        assert smtp.mail(sender)[0] == 250
        assert smtp.rcpt(to)[0] == 250
        assert smtp.data(message.as_bytes())[0] == 250


def arrives(running: Installation, address: str, words: str) -> EmailMessage:
    """The message to `address` with `words` in it, when it comes; what the installation says when it does not."""

    def found() -> list[EmailMessage]:
        return [m for m in running.mailbox.to(address) if words in " ".join(body(m).split())]

    try:
        wait_for(found)
    except AssertionError as late:
        late.add_note(running.intake("tickets", "list").stdout)
        with sqlite3.connect(running.home / "store" / "intake.db") as store:
            late.add_note(str(store.execute("SELECT kind, state, attempts, held_because FROM letters").fetchall()))
            late.add_note(str(store.execute("SELECT kind, state, attempts, held_because FROM outbox").fetchall()))
        late.add_note((running.home / "out").read_text())
        raise
    return found()[-1]


@pytest.mark.parametrize("citizen_writes", [gmail, outlook, apple, thunderbird])
@pytest.mark.parametrize("agency_writes", [gmail, outlook, apple, thunderbird])
def test_a_conversation(running: Installation, citizen_writes: Program, agency_writes: Program) -> None:
    """LK7, LK8, LK18: citizen → agency → citizen → agency; words arrive, addresses do not, both see one thread."""
    box, number = running.mailbox, f"{citizen_writes.__name__}-{agency_writes.__name__}"
    citizen = ("María Quiñones", f"maria.quinones.{number}@post.example")
    clerk = ("Petra Clerk", CLERK)
    first = EmailMessage()
    first["From"], first["To"] = f"{citizen[0]} <{citizen[1]}>", "contact@intake.example"
    first["Subject"], first["Message-ID"] = f"License {number}", make_msgid(domain="post.example")
    first.set_content(f"My driver's license expired, case {number}. What do I need?\n\n{citizen[0]}\n{citizen[1]}\n")
    hand_in(running, first, citizen[1], "contact@intake.example")

    at_agency = arrives(running, DMV, f"case {number}")
    answer = agency_writes(at_agency, clerk, f"Bring two documents for {number}, please.")
    hand_in(running, answer, CLERK, alias_of(at_agency))

    at_citizen = arrives(running, citizen[1], f"Bring two documents for {number}, please.")
    addition = citizen_writes(at_citizen, citizen, f"Is a passport one of them, {number}?")
    hand_in(running, addition, citizen[1], alias_of(at_citizen))

    again = arrives(running, DMV, f"Is a passport one of them, {number}?")
    hand_in(running, agency_writes(again, clerk, f"It is, {number}."), CLERK, alias_of(again))
    last = arrives(running, citizen[1], f"It is, {number}.")

    link = re.search(r"http://\S+/choices/\S+", body(last))
    assert link
    assert b"</html>" in urllib.request.urlopen(link[0], timeout=20).read()
    to_agency = [m for m in box.to(DMV) if number in body(m)]
    to_citizen = box.to(citizen[1])
    spelt = [str(m) + body(m) for m in to_agency] + [body(m).replace("=\n", "") for m in to_agency]
    assert not [text for text in spelt if citizen[1] in text.lower() or "post.example" in text.lower()]
    assert not [m for m in to_citizen if CLERK in (str(m) + body(m)).lower() or "track.example" in body(m)]
    assert {str(m["From"].addresses[0].display_name) for m in to_agency} == {"Citizen via Intake"}
    assert at_agency["Message-ID"] in again["References"]
    assert at_citizen["Message-ID"] in last["References"]
    assert "post.example" not in str(again["References"]) + str(last["References"])
    assert not {"Disposition-Notification-To", "Return-Receipt-To"} & {h for m in (*to_agency, *to_citizen) for h in m}
