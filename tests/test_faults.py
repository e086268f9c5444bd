"""Every fault that a rules file can have, a folder each: `rules.yaml`, and what `intake rules check` answers.

After a message was changed, `python -m tests.test_faults` writes the answers anew: read them in `git diff`.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from intake.routing import RulesFault, check, lint, load
from intake.routing.load import version
from tests.conftest import cpu_seconds, environment
from tests.zone import SILENT, Records, Zone

FOLDERS = sorted(path for path in (Path(__file__).parent / "faults").iterdir() if path.is_dir())


def answer(folder: Path) -> str:
    """What the check says of the file in `folder`, under the name `rules.yaml`."""
    lines = lint.check_octets((folder / "rules.yaml").read_bytes(), "rules.yaml")
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_fault_is_told_with_its_line_and_cure(folder: Path) -> None:
    """RU1 to RU4: exactly these lines, and at least one."""
    expected = (folder / "expected").read_text(encoding="utf-8")
    assert expected.startswith("rules.yaml:")
    assert answer(folder) == expected


def test_what_the_form_does_not_ask_is_told_as_advice(tmp_path: Path) -> None:
    """A topic nobody can choose, a field that is not there: the rule would wait for ever; wherever it stands."""
    plain = (Path(__file__).parent / "faults/misspelt-addressed/rules.yaml").read_text().partition("rules:")[0]
    whens = [
        "{topic: [State taxes, Boats]}",
        "{any: [{topic: state  TAXES}, {not: {topic: veteran}}]}",
        "{fields: {reply: none, colour: red}}",
    ]
    rules = [f"  - {{rule: {n}, agency: parks, when: {when}}}\n" for n, when in enumerate(whens)]
    (tmp_path / "rules.yaml").write_text(plain + "rules:\n" + "".join(rules))
    told = lint.checked(tmp_path / "rules.yaml")
    assert told.faults == []
    assert [line.partition(": ")[2] for line in told.advice if "no example" not in line] == [
        "the form offers no topic 'Boats'; see the list on the form",
        "the form offers no topic 'veteran'; write 'Veterans'",
        "the form has no field 'colour'; write one of: reply, share_email, or use 'topic', 'town'",
    ]


def test_a_huge_file_is_refused_at_once(tmp_path: Path) -> None:
    """RU1: 100 MB of a file are not even read."""
    path = tmp_path / "rules.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    assert "larger than" in check(path)[0]
    assert cpu_seconds(lambda: check(path)) < 1


def test_editing_while_a_worker_reads(tmp_path: Path) -> None:
    """RU5: a reader sees an old file, a new file, or says that it changes; never half of one."""
    path, good = tmp_path / "rules.yaml", (Path(__file__).parent / "faults/a-rule-called-vocabulary/rules.yaml")
    text = good.read_text().partition("rules:")[0]
    whole = [text + f"# {letter}\n" * 50_000 for letter in "ab"]  # half of one is a good file, of another version
    versions = {version(one.encode()) for one in whole}
    path.write_text(whole[0])
    stop = threading.Event()

    def write() -> None:
        n = 0
        while not stop.is_set():
            path.write_text(whole[n := (n + 1) % 2])
            time.sleep(0.08)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        end, seen, faults = time.monotonic() + 2, set(), set()
        while time.monotonic() < end:
            try:
                seen.add(load(path).version)
            except RulesFault as fault:
                faults |= {line.partition(": ")[2].partition(";")[0] for line in fault.lines}
    finally:
        stop.set()
        writer.join()
    assert seen == versions
    empty = "the file holds no rules"  # as it is between the writer's truncating and writing
    assert faults <= {"changes while it is read", empty}


def test_a_file_that_changed_a_moment_ago_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RU5: within one tick of the clock of files the rest of it may come without a trace in its time."""
    path, good = tmp_path / "rules.yaml", (Path(__file__).parent / "faults/a-rule-called-vocabulary/rules.yaml")
    half = good.read_text().partition("rules:")[0]
    whole = f"{half}# and the rest\n"
    path.write_text(half)

    class Later:
        """While somebody waits, the writer ends; and its last change grows old."""

        @staticmethod
        def time() -> float:
            return path.stat().st_mtime + (0.01 if path.read_text() == half else 1)

        @staticmethod
        def sleep(_: float) -> None:
            path.write_text(whole)

    monkeypatch.setattr(sys.modules["intake.routing.load"], "time", Later)
    assert load(path).version == version(whole.encode())


def test_what_may_not_be_meant_is_told_as_advice(tmp_path: Path) -> None:
    """Words of two agencies, urgent letters that nobody hears of, copies to who takes none: told, and allowed."""
    path, good = tmp_path / "rules.yaml", (Path(__file__).parent / "faults/misspelt-addressed/rules.yaml")
    head = (
        good.read_text().partition("rules:")[0]
        + "  old: {name: {en: O}, mailbox: o@agencies.example, state: refusing}\n"
    )
    when = "{rule: x, when: {letter has: [bear]}, agency: parks, examples: [A bear.], priority: urgent, copy to: old}"
    words = "vocabulary:\n  parks: {sure: [trails, bench]}\n  general: {sure: [trail]}\n"
    path.write_text(f"{head}rules:\n  - {when}\n{words}")
    told = lint.checked(path)
    assert told.faults == []
    assert [line.partition(".yaml:")[2] for line in told.advice] == [
        "6: 'old' takes no letters now, and so gets no copy",
        "6: nobody hears of it at night; give 'parks' an 'alert:' mailbox",
        "9: 'trail' is 'sure' for 'parks' too, so it decides for nobody; make it 'likely' for one",
    ]


def test_a_mailbox_that_cannot_be_reached(tmp_path: Path) -> None:
    """`--online` asks DNS: no mail server, a domain that takes no mail, silence; an address record is enough."""
    path = tmp_path / "rules.yaml"
    domains = ("good", "bare", "none", "null", "silent")
    entries = [f"  {d}: {{name: {{en: x}}, mailbox: a@{d}.example}}\n" for d in domains]
    path.write_text("agencies:\n" + "".join(entries) + "  general: {name: {en: x}, mailbox: b@good.example}\n")
    records: Records = {
        ("good.example", "MX"): ["10 mx.good.example."],
        ("bare.example", "A"): ["192.0.2.1"],
        ("null.example", "MX"): ["0 ."],
        ("silent.example", "MX"): SILENT,
    }
    with Zone(records) as zone:
        ran = _intake(path, "--online", INTAKE_DNS="{}:{}".format(*zone.address))
    assert ran.returncode == 1
    assert [line.partition(": ")[2] for line in ran.stdout.splitlines()] == [
        "'a@none.example' cannot be reached: DNS knows no mail server for it; write the agency's real mailbox",
        "'a@null.example' cannot be reached: it says that it takes no mail (RFC 7505); write the agency's real mailbox",
        "'a@silent.example' cannot be reached: DNS did not answer; write the agency's real mailbox",
    ]
    assert "a@good" not in ran.stdout


def test_the_command_answers_with_the_same_lines(tmp_path: Path) -> None:
    """Contract: exit 1 and one line a fault; exit 0 and one line."""
    folder = next(path for path in FOLDERS if path.name == "misspelt-agency")
    ran = _intake(folder / "rules.yaml")
    assert ran.returncode == 1
    assert ran.stdout == answer(folder).replace("rules.yaml:", f"{folder / 'rules.yaml'}:")
    good = tmp_path / "good.yaml"
    good.write_text((folder / "rules.yaml").read_text().replace("agency: park\n", "agency: parks\n"))
    ran = _intake(good)
    assert (ran.returncode, ran.stdout.count("\n")) == (0, 1)
    assert "no example shows the rule 'x' at work" in ran.stderr


def _intake(file: Path, *more: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("intake"), "rules", "check", file, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(**settings))


if __name__ == "__main__":
    for each in FOLDERS:
        (each / "expected").write_text(answer(each), encoding="utf-8")
