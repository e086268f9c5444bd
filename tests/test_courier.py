"""The courier: one message at a time, over kept connections, patient with servers."""

from __future__ import annotations

import contextlib
import mailbox as maildir
import socket
import struct
import threading
from pathlib import Path
from typing import BinaryIO, ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intake.config import Config
from intake.courier import PAUSES, TRIES, Courier, Result, pause
from intake.outgoing import Payload
from intake.store import DAY
from tests.conftest import wait_for
from tests.road import Mailbox

MESSAGE = (
    b"From: A <reply+0123456789abcdefghjk@intake.example>\r\nTo: dmv@agencies.example\r\n"
    b"Subject: x\r\n\r\nhello\r\n.\r\nend\r\n"
)


def payload(to: str = "dmv@agencies.example", known: tuple[str, ...] = ()) -> Payload:
    return Payload(to, "t" * 20, known, ("agencies.example", "intake.example"), (), MESSAGE)


def courier(smarthost: str = "", **settings: object) -> Courier:
    return Courier(Config(smarthost=smarthost, _env_file=None, **settings))  # type: ignore[arg-type,call-arg]


def test_octets_arrive_as_composed(mailbox: Mailbox) -> None:
    """A dot on a line of its own ends nothing (RFC 5321 §4.5.2)."""
    assert courier(mailbox.address).deliver(payload(), "dmv").result is Result.SENT
    assert mailbox.raw == [MESSAGE]


def test_what_the_server_said_is_evidence(mailbox: Mailbox) -> None:
    """Feature 79: the queue id of the server that took a message is on record, and nothing else that it says."""
    mailbox.replies = ["250 2.0.0 Ok maria@post.example: queued as 4XyZ12-abc"]
    assert courier(mailbox.address).deliver(payload(), "dmv").because == "250 queued as 4XyZ12-abc"
    assert courier(mailbox.address).deliver(payload(), "dmv").because == "250"


def test_our_signature_is_on_what_leaves(mailbox: Mailbox, tmp_path: Path) -> None:
    """Feature 112: with a key configured, all that leaves is signed, and the gate has seen the signature."""
    key = tmp_path / "dkim.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    assert courier(mailbox.address, dkim_key=key, dkim_selector="s1").deliver(payload(), "dmv").result is Result.SENT
    (raw,) = mailbox.raw
    assert raw.startswith(b"DKIM-Signature: ")
    assert b"d=intake.example" in raw
    assert raw.endswith(MESSAGE)


def test_a_lost_connection_is_made_again(mailbox: Mailbox) -> None:
    """A server that went away between two messages costs a pause, not a message."""
    sender = courier(mailbox.address)
    assert sender.deliver(payload(), "dmv").result is Result.SENT
    assert sender._smtp
    sender._smtp.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
    assert sender.deliver(payload(), "dmv").result is Result.LATER
    assert sender.deliver(payload(), "dmv").result is Result.SENT


@pytest.mark.parametrize(
    ("banner", "result"),
    [
        (b"421 busy\r\n", Result.LATER),
        (b"554 go away\r\n", Result.LATER),
        (b"", Result.LATER),
        (b"HTTP\r\n", Result.LATER),
    ],
)
def test_a_server_that_does_not_greet_is_tried_later(banner: bytes, result: Result) -> None:
    """CR11: the server's own trouble never holds a message, however it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            client, _ = listener.accept()
            client.sendall(banner)
            client.close()

        threading.Thread(target=answer, daemon=True).start()
        host, port = listener.getsockname()
        assert courier(f"{host}:{port}").deliver(payload(), "dmv").result is result


def test_without_a_smarthost_mail_lies_in_a_local_maildir(tmp_path: Path) -> None:
    """One Maildir for each agency, readable by its owner only."""
    assert courier(home=tmp_path).deliver(payload(), "dmv").result is Result.SENT
    (message,) = maildir.Maildir(tmp_path / "mail" / "dmv")
    assert message["To"] == "dmv@agencies.example"
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


def test_pauses_grow_and_are_not_in_step() -> None:
    """CR11: backoff with jitter, an hour at the most."""
    assert [pause(n, lambda: 0.0) // 1000 for n in range(1, 9)] == [*PAUSES, PAUSES[-1]]
    assert pause(1, lambda: 1.0) == PAUSES[0] * 1250


def test_a_known_address_is_held_whatever_the_server(mailbox: Mailbox) -> None:
    """Promise 5: the check comes before the connection."""
    leaky = Payload(
        "dmv@agencies.example",
        "t" * 20,
        ("a.b@post.example",),
        ("agencies.example", "intake.example"),
        (),
        MESSAGE + b"a.b@post.example\r\n",
    )
    delivery = courier(mailbox.address).deliver(leaky, "dmv")
    assert (delivery.result, mailbox.got) == (Result.HELD, [])
    assert "a.b" not in delivery.because


@pytest.mark.parametrize(("chance", "least", "most"), [(0.0, 4.0, 5.0), (1.0, 5.0, 6.0)])
def test_it_is_patient_for_about_five_days(chance: float, least: float, most: float) -> None:
    """RFC 5321 §4.5.4.1: at least four or five days, however the pauses fall."""
    days = sum(pause(tried, lambda: chance) for tried in range(1, TRIES + 1)) / DAY
    assert least <= days <= most


# ── a mail server in trouble ────────────────────────────────────────────────────────────────────────────────────


class Moody:
    """A mail server that has one bad moment, at `stage` of the first transaction, and is kind ever after.

    `mood`: what it says there, or "reset", "hang", "gone" (it closes), "slow" (an octet at a time). `extension`: what
    it offers after EHLO. `blind`: it asks for data although it refused the recipient.
    """

    blind = False
    STAGES: ClassVar = {b"EHLO": "ehlo", b"STAR": "tls", b"MAIL": "mail", b"RCPT": "rcpt", b"DATA": "data"}

    def __init__(self, stage: str, mood: str, extension: str = "HELP") -> None:
        self.stage, self.mood, self.extension = stage, mood, extension
        self.taken: list[bytes] = []
        self.heard: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._listener.getsockname())
        self._over = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as lines, contextlib.suppress(OSError, EOFError):
            self._session(client, lines)

    def _session(self, client: socket.socket, lines: BinaryIO) -> None:
        self._say(client, "banner", "220 moody.example")
        refused = False
        while line := lines.readline():
            self.heard.append(line)
            stage = self.STAGES.get(line[:4].upper(), "other")
            data = "503 need RCPT" if refused and not self.blind else "354 go on"
            words = {"data": data, "ehlo": f"250-moody.example\r\n250 {self.extension}"}
            kind = self._say(client, stage, words.get(stage, "250 ok"))
            refused = stage in ("mail", "rcpt") and (refused or not kind)
            if kind and stage == "data" and data.startswith("354"):
                content = b""
                while not (b"\r\n" + content).endswith(b"\r\n.\r\n"):
                    content += lines.readline() or b""
                if self._say(client, "dot", "250 taken"):
                    self.taken.append(content)

    def _say(self, client: socket.socket, stage: str, kind: str) -> bool:
        """Whether it was the kind word."""
        mood, self.mood = (self.mood, "") if stage == self.stage else ("", self.mood)
        if mood == "slow":
            for octet in f"{kind}\r\n".encode():
                client.sendall(bytes([octet]))
                self._over.wait(0.01)
            return True
        if mood == "hang":
            self._over.wait(20)
        if mood == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if mood in ("hang", "reset", "gone"):
            raise EOFError
        client.sendall((mood or kind).encode() + b"\r\n")
        if mood.startswith("421"):
            raise EOFError
        return not mood


@pytest.mark.parametrize("stage", ["banner", "ehlo", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("mood", ["451 later", "421 bye", "reset", "gone", "hang", "slow", "nonsense"])
@pytest.mark.parametrize("extension", ["HELP", "PIPELINING"])
def test_whatever_a_server_does_a_message_is_taken_once(stage: str, mood: str, extension: str) -> None:
    """CR11: 4xx, reset, closed, silent, slow or out of its mind at any word: it is tried later, and taken once."""
    server = Moody(stage, mood, extension)
    settings = Config(smarthost=server.address, _env_file=None)  # type: ignore[call-arg]
    sender = Courier(settings, timeout=0.4 if mood == "hang" else 10.0)
    first = sender.deliver(payload(), "dmv")
    helo = stage == "ehlo" and mood in ("451 later", "nonsense")  # RFC 5321 §3.2: HELO is tried then
    assert first.result is (Result.SENT if mood == "slow" or helo else Result.LATER)
    assert "moody" not in first.because
    sender._resting = 0.0  # time passes
    if first.result is Result.LATER:
        sender._timeout = 10.0
        assert sender.deliver(payload(), "dmv").result is Result.SENT
    wait_for(lambda: server.taken)
    server.close()
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("stage", "held"), [("mail", True), ("rcpt", True), ("data", True), ("dot", True), ("banner", False)]
)
@pytest.mark.parametrize("extension", ["HELP", "PIPELINING"])
def test_a_refusal_is_for_a_person(stage: str, held: bool, extension: str) -> None:
    """CR11: 5xx to a message holds it, with the code alone; to us it is the server's own trouble."""
    server = Moody(stage, "550 maria@post.example is unknown", extension)
    delivery = courier(server.address).deliver(payload(), "dmv")
    server.close()
    assert (delivery.result, delivery.because) == (Result.HELD if held else Result.LATER, "smarthost 550")


@pytest.mark.parametrize("blind", [False, True])
@pytest.mark.parametrize("stage", ["mail", "rcpt"])
def test_a_refused_recipient_touches_only_its_own_message(stage: str, blind: bool) -> None:
    """RFC 2920 §3.1: also where the server was told everything at once, and asks for a message that nobody gets."""
    server = Moody(stage, "550 no", "PIPELINING")
    server.blind = blind
    sender = courier(server.address)
    assert [sender.deliver(payload(), "dmv").result for _ in range(2)] == [Result.HELD, Result.SENT]
    wait_for(lambda: len(server.taken) == 1 + blind)
    server.close()
    assert server.connections == 1
    assert [len(content) > 3 for content in server.taken] == [False] * blind + [True]
    assert len([line for line in server.heard if line.startswith(b"MAIL")]) == 2


@pytest.mark.parametrize("stage", ["banner", "mail", "dot"])
def test_a_server_that_lets_us_wait_is_left_alone_for_a_while(stage: str) -> None:
    """CR11: a silent server costs one message its seconds and the next ones nothing, or letters would wait for it."""
    server = Moody(stage, "hang")
    sender = Courier(Config(smarthost=server.address, _env_file=None), timeout=0.4)  # type: ignore[call-arg]
    deliveries = [sender.deliver(payload(), "dmv") for _ in range(20)]
    assert {(d.result, d.away) for d in deliveries} == {(Result.LATER, True)}
    assert server.connections == 1
    server.close()


def test_a_server_whose_tls_fails_gets_nothing_in_clear() -> None:
    """CR11: it offers STARTTLS and cannot do it: nothing is sent unencrypted, and it is tried later."""
    server = Moody("tls", "220 go ahead", "STARTTLS")  # and then comes no handshake
    sender = Courier(Config(smarthost=server.address, _env_file=None), timeout=0.4)  # type: ignore[call-arg]
    assert sender.deliver(payload(), "dmv").result is Result.LATER
    assert server.taken == []
    server.close()


@pytest.mark.parametrize(("extension", "asked"), [("DSN", True), ("HELP", False)])
def test_a_report_need_not_carry_the_letter(extension: str, asked: bool) -> None:
    """LK10: a server that can is asked to send headers alone back (RFC 3461 §4.3)."""
    server = Moody("", "", extension)
    assert courier(server.address).deliver(payload(), "dmv").result is Result.SENT
    server.close()
    (said,) = [line for line in server.heard if line.upper().startswith(b"MAIL")]
    assert (b"RET=HDRS" in said) is asked
