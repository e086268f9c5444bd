"""The SQL of the database roles, for whoever runs the PostgreSQL."""

from __future__ import annotations

import re

import click

from intake.cli.command import cli


def _name(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", value):
        raise click.BadParameter("a name has small letters, digits and underscores")
    return value


@cli.command()
@click.option("--door", default="intake_door", show_default=True, callback=_name, help="Role of the two doors.")
@click.option("--worker", default="intake_worker", show_default=True, callback=_name, help="Role of workers and desk.")
@click.option("--schema", default="public", show_default=True, callback=_name, help="Where the tables are.")
def roles(door: str, worker: str, schema: str) -> None:
    """Print the SQL that gives doors and workers database roles of their own (PostgreSQL).

    It changes nothing by itself: read it, then run it as the tables' owner, after each `intake migrate`.
    """
    from intake.roles import statements

    for statement in statements(door, worker, schema):
        click.echo(f"{statement};")
