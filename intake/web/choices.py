"""The page behind a link in our mail: buttons for what a citizen may choose, in their own language.

The rule it keeps: the page names nobody and shows nothing of a letter, looking at it changes nothing (mail scanners
open every link), nothing is chosen beforehand, and a link that ended looks like one that never was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from intake import link
from intake.door import Door, Target
from intake.language import DEFAULT, LANGUAGES
from intake.letter import Envelope
from intake.store import Store
from intake.web import guard
from intake.web.words import WORDS

Question = tuple[str, tuple[str, ...]]  # what is asked (a name in `Words`), the wishes that answer it

_FIRST: dict[str, Question] = {"letter": ("letter", ("mine", "stranger")), "agency": ("agency", ("share", "keep"))}
_ALWAYS: tuple[Question, ...] = (("address", ("share", "keep")), ("mail", ("stop", "resume")))


def questions(asks: str) -> list[Question]:
    """What the page asks, in order; no wish has two buttons. `asks`: what `link.asks` says of the link."""
    if asks == "moved":  # nobody says yes to an agency that the question was not about
        return [("address", ("keep",)), *_ALWAYS[1:]]
    first = [_FIRST[asks]] if asks in _FIRST else []
    return [*first, *(one for one in _ALWAYS if one[1] not in [wishes for _, wishes in first])]


def view(store: Store, door: Door) -> Callable[[str], ResponseReturnValue]:
    """`GET` and `POST /choices/<token>`: thanked only for what is committed."""

    def choose(token: str) -> ResponseReturnValue:
        with store.read() as conn:
            digest = link.find(conn, token)
            asks = link.asks(conn, digest) if digest else ""
        if not digest:
            return page(404, said="gone")
        if request.method != "POST":
            return page(200, asks)
        if not guard.token_is_ours():
            return page(403, asks, said="expired")
        wish = request.form.get("wish", "")
        if asks == "answered" and wish in _FIRST["letter"][1]:
            return page(409, asks, said="answered")
        if not any(wish in wishes for _, wishes in questions(asks)):
            return page(400, asks, said="unknown")
        envelope = Envelope("form", fields={"wish": wish})
        door.commit([door.seal(envelope, b"", [Target("wish", digest)])])
        return page(200, wish=wish)

    return choose


def page(status: int, asks: str = "", *, said: str = "", wish: str = "") -> Response:
    """The page in the visitor's language: with buttons, with thanks for `wish`, or with what is `said`."""
    language = preferred(request.accept_languages)
    words = WORDS[language]
    buttons = not wish and said not in ("gone", "often", "later")
    html = render_template(
        "choices.html",
        language=language,
        words=words,
        told=words.thanks[wish] if wish else words.said.get(said),
        questions=questions(asks) if buttons else [],
        asks=asks,
        said=said,
        wish=wish,
        token=guard.form_token(fresh=said == "expired") if buttons else "",
    )
    return make_response(html, status)


def preferred(accepted: Iterable[tuple[str, float]]) -> str:
    """The first of the languages that a browser accepts, best first, which we speak: Canadian French is French."""
    primary = (tag.partition("-")[0].lower() for tag, quality in accepted if quality > 0)
    return next((language for language in primary if language in LANGUAGES), DEFAULT)
