"""Words and terms: what is forgiven, what is found."""

from __future__ import annotations

import pytest

from intake.routing.words import Lexicon, by_key, key, longest, term_fault, words


def found(terms: list[str], text: str) -> set[str]:
    """The terms found in the text, as written."""
    read = words(text)
    return {term for term in terms if key(term) in by_key(Lexicon(map(key, terms)).hits(read), read)}


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("driver's license", "My DRIVERS LICENSES are gone"),
        ("driver's license", "the driver’s\nlicense"),
        ("eviction", "evictions"),
        ("evict", "they evicted us, evicting everyone"),
        ("agency", "all agencies"),
        ("tax", "taxes"),
        ("niño", "NIN\u0303O"),
        ("multa", "las multas"),
        ("trabajador", "trabajadores"),
        ("prawo jazdy", "Prawo Jazdy"),
        ("suicid*", "suicidio"),
        ("wyłudz*", "wyłudzenie"),
        ("1099", "form 1099-G"),
    ],
)
def test_forgiven(term: str, text: str) -> None:
    """Case, accents, possessives and simple endings are forgiven."""
    assert found([term], text) == {term}


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("care", "car"),
        ("note", "not"),
        ("policy", "police policía"),
        ("rate", "rat"),
        ("child support", "support for the child"),
        ("tax", "taxi"),
        ("rent", "parent different"),
    ],
)
def test_not_forgiven(term: str, text: str) -> None:
    """Words that only look alike stay apart."""
    assert found([term], text) == set()


def test_longest_term_counts() -> None:
    """Of overlapping terms the longest from the left is counted, once."""
    keys = [key("child"), key("child support"), key("support order")]
    hits = longest(Lexicon(keys).hits(words("a child support order for the child")))
    assert [hit.key for hit in hits] == [key("child support"), key("child")]


def test_positions_are_code_points() -> None:
    """A term's position counts code points of the text as it was given."""
    text = "ąę 🚗 the bus"
    read = words(text)
    hits = Lexicon([key("bus")]).hits(read)
    assert by_key(hits, read)[key("bus")] == (text.index("bus"),)


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("!!", "holds no word"),
        ("a*", "nearly everything"),
        ("one two three four five six seven eight nine", "longer than"),
    ],
)
def test_unusable_terms(term: str, said: str) -> None:
    """A term that finds nothing, everything or too much is refused with the reason."""
    assert said in term_fault(term)


@pytest.mark.parametrize("text", ["a " * 200_000, "a" * 500_000, "child " * 100_000, "'" * 500_000, "\u0301" * 500_000])
def test_hostile_texts(text: str) -> None:
    """A long text of one repeated thing is read in one pass."""
    read = words(text)
    assert len(Lexicon([key("child child child"), key("chi*")]).hits(read)) < 400_000
