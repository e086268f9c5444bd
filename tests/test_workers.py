"""The road: what becomes of letters, answers, additions and bounces, on both databases, against a real mail server."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from billiard.pool import soft_timeout_sighandler

from intake import hold, mime
from intake.config import Config
from intake.courier import Courier, Delivery, Result
from intake.letter import Envelope
from intake.outgoing import Payload
from intake.receipt import from_code, new_code
from intake.store import Store, aliases, answers, events, letters, outbox
from tests.road import Mailbox, Road, alias_of, body, hold_first, mail
from workers import deliver, process, relay, step, sweep
from workers.message import claimed
from workers.stored import Stored

CITIZEN = "maria.lopez@post.example"
DMV = "dmv@agencies.example"


def everything(mailbox: Mailbox) -> str:
    """All that left, decoded and not."""
    decoded = [str(m) + body(m) for _, _, m in mailbox.got]
    return "\n".join([*decoded, *(raw.decode("utf-8", "replace") for raw in mailbox.raw)]).lower()


def test_a_mail_reaches_the_agency_without_its_writer_s_address(road: Road, mailbox: Mailbox) -> None:
    """LK1: the letter arrives redacted, from an alias that is From and Reply-To, with its reference."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail(f"My driver's license. Write to {CITIZEN}."))
    road.work()
    (message,) = mailbox.to(DMV)
    alias_of(message)
    assert "driver's license" in body(message)
    assert ref in message["Subject"]
    assert CITIZEN not in str(message) + body(message)
    found = road.ticket(ref)
    assert (found["state"], found["agency"], found["rule"]) == ("delivered", "dmv", "vocabulary")
    assert [e["what"] for e in found["history"]][:2] == ["accepted", "opened"]


@pytest.mark.parametrize(
    "line",
    [
        "Write bumubaskadoros, that is my box at zovaporur.",
        "my login at the portal is bumubaskadoros",
        "bumubaskadoros on zovaporur",
        "My mail: Bumubaskadoros at zovaporur",
        "hello bumubaskadoros",
        "Imèl mwen se bumubaskadoros awobas zovaporur pwen com",
    ],
)
def test_a_local_part_that_looks_like_a_name(road: Road, mailbox: Mailbox, line: str) -> None:
    """LK1: letters alone that the tagger takes for somebody's name are still the writer's mailbox."""
    text = f"The street lamp on Alder Road is dark.\n\n{line}"
    road.mail(
        "bumubaskadoros@zovaporur.com",
        "dmv@intake.example",
        mail(text, sender="Joan Ferry <bumubaskadoros@zovaporur.com>"),
    )
    road.work()
    told = body(mailbox.to(DMV)[0])
    assert "bumubaskadoros" not in told.lower()
    assert "The street lamp on Alder Road is dark." in told


def test_what_stands_in_files_is_counted_and_what_cannot_be_read_is_told(road: Road, mailbox: Mailbox) -> None:
    """Tags by part: names and texts of attachments count; a picture is unscanned, and the trail says so."""
    files = (
        ("Zbigniew_Kowalczyk.txt", "text/plain", b"My SSN is 219-45-8830."),
        ("roof.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(40)),
    )
    ref = road.form(files, topic="My driver's license", message="My driver's license expired.", email=CITIZEN)
    road.work()
    assert {"name": 1, "ssn": 1}.items() <= road.ticket(ref)["tags"].items()
    with road.store.read() as conn:
        told = conn.scalar(sa.select(events.c.detail).where(events.c.ticket == ref, events.c.what == "routed"))
    assert json.loads(told)["unscanned"] == 1
    assert "219-45-8830" not in body(mailbox.to(DMV)[0])


def test_agency_and_citizen_talk_through_aliases(road: Road, mailbox: Mailbox) -> None:
    """The main promise: answer, addition and second answer arrive, and neither side sees the other's address."""
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license expired."))
    road.work()
    to_agency = alias_of(mailbox.to(DMV)[0])
    road.mail(
        "clerk@agencies.example", to_agency, mail("Bring two documents.", sender="Clerk <clerk@agencies.example>")
    )
    road.work()
    answer = mailbox.to(CITIZEN)[-1]
    assert "Bring two documents." in body(answer)
    assert "agencies.example" not in str(answer)
    road.mail(CITIZEN, alias_of(answer), mail(f"Which ones?\n\n{CITIZEN}", subject="Re: license"))
    road.work()
    addition = mailbox.to(DMV)[-1]
    assert "Which ones?" in body(addition)
    assert alias_of(addition) == to_agency
    assert addition["References"]
    assert "maria.lopez" not in "".join(str(m) + body(m) for m in mailbox.to(DMV)).lower()
    assert road.tickets()[0]["state"] == "answered"


def test_the_envelope_sender_of_all_that_leaves_is_a_bounce_token(road: Road, mailbox: Mailbox) -> None:
    """LK14: nothing but our own bounce address stands in the envelope."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert mailbox.got
    assert all(sender.startswith("bounce+") and sender.endswith("@intake.example") for sender, _, _ in mailbox.got)


def test_what_machines_write_says_so(road: Road, mailbox: Mailbox) -> None:
    """RFC 3834: the acknowledgement carries Auto-Submitted, quotes nothing and goes once a day."""
    for n in range(3):
        road.mail(CITIZEN, "contact@intake.example", mail(f"My driver's license, letter {n}."))
        road.work()
    (acknowledgement,) = mailbox.to(CITIZEN)
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert "letter 0" not in body(acknowledgement)


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"List_Id": "<news.post.example>"}, {"Precedence": "bulk"}]
)
def test_machines_get_no_acknowledgement(road: Road, mailbox: Mailbox, headers: dict[str, str]) -> None:
    """RA6: two machines never answer each other."""
    road.mail(CITIZEN, "contact@intake.example", mail(**headers))
    road.work()
    assert not mailbox.to(CITIZEN)
    assert len(mailbox.got) == 1


def test_acknowledgements_can_be_turned_off(config, store: Store, published, mailbox: Mailbox) -> None:  # type: ignore[no-untyped-def]
    """INTAKE_ACKNOWLEDGE=off: no machine-written mail to citizens at all."""
    road = Road(config.model_copy(update={"smarthost": mailbox.address, "acknowledge": False}), store, published)
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert not mailbox.to(CITIZEN)


def test_a_form_without_an_address_reaches_the_agency_and_its_answer_waits_for_the_receipt(
    road: Road, mailbox: Mailbox
) -> None:
    """N20: an answer to a receipt is sealed to it; only the code opens it."""
    code = new_code(b"s" * 32, b"this form")
    receipt = from_code(code.lower().replace("0", "o"))
    assert receipt
    import base64

    road.form(
        message="My unemployment benefits are pending.",
        reply="receipt",
        receipt_digest=receipt.digest,
        receipt_public=base64.b64encode(receipt.public).decode(),
    )
    road.work()
    (message,) = mailbox.to("dol@agencies.example")
    road.mail("x@agencies.example", alias_of(message), mail("It was paid today.", sender="x@agencies.example"))
    road.work()
    with road.store.read() as conn:
        row = conn.execute(sa.select(answers)).one()
    assert b"paid" not in row.sealed
    assert receipt.open(row.letter, row.sealed) == b"It was paid today.\n"
    other = from_code(new_code(b"s" * 32, b"another form"))
    assert other
    assert other.open(row.letter, row.sealed) is None


def test_an_answer_to_somebody_who_left_no_address_is_held(road: Road, mailbox: Mailbox) -> None:
    """What cannot be delivered waits for a person, visibly."""
    ref = road.form(message="The pothole on the highway is deep.", reply="none")
    road.work()
    (message,) = mailbox.to("dot@agencies.example")
    (answer,) = road.mail("x@agencies.example", alias_of(message), mail("Fixed.", sender="x@agencies.example"))
    road.work()
    assert road.letter(answer).held_because == "the writer left no address"
    with road.store.read() as conn:
        assert [h["ref"] for h in hold.held(conn, ["dot"])] == [ref]
        assert hold.held(conn, ["dmv"]) == []


@pytest.mark.parametrize(
    ("sender", "shown", "why"),
    [
        ("stranger@evil.example", "stranger@evil.example", "a stranger"),
        ("stranger@evil.example", "Clerk <clerk@agencies.example>", "a forged From"),
        ("clerk@agencies.example", "stranger@evil.example", "a forged envelope"),
        ("x@agencies.example.evil.example", "x@agencies.example.evil.example", "a look-alike domain"),
    ],
)
def test_strangers_at_a_citizen_s_alias_are_held(
    road: Road, mailbox: Mailbox, sender: str, shown: str, why: str
) -> None:
    """RA2, RA3: only the agency's mail is ever sent from the alias; the citizen gets nothing of anybody else's."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    before = len(mailbox.got)
    (letter,) = road.mail(sender, alias_of(mailbox.to(DMV)[0]), mail(why, sender=shown))
    road.work()
    assert len(mailbox.got) == before
    assert road.letter(letter).held_because.startswith("unverified agency sender")


def test_strangers_at_an_agency_s_alias_are_held(road: Road, mailbox: Mailbox) -> None:
    """LK11: a third party who learned the citizen's alias cannot write to the agency with it."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    (letter,) = road.mail(
        "third@party.example", alias_of(mailbox.to(CITIZEN)[0]), mail("hi", sender="third@party.example")
    )
    before = len(mailbox.to(DMV))
    road.work()
    assert (road.letter(letter).state, len(mailbox.to(DMV))) == ("held", before)


def test_machine_mail_to_an_alias_is_noted_and_not_sent_on(road: Road, mailbox: Mailbox) -> None:
    """LK9, RA14: an absence note of the agency is on the record, and nowhere else."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    before = len(mailbox.got)
    away = mail("I am away.", sender="clerk@agencies.example", Auto_Submitted="auto-replied")
    (letter,) = road.mail("clerk@agencies.example", alias_of(mailbox.to(DMV)[0]), away)
    road.work()
    assert (len(mailbox.got), road.letter(letter).state) == (before, "done")
    assert road.ticket(ref)["history"][-1]["what"] == "machine mail noted"


def test_a_bounce_is_consumed_and_on_the_record(road: Road, mailbox: Mailbox) -> None:
    """LK10: a bounce comes back to its token, moves the ticket, and is never passed on."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    token = next(sender for sender, rcpts, _ in mailbox.got if DMV in rcpts)
    before = len(mailbox.got)
    road.mail("", token, mail(f"could not deliver, original from {CITIZEN}", sender="mailer-daemon@mx.example"))
    road.work()
    assert (road.ticket(ref)["state"], len(mailbox.got)) == ("bounced", before)


def test_a_retransmission_is_one_ticket(road: Road, mailbox: Mailbox) -> None:
    """CR2: the same envelope, Message-ID and content again is no second ticket."""
    raw = mail(message_id="<1@post.example>")
    (first,) = road.mail(CITIZEN, "contact@intake.example", raw)
    road.work()
    road.mail(CITIZEN, "contact@intake.example", raw)
    road.work()
    assert [t["ref"] for t in road.tickets()] == [first]
    assert len(mailbox.to(DMV)) == 1
    assert road.sums()["duplicate"] == 1


def test_a_retransmission_in_the_same_batch_is_one_ticket(road: Road, mailbox: Mailbox) -> None:
    """The twin need not have been committed before: both may be in hand at once."""
    raw = mail(message_id="<1@post.example>")
    for _ in range(3):
        road.mail(CITIZEN, "contact@intake.example", raw)
    road.work()
    assert (len(road.tickets()), len(mailbox.to(DMV)), road.sums()["duplicate"]) == (1, 1, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"raw": mail("Other words.", message_id="<1@post.example>")},
        {"sender": "other@post.example"},
        {"to": "dmv@intake.example"},
    ],
    ids=["content", "envelope sender", "recipient"],
)
def test_a_reused_message_id_is_another_letter(road: Road, change: dict) -> None:  # type: ignore[type-arg]
    """A Message-ID alone never makes two letters one."""
    raw = mail(message_id="<1@post.example>")
    road.mail(CITIZEN, "contact@intake.example", raw)
    road.mail(change.get("sender", CITIZEN), change.get("to", "contact@intake.example"), change.get("raw", raw))
    road.work()
    assert len(road.tickets()) == 2


def test_letters_without_message_id_are_never_one(road: Road) -> None:
    """Nobody can tell them apart, so both are letters."""
    for _ in range(2):
        road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert len(road.tickets()) == 2


def test_a_letter_to_two_agencies_is_one_ticket_and_a_linked_one(road: Road, mailbox: Mailbox) -> None:
    """The first named agency holds it; the second gets a linked ticket of its own, under its own alias."""
    to = ["contact@intake.example", "dph@intake.example", "dcp@intake.example"]
    first, second = road.mail(CITIZEN, to, mail("Raw chicken, and no license."))
    road.work()
    assert (road.ticket(first)["agency"], road.ticket(second)["agency"]) == ("dph", "dcp")
    assert road.ticket(second)["linked_to"] == first
    one, two = mailbox.to("dph@agencies.example")[0], mailbox.to("dcp@agencies.example")[0]
    assert alias_of(one) != alias_of(two)


def test_the_operator_s_mail_goes_to_general(road: Road, mailbox: Mailbox) -> None:
    """RFC 5321, RFC 2142: postmaster and abuse are read by somebody."""
    (ref,) = road.mail("", "postmaster@intake.example", mail("Your server bounced."))
    road.work()
    assert (road.ticket(ref)["agency"], road.ticket(ref)["rule"]) == ("general", "operator")


def test_consent_shares_the_address_with_that_agency_alone(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: with the box ticked the agency gets the address; without it never."""
    words = {"message": "My driver's license.", "reply": "email", "email": CITIZEN}
    road.form(**words, share_email="yes")
    road.form(**words, share_email="")
    road.work()
    with_consent, without = mailbox.to(DMV)
    assert CITIZEN in body(with_consent)
    assert CITIZEN not in str(without) + body(without)


@pytest.mark.parametrize("what", ["address", "alias", "link"])
def test_the_last_gate_holds_what_the_redactor_missed(road: Road, mailbox: Mailbox, what: str) -> None:
    """LK19: the writer's address, alias or link in a finished addition: it is not sent, and held with the reason."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    (acknowledgement,) = mailbox.to(CITIZEN)
    alias, url = alias_of(acknowledgement), re.search(r"/choices/(\S+)", body(acknowledgement))
    (later,) = road.mail(CITIZEN, alias, mail("Which ones?", subject="Re: license"))
    (message,) = relay.relay(road.bench, [later])
    leak = {
        "address": "maria dot lopez at post dot example",
        "alias": alias.replace("@", " at "),
        "link": " ".join(url[1] if url else ""),
    }[what]
    payload = message.payload()
    leaky = replace(payload, message=payload.message + f"PS: {leak}\r\n".encode())
    deliver.deliver(road.bench, [replace(message, payload=lambda: leaky)])
    assert len(mailbox.to(DMV)) == 1
    with road.store.read() as conn:
        state, because = conn.execute(
            sa.select(outbox.c.state, outbox.c.held_because).where(outbox.c.id == message.id)
        ).one()
    assert (state, because.partition(" ")[0]) == ("held", "egress:")
    assert "maria" not in because


def test_a_test_installation_sends_only_where_it_may(config, store, published, mailbox: Mailbox) -> None:  # type: ignore[no-untyped-def]
    """INTAKE_ONLY_MAIL_TO: mail to any other address is kept, never sent."""
    only = config.model_copy(update={"smarthost": mailbox.address, "only_mail_to": frozenset({"agencies.example"})})
    road = Road(only, store, published)
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert [rcpts for _, rcpts, _ in mailbox.got] == [[DMV]]
    with road.store.read() as conn:
        states = {row.kind: row.state for row in conn.execute(sa.select(outbox.c.kind, outbox.c.state))}
    assert states == {"redirect": "sent", "acknowledgement": "kept"}


def test_what_a_test_installation_does_not_send_is_held(config, store, published, mailbox: Mailbox) -> None:  # type: ignore[no-untyped-def]
    """INTAKE_ONLY_MAIL_TO: a letter that may not be mailed to its agency is held and says why; lifted, it goes."""
    only = config.model_copy(update={"smarthost": mailbox.address, "only_mail_to": frozenset({"nowhere.example"})})
    road = Road(only, store, published)
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    found = road.ticket(ref)
    assert (found["state"], found["held_because"], mailbox.got) == ("held", "INTAKE_ONLY_MAIL_TO", [])
    free = Road(only.model_copy(update={"only_mail_to": frozenset()}), store, published)
    assert hold.release(free.store, free.queue, ref, "admin")
    free.redeliver()
    assert free.ticket(ref)["state"] == "delivered"
    assert (len(mailbox.to(DMV)), len(mailbox.to(CITIZEN))) == (1, 1)


def test_an_answer_that_a_test_installation_does_not_send_is_held(config, store, published, mailbox: Mailbox) -> None:  # type: ignore[no-untyped-def]
    """INTAKE_ONLY_MAIL_TO: nobody is told "answered" about an answer that stays here."""
    only = config.model_copy(update={"smarthost": mailbox.address, "only_mail_to": frozenset({"agencies.example"})})
    road = Road(only, store, published)
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    road.mail("c@agencies.example", alias_of(mailbox.to(DMV)[0]), mail("Yes.", sender="c@agencies.example"))
    road.work()
    found = road.ticket(ref)
    assert (found["state"], found["held_because"], mailbox.to(CITIZEN)) == ("held", "INTAKE_ONLY_MAIL_TO", [])


def test_a_busy_mail_server_is_tried_again_under_the_same_message_id(road: Road, mailbox: Mailbox) -> None:
    """CR11: 4xx waits and comes again; nothing is lost and nothing doubled."""
    mailbox.replies = ["451 later", "451 later"]
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert (mailbox.got, road.ticket(ref)["state"]) == ([], "routed")
    road.redeliver()
    road.redeliver()
    assert len(mailbox.to(DMV)) == 1
    assert road.ticket(ref)["state"] == "delivered"


def test_a_mail_server_that_refuses_holds_the_ticket_and_release_tries_again(road: Road, mailbox: Mailbox) -> None:
    """CR11: 5xx is held for a person; releasing it sends the same message."""
    mailbox.replies = ["550 no"]
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert road.ticket(ref)["held_because"] == "smarthost 550"
    assert hold.release(road.store, road.queue, ref, "admin")
    road.redeliver()
    assert road.ticket(ref)["state"] == "delivered"
    assert len(mailbox.to(DMV)) == 1


def test_a_mail_server_that_is_away_loses_nothing(config, store, published) -> None:  # type: ignore[no-untyped-def]
    """CR11: no connection is like 4xx."""
    road = Road(config.model_copy(update={"smarthost": "127.0.0.1:1"}), store, published)
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    with road.store.read() as conn:
        assert set(conn.execute(sa.select(outbox.c.state)).scalars()) == {"queued", "later"}
    assert road.ticket(ref)["state"] == "routed"


def test_rerouting_sends_the_letter_again_under_new_aliases(road: Road, mailbox: Mailbox) -> None:
    """A person's choice overrides the rules; the first agency's alias no longer works."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    old = alias_of(mailbox.to(DMV)[0])
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert (road.ticket(ref)["agency"], road.ticket(ref)["rule"]) == ("dot", "person")
    assert alias_of(mailbox.to("dot@agencies.example")[0]) != old
    assert road.recipients.resolve(old) is None
    with road.store.read() as conn:
        writes = sa.select(aliases.c.agency).where(aliases.c.state == "open", aliases.c.side == "citizen")
        assert set(conn.execute(writes).scalars()) == {"dot"}


def test_a_letter_that_cannot_be_read_is_held_and_can_be_released(road: Road) -> None:
    """MB2: nested beyond reason is no exception that loses it, but a held ticket that names why."""
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000))
    (ref,) = road.mail(CITIZEN, "contact@intake.example", b"From: a@post.example\r\n" + deep)
    road.work()
    found = road.ticket(ref)
    assert (found["state"], found["held_because"][:11]) == ("held", "unreadable:")
    assert hold.release(road.store, road.queue, ref, "admin")
    assert road.letter(ref).state == "waiting"


def test_a_letter_that_was_tampered_with_is_held(road: Road) -> None:
    """KY3: a flipped bit in the store is not opened as something else."""
    from intake.store import contents

    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    with road.store.write() as conn:
        sealed = bytearray(conn.scalar(sa.select(contents.c.sealed)))
        sealed[20] ^= 1
        conn.execute(sa.update(contents).values(sealed=bytes(sealed)))
    road.work()
    assert road.ticket(ref)["held_because"].startswith("tampered")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Subject: only\r\n\r\n",
        b"From: \r\nContent-Type: text/plain; charset=martian\r\n\r\n\xff\xfe\x00",
        b"\0" * 1000,
        b"Content-Type: multipart/mixed\r\n\r\n--x\r\n",
        b"Subject: =?utf-8?Q?x=0D=0ABcc:_evil@post.example?=\r\n\r\nhi",
    ],
)
def test_any_octets_end_in_one_visible_state(road: Road, mailbox: Mailbox, raw: bytes) -> None:
    """MB1, MB7: empty, headerless, broken and hostile mail is delivered or held, never lost, never an extra header."""
    (ref,) = road.mail("", "contact@intake.example", raw)
    road.work()
    assert road.ticket(ref)["state"] in ("delivered", "held")
    assert all(message["Bcc"] is None for _, _, message in mailbox.got)
    assert road.sums()["difference"] == 0


def test_one_letter_s_failure_harms_no_other(road: Road, mailbox: Mailbox) -> None:
    """CR8: a letter whose handling raises is tried three times and held, and its batch goes on."""
    bad = road.mail(CITIZEN, "contact@intake.example", mail("bad"))[0]
    good = road.mail("other@post.example", "contact@intake.example", mail(sender="other@post.example"))[0]
    with road.store.write() as conn:  # sealed for another letter: opening raises what nobody expects
        conn.execute(sa.update(letters).where(letters.c.id == bad).values(data_key=None))
    for _ in range(4):
        road.work()
        with road.store.write() as conn:
            conn.execute(sa.update(letters).where(letters.c.state == "waiting").values(due=0))
    assert road.ticket(good)["state"] == "delivered"
    assert road.ticket(bad)["held_because"].startswith("poison")
    assert road.letter(bad).attempts == 3


def test_an_addition_that_failed_is_its_agency_s_business(road: Road, mailbox: Mailbox) -> None:
    """CR8: mail to an alias that nobody could take in hand stands on its ticket, not with administrators alone."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    (bad,) = road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail("More."))
    with road.store.write() as conn:  # sealed for another letter
        conn.execute(sa.update(letters).where(letters.c.id == bad).values(data_key=b"?"))
    for _ in range(3):
        road.work()
        with road.store.write() as conn:
            conn.execute(sa.update(letters).where(letters.c.state == "waiting").values(due=0))
    assert road.letter(bad).state == "held"
    with road.store.read() as conn:
        (row,) = hold.held(conn, [road.ticket(ref)["agency"]])
    assert (row["ref"], row["letter"]) == (ref, bad)


@contextmanager
def time_limit() -> Iterator[Callable[[], None]]:
    """Celery's soft time limit: its own signal and handler, whenever the test says that the time is up."""
    before = signal.signal(signal.SIGUSR1, soft_timeout_sighandler)
    try:
        yield lambda: os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_letter_that_runs_into_the_time_limit_counts_and_the_rest_is_given_back(road: Road, one_by_one: bool) -> None:
    """CR8: the letter in hand when the time is up is tried three times and held; what was done before it is written,
    what was not begun is nobody's fault and comes again at once."""
    ids = [road.mail(CITIZEN, "contact@intake.example", mail(f"Letter {n}"))[0] for n in range(3)]

    def attempts() -> list[tuple[str, int]]:
        with road.store.write() as conn:
            conn.execute(sa.update(letters).where(letters.c.state == "waiting").values(claimed_by="", due=0))
        return [(road.letter(i).state, road.letter(i).attempts) for i in ids]

    with time_limit() as up:

        def handle(row, grants, conn):  # type: ignore[no-untyped-def]
            if row.id == ids[1]:
                up()
            assert row.id != ids[2], "begun although the time was up"
            return step.Outcome(row.id, row.ticket)

        for handed_out, end in ((ids, ("waiting", 1)), (ids[:2], ("waiting", 2)), (ids[:2], ("held", 3))):
            assert step.run(road.bench, handed_out, step.Step(handle), one_by_one=one_by_one) == []
            assert attempts() == [("done", 1), end, ("waiting", 0)]
    assert road.ticket(ids[1])["held_because"] == "poison: SoftTimeLimitExceeded"


def test_the_time_limit_while_results_are_written_is_nobody_s_fault(road: Road) -> None:
    """CR8: no letter is counted for it, nothing half is written, and nothing more is begun."""
    ids = [road.mail(CITIZEN, "contact@intake.example", mail(f"Letter {n}"))[0] for n in range(2)]
    begun = []
    with time_limit() as up:

        def handle(row, grants, conn):  # type: ignore[no-untyped-def]
            begun.append(row.id)
            outcome = step.Outcome(row.id, row.ticket)
            outcome.event("seen")
            outcome.also.append(lambda _: up())
            return outcome

        assert step.run(road.bench, ids, step.Step(handle), one_by_one=True) == []
    row = road.letter(ids[0])
    assert (row.state, row.attempts, row.claimed_by) == ("waiting", 0, "-")
    assert "seen" not in [event["what"] for event in road.ticket(ids[0])["history"]]
    assert begun == ids[:1]


class Slow(Courier):
    """A courier whose time is up in the middle of the second message."""

    def __init__(self, config: Config, up: Callable[[], None]) -> None:
        super().__init__(config)
        self.up, self.asked = up, 0

    def deliver(self, payload: Payload, box: str) -> Delivery:
        self.asked += 1
        if self.asked % 3 == 2:
            self.up()
        return super().deliver(payload, box)


def test_the_time_limit_in_the_middle_of_a_delivery(road: Road, mailbox: Mailbox) -> None:
    """CR8: what was sent is on record, the message in hand counts and is perhaps sent, the rest comes again at once."""
    for n in range(3):
        road.mail(CITIZEN, "contact@intake.example", mail(f"My driver's license {n}."))
    messages = process.process(road.bench, [t["ref"] for t in road.tickets()])
    ids = [message.id for message in messages]

    def states() -> list[tuple[str, int]]:
        with road.store.read() as conn:
            found = sa.select(outbox.c.state, outbox.c.attempts, outbox.c.claimed_by, outbox.c.held_because)
            rows = [conn.execute(found.where(outbox.c.id == i)).one() for i in ids]
        assert {row.claimed_by for row in rows} <= {"", "-"}
        return sorted((row.state, row.attempts) for row in rows)

    with time_limit() as up:
        bench = replace(road.bench, courier=Slow(road.config, up))
        deliver.deliver(bench, messages)
    assert states() == [("queued", 0), ("queued", 1), ("sent", 1)]
    assert len(mailbox.to(DMV)) == 1
    road.redeliver()
    assert len(mailbox.to(DMV)) == 3
    with road.store.read() as conn:
        told = conn.execute(sa.select(events.c.detail).where(events.c.what == "delivered")).scalars()
        assert [json.loads(detail).get("maybe_sent_before", False) for detail in told].count(True) == 1


def test_the_same_id_many_times_is_sent_once(road: Road, mailbox: Mailbox) -> None:
    """CR6: what the queue delivers fifty times is claimed once."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    for _ in range(50):
        deliver.deliver(road.bench, process.process(road.bench, [ref, ref]))
    assert len(mailbox.to(DMV)) == 1


def test_a_claim_that_was_taken_over_writes_nothing(road: Road, mailbox: Mailbox) -> None:
    """Two workers with the same letter in hand: only the one that still holds the claim commits."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    from dataclasses import replace

    slow = replace(road.bench, me="slow:1:1")

    def while_another_takes_over(row, grants, conn):  # type: ignore[no-untyped-def]
        with road.store.write() as other:
            other.execute(sa.update(letters).where(letters.c.id == ref).values(claimed_by="quick:1:1"))
        from intake.reader import open_letter

        opened = open_letter(row, road.vault, grants[row.id])
        return process.redirect(slow, road.published.current, opened, Stored(conn, [ref]), hold.Said())

    assert step.run(slow, [ref], step.Step(while_another_takes_over)) == []
    assert road.letter(ref).state == "waiting"


def test_the_sweeper_hands_out_what_the_queue_lost(road: Road, redis_socket, config) -> None:  # type: ignore[no-untyped-def]
    """CR3: a letter that waits although nobody has it comes into the queue again."""
    from intake.queue import Queue

    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    queue = Queue(config.model_copy(update={"redis_url": f"unix://{redis_socket}"}))
    bench = replace(road.bench, queue=queue)
    assert sweep.sweep(bench) == 0  # its time has not come
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(due=0))
    assert sweep.sweep(bench) == 1
    queue.close()
    assert queue.depth() == 1
    assert ref


def test_the_sweeper_frees_what_a_dead_worker_held(road: Road) -> None:
    """CR4: the claim of a process that died is void at once, not when it would have ended."""
    from intake.claim import claim, free_the_dead
    from intake.heartbeat import HOST

    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    with road.store.write() as conn:
        assert claim(conn, letters, [ref], ("waiting",), f"{HOST}:999999:1") == [ref]
        assert claim(conn, letters, [ref], ("waiting",), "other:1:1") == []
        assert free_the_dead(conn, letters, ("waiting",)) == 1
        assert claim(conn, letters, [ref], ("waiting",), "other:1:1") == [ref]


def test_every_opening_is_in_the_audit_chain(road: Road) -> None:
    """Promise 4: no letter is opened without an event that names the purpose."""

    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    with road.store.read() as conn:
        opened = conn.execute(sa.select(events).where(events.c.what == "opened", events.c.subject == ref)).all()
    assert opened
    assert {json.loads(e.detail)["purpose"] for e in opened} == {"redirect"}
    assert road.seal().fault == ""


def test_every_accepted_letter_is_in_exactly_one_state(road: Road, mailbox: Mailbox) -> None:
    """CR15, N17: accepted equals the sum of all states, and a lost row shows."""
    for n in range(5):
        road.mail(CITIZEN, "contact@intake.example", mail(f"My driver's license {n}"))
    road.work()
    road.mail(CITIZEN, "contact@intake.example", mail("waiting"))
    sums = road.sums()
    assert (sums["accepted"], sums["delivered"], sums["waiting"], sums["difference"]) == (6, 5, 1, 0)
    with road.store.write() as conn:
        conn.execute(sa.delete(letters).where(letters.c.state == "waiting"))
    assert road.sums()["difference"] == 1


def test_the_default_rules_decide_at_the_time_of_the_letter(road: Road, mailbox: Mailbox) -> None:
    """Promise 6: each ticket names the rule and the version that decided; a changed file decides the next one."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    path = road.config.rules
    path.write_text(path.read_text().replace("dmv@agencies.example", "vehicles@agencies.example"))
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    new, old = road.tickets()
    assert len(mailbox.to("vehicles@agencies.example")) == 1
    assert new["rules_version"] != old["rules_version"]
    path.write_text("agencies: [")
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert road.tickets()[0]["rules_version"] == new["rules_version"]


def test_consent_does_not_travel_to_another_agency(road: Road, mailbox: Mailbox) -> None:
    """Promise 5: consent is recorded for the first agency; a rerouted letter goes without the address."""
    ref = road.form(message="My driver's license.", reply="email", email=CITIZEN, share_email="yes")
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert CITIZEN in body(mailbox.to(DMV)[0])
    (second,) = mailbox.to("dot@agencies.example")
    assert CITIZEN not in str(second) + body(second)


def test_a_letter_that_a_rule_marks_urgent_goes_at_once(road: Road, mailbox: Mailbox) -> None:
    """The default rules know danger to life before all others, whatever address the letter was sent to."""
    (ref,) = road.mail(CITIZEN, "dot@intake.example", mail("I want to kill myself. I cannot go on."))
    road.work()
    (got,) = mailbox.to("dmhas@agencies.example")
    assert "URGENT" in got["Subject"]
    assert "because" not in body(got).partition("-- ")[0]
    assert "by a rule of the rules file (rule “somebody may take their own life”)" in " ".join(body(got).split())
    assert road.ticket(ref)["priority"] == "urgent"


def test_a_letter_that_a_rule_holds_goes_on_when_a_person_releases_it(road: Road, mailbox: Mailbox) -> None:
    """Promise 6: a held letter names agency, rule and version, and releasing it sends it there."""
    hold_first(road, "kill myself")
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail("I want to kill myself. I cannot go on."))
    road.work()
    found = road.ticket(ref)
    assert (found["state"], found["agency"]) == ("held", "dmhas")
    assert found["rule"]
    assert found["rules_version"] == road.published.current.version
    assert mailbox.got == []
    assert hold.release(road.store, road.queue, ref, "admin")
    road.work()
    assert len(mailbox.to("dmhas@agencies.example")) == 1


def test_an_absence_note_to_the_envelope_sender_moves_nothing(road: Road, mailbox: Mailbox) -> None:
    """LK9: automatic replies go to the Return-Path, which is our bounce token; they are no bounce."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    token = next(sender for sender, rcpts, _ in mailbox.got if DMV in rcpts)
    away = mail("I am away.", sender="clerk@agencies.example", Auto_Submitted="auto-replied")
    road.mail("clerk@agencies.example", token, away)
    road.work()
    assert road.ticket(ref)["state"] == "delivered"


def test_a_bounced_answer_is_seen(road: Road, mailbox: Mailbox) -> None:
    """LK10: when the citizen's server refuses the answer the ticket says so, and the agency gets no address."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    road.mail("c@agencies.example", alias_of(mailbox.to(DMV)[0]), mail("Yes.", sender="c@agencies.example"))
    road.work()
    token = [sender for sender, rcpts, _ in mailbox.got if CITIZEN in rcpts][-1]
    road.mail("", token, mail(f"{CITIZEN}: user unknown", sender="mailer-daemon@post.example"))
    road.work()
    assert road.ticket(ref)["state"] == "bounced"
    assert CITIZEN not in "".join(str(m) + body(m) for m in mailbox.to(DMV))


@pytest.mark.parametrize("headers", [{"Precedence": "bulk"}, {"List_Id": "<cases.agencies.example>"}])
def test_an_answer_from_a_ticket_system_reaches_the_citizen(
    road: Road, mailbox: Mailbox, headers: dict[str, str]
) -> None:
    """A person's answer that looks like bulk mail is still an answer."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    answer = mail("Case 17: come on Monday.", sender="c@agencies.example", **headers)
    road.mail("c@agencies.example", alias_of(mailbox.to(DMV)[0]), answer)
    road.work()
    assert "Monday" in body(mailbox.to(CITIZEN)[-1])


def test_a_forged_from_with_the_agency_s_reply_to_is_held(road: Road, mailbox: Mailbox) -> None:
    """RA3: every address that a mail gives as its writer's must be the agency's."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    forged = mail("x", sender="stranger@evil.example", Reply_To="c@agencies.example")
    (letter,) = road.mail("c@agencies.example", alias_of(mailbox.to(DMV)[0]), forged)
    road.work()
    assert road.letter(letter).state == "held"


def test_a_third_party_named_in_the_letter_is_not_the_citizen(road: Road, mailbox: Mailbox) -> None:
    """RA2: whoever is mentioned in a letter cannot write in the citizen's name."""
    road.mail(CITIZEN, "contact@intake.example", mail("My neighbour bob@evil.example hit my car. My license!"))
    road.work()
    stranger = mail("Forget it.", sender="bob@evil.example")
    (letter,) = road.mail("bob@evil.example", alias_of(mailbox.to(CITIZEN)[0]), stranger)
    road.work()
    assert road.letter(letter).state == "held"


def test_many_letters_in_one_batch_get_one_acknowledgement(road: Road, mailbox: Mailbox) -> None:
    """RA12: twenty forged mails at once do not become twenty acknowledgements to their victim."""
    for n in range(20):
        road.mail(CITIZEN, "contact@intake.example", mail(f"My driver's license {n}."))
    road.work()
    assert (len(mailbox.to(CITIZEN)), len(mailbox.to(DMV))) == (1, 20)


@pytest.mark.parametrize("sender", ["user@my_host.example", "user@[192.0.2.1]", "münchen@bücher.example"])
def test_an_address_nothing_can_be_sent_to_stops_no_letter(road: Road, mailbox: Mailbox, sender: str) -> None:
    """A letter reaches its agency whether or not its writer can be acknowledged."""
    raw = f"From: {sender}\r\nSubject: x\r\n\r\nMy driver's license.\r\n".encode()
    (ref,) = road.mail(sender, "contact@intake.example", raw)
    road.work()
    assert road.ticket(ref)["state"] == "delivered"
    assert len(mailbox.to(DMV)) == 1


def test_consent_does_not_depend_on_capital_letters(road: Road, mailbox: Mailbox) -> None:
    """An address is the same in capitals, for consent as for withholding."""
    ref = road.form(message="My driver's license.", reply="email", email="Maria.Lopez@Post.example", share_email="yes")
    road.work()
    assert road.ticket(ref)["state"] == "delivered"


def test_what_our_own_alias_writes_is_held(road: Road, mailbox: Mailbox) -> None:
    """RA6, RA7: an agency mailbox that forwards to us makes no mail go round."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    (ref,) = road.mail(mailbox.got[0][0], "contact@intake.example", mailbox.raw[0])
    road.work()
    assert road.ticket(ref)["held_because"].startswith("a loop")


def test_a_follow_up_goes_to_whoever_holds_the_ticket(road: Road, mailbox: Mailbox) -> None:
    """An addition written before a reroute reaches the new agency, and opens no alias of the old one."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    old = alias_of(mailbox.to(DMV)[0])
    road.mail(CITIZEN, alias_of(mailbox.to(CITIZEN)[0]), mail("One more thing.", sender=CITIZEN))
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    assert not any("One more thing" in body(m) for m in mailbox.to(DMV))
    assert any("One more thing" in body(m) for m in mailbox.to("dot@agencies.example"))
    assert road.recipients.resolve(old) is None


def test_rerouting_loses_nothing_that_waits(road: Road, mailbox: Mailbox) -> None:
    """What waits for a busy server is taken back from the old agency, written anew for the new one, or kept."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    to_agency, to_citizen = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])
    mailbox.replies = ["451 busy"] * 2
    road.mail("c@agencies.example", to_agency, mail("An answer.", sender="c@agencies.example"))
    road.mail(CITIZEN, to_citizen, mail("An addition.", sender=CITIZEN))
    road.work()
    mailbox.replies = []
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    road.redeliver()
    assert not any("An addition" in body(m) for m in mailbox.to(DMV))
    assert any("An addition" in body(m) for m in mailbox.to("dot@agencies.example"))
    assert any("An answer" in body(m) for m in mailbox.to(CITIZEN))
    assert not hold.reroute(road.store, road.queue, ref, "dot", "admin")  # it is there already


def test_what_was_withdrawn_while_it_was_being_sent_does_not_come_back(road: Road, mailbox: Mailbox) -> None:
    """A busy server's answer to a message that was taken back meanwhile puts nothing into the outbox again."""

    mailbox.replies = ["451 busy"] * 2
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    with road.store.write() as conn:
        row = conn.execute(sa.select(outbox).where(outbox.c.kind == "redirect")).one()
        deliver._record(conn, [(row, Delivery(Result.LATER, "smarthost 451"))])
        assert conn.scalar(sa.select(outbox.c.state).where(outbox.c.id == row.id)) == "withdrawn"


def test_a_message_whose_worker_died_three_times_is_held(road: Road, mailbox: Mailbox) -> None:
    """CR4, CR8: claimed again and again without a word of what became of it: a person must look."""
    mailbox.replies = ["451 busy"] * 2
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).values(attempts=3, held_because=None, claimed_by="", due=0))
        ids = list(conn.execute(sa.select(outbox.c.id)).scalars())
    deliver.deliver(road.bench, claimed(road.bench, ids))
    assert road.ticket(ref)["held_because"].startswith("maybe sent")


def test_different_numbers_keep_different_tokens_over_the_whole_talk(road: Road, mailbox: Mailbox) -> None:
    """The same number is always the same token in one ticket, another number another one."""
    road.mail(CITIZEN, "contact@intake.example", mail("My driver's license. Call 860-555-0101."))
    road.work()
    alias = alias_of(mailbox.to(CITIZEN)[0])
    for number in ("860-555-0102", "860-555-0103", "860-555-0101"):
        road.mail(CITIZEN, alias, mail(f"Or call {number}.", sender=CITIZEN))
        road.work()
    found = [body(m).partition("[phone number ")[2][:1] for m in mailbox.to(DMV)]
    assert found == ["1", "2", "3", "1"]


def test_the_database_s_trouble_is_not_the_letter_s(road: Road) -> None:
    """CR9: a letter is not called poison because the store was away while it was worked on."""
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())

    def without_a_store(row, grants, conn):  # type: ignore[no-untyped-def]
        conn.execute(sa.text("SELECT * FROM no_such_table"))

    for _ in range(5):
        assert step.run(road.bench, [ref], step.Step(without_a_store)) == []
        with road.store.write() as conn:
            conn.execute(sa.update(letters).values(due=0))
    assert (road.letter(ref).state, road.letter(ref).attempts) == ("waiting", 0)


def test_an_acknowledgement_waits_until_the_letter_has_gone_where_it_says(road: Road, mailbox: Mailbox) -> None:
    """Nobody is told "it went to" about a letter that a mail server refused."""
    mailbox.replies = ["550 no"]
    (ref,) = road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    road.redeliver()
    assert not mailbox.to(CITIZEN)
    assert hold.reroute(road.store, road.queue, ref, "dot", "admin")
    road.work()
    (told,) = mailbox.to(CITIZEN)
    assert "Transportation" in body(told)


def test_a_forged_from_gets_no_acknowledgement(road: Road, mailbox: Mailbox) -> None:
    """RA12: who never wrote gets no mail of ours."""
    road.mail("attacker@evil.example", "contact@intake.example", mail(sender="victim@victim.example"))
    road.work()
    assert not mailbox.to("victim@victim.example")


@pytest.mark.parametrize("headers", [{"sender": "x@evil.example", "Reply_To": CITIZEN}, {"sender": CITIZEN}])
def test_a_stranger_who_names_the_citizen_s_address_is_held(
    road: Road, mailbox: Mailbox, headers: dict[str, str]
) -> None:
    """RA2: envelope, From and Reply-To must all be the citizen's own."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    (letter,) = road.mail("x@evil.example", alias_of(mailbox.to(CITIZEN)[0]), mail("hi", **headers))
    road.work()
    assert road.letter(letter).state == "held"


@pytest.mark.parametrize(
    ("author", "envelope"),
    [
        ("drs@agencies.example", "drs@agencies.example"),
        ("drs+clerk@agencies.example", "drs+clerk@agencies.example"),
        (DMV, "DRS+x@agencies.example"),
    ],
)
def test_one_agency_cannot_answer_for_another(road: Road, mailbox: Mailbox, author: str, envelope: str) -> None:
    """RA4: another agency's mailbox is a stranger at this alias, though its domain is the same, and with any tag."""
    road.mail(CITIZEN, "contact@intake.example", mail())
    road.work()
    (letter,) = road.mail(envelope, alias_of(mailbox.to(DMV)[0]), mail("hi", sender=author))
    road.work()
    assert road.letter(letter).held_because.startswith("unverified agency sender")


def test_a_held_letter_that_is_sent_again_is_one_ticket(road: Road) -> None:
    """CR2: what cannot be read is known again too."""
    raw = (
        b"From: a@post.example\r\nMessage-ID: <9@post.example>\r\n"
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n'
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b--\r\n"
    )
    for _ in range(2):
        road.mail("a@post.example", "contact@intake.example", raw)
        road.work()
    assert [t["state"] for t in road.tickets()] == ["held"]


def test_recipients_in_another_order_are_the_same_envelope(road: Road) -> None:
    """CR2: a relay may name the recipients in any order when it tries again."""
    raw, to = mail(message_id="<1@post.example>"), ["dph@intake.example", "dcp@intake.example"]
    road.mail(CITIZEN, to, raw)
    road.work()
    road.mail(CITIZEN, to[::-1], raw)
    road.work()
    assert len(road.tickets()) == 2


def test_what_stands_in_the_field_for_the_name_is_restricted_too(road: Road, mailbox: Mailbox) -> None:
    """A name goes with its letter; a number or an address beside it does not, and it makes a birth date tell."""
    name = f"Rosalind Fennimore 860-555-0101 {CITIZEN}"
    text = "My driver's license: I was born on March 9, 1988."
    road.form(name=name, message=text, reply="email", email=CITIZEN)
    road.form(message=text, reply="none")
    road.work()
    with_name, without = (body(m) for m in mailbox.to(DMV))
    assert "Name: Rosalind Fennimore" in with_name
    assert not [word for word in ("555-0101", CITIZEN, "1988") if word in with_name]
    assert "1988" in without


def test_a_letter_that_names_hundreds(road: Road, mailbox: Mailbox) -> None:
    """MB3: each address that a letter names is looked for in every spelling, which takes time: so a hundred are;
    of the others the written form goes all the same."""
    many = " ".join(f"friend{n}@far{n}.example" for n in range(300))
    raw = mail(f"My driver's license. Ask {many}.")
    named = process.of_letter(mime.read(Envelope("email"), raw), "en", ()).named
    assert len(named) == process.NAMED
    (ref,) = road.mail("a@post.example", "contact@intake.example", raw)
    road.work()
    assert road.ticket(ref)["state"] == "delivered"
    assert "@far" not in everything(mailbox)
