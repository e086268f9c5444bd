"""What a worker process has on its bench: settings, store, vault, rules, courier, queue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from intake.claim import me
from intake.config import Config, host_port
from intake.courier import Courier
from intake.idn import one_form
from intake.malware import Scanner
from intake.queue import Queue
from intake.routing.published import Published
from intake.routing.rules import Rules
from intake.sender import Trust
from intake.store import Store
from intake.vault import Vault, load_vault


def trust(config: Config) -> Trust:
    """Whom this installation believes about who sent a mail."""
    resolver = host_port(config.dns) if config.dns else None
    return Trust(networks=config.trusted_networks, authserv_id=config.authserv_id, resolver=resolver)


@dataclass(frozen=True, slots=True)
class Bench:
    """One per process; `me` is the name under which it claims letters."""

    config: Config
    store: Store
    vault: Vault
    published: Published
    courier: Courier
    queue: Queue
    me: str
    trust: Trust
    scanner: Scanner

    @classmethod
    def open(cls, config: Config) -> Bench:
        """Everything for this process. `Misconfigured` when a key or the schema is missing."""
        store = Store(config.database)
        store.check()
        published = Published(store, config)
        published.refresh()
        tools = (Courier(config), Queue(config), me(), trust(config), Scanner(config.clamd))
        return cls(config, store, load_vault(config.home), published, *tools)

    @property
    def anchor(self) -> Path:
        """Where this machine remembers the head of the audit chain, outside the database."""
        return self.config.home / "audit.anchor"

    def rules(self) -> Rules:
        """The rules in force now: a file that was just changed counts, and what another machine published."""
        self.published.follow_file()
        return self.published.current

    def address_digest(self, address: str) -> str:
        """The keyed digest an address is known by in the outbox, however it is spelt."""
        return self.vault.digest("address", one_form(address).encode())

    def close(self) -> None:
        """Give everything back."""
        self.courier.close()
        self.queue.close()
        self.store.close()
