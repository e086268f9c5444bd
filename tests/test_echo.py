"""Echoes: what a text carries back of ours is known by the store, however it is written; nothing else is."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from intake import echo
from intake.reference import new_token, token_digest
from intake.store import Store, aliases, insert, links, meta, outbox
from tests.conftest import cpu_seconds

LINK, ALIAS, BOUNCE, NOBODYS = (
    "ckgdz1s9fyfnztb9g253",
    "429vczz8t4s7jgxc3qme",
    "j0sk65q71hytcs0nea21",
    "3cm16fmbfrzqrgm3wnjt",
)
URL = f"https://contact.example/choices/{LINK}"


def remember(conn: Connection) -> None:
    """A link, an alias and a message of ours."""
    ours = {"ticket": "T", "agency": "dmv", "token": b"", "created": 1}
    insert(conn, links, [{**ours, "digest": token_digest(LINK), "letter": None}])
    insert(conn, aliases, [{**ours, "digest": token_digest(ALIAS), "side": "agency", "state": "closed"}])
    sent = {
        "id": "O",
        "letter": "L",
        "ticket": "T",
        "kind": "answer",
        "side": "citizen",
        "agency": "dmv",
        "sealed": b"",
    }
    state = {"recipient": "", "state": "sent", "attempts": 0, "claimed_by": "", "due": 1, "created": 1}
    insert(conn, outbox, [{**sent, **state, "bounce": token_digest(BOUNCE)}])


@pytest.fixture(scope="module")
def conn() -> Iterator[Connection]:
    engine = sa.create_engine("sqlite://")
    meta.create_all(engine)
    with engine.begin() as conn:
        remember(conn)
        yield conn


def groups(sign: str, size: int) -> str:
    return sign.join(LINK[at : at + size] for at in range(0, 20, size))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f"See {URL} please.", URL),
        (f"<{URL}>", URL),
        (URL.upper(), URL.upper()),
        (f"It is {LINK}.", f"{LINK}."),
        (f"https://safe.example/?u={quote(URL, safe='')}&d=1", None),
        (f"https://safe.example/v3/__{URL}__;!!x", None),
        (URL.replace("/", "_"), None),
        (URL.replace("/", "=2F"), None),
        (URL.replace("/", "\\/"), None),
        (URL.replace("/", "\\u002f"), None),
        ("".join(f"&#{ord(sign)};" for sign in URL), None),
        (f"https://x.example/choices/{LINK[:13]}\n> {LINK[13:]}", None),
        (f">> /choices/{LINK[:13]}\n>> {LINK[13:]} x", f"/choices/{LINK[:13]}\n>> {LINK[13:]}"),
        (f"choices/{LINK[:9]}=\n{LINK[9:]}", None),
        (f"choices/{groups('-', 4)}", None),
        (f"choices: {groups(' ', 5)} x", groups(" ", 5)),
        (" ".join(URL), " ".join("/" + LINK)[2:]),
        ("\u200b".join(URL), None),
        (URL.replace("c", "с").replace("e", "е"), None),
        ("".join(chr(ord(sign) + 0xFEE0) for sign in URL), None),
        (URL.replace("1", "l"), None),
        (base64.b64encode(URL.encode()).decode(), None),
        (f"https://x.example/?u={base64.urlsafe_b64encode(f'xy{URL}'.encode()).decode()}", None),
        (base64.encodebytes(f"{'so far ' * 9}{URL} and on".encode()).decode().strip().replace("\n", "\n> "), None),
        (f"ab{base64.b64encode(URL.encode()).decode()}", None),
        (base64.urlsafe_b64encode(f"~~~?{URL}?>".encode()).decode(), None),
        (f"xx{LINK}xx", None),
    ],
)  # fmt: skip
def test_a_link_is_found_in_any_form(conn: Connection, text: str, word: str | None) -> None:
    """Promise 5, LK8: rewritten, wrapped, quoted, escaped, in groups, packed: the whole word goes (None: all)."""
    (found, *more) = echo.find(conn, text)
    assert {(one.token, one.cls) for one in (found, *more)} <= {(LINK, "link"), (LINK.replace("1", "l"), "link")}
    start, end = min(one.start for one in (found, *more)), max(one.end for one in (found, *more))
    assert text[start:end] == (text if word is None else word)


def test_aliases_are_found_by_the_store_on_either_database(store: Store) -> None:
    """LK7, LK8: an alias of any conversation, closed ones too, and an envelope sender of ours."""
    with store.write() as conn:
        remember(conn)
    text = f"From: <reply+{ALIAS}@intake.example>, Return-Path: bounce+{BOUNCE}@intake.example, {URL}"
    with store.read() as conn:
        found = [(text[one.start : one.end], one.cls) for one in echo.find(conn, text)]
    assert found == [
        (f"reply+{ALIAS}@intake.example", "alias"),
        (f"bounce+{BOUNCE}@intake.example,", "alias"),
        (URL, "link"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"https://other.example/choices/{NOBODYS}",
        f"reply+{NOBODYS}@intake.example",
        LINK[:19],
        f"{LINK[:10]}0{LINK[10:]}",
        "The choices are made by 2 persons at 14:30 on 3 June 2026, room 4b, see form 1099-G.",
        base64.b64encode(bytes(range(256))).decode(),
    ],
)
def test_what_the_store_does_not_know_is_not_ours(conn: Connection, text: str) -> None:
    """No false alarm: a token of another installation, half of one, and what only looks like one."""
    assert echo.find(conn, text) == []


def test_every_token_is_of_the_kind_that_is_looked_for(conn: Connection) -> None:
    """What `new_token` makes is found, also with the letters that people write for figures, and between letters."""
    tokens = {new_token() for _ in range(600)}
    row = {"ticket": "T", "agency": "dmv", "token": b"", "created": 1, "letter": None}
    insert(conn, links, [{**row, "digest": token_digest(token)} for token in tokens])
    for sign in ("\n", "a", "7b"):
        assert {one.token for one in echo.find(conn, sign.join(tokens))} == tokens
    written = {token.translate(str.maketrans("01", "oi")) for token in tokens}
    assert {one.token for one in echo.find(conn, "\n".join(written).upper())} == written


def test_the_store_is_asked_about_few_words(conn: Connection) -> None:
    """Dates, sums and numbers in a letter are no tokens of ours, and hardly any of them costs a query."""
    asked: list[object] = []
    sa.event.listen(conn, "before_execute", lambda *told: asked.append(told))
    days = [f"On {n % 28 + 1} June {1990 + n} I paid ${n}5.00 for plate {n}-AK, see form DS-{n}b." for n in range(20)]
    assert [echo.find(conn, day) for day in days] == [[]] * 20
    assert len(asked) < 5


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "9" * n,
        lambda n: "1a2b" * n,
        lambda n: f"{URL}\n" * (n // 50),
        lambda n: f"{'A' * 28}\n{'> AAAA' * 10}\n" * (n // 90),
        lambda n: "%41%37" * (n // 6),
        lambda n: "é1а" * (n // 3),
    ],
)
def test_long_texts_take_their_time_once(conn: Connection, text: Callable[[int], str]) -> None:
    """Hostile: digits, tokens, base64 or escapes without end cost no more than their length."""
    short, long = (min(cpu_seconds(lambda n=n: echo.find(conn, text(n))) for _ in range(2)) for n in (10_000, 80_000))
    assert long < 40 * short + 0.2
