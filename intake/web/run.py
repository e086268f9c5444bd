"""Starts the public web."""

from __future__ import annotations

from intake.config import Config
from intake.door import Door
from intake.privilege import drop
from intake.queue import Queue
from intake.routing.published import Published
from intake.store import Store
from intake.vault import load_sealer
from intake.web.app import create_app
from intake.web.keys import load_keys
from intake.web.serve import Site, serve


def main(config: Config) -> None:
    """Serve on `config.web_listen` until SIGTERM or SIGINT; `Misconfigured` when it cannot start."""
    load_sealer(config.home)
    store = Store(config.database)
    store.check()
    Published(store, config).refresh()  # read once for all workers, and as long as files can be read
    store.close()
    serve("web", config.web_listen, lambda: build(config), lambda: settle(config))


def settle(config: Config) -> None:
    """Make the web's own keys and read what the pages need, before root is given up and the workers fork."""
    Queue(config).warm()
    load_keys(config.home)
    site = build(config)
    for page in ("/", "/status", "/privacy", "/choices/", "/nowhere"):
        site.app.test_client().get(page)
    site.store.close()
    drop(config.door_user, config.home / "web")


def build(config: Config) -> Site:
    """The app with its own connections, for one worker process."""
    store = Store(config.database)
    published = Published(store, config)
    door = Door(store, load_sealer(config.home), Queue(config))
    return Site(create_app(config, door, published, store), store, published.refresh)
