"""The command line: `intake …`. Each command is a few lines; what it does lives in the domain.

`tag`, `rules check|explain|schema` need no keys, store, Redis or network, and print only the answer to stdout.
Exit codes: 0 well, 1 faults were found, 2 the call was wrong, 3 no worker does what was asked, 75 the store does not
answer, 78 the installation cannot work like this (sysexits.h EX_TEMPFAIL, EX_CONFIG).
"""

from __future__ import annotations

import sys

import click

from intake.cli import (  # each adds its commands
    account,
    backup,
    monitor,
    process,
    replay,
    roles,
    rules,
    tag,
    ticket,
    versions,
)
from intake.cli.command import cli
from intake.errors import Deferred, Misconfigured

__all__ = [
    "account",
    "backup",
    "cli",
    "main",
    "monitor",
    "process",
    "replay",
    "roles",
    "rules",
    "tag",
    "ticket",
    "versions",
]

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
