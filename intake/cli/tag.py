"""Tag personal information."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from intake.cli.command import answer, cli, each_line


@cli.command()
@click.option("--sender-name", default="", help="The writer's display name: it is looked for in the text.")
@click.option("--sender-email", default="", help="The writer's address, likewise.")
@click.option("--jsonl", is_flag=True, help='A line each: {"id", "text", "subject"?, "sender_name"?, "sender_email"?}.')
def tag(sender_name: str, sender_email: str, jsonl: bool) -> None:
    """Tag personal information in a text from stdin; the tags as JSON on stdout."""
    from intake import pii

    if not jsonl:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        found = pii.tag(text, pii.Context(sender_name, sender_email))
        answer([t.as_json() for t in found])
        return
    if sender_name or sender_email:
        raise click.UsageError('with --jsonl each line names its sender: {"text", "sender_name", "sender_email"}')
    each_line(_tagged, *_TEXTS)


_TEXTS = ("text", "subject", "sender_name", "sender_email")


def _tagged(lines: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    from intake import pii

    texts = []
    for line in lines:
        said = {name: str(line.get(name) or "") for name in _TEXTS}
        context = pii.Context(said["sender_name"], said["sender_email"])
        texts += [(said["text"], context), (said["subject"], context)]
    found = pii.tag_all(texts)
    for line, tags, subject_tags in zip(lines, found[::2], found[1::2], strict=True):
        yield {
            "id": line.get("id"),
            "tags": [t.as_json() for t in tags],
            "subject_tags": [t.as_json() for t in subject_tags],
            "identifying": pii.identifying((*subject_tags, *tags)),
        }
