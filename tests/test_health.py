"""Readiness: a machine that cannot take a form says so, at once and to whoever asks how often."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from intake import migrations, vault
from intake.config import Config
from intake.door import Door
from intake.queue import Queue
from intake.routing.published import Published
from intake.store import Store
from intake.web import create_app
from tests.conftest import wait_for
from tests.test_doctor import disk


def client_of(config: Config, store: Store) -> FlaskClient:
    door = Door(store, vault.load_sealer(config.home), Queue(config))
    return create_app(config, door, Published(store, config), store).test_client()


def ask(client: FlaskClient) -> tuple[int, str]:
    page = client.get("/readyz")
    assert "Set-Cookie" not in page.headers
    return page.status_code, page.text


def test_a_form_can_be_taken(config: Config, store: Store) -> None:
    """200 and "ok", without a cookie; a hundred who ask in a second cost the store one or two writes."""
    commits = []
    sa.event.listen(store.engine, "commit", lambda _conn: commits.append(1))
    client = client_of(config, store)
    wait_for(lambda: ask(client) == (200, "ok"))
    began, commits[:] = time.monotonic(), []
    assert [ask(client) for _ in range(100)] == [(200, "ok")] * 100
    assert len(commits) <= time.monotonic() - began + 1


def test_a_store_that_is_locked_is_not_ready(config: Config, store: Store) -> None:
    """It waits for nobody's lock longer than two seconds, all who ask together, and is ready again after."""
    client = client_of(config, store)
    wait_for(lambda: ask(client) == (200, "ok"))
    with store.write() as conn:
        if not store.sqlite:
            conn.execute(sa.text("LOCK TABLE heartbeats"))
        wait_for(lambda: ask(client) == (503, "not ready"))
        together = [threading.Thread(target=ask, args=(client_of(config, store),)) for _ in range(3)]
        for thread in together:
            thread.start()
        assert ask(client) == (503, "not ready")
        for thread in together:
            thread.join()
    wait_for(lambda: ask(client) == (200, "ok"))


def test_a_full_disk_is_not_ready(tmp_path: Path) -> None:
    """A disk on which the door would refuse a letter of the largest size."""
    with disk(tmp_path / "small", "100m") as home:
        vault.create_keys(home)
        small = Config(home=home, max_octets=1024 * 1024, _env_file=None)  # type: ignore[call-arg]
        store = Store(small.database)
        migrations.upgrade(store)
        assert ask(client_of(small, store)) == (200, "ok")
        (home / "fill").write_bytes(bytes(40 * 1024 * 1024))
        assert ask(client_of(small, store)) == (503, "not ready")
        store.close()


@pytest.mark.parametrize("url", ["sqlite:///{}/empty.db", "postgresql://x@127.0.0.1:1/x"])
def test_a_store_that_is_away_is_not_ready(home: Path, tmp_path: Path, url: str) -> None:
    """No schema, no server: 503, and nothing else is said."""
    config = Config(home=home, _env_file=None)  # type: ignore[call-arg]
    assert ask(client_of(config, Store(url.format(tmp_path)))) == (503, "not ready")
