"""systemd units that run what the Procfile names, each process under the user that it needs (systemd.exec(5)).

They are written from the Procfile and the settings, so that both say the same. systemd holds the listening sockets,
hears the signs of life and starts again what dies, by the same two protocols as `intake up`; Redis and PostgreSQL are
the machine's own. docs/decisions/0020 says what the two have in common.
"""

from __future__ import annotations

import sys
from pathlib import Path
from stat import S_IXOTH

from sqlalchemy import make_url

from intake.config import Config
from intake.errors import Misconfigured
from intake.listener import BACKLOG
from intake.up.child import DOORS, listens, procfile
from intake.up.supervisor import SILENCE

USER, DOOR_USER = "intake", "intake-door"
TARGET, PREPARE = "intake.target", "intake-prepare.service"

_Lines = list[str]

# What no process of ours needs.
_HARDENING = (
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectProc=invisible",
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "PrivateDevices=yes",
    "PrivateTmp=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "LockPersonality=yes",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
    "LimitCORE=0",  # a core dump holds letters
)

_MEMORY = {  # more is a fault; what is killed for it is started again, and loses nothing
    "smtp": "2G",  # 256 MB of letters on the wire, three times that at their peak
    "web": "1G",
    "desk": "2G",
    "worker": "4G",  # two letters, each with documents in cells of 600 MB
    "clock": "512M",
}
_STOP_SECONDS = {"smtp": 40, "web": 40, "desk": 40, "worker": 60}  # doors let letters on the wire come to their end


def export(config: Config, folder: Path) -> list[Path]:
    """Write the units into `folder`; their paths. `Misconfigured` when systemd could not run this installation."""
    if not config.redis_url:
        raise Misconfigured("INTAKE_REDIS_URL: with systemd Redis is the machine's own; write redis://127.0.0.1:6379/0")
    units = units_of(config, procfile())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            (folder / name).write_text(text)
    except OSError as fault:
        raise Misconfigured(f"{folder}: the units cannot be written: {fault.strerror}") from None
    return [folder / name for name in units]


def closed_folders() -> set[Path]:
    """Folders on the way to our program and to its Python that only their owner may enter: the users of the units
    cannot run what lies in them."""
    wanted = Path.cwd(), _bin(), Path(sys.base_prefix)
    return {up for path in wanted for up in (path, *path.parents) if up.is_dir() and not up.stat().st_mode & S_IXOTH}


def units_of(config: Config, lines: dict[str, list[str]]) -> dict[str, str]:
    """File name → text of each unit."""
    units = {TARGET: _target([f"intake-{name}.service" for name in lines]), PREPARE: _prepare(config)}
    for name, command in lines.items():
        units[f"intake-{name}.service"] = _service(config, name, command)
        if at := listens(config, name):
            units[f"intake-{name}.socket"] = _socket(name, at)
    return units


def _target(services: _Lines) -> str:
    return _text(
        ("Unit", ["Description=Intake router", f"Wants={' '.join(services)}"]),
        ("Install", ["WantedBy=multi-user.target"]),
    )


def _prepare(config: Config) -> str:
    """`intake prepare`, once before the others. It shares the store with the doors, so it is in their group."""
    unit = ["Description=Intake router: keys, schema, rules", f"PartOf={TARGET}", *_behind(config)]
    service = [
        "Type=oneshot",
        "RemainAfterExit=yes",
        _command(["intake", "prepare"]),
        "Restart=on-failure",
        "RestartSec=5",
    ]
    writes = [config.home, _database_folder(config)]
    return _text(("Unit", unit), ("Service", [*service, *_life(config, USER, writes), *_HARDENING]))


def _service(config: Config, name: str, command: _Lines) -> str:
    door = name in (*DOORS, "metrics")  # which needs no key either
    unit = [
        f"Description=Intake router: {name}",
        f"PartOf={TARGET}",
        "# Not Requires=: a store that is away at boot would end all of them for good.",
        f"Wants={PREPARE}",
        f"After={PREPARE}",
        *_behind(config),
        "StartLimitIntervalSec=0",  # a store that is away for an hour comes back
    ]
    if listens(config, name):
        unit.append(f"Requires=intake-{name}.socket")
    service = [
        *(["Type=notify", f"WatchdogSec={SILENCE:g}"] if listens(config, name) else ["Type=exec"]),
        _command(command),
        "Restart=always",
        "RestartSec=2",
        "# The main process is told to stop and tells its own; systemd ends what is left.",
        "KillMode=mixed",
        f"TimeoutStopSec={_STOP_SECONDS.get(name, 10)}",
        f"MemoryMax={_MEMORY.get(name, '1G')}",
        "# A child that is killed for its memory is replaced by the main process.",
        "OOMPolicy=continue",
    ]
    home = [_database_folder(config), *([config.home / "web"] if name == "web" else [])]
    service += _life(config, _door_user(config) if door else USER, home if door else [config.home, *home], name)
    service += [f"InaccessiblePaths={_item(f'-{config.home / one}')}" for one in ("keys", "mail", "logs") if door]
    return _text(("Unit", unit), ("Service", [*service, *_HARDENING, "RestrictSUIDSGID=yes"]))


def _socket(name: str, listen: str) -> str:
    socket = [
        f"ListenStream={listen}",
        f"FileDescriptorName={name}",
        f"Backlog={BACKLOG}",
        "# An IPv4 client on an IPv6 socket would have an address that no list of networks knows.",
        "BindIPv6Only=ipv6-only",
    ]
    unit = [f"Description=Intake router: address of {name}", f"PartOf={TARGET}"]
    return _text(("Unit", unit), ("Socket", socket))


def _behind(config: Config) -> _Lines:
    """What must be there first, if it is on this machine at all. Debian and Fedora call Redis differently."""
    local = ["redis.service", "redis-server.service", "postgresql.service"]
    if not config.database_url.startswith("postgres"):
        local.remove("postgresql.service")
    return [f"Wants=network-online.target {' '.join(local)}", f"After=network-online.target {' '.join(local)}"]


def _life(config: Config, user: str, writes: list[Path], name: str = "") -> _Lines:
    """Who it is, where it lives, and what it may write."""
    here, settings = Path.cwd(), Path.cwd() / ".env"
    if name in DOORS and config.door_database_url:
        here, settings = config.home, Path.cwd() / ".env.door"  # the doors' role, and nothing of the workers'
    ours = here, config.home, _bin(), Path(sys.base_prefix)  # a venv's Python may lie elsewhere
    at_home = any(path.is_relative_to(home) for path in ours for home in ("/home", "/root"))
    return [
        f"User={user}",
        *([f"SupplementaryGroups={_door_user(config)}"] if user == USER else []),
        "# The store's files are the group's.",
        "UMask=0007",
        f"WorkingDirectory={_path(here)}",
        f"Environment={_item(f'INTAKE_HOME={config.home}')} INTAKE_DOOR_USER={_door_user(config)}",
        "Environment=OPENBLAS_NUM_THREADS=1 PYTHONUNBUFFERED=1",
        f"EnvironmentFile=-{_path(settings)}",
        f"ProtectHome={'read-only' if at_home else 'yes'}",
        *(f"ReadWritePaths={_item(path)}" for path in dict.fromkeys(writes)),
    ]


def _door_user(config: Config) -> str:
    return config.door_user or DOOR_USER


def _database_folder(config: Config) -> Path:
    """Where SQLite writes; the folder is there with PostgreSQL too, and empty."""
    database = make_url(config.database).database if config.database.startswith("sqlite") else None
    return Path(database).absolute().parent if database else config.home / "store"


def _command(words: _Lines) -> str:
    words = [str(_bin() / words[0]), *words[1:]]
    return f"ExecStart={' '.join(_item(word).replace('$', '$$') for word in words)}"


def _bin() -> Path:
    return Path(sys.executable).parent.absolute()


def _path(path: str | Path) -> str:
    """A whole value: systemd expands % in it (systemd.unit(5))."""
    return str(path).replace("%", "%%")


def _item(item: str | Path) -> str:
    """One of several, which systemd parts at spaces and takes quotes off (systemd.syntax(7))."""
    text = _path(item)
    if not set(text) & set(" \t\"'\\;"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(*sections: tuple[str, _Lines]) -> str:
    head = "# Written by `intake units` from the Procfile. Changes belong into a drop-in: systemctl edit.\n"
    return head + "".join(f"\n[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections)
