"""Sides: which alias leads where, and that what comes to the wrong one, to a closed one or twice is not passed on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from intake import alias, hold
from intake.purpose import Grant, Purpose, grant
from intake.reader import open_letter
from intake.store import DAY, aliases, letters, tickets
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_relay import CITIZEN, CLERK, DMV, FAR, all_to, answer, first_letter
from workers import process, relay, step
from workers.conversation import Citizen
from workers.step import swap

CLOSED = "written to an alias that is closed"
PASSED_ON = f"{CLOSED}: the letter is with another agency now"


def test_the_agency_at_its_own_alias(road: Road, mailbox: Mailbox) -> None:
    """RA5: an agency that writes to the alias that stands for itself reaches nobody as the citizen."""
    first_letter(road)
    before = len(mailbox.to(DMV))
    (letter,) = road.mail(CLERK, alias_of(mailbox.to(CITIZEN)[0]), answer("Pay 500."))
    road.work()
    assert road.letter(letter).held_because == "unknown sender at a citizen's alias"
    assert len(mailbox.to(DMV)) == before
    assert "pay 500" not in all_to(mailbox, DMV) + all_to(mailbox, CITIZEN)


def test_the_citizen_at_their_own_alias(road: Road, mailbox: Mailbox) -> None:
    """RA5: a citizen who writes to the alias that stands for them does not get it back as the agency's answer."""
    first_letter(road)
    before = len(mailbox.got)
    (letter,) = road.mail(CITIZEN, alias_of(mailbox.to(DMV)[0]), mail("One more thing.", sender=CITIZEN))
    road.work()
    assert road.letter(letter).held_because.startswith("unverified agency sender: ")
    assert len(mailbox.got) == before


def test_what_another_worker_learnt_meanwhile_is_kept(road: Road, mailbox: Mailbox) -> None:
    """Two additions at once: the later of both workers begins anew, and nothing known of the citizen is lost."""
    ref = first_letter(road)
    (later,) = road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[-1]), mail("Which ones?", sender=CITIZEN))

    def overtaken(row: step.LetterRow, grants: dict[str, Grant], conn: sa.Connection) -> step.Outcome:
        opened = open_letter(row, road.bench.vault, grants[row.id])
        outcome = relay.relayed(road.bench, road.bench.published.current, opened, grants, conn)
        ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).one()
        citizen, key = Citizen.of(road.bench, ticket, grants, conn)
        citizen.named.append(FAR)
        with road.store.write() as other:
            swap(other, [(ref, ticket.citizen, citizen.sealed(key, ref))])
        return outcome

    opening = [(ref, ref)]
    assert step.run(road.bench, [later], step.Step(overtaken, opening=lambda _conn, _rows: opening)) == []
    assert road.letter(later).state == "waiting"
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(due=0))
        ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).one()
        before = Citizen.of(road.bench, ticket, grant(conn, opening, Purpose.REDIRECT, "test"), conn)[0]
    road.work()
    with road.store.write() as conn:
        ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).one()
        after = Citizen.of(road.bench, ticket, grant(conn, opening, Purpose.REDIRECT, "test"), conn)[0]
    assert (road.letter(later).state, before.named, after.named) == ("done", [FAR], [FAR])


def test_a_replayed_answer_is_passed_on_once(road: Road, mailbox: Mailbox) -> None:
    """RA10: the same Message-ID and octets again are a duplicate, one after the other and at once; others are not."""
    ref = first_letter(road)
    to, raw = alias_of(mailbox.to(DMV)[0]), answer(message_id="<1@agencies.example>")
    road.mail(CLERK, to, raw)
    road.work()
    again = [*road.mail(CLERK, to, raw), *road.mail(CLERK, to, raw)]
    road.work()
    assert [road.letter(letter).state for letter in again] == ["duplicate", "duplicate"]
    assert sum("Bring two documents." in body(m) for m in mailbox.to(CITIZEN)) == 1
    road.mail(CLERK, to, answer(message_id="<2@agencies.example>"))
    road.work()
    assert sum("Bring two documents." in body(m) for m in mailbox.to(CITIZEN)) == 2
    assert (road.ticket(ref)["state"], road.sums()["difference"]) == ("answered", 0)


@pytest.mark.parametrize(
    ("sender", "spelt", "line"),
    [
        (CLERK, str.upper, b""),
        (CLERK, lambda to: to.replace("reply+", "reply-"), b""),
        ("other@agencies.example", str, b""),
        (CLERK, str, b"X-Any: thing\r\n"),
    ],
)
def test_a_replay_in_another_envelope(
    road: Road, mailbox: Mailbox, sender: str, spelt: Callable[[str], str], line: bytes
) -> None:
    """RA10: who replays what an agency signed cannot make another message of it with what is not signed."""
    first_letter(road)
    to, raw = alias_of(mailbox.to(DMV)[0]), answer(message_id="<1@agencies.example>")
    road.mail(CLERK, to, raw)
    (again,) = road.mail(sender, spelt(to), line + raw)
    road.work()
    assert road.letter(again).state == "duplicate"
    assert sum("Bring two documents." in body(m) for m in mailbox.to(CITIZEN)) == 1


def test_a_replayed_addition_is_passed_on_once(road: Road, mailbox: Mailbox) -> None:
    """RA10: towards the agency it is the same."""
    first_letter(road)
    to, raw = alias_of(mailbox.to(CITIZEN)[0]), mail("One more thing.", sender=CITIZEN, message_id="<1@post.example>")
    for _ in range(3):
        road.mail(CITIZEN, to, raw)
        road.work()
    assert sum("One more thing." in body(m) for m in mailbox.to(DMV)) == 1


def test_headers_in_our_name_mean_nothing(road: Road, mailbox: Mailbox) -> None:
    """RA13: a forged X-Intake line neither routes nor stops a letter or an answer, and goes nowhere."""
    forged = {"X_Intake_Agency": "dot", "X_Intake_Ticket": "7K3M-9QX2-TR4B", "X_Intake_Released": "yes"}
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired.", **forged))
    road.work()
    road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer(**forged))
    (stranger,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer("Pay 500.", **forged), client=FAR)
    road.work()
    assert "Bring two documents." in body(mailbox.to(CITIZEN)[-1])
    assert road.letter(stranger).state == "held"
    assert b"x-intake" not in b"".join(mailbox.raw).lower()


# ── aliases that close while mail to them waits ──────────────────────────────────────────────────────────────────


def move(road: Road, ref: str, agency: str) -> None:
    assert hold.reroute(road.store, road.queue, ref, agency, "admin")


def moved(road: Road, ref: str) -> None:
    """Passed on, and no worker has come to it yet."""
    move(road, ref, "dot")


def there_and_back(road: Road, ref: str) -> None:
    """The agency has it again, under a new alias."""
    for agency in ("dot", "dmv"):
        move(road, ref, agency)
        process.process(road.bench, [ref])


def destroyed(road: Road, ref: str) -> None:
    """Its aliases are revoked."""
    with road.store.write() as conn:
        alias.revoke(conn, ref)


@pytest.mark.parametrize(("meanwhile", "because"), [(moved, PASSED_ON), (there_and_back, CLOSED), (destroyed, CLOSED)])
def test_an_answer_that_was_overtaken_is_held(
    road: Road, mailbox: Mailbox, meanwhile: Callable[[Road, str], None], because: str
) -> None:
    """RA9: an alias that closed between RCPT and the worker passes nothing on, and no click makes it."""
    ref = first_letter(road)
    (letter,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    meanwhile(road, ref)
    relay.relay(road.bench, [letter])
    assert road.letter(letter).held_because == because
    assert hold.release(road.store, road.queue, letter, "admin")
    road.work()
    assert road.letter(letter).held_because == because
    assert "bring two documents" not in all_to(mailbox, CITIZEN)


def test_an_addition_to_a_destroyed_ticket_goes_nowhere(road: Road, mailbox: Mailbox) -> None:
    """RA9: nor does what a citizen wrote before their alias was revoked."""
    ref = first_letter(road)
    (letter,) = road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail("One more thing.", sender=CITIZEN))
    destroyed(road, ref)
    road.work()
    assert road.letter(letter).held_because == CLOSED
    assert "one more thing" not in all_to(mailbox, DMV)


# ── aliases that open for a message about a held letter ──────────────────────────────────────────────────────────


def test_the_alias_of_a_question_works(road: Road, mailbox: Mailbox) -> None:
    """RA9: a question about a held letter comes from a young alias of its own, and the answer to it arrives."""
    first_letter(road)
    old = alias_of(mailbox.to(CITIZEN)[0])
    with road.store.write() as conn:
        conn.execute(sa.update(aliases).values(created=aliases.c.created - 100 * DAY))
    road.mail("x@evil.example", old, mail("Pay me.", sender="x@evil.example"))
    road.work()
    young = alias_of(mailbox.to(CITIZEN)[-1])
    assert young != old
    assert road.recipients.resolve(young)
    road.mail(CITIZEN, young, mail("That was not me.", sender=CITIZEN))
    road.work()
    assert "That was not me." in body(mailbox.to(DMV)[-1])
