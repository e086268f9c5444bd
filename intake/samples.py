"""The sample letters: sent through the real doors of a running installation, and a table of what became of each."""

from __future__ import annotations

import email
import http.cookiejar
import json
import re
import smtplib
import time
import urllib.request
from dataclasses import dataclass
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from intake import ticket
from intake.config import Config, host_port
from intake.store import Store

FOLDER = Path(__file__).parents[1] / "samples"
SECONDS = 60.0
_DONE = ("delivered", "held", "bounced")
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Sent:
    """A sample and the references it got."""

    name: str
    door: str
    refs: list[str]


def send(config: Config, addresses: dict[str, str]) -> None:
    """Send every sample, wait until each has arrived, print the table."""
    store, console = Store(config.database), Console(width=max(Console().width, 120))
    files = sorted(f for f in FOLDER.iterdir() if f.suffix in (".eml", ".json"))
    sent: list[Sent] = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Sending the sample letters", total=2 * len(files))
        for file in files:
            before = _refs(store)
            if file.suffix == ".eml":
                _mail(file, addresses["smtp"], config.mail_domain)
            else:
                _form(file, addresses["web"])
            sent.append(Sent(file.stem, "mail" if file.suffix == ".eml" else "form", _new(store, before)))
            progress.advance(bar)
        for one in sent:
            _wait(store, one.refs)
            progress.advance(bar)
    console.print(_table(store, sent))
    store.close()


def _refs(store: Store) -> set[str]:
    with store.read() as conn:
        return {t["ref"] for t in ticket.find(conn, limit=10_000)}


def _new(store: Store, before: set[str]) -> list[str]:
    """The tickets that came of what was just sent; the linked ones after the first."""
    with store.read() as conn:
        found = [t for t in ticket.find(conn, limit=10_000) if t["ref"] not in before]
    return [t["ref"] for t in sorted(found, key=lambda t: "linked_to" in t)]


def _mail(file: Path, address: str, domain: str) -> None:
    raw = file.read_bytes().replace(b"intake.example", domain.encode())
    head = email.message_from_bytes(raw)
    sender = getaddresses([head["From"]])[0][1]
    to = [a for _, a in getaddresses([head["To"]])]
    with smtplib.SMTP(*host_port(address), timeout=30) as smtp:
        smtp.sendmail(sender, to, raw, mail_options=["BODY=8BITMIME"])


def _form(file: Path, address: str) -> None:
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser, url = urllib.request.build_opener(cookies), f"http://{address}/"
    found = _TOKEN.search(browser.open(url, timeout=30).read().decode())
    fields = {**json.loads(file.read_text()), "csrf_token": found[1] if found else ""}
    browser.open(url, urlencode(fields).encode(), timeout=30).read()


def _wait(store: Store, refs: list[str]) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with store.read() as conn:
            if all((ticket.show(conn, ref) or {"state": "held"})["state"] in _DONE for ref in refs):
                return
        time.sleep(0.1)


def _table(store: Store, sent: list[Sent]) -> Table:
    table = Table(title="What became of the sample letters")
    for name in ("letter", "door", "reference", "agency", "rule", "tagged", "state"):
        table.add_column(name, overflow="fold")
    with store.read() as conn:
        for one in sent:
            if not one.refs:
                table.add_row(one.name, one.door, "sent before", "", "", "", "")
            for number, ref in enumerate(one.refs):
                found = ticket.show(conn, ref) or {}
                tags = ", ".join(f"{cls} {n}" for cls, n in sorted(found.get("tags", {}).items()))
                name = one.name if number == 0 else "  linked"
                cells = (
                    found.get("agency") or "-",
                    found.get("rule") or "-",
                    tags or "-",
                    found.get("state", "-"),
                )
                table.add_row(name, one.door, ref, *cells)
    return table
