"""What the vocabulary could learn from letters whose agency is known: from those that staff passed on, above all.

The weights of the vocabulary are fitted to the letters as a multinomial logistic regression that begins at the grades
in force, is pulled back to them, and pays for every new word; what comes out is rounded to grades again. So a word is
proposed only where several letters ask for it, and a grade changes only where it stands in the way. Nothing is
applied: a person reads the proposals, and the letters that support them are named by reference.

The rule it keeps: a word that fewer than `LEAST` people wrote to an agency, or that stands in a stretch of their letter
that was tagged as personal information, is proposed to nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from intake.routing.conditions import SUBJECT, TEXT, Question
from intake.routing.decide import COUNTED, IN_SUBJECT, MOST, decide
from intake.routing.load import opened
from intake.routing.rules import GENERAL, WEIGHTS, Rules, compiled
from intake.routing.schema import VocabularyEntry
from intake.routing.words import Lexicon, by_key, key, longest, words

LEAST = 3  # people who must have written a word to an agency
_LIFT = 2.0  # times as often as in the letters of others
_COMMON = 0.08  # of all letters: a word that stands in more says nothing about an agency
_SHORTEST = 3  # letters of a word
_STEPS = 400
_SCALE = 0.45  # from points to log-odds: a lead of five points is nine to one
_PULL, _SPREAD, _PRICE = (
    2.0,
    0.3,
    0.5,
)  # back to a grade in force; against one new word that bears all; of each new word
_SHOWN = 5  # references

Key = tuple[str, ...]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, repr=False)
class Settled:
    """A letter whose agency a person knows. `writer`: who wrote it, as far as one can tell two apart. `hidden`: where
    personal information stands in subject and text."""

    ref: str
    question: Question
    agency: str
    writer: str = ""
    hidden: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A term of an agency that should get another grade ("" for none). `refs`: a few of the letters that speak for it,
    of the agency where the grade goes up, of others where it goes down; `number`: how many there are."""

    agency: str
    term: str
    was: str
    grade: str
    refs: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class TopicRule:
    """A rule that could be: what comes under a topic of the form goes to an agency."""

    topic: str
    agency: str
    refs: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Effect:
    """How many letters go right, wrong and to general triage."""

    right: int
    wrong: int
    general: int


def propose(letters: Sequence[Settled], rules: Rules) -> list[Proposal]:
    """What to change in the vocabulary, most letters first; [] where nothing is to be learnt."""
    known = [letter for letter in letters if letter.agency in rules.agencies]
    if not known:
        return []
    spelt, new = _candidates(known)
    fit = _Fit(known, rules, new)
    written = {k: term.written for k, term in rules.vocabulary.items()} | {k: spelt[k] for k in new if k in spelt}
    found = [_proposal(known, fit, pair, was, grade, written) for pair, was, grade in fit.changes()]
    return sorted(found, key=lambda p: (-p.number, p.agency, p.term))


def applied(rules: Rules, proposals: Iterable[Proposal], mail_domain: str) -> Rules:
    """The rules as they would be with all proposals taken; for counting, never to be published."""
    file, _ = opened(rules.source, f"version {rules.version}", mail_domain, published=True)
    words = {agency: entry.model_dump(exclude_none=True) for agency, entry in file.vocabulary.items()}
    for one in proposals:
        graded = words.setdefault(one.agency, {})
        for grade in WEIGHTS:
            graded[grade] = [term for term in graded.get(grade) or () if key(term) != key(one.term)]
        if one.grade:
            graded[one.grade].append(one.term)
    entries = {a: VocabularyEntry.model_validate({g: t for g, t in by.items() if t}) for a, by in words.items()}
    return compiled(file.model_copy(update={"vocabulary": entries}), rules.source, rules.version)


def topics(moved: Sequence[Settled], others: Sequence[Settled], offered: Collection[str]) -> list[TopicRule]:
    """Topics that the form has `offered` whose letters staff always passed on to one agency, and left nowhere else.
    Whoever fills in a form by hand can write anything there."""
    by_topic: dict[str, list[Settled]] = {}
    for letter in moved:
        if (topic := letter.question.fields.get("topic", "")) in offered:
            by_topic.setdefault(topic, []).append(letter)
    elsewhere = {(letter.question.fields.get("topic"), letter.agency) for letter in (*moved, *others)}
    found = []
    for topic, letters in by_topic.items():
        agencies = {agency for named, agency in elsewhere if named == topic}
        if len(letters) >= LEAST and len(agencies) == 1:
            found.append(TopicRule(topic, agencies.pop(), tuple(one.ref for one in letters[:_SHOWN]), len(letters)))
    return sorted(found, key=lambda one: (-one.number, one.topic))


def effect(letters: Sequence[Settled], rules: Rules) -> Effect:
    """What the rules make of the letters."""
    went = Counter(_went(letter.agency, decide(letter.question, rules).agency) for letter in letters)
    return Effect(went["right"], went["wrong"], went["general"])


def _went(agency: str, to: str) -> str:
    return "right" if to == agency else "general" if to == "general" else "wrong"


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _candidates(letters: Sequence[Settled]) -> tuple[dict[Key, str], dict[Key, set[str]]]:
    """Words that stand in several letters of an agency and are rarer elsewhere: how they are written, and whose."""
    written: dict[Key, Counter[str]] = {}
    letters_of: Counter[str] = Counter(letter.agency for letter in letters)
    with_it: dict[Key, Counter[str]] = {}
    writers: dict[tuple[Key, str], set[str]] = {}
    for letter in letters:
        seen: set[Key] = set()
        for word in _words(letter):
            stem = key(word)
            written.setdefault(stem, Counter())[word] += 1
            seen.add(stem)
        for stem in seen:
            with_it.setdefault(stem, Counter())[letter.agency] += 1
            writers.setdefault((stem, letter.agency), set()).add(letter.writer or letter.ref)
    new: dict[Key, set[str]] = {}
    for stem, by_agency in with_it.items():
        total = sum(by_agency.values())
        if total > _COMMON * len(letters) and total > LEAST * len(letters_of):
            continue
        for agency, number in by_agency.items():
            others = len(letters) - letters_of[agency]
            elsewhere = (total - number) / others if others else 0.0
            if len(writers[stem, agency]) >= LEAST and number / letters_of[agency] > _LIFT * elsewhere:
                new.setdefault(stem, set()).add(agency)
    return {stem: written[stem].most_common(1)[0][0] for stem in new}, new


def _words(letter: Settled) -> Iterator[str]:
    """The words of a letter that stand in no personal information, and are no word of it elsewhere; no numbers."""
    parts = ((SUBJECT, letter.question.subject), (TEXT, letter.question.text))
    spans = [text[start:end] for where, text in parts for start, end in letter.hidden.get(where, ())]
    hidden = {word for span in spans for word in words(span).folded}
    for _, text in parts:
        found = (word for word in words(text).folded if len(word) >= _SHORTEST and word.isalpha())
        yield from (word for word in found if word not in hidden)


# ── the fit ──────────────────────────────────────────────────────────────────────────────────────────────────────


class _Fit:
    """Weights of (term, agency) pairs: those of the vocabulary and the new ones. `general` begins with the points that
    another agency needs."""

    def __init__(self, letters: Sequence[Settled], rules: Rules, new: Mapping[Key, set[str]]) -> None:
        self.agencies = sorted(rules.agencies)
        self.terms: list[Key] = list(dict.fromkeys((*rules.vocabulary, *new)))
        points = {k: term.points for k, term in rules.vocabulary.items()}
        number = {agency: n for n, agency in enumerate(self.agencies)}
        pairs = [
            (n, number[a]) for n, k in enumerate(self.terms) for a in sorted({*points.get(k, ()), *new.get(k, ())})
        ]
        self._term, self._agency = np.array(pairs, np.int64).reshape(-1, 2).T
        before = [points.get(self.terms[n], {}).get(self.agencies[a], 0.0) for n, a in pairs]
        self._before = np.array(before, np.float32)
        self._letters = _Matrix(letters, self.terms, Lexicon(self.terms))
        self._right = np.array([number[letter.agency] for letter in letters], np.int64)
        self._floor = np.array([rules.least if a == GENERAL else 0 for a in self.agencies], np.float32)
        self._weights = self._minimised()

    def changes(self) -> Iterator[tuple[tuple[int, str], str, str]]:
        """(term, agency), the grade it has and the one it should have, where they differ."""
        grades = np.array([0.0, *WEIGHTS.values()], np.float32)
        names = ["", *WEIGHTS]
        was, then = (np.abs(w[:, None] - grades).argmin(1) for w in (self._before, self._weights))
        for n in np.flatnonzero(was != then):
            pair = int(self._term[n]), self.agencies[int(self._agency[n])]
            yield pair, names[int(was[n])], names[int(then[n])]

    def having(self, term: int) -> Ints:
        """The letters that have a term."""
        return self._letters.rows_of(term)

    def _minimised(self) -> Floats:
        """Accelerated proximal gradient (Beck and Teboulle 2009), begun at the grades in force."""
        pull = np.where(self._before > 0, _PULL, _SPREAD).astype(np.float32)
        step = 1 / (_SCALE**2 * self._letters.largest() / 2 + 2 * _PULL)
        weights = ahead = self._before
        momentum = 1.0
        price = np.where(self._before > 0, 0, _PRICE).astype(np.float32)
        for _ in range(_STEPS):
            slope = self._slope(ahead) + 2 * pull * (ahead - self._before) + price
            then = np.maximum(ahead - step * slope, 0)
            faster = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
            ahead = then + (momentum - 1) / faster * (then - weights)
            weights, momentum = then, faster
        return weights

    def _slope(self, weights: Floats) -> Floats:
        """The gradient of the log-loss."""
        table = np.zeros((len(self.terms), len(self.agencies)), np.float32)
        table[self._term, self._agency] = weights
        odds = _SCALE * (self._letters.times(table) + self._floor)
        odds = np.exp(odds - odds.max(1, keepdims=True))
        odds /= odds.sum(1, keepdims=True)
        odds[np.arange(len(odds)), self._right] -= 1
        slope: Floats = _SCALE * self._letters.back(odds)[self._term, self._agency]
        return slope


class _Matrix:
    """Letters by terms, as the vocabulary counts them; only what is not zero."""

    def __init__(self, letters: Sequence[Settled], terms: Sequence[Key], lexicon: Lexicon) -> None:
        place = {term: n for n, term in enumerate(terms)}
        cells = [(n, place[k], value) for n, letter in enumerate(letters) for k, value in _counted(letter, lexicon)]
        rows, columns, values = zip(*cells, strict=True) if cells else ((), (), ())
        self._shape = len(letters), len(terms)
        self._rows, self._columns = np.array(rows, np.int64), np.array(columns, np.int64)
        self._values = np.array(values, np.float32)
        self._by_column = np.argsort(self._columns, kind="stable")

    def times(self, table: Floats) -> Floats:
        """The product with terms by agencies."""
        return _summed(self._values[:, None] * table[self._columns], self._rows, self._shape[0])

    def back(self, table: Floats) -> Floats:
        """The product of the transpose with letters by agencies."""
        order = self._by_column
        cells = self._values[order, None] * table[self._rows[order]]
        return _summed(cells, self._columns[order], self._shape[1])

    def rows_of(self, term: int) -> Ints:
        return np.unique(self._rows[self._columns == term])

    def largest(self) -> float:
        """The largest eigenvalue of the transpose times the matrix, by power iteration."""
        vector = np.ones((self._shape[1], 1), np.float32)
        size = 1.0
        for _ in range(20):
            vector = self.back(self.times(vector))
            size = float(np.linalg.norm(vector)) or 1.0
            vector /= size
        return size * 1.05


def _summed(cells: Floats, rows: Ints, number: int) -> Floats:
    """Rows of `cells` added up by ascending `rows`."""
    total = np.zeros((number, cells.shape[1]), np.float32)
    if len(rows):
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        total[rows[starts]] = np.add.reduceat(cells, starts, axis=0)
    return total


def _counted(letter: Settled, lexicon: Lexicon) -> Iterable[tuple[Key, float]]:
    found: dict[Key, float] = {}
    for share, text in ((IN_SUBJECT, letter.question.subject), (1.0, letter.question.text)):
        for term, firsts in by_key(longest(lexicon.hits(words(text)))).items():
            found[term] = found.get(term, 0.0) + share * COUNTED[min(len(firsts), MOST)]
    return found.items()


def _proposal(
    letters: Sequence[Settled], fit: _Fit, pair: tuple[int, str], was: str, grade: str, written: Mapping[Key, str]
) -> Proposal:
    term, agency = pair
    having = [letters[n] for n in fit.having(term)]
    raised = _points(grade) > _points(was)
    refs = [letter.ref for letter in having if (letter.agency == agency) is raised]
    return Proposal(agency, written[fit.terms[term]], was, grade, tuple(refs[:_SHOWN]), len(refs))


def _points(grade: str) -> float:
    return WEIGHTS.get(grade, 0.0)
