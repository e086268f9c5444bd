"""The public form door, through Flask's test client, on a real store."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from intake import migrations, notice, receipt, vault
from intake.config import Config
from intake.door import Accepted, Door
from intake.errors import Misconfigured, StoreBusy, StoreFull
from intake.heartbeat import beat
from intake.letter import Envelope, from_form
from intake.purpose import Purpose, grant
from intake.queue import Queue
from intake.reader import fetch, open_letter
from intake.routing import load
from intake.routing.published import Published, publish
from intake.store import Store, answers, heartbeats, insert, letters, tickets
from intake.web import create_app, limits
from intake.web import form as forms
from intake.web.form import File, Form
from intake.web.keys import load_keys

ROOT = Path(__file__).parents[1]
MESSAGE = "The street light in front of my house is out."


def settings(home: Path, **more: Any) -> Config:
    given: dict[str, Any] = {"home": home, "rate_limits": False, "max_octets": 64 * 1024, **more}
    return Config(_env_file=None, **given)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, Store]]:
    """A folder with keys and a store with the default rules."""
    home = tmp_path_factory.mktemp("web")
    vault.create_keys(home)
    config = settings(home)
    store = Store(config.database)
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, load(ROOT / "routing_rules.yaml"), "test")
    yield config, store
    store.close()


def app_of(config: Config, store: Store, door: Door | None = None) -> Flask:
    made = door or Door(store, vault.load_sealer(config.home), Queue(config))
    return create_app(config, made, Published(store, config), store)


@pytest.fixture(scope="module")
def app(installation: tuple[Config, Store]) -> Flask:
    return app_of(*installation)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def store(installation: tuple[Config, Store]) -> Store:
    return installation[1]


def token(client: FlaskClient, path: str = "/") -> str:
    return field(client.get(path), "csrf_token")


def field(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


def send(client: FlaskClient, _token: str | None = None, **fields: Any) -> TestResponse:
    """Post the form with a token of its own page."""
    data = {"message": MESSAGE, "csrf_token": _token or token(client), **fields}
    return client.post("/", data=data, content_type="multipart/form-data")


def count(store: Store) -> int:
    with store.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(letters)) or 0


def reference(page: TestResponse) -> str:
    found = re.search(r'id="reference">([0-9A-Z-]{14})<', page.text)
    assert found, page.text
    return found[1]


def opened(config: Config, store: Store, ref: str) -> Envelope:
    with store.write() as conn:
        granted = grant(conn, [(ref, ref)], Purpose.REDIRECT, "test")[ref]
        row = fetch(conn, [ref])[0]
    return open_letter(row, vault.load_vault(config.home), granted).envelope


# ── a letter ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_thanks_come_after_the_commit(client: FlaskClient, installation: tuple[Config, Store]) -> None:
    """The thank-you page names a reference under which the whole letter is sealed in the store."""
    config, store = installation
    page = send(client, name="Ana Díaz", reply="email", email="ana@mail.example", topic="Housing or rent", town="Avon")
    assert page.status_code == 200
    envelope = opened(config, store, reference(page))
    assert envelope.channel == "form"
    assert envelope.recipients == ("contact",)
    assert dict(envelope.fields) == {
        "name": "Ana Díaz",
        "reply": "email",
        "email": "ana@mail.example",
        "topic": "Housing or rent",
        "town": "Avon",
        "message": MESSAGE,
        "share_email": "",
        "receipt_digest": "",
        "receipt_public": "",
    }
    assert notice.CURRENT.version in page.text


def test_nothing_stored_can_be_read_in_the_database(client: FlaskClient, installation: tuple[Config, Store]) -> None:
    """PI5: neither message nor name nor address stands readable in the database's files."""
    config, _ = installation
    send(
        client,
        message="canary-in-the-message",
        name="canary-name",
        reply="email",
        email="canary@mail.example",
    )
    for file in (config.home / "store").iterdir():
        assert b"canary" not in file.read_bytes()


def test_files_are_kept_exactly(client: FlaskClient, installation: tuple[Config, Store]) -> None:
    """WF9: files come through octet by octet, under the last part of the name they claim."""
    config, store = installation
    data = bytes(range(256)) * 8
    files = [
        (io.BytesIO(data), "../../etc/photo.jpg", "image/jpeg"),
        (io.BytesIO(b"x"), "b\u202ec.txt", "text/plain"),
    ]
    ref = reference(send(client, attachments=files))
    with store.write() as conn:
        granted = grant(conn, [(ref, ref)], Purpose.REDIRECT, "test")[ref]
        row = fetch(conn, [ref])[0]
    letter = open_letter(row, vault.load_vault(config.home), granted).read()
    photo = letter.attachments[0]
    assert (photo.name, photo.type, photo.data) == ("photo.jpg", "image/jpeg", data)
    assert letter.attachments[1].name == "bc.txt"
    assert letter.text == MESSAGE


@pytest.mark.parametrize(
    ("fields", "way"),
    [
        ({"email": "a@mail.example"}, "email"),
        ({}, "none"),
        ({"reply": "none"}, "none"),
        ({"reply": "receipt"}, "receipt"),
        ({"reply": "email", "email": "a@b.test"}, "email"),
        ({"reply": "email", "email": "a@example.com"}, "email"),
    ],
)
def test_how_an_answer_is_wanted(
    client: FlaskClient, installation: tuple[Config, Store], fields: dict[str, str], way: str
) -> None:
    """Without a choice an address means an answer by e-mail; reserved test domains are addresses like others."""
    ref = reference(send(client, message=f"{MESSAGE} {fields}", **fields))
    assert opened(*installation, ref).fields["reply"] == way


def test_an_address_that_is_not_wanted_is_not_kept(client: FlaskClient, installation: tuple[Config, Store]) -> None:
    """Who wants no answer by e-mail leaves no address, and no consent to share it."""
    ref = reference(send(client, reply="none", email="a@mail.example", share_email="yes"))
    fields = opened(*installation, ref).fields
    assert fields["email"] == fields["share_email"] == ""


@pytest.mark.parametrize(("said", "agreed"), [("yes", "yes"), ("on", "yes"), ("no", ""), ("0", ""), ("false", "")])
def test_consent_is_a_yes(client: FlaskClient, installation: tuple[Config, Store], said: str, agreed: str) -> None:
    """Promise 5: what is no ticked box is no consent."""
    ref = reference(send(client, message=f"{MESSAGE} {said}", reply="email", email="a@mail.example", share_email=said))
    assert opened(*installation, ref).fields["share_email"] == agreed


def test_other_fields_are_never_looked_at(client: FlaskClient, installation: tuple[Config, Store]) -> None:
    """WF7: a form cannot choose its agency, state, role or case."""
    page = send(client, agency="dmv", status="closed", role="admin", case_id="1", ref="AAAA-AAAA-AAAA")
    ref = reference(page)
    assert "agency" not in opened(*installation, ref).fields
    with installation[1].read() as conn:
        row = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).one()
    assert (row.agency, row.state) == (None, "received")


def test_line_breaks_in_one_line_fields_are_spaces(client: FlaskClient, installation: tuple[Config, Store]) -> None:
    """WF5: what could start a second header is a space."""
    ref = reference(send(client, name="Ana\r\nBcc: x@y.example", topic="a\nb", town="A\u2028B\u202ec\0"))
    fields = opened(*installation, ref).fields
    assert (fields["name"], fields["topic"]) == ("Ana Bcc: x@y.example", "a b")
    assert fields["town"] == "A Bc"


# ── the same form twice ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_form_sent_twice_is_one_letter(client: FlaskClient, store: Store) -> None:
    """WF11, WF12: a double click, a reload or a retry gives the same reference and receipt, and one letter."""
    same, before = token(client), count(store)
    pages = [send(client, same, reply="receipt", attachments=(io.BytesIO(b"x"), "x.txt")) for _ in range(3)]
    assert len({reference(page) for page in pages}) == 1
    assert len({page.text for page in pages}) == 1
    assert count(store) == before + 1


def test_the_back_button_gives_the_same_form(client: FlaskClient, store: Store) -> None:
    """WF11: going back and sending the same again is still one letter, another text is another."""
    before = count(store)
    assert reference(send(client)) == reference(send(client))
    assert count(store) == before + 1
    send(client, message="Another matter.")
    assert count(store) == before + 2


def test_two_people_with_the_same_words_are_two_letters(app: Flask, store: Store) -> None:
    """The same text from two browsers is two letters."""
    before = count(store)
    assert reference(send(app.test_client())) != reference(send(app.test_client()))
    assert count(store) == before + 2


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────────────────────

TYPED = {
    "name": "Ana <b>",
    "topic": "My own topic",
    "town": "Avon & Co",
    "reply": "email",
    "share_email": "yes",
}


@pytest.mark.parametrize(
    ("fields", "bad", "status"),
    [
        ({"message": ""}, "message", 400),
        ({"message": " \r\n\t"}, "message", 400),
        ({"reply": "pigeon"}, "reply", 400),
        ({"reply": "email", "email": ""}, "email", 400),
        ({"email": "a@x.example, b@y.example"}, "email", 400),
        ({"email": "a@x.example;b@y.example"}, "email", 400),
        ({"email": "<script>alert(1)</script>"}, "email", 400),
        ({"email": "x" * 10_000 + "@x.example"}, "email", 400),
        ({"email": "jürgen@bücher.example"}, "email", 400),
        ({"email": "nobody"}, "email", 400),
        ({"email": "a@b"}, "email", 400),
        ({"email": "a@b..example"}, "email", 400),
        ({"email": "a b@c.example"}, "email", 400),
        ({"name": "x" * 201}, "name", 400),
        ({"town": "x" * 101}, "town", 400),
        ({"topic": "x" * 201}, "topic", 400),
        ({"message": "x" * 500_001}, "message", 413),
    ],
)
def test_faults_stand_beside_their_fields(
    client: FlaskClient, store: Store, fields: dict[str, str], bad: str, status: int
) -> None:
    """WF6, WF18: a summary links to each field, the text stands beside it, and nothing is stored."""
    before = count(store)
    page = send(client, **fields)
    assert page.status_code == status
    assert f'href="#{"reply-email" if bad == "reply" else bad}"' in page.text
    if bad != "reply":
        assert re.search(rf'aria-describedby="[^"]*{bad}-error" aria-invalid="true"', page.text)
    assert "<script>" not in page.text
    assert count(store) == before


@pytest.mark.parametrize("wrong", ["token", "email", "file"])
def test_nothing_typed_is_lost(client: FlaskClient, wrong: str) -> None:
    """After any error the form comes back with everything that was typed, as text."""
    data: dict[str, Any] = {**TYPED, "message": "\nFirst line\n<p> & more", "email": "a@x.example"}
    data["csrf_token"] = "forged" if wrong == "token" else token(client)
    if wrong == "email":
        data["email"] = "a@@x"
    if wrong == "file":
        data["attachments"] = (io.BytesIO(b""), "empty.txt")
    page = client.post("/", data=data, content_type="multipart/form-data")
    assert page.status_code == (403 if wrong == "token" else 400)
    for value in (
        "Ana &lt;b&gt;",
        "My own topic</option>",
        "Avon &amp; Co",
        'value="yes" id="share_email" checked',
    ):
        assert value in page.text
    assert ">\n\nFirst line\n&lt;p&gt; &amp; more</textarea>" in page.text
    assert f'value="{data["email"]}"' in page.text
    assert re.search(r'id="reply-email" checked', page.text)


@pytest.mark.parametrize("given", ["", "forged", "foreign"])
def test_a_form_from_elsewhere_is_refused(app: Flask, store: Store, given: str) -> None:
    """WF1: a missing, forged or foreign token is 403, stores nothing, and brings a token that works."""
    client, before = app.test_client(), count(store)
    client.get("/")
    sent = token(app.test_client()) if given == "foreign" else given
    page = client.post("/", data={"message": MESSAGE, "csrf_token": sent})
    assert page.status_code == 403
    assert count(store) == before
    again = client.post("/", data={"message": MESSAGE, "csrf_token": field(page, "csrf_token")})
    assert again.status_code == 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml"])
def test_only_forms_are_taken(client: FlaskClient, store: Store, kind: str) -> None:
    """WF1: a body that is no form is 403 and stores nothing."""
    before = count(store)
    body = json.dumps({"message": MESSAGE, "csrf_token": token(client)})
    assert client.post("/", data=body, content_type=kind).status_code == 403
    assert count(store) == before


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    """Only GET and POST mean anything here."""
    page = getattr(client, method)("/")
    assert page.status_code == 405
    assert "POST" in page.headers["Allow"]


@pytest.mark.parametrize(
    ("sizes", "status"),
    [
        ([0], 400),
        ([5, 0], 400),
        ([1] * 21, 400),
        ([1] * 20, 200),
        ([65_000], 200),
        ([65_536], 413),
        ([40_000] * 3, 413),
    ],
)
def test_bounds_of_files(client: FlaskClient, store: Store, sizes: list[int], status: int) -> None:
    """WF9: empty, too many and too large files are refused beside the field, with the limit in words."""
    before = count(store)
    page = send(client, attachments=[(io.BytesIO(b"x" * n), f"{i}.bin") for i, n in enumerate(sizes)])
    assert page.status_code == status
    assert count(store) == before + (status == 200)
    if status == 413:
        assert "64 KB" in page.text
    if status != 200:
        assert MESSAGE in page.text
        assert 'id="attachments-error"' in page.text


def test_a_thousand_files_are_refused(client: FlaskClient, store: Store) -> None:
    """WF9: a thousand files are a 4xx, and nothing is stored."""
    before = count(store)
    page = send(client, attachments=[(io.BytesIO(b"x"), "x") for _ in range(1000)])
    assert 400 <= page.status_code < 500
    assert count(store) == before


def test_a_request_far_too_large_is_not_read(client: FlaskClient, store: Store) -> None:
    """A body of many times the limit is 413 with the limit in words."""
    before = count(store)
    page = send(client, attachments=(io.BytesIO(b"x" * 2_000_000), "film.mp4"))
    assert page.status_code == 413
    assert "64 KB" in page.text
    assert count(store) == before


class Closed(Door):
    """A door whose store cannot take anything just now."""

    fault: Exception = StoreBusy()

    def commit_once(self, accepted: Accepted) -> bool:
        raise self.fault


@pytest.mark.parametrize("fault", [StoreBusy(), StoreFull(), RuntimeError("ana@mail.example")])
def test_our_own_trouble_is_told_and_loses_nothing(
    installation: tuple[Config, Store], fault: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    """CR9, PI3: a letter that cannot be stored stays on the page, and no log holds the fault's words."""
    config, store = installation
    door = Closed(store, vault.load_sealer(config.home), Queue(config))
    door.fault = fault
    page = send(app_of(config, store, door).test_client(), name="Ana", reply="receipt")
    assert page.status_code == 503
    assert "Not sent" in page.text
    assert MESSAGE in page.text
    assert 'value="receipt" id="reply-receipt" checked' in page.text
    assert "Retry-After" in page.headers
    assert "mail.example" not in "".join(capfd.readouterr())


# ── headers, cookies, limits ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", "/privacy", "/status", "/choices/x", "/nothing", "/healthz"])
def test_headers(client: FlaskClient, path: str) -> None:
    """WF13: every page is strict about scripts, frames, storage and referrers, and names no software."""
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in headers


@pytest.mark.parametrize("path", ["/", "/privacy", "/status", "/choices/x"])
def test_pages_hold_no_script_and_no_style(client: FlaskClient, path: str) -> None:
    """No page has a script, an inline style, or anything from another host."""
    text = client.get(path).text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|src=\"http|href=\"http", text)


@pytest.mark.parametrize(
    ("url", "name", "secure"), [("", "intake", False), ("https://write.example", "__Host-intake", True)]
)
def test_the_only_cookie_is_the_sessions(installation: tuple[Config, Store], url: str, name: str, secure: bool) -> None:
    """WF2: one cookie, gone with the browser, out of reach for scripts, bound to the host over https."""
    config, store = installation
    page = app_of(settings(config.home, web_url=url), store).test_client().get("/", base_url=url or None)
    (cookie,) = page.headers.getlist("Set-Cookie")
    parts = [part.strip() for part in cookie.split(";")]
    assert parts[0].startswith(f"{name}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(parts)
    assert ("Secure" in parts) is secure
    assert not re.search("expires|max-age|domain", cookie, re.I)


def test_the_privacy_notice_sets_no_cookie(client: FlaskClient) -> None:
    """WF2: who only reads gets no cookie, and the notice names its version."""
    page = client.get("/privacy")
    assert "Set-Cookie" not in page.headers
    assert notice.CURRENT.version in page.text


def test_too_many_letters_wait(installation: tuple[Config, Store]) -> None:
    """WF10: the 31st form of a minute is 429 with its text kept, whatever X-Forwarded-For says; Redis may be away."""
    config, store = installation
    client = app_of(settings(config.home, rate_limits=True), store).test_client()
    sent = token(client)
    got = [
        client.post("/", data={"message": MESSAGE, "csrf_token": sent}, headers={"X-Forwarded-For": f"192.0.2.{i}"})
        for i in range(31)
    ]
    assert [page.status_code for page in got] == [200] * 30 + [429]
    assert MESSAGE in got[-1].text
    assert client.get("/").status_code == client.get("/static/icon.svg").status_code == 200


def test_limits_are_shared_through_redis(installation: tuple[Config, Store], redis_socket: Path) -> None:
    """WF10, PI2: two processes count together in Redis, where no address of a client stands."""
    config, store = installation
    shared = settings(config.home, rate_limits=True, redis_url=f"unix://{redis_socket}")
    clients = [app_of(shared, store).test_client() for _ in range(2)]
    got = [send(client).status_code for _ in range(16) for client in clients]
    assert got == [200] * 30 + [429] * 2
    keys = redis.Redis(unix_socket_path=str(redis_socket)).keys()
    assert any(b"intake-limit" in key for key in keys)
    assert not any(b"127.0.0.1" in key for key in keys)


def test_limits_hide_the_address() -> None:
    """The key of a client is a digest that changes with the day and the key."""
    monday, tuesday = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    one = limits.client(b"k", "192.0.2.7", monday)
    assert re.fullmatch("[0-9a-f]{32}", one)
    assert one == limits.client(b"k", "192.0.2.7", monday)
    assert len({one, limits.client(b"k", "192.0.2.7", tuesday), limits.client(b"j", "192.0.2.7", monday)}) == 3


def test_the_webs_keys_are_its_own(tmp_path: Path) -> None:
    """Keys are made once, for the owner only; a readable or damaged one stops the start with its cure."""
    first = load_keys(tmp_path)
    assert load_keys(tmp_path) == first
    path = tmp_path / "web" / "session.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(Misconfigured, match=r"session\.key"):
        load_keys(tmp_path)
    path.chmod(0o600)
    path.write_bytes(b"x")
    with pytest.raises(Misconfigured, match=r"session\.key"):
        load_keys(tmp_path)


# ── status and health ────────────────────────────────────────────────────────────────────────────────────────────


def code_of(page: TestResponse) -> str:
    found = re.search(r'id="receipt-code">([0-9A-Z-]{29})<', page.text)
    assert found, page.text
    return found[1]


def ask(client: FlaskClient, code: str) -> TestResponse:
    return client.post("/status", data={"code": code, "csrf_token": token(client, "/status")})


def test_a_receipt_opens_its_answers(client: FlaskClient, installation: tuple[Config, Store]) -> None:
    """Whoever holds the code sees state, agency and answers, however the code is typed; the code is in no URL."""
    config, store = installation
    thanks = send(client, reply="receipt", message="Please answer by receipt.")
    ref, code = reference(thanks), code_of(thanks)
    fields = opened(config, store, ref).fields
    known = receipt.from_code(code)
    assert known is not None
    assert fields["receipt_digest"] == known.digest
    sealed = receipt.seal(base64.b64decode(fields["receipt_public"]), "LETTER", b"The lamp <b>is</b> mended.")
    with store.write() as conn:
        changed = {"receipt": known.digest, "state": "answered", "agency": "dot"}
        conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(**changed))
        insert(
            conn,
            answers,
            [{"letter": "LETTER", "ticket": ref, "sealed": sealed, "created": 1_790_000_000_000}],
        )
    for typed in (
        code,
        code.lower().replace("-", " "),
        code.replace("-", "").replace("0", "o").replace("1", "l"),
    ):
        page = ask(client, typed)
        assert page.status_code == 200
        assert "The lamp &lt;b&gt;is&lt;/b&gt; mended." in page.text
        assert "Transportation" in page.text
        assert ref in page.text


def test_wrong_codes_all_look_the_same(client: FlaskClient) -> None:
    """WF14: a malformed, an unknown and a random code get the same answer."""
    unknown = receipt.new_code(b"another", b"seed")
    pages = [ask(client, code) for code in (unknown, "", "x", "A" * 25, reference(send(client)))]
    texts = {re.sub(r'value="[^"]*"', "", page.text) for page in pages}
    assert len(texts) == 1
    assert {page.status_code for page in pages} == {404}


def test_the_status_form_has_a_token(client: FlaskClient) -> None:
    """WF1: a status look-up from elsewhere is 403."""
    assert client.post("/status", data={"code": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("alive", "status"),
    [(("smtp", "worker"), 200), (("smtp",), 503), (("worker",), 503), ((), 503), (("old",), 503)],
)
def test_health(installation: tuple[Config, Store], client: FlaskClient, alive: tuple[str, ...], status: int) -> None:
    """WF16: 200 and `ok` exactly when the mail door and a worker were heard of lately; never more than a word."""
    store = installation[1]
    with store.write() as conn:
        conn.execute(sa.delete(heartbeats))
        for name in alive if alive != ("old",) else ("smtp", "worker"):
            beat(conn, name, {})
        if alive == ("old",):
            conn.execute(sa.update(heartbeats).values(at=heartbeats.c.at - 31_000))
    page = client.get("/healthz")
    assert (page.status_code, page.text) == (status, "ok" if status == 200 else "unavailable")
    assert page.mimetype == "text/plain"


def test_health_without_a_store(installation: tuple[Config, Store], tmp_path: Path) -> None:
    """A store that cannot be asked is `unavailable`, not an error page."""
    config, _ = installation
    page = app_of(config, Store(f"sqlite:///{tmp_path}/empty/none.db")).test_client().get("/healthz")
    assert (page.status_code, page.text) == (503, "unavailable")


@pytest.mark.parametrize("path", ["/metrics", "/debug", "/admin", "/static/../app.py", "/static/uswds/nothing"])
def test_there_is_nothing_else(client: FlaskClient, path: str) -> None:
    """WF16: no metrics, no debugger, no files but the style's."""
    assert client.get(path).status_code == 404


# ── the form itself ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_form_shows_nothing_of_itself() -> None:
    """PI3: the repr of a form is its shape."""
    form = Form(name="Ana", email="a@x.example", message="hello", files=(File("ana.txt", "text/plain", b"x", 1),))
    assert repr(form) == "<Form 5 characters, 1 files>"
    assert "ana" not in repr(form.files[0])


def test_a_seed_is_of_everything_sent() -> None:
    """Each field and each file's octets make another letter."""
    base = Form(message="m", files=(File("a", "t", b"x", 1),))
    others = [
        Form(message="m2", files=base.files),
        Form(name="n", message="m", files=base.files),
        Form(message="m", files=(File("a", "t", b"y", 1),)),
        Form(message="m", share_email=True, files=base.files),
    ]
    assert len({forms.seed("t", form) for form in [base, *others]} | {forms.seed("u", base)}) == 6


def test_the_letter_of_a_form() -> None:
    """A form's envelope and content are what `letter.from_form` reads; “something else” is no subject."""
    form = Form(name="Ana", topic="Other", message="a\r\nb", files=(File("a.txt", "text/plain", b"xy", 2),))
    letter = from_form(forms.envelope(form, None), forms.content(form))
    assert (letter.subject, letter.text, letter.sender_name) == ("", "a\nb", "Ana")
    assert letter.attachments[0].data == b"xy"


@pytest.mark.parametrize("email", ["ml@bücher.example", "ml@xn--bcher-kva.example"])
def test_both_forms_of_an_international_address_are_the_writer_s(email: str) -> None:
    """Whoever gave one of them at the form may answer from the other, and neither leaves (RFC 5890)."""
    letter = from_form(forms.envelope(Form(message="m", email=email), None), b"")
    assert letter.sender in letter.addresses
    assert set(letter.addresses) == {"ml@bücher.example", "ml@xn--bcher-kva.example"}


def test_a_long_file_name_keeps_its_ending() -> None:
    """A name is cut in the middle of nothing: the ending that says what it is stays."""
    (file,) = forms.envelope(Form(message="m", files=(File("x" * 500 + ".pdf", "", b"x", 1),)), None).files
    assert len(file[0]) <= 200
    assert file[0].endswith(".pdf")


def test_the_door_opens_nothing() -> None:
    """Promise 3: no module of the public web names what opens letters."""
    for path in (ROOT / "intake" / "web").glob("*.py"):
        text = path.read_text()
        assert not re.search(r"load_vault|intake\.view|intake\.pii|import workers|from workers", text), path
