"""The routing rules: check them, ask them (`versions`: publish them, compare them, try them on past letters)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from intake.cli.command import answer, cli, each_line
from intake.config import Config, read_config


@cli.group()
def rules() -> None:
    """The routing rules: check them, publish them, ask them."""


@rules.command("check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def rules_check(file: Path | None) -> None:
    """Check a rules file; every fault on a line of its own with file, line and cure."""
    from intake.routing import check, load

    config = read_config()
    path = file or config.rules
    faults = check(path, config.mail_domain)
    for fault in faults:
        click.echo(fault)
    if not faults:
        found = load(path, config.mail_domain)
        click.echo(
            f"{path}: good; version {found.version}, {len(found.agencies)} agencies, {len(found.rules)} rules, "
            f"{len(found.examples)} examples"
        )
    sys.exit(bool(faults))


@rules.command("explain")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option(
    "--jsonl",
    is_flag=True,
    help='Questions from stdin, a line each: {"id", "channel", "subject", "text", …}.',
)
def rules_explain(file: Path | None, as_json: bool, jsonl: bool) -> None:
    """Say where a message goes, and why."""
    from intake.routing import RulesFault, load

    config = read_config()
    try:
        found = load(config.rules, config.mail_domain)
    except RulesFault as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)
    if jsonl:
        each_line(lambda lines: [_explained(found, line, config) for line in lines])
    elif file:
        _explain_file(found, file, config, as_json)
    else:
        raise click.UsageError("name a message FILE.eml, or give --jsonl")


def _explained(found: Any, line: dict[str, Any], config: Config) -> dict[str, Any]:
    from intake import pii
    from intake.routing import ask, decide, explain

    tags = pii.tag(str(line.get("text") or ""), pii.Context("", str(line.get("sender_email") or "")))
    return explain(line.get("id"), decide(ask(line, frozenset(t.cls for t in tags)), found))


def _explain_file(found: Any, file: Path, config: Config, as_json: bool) -> None:
    from email.utils import getaddresses

    from intake import mime
    from intake.letter import Envelope
    from intake.routing import decide, explain
    from intake.view import find_tags, question

    raw = file.read_bytes()
    try:
        letter = mime.read(Envelope("email", recipients=tuple(_recipients(raw, getaddresses))), raw)
    except mime.Unreadable as fault:
        click.echo(f"{file}: cannot be read ({fault}); such a letter is held for a person", err=True)
        sys.exit(1)
    decision = decide(question(letter, find_tags(letter), letter.recipients), found)
    if as_json:
        answer(explain(file.name, decision))
        return
    click.echo(f"{decision.agency}  (rule: {decision.rule})")
    for reason in decision.why:
        click.echo(f"  {reason}")
    for agency, points in decision.suggestions:
        click.echo(f"  suggestion: {agency} {points:g}")


def _recipients(raw: bytes, getaddresses: Callable[[list[str]], list[tuple[str, str]]]) -> Iterator[str]:
    """A file has no envelope: its To and Cc stand for it."""
    import email
    from email import policy

    head = email.message_from_bytes(raw.partition(b"\r\n\r\n")[0][:65536], policy=policy.compat32)
    for name in ("To", "Cc"):
        yield from (a for _, a in getaddresses([str(v) for v in head.get_all(name, [])]) if a)


@rules.command("schema")
def rules_schema() -> None:
    """The JSON Schema of the rules file, for editors."""
    from intake.routing import json_schema

    click.echo(json.dumps(json_schema(), indent=1))
