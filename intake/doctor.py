"""`intake doctor`: what is wrong with this installation, one line a finding, each with its cure."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Callable, Iterator

import redis
import sqlalchemy as sa

from intake import audit, ticket, vault
from intake.config import Config, host_port
from intake.errors import Deferred, Misconfigured
from intake.malware import Scanner
from intake.routing import check
from intake.sender.zone import NoAnswer, Zone
from intake.signer import Signer
from intake.store import DAY, Store, heartbeats, letters, now, outbox

Finding = Iterator[str]
LATE = 60_000  # ms
SECONDS = 4.0  # for DNS
ROOM = 1 << 30  # octets


def findings(config: Config) -> list[str]:
    """Every finding; an empty list means that all is well."""
    checks: tuple[Callable[[Config], Finding], ...] = (_keys, _rules, _room, _queue, _doors, _signing, _scanner, _store)
    return [line for check_ in checks for line in check_(config)]


def _keys(config: Config) -> Finding:
    try:
        vault.load_vault(config.home)
    except Misconfigured as fault:
        yield str(fault)


def _rules(config: Config) -> Finding:
    yield from check(config.rules, config.mail_domain)


def _room(config: Config) -> Finding:
    if config.home.exists() and shutil.disk_usage(config.home).free < ROOM:
        yield f"{config.home}: less than 1 GiB is free; letters are refused (452) when the disk is full: make room"


def _queue(config: Config) -> Finding:
    client = redis.Redis.from_url(config.broker.replace("redis+socket://", "unix://"), socket_timeout=2)
    try:
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
    except redis.RedisError:
        yield "Redis does not answer; letters are still taken in and wait: start it, or check INTAKE_REDIS_URL"
        return
    if policy not in ("noeviction", b"noeviction"):
        yield "Redis may throw the queue away when memory is short: set maxmemory-policy to noeviction"


def _doors(config: Config) -> Finding:
    if not config.door_user:
        me = pwd.getpwuid(os.getuid()).pw_name
        yield f"note: the doors run as {me}, who owns the private keys: give them another user (INTAKE_DOOR_USER)"


def _signing(config: Config) -> Finding:
    try:
        signer = Signer(config.dkim_key, config.dkim_selector, config.mail_domain)
    except Misconfigured as fault:
        yield f"INTAKE_DKIM_KEY: {fault}"
        return
    if config.dkim_key is None:
        if config.smarthost:
            yield "note: our mail is not signed here: set INTAKE_DKIM_KEY, unless the smarthost signs it"
        return
    name, value = signer.record()
    try:
        zone = Zone(host_port(config.dns) if config.dns else None, SECONDS)
        published = [b"".join(text.split()) for text in zone.texts(name)]
    except NoAnswer:
        yield "DNS does not answer: who sent a mail cannot be told, and answers of agencies are held; check INTAKE_DNS"
        return
    if "".join(value.split()).encode() not in published:
        yield f'our signature is not in DNS, so nobody believes it: publish {name} TXT "{value}"'


def _scanner(config: Config) -> Finding:
    if not config.clamd:
        yield "note: files are not checked for malware: run ClamAV's clamd and set INTAKE_CLAMD"
    elif not Scanner(config.clamd).ping():
        yield "clamd does not answer, so files are not checked for malware: start it, or check INTAKE_CLAMD"


def _store(config: Config) -> Finding:
    store = Store(config.database)
    try:
        store.check()
        with store.read() as conn:
            yield from _signs(conn)
            yield from _waiting(conn)
            yield from _mailboxes(conn)
            sums = ticket.sums(conn)
        if sums["difference"]:
            yield f"{sums['difference']} accepted letters are in no state: restore the database from the backup"
        key = vault.load_vault(config.home).subkey("audit")
        verdict = audit.verify(store, key, config.home / "audit.anchor")
        if verdict.fault:
            yield f"the audit chain is broken: {verdict.fault}; compare with the backup"
    except Deferred:
        yield "the database does not answer: check INTAKE_DATABASE_URL and the disk"
    except Misconfigured as fault:
        yield str(fault)
    finally:
        store.close()


def _mailboxes(conn: sa.Connection) -> Finding:
    """Agencies whose mailbox refused something in the last day and has taken nothing since."""
    of_agency = sa.select(
        outbox.c.agency,
        sa.func.max(sa.case((outbox.c.state == "bounced", outbox.c.created))).label("refused"),
        sa.func.max(sa.case((outbox.c.state == "sent", outbox.c.sent))).label("taken"),
    ).where(outbox.c.side == "agency", outbox.c.created > now() - DAY)
    for row in conn.execute(of_agency.group_by(outbox.c.agency)):
        if row.refused and row.refused >= (row.taken or 0):
            yield f"the mailbox of {row.agency} refuses mail: ask the agency, or change `mailbox` in the rules file"


def _signs(conn: sa.Connection) -> Finding:
    seen = {row.name: row.at for row in conn.execute(sa.select(heartbeats.c.name, heartbeats.c.at))}
    for name in ("smtp", "web", "worker"):
        if now() - seen.get(name, 0) > LATE:
            yield f"{name} gives no sign of life: start `intake up`, or look into logs/{name}.log"


def _waiting(conn: sa.Connection) -> Finding:
    oldest = conn.scalar(sa.select(sa.func.min(letters.c.received)).where(letters.c.state == "waiting"))
    if oldest and now() - oldest > LATE:
        yield f"a letter has waited for {(now() - oldest) // 60_000} minutes: are the workers running?"
    unsent = conn.scalar(sa.select(sa.func.count()).where(outbox.c.state == "queued", outbox.c.created < now() - LATE))
    if unsent:
        yield f"{unsent} messages could not be delivered yet: is the smarthost (INTAKE_SMARTHOST) reachable?"
    held = conn.scalar(sa.select(sa.func.count()).where(letters.c.state == "held")) or 0
    held += conn.scalar(sa.select(sa.func.count()).where(outbox.c.state == "held")) or 0
    if held:
        yield f"{held} letters are held and wait for a person: see the desk"
