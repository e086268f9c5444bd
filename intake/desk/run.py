"""Starts the staff desk."""

from __future__ import annotations

from intake.config import Config
from intake.desk.app import create_app
from intake.privilege import hide_memory
from intake.queue import Queue
from intake.routing.published import Published
from intake.store import Store
from intake.vault import load_vault
from intake.web.serve import Site, serve


def main(config: Config) -> None:
    """Serve on `config.desk_listen` until SIGTERM or SIGINT; `Misconfigured` when it cannot start."""
    load_vault(config.home)
    check = Store(config.database)
    check.check()
    check.close()
    serve("desk", config.desk_listen, lambda: build(config))


def build(config: Config) -> Site:
    """The app with its own connections, for one worker process."""
    hide_memory()
    store = Store(config.database)
    published = Published(store, config)
    app = create_app(config, store, load_vault(config.home), Queue(config), published)
    return Site(app, store, published.refresh)
