"""The versions of the rules: publish, list, compare, go back; and past letters under a draft."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from intake.cli.command import answer, open_store
from intake.cli.rules import rules
from intake.config import read_config

if TYPE_CHECKING:
    from intake.replay import Moved, Replay
    from intake.store import Store

_FILE = click.Path(dir_okay=False, path_type=Path)
_REASON = "Why; it is kept for good, so name no citizen."
BEGINS, GOES_ON = 15.0, 90.0  # seconds that we wait for a worker to take a replay, and for its next batch
NOBODY = 3  # exit code: no worker takes what was asked
LISTED = 50  # letters; --json lists all


def operator() -> str:
    """Who calls, as the trail names them: the number of their account on this machine, behind sudo too."""
    return f"operator {os.environ.get('SUDO_UID') or os.getuid()}"


@rules.command("publish")
@click.argument("file", type=_FILE, required=False)
@click.option("--reason", help=_REASON)
def rules_publish(file: Path | None, reason: str | None) -> None:
    """Put a rules file in force (a running installation does it by itself when its file changes)."""
    from intake.routing.published import Published

    config = read_config()
    config = config.model_copy(update={"rules": file.absolute()}) if file else config
    published = Published(open_store(), config)
    _stop_at(published.publish_file(operator(), reason, again=True))
    published.refresh()
    click.echo(f"version {published.current.version} is in force")


def _stop_at(faults: list[str]) -> None:
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
    _stop_at(versions.roll_back(store, wanted, config.mail_domain, operator(), reason))
    click.echo(f"version {wanted} is in force again, for letters that come from now on")
    if config.rules.is_file() and config.rules.read_bytes() != source:
        click.echo(f"{config.rules} is another version and stays so; its next change is published, all of it.")
        click.echo(f"To bring it in line first: intake rules show > {config.rules}")


@rules.command("replay")
@click.argument("draft", type=_FILE, required=False)
@click.option("--since", default="30d", show_default=True, help="How far back: days (30d) or hours (12h).")
@click.option("--limit", type=click.IntRange(1), help="At most so many letters, the newest.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object, with every letter that moves.")
@click.option("--follow", metavar="ID", help="Go on watching a replay that was asked for.")
def rules_replay(draft: Path | None, since: str, limit: int | None, as_json: bool, follow: str | None) -> None:
    """Say what the rules file DRAFT would do with past letters, beside what happened to them.

    The workers do it in the background, after the letters that wait; what they find is kept for a week."""
    if bool(draft) == bool(follow):
        raise click.UsageError("name a DRAFT, or --follow ID")
    store = open_store()
    ident = follow or _asked(store, draft or Path(), _ago(since), limit)
    try:
        done = _followed(store, ident)
    except KeyboardInterrupt:
        click.echo(f"\nit goes on without you; to see it again: intake rules replay --follow {ident}", err=True)
        sys.exit(130)
    _tell(store, done, as_json)


def _ago(text: str) -> int:
    """Milliseconds since 1970."""
    from intake.store import DAY, now

    if not (found := re.fullmatch(r"(\d{1,5})([dh])", text)):
        raise click.BadParameter("write days or hours, for instance 30d or 12h", param_hint="--since")
    return max(0, now() - int(found[1]) * (DAY if found[2] == "d" else DAY // 24))


def _asked(store: Store, draft: Path, since: int, limit: int | None) -> str:
    from intake import replay
    from intake.queue import RETRIES, Queue
    from intake.routing import RulesFault
    from intake.routing.lint import check_octets
    from intake.routing.load import octets
    from intake.routing.published import parsed

    config = read_config()
    try:
        source = octets(draft)
    except RulesFault as fault:
        _stop_at(fault.lines)
    _stop_at(check_octets(source, str(draft), config.mail_domain))
    with store.write() as conn:
        made = replay.ask(conn, parsed(source, config.mail_domain), since, operator(), limit)
    with suppress(Exception):  # whatever the queue's trouble is: the sweeper finds it in the store
        Queue(config).send("replay", [made.id], RETRIES)
    return made.id


def _followed(store: Store, ident: str) -> Replay:
    """Watch until it has ended; exit when nobody works on it."""
    from intake import replay

    def look() -> Replay:
        with store.read() as conn:
            found = replay.find(conn, ident)
        if not found:
            raise click.UsageError(f"there is no replay {ident}; they are kept for a week")
        return found

    now = look()
    with _shown(now) as show:
        heard = time.monotonic()
        while now.unfinished:
            time.sleep(0.3)
            before, now = now, look()
            if (before.state, before.done) != (now.state, now.done):
                heard = time.monotonic()
                show(now)
            elif time.monotonic() - heard > (BEGINS if now.state == "asked" else GOES_ON):
                break
    if now.unfinished:
        click.echo(
            f"no worker does it; is `intake up` running (`intake doctor`)? It is kept and begins when one does; "
            f"to see it then: intake rules replay --follow {ident}",
            err=True,
        )
        sys.exit(NOBODY)
    return now


@contextmanager
def _shown(begin: Replay) -> Iterator[Any]:
    """A bar on a terminal, lines elsewhere, on stderr."""
    label = f"replay {begin.id}"
    if not sys.stderr.isatty():
        yield lambda now: click.echo(f"{label}: {now.done} of {now.total} letters", err=True)
        return
    with click.progressbar(length=begin.total, label=label, file=sys.stderr) as bar:
        bar.update(begin.done)
        yield lambda now: bar.update(now.done - bar.pos)


def _tell(store: Store, done: Replay, as_json: bool) -> None:
    from intake import replay
    from intake.ticket import rfc3339

    with store.read() as conn:
        found = replay.moved(conn, done.id)
    if as_json:
        by_rules = [one for one in found if not one.chosen]
        moves = [{"was": was, "now": to, "letters": n} for was, to, n in replay.moves(by_rules)]
        times = {"since": rfc3339(done.since), "asked": rfc3339(done.asked)}
        answer(asdict(done) | times | {"moves": moves, "moved": [asdict(one) for one in found]})
    elif done.state == "failed":
        click.echo("the workers cannot read this draft: they run another version of the program", err=True)
    else:
        _tell_people(done, found)
    sys.exit(done.state == "failed")


def _tell_people(done: Replay, found: list[Moved]) -> None:
    from intake import replay
    from intake.ticket import rfc3339

    ours, persons = [one for one in found if not one.chosen], [one for one in found if one.chosen]
    decided = done.done - done.chosen
    click.echo(f"draft {done.version}, letters since {str(rfc3339(done.since))[:10]}")
    click.echo(f"{len(ours)} of {decided} letters that the rules had placed would go elsewhere")
    _table(["from", "to", "letters"], [[was, to, str(n)] for was, to, n in replay.moves(ours)])
    _table(["letter", "from", "by the rule", "to", "by the rule"], [_cells(one) for one in ours])
    if done.chosen:
        click.echo(f"\n{len(persons)} of {done.chosen} letters that a person had placed would go elsewhere")
        _table(["letter", "chosen", "to", "by the rule"], [[one.ref, one.was, one.now, one.now_by] for one in persons])
    if done.unread:
        click.echo(f"\n{done.unread} letters could not be read, and stay where they are")


def _cells(one: Moved) -> list[str]:
    return [one.ref, one.was, one.was_by, one.now, one.now_by]


def _table(head: list[str], rows: list[list[str]]) -> None:
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(head, *rows[:LISTED], strict=True)]
    click.echo()
    for row in [head, *rows[:LISTED]]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(rows) > LISTED:
        click.echo(f"… and {len(rows) - LISTED} more (--json lists all)")
