"""The rules file: what is refused, in which line, with which cure."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from jsonschema import Draft202012Validator

from intake.config import Config
from intake.routing import Question, RulesFault, check, decide, json_schema, load, parse
from intake.routing.lint import check_octets
from intake.routing.published import Published
from intake.routing.reference import reference
from intake.store import Store, rules_versions
from tests.conftest import ROOT, cpu_seconds

HEAD = """\
agencies:
  dmv: {name: {en: Motor Vehicles}, mailbox: dmv@agencies.example}
  general: {name: {en: Triage}, mailbox: general@agencies.example}
"""


def faults(data: str | bytes) -> str:
    """What a file is refused with; "" when it is not."""
    try:
        parse(data if isinstance(data, bytes) else data.encode(), "rules.yaml")
    except RulesFault as fault:
        return str(fault)
    return ""


def test_smallest_file() -> None:
    """Two agencies are a rules file; what is left out has a default."""
    rules = parse(HEAD.encode(), "rules.yaml")
    dmv = rules.agencies["dmv"]
    assert (dmv.mailbox, dmv.senders, str(dmv.answer_within), dmv.attachments) == (
        "dmv@agencies.example",
        ("agencies.example",),
        "10 days",
        "withheld",
    )
    assert dmv.name("pl") == "Motor Vehicles"
    assert [rule.name for rule in rules.rules] == ["addressed"]


def test_version_is_of_the_octets() -> None:
    """RU7: the version is the beginning of the file's own SHA-256."""
    one, other = parse(HEAD.encode(), "a"), parse(b"# x\n" + HEAD.encode(), "a")
    assert one.version == parse(HEAD.encode(), "b").version != other.version
    assert len(one.version) == 12
    assert one.source == HEAD.encode()


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"", 1, "holds no rules"),
        (b"# nothing\n", 1, "holds no rules"),
        (b"a: \x00\n", 1, "NUL"),
        (HEAD.encode() + b"# \x01\n", 4, "unprintable"),
        (HEAD + "# ąę 🚗\n" * 9 + "a: '\x01'\n", 13, "unprintable"),
        (HEAD.encode() + b"# caf\xe9\n", 4, "not UTF-8"),
        (b"#" * (8 << 20) + b"\n\n", 1, "larger than"),
        (HEAD + "rules:\n\t- addressed\n", 5, "tab"),
        (HEAD + "rules: [\n", 4, "never closed"),
        (HEAD + "rules: {a: b\n", 4, "never closed"),
        (HEAD + "rules: 'a\n", 4, "never closed"),
        (HEAD + "rules: [a, b\nx: y\n", 5, "list in brackets is not closed"),
        (HEAD + "rules: {a: b]\n", 4, "bracket is not closed"),
        (HEAD + "rules: ]\n", 4, "a value is missing"),
        (HEAD + "rules: @a\n", 4, "cannot begin a value"),
        (HEAD + "rules: '\\ud800'\nx: \"\\ud800\"\n", 5, "Unicode"),
        (HEAD + "rules:\n  a: b\n c: d\n", 6, "indentation differs"),
        (HEAD + "rules:\n  - a\n  b: c\n", 6, "indentation differs"),
        (HEAD + "rules\nx: y\n", 5, "colon is missing"),
        (HEAD + "rules: a: b\n", 4, "second colon"),
        (HEAD + "---\na: b\n", 4, "second document"),
        (HEAD + "...\na: b\n", 5, "second document"),
        (HEAD + "handling: {}\nhandling: {}\n", 5, "twice"),
        (HEAD + "rules: &a []\n", 4, "anchor"),
        (HEAD + "rules: *a\n", 4, "alias"),
        (HEAD + "rules: !!python/object/apply:os.system [id]\n", 4, "tag"),
        (HEAD + "rules: " + "[" * 200_000 + "\n", 4, "nested too deeply"),
        (HEAD + "rules: " + "{a: " * 50_000 + "\n", 4, "nested too deeply"),
        (HEAD + "rules:\n  " + "- " * 200_000 + "\n", 5, "nested too deeply"),
        (HEAD + "? [a]\n: b\n", 4, "key"),
    ],
)
def test_unreadable(data: str | bytes, line: int, said: str) -> None:
    """RU1, RU2: what cannot be read is refused with its line and a cure, and costs nothing."""
    told = faults(data)
    assert told.startswith(f"rules.yaml:{line}: ")
    assert said in told


@pytest.mark.parametrize(
    ("tail", "line", "said"),
    [
        ("vocabularly: {}\n", 4, "write 'vocabulary'"),
        ("rules:\n  - rule: x\n    agency: dvm\n", 6, "write 'dmv'"),
        ("vocabulary:\n  dvm: {sure: [x]}\n", 5, "write 'dmv'"),
        ("examples:\n  - {text: hello,\n     agency: dvm}\n", 6, "write 'dmv'"),
        ("rules:\n  - rule: x\n    agency: dmv\n    when:\n      lettr has: [x]\n", 8, "write 'letter has'"),
        ("rules:\n  - agency: dmv\n", 5, "'rule' is missing"),
        ("rules:\n  - rule: x\n", 5, "does nothing"),
        ("rules:\n  - rule: x\n    hold: h\n  - rule: x\n    hold: h\n", 7, "a second rule"),
        ("rules:\n  - rule: vocabulary\n    hold: h\n", 5, "choose another name"),
        ("rules:\n  - rule: addressed\n    hold: h\n", 5, "always there"),
        ("rules:\n  - rule: x\n    hold: h\n    when: {letter matches: ['(?=a)b']}\n", 7, "RE2"),
        ("rules:\n  - rule: x\n    hold: h\n    when: {letter matches: ['(a|b']}\n", 7, "RE2"),
        ("rules:\n  - rule: x\n    hold: h\n    when: {letter matches: ['a*']}\n", 7, "every letter"),
        (
            "rules:\n  - rule: x\n    hold: h\n    when: {not: {any: [{letter has: ['?']}]}}\n",
            7,
            "holds no word",
        ),
        ("rules:\n  - rule: x\n    hold: h\n    when: {tags: [shoe]}\n", 7, "no class 'shoe'"),
        ("rules:\n  - rule: x\n    hold: h\n    when: {channel: fax}\n", 7, "write 'email' or 'form'"),
        ("rules:\n  - rule: x\n    hold: h\n    when: {machine: maybe}\n", 7, "yes or no"),
        ("rules: 5\n", 4, "'rules'"),
        ("deciding: {least: many}\n", 4, "number"),
        ("handling:\n  name: {}\n  email: {agency: shown}\n", 6, "never shown to an agency"),
        ("handling:\n  emial: {agency: shown}\n", 5, "no class"),
        ("vocabulary:\n  dmv:\n    sure:\n      - ok\n      - '--'\n", 8, "holds no word"),
    ],
)
def test_unusable(tail: str, line: int, said: str) -> None:
    """RU1, RU3: what a file says wrongly is told with its line and what to write instead."""
    told = faults(HEAD + tail)
    assert told.startswith(f"rules.yaml:{line}: ")
    assert said in told
    assert told.count("\n") == 0


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("mailbox: dmv@intake.example", "own domain"),
        ("mailbox: reply+abc@Intake.Example", "own domain"),
        ("mailbox: dmv@mx.intake.example", "own domain"),
        ("mailbox: dmv", "no e-mail address"),
        ("mailbox: a@b@c.example", "no e-mail address"),
        ("mailbox: m@a.example, senders: ['x y']", "no domain"),
        ("mailbox: m@a.example, answer_within: soon", "number"),
        ("mailbox: m@a.example, attachments: maybe", "write 'withheld'"),
        ("mailbox: m@a.example, handling: {email: {agency: shown}}", "never shown to an agency"),
        ("answer_within: 3", "'mailbox' is missing"),
    ],
)
def test_agency_faults(entry: str, said: str) -> None:
    """RA7, RU4: a mailbox in our own domain, or anything else wrong with an agency, is refused at load."""
    told = faults(HEAD + f"  dss: {{name: {{en: Social Services}}, {entry}}}\n")
    assert told.startswith("rules.yaml:4: ")
    assert said in told


@pytest.mark.parametrize("id_", ["contact", "reply", "bounce", "postmaster", "abuse", "Dmv", "a b", "ä"])
def test_agency_ids(id_: str) -> None:
    """An agency cannot be called like one of our own addresses, nor in a way no address can be."""
    assert ":4: " in faults(HEAD + f"  {id_}: {{name: {{en: X}}, mailbox: x@agencies.example}}\n")


def test_general_must_exist() -> None:
    """What nothing decides needs somewhere to go."""
    assert "'general' is missing" in faults("\n".join(HEAD.split("\n")[:2]))


def test_every_fault_at_once() -> None:
    """All faults are told together, in the order of their lines."""
    told = faults(HEAD + "x: 1\nrules:\n  - agency: dmv\ny: 2\n").split("\n")
    assert [line.split(":")[1] for line in told] == ["4", "6", "7"]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(.*a){20}", "a*a*a*a*a*a*a*a*b"])
def test_slow_patterns_are_harmless(pattern: str) -> None:
    """RU3: a pattern that would take another engine for ever decides a long letter in linear time, or is refused."""
    data = HEAD + f"rules:\n  - rule: x\n    agency: dmv\n    when: {{letter matches: ['{pattern}']}}\n"
    if not faults(data):
        decide(Question("email", "", "a" * 100_000 + "!"), parse(data.encode(), "x"))


@pytest.mark.parametrize(
    ("tail", "line", "said"),
    [
        (
            "rules:\n  - rule: all\n    agency: dmv\n  - rule: never\n    agency: dmv\n    when: {town: X}\n",
            7,
            "never reached",
        ),
        (
            "rules:\n  - {rule: a, agency: dmv, when: {town: X}}\n  - {rule: b, hold: h, when: {town: X}}\n",
            6,
            "holds whenever this one does",
        ),
        ("rules:\n  - addressed\n  - addressed\n", 6, "second rule"),
        ("vocabulary:\n  dmv:\n    sure: [plate]\n    hint:\n      - Plates\n", 8, "stands here already"),
        ("examples:\n  - {text: hello, agency: dmv}\n", 5, "goes to 'general'"),
        ("examples:\n  - {recipient: dmv, agency: dmv, by: general}\n", 5, "by the rule 'general'"),
    ],
)
def test_lint(tail: str, line: int, said: str) -> None:
    """A rule that is never reached, a word said twice and a broken example are told by `check`."""
    told = check_octets((HEAD + tail).encode(), "rules.yaml")
    assert len(told) == 1
    assert told[0].startswith(f"rules.yaml:{line}: ")
    assert said in told[0]


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is one fault with a cure."""
    assert check(tmp_path / "none.yaml") == [
        f"{tmp_path}/none.yaml:1: cannot be opened (No such file or directory); name the rules file in INTAKE_RULES"
    ]
    assert "no ordinary file" in check(tmp_path)[0]


def test_writable_by_everybody(tmp_path: Path) -> None:
    """RU5: a file that everybody may change is refused with the command that cures it."""
    path = tmp_path / "rules.yaml"
    path.write_text(HEAD)
    path.chmod(0o666)
    with pytest.raises(RulesFault, match="chmod o-w"):
        load(path)
    path.chmod(0o644)
    assert load(path).source == HEAD.encode()


def test_default_file_is_sound() -> None:
    """The default file passes its own check and has every agency, each with a mailbox of its own."""
    path = Path(__file__).parent.parent / "routing_rules.yaml"
    data = path.read_bytes()
    assert check_octets(data, "routing_rules.yaml") == []
    agencies = parse(data, "routing_rules.yaml").agencies
    assert len(agencies) == 29
    assert all(agency.mailbox == f"{id_}@agencies.example" for id_, agency in agencies.items())


def test_json_schema() -> None:
    """The schema for editors is JSON and knows the spelling of the file."""
    schema = json.loads(json.dumps(json_schema()))
    assert "letter has" in schema["$defs"]["When"]["properties"]
    assert schema["additionalProperties"] is False


def test_the_schema_takes_the_default_file_and_refuses_a_fault() -> None:
    """Draft 2020-12, as an editor reads both: YAML's numbers are numbers, and dates are text."""
    schema = json.loads((ROOT / "docs/rules.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    default = yaml.load((ROOT / "routing_rules.yaml").read_text(encoding="utf-8"), _Core)
    assert [fault.message for fault in validator.iter_errors(default)] == []
    default["rules"][0]["agenci"] = "dmv"
    assert len(list(validator.iter_errors(default))) == 1


class _Core(yaml.SafeLoader):
    """YAML 1.2's core schema, but for what our file has none of: yes and no are words, and so is a date."""


_Core.yaml_implicit_resolvers = {
    sign: [(tag, found) for tag, found in known if tag.rpartition(":")[2] in ("int", "float")]
    for sign, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_pages_made_of_the_model_are_of_today() -> None:
    """docs/rules.schema.json, which the default file names in its first line, and docs/rules-reference.md."""
    first = (ROOT / "routing_rules.yaml").read_text(encoding="utf-8").partition("\n")[0]
    assert first == "# yaml-language-server: $schema=docs/rules.schema.json"
    assert json.loads((ROOT / "docs/rules.schema.json").read_text(encoding="utf-8")) == json_schema()
    assert (ROOT / "docs/rules-reference.md").read_text(encoding="utf-8") == reference()


def test_what_another_process_published_is_in_force(config: Config, store: Store, tmp_path: Path) -> None:
    """A good file that only one worker saw before it was broken, or that another host published, counts for all."""
    here, there = tmp_path / "here.yaml", tmp_path / "there.yaml"
    here.write_text(HEAD)
    there.write_text(HEAD)
    quick, slow, far = (Published(store, config.model_copy(update={"rules": file})) for file in (here, here, there))
    for one in (quick, slow, far):
        one.follow_file()
    here.write_text(HEAD.replace("dmv@", "cars@"))
    quick.follow_file()
    here.write_text("agencies: [oops")
    for one in (quick, slow, far):
        one.follow_file()
        assert one.current.agencies["dmv"].mailbox == "cars@agencies.example"


def test_a_file_that_many_see_at_once_is_published_once(config: Config, store: Store, tmp_path: Path) -> None:
    """Clock and workers of a machine look at the same file: none of them stumbles over another."""
    file = tmp_path / "rules.yaml"
    settled = config.model_copy(update={"rules": file})
    file.write_text(HEAD)
    many = [Published(store, settled) for _ in range(8)]
    for n in range(5):
        file.write_text(HEAD.replace("dmv@", f"cars{n}@"))
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(one.follow_file) for one in many]:
                done.result()
        assert {one.current.agencies["dmv"].mailbox for one in many} == {f"cars{n}@agencies.example"}
    with store.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(rules_versions)) == 5


def _matches(patterns: list[str]) -> str:
    listed = "".join(f"    - {json.dumps(one)}\n" for one in patterns)
    return f"{HEAD}rules:\n- rule: x\n  agency: dmv\n  when:\n   text matches:\n{listed}"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda: HEAD + "rules: [" + "a," * 450_000 + "]", "more than 400000 entries"),
        (lambda: HEAD + "a: 1\n" * 1_600_000, "stands here twice"),
        (
            lambda: HEAD + "rules:\n" + "".join(f"- {{rule: r{n}, agency: dvm}}\n" for n in range(130_000)),
            "no agency 'dvm'",
        ),
        (lambda: HEAD + "".join(f"k{n}: 1\n" for n in range(390_000)), "unknown key"),
        (lambda: HEAD + "rules: " + "[" * 8_000_000, "nested too deeply"),
        (lambda: HEAD + "rules: " + "a" * 8_000_000, "'rules'"),
        (lambda: HEAD + "a" * 8_000_000, "colon is missing"),
        (lambda: HEAD + "vocabulary: {dmv: {sure: " + "ab " * 2_500_000 + "}}", "longer than"),
        (lambda: HEAD + "rules:\n- rule: x\n  agency: '" + "a" * 8_000_000 + "'", "there is no agency"),
        (lambda: HEAD + "\t\n" * 4_000_000, "cannot begin a value"),
        (lambda: HEAD + "\tx\n" * 2_500_000, "a tab"),
        (lambda: _matches([f"a{n}" for n in range(201)]), "more than 200 patterns"),
        (lambda: _matches([f"\\pL{{900}}{n}" for n in range(150)]), "counts beyond 100"),
        (lambda: _matches(["(a|b)*" * 2_000]), "more than 1000 characters"),
    ],
)
def test_no_file_costs_more_than_seconds(data: Callable[[], str], said: str) -> None:
    """RU: whatever eight megabytes hold, the first hundred faults are told in time, and each is short."""
    text, lines = data(), list[str]()
    assert cpu_seconds(lambda: lines.extend(faults(text).splitlines())) < 8
    assert any(said in line for line in lines)
    assert len(lines) <= 100
    assert max(map(len, lines)) < 600


def test_a_file_of_100_mb(tmp_path: Path) -> None:
    """It is not read to its end."""
    path = tmp_path / "rules.yaml"
    path.write_text(HEAD)
    os.truncate(path, 100_000_000)
    assert cpu_seconds(lambda: check(path)) < 1
    assert "larger than" in check(path)[0]
