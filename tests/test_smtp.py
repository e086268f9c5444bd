"""The SMTP door, over real sockets, with a real store behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa

import intake.smtp
from intake import migrations, vault
from intake.config import Config
from intake.door import Accepted, Door
from intake.errors import Crowded, Deferred, Misconfigured, StoreBusy, StoreFull
from intake.queue import Queue
from intake.reference import new_token, token_digest
from intake.routing.published import Published
from intake.smtp.groupcommit import GROUP, GroupCommit
from intake.smtp.limits import OCTETS_A_CLIENT, OCTETS_IN_FLIGHT, Limits
from intake.smtp.protocol import Door25
from intake.store import Store, aliases, contents, heartbeats, insert, now, outbox
from tests.conftest import ROOT, wait_for
from tests.wire import CONTACT, END, MARIA, UNKNOWN, Client, Entrance, Process, certificate, entrance, kept, stuffed

LETTER = b"Subject: A question\r\n\r\nWhen do you open?\r\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation's folder with keys, schema, rules and a certificate, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    vault.create_keys(folder)
    certificate(folder)
    shutil.copy(ROOT / "routing_rules.yaml", folder / "rules.yaml")
    store = Store(f"sqlite:///{folder}/store/intake.db")
    migrations.upgrade(store)
    assert Published(store, settings(folder)).publish_file() == []
    store.close()
    return folder


def settings(home: Path, **changes: object) -> Config:
    tls = {"tls_cert": home / "cert.pem", "tls_key": home / "key.pem"}
    return Config(home=home, rules=home / "rules.yaml", _env_file=None, **{**tls, **changes})  # type: ignore[arg-type]


@pytest.fixture
def installation(template: Path, tmp_path: Path) -> Path:
    """An installation of the test's own."""
    return Path(shutil.copytree(template, tmp_path / "installation"))


@pytest.fixture(scope="module")
def open_door(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    home = tmp_path_factory.mktemp("door") / "home"
    shutil.copytree(template, home)
    with entrance(settings(home)) as made:
        yield made


@pytest.fixture
def door(open_door: Entrance) -> Entrance:
    """One open door for all tests that leave it as it is; it remembers only this test's letters."""
    open_door.forget()
    return open_door


@pytest.fixture
def client(door: Entrance) -> Iterator[Client]:
    """A connection that has said hello."""
    with door.client() as made:
        yield made.hello()


def normal(raw: bytes) -> bytes:
    """What is to be kept of `raw`, the octets before the final dot: dots off, then every line end CRLF."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", re.sub(rb"(\A|(?<=\r\n))\.", b"", raw))


# ── where a message ends ─────────────────────────────────────────────────────────────────────────────────────────

ENDS = {
    "SM1": b"\n.\n",
    "SM2": b"\n.\r\n",
    "SM3": b"\r\n.\n",
    "SM4": b"\r.\r",
    "SM5": b"\r.\r\n",
    "SM6": b"\r\n.\r",
    "SM7": b"\n.\r",
    "SM8": b"\r.\n",
    "SM9": b"\r\r\n.\r\r\n",
    "SM10": b"\r\n\0.\r\n",
    "SM11": b"\r\n.\0\r\n",
    "SM12": b"\r\n. \r\n",
    "SM13": b"\r\n \r\n..\r\n",
    "SM14": b"\n\n.\n\n",
}
SMUGGLED = f"MAIL FROM:<{MARIA}>\r\nRCPT TO:<dmv@intake.example>\r\nDATA\r\nSubject: second\r\n\r\nsmuggled".encode()


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_only_crlf_dot_crlf_ends_a_message(door: Entrance, client: Client, end: bytes) -> None:
    """SM1-14, SM15: no other end of data is one; what follows is text, and no bare CR or LF is kept."""
    raw = b"Subject: first\r\n\r\ntext" + end + SMUGGLED + b"\r\n"
    client.envelope()
    assert client.data(raw + b".\r\n").startswith("250 ")
    assert client.say("NOOP").startswith("250 ")
    (one,) = door.kept()
    assert (one.target, one.content) == ("contact", normal(raw))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", one.content)


def test_commands_behind_data_are_text(door: Entrance, client: Client) -> None:
    """SM16: what comes in the packet of DATA is the message."""
    client.envelope()
    client.send(b"DATA\r\nRSET\r\nQUIT\r\n" + SMUGGLED + END)
    assert [client.reply()[:3] for _ in range(2)] == ["354", "250"]
    assert [one.content for one in door.kept()] == [b"RSET\r\nQUIT\r\n" + SMUGGLED + b"\r\n"]


def test_pipelined_transactions_are_each_answered(door: Entrance, client: Client) -> None:
    """RFC 2920: two whole transactions in one packet are two letters and eight replies in order."""
    one = f"MAIL FROM:<{MARIA}>\r\nRCPT TO:<{CONTACT}>\r\nDATA\r\n".encode() + stuffed(LETTER)
    client.send(one + one)
    assert [client.reply()[:3] for _ in range(8)] == ["250", "250", "354", "250"] * 2
    assert len(door.kept()) == 2


# ── octets ───────────────────────────────────────────────────────────────────────────────────────────────────────

OCTETS = {
    "dots": b".\r\n..\r\n...\r\n.a\r\na.\r\n.\r\n",
    "empty": b"",
    "one line end": b"\r\n",
    "no header": b"\r\nonly text\r\n",
    "nul": b"Subject: \0\r\n\r\na\0b\0\r\n",
    "8bit": b"Subject: x\r\n\r\n" + bytes(n for n in range(256) if n not in b"\r\n") + b"\r\n",
    "998": b"Subject: x\r\n\r\n" + b"a" * 998 + b"\r\n",
    "1500": b"Subject: x\r\n\r\n" + b"b" * 1500 + b"\r\n",
    "20000": b"Subject: x\r\n\r\n" + b"c" * 20_000 + b"\r\n",
    "200000": b"Subject: x\r\n\r\n" + b"d" * 200_000 + b"\r\n",
    "dots past the stream's limit": b"Subject: x\r\n\r\n" + b".e\r\n" * 60_000,
}


@pytest.mark.parametrize("content", OCTETS.values(), ids=OCTETS)
def test_what_is_kept_is_what_was_sent(door: Entrance, client: Client, content: bytes) -> None:
    """SM39, SM40: line ends of CRLF given, every octet is kept, and lines may be of any length."""
    assert client.letter(content).startswith("250 ")
    assert [one.content for one in door.kept()] == [content]


@pytest.mark.parametrize("behind", range(-6, 3))
def test_the_end_is_seen_wherever_the_stream_is_cut(door: Entrance, client: Client, behind: int) -> None:
    """SM40: an end of data that straddles the stream's limit, sent octet by octet, is one."""
    content = b"a" * (64 * 1024 + behind - 2) + b"\r\n"
    client.envelope()
    client.say("DATA")
    client.send(content[:-10])
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in content[-10:] + b".\r\n":
        client.send(bytes([octet]))
    assert client.reply().startswith("250 ")
    assert [one.content for one in door.kept()] == [content]


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_above_the_limit_is_refused_and_the_connection_stays_in_step(installation: Path) -> None:
    """SM38: 552 for a SIZE above the limit and for data above it; nothing is kept, and the next letter is taken."""
    with entrance(settings(installation, max_octets=4096)) as door, door.client() as client:
        assert "SIZE 4096" in client.say("EHLO client.example")
        assert client.say(f"MAIL FROM:<{MARIA}> SIZE=4097").startswith("552 5.3.4")
        assert client.say(f"MAIL FROM:<{MARIA}> SIZE=4096").startswith("250 ")
        client.say("RSET")
        for excess in (b"a", b"a" * 500, b"a" * 300_000):
            client.envelope()
            assert client.data(b"a" * 4094 + excess + END).startswith("552 5.3.4")
        assert client.say("NOOP").startswith("250 ")
        assert door.kept() == []
        assert client.letter(b".23\r\n" * 819).startswith("250 ")
        assert [len(one.content) for one in door.kept()] == [4095]


def test_25_mib_are_taken_and_one_octet_more_is_not(door: Entrance, client: Client) -> None:
    """SM38: the default limit, for real."""
    full = (b"x" * 76 + b"\r\n") * (25 * 1024 * 1024 // 78) + b"y" * (25 * 1024 * 1024 % 78 - 2) + b"\r\n"
    assert client.letter(b"z" + full).startswith("552 ")
    assert client.letter(full).startswith("250 ")
    assert [one.content == full for one in door.kept()] == [True]


@pytest.mark.parametrize("unit", [b"\n", b"\r", b"\r\n..", b"\r\n\r", b"."], ids=repr)
def test_a_message_of_line_ends_only_is_normalised_in_no_time(client: Client, door: Entrance, unit: bytes) -> None:
    """SM15: work stays linear in the octets; the client waits no longer than its own time limit."""
    raw = unit * (4_000_000 // len(unit)) + b"\r\n"
    client.socket.settimeout(10)
    client.envelope()
    assert client.data(raw + b".\r\n").startswith("250 ")
    assert [one.content for one in door.kept()] == [normal(raw)]


# ── STARTTLS ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_comes_in_over_tls(door: Entrance, client: Client) -> None:
    """STARTTLS is offered when a certificate is configured, and a letter sent through it is kept."""
    assert client.starttls().startswith("220 ")
    assert client.hello().letter(LETTER).startswith("250 ")
    assert [one.content for one in door.kept()] == [LETTER]


def test_a_certificate_that_cannot_be_used_stops_the_start(installation: Path) -> None:
    """STARTTLS: one line that names the settings."""
    (installation / "cert.pem").write_text("no certificate")
    with pytest.raises(Misconfigured, match="INTAKE_TLS_CERT"):
        intake.smtp.tls_context(settings(installation))


def test_what_is_sent_in_the_packet_of_starttls_is_dropped(door: Entrance, client: Client) -> None:
    """SM17: commands injected before the handshake are never executed inside it (CVE-2024-34083)."""
    client.starttls(behind=f"EHLO x\r\nMAIL FROM:<{MARIA}>\r\nRCPT TO:<{CONTACT}>\r\n".encode())
    assert client.say("NOOP").startswith("250 2.0.0")
    assert client.say("DATA").startswith("503 ")
    assert door.kept() == []


def test_starttls_forgets_what_was_said_before(client: Client) -> None:
    """SM18: after the handshake a session begins anew (RFC 3207 §4.2)."""
    client.envelope()
    client.starttls()
    assert client.say("DATA").startswith("503 ")
    assert client.say(f"MAIL FROM:<{MARIA}>").startswith("503 ")


def test_starttls_inside_tls_is_refused(client: Client) -> None:
    """SM19: once; neither it nor a login is offered then."""
    assert "STARTTLS" in client.say("EHLO client.example")
    client.starttls()
    offered = client.say("EHLO client.example")
    assert "STARTTLS" not in offered
    assert "AUTH" not in offered
    assert client.say("STARTTLS").startswith("503 ")
    assert client.say("NOOP").startswith("250 ")


def test_garbage_instead_of_a_handshake_closes_that_connection_only(door: Entrance, client: Client) -> None:
    """SM20: others are served."""
    with door.client() as other:
        other.hello()
        assert other.say("STARTTLS").startswith("220 ")
        other.send(b"this is no hello\r\n" * 20)
        assert other.is_closed()
    assert client.letter(LETTER).startswith("250 ")


def test_without_a_certificate_starttls_is_not_offered(installation: Path) -> None:
    """STARTTLS: nothing is promised that cannot be kept."""
    with entrance(settings(installation, tls_cert=None, tls_key=None)) as door, door.client() as client:
        assert "STARTTLS" not in client.say("EHLO client.example")
        assert client.say("STARTTLS").startswith("454 4.")


# ── who mail is taken for ────────────────────────────────────────────────────────────────────────────────────────

RELAYS = {
    "SM21": "victim%other.example@intake.example",
    "SM22": "other.example!victim@intake.example",
    "SM23": "@intake.example:victim@other.example",
    "SM24": "@other.example,@intake.example:contact@intake.example",
    "SM25": "contact@[127.0.0.1]",
    "SM26": "contact@[IPv6:::1]",
    "SM27": "contact@mail.intake.example",
    "SM28": "contact@intake.example.other.example",
    "SM29": "contact@otherintake.example",
    "SM30": "SRS0=Hash=TT=other.example=victim@intake.example",
    "SM31": "/var/mail/root@intake.example",
    "SM32": '"|/bin/sh"@intake.example',
    "SM33": '"victim@other.example"@intake.example',
    "SM34": "victim@other.example@intake.example",
    "SM35": "victim@other.example",
    "SM35 nobody": "",
    "SM35 no domain": "contact",
    "SM35 detail": "contact+x@intake.example",
    "SM35 token": "reply+00000000000000000000@intake.example",
    "SM35 short token": "reply+1@intake.example",
}


@pytest.mark.parametrize("address", RELAYS.values(), ids=RELAYS)
def test_nobody_is_relayed_for(door: Entrance, client: Client, address: str) -> None:
    """SM21-35: anything that is not ours is refused at RCPT with the same words."""
    assert client.envelope(address)[1] == UNKNOWN
    assert client.say("DATA").startswith("503 ")
    assert door.kept() == []


def test_a_session_that_guesses_is_closed(door: Entrance, client: Client) -> None:
    """SM36: sixty guesses end after twenty, and others are served."""
    with door.client() as guesser:
        guesser.hello().say(f"MAIL FROM:<{MARIA}>")
        guesser.send(b"".join(b"RCPT TO:<guess%d@intake.example>\r\n" % n for n in range(60)))
        answers = [guesser.reply()[:3] for _ in range(22)]
    assert answers == ["550"] * 20 + ["421", ""]
    assert client.letter(LETTER).startswith("250 ")


def test_vrfy_and_expn_tell_nothing(client: Client) -> None:
    """SM36: the same answer for every address."""
    assert len({client.say(f"VRFY {one}") for one in (CONTACT, "nobody@intake.example", "<", "x y")}) == 1
    assert client.say(f"EXPN {CONTACT}").startswith("502 ")


def test_ten_thousand_recipients_are_a_hundred(door: Entrance, client: Client) -> None:
    """Bad input: 452 after the hundredth, and the letter is taken for the first hundred (RFC 5321 §4.5.3.1.10)."""
    client.say(f"MAIL FROM:<{MARIA}>")
    answers = []
    for _ in range(20):
        client.send(f"RCPT TO:<{CONTACT}>\r\n".encode() * 500)
        answers += [client.reply()[:3] for _ in range(500)]
    assert answers == ["250"] * 100 + ["452"] * 9_900
    assert client.data(stuffed(LETTER)).startswith("250 ")
    assert [one.envelope.recipients for one in door.kept()] == [(CONTACT,) * 100]


def test_each_recipient_gets_what_it_stands_for(installation: Path) -> None:
    """One transaction: the first agency holds the ticket, the next is linked, contact@ steps back, an alias and a
    bounce token stand for themselves; every letter opens to the same octets."""
    reply, bounce = new_token(), new_token()
    to = [CONTACT, "DMV@intake.example", "dss@Intake.Example", f"reply+{reply.upper()}@intake.example"]
    with entrance(settings(installation)) as door, door.client() as client:
        with door.store.write() as conn:
            insert(conn, aliases, [alias(reply)])
            insert(conn, outbox, [sent(bounce)])
        assert client.hello().letter(LETTER, *to, f"bounce+{bounce}@intake.example").startswith("250 ")
        found = {one.target: one for one in door.kept()}
    assert {one.content for one in found.values()} == {LETTER}
    assert {target: one.kind for target, one in found.items()} == {
        "dmv": "new",
        "dss": "new",
        token_digest(reply): "reply",
        token_digest(bounce): "bounce",
    }
    assert (found["dmv"].linked_to, found["dss"].linked_to) == (None, found["dmv"].ticket)
    assert found[token_digest(reply)].ticket is None


def alias(token: str, state: str = "open") -> dict[str, Any]:
    row = {"digest": token_digest(token), "ticket": "T", "side": "citizen", "agency": "dmv", "state": state}
    return {**row, "token": b"", "created": now()}


def sent(token: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("id", "letter", "ticket", "kind", "side", "agency", "recipient", "state"), "x")
    return {
        **row,
        "sealed": b"",
        "bounce": token_digest(token),
        "attempts": 0,
        "claimed_by": "",
        "due": 0,
        "created": 0,
    }


def test_a_closed_alias_is_nobody(installation: Path) -> None:
    """SM36, RA9: what was ours once is refused like what never was, and both hear where to write instead."""
    closed, old, never = new_token(), new_token(), new_token()
    with entrance(settings(installation)) as door, door.client() as client:
        with door.store.write() as conn:
            insert(conn, aliases, [alias(closed, "closed"), {**alias(old), "created": 0}])
        answers = [client.hello().envelope(f"reply+{token}@intake.example")[1] for token in (closed, old, never)]
    assert answers == [UNKNOWN] * 3


def test_a_client_that_guesses_in_many_sessions_is_slowed(door: Entrance, client: Client) -> None:
    """RA1: after a hundred unknown recipients each further one takes a second; others wait for nothing."""
    door.limits.wrong.began, door.limits.wrong.counts["127.0.0.1"] = time.monotonic(), 100
    start = time.monotonic()
    assert client.envelope("nobody@intake.example")[1] == UNKNOWN
    assert time.monotonic() - start > 0.9
    start = time.monotonic()
    assert client.say(f"RCPT TO:<{CONTACT}>").startswith("250 ")
    assert time.monotonic() - start < 0.9


def test_an_alias_takes_as_much_as_two_people_write(installation: Path) -> None:
    """RA8: a flood to one alias is told to come back; other recipients are taken."""
    token, other = new_token(), new_token()
    with entrance(settings(installation)) as door, door.client() as client:
        with door.store.write() as conn:
            insert(conn, aliases, [alias(token), alias(other)])
        client.hello().say(f"MAIL FROM:<{MARIA}>")
        answers = [client.say(f"RCPT TO:<reply+{token}@intake.example>")[:3] for _ in range(31)]
        assert answers == ["250"] * 30 + ["452"]
        assert client.say(f"RCPT TO:<reply+{other}@intake.example>").startswith("250 ")


def test_the_sealed_envelope_says_who_handed_it_in(door: Entrance, client: Client) -> None:
    """Who sent a mail is judged later by its client and HELO; both are sealed with it."""
    client.letter(LETTER)
    (one,) = door.kept()
    assert one.envelope.client == "127.0.0.1"
    assert one.envelope.helo


# ── the words of a session ───────────────────────────────────────────────────────────────────────────────────────


def test_the_greeting_names_no_software(door: Entrance) -> None:
    """PI7: a stranger learns our name and the protocol."""
    with door.client() as client:
        assert client.greeting == "220 intake.example ESMTP"


SENDERS = {
    "null": ("", "", ""),
    "SMTPUTF8": ("maría@correo.example", " SMTPUTF8 BODY=8BITMIME", "maría@correo.example"),
    "8BITMIME": (MARIA, " BODY=8BITMIME", MARIA),
    "SIZE": (MARIA, " SIZE=1000", MARIA),
    "quoted": ('"a > b"@post.example', "", '"a > b"@post.example'),
}


@pytest.mark.parametrize(("sender", "options", "expected"), SENDERS.values(), ids=SENDERS)
def test_senders_of_every_kind_are_taken(
    door: Entrance, client: Client, sender: str, options: str, expected: str
) -> None:
    """SM37: the null sender is kept as "", and an internationalised one as it is."""
    assert client.letter("Subject: é\r\n\r\nü\r\n".encode(), sender=sender, options=options).startswith("250 ")
    (one,) = door.kept()
    assert one.envelope.mail_from == expected


def test_what_is_not_offered_is_refused(client: Client) -> None:
    """SM37: BINARYMIME and CHUNKING are neither offered nor taken."""
    offered = client.say("EHLO client.example")
    assert {"8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"} <= set(re.findall(r"\w+", offered))
    assert not {"BINARYMIME", "CHUNKING", "AUTH"} & set(re.findall(r"\w+", offered))
    assert client.say("BDAT 10 LAST").startswith("500 5.")
    assert client.say("AUTH PLAIN AGEAYg==").startswith("502 5.")


PARAMETERS = {
    "SIZE=0": "250",
    "size=10 body=8bitmime": "250",
    "SIZE=abc": "501",
    "SIZE=": "501",
    "SIZE": "501",
    "SIZE=-1": "501",
    "SIZE=\u00b2": "501",  # a digit to Python, and no number
    "SIZE=1 SIZE=2": "501",
    "BODY=7BIT BODY=8BITMIME": "501",
    "BODY=BINARYMIME": "501",
    "SMTPUTF8=1": "501",
    "=x": "501",
    "XYZ=1": "555",
    "X-Y=1": "555",
    "MT-PRIORITY=3": "555",
    "RET=HDRS ENVID=x": "555",
    "AUTH=<>": "555",
}


@pytest.mark.parametrize(("options", "code"), PARAMETERS.items(), ids=PARAMETERS)
def test_parameters_of_mail(client: Client, options: str, code: str) -> None:
    """SM37: 501 for one that is malformed or said twice, 555 for one we do not know (RFC 5321 §4.1.1.11)."""
    assert re.match(rf"{code} [25]\.\d\.\d ", client.say(f"MAIL FROM:<{MARIA}> {options}"))
    client.say("RSET")
    assert client.letter(LETTER).startswith("250 ")


def test_parameters_of_rcpt_are_unknown(client: Client) -> None:
    """SM37: no delivery report is promised that nobody writes (RFC 3461)."""
    client.say(f"MAIL FROM:<{MARIA}>")
    for option in ("NOTIFY=NEVER", "ORCPT=rfc822;x", "X-Y"):
        assert client.say(f"RCPT TO:<{CONTACT}> {option}").startswith("555 5.")
    assert client.say(f"RCPT TO:<{CONTACT}>").startswith("250 ")


def test_help_helps(client: Client) -> None:
    """RFC 5321 §4.1.1.8: 214, and nothing about this program."""
    assert {client.say(line) for line in ("HELP", "HELP MAIL", "HELP x")} == {"214 2.0.0 See RFC 5321"}


ORDERS = {
    "MAIL twice": ("MAIL MAIL RCPT DATA", "250 503 250 354"),
    "EHLO in between": ("MAIL RCPT EHLO DATA", "250 250 250 503"),
    "HELO in between": ("MAIL RCPT HELO RCPT", "250 250 250 503"),
    "RSET in between": ("MAIL RCPT RSET DATA", "250 250 250 503"),
    "talk in between": ("MAIL NOOP RCPT VRFY HELP DATA", "250 250 250 252 214 354"),
    "all refused": ("MAIL NOBODY DATA", "250 550 503"),
    "one refused": ("MAIL NOBODY RCPT DATA", "250 550 250 354"),
    "null sender twice": ("NULL NULL RCPT DATA", "250 503 250 354"),
}
WORDS = {"MAIL": f"MAIL FROM:<{MARIA}>", "NULL": "MAIL FROM:<>", "RCPT": f"RCPT TO:<{CONTACT}>"}
WORDS |= {"NOBODY": "RCPT TO:<nobody@intake.example>", "EHLO": "EHLO x", "HELO": "HELO x"}


@pytest.mark.parametrize(("said", "codes"), ORDERS.values(), ids=ORDERS)
def test_commands_in_odd_orders(door: Entrance, client: Client, said: str, codes: str) -> None:
    """RFC 5321 §4.1.4: a transaction is MAIL, RCPT, DATA; what may stand between them, and what begins anew."""
    assert " ".join(client.say(WORDS.get(word, word))[:3] for word in said.split()) == codes
    if codes.endswith("354"):
        client.send(stuffed(LETTER))
        assert client.reply().startswith("250 ")
    assert len(door.kept()) == codes.endswith("354")


@pytest.mark.parametrize(
    ("line", "code"),
    {
        "DATA": "503",
        "RCPT TO:<contact@intake.example>": "503",
        "MAIL FROM:maria @post.example": "5",
        "MAIL FROM:<maria@post.example": "553",
        "MAIL FROM:<" + "m" * 400 + "@post.example>": "553",
        "MAIL TO:<maria@post.example>": "501",
        "MAIL": "501",
        "EHLO": "501",
        "": "500",
        "é": "500",
        "NOOP " + "x" * 600: "500",
        "NOOP " + "x" * 100_000: "500",
    }.items(),
    ids=lambda value: value[:20],
)
def test_a_wrong_command_gets_a_5xx_and_the_session_goes_on(client: Client, line: str, code: str) -> None:
    """SM46: nonsense is answered with a code and an enhanced code, and does no harm."""
    assert re.match(rf"{code}\d* 5\.\d\.\d ", client.say(line))
    assert client.letter(LETTER).startswith("250 ")


def test_how_long_a_command_may_be(door: Entrance, client: Client) -> None:
    """RFC 5321 §4.5.3.1.4: 512 octets, and 36 more for the parameters of MAIL after EHLO, however often it is said."""
    with door.client() as other:
        assert other.hello().hello().say("NOOP " + "x" * 507).startswith("250 ")
        assert client.hello().say("NOOP " + "x" * 508) == "500 5.5.0 Command line too long"
        mail = f"MAIL FROM:<{MARIA}>"
        assert client.say(f"{mail:548}").startswith("250 ")
        assert client.say(f"{mail:549}") == "500 5.5.0 Command line too long"
        other.say("HELO x")
        assert other.say(f"{mail:513}") == "500 5.5.0 Command line too long"


@pytest.mark.parametrize(("line", "taken"), [("NOOP", 100), ("HELO x", 100), ("JUNK", 4)])
def test_a_session_of_empty_commands_is_closed(client: Client, line: str, taken: int) -> None:
    """SM43: who only keeps the door busy is sent away with 421."""
    client.send(f"{line}\r\n".encode() * (taken + 3))
    answers = [client.reply()[:3] for _ in range(taken + 2)]
    assert answers == ["500" if line == "JUNK" else "250"] * taken + ["421", ""]


def test_hello_comes_first(door: Entrance) -> None:
    """RFC 5321 §4.1.4: no transaction without EHLO or HELO; HELO alone will do."""
    with door.client() as client:
        assert client.say(f"MAIL FROM:<{MARIA}>").startswith("503 5.")
        assert client.say("HELO client.example").startswith("250 ")
        assert client.letter(LETTER).startswith("250 ")


@pytest.mark.parametrize("hops", [100, 110])
def test_a_loop_is_ended(door: Entrance, client: Client, hops: int) -> None:
    """SM47: a hundred Received fields are taken, more are a loop; those in the text do not count."""
    trace = b"Received: from a.example by b.example;\r\n date\r\n" * hops
    reply = client.letter(trace + LETTER + b"Received: x\r\n" * 200)
    assert reply == ("554 5.4.6 Too many hops" if hops > 100 else "250 2.0.0 OK, kept")
    assert len(door.kept()) == (hops == 100)


def test_a_letter_without_header_is_no_loop(door: Entrance, client: Client) -> None:
    """SM47: a text that quotes many Received fields has none itself."""
    assert client.letter(b"\r\n" + b"Received: x\r\n" * 200).startswith("250 ")


STRANGERS = {
    "GET": b"GET / HTTP/1.1\r\nHost: intake.example\r\n\r\n",
    "HEAD": b"HEAD / HTTP/1.0\r\n\r\n",
    "DELETE": b"DELETE / HTTP/1.1\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03" + b"r\n" * 14,
    "PROXY": b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    "PROXY v2": b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12),
    "XCLIENT": b"XCLIENT ADDR=192.0.2.1\r\n",
}


@pytest.mark.parametrize("opening", STRANGERS.values(), ids=STRANGERS)
def test_who_speaks_something_else_is_hung_up_on(door: Entrance, opening: bytes) -> None:
    """SM44: no mail is taken from a browser, a proxy or a TLS hello, even when SMTP follows in the same packet."""
    smtp = f"EHLO x\r\nMAIL FROM:<{MARIA}>\r\nRCPT TO:<{CONTACT}>\r\nDATA\r\n".encode() + stuffed(LETTER)
    with door.client() as client:
        client.send(opening + smtp * 20)
        assert client.is_closed()
        assert not any(reply.startswith(("250", "354")) for reply in client.replies)
    assert door.kept() == []


def test_a_form_s_body_is_not_executed(door: Entrance) -> None:
    """SM44: a browser made to POST a session at our port sends no mail."""
    smtp = f"EHLO x\r\nMAIL FROM:<{MARIA}>\r\nRCPT TO:<{CONTACT}>\r\nDATA\r\n".encode() + stuffed(LETTER)
    with door.client() as client:
        client.send(b"POST / HTTP/1.1\r\n" + smtp + b"QUIT\r\n")
        assert client.is_closed()
    assert door.kept() == []


def test_quit_ends_the_session(door: Entrance, client: Client) -> None:
    """RFC 5321 §4.1.1.10: what follows QUIT in the packet is not looked at."""
    client.send(f"QUIT\r\nMAIL FROM:<{MARIA}>\r\nRCPT TO:<{CONTACT}>\r\nDATA\r\n".encode() + stuffed(b"Lost\r\n"))
    assert client.reply() == "221 2.0.0 Bye"
    assert client.is_closed()
    with door.client() as other:
        assert other.hello().letter(LETTER).startswith("250 ")  # whatever came before is kept by now
    assert [one.content for one in door.kept()] == [LETTER]


# ── connections ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", [Client.close, Client.reset], ids=["FIN", "RST"])
@pytest.mark.parametrize("sent", [b"", b"Subject: half\r\n\r\nhalf a let", b"Subject: half\r\n\r\nhalf\r\n.\r"])
def test_a_letter_cut_short_is_not_kept(
    door: Entrance, client: Client, how: Callable[[Client], None], sent: bytes
) -> None:
    """SM41: a connection that ends inside DATA leaves nothing, and the door is well."""
    with door.client() as dropped:
        dropped.hello().envelope()
        dropped.say("DATA")
        dropped.send(sent)
        how(dropped)
    assert client.letter(LETTER).startswith("250 ")
    assert [one.content for one in door.kept()] == [LETTER]


def test_a_client_gone_after_the_final_dot_leaves_one_letter_or_none(door: Entrance, client: Client) -> None:
    """SM42, CR2: it saw no 250 and will come again; the worker knows the second copy by its content."""
    for how in (Client.close, Client.reset):
        with door.client() as gone:
            gone.hello().envelope()
            gone.say("DATA")
            gone.send(stuffed(LETTER))
            how(gone)
    assert client.letter(LETTER).startswith("250 ")
    assert 1 <= len(door.kept()) <= 3


def test_slow_clients_keep_nobody_waiting(door: Entrance) -> None:
    """SM43: with eight that drip octets and sixty that say nothing, others are served within three seconds."""
    idle = [door.client() for _ in range(60)]
    dripping = [door.client().hello() for _ in range(8)]
    for one in dripping:
        one.envelope()
        one.say("DATA")
    for _ in range(5):
        for one in dripping:
            one.send(b"x")
        with door.client(timeout=3) as client:
            assert client.hello().letter(LETTER).startswith("250 ")
    for one in idle + dripping:
        one.close()
    assert len(door.kept()) == 5


def test_slow_clients_are_cut_at_a_deadline(installation: Path) -> None:
    """SM43: dripping does not move the deadline, neither of a command nor of the data; a letter in between does."""
    limits = Limits(True, command_seconds=0.8, data_seconds=1.2)
    with entrance(settings(installation), limits) as door:
        with door.client() as silent, door.client() as drip:
            drip.hello().envelope()
            drip.say("DATA")
            stop = threading.Event()
            dripper = threading.Thread(target=drop_by_drop, args=(drip, stop))
            dripper.start()
            assert silent.is_closed()
            assert drip.is_closed()
            stop.set()
            dripper.join()
        with door.client() as client:
            assert client.hello().letter(LETTER).startswith("250 ")
            assert client.is_closed()  # the data's longer patience ends with the data
        wait_for(lambda: door.limits.open.total() == 0)
        assert len(door.kept()) == 1


def test_each_command_moves_the_deadline(installation: Path) -> None:
    """SM43: who goes on speaking is listened to; after a letter a command's patience is the measure again."""
    limits = Limits(True, command_seconds=0.6, data_seconds=60)
    with entrance(settings(installation), limits) as door, door.client() as client:
        client.hello()
        for _ in range(5):
            time.sleep(0.25)
            assert client.say("NOOP").startswith("250 ")
        client.envelope()
        client.say("DATA")
        time.sleep(1)
        client.send(stuffed(LETTER))
        assert client.reply().startswith("250 ")
        client.socket.settimeout(5)
        assert client.is_closed()


def test_memory_for_letters_on_the_wire_is_bounded(installation: Path) -> None:
    """CR16: above the bound a letter is 452, before its data and in the middle of it; the session stays in step, and
    what is done, refused or dropped is counted out."""
    with entrance(settings(installation)) as door, door.client() as client:
        assert client.hello().letter(LETTER).startswith("250 ")
        door.limits.octets["elsewhere"] = OCTETS_IN_FLIGHT + 1
        assert client.letter(LETTER) == Crowded.smtp
        door.limits.octets["elsewhere"] = OCTETS_IN_FLIGHT
        client.say("RSET")
        assert client.letter(b"x" * 300_000 + b"\r\n") == Crowded.smtp
        assert client.letter(LETTER).startswith("250 ")
        del door.limits.octets["elsewhere"]
        with door.client() as gone:
            gone.hello().envelope()
            gone.say("DATA")
            gone.send(b"x" * 100_000)
        assert client.letter(LETTER).startswith("250 ")
        wait_for(lambda: not door.limits.octets)
        assert [one.content for one in door.kept()] == [LETTER] * 3


def test_one_client_cannot_take_all_the_memory(installation: Path) -> None:
    """CR16: who sends much and never ends it is told to come back; others are served."""
    with entrance(settings(installation)) as door, door.client() as client, door.client(source="127.0.0.2") as other:
        door.limits.octets["127.0.0.1"] = OCTETS_A_CLIENT + 1
        assert client.hello().letter(LETTER) == Crowded.smtp
        assert other.hello().letter(LETTER).startswith("250 ")


def test_a_client_that_never_reads_is_cut_at_the_deadline(installation: Path) -> None:
    """SM43: replies that nobody takes hold no session open."""
    with entrance(settings(installation), Limits(True, command_seconds=1)) as door, door.client() as deaf:
        deaf.hello().say(f"MAIL FROM:<{MARIA}>")
        deaf.socket.settimeout(0.5)
        with contextlib.suppress(OSError):
            for _ in range(100):
                deaf.send(f"RCPT TO:<{CONTACT}>\r\n".encode() * 1000)
        wait_for(lambda: door.limits.open.total() == 0, 5)


def test_a_client_that_never_reads_is_not_listened_to(installation: Path) -> None:
    """CR16: replies that nobody takes fill no memory; the client's own commands stay with it."""
    with entrance(settings(installation)) as door, door.client() as deaf:
        deaf.hello().say(f"MAIL FROM:<{MARIA}>")
        deaf.socket.settimeout(1)
        said = 0
        with contextlib.suppress(TimeoutError):
            while said < 8_000_000:
                said += deaf.socket.send(f"RCPT TO:<{CONTACT}>\r\n".encode() * 1000)
        deaf.reset()
    assert said < 8_000_000


SHARED = {"event_handler", "loop", "_loop", "tls_context", "_limits", "_handle_hooks"}
UNUSED = {"_auth_methods", "_auth_callback", "_smtp_methods"}  # nobody logs in; `Door25` finds its commands itself


def test_a_session_shares_nothing() -> None:
    """What a fresh aiosmtpd object holds that could change is made for each session anew: a version with more of it
    fails here."""

    async def made() -> list[dict[str, object]]:
        handler = intake.smtp.Handler(None, None, None, "")  # type: ignore[arg-type]
        pattern = Door25(handler, Limits(True), loop=asyncio.get_running_loop())
        return [vars(one) for one in (pattern, pattern.another(), pattern.another())]

    pattern, one, other = asyncio.run(made())
    assert set(pattern) == set(one)
    constant = (str, int, float, bool, type(None))
    shared = {name for name, value in one.items() if not isinstance(value, constant) and value is other[name]}
    assert shared - UNUSED <= SHARED


def drop_by_drop(client: Client, stop: threading.Event) -> None:
    try:
        while not stop.wait(0.05):
            client.send(b"x")
    except OSError:
        pass


def test_too_many_sessions_of_one_client_get_421(installation: Path) -> None:
    """A hundred sessions of one client are served, the next gets 421; other clients are served, and so is the next
    when one has left."""
    with entrance(settings(installation)) as door:
        crowd = [door.client() for _ in range(100)]
        assert {one.greeting[:3] for one in crowd} == {"220"}
        with door.client() as refused:
            assert refused.greeting.startswith("421 4.7.0")
            assert refused.say("EHLO x") == ""
        with door.client(source="127.0.0.2") as other:
            assert other.hello().letter(LETTER).startswith("250 ")
        crowd.pop().close()
        wait_for(lambda: door.limits.open["127.0.0.1"] == 99)
        with door.client() as client:
            assert client.hello().letter(LETTER).startswith("250 ")
        for one in crowd:
            one.close()


def test_without_rate_limits_only_the_total_counts() -> None:
    """INTAKE_RATE_LIMITS=off: one client may have as many sessions as there are, and no more than a thousand."""
    limits = Limits(per_client=False)
    assert [limits.enter("a") for _ in range(1001)] == [True] * 1000 + [False]
    limits.leave("a")
    limits.leave("a")
    assert limits.enter("b")


# ── trouble of our own ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_database_that_is_away_is_451_until_it_is_back(config: Config, store: Store, published: Published) -> None:
    """SM45, CR9: nothing is thanked for that is not kept, and the door recovers alone."""
    admin = sa.create_engine(store.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = store.engine.url.database

    def away(allowed: bool) -> None:
        with admin.connect() as conn:
            conn.execute(sa.text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(allowed).lower()}"))
            conn.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))

    with entrance(config) as door, door.client() as client:
        assert client.hello().letter(LETTER).startswith("250 ")
        away(False)
        assert client.letter(LETTER) == Deferred.smtp
        assert client.envelope(f"reply+{new_token()}@intake.example") == ["250 2.1.0 OK", Deferred.smtp]
        client.say("RSET")
        away(True)
        assert client.letter(LETTER).startswith("250 ")
        assert len(door.kept()) == 2
    admin.dispose()


def test_a_locked_or_read_only_database_is_451(installation: Path) -> None:
    """SM45, CR9: SQLite that another holds, or that may not be written."""
    with entrance(settings(installation)) as door, door.client() as client:
        for pragma in ("query_only=ON", "busy_timeout=50"):
            change(door.store, pragma)
            other = Store(door.config.database)
            with other.write():
                assert client.hello().letter(LETTER) == Deferred.smtp
            other.close()
        assert client.letter(LETTER).startswith("250 ")
        assert len(door.kept()) == 1


def test_a_full_disk_is_452_until_there_is_room(installation: Path) -> None:
    """SM45, CR9: the database says that it is full; the letter before and the letter after are whole."""
    with entrance(settings(installation)) as door, door.client() as client:
        assert client.hello().letter(LETTER).startswith("250 ")
        change(door.store, "max_page_count=1")
        assert client.letter(LETTER + b"x" * 500_000 + b"\r\n") == StoreFull.smtp
        change(door.store, "max_page_count=1000000")
        assert client.letter(LETTER).startswith("250 ")
        assert [one.content for one in door.kept()] == [LETTER, LETTER]
        with door.store.read() as conn:
            assert conn.scalar(sa.select(sa.func.count()).select_from(contents)) == 2


class Held(Store):
    """A store that answers when it is let go."""

    go = threading.Event()

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        assert self.go.wait(30)
        with super().read() as conn:
            yield conn


def test_a_store_that_does_not_answer_keeps_only_those_waiting_who_ask_it(installation: Path) -> None:
    """SM43, SM45: an alias is looked up beside the sessions, with whichever sign it is written."""
    Held.go.set()
    with entrance(settings(installation), kind=Held) as door, door.client() as other:
        Held.go.clear()
        asking = [door.client().hello() for _ in range(2)]
        for one, sign in zip(asking, "+-", strict=True):
            one.say(f"MAIL FROM:<{MARIA}>")
            one.send(f"RCPT TO:<reply{sign}{new_token()}@intake.example>\r\n".encode())
        assert other.hello().letter(LETTER).startswith("250 ")
        Held.go.set()
        assert [one.reply() for one in asking] == [UNKNOWN] * 2
        for one in asking:
            one.close()


class Stuck(Door):
    """A door whose disk lets it wait."""

    go = threading.Event()

    def commit(self, accepted: Sequence[Accepted]) -> None:
        assert self.go.wait(30)
        super().commit(accepted)


def test_no_answer_takes_longer_than_a_client_waits(installation: Path) -> None:
    """SM45, CR9: 451 while the disk is still at it; the letter may be kept all the same, and its retry is known."""
    with entrance(settings(installation), Limits(True, commit_seconds=0.2), door=Stuck) as door:
        with door.client() as client:
            assert client.hello().letter(LETTER) == Deferred.smtp
            Stuck.go.set()
            wait_for(lambda: len(door.kept()) == 1)
        door.limits.commit_seconds = 20
        with door.client() as client:
            assert client.hello().letter(LETTER).startswith("250 ")


def change(store: Store, pragma: str) -> None:
    """Have every new connection of SQLite begin with `pragma`."""

    def begin(dbapi: Any, _record: Any) -> None:
        dbapi.execute("PRAGMA query_only=OFF")
        dbapi.execute(f"PRAGMA {pragma}")

    sa.event.listen(store.engine, "connect", begin)
    store.engine.dispose()


def test_a_letter_is_taken_while_redis_is_away(door: Entrance, client: Client) -> None:
    """SM45: the store is the truth; the sweeper tells the workers later."""
    assert not door.config.socket.exists()
    assert client.letter(LETTER).startswith("250 ")
    assert len(door.kept()) == 1


def test_the_queue_is_told_ids_and_nothing_else(installation: Path, redis_socket: Path) -> None:
    """PI2: after the commit, the workers' queue holds the letter's id, and no word of it."""
    config = settings(installation, redis_url=f"unix://{redis_socket}")
    server = redis.Redis(unix_socket_path=str(redis_socket))
    with entrance(config, queue=Queue(config)) as door, door.client() as client:
        assert client.hello("client.example").letter(LETTER).startswith("250 ")
        wait_for(lambda: server.llen("intake"))
        (message,) = server.lrange("intake", 0, -1)
        (one,) = door.kept()
    assert one.id.encode() in json.dumps(json.loads(message)).encode() or one.id in decoded(message)
    assert not re.search(rb"maria|question|client\.example|contact", message, re.IGNORECASE)
    assert not re.search(r"maria|question|client\.example|contact", decoded(message), re.IGNORECASE)


def decoded(message: bytes) -> str:
    import base64

    return base64.b64decode(json.loads(message)["body"]).decode()


class Surprised(Door):
    """A door with a fault of its own, whose words hold an address."""

    def seal(self, *_args: Any, **_named: Any) -> Accepted:
        raise RuntimeError(f"no idea what to do with {MARIA}")


class Failing(Door):
    """A door whose commits fail in a way nobody thought of."""

    def commit(self, accepted: Sequence[Accepted]) -> None:
        raise RuntimeError(f"no idea what to do with {MARIA}")


@pytest.mark.parametrize("kind", [Surprised, Failing])
def test_an_exception_is_451_in_fixed_words(installation: Path, kind: type[Door]) -> None:
    """SM46: never a 5xx, never the exception's text, and the next transaction begins anew."""
    with entrance(settings(installation), door=kind) as door, door.client() as client:
        client.hello()
        for _ in range(2):
            assert client.letter(LETTER) == "451 4.3.0 Please try again later"
        assert client.say("DATA").startswith("503 ")
        assert door.kept() == []


# ── group commit ─────────────────────────────────────────────────────────────────────────────────────────────────


class Ledger:
    """Commits by writing down; waits for `open` first."""

    def __init__(self) -> None:
        self.open, self.begun, self.groups = threading.Event(), threading.Event(), list[list[str]]()
        self.faults: list[Exception | None] = []
        self.signs = 0

    def commit(self, group: list[Accepted]) -> None:
        self.begun.set()
        self.open.wait(20)
        self.groups.append([accepted.content["id"] for accepted in group])
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault

    def sign(self) -> None:
        self.signs += 1
        raise ValueError("a sign of life that fails")


def letter(name: int) -> Accepted:
    return Accepted({"id": str(name)}, [], [])


async def together(commit: GroupCommit, names: Sequence[int], ledger: Ledger) -> list[BaseException | None]:
    tasks = [asyncio.ensure_future(commit(letter(name))) for name in names]
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in tasks)
    ledger.open.set()
    return await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)


def test_letters_that_gather_during_a_commit_share_the_next() -> None:
    """One fsync for many letters, at most GROUP; nobody is answered before; a failing sign of life stops nothing."""
    ledger = Ledger()
    commit = GroupCommit(ledger.commit, ledger.sign)
    answers = asyncio.run(together(commit, range(2 * GROUP), ledger))
    commit.close()
    assert answers == [None] * 2 * GROUP
    assert [name for group in ledger.groups for name in group] == [str(n) for n in range(2 * GROUP)]
    assert len(ledger.groups) <= 3
    assert max(len(group) for group in ledger.groups) == GROUP
    assert ledger.signs


def _group_of_five(ledger: Ledger) -> list[BaseException | None]:
    """The answers to five letters that wait together."""
    commit = GroupCommit(ledger.commit, ledger.sign)

    async def answers() -> list[BaseException | None]:
        first = asyncio.ensure_future(commit(letter(0)))
        await asyncio.to_thread(ledger.begun.wait, 20)
        five = [asyncio.ensure_future(commit(letter(n))) for n in range(1, 6)]
        await asyncio.sleep(0)  # they are in line
        ledger.open.set()
        await first
        return await asyncio.gather(*five, return_exceptions=True)

    found = asyncio.run(answers())
    commit.close()
    return found


def test_a_store_that_is_away_is_told_to_each_of_a_group() -> None:
    """CR9: a fault of the store is told as it is, to all at once."""
    ledger = Ledger()
    ledger.faults = [None, StoreBusy()]
    assert [type(one) for one in _group_of_five(ledger)] == [StoreBusy] * 5
    assert [len(group) for group in ledger.groups] == [1, 5]


@pytest.mark.parametrize(("fault", "smtp"), [(StoreFull(), StoreFull.smtp), (RuntimeError(MARIA), Deferred.smtp)])
def test_one_that_cannot_be_kept_is_refused_alone(fault: Exception, smtp: str) -> None:
    """SM46, CR9: what does not fit, or surprises us, costs its neighbours nothing; of a surprise no word gets out."""
    ledger = Ledger()
    ledger.faults = [None, fault, None, fault]  # of the first, of the group, and of its second letter
    answers = _group_of_five(ledger)
    assert [one.smtp if isinstance(one, Deferred) else one for one in answers] == [None, smtp, None, None, None]
    assert MARIA not in str(answers)


def test_closing_commits_what_waits() -> None:
    """`close` returns when every letter before it is settled."""
    ledger = Ledger()
    commit = GroupCommit(ledger.commit, ledger.sign)

    async def put() -> list[asyncio.Future[None]]:
        tasks = [asyncio.ensure_future(commit(letter(n))) for n in range(3)]
        await asyncio.sleep(0.05)
        ledger.open.set()
        await asyncio.to_thread(commit.close)
        await asyncio.gather(*tasks)
        return tasks

    assert all(task.done() for task in asyncio.run(put()))
    assert sorted(name for group in ledger.groups for name in group) == ["0", "1", "2"]


# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_sigterm_loses_nothing_that_was_thanked_for(installation: Path, tmp_path: Path) -> None:
    """CR1: the real process, told to stop while letters come in, ends in time; each 250 is a letter in the store."""
    config, thanked, count = settings(installation), [], threading.Barrier(4)

    def write(process: Process, name: int) -> None:
        with process.client() as client:
            client.hello()
            for n in range(100_000):
                if n == 5:
                    count.wait(30)
                text = b"Subject: %d\r\n\r\n%d\r\n" % (name, n)
                if not client.letter(text).startswith("250 "):
                    return
                thanked.append(text)

    with Process(config, tmp_path) as process:
        writers = [threading.Thread(target=write, args=(process, name)) for name in range(3)]
        for writer in writers:
            writer.start()
        count.wait(30)
        assert process.terminate() == 0
        for writer in writers:
            writer.join()
    store = Store(config.database)
    in_store = {one.content for one in kept(config, store)}
    with store.read() as conn:
        sign = json.loads(conn.scalar(sa.select(heartbeats.c.info).where(heartbeats.c.name == "smtp")) or "{}")
    store.close()
    assert len(thanked) >= 15
    assert set(thanked) <= in_store
    assert sign == {"listen": "{}:{}".format(*process.address)}


@pytest.mark.parametrize(("step", "copies"), [("accept.commit", 0), ("accept.committed", 1)])
def test_a_door_killed_at_the_commit(installation: Path, tmp_path: Path, step: str, copies: int) -> None:
    """CR1, CR2: kill -9 before the commit leaves nothing, after it the whole letter, for the sweeper; the client saw no
    250 and comes again."""
    config, traps = settings(installation), tmp_path / "traps"
    traps.mkdir()
    (traps / step).write_text("kill")
    with Process(config, tmp_path, INTAKE_TRAPS=str(traps)) as process, process.client() as client:
        assert client.hello().letter(LETTER) == ""
        assert process.popen.wait(20) == -signal.SIGKILL
    store = Store(config.database)
    assert [(one.target, one.content) for one in kept(config, store)] == [("contact", LETTER)] * copies
    with Process(config, tmp_path) as process, process.client() as client:
        assert client.hello().letter(LETTER).startswith("250 ")
    assert len(kept(config, store)) == copies + 1  # the worker knows the second copy by its content
    store.close()


LOUD = """
import logging
from intake import engine, log, smtp
engine.BUSY_SECONDS = 0.2
from intake.config import read_config
log.set_up("smtp", level=logging.DEBUG)
logging.getLogger().handlers.append(logging.StreamHandler())
logging.getLogger().setLevel(logging.DEBUG)
smtp.main(read_config())
"""


def test_no_log_line_and_no_reply_holds_what_a_client_said(installation: Path, tmp_path: Path) -> None:
    """PI7, PI8: addresses, HELO names, subjects and odd commands, with every logger at DEBUG and all that can go wrong;
    a line is one JSON object, whatever control characters a client sends."""
    word, config = "zyzzyva", settings(installation)
    store = Store(config.database)
    replies: list[str] = []
    with Process(config, tmp_path, LOUD) as process:
        with process.client() as client:
            client.hello(f'{word}.example\x1b[2J\r{{"event": "{word}"}}\0')
            assert client.letter(
                f"Subject: {word}\r\n\r\n{word}\r\n".encode(), sender=f"{word}@post.example"
            ).startswith("250")
            client.envelope(
                f"{word}@intake.example", f"{word}@other.example", f"reply+{word}@intake.example", "<" + word
            )
            for line in (f"VRFY {word}", f"EXPN {word}", f"HELP {word}", f"{word}@post.example", f"AUTH PLAIN {word}",
                         f"MAIL FROM:<{word}> BODY={word}", f"NOOP {word * 100}"):  # fmt: skip
                client.say(line)
            with sa.create_engine(config.database).connect() as other:
                other.exec_driver_sql("BEGIN IMMEDIATE")
                client.say("RSET")
                assert client.letter(f"Subject: {word}\r\n\r\n".encode(), sender=f"{word}@post.example")[:3] == "451"
            replies += client.replies
        with process.client() as client:
            client.hello(word).say("STARTTLS")
            client.send(word.encode() * 100)
            client.is_closed()
            replies += client.replies
        with process.client() as client:
            client.say(f"GET /{word} HTTP/1.1")
            client.is_closed()
            replies += client.replies
        with process.client() as client:
            client.hello(word).envelope(sender=f"{word}@post.example")
            client.say("DATA")
            client.send(word.encode())
            client.reset()
        assert process.terminate() == 0
    store.close()
    logged = process.log.read_text()
    assert word not in "\n".join(replies).lower()
    assert word not in logged.lower()
    assert "commit failed" in logged
    assert "\x1b" not in logged
    assert "\0" not in logged


WATCHED = """
import sys
def watch(event, args):
    if event == "open" and "/keys/" in str(args[0]):
        print("KEY FILE", file=sys.stderr)
sys.addaudithook(watch)
sys.argv = ["intake", "smtp"]
import intake.smtp
from intake.cli import main
print("loaded", *sys.modules, flush=True)
main()
"""


def test_a_door_that_may_not_read_the_keys_takes_letters(installation: Path, tmp_path: Path) -> None:
    """Promise 3: a process that cannot read the private keys, and never tries, takes mail as ever.

    The folder is shut; root's process drops its capabilities, so that this holds for it, too.
    """
    config, keys = settings(installation), installation / "keys"
    prefix = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.getuid() == 0 else ()
    keys.chmod(0)
    try:
        shut = subprocess.run([*prefix, "cat", str(keys / "secret.key")], capture_output=True, text=True)
        assert (shut.returncode, "ermission denied" in shut.stderr) == (1, True)
        with Process(config, tmp_path, WATCHED, prefix) as process, process.client() as client:
            assert client.hello().letter(LETTER).startswith("250 ")
    finally:
        keys.chmod(0o700)
    store = Store(config.database)
    assert [one.content for one in kept(config, store)] == [LETTER]
    store.close()
    logged = process.log.read_text()
    loaded = logged.partition("loaded")[2].splitlines()[0].split()
    assert "KEY FILE" not in logged
    assert "intake.smtp" in loaded
    assert not {"intake.view", "intake.mime", "intake.desk", "intake.reader", "flask", "workers"} & set(loaded)
    assert not hasattr(intake.smtp, "load_vault")
