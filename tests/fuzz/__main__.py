"""`make fuzz MINUTES=…`: mutants of a seed that is printed, each target in turn, until the time is up or one fails."""

from __future__ import annotations

import logging
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import structlog

from tests.fuzz import door, letter, rules
from tests.fuzz.mutation import mutants
from tests.fuzz.trial import tried


@click.command()
@click.option("--minutes", default=5.0, help="How long.")
@click.option("--seed", default=lambda: int(time.time()), type=int, help="The number that all mutants come from.")
def main(minutes: float, seed: int) -> None:
    """Try mutants; a failing one lies in a file that the last line names."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    end, count = time.monotonic() + 60 * minutes, 0
    click.echo(f"seed {seed}, {minutes} minutes")
    with TemporaryDirectory() as folder, door.opened(Path(folder)) as entrance:
        targets = {"mail": letter.check, "rules": rules.check, "smtp": partial(door.check, entrance)}
        made = {kind: mutants(kind, seed) for kind in targets}
        while time.monotonic() < end:
            for kind, target in targets.items():
                tried(target, next(made[kind]), kind)
                count += 1
    click.echo(f"{count} inputs, none failed")


if __name__ == "__main__":
    main()
