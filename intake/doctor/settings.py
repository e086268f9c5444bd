"""Settings: keys, rules, certificate, and values that start but can hardly be meant."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509

from intake import figures, roles, vault
from intake.config import Config, host_port
from intake.doctor.finding import Finding, note
from intake.doctor.store import reading
from intake.errors import Misconfigured
from intake.routing import check
from intake.store import Store

EXPIRES_SOON = 14  # days; whoever renews certificates does it a month before


def keys(config: Config) -> Iterator[Finding]:
    """The keys are there, whole, ours alone, and all that open letters need."""
    try:
        vault.load_vault(config.home)
    except Misconfigured as fault:
        yield Finding.of("keys", fault)
    there = {path.stem for path in (config.home / "keys").glob("*.key")}
    with reading(config) as conn:
        missing = figures.keys_needed(conn) - there
    for kid in sorted(missing):
        yield Finding("keys", f"letters wait that only the private key {kid} opens", "restore it from the backup")


def rules(config: Config) -> Iterator[Finding]:
    """The rules file could be published."""
    for line in check(config.rules, config.mail_domain):
        yield Finding("rules", line, "put it right; the last good version stays in force")


def certificate(config: Config) -> Iterator[Finding]:
    """The certificate of the SMTP door is good for a while."""
    if not config.tls_cert:
        return
    cure = "renew it, and restart the SMTP door"
    try:
        ends = x509.load_pem_x509_certificates(config.tls_cert.read_bytes())[0].not_valid_after_utc
    except (OSError, ValueError) as fault:
        yield Finding("certificate", f"INTAKE_TLS_CERT cannot be read ({type(fault).__name__})", "put it back")
        return
    days = (ends - datetime.now(UTC)).days
    if days < 0:
        yield Finding("certificate", f"the SMTP door's certificate has expired on {ends:%Y-%m-%d}", cure)
    elif days < EXPIRES_SOON:
        yield Finding("certificate", f"the SMTP door's certificate expires in {days} days", cure)


def advice(config: Config) -> Iterator[Finding]:
    """What works on a laptop, and is not meant for an office."""
    if not config.door_user:
        me = pwd.getpwuid(os.getuid()).pw_name
        yield note("settings", f"the doors run as {me}, who owns the private keys", "set INTAKE_DOOR_USER")
    if _everywhere(config.metrics_listen):
        yield note("settings", "the metrics are on every address of this machine", "name one in INTAKE_METRICS_LISTEN")
    if _everywhere(config.desk_listen):
        yield note("settings", "the desk is on every address of this machine", "name one in INTAKE_DESK_LISTEN")
    if _is_public(config.smtp_listen):
        yield from _public_mail(config)
    if _is_public(config.web_listen) or _is_public(config.smtp_listen):
        yield from _public_web(config)


def door_role(config: Config) -> Iterator[Finding]:
    """What the doors' account of PostgreSQL may do beyond what a door must."""
    store = Store(config.door_database_url or config.database)
    try:
        with store.read() as conn:
            excess = roles.excess(conn)
    finally:
        store.close()
    if excess:
        what = f"the doors' database role may do more than a door must ({excess[0]}; {len(excess)} in all)"
        yield note("roles", what, "give them one of their own: `intake roles`, INTAKE_DOOR_DATABASE_URL")


def _public_mail(config: Config) -> Iterator[Finding]:
    if config.mail_domain == "intake.example":
        yield note("settings", "mail is taken for intake.example, which nobody has", "set INTAKE_MAIL_DOMAIN")
    if not config.smarthost:
        yield note("settings", "outgoing mail stays in INTAKE_HOME/mail", "set INTAKE_SMARTHOST")
    if not config.tls_cert:
        yield note("settings", "mail comes in unencrypted", "set INTAKE_TLS_CERT and INTAKE_TLS_KEY")
    if config.only_mail_to:
        yield note("settings", "mail goes to a few receivers only, as in a test", "unset INTAKE_ONLY_MAIL_TO")


def _public_web(config: Config) -> Iterator[Finding]:
    if not config.public_url.startswith("https://"):
        yield note("settings", f"links in our mail are {config.public_url}/…", "set INTAKE_WEB_URL to an https address")
    if not config.rate_limits:
        yield note("settings", "nothing limits what one client sends", "set INTAKE_RATE_LIMITS=on, or limit in front")


def _is_public(listen: str) -> bool:
    """Whether others than this machine reach it; a name counts as theirs unless it is localhost."""
    host = host_port(listen)[0]
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _everywhere(listen: str) -> bool:
    return bool(listen) and host_port(listen)[0] in ("0.0.0.0", "::", "*")  # noqa: S104 - looked for, not bound
