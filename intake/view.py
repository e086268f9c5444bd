"""What an audience sees of a letter: subject and text with everything withheld that its row of the table withholds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import PurePath

import sqlalchemy as sa

from intake import attachment, consent, echo, pii
from intake.enclosure import attached
from intake.handling import Action, Handling
from intake.language import detect
from intake.letter import Letter
from intake.purpose import Purpose, grant
from intake.reader import FileTags, Tags, fetch, open_letter, open_tags
from intake.redact import Numbering, redact
from intake.redact.local import is_known
from intake.routing import Question, Rules
from intake.store import Store, letters, tickets
from intake.vault import Vault

Secret = tuple[str, str, str]
Echoes = Callable[[str], Sequence[echo.Echo]]
"""The tokens of ours in a text: `echo.find` over a connection."""


@dataclass(frozen=True, slots=True, repr=False)
class Restricted:
    """Subject, name, town and text as an audience may have them; how much of each class was withheld.

    `secrets`: what was taken out by a tag, for the gate to look for: (class, value, what is shown in front of it).
    `names`: those that are shown.
    """

    subject: str
    name: str
    town: str
    text: str
    withheld: Mapping[str, int]
    secrets: tuple[Secret, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        """The text below the name and the town that were given beside it."""
        given = [f"Name: {self.name}"] * bool(self.name) + [f"Town: {self.town}"] * bool(self.town)
        return "\n".join([*given, ""] * bool(given) + [self.text.strip()])


@dataclass(frozen=True, slots=True)
class Audience:
    """Who looks: a column of the handling table, whose domains are no secret, and the reference that it knows the
    ticket by: a quotation has it, a tagger may take it for a password, and every subject of ours shows it."""

    name: str
    handling: Handling
    shown_domains: Collection[str]
    reference: str = ""

    def apart(self, text: str, tags: Sequence[pii.Tag]) -> Sequence[pii.Tag]:
        """The tags, without the reference where they cover it or a piece of it."""
        stands = self.reference and self.reference.casefold() in text.casefold()
        for found in re.finditer(self.reference, text, re.IGNORECASE) if stands else ():
            tags = [piece for tag in tags for piece in _cut(text, tag, *found.span())]
        return tags


def _cut(text: str, tag: pii.Tag, start: int, end: int) -> list[pii.Tag]:
    """What is left of a tag in front of `start` and after `end`."""
    if tag.end <= start or end <= tag.start:
        return [tag]
    rest = (tag._replace(end=start), tag._replace(start=end))
    return [one for one in rest if any(map(str.isalnum, text[one.start : one.end]))]  # a bracket is nothing


Read = tuple[Tags, list[str | None]]
"""The tags of a letter, and the texts that were read in its attachments; None for one that was not."""


def find_tags(letter: Letter) -> Tags:
    """The personal information in all parts of a letter: subject, text, and of each attachment its name and text."""
    return read_tags([letter])[0][0]


def read_tags(letters: Sequence[Letter]) -> list[Read]:
    """As `find_tags`, of several letters: together they take half the time."""
    parts = [_Parts.of(letter) for letter in letters]
    found = map(tuple, pii.tag_all(one for its in parts for one in its.all))
    return [its.tags(list(islice(found, len(its.all)))) for its in parts]


@dataclass(frozen=True, slots=True, repr=False)
class _Parts:
    """The texts of a letter that a tagger reads: name and town that were given beside it, subject, text, two ways to
    read each file's name, files."""

    all: list[tuple[str, pii.Context]]
    names: int
    texts: list[str | None]

    @classmethod
    def of(cls, letter: Letter) -> _Parts:
        texts = attachment.texts(letter.attachments)
        ways = [way for file in letter.attachments for way in _ways(file.name)]
        read = [letter.subject, letter.text, *ways, *(text for text in texts if text is not None)]
        context = pii.Context(letter.sender_name, letter.sender)
        return cls([*_beside(letter), *((one, context) for one in read)], len(ways), texts)

    def tags(self, found: Sequence[tuple[pii.Tag, ...]]) -> Read:
        """`found`: what stands in each of them."""
        name, town, subject, text, *rest = found
        names, files = iter(rest[: self.names]), iter(rest[self.names :])
        of_files = [FileTags(_either(next(names), next(names)), None if t is None else next(files)) for t in self.texts]
        return Tags(subject, text, tuple(of_files), (name, town)), self.texts


def _beside(letter: Letter) -> list[tuple[str, pii.Context]]:
    return [(letter.sender_name, pii.Context()), (letter.fields.get("town", ""), pii.Context())]


def _given(letter: Letter) -> list[tuple[pii.Tag, ...]]:
    return list(map(tuple, pii.tag_all(_beside(letter))))


_SEPARATORS = str.maketrans(dict.fromkeys("_-.+", " "))


def _ways(name: str) -> list[str]:
    """A file's name with blanks for its separators, and as it was given; an address is itself only as given.

    The ending is no part of what a person wrote, and says "domain" to a tagger.
    """
    stem = name[: -len(ending)] if (ending := PurePath(name).suffix) else name
    ways = [stem.translate(_SEPARATORS), stem]
    return ways[::-1] if "@" in stem else ways


def _either(first: Sequence[pii.Tag], second: Sequence[pii.Tag]) -> tuple[pii.Tag, ...]:
    """The first's tags, and those of the second that stand between them."""
    more = (tag for tag in second if all(tag.end <= other.start or other.end <= tag.start for other in first))
    return tuple(sorted((*first, *more), key=lambda tag: tag.start))


def question(letter: Letter, tags: Tags, recipients: Sequence[str], language: str = "") -> Question:
    """What the rules are asked about a letter. `language`: recognised when it is not known yet."""
    return Question(
        channel=letter.channel,
        subject=letter.subject,
        text=letter.text,
        sender_email=letter.sender,
        recipients=tuple(recipients),
        fields=letter.fields,
        language=language or detect(f"{letter.subject}\n{letter.text}"),
        tags=frozenset(tags.counts()),
        machine=letter.machine,
        attachment_types=tuple(a.type for a in letter.attachments),
    )


def shown_domains(rules: Rules, mail_domain: str) -> frozenset[str]:
    """Domains whose addresses are nobody's secret: ours, and the agencies'."""
    domains = {d for a in rules.agencies.values() for d in (*a.senders, a.mailbox.rpartition("@")[2])}
    return frozenset({mail_domain, *(d.lower() for d in domains)})


@dataclass(slots=True, repr=False)
class Restriction:
    """Restricts the parts of one letter for one audience, and remembers what it took out.

    `known`: the writer's addresses, withheld in every spelling but for `consented` ones. `echoes` finds what is ours
    alone: who has a link can choose for the citizen, and an alias is no address of theirs.
    """

    audience: Audience
    known: Sequence[str]
    numbering: Numbering
    identifying: bool
    echoes: Echoes
    consented: Collection[str] = ()
    called: str = ""  # the writer's own name
    withheld: dict[str, int] = field(default_factory=dict)
    secrets: list[Secret] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    again: dict[str, tuple[str, str]] = field(default_factory=dict)  # compact value: class, value
    _actions: dict[str, Action] = field(default_factory=dict)

    def action(self, cls: str) -> Action:
        """What the audience gets of a class."""
        if cls not in self._actions:
            action = self.audience.handling.action(cls, self.audience.name, identifying=self.identifying)
            self._actions[cls] = action
        return self._actions[cls]

    def part(self, text: str, tags: Sequence[pii.Tag]) -> str:
        """One part as the audience may have it."""
        tags = [tag for tag in self.audience.apart(text, tags) if not self._is_mailbox(text, tag)]
        tags = self._with_repeats(text, tags)
        echoes = self.echoes(text)  # they go even where a tag covers half of one
        self.secrets += dict.fromkeys(("link", one.token, "") for one in echoes)
        done = redact(
            text,
            [*tags, *echoes],
            self.action,
            known=self.known,
            shown_domains=self.audience.shown_domains,
            numbering=self.numbering,
            consented=self.consented,
        )
        for cls, count in done.withheld.items():
            told = "email" if cls == "alias" else cls
            self.withheld[told] = self.withheld.get(told, 0) + count
        self._remember(text, tags)
        return done.text

    def _is_mailbox(self, text: str, tag: pii.Tag) -> bool:
        """Whether what was taken for a name is the local part of the writer's address: in small letters, on no list of
        names, and not what they are called."""
        value = text[tag.start : tag.end]
        if tag.cls != "name" or not value.islower() or is_known(value):
            return False
        return value in self._locals() and value not in self.called.lower().split()

    def _locals(self) -> set[str]:
        return {address.lower().rpartition("@")[0].partition("+")[0] for address in self.known}

    def learn(self, text: str, tags: Sequence[pii.Tag]) -> None:
        """Remember what is withheld in a part: where it stands again without a tag, here or in another, it goes too."""
        for tag in self.audience.apart(text, tags):
            if self.action(tag.cls) is Action.SHOWN:
                continue
            whole = text[tag.start : tag.end].strip()
            street = [_LINE.split(whole)[0]] if tag.cls == "address" else []  # it says enough alone
            for value in (whole, *street):
                if sum(map(str.isalnum, value)) >= _LEAST:
                    self.again.setdefault(_compact(value), (tag.cls, value))

    def _with_repeats(self, text: str, tags: Sequence[pii.Tag]) -> Sequence[pii.Tag]:
        gone = [tag for tag in tags if self.action(tag.cls) is not Action.SHOWN]
        rest = _compact(_between(text, gone)) if self.again else ""
        found = [
            pii.Tag(match.start(), match.end(), cls, 1.0, "again")
            for compact, (cls, value) in self.again.items()
            if compact in rest
            for match in _again(cls, value).finditer(text)
            if not any(tag.start <= match.start() and match.end() <= tag.end for tag in gone)
        ]
        return sorted((*tags, *found), key=lambda tag: tag.start) if found else tags

    def _remember(self, text: str, tags: Sequence[pii.Tag]) -> None:
        shown_from = 0
        for tag in tags:
            value = text[tag.start : tag.end]
            if self.action(tag.cls) is not Action.SHOWN:
                self.secrets.append((tag.cls, value, text[max(shown_from, tag.start - _BEFORE) : tag.start]))
                shown_from = tag.end
            elif tag.cls == "name":
                self.names.append(value)


_SEPARATED = b" \t\r\n().-@_+"
_WHOLE = 12  # letters of an address that is known again with blanks for its signs ("brun kvaxo71 post example")


def _compact(text: str) -> str:
    return text.lower().encode("utf-8", "surrogatepass").translate(None, _SEPARATED).decode("utf-8", "surrogatepass")


def _between(text: str, tags: Sequence[pii.Tag]) -> str:
    """The text without what the tags cover."""
    pieces, at = [], 0
    for tag in sorted(tags, key=lambda tag: tag.start):
        pieces.append(text[at : max(at, tag.start)])
        at = max(at, tag.end)
    return "\0".join((*pieces, text[at:]))


def _again(cls: str, value: str) -> re.Pattern[str]:
    """The value as a whole word; a number also with other separators."""
    if cls == "email":
        return re.compile(r"[\W_]{1,3}".join(re.findall(r"[^\W_]+", value)), re.IGNORECASE)
    digits = [c for c in value if c.isdigit()]
    if len(digits) < 7 or len(digits) * 2 < sum(map(str.isalnum, value)):
        spelt = r"\s+".join(map(re.escape, value.split()))
        return re.compile(rf"(?<!\w){spelt}(?!\w)", re.IGNORECASE)
    return re.compile(rf"(?<!\d){r'[ ().-]{0,3}'.join(digits)}(?!\d)")


_LINE = re.compile(r"[,;\n]")
_LEAST = 6  # letters and digits of a value that is looked for again: a shorter one is a word of its own elsewhere
_BEFORE = 24  # characters in front of what was taken out, by which the gate knows its place


def restriction(
    letter: Letter,
    tags: Tags,
    audience: Audience,
    known: Sequence[str],
    numbering: Numbering,
    echoes: Echoes,
    shared: str = "",
) -> Restriction:
    """How `audience` may see the parts of `letter`. `shared`: the address that its owner lets it see."""
    of_files = (tag for file in tags.files for tag in (*file.name, *(file.text or ())))
    identifying = pii.identifying((*_name_tags(letter), *tags.subject, *tags.text, *of_files))
    consented = (shared,) if shared else ()
    how = Restriction(audience, known, numbering, identifying, echoes, consented, letter.sender_name)
    for address in known:
        if address != shared.lower() and len(_compact(address)) >= _WHOLE:
            how.again[_compact(address)] = ("email", address)
    how.learn(letter.subject, tags.subject)
    how.learn(letter.text, tags.text)
    return how


def _name_tags(letter: Letter) -> list[pii.Tag]:
    name = letter.sender_name
    return [pii.Tag(0, len(name), "name", 1.0, "sender")] if name else []


def _no_text(files: int) -> str:
    """What stands in the place of a text, so that nobody takes a photo sent alone for a letter that got lost."""
    only = f", only {files} attachment{'s' * (files > 1)}" if files else ""
    return f"[The letter has no text{only}.]"


def is_under(address: str, domains: Collection[str]) -> bool:
    """Whether an address is of one of `domains` or of one below it."""
    labels = address.rpartition("@")[2].lower().split(".")
    return any(".".join(labels[i:]) in domains for i in range(len(labels)))


def restrict(letter: Letter, tags: Tags, how: Restriction) -> Restricted:
    """The letter as it may be seen."""
    town, name = letter.fields.get("town", ""), letter.sender_name
    subject = how.part(letter.subject, tags.subject)
    # Where names are shown, a telephone number in the field for the name is still one.
    shows_names = how.action("name") is Action.SHOWN
    given = tags.given or _given(letter)
    shown_name = how.part(name, given[0] if shows_names else _name_tags(letter))
    if shows_names and name:
        how.names.append(name)
    shown_town = how.part(town, given[1]) if town else ""
    text = how.part(letter.text, tags.text) if letter.text.strip() else _no_text(len(letter.attachments))
    return Restricted(
        subject, shown_name, shown_town, text, how.withheld, tuple(how.secrets), tuple(dict.fromkeys(how.names))
    )


@dataclass(frozen=True, slots=True, repr=False)
class View:
    """A letter on the desk. `attachments`: (number, kind of file, octets)."""

    subject: str
    text: str
    attachments: tuple[tuple[str, str, int], ...]
    why: tuple[str, ...]
    suggestions: tuple[tuple[str, float], ...]
    withheld: Mapping[str, int]
    shared: str = ""  # the writer's address, where they let the agency see it


def for_desk(store: Store, vault: Vault, rules: Rules, ref: str, by: str, mail_domain: str) -> View:
    """The ticket's letter, opened for `respond` by the user `by`. KeyError when there is none, `Tampered`,
    `Unreadable`."""
    with store.write() as conn:
        ticket = conn.execute(sa.select(tickets).where(tickets.c.ref == ref)).first()
        rows = fetch(conn, [ticket.letter]) if ticket else []
        if not ticket or not rows or rows[0].data_key is None:
            raise KeyError(ref)
        granted = grant(conn, [(ticket.letter, ref)], Purpose.RESPOND, by)[ticket.letter]
        sealed_tags = conn.scalar(sa.select(letters.c.tags).where(letters.c.id == ticket.letter))
    opened = open_letter(rows[0], vault, granted)
    letter = opened.read()
    tags = open_tags(sealed_tags, opened.key, ticket.letter) if sealed_tags else find_tags(letter)
    agency = ticket.agency or "general"
    audience = Audience("desk", rules.handling(agency), shown_domains(rules, mail_domain), ref)
    shared = letter.sender if agency in consent.of(ticket) else ""
    numbering = Numbering(opened.key.subkey("numbering"))
    with store.read() as conn:
        echoes = partial(echo.find, conn)
        how = restriction(letter, tags, audience, letter.addresses, numbering, echoes, shared)
        seen = restrict(letter, tags, how)
    why = json.loads(ticket.why or "{}")
    return View(
        subject=seen.subject,
        text=seen.whole,
        attachments=attached(letter),
        why=tuple(why.get("why", ())),
        suggestions=tuple((str(a), float(s)) for a, s in why.get("suggestions", ())),
        withheld=seen.withheld,
        shared=shared,
    )
