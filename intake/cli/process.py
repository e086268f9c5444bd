"""Start the processes, bring the schema up to date."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from intake.cli.command import cli, open_store
from intake.config import Config, read_config


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


@cli.command()
def prepare() -> None:
    """Make what a start lacks: folders, keys, schema, the published rules (intake up does it by itself)."""
    from intake.up import prepare as make

    make(read_config(), lambda line: click.echo(f"intake: {line}", err=True))


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def units(folder: Path) -> None:
    """Write systemd units that run what the Procfile names; docs/decisions/0020."""
    from intake.up.units import closed_folders, export

    for path in export(read_config(), folder):
        click.echo(str(path))
    for closed in sorted(closed_folders()):
        click.echo(
            f"note: the units' users may not enter {closed}: install the program and its Python elsewhere", err=True
        )


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


@cli.command(hidden=True)
def clock() -> None:
    """The clock of the workers."""
    _process("clock")


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date (intake up does it by itself)."""
    from intake.migrations import head, upgrade

    store = open_store(checked=False)
    upgrade(store)
    click.echo(f"schema {head()}")
