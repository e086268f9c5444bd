"""A private Postfix: a folder and ports of its own, nothing of the machine's /etc/postfix or /var/spool/postfix.

Its master wants to be root. What is said of it in main.cf and master.cf comes from the caller; here stands only what
keeps it apart: where it keeps its things, that it has no chroot, and that it knows no accounts.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

POSTFIX = Path("/usr/sbin/postfix")

_APART = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
alias_database =
"""

_SERVICES = """\
{listen}  inet  n  -  n  -      -  smtpd
pickup    unix  n  -  n  60     1  pickup
cleanup   unix  n  -  n  -      0  cleanup
qmgr      unix  n  -  n  300    1  qmgr
tlsmgr    unix  -  -  n  1000?  1  tlsmgr
rewrite   unix  -  -  n  -      -  trivial-rewrite
bounce    unix  -  -  n  -      0  bounce
defer     unix  -  -  n  -      0  bounce
trace     unix  -  -  n  -      0  bounce
verify    unix  -  -  n  -      1  verify
flush     unix  n  -  n  1000?  0  flush
proxymap  unix  -  -  n  -      -  proxymap
smtp      unix  -  -  n  -      -  smtp
relay     unix  -  -  n  -      -  smtp
showq     unix  n  -  n  -      -  showq
error     unix  -  -  n  -      -  error
retry     unix  -  -  n  -      -  error
discard   unix  -  -  n  -      -  discard
anvil     unix  -  -  n  -      1  anvil
scache    unix  -  -  n  -      1  scache
postlog   unix-dgram n - n  -   1  postlogd
"""


class Postfix:
    """One Postfix that takes mail on `listen` (host:port). Its queue outlives `stop` and is there after `start`."""

    def __init__(self, listen: str, main: str, master: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="intake-postfix-"))
        self.folder.chmod(0o755)  # its daemons are no root
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.log = self.folder / "log"
        (self.folder / "etc" / "main.cf").write_text(_APART.format(folder=self.folder) + main)
        (self.folder / "etc" / "master.cf").write_text(_SERVICES.format(listen=listen) + master)
        self._listen = listen
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it greets."""
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen([*self._command("postfix"), "start-fg"], stdout=out, stderr=out)
        end = time.monotonic() + 30
        while not _greets(self._listen):
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.02)

    def stop(self) -> None:
        """Until none of its processes is left."""
        if self._process and self._process.poll() is None:
            subprocess.run([*self._command("postfix"), "stop"], capture_output=True, check=True, timeout=30)
            self._process.wait(30)

    def queue(self) -> list[dict]:  # type: ignore[type-arg]
        """What waits, as postqueue(1) -j says it."""
        return [json.loads(line) for line in self._run("postqueue", "-j").splitlines()]

    def flush(self) -> None:
        """Try everything that waits once more, now."""
        self._run("postqueue", "-f")

    @contextmanager
    def changed(self, **parameters: str) -> Iterator[None]:
        """Other values in main.cf, in force for a while."""
        file = self.folder / "etc" / "main.cf"
        before = file.read_text()
        self._reload(before + "".join(f"{name} = {value}\n" for name, value in parameters.items()))
        try:
            yield
        finally:
            self._reload(before)

    def _reload(self, main: str) -> None:
        (self.folder / "etc" / "main.cf").write_text(main)
        self._run("postfix", "reload")

    def said(self) -> str:
        """All it wrote, for a test that failed."""
        return "".join(file.read_text() for file in (self.folder / "out", self.log) if file.exists())

    def _command(self, name: str) -> list[str]:
        return [str(POSTFIX.parent / name), "-c", str(self.folder / "etc")]

    def _run(self, name: str, *args: str) -> str:
        command = [*self._command(name), *args]
        return subprocess.run(command, capture_output=True, check=True, text=True, timeout=30).stdout


@contextmanager
def postfix(listen: str, main: str, master: str = "") -> Iterator[Postfix]:
    """A running one; afterwards nothing is left of it."""
    made = Postfix(listen, main, master)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(made.folder)


def missing() -> str:
    """Why there can be no Postfix here; "" when there can."""
    if not POSTFIX.exists():
        return "there is no Postfix on this machine; install Debian's package postfix"
    return "" if os.geteuid() == 0 else "only root can start a Postfix"


def free_port() -> int:
    """A TCP port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _greets(listen: str) -> bool:
    host, _, port = listen.rpartition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), 1) as client:
        return client.recv(4) == b"220 "
    return False


class SpfFilter:
    """A mail filter as it stands in front of us: a milter that says who may send for which domain.

    `servers`: a client's address to the domain that names it in its SPF record; where `authserv_id` is one, what it
    found is written into an Authentication-Results header (RFC 8601). Of other clients it says nothing.
    """

    _OFFER = 6, 0x01, 0x37A  # version; adds headers; is asked about the client, MAIL and the end, and nothing else

    def __init__(self, authserv_id: str, servers: Mapping[str, str]) -> None:
        self._id, self._servers = authserv_id, servers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Be gone."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._session, args=(self._listener.accept()[0],), daemon=True).start()

    def _session(self, connection: socket.socket) -> None:
        client = sender = ""
        with connection, connection.makefile("rb") as stream:
            while len(head := stream.read(5)) == 5:
                length, command = struct.unpack("!Ic", head)
                data = stream.read(length - 1)
                match command:
                    case b"O":
                        _say(connection, b"O" + struct.pack("!III", *self._OFFER))
                    case b"C":  # name NUL family port address NUL
                        client = data.partition(b"\0")[2][3:-1].decode()
                        _say(connection, b"c")
                    case b"M":
                        sender = data.partition(b"\0")[0].strip(b"<>").decode()
                        _say(connection, b"c")
                    case b"E":
                        if client in self._servers:
                            verdict = "pass" if sender.endswith(f"@{self._servers[client]}") else "fail"
                            found = f"{self._id}; spf={verdict} smtp.mailfrom={sender}"
                            _say(
                                connection, b"i" + struct.pack("!I", 0) + f"Authentication-Results\0{found}\0".encode()
                            )
                        _say(connection, b"c")
                    case b"Q":
                        return


def _say(connection: socket.socket, packet: bytes) -> None:
    connection.sendall(struct.pack("!I", len(packet)) + packet)
