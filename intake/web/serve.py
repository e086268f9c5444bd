"""Serves a Flask app with gunicorn, on a listening socket of ours, and says that it is at work: in the store, and
to whoever started us.

The rule it keeps: nothing of a request is logged, and no header names the software.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.http import wsgi
from gunicorn.workers import gthread  # noqa: F401 - read now, while it can be (privilege.drop)

from intake.heartbeat import beat
from intake.listener import address, bind, listener
from intake.notify import Notifier
from intake.store import Store

__all__ = ["Site", "bind", "serve"]

WORKERS, THREADS = 2, 8
BEAT_SECONDS = 5.0
LOOP_SECONDS = 10.0  # a worker's loop turns once a second
GRACE_SECONDS = 30  # for requests on the wire, when we were told to end

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
    notifier = Notifier()
    bound = listener(name, listen)
    settle()
    _Arbiter(_Gunicorn(name, bound, build), notifier).run()


class _Arbiter(Arbiter):  # type: ignore[misc]
    """gunicorn's master. It gives signs of life as long as its own loop turns, and that of a worker.

    Its own READY=1 comes before there is a worker; the `Notifier` has taken its variable away.
    """

    def __init__(self, app: BaseApplication, notifier: Notifier) -> None:
        self._notifier = notifier
        super().__init__(app)

    def murder_workers(self) -> None:
        """A turn of the loop, in which it kills workers that hang for a minute."""
        super().murder_workers()
        if any(_turns(worker) for worker in self.WORKERS.values()):
            self._notifier.ready()
            self._notifier.alive()

    def stop(self, graceful: bool = True) -> None:
        """Let the workers finish what they have in hand."""
        self._notifier.stopping()
        super().stop(graceful)


def _turns(worker: Any) -> bool:
    """Whether the worker's loop turned lately. Before it does for the first time, its file is of the wall clock, and in
    the future of this one."""
    return bool(0 <= time.monotonic() - worker.tmp.last_update() < LOOP_SECONDS)


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    def __init__(self, name: str, bound: socket.socket, build: Callable[[], Site]) -> None:
        self._name, self._where, self._build = name, address(bound), build
        self._fd = bound.detach()  # gunicorn closes it
        super().__init__()

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"fd://{self._fd}",
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": "gthread",
            "graceful_timeout": GRACE_SECONDS,
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
