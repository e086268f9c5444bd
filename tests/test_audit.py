"""The audit chain: any change shows."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import audit
from intake.store import Store, events
from tests.tmpfs import fill, needs_mount, small_disk

KEY = b"k" * 32


def event(n: int) -> audit.Event:
    return audit.Event("accepted", f"L{n}", None, "email", {"n": n})


@pytest.fixture
def anchor(tmp_path: Path) -> Path:
    return tmp_path / "anchor"


@pytest.fixture
def chained(store: Store, anchor: Path) -> Store:
    """Ten chained events."""
    with store.write() as conn:
        audit.record(conn, [event(n) for n in range(10)])
    audit.seal(store, KEY, anchor)
    return store


def test_a_whole_chain_verifies_and_reports_its_unsealed_tail(chained: Store, anchor: Path) -> None:
    """Events recorded since the last sealing are counted, not faults."""
    with chained.write() as conn:
        audit.record(conn, [event(11)])
    assert audit.verify(chained, KEY, anchor) == audit.Verdict(10, 1, "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE events SET by = 'nobody' WHERE position = 4", "entry 4 (event 4) was changed"),
        ("UPDATE events SET detail = '{}' WHERE position = 1", "entry 1 (event 1) was changed"),
        ("UPDATE events SET at = at + 1 WHERE position = 10", "entry 10 (event 10) was changed"),
        ("DELETE FROM events WHERE position = 6", "entry 6 is missing"),
        ("DELETE FROM events WHERE position = 1", "entry 1 is missing"),
        ("DELETE FROM events WHERE position > 7", "entry 8 and all after it are missing"),
        ("DELETE FROM events", "entry 1 and all after it are missing"),
        (
            "UPDATE events SET subject = CASE position WHEN 2 THEN 'L2' ELSE 'L1' END WHERE position IN (2, 3)",
            "entry 2",
        ),
        (
            "INSERT INTO events (at, what, subject, by, detail, position, hash)"
            " VALUES (1, 'x', 'x', 'x', '{}', 11, 'forged')",
            "entry 11 (event",
        ),
    ],
)
def test_any_change_is_found_and_named(chained: Store, anchor: Path, change: str, says: str) -> None:
    """AU1: edit, delete, cut off, reorder, insert: the first broken entry is named."""
    with chained.write() as conn:
        conn.execute(sa.text(change))
    assert audit.verify(chained, KEY, anchor).fault.startswith(says)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET what = 'x', position = NULL, hash = NULL",
        "UPDATE events SET position = NULL, hash = NULL WHERE position > 3",
        "DELETE FROM events WHERE position > 7",
        "DELETE FROM events",
        "UPDATE events SET hash = 'x' WHERE position = 10",
    ],
)
def test_the_sealer_never_chains_on_over_a_change(chained: Store, anchor: Path, change: str) -> None:
    """AU1: tampering does not become whole by the next sealing; nothing more is chained until a person has looked."""
    with chained.write() as conn:
        conn.execute(sa.text(change))
        audit.record(conn, [event(n) for n in range(20)])
    with pytest.raises(audit.Broken):
        audit.seal(chained, KEY, anchor)
    assert audit.verify(chained, KEY, anchor).fault


def test_a_crash_between_commit_and_anchor_is_no_fault(chained: Store, anchor: Path) -> None:
    """A chain that is longer than its anchor is what a killed sealer leaves."""
    before = anchor.read_text()
    with chained.write() as conn:
        audit.record(conn, [event(11)])
    audit.seal(chained, KEY, anchor)
    anchor.write_text(before)
    with chained.write() as conn:
        audit.record(conn, [event(12)])
    assert audit.seal(chained, KEY, anchor) == 1
    assert audit.verify(chained, KEY, anchor) == audit.Verdict(12, 0, "")


def test_a_chain_rewritten_without_the_key_is_found(chained: Store, anchor: Path) -> None:
    """Whoever can write the database but has no key cannot make a chain that verifies."""
    with chained.write() as conn:
        conn.execute(sa.update(events).values(position=None, hash=None))
    audit.seal(chained, b"another key", anchor.with_name("another"))
    assert audit.verify(chained, KEY, anchor).fault


def test_an_older_backup_of_the_table_is_found(chained: Store, anchor: Path) -> None:
    """AU1: a shorter chain that is whole in itself does not reach the anchor outside the database."""
    with chained.write() as conn:
        conn.execute(sa.delete(events).where(events.c.position > 5))
    assert "entry 6" in audit.verify(chained, KEY, anchor).fault


def test_two_sealers_at_once_make_one_chain(store: Store, anchor: Path) -> None:
    """AU2: concurrent sealing leaves no fork and no gap."""
    with store.write() as conn:
        audit.record(conn, [event(n) for n in range(200)])
    threads = [threading.Thread(target=audit.seal, args=(store, KEY, anchor)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify(store, KEY, anchor) == audit.Verdict(200, 0, "")


def test_an_empty_chain_is_whole(store: Store, anchor: Path) -> None:
    """A fresh installation verifies."""
    assert audit.verify(store, KEY, anchor) == audit.Verdict(0, 0, "")


def test_the_anchor_is_on_disk_when_the_events_are_chained(chained: Store, anchor: Path) -> None:
    """The file before it takes its name, and the folder after: a power cut leaves the old head or the new one."""
    calls: list[str] = []

    def see(_frame: object, event: str, called: object) -> None:
        if event == "c_call" and called in (os.fsync, os.replace):
            calls.append(getattr(called, "__name__", ""))

    with chained.write() as conn:
        audit.record(conn, [event(11)])
    sys.setprofile(see)
    try:
        audit.seal(chained, KEY, anchor)
    finally:
        sys.setprofile(None)
    assert calls == ["fsync", "replace", "fsync"]
    assert anchor.read_text().startswith("11 ")


@needs_mount
def test_a_full_disk_leaves_the_anchor_behind_and_loses_no_chaining(chained: Store, tmp_path: Path) -> None:
    """CR9: what is chained stays chained; nothing half written is left, and the next sealing anchors the head."""
    with small_disk(tmp_path / "disk", 65536) as disk:
        anchor = disk / "audit.anchor"
        audit.set_anchor(anchor, *_head(chained))
        before = anchor.read_text()
        for n, full in ((11, True), (12, False)):
            fill(disk) if full else (disk / "filler").unlink()
            with chained.write() as conn:
                audit.record(conn, [event(n)])
            assert audit.seal(chained, KEY, anchor) == 1
            assert audit.verify(chained, KEY, anchor) == audit.Verdict(n, 0, "")
            assert (anchor.read_text() == before) == full
            assert [file.name for file in disk.iterdir() if file.name != "filler"] == ["audit.anchor"]
        assert anchor.read_text().startswith("12 ")


def _head(store: Store) -> tuple[int, str]:
    with store.read() as conn:
        return audit.head(conn)
