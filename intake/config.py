"""The settings: one frozen object, read once per process from the environment and `.env`, then passed down.

A value that cannot work stops the start with one line that names the variable, what is wrong and the cure.
"""

from __future__ import annotations

import re
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from intake.errors import Misconfigured

_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")


def _listen(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("is no host:port; write for instance 127.0.0.1:2525")
    return value


Listen = Annotated[str, AfterValidator(_listen)]
Network = IPv4Network | IPv6Network


class Config(BaseSettings):
    """Every setting with its default. `INTAKE_HOME` sets `home`, and so on."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_", env_file=".env", frozen=True, extra="ignore")

    home: Path = Field(Path("var"), description="data folder of an embedded installation")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite under INTAKE_HOME")
    door_database_url: str = Field("", description="URL of the same database for the two doors (`intake roles`)")
    redis_url: str = Field("", description="Celery broker and rate limits; empty: an embedded server")
    rules: Path = Field(Path("routing_rules.yaml"), description="the rules file")
    mail_domain: str = Field("intake.example", description="the domain of our mail and of every alias")
    smtp_listen: Listen = Field("127.0.0.1:2525", description="SMTP door (port 0 picks one)")
    web_listen: Listen = Field("127.0.0.1:8000", description="public web: contact form, privacy notice")
    desk_listen: Listen = Field("127.0.0.1:8001", description="staff desk")
    metrics_listen: str = Field("", description="metrics for Prometheus, e.g. 127.0.0.1:9464; empty: none")
    web_url: str = Field("", description="how citizens reach the public web; empty: http://INTAKE_WEB_LISTEN")
    desk_url: str = Field("", description="how staff reach the desk; with https its cookie is Secure")
    smarthost: str = Field("", description="host:port that takes outgoing mail; empty: a local Maildir")
    acknowledge: bool = Field(True, description="machine-written mail to citizens")
    rate_limits: bool = Field(True, description="limits per client, sender, address and alias")
    only_mail_to: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), description="test installations: the only domains or addresses that mail may go to"
    )
    dkim_key: Path | None = Field(None, description="PEM key (RSA or Ed25519) that signs our mail; empty: unsigned")
    dkim_selector: str = Field("intake", description="DKIM selector; `intake doctor` says what to publish in DNS")
    trusted_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="networks whose mail servers are believed about who sent a mail, e.g. 10.1.0.0/16"
    )
    authserv_id: str = Field("", description="authserv-id of the mail filter in front of us (RFC 8601); empty: none")
    dns: str = Field("", description="host:port of the DNS resolver; empty: the system's")
    clamd: str = Field("", description="ClamAV's clamd: host:port or the path of its socket; empty: no malware scan")
    tls_cert: Path | None = Field(None, description="PEM chain for STARTTLS at the SMTP door")
    tls_key: Path | None = Field(None, description="PEM key for STARTTLS at the SMTP door")
    max_octets: int = Field(
        25 * 1024 * 1024, ge=1024, le=256 * 1024 * 1024, description="the largest letter, in octets"
    )
    door_user: str = Field("", description="Unix user that `intake up`, started as root, gives the two doors")

    @field_validator("home", "rules", "tls_cert", "tls_key", "dkim_key", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @field_validator("mail_domain", mode="after")
    @classmethod
    def _domain(cls, value: str) -> str:
        value = value.lower().rstrip(".")
        if not _DOMAIN.match(value):
            raise ValueError("is no mail domain; write for instance intake.example.gov")
        return value

    @field_validator("dns", mode="after")
    @classmethod
    def _resolver(cls, value: str) -> str:
        try:
            if value:
                ip_address(host_port(_listen(value))[0])
        except ValueError:
            raise ValueError("is no IP address and port; write for instance 127.0.0.1:53") from None
        return value

    @field_validator("smarthost", "metrics_listen", mode="after")
    @classmethod
    def _address(cls, value: str) -> str:
        return _listen(value) if value else ""

    @field_validator("only_mail_to", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(v.strip().lower().lstrip("@") for v in value.split(",") if v.strip())
        return value

    @field_validator("trusted_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return tuple(ip_network(v.strip()) for v in value.split(",") if v.strip())
        except ValueError:
            raise ValueError("is no list of networks; write for instance 10.1.0.0/16, 192.0.2.7") from None

    @field_validator("clamd", mode="after")
    @classmethod
    def _clamd(cls, value: str) -> str:
        return _listen(value) if value and not value.startswith("/") else value

    @field_validator("redis_url", mode="after")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and not re.match(r"(rediss?|redis\+socket|unix)://", value):
            raise ValueError("is no Redis URL; write for instance redis://127.0.0.1:6379/0")
        return value

    @cached_property
    def database(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.database_url or f"sqlite:///{self.home}/store/intake.db"

    @cached_property
    def socket(self) -> Path:
        """Unix socket of the embedded Redis. A socket's path ends at 107 octets (unix(7)), so a long home is hashed."""
        path = self.home / "redis" / "redis.sock"
        if len(str(path).encode()) <= 100:
            return path
        import hashlib
        import tempfile

        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"intake-{name}" / "redis.sock"

    @cached_property
    def broker(self) -> str:
        """URL of the Celery broker."""
        return self.redis_url.replace("unix://", "redis+socket://", 1) or f"redis+socket://{self.socket}"

    @property
    def public_url(self) -> str:
        """Base URL of the public web, without a slash at its end; never taken from a request's Host header."""
        return (self.web_url or f"http://{self.web_listen}").rstrip("/")


def read_config() -> Config:
    """The settings of this process; `Misconfigured` with one line for the first value that cannot work."""
    try:
        config = Config()  # type: ignore[call-arg]
    except PermissionError:
        raise Misconfigured(".env: this user may not read it; give its group the right") from None
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        name = "INTAKE_" + "_".join(str(p) for p in first["loc"]).upper()
        words = "is neither on nor off; write on or off" if first["type"].startswith("bool") else first["msg"]
        raise Misconfigured(f"{name}: {words.removeprefix('Value error, ')}") from None
    if bool(config.tls_cert) != bool(config.tls_key):
        raise Misconfigured("INTAKE_TLS_CERT and INTAKE_TLS_KEY belong together: set both or neither")
    return config


def host_port(listen: str) -> tuple[str, int]:
    """("127.0.0.1", 2525) of "127.0.0.1:2525"; brackets of an IPv6 host are taken off."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
