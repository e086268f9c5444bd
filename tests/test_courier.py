"""The courier: one message at a time, over kept connections, patient with servers."""

from __future__ import annotations

import mailbox as maildir
import socket
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intake.config import Config
from intake.courier import PAUSES, TRIES, Courier, Result, pause
from intake.outgoing import Payload
from intake.store import DAY
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
