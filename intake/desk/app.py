"""The desk's pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog
from flask import Flask, Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from intake import audit, cover, doctor, hold, inspection, mime, ticket, users, view
from intake.cached import Cached
from intake.config import Config
from intake.desk import mail, session
from intake.errors import Deferred
from intake.purpose import Purpose
from intake.queue import Queue
from intake.redact import NOUNS
from intake.reference import parse_reference
from intake.routing import Agency
from intake.routing.published import Published
from intake.store import Store
from intake.users import User
from intake.vault import Tampered, Vault
from intake.web import guard
from intake.web.limits import limiter

PAGE = 50
SIGN_INS = "10/minute;100/hour"
DOCTOR_SECONDS = 60.0  # the doctor is asked once a minute at most, and no page waits for the answer
_OPEN_TO_ALL = ("static", "sign_in", "healthz")

log = structlog.get_logger("intake.desk")


def create_app(config: Config, store: Store, vault: Vault, queue: Queue, published: Published) -> Flask:
    """The desk over `store`; letters are opened with `vault`."""
    app = Flask(__name__, static_folder=str(guard.STATIC))
    app.config.update(MAX_CONTENT_LENGTH=64 * 1024)
    guard.protect(app, vault.subkey("desk session"), "intake-desk", config.desk_url.startswith("https://"))
    CSRFProtect(app)
    session.manage(app, store)
    desk = Desk(config, store, vault, queue, published)
    limit = limiter(app, config, vault.subkey("desk limits")).limit(SIGN_INS, methods=["POST"])
    _routes(app, desk, limit)
    app.before_request(_only_signed_in)
    app.context_processor(lambda: {"agencies": desk.agencies, "who": _who()})
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(inspection.hint, "hint")
    app.add_template_filter(desk.named, "named")
    app.add_template_filter(lambda cls: NOUNS.get(cls, cls), "noun")
    app.add_template_filter(cover.why, "why")
    app.register_error_handler(HTTPException, _sorry)
    app.register_error_handler(Exception, _not_now)
    return app


def _routes(app: Flask, desk: Desk, limit: Callable[[Any], Any]) -> None:
    app.add_url_rule("/signin", "sign_in", limit(desk.sign_in), methods=["GET", "POST"])
    app.add_url_rule("/signout", "sign_out", desk.sign_out, methods=["POST"])
    app.add_url_rule("/", "letters", desk.letters)
    app.add_url_rule("/letter/<ref>", "letter", desk.letter)
    app.add_url_rule("/letter/<ref>/reroute", "reroute", desk.reroute, methods=["POST"])
    app.add_url_rule("/held", "held", desk.held)
    app.add_url_rule("/held/<letter>", "inspect", desk.inspect)
    app.add_url_rule("/held/<letter>/release", "release", desk.release, methods=["POST"])
    app.add_url_rule("/held/<letter>/wordless", "wordless", desk.wordless, methods=["POST"])
    app.add_url_rule("/held/<letter>/refuse", "refuse", desk.refuse, methods=["POST"])
    app.add_url_rule("/held/<letter>/answer", "answer", desk.answer, methods=["POST"])
    app.add_url_rule("/held/<letter>/person", "person", desk.person, methods=["POST"])
    app.add_url_rule("/mail", "mail", desk.mail)
    app.add_url_rule("/mail/<box>/", "box", desk.box)
    app.add_url_rule("/mail/<box>/<key>", "message", desk.message)
    app.add_url_rule("/sums", "sums", desk.sums)
    app.add_url_rule("/healthz", "healthz", lambda: Response("ok", mimetype="text/plain"))


class Desk:
    """What staff can look at and do."""

    def __init__(self, config: Config, store: Store, vault: Vault, queue: Queue, published: Published) -> None:
        self._config, self._store, self._vault = config, store, vault
        self._queue, self._published = queue, published
        self._doctor = Cached(lambda: doctor.findings(config, doctor.QUICK), DOCTOR_SECONDS)

    def agencies(self, holder: str | None) -> list[Agency]:
        """The agencies that a letter of `holder` may be passed on to, by name."""
        known = self._published.current.agencies.values()
        return sorted(
            (a for a in known if a.takes_letters and a.takes_from(holder)), key=lambda a: a.name("en").casefold()
        )

    def named(self, ident: str | None) -> str:
        """An agency's name by its id; what is no agency's id stays as it is."""
        agency = self._published.current.agencies.get(ident or "")
        return agency.name("en") if agency else ident or "–"

    def sign_in(self) -> ResponseReturnValue:
        """`GET` and `POST /signin`."""
        name = request.form.get("name", "")
        if request.method != "POST":
            return render_template("signin.html", name="", wrong=False)
        if session.sign_in(self._store, name, request.form.get("password", "")):
            return redirect(url_for("letters"))
        return render_template("signin.html", name=name, wrong=True), 401

    def sign_out(self) -> ResponseReturnValue:
        """`POST /signout`."""
        session.sign_out(self._store, _who())
        return redirect(url_for("sign_in"))

    def letters(self) -> ResponseReturnValue:
        """The list, newest first; `state` filters, `before` pages."""
        state, before = request.args.get("state", ""), _cursor(request.args.get("before", ""))
        states = (state,) if state in ticket.STATES else ()
        with self._store.read() as conn:
            found = ticket.find(conn, agencies=_who().sees, states=states, before=before, limit=PAGE + 1)
            first = not (states or before)
            urgent = ticket.find(conn, agencies=_who().sees, states=ticket.UNANSWERED, urgent=True) if first else []
        more = _cursor_of(found[PAGE - 1]) if len(found) > PAGE else ""
        return render_template(
            "letters.html",
            tickets=found[:PAGE],
            urgent=urgent,
            more=more,
            state=state,
            states=ticket.STATES,
            paged=before,
        )

    def letter(self, ref: str) -> ResponseReturnValue:
        """One ticket and its letter as the desk may see it."""
        shown = self._own(ref)
        with self._store.read() as conn:
            noted, added = hold.noted(conn, shown["ref"]), hold.added(conn, shown["ref"])
        opened, trouble = _tried(lambda: self._open(shown["ref"]))
        return render_template("letter.html", ticket=shown, view=opened, trouble=trouble, noted=noted, added=added)

    def _open(self, ref: str) -> view.View:
        rules, domain = self._published.current, self._config.mail_domain
        return view.for_desk(self._store, self._vault, rules, ref, _who().id, domain)

    def _own(self, ref: str) -> dict[str, Any]:
        """The ticket, if it is this user's business; 404 otherwise, and on record (WF8)."""
        with self._store.read() as conn:
            shown = ticket.show(conn, ref)
        if shown and _who().may_see(shown["agency"]):
            return shown
        self._deny(parse_reference(ref) or "none", shown["ref"] if shown else None)
        abort(404)

    def _deny(self, subject: str, ref: str | None) -> None:
        with self._store.write() as conn:
            audit.record(conn, [audit.Event("denied", subject, ref, _who().id)])

    def reroute(self, ref: str) -> ResponseReturnValue:
        """Send it to another agency."""
        self._allow(ref)
        agency = request.form.get("agency", "")
        with self._store.read() as conn:
            shown = ticket.show(conn, ref)
        if agency not in [one.id for one in self.agencies(shown["agency"] if shown else None)]:
            abort(400)
        return self._done(hold.reroute(self._store, self._queue, ref, agency, _who().id))

    def _allow(self, ref: str) -> None:
        """An admin may act on a held letter without a ticket of its own; everybody else on their own tickets."""
        if _who().sees is not None:
            self._own(ref)

    # ── held letters ──────────────────────────────────────────────────────────────────────────────────────────────

    def held(self) -> ResponseReturnValue:
        """Everything held."""
        with self._store.read() as conn:
            found = hold.held(conn, _who().sees)
        said = request.args.get("said", "")
        return render_template("held.html", held=found, said=said)

    def inspect(self, letter: str) -> ResponseReturnValue:
        """A held letter, or one that was taken for a machine's, to be read before the decision; or an addition."""
        ident = self._own_held(letter)
        with self._store.read() as conn:
            found = hold.held(conn, None, ident) or hold.noted(conn, "", ident) or hold.added(conn, "", ident)
            guess = hold.guess(conn, ident)
            guessed = ticket.show(conn, guess)
        if not found:
            return self._done(False)
        if not guessed or not _who().may_see(guessed["agency"]):
            guess = ""
        rules, domain = self._published.current, self._config.mail_domain
        opened, trouble = _tried(lambda: inspection.inspect(self._store, self._vault, rules, ident, _who().id, domain))
        return render_template("inspect.html", held=found[0], view=opened, trouble=trouble, guess=guess)

    def release(self, letter: str) -> ResponseReturnValue:
        """Let what is held go on, if it still is for the reason that was shown."""
        ident, because = self._own_held(letter), request.form.get("because", "").replace("\r\n", "\n")  # RFC 7578
        return self._done(hold.release(self._store, self._queue, ident, _who().id, because))

    def wordless(self, letter: str) -> ResponseReturnValue:
        """Tell the agency that it is here, and nothing of what it says."""
        return self._done(hold.without_words(self._store, self._queue, self._own_held(letter), _who().id))

    def refuse(self, letter: str) -> ResponseReturnValue:
        """Let a reply or a wish end here."""
        return self._done(hold.refuse(self._store, self._own_held(letter), _who().id), "refused")

    def answer(self, letter: str) -> ResponseReturnValue:
        """Make it the answer on a ticket of this user's agencies."""
        ident = self._own_held(letter)
        ref = self._own(request.form.get("ref", ""))["ref"]
        return self._done(hold.answer_to(self._store, self._queue, ident, ref, _who().id))

    def person(self, letter: str) -> ResponseReturnValue:
        """A person wrote what was taken for a machine's."""
        return self._done(hold.by_a_person(self._store, self._queue, self._own_held(letter), _who().id))

    def _own_held(self, letter: str) -> str:
        """The letter's id, if it is this user's business; 404 otherwise, and on record (WF8)."""
        ident = parse_reference(letter)
        with self._store.read() as conn:
            holder = hold.holder(conn, ident)
        if holder and _who().may_see(holder.agency):
            return ident
        self._deny(ident or "none", holder.ticket if holder else None)
        abort(404)

    def _done(self, done: bool, what: str = "done") -> ResponseReturnValue:
        return redirect(url_for("held", said=what if done else "nothing"))

    # ── local mail and sums ───────────────────────────────────────────────────────────────────────────────────────

    def _boxes(self) -> list[str]:
        return [box for box in mail.boxes(self._config.home) if _who().may_see(box)]

    def mail(self) -> ResponseReturnValue:
        """The boxes of the local mail."""
        return render_template("mail.html", boxes=self._boxes(), local=not self._config.smarthost)

    def box(self, box: str) -> ResponseReturnValue:
        """The messages of a box."""
        self._own_box(box)
        return render_template("box.html", box=box, entries=mail.listed(self._config.home, box))

    def message(self, box: str, key: str) -> ResponseReturnValue:
        """One message, as text; reading it is on record."""
        self._own_box(box)
        found = mail.read(self._config.home, box, key)
        if not found:
            abort(404)
        opened = audit.Event("opened", f"mail {box}", None, _who().id, {"purpose": str(Purpose.RESPOND)})
        with self._store.write() as conn:
            audit.record(conn, [opened])
        return render_template("message.html", box=box, message=found)

    def _own_box(self, box: str) -> None:
        if box not in self._boxes():
            self._deny("mail", None)
            abort(404)

    def sums(self) -> ResponseReturnValue:
        """The conservation sum, and what the doctor says; for administrators."""
        if _who().sees is not None:
            self._deny("sums", None)
            abort(404)
        found = self._doctor.get()
        with self._store.read() as conn:
            return render_template("sums.html", sums=ticket.sums(conn), doctor=found)


_Opened = TypeVar("_Opened")


def _tried(look: Callable[[], _Opened]) -> tuple[_Opened | None, str]:
    """What `look` opens; or None, and why it cannot be shown."""
    try:
        return look(), ""
    except KeyError:
        return None, "The letter itself is no longer there."
    except Tampered:
        return None, "The letter cannot be opened: it is not what was sealed. Tell the operator."
    except mime.Unreadable:
        return None, "The letter cannot be read as mail. It is kept as it came."
    except Deferred:
        raise
    except Exception as fault:  # noqa: BLE001 - what the program fails on must be decided here all the same
        log.error("letter not shown", fault=type(fault).__name__)
        return None, "The program fails on this letter. It is kept as it came. Tell the operator."


def _who() -> User:
    """The signed-in user; a user who sees nothing on pages before the sign-in."""
    user = getattr(current_user, "user", None)
    return user if isinstance(user, User) else users.NOBODY


def _only_signed_in() -> ResponseReturnValue | None:
    if request.endpoint in _OPEN_TO_ALL or current_user.is_authenticated:
        return None
    return render_template("signin.html", name="", wrong=False), 401


def _cursor(text: str) -> tuple[int, str] | None:
    """(received, reference) of the last ticket on the page before."""
    at, _, ref = text.partition(".")
    ref = parse_reference(ref)
    return (int(at), ref) if at.isascii() and at.isdigit() and len(at) < 16 and ref else None


def _cursor_of(last: dict[str, Any]) -> str:
    at = datetime.fromisoformat(last["received"])
    return f"{round(at.timestamp() * 1000)}.{last['ref']}"


def _moment(at: str | datetime | None) -> str:
    """2026-11-22 08:30 UTC."""
    if not at:
        return ""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def _sorry(fault: HTTPException) -> ResponseReturnValue:
    if isinstance(fault, CSRFError) and request.endpoint == "sign_in":
        return render_template("signin.html", name=request.form.get("name", ""), wrong=False), 403
    if isinstance(fault, CSRFError):
        return render_template("sorry.html", status=403), 403
    return render_template("sorry.html", status=fault.code), fault.code or 500


def _not_now(fault: Exception) -> ResponseReturnValue:
    if not isinstance(fault, Deferred):
        log.error("request failed", endpoint=request.endpoint, fault=type(fault).__name__)
    return make_response(render_template("sorry.html", status=503), 503)
