"""The pages of the public web.

`/` takes a letter: what is thanked for is committed. `/status` shows what became of it to whoever holds the
receipt; `/choices/…` takes the wishes of whoever holds a link from our mail. `/healthz` and `/readyz` say only ok.
Whatever goes wrong, the form comes back with what was typed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, TooManyRequests

from intake import notice, reference
from intake import receipt as receipts
from intake.config import Config
from intake.door import Door, Target
from intake.errors import Deferred
from intake.language import DEFAULT
from intake.routing.published import Published
from intake.store import Store
from intake.topics import OTHER, TOPICS
from intake.web import choices, guard, status
from intake.web import form as forms
from intake.web.form import Fault, Form
from intake.web.health import Readiness, healthy
from intake.web.keys import Keys, load_keys
from intake.web.limits import limiter
from intake.web.uploads import BoundedRequest, files
from intake.web.words import WORDS

AMOUNTS = "30/minute;300/hour"
_ROOM = 1024 * 1024  # octets for fields and multipart boundaries beside the files
_DRAIN = 512 * 1024 * 1024  # octets of a too large request that are read, so that the browser hears the answer
_DRAIN_SECONDS = 20.0

log = structlog.get_logger("intake.web")


def create_app(config: Config, door: Door, published: Published, store: Store) -> Flask:
    """The public web over `door`; `published` gives agencies their names, `store` answers for health and
    status."""
    app = Flask(__name__, static_folder=str(guard.STATIC))
    app.request_class = BoundedRequest
    app.config.update(
        MAX_OCTETS=config.max_octets,
        MAX_CONTENT_LENGTH=4 * config.max_octets + _ROOM,  # what is over the limit is read and dropped: see uploads
        MAX_FORM_MEMORY_SIZE=4 * forms.LONGEST_MESSAGE,
    )
    keys = load_keys(config.home)
    guard.protect(app, keys.session, "intake", config.public_url.startswith("https://"))
    app.context_processor(lambda: {"notice": notice.CURRENT, "language": DEFAULT, "words": WORDS[DEFAULT]})
    limits = limiter(app, config, keys.limit)
    limited = limits.limit(AMOUNTS, methods=["POST"])
    desk = _FrontDesk(config, door, published, keys)

    app.add_url_rule("/", "letter", limited(desk.letter), methods=["GET", "POST"])
    app.add_url_rule("/privacy", "privacy", lambda: render_template(f"notice-{notice.CURRENT.version}.html"))
    app.add_url_rule("/status", "status", limited(_status(store, published)), methods=["GET", "POST"])
    chosen = limits.limit(AMOUNTS, per_method=True)(choices.view(store, door))  # a look may be a guess at a link
    app.add_url_rule("/choices/", "choices", chosen, defaults={"token": ""}, methods=["GET", "POST"])
    app.add_url_rule("/choices/<path:token>", "choices", chosen, methods=["GET", "POST"])
    readiness = Readiness(config, store)
    app.add_url_rule("/healthz", "healthz", lambda: _yes_or_no(healthy(store), "unavailable"))
    app.add_url_rule("/readyz", "readyz", lambda: _yes_or_no(readiness.ready(), "not ready"))
    app.register_error_handler(RequestEntityTooLarge, desk.too_large)
    app.register_error_handler(TooManyRequests, desk.too_many)
    app.register_error_handler(HTTPException, _sorry)
    app.register_error_handler(Exception, desk.not_now)
    return app


class _FrontDesk:
    """Takes letters by form."""

    def __init__(self, config: Config, door: Door, published: Published, keys: Keys) -> None:
        self._config, self._door, self._published, self._keys = config, door, published, keys

    def letter(self) -> ResponseReturnValue:
        """`GET` and `POST /`."""
        if request.method != "POST":
            return self._page(Form())
        form = _typed()
        if not guard.token_is_ours():
            return self._page(form, status=403, said="expired", fresh=True)
        found = forms.faults(form, self._config.max_octets)
        if found:
            return self._page(form, found, status=max(fault.status for fault in found))
        return self._take(form)

    def _take(self, form: Form) -> ResponseReturnValue:
        seed = forms.seed(request.form[guard.TOKEN], form)
        code = receipts.new_code(self._keys.receipt, seed) if form.way == "receipt" else ""
        envelope = forms.envelope(form, receipts.from_code(code) if code else None)
        ref = reference.derived_reference(seed)
        self._door.commit_once(self._door.seal(envelope, forms.content(form), [Target("new", "contact")], ref=ref))
        return render_template(
            "thanks.html",
            ref=ref,
            code=code,
            reply=form.way,
            shared=bool(envelope.fields["share_email"]),
            acknowledge=self._config.acknowledge and form.way == "email",
            days=status.answer_days(self._published),
        )

    def _page(
        self,
        form: Form,
        faults: list[Fault] | None = None,
        status: int = 200,
        said: str = "",
        *,
        fresh: bool = False,
    ) -> Response:
        """The form with what was typed; `said` names what is told above it."""
        known = {OTHER, *(topic for _, topics in TOPICS for topic in topics)}
        page = render_template(
            "form.html",
            form=form,
            faults=faults or [],
            said=said,
            topics=TOPICS,
            typed_topic=form.topic if form.topic and form.topic not in known else "",
            token=guard.form_token(fresh=fresh),
            limit=forms.in_words(self._config.max_octets),
            most=forms.MOST_FILES,
        )
        return make_response(page, status)

    def too_large(self, _fault: RequestEntityTooLarge) -> ResponseReturnValue:
        """So large that it was not even read."""
        _drain()
        page = render_template("large.html", limit=forms.in_words(self._config.max_octets), most=forms.MOST_FILES)
        return page, 413

    def too_many(self, fault: TooManyRequests) -> ResponseReturnValue:
        """Too many letters from one address."""
        if request.endpoint == "choices":
            response = choices.page(429, said="often")
        elif request.endpoint == "letter":
            response = self._page(_typed_if_readable(), status=429, said="often")
        else:
            return _sorry(fault)
        response.headers["Retry-After"] = "60"
        return response

    def not_now(self, fault: Exception) -> ResponseReturnValue:
        """Our own trouble: nothing was sent, and nothing is lost."""
        if not isinstance(fault, Deferred):
            log.error("request failed", endpoint=request.endpoint, fault=type(fault).__name__)
        if request.endpoint == "letter" and request.method == "POST":
            response = self._page(_typed_if_readable(), status=503, said="deferred")
        elif request.endpoint == "choices":
            response = choices.page(503, said="later")
        else:
            response = make_response(render_template("sorry.html", status=503), 503)
        response.headers["Retry-After"] = "60"
        return response


def _typed() -> Form:
    return forms.read(request.form, files(request))


def _typed_if_readable() -> Form:
    try:
        return _typed()
    except HTTPException:  # a broken or too large body: there is nothing to give back
        return Form()


def _sorry(fault: HTTPException) -> ResponseReturnValue:
    return render_template("sorry.html", status=fault.code), fault.code or 500, dict(_allow(fault))


def _allow(fault: HTTPException) -> list[tuple[str, str]]:
    """405 names what is allowed (RFC 9110 §15.5.6)."""
    return [(name, value) for name, value in fault.get_headers() if name == "Allow"]


def _drain() -> None:
    """Read on for a while: a browser that is still sending does not look at the answer."""
    stream, left, until = request.environ["wsgi.input"], _DRAIN, time.monotonic() + _DRAIN_SECONDS
    while left > 0 and time.monotonic() < until and (piece := stream.read(65536)):
        left -= len(piece)


def _yes_or_no(good: bool, no: str) -> ResponseReturnValue:
    return Response("ok" if good else no, 200 if good else 503, mimetype="text/plain")


def _status(store: Store, published: Published) -> Callable[[], ResponseReturnValue]:
    def view() -> ResponseReturnValue:
        code, said, found = request.form.get("code", "").strip()[:100], "", None
        if request.method == "POST":
            if not guard.token_is_ours():
                return _status_page(code, "expired", None, 403)
            found = status.look_up(store, published, code)
            said = "" if found else "unknown"
        return _status_page(code, said, found, 404 if said else 200)

    return view


def _status_page(code: str, said: str, found: status.Status | None, http: int) -> ResponseReturnValue:
    token = guard.form_token(fresh=said == "expired")
    return render_template("status.html", code=code, said=said, found=found, token=token), http
