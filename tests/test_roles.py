"""PostgreSQL roles: what the doors' and the workers' may do, tried on a real server."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from intake import lookup, migrations, roles, vault
from intake.cli import cli
from intake.config import Config
from intake.heartbeat import beat
from intake.routing.published import Published, parsed, publish
from intake.store import Store, heartbeats, letters, meta
from intake.web.run import build
from tests.conftest import environment, wait_for
from tests.road import Mailbox, Road, alias_of, body, mail
from tests.test_web import code_of, send, token
from tests.wire import CONTACT, MARIA, Process

DMV = "dmv@agencies.example"
TABLES = [*meta.sorted_tables, sa.table("alembic_version", sa.column("version_num"))]
READ = {
    "alembic_version": {"version_num"},
    "rules_versions": {"id", "version", "source"},
    "heartbeats": set(heartbeats.c.keys()),
}
WRITTEN = {
    "contents": {"id", "sealed"},
    "letters": set(letters.c.keys()) - {"digest", "held_because", "tags", "agency"},
    "tickets": {"ref", "letter", "linked_to", "state", "channel", "received", "notice", "tags", "consent"},
    "events": {"at", "what", "subject", "ticket", "by", "detail"},
    "heartbeats": set(heartbeats.c.keys()),
}


@dataclass(frozen=True)
class Cluster:
    """A database whose doors and workers have roles of their own. Each is the URL under which a role logs in."""

    owner: str
    door: str
    worker: str
    sql: str
    home: Path

    def may(self, url: str, statement: str) -> bool:
        """Whether the role of `url` may do it; nothing of it stays."""
        with psycopg.connect(url) as conn:
            try:
                conn.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                return False
            finally:
                conn.rollback()
            return True

    def as_owner(self, sql: str) -> None:
        with psycopg.connect(self.owner, autocommit=True) as conn:
            conn.execute(sql)

    def excess(self, url: str) -> list[str]:
        store = Store(url)
        with store.read() as conn:
            found = roles.excess(conn)
        store.close()
        return found


@pytest.fixture(scope="module")
def cluster(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Made as a DBA makes it: migrated by the owner, then what `intake roles` printed was run."""
    name = f"r{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
    url = sa.make_url(postgresql).set(database=name)
    door, worker = f"door_{name}", f"worker_{name}"
    urls = [url.set(username=user).render_as_string(hide_password=False) for user in (url.username, door, worker)]
    command = [str(Path(sys.executable).parent / "intake"), "roles", "--door", door, "--worker", worker]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment()).stdout
    made = Cluster(*urls, printed, tmp_path_factory.mktemp("home"))
    vault.create_keys(made.home)
    store = Store(made.owner)
    migrations.upgrade(store)
    store.close()
    made.as_owner(printed)
    yield made
    with psycopg.connect(postgresql, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
        conn.execute(f"DROP ROLE {door}, {worker}")


@pytest.fixture
def road(cluster: Cluster, rules_file: Path, mailbox: Mailbox) -> Iterator[Road]:
    """Workers with the workers' role."""
    config = Config(  # type: ignore[call-arg]
        home=cluster.home, database_url=cluster.worker, rules=rules_file, smarthost=mailbox.address, rate_limits=False,
        _env_file=None,
    )  # fmt: skip
    store = Store(cluster.worker)
    with store.write() as conn:
        publish(conn, parsed(rules_file.read_bytes(), config.mail_domain), "operator", rules_file)
    published = Published(store, config)
    published.refresh()
    made = Road(config, store, published)
    yield made
    made.bench.courier.close()
    store.close()


def test_the_doors_do_all_their_work_with_their_role(
    cluster: Cluster, road: Road, mailbox: Mailbox, tmp_path: Path
) -> None:
    """Mail to contact, agency, alias, bounce token and to nobody; forms, receipt, status, choices, health, rules."""
    config = road.config.model_copy(update={"database_url": cluster.door})
    site = build(config)
    web = site.app.test_client()
    with Process(config, tmp_path) as smtp, smtp.client().hello() as client:
        assert client.letter(mail("My driver's license."), CONTACT).startswith("250")
        assert client.letter(mail("Potholes."), "dot@intake.example", CONTACT).startswith("250")
        for nobody in ("nobody", "reply+00000000000000000000", "bounce+00000000000000000000"):
            assert client.envelope(f"{nobody}@intake.example")[1].startswith("550"), nobody
            client.say("RSET")
        same = token(web)
        asked = {"reply": "receipt", "message": "My license plate, please.", "_token": same}
        pages = [send(web, attachments=[(io.BytesIO(b"x"), "x.txt")], **asked) for _ in range(2)]
        assert len({code_of(page) for page in pages}) == 1
        assert send(web, reply="none", message="The street lights.").status_code == 200
        road.work()

        for message in mailbox.to(DMV):
            answer = mail("It is done on Monday.", sender=DMV, to=alias_of(message), subject="Re: it")
            assert client.letter(answer, alias_of(message), sender=DMV).startswith("250")
        bounce = next(sender for sender, to, _ in mailbox.got if to == [DMV])
        assert client.letter(mail("I am away."), bounce, sender="").startswith("250")
        road.work()
        status = web.post("/status", data={"code": code_of(pages[0]), "csrf_token": token(web, "/status")})
        assert "It is done on Monday." in status.text

        path = re.search(r"/choices/[0-9a-z]{20}", body(mailbox.to("maria.lopez@post.example")[-1]))
        assert path
        wish = {"wish": "stop", "csrf_token": token(web, path[0])}
        assert web.post(path[0], data=wish).status_code == 200
        road.work()

        with road.store.write() as conn:
            beat(conn, "worker", {})
            publish(conn, parsed(config.rules.read_bytes() + b"\n# once more\n", config.mail_domain), "operator")
        with site.store.write() as conn:
            beat(conn, "web", {})
        site.refresh()
        wait_for(lambda: web.get("/healthz").status_code == 200)
    assert "InsufficientPrivilege" not in smtp.log.read_text()
    with road.store.read() as conn:
        kinds = sa.select(letters.c.kind, sa.func.count()).group_by(letters.c.kind)
        assert dict(conn.execute(kinds).all()) == {"new": 4, "reply": 2, "bounce": 1, "wish": 1}
    assert road.sums()["difference"] == 0
    assert road.seal().fault == ""
    site.store.close()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_door_reads_and_changes_nothing_else(cluster: Cluster, table: sa.Table) -> None:
    """Every table and column, tried: what no look-up gives cannot be read, and nothing is changed or deleted."""
    name, columns = table.name, [column.name for column in table.c]

    def allowed(statement: str) -> set[str]:
        return {column for column in columns if cluster.may(cluster.door, statement.format(column=column))}

    assert allowed(f"SELECT {{column}} FROM {name}") == READ.get(name, set())
    assert allowed(f"INSERT INTO {name} ({{column}}) SELECT NULL WHERE false") == WRITTEN.get(name, set())
    assert allowed(f"UPDATE {name} SET {{column}} = NULL") == set()
    assert cluster.may(cluster.door, f"DELETE FROM {name}") == (name == "heartbeats")
    assert not cluster.may(cluster.door, f"TRUNCATE {name}")


def test_a_door_says_only_what_a_door_does(cluster: Cluster) -> None:
    """AU3: a broken-in door writes no disclosure, consent or delivery into the trail; a worker writes all of them."""
    event = "INSERT INTO events (at, what, subject, by, detail) VALUES (1, '{}', 'A', 'mail', '{{}}')"
    for what in ("accepted", "delivered", "disclosed", ""):
        assert cluster.may(cluster.door, event.format(what)) is (what == "accepted"), what
        assert cluster.may(cluster.worker, event.format(what)), what


def test_a_look_up_lists_nothing(cluster: Cluster, road: Road) -> None:
    """A door that knows no digest gets no row, whatever it puts in the place of one."""
    with psycopg.connect(cluster.door) as conn:
        for name in lookup.LOOKUPS:
            for guess in ("", "%", "' OR true --", None):
                assert conn.execute(f"SELECT * FROM look_up_{name}(%s)", [guess]).fetchall() == []


@pytest.mark.parametrize("name", lookup.LOOKUPS)
def test_the_look_ups_in_the_database_are_the_program_s(cluster: Cluster, name: str) -> None:
    """What PostgreSQL runs is the query that SQLite is asked, with a search path that nobody can bend."""
    with psycopg.connect(cluster.owner) as conn:
        query = "SELECT prosrc, pg_get_function_result(oid), prosecdef, proconfig FROM pg_proc WHERE proname = %s"
        body, result, definer, settings = conn.execute(query, [f"look_up_{name}"]).fetchone()
    columns, wanted = lookup.function(name)
    assert body.split() == wanted.split()
    assert (result, definer, settings) == (f"TABLE({columns})", True, ["search_path=public, pg_temp"])


def test_workers_never_change_what_happened(cluster: Cluster, road: Road, mailbox: Mailbox) -> None:
    """AU3: a start, a letter's road and the chain are theirs; no event of it can be changed, deleted or moved."""
    migrations.upgrade(road.store)
    road.mail(MARIA, CONTACT, mail("My driver's license."))
    road.work()
    assert len(mailbox.to(DMV)) == 1
    assert road.seal().fault == ""
    for column in roles.events.c.keys():  # noqa: SIM118 - a collection of columns, not a dict
        may = cluster.may(cluster.worker, f"UPDATE events SET {column} = {column}")
        assert may == (column in ("position", "hash")), column
    for statement in ("DELETE FROM events", "TRUNCATE events", "DROP TABLE events", "ALTER TABLE events DROP hash"):
        assert not cluster.may(cluster.worker, statement), statement
    assert not cluster.may(cluster.worker, "INSERT INTO events (position) SELECT 1 WHERE false")
    assert not cluster.may(cluster.worker, "CREATE TABLE mine (id int)")


def test_what_a_door_may_beyond_its_work_is_named(cluster: Cluster) -> None:
    """`excess` is empty for the doors' role, names what somebody granted besides, and the SQL takes that back."""
    door = sa.make_url(cluster.door).username
    assert cluster.excess(cluster.door) == []
    cluster.as_owner(f"GRANT SELECT ON letters TO {door}; GRANT UPDATE (state) ON tickets TO {door}")
    assert cluster.excess(cluster.door) == ["SELECT on letters", "UPDATE on tickets"]
    assert {"SELECT on contents", "DELETE on letters"} <= set(cluster.excess(cluster.worker))
    assert "TRUNCATE on events" in cluster.excess(cluster.owner)
    cluster.as_owner("ALTER TABLE events DISABLE ROW LEVEL SECURITY")
    assert "INSERT of any kind on events" in cluster.excess(cluster.door)
    cluster.as_owner(cluster.sql)
    assert cluster.excess(cluster.door) == []


def test_a_later_table_is_closed_to_the_doors(cluster: Cluster) -> None:
    """A table that a migration makes after the roles is nobody's but the owner's until it is listed."""
    cluster.as_owner("CREATE TABLE later (secret text)")
    try:
        assert not cluster.may(cluster.door, "SELECT secret FROM later")
        assert not cluster.may(cluster.worker, "SELECT secret FROM later")
    finally:
        cluster.as_owner("DROP TABLE later")


@pytest.mark.parametrize("name", ["Door", "a;b", 'a"b', "a b", ""])
def test_a_role_s_name_is_only_a_name(name: str) -> None:
    """What would not be one word of SQL is refused."""
    ended = CliRunner().invoke(cli, ["roles", "--door", name])
    assert (ended.exit_code, ended.stdout) == (2, "")
