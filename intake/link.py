"""Links in mail to citizens: who holds one may choose, and sees nothing.

A link is a random token (96 bits) of one ticket, looked up by its digest like an alias. It leads to a page with
buttons that names nobody and shows nothing of the letter; what is pressed there is taken in like a letter (a `wish`)
and carried out by a worker. A link may ask about one thing besides: a held letter (was it you?), or consent for one
agency.
"""

from __future__ import annotations

from sqlalchemy import Connection

from intake import lookup
from intake.reference import canonical, new_token, token_digest
from intake.store import DAY, Row, now
from intake.vault import DataKey

YOUNG = 90 * DAY  # an older one is not given out again
LIFE = 180 * DAY

WISHES = {
    "stop": "never write to me again",
    "resume": "write to me again",
    "share": "the agency may see my e-mail address",
    "keep": "no agency may see my e-mail address",
    "mine": "I wrote the letter that you ask about",
    "stranger": "I did not write it",
}
"""What can be chosen on the page of a link."""


def new(key: DataKey, ticket: str, letter: str | None = None, agency: str | None = None) -> Row:
    """The row of a new link; `key` is the ticket's."""
    token = new_token()
    return {
        "digest": token_digest(token),
        "ticket": ticket,
        "letter": letter,
        "agency": agency,
        "token": key.seal(f"link {ticket}", token.encode()),
        "created": now(),
    }


def token(key: DataKey, row: Row) -> str:
    """The token of a link's row."""
    return key.open(f"link {row['ticket']}", row["token"]).decode()


def address(url: str, token: str) -> str:
    """Where a link leads on the public web at `url`."""
    return f"{url}/choices/{token}"


def find(conn: Connection, token: str) -> str | None:
    """The digest of a link that is still good, by its token as it stands in the address; None otherwise."""
    if len(canonical(token)) != 20:
        return None
    digest = token_digest(token)
    return digest if any(row.created > now() - LIFE for row in lookup.find(conn, "link", digest)) else None


def asks(conn: Connection, digest: str) -> str:
    """What the link asks about besides: "letter", "answered" (about a letter, and somebody said whose it is or it has
    gone on: the first word counts, and whoever says a second one must not be thanked for it), "agency", "moved" (an
    agency that has the ticket no more) or ""."""
    row = next(iter(lookup.find(conn, "link", digest)), None)
    if row and row.about_letter:
        return "answered" if row.answered else "letter"
    if not row or not row.agency:
        return ""
    return "agency" if row.holder in (None, row.agency) else "moved"
