"""LK1 to LK4, LK12, LK13, MB1: hostile mail goes over the real road, and what leaves tells nobody's address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from intake.compose import HEADERS
from tests.conftest import WHOLE
from tests.road import Road
from tests.torture import SETTING, anew, answers, chosen, corpus, decode, letters
from tests.torture.case import Case, Maker, body, mail
from tests.torture.passage import Passed, installation, quoted_back, towards_agencies, towards_citizens

HELD_AT_MOST = 0.02


@pytest.fixture(scope="module")
def way() -> Iterator[Road]:
    """One installation for all of it."""
    with installation() as road:
        yield road


@pytest.fixture(scope="module")
def sent(way: Road) -> list[Passed]:
    return towards_agencies(way, letters() if WHOLE else quick())


@pytest.fixture(scope="module")
def answered(way: Road) -> list[Passed]:
    return towards_citizens(way, answers())


@pytest.fixture(scope="module")
def quoted(way: Road) -> list[Passed]:
    return quoted_back(way)


def quick() -> list[Case]:
    """What `make test` sends."""
    return chosen(letters())


def leaked(passed: list[Passed], *levels: str) -> list[str]:
    return [f"{p.case.id} {p.case.where}: {p.leaks[0]}" for p in passed if p.leaks and p.case.level in levels]


def held(passed: list[Passed]) -> list[str]:
    twins = ("duplicate",)
    return [
        f"{p.case.id} {p.case.where}: {p.because}"
        for p in passed
        if not p.left and p.case.expect == "accept" and p.state not in twins
    ]


def test_there_are_many_hiding_places() -> None:
    """The generator makes more than a thousand cases, the same ones each time, no two alike."""
    cases = letters()
    assert len(cases) > 1000
    assert cases == letters()
    assert len({case.id for case in cases}) == len({case.raw for case in cases}) == len(cases)


def test_the_chosen_leave_nothing_out() -> None:
    """Each hiding place and each setting of a series is in the half that is sent every time."""
    every, half = ({(c.group, SETTING.sub("", c.where)) for c in cases} for cases in (letters(), chosen(letters())))
    assert half == every
    named = [case for case in letters() if not case.where.startswith("X-")]
    every, half = ({(c.group, *SETTING.findall(c.where)) for c in cases} for cases in (named, chosen(named)))
    assert half == every


def test_the_reader_finds_what_is_hidden() -> None:
    """An oracle that sees nothing proves nothing: before the road the strict reader finds the address in each case."""
    blind = [f"{case.id} {case.where}" for case in (*letters(), *answers()) if not decode.leaks(case.raw, case.hidden)]
    unreadable = ("dashes between letters, words, other", "Cloudflare protection")  # not by this reader
    without = ("List-Id", "X-Originating-IP")  # answers with no address in them, for their headers' sake
    assert [name for name in blind if not name.endswith((*unreadable, *without))] == []


def test_nothing_leaves_towards_an_agency(sent: list[Passed]) -> None:
    """LK1, LK2, LK3, LK4, LK6, LK15, MB8: no address in any hiding place, nor one in a disguise, gets out."""
    assert leaked(sent, "must", "should") == []


def test_little_is_left_at_level_best(sent: list[Passed]) -> None:
    """LK1: what only effort could find is a short list, so that it does not grow unseen."""
    assert len(leaked(sent, "best")) * 2 <= sum(passed.case.level == "best" for passed in sent)


def test_only_our_own_headers_leave(sent: list[Passed]) -> None:
    """LK2: the header of every message is of the allow-list."""
    allowed = {name.lower() for name in HEADERS}
    for passed in sent:
        for raw in passed.left:
            head = raw.partition(b"\r\n\r\n")[0].decode()
            names = {line.partition(":")[0].lower() for line in head.split("\r\n") if line[:1] not in " \t"}
            assert names <= allowed, passed.case.id


def test_honest_text_is_still_there(sent: list[Passed]) -> None:
    """LK1: around every hiding place the honest sentences can still be read."""
    assert [f"{p.case.id} {p.case.where}" for p in sent if p.left and not p.honest] == []


def test_next_to_nothing_is_held(sent: list[Passed]) -> None:
    """MB1: what must be accepted goes on; at most two in a hundred wait for a person."""
    assert len(held(sent)) <= HELD_AT_MOST * len(sent), held(sent)


def test_every_letter_has_an_end(sent: list[Passed], answered: list[Passed]) -> None:
    """MB1: each letter is sent on or held with a reason; none is lost between."""
    assert [p.case.id for p in (*sent, *answered) if not p.left and not p.because] == []


def test_nothing_of_the_staff_leaves_towards_a_citizen(answered: list[Passed]) -> None:
    """LK7, LK12, LK13: receipts, lists, forms, pictures, invites: no address of staff that a header names gets out."""
    assert leaked(answered, "must", "should") == []
    assert [p.case.id for p in answered if p.left and not p.honest] == []
    assert len(held(answered)) <= HELD_AT_MOST * len(answered), held(answered)


def test_no_picture_is_fetched_and_no_receipt_asked_for(answered: list[Passed]) -> None:
    """LK12: what the citizen gets is text, and nothing in it loads from, or reports to, a tracker."""
    for passed in answered:
        for raw in passed.left:
            head, _, text = raw.partition(b"\r\n\r\n")
            for name in (
                b"list-",
                b"disposition-notification",
                b"return-receipt",
                b"x-confirm",
                b"received",
                b"sender:",
            ):
                assert b"\r\n" + name not in head.lower(), passed.case.id
            assert b"text/html" not in head.lower()
            assert b"track.example/open" not in text, passed.case.id
            assert b"track.example/logo" not in text, passed.case.id


def test_files_that_are_written_anew_go_along(sent: list[Passed], answered: list[Passed]) -> None:
    """LK4: with `attachments: clean` every ordinary file leaves, its honest words in it, in both directions."""
    anew = [p for p in (*sent, *answered) if p.case.agency == "drs"]
    assert len(anew) > 60
    assert [f"{p.case.id} {p.case.where}: {p.because}" for p in anew if not p.left or not p.honest] == []


def test_nobody_gets_the_other_side_s_alias_or_link(quoted: list[Passed]) -> None:
    """LK7, LK8: quoted back in any way, the citizen's link and either alias stay on their side."""
    assert [p.case.where for p in quoted if not decode.leaks(p.case.raw, p.case.hidden)] == []
    assert leaked(quoted, "must", "should") == []
    assert held(quoted) == []
    assert [p.case.where for p in quoted if p.left and not p.honest] == []
    assert [p.case.where for p in quoted if not p.left and not p.because] == []


def test_a_missed_address_would_be_seen(way: Road) -> None:
    """A test that cannot fail is a defect: what nothing on the road finds, the reader tells, in any file of ours."""
    maker = Maker(7)
    writer, other = maker.address(), maker.other()
    spelt = ", ".join(f"{word} as in {word}" for word in other)
    maker.add("disguise", "letter by letter", mail(writer, body(spelt)), writer=writer, hidden=writer)
    maker.add("disguise", "in morse", mail(writer, body(decode.morse(other))), writer=writer, hidden=other)
    for name, kind, write in (
        ("a.docx", anew.WORD, lambda said: anew.paper(anew.run(said))),
        ("a.pdf", "application/pdf", anew.pages),
        ("a.csv", "text/csv", lambda said: f"note,more\n{said},2\n".encode()),
        ("a.txt", "text/plain", anew.words),
    ):
        content, octets = anew.enclosing(write(decode.morse(other)), kind, name)
        raw = mail(writer, octets, content, "7bit")
        maker.add("anew", name, raw, writer=writer, hidden=other, honest=(anew.GONE_ALONG,), agency=anew.AGENCY)
    plain, *morse = towards_agencies(way, maker.cases)
    assert plain.left
    assert plain.honest
    assert [p.case.where for p in morse if not p.leaks] == []
    assert [p.case.where for p in morse[1:] if not p.honest] == []


@pytest.mark.skipif(not corpus(), reason="no corpus beside the project")
def test_the_corpus_of_others(way: Road) -> None:
    """LK1, MB1: the hostile mail that lies beside the project: no address gets out, and little is held."""
    passed = towards_agencies(way, corpus())
    assert leaked(passed, "must", "should", "best") == []
    assert len(held(passed)) <= HELD_AT_MOST * len(passed), held(passed)
