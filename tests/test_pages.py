"""The pages as people meet them: gunicorn, a real Chromium, axe-core.

Without a browser the tests are skipped, and fail where CI is set. `INTAKE_PICTURES=docs/img` keeps the screenshots.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, sync_playwright

from intake import link, migrations, users, vault
from intake.config import Config
from intake.door import Door, Target
from intake.letter import Envelope
from intake.queue import Queue
from intake.reference import new_token, token_digest
from intake.routing import load
from intake.routing.published import publish
from intake.store import Store, aliases, heartbeats, insert, letters, links, now, outbox, tickets
from intake.vault import DataKey

ROOT = Path(__file__).parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
STYLE = ROOT / "intake" / "web" / "static" / "uswds" / "pages.css"
PASSWORD = "a long enough one"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
MESSAGE = "The heating in our building has been off since Monday.\nNobody answers the phone."


def _missing(what: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"NOT TESTED: {what}")


@dataclass(frozen=True, slots=True)
class Site:
    """Both web processes at work."""

    store: Store
    web: str
    desk: str
    home: Path


@contextmanager
def process(
    name: str, home: Path, store: Store, said: IO[bytes] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`intake.web` or `intake.desk` in a process of its own, and the address that it says it listens on; what it
    prints goes to `said`."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("INTAKE_")}
    env = {
        **clean,
        "INTAKE_HOME": str(home),
        f"INTAKE_{name.upper()}_LISTEN": "127.0.0.1:0",
        "INTAKE_RATE_LIMITS": "off",
    }
    code = (
        f"from intake.config import read_config; from intake.{name} import main; from intake.log import set_up; "
        f"set_up({name!r}); main(read_config())"
    )
    started = subprocess.Popen([sys.executable, "-c", code], env=env, cwd=home, stdout=said, stderr=said)
    try:
        yield started, _listening(store, name, started)
    finally:
        if started.poll() is None:
            started.terminate()
            started.wait(10)


def _listening(store: Store, name: str, started: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end and started.poll() is None:
        with store.read() as conn:
            info = conn.scalar(sa.select(heartbeats.c.info).where(heartbeats.c.name == name))
        if info:
            return str(json.loads(info)["listen"])
        time.sleep(0.1)
    raise AssertionError(f"{name} did not start")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not STYLE.exists():
        _missing("the pages' style sheet is not made; run `make setup`")
    home = tmp_path_factory.mktemp("pages")
    vault.create_keys(home)
    store = Store(f"sqlite:///{home}/store/intake.db")
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, load(ROOT / "routing_rules.yaml"), "test")
        users.create(conn, "ana", PASSWORD, "admin")
    with process("web", home, store) as (_, web), process("desk", home, store) as (_, desk):
        yield Site(store, f"http://{web}", f"http://{desk}", home)
    store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        _missing("there is no Chromium on this machine; `apt-get install chromium`")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=quiet)
        yield started
        started.close()


@contextmanager
def opened(
    browser: Browser, size: dict[str, int] | None = None, *, scripts: bool = True, language: str = "en-US"
) -> Iterator[Page]:
    window = size or DESKTOP
    context = browser.new_context(viewport=window, java_script_enabled=scripts, locale=language)  # type: ignore[arg-type]
    try:
        yield context.new_page()
    finally:
        context.close()


def check(page: Page, name: str) -> None:
    """No violation of axe-core's rules, nothing wider than the window, every target large enough for a thumb."""
    if not AXE.exists():
        _missing("axe-core is not here; run `npm ci`")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"


def press(page: Page, what: str) -> None:
    """A click, and the page that it leads to: without waiting for it, a busy machine shows none yet."""
    with page.expect_navigation():
        page.click(what)


def picture(page: Page, name: str) -> None:
    """A screenshot for the docs, when one is wanted."""
    if folder := os.environ.get("INTAKE_PICTURES"):
        page.screenshot(path=str(ROOT / folder / f"{name}.png"), full_page=True)


def count(store: Store) -> int:
    with store.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(letters)) or 0


# ── the public pages ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("size", "name"), [(DESKTOP, ""), (PHONE, "-phone")])
def test_a_letter_is_written(site: Site, browser: Browser, size: dict[str, int], name: str) -> None:
    """WF18: on a desktop and a phone, form, errors, thanks, privacy and status are accessible and in one column."""
    with opened(browser, size) as page:
        page.goto(site.web)
        check(page, "form")
        picture(page, f"form{name}")
        page.check("[value=email]")
        press(page, "text=Send my message")
        assert page.locator("#email-error").is_visible()
        assert page.evaluate("document.activeElement.id") == "said"
        check(page, "form with errors")
        picture(page, f"form-errors{name}")
        page.check("[value=receipt]")
        page.fill("#message", MESSAGE)
        page.select_option("#topic", "Housing or rent")
        page.set_input_files("#attachments", {"name": "bill.txt", "mimeType": "text/plain", "buffer": b"$611.88"})
        press(page, "text=Send my message")
        assert page.locator("h1").inner_text() == "Thank you. We have your message."
        check(page, "thanks")
        picture(page, f"thanks{name}")
        for path in ("/privacy", "/status", "/nothing"):
            page.goto(site.web + path)
            check(page, path)


def test_everything_works_without_scripts(site: Site, browser: Browser) -> None:
    """The whole form, an error and a second try work in a browser that runs no script."""
    before = count(site.store)
    with opened(browser, PHONE, scripts=False) as page:
        page.goto(site.web)
        page.fill("#email", "ana@mail.example, bo@mail.example")
        page.fill("#message", MESSAGE)
        page.fill("#name", "Ana")
        press(page, "text=Send my message")
        assert "Enter one e-mail address only" in page.content()
        assert page.input_value("#message") == MESSAGE
        assert page.input_value("#name") == "Ana"
        page.fill("#email", "ana@mail.example")
        press(page, "text=Send my message")
        assert "Thank you" in page.content()
    assert count(site.store) == before + 1


def test_the_keyboard_is_enough(site: Site, browser: Browser) -> None:
    """WF18: a letter is sent with the keyboard alone, and the focus can always be seen."""
    with opened(browser) as page:
        page.goto(site.web)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "usa-skipnav"
        page.focus("[value=none]")
        page.keyboard.press("Space")
        page.focus("#message")
        page.keyboard.type("By keyboard.")
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.type") == "submit":
                break
        outline = "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
        assert page.evaluate(outline) >= 3
        page.keyboard.press("Enter")
        page.wait_for_selector("#reference")


def test_back_and_reload_send_nothing_twice(site: Site, browser: Browser) -> None:
    """WF11, WF12: reloading the thank-you page, or going back and sending again, is still one letter."""
    before = count(site.store)
    with opened(browser) as page:
        page.goto(site.web)
        page.fill("#message", "Only once, please.")
        press(page, "text=Send my message")
        ref = page.inner_text("#reference")
        page.reload()
        assert page.inner_text("#reference") == ref
        page.go_back()
        page.fill("#message", "Only once, please.")
        press(page, "text=Send my message")
        assert page.inner_text("#reference") == ref
    assert count(site.store) == before + 1


def test_nothing_stays_in_the_browser(site: Site, browser: Browser) -> None:
    """WF2: a session cookie, and nothing in any storage; no request goes to anybody else."""
    with opened(browser) as page:
        hosts: set[str] = set()
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        page.goto(site.web)
        page.fill("#message", "Leave no trace.")
        press(page, "text=Send my message")
        (cookie,) = page.context.cookies()
        assert cookie["httpOnly"]
        assert cookie["expires"] == -1
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert hosts == {site.web.removeprefix("http://")}


# ── the choices ──────────────────────────────────────────────────────────────────────────────────────────────────


def choices(site: Site, letter: str | None = None, agency: str | None = None) -> str:
    """The address of a new link."""
    key = DataKey(bytes(32))
    row = link.new(key, "7K3M-9QX2-TR4B", letter, agency)
    with site.store.write() as conn:
        insert(conn, links, [row])
    return link.address(site.web, link.token(key, row))


SMALLEST = (
    "Math.min(...[...document.querySelectorAll('main button, main a')].map(e => e.getBoundingClientRect().height))"
)


@pytest.mark.parametrize(
    ("size", "language", "name"),
    [(DESKTOP, "en", ""), (PHONE, "es", "-phone"), ({"width": 320, "height": 640}, "pl", "-small"), (PHONE, "ht", "")],
)
def test_a_choice_is_made(site: Site, browser: Browser, size: dict[str, int], language: str, name: str) -> None:
    """WF18: in each size and language, without scripts, every page of the choices is accessible and fit for thumbs."""
    before = count(site.store)
    with opened(browser, size, language=language) as page:
        for what, url in (
            ("choices-letter", choices(site, letter="L")),
            ("choices-agency", choices(site, agency="dmv")),
            ("choices", choices(site)),
            ("choices-gone", f"{site.web}/choices/{new_token()}"),
        ):
            page.goto(url)
            check(page, what)
            assert page.evaluate(SMALLEST) >= 44, what
            assert page.get_attribute("html", "lang") == language
            picture(page, f"{what}{name}")
        page.goto(choices(site))
        press(page, "[value=stop]")
        check(page, "thanks for a choice")
        picture(page, f"choices-thanks{name}")
        press(page, "main a")
        page.context.clear_cookies()
        press(page, "[value=resume]")
        check(page, "choice without a cookie")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
        press(page, "[value=resume]")
        assert page.locator("main button").count() == 0
    assert count(site.store) == before + 2


def test_choices_work_without_scripts(site: Site, browser: Browser) -> None:
    """One click is enough in a browser that runs no script, and another page is never told the address."""
    before = count(site.store)
    with opened(browser, PHONE, scripts=False) as page:
        told: list[str | None] = []
        page.on("request", lambda request: told.append(request.headers.get("referer")))
        page.goto(choices(site, letter="L"))
        press(page, "[value=mine]")
        assert "Your message goes on" in page.content()
        press(page, "text=State contact service")
        assert not any(told)
    assert count(site.store) == before + 1


def test_no_process_prints_the_token(tmp_path: Path) -> None:
    """Promise 2: the web writes no address of a page anywhere, whether the link is good or the request broken."""
    vault.create_keys(tmp_path)
    store, secret = Store(f"sqlite:///{tmp_path}/store/intake.db"), new_token()
    migrations.upgrade(store)
    row = {"digest": token_digest(secret), "ticket": "T", "letter": None, "agency": None}
    row |= {"token": b"", "created": now()}
    with store.write() as conn:
        publish(conn, load(ROOT / "routing_rules.yaml"), "test")
        insert(conn, links, [row])
    good = [f"{method} /choices/{secret} HTTP/1.1" for method in ("GET", "POST", "PUT", "HEAD")]
    broken = [
        f"GET /choices/{secret}{end}" for end in (" HTTP/9", "\0 HTTP/1.1", " x y HTTP/1.1", "/..//x HTTP/1.1", "")
    ]
    with (tmp_path / "said").open("wb") as said, process("web", tmp_path, store, said) as (_, listen):
        for line in (*good, *broken, f"{secret} / HTTP/1.1", f"GET / HTTP/1.1\r\n{secret}"):
            with socket.create_connection(host_port(listen), timeout=10) as conn:
                conn.sendall(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                assert b"".join(iter(lambda c=conn: c.recv(65536), b""))  # type: ignore[misc]
    store.close()
    log = (tmp_path / "said").read_text()
    assert '"event": "library"' in log  # gunicorn spoke of the broken ones, and we let pass that it did
    assert secret not in log
    assert "127.0.0.1" not in log


# ── the desk ─────────────────────────────────────────────────────────────────────────────────────────────────────


BECAUSE = "unverified agency sender: no aligned DKIM signature or SPF pass"


def fill_desk(site: Site) -> dict[str, str]:
    """A delivered letter with an addition, one that a rule holds, one that the gate keeps here, a held answer, and a
    message in the local mail; the ids of letters by what they are."""
    config = Config(home=site.home, _env_file=None)  # type: ignore[call-arg]
    door = Door(site.store, vault.load_sealer(site.home), Queue(config))
    fields = {"message": MESSAGE + "\nMy SSN is 123-45-6789.", "topic": "Housing or rent", "town": "Avon"}
    envelope = Envelope("form", recipients=("contact",), fields=fields, files=(("a.pdf", "application/pdf", 4),))
    accepted = [door.seal(envelope, b"%PDF", [Target("new", "contact")]) for _ in range(3)]
    door.commit(accepted)
    refs = [one.ids[0] for one in accepted]
    why = json.dumps({"why": ["vocabulary: heating"], "suggestions": [["doh", 7.5], ["pura", 3.0]]})
    with site.store.write() as conn:
        for ref, state in zip(refs, ("delivered", "held", "held"), strict=True):
            row = {"agency": "doh", "state": state, "why": why, "tags": '{"ssn": 1}', "rule": "vocabulary"}
            conn.execute(sa.update(tickets).where(tickets.c.ref == ref).values(**row))
        held = {"state": "held", "held_because": "attachment cannot be read"}
        conn.execute(sa.update(letters).where(letters.c.id == refs[1]).values(**held))
        conn.execute(sa.update(letters).where(letters.c.id.in_((refs[0], refs[2]))).values(state="done"))
    box = site.home / "mail" / "doh" / "new"
    box.mkdir(parents=True, exist_ok=True)
    (box / "1.x").write_bytes(b"From: reply+a@intake.example\nSubject: Housing\n\nThe heating is off.\n")
    digest = token_digest(new_token())
    words = f"Subject: {'Answer' * 60}\r\nFrom: Pat <pat@contractor.example>\r\n\r\nCome on Monday. {'x' * 300}\r\n"
    target = Target("reply", digest)
    answer = door.seal(Envelope("email", mail_from="pat@contractor.example"), words.encode(), [target])
    door.commit([answer])
    target = Target("reply", token_digest(new_token()))
    later = door.seal(
        Envelope("email", mail_from="a@home.example"), b"Subject: Re\r\n\r\nIt still is off.\r\n", [target]
    )
    door.commit([later])
    alias = {"ticket": refs[0], "agency": "doh", "state": "open", "token": b"", "created": now()}
    message = {"side": "agency", "agency": "doh", "recipient": "", "sealed": b"", "attempts": 1, "claimed_by": ""}
    message |= {"due": now(), "created": now()}
    stopped = {"kind": "redirect", "state": "held", "held_because": "egress: e-mail address in text"}
    added = {"kind": "follow-up", "state": "sent", "held_because": None}
    with site.store.write() as conn:
        insert(conn, aliases, [alias | {"digest": digest, "side": "citizen"}])
        insert(conn, aliases, [alias | {"digest": target.name, "side": "agency"}])
        for ref, ident, more in ((refs[2], refs[2], stopped), (refs[0], later.ids[0], added)):
            row = {"id": f"of {ident}", "bounce": ident, "ticket": ref, "letter": ident}
            insert(conn, outbox, [message | row | more])
        waits = {"state": "held", "held_because": BECAUSE, "ticket": refs[0]}
        conn.execute(sa.update(letters).where(letters.c.id == answer.ids[0]).values(**waits))
        went_on = {"state": "done", "ticket": refs[0]}
        conn.execute(sa.update(letters).where(letters.c.id == later.ids[0]).values(**went_on))
    return {"letter": refs[0], "held-letter": refs[2], "addition": later.ids[0], "held-answer": answer.ids[0]}


@pytest.mark.parametrize(("size", "name"), [(DESKTOP, ""), (PHONE, "-phone")])
def test_the_desk(site: Site, browser: Browser, size: dict[str, int], name: str) -> None:
    """WF18: sign-in, list, letter, held letters, mail and sums are accessible on a desktop and a phone."""
    ids = fill_desk(site)
    with opened(browser, size) as page:
        page.goto(site.desk)
        check(page, "sign-in")
        picture(page, f"desk-signin{name}")
        page.fill("#name", "ana")
        page.fill("#password", PASSWORD)
        press(page, "main button")
        pages = {
            "/": "letters",
            f"/letter/{ids['letter']}": "letter",
            "/held": "held",
            **{f"/held/{ids[what]}": what for what in ("held-letter", "held-answer", "addition")},
            "/mail": "mail",
            "/mail/doh/": "box",
            "/mail/doh/1.x": "message",
            "/sums": "sums",
            "/nothing": "nothing",
        }
        for path, what in pages.items():
            page.goto(site.desk + path)
            check(page, what)
            picture(page, f"desk-{what}{name}")
        page.goto(f"{site.desk}/held/{ids['held-letter']}")
        press(page, "main button:has-text('Send without its words')")
        assert "It is on its way." in page.content()
        page.goto(f"{site.desk}/held/{ids['held-answer']}")
        press(page, "main button:has-text('Refuse')")
        assert "It is not sent on." in page.content()
        assert page.locator("main button").count() == 0  # nothing is decided unread
        press(page, "main a.usa-button:has-text('Read')")
        press(page, "main button:has-text('Release')")
        assert "It is on its way." in page.content()
        press(page, "text=Sign out")
        assert page.locator("#password").is_visible()


# ── the processes ────────────────────────────────────────────────────────────────────────────────────────────────


def host_port(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").rpartition(":")
    return host, int(port)


def test_no_header_names_the_software(site: Site) -> None:
    """WF13: no answer says which server it is, not even to a request that is none."""
    for url in (site.web, site.desk):
        with socket.create_connection(host_port(url), timeout=10) as conn:
            conn.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda c=conn: c.recv(65536), b""))  # type: ignore[misc]
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert b"server:" not in head
        assert b"gunicorn" not in answer.lower()
        assert b"evil.example" not in answer
        with socket.create_connection(host_port(url), timeout=10) as conn:
            conn.sendall(b"EHLO x\r\n\r\n")
            assert b"gunicorn" not in conn.recv(65536).lower()


def upload(site: Site, octets: int) -> tuple[int, str]:
    """Status and page of a form with one file of so many octets."""
    edge = "x" * 30
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="message"\r\n\r\nkept\r\n'
        f'--{edge}\r\nContent-Disposition: form-data; name="attachments"; filename="film.mp4"\r\n\r\n'
    )
    conn = http.client.HTTPConnection(*host_port(site.web), timeout=60)
    tail = f"\r\n--{edge}--\r\n".encode()
    conn.putrequest("POST", "/")
    conn.putheader("Content-Type", f"multipart/form-data; boundary={edge}")
    conn.putheader("Content-Length", str(len(head) + octets + len(tail)))
    conn.endheaders(head.encode())
    for _ in range(octets // 65536):
        conn.send(b"x" * 65536)
    conn.send(b"x" * (octets % 65536) + tail)
    answer = conn.getresponse()
    return answer.status, answer.read().decode()


def test_a_film_is_refused_and_heard_of(site: Site) -> None:
    """WF9: a file of several times the limit is read to its end and refused in words; nothing of it is on the disk."""
    status, page = upload(site, 110 * 1024 * 1024)
    assert status == 413
    assert "25 MB" in page
    status, page = upload(site, 30 * 1024 * 1024)  # no token: but the text is still there
    assert status == 403
    assert "kept" in page
    assert not [f for f in site.home.rglob("*") if f.is_file() and f.stat().st_size > 5 * 1024 * 1024]


def test_a_process_stops_when_it_is_told(site: Site) -> None:
    """SIGTERM ends a web process within seconds, also with a connection open, and its workers with it."""
    with site.store.write() as conn:
        conn.execute(sa.delete(heartbeats))
    with process("desk", site.home, site.store) as (started, listen), socket.create_connection(host_port(listen)):
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) is not None


def test_a_taken_address_stops_the_start(site: Site) -> None:
    """A listen address that is taken is one line that names it."""
    from intake.errors import Misconfigured
    from intake.web.serve import bind

    with pytest.raises(Misconfigured, match="cannot listen on"):
        bind(site.web.removeprefix("http://"))
