"""`intake doctor`: one line a finding, with its cure."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intake import doctor
from intake.config import Config
from intake.store import letters, outbox
from tests.road import Mailbox, Road, mail
from tests.zone import Zone


def lines(config: Config) -> str:
    found = doctor.findings(config)
    assert all("\n" not in line for line in found)
    return "\n".join(found)


def test_a_stopped_installation_is_told_what_to_start(road: Road) -> None:
    """No Redis, no processes: each is a line."""
    told = lines(road.config)
    assert "Redis does not answer" in told
    assert all(f"{name} gives no sign of life" in told for name in ("smtp", "web", "worker"))
    assert "note: the doors run as" in told


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda road: (road.config.home / "keys/secret.key").chmod(0o644), "others can read this key"),
        (lambda road: road.config.rules.write_text("agencies: ["), "rules.yaml:1:"),
        (lambda road: _age(road), "a letter has waited for 10 minutes"),
        (lambda road: _lose(road), "1 accepted letters are in no state"),
        (lambda road: _hold(road), "1 letters are held"),
    ],
    ids=["key", "rules", "waiting", "lost", "held"],
)
def test_what_is_wrong_is_one_line_with_its_cure(road: Road, break_it, says: str) -> None:  # type: ignore[no-untyped-def]
    """An operator at 3 a.m. reads what is wrong and what to do."""
    road.mail("a@post.example", "contact@intake.example", mail())
    assert says not in lines(road.config)
    break_it(road)
    assert says in lines(road.config)


def test_a_mailbox_that_refuses_is_named(road: Road, mailbox: Mailbox) -> None:
    """The health of a destination: refused, and nothing taken since."""
    road.mail("a@post.example", "contact@intake.example", mail("My driver's license."))
    road.work()
    assert "the mailbox of dmv refuses mail" not in lines(road.config)
    with road.store.write() as conn:
        conn.execute(sa.update(outbox).where(outbox.c.side == "agency").values(state="bounced"))
    assert "the mailbox of dmv refuses mail" in lines(road.config)
    road.mail("b@post.example", "contact@intake.example", mail("My driver's license."))
    road.work()
    assert "the mailbox of dmv refuses mail" not in lines(road.config)


def test_a_signature_that_is_not_in_dns_is_told_with_the_record(config: Config, tmp_path: Path) -> None:
    """DKIM: what to publish, as long as it is not there; a key that is none is said so."""
    key = tmp_path / "dkim.pem"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    with Zone() as empty:
        told = lines(config.model_copy(update={"dkim_key": key, "dns": "{}:{}".format(*empty.address)}))
    found = re.search(r'publish (intake\._domainkey\.intake\.example) TXT "(v=DKIM1; k=ed25519; p=[^"]+)"', told)
    assert found
    with Zone({(found[1], "TXT"): [found[2]]}) as zone:
        told = lines(config.model_copy(update={"dkim_key": key, "dns": "{}:{}".format(*zone.address)}))
    assert "not in DNS" not in told
    key.write_text("nothing")
    assert "INTAKE_DKIM_KEY" in lines(config.model_copy(update={"dkim_key": key}))


def test_a_scanner_that_is_away_is_told(config: Config, tmp_path: Path) -> None:
    """Without clamd a note, with one that does not answer a finding."""
    assert "note: files are not checked for malware" in lines(config)
    assert "clamd does not answer" in lines(config.model_copy(update={"clamd": str(tmp_path / "none")}))


def _age(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(received=letters.c.received - 600_000))


def _lose(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.delete(letters))


def _hold(road: Road) -> None:
    with road.store.write() as conn:
        conn.execute(sa.update(letters).values(state="held"))
