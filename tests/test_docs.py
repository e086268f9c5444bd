"""The documentation: what it says of commands, settings, rules, files and tests is so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from intake import migrations
from intake.cli import cli
from intake.config import Config
from intake.letter import Envelope
from intake.mime import read
from intake.routing import asked, check, decide, load, told
from intake.store import Store
from intake.view import find_tags, question

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    """A page of the documentation."""
    return (ROOT / name).read_text()


def fences(name: str, info: str) -> list[str]:
    """The fenced blocks of a page with exactly this info string."""
    return [body for said, body in FENCE.findall(text(name)) if said.strip() == info]


def named(page: Path) -> str:
    """The page's path from the root, as a test's id."""
    return str(page.relative_to(ROOT))


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def commands() -> Iterator[tuple[str, str]]:
    """(page, the words behind `intake`) of each command that a page names, in a block or between backticks."""
    for page in PAGES:
        whole = page.read_text()
        quoted = re.findall(r"`([^`\n]+)`", FENCE.sub("", whole))
        lines = [line for _, body in FENCE.findall(whole) for line in body.splitlines()]
        for line in (*quoted, *lines):
            found = re.search(r"(?:^|\| |/)intake ([a-z-].*)", line)
            if found:
                yield named(page), found[1]


def wrong(said: str) -> str:
    """What is wrong with a command as it is written; "" when the program has it."""
    command: click.Command = cli
    words = said.split("#")[0].split("<")[0].split()
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.commands.get(words.pop(0).rstrip(",."))
        if found is None:
            return "no such command"
        command = found
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h", "--version"}
    unknown = [word for word in words if word.startswith("-") and word != "-" and word not in known]
    return f"no option {unknown[0]}" if unknown else ""


def test_every_command_exists() -> None:
    """Each `intake …` on a page is a command of the program, with options that it has."""
    said = list(commands())
    assert len({words for _, words in said}) > 15
    assert [(page, words, wrong(words)) for page, words in said if wrong(words)] == []


def test_every_command_is_written_about() -> None:
    """No command that can be seen in the help is missing from the pages."""
    whole = "\n".join(page.read_text() for page in PAGES)
    groups = [(name, c) for name, c in cli.commands.items() if not c.hidden]
    names = [f"{n} {s}" for n, c in groups if isinstance(c, click.Group) for s in c.commands]
    names += [n for n, c in groups if not isinstance(c, click.Group)]
    assert [name for name in names if f"intake {name}" not in whole] == []


def test_every_make_target_exists() -> None:
    """Each `make …` on a page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    for page in PAGES:
        said = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), re.MULTILINE)
        assert set(said) <= targets, named(page)


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def default(value: object) -> str:
    """A setting's default as the table writes it."""
    if isinstance(value, bool):
        return "`on`" if value else "`off`"
    return f"`{value}`" if value else "–"


def test_the_table_of_settings_is_the_program_s() -> None:
    """docs/operations.md lists every setting with its default and meaning, and no other."""
    rows = re.findall(r"^\| `(INTAKE_\w+)` \| (.+?) \| (.+) \|$", text("docs/operations.md"), re.MULTILINE)
    fields = Config.model_fields.items()
    assert rows == [(f"INTAKE_{name.upper()}", default(f.default), f.description) for name, f in fields]


def test_no_page_names_another_setting() -> None:
    """Each INTAKE_… on a page is a setting."""
    known = {f"INTAKE_{name.upper()}" for name in Config.model_fields}
    for page in PAGES:
        assert set(re.findall(r"INTAKE_[A-Z_]*[A-Z]", page.read_text())) <= known, named(page)


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────

RULES = "docs/rules.md"


def whole_file(block: str) -> str:
    """A rules file of the page's first block and another one."""
    first = fences(RULES, "yaml")[0]
    return block if block.startswith("agencies:") else f"{first}\n{block}"


@pytest.mark.parametrize("block", fences(RULES, "yaml"))
def test_rules_in_the_page_pass_the_check(tmp_path: Path, block: str) -> None:
    """Each example of docs/rules.md is a good file, and its letters go where it says."""
    file = tmp_path / "rules.yaml"
    file.write_text(whole_file(block))
    assert check(file) == []


def broken() -> list[tuple[str, str]]:
    """Each broken example with what the page says that the check answers."""
    blocks = [(info.strip(), body) for info, body in FENCE.findall(text(RULES))]
    return [(body, blocks[n + 1][1]) for n, (info, body) in enumerate(blocks) if info == "yaml broken"]


@pytest.mark.parametrize(("block", "says"), broken())
def test_broken_rules_in_the_page_are_refused_as_it_says(tmp_path: Path, block: str, says: str) -> None:
    """What docs/rules.md shows as the check's answer is its answer."""
    file = tmp_path / "rules.yaml"
    file.write_text(whole_file(block))
    assert [re.sub(r"^.*?:\d+: ", "", line) for line in check(file)] == says.splitlines()


def test_the_explanation_in_the_page_is_the_program_s(tmp_path: Path) -> None:
    """The letter that docs/rules.md explains goes there, for these reasons."""
    (block,) = [b for b in fences(RULES, "yaml") if b.startswith("vocabulary:")]
    (tmp_path / "rules.yaml").write_text(whole_file(block))
    raw = b"Subject: Potholes\r\n\r\nThere are potholes all along our street since the snow plow came.\r\n"
    letter = read(Envelope("email"), raw)
    said, rules = question(letter, find_tags(letter), ()), load(tmp_path / "rules.yaml")
    shown = told(decide(said, rules), asked(said, rules))
    assert "\n".join(shown) + "\n" in fences(RULES, "")


# ── links, tests, code ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link and picture is there."""
    links = re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text()))
    local = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if link and not (page.parent / link).exists()] == []


def test_every_test_of_the_feature_list_exists() -> None:
    """Each row of docs/features.md names at least one test, and each of them is there."""
    rows = re.findall(r"^\| (N?\d+) \|.*\|$", text("docs/features.md"), re.MULTILINE)
    singles = (*range(29, 33), 34, 36, 37, 38, 40, 43, 44, *range(48, 60), 61)
    numbers = (*range(1, 16), *singles, *range(64, 80), 89, 90, 91, *range(108, 113))
    assert rows == [*map(str, numbers), "N2", "N10", "N15", "N16", "N17", "N19"]
    for line in text("docs/features.md").splitlines():
        tests = re.findall(r"`(tests/\w+\.py)::(\w+)`", line)
        assert tests or not re.match(r"\| N?\d", line), line
        for file, name in tests:
            assert f"def {name}(" in text(file), f"{file}::{name}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_a_page_names_exist(page: Path) -> None:
    """Each path of the program between backticks is there."""
    paths = re.findall(r"`((?:intake|workers|tests|docs|samples)/[\w./-]+?)(?:::\w+)?`", page.read_text())
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation with an empty store, as working folder."""
    monkeypatch.chdir(tmp_path)
    store = Store("sqlite:///var/store/intake.db")
    migrations.upgrade(store)
    store.close()
    return tmp_path


@pytest.mark.parametrize("page", [p for p in PAGES if fences(named(p), "python")], ids=named)
def test_python_in_a_page_runs(page: Path, installation: Path) -> None:
    """Each Python block does its work in the folder of an installation."""
    for block in fences(named(page), "python"):
        exec(compile(block, str(installation / page.name), "exec"), {})


def test_every_library_has_its_reason() -> None:
    """Decision 0001 lists the dependencies of pyproject.toml, and no others."""
    listed = re.findall(r"^\| ([a-z][\w.-]+) \|", text("docs/decisions/0001-libraries.md"), re.MULTILINE)
    wanted = tomllib.loads(text("pyproject.toml"))["project"]["dependencies"]
    assert [name for name in listed if name != "library"] == [re.split(r"[>=\[ ]", w)[0] for w in wanted]


def test_the_readme_s_table_names_every_sample() -> None:
    """The table in the README has a row for each sample letter."""
    samples = [f.stem for f in sorted((ROOT / "samples").iterdir()) if f.suffix in (".eml", ".json")]
    assert re.findall(r"^│ (\d\d-[\w-]+) ", text("README.md"), re.MULTILINE) == samples


def test_decisions_are_short_and_numbered() -> None:
    """Decisions are numbered without a gap and say context, decision and consequence."""
    found = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [f.name[:4] for f in found] == [f"{n:04}" for n in range(1, len(found) + 1)]
    for file in found:
        assert all(f"**{word}.**" in file.read_text() for word in ("Context", "Decision", "Consequence")), file.name
