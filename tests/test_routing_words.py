"""Words and terms: what is forgiven, what is found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.routing.words import Lexicon, by_key, key, longest, term_fault, words


def found(terms: list[str], text: str) -> set[str]:
    """The terms found in the text, as written."""
    read = words(text)
    return {term for term in terms if key(term) in by_key(Lexicon(map(key, terms)).hits(read))}


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("driver's license", "My DRIVERS LICENSES are gone"),
        ("driver's license", "the driver’s\nlicense"),
        ("eviction", "evictions"),
        ("evict", "they evicted us, evicting everyone"),
        ("agency", "all agencies"),
        ("licens*", "a licens"),
        ("licens*", "a licensee"),
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
    text = "ąę 🚗’s  the\x0b\u2028İ_ driver's bus, a BÚS"
    read = words(text)
    firsts = by_key(Lexicon([key("bus")]).hits(read))[key("bus")]
    assert [read.starts()[first] for first in firsts] == [text.index("bus"), text.index("BÚS")]


@pytest.mark.parametrize("text", ["driver's", "driver’s", "driver`S", "driver's's", "driver 's\n", "'s driver"])
def test_a_possessive_is_no_word(text: str) -> None:
    """However it is written; an s of its own is one, and so is a word that begins with it behind a mark."""
    assert list(words(text).folded) == ["driver"]
    assert list(words(f"s 'said {text}").folded) == ["s", "said", "driver"]


_ENDED = st.builds(
    str.__add__,
    st.text(st.sampled_from("abdegiosxyé1"), min_size=1, max_size=6),
    st.sampled_from(["", "s", "es", "ies", "ied", "ed", "ings"]),
)


@given(_ENDED, _ENDED)
def test_a_term_finds_all_words_of_its_stem(term: str, word: str) -> None:
    """And no others."""
    assert bool(found([term], word)) == (key(term) == key(word))


def test_what_is_learnt_of_words_is_bounded() -> None:
    """However many words letters hold and however long they are, no more than so many are kept, and all are found."""
    lexicon = Lexicon([key("child support"), key("c" * 1000)])
    for n in range(3):
        many = " ".join(f"child word{n}{m} support" for m in range(60_000))
        assert len(lexicon.hits(words(f"{many} {'c' * 1000}s child supports"))) == 2
    assert len(lexicon._learnt) <= 50_000
    assert max(map(len, lexicon._learnt)) <= 40


def test_an_accent_alone_ends_no_term() -> None:
    """A word that is nothing once it is folded stands between the words around it."""
    terms = ["child support", "child support \u0301"]
    assert found(terms, "child support \u0301 child") == set(terms)
    assert found(terms, "child support child") == set(terms[:1])
    assert found(["child support"], "child \u0301 support") == set()


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("!!", "holds no word"),
        ("a*", "nearly everything"),
        ("one two three four five six seven eight nine", "longer than"),
        ("x" * 401, "longer than"),
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
