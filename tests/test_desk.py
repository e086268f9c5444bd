"""The staff desk, through Flask's test client, on a real store."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from intake import audit, migrations, ticket, users, vault
from intake.config import Config
from intake.desk import create_app, mail, session
from intake.door import Door, Target
from intake.letter import Envelope
from intake.queue import Queue
from intake.reference import new_token, token_digest
from intake.routing import load, parse
from intake.routing.published import Published, publish
from intake.store import Store, aliases, contents, events, insert, letters, now, tickets

ROOT = Path(__file__).parents[1]
PASSWORD = "a long enough one"


@dataclass(frozen=True, slots=True)
class Office:
    """An installation with three users: ana sees dmv, bo sees dol, root sees all."""

    config: Config
    store: Store
    app: Flask
    door: Door
    published: Published

    def letter(self, agency: str | None, message: str = "Hello", state: str = "delivered", **fields: str) -> str:
        """A letter at `agency`; its reference."""
        envelope = Envelope("form", recipients=("contact",), fields={"message": message, **fields})
        accepted = self.door.seal(envelope, b"", [Target("new", "contact")])
        self.door.commit([accepted])
        (ref,) = accepted.ids
        with self.store.write() as conn:
            changed = {"agency": agency, "state": state, "why": json.dumps({"why": ["the word lamp"]})}
            conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(**changed))
            done = {"state": "held" if state == "held" else "done", "held_because": "no agency was sure"}
            conn.execute(sa.update(letters).where(letters.c.id == ref).values(**done))
        return ref

    def signed_in(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        assert sign_in(client, name).status_code == 302
        return client

    def trail(self, what: str) -> list[Any]:
        with self.store.read() as conn:
            return list(conn.execute(sa.select(events).where(events.c.what == what)))


def token(client: FlaskClient, path: str = "/signin") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD) -> TestResponse:
    return client.post("/signin", data={"name": name, "password": password, "csrf_token": token(client)})


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("desk")
    vault.create_keys(home)
    config = Config(home=home, rate_limits=False, _env_file=None)  # type: ignore[call-arg]
    store = Store(config.database)
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, load(ROOT / "routing_rules.yaml"), "test")
        users.create(conn, "ana", PASSWORD, "agency", ["dmv"])
        users.create(conn, "bo", PASSWORD, "agency", ["dol"])
        users.create(conn, "root", PASSWORD, "admin")
    queue, opened = Queue(config), vault.load_vault(home)
    published = Published(store, config)
    app = create_app(config, store, opened, queue, published)
    yield Office(config, store, app, Door(store, opened, queue), published)
    store.close()


# ── signing in and out ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    ["/", "/held", "/held/AAAA-AAAA-AAAA", "/mail", "/sums", "/letter/AAAA-AAAA-AAAA", "/mail/dmv/", "/nothing"],
)
def test_nothing_without_signing_in(office: Office, path: str) -> None:
    """Every page asks for the sign-in first, with 401 and without a redirect (WF15)."""
    page = office.app.test_client().get(path)
    assert page.status_code == 401
    assert "Sign in" in page.text


@pytest.mark.parametrize(("name", "password"), [("ana", "wrong"), ("nobody", PASSWORD), ("", ""), ("ana", "x" * 5000)])
def test_a_wrong_sign_in(office: Office, name: str, password: str) -> None:
    """A wrong name and a wrong password look the same, and are on record without the name."""
    before = len(office.trail("sign-in refused"))
    page = sign_in(office.app.test_client(), name, password)
    assert page.status_code == 401
    assert "That did not match" in page.text
    assert len(office.trail("sign-in refused")) == before + 1


def test_signing_in_makes_a_new_session(office: Office) -> None:
    """WF3: the cookie from before the sign-in is not signed in, and the token in it is another."""
    client = office.app.test_client()
    before = token(client)
    old = client.get_cookie("intake-desk")
    assert sign_in(client, "ana").status_code == 302
    assert token(client, "/") != before
    assert old
    other = office.app.test_client()
    other.set_cookie("intake-desk", old.value)
    assert other.get("/").status_code == 401


def test_signing_out_kills_the_session(office: Office) -> None:
    """WF3: after signing out a copy of the cookie is worth nothing."""
    client = office.signed_in("ana")
    copy = client.get_cookie("intake-desk")
    assert copy
    assert client.post("/signout", data={"csrf_token": token(client, "/")}).status_code == 302
    client.set_cookie("intake-desk", copy.value)
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    ("since", "seen", "status"),
    [(0, 0, 200), (3600, 29 * 60, 200), (3600, 31 * 60, 401), (12 * 3600 + 1, 10, 401), (11 * 3600, 10, 200)],
)
def test_sessions_end(office: Office, since: float, seen: float, status: int) -> None:
    """WF3: a session ends after 30 minutes without a page, and after 12 hours."""
    client = office.signed_in("ana")
    with client.session_transaction() as cookie:
        cookie["since"] -= since
        cookie["seen"] -= seen
    assert client.get("/").status_code == status
    assert session.IDLE == 1800


def test_the_cookie(office: Office) -> None:
    """WF2: the session's cookie is out of reach for scripts, ends with the browser, and there is no other."""
    client = office.app.test_client()
    page = client.post("/signin", data={"name": "ana", "password": PASSWORD, "csrf_token": token(client)})
    (cookie,) = page.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert not re.search("expires|max-age|remember", cookie, re.I)


@pytest.mark.parametrize(
    "path", ["/signout", "/letter/A/reroute", "/held/A/release", "/held/A/refuse", "/held/A/answer", "/held/A/wordless"]
)
def test_every_post_has_a_token(office: Office, path: str) -> None:
    """WF1: a post without a token is 403 and changes nothing."""
    client = office.signed_in("root")
    assert client.post(path, data={"agency": "dmv"}).status_code == 403
    assert client.get("/").status_code == 200


# ── letters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_agency_sees_its_own_letters(office: Office) -> None:
    """The list holds the tickets of the user's agencies, and for an administrator all."""
    mine, other, nobodys = office.letter("dmv"), office.letter("dol"), office.letter(None)
    lists = {name: office.signed_in(name).get("/").text for name in ("ana", "bo", "root")}
    assert [mine in lists[n] for n in ("ana", "bo", "root")] == [True, False, True]
    assert [other in lists[n] for n in ("ana", "bo", "root")] == [False, True, True]
    assert [nobodys in lists[n] for n in ("ana", "bo", "root")] == [False, False, True]


def test_a_letter_is_shown_restricted_and_on_record(office: Office) -> None:
    """A letter's page shows text, reasons and history; secrets are covered, markup is text, the opening is recorded."""
    ref = office.letter(
        "dmv",
        "<img src=x onerror=alert(1)> The lamp. My SSN is 123-45-6789, mail me at ana.secret@mail.example",
        topic="Roads <script>",
        email="ana.secret@mail.example",
    )
    before = len(office.trail("opened"))
    page = office.signed_in("ana").get(f"/letter/{ref}")
    assert page.status_code == 200
    assert "The lamp." in page.text
    assert "the word lamp" in page.text
    assert "123-45-6789" not in page.text
    assert "ana.secret" not in page.text
    assert "<img" not in page.text
    assert "<script" not in page.text
    assert len(office.trail("opened")) == before + 1


@pytest.mark.parametrize("spelling", ["{}", "{} ", "lower"])
@pytest.mark.parametrize("agency", ["dol", None])
def test_a_foreign_letter_does_not_exist(office: Office, agency: str | None, spelling: str) -> None:
    """WF8: another agency's ticket is 404 like one that never was, and the try is on record."""
    ref = office.letter(agency)
    client, before = office.signed_in("ana"), len(office.trail("denied"))
    typed = ref.lower() if spelling == "lower" else spelling.format(ref)
    assert client.get(f"/letter/{typed}").status_code == 404
    assert client.get("/letter/ZZZZ-ZZZZ-ZZZZ").status_code == 404
    pages = [client.get(f"/letter/{given}").text for given in (ref, "ZZZZ-ZZZZ-ZZZZ")]
    assert len({re.sub(r'value="[^"]*"', "", page) for page in pages}) == 1
    sent = {"csrf_token": token(client, "/"), "agency": "dmv"}
    assert client.post(f"/held/{ref}/release", data=sent).status_code == 404
    assert client.post(f"/letter/{ref}/reroute", data=sent).status_code == 404
    assert len(office.trail("denied")) == before + 6
    with office.store.read() as conn:
        assert conn.scalar(sa.select(tickets.c.agency).where(tickets.c.ref == ref)) == agency


def test_pages_of_the_list(office: Office) -> None:
    """WF8: the list pages through every letter once, by references only; a foreign cursor shows nothing more."""
    envelope = Envelope("form", recipients=("contact",), fields={"message": "Hello"})
    mine = [office.door.seal(envelope, b"", [Target("new", "contact")]) for _ in range(103)]
    office.door.commit(mine)
    with office.store.write() as conn:
        refs = [one.ids[0] for one in mine]
        conn.execute(sa.update(tickets).where(tickets.c.ref.in_(refs)).values(agency="cslib"))
    foreign = office.letter("dol")
    with office.store.write() as conn:
        users.create(conn, "cy", PASSWORD, "agency", ["cslib"])
    client, url, seen = office.signed_in("cy"), "/", []
    while url:
        text = client.get(url).text
        seen += re.findall(r'href="/letter/([^"]+)"', text)
        older = re.search(r'href="(/\?before=[0-9A-Z.-]+)">Older', text)
        url = older[1] if older else ""
    assert sorted(seen) == sorted(refs)
    assert foreign not in client.get(f"/?before=99999999999999.{foreign}").text
    for cursor in ("x", "1", "1.x", "-1.AAAA-AAAA-AAAA", "٣.AAAA-AAAA-AAAA", "9" * 40 + ".AAAA-AAAA-AAAA"):
        assert client.get("/", query_string={"before": cursor}).status_code == 200


def test_the_list_filters_by_state(office: Office) -> None:
    """A state shows its tickets only; an unknown state shows all."""
    held, delivered = office.letter("dmv", state="held"), office.letter("dmv")
    client = office.signed_in("ana")
    text = client.get("/?state=held").text
    assert held in text
    assert delivered not in text
    assert delivered in client.get("/?state=';--").text


# ── held ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def state_of(office: Office, ref: str) -> tuple[str, str | None]:
    with office.store.read() as conn:
        row = conn.execute(sa.select(letters.c.state, letters.c.agency).where(letters.c.id == ref)).one()
    return row.state, row.agency


def test_release(office: Office) -> None:
    """A held letter is shown with its reason, and goes on when it is released by who saw that reason."""
    ref = office.letter("dmv", state="held")
    client = office.signed_in("ana")
    page = client.get("/held")
    assert ref in page.text
    assert "no agency was sure" in page.text
    sent = {"csrf_token": token(client, "/held")}
    for unseen in ({}, {"because": "another reason"}):
        assert client.post(f"/held/{ref}/release", data=sent | unseen).headers["Location"] == "/held?said=nothing"
    assert state_of(office, ref) == ("held", None)
    sent |= {"because": "no agency was sure"}
    assert client.post(f"/held/{ref}/release", data=sent).headers["Location"] == "/held?said=done"
    assert state_of(office, ref) == ("waiting", None)
    (event,) = [e for e in office.trail("released") if e.ticket == ref]
    assert event.by not in ("", "ana")
    again = client.post(f"/held/{ref}/release", data=sent)
    assert "Nothing was waiting" in client.get(again.headers["Location"]).text
    late = client.get(f"/held/{ref}")
    assert (late.status_code, late.headers["Location"]) == (302, "/held?said=nothing")


def test_a_reason_of_two_lines_is_the_same_reason(office: Office) -> None:
    """A rule may say why in two lines; browsers send the break between them as CRLF (HTML, form submission)."""
    ref = office.letter("dmv", state="held")
    with office.store.write() as conn:
        two = {"held_because": "rule x: read this\nand then that"}
        conn.execute(sa.update(letters).where(letters.c.id == ref).values(**two))
    client = office.signed_in("ana")
    sent = {"csrf_token": token(client, "/held"), "because": "rule x: read this\r\nand then that"}
    assert client.post(f"/held/{ref}/release", data=sent).headers["Location"] == "/held?said=done"


def test_what_the_program_fails_on_can_be_decided(office: Office) -> None:
    """RS4: a letter that cannot be shown, whatever the fault is, still has its page with the buttons."""
    broken = Envelope("form", fields={"message": "Hello"}, files=(("a.txt", "text/plain", "many"),))  # type: ignore[arg-type]
    accepted = office.door.seal(broken, b"", [Target("new", "contact")])
    office.door.commit([accepted])
    (ref,) = accepted.ids
    with office.store.write() as conn:
        conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(agency="dmv", state="held"))
        held = {"state": "held", "held_because": "poison: ValueError"}
        conn.execute(sa.update(letters).where(letters.c.id == ref).values(**held))
    client = office.signed_in("ana")
    for path in (f"/held/{ref}", f"/letter/{ref}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "The program fails on this letter" in page.text
    assert f"/held/{ref}/release" in client.get(f"/held/{ref}").text


def test_reroute(office: Office) -> None:
    """A letter goes to the agency that was chosen, and to none that the rules do not know."""
    ref = office.letter(None, state="held")
    client = office.signed_in("root")
    sent = {"csrf_token": token(client, "/held")}
    assert client.post(f"/letter/{ref}/reroute", data={**sent, "agency": "nsa"}).status_code == 400
    assert state_of(office, ref)[0] == "held"
    assert client.post(f"/letter/{ref}/reroute", data={**sent, "agency": "dol"}).status_code == 302
    assert state_of(office, ref) == ("waiting", "dol")


def test_a_letter_is_offered_only_to_agencies_that_take_it(office: Office) -> None:
    """FEATURES 44, 59: neither to one that takes no letters, nor to one that takes none from its holder."""
    ref = office.letter("dmv")
    text = (ROOT / "routing_rules.yaml").read_text()
    for id_, more in (("dol", "state: refusing"), ("dot", "redirects from: [deep]"), ("dss", "redirects from: [dmv]")):
        text = text.replace(f"mailbox: {id_}@agencies.example\n", f"mailbox: {id_}@agencies.example\n    {more}\n")
    with office.store.write() as conn:
        publish(conn, parse(text.encode(), "changed"), "test")
    client = office.signed_in("ana")
    office.published.refresh()
    page = client.get(f"/letter/{ref}").text
    assert [f'value="{id_}"' in page for id_ in ("dol", "dot", "dss", "dph")] == [False, False, True, True]
    sent = {"csrf_token": token(client, f"/letter/{ref}")}
    assert client.post(f"/letter/{ref}/reroute", data={**sent, "agency": "dot"}).status_code == 400
    assert client.post(f"/letter/{ref}/reroute", data={**sent, "agency": "dss"}).status_code == 302
    with office.store.write() as conn:
        publish(conn, load(ROOT / "routing_rules.yaml"), "test")
    office.published.refresh()


def test_urgent_letters_stand_on_top_until_they_are_answered(office: Office) -> None:
    """Of one's own agencies; on the first page alone."""
    mine, other = office.letter("dmv"), office.letter("dol")
    with office.store.write() as conn:
        conn.execute(sa.update(tickets).where(tickets.c.ref.in_([mine, other])).values(priority="urgent"))
    client = office.signed_in("ana")
    top = client.get("/").text.partition("<h2>All letters</h2>")[0]
    assert "Urgent, not answered yet" in top
    assert mine in top
    assert other not in top
    assert "Urgent, not answered yet" not in client.get("/?state=held").text
    with office.store.write() as conn:
        conn.execute(sa.update(tickets).where(tickets.c.ref == mine).values(state="answered"))
    assert "Urgent, not answered yet" not in client.get("/").text


def test_held_letters_of_others_are_not_shown(office: Office) -> None:
    """WF8: what another agency or nobody holds is not on an agency's list of held letters."""
    other, nobodys = office.letter("dol", state="held"), office.letter(None, state="held")
    text = office.signed_in("ana").get("/held").text
    assert other not in text
    assert nobodys not in text


def reply(office: Office, agency: str | None, text: str, because: str = "unverified agency sender: x") -> str:
    """An answer that is held on a ticket of `agency`; its letter."""
    ref = office.letter(agency)
    raw = (
        "From: Pat Clerk <pat.clerk@contractor.example>\r\nSubject: <b>Hello</b>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    digest = token_digest(new_token())
    alias = {"digest": digest, "ticket": ref, "side": "citizen", "agency": agency or "", "state": "open"}
    accepted = office.door.seal(Envelope("email", mail_from="x@y.example"), raw.encode(), [Target("reply", digest)])
    office.door.commit([accepted])
    with office.store.write() as conn:
        insert(conn, aliases, [{**alias, "token": b"", "created": now()}])
        waits = {"state": "held", "held_because": because, "ticket": ref}
        conn.execute(sa.update(letters).where(letters.c.id == accepted.ids[0]).values(**waits))
    return accepted.ids[0]


def ticket_of(office: Office, letter: str) -> str:
    with office.store.read() as conn:
        return str(conn.scalar(sa.select(letters.c.ticket).where(letters.c.id == letter)))


def test_a_held_answer_can_be_read(office: Office) -> None:
    """One click needs eyes: the page shows why, what, from where and the covered text, and the reading is on record."""
    ident = reply(office, "dmv", "<script>alert(1)</script> Come on Monday. SSN 219-45-8830. I am bo.lee@home.example")
    before, client = len(office.trail("opened")), office.signed_in("ana")
    page = client.get(f"/held/{ident}")
    assert page.status_code == 200
    for shown in ("unverified agency sender: x", "an answer from an agency", "contractor.example", "Come on Monday."):
        assert shown in page.text
    assert "Anybody can write a false sender" in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    for hidden in ("219-45-8830", "bo.lee", "pat.clerk@", "x@y.example", "<script", "<b>"):
        assert hidden not in page.text
    (event,) = office.trail("opened")[before:]
    assert (event.subject, event.ticket, event.detail) == (ident, ticket_of(office, ident), '{"purpose":"respond"}')


@pytest.mark.parametrize(("kind", "buttons"), [("reply", {"release", "refuse"}), ("new", {"release", "reroute"})])
def test_the_decisions_that_are_offered(office: Office, kind: str, buttons: set[str]) -> None:
    """A reply can be refused and not rerouted, a citizen's letter rerouted and not refused; nothing without reading."""
    ident = reply(office, "dmv", "Hello") if kind == "reply" else office.letter("dmv", state="held")
    page = office.signed_in("ana").get(f"/held/{ident}").text
    assert set(re.findall(r'action="/(?:held|letter)/[^"/]+/([a-z]+)"', page)) == buttons
    listed = office.signed_in("ana").get("/held").text
    assert f'href="/held/{ident}"' in listed
    assert re.findall(r'action="/(?:held|letter)/', listed) == []


def test_refuse(office: Office) -> None:
    """A refused answer is gone from the list, and the page says that it goes nowhere."""
    ident, client = reply(office, "dmv", "Hello"), office.signed_in("ana")
    done = client.post(f"/held/{ident}/refuse", data={"csrf_token": token(client, "/held")})
    assert "It is not sent on" in client.get(done.headers["Location"]).text
    assert state_of(office, ident)[0] == "refused"
    assert ident not in client.get("/held").text
    mine = office.letter("dmv", state="held")
    client.post(f"/held/{mine}/refuse", data={"csrf_token": token(client, "/held")})
    assert state_of(office, mine)[0] == "held"


@pytest.mark.parametrize("agency", ["dol", None])
@pytest.mark.parametrize("kind", ["new", "reply"])
def test_a_foreign_held_letter_does_not_exist(office: Office, agency: str | None, kind: str) -> None:
    """WF8: another agency's held letter is 404 by its id, like one that never was, on record, and stays held."""
    ident = office.letter(agency, state="held") if kind == "new" else reply(office, agency, "secret words")
    client, mine = office.signed_in("ana"), office.letter("dmv")
    opened, denied = len(office.trail("opened")), len(office.trail("denied"))
    pages = [client.get(f"/held/{given}") for given in (ident, "ZZZZ-ZZZZ-ZZZZ", ident.lower(), "x")]
    assert {page.status_code for page in pages} == {404}
    assert len({re.sub(r'value="[^"]*"', "", page.text) for page in pages}) == 1
    sent = {"csrf_token": token(client, "/"), "ref": mine, "agency": "dmv"}
    for path in (f"/held/{ident}/release", f"/held/{ident}/refuse", f"/held/{ident}/answer"):
        assert client.post(path, data=sent).status_code == 404
    assert len(office.trail("denied")) == denied + 7
    assert len(office.trail("opened")) == opened
    assert state_of(office, ident)[0] == "held"
    assert ident not in client.get("/held").text
    assert ident in office.signed_in("root").get("/held").text
    assert office.signed_in("root").get(f"/held/{ident}").status_code == 200


def stray(office: Office, agency: str | None, ref: str) -> str:
    """A held citizen's letter that is perhaps an answer on `ref`."""
    raw = b"From: Pat <pat@agencies.example>\r\nSubject: Re: it\r\n\r\nCome on Monday.\r\n"
    accepted = office.door.seal(Envelope("email", mail_from="pat@agencies.example"), raw, [Target("new", "contact")])
    office.door.commit([accepted])
    (ident,) = accepted.ids
    with office.store.write() as conn:
        waits = {"state": "held", "held_because": "perhaps an agency's answer"}
        conn.execute(sa.update(letters).where(letters.c.id == ident).values(**waits))
        conn.execute(sa.update(tickets).where(tickets.c.ref == ident).values(agency=agency, **waits))
        guess = {"because": "perhaps an agency's answer", "guess": ref, "score": 0.9}
        audit.record(conn, [audit.Event("held", ident, ident, "worker", guess)])
    return ident


def test_an_answer_to_the_wrong_address(office: Office) -> None:
    """Perhaps an answer: one button makes it one, for who may see both, and nothing is lost."""
    asked = ticket_of(office, reply(office, "dmv", "Hello"))
    ident, client = stray(office, "dmv", asked), office.signed_in("ana")
    page = client.get(f"/held/{ident}")
    assert "Perhaps an answer on" in page.text
    assert asked in page.text
    sent = {"csrf_token": token(client, "/held"), "ref": asked}
    assert client.post(f"/held/{ident}/answer", data=sent).status_code == 302
    assert state_of(office, ident)[0] == "waiting"
    assert ticket_of(office, ident) == asked
    with office.store.read() as conn:
        assert ticket.sums(conn)["difference"] == 0


@pytest.mark.parametrize(("where", "of"), [("dmv", "dol"), ("dol", "dmv"), (None, "dmv")])
def test_an_answer_of_others_cannot_be_made(office: Office, where: str | None, of: str) -> None:
    """WF8: whoever may not see the letter or the ticket it may be an answer on is not offered it, and cannot do it."""
    asked = ticket_of(office, reply(office, of, "Hello"))
    ident, client = stray(office, where, asked), office.signed_in("ana")
    page = client.get(f"/held/{ident}")
    assert page.status_code == (200 if where == "dmv" else 404)
    assert asked not in page.text
    sent = {"csrf_token": token(client, "/"), "ref": asked}
    assert client.post(f"/held/{ident}/answer", data=sent).status_code == 404
    assert state_of(office, ident)[0] == "held"
    root = office.signed_in("root")
    assert asked in root.get(f"/held/{ident}").text
    sent = {"csrf_token": token(root, "/"), "ref": asked}
    assert root.post(f"/held/{ident}/answer", data=sent).status_code == 302
    assert state_of(office, ident)[0] == "waiting"


@pytest.mark.parametrize(
    ("how", "says"),
    [("gone", "no longer there"), ("tampered", "not what was sealed"), ("unreadable", "cannot be read as mail")],
)
def test_what_cannot_be_read_can_still_be_decided(office: Office, how: str, says: str) -> None:
    """A held letter that cannot be shown says so, with its reason and the buttons."""
    ident = reply(office, "dmv", "Hello")
    changes: dict[str, Any] = {
        "gone": sa.update(letters).where(letters.c.id == ident).values(data_key=None),
        "tampered": sa.update(contents).where(contents.c.id == ident).values(sealed=b"x" * 60),
    }
    if how == "unreadable":
        fragment = b"Content-Type: message/partial; id=x; number=1\r\n\r\nx"
        accepted = office.door.seal(Envelope("email"), fragment, [Target("reply", "0")])
        office.door.commit([accepted])
        waits = {"state": "held", "held_because": "unreadable", "ticket": ticket_of(office, ident)}
        (ident,) = accepted.ids
        changes[how] = sa.update(letters).where(letters.c.id == ident).values(**waits)
    with office.store.write() as conn:
        conn.execute(changes[how])
    page = office.signed_in("ana").get(f"/held/{ident}")
    assert page.status_code == 200
    assert says in page.text
    assert f"/held/{ident}/release" in page.text


# ── local mail and sums ──────────────────────────────────────────────────────────────────────────────────────────

BAD = b"From: \xff\nSubject: =?x?q?=ff?=\nContent-Type: multipart/mixed\n\n\xff\xfe"


def put(office: Office, box: str, key: str, octets: bytes) -> None:
    for folder in ("new", "cur", "tmp"):
        (office.config.home / "mail" / box / folder).mkdir(parents=True, exist_ok=True)
    (office.config.home / "mail" / box / "new" / key).write_bytes(octets)


def test_local_mail_is_shown_as_text(office: Office) -> None:
    """WF4: an agency's box shows its messages, whatever is in them, as text."""
    put(office, "dmv", "1.a.host", b"From: a@intake.example\nSubject: <b>Hello</b>\n\n<script>alert(1)</script>\n")
    put(office, "dmv", "2.bad.host", BAD)
    put(office, "dmv", "3.empty.host", b"")
    client = office.signed_in("ana")
    assert "/mail/dmv/" in client.get("/mail").text
    listed = client.get("/mail/dmv/").text
    assert "&lt;b&gt;Hello&lt;/b&gt;" in listed
    page = client.get("/mail/dmv/1.a.host")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script" not in page.text
    for key in ("2.bad.host", "3.empty.host"):
        assert client.get(f"/mail/dmv/{key}").status_code == 200


@pytest.mark.parametrize(
    "path", ["/mail/dol/", "/mail/citizens/", "/mail/dol/1.x", "/mail/nothing/", "/mail/../", "/mail/%2e%2e/", "/sums"]
)
def test_boxes_of_others_do_not_exist(office: Office, path: str) -> None:
    """WF8: another agency's box, the citizens' box and the sums are 404 for an agency's user."""
    put(office, "dol", "1.x", b"Subject: secret\n\nsecret")
    put(office, "citizens", "1.x", b"Subject: secret\n\nsecret")
    page = office.signed_in("ana").get(path)
    assert page.status_code == 404
    assert "secret" not in page.text


@pytest.mark.parametrize("key", ["", "/etc/passwd", ".", "..", "../new/1.a", "nothing", "a\0b", ".hidden"])
def test_only_messages_are_read(office: Office, key: str) -> None:
    """No key leads out of a box."""
    put(office, "dmv", "1.a", b"x")
    assert mail.read(office.config.home, "dmv", key) is None


def test_an_administrator_sees_every_box_and_the_sums(office: Office) -> None:
    """An administrator reads the citizens' box, and sees that nothing was lost."""
    put(office, "citizens", "9.x", b"Subject: Answer\n\nWe mended it.")
    client = office.signed_in("root")
    assert "We mended it." in client.get("/mail/citizens/9.x").text
    assert "Nothing is missing" in client.get("/sums").text


@pytest.mark.parametrize("path", ["/", "/signin", "/held", "/nothing"])
def test_headers(office: Office, path: str) -> None:
    """WF13: the desk's pages are as strict as the public ones."""
    headers = office.signed_in("ana").get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
