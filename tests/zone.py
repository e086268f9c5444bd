"""A real DNS server on a port of its own, over UDP and TCP, that serves a table of records."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENT = "silent"  # as the records of a name: no answer is ever sent
BROKEN = "broken"  # SERVFAIL
PACKET = 1232  # octets of one answer over UDP; a longer one is truncated, and asked for again over TCP

# An RSA key of 768 bits, which no library makes any more; it was made for this line and is used nowhere.
SHORT_KEY = b"""\
-----BEGIN RSA PRIVATE KEY-----
MIIBygIBAAJhAL7NWW3DKATZDaR6+L9YrOvm/CfXdDOvWONs53qUJq16Kq2l1EeP
DbhO9JB5LKQK/gkFRsybwOK/SG4ghcAr11jUYVgRbHSQ4UJ5uQ/rj1kGauAxtqvX
Fv5HC4XC0PG9OwIDAQABAmAH2thVpnUdTfo7zTw0VGg6BfZXhY0pG4zjP/Z/m13E
QoVDRNJqZ78+2TFESVjHIBSnA5j2ZzioHSuJIrCOanyeDxN8LXEtJvras0URUzzu
3UuvysQ/GoIBTFbZic0v9hECMQDfuCiq7AAaJJDdOAmZVukhmXU0+TS36i627p5O
Sc3043VrzDrPE/eZYwj+iHgmXN0CMQDaVUew8hJyp6eYqtbBxmjx/j09YnqrXgPM
DbA9JKwgjoGXdf18207a5SJr1taidPcCMQDEJN8q9B0mzpZgDgiEc2mUtsnHNxLc
iKqKYm1TMGwtX9uMNpP9CIGV7vlsyFOnNtUCMAS0OasyS/t0aUP8yku6fqBYHfGo
oYP3rpVC5j0rARpid6BPxnpeL0DAFxHDuzQc2QIwLl+pg85T1tgdkgCVYtbaGtk2
E8CiogGkZu1D9FTeH8IrAPIe6Ww7TmNcukz7Q6A0
-----END RSA PRIVATE KEY-----
"""

Records = dict[tuple[str, str], Iterable[str]]


class Zone:
    """`records`: (name, type) to values as a zone file has them; TXT values are given bare and cut into strings here.

    A CNAME is followed as a recursive server does. `asked` holds (name, type) of every question, in order.
    """

    def __init__(self, records: Records | None = None, *, silent: bool = False) -> None:
        self.records: Records = records if records is not None else {}
        self.silent = silent
        self.asked: list[tuple[str, str]] = []
        self._open = True
        self._udp, self._tcp = _sockets()
        self.address: tuple[str, int] = self._udp.getsockname()[:2]
        self._threads = [threading.Thread(target=t, daemon=True) for t in (self._packets, self._connections)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Be gone: the port answers no longer."""
        self._open = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.address)
        self._tcp.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    def __enter__(self) -> Zone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _packets(self) -> None:
        while self._open:
            wire, peer = self._udp.recvfrom(65535)
            answer = self._answer(wire, PACKET) if wire else b""
            if answer:
                self._udp.sendto(answer, peer)

    def _connections(self) -> None:
        while self._open:
            try:
                client, _ = self._tcp.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                (length,) = struct.unpack("!H", client.recv(2))
                answer = self._answer(client.recv(length), 65535)
                if answer:
                    client.sendall(struct.pack("!H", len(answer)) + answer)

    def _answer(self, wire: bytes, octets: int) -> bytes:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.silent or self._values(name, kind) == SILENT:
            return b""
        response = dns.message.make_response(query, recursion_available=True)
        if self._values(name, kind) == BROKEN:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        self._fill(response, name, kind)
        if not response.answer and not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        full = response.to_wire(max_size=65535)
        if len(full) <= octets:
            return full
        response.answer.clear()
        response.flags |= dns.flags.TC
        return response.to_wire()

    def _values(self, name: str, kind: str) -> Iterable[str]:
        return self.records.get((name, kind), ())

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(8):
            if values := list(self._values(name, kind)):
                texts = [_quoted(v) if kind == "TXT" else v for v in values]
                response.answer.append(dns.rrset.from_text(dns.name.from_text(name), 60, "IN", kind, *texts))
            target = next(iter(self._values(name, "CNAME")), "")
            if values or not target:
                return
            response.answer.append(dns.rrset.from_text(dns.name.from_text(name), 60, "IN", "CNAME", f"{target}."))
            name = target


def _quoted(text: str) -> str:
    parts = [text[at : at + 255] for at in range(0, len(text), 255)] or [""]
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in parts)


def _sockets() -> tuple[socket.socket, socket.socket]:
    """UDP and TCP on one free port."""
    for _ in range(50):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:  # somebody else has it for TCP
            udp.close()
            time.sleep(0.01)
    raise RuntimeError("no port is free for both UDP and TCP")
