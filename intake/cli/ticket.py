"""Tickets and the audit trail, without what people wrote."""

from __future__ import annotations

import sys

import click

from intake.cli.command import answer, cli, open_store
from intake.config import read_config


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

    with open_store().read() as conn:
        found = ticket.find(conn, agencies=[agency] if agency else None, states=[state] if state else (), limit=limit)
    if as_json:
        answer(found)
        return
    for t in found:
        click.echo(f"{t['ref']}  {t['state']:<9}  {t['agency'] or '-':<8}  {t['received']}  {t['rule'] or '-'}")


@tickets.command("show")
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
def tickets_show(ref: str, as_json: bool) -> None:
    """Show one ticket and its history."""
    from intake import ticket

    with open_store().read() as conn:
        found = ticket.show(conn, ref)
    if not found:
        click.echo("no ticket has this reference", err=True)
        sys.exit(1)
    if as_json:
        answer(found)
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

    config, store = read_config(), open_store()
    verdict = audit.verify(store, load_vault(config.home).subkey("audit"), config.home / "audit.anchor")
    if verdict.fault:
        click.echo(f"broken: {verdict.fault}")
        sys.exit(1)
    click.echo(f"whole: {verdict.entries} entries, {verdict.unsealed} not chained yet")
