"""Names of persons: by what stands before them, by the lists, and everywhere else once found.

The order of belief: the writer's own name (envelope, form, sign-off), a title, kin or role before a name, then the
lists of given names and surnames. Firms, places, animals and holders of a public office are no persons here.
What is found once is tagged everywhere. A later model may add its own evidence to `_judged`.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

import re2

from intake.pii import roles, signature
from intake.pii.page import Page, Word, pattern
from intake.pii.run import is_first
from intake.pii.run import runs as runs_of
from intake.pii.signature import bare
from intake.pii.tags import Context, Tag
from intake.pii.words import given_rank, is_given, is_listed, is_ordinary, is_place, is_surname, maybe_given, not_names

_SELF = pattern(
    r"\b(?:my (?:full |legal |real |maiden |married )?name is|my name's|name is|names are|i am|i'm|im|"
    r"this is|call me|me llamo|mi nombre es|nombre es|soy|se llama|se llaman|llamad[oa]|"
    r"meu nome e|me chamo|chama-se|sou|nazywam sie|jestem|je m'appelle|je suis|mon nom est|s'appelle|"
    r"mwen rele|mwen se|non mwen se|"
    r"named|called himself|called herself|calls himself|calls herself|by the name of|on behalf of|c/o|"
    r"signed by|under the name|in the name of|a nombre de|em nome de)[ :,]{1,2}\"?$",
    anycase=True,
)
_SURELY = pattern(
    r"(?:name|names|named|nombre|llamo|llama|llaman|nome|chamo|nazywam|appelle|nom est|rele|c/o|behalf|"
    r"called|nombre de)\W*(?:is|es|e|are|of|sie|est|himself|herself|de)?\W*$",
    anycase=True,
)
_FIRM = pattern(
    r"^(?:,? (?:LLC|Inc|L\.L\.C|LLP|PLLC|P\.C|Co\b|Corp|Ltd|Esq)|,? (?:&|[Aa]nd) (?:Sons?|Daughters?|Co\b|"
    r"Associates|Company|Brothers|[A-Z][A-Za-z]+,? (?:LLC|Inc|LLP|P\.?C|Realty|Insurance)))"
)
_FAMOUS = pattern(
    r"\b(?:" + "|".join(sorted((re2.escape(phrase) for phrase in not_names()), key=len, reverse=True)) + r")",
    anycase=True,
)
_CALLED_FIRM = pattern(
    r"(?i)\b(?:company|outfit|firm|store|shop|place|restaurant|business|school|street|road|boat|ship|site|"
    r"website|app|program|agency|compania|empresa|negocio|tienda|firma|escuela)[a-z ]{0,20}\b(?:called|"
    r"named|llama|llamada|chamada)[ :]{1,2}\"?$"
)
_MAILBOX = pattern(r"^\"? ?<[^ <>\n]{0,60}[@\[]")


@dataclass(frozen=True, slots=True, repr=False)
class _Found:
    """What is believed so far: tags, words known to be parts of names, words known to be something else."""

    page: Page
    tags: list[Tag] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    never: set[str] = field(default_factory=set)
    firms: list[tuple[int, int]] = field(default_factory=list)

    def add(self, words: list[Word], score: float, by: str) -> None:
        """A name made of these words; its longer words are looked for everywhere."""
        last = words[-1]
        dotted = len(words) > 1 and len(last.text) == 1 and self.page.plain[last.end : last.end + 1] == "."
        self.tags.append(Tag(words[0].start, last.end + dotted, "name", score, by))
        self.known.update(word.low for word in words if len(word.low) > 2 and word.low not in roles.PARTICLES)


def find(page: Page, context: Context) -> list[Tag]:
    """Tags of class `name`; they may overlap one another and other classes (`intake.pii.merge` decides)."""
    found = _Found(page)
    sender = _sender(context)
    _learn_never(page, found, sender)
    for words, score, by in signature.find(page, sender, lambda at: _firm_named(found, at)):
        found.add(words, score, by)
    runs = list(runs_of(page))
    for run in runs:
        _judged(page, run, sender, found)
    again = sender | (found.known - found.never)
    for run in runs:
        if len(run) > 1 and any(word.low in again for word in run):
            _judged(page, run, again, found)
    _lower_case(page, found)
    _everywhere(page, runs, found, sender, context)
    return found.tags


# ---- the writer ----------------------------------------------------------------------------------------------


def _sender(context: Context) -> frozenset[str]:
    """The words of the writer's name: from the display name, and from the mailbox what is a name beyond doubt."""
    shown = {word.low for word in Page(context.sender_name).words if len(word.low) > 1}
    if shown & roles.ORGANISED:
        shown = set()
    return frozenset((shown | _boxed(context)) - roles.PARTICLES - {"and", "esq", "jr", "sr", "md", "phd"})


def _boxed(context: Context) -> frozenset[str]:
    """The words of the mailbox that are names and not in the display name: believed only with a capital."""
    box = {word.low for word in Page(context.sender_email.partition("@")[0].replace("_", " ")).words}
    shown = {word.low for word in Page(context.sender_name).words}
    return frozenset(word for word in box - shown if len(word) > 3 and not is_ordinary(word) and is_listed(word))


def _nameable(page: Page, word: Word, found: _Found | None = None) -> bool:
    """Can be part of a name: an initial, or no ordinary word; surnames that are words count behind a given name."""
    if len(word.low) == 1:
        return True
    return not is_ordinary(word.low) or (found is not None and word.low in found.known)


# ---- what must never be a name -------------------------------------------------------------------------------


def _learn_never(page: Page, found: _Found, sender: frozenset[str]) -> None:
    """Animals and holders of an office by the word before them, firms and places by the list."""
    words = page.words
    found.firms.extend(hit.span() for hit in _FAMOUS.finditer(page.raw))
    for index, word in enumerate(words[:-1]):
        following = words[index + 1]
        gap = page.plain[word.end : following.start]
        if len(gap) > 3 or not following.text[0].isupper() or following.low in sender:
            continue
        said = words[index - 1].low if index and word.low in roles.CALLED else word.low
        animal = said in roles.ANIMALS and gap in (" ", ", ", ' "')
        if animal or (word.low in roles.OFFICES and gap in (" ", ". ")):
            found.never.add(following.low)


def _firm_named(found: _Found, start: int) -> bool:
    """Whether `start` lies within a firm or place that is called after a person."""
    index = bisect_left(found.firms, (start + 1, 0)) - 1
    return index >= 0 and start < found.firms[index][1]


# ---- judging runs --------------------------------------------------------------------------------------------


def _judged(page: Page, run: list[Word], sender: frozenset[str], found: _Found) -> None:
    """Find the names within one run of capitalised words."""
    context = ""
    at = 0
    while at < len(run):
        word = run[at]
        if word.low in roles.TITLES and at + 1 < len(run) and not (at and is_given(word.low)):
            context, at = "title", at + 1
            continue
        if word.low in roles.OFFICES and at + 1 < len(run) and word.low not in sender:
            return
        size = _name_size(page, run, at, sender, found)
        if not size:
            context, at = "", at + 1
            continue
        part = run[at : at + size]
        _decide(page, run, at, part, context or _context(page, part[0]), sender, found)
        context, at = "", at + size


def _name_size(page: Page, run: list[Word], at: int, sender: frozenset[str], found: _Found) -> int:
    """How many words from `at` on can be one name."""
    size = 0
    for word in run[at:]:
        hyphened = size > 0 and page.plain[word.start - 1] == "-"
        if size == 5 or (word.low in roles.ORGANISED and word.low not in sender and size):
            break
        surname = (
            size > 0
            and is_surname(word.low)
            and word.low not in roles.ORGANISED
            and not (page.shouting and is_ordinary(word.low))
        )
        particle = size > 0 and word.low in roles.PARTICLES
        first = (
            size == 0
            and given_rank(word.low) is not None
            and (not is_ordinary(word.low) or maybe_given(word.low) or word.low in roles.NEVER - roles.MONTHS)
        )
        first = first or (size == 0 and _led(page, run, at))
        if not (_nameable(page, word, found) or surname or particle or first or word.low in sender or hyphened):
            break
        size += 1
    while size and run[at + size - 1].low in roles.PARTICLES and run[at + size - 1].text.islower():
        size -= 1
    return size


def _led(page: Page, run: list[Word], at: int) -> bool:
    """An ordinary word that a title, kin or "my name is" makes a name, with a name behind it."""
    follows = at + 1 < len(run) and not is_ordinary(run[at + 1].low) and run[at].low not in roles.KIN | roles.TITLES
    return follows and _context(page, run[at]) in ("title", "kin", "named")


def _context(page: Page, word: Word) -> str:
    """What the words before a possible name say: title, kin, greeting, self, place, or nothing."""
    before = page.within(max(0, word.start - 30), word.start)
    if not before:
        return ""
    gap = page.plain[before[-1].end : word.start].strip(" ")
    last = before[-1].low
    if last in roles.TITLES and gap in ("", "."):
        return "title"
    if last in roles.KIN and gap in ("", ",", "(", ":", ", (", "- "):
        return "kin"
    if last in ("is", "was", "es", "era", "named") and len(before) > 1 and before[-2].low in roles.KIN and not gap:
        return "kin"
    if last in roles.GREETINGS and gap in ("", ",", ":"):
        return "greeting"
    if last in roles.ANIMALS or last in roles.OFFICES:
        return "never"
    raw = page.raw[max(0, word.start - 30) : word.start]
    if _SELF.search(raw):
        if _CALLED_FIRM.search(page.raw[max(0, word.start - 70) : word.start]):
            return "never"
        return "named" if _SURELY.search(raw) else "self"
    return "place" if last in ("at", "en", "na", "no", "the") and not gap else ""


def _decide(
    page: Page,
    run: list[Word],
    at: int,
    part: list[Word],
    context: str,
    sender: frozenset[str],
    found: _Found,
) -> None:
    """Whether `part` of a run is a name, and how sure."""
    strong = context in ("title", "kin", "named", "greeting")
    own = any(word.low in sender and len(word.low) > 1 for word in part)
    if context == "never" or any(word.low in found.never for word in part) or _firm_named(found, part[0].start):
        return
    if _organised(page, run, at + len(part), part) and context != "title":
        return
    score = _score(page, part, context, strong, own)
    if score:
        found.add(bare(part), score, f"name {context or 'list'}" if not own else "name sender")
    elif _MAILBOX.match(page.raw[part[-1].end : part[-1].end + 64]):
        found.add(part, 0.9, "name mailbox")


def _organised(page: Page, run: list[Word], behind: int, part: list[Word]) -> bool:
    """A firm, street, school or the like goes on behind the name."""
    if behind < len(run) and page.plain[part[-1].end : run[behind].start] in (" ", "-"):
        following = run[behind]
        if following.low in roles.ORGANISED or not (len(following.low) == 1 or is_listed(following.low)):
            return following.low not in roles.KIN | roles.TITLES
    if page.low[part[-1].end : part[-1].end + 3] == "'s " and page.plain[part[-1].end + 3 : part[-1].end + 4].isupper():
        return True
    return (
        bool(_FIRM.match(page.raw[part[-1].end : part[-1].end + 40]))
        and b"Esq" not in page.raw[part[-1].end : part[-1].end + 6]
    )


def _score(page: Page, part: list[Word], context: str, strong: bool, own: bool) -> float:
    lows = [word.low for word in part]
    plain = [low for low in lows if is_ordinary(low) or is_place(low)]
    if (
        len(part) == 3
        and len(lows[1]) == 1
        and part[1].text.isupper()
        and len(lows[0]) > 1
        and len(lows[2]) > 2
        and not plain
    ):
        return 0.85
    if own and context == "place" and len(part) == 1 and _the(page, part[0]):
        return 0.0
    if own and (len(plain) < len(lows) or not is_first(page, part[0])):
        return 0.95
    if strong and (
        len(plain) < len(lows)
        or (context in ("title", "kin", "named") and is_listed(lows[0]) and lows[0] not in roles.NEVER)
    ):
        return 0.9
    if context == "self" and len(plain) < len(lows) and any(is_listed(low) for low in lows):
        return 0.85
    return 0.0 if context == "place" and len(part) == 1 else _by_lists(page, part, lows, plain, context)


def _the(page: Page, word: Word) -> bool:
    """Behind "the" a family's name alone is a house, a firm or a hall."""
    return page.low[max(0, word.start - 4) : word.start] == "the "


def _by_lists(page: Page, part: list[Word], lows: list[str], plain: list[str], context: str) -> float:
    """Without any word of context: the lists alone."""
    inside = not is_first(page, part[0])
    if len(part) == 1:
        if len(lows[0]) < 3 or (page.shouting and is_ordinary(lows[0])):
            return 0.0
        sure = is_given(lows[0]) and (inside or (given_rank(lows[0]) or 0) < 3000)
        return 0.7 if sure else 0.6 if inside and maybe_given(lows[0]) and not page.shouting else 0.0
    if context == "place" and not any(len(low) == 1 for low in lows) and is_ordinary(lows[-1]):
        return 0.0
    others = [low for low in lows[1:] if low not in roles.PARTICLES and len(low) > 1]
    if is_given(lows[0]) and (others or len(lows[1]) == 1):
        return 0.85
    if given_rank(lows[0]) is not None and others and not is_ordinary(others[-1]) and not is_place(others[-1]):
        return 0.75 if inside or lows[0] not in roles.NEVER else 0.0
    if plain or not others:
        return 0.0
    return _unlisted(page, part, lows, others)


def _unlisted(page: Page, part: list[Word], lows: list[str], others: list[str]) -> float:
    """No given name: an initial with a surname, or a pair where one at least is a surname."""
    if any(word.text.isupper() and len(word.text) > 1 for word in part) and not page.shouting:
        return 0.0
    if len(lows[0]) == 1:
        return 0.7 if len(others) == 1 and len(others[0]) > 3 else 0.0
    if any(is_given(low) for low in others):
        return 0.7
    accented = not page.text[part[0].start : part[-1].end].isascii()
    known = sum(map(is_surname, lows))
    return 0.6 if known >= 2 or (known and accented) or (known and not is_first(page, part[0])) else 0.0


# ---- lower case, and everywhere ------------------------------------------------------------------------------


def _lower_case(page: Page, found: _Found) -> None:
    """Names written small: behind "my manager" or a title, or in capitals in a shouted letter."""
    words = page.words
    for index, word in enumerate(words):
        if (word.text[0].isupper() and not page.shouting) or is_ordinary(word.low) or len(word.low) < 3 or not index:
            continue
        before = words[index - 1]
        gap = page.plain[before.end : word.start]
        titled = before.low in roles.TITLES and gap in (" ", ". ") and (is_listed(word.low) or page.shouting)
        owned = index > 1 and words[index - 2].low in roles.POSSESSIVE
        kin = (
            before.low in roles.KIN
            and gap in (" ", ", ")
            and (owned or before.low in ("named", "called"))
            and given_rank(word.low) is not None
        )
        said = given_rank(word.low) is not None and bool(_SELF.search(page.raw[max(0, word.start - 30) : word.start]))
        if (titled or kin or said) and word.low not in found.never:
            found.add(_onward(page, index), 0.8, "name small")


def _onward(page: Page, index: int) -> list[Word]:
    """The word at `index` and up to three behind it that go on the name."""
    words, taken = page.words, [page.words[index]]
    for word in words[index + 1 : index + 4]:
        if page.plain[taken[-1].end : word.start] not in (" ", "-") or is_ordinary(word.low) or not is_listed(word.low):
            break
        taken.append(word)
    return taken


def _everywhere(page: Page, runs: list[list[Word]], found: _Found, sender: frozenset[str], context: Context) -> None:
    """What is known to be a name, wherever else it stands; small letters only for words that are nothing else."""
    known = {low for low in found.known | sender if len(low) > 1} - found.never
    shown = sender - _boxed(context)
    inside = {word.start: (run, index) for run in runs for index, word in enumerate(run)}
    group: list[Word] = []
    for word in page.words:
        goes_on = bool(group) and word.low in known and page.plain[group[-1].end : word.start] in (" ", "-")
        small = not is_ordinary(word.low) and (word.low in found.known or word.low in shown)
        hit = goes_on or (
            word.low in known and (word.text[0].isupper() or small) and _person(page, found, word, inside, sender)
        )
        if hit and group and page.plain[group[-1].end : word.start] in (" ", "-"):
            group.append(word)
            continue
        _close(page, group, found, sender)
        group = [word] if hit else []
    _close(page, group, found, sender)


def _person(
    page: Page, found: _Found, word: Word, inside: dict[int, tuple[list[Word], int]], sender: frozenset[str]
) -> bool:
    """Not where the word is part of a firm, a street or an ordinary sentence."""
    if (len(word.low) < 3 and word.low not in sender) or _firm_named(found, word.start) or _the(page, word):
        return False
    if is_ordinary(word.low) and (is_first(page, word) or page.shouting):
        return False
    if page.plain[word.end : word.end + 1] in ("@", "_") or page.plain[word.start - 1 : word.start] in (
        "@",
        "_",
    ):
        return False
    run, index = inside.get(word.start, ([word], 0))
    if _organised(page, run, index + 1, [word]) or (is_place(word.low) and word.low not in sender):
        return False
    return not any(other.low in roles.ORGANISED for other in run[index + 1 : index + 4])


def _close(page: Page, group: list[Word], found: _Found, sender: frozenset[str]) -> None:
    if not group:
        return
    words = page.words
    index = page.word_at(group[0].start)
    if index and len(words[index - 1].text) == 1 and page.plain[words[index - 1].end : group[0].start] in (" ", ". "):
        initial = words[index - 1]
        if initial.text.isupper() and initial.text not in ("I", "A"):
            group = [initial, *group]
    found.tags.append(Tag(group[0].start, group[-1].end, "name", 0.65, "name again"))
