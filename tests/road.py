"""A whole installation in one process, without a queue: doors commit, and the test calls the workers itself.

Everything is real but the clock of Celery: store, vault, rules, letters, outbox; the mail server that takes what goes
out is a real SMTP server of the test's own.
"""

from __future__ import annotations

import asyncio
import email
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

import sqlalchemy as sa
from aiosmtpd.smtp import SMTP

from intake import audit, link, ticket
from intake.config import Config
from intake.courier import Courier
from intake.door import Door, Target
from intake.letter import Envelope
from intake.malware import Scanner
from intake.queue import Queue
from intake.recipient import Recipients
from intake.routing.published import Published
from intake.smtp import is_token
from intake.store import Store, letters, outbox
from intake.vault import load_vault
from workers import deliver, process, relay
from workers.bench import Bench, trust
from workers.message import claimed


@dataclass
class Mailbox:
    """A real SMTP server that keeps what it is given; `replies` are codes it answers DATA with before it is kind."""

    got: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    address: str = ""

    async def handle_DATA(self, _server, _session, envelope):  # type: ignore[no-untyped-def]
        if self.replies:
            return self.replies.pop(0)
        self.raw.append(envelope.content)
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        self.got.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 OK"

    def start(self) -> str:
        """host:port it listens on."""
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        host, port = server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True, loop=self._loop), host="127.0.0.1", port=0
        )

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def to(self, address: str) -> list[EmailMessage]:
        """What `address` got, oldest first."""
        return [message for _, rcpts, message in self.got if address in rcpts]


class Road:
    """Accepts letters as the doors do and lets the workers work."""

    def __init__(self, config: Config, store: Store, published: Published) -> None:
        self.config, self.store, self.published = config, store, published
        self.vault = load_vault(config.home)
        self.queue = Queue(config)
        self.door = Door(store, self.vault, self.queue)
        tools = (Courier(config), self.queue, "test:1:1", trust(config), Scanner(config.clamd))
        self.bench = Bench(config, store, self.vault, published, *tools)
        self.recipients = Recipients(
            config.mail_domain, lambda: published.current.agencies, lambda k, d: is_token(store, k, d)
        )

    def mail(self, sender: str, to: str | list[str], raw: bytes, client: str = "127.0.0.1") -> list[str]:
        """Take a mail in; the ids of the letters it became."""
        addresses = [to] if isinstance(to, str) else to
        targets = [self.recipients.resolve(a) for a in addresses]
        assert all(targets), "a recipient is not ours"
        envelope = Envelope(
            "email", mail_from=sender, recipients=tuple(addresses), client=client, helo="client.example"
        )
        accepted = self.door.seal(envelope, raw, [t for t in targets if t])
        self.door.commit([accepted])
        return accepted.ids

    def form(self, files: tuple[tuple[str, str, bytes], ...] = (), **fields: str) -> str:
        """Take a form in; its reference."""
        kinds = tuple((name, kind, len(data)) for name, kind, data in files)
        envelope = Envelope("form", recipients=("contact",), fields=fields, files=kinds)
        content = b"".join(data for _, _, data in files)
        accepted = self.door.seal(envelope, content, [Target("new", "contact")])
        self.door.commit([accepted])
        return accepted.ids[0]

    def wish(self, message: EmailMessage, wish: str) -> str:
        """Press a button on the page that the link in `message` leads to; the id of the letter it became."""
        found = re.search(r"/choices/([0-9a-z]{20})", body(message))
        assert found, "no link in it"
        with self.store.read() as conn:
            digest = link.find(conn, found[1])
        assert digest, "the link is no longer good"
        accepted = self.door.seal(Envelope("form", fields={"wish": wish}), b"", [Target("wish", digest)])
        self.door.commit([accepted])
        return accepted.ids[0]

    def work(self) -> None:
        """Everything that waits, once, with delivery."""
        for kind, step in (
            ("new", process.process),
            ("reply", relay.relay),
            ("bounce", relay.relay),
            ("wish", relay.relay),
        ):
            with self.store.read() as conn:
                query = sa.select(letters.c.id, letters.c.attempts).where(
                    letters.c.state == "waiting", letters.c.kind == kind
                )
                found = list(conn.execute(query.order_by(letters.c.received)))
            fresh = [row.id for row in found if not row.attempts]
            for ids in ([fresh] if fresh else []) + [[row.id] for row in found if row.attempts]:  # suspects go alone
                deliver.deliver(self.bench, step(self.bench, ids))

    def do(self, task: str, ids: Sequence[str]) -> None:
        """What a worker does when the queue hands `ids` to it."""
        steps = {"process": process.process, "relay": relay.relay}
        deliver.deliver(self.bench, steps.get(task, claimed)(self.bench, ids))

    def redeliver(self) -> None:
        """Everything queued in the outbox, whatever its pause."""
        with self.store.write() as conn:
            conn.execute(sa.update(outbox).where(outbox.c.state == "queued").values(claimed_by="", due=0))
        with self.store.read() as conn:
            ids = list(conn.execute(sa.select(outbox.c.id).where(outbox.c.state == "queued")).scalars())
        for some in (ids, *([one] for one in ids)):  # suspects are taken alone
            deliver.deliver(self.bench, claimed(self.bench, some))

    def ticket(self, ref: str) -> dict:  # type: ignore[type-arg]
        with self.store.read() as conn:
            found = ticket.show(conn, ref)
        assert found, "no such ticket"
        return found

    def tickets(self) -> list[dict]:  # type: ignore[type-arg]
        with self.store.read() as conn:
            return ticket.find(conn)

    def letter(self, ident: str) -> sa.Row:  # type: ignore[type-arg]
        with self.store.read() as conn:
            return conn.execute(sa.select(letters).where(letters.c.id == ident)).one()

    def sums(self) -> dict[str, int]:
        with self.store.read() as conn:
            return ticket.sums(conn)

    def seal(self) -> audit.Verdict:
        """Chain the events and verify them."""
        key = self.vault.subkey("audit")
        audit.seal(self.store, key, self.bench.anchor)
        return audit.verify(self.store, key, self.bench.anchor)


def hold_first(road: Road, *words: str) -> None:
    """Have a rule hold letters with these words for a person, before all others."""
    rule = f"rules:\n  - {{rule: first, when: {{letter has: [{', '.join(words)}]}}, agency: dmhas, hold: Read this.}}\n"
    file = road.config.rules
    file.write_text(file.read_text().replace("\nrules:\n", f"\n{rule}", 1))


def mail(
    text: str = "I need my driver's license renewed.",
    *,
    sender: str = "Maria Lopez <maria.lopez@post.example>",
    to: str = "contact@intake.example",
    subject: str = "A question",
    message_id: str = "",
    **headers: str,
) -> bytes:
    """The octets of a plain mail; further headers by name, with _ for -."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def alias_of(message: EmailMessage) -> str:
    """The alias a message came from; it must be From and Reply-To."""
    address = message["From"].addresses[0].addr_spec
    assert message["Reply-To"].addresses[0].addr_spec == address
    assert re.fullmatch(r"reply\+[0-9a-z]{20}@intake\.example", address)
    return str(address)


def body(message: EmailMessage) -> str:
    """Its text."""
    return str(message.get_content())
