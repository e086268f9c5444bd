"""Listening sockets: the one that whoever started us has opened and hands on (sd_listen_fds(3)), or one bound here.

A socket that outlives its process keeps its address: while a door is replaced, whoever connects waits in the backlog
and is not refused. systemd and `intake up` hand it on in the same way: open as descriptor 3, with LISTEN_FDS,
LISTEN_FDNAMES, and in LISTEN_PID the process that it is meant for. That one does not exist before the fork, so
`passed_on` puts a step between: `python -m intake.listener`, this module, writes its own pid there and becomes the door
by exec(3), which keeps the pid.
"""

from __future__ import annotations

import os
import socket
import sys

from intake.errors import Misconfigured

FIRST = 3  # SD_LISTEN_FDS_START
BACKLOG = 1024
VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def listener(name: str, listen: str) -> socket.socket:
    """The socket called `name` that was handed to us, else one bound to the host:port `listen`."""
    names = _names()
    if not names:
        return bind(listen, f"INTAKE_{name.upper()}_LISTEN: ")
    if names.count(name) != 1:
        raise Misconfigured(f"of the sockets handed to us, one must be {name}: write FileDescriptorName={name}")
    return socket.socket(fileno=FIRST + names.index(name))


def _names() -> list[str]:
    """What the sockets handed to us are called; none of them goes to our own children."""
    pid, count, names = (os.environ.pop(variable, "") for variable in VARIABLES)
    if pid != str(os.getpid()):  # they were for somebody else, who left the variables behind
        return []
    for fd in range(FIRST, FIRST + int(count)):
        os.set_inheritable(fd, False)
    return names.split(":")


def bind(listen: str, setting: str = "") -> socket.socket:
    """A listening socket on host:port; `Misconfigured` when the address is taken or not ours."""
    from intake.config import host_port  # here, so that the step between fork and exec does without

    host, port = host_port(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as fault:
        why, cure = os.strerror(fault.errno or 0), "choose another address or port"
        raise Misconfigured(f"{setting}cannot listen on {listen}: {why}; {cure}") from fault


def address(bound: socket.socket) -> str:
    """host:port where it listens; a port 0 has picked one."""
    host, port = bound.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def passed_on(name: str, bound: socket.socket, command: list[str]) -> list[str]:
    """The command that runs `command` with `bound`, whose descriptor the new process must inherit."""
    return [sys.executable, "-m", __name__, str(bound.fileno()), name, *command]


def main() -> None:
    """Become the door that the socket is for."""
    fd, name, *command = sys.argv[1:]
    os.dup2(int(fd), FIRST)
    if int(fd) != FIRST:
        os.close(int(fd))
    os.environ.update(zip(VARIABLES, (str(os.getpid()), "1", name), strict=True))
    try:
        os.execvp(command[0], command)  # noqa: S606 - a line of the Procfile
    except OSError as fault:
        sys.exit(f"intake: {command[0]}: {fault.strerror}")


if __name__ == "__main__":
    main()
