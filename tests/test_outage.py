"""DNS is away: an answer whose sender nobody can vouch for now waits, and goes on without hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from intake.config import Config
from intake.routing.published import Published
from intake.signer import Signer
from intake.store import Store, letters, now
from tests.crash import is_whole, recover
from tests.road import Mailbox, Road, alias_of, body
from tests.test_relay import CITIZEN, CLERK, DMV, FAR, answer, first_letter
from tests.zone import BROKEN, Zone
from workers.relay import PATIENCE


@pytest.fixture
def answered(
    config: Config, store: Store, published: Published, mailbox: Mailbox, tmp_path: Path
) -> Iterator[tuple[Road, str, Callable[[], None]]]:
    """A road on which an agency's signed answer waits, its id, and what makes DNS answer again."""
    key = tmp_path / "agency.pem"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    signer = Signer(key, "s1", "agencies.example")
    name, value = signer.record()
    with Zone({(name, "TXT"): BROKEN}) as zone:
        settings = {"smarthost": mailbox.address, "dns": "{}:{}".format(*zone.address)}
        road = Road(config.model_copy(update=settings), store, published)
        first_letter(road)
        (letter,) = road.mail(CLERK, alias_of(mailbox.to(DMV)[0]), signer.sign(answer()), client=FAR)
        yield road, letter, lambda: zone.records.update({(name, "TXT"): [value]})
        road.bench.courier.close()


def test_an_answer_waits_for_dns(answered: tuple[Road, str, Callable[[], None]], mailbox: Mailbox) -> None:
    """RA3: it is neither sent nor held while nobody can tell whose it is, and no attempt counts."""
    road, letter, back = answered
    for _ in range(5):
        recover(road, rounds=1)
    assert (road.letter(letter).state, road.letter(letter).attempts) == ("waiting", 0)
    back()
    recover(road)
    assert "Bring two documents." in body(mailbox.to(CITIZEN)[-1])
    assert is_whole(road)


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 5), (2, 60), (20, 600), (200, 900)])
def test_its_pauses_grow_with_its_age(
    answered: tuple[Road, str, Callable[[], None]], minutes: int, seconds: int
) -> None:
    """Nobody asks a dead resolver every five seconds for hours."""
    road, letter, _ = answered
    with road.store.write() as conn:
        received = now() - minutes * 60_000
        conn.execute(sa.update(letters).where(letters.c.id == letter).values(received=received))
    recover(road, rounds=1)
    assert seconds - 3 <= (road.letter(letter).due - now()) / 1000 <= seconds + 3


def test_after_hours_a_person_must_look(answered: tuple[Road, str, Callable[[], None]]) -> None:
    """It is held with what was missing, as an answer that nobody vouches for."""
    road, letter, _ = answered
    with road.store.write() as conn:
        conn.execute(sa.update(letters).where(letters.c.id == letter).values(received=now() - PATIENCE))
    recover(road)
    assert road.letter(letter).state == "held"
    assert "DNS did not answer" in road.letter(letter).held_because
