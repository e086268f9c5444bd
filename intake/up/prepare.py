"""What a start needs and a first start lacks: folders, keys, schema, the published rules."""

from __future__ import annotations

import os

import sqlalchemy as sa

from intake import migrations, vault
from intake.config import Config
from intake.errors import Deferred, Misconfigured
from intake.heartbeat import HOST
from intake.privilege import find
from intake.routing.published import Published
from intake.store import DAY, Store, heartbeats, now
from intake.up.child import Say


def prepare(config: Config, say: Say) -> None:
    """Make what is missing. `Misconfigured` when it cannot be had."""
    if config.door_user:
        find(config.door_user)
    _folders(config)
    if vault.create_keys(config.home):
        say(f"made the keys in {config.home / 'keys'}: back them up, apart from the database")
    vault.load_vault(config.home)
    store = Store(config.database)
    try:
        migrations.upgrade(store)
        _forget(store)
    except Deferred as fault:
        why = "the database cannot be reached, or its schema is older and this user may not change it"
        raise Misconfigured(f"{why}: check INTAKE_DATABASE_URL, or run `intake migrate` as the owner") from fault
    publish_rules(store, config, say)
    store.close()
    if config.door_user:
        _hand_over(config)


def publish_rules(store: Store, config: Config, say: Say) -> None:
    """Publish the rules file; a bad one is told, and stops the start only when there is no good one yet."""
    published = Published(store, config)
    faults = published.publish_file()
    published.refresh()
    try:
        version = published.current.version
    except Misconfigured:
        raise Misconfigured("\n".join(faults)) from None
    for fault in faults:
        say(fault)
    if faults:
        say(f"the rules file is refused; version {version} stays in force")


def _forget(store: Store) -> None:
    """Forget the signs of life of this machine, whose processes are about to start, and of machines that are gone."""
    gone = sa.and_(heartbeats.c.host != "", heartbeats.c.at < now() - DAY)
    with store.write() as conn:
        conn.execute(sa.delete(heartbeats).where(sa.or_(heartbeats.c.host == HOST, gone)))


def _folders(config: Config) -> None:
    config.home.mkdir(parents=True, exist_ok=True)
    config.home.chmod(0o711 if config.door_user else 0o700)
    for name in ("logs", "redis", "mail", "store", "web"):
        (config.home / name).mkdir(exist_ok=True, mode=0o700)
    config.socket.parent.mkdir(exist_ok=True, mode=0o700)
    if config.socket.parent.stat().st_uid != os.getuid():
        raise Misconfigured(f"{config.socket.parent}: belongs to somebody else; remove it or move INTAKE_HOME")


def _hand_over(config: Config) -> None:
    """Give the group of the doors' user what the doors need: the database, their own keys, the way to Redis."""
    group = find(config.door_user).pw_gid
    try:
        for folder in (config.home / "store", config.home / "web", config.socket.parent):
            os.chown(folder, -1, group)
            folder.chmod(0o2770)
        for file in (config.home / "store").iterdir():
            if os.geteuid() in (0, file.stat().st_uid):  # what a door made is the group's already
                os.chown(file, -1, group)
                file.chmod(0o660)
    except PermissionError:
        cure = "start as root, or as a member of its group"
        raise Misconfigured(f"INTAKE_DOOR_USER: the store cannot be shared with {config.door_user}; {cure}") from None
