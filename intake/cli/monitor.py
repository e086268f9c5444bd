"""What an operator sees: the doctor's findings, and the metrics."""

from __future__ import annotations

import dataclasses
import logging
import signal
import sys

import click

from intake.cli.command import answer, cli
from intake.config import read_config


@cli.command()
@click.option("--json", "as_json", is_flag=True, help='One array of {"check", "finding", "cure", "advice"}.')
def doctor(as_json: bool) -> None:
    """Check this installation: one line a finding, with its cure. Exit code 1 when something must be done."""
    from intake import log
    from intake.doctor import findings

    log.set_up("doctor", logging.CRITICAL)  # what goes wrong is a finding
    found = findings(read_config())
    if as_json:
        answer([dataclasses.asdict(finding) for finding in found])
    else:
        click.echo("\n".join(map(str, found)) or "all is well")
    sys.exit(any(not finding.advice for finding in found))


@cli.command(hidden=True)
def metrics() -> None:
    """Metrics for Prometheus. Without INTAKE_METRICS_LISTEN it waits, so that whoever keeps it alive need not know."""
    config = read_config()
    if not config.metrics_listen:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: sys.exit())
        signal.pause()
    from intake import log
    from intake.metrics import main

    log.set_up("metrics")
    main(config)
