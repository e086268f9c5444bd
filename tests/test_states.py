"""States: what a ticket says of messages that came back, were taken back, were kept or failed, and who is told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from intake import consent, hold, reason, receipt, suppression
from intake.courier import Courier, Delivery
from intake.outgoing import Payload
from intake.routing import Rules
from intake.routing.published import parsed, publish
from intake.store import events, letters, outbox, tickets
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_relay import CITIZEN, DMV, DOT, addition, all_to, an_answer, answer, bounce_of, first_letter, report
from workers import deliver, process
from workers.message import Message

UNWANTED = "the writer wants no mail"


def held(road: Road) -> list[dict[str, Any]]:
    with road.store.read() as conn:
        return hold.held(conn, None)


def states(road: Road, kind: str) -> list[str]:
    with road.store.read() as conn:
        return list(conn.scalars(sa.select(outbox.c.state).where(outbox.c.kind == kind).order_by(outbox.c.created)))


def happened(road: Road, what: str) -> list[dict[str, Any]]:
    with road.store.read() as conn:
        found = conn.scalars(sa.select(events.c.detail).where(events.c.what == what).order_by(events.c.id))
        return [json.loads(detail) for detail in found]


def comes_back(road: Road, mailbox: Mailbox, address: str) -> None:
    """The last message to `address` does."""
    road.mail("", bounce_of(mailbox, address), report("failed", "5.1.1", address))
    road.work()


def becomes(road: Road, kind: str, because: str) -> None:
    """The messages of a kind are held."""
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).where(outbox.c.kind == kind).values(state="held", held_because=because))


@dataclass
class Meanwhile:
    """A courier during whose first delivery something else happens; `then` is in the place of its later ones."""

    real: Courier
    happens: Callable[[], object]
    then: Callable[[], object] = lambda: None

    def deliver(self, payload: Payload, box: str) -> Delivery:
        happens, self.happens = self.happens, self.then
        happens()
        return self.real.deliver(payload, box)

    def close(self) -> None:
        self.real.close()


def meanwhile(road: Road, happens: Callable[[], object], then: Callable[[], object] = lambda: None) -> None:
    object.__setattr__(road.bench, "courier", Meanwhile(road.bench.courier, happens, then))  # type: ignore[arg-type]


# ── what came back ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("agency", ["dmv", "dot"])
def test_an_answer_that_came_back_is_seen_whoever_has_the_ticket(road: Road, mailbox: Mailbox, agency: str) -> None:
    """LK10: it is the citizen's loss whoever wrote it; only the agency that wrote it, and has the ticket, is told."""
    ref = first_letter(road)
    letter = an_answer(road, mailbox)
    to = bounce_of(mailbox, CITIZEN)
    if agency != "dmv":
        assert hold.reroute(road.store, road.queue, ref, agency, "admin")
        road.work()
    before = len(mailbox.got)
    road.mail("", to, report("failed", "5.1.1", CITIZEN))
    road.work()
    told = [recipients for _, recipients, message in mailbox.got[before:] if "could not be delivered" in body(message)]
    assert told == ([[DMV]] if agency == "dmv" else [])
    assert road.ticket(ref)["state"] == "bounced"
    (one,) = held(road)
    assert (one["letter"], one["agency"], one["because"]) == (letter, agency, "the writer's mailbox refused it")
    assert hold.release(road.store, road.queue, letter, "admin")
    road.redeliver()
    assert sum("Bring two documents." in body(m) for m in mailbox.to(CITIZEN)) == 2
    assert (road.ticket(ref)["state"], held(road)) == ("answered" if agency == "dmv" else "delivered", [])


def test_a_second_answer_does_not_hide_that_the_first_came_back(road: Road, mailbox: Mailbox) -> None:
    """LK10: an answer that came back waits for a person until it is released or refused."""
    ref = first_letter(road)
    first = an_answer(road, mailbox, "The long answer.")
    comes_back(road, mailbox, CITIZEN)
    an_answer(road, mailbox, "As I said.")
    assert road.ticket(ref)["state"] == "bounced"
    assert [one["letter"] for one in held(road)] == [first]
    assert states(road, "answer") == ["bounced", "sent"]
    assert hold.release(road.store, road.queue, first, "admin")
    road.redeliver()
    assert "The long answer." in body(mailbox.to(CITIZEN)[-1])
    assert (road.ticket(ref)["state"], held(road)) == ("answered", [])


def test_an_answer_to_a_mailbox_that_is_gone_can_be_ended(road: Road, mailbox: Mailbox) -> None:
    """What can never arrive need not be held for ever: refused, it goes nowhere, and the ticket waits for an answer."""
    ref = first_letter(road)
    letter = an_answer(road, mailbox)
    comes_back(road, mailbox, CITIZEN)
    assert [one["refusable"] for one in held(road)] == [True]
    assert hold.refuse(road.store, letter, "ana")
    assert (road.letter(letter).state, states(road, "answer"), held(road)) == ("refused", ["withdrawn"], [])
    assert (road.ticket(ref)["state"], road.sums()["difference"]) == ("delivered", 0)
    assert not hold.refuse(road.store, letter, "ana")


@pytest.mark.parametrize("kind", ["redirect", "follow-up"])
def test_a_citizen_s_words_that_came_back_go_to_an_agency(road: Road, mailbox: Mailbox, kind: str) -> None:
    """Nobody ends a letter or an addition because an agency's mailbox is gone."""
    ref = first_letter(road)
    letter = addition(road, mailbox) if kind == "follow-up" else ref
    comes_back(road, mailbox, DMV)
    assert [(one["letter"], one["refusable"]) for one in held(road)] == [(letter, False)]
    assert not hold.refuse(road.store, letter, "ana")


def test_whoever_answered_has_the_letter(road: Road, mailbox: Mailbox) -> None:
    """A letter that came back counts no more once there is an answer, and does so again when that is refused."""
    ref = first_letter(road)
    comes_back(road, mailbox, DMV)
    assert road.ticket(ref)["state"] == "bounced"
    letter = an_answer(road, mailbox)
    assert (road.ticket(ref)["state"], held(road), states(road, "redirect")) == ("answered", [], ["bounced"])
    comes_back(road, mailbox, CITIZEN)
    assert [one["letter"] for one in held(road)] == [letter]
    assert hold.refuse(road.store, letter, "ana")
    assert road.ticket(ref)["state"] == "bounced"
    assert [one["letter"] for one in held(road)] == [ref]


@pytest.mark.both_stores
def test_an_answer_for_a_receipt_is_one(road: Road, mailbox: Mailbox) -> None:
    """An answer that waits for its receipt answers its ticket, and shows that its agency has the letter; no other."""
    code = receipt.from_code(receipt.new_code(b"s" * 32, b"this form"))
    assert code
    sealed_to = {"receipt_digest": code.digest, "receipt_public": base64.b64encode(code.public).decode()}
    ref = road.form(message="My driver's license expired.", reply="receipt", **sealed_to)
    road.work()
    assert road.ticket(ref)["state"] == "delivered"
    of_letter = bounce_of(mailbox, DMV)
    an_answer(road, mailbox)
    assert road.ticket(ref)["state"] == "answered"
    road.mail("", of_letter, report("failed", "5.1.1", DMV))
    road.work()
    assert (road.ticket(ref)["state"], held(road)) == ("answered", [])
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert road.ticket(ref)["state"] == "delivered"


def test_what_came_back_counts_before_what_is_held(road: Road, mailbox: Mailbox) -> None:
    """A ticket with both says `bounced`, and gives no reason for holding that is another message's."""
    ref = first_letter(road)
    an_answer(road, mailbox)
    comes_back(road, mailbox, CITIZEN)
    mailbox.replies = ["550 no"]
    addition(road, mailbox)
    with road.store.read() as conn:
        found = conn.execute(sa.select(tickets.c.state, tickets.c.held_because).where(tickets.c.ref == ref)).one()
    assert tuple(found) == ("bounced", None)


@pytest.mark.parametrize("state", ["held", "withdrawn", "kept"])
def test_only_what_was_sent_can_come_back(road: Road, mailbox: Mailbox, state: str) -> None:
    """A failure of a message that is not on its way is noted and moves nothing."""
    ref = first_letter(road)
    to = bounce_of(mailbox, DMV)
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).where(outbox.c.kind == "redirect").values(state=state))
    road.mail("", to, report("failed", "5.1.1", DMV))
    road.work()
    assert (states(road, "redirect"), happened(road, "bounced")) == ([state], [])
    assert len(happened(road, hold.NOTED)) == 1
    assert road.ticket(ref)["state"] == "delivered"


def test_what_was_perhaps_sent_and_was_answered_is_answered(road: Road, mailbox: Mailbox) -> None:
    """Released, a message stays where it stood in the talk: an answer to it is no older than itself."""
    ref = first_letter(road)
    becomes(road, "redirect", "maybe sent: its worker died three times on it")
    an_answer(road, mailbox)
    assert road.ticket(ref)["state"] == "held"
    assert hold.release(road.store, road.queue, ref, "admin")
    road.redeliver()
    assert road.ticket(ref)["state"] == "answered"


# ── what was said meanwhile ──────────────────────────────────────────────────────────────────────────────────────


def two_letters(road: Road) -> tuple[list[str], list[Message]]:
    """Of two citizens, to one agency, worked on and not sent: their addresses, and the messages."""
    citizens = [f"maria{n}.lopez@post.example" for n in range(2)]
    for citizen in citizens:
        road.form(message="My driver's license expired.", email=citizen, reply="email", share_email="yes")
    with road.store.read() as conn:
        ids = list(conn.scalars(sa.select(letters.c.id).order_by(letters.c.received)))
    return citizens, process.process(road.bench, ids)


def test_consent_counts_at_the_moment_of_sending(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: taken back while a batch is being sent, an address is not shown by the rest of it."""
    citizens, messages = two_letters(road)

    def keep() -> None:
        with road.store.write() as conn:
            for ticket in list(conn.execute(sa.select(tickets))):
                consent.withdraw(conn, ticket)

    meanwhile(road, keep)
    deliver.deliver(road.bench, messages)
    assert sum(citizen in all_to(mailbox, DMV) for citizen in citizens) == 1
    assert [one["because"] for one in held(road)] == [reason.TAKEN_BACK]


def test_stop_counts_at_the_moment_of_sending(road: Road, mailbox: Mailbox) -> None:
    """Feature 48: said while a batch is being sent, it holds for the rest of it."""
    first_letter(road)
    mailbox.replies = ["451 busy"] * 2
    for text in ("One.", "Two."):
        an_answer(road, mailbox, text)

    def stop() -> None:
        with road.store.write() as conn:
            suppression.stop(conn, road.bench.address_digest(CITIZEN))

    before = len(mailbox.to(CITIZEN))
    meanwhile(road, stop)
    road.redeliver()
    assert len(mailbox.to(CITIZEN)) == before + 1


@pytest.mark.parametrize("first", ["answer", "stop"])
def test_stop_is_told_to_whoever_answered(road: Road, mailbox: Mailbox, first: str) -> None:
    """Feature 48: the agency hears it whether its answer was written before or after "never write to me again"."""
    ref = first_letter(road)
    acknowledgement, before = mailbox.to(CITIZEN)[0], len(mailbox.to(DMV))
    if first == "stop":
        road.wish(acknowledgement, "stop")
        road.work()
    else:
        mailbox.replies = ["451 busy"]
    letter = an_answer(road, mailbox)
    if first == "answer":
        road.wish(acknowledgement, "stop")
        road.work()
        road.redeliver()
        road.work()
    assert ["never to write to them again" in body(m) for m in mailbox.to(DMV)[before:]] == [True]
    assert road.letter(letter).held_because == UNWANTED
    assert [(one["letter"], one["because"], one["refusable"]) for one in held(road)] == [(letter, UNWANTED, True)]
    assert road.ticket(ref)["state"] == "delivered"
    assert mailbox.to(CITIZEN) == [acknowledgement]
    road.wish(acknowledgement, "resume")
    road.work()
    assert hold.release(road.store, road.queue, letter, "admin")
    road.work()
    assert "Bring two documents." in body(mailbox.to(CITIZEN)[-1])
    assert (road.ticket(ref)["state"], held(road), road.sums()["difference"]) == ("answered", [], 0)


def test_the_next_agency_is_not_told_of_another_s_answer(road: Road, mailbox: Mailbox) -> None:
    """An answer that waits while its ticket moves on and its citizen says stop is held, and nobody is written to."""
    ref = first_letter(road)
    mailbox.replies = ["451 busy"]
    letter = an_answer(road, mailbox)
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    with road.store.write() as conn:
        suppression.stop(conn, road.bench.address_digest(CITIZEN))
    before = len(mailbox.got)
    road.redeliver()
    road.work()
    assert len(mailbox.got) == before
    assert [(one["letter"], one["because"]) for one in held(road)] == [(letter, UNWANTED)]
    with road.store.write() as conn:
        suppression.resume(conn, road.bench.address_digest(CITIZEN))
    assert hold.release(road.store, road.queue, letter, "admin")
    road.redeliver()
    assert "Bring two documents." in body(mailbox.to(CITIZEN)[-1])


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_taken_back_while_it_was_sent_is_on_record(road: Road, mailbox: Mailbox) -> None:
    """Feature 79: the first agency has the letter although it was passed on meanwhile, and the trail says so."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired."))
    meanwhile(road, lambda: hold.reroute(road.store, road.queue, ref, "dot", "admin"))
    road.work()
    assert len(mailbox.to(DMV)) == 1
    assert states(road, "redirect") == ["sent"]
    assert [detail["agency"] for detail in happened(road, "delivered")] == ["dmv"]
    assert (road.ticket(ref)["state"], mailbox.to(CITIZEN)) == ("received", [])
    road.work()
    assert [detail["agency"] for detail in happened(road, "delivered")] == ["dmv", "dot"]
    assert (road.ticket(ref)["state"], len(mailbox.to(DOT)), len(mailbox.to(CITIZEN))) == ("delivered", 1, 1)


def test_an_acknowledgement_does_not_follow_a_letter_that_was_taken_back(road: Road, mailbox: Mailbox) -> None:
    """It names the next agency, and waits until that one has the letter."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired."))

    def moves() -> None:
        hold.reroute(road.store, road.queue, ref, "dot", "admin")
        process.process(road.bench, [ref])

    meanwhile(road, moves)
    road.work()
    assert (len(mailbox.to(DMV)), mailbox.to(CITIZEN)) == (1, [])
    assert states(road, "acknowledgement") == ["withdrawn", "later"]


def test_an_unexpected_fault_is_tried_three_times(road: Road, mailbox: Mailbox) -> None:
    """CR8: a message that our own program fails on is a person's after three tries, and not after five days."""

    def fails() -> None:
        raise ValueError(CITIZEN)

    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired."))
    meanwhile(road, fails, fails)
    road.work()
    assert states(road, "redirect") == ["queued"]
    road.redeliver()
    assert states(road, "redirect") == ["queued"]
    road.redeliver()
    assert states(road, "redirect") == ["held"]
    assert road.ticket(ref)["held_because"] == "poison: ValueError"


@pytest.mark.parametrize("fault", [OSError("disk full")])
def test_the_machine_s_trouble_is_not_the_message_s(road: Road, mailbox: Mailbox, fault: Exception) -> None:
    """A full disk or a store that is away holds no message."""

    def fails() -> None:
        raise fault

    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired."))
    meanwhile(road, fails, fails)
    road.work()
    for _ in range(4):
        road.redeliver()
    assert states(road, "redirect") == ["queued"]


def test_a_released_message_has_all_its_tries_again(road: Road, mailbox: Mailbox) -> None:
    """However old it is: a busy server does not hold it at once."""
    mailbox.replies = ["550 no", "451 busy"]
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired."))
    road.work()
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).values(created=outbox.c.created - 9 * 24 * 3600 * 1000))
    assert hold.release(road.store, road.queue, ref, "admin")
    road.redeliver()
    assert states(road, "redirect") == ["queued"]


@pytest.mark.parametrize("state", ["waiting", "held"])
def test_an_addition_waits_for_its_letter(road: Road, mailbox: Mailbox, state: str) -> None:
    """The agency gets the story in order: nothing is added to a letter that waits for a worker, or for a person."""
    ref = first_letter(road)
    mailbox.replies = ["451 busy"]
    addition(road, mailbox)
    before = len(mailbox.to(DMV))
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == ref).values(state=state))
    road.redeliver()
    assert (len(mailbox.to(DMV)), states(road, "follow-up")) == (before, ["queued"])
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == ref).values(state="done"))
    road.redeliver()
    assert "One more thing." in body(mailbox.to(DMV)[-1])


# ── whom nothing can be sent to, or who is gone ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["maria@[192.0.2.1]", "maria@my_host.example"])
def test_an_answer_that_nothing_can_carry_is_held_with_its_reason(road: Road, mailbox: Mailbox, address: str) -> None:
    """An address that no message of ours can be addressed to is no fault of the program's."""
    raw = f"From: {address}\r\nSubject: x\r\n\r\nMy driver's license.\r\n".encode()
    road.mail(address, "contact@intake.example", raw)
    road.work()
    letter = an_answer(road, mailbox)
    assert road.letter(letter).held_because == "no message can be addressed to the writer's address"


@dataclass
class InForce:
    """Rules that no file changes."""

    current: Rules

    def follow_file(self) -> None:
        """There is none."""


def without(road: Road, agency: str) -> None:
    """The rules in force, without an agency."""
    rules = road.published.current
    kept = {ident: one for ident, one in rules.agencies.items() if ident != agency}
    object.__setattr__(road.bench, "published", InForce(replace(rules, agencies=kept)))


def test_what_is_added_goes_by_the_rules_in_force(road: Road, mailbox: Mailbox) -> None:
    """Another machine published a new mailbox; the worker that has the addition saw no letter since."""
    first_letter(road)
    to = alias_of(mailbox.to(CITIZEN)[0])
    moved = road.config.rules.read_bytes().replace(DMV.encode(), b"cars@agencies.example")
    with road.store.write() as conn:
        publish(conn, parsed(moved, road.config.mail_domain), "operator")
    road.mail(CITIZEN, to, mail("One more thing.", sender=CITIZEN))
    road.work()
    assert ["One more" in body(message) for message in mailbox.to("cars@agencies.example")] == [True]


def test_an_agency_that_is_gone_strands_no_addition(road: Road, mailbox: Mailbox) -> None:
    """What is added to its ticket is held with the ticket and the reason, and goes on when that is sent elsewhere."""
    ref = first_letter(road)
    to = alias_of(mailbox.to(CITIZEN)[0])
    without(road, "dmv")
    (letter,) = road.mail(CITIZEN, to, mail("One more thing.", sender=CITIZEN))
    road.work()
    (one,) = held(road)
    assert (one["letter"], one["ref"], one["because"]) == (letter, ref, "its agency is no longer in the rules")
    assert one["what"] == "an addition by a citizen"
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert [words in body(m) for m, words in zip(mailbox.to(DOT), ("license", "One more"), strict=True)] == [True, True]
    assert held(road) == []


@pytest.mark.parametrize("wish", ["keep", "share", "stop"])
def test_an_agency_that_is_gone_stops_no_wish(road: Road, mailbox: Mailbox, wish: str) -> None:
    """Promise 5, feature 48: what a citizen says about their own address is carried out whoever has the ticket."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    acknowledgement = mailbox.to(CITIZEN)[0]
    without(road, "dmv")
    letter = road.wish(acknowledgement, wish)
    road.work()
    assert (road.letter(letter).state, held(road)) == ("done", [])
    with road.store.read() as conn:
        allowed = consent.among(conn, [ref])[ref]
        stopped = suppression.among(conn, [road.bench.address_digest(CITIZEN)])
    assert (allowed, bool(stopped)) == ([] if wish == "keep" else ["dmv"], wish == "stop")


def test_a_letter_that_becomes_an_answer_leaves_no_link_to_itself(road: Road, mailbox: Mailbox) -> None:
    """Another ticket of the same mail does not point to one that is no more."""
    ref = first_letter(road)
    to = ["dmv@intake.example", "dot@intake.example"]
    ids = road.mail("clerk@agencies.example", to, answer(subject=f"Re: [{ref}] license"))
    road.work()
    (linked,) = [one for one in road.tickets() if one.get("linked_to")]
    assert hold.answer_to(road.store, road.queue, linked["linked_to"], ref, "admin")
    (other,) = set(ids) - {linked["linked_to"]}
    assert "linked_to" not in road.ticket(other)
