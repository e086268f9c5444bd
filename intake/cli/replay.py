"""Past letters: what a draft of the rules would do with them, and what they teach the rules in force."""

from __future__ import annotations

import json
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
from intake.cli.versions import FILE, operator, stop_at
from intake.config import read_config

if TYPE_CHECKING:
    from intake.replay import Moved, Replay
    from intake.store import Store

BEGINS, GOES_ON = 15.0, 90.0  # seconds that we wait for a worker to take a replay, and for its next batch
NOBODY = 3  # exit code: no worker takes what was asked
LISTED = 50  # letters; --json lists all


@rules.command("replay")
@click.argument("draft", type=FILE, required=False)
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
    from intake.routing import RulesFault
    from intake.routing.lint import check_octets
    from intake.routing.load import octets
    from intake.routing.published import parsed

    config = read_config()
    try:
        source = octets(draft)
    except RulesFault as fault:
        stop_at(fault.lines)
    stop_at(check_octets(source, str(draft), config.mail_domain))
    with store.write() as conn:
        made = replay.ask(conn, parsed(source, config.mail_domain), since, operator(), limit)
    _announce(made.id)
    return made.id


def _announce(ident: str) -> None:
    from intake.queue import RETRIES, Queue

    with suppress(Exception):  # whatever the queue's trouble is: the sweeper finds it in the store
        Queue(read_config()).send("replay", [ident], RETRIES)


def _followed(store: Store, ident: str, command: str = "replay") -> Replay:
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
            f"to see it then: intake rules {command} --follow {ident}",
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
    click.echo(f"{len(ours)} of {decided} letters that the rules had placed would fare differently")
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


@rules.command("suggest")
@click.option("--since", default="90d", show_default=True, help="How far back: days (90d) or hours (12h).")
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
@click.option("--follow", metavar="ID", help="Go on watching what was asked for.")
def rules_suggest(since: str, as_json: bool, follow: str | None) -> None:
    """Propose words and rules, from letters that staff passed on to another agency. Nothing is changed.

    The workers read the letters; what they find is kept for a week."""
    from intake import replay

    store = open_store()
    ident = follow or _lesson(store, _ago(since))
    done = _followed(store, ident, "suggest")
    with store.read() as conn:
        found = replay.result(conn, ident)
    if as_json:
        answer({"id": ident, "state": done.state, **found})
    elif done.state == "failed":
        click.echo("the workers could not do it three times; look into logs/worker.log", err=True)
    else:
        click.echo("\n".join(_suggested(done, found)))
    sys.exit(done.state == "failed")


def _lesson(store: Store, since: int) -> str:
    from intake import replay
    from intake.routing import versions
    from intake.routing.published import parsed

    with store.write() as conn:
        _, source = versions.find(conn)
        made = replay.ask(conn, parsed(source, read_config().mail_domain), since, operator(), kind="suggest")
    _announce(made.id)
    return made.id


def _suggested(done: Replay, found: dict[str, Any]) -> Iterator[str]:
    """What could be pasted into the rules file, with what speaks for it."""
    from intake.routing.rules import WEIGHTS

    if not found:
        yield "# no letters in that time"
        return
    yield f"# {done.chosen} letters that a person passed on, {done.done - done.unread - done.chosen} that stayed"
    for name, words in (("moved", "passed on"), ("others", "stayed")):
        before, after = found["before"][name], found["after"][name]
        yield f"# {words}: right {before['right']} → {after['right']}, wrong {before['wrong']} → {after['wrong']}"
    if found["topics"]:
        yield "rules:"
    for one in found["topics"]:
        yield f"  # {one['number']} letters, for instance {', '.join(one['refs'])}"
        yield f"  - rule: {_quoted('the topic ' + one['topic'])}"
        yield f"    when: {{channel: form, topic: [{_quoted(one['topic'])}]}}"
        yield f"    agency: {one['agency']}"
    kept = [one for one in found["vocabulary"] if one["grade"]]
    if kept:
        yield "vocabulary:"
    for agency in sorted({one["agency"] for one in kept}):
        yield f"  {agency}:"
        for grade in WEIGHTS:
            graded = [one for one in kept if (one["agency"], one["grade"]) == (agency, grade)]
            if graded:
                yield f"    {grade}: [{', '.join(_quoted(one['term']) for one in graded)}]"
            yield from (f"    # {_speaks_for(one)}" for one in graded)
    yield from (f"# delete {one['agency']}: {_speaks_for(one)}" for one in found["vocabulary"] if not one["grade"])
    if not (found["topics"] or found["vocabulary"]):
        yield "# nothing to suggest: no word stands in three letters of one agency and is rare elsewhere"


def _speaks_for(one: dict[str, Any]) -> str:
    """What a proposal changes, and the letters behind it."""
    of = "its" if one["grade"] in _above(one["was"]) else "others'"
    then = f"from {one['was'] or 'nothing'} to {one['grade'] or 'nothing'}"
    return f"{one['term']}: {then}, for {one['number']} of {of} letters: {', '.join(one['refs'][:3])}"


def _above(grade: str) -> tuple[str, ...]:
    return {"": ("sure", "likely", "hint"), "hint": ("sure", "likely"), "likely": ("sure",)}.get(grade, ())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
