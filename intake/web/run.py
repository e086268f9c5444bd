"""Starts the public web."""

from __future__ import annotations

from intake.config import Config
from intake.door import Door
from intake.queue import Queue
from intake.routing.published import Published
from intake.store import Store
from intake.vault import load_sealer
from intake.web.app import create_app
from intake.web.keys import load_keys
from intake.web.serve import Site, serve


def main(config: Config) -> None:
    """Serve on `config.web_listen` until SIGTERM or SIGINT; `Misconfigured` when it cannot start."""
    load_keys(config.home)  # made before the workers fork
    load_sealer(config.home)
    check = Store(config.database)
    check.check()
    check.close()
    serve("web", config.web_listen, lambda: build(config))


def build(config: Config) -> Site:
    """The app with its own connections, for one worker process."""
    store = Store(config.database)
    published = Published(store, config)
    door = Door(store, load_sealer(config.home), Queue(config))
    return Site(create_app(config, door, published, store), store, published.refresh)
