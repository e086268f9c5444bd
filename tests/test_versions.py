"""Versions of the rules: kept with who and why, compared in sentences, and gone back to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from intake.cli import cli
from intake.config import Config
from intake.routing import versions
from intake.routing.compare import compare
from intake.routing.lint import check_octets
from intake.routing.load import parse, version
from intake.routing.published import Published, in_force, parsed, publish
from intake.store import Store, events, heartbeats, rules_versions

OLD = """\
agencies:
  dmv: {name: {en: Motor Vehicles}, mailbox: dmv@agencies.example}
  general: {name: {en: Triage}, mailbox: general@agencies.example}
"""
NEW = OLD.replace("dmv@", "cars@")
ME = f"operator {os.environ.get('SUDO_UID') or os.getuid()}"

Call = Callable[..., Result]


@pytest.fixture
def call(store: Store, config: Config) -> Call:
    """`intake rules …` in an installation whose rules file is OLD, and published."""
    config.rules.write_text(OLD)
    env = {"INTAKE_HOME": str(config.home), "INTAKE_DATABASE_URL": config.database, "INTAKE_RULES": str(config.rules)}
    assert Published(store, config).publish_file() == []
    return lambda *args: CliRunner().invoke(cli, ["rules", *args], env=env)


def change(config: Config, text: str) -> str:
    """Write the rules file; the version that it is."""
    config.rules.write_text(text)
    return version(text.encode())


def now_in_force(store: Store) -> str | None:
    with store.read() as conn:
        return in_force(conn)


def test_a_publication_keeps_who_when_and_why(call: Call, config: Config, store: Store) -> None:
    """Feature 40: `history` lists every version, newest first, as a table and as JSON; the trail has it too."""
    new = change(config, NEW)
    said = call("publish", "--reason", "the new mailbox of the DMV")
    assert said.output == f"version {new} is in force\n"
    first, second = json.loads(call("history", "--json").stdout)
    assert {k: first[k] for k in ("version", "by", "approver", "reason", "agencies", "rules", "in_force")} == {
        "version": new, "by": ME, "approver": None, "reason": "the new mailbox of the DMV",
        "agencies": 2, "rules": 1, "in_force": True,
    }  # fmt: skip
    assert (second["version"], second["by"], second["in_force"]) == (version(OLD.encode()), "operator", False)
    assert first["published"] >= second["published"]
    lines = call("history").stdout.splitlines()
    assert lines[1].startswith(f"* {new}  ")
    assert lines[1].endswith("the new mailbox of the DMV")
    with store.read() as conn:
        told = conn.execute(sa.select(events).where(events.c.what == "rules published")).all()[-1]
    assert (told.subject, told.by) == (new, ME)
    assert json.loads(told.detail) == {
        "instead of": version(OLD.encode()),
        "reason": "the new mailbox of the DMV",
    }


def test_the_desk_s_second_person_is_kept(store: Store, config: Config) -> None:
    """The approver stands beside the author."""
    with store.write() as conn:
        publish(conn, parsed(OLD.encode(), "intake.example"), "ana", approver="ben", reason="asked for")
        assert [(v.by, v.approver, v.reason) for v in versions.history(conn)] == [("ana", "ben", "asked for")]


def test_what_is_in_force_is_not_published_twice(call: Call, config: Config, store: Store) -> None:
    """`publish` of the same file says so and writes nothing; of a file with faults it prints them, exit 1."""
    assert call("publish").exit_code == 0
    assert len(json.loads(call("history", "--json").stdout)) == 1
    change(config, OLD + "rules:\n- {rule: x, agency: dvm}\n")
    said = call("publish")
    assert (said.exit_code, "no agency 'dvm'" in said.stdout) == (1, True)


def test_a_version_is_shown_octet_by_octet(call: Call, config: Config) -> None:
    """By any beginning that only it has; alone, the one in force."""
    text = NEW + "# ünïcode, and no line break at the end"
    new = change(config, text)
    call("publish")
    assert call("show").stdout_bytes == text.encode()
    assert call("show", new[:6].upper()).stdout_bytes == text.encode()
    assert call("show", version(OLD.encode())).stdout_bytes == OLD.encode()


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("show", "zz"), "no version begins with zz"),
        (("show", "%"), "no version begins with %"),
        (("diff", "zz"), "no version begins with zz"),
        (("rollback", "zz", "--reason", "x"), "no version begins with zz"),
        (("rollback", version(OLD.encode())[:5], "--reason", "x"), "in force already"),
        (("rollback", "zz"), "--reason"),
    ],
)
def test_a_call_that_cannot_work_says_so(call: Call, args: tuple[str, ...], says: str) -> None:
    """Exit 2 and one line."""
    said = call(*args)
    assert (said.exit_code, says in said.stderr) == (2, True), said.output


def test_a_beginning_of_several_is_named(store: Store) -> None:
    """Whoever types too little is told what there is."""
    with store.write() as conn:
        for name in ("aa1", "aa2"):
            row = {"version": name, "source": name.encode(), "published": 1, "by": "x"}
            conn.execute(sa.insert(rules_versions).values(row))
        assert versions.find(conn, "aa1") == ("aa1", b"aa1")
        with pytest.raises(versions.Unknown, match="aa2, aa1; write more"):
            versions.find(conn, "aa")


def test_nothing_is_published_yet(store: Store) -> None:
    """A fresh store has no version to show."""
    with store.read() as conn, pytest.raises(versions.Unknown, match="no rules are published yet"):
        versions.find(conn)


# ── back ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rollback_stands_until_the_file_changes(call: Call, config: Config, store: Store) -> None:
    """The watcher sees the file of the version that was taken back, touched, by old and new processes, and leaves it;
    a change of it is published again."""
    old, watcher = version(OLD.encode()), Published(store, config)
    watcher.follow_file()
    new = change(config, NEW)
    watcher.follow_file()
    assert now_in_force(store) == new
    said = call("rollback", old[:8], "--reason", "mail came back")
    assert said.exit_code == 0
    assert f"version {old} is in force again" in said.stdout
    assert f"intake rules show > {config.rules}" in said.stdout
    for one in (watcher, watcher, Published(store, config)):
        config.rules.touch()
        one.follow_file()
        assert one.current.version == old
    assert now_in_force(store) == old
    newest = change(config, NEW + "# and better\n")
    watcher.follow_file()
    assert watcher.current.version == now_in_force(store) == newest


def test_a_rollback_stands_when_a_machine_comes_under_another_name(call: Call, config: Config, store: Store) -> None:
    """It has never told what it sees, and its file was in force once: nothing is published until that changes."""
    old, watcher = version(OLD.encode()), Published(store, config)
    watcher.follow_file()
    change(config, NEW)
    watcher.follow_file()
    assert call("rollback", old[:8], "--reason", "mail came back").exit_code == 0
    with store.write() as conn:
        conn.execute(sa.delete(heartbeats).where(heartbeats.c.name.like("rules %")))
    Published(store, config).follow_file()
    assert now_in_force(store) == old
    newest = change(config, NEW + "# and better\n")
    Published(store, config).follow_file()
    assert now_in_force(store) == newest


def test_what_is_in_force_stays_so_when_the_check_grows_stricter(config: Config, store: Store) -> None:
    """A file that passed the check of its day is read without today's; a new file is not."""
    once_good = OLD + "rules:\n  - {rule: x, agency: general, when: {town: }}\n"
    assert check_octets(once_good.encode(), "rules.yaml")
    with store.write() as conn:
        publish(conn, parse(once_good.encode(), "once", published=True), "operator")
    assert Published(store, config).current.version == version(once_good.encode())


def test_history_is_never_rewritten(call: Call, config: Config, store: Store) -> None:
    """A rollback is a publication of its own; the file that is brought in line afterwards is none."""
    old = version(OLD.encode())
    new = change(config, NEW)
    call("publish")
    call("rollback", old, "--reason", "mail came back")
    config.rules.write_bytes(call("show").stdout_bytes)
    Published(store, config).follow_file()
    found = json.loads(call("history", "--json").stdout)
    assert [one["version"] for one in found] == [old, new, old]
    assert [one["in_force"] for one in found] == [True, False, False]
    assert found[0]["reason"] == "mail came back"
    change(config, NEW)
    Published(store, config).follow_file()
    assert now_in_force(store) == new


def test_what_was_taken_back_can_be_published_by_hand(call: Call, config: Config, store: Store) -> None:
    """`intake rules publish` counts although the watcher has seen this file before."""
    new = change(config, NEW)
    call("publish")
    call("rollback", version(OLD.encode()), "--reason", "x")
    assert call("publish", "--reason", "after all").output == f"version {new} is in force\n"
    assert now_in_force(store) == new


def test_an_old_version_that_is_no_longer_good_is_refused(call: Call, config: Config, store: Store) -> None:
    """The same check as for every file: what was good under another mail domain, or an older program, may not be."""
    bad = OLD.replace("dmv@agencies.example", "dmv@intake.example").encode()
    with store.write() as conn:
        row = {"version": version(bad), "source": bad, "published": 1, "by": "operator"}
        conn.execute(sa.insert(rules_versions).values(row))
    change(config, NEW)
    call("publish")
    said = call("rollback", version(bad), "--reason", "x")
    assert said.exit_code == 1
    assert f"version {version(bad)}:2: " in said.stdout
    assert now_in_force(store) == version(NEW.encode())


# ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────

RULES = (
    OLD
    + """\
rules:
  - {rule: first, agency: dmv, when: {letter has: [one, two]}}
  - {rule: second, agency: dmv, when: {letter has: [three]}}
  - {rule: third, agency: dmv, when: {letter has: [four]}}
vocabulary:
  dmv: {sure: [license], likely: [car]}
"""
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"rules:\n": "# a comment\nrules:\n"}, []),
        ({"dmv@": "cars@"}, ["agency 'dmv' changed: mailbox 'dmv@agencies.example' → 'cars@agencies.example'"]),
        (
            {"  general": "  dot: {name: {en: Roads}, mailbox: r@agencies.example}\n  general"},
            ["agency 'dot' added"],
        ),
        ({"[one, two]": "[one, six]"}, ["rule 'first' changed: when letter has + 'six' − 'two'"]),
        (
            {"  - {rule: second, agency: dmv, when: {letter has: [three]}}\n": ""},
            ["rule 'second' removed"],
        ),
        (
            {"rules:\n": "rules:\n  - {rule: zero, agency: dmv, when: {letter has: [six]}}\n"},
            ["rule 'zero' added at place 2 of 5"],
        ),
        (
            {
                "  - {rule: first, agency: dmv, when: {letter has: [one, two]}}\n": "",
                "vocabulary:": "  - {rule: first, agency: dmv, when: {letter has: [one, two]}}\nvocabulary:",
            },
            ["rule 'first' moved from place 2 to place 4"],
        ),
        ({"rules:\n": "rules:\n  - {rule: first, agency: general, when: {letter has: [one, two]}}\n",
          "  - {rule: first, agency: dmv, when: {letter has: [one, two]}}\n": ""},
         ["rule 'first' changed: agency 'dmv' → 'general'"]),
        (
            {"sure: [license], likely: [car]": "sure: [car, permit]"},
            [
                "words of 'dmv' added: 'permit' (sure)",
                "words of 'dmv' removed: 'license' (sure)",
                "words of 'dmv' weighed anew: 'car' likely → sure",
            ],
        ),
        ({"likely: [car]": "likely: [Cars]"}, []),
        ({"vocabulary:": "deciding: {least: 5}\nvocabulary:"}, ["deciding: least 4.0 → 5.0"]),
        ({"vocabulary:": "handling: {phone: {agency: shown}}\nvocabulary:"},
         ["handling: phone nothing → {'agency': 'shown'}"]),
        ({"vocabulary:": "examples: [{text: one, agency: dmv}]\nvocabulary:"}, ["examples: 1 added"]),
    ],
)  # fmt: skip
def test_what_changed_is_said_in_sentences(changes: dict[str, str], said: list[str]) -> None:
    """Agencies, rules and their order, words and their grades, the rest; a comment or a plural changes nothing."""
    text = RULES
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    assert compare(RULES.encode(), text.encode(), "intake.example") == said


def test_diff_of_versions_and_files(call: Call, config: Config, tmp_path: Path) -> None:
    """From an older version to the one in force; from the one in force to a file; between any two."""
    old, new = version(OLD.encode()), change(config, NEW)
    call("publish")
    said = call("diff", old[:6]).stdout
    assert said.startswith("agency 'dmv' changed: mailbox 'dmv@agencies.example' → 'cars@agencies.example'\n\n--- ")
    assert f"--- version {old}\n+++ version {new}\n" in said
    assert "-  dmv: {name: {en: Motor Vehicles}, mailbox: dmv@agencies.example}\n+  dmv: {name" in said
    draft = tmp_path / "draft.yaml"
    draft.write_text(OLD)
    assert f"--- version {new}\n+++ {draft}\n" in call("diff", str(draft)).stdout
    assert f"--- {draft}\n+++ version {new}\n" in call("diff", str(draft), new).stdout
    assert call("diff", new, new).stdout == ""


def test_diff_of_a_file_with_faults_is_its_text(call: Call, tmp_path: Path) -> None:
    """What cannot be read as rules can still be compared line by line."""
    draft = tmp_path / "draft.yaml"
    draft.write_text(OLD + "agencies: [\n")
    said = call("diff", str(draft))
    assert (said.exit_code, "+agencies: [" in said.stdout) == (0, True)
    assert "does not pass `intake rules check`" in said.stderr
