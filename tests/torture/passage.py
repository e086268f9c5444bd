"""Hostile mail on the real road: an installation of its own, everything it sends, and what became of each letter."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path

from intake import migrations, vault
from intake.config import Config
from intake.routing.published import Published, parsed, publish
from intake.store import Store
from tests.road import Mailbox, Road, alias_of, mail
from tests.torture import anew, decode, token
from tests.torture.case import Case

BATCH = 20
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of a case: the state of its letter and why, the octets that left, where they told the address."""

    case: Case
    state: str
    because: str
    left: tuple[bytes, ...]
    leaks: tuple[str, ...]

    @property
    def text(self) -> str:
        """The text of what left, its blanks made one."""
        return " ".join(" ".join(_text(raw) for raw in self.left).split())

    @property
    def honest(self) -> bool:
        """Whether the honest sentences are still there."""
        return all(" ".join(sentence.split()) in self.text for sentence in self.case.honest)


def _text(raw: bytes) -> str:
    message = message_from_bytes(raw, policy=policy.default)
    files = "".join(map(_words, message.iter_attachments()))
    return f"{message.get_body().get_content()}\n{files}"  # type: ignore[union-attr]


def _words(file: Message) -> str:
    """What a reader finds in a file of those that are written anew."""
    octets = file.get_payload(decode=True)
    assert isinstance(octets, bytes)
    match file.get_filename("").rpartition(".")[2]:
        case "pdf":
            return decode.pages(octets)
        case "docx":
            with zipfile.ZipFile(io.BytesIO(octets)) as package:
                return re.sub(r"<[^>]*>", "", package.read("word/document.xml").decode().replace("</w:p>", "\n"))
        case "txt" | "csv":
            return octets.decode("utf-8-sig")
    return ""


@contextmanager
def installation() -> Iterator[Road]:
    """A road with its mail server; SQLite, no queue, no acknowledgements."""
    folder = Path(tempfile.mkdtemp(prefix="intake-torture-"))
    mailbox = Mailbox()
    rules, box = folder / "rules.yaml", f"    mailbox: {anew.AGENCY}@agencies.example\n"
    rules.write_text((_ROOT / "routing_rules.yaml").read_text().replace(box, f"{box}    attachments: clean\n"))
    (folder / "home").mkdir()
    vault.create_keys(folder / "home")
    config = Config(
        home=folder / "home",
        database_url=f"sqlite:///{folder}/intake.db",
        rules=rules,
        smarthost=mailbox.start(),
        acknowledge=False,
        rate_limits=False,
        _env_file=None,
    )  # type: ignore[call-arg]
    store = Store(config.database)
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, parsed(rules.read_bytes(), config.mail_domain), "operator", rules)
    published = Published(store, config)
    published.refresh()
    road = Road(config, store, published)
    road.mailbox = mailbox  # type: ignore[attr-defined]
    try:
        yield road
    finally:
        road.bench.courier.close()
        store.close()
        mailbox.stop()
        shutil.rmtree(folder, ignore_errors=True)


def towards_agencies(road: Road, cases: Sequence[Case]) -> list[Passed]:
    """Every case as a letter to an agency."""
    passed: list[Passed] = []
    for batch in _batches(cases):
        box: Mailbox = road.mailbox  # type: ignore[attr-defined]
        before = len(box.got)
        ids = [road.mail(case.writer, f"{case.agency}@intake.example", case.raw)[0] for case in batch]
        road.work()
        new = list(zip(box.got[before:], box.raw[before:], strict=True))
        for case, ident in zip(batch, ids, strict=True):
            left = [raw for (_, rcpts, message), raw in new if f"[{ident}]" in str(message["Subject"])]
            passed.append(_passed(road, case, ident, left))
    return passed


def towards_citizens(road: Road, cases: Sequence[Case]) -> list[Passed]:
    """Every case as an agency's answer on a ticket of its own."""
    passed: list[Passed] = []
    box: Mailbox = road.mailbox  # type: ignore[attr-defined]
    for batch in _batches(cases):
        before = len(box.got)
        for number, case in enumerate(batch):
            rosa = f"rosa{number}@post.example"
            road.mail(rosa, f"{case.agency}@intake.example", mail(sender=rosa))
        road.work()
        asked = box.got[before:]
        aliases = {agency: [alias_of(m) for _, to, m in asked if agency in to] for _, (agency,), _ in asked}
        before = len(box.got)
        ids = []
        for case in batch:
            alias = aliases[case.writer].pop()
            ids += road.mail(case.writer, alias, case.raw.replace(b"{to}", alias.encode()))
        road.work()
        new = list(zip(box.got[before:], box.raw[before:], strict=True))
        for case, ident in zip(batch, ids, strict=True):
            ticket = road.letter(ident).ticket
            left = [raw for (_, _, message), raw in new if f"[{ticket}]" in str(message["Subject"])]
            passed.append(_passed(road, case, ident, left))
    return passed


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation under way: the alias that each side writes to, and a link that only the citizen got."""

    citizen: str
    agency: str
    of_citizen: str
    of_agency: str
    link: str


def quoted_back(road: Road) -> list[Passed]:
    """Both sides quote what we sent them, in each way: towards the agency, in a letter of its own too, and back."""
    ways = len(list(token.quoting("", "")))
    talks = [_talk(road, f"vera{number}@post.example") for number in range(ways)]
    passed: list[Passed] = []
    for what, writer, to, secret, reader in (
        ("addition, link", "citizen", "of_agency", "link", "agency"),
        ("addition, alias", "citizen", "of_agency", "of_agency", "agency"),
        ("letter, link", "citizen", "", "link", "agency"),
        ("letter, alias", "citizen", "", "of_agency", "agency"),
        ("answer, alias", "agency", "of_citizen", "of_citizen", "citizen"),
    ):
        cases = [token.case(what, n, getattr(talk, writer), getattr(talk, secret)) for n, talk in enumerate(talks)]
        targets = [getattr(talk, to) if to else f"{anew.AGENCY}@intake.example" for talk in talks]
        passed += _to_readers(road, cases, targets, [getattr(talk, reader) for talk in talks])
    return passed


def _talk(road: Road, citizen: str) -> Talk:
    """One question and one answer."""
    agency, box = f"{anew.AGENCY}@agencies.example", road.mailbox  # type: ignore[attr-defined]
    road.mail(citizen, f"{anew.AGENCY}@intake.example", mail(sender=citizen))
    road.work()
    of_citizen = alias_of(box.to(agency)[-1])
    road.mail(agency, of_citizen, mail("Yes.", sender=agency))
    road.work()
    (answer,) = box.to(citizen)
    (link,) = re.findall(r"http\S+/choices/[0-9a-z]{20}", answer.get_content())
    return Talk(citizen, agency, of_citizen, alias_of(answer), link)


def _to_readers(road: Road, cases: Sequence[Case], targets: Sequence[str], readers: Sequence[str]) -> list[Passed]:
    """Every case to its target; what its reader got is what left."""
    box: Mailbox = road.mailbox  # type: ignore[attr-defined]
    before = len(box.got)
    ids = [road.mail(case.writer, to, case.raw)[0] for case, to in zip(cases, targets, strict=True)]
    road.work()
    new = list(zip(box.got[before:], box.raw[before:], strict=True))
    passed = []
    for case, ident, reader in zip(cases, ids, readers, strict=True):
        ticket = road.letter(ident).ticket
        left = [raw for (_, to, message), raw in new if reader in to and f"[{ticket}]" in str(message["Subject"])]
        passed.append(_passed(road, case, ident, left))
    return passed


def _batches(cases: Sequence[Case]) -> Iterable[Sequence[Case]]:
    return (cases[at : at + BATCH] for at in range(0, len(cases), BATCH))


def _passed(road: Road, case: Case, ident: str, left: list[bytes]) -> Passed:
    letter = road.letter(ident)
    because = letter.held_because or ""
    if not left and letter.ticket:
        because = because or str(road.ticket(letter.ticket).get("held_because") or "")
    leaks = tuple(place for raw in left for place in decode.leaks(raw, case.hidden))
    return Passed(case, letter.state, because, tuple(left), leaks)
