"""Beside a real Postfix, in front of the door and behind the courier, set up with the very lines of docs/operations.md.

One Postfix is both: it is the domain's MX and passes the domain's mail on to the door, and it is our smarthost, so that
what it cannot deliver comes back to the door. Without one the tests are skipped, and fail where CI is set.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intake import doctor, hold, migrations, vault
from intake.config import Config
from intake.routing.published import Published, parsed, publish
from intake.sender import Trust, authenticate
from intake.signer import Signer
from intake.store import Store, events, now, outbox
from tests.conftest import ROOT, wait_for
from tests.postfix import Postfix, SpfFilter, free_port, missing, postfix
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.wire import CONTACT, MARIA, PORTAL, Client, Entrance, Kept, certificate, entrance
from tests.zone import Zone

AUTHSERV_ID = "mx.intake.example"
AGENCY, STRANGER = "127.0.0.2", "127.0.0.9"  # clients; the Postfix knows neither as its own
CLERK, DMV = "clerk@agencies.example", "dmv@agencies.example"
LICENSE = "My driver's license expired."
LARGEST = 200_000  # octets that the door takes here; the Postfix takes more


def documented(info: str, instead: dict[str, str]) -> str:
    """The blocks of docs/operations.md for one file of Postfix, with this test's ports and paths in the place of the
    page's."""
    page = (ROOT / "docs" / "operations.md").read_text()
    text = "\n".join(re.findall(rf"^```{re.escape(info)}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    for theirs, ours in instead.items():
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text


@dataclass
class Beside:
    """An installation, its door, the Postfix, and the mail server of everybody else."""

    road: Road
    door: Entrance
    postfix: Postfix
    world: Mailbox
    zone: Zone
    mx: tuple[str, int]

    def client(self, source: str = STRANGER) -> Client:
        """A connection to the MX that has said hello."""
        return Client(self.mx, source).hello()

    def mail(self, raw: bytes, to: str = CONTACT, sender: str = MARIA, source: str = STRANGER) -> Kept:
        """Hand a mail to the MX; the letter that it is at the door."""
        before = {one.id for one in self.door.kept()}
        with self.client(source) as client:
            assert client.letter(raw, to, sender=sender).startswith("250 ")
        return self.arrived(before)

    def arrived(self, before: set[str] = frozenset()) -> Kept:  # type: ignore[assignment]
        """The one letter that comes to the door, and is not among `before`."""
        wait_for(lambda: {one.id for one in self.door.kept()} - before)
        (one,) = [one for one in self.door.kept() if one.id not in before]
        return one

    def flushed(self, arrived: Callable[[], object]) -> None:
        """Until it has `arrived`, with Postfix told to try again what waits: it may not be waiting yet."""
        wait_for(lambda: self.postfix.flush() or arrived())

    def written(self, text: str = LICENSE) -> tuple[str, str]:
        """A letter of Maria's that has reached the agency: its reference, and the alias it came from."""
        ref = self.mail(mail(text, sender=MARIA)).id
        self.road.work()
        wait_for(lambda: self.about(ref, DMV))
        return ref, alias_of(self.about(ref, DMV)[0])

    def about(self, ref: str, to: str):  # type: ignore[no-untyped-def]
        """What `to` got on a ticket."""
        return [message for message in self.world.to(to) if ref in message["Subject"]]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="intake-beside-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Beside]:
    if why := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"NOT TESTED: {why}")
    world, milter = Mailbox(), SpfFilter(AUTHSERV_ID, {AGENCY: "agencies.example"})
    world.address = world.start()
    cert, key = certificate(folder)
    (folder / "mx.pem").write_bytes(key.read_bytes() + cert.read_bytes())
    port, smarthost = free_port(), free_port()
    dkim = signing_key(folder / "dkim.pem")
    records = dict([record(Signer(dkim, "intake", "intake.example"))])
    with Zone(records) as zone:  # type: ignore[arg-type]
        config = installed(
            folder,
            smarthost=f"127.0.0.1:{smarthost}",
            dns="{}:{}".format(*zone.address),
            dkim_key=dkim,
            tls_cert=cert,
            tls_key=key,
            max_octets=LARGEST,
        )
        with road(config) as made, entrance(config) as door:
            main = documented(
                "main.cf",
                {
                    "[127.0.0.1]:2525": "[{}]:{}".format(*door.address),
                    "inet:127.0.0.1:8891": f"inet:127.0.0.1:{milter.port}",
                    "/etc/postfix/mx.pem": f"{folder}/mx.pem",
                },
            )
            main += "recipient_delimiter = +\nsmtp_tls_loglevel = 1\nrelayhost = [{}]:{}\n".format(
                *world.address.split(":")
            )
            master = documented("master.cf", {"127.0.0.1:10025": f"127.0.0.1:{smarthost}"})
            with postfix(f"127.0.0.1:{port}", main, master) as mx:
                yield Beside(made, door, mx, world, zone, ("127.0.0.1", port))
    milter.close()
    world.stop()


@pytest.fixture
def beside(running: Beside) -> Beside:
    """The one installation of this file, with nothing left on the way by the tests before."""
    running.road.work()
    wait_for(lambda: running.postfix.queue() == [])
    running.door.forget()
    running.world.got.clear()
    running.world.raw.clear()
    return running


def signing_key(path: Path) -> Path:
    """A new DKIM key."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    path.chmod(0o600)
    return path


def record(signer: Signer) -> tuple[tuple[str, str], list[str]]:
    """What a signer publishes, as a zone has it."""
    name, value = signer.record()
    return (name, "TXT"), [value]


def installed(folder: Path, **settings: object) -> Config:
    """Keys, schema and rules of an installation."""
    shutil.copy(ROOT / "routing_rules.yaml", folder / "rules.yaml")
    (folder / "home").mkdir()
    vault.create_keys(folder / "home")
    config = Config(home=folder / "home", rules=folder / "rules.yaml", _env_file=None, **settings)  # type: ignore[arg-type]
    store = Store(config.database)
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, parsed(config.rules.read_bytes(), config.mail_domain), "operator", config.rules)
    store.close()
    return config


@contextmanager
def road(config: Config) -> Iterator[Road]:
    """The workers of an installation."""
    store = Store(config.database)
    published = Published(store, config)
    published.refresh()
    made = Road(config, store, published)
    try:
        yield made
    finally:
        made.bench.courier.close()
        store.close()


# ── in front of us ───────────────────────────────────────────────────────────────────────────────────────────────

OCTETS = {
    "8bit": b"Subject: caf\xc3\xa9\r\n\r\ngr\xc3\xbc\xc3\x9fe \xff\xfe\r\n",
    "dots": b"Subject: x\r\n\r\n.\r\n..\r\n.a\r\n",
    "long lines": b"Subject: x\r\n\r\n" + b"a" * 998 + b"\r\n" + b"b" * 5000 + b"\r\n",
    "no line end, no header, blanks": b"\r\n\r\n  text \t\r\n\r\n",
}


@pytest.mark.parametrize("content", OCTETS.values(), ids=OCTETS)
def test_a_letter_comes_through_it_octet_for_octet(beside: Beside, content: bytes) -> None:
    """SM39, SM40: behind Postfix's own Received lines every octet is as the citizen's mail program sent it."""
    with beside.client() as client:
        assert client.letter(content, options=" BODY=8BITMIME").startswith("250 ")
    assert unreceived(beside.arrived().content) == content


def unreceived(raw: bytes) -> bytes:
    """A mail without the Received lines at its top."""
    return re.sub(rb"\A(?:Received:[^\n]*\n(?:[ \t][^\n]*\n)*)+", b"", raw)


def test_an_international_address_comes_through_it(beside: Beside) -> None:
    """SM37: an SMTPUTF8 letter keeps its sender and its header."""
    sender = "jürgen@größe.example"
    with beside.client() as client:
        client.say(f"MAIL FROM:<{sender}> SMTPUTF8 BODY=8BITMIME")
        client.say(f"RCPT TO:<{CONTACT}>")
        content = f"From: Jürgen <{sender}>\r\nSubject: Grüße\r\n\r\n{LICENSE}\r\n".encode()
        assert client.data(content + b".\r\n").startswith("250 ")
    letter = beside.arrived()
    assert letter.envelope.mail_from == sender
    assert unreceived(letter.content) == content


def test_a_letter_through_it_is_routed_over_tls_both_ways(beside: Beside) -> None:
    """The main job beside a Postfix: in through it, out through it, and no hop in the clear."""
    ref, _ = beside.written()
    assert beside.road.ticket(ref)["state"] == "delivered"
    door = f"{beside.door.address[0]}]:{beside.door.address[1]}"
    assert re.search(
        rf"TLS connection established to 127\.0\.0\.1\[{re.escape(door)}: TLSv1\.[23]", beside.postfix.said()
    )
    assert "with ESMTPS id" in beside.about(ref, DMV)[0]["Received"]


@pytest.mark.parametrize(
    "to",
    [
        "nobody@intake.example",
        "reply+0123456789abcdefghjk@intake.example",
        "bounce+0123456789abcdefghjk@intake.example",
    ],
)
def test_an_unknown_recipient_is_refused_while_the_client_waits(beside: Beside, to: str) -> None:
    """SM36, RA1: Postfix asks the door and passes on its refusal with the portal; no bounce goes to a forged sender."""
    with beside.client() as client:
        assert client.envelope(to)[0].startswith("250 ")
        assert client.replies[-1].startswith("550 5.1.1 ")
        assert PORTAL in client.replies[-1]
    assert (beside.postfix.queue(), beside.world.got, beside.door.kept()) == ([], [], [])


def test_it_relays_for_no_stranger(beside: Beside) -> None:
    """What is neither for us nor from us is refused."""
    with beside.client() as client:
        assert client.envelope("x@post.example")[1][:5] in ("454 4", "554 5")


def test_while_we_can_store_nothing_it_keeps_the_letter(beside: Beside) -> None:
    """SM45: our 451 leaves the letter in Postfix's queue, nobody is told a failure, and it comes once when we can."""
    with store_away(beside.road.store):
        with beside.client() as client:
            assert client.letter(mail(LICENSE)).startswith("250 ")
        wait_for(lambda: any("451" in reason for reason in reasons(beside.postfix)))
        assert beside.world.got == []
    beside.flushed(beside.door.kept)
    wait_for(lambda: beside.postfix.queue() == [])
    assert [one.target for one in beside.door.kept()] == ["contact"]
    assert beside.world.got == []


@contextmanager
def store_away(store: Store) -> Iterator[None]:
    """A store in which nothing can be inserted."""
    with store.write() as conn:
        conn.execute(sa.text("ALTER TABLE contents RENAME TO contents_away"))
    try:
        yield
    finally:
        with store.write() as conn:
            conn.execute(sa.text("ALTER TABLE contents_away RENAME TO contents"))


def reasons(queued: Postfix) -> list[str]:
    """Why each recipient in the queue waits."""
    return [one.get("delay_reason", "") for message in queued.queue() for one in message["recipients"]]


def test_while_the_door_is_closed_it_keeps_what_it_knows_and_puts_off_the_rest(beside: Beside) -> None:
    """SM45: a recipient that the door has taken lately is queued; another is told to come again, and not refused."""
    beside.mail(mail(LICENSE))
    beside.door.forget()
    nobody = {"transport_maps": f"inline:{{ {{ intake.example = intake:[127.0.0.1]:{free_port()} }} }}"}
    with beside.postfix.changed(**nobody), beside.client() as client:
        assert client.letter(mail("My plates were stolen.")).startswith("250 ")
        assert client.envelope("drs@intake.example")[1].startswith("450 ")
        wait_for(lambda: any("Connection refused" in reason for reason in reasons(beside.postfix)))
    beside.flushed(beside.door.kept)
    assert [one.target for one in beside.door.kept()] == ["contact"]


def test_what_is_too_large_is_refused_by_it_or_comes_back_from_it(beside: Beside) -> None:
    """SM38: above its own limit Postfix refuses during SMTP; what is above ours alone it sends back itself."""
    with beside.client() as client:
        assert client.envelope(options=" SIZE=26000001")[0].startswith("552 ")
        client.say("RSET")
        assert client.letter(b"Subject: x\r\n\r\n" + b"a line\r\n" * (LARGEST // 8)).startswith("250 ")
    wait_for(lambda: beside.world.got)
    ((sender, to, message),) = beside.world.got
    assert (sender, to, message.get_content_type()) == ("<>", [MARIA], "multipart/report")
    assert "mx.intake.example" in message["From"]
    assert beside.door.kept() == []


# ── who sent a mail ──────────────────────────────────────────────────────────────────────────────────────────────


FORGED = (
    f"Authentication-Results: {AUTHSERV_ID}; spf=pass smtp.mailfrom={CLERK}\r\n",
    f"authentication-results : {AUTHSERV_ID};\r\n\tspf=pass smtp.mailfrom={CLERK}\r\n",
)


def answer(text: str = "Bring two documents.") -> bytes:
    return mail(text, sender=f"Clerk <{CLERK}>")


def test_an_answer_through_it_is_not_of_this_machine(beside: Beside) -> None:
    """RA3: without a filter's word an answer through Postfix is a stranger's; handed in here it is believed."""
    ref, alias = beside.written()
    through = beside.mail(answer(), alias, CLERK, AGENCY)
    with beside.door.client() as client:
        client.hello().letter(answer("Come at nine."), alias, sender=CLERK)
    beside.road.work()
    assert beside.road.letter(through.id).held_because.startswith("unverified agency sender: ")
    wait_for(lambda: beside.about(ref, MARIA))
    assert [text(one) for one in beside.about(ref, MARIA)] == ["Come at nine."]


def text(message) -> str:  # type: ignore[no-untyped-def]
    """Its first line."""
    return body(message).splitlines()[0]


def test_an_answer_is_believed_when_the_filter_vouches_for_it(beside: Beside) -> None:
    """RA3: with INTAKE_AUTHSERV_ID the filter's word counts; a stranger's own words in its name are taken out."""
    ref, alias = beside.written()
    good = beside.mail(answer(), alias, CLERK, AGENCY)
    bad = [beside.mail(head.encode() + answer("Pay 500."), alias, CLERK, STRANGER) for head in FORGED]
    bad.append(beside.mail(answer("Pay 500."), alias, "x@evil.example", AGENCY))
    with road(beside.road.config.model_copy(update={"authserv_id": AUTHSERV_ID})) as informed:
        informed.work()
    assert [beside.road.letter(one.id).state for one in (good, *bad)] == ["done", "held", "held", "held"]
    wait_for(lambda: beside.about(ref, MARIA))
    assert [text(one) for one in beside.about(ref, MARIA)] == ["Bring two documents."]


def test_an_acknowledgement_is_written_to_whom_the_filter_vouches_for(beside: Beside) -> None:
    """RA12: behind Postfix only the filter knows whether the client may send for the sender's domain."""
    sender = "pat@agencies.example"
    raw = mail(LICENSE, sender=sender)
    sure, forged = beside.mail(raw, sender=sender, source=AGENCY), beside.mail(raw, sender=sender, source=STRANGER)
    with road(beside.road.config.model_copy(update={"authserv_id": AUTHSERV_ID})) as informed:
        informed.work()
    wait_for(lambda: beside.about(sure.id, sender))
    assert beside.about(forged.id, sender) == []


# ── behind us ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_our_signature_and_our_bounce_address_come_through_it(beside: Beside) -> None:
    """LK15: what the agency's server gets verifies with our key in DNS, under an envelope sender of ours."""
    ref, _ = beside.written("Grüße! My driver's license expired, and the DMV has no date. " + "A long line. " * 100)
    ((sender, _, message), raw) = next(zip(beside.world.got, beside.world.raw, strict=True))
    assert ref in message["Subject"]
    assert re.fullmatch(r"bounce\+[0-9a-z]{20}@intake\.example", sender)
    trust = Trust(resolver=beside.zone.address)
    assert authenticate(raw, mail_from=sender, client="192.0.2.7", helo="x", trust=trust).how == "dkim"


def test_what_it_cannot_deliver_comes_back_to_the_ticket(beside: Beside) -> None:
    """A mailbox that is unknown: Postfix's own report goes to the bounce address, and the ticket is `bounced`.

    The report may come while the letter's own work goes on: what happened is read from the ticket's history.
    """
    beside.world.replies[:] = ["550 5.1.1 No such user"]
    ref = beside.mail(mail(LICENSE, sender=MARIA)).id
    beside.road.work()
    report = beside.arrived({ref})
    assert (report.kind, report.envelope.mail_from) == ("bounce", "")
    beside.road.work()
    ticket = beside.road.ticket(ref)
    assert ticket["state"] == "bounced"
    assert [event["what"] for event in ticket["history"] if event["what"] in ("delivered", "bounced")] == [
        "delivered",
        "bounced",
    ]
    assert beside.world.got == []


def test_what_it_delivers_late_is_no_bounce(beside: Beside) -> None:
    """A mailbox that is full for a while: Postfix's warning is put on record, the ticket stays, the letter arrives."""
    beside.world.replies[:] = ["452 4.2.2 Mailbox full"] * 1000
    with beside.postfix.changed(delay_warning_time="1s"):
        ref = beside.mail(mail(LICENSE, sender=MARIA)).id
        beside.road.work()
        beside.flushed(lambda: len(beside.door.kept()) == 2)
    beside.road.work()
    with beside.road.store.read() as conn:
        (noted,) = conn.execute(sa.select(events.c.detail).where(events.c.ticket == ref, events.c.what == hold.NOTED))
    assert json.loads(noted.detail)["reported"] == "delayed"
    assert beside.road.ticket(ref)["state"] == "delivered"
    beside.world.replies.clear()
    beside.flushed(lambda: beside.about(ref, DMV))


def test_while_it_is_stopped_messages_wait_and_doctor_names_it(beside: Beside) -> None:
    """CR11: without the smarthost everything is taken in and nothing is lost; started again, it gets what waited."""
    beside.postfix.stop()
    with beside.door.client() as client:
        client.hello().letter(mail(LICENSE))
    ref = beside.arrived().id
    beside.road.work()
    with beside.road.store.write() as conn:
        conn.execute(sa.update(outbox).where(outbox.c.ticket == ref).values(created=now() - 120_000))
    assert any("INTAKE_SMARTHOST" in str(line) for line in doctor.findings(beside.road.config))
    assert beside.road.ticket(ref)["state"] == "routed"
    beside.postfix.start()
    beside.road.redeliver()
    wait_for(lambda: beside.about(ref, DMV))
    assert beside.road.ticket(ref)["state"] == "delivered"
    assert beside.road.sums()["difference"] == 0
