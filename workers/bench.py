"""What a worker process has on its bench: settings, store, vault, rules, courier, queue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from intake.claim import me
from intake.config import Config
from intake.courier import Courier
from intake.queue import Queue
from intake.routing.published import Published
from intake.store import Store
from intake.vault import Vault, load_vault


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

    @classmethod
    def open(cls, config: Config) -> Bench:
        """Everything for this process. `Misconfigured` when a key or the schema is missing."""
        store = Store(config.database)
        store.check()
        published = Published(store, config)
        published.refresh()
        return cls(config, store, load_vault(config.home), published, Courier(config), Queue(config), me())

    @property
    def anchor(self) -> Path:
        """Where this machine remembers the head of the audit chain, outside the database."""
        return self.config.home / "audit.anchor"

    def address_digest(self, address: str) -> str:
        """The keyed digest an address is known by in the outbox."""
        return self.vault.digest("address", address.strip().lower().encode())

    def close(self) -> None:
        """Give everything back."""
        self.courier.close()
        self.queue.close()
        self.store.close()
