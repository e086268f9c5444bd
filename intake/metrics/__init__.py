"""Metrics for Prometheus, on a listener of their own (`INTAKE_METRICS_LISTEN`), which is off unless it is set.

The process holds no key that opens a letter, writes nothing, and keeps nothing but its place in the audit trail. It
serves `/metrics` and no other page; whoever may see them is decided by who reaches the address.
"""

from __future__ import annotations

import signal
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from intake.cached import Cached
from intake.config import Config, host_port
from intake.errors import Misconfigured
from intake.metrics.gauges import Gauges
from intake.metrics.trail import Trail
from intake.privilege import drop
from intake.queue import Queue
from intake.store import Store

KEEP, PATIENCE = 5.0, 8.0  # seconds: scraped more often, it is the same page; Prometheus waits ten
OLD = 30.0  # seconds after which a page is none
TIMEOUT = 10.0  # seconds for a request to be read, and the answer to be taken

log = structlog.get_logger("intake.metrics")


def main(config: Config) -> None:
    """Serve on `config.metrics_listen` until SIGTERM or SIGINT; `Misconfigured` when it cannot start."""
    store = Store(config.database)
    store.check()
    page = Page(config, store, Queue(config))
    server = Server(config.metrics_listen, page)
    page.read()  # whatever is imported late is imported now, while it can be read (privilege.drop)
    drop(config.door_user)
    log.info("listening", at=server.at)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


class Page:
    """What is served: read at most every few seconds, whoever asks how often."""

    def __init__(self, config: Config, store: Store, queue: Queue) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        trail = Trail()
        self._registry.register(Gauges(config, store, queue, trail))  # first: it lets the trail follow
        self._registry.register(trail)
        self._cached = Cached(self.read, KEEP, PATIENCE)

    def read(self) -> bytes:
        """The page, now, in Prometheus' text format."""
        return generate_latest(self._registry)

    def latest(self) -> bytes | None:
        """The page as it was a moment ago; None when it cannot be had."""
        answer = self._cached.get()
        return answer.value if answer and answer.age < OLD else None


class Server(socketserver.ThreadingTCPServer):
    """A thread for each request; `at` is where it listens."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, listen: str, page: Page) -> None:
        host, port = host_port(listen)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.page = page
        try:
            super().__init__((host, port), _Handler)
        except OSError as fault:
            raise Misconfigured(f"INTAKE_METRICS_LISTEN: cannot listen on {listen}: {fault.strerror}") from None

    @property
    def at(self) -> str:
        """host:port."""
        host, port = self.server_address[:2]
        return f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"

    def handle_error(self, _request: Any, _client: Any) -> None:
        """A client that went away: nothing to say, and not where it was."""


class _Handler(BaseHTTPRequestHandler):
    timeout = TIMEOUT
    server: Server

    def do_GET(self) -> None:
        page = self.server.page.latest() if self.path == "/metrics" else b""
        self.send_response(503 if page is None else 200 if page else 404)
        self.send_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.send_header("Content-Length", str(len(page or b"")))
        self.end_headers()
        self.wfile.write(page or b"")

    def version_string(self) -> str:
        return "intake"

    def log_message(self, *_: Any) -> None:
        """Nothing of a request is logged."""
