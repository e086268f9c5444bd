"""The command line: what stdout holds, exit codes, and answers to bad calls."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment
from tests.road import mail

INTAKE = str(Path(sys.executable).parent / "intake")


def intake(
    *args: str, stdin: str | bytes = "", cwd: Path = ROOT, **settings: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in an environment without settings, keys, store, Redis."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    env = environment(INTAKE_HOME="/nonexistent/home", **settings)
    return subprocess.run([INTAKE, *args], input=data, capture_output=True, timeout=60, cwd=cwd, env=env)


def test_tag_prints_one_json_array() -> None:
    """`intake tag`: offsets are code points of the text as given, end exclusive, in order, never overlapping."""
    text = "Señor 😀\r\nMy SSN is 219-09-9981, write to ana@post.example."
    tags = json.loads(intake("tag", stdin=text).stdout)
    found = {(t["class"], text[t["start"] : t["end"]]) for t in tags}
    assert {("ssn", "219-09-9981"), ("email", "ana@post.example")} <= found
    assert all(a["end"] <= b["start"] for a, b in pairwise(tags))
    assert all(0 <= t["score"] <= 1 and t["by"] for t in tags)


def test_tag_jsonl_answers_line_by_line() -> None:
    """`intake tag --jsonl`: an object a line with id, tags, subject_tags and identifying."""
    lines = [
        {"id": "a", "text": "I was born 03/09/1988, male, ZIP 06106.", "subject": "SSN 219-09-9981"},
        {"id": 7, "text": "No news."},
    ]
    out = intake("tag", "--jsonl", stdin="\n".join(map(json.dumps, lines))).stdout.decode().splitlines()
    first, second = map(json.loads, out)
    assert (first["id"], first["identifying"], [t["class"] for t in first["subject_tags"]]) == ("a", True, ["ssn"])
    assert second == {"id": 7, "tags": [], "subject_tags": [], "identifying": False}


def test_a_line_is_answered_before_the_next_one_comes() -> None:
    """Lines are read together when many are there, and none waits for another: the other side may want the answer."""
    env = environment(INTAKE_HOME="/nonexistent/home")
    with subprocess.Popen(
        [INTAKE, "tag", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
    ) as process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            line = json.dumps({"id": number, "text": "SSN 219-09-9981 " + "x" * 70_000 * number}) + "\n"
            process.stdin.write(line.encode())
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], 30)
            if not ready:
                process.kill()
            answer = json.loads(process.stdout.readline())
            assert (answer["id"], answer["tags"][0]["class"]) == (number, "ssn")
        process.stdin.write(b'{"id": "last", "text": "no line break behind it"}')
        process.stdin.close()
        assert json.loads(process.stdout.read())["id"] == "last"


def test_a_line_without_a_text_is_named_and_the_others_answered() -> None:
    """No letter is called clean that was not read: what has no text, or none that is one, is a fault."""
    lines = ['{"id": 1, "text": "x"}', '{"id": 2}', '{"text": null}', '{"text": 5}', '{"text": "y", "subject": []}']
    ended = intake("tag", "--jsonl", stdin="\n".join(lines))
    assert [json.loads(line)["id"] for line in ended.stdout.splitlines()] == [1]
    assert ended.returncode == 2
    assert ended.stderr.decode().splitlines() == [
        'line 2: has no "text"; write {"id": …, "text": "…"}',
        'line 3: has no "text"; write {"id": …, "text": "…"}',
        'line 4: "text" is no text; put it in quotation marks',
        'line 5: "subject" is no text; put it in quotation marks',
    ]


def test_a_sender_beside_jsonl_is_refused() -> None:
    """Each line names its own: one for all would be left out silently."""
    ended = intake("tag", "--jsonl", "--sender-name", "Ana Pond", stdin='{"id": 1, "text": "x"}')
    assert ended.returncode == 2
    assert b"each line names its sender" in ended.stderr


def test_a_line_that_is_no_object_is_named_and_the_others_answered() -> None:
    """Bad input gets a clear answer, and nothing else is lost."""
    ended = intake("tag", "--jsonl", stdin='{"id": 1, "text": "x"}\nnonsense\n[1]\n{"id": 2, "text": "y"}\n')
    assert [json.loads(line)["id"] for line in ended.stdout.splitlines()] == [1, 2]
    assert (ended.returncode, ended.stderr.count(b"is no JSON object")) == (2, 2)
    assert b"line 2" in ended.stderr


def test_the_default_rules_pass_their_own_check() -> None:
    """`intake rules check`: exit 0 and one line."""
    ended = intake("rules", "check")
    assert (ended.returncode, len(ended.stdout.splitlines())) == (0, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\x00binary",
        b"agencies: [",
        b"a: &a [*a]",
        b"a: 1\na: 2\n",
        b"!!python/object:os.system x",
        b"\t",
        b"\xef\xbb\xbfa: 1",
    ],
    ids=["empty", "binary", "syntax", "recursive", "duplicate", "python", "tab", "bom"],
)
def test_a_bad_rules_file_is_one_line_a_fault(tmp_path: Path, content: bytes) -> None:
    """RU1, RU2: FILE:LINE: what is wrong, and what to write instead; exit 1; no traceback."""
    path = tmp_path / "rules.yaml"
    path.write_bytes(content)
    ended = intake("rules", "check", str(path))
    lines = ended.stdout.decode().splitlines()
    assert ended.returncode == 1
    assert lines
    assert all(line.startswith(f"{path}:") and line.split(":")[1].isdigit() for line in lines)
    assert b"Traceback" not in ended.stderr


def test_explain_says_where_a_message_goes_and_why(tmp_path: Path) -> None:
    """`intake rules explain FILE.eml`, for people and as JSON; without keys, store or network."""
    path = tmp_path / "m.eml"
    path.write_bytes(mail("My driver's license expired and the vehicle registration too."))
    answer = json.loads(intake("rules", "explain", str(path), "--json").stdout)
    assert (answer["agency"], answer["rule"]) == ("dmv", "vocabulary")
    assert intake("rules", "explain", str(path)).stdout.startswith(b"dmv")
    path.write_bytes(mail("Hello.", to="deep@intake.example"))
    assert json.loads(intake("rules", "explain", str(path), "--json").stdout)["rule"] == "addressed"


def test_explain_jsonl_answers_line_by_line() -> None:
    """`intake rules explain --jsonl` takes channel, subject, text, recipient, fields."""
    lines = [
        {"id": 1, "channel": "email", "subject": "", "text": "my tax refund", "recipient": "dss@intake.example"},
        {"id": 2, "channel": "form", "subject": "", "text": "unemployment benefits pending"},
    ]
    out = intake("rules", "explain", "--jsonl", stdin="\n".join(map(json.dumps, lines))).stdout.splitlines()
    answers = [json.loads(line) for line in out]
    assert [(a["id"], a["agency"]) for a in answers] == [(1, "dss"), (2, "dol")]
    assert set(answers[1]) == {"id", "agency", "rule", "why", "suggestions"}


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("tickets", "list"), 78, b"no schema"),
        (("rules", "explain"), 2, b"--jsonl"),
        (("nonsense",), 2, b"No such command"),
        (("users", "add", "x"), 2, b"--agency"),
    ],
)
def test_a_call_that_cannot_work_says_so(tmp_path: Path, args: tuple[str, ...], code: int, says: bytes) -> None:
    """One line and an exit code; never a traceback."""
    ended = intake(*args, INTAKE_DATABASE_URL=f"sqlite:///{tmp_path}/s/x.db")
    assert (ended.returncode, says in ended.stderr) == (code, True), ended.stderr
    assert b"Traceback" not in ended.stderr


def test_help_reads_well_at_every_level() -> None:
    """Every command has a sentence of help."""
    for args in ((), ("rules",), ("tickets",), ("keys",), ("users",), ("audit",)):
        text = intake(*args, "--help").stdout.decode()
        commands = text.partition("Commands:\n")[2].strip().splitlines()
        assert all(len(line.split()) > 2 for line in commands), text
