"""Reasons for holding: each is explained and has a way on, and a release counts for the one that was seen."""

from __future__ import annotations

import ast
import re
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import hold, reason
from intake.store import letters, tickets
from tests.road import Mailbox, Road, alias_of, body, hold_first, mail
from tests.test_backscatter import with_program
from tests.test_relay import AN_HOUR, CITIZEN, CLERK, DMV, all_to, answer, first_letter
from workers import process

ROOT = Path(__file__).parent.parent
WRITERS = [*sorted((ROOT / "workers").glob("*.py")), ROOT / "intake/courier.py"]
REASONS = {name: text for name, text in vars(reason).items() if name.isupper() and isinstance(text, str)}
STRANGER = "pat@contractor.example"


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────


def said(call: ast.Call) -> ast.expr | None:
    """The reason that a call of the program holds something for."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "Delivery" and len(call.args) > 1:
        return None if ast.unparse(call.args[0]) == "Result.SENT" else call.args[1]
    return call.args[-1] if name == "held" else call.args[0] if name == "Stop" else None


def test_no_reason_stands_outside_the_table() -> None:
    """Whatever the program holds something for begins with a reason of `intake.reason`, and each of these is used."""
    for file in WRITERS:
        calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
        for because in filter(None, map(said, calls)):
            begins = because.values[0] if isinstance(because, ast.JoinedStr) else because
            assert not isinstance(begins, ast.Constant), f"{file.name}: {ast.unparse(because)}"
    used = " ".join(file.read_text() for file in (*WRITERS, ROOT / "intake/hold/listing.py"))
    assert set(re.findall(r"reason\.([A-Z_0-9]+)", used)) - {"FINAL", "JUDGED", "UNREAD"} == set(REASONS)


WAYS = ("*Release*", "*Refuse*", "*Send there*", "*Send without its words*")


@pytest.mark.parametrize("name", REASONS)
def test_every_reason_is_explained(name: str) -> None:
    """docs/admin.md says of each reason what to do, and names a button; of what is not even whole, whom to tell."""
    begins = re.split("[:,(]", REASONS[name])[0].strip()
    table = [line.split(" | ") for line in (ROOT / "docs/admin.md").read_text().splitlines() if line.startswith("| `")]
    rows = [row for row in table if re.search(f"`{begins}[`: ]", row[0])]
    assert rows
    for row in rows:
        assert any(way in row[2] for way in WAYS) or (name == "TAMPERED" and "operator" in row[2])
        assert "*Refuse*" in row[2] or REASONS[name] not in reason.FINAL
        assert "*Release*" in row[2] or REASONS[name] not in reason.JUDGED
        assert "*Send without its words*" in row[2] or REASONS[name] not in reason.UNREAD


def test_every_held_letter_has_a_way_on(road: Road, mailbox: Mailbox) -> None:
    """What can be tried again is released; what cannot may end here; what cannot be read goes without its words; and a
    citizen's own letter always goes somewhere."""
    ref = first_letter(road)
    (added,) = road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail("More.", sender=CITIZEN))
    (answered,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), answer())
    kinds = {ref: "new", added: "addition", answered: "answer", road.wish(mailbox.to(CITIZEN)[0], "keep"): "wish"}
    road.work()
    for because in REASONS.values():
        with road.store.write() as conn:
            conn.execute(sa.update(letters).values(state="held", held_because=because))
        with road.store.read() as conn:
            found = {kinds[one["letter"]]: one for one in hold.held(conn, None)}
        assert len(found) == len(kinds)
        for kind, one in found.items():
            assert one["releasable"] != (because in reason.FINAL)
            assert one["judged"] == (because in reason.JUDGED)
            assert one["wordless"] == (because in reason.UNREAD and kind in ("new", "addition"))
            assert one["refusable"] == (kind != "new" or because == reason.LOOP)


# ── what a release counts for ────────────────────────────────────────────────────────────────────────────────────


def because(road: Road, letter: str) -> str:
    """Why it is held; "" when it is not."""
    found = road.letter(letter)
    return found.held_because if found.state == "held" else ""


def released(road: Road, letter: str) -> str:
    """Why it is held after a release."""
    assert hold.release(road.store, road.queue, letter, "ana", because(road, letter))
    road.work()
    return because(road, letter)


def test_a_release_lets_pass_what_was_seen_and_nothing_else(road: Road, mailbox: Mailbox) -> None:
    """RA3, MB11: an answer with a program in it, from nobody knows whom, is looked at for both; then it goes."""
    first_letter(road)
    (letter,) = road.mail(STRANGER, alias_of(mailbox.to(DMV)[0]), with_program(STRANGER))
    road.work()
    assert because(road, letter).startswith(reason.DANGEROUS)
    assert released(road, letter).startswith(reason.UNVERIFIED)
    assert len(mailbox.to(CITIZEN)) == 1
    assert released(road, letter) == ""
    assert len(mailbox.to(CITIZEN)) == 2


@pytest.mark.both_stores
def test_a_stranger_s_addition_is_held_for_what_comes_later(road: Road, mailbox: Mailbox) -> None:
    """A release because of the address is none because of the number, and both count on when it is tried again."""
    first_letter(road)
    (letter,) = road.mail(STRANGER, alias_of(mailbox.to(CITIZEN)[0]), mail("One more thing.", sender=STRANGER))
    road.work()
    assert because(road, letter) == reason.STRANGER
    with road.store.write() as conn:
        row = dict(conn.execute(sa.select(letters).where(letters.c.id == letter)).one()._mapping)
        more = [row | {"id": f"{n}", "state": "done", "digest": None} for n in range(AN_HOUR)]
        conn.execute(sa.insert(letters), more)
    assert released(road, letter).startswith(reason.TOO_MANY)
    assert released(road, letter) == ""
    assert "One more thing." in body(mailbox.to(DMV)[-1])


def test_a_failure_of_the_program_is_no_reason_to_pass_a_rule(road: Road, mailbox: Mailbox) -> None:
    """Who lets a letter be tried again after a fault of ours has not read what a rule wants a person to read."""
    hold_first(road, "end my life")
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("I want to end my life."))
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(state="held", held_because=f"{reason.POISON}ValueError"))
        conn.execute(sa.update(tickets).values(state="held"))
    assert released(road, ref).startswith(reason.RULE)
    assert mailbox.got == []
    assert released(road, ref) == ""
    assert len(mailbox.got) > 0


def test_each_file_that_may_do_harm_is_seen(road: Road, mailbox: Mailbox) -> None:
    """LK11: a release for one file is none for the next."""
    message = EmailMessage()
    message["From"], message["Subject"] = CITIZEN, "My driver's license"
    message.set_content("My driver's license.")
    for name, octets in (("a.exe", b"MZ\x90\0" + bytes(99)), ("b.vbs", b"WScript.Echo 1")):
        message.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
    (ref,) = road.mail(CITIZEN, "contact@intake.example", message.as_bytes())
    road.work()
    first, told = because(road, ref), len(mailbox.to(CITIZEN))
    second = released(road, ref)
    assert first != second
    assert all(one.startswith(reason.DANGEROUS) for one in (first, second))
    assert len(mailbox.to(CITIZEN)) == told == 1
    assert released(road, ref) == ""


def test_an_answer_at_the_wrong_address_is_no_surer_than_another(road: Road, mailbox: Mailbox) -> None:
    """RA3: to say which letter it answers is not to say who wrote it."""
    ref = first_letter(road)
    raw = answer(subject=f"Re: [{ref}] it")
    (letter,) = road.mail(CLERK, "contact@intake.example", raw, client="192.0.2.9")
    road.work()
    assert because(road, letter) == reason.STRAY
    assert hold.answer_to(road.store, road.queue, letter, ref, "ana")
    road.work()
    assert because(road, letter).startswith(reason.UNVERIFIED)
    assert "bring two documents" not in all_to(mailbox, CITIZEN)
    assert released(road, letter) == ""
    assert "bring two documents" in all_to(mailbox, CITIZEN)


def test_a_release_of_something_else_changes_nothing(road: Road, mailbox: Mailbox) -> None:
    """Two at the desk: what one of them saw held for one reason is not released for the next, which nobody saw."""
    hold_first(road, "end my life")
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("I want to end my life."))
    process.process(road.bench, [ref])
    seen = because(road, ref)
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(held_because=f"{reason.INFECTED}X"))
    assert not hold.release(road.store, road.queue, ref, "ana", seen)
    assert because(road, ref) == f"{reason.INFECTED}X"
