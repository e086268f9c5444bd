"""What a rule does beside naming an agency: copies, urgency, times, refusals; and agencies that take no letters."""

from __future__ import annotations

import base64
import email
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from ipaddress import ip_network

import pytest
import sqlalchemy as sa

from intake import figures, hold, ticket
from intake.receipt import from_code, new_code
from intake.routing import Question, Rules, decide, parse
from intake.sender import Trust
from intake.store import DAY, letters, now
from intake.web.status import look_up
from tests.road import Mailbox, Road, alias_of, body, mail

CITIZEN = "maria.lopez@post.example"
FILE = """\
agencies:
  general: {name: {en: Triage, es: Oficina}, mailbox: general@agencies.example}
  dot:
    name: {en: Roads}
    mailbox: dot@agencies.example
    alert: duty@agencies.example
    privacy notice: https://roads.agencies.example/privacy
    custodian: Records, 860-555-0100
  parks: {name: {en: Parks}, mailbox: parks@agencies.example, redirects from: [dot]}
  labs: {name: {en: Laboratories}, mailbox: labs@agencies.example, state: unconfirmed}
office: {timezone: America/New_York, holidays: [2026-12-25]}
rules:
  - rule: bridge in danger
    when: {letter has: [bridge]}
    agency: dot
    copy to: [parks, labs]
    priority: urgent
    answer_within: 12 hours
  - rule: samples
    when: {letter has: [sample]}
    agency: labs
  - rule: no offers
    when: {letter has: [special offer]}
    refuse:
      en: We take no offers here. Please write to the purchasing office.
      es: Aquí no recibimos ofertas.
  - rule: vouched for
    when: {letter has: [petition], authenticated: yes}
    agency: parks
  - rule: spam
    when: {spam: yes}
    hold: a filter calls it spam
  - rule: at night
    when: {letter has: [streetlight], hours: closed}
    agency: dot
"""


@pytest.fixture
def ruled(road: Road) -> Road:
    """The road under the file above."""
    road.config.rules.write_text(FILE)
    return road


def test_an_urgent_letter_is_marked_and_tells_whoever_is_on_duty(ruled: Road, mailbox: Mailbox) -> None:
    """Subject, cover note, ticket and trail say so; the duty mailbox hears the reference and nothing of the letter."""
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", mail("The bridge has a crack, says Ana Torres."))
    ruled.work()
    (got,) = mailbox.to("dot@agencies.example")
    assert got["Subject"] == f"[{ref}] URGENT: A question"
    assert "URGENT: a rule marked this letter so." in body(got)
    found = ruled.ticket(ref)
    assert found["priority"] == "urgent"
    received, due = (datetime.fromisoformat(found[name]) for name in ("received", "due"))
    assert (due - received).total_seconds() == 12 * 3600
    (told,) = mailbox.to("duty@agencies.example")
    assert ref in str(told["Subject"])
    assert "crack" not in body(told)
    assert "Torres" not in str(told)
    assert "priority" not in ruled.ticket(ruled.mail(CITIZEN, "dot@intake.example", mail("A hole."))[0])


def test_the_duty_mailbox_hears_of_a_letter_once(ruled: Road, mailbox: Mailbox) -> None:
    """However often the letter goes its road."""
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", mail("The bridge!"))
    ruled.work()
    with ruled.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == ref).values(state="waiting", claimed_by="", attempts=0))
    ruled.work()
    assert len(mailbox.to("duty@agencies.example")) == 1
    assert len(ruled.tickets()) == 2


def test_an_urgent_letter_that_is_held_tells_them_too(ruled: Road, mailbox: Mailbox) -> None:
    """A file that may do harm holds it; whoever is on duty hears of it, and the desk shows it on top."""
    message = email.message_from_bytes(mail("The bridge has a crack."), policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(b"MZ\x90\x00" + b"\0" * 60, maintype="application", subtype="octet-stream", filename="a.exe")
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", message.as_bytes())
    ruled.work()
    assert ruled.ticket(ref)["state"] == "held"
    assert len(mailbox.to("duty@agencies.example")) == 1
    assert mailbox.to("dot@agencies.example") == []
    with ruled.store.read() as conn:
        assert figures.urgent(conn, now())[0].number == 1


def test_what_is_urgent_stays_so_wherever_it_goes(ruled: Road, mailbox: Mailbox) -> None:
    """A copy is urgent, and so is a letter that a person passes on: mark, time and whoever is on duty there."""
    file = FILE.replace("redirects from: [dot]", "alert: night@agencies.example")
    ruled.config.rules.write_text(file.replace("copy to: [parks, labs]", "copy to: parks"))
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", mail("The bridge has a crack."))
    ruled.work()
    ruled.work()
    assert [t["priority"] for t in ruled.tickets()] == ["urgent", "urgent"]
    assert len({t["due"] for t in ruled.tickets()}) == 1
    (told,) = mailbox.to("night@agencies.example")
    copy = next(t["ref"] for t in ruled.tickets() if "linked_to" in t)
    assert copy in str(told["Subject"])
    due = ruled.ticket(ref)["due"]
    assert hold.reroute(ruled.store, ruled.queue, ref, "parks", "admin")
    ruled.work()
    found = ruled.ticket(ref)
    assert (found["agency"], found["priority"], found["due"]) == ("parks", "urgent", due)
    assert "URGENT" in mailbox.to("parks@agencies.example")[-1]["Subject"]
    assert len(mailbox.to("night@agencies.example")) == 2


def test_whom_a_person_chose_is_not_asked_of_the_rules_again(ruled: Road, mailbox: Mailbox) -> None:
    """The agency is gone by then: general triage has it, and not the one that it was taken from."""
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", mail("A hole in the bridge."))
    ruled.work()
    assert hold.reroute(ruled.store, ruled.queue, ref, "parks", "admin")
    gone = FILE.replace("copy to: [parks, labs]", "copy to: [labs]").replace("    agency: parks\n", "    agency: dot\n")
    parks = "  parks: {name: {en: Parks}, mailbox: parks@agencies.example, redirects from: [dot]}\n"
    ruled.config.rules.write_text(gone.replace(parks, ""))
    ruled.work()
    found = ruled.ticket(ref)
    assert (found["agency"], found["rule"]) == ("general", "person")


def test_a_copy_for_an_agency_that_is_gone_goes_to_general(ruled: Road, mailbox: Mailbox) -> None:
    """The rules changed while it waited; it is not asked the rules, and copied no further."""
    ruled.mail(CITIZEN, "contact@intake.example", mail("The bridge has a crack."))
    ruled.work()
    with_parks = FILE.replace("copy to: [parks, labs]", "copy to: [labs]").replace(
        "    agency: parks\n", "    agency: dot\n"
    )
    parks = "  parks: {name: {en: Parks}, mailbox: parks@agencies.example, redirects from: [dot]}\n"
    ruled.config.rules.write_text(with_parks.replace(parks, ""))
    ruled.work()
    copy = next(t for t in ruled.tickets() if "linked_to" in t)
    assert (copy["agency"], copy["rule"]) == ("general", "copy")
    ruled.work()
    assert len(ruled.tickets()) == 2


def test_a_copy_is_a_linked_ticket_with_its_own_custody(ruled: Road, mailbox: Mailbox) -> None:
    """FEATURES 61: each agency has its own ticket, aliases and answer; the sums stay whole. `labs` takes no letters."""
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", mail("The bridge has a crack."))
    ruled.work()
    ruled.work()
    copy, first = sorted(ruled.tickets(), key=lambda t: "linked_to" not in t)
    assert (first["ref"], first["agency"], copy["agency"], copy["rule"]) == (ref, "dot", "parks", "copy")
    assert copy["linked_to"] == ref
    (at_parks,), (at_dot,) = mailbox.to("parks@agencies.example"), mailbox.to("dot@agencies.example")
    assert "The bridge has a crack." in body(at_parks)
    assert "because a rule of the rules file sends you a copy" in body(at_parks)
    assert at_parks["From"] != at_dot["From"]
    assert mailbox.to("labs@agencies.example") == []
    assert ruled.sums()["difference"] == 0
    assert ruled.seal().fault == ""
    assert CITIZEN not in str(at_parks)


def test_a_person_can_send_a_copy_elsewhere(ruled: Road, mailbox: Mailbox) -> None:
    """Passing the copy on leaves the first ticket where it is."""
    ruled.mail(CITIZEN, "contact@intake.example", mail("The bridge has a crack."))
    ruled.work()
    ruled.work()
    copy = next(t["ref"] for t in ruled.tickets() if "linked_to" in t)
    assert hold.reroute(ruled.store, ruled.queue, copy, "general", "admin")
    ruled.work()
    assert {t["agency"] for t in ruled.tickets()} == {"dot", "general"}
    assert "chose this agency" in body(mailbox.to("general@agencies.example")[0])


def test_what_an_unconfirmed_agency_would_get_goes_to_general(ruled: Road, mailbox: Mailbox) -> None:
    """FEATURES 59: nothing is sent into the unknown, and both sides are told whose letter it is."""
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", mail("Where do I bring the sample?"))
    ruled.work()
    assert mailbox.to("labs@agencies.example") == []
    (got,) = mailbox.to("general@agencies.example")
    assert "meant for the agency “labs”" in body(got)
    (told,) = mailbox.to(CITIZEN)
    assert "meant for: Laboratories" in body(told)
    found = ruled.ticket(ref)
    assert (found["agency"], found["rule"]) == ("general", "samples")


def test_an_agency_s_notice_and_custodian_are_named(ruled: Road, mailbox: Mailbox) -> None:
    """The writer learns where the agency's own notice stands and whom to ask for their record."""
    ruled.mail(CITIZEN, "dot@intake.example", mail("A hole in the road."))
    ruled.work()
    said = body(mailbox.to(CITIZEN)[0])
    assert "https://roads.agencies.example/privacy" in said
    assert "Records, 860-555-0100" in said


def test_a_refused_letter_ends_and_its_writer_is_told(ruled: Road, mailbox: Mailbox) -> None:
    """It goes to nobody, stays on record, is counted, and can still be sent on by a person."""
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", mail("A special offer for you."))
    ruled.work()
    (told,) = mailbox.to(CITIZEN)
    assert "We take no offers here." in body(told)
    assert ref in str(told["Subject"])
    assert [rcpts for _, rcpts, _ in mailbox.got] == [[CITIZEN]]
    assert (ruled.ticket(ref)["state"], ruled.letter(ref).state) == ("closed", "refused")
    assert ruled.sums()["refused"] == 1
    assert ruled.sums()["difference"] == 0
    assert hold.reroute(ruled.store, ruled.queue, ref, "dot", "admin")
    ruled.work()
    assert len(mailbox.to("dot@agencies.example")) == 1
    assert ruled.ticket(ref)["state"] == "delivered"
    assert ruled.sums()["difference"] == 0


def test_a_refusal_speaks_the_writer_s_language(ruled: Road, mailbox: Mailbox) -> None:
    """Where the rule has a text for it; else English."""
    ruled.mail(CITIZEN, "contact@intake.example", mail("Buenos días, les mando esta special offer para su oficina."))
    ruled.work()
    assert "Aquí no recibimos ofertas." in body(mailbox.to(CITIZEN)[0])


def test_whoever_took_a_receipt_reads_the_refusal_with_it(ruled: Road, mailbox: Mailbox) -> None:
    """They left no address, so no mail can say it."""
    code = new_code(b"s" * 32, b"this form")
    receipt = from_code(code)
    assert receipt
    public = base64.b64encode(receipt.public).decode()
    ref = ruled.form(
        message="A special offer for you.", reply="receipt", receipt_digest=receipt.digest, receipt_public=public
    )
    ruled.work()
    assert mailbox.got == []
    status = look_up(ruled.store, ruled.published, code)
    assert status
    assert (status.ref, status.agency, status.says) == (ref, "Triage", "This matter is closed.")
    assert "We take no offers here." in status.answers[0].text


def test_a_machine_is_not_told_of_a_refusal(ruled: Road, mailbox: Mailbox) -> None:
    """No mail to machines, whatever a rule says."""
    raw = mail("A special offer for you.", Precedence="bulk")
    (ref,) = ruled.mail(CITIZEN, "contact@intake.example", raw)
    ruled.work()
    assert mailbox.got == []
    assert ruled.ticket(ref)["state"] == "closed"


def test_a_filter_s_verdict_counts_from_an_upstream_server_alone(ruled: Road, mailbox: Mailbox) -> None:
    """`spam: yes` asks the header of mail that came through a network we trust."""
    ruled.bench = replace(ruled.bench, trust=Trust(networks=(ip_network("192.0.2.0/24"),)))
    raw = mail("Hello.", X_Spam_Flag="YES")
    (ours,) = ruled.mail(CITIZEN, "contact@intake.example", raw, client="192.0.2.7")
    (theirs,) = ruled.mail(CITIZEN, "contact@intake.example", raw + b"x", client="198.51.100.7")
    ruled.work()
    assert ruled.ticket(ours)["held_because"] == "rule spam: a filter calls it spam"
    assert ruled.ticket(theirs)["state"] == "delivered"


def test_a_sender_s_domain_can_vouch(ruled: Road) -> None:
    """`authenticated: yes` holds for mail that was handed in on this machine, and for no stranger's."""
    (ours,) = ruled.mail(CITIZEN, "contact@intake.example", mail("A petition."), client="127.0.0.1")
    (theirs,) = ruled.mail(CITIZEN, "contact@intake.example", mail("A petition!"), client="198.51.100.7")
    ruled.work()
    assert ruled.ticket(ours)["rule"] == "vouched for"
    assert ruled.ticket(theirs)["rule"] == "general"


def test_due_and_hours_follow_the_letter_s_own_time() -> None:
    """No clock: the same letter, asked a year later, goes the same way."""
    rules = parse(FILE.encode(), "rules.yaml")
    assert _at_night(rules, "2026-12-01T23:30:00+00:00") == "at night"  # 18:30 in New York
    assert _at_night(rules, "2026-12-01T15:00:00+00:00") == "general"
    assert _at_night(rules, "2026-12-25T15:00:00+00:00") == "at night"  # a holiday
    assert _at_night(rules, "2026-12-05T15:00:00+00:00") == "at night"  # a Saturday


def _at_night(rules: Rules, moment: str) -> str:
    question = Question("email", "", "The streetlight is out.", received=datetime.fromisoformat(moment).astimezone(UTC))
    return decide(question, rules).rule


def test_a_letter_is_passed_on_where_it_is_taken(ruled: Road) -> None:
    """FEATURES 44: `redirects from` names who may pass letters on; general triage may always."""
    ruled.bench.rules()
    agencies = ruled.published.current.agencies
    parks = agencies["parks"]
    assert [parks.takes_from(one) for one in ("dot", "general", "labs", None, "parks")] == [
        True,
        True,
        False,
        True,
        True,
    ]
    assert agencies["dot"].takes_from("labs")
    assert not agencies["labs"].takes_letters


def test_urgent_letters_are_counted_until_they_are_answered(ruled: Road, mailbox: Mailbox) -> None:
    """What `intake doctor` and the metrics go by."""
    ruled.mail(CITIZEN, "contact@intake.example", mail("The bridge has a crack."))
    ruled.work()
    with ruled.store.read() as conn:
        pile, late = figures.urgent(conn, now())
        assert (pile.number, late) == (2, 0), "the letter and its copy"
        assert figures.urgent(conn, now() + DAY)[1] == 2
        assert len(ticket.find(conn, urgent=True)) == 2
    (got,) = mailbox.to("dot@agencies.example")
    ruled.mail("a@agencies.example", alias_of(got), mail("We are there.", sender="a@agencies.example"))
    ruled.work()
    with ruled.store.read() as conn:
        assert figures.urgent(conn, now())[0].number == 1
