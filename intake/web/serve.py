"""Serves a Flask app with gunicorn, bound here so that port 0 works, and says in the store that it is at
work.

The rule it keeps: nothing of a request is logged, and no header names the software.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.http import wsgi
from gunicorn.workers import gthread  # noqa: F401 - read now, while it can be (privilege.drop)

from intake.config import host_port
from intake.errors import Misconfigured
from intake.store import Store, beat

WORKERS, THREADS = 2, 8
BEAT_SECONDS = 5.0

log = structlog.get_logger("intake.serve")


@dataclass(frozen=True, slots=True)
class Site:
    """An app, the store to beat in, and what else to do at every beat."""

    app: Flask
    store: Store
    refresh: Callable[[], object]


def serve(name: str, listen: str, build: Callable[[], Site], settle: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT. `build` is called in each worker, after the fork: connections survive none;
    `settle` once we listen, before that fork."""
    bound = bind(listen)
    settle()
    where = _listening(bound)
    _Gunicorn(name, bound, where, build).run()


def bind(listen: str) -> socket.socket:
    """A listening socket on host:port; `Misconfigured` when the address is taken or not ours."""
    host, port = host_port(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as fault:
        raise Misconfigured(f"cannot listen on {listen}: {fault.strerror}; choose another address or port") from fault


def _listening(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, name: str, bound: socket.socket, where: str, build: Callable[[], Site]) -> None:
        self._name, self._bound, self._where, self._build = name, bound, where, build
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"fd://{self._bound.fileno()}",
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": "gthread",
            "graceful_timeout": 5,
            "timeout": 60,
            "keepalive": 5,
            "user": os.geteuid(),  # who we are now, not who we were when gunicorn was imported
            "group": os.getegid(),
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": _Quiet,
            "control_socket_disable": True,
            "forwarded_allow_ips": "",  # nobody in front of us is believed
            "proc_name": f"intake-{self._name}",
        }
        for key, value in settings.items():
            self.cfg.set(key, value)

    def load(self) -> Flask:
        wsgi.Response.default_headers = _nameless(wsgi.Response.default_headers)
        site = self._build()
        threading.Thread(target=_beat, args=(self._name, self._where, site), name="beat", daemon=True).start()
        return site.app


class _Quiet(glogging.Logger):  # type: ignore[misc]
    """gunicorn's words go to our log, which keeps no words of requests."""

    def setup(self, cfg: Any) -> None:
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.handlers[:] = []
        self.error_log.propagate = True


def _nameless(original: Callable[[Any], list[str]]) -> Callable[[Any], list[str]]:
    def default_headers(response: Any) -> list[str]:
        return [line for line in original(response) if not line.startswith("Server:")]

    return default_headers


def _beat(name: str, where: str, site: Site) -> None:
    pause = threading.Event()
    while True:
        try:
            site.refresh()
            with site.store.write() as conn:
                beat(conn, name, {"listen": where})
        except Exception as fault:  # noqa: BLE001 - a beat missed is no reason to stop serving
            log.warning("beat missed", fault=type(fault).__name__)
        pause.wait(BEAT_SECONDS)
