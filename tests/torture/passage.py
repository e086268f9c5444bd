"""Hostile mail on the real road: an installation of its own, everything it sends, and what became of each letter."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from intake import migrations, vault
from intake.config import Config
from intake.routing.published import Published, parsed, publish
from intake.store import Store
from tests.road import Mailbox, Road, alias_of, mail
from tests.torture import decode
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
    return str(message.get_body().get_content())  # type: ignore[union-attr]


@contextmanager
def installation() -> Iterator[Road]:
    """A road with its mail server; SQLite, no queue, no acknowledgements."""
    folder = Path(tempfile.mkdtemp(prefix="intake-torture-"))
    mailbox = Mailbox()
    rules = Path(shutil.copy(_ROOT / "routing_rules.yaml", folder / "rules.yaml"))
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
        ids = [road.mail(case.writer, "dmv@intake.example", case.raw)[0] for case in batch]
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
        for number, _ in enumerate(batch):
            road.mail(f"rosa{number}@post.example", "dmv@intake.example", mail(sender=f"rosa{number}@post.example"))
        road.work()
        aliases = [alias_of(message) for _, _, message in box.got[before:]]
        before = len(box.got)
        ids = [
            road.mail(case.writer, alias, case.raw.replace(b"{to}", alias.encode()))[0]
            for case, alias in zip(batch, aliases, strict=True)
        ]
        road.work()
        new = list(zip(box.got[before:], box.raw[before:], strict=True))
        for case, ident in zip(batch, ids, strict=True):
            ticket = road.letter(ident).ticket
            left = [raw for (_, _, message), raw in new if f"[{ticket}]" in str(message["Subject"])]
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
