"""Logs: one JSON object a line, no words of people, and never in the way."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import pytest

SCRIPT = """
import logging
from intake import log
log.set_up("test")
import structlog
structlog.get_logger("a").info("letter failed", letter="7K3M-9QX2-TR4B")
try:
    raise ValueError("maria@post.example wrote")
except ValueError:
    logging.getLogger("library").exception("it happened to %s", "maria@post.example")
logging.getLogger("library").info("chatter about maria@post.example")
print("alive")
"""


def run(stderr: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}  # as `intake up` starts its processes
    command = [sys.executable, "-c", SCRIPT]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=True, env=env)


def test_lines_are_json_and_hold_no_word_of_a_library() -> None:
    """PI1, PI3, PI8: an event with ids; of a library's exception its kind and place, never its words."""
    lines = [json.loads(line) for line in run().stderr.splitlines()]
    assert [line["event"] for line in lines] == ["letter failed", "library"]
    assert lines[0]["letter"] == "7K3M-9QX2-TR4B"
    assert lines[1]["fault"] == "ValueError"
    assert "maria" not in json.dumps(lines)


def test_a_full_disk_costs_a_line_and_nothing_else() -> None:
    """CR9: a log that cannot be written ends no thread and no request."""
    with open("/dev/full", "w") as full:
        assert run(full.fileno()).stdout == "alive\n"


@pytest.mark.parametrize("name", ["mail.log"])
def test_the_library_that_logs_addresses_is_silent(name: str) -> None:
    """PI1: aiosmtpd's own log writes every command; it is off."""
    import intake.smtp  # noqa: F401

    assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
