"""What a door does with a letter: seal, commit, tell the queue."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import migrations, vault
from intake.config import Config
from intake.door import Accepted, Door, Target
from intake.errors import Conflict
from intake.letter import Envelope
from intake.queue import Queue
from intake.store import Store, contents, events, letters, tickets
from intake.vault import load_sealer
from tests.wire import kept

MAIL = Envelope("email", "maria@post.example", ("contact@intake.example",))
CONTACT, DMV, DSS = (Target("new", name) for name in ("contact", "dmv", "dss"))
REPLY, BOUNCE = Target("reply", "r" * 64), Target("bounce", "b" * 64)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Store]:
    """A store and keys for the tests that only add letters."""
    home = tmp_path_factory.mktemp("door")
    vault.create_keys(home)
    config = Config(home=home, _env_file=None)  # type: ignore[call-arg]
    store = Store(config.database)
    migrations.upgrade(store)
    return config, store


def at(config: Config, store: Store) -> Door:
    return Door(store, load_sealer(config.home), Queue(config))


def count(store: Store, table: sa.Table) -> int:
    with store.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


CASES = {
    "contact": ([CONTACT], ["contact"], []),
    "one agency": ([DMV], ["dmv"], []),
    "two agencies": ([DMV, DSS], ["dmv", "dss"], ["dss"]),
    "the order counts": ([DSS, DMV], ["dss", "dmv"], ["dmv"]),
    "contact steps back": ([CONTACT, DMV], ["dmv"], []),
    "contact steps back behind": ([DMV, CONTACT, DSS], ["dmv", "dss"], ["dss"]),
    "named twice": ([DMV, DMV, CONTACT, CONTACT], ["dmv"], []),
    "alias": ([REPLY], [REPLY.name], []),
    "contact stays beside an alias": ([REPLY, CONTACT], [REPLY.name, "contact"], []),
    "all kinds": ([CONTACT, REPLY, DMV, BOUNCE, DSS], [REPLY.name, "dmv", BOUNCE.name, "dss"], ["dss"]),
}


@pytest.mark.parametrize(("targets", "expected", "linked"), CASES.values(), ids=CASES)
def test_targets_of_one_transaction(
    shared: tuple[Config, Store], targets: list[Target], expected: list[str], linked: list[str]
) -> None:
    """The first named agency holds the ticket, further ones get linked tickets, contact steps back, an alias and a
    bounce token open none; the content is stored once and its key is sealed for each."""
    made = at(*shared).seal(MAIL, b"text", targets)
    by_ref = {row["id"]: row["target"] for row in made.letters}
    assert [row["target"] for row in made.letters] == expected
    assert [row["ticket"] for row in made.letters] == [r["id"] if r["kind"] == "new" else None for r in made.letters]
    assert [by_ref[row["ref"]] for row in made.tickets] == [r["target"] for r in made.letters if r["kind"] == "new"]
    assert [by_ref[row["ref"]] for row in made.tickets if row["linked_to"]] == linked
    assert {row["linked_to"] for row in made.tickets} <= {None, made.tickets[0]["ref"] if made.tickets else None}
    assert {row["content"] for row in made.letters} == {made.content["id"]}
    assert len({row["data_key"] for row in made.letters}) == len(made.letters)


def test_what_was_sealed_opens_to_the_same_envelope_and_octets(store: Store, config: Config, home: Path) -> None:
    """A committed letter, opened with the private key, is what came in; nothing readable stands in its rows."""
    content = b"Subject: x\r\n\r\n\0\xff" + bytes(range(256))
    envelope = Envelope("email", "\udcff@post.example", ("contact@intake.example",))
    door = at(config, store)
    made = door.seal(envelope, content, [DMV, DSS])
    door.commit([made])
    assert [(one.envelope, one.content) for one in kept(config, store)] == [(envelope, content)] * 2
    with store.read() as conn:
        rows = str([conn.execute(sa.select(table)).all() for table in (letters, tickets, contents, events)])
    assert not any(word in rows for word in ("post.example", "Subject", "contact@"))
    assert count(store, events) == 2


def test_a_commit_is_all_or_nothing(shared: tuple[Config, Store]) -> None:
    """CR9: one impossible row takes the whole group back; the fault says nothing about it."""
    config, store = shared
    door, before = at(config, store), count(store, letters)
    good, bad = door.seal(MAIL, b"good", [DMV]), door.seal(MAIL, b"bad", [DMV])
    with pytest.raises(Conflict) as caught:
        door.commit([good, Accepted(good.content, bad.letters, bad.tickets)])
    assert str(caught.value) == ""
    assert count(store, letters) == before
    door.commit([good])
    assert count(store, letters) == before + 1


def test_the_same_reference_is_taken_once(shared: tuple[Config, Store]) -> None:
    """A form sent twice: the second time nothing changes, and the caller is told so."""
    config, store = shared
    door, reference = at(config, store), f"{uuid.uuid4()}"
    before = [count(store, table) for table in (contents, letters, tickets, events)]
    answers = [door.commit_once(door.seal(MAIL, text, [CONTACT], reference)) for text in (b"one", b"two")]
    assert answers == [True, False]
    assert [count(store, table) for table in (contents, letters, tickets, events)] == [n + 1 for n in before]
    assert [one.content for one in kept(config, store) if one.id == reference] == [b"one"]


def test_a_new_letter_waits_for_the_workers_and_the_sweeper(shared: tuple[Config, Store]) -> None:
    """CR: what the queue loses is due for the sweeper within a minute."""
    (row,) = at(*shared).seal(MAIL, b"text", [CONTACT]).letters
    assert (row["state"], row["attempts"]) == ("waiting", 0)
    assert 0 < row["due"] - row["received"] <= 60_000


def test_what_is_accepted_shows_nothing(shared: tuple[Config, Store]) -> None:
    """PI3: neither the sealed rows nor the envelope print what they hold."""
    assert "maria" not in repr(at(*shared).seal(MAIL, b"text", [CONTACT])) + repr(MAIL)
