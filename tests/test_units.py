"""The systemd units: what they say, and that their commands do what systemd expects."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake import migrations, vault
from intake.config import Config
from intake.errors import Misconfigured
from intake.listener import listener
from intake.routing.published import parsed, publish
from intake.store import Store
from intake.up.child import procfile
from intake.up.units import closed_folders, export, units_of
from tests.conftest import ROOT, environment

REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """An installation in a folder with a name that systemd must be told carefully."""
    home = tmp_path_factory.mktemp("units") / "100% $HOME"
    vault.create_keys(home)
    store = Store(f"sqlite:///{home}/store/intake.db")
    migrations.upgrade(store)
    with store.write() as conn:
        publish(conn, parsed((ROOT / "routing_rules.yaml").read_bytes(), "intake.example"), "test")
    store.close()
    return Config(home=home, redis_url=REDIS, smtp_listen="192.0.2.1:25", _env_file=None)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def units(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the units of that installation."""
    folder = tmp_path_factory.mktemp("system")
    export(config, folder)
    return folder


def said(unit: Path, name: str) -> list[str]:
    """The values of a setting of a unit, with what systemd expands put back."""
    lines = [line.partition("=") for line in unit.read_text().splitlines() if line[:1] not in ("#", "[", "")]
    return [value.replace("%%", "%") for key, _, value in lines if key == name]


def test_systemd_finds_no_fault(units: Path) -> None:
    """`systemd-analyze verify` has nothing to say."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze here")
    files = sorted(map(str, units.iterdir()))
    checked = subprocess.run(["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_a_word_stays_what_it_is(units: Path, config: Config) -> None:
    """systemd expands % everywhere and $ in a command, and parts at spaces."""
    assert not [file.name for file in units.iterdir() if re.search(r"(?<!%)(%%)*%(?!%)", file.read_text())]
    unit = units_of(config, {"clock": ["intake", "100% $HOME", 'a"b']})["intake-clock.service"]
    assert re.search(r'^ExecStart=\S+/intake "100%% \$\$HOME" "a\\"b"$', unit, re.MULTILINE)


def test_there_is_a_service_for_each_line_of_the_procfile(units: Path) -> None:
    """The target starts all of them, and what a start needs before; the doors have a socket each."""
    names = {f"intake-{name}.service" for name in procfile()}
    assert {file.name for file in units.glob("*.service")} == names | {"intake-prepare.service"}
    assert set(said(units / "intake.target", "Wants")[0].split()) == names
    assert {file.name for file in units.glob("*.socket")} == {
        f"intake-{name}.socket" for name in ("smtp", "web", "desk")
    }
    assert said(units / "intake-smtp.socket", "ListenStream") == ["192.0.2.1:25"]


def test_the_doors_run_as_a_user_who_cannot_read_letters(units: Path, config: Config) -> None:
    """Promise 3: who needs no key is another user, to whom the keys are closed twice; the others are not."""
    for name in procfile():
        unit = units / f"intake-{name}.service"
        door = name in ("smtp", "web", "metrics")
        assert said(unit, "User") == ["intake-door" if door else "intake"], name
        closed = [shlex.split(path)[0] for path in said(unit, "InaccessiblePaths")]
        assert (f"-{config.home}/keys" in closed) is door, name
        writable = {shlex.split(path)[0] for path in said(unit, "ReadWritePaths")}
        assert (str(config.home) in writable) is not door, name


def test_without_a_redis_of_the_machine_there_are_no_units(config: Config, tmp_path: Path) -> None:
    """Nobody would start the embedded one: the line names the setting."""
    with pytest.raises(Misconfigured, match="INTAKE_REDIS_URL"):
        export(config.model_copy(update={"redis_url": ""}), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_python_in_a_home_can_be_read(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A venv is often made of a Python in somebody's home (pyenv, uv): behind ProtectHome=yes nothing would start."""
    monkeypatch.chdir("/")
    monkeypatch.setattr(sys, "executable", "/srv/intake/.venv/bin/python")
    for python, protected in (("/usr", "yes"), ("/home/rosa/.pyenv/versions/3", "read-only")):
        monkeypatch.setattr(sys, "base_prefix", python)
        unit = units_of(config, {"clock": ["intake", "clock"]})["intake-clock.service"]
        assert f"ProtectHome={protected}\n" in unit


def test_a_folder_that_users_may_not_enter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed as root in /root reads why nothing starts before it does not."""
    inside = tmp_path / "closed" / "intake"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    for mode, named in ((0o700, True), (0o711, False)):
        inside.parent.chmod(mode)
        assert (inside.parent in closed_folders()) is named


class Service:
    """A unit, run as systemd would run it: its command, its environment, its socket, and an ear for what it says."""

    def __init__(self, units: Path, name: str, folder: Path) -> None:
        unit = units / f"intake-{name}.service"
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.bind(str(folder / "notify"))
        self.ear.settimeout(60)
        env = environment(NOTIFY_SOCKET=str(folder / "notify"), LISTEN_FDS="1")
        env["LISTEN_FDNAMES"] = said(units / f"intake-{name}.socket", "FileDescriptorName")[0]
        env["WATCHDOG_USEC"] = str(int(said(unit, "WatchdogSec")[0]) * 1_000_000 // 30)
        for line in said(unit, "Environment"):
            env |= dict(word.split("=", 1) for word in shlex.split(line))
        env["INTAKE_DOOR_USER"] = ""  # the test is no root, or has no such user: it stays who it is
        command = [word.replace("$$", "$") for word in shlex.split(said(unit, "ExecStart")[0])]
        self.pid = os.fork()
        if self.pid == 0:
            with open(folder / "log", "wb") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            os.dup2(self.listening.fileno(), 3)
            os.closerange(4, 256)
            os.chdir(said(unit, "WorkingDirectory")[0])
            os.execve(command[0], command, {**env, "LISTEN_PID": str(os.getpid()), "WATCHDOG_PID": str(os.getpid())})

    def says(self) -> str:
        return self.ear.recv(4096).decode()

    def until(self, what: str) -> None:
        """Wait until it says so."""
        while self.says() != what:
            pass


@pytest.fixture
def service(request: pytest.FixtureRequest, units: Path, tmp_path: Path) -> Iterator[Service]:
    made = Service(units, request.param, tmp_path)
    yield made
    try:
        os.kill(made.pid, signal.SIGKILL)
        os.waitpid(made.pid, 0)
    except (ChildProcessError, ProcessLookupError):
        pass
    made.listening.close()
    made.ear.close()


@pytest.mark.parametrize("service", ["smtp", "web", "desk"], indirect=True)
def test_a_door_speaks_with_systemd(service: Service) -> None:
    """It says READY=1 first, gives signs of life, serves on the socket that it is given, and says that it stops; the
    address outlives it."""
    host, port = service.listening.getsockname()
    with socket.create_connection((host, port), 60) as early:  # before it serves: it waits in the backlog
        assert service.says() == "READY=1"
        service.until("WATCHDOG=1")
        service.until("WATCHDOG=1")
        early.sendall(b"GET /nowhere HTTP/1.0\r\n\r\n")
        assert early.recv(100)[:4] in (b"220 ", b"HTTP")
    os.kill(service.pid, signal.SIGTERM)
    service.until("STOPPING=1")
    assert os.waitpid(service.pid, 0)[1] == 0
    socket.create_connection((host, port), 60).close()


def test_a_door_that_finds_no_socket_of_its_name_does_not_start(units: Path, tmp_path: Path) -> None:
    """A .socket unit without FileDescriptorName= is a line that says so, and not a second address."""
    changed = tmp_path / "units"
    shutil.copytree(units, changed)
    socket_unit = changed / "intake-smtp.socket"
    socket_unit.write_text(socket_unit.read_text().replace("FileDescriptorName=smtp", "FileDescriptorName=other"))
    service = Service(changed, "smtp", tmp_path)
    assert os.waitstatus_to_exitcode(os.waitpid(service.pid, 0)[1]) == 78
    assert "write FileDescriptorName=smtp" in (tmp_path / "log").read_text()


def test_sockets_for_another_process_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """LISTEN_PID names somebody else, who left the variables behind: we open our own address, and leave none behind."""
    for name, value in (("LISTEN_PID", str(os.getppid())), ("LISTEN_FDS", "1"), ("LISTEN_FDNAMES", "smtp")):
        monkeypatch.setenv(name, value)
    with listener("smtp", "127.0.0.1:0") as bound:
        assert bound.getsockname()[0] == "127.0.0.1"
    assert not {name for name in os.environ if name.startswith("LISTEN_")}


def test_a_site_whose_workers_cannot_start_is_not_ready(tmp_path: Path) -> None:
    """READY=1 comes from a worker that serves, not from gunicorn's master before it has one."""
    code = "from intake.web.serve import serve; serve('web', '127.0.0.1:0', lambda: 1 / 0)"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        env = environment(NOTIFY_SOCKET=str(tmp_path / "notify"))
        ended = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, timeout=60)
        ear.setblocking(False)
        assert (ended.returncode != 0, ear.recv(100)) == (True, b"STOPPING=1")
