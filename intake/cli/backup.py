"""Backup and restore of the store."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from intake.cli.command import cli, open_store
from intake.config import read_config


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Copy the store into a new FOLDER, while everything runs. Without the keys: those are kept apart."""
    from intake.backup import backup as make

    with _one_line():
        made = make(open_store(), folder)
    counts = made.counts
    click.echo(f"{folder}: {counts['letters']} letters, {counts['outbox']} messages, {counts['events']} events")
    click.echo(f"the audit chain ends at entry {made.chain}; sealed to {', '.join(made.keys) or 'no key yet'}")
    if made.sums["difference"]:
        click.echo(f"{made.sums['difference']} accepted letters are in no state: look into `intake doctor`", err=True)
        sys.exit(1)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--accept-loss", is_flag=True, help="Go on although the audit anchor shows that something came later.")
def restore(folder: Path, accept_loss: bool) -> None:
    """Put the backup FOLDER into the empty store of this installation. The keys must be in place, and nothing run."""
    from intake.backup import RULES
    from intake.backup import restore as put

    config = read_config()
    with _one_line(), _stopped(config.home):
        restored = put(config, folder, accept_loss=accept_loss)
    counts = restored.manifest.counts
    click.echo(f"{counts['letters']} letters, {counts['outbox']} messages, {counts['events']} events are in place")
    if restored.lost is None:
        click.echo("there was no audit.anchor here: whether anything came after this backup cannot be told")
    elif restored.lost:
        click.echo(f"lost: what came after this backup (at most {restored.lost} events); that is on record")
    if RULES in restored.manifest.files and not _same(config.rules, folder / RULES):
        click.echo(f"{config.rules}: is not the rules file of the backup; copy {folder / RULES} there before the start")


@contextmanager
def _one_line() -> Iterator[None]:
    from intake.backup import Unusable

    try:
        yield
    except Unusable as fault:
        click.echo(f"intake: {fault}", err=True)
        sys.exit(1)


@contextmanager
def _stopped(home: Path) -> Iterator[None]:
    """Hold the lock of `intake up`: a process that runs still seals to the keys it started with."""
    from intake.errors import Misconfigured

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Misconfigured(f"{home}: `intake up` runs here; stop it first") from None
        yield


def _same(one: Path, other: Path) -> bool:
    return one.exists() and one.read_bytes() == other.read_bytes()
