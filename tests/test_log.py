"""Logs: one JSON object a line, no words of people, and never in the way."""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import socket
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import migrations, vault
from intake.config import Config, host_port
from intake.routing.published import parsed, publish
from intake.store import Store, letters
from tests.conftest import ROOT
from tests.test_pages import process
from tests.wire import Client, Process

RULES = ROOT / "routing_rules.yaml"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

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
LAST_WORDS = """
import threading, warnings
from intake import log
log.set_up("test")
class Lost:
    def __del__(self):
        raise KeyError("maria@post.example")
def die():
    raise ValueError("maria@post.example wrote")
warnings.warn("maria@post.example is deprecated")
thread = threading.Thread(target=die)
thread.start()
thread.join()
Lost()
die()
"""


def run(stderr: int | None = subprocess.PIPE, script: str = SCRIPT) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}  # as `intake up` starts its processes
    command = [sys.executable, "-c", script]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False, env=env)


def objects(text: str) -> list[dict[str, str]]:
    """Each line as the JSON object that it must be."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(line, dict) and {"event", "level", "timestamp", "process"} <= set(line) for line in found)
    return found


def test_lines_are_json_and_hold_no_word_of_a_library() -> None:
    """PI1, PI3, PI8: an event with ids; of a library's exception its kind and place, never its words."""
    lines = objects(run().stderr)
    assert [line["event"] for line in lines] == ["letter failed", "library"]
    assert lines[0]["letter"] == "7K3M-9QX2-TR4B"
    assert lines[1]["fault"] == "ValueError"
    assert "maria" not in json.dumps(lines)


def test_the_last_words_are_a_line_too() -> None:
    """PI3: whatever nobody caught, in a thread, while something is thrown away, or at the end: its kind and place."""
    done = run(script=LAST_WORDS)
    assert done.returncode == 1
    lines = objects(done.stderr)
    assert [line.get("fault") for line in lines] == [None, "ValueError", "KeyError", "ValueError"]
    assert lines[0]["logger"] == "py.warnings"
    assert all(line["where"] for line in lines)
    assert "maria" not in done.stderr


def test_a_line_is_written_at_once() -> None:
    """PI3: parent and children of a door share one file; an end written on its own lets two lines run together. A
    socket of datagrams shows each write as it was made."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        run(theirs.fileno())
        ours.settimeout(20)
        assert [ours.recv(65536).decode().count("\n") for _ in range(2)] == [1, 1]
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(65536)


CLIENT = "127.0.0.77"
"""Where the letters below come from: no process listens there, so that every mention of it is the sender's."""


def test_no_log_names_the_address_of_a_client(tmp_path: Path) -> None:
    """PI1, feature 111: mail and forms, good, refused and broken, from a known address: it stands in no line, in no
    file, and every line is a JSON object."""
    vault.create_keys(tmp_path)
    config, logs = Config(home=tmp_path, rules=RULES, _env_file=None), tmp_path / "logs"  # type: ignore[call-arg]
    logs.mkdir()
    store = Store(config.database)
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, parsed(RULES.read_bytes(), config.mail_domain), "test")
    with Process(config, logs) as smtp:
        with Client(smtp.address, source=CLIENT) as client:
            assert client.hello().letter(b"Subject: potholes\r\n\r\nThey are deep.\r\n").startswith("250")
            client.letter(b"x\r\n", "nobody@intake.example")
            client.say("NONSENSE \xff")
        with Client(smtp.address, source=CLIENT) as client:
            client.say("GET / HTTP/1.1")
        smtp.terminate()
    with (logs / "web.log").open("wb") as said, process("web", tmp_path, store, said) as (web, listen):
        host, port = host_port(listen)
        browser = http.client.HTTPConnection(host, port, timeout=20, source_address=(CLIENT, 0))
        browser.request("GET", "/")
        page = browser.getresponse()
        cookie, token = str(page.headers["Set-Cookie"]).split(";")[0], TOKEN.search(page.read().decode())
        assert token
        fields = urllib.parse.urlencode({"message": "They are deep.", "csrf_token": token[1]})
        form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        browser.request("POST", "/", fields, form)
        assert b"Thank you" in browser.getresponse().read()
        browser.close()
        for line in (b"GET / HTTP/9", b"nonsense", b"POST / HTTP/1.1\r\nContent-Length: -1"):
            with socket.create_connection((host, port), timeout=20, source_address=(CLIENT, 0)) as conn:
                conn.sendall(line + b"\r\n\r\n")
                conn.recv(65536)
        web.kill()  # it has nothing to finish
    with store.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(letters)) == 2
    store.close()
    for name in ("smtp.log", "web.log"):
        assert objects((logs / name).read_text())
    named = [file for file in tmp_path.rglob("*") if file.is_file() and CLIENT.encode() in file.read_bytes()]
    assert named == []


def test_a_full_disk_costs_a_line_and_nothing_else() -> None:
    """CR9: a log that cannot be written ends no thread and no request."""
    with open("/dev/full", "w") as full:
        assert run(full.fileno()).stdout == "alive\n"


@pytest.mark.parametrize("name", ["mail.log"])
def test_the_library_that_logs_addresses_is_silent(name: str) -> None:
    """PI1: aiosmtpd's own log writes every command; it is off."""
    import intake.smtp  # noqa: F401

    assert not logging.getLogger(name).isEnabledFor(logging.CRITICAL)
