"""A canary: one address goes through everything that the program does, and stands nowhere outside its mail."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import logging
import re
import sqlite3
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from intake import desk, ticket, users, web
from intake.letter import Attachment
from intake.malware import Finding
from intake.store import Store, contents, events
from tests.road import Mailbox, Road, alias_of, mail
from tests.test_backscatter import with_program
from tests.test_desk import PASSWORD, sign_in
from tests.test_relay import CLERK, DMV, answer, bounce_of, report

CANARY = "quetzalcoatl.brandybuck"
CITIZEN = f"{CANARY}@post.example"
OTHER = f"{CANARY}@firm.example"


def with_files() -> bytes:
    """A letter with the canary in its text, in a file's name, in the file, and in a picture's words about itself."""
    raw = mail(f"My driver's license expired. Write to {CITIZEN}.", sender=f"Q. B. <{CITIZEN}>")
    message = message_from_bytes(raw, policy=policy.SMTP)
    message.add_attachment(f"From {CITIZEN}.", filename=f"{CITIZEN}.txt")
    message.add_attachment(b"\x89PNG" + CITIZEN.encode(), maintype="image", subtype="png", filename=f"{CANARY}.png")
    return message.as_bytes()


@dataclass(frozen=True, slots=True)
class Case:
    """What was done, and the letters that came of it."""

    road: Road
    ids: list[str] = field(default_factory=list)

    def mail(self, sender: str, to: str, raw: bytes) -> None:
        self.ids.extend(self.road.mail(sender, to, raw))
        self.road.work()


@pytest.fixture
def case(road: Road, mailbox: Mailbox) -> Case:
    """A letter, its answer, an addition, choices; and one of everything that is held."""
    made = Case(road)
    made.mail(CITIZEN, "contact@intake.example", with_files())
    to_citizen, to_agency = alias_of(mailbox.to(DMV)[0]), alias_of(mailbox.to(CITIZEN)[0])
    made.mail(CLERK, to_citizen, answer(f"Is {CITIZEN} yours?"))
    made.mail("", bounce_of(mailbox, CITIZEN), report("failed", "5.1.1", CITIZEN))
    made.mail(CITIZEN, to_agency, mail(f"It is {CITIZEN}.", sender=CITIZEN))
    made.mail(OTHER, to_agency, mail(f"I am {OTHER}.", sender=OTHER))
    made.mail(CITIZEN, to_citizen, mail(f"Hello, {CITIZEN} here.", sender=CITIZEN))
    made.mail(CITIZEN, "contact@intake.example", with_program(CITIZEN))
    made.mail(CITIZEN, "contact@intake.example", mail("I want to kill myself.", sender=CITIZEN, subject=CITIZEN))
    encrypted = mail(sender=CITIZEN).replace(b"text/plain", b"application/pkcs7-mime; smime-type=enveloped-data")
    made.mail(CITIZEN, "contact@intake.example", encrypted)
    made.ids.append(road.form(message=f"My license. {CITIZEN}", email=CITIZEN, reply="email", name=CITIZEN))
    road.wish(mailbox.to(CITIZEN)[0], "share")
    road.wish(mailbox.to(CITIZEN)[0], "keep")
    road.work()
    assert {road.letter(ident).state for ident in made.ids} == {"done", "held"}
    assert CANARY in "".join(to for _, rcpts, _ in mailbox.got for to in rcpts)
    return made


def canaries(text: str | bytes) -> list[str]:
    """Where the canary stands, as it is or as a page, a JSON text or an address on the web spells it."""
    whole = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    plain = html.unescape(re.sub(r"<wbr>|&shy;|=\n", "", whole)).lower().replace("%40", "@").replace("%2e", ".")
    return [plain[max(0, at.start() - 60) : at.end() + 20] for at in re.finditer(re.escape(CANARY), plain)]


# ── what is stored, and leaves with a backup ─────────────────────────────────────────────────────────────────────


def test_a_backup_holds_no_address(case: Case, tmp_path: Path) -> None:
    """LK16, PI5: every column of every table, the files beside the database, and the copy that operators make."""
    road = case.road
    assert road.seal().fault == ""
    with road.store.read() as conn:
        tables = sa.inspect(conn).get_table_names()
        rows = {name: list(conn.execute(sa.text(f'SELECT * FROM "{name}"'))) for name in tables}
    assert len(rows["letters"]) > 10
    assert {name: found for name in rows if (found := canaries(_octets(rows[name])))} == {}
    url = road.config.database_url
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as conn:
            conn.execute("VACUUM INTO ?", (str(tmp_path / "backup.db"),))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert road.bench.anchor in files
    assert [path for path in files if canaries(path.read_bytes())] == []


def _octets(rows: list[sa.Row]) -> bytes:  # type: ignore[type-arg]
    return b"\n".join(
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for row in rows for value in row
    )


def test_no_digest_of_an_address_is_without_a_key(case: Case, mailbox: Mailbox) -> None:
    """LK17: whoever guesses an address cannot find its plain hash, in the store or in what left."""
    with case.road.store.read() as conn:
        tables = sa.inspect(conn).get_table_names()
        rows = [row for name in tables for row in conn.execute(sa.text(f'SELECT * FROM "{name}"'))]
    whole = _octets(rows) + b"".join(mailbox.raw)
    digests = [hashlib.new(how, CITIZEN.encode()).digest() for how in ("md5", "sha1", "sha256", "sha512", "blake2b")]
    spelt = [way(digest) for digest in digests for way in (bytes, lambda d: d.hex().encode(), base64.b64encode)]
    assert [one for one in spelt if one[:12] in whole] == []


def test_lists_and_the_trail_hold_no_address(case: Case) -> None:
    """LK16, AU4: what `intake tickets --json` prints, and each event with its detail."""
    road = case.road
    with road.store.read() as conn:
        trail = [dict(row._mapping) for row in conn.execute(sa.select(events))]
    listed = road.tickets()
    assert len(listed) > 3
    assert len(trail) > 30
    assert canaries(json.dumps([listed, [road.ticket(one["ref"]) for one in listed]])) == []
    assert canaries(json.dumps(trail, default=str)) == []


class Talkative:
    """A scanner that fails, and says about whose file."""

    def scan(self, _: list[Attachment]) -> list[Finding]:
        raise RuntimeError(CITIZEN)


def test_no_log_line_holds_an_address(
    case: Case, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """LK16, PI1, PI3: at any level, from any library; also of a letter that the program fails on."""
    caplog.set_level(logging.DEBUG)
    object.__setattr__(case.road.bench, "scanner", Talkative())
    case.mail(CITIZEN, "contact@intake.example", with_files())
    said = "".join((*capfd.readouterr(), caplog.text))
    assert "letter failed" in said
    assert canaries(said) == []


# ── what people see ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def admin(case: Case) -> FlaskClient:
    """Somebody who may see every letter at the desk."""
    road = case.road
    with road.store.write() as conn:
        users.create(conn, "root", PASSWORD, "admin")
    app = desk.create_app(road.config, road.store, road.vault, road.queue, road.published)
    client = app.test_client()
    assert sign_in(client, "root").status_code == 302
    return client


def test_the_desk_shows_no_address(case: Case, admin: FlaskClient) -> None:
    """LK16: lists, letters, held letters and sums, for whoever may see most; and errors of each kind."""
    refs = [one["ref"] for one in case.road.tickets()]
    paths = ["/", "/held", "/mail", "/sums", *(f"/letter/{ref}" for ref in refs), *(f"/held/{one}" for one in case.ids)]
    paths += [f"/?state={state}" for state in ticket.STATES]
    pages = {path: admin.get(path) for path in paths}
    assert {page.status_code for page in pages.values()} <= {200, 302}
    assert sum(path.startswith("/held/") and page.status_code == 200 for path, page in pages.items()) >= 4
    assert "withheld" in "".join(page.text for page in pages.values())
    assert {path: found for path, page in pages.items() if (found := canaries(page.data))} == {}


def test_the_desk_s_errors_show_no_address(case: Case, admin: FlaskClient) -> None:
    """LK16: what does not exist, what is not allowed, and a letter that does not open."""
    with case.road.store.write() as conn:
        conn.execute(sa.update(contents).values(sealed=b"\0" * 60))
    pages = [admin.get(f"/held/{one}") for one in case.ids]
    pages += [admin.get(f"/letter/{one['ref']}") for one in case.road.tickets()]
    pages += [
        admin.get(path) for path in (f"/letter/{CITIZEN}", f"/held/{CITIZEN}", f"/{CITIZEN}", f"/?before={CITIZEN}")
    ]
    pages += [admin.get(f"/mail/{CITIZEN}/"), admin.post(f"/letter/{CITIZEN}/reroute", data={"agency": CITIZEN})]
    assert {404, 403} <= {page.status_code for page in pages}
    assert [found for page in pages if (found := canaries(page.data))] == []


class Away(Store):
    """A store that has gone away and says too much about it."""

    def read(self):  # type: ignore[no-untyped-def]
        raise RuntimeError(CITIZEN)

    write = read


def test_error_pages_of_the_public_web_show_no_address(case: Case, capfd: pytest.CaptureFixture[str]) -> None:
    """LK16: no page but the form itself gives back what was typed, and none says what went wrong inside."""
    road = case.road
    client = web.create_app(road.config, road.door, road.published, road.store).test_client()
    pages = [client.get(path) for path in (f"/{CITIZEN}", f"/choices/{CITIZEN}", f"/status?code={CITIZEN}")]
    pages += [client.post(f"/choices/{CITIZEN}", data={"wish": CITIZEN}), client.put("/", data={"email": CITIZEN})]
    away = Away(road.config.database_url)
    broken = web.create_app(road.config, road.door, road.published, away).test_client()
    pages += [broken.get("/choices/0123456789abcdefghjk"), broken.get("/healthz")]
    away.close()
    assert {page.status_code for page in pages} >= {404, 405}
    assert any(page.status_code >= 500 for page in pages)
    assert [found for page in pages if (found := canaries(page.data))] == []
    assert canaries("".join(capfd.readouterr())) == []
