"""The routing rules: check them, ask them (`versions`: publish them, compare them, try them on past letters)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from intake.cli.command import answer, cli, each_line
from intake.config import Config, host_port, read_config


@cli.group()
def rules() -> None:
    """The routing rules: check them, publish them, ask them."""


@rules.command("check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--online", is_flag=True, help="Also ask DNS whether each agency's mailbox can be reached.")
def rules_check(file: Path | None, online: bool) -> None:
    """Check a rules file; every fault on a line of its own with file, line and cure. Advice goes to stderr."""
    from intake.routing import checked, unreachable_mailboxes

    config = read_config()
    path = file or config.rules
    found = checked(path, config.mail_domain)
    faults = found.faults
    if online and found.rules:
        from intake.sender.destination import refusal

        resolver = host_port(config.dns) if config.dns else None
        faults = faults + unreachable_mailboxes(path, partial(refusal, resolver=resolver), config.mail_domain)
    for fault in faults:
        click.echo(fault)
    for line in found.advice:
        click.echo(f"advice: {line}", err=True)
    if found.rules and not faults:
        rules = found.rules
        click.echo(
            f"{path}: good; version {rules.version}, {len(rules.agencies)} agencies, {len(rules.rules)} rules, "
            f"{len(rules.examples)} examples"
        )
    sys.exit(bool(faults))


@rules.command("explain")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option("--authenticated", is_flag=True, help="As if the sender's domain vouched for the message.")
@click.option(
    "--jsonl",
    is_flag=True,
    help='Questions from stdin, a line each: {"id", "channel", "subject", "text", …}.',
)
def rules_explain(file: Path | None, as_json: bool, authenticated: bool, jsonl: bool) -> None:
    """Say where a message goes, and why."""
    from intake.routing import RulesFault, load

    config = read_config()
    try:
        found = load(config.rules, config.mail_domain)
    except RulesFault as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)
    if jsonl:
        each_line(lambda lines: [_explained(found, line, config) for line in lines], "text", "subject", "sender_email")
    elif file:
        _explain_file(found, file, config, as_json, authenticated)
    else:
        raise click.UsageError("name a message FILE.eml, or give --jsonl")


def _explained(found: Any, line: dict[str, Any], config: Config) -> dict[str, Any]:
    from intake import pii
    from intake.routing import ask, decide, explain

    said, context = ask(line), pii.Context("", str(line.get("sender_email") or ""))
    tags = [tag for part in (said.subject, said.text) for tag in pii.tag(part, context)]
    return explain(line.get("id"), decide(replace(said, tags=frozenset(tag.cls for tag in tags)), found))


def _explain_file(found: Any, file: Path, config: Config, as_json: bool, authenticated: bool) -> None:
    from email.utils import getaddresses

    from intake import mime
    from intake.letter import Envelope
    from intake.routing import asked, decide, explain, told
    from intake.sender.header import read
    from intake.sender.spam import says_spam
    from intake.view import find_tags, question

    raw = file.read_bytes()
    try:
        ours = (one for one in _recipients(raw, getaddresses) if one.lower().endswith(f"@{config.mail_domain}"))
        letter = mime.read(Envelope("email", recipients=tuple(ours)), raw)
    except mime.Unreadable as fault:
        click.echo(f"{file}: cannot be read ({fault}); such a letter is held for a person", err=True)
        sys.exit(1)
    said = question(letter, find_tags(letter), letter.recipients)
    spam = says_spam(read(raw)[0] or ())
    said = replace(said, received=_dated(raw), spam=spam, authenticated=authenticated)
    decision, looked, assumed = decide(said, found), asked(said, found), list(_assumed(found, spam, authenticated))
    if as_json:
        answer(explain(file.name, decision) | {"asked": [asdict(one) for one in looked], "assumed": assumed})
    else:
        click.echo("\n".join([*told(decision, looked), *(f"assumed: {one}" for one in assumed)]))


def _assumed(found: Any, spam: bool, authenticated: bool) -> Iterator[str]:
    """What a worker knows of a letter's way, and a file does not tell; as far as the rules ask for it."""
    if "authenticated" in found.asks:
        yield (
            "the sender's domain vouches for it" if authenticated else "nobody vouches for the sender (--authenticated)"
        )
    if "spam" in found.asks and spam:
        yield "the filter that calls it spam in its header is yours; no other is believed"


def _dated(raw: bytes) -> datetime | None:
    """A file has no time of arrival either: its Date stands for it."""
    from email import message_from_bytes, policy
    from email.utils import parsedate_to_datetime

    head = message_from_bytes(raw.partition(b"\r\n\r\n")[0][:65536], policy=policy.compat32)
    try:
        return parsedate_to_datetime(str(head["Date"])).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _recipients(raw: bytes, getaddresses: Callable[[list[str]], list[tuple[str, str]]]) -> Iterator[str]:
    """A file has no envelope: its To and Cc stand for it."""
    import email
    from email import policy

    head = email.message_from_bytes(raw.partition(b"\r\n\r\n")[0][:65536], policy=policy.compat32)
    for name in ("To", "Cc"):
        yield from (a for _, a in getaddresses([str(v) for v in head.get_all(name, [])]) if a)


@rules.command("schema")
@click.option("--reference", "as_page", is_flag=True, help="The same as a page for people, in Markdown.")
def rules_schema(as_page: bool) -> None:
    """The JSON Schema of the rules file, for editors."""
    from intake.routing import json_schema
    from intake.routing.reference import reference

    click.echo(reference() if as_page else json.dumps(json_schema(), indent=1, ensure_ascii=False), nl=not as_page)
