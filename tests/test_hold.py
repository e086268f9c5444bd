"""Held letters: what is held, what a person sees of it, and the ways on, on both databases."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from intake import audit, cover, egress, hold, inspection, link, mime, reason, users
from intake.compose import Outgoing, compose
from intake.desk import create_app
from intake.door import Target
from intake.inspection import Inspection
from intake.letter import Envelope, Letter
from intake.outgoing import Payload
from intake.purpose import Grant, Purpose
from intake.reader import fetch, open_key
from intake.routing import Decision
from intake.store import Row, aliases, events, insert, letters, links, now, outbox, tickets
from intake.vault import DataKey
from tests.road import Mailbox, Road, alias_of, body, mail
from workers import process, relay

CITIZEN = "maria.lopez@post.example"
DMV, STAFF = "dmv@agencies.example", "pat.clerk@agencies.example"
STRANGER = "pat.clerk@contractor.example"


def case(road: Road, mailbox: Mailbox, text: str = "My driver's license expired.") -> tuple[str, str]:
    """A citizen's letter that the agency has: its reference, and the alias that stands for the citizen."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail(text))
    road.work()
    return ref, alias_of(mailbox.to(DMV)[-1])


def answer(road: Road, alias: str, text: str = "Come on Monday.", sender: str = STRANGER, **headers: str) -> str:
    """An agency's answer, worked on; the letter's id."""
    given = {"subject": "Your license", **headers}
    (ident,) = road.mail(sender, alias, mail(text, sender=f"Pat Clerk <{sender}>", to=alias, **given))
    road.work()
    return ident


def held(road: Road, agencies: list[str] | None = None, letter: str = "") -> list[dict[str, Any]]:
    with road.store.read() as conn:
        return hold.held(conn, agencies, letter)


def row(road: Road, table: sa.Table, ident: str) -> Row | None:
    key = table.c.ref if table is tickets else table.c.id
    with road.store.read() as conn:
        found = conn.execute(sa.select(table).where(key == ident)).first()
    return dict(found._mapping) if found else None


def messages(road: Road, kind: str) -> list[Row]:
    with road.store.read() as conn:
        found = conn.execute(sa.select(outbox).where(outbox.c.kind == kind).order_by(outbox.c.created))
        return [dict(one._mapping) for one in found]


def trail(road: Road, what: str) -> list[audit.Event]:
    with road.store.read() as conn:
        found = conn.execute(sa.select(events).where(events.c.what == what).order_by(events.c.id))
        return [audit.Event(e.what, e.subject, e.ticket, e.by, json.loads(e.detail)) for e in found]


def see(road: Road, letter: str) -> Inspection:
    rules, domain = road.published.current, road.config.mail_domain
    return inspection.inspect(road.store, road.vault, rules, letter, "ana", domain)


# ── what is held ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_held_is_named_in_words(road: Road, mailbox: Mailbox) -> None:
    """Each held letter is listed once, with its kind in words, and only to who holds the ticket."""
    ref, alias = case(road, mailbox)
    forged = answer(road, alias)
    (one,) = held(road, ["dmv"])
    assert (one["letter"], one["ref"], one["agency"], one["kind"]) == (forged, ref, "dmv", "reply")
    assert one["what"] == "an answer from an agency"
    assert one["because"].startswith("unverified agency sender")
    assert one["refusable"]
    assert held(road, ["dol"]) == []
    assert held(road, None, ref) == []
    assert held(road, None, forged) == [one]


def test_an_answer_follows_its_ticket(road: Road, mailbox: Mailbox) -> None:
    """WF8: what is held of a ticket that moved on is the new agency's business, and no longer the old one's."""
    ref, alias = case(road, mailbox)
    forged = answer(road, alias)
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    assert held(road, ["dmv"]) == []
    assert [h["letter"] for h in held(road, ["dot"])] == [forged]


def bounced(road: Road, kind: str) -> str:
    """As `workers.bounce` leaves it when the last message of a kind comes back; the letter it was made of."""
    message = messages(road, kind)[-1]
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).where(outbox.c.id == message["id"]).values(state="bounced"))
        conn.execute(sa.update(tickets).where(tickets.c.ref == message["ticket"]).values(state="bounced"))
    return str(message["letter"])


@pytest.mark.parametrize(
    ("kind", "because", "after", "arrives"),
    [
        ("redirect", "the agency's mailbox refused it", "routed", "delivered"),
        ("answer", "the writer's mailbox refused it", "answered", "answered"),
        ("follow-up", "the agency's mailbox refused it", "delivered", "delivered"),
    ],
)
def test_what_came_back_is_held_and_sent_again(
    road: Road, mailbox: Mailbox, kind: str, because: str, after: str, arrives: str
) -> None:
    """A bounced message is listed with who refused it; released, it goes once more, under the same Message-ID."""
    ref, alias = case(road, mailbox)
    if kind == "answer":
        answer(road, alias, sender=DMV)
    if kind == "follow-up":
        citizens = alias_of(next(m for m in mailbox.to(CITIZEN)))
        road.mail(CITIZEN, citizens, mail("One more thing.", to=citizens))
        road.work()
    letter, before = bounced(road, kind), len(mailbox.got)
    (one,) = held(road, ["dmv"])
    assert (one["ref"], one["letter"], one["because"], one["refusable"]) == (ref, letter, because, kind == "answer")
    assert hold.release(road.store, road.queue, letter, "admin")
    message = messages(road, kind)[-1]
    assert (message["state"], message["attempts"], message["claimed_by"]) == ("queued", 0, "")
    assert message["due"] <= now()
    assert road.ticket(ref)["state"] == after
    assert held(road) == []
    road.redeliver()
    assert road.ticket(ref)["state"] == arrives
    assert len(mailbox.got) == before + 1
    ids = [m["Message-ID"] for _, _, m in mailbox.got]
    assert ids[-1] in ids[:-1]
    assert not hold.release(road.store, road.queue, letter, "admin")


def test_a_bounce_that_is_settled_is_not_held(road: Road, mailbox: Mailbox) -> None:
    """What once came back is nobody's work any more when the agency has answered; nor is a bounced acknowledgement."""
    ref, alias = case(road, mailbox)
    bounced(road, "acknowledgement")
    assert held(road) == []
    bounced(road, "redirect")
    assert len(held(road)) == 1
    answer(road, alias, sender=DMV)
    assert held(road) == []
    assert not hold.release(road.store, road.queue, ref, "admin")


def test_what_came_back_from_one_agency_never_goes_there_again(road: Road, mailbox: Mailbox) -> None:
    """After a reroute a bounced letter is withdrawn: no later release sends it to the old agency."""
    ref, _ = case(road, mailbox)
    bounced(road, "redirect")
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    assert road.ticket(ref)["state"] == "received"
    assert held(road) == []
    road.work()
    assert len(mailbox.to("dot@agencies.example")) == 1
    bounced(road, "redirect")
    assert [h["agency"] for h in held(road)] == ["dot"]
    assert hold.release(road.store, road.queue, ref, "admin")
    road.redeliver()
    assert len(mailbox.to(DMV)) == 1
    assert len(mailbox.to("dot@agencies.example")) == 2


def test_what_the_agency_never_got_is_written_anew(road: Road, mailbox: Mailbox) -> None:
    """A bounced addition goes to the new agency with the letter."""
    ref, _ = case(road, mailbox)
    citizens = alias_of(mailbox.to(CITIZEN)[0])
    road.mail(CITIZEN, citizens, mail("One more thing.", to=citizens))
    road.work()
    bounced(road, "follow-up")
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert [m["state"] for m in messages(road, "follow-up")] == ["withdrawn", "sent"]
    assert "One more thing." in body(mailbox.to("dot@agencies.example")[-1])


def test_a_late_bounce_of_the_old_agency_is_not_sent_again(road: Road, mailbox: Mailbox) -> None:
    """What comes back from an agency that no longer has the ticket is none of the new one's held letters."""
    ref, _ = case(road, mailbox)
    with road.store.write() as conn:
        conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(agency="dot"))
    bounced(road, "redirect")
    assert held(road) == []
    assert not hold.release(road.store, road.queue, ref, "admin")


# ── release and refuse ───────────────────────────────────────────────────────────────────────────────────────────


def test_one_letter_is_released_and_the_others_stay(road: Road, mailbox: Mailbox) -> None:
    """Who read one held letter releases that one; another on the same ticket waits on."""
    ref, alias = case(road, mailbox)
    read, unread = answer(road, alias, "Come on Monday."), answer(road, alias, "Send me money.")
    assert hold.release(road.store, road.queue, read, "ana")
    road.work()
    assert [h["letter"] for h in held(road)] == [unread]
    assert "Come on Monday." in body(mailbox.to(CITIZEN)[-1])
    assert [(e.subject, e.ticket, e.by) for e in trail(road, "released")] == [(read, ref, "ana")]
    assert road.ticket(ref)["state"] == "answered"


def test_a_released_letter_does_not_move_a_ticket_that_waits_for_something_else(road: Road, mailbox: Mailbox) -> None:
    """A ticket whose own letter is held stays held when a reply on it goes on."""
    ref, alias = case(road, mailbox)
    reply = answer(road, alias)
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == ref).values(state="held", held_because="x"))
        conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(state="held", held_because="x"))
    assert hold.release(road.store, road.queue, reply, "ana")
    assert road.ticket(ref)["state"] == "held"
    assert hold.release(road.store, road.queue, ref, "ana")
    assert road.ticket(ref)["state"] == "received"


def test_a_refused_answer_goes_nowhere(road: Road, mailbox: Mailbox) -> None:
    """Refused, a letter is not sent on by anything later, is counted, and is on record without its words."""
    ref, alias = case(road, mailbox)
    forged, before = answer(road, alias), len(mailbox.got)
    assert hold.refuse(road.store, forged, "ana")
    assert row(road, letters, forged)["state"] == "refused"  # type: ignore[index]
    assert held(road) == []
    assert not hold.refuse(road.store, forged, "ana")
    assert not hold.release(road.store, road.queue, forged, "ana")
    road.work()
    assert len(mailbox.got) == before
    assert road.sums()["refused"] == 1
    assert road.sums()["difference"] == 0
    assert [(e.subject, e.ticket, e.by, e.detail) for e in trail(road, "refused")] == [(forged, ref, "ana", {})]


def test_a_refused_message_is_withdrawn(road: Road, mailbox: Mailbox) -> None:
    """An answer that the gate held and a person refused is not sent, and the ticket waits for an answer again."""
    ref, alias = case(road, mailbox)
    first = answer(road, alias, sender=DMV)
    with road.store.write() as conn:
        stopped = sa.update(outbox).where(outbox.c.letter == first, outbox.c.kind == "answer")
        conn.execute(stopped.values(state="held", held_because="the gate found an address"))
    (one,) = held(road)
    assert (one["letter"], one["refusable"]) == (first, True)
    assert hold.refuse(road.store, first, "ana")
    assert messages(road, "answer")[-1]["state"] == "withdrawn"
    assert road.ticket(ref)["state"] == "delivered"
    second = answer(road, alias, sender=DMV)
    third = answer(road, alias)
    assert hold.refuse(road.store, third, "ana")
    assert road.ticket(ref)["state"] == "answered"
    assert not hold.refuse(road.store, second, "ana")  # it is sent
    assert road.sums()["difference"] == 0


@pytest.mark.parametrize("kind", ["acknowledgement", "note"])
@pytest.mark.both_stores
def test_a_held_message_of_ours_can_be_ended(road: Road, mailbox: Mailbox, kind: str) -> None:
    """What the gate held of our own words is refused without its letter: that has gone its way, and stays done."""
    ref, alias = case(road, mailbox)
    letter = ref if kind == "acknowledgement" else answer(road, alias, sender=DMV, Cc="boss@paper.example")
    state = road.ticket(ref)["state"]
    with road.store.write() as conn:
        stopped = sa.update(outbox).where(outbox.c.letter == letter, outbox.c.kind == kind)
        assert conn.execute(stopped.values(state="held", held_because="egress: known address in text")).rowcount == 1
    (one,) = held(road)
    assert (one["letter"], one["refusable"], one["what"][:20]) == (letter, True, "a message of ours to")
    assert hold.refuse(road.store, letter, "ana")
    assert messages(road, kind)[-1]["state"] == "withdrawn"
    assert held(road) == []
    assert row(road, letters, letter)["state"] == "done"  # type: ignore[index]
    assert road.ticket(ref)["state"] == state
    assert not hold.refuse(road.store, letter, "ana")
    assert [(e.subject, e.by) for e in trail(road, "refused")] == [(letter, "ana")]
    assert road.sums()["difference"] == 0


def test_a_letter_to_an_agency_cannot_be_refused_with_our_words(road: Road, mailbox: Mailbox) -> None:
    """Where both are held, what is refused is ours alone; a citizen's letter still waits for a person."""
    ref, _ = case(road, mailbox)
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).values(state="held", held_because="egress: x"))
    assert hold.refuse(road.store, ref, "ana")
    states = [messages(road, kind)[-1]["state"] for kind in ("redirect", "acknowledgement")]
    assert states == ["held", "withdrawn"]
    assert [h["refusable"] for h in held(road)] == [False]


def test_a_citizen_s_letter_cannot_be_refused(road: Road) -> None:
    """A letter that opened a ticket goes to an agency, whichever it is; it does not end here."""
    ref = road.form(message="Hello", topic="x")
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == ref).values(state="held", held_because="x"))
    (one,) = held(road)
    assert not one["refusable"]
    assert not hold.refuse(road.store, ref, "ana")
    assert row(road, letters, ref)["state"] == "held"  # type: ignore[index]


@pytest.mark.parametrize("ident", ["", "AAAA-AAAA-AAAA", "x"])
def test_what_is_not_held_stays_as_it_is(road: Road, ident: str) -> None:
    """Unknown letters are released, refused and answered with False."""
    assert not hold.release(road.store, road.queue, ident, "ana")
    assert not hold.refuse(road.store, ident, "ana")
    assert not hold.answer_to(road.store, road.queue, ident, "AAAA-AAAA-AAAA", "ana")
    with road.store.read() as conn:
        assert hold.holder(conn, ident) is None
        assert hold.guess(conn, ident) == ""


# ── what the gate keeps here ─────────────────────────────────────────────────────────────────────────────────────────

SECRETS = (CITIZEN, "maria", "lopez", "219-45-8830", "license", "purple", "attachment")


def unsealed(road: Road, letter: str, kind: str) -> tuple[str, DataKey, Payload]:
    """The last message of a kind that was made of a letter: its id, the key it is kept under, and what it holds."""
    message = messages(road, kind)[-1]
    with road.store.read() as conn:
        key = open_key(fetch(conn, [letter])[0], road.vault, Grant(letter, Purpose.REDIRECT, "test"))
    return message["id"], key, Payload.unpack(key.open(f"outbox {message['id']}", message["sealed"]))


def leak(road: Road, letter: str, kind: str) -> None:
    """A fault of ours, after redaction: an address gets into the finished message of a letter that waits to be sent."""
    ident, key, payload = unsealed(road, letter, kind)
    leaky = replace(payload, message=payload.message + b"PS: ann.berg@elsewhere.example\r\n")
    with road.store.write() as conn:
        sealed = key.seal(f"outbox {ident}", leaky.pack())
        conn.execute(sa.update(outbox).where(outbox.c.id == ident).values(sealed=sealed))
    road.redeliver()


def stopped_letter(road: Road, share: str = "") -> str:
    """A citizen's letter that the gate keeps here; its reference."""
    text = "My purple driver's license expired.\nMy SSN is 219-45-8830."
    files = (("Maria Lopez.pdf", "application/pdf", b"%PDF-"),)
    words = {"topic": "My driver's license", "message": text, "email": CITIZEN, "name": "Maria Lopez", "reply": "email"}
    ref = road.form(files, **words, share_email=share)
    process.process(road.bench, [ref])
    leak(road, ref, "redirect")
    return ref


def stopped_addition(road: Road, mailbox: Mailbox) -> tuple[str, str]:
    """An addition that the gate keeps here, on a ticket that the agency has; its reference, and the letter's id."""
    ref, _ = case(road, mailbox)
    citizens = alias_of(mailbox.to(CITIZEN)[0])
    text = "It is the purple license. My SSN is 219-45-8830."
    (letter,) = road.mail(CITIZEN, citizens, mail(text, to=citizens, subject="My purple license"))
    relay.relay(road.bench, [letter])
    leak(road, letter, "follow-up")
    return ref, letter


@pytest.mark.parametrize("share", ["", "yes"])
@pytest.mark.both_stores
def test_a_letter_that_the_gate_keeps_goes_without_its_words(road: Road, mailbox: Mailbox, share: str) -> None:
    """LK19: what can be neither mailed nor refused is announced in words of ours, and read at the desk; then agency and
    citizen talk as always. Consent for the address changes nothing in it."""
    ref = stopped_letter(road, share)
    (one,) = held(road, ["dmv"])
    assert (one["letter"], one["because"][:8], one["wordless"], one["refusable"]) == (ref, "egress: ", True, False)
    assert hold.release(road.store, road.queue, ref, "ana")
    road.redeliver()
    assert (road.ticket(ref)["state"], mailbox.got) == ("held", [])
    assert hold.without_words(road.store, road.queue, ref, "ana")
    assert not hold.without_words(road.store, road.queue, ref, "ana")
    assert (road.ticket(ref)["state"], held(road)) == ("received", [])
    road.work()
    (message,) = mailbox.to(DMV)
    said = f"{message}\n{body(message)}".lower()
    assert [secret for secret in SECRETS if secret in said] == []
    assert unsealed(road, ref, "redirect")[2].consented == ()
    assert (message["Subject"], message["Auto-Submitted"]) == (f"[{ref}] Please read this at the desk", None)
    assert f"Read it at the desk under its reference {ref}." in body(message)
    assert "because of the words in it (rule “vocabulary”)" in body(message)
    assert not message.is_multipart()
    assert road.ticket(ref)["state"] == "delivered"
    assert len(mailbox.to(CITIZEN)) == 1  # the acknowledgement, which waited
    assert [(e.subject, e.ticket, e.by) for e in trail(road, "sent without its words")] == [(ref, ref, "ana")]
    answer(road, alias_of(message), "Come on Monday.", sender=DMV)
    assert "Come on Monday." in body(mailbox.to(CITIZEN)[-1])
    assert road.ticket(ref)["state"] == "answered"
    assert hold.reroute(road.store, road.queue, ref, "dot", "ana")  # what was decided stays so
    road.work()
    (elsewhere,) = mailbox.to("dot@agencies.example")
    assert "because a person at the intake desk chose this agency" in body(elsewhere)
    assert "purple" not in body(elsewhere)
    assert road.sums()["difference"] == 0
    assert road.seal().fault == ""


def test_an_addition_that_the_gate_keeps_goes_without_its_words(road: Road, mailbox: Mailbox) -> None:
    """LK19: an addition too; the letter before it is not sent again, and what comes after it is mailed as always."""
    ref, letter = stopped_addition(road, mailbox)
    (one,) = held(road, ["dmv"])
    assert (one["letter"], one["wordless"]) == (letter, True)
    assert road.ticket(ref)["state"] == "held"
    assert hold.without_words(road.store, road.queue, letter, "ana")
    assert not hold.without_words(road.store, road.queue, letter, "ana")
    assert (road.ticket(ref)["state"], held(road)) == ("delivered", [])
    road.work()
    _, message = mailbox.to(DMV)
    said = f"{message}\n{body(message)}".lower()
    assert [secret for secret in SECRETS if secret in said] == []
    assert message["Subject"] == f"[{ref}] Please read this at the desk"
    assert "“Added by the writer”" in body(message)
    assert "Reply to this message to answer" in body(message)
    with road.store.read() as conn:
        (added,) = hold.added(conn, ref)
        assert hold.added(conn, "", letter) == [added]
        assert hold.added(conn, "", ref) == []
    assert (added["letter"], added["agency"], added["decided"], added["wordless"]) == (letter, "dmv", "added", False)
    seen = see(road, letter)
    assert "It is the purple license." in seen.text
    assert "219-45-8830" not in seen.text
    citizens = alias_of(mailbox.to(CITIZEN)[0])
    road.mail(CITIZEN, citizens, mail("It is a green one.", to=citizens))
    road.work()
    assert "It is a green one." in body(mailbox.to(DMV)[-1])
    assert road.ticket(ref)["state"] == "delivered"
    assert road.sums()["difference"] == 0


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("redirect", {"state": "held", "held_because": "smarthost 550"}),
        ("redirect", {"state": "held", "held_because": "INTAKE_ONLY_MAIL_TO"}),
        ("redirect", {"state": "held", "held_because": None}),
        ("redirect", {"state": "bounced", "held_because": "egress: x"}),
        ("redirect", {"state": "queued", "held_because": "egress: x"}),
        ("acknowledgement", {"state": "held", "held_because": "egress: x"}),
        ("answer", {"state": "held", "held_because": "egress: x"}),
    ],
)
def test_nothing_else_goes_without_its_words(road: Road, mailbox: Mailbox, kind: str, change: Row) -> None:
    """Only what the gate keeps here of a citizen's words: all else has another way on, and stays as it is."""
    ref, alias = case(road, mailbox)
    letter = answer(road, alias, sender=DMV) if kind == "answer" else ref
    with road.store.write() as conn:
        of_kind = outbox.c.letter == letter, outbox.c.kind == kind
        assert conn.execute(sa.update(outbox).where(*of_kind).values(**change)).rowcount == 1
        conn.execute(sa.update(tickets).values(state="bounced"))
    before = messages(road, kind)
    assert not any(h["wordless"] for h in held(road))
    assert not hold.without_words(road.store, road.queue, letter, "ana")
    assert not hold.without_words(road.store, road.queue, "AAAA-AAAA-AAAA", "ana")
    assert messages(road, kind) == before
    assert trail(road, "sent without its words") == []


@pytest.mark.both_stores
def test_the_desk_sends_without_words_and_shows_what_was_added(road: Road, mailbox: Mailbox) -> None:
    """WF1, WF8: the button stands where the gate keeps something, for who may see the ticket alone; the agency that is
    told "read it at the desk" finds letter and addition there, covered."""
    ref, addition = stopped_addition(road, mailbox)
    letter = stopped_letter(road)
    ana, bo = staff(road)
    for ident in (letter, addition):
        page = ana.get(f"/held/{ident}").text
        assert "Send without its words" in page
        assert "found an e-mail address that the reader may not see" in page
        assert ana.post(f"/held/{ident}/wordless").status_code == 403
        for client, status in ((bo, 404), (ana, 302)):
            sent = client.post(f"/held/{ident}/wordless", data={"csrf_token": token(client, "/")})
            assert sent.status_code == status
            assert (road.letter(ident).state == "waiting") == (status == 302)
    assert sent.headers["Location"] == "/held?said=done"
    road.work()
    assert "Nothing is held." in ana.get("/held").text
    text = ana.get(f"/letter/{letter}").text
    assert "My purple driver&#39;s license expired." in text
    assert "attachment 1" in text
    assert f'href="/held/{addition}"' in ana.get(f"/letter/{ref}").text
    page = ana.get(f"/held/{addition}").text
    assert "It is the purple license." in page
    assert "219-45-8830" not in text + page
    assert 'action="/held/' not in page
    assert bo.get(f"/held/{addition}").status_code == 404
    again = ana.post(f"/held/{addition}/wordless", data={"csrf_token": token(ana, "/")})
    assert again.headers["Location"] == "/held?said=nothing"


def test_what_we_say_in_its_place_passes_the_gate_whoever_wrote() -> None:
    """There is always a way out: no word of ours is a writer's address, not even one that is made of these words."""
    decisions = [*(Decision("dmv", rule, ()) for rule in ("vocabulary", "person", "a-rule")), None]
    for subject, text in (cover.at_the_desk(Letter("email", sender=CITIZEN), "7K3M-9QX2-TR4B", d) for d in decisions):
        alias = f"reply+{'k' * 20}@intake.example"
        made = Outgoing(
            "Citizen via Intake", alias, DMV, alias, subject, text, "<7k3m-9qx2-tr4b@intake.example>", datetime.now(UTC)
        )
        writers = {f"{word}@post.example" for word in re.findall(r"[a-z]+", f"{subject} {text}".lower())}
        shown = ["agencies.example", "intake.example"]
        assert egress.check(compose(made), writers, shown, domain="intake.example", seconds=60) == ()


# ── what was taken for a machine's ───────────────────────────────────────────────────────────────────────────────────


def noted(road: Road, ref: str = "", letter: str = "") -> list[dict[str, Any]]:
    with road.store.read() as conn:
        return hold.noted(conn, ref, letter)


def auto(road: Road, alias: str, sender: str = DMV) -> str:
    """A person's mail that says it is a machine's."""
    return answer(road, alias, sender=sender, Auto_Submitted="auto-replied")


def test_what_a_person_wrote_is_sent_on_when_a_person_says_so(road: Road, mailbox: Mailbox) -> None:
    """LK9: mail that was taken for a machine's goes nowhere by itself; one word of staff, and it is what it is."""
    ref, alias = case(road, mailbox)
    letter, before = auto(road, alias), len(mailbox.got)
    (one,) = noted(road, ref)
    assert (one["letter"], one["ref"], one["agency"]) == (letter, ref, "dmv")
    assert (one["decided"], one["refusable"]) == ("noted", False)
    assert (one["what"], one["because"][:22]) == ("an answer from an agency", "written by a machine: ")
    assert noted(road, letter=letter) == [one]
    assert held(road) == []
    assert "Come on Monday." in see(road, letter).text
    assert not hold.release(road.store, road.queue, ref, "ana")
    assert not hold.release(road.store, road.queue, letter, "ana")
    assert len(mailbox.got) == before
    assert hold.by_a_person(road.store, road.queue, letter, "ana")
    assert not hold.by_a_person(road.store, road.queue, letter, "ana")
    road.work()
    assert "Come on Monday." in body(mailbox.to(CITIZEN)[-1])
    assert road.ticket(ref)["state"] == "answered"
    assert noted(road, ref) == []
    assert [(e.subject, e.ticket, e.by) for e in trail(road, "by a person")] == [(letter, ref, "ana")]
    assert road.sums()["difference"] == 0


def test_who_says_that_a_person_wrote_it_does_not_say_who(road: Road, mailbox: Mailbox) -> None:
    """RA3: a stranger's mail is held as any other of theirs, also after staff have said that it is no machine's."""
    ref, alias = case(road, mailbox)
    letter, before = auto(road, alias, STRANGER), len(mailbox.got)
    assert hold.by_a_person(road.store, road.queue, letter, "ana")
    road.work()
    assert len(mailbox.got) == before
    assert [h["because"][:23] for h in held(road)] == ["unverified agency sende"]
    assert noted(road, ref) == []
    assert hold.release(road.store, road.queue, letter, "ana")
    road.work()
    assert "Come on Monday." in body(mailbox.to(CITIZEN)[-1])


def test_a_released_machine_is_still_one(road: Road, mailbox: Mailbox) -> None:
    """LK9: to release what was held for another reason says nothing about who wrote it."""
    _, alias = case(road, mailbox)
    letter, before = auto(road, alias), len(mailbox.got)
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == letter).values(state="held", held_because="poison: X"))
    assert hold.release(road.store, road.queue, letter, "ana")
    road.work()
    assert len(mailbox.got) == before
    assert not hold.by_a_person(road.store, road.queue, answer(road, alias, sender=DMV), "ana")


def test_the_desk_shows_what_was_noted_and_sends_it_on(road: Road, mailbox: Mailbox) -> None:
    """WF8: noted mail is linked from its ticket, read, and sent on with one button, by who may see the ticket alone."""
    ref, alias = case(road, mailbox)
    letter = auto(road, alias)
    ana, bo = staff(road)
    assert f'href="/held/{letter}"' in ana.get(f"/letter/{ref}").text
    page = ana.get(f"/held/{letter}").text
    assert "Come on Monday." in page
    assert re.findall(r'action="/(?:held|letter)/[^"/]+/([a-z]+)"', page) == ["person"]
    assert ana.post(f"/held/{letter}/person").status_code == 403
    for client, status in ((bo, 404), (ana, 302)):
        assert client.post(f"/held/{letter}/person", data={"csrf_token": token(client, "/")}).status_code == status
        assert (road.letter(letter).state == "waiting") == (status == 302)
    road.work()
    assert "Come on Monday." in body(mailbox.to(CITIZEN)[-1])
    assert letter not in ana.get(f"/letter/{ref}").text
    assert ana.get(f"/held/{letter}").headers["Location"] == "/held?said=nothing"


def staff(road: Road) -> tuple[FlaskClient, FlaskClient]:
    """The browsers of ana, who sees the letters of dmv, and of bo, who sees those of dol."""
    with road.store.write() as conn:
        users.create(conn, "ana", "a long enough one", "agency", ["dmv"])
        users.create(conn, "bo", "a long enough one", "agency", ["dol"])
    config = road.config.model_copy(update={"rate_limits": False})
    app = create_app(config, road.store, road.vault, road.queue, road.published)
    return signed_in(app.test_client(), "ana"), signed_in(app.test_client(), "bo")


def token(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def signed_in(client: FlaskClient, name: str) -> FlaskClient:
    sent = {"name": name, "password": "a long enough one", "csrf_token": token(client, "/signin")}
    assert client.post("/signin", data=sent).status_code == 302
    return client


# ── an answer to the wrong address ───────────────────────────────────────────────────────────────────────────────


def astray(road: Road, ref: str, text: str = "Come on Monday.") -> str:
    """An agency's answer that came to contact@ and is held with a guess, as the worker holds it; its id."""
    (ident,) = road.mail(STAFF, "contact@intake.example", mail(text, sender=f"Pat Clerk <{STAFF}>", subject="Re: it"))
    detail = {"because": "perhaps an agency's answer", "guess": ref, "score": 0.9}
    with road.store.write() as conn:
        waits = {"state": "held", "held_because": detail["because"]}
        conn.execute(sa.update(letters).where(letters.c.id == ident).values(**waits))
        conn.execute(sa.update(tickets).where(tickets.c.ref == ident).values(**waits))
        audit.record(conn, [audit.Event("held", ident, ident, "worker", detail)])
    return ident


def test_a_letter_becomes_the_answer_that_it_is(road: Road, mailbox: Mailbox) -> None:
    """An answer to the wrong address reaches the citizen as one, its own ticket is no more, and nothing is lost."""
    ref, _ = case(road, mailbox)
    ident = astray(road, ref)
    with road.store.read() as conn:
        assert hold.guess(conn, ident) == ref
        assert hold.guess(conn, ref) == ""
    assert see(road, ident).sender == "Pat Clerk, somebody at agencies.example"
    assert see(road, ref).sender == "Maria Lopez"
    assert hold.answer_to(road.store, road.queue, ident, ref.lower(), "ana")
    assert row(road, tickets, ident) is None
    assert road.sums()["difference"] == 0
    road.work()
    last = mailbox.to(CITIZEN)[-1]
    assert "Come on Monday." in body(last)
    assert STAFF not in str(last)
    assert road.ticket(ref)["state"] == "answered"
    sums = road.sums()
    assert (sums["relayed"], sums["difference"]) == (1, 0)
    (event,) = trail(road, "answer of")
    assert (event.subject, event.ticket, event.by) == (ident, ref, "ana")
    assert not hold.answer_to(road.store, road.queue, ident, ref, "ana")
    assert road.seal().fault == ""


def test_the_youngest_open_alias_is_taken(road: Road, mailbox: Mailbox) -> None:
    """Of several aliases the youngest that is still open and of the ticket's agency counts."""
    ref, _ = case(road, mailbox)
    ident, at = astray(road, ref), now()

    def another(digest: str, **more: Any) -> Row:
        plain = {"digest": digest, "ticket": ref, "side": "citizen", "agency": "dmv", "state": "open"}
        return {**plain, "token": b"", "created": at + 10_000, **more}

    with road.store.write() as conn:
        insert(conn, aliases, [another("young"), another("closed", state="closed", created=at + 20_000)])
        insert(conn, aliases, [another("other", agency="dol", created=at + 30_000)])
        insert(conn, aliases, [another("agency's", side="agency", created=at + 40_000)])
    assert hold.answer_to(road.store, road.queue, ident, ref, "ana")
    found = row(road, letters, ident)
    assert found
    assert (found["target"], found["kind"], found["state"]) == ("young", "reply", "waiting")
    assert (found["ticket"], found["attempts"], found["held_because"]) == (ref, 0, None)


@pytest.mark.parametrize("why", ["closed", "old", "no ticket", "itself", "not held", "form"])
def test_no_answer_without_an_alias(road: Road, mailbox: Mailbox, why: str) -> None:
    """Without an open alias on that ticket nothing changes; a form, or what is not held, is no answer either."""
    ref, _ = case(road, mailbox)
    ident = astray(road, ref)
    changes: dict[str, Any] = {
        "closed": sa.update(aliases).values(state="closed"),
        "old": sa.update(aliases).values(created=0),
        "not held": sa.update(letters).where(letters.c.id == ident).values(state="done"),
        "form": sa.update(letters).where(letters.c.id == ident).values(channel="form"),
    }
    if why in changes:
        with road.store.write() as conn:
            conn.execute(changes[why])
    to = {"no ticket": "AAAA-AAAA-AAAA", "itself": ident}.get(why, ref)
    before = row(road, letters, ident)
    assert not hold.answer_to(road.store, road.queue, ident, to, "ana")
    assert row(road, letters, ident) == before
    assert row(road, tickets, ident)
    assert trail(road, "answer of") == []


# ── what a person sees ───────────────────────────────────────────────────────────────────────────────────────────

SPELLINGS = (
    "maria.lopez@post.example", "MARIA.LOPEZ@POST.EXAMPLE", "maria.lopez at post dot example",
    "maria.lopez (at) post.example", "m a r i a . l o p e z @ p o s t . e x a m p l e", "maria.lopez&#64;post.example",
    "maria.lopez%40post.example", "maria.lopez+news@post.example", "pat.clerk@contractor.example", "user maria.lopez",
)  # fmt: skip


def test_an_answer_is_shown_without_addresses(road: Road, mailbox: Mailbox) -> None:
    """Of an agency's held answer the domain is shown, and no address, the citizen's or the staff's, however spelt."""
    ref, alias = case(road, mailbox)
    text = "Come on Monday.\nMy SSN is 219-45-8830.\n> " + "\n> ".join(SPELLINGS)
    ident = answer(road, alias, text, subject=f"For {CITIZEN}")
    seen = see(road, ident)
    shown = "\n".join((seen.sender, seen.subject, seen.text)).lower()
    assert "come on monday." in shown
    assert "219-45-8830" not in shown
    assert "maria.lopez" not in shown.replace(" ", "")
    assert "post.example" not in shown
    assert "clerk@" not in shown
    assert seen.sender == "Pat Clerk, somebody at contractor.example"
    assert seen.withheld["email"] >= len(SPELLINGS) - 1
    opened = [(e.subject, e.ticket, e.detail) for e in trail(road, "opened") if e.by == "ana"]
    assert opened == [(ident, ref, {"purpose": "respond"}), (ref, ref, {"purpose": "respond"})]


@pytest.mark.parametrize("sender", [CITIZEN, "somebody.else@home.example"])
def test_a_citizen_s_address_is_never_shown(road: Road, mailbox: Mailbox, sender: str) -> None:
    """Neither a stranger's addition nor a citizen at the wrong alias shows an address, nor its domain."""
    _, alias = case(road, mailbox)
    to = alias if sender == CITIZEN else alias_of(mailbox.to(CITIZEN)[0])
    (ident,) = road.mail(sender, to, mail(f"One more thing. I am {sender}.", sender=f"Maria <{sender}>", to=to))
    road.work()
    (one,) = held(road, ["dmv"])
    assert one["letter"] == ident
    assert one["what"] == ("an answer from an agency" if sender == CITIZEN else "an addition by a citizen")
    seen = see(road, ident)
    shown = repr((seen.sender, seen.subject, seen.text))
    assert "One more thing." in shown
    assert sender.partition("@")[2] not in shown
    assert sender.partition("@")[0] not in shown
    assert seen.sender == ("Maria, the citizen's own address" if sender == CITIZEN else "Maria")


@pytest.mark.parametrize(
    "sender", ["<script>alert(1)</script>@x.example", "a@" + "x" * 300 + ".example", "a@\u202eelpmaxe.example", ""]
)
def test_a_hostile_sender_does_not_harm(road: Road, mailbox: Mailbox, sender: str) -> None:
    """Whatever stands in From, the page gets short words of harmless characters, or none."""
    ref, alias = case(road, mailbox)
    raw = mail("Hello").replace(b"Maria Lopez <maria.lopez@post.example>", sender.encode())
    envelope = Envelope("email", mail_from="", recipients=(alias,))
    accepted = road.door.seal(envelope, raw, [t for t in [road.recipients.resolve(alias)] if t])
    road.door.commit([accepted])
    with road.store.write() as conn:
        changed = {"state": "held", "ticket": ref}
        conn.execute(sa.update(letters).where(letters.c.id == accepted.ids[0]).values(**changed))
    seen = see(road, accepted.ids[0])
    assert len(seen.sender) < 400
    assert "<" not in seen.sender
    assert "\u202e" not in seen.sender


def test_attachments_and_problems_are_told_neutrally(road: Road, mailbox: Mailbox) -> None:
    """Files are listed by number, kind and size: their names may say who wrote them."""
    _, alias = case(road, mailbox)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = STRANGER, alias, "Papers"
    message.set_content("Here they are.")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=f"{CITIZEN}.pdf")
    (ident,) = road.mail(STRANGER, alias, message.as_bytes())
    road.work()
    seen = see(road, ident)
    assert seen.attachments == (("attachment 1", "PDF document", 8),)
    assert "lopez" not in repr((seen.sender, seen.subject, seen.text, seen.attachments, seen.problems))


def test_a_letter_that_cannot_be_read_says_so(road: Road, mailbox: Mailbox) -> None:
    """What is gone or no mail raises as on the letter's own page; a try to read it is on record all the same."""
    _, alias = case(road, mailbox)
    ident = answer(road, alias)
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == ident).values(data_key=None))
    for gone in (ident, "AAAA-AAAA-AAAA"):
        with pytest.raises(KeyError):
            see(road, gone)
    (fragment,) = road.mail(STRANGER, alias, b"Content-Type: message/partial; id=x; number=1\r\n\r\nx")
    road.work()
    (one,) = held(road, None, fragment)
    assert (one["what"], one["because"]) == ("an answer from an agency", "unreadable: a fragment of a message")
    with pytest.raises(mime.Unreadable):
        see(road, fragment)
    assert next(e.subject for e in trail(road, "opened") if e.by == "ana") == fragment


def test_a_wish_is_shown_in_words(road: Road, mailbox: Mailbox) -> None:
    """A held choice says what was chosen, and who chose is not known."""
    ref, _ = case(road, mailbox)
    made = link.new(DataKey(bytes(32)), ref)
    accepted = road.door.seal(Envelope("form", fields={"wish": "stop"}), b"", [Target("wish", made["digest"])])
    road.door.commit([accepted])
    with road.store.write() as conn:
        insert(conn, links, [made])
        changed = {"state": "held", "held_because": "x", "ticket": ref}
        conn.execute(sa.update(letters).where(letters.c.id == accepted.ids[0]).values(**changed))
    (one,) = held(road, ["dmv"])
    assert (one["what"], one["refusable"]) == ("a citizen's choice on the page of a link", True)
    seen = see(road, accepted.ids[0])
    assert (seen.text, seen.sender) == ("The choice: never write to me again.", "")
    assert hold.refuse(road.store, accepted.ids[0], "ana")


def test_an_inspection_shows_nothing_of_itself(road: Road, mailbox: Mailbox) -> None:
    """PI3: the repr holds no word of the letter."""
    _, alias = case(road, mailbox)
    assert "Monday" not in repr(see(road, answer(road, alias)))


@pytest.mark.parametrize(
    ("because", "known"),
    [
        ("unverified agency sender", True),
        ("unverified agency sender: an address that is not this agency's", True),
        ("unknown sender at a citizen's alias", True),
        ("the agency's mailbox refused it", True),
        ("the writer's mailbox refused it; x", True),
        ("egress: e-mail address in text", True),
        ("egress: known address in header Subject", True),
        ("egress: withheld phone number in text; egress: x", True),
        ("egress: part 1 is of a kind that cannot be searched", True),
        ("INTAKE_ONLY_MAIL_TO", True),
        (reason.TAKEN_BACK, True),
        ("rule x: hold", False),
        ("", False),
    ],
)
def test_reasons_are_explained(because: str, known: bool) -> None:
    """The reasons that staff must judge come with what they mean and what to check first."""
    hint = inspection.hint(because)
    assert not because.startswith("egress") or ("Send without its words" in str(hint) and "nobody got it" in str(hint))
    assert bool(hint) is known
    if hint:
        assert len(hint[0]) > 40
        assert hint[1]
