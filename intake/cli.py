"""The command line: `intake …`. Each command is a few lines; what it does lives in the domain.

`tag`, `rules check|explain|schema` need no keys, store, Redis or network, and print only the answer to stdout.
Exit codes: 0 well, 1 faults were found, 2 the call was wrong, 78 the installation is (sysexits.h EX_CONFIG).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from intake.config import Config, read_config
from intake.errors import Deferred, Misconfigured
from intake.jsonl import Answers, answer_each

if TYPE_CHECKING:
    from intake.store import Store

EX_CONFIG = 78
EX_TEMPFAIL = 75


def main() -> None:
    """Run a command; an installation that cannot work is one line on stderr."""
    try:
        cli(standalone_mode=True)
    except Misconfigured as fault:
        click.echo(f"intake: {fault}", err=True)
        sys.exit(EX_CONFIG)
    except Deferred as fault:
        click.echo(f"intake: the store does not answer ({type(fault).__name__}); `intake doctor` says more", err=True)
        sys.exit(EX_TEMPFAIL)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="intake-router", prog_name="intake")
def cli() -> None:
    """The intake router: letters come in by mail or form, and reach the agency that can answer them, without their
    writers' addresses. Settings are environment variables (INTAKE_…), also read from .env; docs/operations.md."""


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command()
@click.option("--samples", is_flag=True, help="Send the sample letters through the doors and show what became of them.")
def up(samples: bool) -> None:
    """Start every process on this machine; Ctrl-C stops them all."""
    from intake import log
    from intake.up import up as run

    log.set_up("up")
    config = read_config()

    def ready(addresses: dict[str, str]) -> None:
        if samples:
            from intake.samples import send

            send(config, addresses)
        _welcome(config, addresses)

    run(config, lambda line: click.echo(f"intake: {line}", err=True), ready)


def _welcome(config: Config, addresses: dict[str, str]) -> None:
    where = f"{config.home}/mail" if not config.smarthost else config.smarthost
    click.echo(f"contact form   http://{addresses.get('web', '')}/")
    click.echo(f"staff desk     http://{addresses.get('desk', '')}/   (intake users add NAME --role admin)")
    click.echo(f"mail           {addresses.get('smtp', '')}   to contact@{config.mail_domain}")
    click.echo(f"agencies' mail {where}")
    click.echo("Ready. Ctrl-C stops everything.")
    sys.stdout.flush()


def _process(name: str) -> None:
    """A process of the Procfile; the Celery ones are Celery's own command."""
    from importlib import import_module

    from intake import log

    log.set_up(name)
    import_module(f"intake.{name}").main(read_config())


@cli.command(hidden=True)
def smtp() -> None:
    """The SMTP door."""
    _process("smtp")


@cli.command(hidden=True)
def web() -> None:
    """The public web: contact form, status, privacy notice."""
    _process("web")


@cli.command(hidden=True)
def desk() -> None:
    """The staff desk."""
    _process("desk")


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date (intake up does it by itself)."""
    from intake.migrations import head, upgrade

    store = _store(checked=False)
    upgrade(store)
    click.echo(f"schema {head()}")


@cli.command()
def doctor() -> None:
    """Check this installation: one line a finding, with its cure."""
    from intake.doctor import findings

    found = findings(read_config())
    for line in found:
        click.echo(line)
    if not found:
        click.echo("all is well")
    sys.exit(any(not line.startswith("note: ") for line in found))


# ── tagging ──────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.command()
@click.option("--sender-name", default="", help="The writer's display name: it is looked for in the text.")
@click.option("--sender-email", default="", help="The writer's address, likewise.")
@click.option("--jsonl", is_flag=True, help='A line each: {"id", "text", "subject"?, "sender_name"?, "sender_email"?}.')
def tag(sender_name: str, sender_email: str, jsonl: bool) -> None:
    """Tag personal information in a text from stdin; the tags as JSON on stdout."""
    from intake import pii

    if not jsonl:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        found = pii.tag(text, pii.Context(sender_name, sender_email))
        _answer([t.as_json() for t in found])
        return
    _each_line(_tagged)


def _tagged(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    from intake import pii

    texts = []
    for line in lines:
        said = {name: str(line.get(name) or "") for name in ("text", "subject", "sender_name", "sender_email")}
        context = pii.Context(said["sender_name"], said["sender_email"])
        texts += [(said["text"], context), (said["subject"], context)]
    found = pii.tag_all(texts)
    for line, tags, subject_tags in zip(lines, found[::2], found[1::2], strict=True):
        yield {
            "id": line.get("id"),
            "tags": [t.as_json() for t in tags],
            "subject_tags": [t.as_json() for t in subject_tags],
            "identifying": pii.identifying((*subject_tags, *tags)),
        }


def _each_line(answers: Answers) -> None:
    """`answer_each`, and exit with 2 where a line was no JSON object."""
    if not answer_each(answers):
        sys.exit(2)


def _answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


# ── rules ────────────────────────────────────────────────────────────────────────────────────────────────────────


@cli.group()
def rules() -> None:
    """The routing rules: check them, ask them."""


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


@rules.command("publish")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def rules_publish(file: Path | None) -> None:
    """Put a rules file in force (a running installation does it by itself when its file changes)."""
    from intake.routing.published import Published

    config = read_config()
    config = config.model_copy(update={"rules": file.absolute()}) if file else config
    published = Published(_store(), config)
    faults = published.publish_file()
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)
    published.refresh()
    click.echo(f"version {published.current.version} is in force")


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
        _each_line(lambda lines: [_explained(found, line, config) for line in lines])
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
        _answer(explain(file.name, decision))
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


# ── tickets, audit, keys, users ──────────────────────────────────────────────────────────────────────────────────


@cli.group()
def tickets() -> None:
    """Tickets, without what people wrote."""


@tickets.command("list")
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
@click.option("--agency", help="Only this agency's.")
@click.option("--state", help="Only those in this state.")
@click.option("--limit", default=100_000, show_default=True, help="At most so many, newest first.")
def tickets_list(as_json: bool, agency: str | None, state: str | None, limit: int) -> None:
    """List tickets, newest first."""
    from intake import ticket

    with _store().read() as conn:
        found = ticket.find(conn, agencies=[agency] if agency else None, states=[state] if state else (), limit=limit)
    if as_json:
        _answer(found)
        return
    for t in found:
        click.echo(f"{t['ref']}  {t['state']:<9}  {t['agency'] or '-':<8}  {t['received']}  {t['rule'] or '-'}")


@tickets.command("show")
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
def tickets_show(ref: str, as_json: bool) -> None:
    """Show one ticket and its history."""
    from intake import ticket

    with _store().read() as conn:
        found = ticket.show(conn, ref)
    if not found:
        click.echo("no ticket has this reference", err=True)
        sys.exit(1)
    if as_json:
        _answer(found)
        return
    for name, value in found.items():
        if name != "history":
            click.echo(f"{name:<14} {value}")
    for event in found["history"]:
        click.echo(f"  {event['at']}  {event['what']}  by {event['by']}")


@cli.group("audit")
def audit_group() -> None:
    """The audit trail."""


@audit_group.command("verify")
def audit_verify() -> None:
    """Walk the whole chain; exit 1 and the first broken entry if it was changed."""
    from intake import audit
    from intake.vault import load_vault

    config, store = read_config(), _store()
    verdict = audit.verify(store, load_vault(config.home).subkey("audit"), config.home / "audit.anchor")
    if verdict.fault:
        click.echo(f"broken: {verdict.fault}")
        sys.exit(1)
    click.echo(f"whole: {verdict.entries} entries, {verdict.unsealed} not chained yet")


@cli.group()
def keys() -> None:
    """The keys that letters are sealed to."""


@keys.command("create")
def keys_create() -> None:
    """Make the keys of a new installation (intake up does it by itself)."""
    from intake.vault import create_keys

    home = read_config().home
    made = create_keys(home)
    click.echo(f"{home / 'keys'}: made; back them up, apart from the database" if made else "there are keys already")


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal new letters to a new key; older keys go on opening older letters. Restart the processes afterwards."""
    from intake.vault import add_key, load_vault

    home = read_config().home
    load_vault(home)
    click.echo(f"new letters are sealed to {add_key(home)}; restart the processes, and back up {home / 'keys'}")


@cli.group()
def users() -> None:
    """Accounts of staff and administrators."""


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["agency", "admin"]), default="agency", show_default=True)
@click.option("--agency", "agencies", multiple=True, help="Whose letters they see; may be given several times.")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin; otherwise one is made and shown.")
def users_add(name: str, role: str, agencies: tuple[str, ...], password_stdin: bool) -> None:
    """Make an account."""
    import secrets

    from intake import users as accounts

    if role == "agency" and not agencies:
        raise click.UsageError("an agency account needs --agency, for instance --agency dmv")
    _known_agencies(agencies)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    store = _store()
    try:
        with store.write() as conn:
            accounts.create(conn, name, password, role, list(agencies))
    except accounts.Unusable as fault:
        raise click.UsageError(str(fault)) from None
    click.echo(f"{name}: made" if password_stdin else f"{name}: made; the password is {password}")


def _known_agencies(agencies: tuple[str, ...]) -> None:
    from intake.routing.published import Published

    known = Published(_store(), read_config()).current.agencies if agencies else {}
    for agency in agencies:
        if agency not in known:
            raise click.UsageError(f"there is no agency {agency}; write one of {', '.join(known)}")


def _store(checked: bool = True) -> Store:
    from intake.store import Store

    store = Store(read_config().database)
    if checked:
        store.check()
    return store


if __name__ == "__main__":
    main()
