"""Wishes that come late: after the letter went on, after the ticket moved, twice, or against one another."""

from __future__ import annotations

import json
import threading
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from intake import consent, hold, link, reason, suppression
from intake.claim import PAUSED
from intake.store import events, letters, links, outbox, tickets
from intake.web import choices
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_backscatter import with_program
from tests.test_relay import CITIZEN, DMV, DOT, all_to, first_letter
from workers import relay

OTHER = "maria.work@firm.example"
DPH = "dph@agencies.example"


def asked(road: Road, mailbox: Mailbox) -> str:
    """A letter from another address, about which the citizen was just asked; its id."""
    first_letter(road)
    (letter,) = road.mail(OTHER, alias_of(mailbox.to(CITIZEN)[0]), mail("One more thing.", sender=OTHER))
    road.work()
    assert road.letter(letter).state == "held"
    return letter


def arrived(mailbox: Mailbox) -> int:
    return sum("One more thing." in body(m) for m in mailbox.to(DMV))


def consents(road: Road, ref: str) -> list[str]:
    with road.store.read() as conn:
        return list(json.loads(conn.execute(sa.select(tickets.c.consent).where(tickets.c.ref == ref)).scalar_one()))


def test_a_question_shows_its_link_once(road: Road, mailbox: Mailbox) -> None:
    """Two links that look alike in one message leave a citizen guessing which to press."""
    asked(road, mailbox)
    acknowledged, question = mailbox.to(CITIZEN)
    assert [body(one).count("/choices/") for one in (acknowledged, question)] == [1, 1]


@pytest.mark.parametrize("wish", ["stranger", "mine"])
def test_a_letter_that_a_person_let_go_is_out_of_reach(road: Road, mailbox: Mailbox, wish: str) -> None:
    """A word about a letter counts while that waits: what went on is neither recalled nor sent twice."""
    letter = asked(road, mailbox)
    question = mailbox.to(CITIZEN)[-1]
    assert hold.release(road.store, road.queue, letter, "admin")
    road.work()
    road.wish(question, wish)
    road.work()
    road.work()
    assert (road.letter(letter).state, arrived(mailbox)) == ("done", 1)
    (again,) = road.mail(OTHER, alias_of(mailbox.to(CITIZEN)[0]), mail("It is me.", sender=OTHER))
    road.work()
    assert road.letter(again).state == ("done" if wish == "mine" else "held")  # as if it had been said before
    assert road.sums()["difference"] == 0


@pytest.mark.parametrize(("state", "claimed"), [("held", ""), ("queued", ""), ("queued", PAUSED), ("queued", "worker")])
def test_a_stranger_s_letter_that_was_let_go_and_not_sent_ends(
    road: Road, mailbox: Mailbox, state: str, claimed: str
) -> None:
    """What staff let go may still be here, kept by the gate or waiting for the smarthost: then the word is in time."""
    letter = asked(road, mailbox)
    assert hold.release(road.store, road.queue, letter, "admin")
    relay.relay(road.bench, [letter])
    message = outbox.c.letter == letter, outbox.c.kind == "follow-up"
    kept = {"state": state, "held_because": "egress: X" if state == "held" else None, "claimed_by": claimed}
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).where(*message).values(**kept))
    road.wish(mailbox.to(CITIZEN)[-1], "stranger")
    road.work()
    in_time = claimed != "worker"  # who is at it may have sent it
    with road.store.read() as conn:
        assert conn.scalar(sa.select(outbox.c.state).where(*message)) == ("withdrawn" if in_time else state)
    assert road.letter(letter).state == ("refused" if in_time else "done")
    assert road.tickets()[0]["state"] == "delivered"
    assert arrived(mailbox) == 0
    assert road.sums()["difference"] == 0


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("first", "second", "ends"), [("mine", "stranger", 1), ("stranger", "mine", 0), ("mine",) * 2 + (1,)]
)
def test_the_first_word_about_a_letter_counts(
    road: Road, mailbox: Mailbox, first: str, second: str, ends: int, turned: bool
) -> None:
    """Two buttons pressed, before a worker came to either: the letter goes the first way, and once, in any order."""
    letter = asked(road, mailbox)
    ids = wished(road, mailbox.to(CITIZEN)[-1], first, second)
    for ident in reversed(ids) if turned else ids:
        relay.relay(road.bench, [ident])
    for _ in range(3):
        free(road)
        road.work()
    assert (road.letter(letter).state, arrived(mailbox)) == (("refused", "done")[ends], ends)
    said = [event["what"] for event in road.tickets()[0]["history"] if event["what"].startswith("wish")]
    assert said == [f"wish: {first}", f"wish: {second}, too late"]


def free(road: Road) -> None:
    """The pause is over for what was put off."""
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.state == "waiting").values(due=0))


@pytest.mark.parametrize("order", [(0, 1, 0, 1), (1, 0, 1, 0)])
@pytest.mark.parametrize(("wish", "ends"), [("mine", "done"), ("stranger", "refused")])
def test_a_word_counts_before_a_release_is_carried_out(
    road: Road, mailbox: Mailbox, wish: str, ends: str, order: tuple[int, ...]
) -> None:
    """Said while the letter is here, also after staff let it go: whichever a worker comes to first, the word counts;
    an address that is the citizen's is known from then on."""
    letter = asked(road, mailbox)
    question = mailbox.to(CITIZEN)[-1]
    assert hold.release(road.store, road.queue, letter, "admin")
    ids = [letter, road.wish(question, wish)]
    for at in order:
        free(road)
        relay.relay(road.bench, [ids[at]])
    free(road)
    road.work()
    road.redeliver()
    assert (road.letter(letter).state, arrived(mailbox)) == (ends, int(wish == "mine"))
    (again,) = road.mail(OTHER, alias_of(mailbox.to(CITIZEN)[0]), mail("It is me.", sender=OTHER))
    road.work()
    assert road.letter(again).state == ("done" if wish == "mine" else "held")
    assert road.sums()["difference"] == 0


def test_whose_a_letter_is_says_nothing_about_its_files(road: Road, mailbox: Mailbox) -> None:
    """MB11: "I wrote that letter" lets it go on; what else a person must look at, they still do."""
    first_letter(road)
    (letter,) = road.mail(OTHER, alias_of(mailbox.to(CITIZEN)[0]), with_program(OTHER))
    road.work()
    assert hold.release(road.store, road.queue, letter, "admin")
    road.work()
    assert road.letter(letter).held_because == reason.STRANGER
    with road.store.write() as conn:  # it was held for something else meanwhile
        conn.execute(
            sa.update(letters).where(letters.c.id == letter).values(held_because="an attachment is infected: X")
        )
        conn.execute(sa.delete(events).where(events.c.what == "released"))
    road.wish(mailbox.to(CITIZEN)[-1], "mine")
    for _ in range(2):
        road.work()
    assert road.letter(letter).held_because.startswith(reason.DANGEROUS)


def test_a_yes_to_one_agency_is_none_to_the_next(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: a link that asked about one agency shares nothing with another that holds the ticket by now."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    about_dot = mailbox.to(CITIZEN)[-1]
    assert hold.reroute(road.store, road.queue, ref, "dph", "admin")
    road.work()
    road.wish(about_dot, "share")
    road.work()
    road.mail(CITIZEN, alias_of(about_dot), mail("Once more.", sender=CITIZEN))
    road.work()
    assert "Once more." in body(mailbox.to(DPH)[-1])
    assert CITIZEN not in all_to(mailbox, DPH) + all_to(mailbox, DOT)
    assert consents(road, ref) == ["dmv"]


def test_whoever_wants_no_mail_is_not_even_written_to(road: Road, mailbox: Mailbox) -> None:
    """Feature 48: no acknowledgement, question or notice lies in the outbox for somebody who said stop."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    acknowledgement = mailbox.to(CITIZEN)[0]
    road.wish(acknowledgement, "stop")
    road.work()
    with road.store.read() as conn:
        ours = sa.select(sa.func.count()).where(outbox.c.recipient == road.bench.address_digest(CITIZEN))
        before = conn.scalar(ours)
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).values(created=0))  # so that none is left out for being the second of a day
    road.mail(CITIZEN, "dot@intake.example", mail("A pothole."))
    road.mail(CITIZEN, "dot@intake.example", with_program(CITIZEN))
    road.mail(OTHER, alias_of(acknowledgement), mail("One more thing.", sender=OTHER))
    road.mail(CITIZEN, alias_of(acknowledgement), with_program(CITIZEN))
    assert hold.reroute(road.store, road.queue, ref, "dph", "admin")
    road.work()
    assert "license" in body(mailbox.to(DPH)[-1])
    with road.store.read() as conn:
        assert conn.scalar(ours) == before


# ── the last word ────────────────────────────────────────────────────────────────────────────────────────────────


def wished(road: Road, message: EmailMessage, *wishes: str) -> list[str]:
    """Buttons pressed one after the other, no two in the same millisecond; the ids of the letters they became."""
    ids = [road.wish(message, wish) for wish in wishes]
    with road.store.write() as conn:
        for at, ident in enumerate(ids):
            conn.execute(sa.update(letters).where(letters.c.id == ident).values(received=letters.c.received + 10 * at))
    return ids


def stopped(road: Road, address: str = CITIZEN) -> bool:
    with road.store.read() as conn:
        return bool(suppression.among(conn, [road.bench.address_digest(address)]))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("first", "last"), [("share", "keep"), ("keep", "share"), ("stop", "resume"), ("resume", "stop")]
)
def test_the_last_word_counts_in_any_order(
    road: Road, mailbox: Mailbox, first: str, last: str, order: tuple[int, int]
) -> None:
    """Promise 5, feature 48: no worker undoes a later choice by coming to an earlier one after it."""
    ref = first_letter(road)
    ids = wished(road, mailbox.to(CITIZEN)[0], first, last)
    for at in order:
        relay.relay(road.bench, [ids[at]])
    assert consents(road, ref) == (["dmv"] if last == "share" else [])
    assert stopped(road) == (last == "stop")
    said = [event["what"] for event in road.ticket(ref)["history"] if event["what"].startswith("wish")]
    assert said == (
        [f"wish: {first}", f"wish: {last}"] if order == (0, 1) else [f"wish: {last}", f"wish: {first}, too late"]
    )
    assert road.sums()["difference"] == 0


def test_the_last_word_about_mail_counts_over_all_tickets(road: Road, mailbox: Mailbox) -> None:
    """Feature 48: "stop" is about an address: it overtakes what was pressed below a message about another letter."""
    first_letter(road)
    road.mail(CITIZEN, "dot@intake.example", mail("A pothole.", message_id="<2@post.example>"))
    road.work()
    road.mail("clerk@agencies.example", alias_of(mailbox.to(DOT)[0]), mail("Soon.", sender="clerk@agencies.example"))
    road.work()
    (earlier,) = wished(road, mailbox.to(CITIZEN)[0], "resume")
    (later,) = wished(road, mailbox.to(CITIZEN)[-1], "stop")
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == later).values(received=letters.c.received + 10))
    for ident in (later, earlier):
        relay.relay(road.bench, [ident])
    assert stopped(road)


@pytest.mark.parametrize(("ticket", "later"), [(0, "stop"), (1, "keep")])
def test_a_wish_about_something_else_overtakes_nothing(road: Road, mailbox: Mailbox, ticket: int, later: str) -> None:
    """A yes to an agency stands beside "stop", and beside a no on another letter of the same citizen."""
    refs = [first_letter(road)]
    refs += road.mail(CITIZEN, "dmv@intake.example", mail("Once more.", message_id="<2@post.example>"))
    road.work()
    road.mail("clerk@agencies.example", alias_of(mailbox.to(DMV)[1]), mail("Soon.", sender="clerk@agencies.example"))
    road.work()
    (yes,) = wished(road, mailbox.to(CITIZEN)[0], "share")
    (other,) = wished(road, mailbox.to(CITIZEN)[-ticket], later)
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == other).values(received=letters.c.received + 10))
    for ident in (other, yes):
        relay.relay(road.bench, [ident])
    assert [consents(road, ref) for ref in refs] == [["dmv"], []]


def test_another_s_wish_overtakes_nothing(road: Road, mailbox: Mailbox) -> None:
    """What one citizen says later is no word of another's."""
    first_letter(road)
    road.mail(OTHER, "dmv@intake.example", mail("My license, too.", sender=OTHER))
    road.work()
    (theirs,) = wished(road, mailbox.to(CITIZEN)[0], "stop")
    (others,) = wished(road, mailbox.to(OTHER)[0], "resume")
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == others).values(received=letters.c.received + 10))
    for ident in (others, theirs):
        relay.relay(road.bench, [ident])
    assert (stopped(road), stopped(road, OTHER)) == (True, False)


def test_a_yes_that_changed_nothing_overtakes_nothing(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: a yes for an agency that has the ticket no more does not undo the no before it."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    keep, share = wished(road, mailbox.to(CITIZEN)[-1], "keep", "share")
    assert hold.reroute(road.store, road.queue, ref, "dph", "admin")
    for ident in (share, keep):
        relay.relay(road.bench, [ident])
    assert consents(road, ref) == []


def test_a_second_agency_does_not_take_the_first_one_s_consent_away(road: Road, mailbox: Mailbox) -> None:
    """Consent is for each agency: given to the next, it stays given to the one before."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    road.wish(mailbox.to(CITIZEN)[-1], "share")
    road.work()
    assert consents(road, ref) == ["dmv", "dot"]


def test_two_at_once_give_both(road: Road, mailbox: Mailbox) -> None:
    """Consent that is given while another is being written waits for it, and does not overwrite it."""
    ref = first_letter(road)
    with road.store.read() as conn:
        ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).one()

    def give(agency: str) -> None:
        with road.store.write() as conn:
            consent.give(conn, ticket, agency)

    other = threading.Thread(target=give, args=("dot",))
    with road.store.write() as conn:
        consent.give(conn, ticket, "dmv")
        other.start()
        other.join(0.5)  # it reads, if nothing stops it
    other.join()
    assert consents(road, ref) == ["dmv", "dot"]


# ── links and addresses ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both_stores
def test_a_link_about_an_agency_that_is_left_offers_no_yes(road: Road, mailbox: Mailbox) -> None:
    """The page thanks nobody for what has no effect: there is no button for it, and every other choice is there."""
    ref = road.form(message="My driver's license expired.", email=CITIZEN, reply="email", share_email="yes")
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()

    def offered() -> set[str]:
        with road.store.read() as conn:
            digest = conn.scalar(sa.select(links.c.digest).where(links.c.agency == "dot"))
            assert digest
            return {wish for _, wishes in choices.questions(link.asks(conn, digest)) for wish in wishes}

    assert offered() == {"share", "keep", "stop", "resume"}
    assert hold.reroute(road.store, road.queue, ref, "dph", "admin")
    assert offered() == {"keep", "stop", "resume"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("maria@bücher.example", "maria@xn--bcher-kva.example", True),
        ("Maria@BÜCHER.example", " maria@XN--BCHER-KVA.Example", True),
        ("maria@bu\u0308cher.example", "maria@bücher.example", True),
        ("maria@bücher.example", "maria@bucher.example", False),
        ("maria@bücher.example", "mario@xn--bcher-kva.example", False),
        ("mária@post.example", "maria@post.example", False),
        ("maria@xn--.example", "maria@xn--.example", True),
        ("maria@[192.0.2.1]", "maria@[192.0.2.2]", False),
        ("", "maria", False),
    ],
)
def test_one_address_has_one_digest(road: Road, one: str, other: str, same: bool) -> None:
    """Feature 48: "never write to me" holds for an address in each way that its domain is written."""
    assert (road.bench.address_digest(one) == road.bench.address_digest(other)) is same
