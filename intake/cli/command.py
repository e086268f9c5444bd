"""The command that all others belong to, and how they answer."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from intake.config import read_config
from intake.jsonl import Answers, answer_each

if TYPE_CHECKING:
    from intake.store import Store


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="intake-router", prog_name="intake")
def cli() -> None:
    """The intake router: letters come in by mail or form, and reach the agency that can answer them, without their
    writers' addresses. Settings are environment variables (INTAKE_…), also read from .env; docs/operations.md."""


def each_line(answers: Answers, *texts: str) -> None:
    """`answer_each`, and exit with 2 where a line could not be answered."""
    if not answer_each(answers, texts):
        sys.exit(2)


def answer(value: object) -> None:
    """One JSON value on a line of its own."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def open_store(checked: bool = True) -> Store:
    """The store of this installation; `checked`: `Misconfigured` unless its schema is the program's."""
    from intake.store import Store

    store = Store(read_config().database)
    if checked:
        store.check()
    return store
