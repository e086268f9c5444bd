"""Keys, and the accounts of staff."""

from __future__ import annotations

import sys

import click

from intake.cli.command import cli, open_store
from intake.config import read_config


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
    store = open_store()
    try:
        with store.write() as conn:
            accounts.create(conn, name, password, role, list(agencies))
    except accounts.Unusable as fault:
        raise click.UsageError(str(fault)) from None
    click.echo(f"{name}: made" if password_stdin else f"{name}: made; the password is {password}")


def _known_agencies(agencies: tuple[str, ...]) -> None:
    from intake.routing.published import Published

    known = Published(open_store(), read_config()).current.agencies if agencies else {}
    for agency in agencies:
        if agency not in known:
            raise click.UsageError(f"there is no agency {agency}; write one of {', '.join(known)}")
