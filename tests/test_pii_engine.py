"""The tagger's engine against slow and plain readings of the same rules: tokens, lists, evidence, labels, edges."""

from __future__ import annotations

import functools
import math
import random
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.pii import CLASSES, Context, Tag, lexicon, masked, model, roles, spans, tag, tag_all, words
from intake.pii.address import STATES, STREETS, UNITS
from intake.pii.cues import PHRASES, Cue
from intake.pii.edges import tidy
from intake.pii.famous import famous
from intake.pii.features import PLACES, WORDS, of_places, of_words
from intake.pii.merge import combine, merge
from intake.pii.model import LABELS, Doubts, Model
from intake.pii.page import Page, fold, lay
from intake.pii.rules import by_rules
from intake.pii.sheet import GAP, Piece, Read, Sheet, sheets
from intake.pii.tokens import BREAK, DIGIT, LETTER, LONGEST, OTHER, tokens
from tests.conftest import cpu_seconds

NOBODY = Context()
COLUMNS = (*WORDS, *PLACES)
PIECES = (
    "Ana", "pond", "McKay", "USA", "x", "iPad", "07", "2024", "123456789", "it's", "Dr.", "Smith-Jones", "Main Street",
    "Wells Fargo", "wells fargo", "my son", "SSN", "card", "call me", "date of birth", " ", "  ", "\t", "\n", "\n\n",
    "\n> ", "@", ".", ",", "-", "\x1f", "\x01", "\x7f", "\r\n", "é", "Łódź", "😀", "e\u0301", "\ud800", "\u200b", "٣",
)  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=40).map("".join)


# ---- pages -----------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(texts)
def test_a_character_is_folded_as_it_is_alone(text: str) -> None:
    """The plain form has one ASCII character for each, whatever stands beside it."""
    assert fold(text) == "".join(map(fold, text))
    assert fold(text).isascii()


FORMS = (
    "219-45-8830", "sex: F", "a driver, male", ", female ", "DOB 3/4/61", "my card 4111 1111 1111 1111", "12 Elm St",
    "case no", "# AB-20931", "phone", "number 203-555-0142", "ana@example.org", "pw: Tulip#44", "PO Box 12", "last 4",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.one_of(st.sampled_from(FORMS), texts), max_size=4).map(" ".join), max_size=5))
def test_a_text_s_rules_are_the_same_among_others(several: list[str]) -> None:
    """Laid end to end, no text's cues and matches know of what lies before and behind it, not even at its edges."""
    pages = [Page(text) for text in several]
    lay(pages)
    assert [page.cues for page in pages] == [Page(text).cues for text in several]
    assert [by_rules(page) for page in pages] == [by_rules(Page(text)) for text in several]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a driver, male", ["male"]), ("a driver, male ", ["male"]), ("a driver (female) came", ["female"]),
        ("a driver, male; a client, female, too", ["male", "female"]), ("two drivers, males", []),
        ("a driver, male and tall", []), ("one, male, female, other", ["male"]),
    ],
)  # fmt: skip
def test_an_item_ends_with_a_mark_or_with_the_text(text: str, found: list[str]) -> None:
    """A list's item that is a gender stands alone between its marks."""
    assert [text[one.start : one.end] for one in by_rules(Page(text)) if one.cls == "gender"] == found


def test_a_text_is_laid_without_being_searched_twice() -> None:
    """What lies among others with nothing in it is known to hold nothing."""
    pages = [Page(text) for text in ("The roof leaks", "ana@example.org")]
    assert [page.bare for page in pages] == [False, False]
    lay(pages)
    assert [page.bare for page in pages] == [True, False]


# ---- tokens ----------------------------------------------------------------------------------------------------


def read(plain: str) -> list[tuple[int, int, int]]:
    """Start, end and kind of each token, by a regular expression."""
    found = re.finditer(r"([A-Za-z\x1f]+)|([0-9]+)|(\n+)|[^ \t\x0b\x0c]", plain)
    kinds = {1: LETTER, 2: DIGIT, 3: BREAK, None: OTHER}
    return [(*one.span(), kinds[one.lastindex]) for one in found]


def folded(word: str) -> str:
    """A word as its hash knows it."""
    return re.sub("[0-9]", "0", word.lower())


@settings(max_examples=150, deadline=None)
@given(texts)
def test_tokens_are_those_of_the_expression(text: str) -> None:
    """Runs of letters, of figures and of line breaks, and single other characters; blanks part them."""
    plain = fold(text)
    found = tokens(plain.encode("ascii"))
    assert list(zip(found.start.tolist(), found.end.tolist(), found.kind.tolist(), strict=True)) == read(plain)
    assert len(found) == len(read(plain))


def hash_of(word: str) -> int:
    return int(tokens(word.encode("ascii")).hash[0])


@settings(max_examples=150, deadline=None)
@given(texts)
def test_equal_hashes_are_equal_words(text: str) -> None:
    """Two tokens have one hash exactly when they are the same in lower case, whichever figures they have."""
    plain = fold(text)
    found = tokens(plain.encode("ascii"))
    said = [folded(plain[start:end]) for start, end, _ in read(plain)]
    assert len(set(zip(said, found.hash.tolist(), strict=True))) == len(set(said)) == len(set(found.hash.tolist()))
    assert found.hash.tolist() == [hash_of(word) for word in said]


def test_a_hash_does_not_depend_on_the_place() -> None:
    """The last word of the longest page has the hash that it has alone."""
    raw = b"a 1 " * LONGEST
    found = tokens(raw[: LONGEST - 4] + b"ROSE")
    assert (len(found.raw) - 4, int(found.end[-1])) == (LONGEST, LONGEST)
    assert int(found.hash[-1]) == hash_of("rose")
    assert set(found.hash[:-1].tolist()) <= {hash_of("a"), hash_of("1")}


# ---- word lists ------------------------------------------------------------------------------------------------

SORTS = (
    STATES, roles.MONTHS - {"sun", "mon"}, STREETS, UNITS, roles.TITLES, roles.OFFICES, roles.KIN, roles.ANIMALS,
    roles.GREETINGS, roles.PARTICLES, roles.POSSESSIVE, roles.ORGANISED,
)  # fmt: skip


@functools.cache
def given_names() -> dict[str, int]:
    """Read once: the list is long."""
    return words.given_names()


@functools.cache
def surnames() -> dict[str, int]:
    """Read once: the list is long."""
    return words.surnames()


@functools.cache
def frequent() -> dict[str, tuple[int, int]]:
    """Read once: the list is long."""
    return words.frequent()


def grade(rank: int | None, steps: tuple[int, ...]) -> int:
    """0 for a word that is not listed, 1 for the first ranks, more for later ones."""
    return 0 if rank is None else 1 + len([step for step in steps if step <= rank])


def known(token: str) -> list[int]:
    """The six columns of a word as the lists have it."""
    if not token.isalpha():
        return [0] * 6
    word = token.lower()
    sort = next((number for number, sort in enumerate(SORTS, 1) if word in sort), 0)
    return [
        grade(given_names().get(word), (100, 400, 1001, 2500)),
        grade(surnames().get(word), (200, 1000, 4000, 12000, 30000)),
        int(word in words.ordinary()),
        2 * sort + int(word in words.places()),
        *frequent().get(word, (0, 0)),
    ]


@pytest.mark.parametrize("name", ["given", "surname", "ordinary", "place", "frequent", "sort", "none"])
def test_columns_say_what_the_lists_say(name: str) -> None:
    """Each list's words come out of the table with their grades, words of no list with nothing."""
    listed = {
        "given": given_names(),
        "surname": surnames(),
        "ordinary": words.ordinary(),
        "place": words.places(),
        "frequent": frequent(),
        "sort": {word for sort in SORTS for word in sort},
        "none": ["qqzx", "zzyzxq", "xqwertyx"],
    }[name]
    plain = sorted(word for word in listed if word.isalpha() and word.isascii())
    some = random.Random(1).sample(plain, min(len(plain), 1500))
    assert lexicon.columns(lexicon.hashes(some)).T.tolist() == [known(word) for word in some]
    assert any(map(any, map(known, some))) is (name != "none")


def test_lists_ignore_case_and_leave_figures_alone() -> None:
    """A word is looked up in lower case; figures and marks are on no list."""
    found = tokens(b"MARIA maria Maria 7 ,")
    rows = lexicon.columns(found.hash).T.tolist()
    assert rows[0] == rows[1] == rows[2] == known("maria")
    assert rows[0][0] > 0
    assert rows[3] == rows[4] == [0] * 6


# ---- evidence --------------------------------------------------------------------------------------------------


def bucket(head: str) -> int:
    """The place of up to three characters among 4096."""
    return number_bucket(sum(ord(char) << 8 * at for at, char in enumerate(head)))


def number_bucket(value: int) -> int:
    return (value * 2654435761 % 2**32) >> 20


@functools.cache
def famous_phrases() -> re.Pattern[str]:
    """All of `not_names` for the standard library, longest first."""
    phrases = sorted(words.not_names(), key=lambda phrase: (-len(phrase), phrase))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b", re.ASCII | re.IGNORECASE)


def reach(value: int, *steps: int) -> int:
    """How many of the steps `value` has reached."""
    return len([step for step in steps if step <= value])


class Slow:
    """The evidence of a page's tokens, counted one token at a time."""

    def __init__(self, text: str, cues: list[Cue], rules: list[Tag], context: Context) -> None:
        self.text, self.plain = text, fold(text)
        self.spans = read(self.plain)
        self.cues, self.rules, self.context = cues, rules, context
        kinds = [kind for _, _, kind in self.spans]
        self.lines = [kinds[:at].count(BREAK) for at in range(len(kinds))]
        self.famous = [one.span() for one in famous_phrases().finditer(self.plain)]

    def rows(self) -> list[list[int]]:
        """A list of values for each token, in the order of `COLUMNS`."""
        return [self.row(at) for at in range(len(self.spans))]

    def row(self, at: int) -> list[int]:
        start, end, kind = self.spans[at]
        word = self.plain[start:end]
        figures = kind == DIGIT
        return [
            bucket(word[:3] if figures else folded(word)[:3]),
            number_bucket(len(word)) if figures else bucket(folded(word)[:-4:-1]),
            self.shape(at),
            *known(word),
            self.beside(at),
            self.line(at) * 15 + self.place(at),
            self.cue(at),
            self.sender(word),
            self.rule(at),
            int(any(left <= start < right for left, right in self.famous)),
        ]

    def shape(self, at: int) -> int:
        start, end, kind = self.spans[at]
        word = self.plain[start:end]
        capitals = sum(char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for char in word)
        case = 3 if capitals == len(word) else min(capitals, 2)
        if case == 1 and "a" <= word[0] <= "z":
            case = 2
        return ({LETTER: 0, DIGIT: 1}.get(kind, 2) * 4 + case) * 8 + min(len(word), 8) - 1

    def beside(self, at: int) -> int:
        start, end, _ = self.spans[at]
        odd = any(ord(char) > 127 for char in self.text[start:end])
        before = self.parted(self.spans[at - 1][1], start) if at else 0
        behind = self.parted(end, self.spans[at + 1][0]) if at + 1 < len(self.spans) else 0
        return 9 * odd + 3 * before + behind

    def parted(self, start: int, end: int) -> int:
        between = self.plain[start:end]
        return 1 if not between else 2 if len(between) > 1 or between == "\t" else 0

    def sender(self, word: str) -> int:
        name, box = fold(self.context.sender_name), fold(self.context.sender_email.split("@")[0])
        return sum(
            value
            for value, text in ((1, name), (2, box))
            if folded(word) in [one.lower() for one in re.findall(r"[A-Za-z\x1f]{2,}", text)]
        )

    def line(self, at: int) -> int:
        mates = [other for other, line in enumerate(self.lines) if line == self.lines[at]]
        here, behind = at - mates[0], mates[-1] - at
        within = 0 if here == 0 else 1 if here < 3 else 2 if behind < 2 else 3
        quoted = self.plain[self.spans[mates[0]][0]] == ">"
        return within * 16 + reach(len(mates) - 1, 1, 2, 3, 4, 6, 9, 14) * 2 + quoted

    def place(self, at: int) -> int:
        line = self.lines[at]
        return reach(self.lines[-1] - line, 1, 2, 4, 8) * 3 + min(line, 2)

    def cue(self, at: int) -> int:
        said = [cue for cue in self.cues if cue.end <= self.spans[at][0]]
        if not said:
            return 0
        far = len([start for start, _, _ in self.spans[:at] if start >= said[-1].end])
        return 0 if far >= 24 else (list(PHRASES).index(said[-1].kind) + 1) * 5 + reach(far, 1, 3, 6, 12)

    def rule(self, at: int) -> int:
        start = self.spans[at][0]
        for rule in self.rules:
            if rule.start <= start < rule.end:
                first = not any(rule.start <= left < start for left, _, _ in self.spans)
                return 1 + 4 * CLASSES.index(rule.cls) + 2 * (rule.score >= 0.9) + (not first)
        return 0


@settings(max_examples=150, deadline=None)
@given(
    texts, st.sampled_from(["", "Ana Pond", "Dr. McKay, M.", "\u0141ucja USA"]), st.sampled_from(["", "ana.x@a.org"])
)
def test_evidence_is_that_of_the_slow_reading(text: str, name: str, email: str) -> None:
    """Every column of every token is what counting one token at a time gives."""
    page, context = Page(text), Context(name, email)
    rules = by_rules(page)
    slow = Slow(text, page.cues, rules, context).rows()
    seen = evidence(text, context, rules)
    for column, values in seen.items():
        assert (column, values) == (column, [row[COLUMNS.index(column)] for row in slow])
    for column, size in (WORDS | PLACES).items():
        assert all(0 <= value < size for value in seen[column])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(texts, st.sampled_from([NOBODY, Context("Ana Pond", "x"), Context("", "pond@a.org")]))))
def test_a_text_s_evidence_is_the_same_among_others(several: list[tuple[str, Context]]) -> None:
    """No text on a sheet sees its neighbours: not their words, lines, cues, rules, nor who wrote them."""
    pages = [(Page(text), context) for text, context in several]
    reads = [Read(page, by_rules(page), context) for page, context in pages]
    for sheet in sheets(reads):
        seen = np.concatenate((of_words(sheet.tokens), of_places(sheet)))
        for piece, (first, last) in zip(sheet.pieces, sheet.bounds.tolist(), strict=True):
            read = reads[piece.of]
            alone = evidence(read.page.text, read.context, list(read.rules))
            assert seen[:, first:last].tolist() == list(alone.values())


@settings(max_examples=30, deadline=None)
@given(st.lists(texts, max_size=12))
def test_a_text_s_tags_are_the_same_among_others(several: list[str]) -> None:
    """Many texts at once are tagged as each by itself."""
    assert tag_all((text, NOBODY) for text in several) == [tag(text) for text in several]


def laid(text: str, context: Context = NOBODY, rules: list[Tag] | None = None) -> Sheet:
    """The sheet of one text."""
    (sheet,) = sheets([Read(Page(text), rules or [], context)])
    return sheet


def evidence(text: str, context: Context = NOBODY, rules: list[Tag] | None = None) -> dict[str, list[int]]:
    """The columns of a text by name."""
    if not text:
        return {column: [] for column in COLUMNS}
    sheet = laid(text, context, rules)
    ((first, last),) = sheet.bounds.tolist()
    seen = np.concatenate((of_words(sheet.tokens), of_places(sheet)))[:, first:last]
    return dict(zip(COLUMNS, seen.tolist(), strict=True))


def test_cyrillic_and_greek_are_read_as_the_nearest_latin_letters() -> None:
    """So that lists and affixes know them; what has no such letter is an x, and every code point stays one."""
    assert fold("Ольга Щербакова, Гнатюк") == "Oljga Serbakova, Gnatuk"
    assert fold("Παπαδόπουλος") == "Papadopoylos"
    assert fold("王 א") == "x x"


def test_affixes_are_three_characters() -> None:
    """Words that begin alike share a prefix, figures count as they are in front and by their number behind."""
    seen = evidence("Pondside PONDER aside 4111 4119 5119 41")
    prefix, suffix = seen["prefix"], seen["suffix"]
    assert prefix[0] == prefix[1] != prefix[2]
    assert suffix[0] == suffix[2] != suffix[1]
    assert prefix[3] == prefix[4] != prefix[5]
    assert suffix[3] == suffix[4] == suffix[5] != suffix[6]


@pytest.mark.parametrize(
    ("text", "kind", "case", "size", "odd", "glue"),
    [
        ("ana", 0, 0, 3, 0, 0),
        ("Ana", 0, 1, 3, 0, 0),
        ("iPad", 0, 2, 4, 0, 0),
        ("McKay", 0, 2, 5, 0, 0),
        ("USA", 0, 3, 3, 0, 0),
        ("extraordinary", 0, 0, 8, 0, 0),
        ("Łoś", 0, 1, 3, 1, 0),
        ("2024", 1, 0, 4, 0, 0),
        ("٣", 1, 0, 1, 1, 0),
        ("-", 2, 0, 1, 0, 0),
        ("ana-", 0, 0, 3, 0, 1),
    ],
)
def test_shapes(text: str, kind: int, case: int, size: int, odd: int, glue: int) -> None:
    """A shape is kind, capitals, length, accents and what the token is glued to."""
    seen = evidence(text)
    assert seen["shape"][0] == (kind * 4 + case) * 8 + size - 1
    assert seen["beside"][0] == 9 * odd + glue


def test_what_stands_beside_is_seen_on_both_sides() -> None:
    """Left and right: a blank 0, nothing 1, what parts columns 2."""
    assert evidence("a-b c  d\te")["beside"] == [1, 3 + 1, 3, 2, 6 + 2, 6]


def test_the_sender_is_known() -> None:
    """1 for the display name, 2 for the mailbox, 3 for both; single letters are nobody's."""
    seen = evidence("ANA Pond rose a example", Context("Ána A. Pond", "ana.rose@example.org"))
    assert seen["sender"] == [3, 1, 2, 0, 0]


def test_the_sender_s_name_is_a_word_of_its_own() -> None:
    """A name within another word is another word."""
    seen = evidence("ponder beyond pond1 upon\x1fpond pond\u0301 Pond", Context("Pond", "ponder@example.org"))
    assert seen["sender"] == [2, 0, 1, 0, 0, 0, 1]


def test_a_line_s_end_in_a_display_name_ends_nothing() -> None:
    """Whatever breaks a line there, what stands behind it is the display name still."""
    assert evidence("Pond", Context("Ana\u2028Pond", ""))["sender"] == [1]


def test_the_domain_of_the_sender_is_no_name() -> None:
    """What stands behind the @ is not looked for, and without a sender nothing is."""
    assert evidence("example org", Context("", "ana@example.org"))["sender"] == [0, 0]
    assert evidence("Ana")["sender"] == [0]


def test_the_layout_knows_first_quoted_and_last_lines() -> None:
    """First, second and later lines; how far the end is; what begins with >."""
    seen = evidence("a\nb\n> c d e\nf")["layout"]
    assert [value % 3 for value in seen] == [0, 0, 1, 1, 2, 2, 2, 2, 2, 2]
    assert [value % 15 // 3 for value in seen] == [2, 2, 2, 2, 1, 1, 1, 1, 1, 0]
    assert [value // 15 % 2 for value in seen] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]


def test_a_cue_reaches_two_dozen_tokens() -> None:
    """The last cue counts, the nearer the surer, and no further than 24 tokens."""
    seen = evidence("SSN " + "q " * 30)["cue"]
    ssn = (list(PHRASES).index("ssn") + 1) * 5
    assert seen == [0, *[ssn + n for n, count in enumerate((1, 2, 3, 6, 12)) for _ in range(count)], *[0] * 6]


def test_a_rule_begins_and_goes_on() -> None:
    """A rule's first token differs from the others, a sure rule from one that is not."""
    seen = evidence("x 12 Elm y", NOBODY, [Tag(2, 8, "address", 0.9, "a"), Tag(9, 10, "id", 0.89, "b")])["rule"]
    sure, weak = 1 + 4 * CLASSES.index("address") + 2, 1 + 4 * CLASSES.index("id")
    assert seen == [0, sure, sure + 1, weak]


def test_no_tokens_have_no_evidence() -> None:
    """An empty text lies on no sheet, and one of blanks has columns without entries."""
    assert list(sheets([Read(Page(""), [], NOBODY)])) == []
    assert evidence("  \t ") == {column: [] for column in COLUMNS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I bank at Wells Fargo now", ["Wells Fargo"]),
        ("WELLS FARGO", ["WELLS FARGO"]),
        ("Wells Fargone", []),
        ("", []),
        ("by Harriet Beecher Stowe", ["Harriet Beecher Stowe"]),
    ],
)
def test_famous(text: str, expected: list[str]) -> None:
    """A firm called after people is known in any case, and only as a whole."""
    assert [text[left:right] for left, right in famous(text.encode())] == expected


# ---- labels ----------------------------------------------------------------------------------------------------

SURE = -0.01  # a token that is nothing with more than this chance (its logarithm) stays nothing
seeds = st.integers(0, 2**32 - 1)


def chances(rows: np.typing.NDArray[np.float64]) -> model.Floats:
    """Rows made into logarithms of chances."""
    logs: model.Floats = (rows - np.log(np.exp(rows).sum(axis=1, keepdims=True))).astype(np.float32)
    return logs


@functools.cache
def allowed(size: int) -> np.typing.NDArray[np.int64]:
    """All label sequences in which an I- stands behind a B- or I- of its class."""
    follows = [
        [label for label in range(len(LABELS)) if label == 0 or label % 2 == 1 or before in (label, label - 1)]
        for before in range(len(LABELS))
    ]
    sequences: list[tuple[int, ...]] = [(label,) for label in follows[0]]
    for _ in range(size - 1):
        sequences = [(*one, label) for one in sequences for label in follows[one[-1]]]
    return np.array(sequences)


@settings(max_examples=120, deadline=None)
@given(seeds, st.integers(1, 4), st.sets(st.integers(0, 3)), st.sampled_from([1.0, 3.0]))
def test_best_is_the_best_of_all_sequences(seed: int, size: int, sure: set[int], spread: float) -> None:
    """Among all sequences that BIO allows none has a higher sum; what surely is nothing is nothing."""
    rows = np.random.default_rng(seed).normal(0, spread, (size, len(LABELS)))
    rows[[at for at in sure if at < size], 0] += 25
    scores = chances(rows)
    sequences = allowed(size)
    sequences = sequences[(sequences[:, scores[:, 0] >= SURE] == 0).all(axis=1)]
    sums = scores[np.arange(size), sequences].sum(axis=1)
    labels = spans.best(scores.copy())
    assert labels.tolist() in sequences.tolist()
    assert math.isclose(scores[np.arange(size), labels].sum(), sums.max(), abs_tol=1e-4)


def test_best_of_nothing_is_nothing() -> None:
    """No tokens, no labels."""
    assert spans.best(np.zeros((0, len(LABELS)), np.float32)).tolist() == []


def test_labels_that_never_fit_cost_no_more() -> None:
    """MB12: four times as many tokens, each with a label that cannot stand there, take about four times as long."""
    times = []
    for size in (200, 800):
        rows = np.random.default_rng(7).normal(0, 1, (size, len(LABELS)))
        rows[np.arange(size), 2 + 2 * (np.arange(size) % len(CLASSES))] += 4
        scores = chances(rows)
        times.append(cpu_seconds(functools.partial(spans.best, scores)))
    assert times[1] < 8 * times[0] + 0.05


def said(labels: str, weak: float = 0.0) -> model.Floats:
    """Scores in which each named label is nearly sure; "B-name?" marks one with as much chance as "O" lacks."""
    rows = np.full((len(labels.split()), len(LABELS)), -20.0)
    for at, label in enumerate(labels.split()):
        rows[at, LABELS.index(label)] = 0.0
        rows[at, 0] = max(rows[at, 0], weak - 3.0)
    return chances(rows)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("O O O O", []),
        ("B-name I-name O B-zip", [("Ana Pond", "name"), ("06510", "zip")]),
        ("B-name B-name O O", [("Ana", "name"), ("Pond", "name")]),
        ("B-name B-address I-address O", [("Ana", "name"), ("Pond in", "address")]),
        ("O O B-ip I-ip", [("in 06510", "ip")]),
    ],
)
def test_spans(labels: str, expected: list[tuple[str, str]]) -> None:
    """A span goes from its B- to the last I- behind it; its score is the mean chance of being something."""
    text = "Ana Pond in 06510"
    found, at = spans.spans(said(labels)), tokens(text.encode())
    assert [(text[at.start[first] : at.end[last]], cls) for first, last, cls, _ in found] == expected
    assert all(math.isclose(chance, 1 - math.exp(-3) / (1 + math.exp(-3)), abs_tol=1e-3) for *_, chance in found)


PERHAPS = chances(np.array([[0.0, -1.5] + [-20.0] * (len(LABELS) - 2)]))  # a name, with a chance of one in six


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rose wrote. Rose", True),
        ("Rose wrote. ROSE", True),
        ("Rose wrote. rose", False),
        ("Rose wrote. Rosa", False),
        ("Bo wrote. Bo", False),
    ],
)
def test_a_sure_name_is_recalled(text: str, expected: bool) -> None:
    """What surely is a name in one place is likelier to be one in another, when it has a capital and three letters."""
    scores = np.concatenate((said("B-name O O"), PERHAPS))
    after = recalled(text, scores)
    raised = np.flatnonzero((after > scores + 1).any(axis=1)).tolist()
    assert raised == ([3] if expected else [])
    assert (after[3] > scores[3] + 1).nonzero()[0].tolist() == ([1, 2] if expected else [])


@pytest.mark.parametrize(("word", "by"), [("Oyelowo", 6), ("Rose", 3)])
def test_a_name_that_is_no_other_word_is_recalled_twice_as_surely(word: str, by: float) -> None:
    """A rose may be a flower; nothing but a person is called Oyelowo."""
    text = f"{word} wrote. {word}"
    scores = np.concatenate((said("B-name O O"), PERHAPS))
    assert float(recalled(text, scores)[3, 1] - scores[3, 1]) == pytest.approx(by)


def test_what_is_no_name_for_sure_is_not_recalled() -> None:
    """A firm that is called like a person of the letter stays a firm."""
    scores = said("B-name O O O")
    assert recalled("Rose wrote. Rose", scores).tolist() == scores.tolist()


def recalled(text: str, scores: model.Floats) -> model.Floats:
    """What the names in it that are known do to the scores of a text's tokens."""
    sheet = laid(text)
    gap = np.full((GAP, len(LABELS)), -99, np.float32)
    gap[:, 0] = 0
    _, other = model.load().embedded(sheet)
    whole = np.concatenate((gap, scores, gap))
    return spans.recalled(sheet, Doubts(np.arange(len(whole)), whole, other))[GAP:-GAP]


def test_a_name_known_in_one_text_is_not_recalled_in_another() -> None:
    """Texts that are read together do not teach each other names."""
    texts = [Read(Page(text), [], NOBODY) for text in ("Oyelowo wrote.", "Oyelowo wrote.")]
    (sheet,) = sheets(texts)
    scores = np.tile(said("O"), (len(sheet.tokens), 1))
    scores[GAP] = said("B-name")
    again = int(sheet.bounds[1, 0])
    after = spans.recalled(sheet, Doubts(np.arange(len(scores)), scores.copy(), np.zeros(len(scores), bool)))
    assert after[again].tolist() == scores[again].tolist()


# ---- the network -----------------------------------------------------------------------------------------------


class Layers:
    """A network of three inputs, a narrow and two wide layers, with invented weights; run as onnxruntime's are."""

    def __init__(self, seed: int, lead: float) -> None:
        dice = np.random.default_rng(seed)

        def some(*shape: int) -> model.Floats:
            return dice.normal(0, 0.4, shape).astype(np.float32)

        self.layers = ((some(15, 4), some(4), 1), (some(20, 4), some(4), 1), (some(20, 4), some(4), 2))
        self.out, self.bias = some(4, len(LABELS)), some(len(LABELS))
        self.bias[0] += lead

    def run(self, _: None, given: dict[str, model.Floats]) -> list[model.Floats]:
        """The labels' scores for each token, token by token."""
        x = given["x"].tolist()
        for weights, bias, dilation in self.layers:
            x = [self.one(x, at, weights, bias, dilation) for at in range(len(x))]
        return [np.array(x, np.float32) @ self.out + self.bias]

    @staticmethod
    def one(x: list[list[float]], at: int, weights: model.Floats, bias: model.Floats, dilation: int) -> list[float]:
        near = [at + step * dilation for step in (-2, -1, 0, 1, 2)]
        wide = [value for n in near for value in (x[n] if 0 <= n < len(x) else [0.0] * len(x[0]))]
        columns = zip(weights.T.tolist(), bias.tolist(), strict=True)
        y = [max(0.0, sum(v * w for v, w in zip(wide, col, strict=True)) + b) for col, b in columns]
        return [a + b for a, b in zip(x[at], y, strict=True)] if len(x[at]) == len(y) else y


def small_model(seed: int, words_of: str, lead: float = 0.0) -> Model:
    """Invented weights for the words of a text."""
    own = np.unique(tokens(words_of.encode()).hash)
    table = np.random.default_rng(seed).normal(0, 0.4, (len(own) + 1 + model.ROWS, 3))
    scale = np.random.default_rng(seed + 1).uniform(0.5, 2, len(table)).astype(np.float32)
    return Model(own, table.astype(np.float32), scale, Layers(seed, lead))


def logarithms(row: list[float]) -> list[float]:
    """The logarithms of the chances; where "O" leads by nine, simply that."""
    if all(value <= row[0] - 9 for value in row[1:]):
        return [0.0, *[-9.0] * (len(row) - 1)]
    return [value - math.log(sum(map(math.exp, row))) for value in row]


def slow_sum(net: Model, one: int, values: list[int]) -> list[float]:
    """The rows that a token's evidence picks, added up."""
    sizes = [*WORDS.values(), *PLACES.values()]
    starts = [len(net.words) + 1 + sum(sizes[:n]) for n in range(len(sizes))]
    own = net.words.tolist()
    rows = [own.index(one) + 1 if one in own else 0, *map(sum, zip(starts, values, strict=True))]
    return [sum(float(net.table[row, n] * net.scale[row]) for row in rows) for n in range(net.table.shape[1])]


@settings(max_examples=25, deadline=None)
@given(
    seeds,
    st.sampled_from([0, 6, 12]),
    st.lists(st.sampled_from(["Ana", "pond", "12", "13", ".", "\n", "Elm", "ANA", "é", "SSN"]), min_size=1, max_size=9),
)
def test_scores_are_those_of_a_plain_loop(seed: int, lead: int, pieces: list[str]) -> None:
    """What goes into the network is the sum of the picked rows, what comes out the logarithms of the chances, also
    where "O" is beyond doubt; a word that was met before is what it was."""
    net = small_model(seed, "ana elm .", lead)
    sheet = laid(" ".join(pieces), Context("Ana", ""), [Tag(0, 1, "name", 0.95, "a")])
    seen = np.concatenate((of_words(sheet.tokens), of_places(sheet))).T.tolist()
    sums = [slow_sum(net, one, row) for one, row in zip(sheet.tokens.hash.tolist(), seen, strict=True)]
    sums = [x if of >= 0 else [0.0] * 3 for x, of in zip(sums, sheet.of.tolist(), strict=True)]
    (out,) = net.network.run(None, {"x": np.array(sums, np.float32)})
    out[:, 0] -= model._LEANING
    for _ in range(2):
        np.testing.assert_allclose(net.embedded(sheet)[0], sums, rtol=1e-3, atol=1e-3)
        which, logs, _ = net.read(sheet)
        expected = [[0.0, *[-9.0] * (len(LABELS) - 1)]] * len(out)
        expected[GAP:-GAP] = map(logarithms, out[GAP:-GAP].tolist())
        said = np.array([expected[at] for at in which.tolist()]).reshape(-1, len(LABELS))
        np.testing.assert_allclose(logs, said, rtol=1e-3, atol=1e-3)
        leads = (out[:, 0] - out[:, 1:].max(axis=1))[GAP:-GAP]
        surely, perhaps = (np.flatnonzero(leads < reached) + GAP for reached in (8.99, 9.01))
        assert {*surely.tolist(), *(surely + 1).tolist()} <= set(which.tolist())
        assert set(which.tolist()) <= {*perhaps.tolist(), *(perhaps + 1).tolist()}
        assert (np.diff(which) > 0).all()


def test_words_that_share_a_place_do_not_mix() -> None:
    """What is kept of words met lately is told by the whole hash: the next word of the same place takes it."""
    net = small_model(1, "ana elm .")
    kept = model.Lately(net, places=2)
    for text in ("Ana met pond . Ana ANA elm 12 13", "pond pond Ana", "13 12 elm"):
        found = tokens(text.encode())
        for _ in range(2):
            assert kept.look(found)[0].tolist() == net.of_words(found)[0].tolist()
            assert kept.look(found)[1].tolist() == net.of_words(found)[1].tolist()


def test_a_word_half_kept_is_not_kept() -> None:
    """A worker's time limit ends the tagger at any line: what a word says is all there afterwards, or made anew."""

    class Ended(Exception):
        """The time is up."""

    class Unwritable:
        """Vectors of which none can be changed any more."""

        def __init__(self, vectors: model.Floats) -> None:
            self.vectors = vectors

        def __getitem__(self, which: model.Ints) -> model.Floats:
            return self.vectors[which]

        def __setitem__(self, which: model.Ints, value: model.Floats) -> None:
            raise Ended

    net, found = small_model(1, "ana elm ."), tokens(b"Ana met pond")
    kept = model.Lately(net)
    vectors = kept._vector
    kept._vector = Unwritable(vectors)
    with pytest.raises(Ended):
        kept.look(found)
    kept._vector = vectors
    assert kept.look(found)[0].tolist() == net.of_words(found)[0].tolist()


def test_a_model_of_other_lists_is_refused() -> None:
    """Weights whose table has not a row for each value of the evidence do not load."""
    table = np.zeros((2 + model.ROWS, 3), np.int8)
    with pytest.raises(ValueError, match="make train"):
        model.unpack({"words": np.zeros(2, np.uint64), "table": table}, b"")


def test_the_package_s_model_fits_its_evidence() -> None:
    """The table that comes with the package has a row for every word and every value of every column."""
    net = model.load()
    assert len(net.table) == len(net.words) + 1 + model.ROWS
    assert (np.diff(net.words.astype(object)) > 0).all()
    ends = [(one.name, one.shape[1]) for one in (*net.network.get_inputs(), *net.network.get_outputs())]
    assert ends == [("x", net.table.shape[1]), ("scores", len(LABELS))]
    assert len(LABELS) == 1 + 2 * len(CLASSES)


# ---- seams -----------------------------------------------------------------------------------------------------

SEAM = LONGEST // 2
LINES = (
    "My name is Zbigniew Kowalczyk and", "I live at 12 Elm Street, Hamden, CT 06514", "Call me at (203) 555-0142 now.",
    "The roof leaks and nobody comes", "My SSN is 219-45-8830, as I said", "Mrs. Yolanda Echevarría was there too",
    "There is a pothole on Route 8 again", "I was born on June 9, 1950, in Lyon", "",
)  # fmt: skip


def in_one_piece(text: str) -> list[tuple[int, int, str]]:
    """What the model sees when it reads all of the text at once."""
    assert len(text) <= LONGEST - 2 * GAP
    page = Page(text)
    gap = "\0" * GAP
    whole = Piece(0, 0, len(text), 0, len(text), GAP)
    sheet = Sheet([Read(page, by_rules(page), NOBODY)], (whole,), tokens(f"{gap}{page.plain}{gap}".encode()))
    doubts = model.load().read(sheet)
    start, end = sheet.tokens.start[doubts.which] - GAP, sheet.tokens.end[doubts.which] - GAP
    found = spans.spans(spans.recalled(sheet, doubts))
    return [(int(start[first]), int(end[last]), cls) for first, last, cls, _ in found]


def in_pieces(text: str) -> list[tuple[int, int, str]]:
    page = Page(text)
    return [(one.start, one.end, one.cls) for one in spans.see([Read(page, by_rules(page), NOBODY)])[0].tags]


@pytest.mark.parametrize("seed", [1, 2])
def test_pieces_give_what_the_whole_gives(seed: int) -> None:
    """A page longer than one piece has the spans that it has when read at once."""
    dice = random.Random(seed)
    text = "\n".join(dice.choice(LINES) for _ in range(2000))[: LONGEST - 1000]
    whole, pieces = in_one_piece(text), in_pieces(text)
    assert len(whole) > 300
    assert [one for one in pieces if abs(one[0] - SEAM) > 200] == [one for one in whole if abs(one[0] - SEAM) > 200]
    assert any(one[0] > SEAM for one in pieces)


@pytest.mark.parametrize(
    ("cls", "value"),
    [("name", "Zbigniew Kowalczyk"), ("address", "12 Elm Street, Hamden, CT 06514"), ("phone", "(203) 555-0142")],
)
def test_what_lies_over_a_seam_is_found_once(cls: str, value: str) -> None:
    """Wherever two pieces meet within it, a span is found whole and once."""
    lead = {"name": "My name is ", "address": "I live at ", "phone": "Call me at "}[cls]
    line = "The roof leaks and nobody comes.\n"
    for inside in range(0, len(value) + 1, 3):
        room = SEAM - inside - len(lead)
        front = line * (room // len(line)) + " " * (room % len(line)) + lead
        text = f"{front}{value}.\n" + line * 60
        assert len(front) == SEAM - inside
        assert [one for one in in_pieces(text) if one[2] == cls] == [(len(front), len(front) + len(value), cls)]
        assert [text[one.start : one.end] for one in tag(text)] == [value]


# ---- what the model denies --------------------------------------------------------------------------------------

WORDS_AROUND = "The road in front of the library has been closed since the storm and nobody told us when it opens. " * 2


@pytest.mark.parametrize(
    ("before", "number", "nothing", "is_denied"),
    [
        (WORDS_AROUND + "Please call the town hall at ", "203-555-0142", 0.99, True),
        (WORDS_AROUND + "Please call the town hall at ", "(203) 555-0142", 0.99, True),
        (WORDS_AROUND + "Please call the town hall at ", "203-555-0142", 0.9, False),
        (WORDS_AROUND + "Please call my office line ", "203-555-0142", 0.99, False),
        (WORDS_AROUND + "Please call the town hall at ", "203-555-0142, that is me", 0.99, False),
        (WORDS_AROUND + "Please call the town hall at ", "+12035550142", 0.99, False),  # not as most are written
        ("Please call the town hall at ", "203-555-0142", 0.99, False),  # no letter
        (WORDS_AROUND + "Qrx zzv wkkj prrt ", "203-555-0142", 0.99, False),  # no words
        (WORDS_AROUND + "7 - 8 : 9 ; 6 - 5 : 4 ", "203-555-0142", 0.99, False),
    ],
)
def test_a_number_is_denied(before: str, number: str, nothing: float, is_denied: bool) -> None:
    """Where the model is sure that it is nobody's, in a letter whose words it knows, and in no strange surroundings."""
    text = before + number
    (rule,) = (one for one in by_rules(Page(text)) if one.by == "phone plan")
    assert text[rule.start :].startswith(number[:8])
    sheet = laid(text, NOBODY, [rule])
    size = len(sheet.tokens)
    rest = math.log((1 - nothing) / (len(LABELS) - 1))
    logs = np.tile(np.array([math.log(nothing), *[rest] * (len(LABELS) - 1)], np.float32), (size, 1))
    _, other = model.load().embedded(sheet)
    found = list(spans.denied(sheet, Doubts(np.arange(size), logs, other)))
    assert found == ([(0, rule)] if is_denied else [])


def test_no_number_of_a_person_is_denied() -> None:
    """A citizen's own number stays, however the letter comes to speak of it."""
    for said in ("my number is ", "call me at ", "reach my sister at ", "You have it already: ", "Text "):
        text = f"{WORDS_AROUND}{said}203-555-0142.\n\nThank you,\nAna Pond"
        assert "phone" in {one.cls for one in tag(text)}, said


class Unmoved:
    """A model that sees nothing anywhere, and is sure of it."""

    def read(self, sheet: Sheet) -> Doubts:
        """Nothing."""
        _, other = model.load().embedded(sheet)
        logs = np.tile(said("O"), (len(sheet.tokens), 1))
        return Doubts(np.arange(len(sheet.tokens)), logs, other)


def test_what_is_denied_stands_no_more() -> None:
    """Of a page's rules those are handed on that the model lets stand; an e-mail address it may not deny."""
    page = Page(WORDS_AROUND + "Please call the town hall at 203-555-0142 or write to hall@example.org.")
    rules = by_rules(page)
    (seen,) = spans.see([Read(page, rules, NOBODY)], Unmoved())  # type: ignore[arg-type]
    assert seen.tags == []
    assert {rule.cls for rule in rules} == {"phone", "email"}
    assert [rule.cls for rule in seen.rules] == ["email"]
    assert "0142" not in masked(page.text)


# ---- edges -----------------------------------------------------------------------------------------------------


def spans_of(text: str, *parts: tuple[str, str, float]) -> list[Tag]:
    """Tags for parts of the text, looked for one behind the other."""
    made: list[Tag] = []
    for part, cls, score in parts:
        start = text.index(part, made[-1].end if made else 0)
        made.append(Tag(start, start + len(part), cls, score, "model"))
    return made


@pytest.mark.parametrize(
    ("text", "parts", "expected"),
    [
        # a number is taken whole, up to the sentence's own marks
        ("case AB-20931-7.", [("20931", "id")], ["AB-20931-7"]),
        ("case AB-20931-7, so", [("AB-20931-7,", "id")], ["AB-20931-7"]),
        ("call 203-555-0142 now", [("555-0142", "phone")], ["203-555-0142"]),
        ("card 4111 1111", [("4111", "card")], ["4111"]),
        ("write ana@example.org.", [("example.org", "email")], ["ana@example.org"]),
        ("docket AB-20931-7-S now", [("AB-20931-7-", "id")], ["AB-20931-7-S"]),
        ("the key is 5526*.", [("5526*", "password")], ["5526*"]),
        ("call 203-555-0142*.", [("203-555-0142*", "phone")], ["203-555-0142"]),
        # a ZIP is not, and of a date only figures are
        ("x06510y", [("06510", "zip")], ["06510"]),
        ("born 07/19/2020.", [("07/19/", "dob")], ["07/19/2020"]),
        ("born 7-19-2020/F", [("7-19", "dob")], ["7-19-2020"]),
        ("born 1961-present", [("1961", "dob")], ["1961"]),
        ("DOB/SSN 3/12/77/219-09-9999", [("3/12/77", "dob"), ("219-09-9999", "ssn")], ["3/12/77", "219-09-9999"]),
        ("dob 3/12/77-203-555-0142", [("3/12/77", "dob")], ["3/12/77"]),
        ("3.12.1977.2 kids", [("3.12.1977", "dob")], ["3.12.1977"]),
        ("b. Hartford 2 May 1931", [("Hartford 2 May 1931", "dob")], ["2 May 1931"]),
        ("b. March 2 1931", [("March 2 1931", "dob")], ["March 2 1931"]),
        ("a3/4/61", [("3/4/61", "dob")], ["3/4/61"]),
        # a name goes on over hyphens and takes in the dot of an initial
        ("Ms. Smith-Jones came", [("Smith", "name")], ["Smith-Jones"]),
        ("Ms. Smith-Jones came", [("Jones", "name")], ["Smith-Jones"]),
        ("Ana Pond Jr. came", [("Ana Pond Jr", "name")], ["Ana Pond Jr."]),
        ("Ana P. came", [("Ana P", "name")], ["Ana P."]),
        ("Ana Pond. So", [("Ana Pond", "name")], ["Ana Pond"]),
        ("Regards, S.W.", [("S.W", "name")], ["S.W."]),
        ("Regards, H.", [("H", "name")], ["H."]),
        ("ask Mister Gao", [("Mister Gao", "name")], ["Gao"]),
        ("ask Sgt. Dube", [("Sgt. Dube", "name")], ["Dube"]),
        ("ask Miss", [("Miss", "name")], ["Miss"]),
        ("ask Dr. Ja'Kari Pond", [("Kari Pond", "name")], ["Ja'Kari Pond"]),
        ("and Ty'Anna, too", [("Ty", "name")], ["Ty'Anna"]),
        ("and Anna's too", [("Anna", "name")], ["Anna"]),
        ("It is Jerome P. Slattery", [("Jerome P", "name")], ["Jerome P. Slattery"]),
        ("It is Jerome P. Where is he", [("Jerome P", "name")], ["Jerome P."]),
        ("Ana M. Qwmanana paso", [("Ana M", "name")], ["Ana M."]),
        ("Cc: Luis R. Lopez@example.org", [("Luis R", "name")], ["Luis R."]),
        ("Wendell Tripp c/o Ana", [("Wendell Tripp c", "name")], ["Wendell Tripp"]),
        ("Deepa and Jo", [("Deepa and", "name")], ["Deepa"]),
        ("1180447 AFOLABI, BO", [("1180447 AFOLABI, BO", "name")], ["AFOLABI, BO"]),
        ("Best,\nAna Pond\nVoluntown", [("Ana Pond\nVoluntown", "name")], ["Ana Pond"]),
        ("Best,\nAna\nHamden", [("Ana\nHamden", "name")], ["Ana\nHamden"]),
        ("my cousin Keisha Marie\nVernon. She", [("Keisha Marie\nVernon", "name")], ["Keisha Marie\nVernon"]),
        ("this is maria g and i", [("maria g", "name")], ["maria g"]),
        # figures said one by one go on
        ("my 741-09-6 6 1 3, ok", [("741-09-6 6", "ssn")], ["741-09-6 6 1 3"]),
        ("my 741-09-6 6 7 8 9123456", [("741-09-6 6", "ssn")], ["741-09-6 6 7 8"]),
        ("my 741 09 6613 1 2", [("741 09 6613", "ssn")], ["741 09 6613"]),
        # what touches and is of one class is one, what is apart is two
        ("Ana Pond and Jo", [("Ana Pond", "name"), ("Jo", "name")], ["Ana Pond", "Jo"]),
        ("AB-20931-7", [("AB", "id"), ("20931", "id")], ["AB-20931-7"]),
    ],
)
def test_tidy(text: str, parts: list[tuple[str, str]], expected: list[str]) -> None:
    """Spans begin and end where what they cover does."""
    found = tidy(Page(text), spans_of(text, *((part, cls, 0.9) for part, cls in parts)))
    assert [text[one.start : one.end] for one in found] == expected


@pytest.mark.parametrize("scores", [(0.9, 0.5), (0.5, 0.9)])
@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("12 Elm St, Hamden CT06514 now", ("12 Elm St, Hamden CT", "address"), ("06514", "zip")),
        ("call 203-0142 May 1961", ("203", "phone"), ("0142 May 1961", "dob")),
    ],
)
def test_tidy_loses_nothing(text: str, first: tuple[str, str], second: tuple[str, str], scores: list[float]) -> None:
    """Where spans of two classes touch or overlap, every letter and figure stays tagged, and once."""
    found = tidy(Page(text), spans_of(text, (*first, scores[0]), (*second, scores[1])))
    start, end = text.index(first[0]), text.index(second[0]) + len(second[0])
    assert [one.cls for one in found] == [first[1], second[1]]
    assert "".join(text[one.start : one.end] for one in found) == text[start:end]


@settings(max_examples=150, deadline=None)
@given(
    st.text("Aa1-. @,\n", max_size=40), st.lists(st.tuples(st.integers(0, 40), st.sampled_from(CLASSES)), max_size=8)
)
def test_tidy_keeps_order(text: str, cuts: list[tuple[int, str]]) -> None:
    """Whatever the spans, what comes out lies in the text, in order, none over another."""
    edges = sorted({min(at, len(text)) for at, _ in cuts})
    spans = [
        Tag(left, right, cls, 0.5, "model") for (left, right), (_, cls) in zip(pairwise(edges), cuts, strict=False)
    ]
    found = tidy(Page(text), spans)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


# ---- merging ---------------------------------------------------------------------------------------------------


def tags_of(text: str, *parts: tuple[str, str, float, str]) -> list[Tag]:
    """Tags for parts of the text, each looked for from the beginning."""
    return [Tag(text.index(part), text.index(part) + len(part), cls, score, by) for part, cls, score, by in parts]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], []),
        ([("Ana Pond", "name", 0.8, "model")], [("name", "Ana Pond")]),
        # a rule stands before the model, whatever the scores
        ([("219-45-8830", "ssn", 0.5, "rule"), ("219-45-8830", "id", 1.0, "model")], [("ssn", "219-45-8830")]),
        # between rules the surer one, at a tie the longer
        ([("219-45-8830", "id", 0.8, "r"), ("219-45-8830", "ssn", 0.9, "r")], [("ssn", "219-45-8830")]),
        ([("45-8830", "id", 0.9, "r"), ("219-45-8830", "ssn", 0.9, "r")], [("ssn", "219-45-8830")]),
        # names, ZIPs, genders and dates give way, unless the date is sure
        ([("St, 219", "name", 1.0, "r"), ("219-45-8830", "ssn", 0.5, "r")], [("ssn", "219-45-8830")]),
        ([("219-45-8830", "dob", 0.95, "r"), ("219-45-8830", "id", 0.9, "r")], [("dob", "219-45-8830")]),
        ([("219-45-8830", "dob", 0.85, "r"), ("219-45-8830", "id", 0.5, "r")], [("id", "219-45-8830")]),
        # what a loser covers beyond the winner is kept when its miss is a leak
        (
            [("12 Elm St, 219", "address", 0.8, "r"), ("219-45-8830", "ssn", 0.9, "r")],
            [("address", "12 Elm St"), ("ssn", "219-45-8830")],
        ),
        ([("Ana Pond", "name", 0.9, "r"), ("Pond 12", "name", 0.8, "r")], [("name", "Ana Pond"), ("name", "12")]),
        ([("Ana Pond", "name", 0.9, "r"), ("Pond 12", "gender", 0.8, "r")], [("name", "Ana Pond")]),
        # blanks and commas at the edges fall away, and what holds nothing
        ([(" Ana Pond ", "name", 0.8, "model")], [("name", "Ana Pond")]),
        ([(", ", "name", 0.8, "model")], []),
    ],
)  # fmt: skip
def test_merge(parts: list[tuple[str, str, float, str]], expected: list[tuple[str, str]]) -> None:
    """Of tags that overlap the surer stands, and nothing whose miss is a leak is lost on the way."""
    text = "I am Ana Pond 12 Elm St, 219-45-8830 ok"
    found = merge(Page(text), tags_of(text, *parts))
    assert [(one.cls, text[one.start : one.end]) for one in found] == expected


@pytest.mark.parametrize("surer", ["12 Elm", "Hamden", "06514"])
def test_merge_keeps_what_no_winner_covers(surer: str) -> None:
    """An address with something surer at its beginning, middle or end stays tagged beside it."""
    text = "12 Elm St, Hamden, CT 06514"
    found = merge(Page(text), tags_of(text, (text, "address", 0.8, "r"), (surer, "id", 0.95, "r")))
    covered = {at for one in found for at in range(one.start, one.end)}
    assert [text[at] for at in range(len(text)) if text[at].isalnum() and at not in covered] == []


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda start, size, cls, score, by: Tag(start, start + size, cls, score, by),
            st.integers(0, 30), st.integers(1, 10), st.sampled_from(CLASSES), st.floats(0, 1),
            st.sampled_from(["rule", "model"]),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_merge_is_in_order_and_apart(tags: list[Tag]) -> None:
    """Whatever the tags, those that stand are in order and apart, each within one that was given, and stand again."""
    page = Page("Ana 12, Elm St 219-45-8830 x. Y,\n z7")
    kept = merge(page, [one for one in tags if one.end <= len(page.text)])
    assert all(left.end <= right.start for left, right in pairwise(kept))
    assert all(any(t.start <= one.start < one.end <= t.end and t.cls == one.cls for t in tags) for one in kept)
    assert merge(page, kept) == kept


@pytest.mark.parametrize(("by", "expected"), [("ssn form", ["219-45-8830"]), ("a guess", [])])
def test_only_certain_rules_stand_beside_the_model(by: str, expected: list[str]) -> None:
    """What a rule is not sure of counts when the model sees it too, and not otherwise."""
    text = "it is 219-45-8830 ok"
    (rule,) = tags_of(text, ("219-45-8830", "ssn", 0.93, by))
    assert [text[one.start : one.end] for one in combine(Page(text), [rule], [])] == expected
    (seen,) = tags_of(text, ("219-45-8830", "id", 0.9, "model"))
    assert [one.cls for one in combine(Page(text), [rule], [seen])] == (["ssn"] if expected else ["id"])


@pytest.mark.parametrize(
    ("size", "score", "by", "kept"),
    [
        (400, 0.9, "a guess", False),
        (400, 0.97, "a guess", False),
        (400, 0.985, "a guess", True),
        (100, 0.9, "a guess", True),
        (400, 0.9, "ip v4", True),
    ],
)
def test_where_nothing_is_sure_there_is_nothing(size: int, score: float, by: str, kept: bool) -> None:
    """A letter of some length tells of a person for sure or not at all; a short text may hold a doubtful name."""
    text = "Ana 192.0.2.7 " + "x" * size
    seen, rule = tags_of(text, ("Ana", "name", score, "model"), ("192.0.2.7", "ip", 0.99, by))
    found = combine(Page(text + " \n\t" * 400), [rule], [seen])  # blanks tell nothing
    assert ("name" in {one.cls for one in found}) == kept


@pytest.mark.parametrize(
    ("text", "value", "score", "kept"),
    [
        ("the clerk called reese said no", "reese", 0.95, True),
        ("the reinspection is late", "reinspection", 0.8, False),
        ("ana pond", "ana pond", 0.6, True),
        ("as in Frye v. Dorn, 188 Conn. App. 114", "Frye v. Dorn", 0.99, False),
        ("as in Frye v. Dorn (Conn. 2019)", "Frye v. Dorn", 0.99, False),
        ("my case, Frye v. Dorn, docket 12", "Frye v. Dorn", 0.9, True),
        ("Thank you, Rev. Amos", "Rev", 0.9, False),
        ("my husband Deacon. He has it", "Deacon", 0.9, True),
        ("it is signed Lic. She left", "Lic", 0.99, True),
    ],
)
def test_what_can_be_a_name(text: str, value: str, score: float, kept: bool) -> None:
    """A lone word in small letters is a name for sure or none; a court's case and a mere title are none."""
    assert bool(combine(Page(text), [], tags_of(text, (value, "name", score, "model")))) == kept


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("448-190", ["448-190"]),
        ("448-190 or", ["448", "-190 or"]),
        ("-190 or", ["448", "190 or"]),
        ("PIN 448", ["PIN 448-190"]),
        ("none", ["448", "none"]),
    ],
)
def test_a_secret_is_taken_whole(seen: str, expected: list[str]) -> None:
    """What the rule and the model say of one secret is one tag, as far as either sees it."""
    text = "a PIN 448-190 or none"
    tags = combine(Page(text), tags_of(text, ("448", "password", 0.88, "pin cue")), [])
    assert [text[one.start : one.end] for one in tags] == ["448"]
    tags = combine(
        Page(text),
        tags_of(text, ("448", "password", 0.88, "pin cue")),
        tags_of(text, (seen, "password", 0.99, "model")),
    )
    assert [text[one.start : one.end] for one in tags] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I live at 12 Elm St. Please write.", "12 Elm St"),
        ("I live at 12 Elm St.\nPlease write.", "12 Elm St."),
        ("at 12 Elm St. in town", "12 Elm St."),
    ],
)
def test_the_dot_behind_a_street(text: str, expected: str) -> None:
    """What ends the sentence is none of an address."""
    (street,) = tags_of(text, ("12 Elm St.", "address", 0.9, "address street"))
    (seen,) = tags_of(text, ("12 Elm St", "address", 0.99, "model"))
    assert [text[one.start : one.end] for one in combine(Page(text), [street], [seen])] == [expected]


@pytest.mark.parametrize(
    ("value", "cls", "by", "kept"),
    [
        ("12 Elm Street", "address", ("12 Elm", "address"), True),  # a rule says the same
        ("12 Elm Street", "address", ("Elm Street", "address"), False),
        ("12 Elm Street", "address", ("12 Elm Street", "id"), False),
        ("AB-1204", "id", ("AB-1204", "id"), False),
        ("jan @mail . example", "email", None, True),
        ("jan at mail point example", "email", None, False),
    ],
)
def test_what_two_say_alike_stands_alone(value: str, cls: str, by: tuple[str, str] | None, kept: bool) -> None:
    """In a letter of some length: what the model is not sure of, when a rule agrees or a sign of a mailbox is in it."""
    text = f"{value} " + "x" * 400
    (seen,) = tags_of(text, (value, cls, 0.9, "model"))
    rules = tags_of(text, (*by, 0.8, "a guess")) if by else []
    assert bool(combine(Page(text), rules, [seen])) == kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the tracking page of the shop said 4111111111111111", []),  # the word is near, though not straight before it
        ("the order page of the shop said 4111111111111111", ["card"]),
        ("meters read\n41111111\n11111111\nas of now", []),  # a column, not a number over a line's end
        ("it is 4111 1111\n1111 1111 now", ["card"]),
        ("my card is 41111111\n11111111", ["card"]),
    ],
)
def test_a_card_by_its_check_digit(text: str, expected: list[str]) -> None:
    """What is tracked, and what stands in a column, is none; an order nearby denies nothing."""
    assert [one.cls for one in by_rules(Page(text)) if one.cls == "card"] == expected


def test_what_is_left_of_a_number_has_a_figure() -> None:
    """Words glued to a number by the model are no number."""
    text = "my_ssn_is_123-45-6789 a"
    whole, number = tags_of(text, (text[:-2], "ssn", 0.9, "model"), ("123-45-6789", "ssn", 0.99, "ssn form"))
    assert merge(Page(text), [whole, number]) == [number]


@pytest.mark.parametrize(
    ("address", "zipped"),
    [
        ("12 Elm St, Hamden CT 06514", True),
        ("12 Elm, #44, 06514-1234", True),
        ("PO Box 12345, Hartford", False),
        ("Apt 12345", False),
        ("12 Elm St, # 10234", False),
        ("12345 Elm St", False),
    ],
)
def test_five_figures_are_a_zip_unless_they_are_a_box_s_or_a_door_s(address: str, zipped: bool) -> None:
    """What identifies together hangs on it."""
    (seen,) = tags_of(address, (address, "address", 0.99, "model"))
    (kept,) = combine(Page(address), [], [seen])
    assert kept.by == "model" + "+zip" * zipped


def test_an_address_goes_as_far_as_its_grammar() -> None:
    """The model's address is widened to the rule's, whose ZIP it then has too."""
    text = "at 12 Elm St, Hamden, CT 06514 now"
    (rule,) = tags_of(text, ("12 Elm St, Hamden, CT 06514", "address", 0.8, "street+zip"))
    (seen,) = tags_of(text, ("12 Elm St", "address", 0.6, "model"))
    assert combine(Page(text), [rule], [seen]) == [Tag(rule.start, rule.end, "address", 0.6, "model+zip")]
    assert combine(Page(text), [rule], []) == []


def test_many_addresses_cost_no_more() -> None:
    """MB12: sixteen times as many addresses are widened in about sixteen times the time."""
    times = []
    for count in (2_000, 32_000):
        text = "12 Elm St, Hamden.\n" * count
        rules = [Tag(at, at + 17, "address", 0.8, "street") for at in range(0, 19 * count, 19)]
        seen = [Tag(at, at + 9, "address", 0.6, "model") for at in range(0, 19 * count, 19)]
        assert len(combine(Page(text), rules, seen)) == count
        times.append(cpu_seconds(functools.partial(combine, Page(text), rules, seen)))
    assert times[1] < 64 * times[0] + 0.2
