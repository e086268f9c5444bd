"""The versions of the rules: publish, list, compare, go back; and past letters under a draft."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from intake.cli.command import answer, open_store
from intake.cli.rules import rules
from intake.config import read_config

if TYPE_CHECKING:
    from intake.store import Store

FILE = click.Path(dir_okay=False, path_type=Path)
_REASON = "Why; it is kept for good, so name no citizen."


def operator() -> str:
    """Who calls, as the trail names them: the number of their account on this machine, behind sudo too."""
    return f"operator {os.environ.get('SUDO_UID') or os.getuid()}"


@rules.command("publish")
@click.argument("file", type=FILE, required=False)
@click.option("--reason", help=_REASON)
def rules_publish(file: Path | None, reason: str | None) -> None:
    """Put a rules file in force (a running installation does it by itself when its file changes)."""
    from intake.routing.published import Published

    config = read_config()
    config = config.model_copy(update={"rules": file.absolute()}) if file else config
    published = Published(open_store(), config)
    stop_at(published.publish_file(operator(), reason, again=True))
    published.refresh()
    click.echo(f"version {published.current.version} is in force")


def stop_at(faults: list[str]) -> None:
    """Tell the faults and end, if there are any."""
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)


@rules.command("history")
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
def rules_history(as_json: bool) -> None:
    """List what was published, newest first; the newest is in force."""
    from intake.routing import versions
    from intake.ticket import rfc3339

    with open_store().read() as conn:
        found = versions.history(conn)
    if as_json:
        answer([asdict(one) | {"published": rfc3339(one.published)} for one in found])
        return
    click.echo(f"  {'version':<12}  {'published':<20}  {'by':<14}  agencies  rules  reason")
    for one in found:
        who = f"{one.by}, {one.approver}" if one.approver else one.by
        counts = f"{_or_dash(one.agencies):>8}  {_or_dash(one.rules):>5}"
        when = f"{str(rfc3339(one.published))[:19]}Z"
        click.echo(f"{'*' if one.in_force else ' '} {one.version}  {when}  {who:<14}  {counts}  {one.reason or '-'}")


def _or_dash(count: int | None) -> str:
    return "-" if count is None else str(count)


@rules.command("show")
@click.argument("version", default="")
def rules_show(version: str) -> None:
    """Print a published version as it was, the one in force if none is named."""
    from intake.routing import versions

    with open_store().read() as conn, _named():
        _, source = versions.find(conn, version)
    sys.stdout.buffer.write(source)
    sys.stdout.buffer.flush()


@contextmanager
def _named() -> Iterator[None]:
    """A version that nobody knows is a wrong call."""
    from intake.routing.versions import Unknown

    try:
        yield
    except Unknown as fault:
        raise click.UsageError(str(fault)) from None


@rules.command("diff")
@click.argument("one")
@click.argument("other", default="")
def rules_diff(one: str, other: str) -> None:
    """Say what changed from ONE to OTHER, each a version or a FILE. Alone, a version is compared with the one in force,
    and a FILE is what would come after it."""
    import difflib

    from intake.routing import RulesFault
    from intake.routing.compare import compare

    store = open_store()
    first, second = _source(store, one), _source(store, other)
    if not other and Path(one).is_file():
        first, second = second, first
    (name, old), (other_name, new) = first, second
    try:
        for sentence in compare(old, new, read_config().mail_domain):
            click.echo(sentence)
    except RulesFault:
        click.echo("one of them does not pass `intake rules check` any more: the text alone is compared", err=True)
    before, after = (source.decode("utf-8", "replace").splitlines() for source in (old, new))
    for n, line in enumerate(difflib.unified_diff(before, after, name, other_name, lineterm="")):
        click.echo(line if n else f"\n{line}")


def _source(store: Store, named: str) -> tuple[str, bytes]:
    """A file's octets, or those of a version."""
    from intake.routing import RulesFault, versions
    from intake.routing.load import octets

    if named and Path(named).is_file():
        try:
            return named, octets(Path(named))
        except RulesFault as fault:
            raise click.UsageError(str(fault)) from None
    with store.read() as conn, _named():
        version, source = versions.find(conn, named)
    return f"version {version}", source


@rules.command("rollback")
@click.argument("version")
@click.option("--reason", required=True, help=_REASON)
def rules_rollback(version: str, reason: str) -> None:
    """Put an older version in force again. The rules file stays as it is, and counts again once it is changed."""
    from intake.routing import versions

    config, store = read_config(), open_store()
    with store.read() as conn, _named():
        wanted, source = versions.find(conn, version)
        if wanted == versions.find(conn)[0]:
            raise click.UsageError(f"version {wanted} is in force already")
    stop_at(versions.roll_back(store, wanted, config.mail_domain, operator(), reason))
    click.echo(f"version {wanted} is in force again, for letters that come from now on")
    if config.rules.is_file() and config.rules.read_bytes() != source:
        click.echo(f"{config.rules} is another version and stays so; its next change is published, all of it.")
        click.echo(f"To bring it in line first: intake rules show > {config.rules}")
