"""What every page of both web processes has: a bare session cookie, strict headers, a form token.

The rule it keeps: no script, no style and no frame of anybody else, nothing stored by a browser or on the
way, and no cookie but the session's, which ends with the browser (WF2, WF13).
"""

from __future__ import annotations

import time
from pathlib import Path

from flask import Flask, Response, g, request, session
from flask_wtf.csrf import generate_csrf, validate_csrf

STATIC = Path(__file__).with_name("static")
TOKEN = "csrf_token"  # noqa: S105 - a field's name
_SAME_FORM = 3600  # seconds for which a page fetched again is still the same form, as after the back button

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def protect(app: Flask, key: bytes, cookie: str, https: bool) -> None:
    """Give `app` its session cookie (signed with `key`) and the headers; over https the cookie is bound to
    the host."""
    app.config.update(
        SECRET_KEY=key,
        SESSION_COOKIE_NAME=f"__Host-{cookie}" if https else cookie,
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,  # people write for hours; a token is good as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it wants the Referer that we forbid
        MAX_FORM_PARTS=1000,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        store = "public, max-age=3600" if request.endpoint == "static" and response.status_code < 400 else "no-store"
        response.headers["Cache-Control"] = store
        return response


def form_token(*, fresh: bool = False) -> str:
    """The token of the form on this page: the same for an hour, so that a form sent twice is known by it."""
    token, since = session.get("form", ("", 0.0))
    if fresh or not token or TOKEN not in session or since < time.time() - _SAME_FORM:
        g.pop(TOKEN, None)
        token = generate_csrf()
        session["form"] = (token, time.time())
    return str(token)


def token_is_ours() -> bool:
    """Whether this request was sent from a page that we gave to this browser."""
    try:
        validate_csrf(request.form.get(TOKEN))
    except ValueError:  # wtforms' ValidationError
        return False
    return True
