"""Schema migrations (Alembic): `upgrade` brings a database to the schema this program was written for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory

from intake.store import Store


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


@cache
def head() -> str:
    """The revision this program was written for."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def upgrade(store: Store) -> None:
    """Bring the schema up to date, in one transaction."""
    config = _config()
    with store.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def known() -> frozenset[str]:
    """Every revision that `upgrade` can start from."""
    return frozenset(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())
