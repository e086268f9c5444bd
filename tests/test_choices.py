"""The page behind a link in our mail, through Flask's test client, on both databases."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from intake import audit, link, ticket, vault
from intake.config import Config
from intake.door import Accepted, Door
from intake.errors import Misconfigured, StoreBusy, StoreFull
from intake.language import LANGUAGES
from intake.letter import Envelope
from intake.purpose import Purpose, grant
from intake.queue import Queue
from intake.reader import fetch, open_letter
from intake.reference import new_reference, new_token
from intake.routing.published import Published
from intake.store import Row, Store, events, insert, letters, links, now
from intake.vault import DataKey
from intake.web import choices, create_app
from intake.web.words import WORDS, Words, load

REF = "7K3M-9QX2-TR4B"
GENERAL = {"share", "keep", "stop", "resume"}
ASKED = {"letter": {"letter": new_reference()}, "agency": {"agency": "dmv"}, "": {}}


@dataclass(frozen=True, slots=True)
class Web:
    """The public web over one store."""

    config: Config
    store: Store

    def client(self, language: str = "", door: Door | None = None, **changed: Any) -> FlaskClient:
        config = self.config.model_copy(update={"rate_limits": False, **changed})
        door = door or Door(self.store, vault.load_sealer(config.home), Queue(config))
        client = create_app(config, door, Published(self.store, config), self.store).test_client()
        if language:
            client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return client

    def link(self, asked: str = "", age: int = 0) -> str:
        """The path of a link that asks about `asked`, made `age` ms ago."""
        key = DataKey(bytes(32))
        row = link.new(key, REF, **ASKED[asked])
        url = link.address("", link.token(key, row))
        with self.store.write() as conn:
            insert(conn, links, [row | {"created": now() - age}])
        return url

    def wishes(self) -> list[Row]:
        """What was taken in, oldest first."""
        with self.store.read() as conn:
            return [dict(r._mapping) for r in conn.execute(sa.select(letters).order_by(letters.c.received))]

    def opened(self, letter: str) -> tuple[Envelope, bytes]:
        with self.store.write() as conn:
            granted = grant(conn, [(letter, None)], Purpose.REDIRECT, "test")[letter]
            row = fetch(conn, [letter])[0]
        found = open_letter(row, vault.load_vault(self.config.home), granted)
        return found.envelope, found.content


@pytest.fixture
def web(config: Config, store: Store) -> Web:
    return Web(config, store)


def token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def press(client: FlaskClient, path: str, wish: str) -> TestResponse:
    """Open the page and press a button of it."""
    return client.post(path, data={"wish": wish, "csrf_token": token(client.get(path))})


def buttons(page: TestResponse) -> list[str]:
    return re.findall(r'<button[^>]* name="wish" value="([a-z]+)"', page.text)


# ── what is offered ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("asked", "more"), [("letter", {"mine", "stranger"}), ("agency", set()), ("", set())])
def test_the_buttons_of_a_link(web: Web, asked: str, more: set[str]) -> None:
    """What the link asks about comes first, the general choices follow, and no wish has two buttons."""
    page = web.client().get(web.link(asked))
    assert page.status_code == 200
    found = buttons(page)
    assert len(found) == len(set(found))
    assert set(found) == GENERAL | more
    first = {"letter": {"mine", "stranger"}, "agency": {"share", "keep"}, "": {"share", "keep"}}[asked]
    assert set(found[:2]) == first
    assert (WORDS["en"].agency[0] in page.text) == (asked == "agency")


@pytest.mark.parametrize(("first", "second"), [("mine", "stranger"), ("stranger", "mine"), ("mine", "mine")])
def test_whose_a_letter_is_is_said_once(web: Web, first: str, second: str) -> None:
    """The first word counts: nobody is thanked for a second one, neither at once nor when the first is carried out."""
    path, client = web.link("letter"), web.client()
    csrf = token(client.get(path))
    assert press(client, path, first).status_code == 200
    (wish,) = web.wishes()
    for _ in range(2):
        page = client.post(path, data={"wish": second, "csrf_token": csrf})
        assert page.status_code == 409
        assert WORDS["en"].said["answered"][0] in page.text
        assert not {"mine", "stranger"} & set(buttons(client.get(path)))
        with web.store.write() as conn:
            conn.execute(sa.update(letters).where(letters.c.id == wish["id"]).values(state="done"))
            audit.record(conn, [audit.Event(f"wish: {first}", wish["id"], REF, "citizen")])
    assert len(web.wishes()) == 1


def test_another_choice_is_no_answer(web: Web) -> None:
    """Who asked for no mail by the link of a question has not said whose the letter is."""
    path, client = web.link("letter"), web.client()
    press(client, path, "stop")
    with web.store.write() as conn:
        conn.execute(sa.update(letters).values(state="done"))
    assert {"mine", "stranger"} <= set(buttons(client.get(path)))


def test_every_wish_has_a_button_somewhere() -> None:
    """Whatever a worker carries out can be chosen, and nothing else."""
    assert {w for asked in ASKED for _, wishes in choices.questions(asked) for w in wishes} == set(link.WISHES)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_changes_nothing(web: Web, method: str) -> None:
    """Mail scanners open every link: only a pressed button is a choice."""
    path, client = web.link("letter"), web.client()
    for query in ("", "?wish=stop", "?wish=mine&csrf_token=x"):
        assert getattr(client, method)(path + query).status_code == 200
    assert web.wishes() == []


def test_the_page_shows_nothing_of_the_letter(web: Web) -> None:
    """Whoever finds a link learns neither reference nor agency nor state, and the link itself stands nowhere in it."""
    path = web.link("agency")
    page = web.client().get(path)
    for secret in (REF, "dmv", "Motor Vehicles", path.rpartition("/")[2]):
        assert secret.lower() not in page.text.lower()
    pages = [re.sub(r'value="[^"]*"', "", web.client().get(web.link("agency")).text) for _ in range(2)]
    assert pages[0] == pages[1]


def test_nothing_is_chosen_beforehand(web: Web) -> None:
    """No box, no radio button, no script: one click a choice."""
    page = web.client().get(web.link("letter"))
    assert set(re.findall(r'<input type="([a-z]+)"', page.text)) == {"hidden"}
    assert "checked" not in page.text
    assert "<script" not in page.text


# ── what is taken in ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "wish"), [("letter", w) for w in link.WISHES] + [("agency", "share"), ("agency", "keep"), ("", "stop")]
)
def test_a_wish_is_sealed_like_a_letter(web: Web, asked: str, wish: str) -> None:
    """Each button seals one wish for the link, on record and counted, and is thanked for in its own words."""
    path = web.link(asked)
    page = press(web.client(), path, wish)
    assert page.status_code == 200
    assert WORDS["en"].thanks[wish][0] in page.text
    (row,) = web.wishes()
    digest = sa.select(links.c.digest)
    with web.store.read() as conn:
        assert row["target"] == conn.scalar(digest)
        assert [e.what for e in conn.execute(sa.select(events).where(events.c.subject == row["id"]))] == ["accepted"]
        assert ticket.sums(conn) == {"accepted": 1, "waiting": 1, "difference": 0}
    assert (row["kind"], row["channel"], row["state"], row["ticket"]) == ("wish", "form", "waiting", None)
    envelope, content = web.opened(row["id"])
    assert (dict(envelope.fields), content) == ({"wish": wish}, b"")


class Broken(Door):
    """A door whose store is away."""

    def __init__(self, web: Web, fault: Exception) -> None:
        super().__init__(web.store, vault.load_sealer(web.config.home), Queue(web.config))
        self.fault = fault

    def commit(self, accepted: Sequence[Accepted]) -> None:
        raise self.fault


@pytest.mark.parametrize("fault", [StoreBusy(), StoreFull(), RuntimeError("x")])
def test_thanks_come_after_the_commit(web: Web, fault: Exception) -> None:
    """Promise 1: what could not be committed is not thanked for, and the page says that nothing was changed."""
    page = press(web.client(door=Broken(web, fault)), web.link(), "stop")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "60"
    assert "Nothing was changed" in page.text
    assert "Thank you" not in page.text
    assert web.wishes() == []


def test_a_double_click(web: Web) -> None:
    """WF11: the same button twice is the same wish twice, thanked for both times; the last of two wishes counts."""
    path, client = web.link(), web.client()
    data = {"wish": "stop", "csrf_token": token(client.get(path))}
    pages = [client.post(path, data=data) for _ in range(2)]
    assert {page.status_code for page in pages} == {200}
    assert len({page.text for page in pages}) == 1
    press(client, path, "resume")
    wishes = [web.opened(row["id"])[0].fields["wish"] for row in web.wishes()]
    assert sorted(wishes[:2]) == ["stop", "stop"]
    assert wishes[2] == "resume"


@pytest.mark.parametrize(
    ("asked", "wish"), [("", ""), ("", "delete"), ("", "STOP"), ("", "stop\0"), ("", "mine"), ("agency", "stranger")]
)
def test_unknown_wishes(web: Web, asked: str, wish: str) -> None:
    """WF7: a wish that the page has no button for is 400 in words, with the buttons below, and is not kept."""
    path, client = web.link(asked), web.client()
    page = press(client, path, wish)
    assert page.status_code == 400
    assert "Nothing was changed" in page.text
    assert set(buttons(page)) == GENERAL
    assert web.wishes() == []
    assert client.post(path, data={"csrf_token": token(page)}).status_code == 400


@pytest.mark.parametrize("data", [{}, {"csrf_token": "x"}, {"csrf_token": ""}])
def test_every_choice_has_a_token(web: Web, data: dict[str, str]) -> None:
    """WF1: a choice from elsewhere is 403, changes nothing, and the page that comes with it works."""
    path, client = web.link(), web.client()
    page = client.post(path, data={"wish": "stop", **data})
    assert page.status_code == 403
    assert "press the button again" in page.text
    assert client.post(path, json={"wish": "stop", "csrf_token": token(page)}).status_code == 403
    assert web.wishes() == []
    assert client.post(path, data={"wish": "stop", "csrf_token": token(page)}).status_code == 200
    assert len(web.wishes()) == 1


# ── links that are none ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_that_ended_looks_like_one_that_never_was(web: Web) -> None:
    """An expired, an unknown and a mangled link get the very same page and no cookie, and take no wish."""
    expired, good = web.link("letter", age=link.LIFE + 1000), web.link()
    mangled = [
        good[:-1],
        good + "0",
        good + "/x",
        "/choices/",
        "/choices/%00",
        "/choices/%ff",
        "/choices/" + "a" * 3000,
    ]
    answers = set()
    for path in (expired, f"/choices/{new_token()}", *mangled):
        for ask in (FlaskClient.get, lambda c, p: c.post(p, data={"wish": "stop"})):  # type: ignore[list-item]
            client = web.client()
            page = ask(client, path)
            assert "Set-Cookie" not in page.headers
            answers.add((page.status_code, page.text))
    assert len(answers) == 1
    ((status, text),) = answers
    assert status == 404
    assert WORDS["en"].newest in text
    assert web.wishes() == []


def test_a_link_of_yesterday_is_still_good(web: Web) -> None:
    """A link works until its last day, and as people type it."""
    path = web.link(age=link.LIFE - 60_000)
    assert web.client().get(path).status_code == 200
    assert (
        web.client().get(path.replace("/choices/", "/choices/ ").upper().replace("CHOICES", "choices")).status_code
        == 200
    )


def test_too_many_choices(web: Web) -> None:
    """WF10: a client that presses too often is told so with 429, in its language, and the page can still be read."""
    path, client = web.link(), web.client("fr", rate_limits=True)
    sent = {"wish": "stop", "csrf_token": token(client.get(path))}
    codes = [client.post(path, data=sent) for _ in range(31)]
    assert [page.status_code for page in codes] == [200] * 30 + [429]
    assert WORDS["fr"].said["often"][0] in codes[-1].text.replace("&#39;", "'")
    assert codes[-1].headers["Retry-After"] == "60"
    assert len(web.wishes()) == 30
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("limits", [True, False])
def test_too_many_looks(web: Web, limits: bool) -> None:
    """WF10: who tries links one after the other is told to wait, before good and bad are told apart."""
    good, client = web.link(), web.client("fr", rate_limits=limits)
    looks = [client.get(f"/choices/{new_token()}") for _ in range(30)]
    assert {page.status_code for page in looks} == {404}
    pages = [client.get(path) for path in (good, f"/choices/{new_token()}", web.link(age=link.LIFE + 1000))]
    if not limits:
        assert [page.status_code for page in pages] == [200, 404, 404]
        return
    assert {page.status_code for page in pages} == {429}
    assert len({page.text for page in pages}) == 1
    assert WORDS["fr"].said["often"][0] in pages[0].text.replace("&#39;", "'")
    assert pages[0].headers["Retry-After"] == "60"
    assert "Set-Cookie" not in pages[0].headers
    assert [client.head(good).status_code for _ in range(31)] == [200] * 30 + [429]


# ── languages ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked_for", "language"),
    [
        ("", "en"), ("es-MX,es;q=0.9,en;q=0.5", "es"), ("pt-BR", "pt"), ("pl", "pl"), ("ht", "ht"), ("fr-CA,en", "fr"),
        ("de,zh;q=0.5", "en"), ("zh,ht;q=0.3", "ht"), ("*", "en"), ("en-GB", "en"), (";;q=x,\u00ff", "en"),
        ("es-US,en;q=0.9", "es"), ("fr;q=0,pl", "pl"), ("fr;q=0", "en"),
    ],
)  # fmt: skip
def test_the_page_speaks_the_browser_s_language(web: Web, asked_for: str, language: str) -> None:
    """The page is in the best of our languages that the browser asks for, and says which it is."""
    page = web.client(asked_for).get(web.link())
    assert f'<html lang="{language}">' in page.text
    assert WORDS[language].title in page.text.replace("&#39;", "'")


def said(words: Words) -> list[str]:
    """Every text of one language, in order."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            found.append(value)
        else:
            for one in value.values() if isinstance(value, dict) else value:
                walk(one)

    walk([getattr(words, field.name) for field in dataclasses.fields(words)])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    """No language lacks a wish or a message, or borrows one from English."""
    words, english = WORDS[language], WORDS["en"]
    assert set(words.buttons) == set(words.thanks) == set(link.WISHES)
    assert set(words.said) == set(english.said)
    assert words.danger.count("{number}") == 1
    texts = said(words)
    assert all(text == text.strip() and text for text in texts)
    assert len(texts) == len(said(english))
    assert language == "en" or not set(texts) & set(said(english))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('skip = "', 'skipp = "', "skip has no text; translate that of en.toml"),
        ('back = "Volver a las opciones"', 'back = " "', "back has no text"),
        ('  "¿Fue usted?",\n', "", "letter 2 has no text"),
        ("stranger = [", '"a neighbour" = [', "thanks.stranger 1 has no text"),
        ("[said]\n", "[said]\nnever = ['a', 'b']\n", "said.never 1 is not in en.toml; take it out"),
        ("al {number}", "al 911", "danger must hold {number}"),
        ("al {number}", "al {número}", "danger must hold {number}"),
        ('lead = "', 'lead = "{name}', "lead must hold nothing in { }"),
        ("[buttons]\n", "[buttons\n", "line"),
    ],
)
def test_a_translation_that_does_not_fit(tmp_path: Path, before: str, after: str, says: str) -> None:
    """A file that lacks a text or a placeholder, or has one too many, stops the start with its name and the cure."""
    folder = shutil.copytree(Path(choices.__file__).with_name("words"), tmp_path / "words")
    assert load(folder) == WORDS
    file = folder / "es.toml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(Misconfigured, match=re.escape(says)) as told:
        load(folder)
    assert str(told.value).startswith(f"{file}: ")
    file.unlink()
    with pytest.raises(Misconfigured, match=re.escape("es.toml")):
        load(folder)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wish", link.WISHES)
def test_thanks_in_every_language(language: str, wish: str) -> None:
    """The thanks for a wish are that wish's own."""
    others = [WORDS[language].thanks[other] for other in link.WISHES if other != wish]
    assert WORDS[language].thanks[wish] not in others


# ── what stays unsaid ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["good", "ended"])
def test_headers(web: Web, path: str) -> None:
    """WF2, WF13: nothing is stored, no other page learns the address, the cookie ends with the browser."""
    page = web.client().get(web.link() if path == "good" else "/choices/x")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for cookie in page.headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie
        assert not re.search("expires|max-age", cookie, re.I)


def test_no_log_line_holds_the_token(
    web: Web, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Promise 2: neither a good link nor our own trouble with it writes the token anywhere but into the mail."""
    caplog.set_level(logging.DEBUG)
    path = web.link("letter")
    secret = path.rpartition("/")[2]
    press(web.client(), path, "mine")
    for fault in (StoreBusy(secret), RuntimeError(secret)):
        press(web.client(door=Broken(web, fault)), path, "stop")
    web.client().post(path, data={"wish": secret})
    web.client().get(f"{path}x")
    said = "".join((*capfd.readouterr(), caplog.text))
    assert "request failed" in said  # the log is on
    assert secret not in said
    with web.store.read() as conn:
        rows = [repr(row) for table in (letters, links, events) for row in conn.execute(sa.select(table))]
    assert not any(secret in row for row in rows)


def test_a_wish_goes_to_the_relay(web: Web) -> None:
    """The queue is told the wish's id, for the worker that carries wishes out."""
    told: list[tuple[str, list[str]]] = []

    class Told(Queue):
        def put(self, task: str, ids: Sequence[str], *_: object, **__: object) -> None:
            told.append((task, list(ids)))

    door = Door(web.store, vault.load_sealer(web.config.home), Told(web.config))
    press(web.client(door=door), web.link(), "keep")
    assert told == [("relay", [web.wishes()[0]["id"]])]
    assert "keep" not in json.dumps(told)
