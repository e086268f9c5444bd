"""The SMTP door: takes mail in, seals it, commits it, and says 250 only then.

aiosmtpd speaks the protocol; what is changed here is what would lose a letter or tell a stranger something: an
exception is a 451 with a fixed text (theirs is a permanent 500 with the exception's own), lines have no length limit
(theirs refuses the whole mail at 1,001 octets), the data ends at CRLF.CRLF and nowhere else, bare CR and LF are
normalised (smuggling, CVE-2024-27305), and sessions are limited.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import ssl
import time
from typing import Any

import structlog
import uvloop

from intake import alias, lookup
from intake.config import Config
from intake.door import Door
from intake.errors import Conflict, Deferred, Misconfigured
from intake.heartbeat import beat
from intake.listener import BACKLOG, address, listener
from intake.notify import Notifier
from intake.privilege import drop
from intake.queue import Queue
from intake.recipient import Recipients
from intake.routing.published import Published
from intake.smtp.groupcommit import GroupCommit
from intake.smtp.handler import Handler
from intake.smtp.limits import Limits
from intake.smtp.protocol import Door25
from intake.store import Store
from intake.vault import load_sealer

SESSION_SECONDS = 4.0  # for sessions, when we were told to end; their next command is answered with 421
LETTER_SECONDS = 30.0  # for letters on the wire

log = structlog.get_logger("intake.smtp")


def main(config: Config) -> None:
    """Listen until SIGTERM or SIGINT, then let sessions finish."""
    notifier = Notifier()
    store = Store(config.database)
    store.check()
    door = Door(store, load_sealer(config.home), Queue(config))
    published = Published(store, config)
    published.follow()
    recipients = Recipients(config.mail_domain, lambda: published.current.agencies, lambda k, d: is_token(store, k, d))
    bound = listener("smtp", config.smtp_listen)
    door.queue.warm()
    tls = tls_context(config)  # the key may be closed to the user that we become
    drop(config.door_user)
    info = {"listen": address(bound)}
    commit = GroupCommit(door.commit, lambda: _beat(store, info))
    handler = Handler(recipients, door, commit, config.public_url)
    gc.freeze()  # what stands by now stays: no collection looks at it, and young objects are mostly gone by themselves
    gc.set_threshold(10_000)
    uvloop.run(_serve(config, handler, bound, tls, notifier))
    commit.close()
    door.queue.close()


def is_token(store: Store, kind: str, digest: str) -> bool:
    """Whether an alias (`reply`) is open, or something went out with this bounce token."""
    with store.read() as conn:
        if kind == "reply":
            return alias.is_open(conn, digest)
        return bool(lookup.find(conn, "bounce", digest))


async def open_door(
    config: Config, handler: Handler, limits: Limits, bound: socket.socket, tls: ssl.SSLContext | None = None
) -> asyncio.Server:
    """Serve SMTP on the listening socket `bound` from the running loop; `tls`: for STARTTLS (`tls_context`)."""
    loop = asyncio.get_running_loop()
    options = {
        "data_size_limit": config.max_octets,
        "enable_SMTPUTF8": True,
        "hostname": config.mail_domain,
        "ident": "ESMTP",
        "tls_context": tls,
        "timeout": limits.command_seconds,
        "auth_exclude_mechanism": ["LOGIN", "PLAIN"],
        "loop": loop,
    }
    return await loop.create_server(Door25(handler, limits, **options).another, sock=bound, backlog=BACKLOG)


async def _serve(
    config: Config, handler: Handler, bound: socket.socket, tls: ssl.SSLContext | None, notifier: Notifier
) -> None:
    loop, limits, stop = asyncio.get_running_loop(), Limits(config.rate_limits), asyncio.Event()
    server = await open_door(config, handler, limits, bound, tls)
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    log.info("listening", at=address(bound))
    notifier.ready()
    while not stop.is_set():
        if handler.commit.works():
            notifier.alive()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1.0)
    notifier.stopping()
    limits.closing = True
    server.close()
    await _finish(limits)


async def _finish(limits: Limits) -> None:
    """Until no session is open any more, or time is up."""
    began = time.monotonic()
    while time.monotonic() - began < (LETTER_SECONDS if limits.octets else SESSION_SECONDS):
        await asyncio.sleep(0.1)  # also for who was let in just before, and is not counted yet
        if not limits.open.total():
            break


def tls_context(config: Config) -> ssl.SSLContext | None:
    """From the settings; None when there is no certificate, `Misconfigured` when it cannot be used."""
    if not config.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(config.tls_cert, config.tls_key)
    except (OSError, ssl.SSLError) as fault:
        raise Misconfigured(f"INTAKE_TLS_CERT, INTAKE_TLS_KEY: cannot be used: {fault.strerror or 'not PEM'}") from None
    return context


def _beat(store: Store, info: dict[str, Any]) -> None:
    try:
        with store.write() as conn:
            beat(conn, "smtp", info)
    except (Deferred, Conflict):  # Conflict: another door of this installation said so at the same moment
        log.warning("store away")
