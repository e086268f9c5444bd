"""Reports: what an upstream server has written into `Authentication-Results` (RFC 8601).

Anybody can write such a header. One is ours when it lies above the second Received line (what lies lower was in the
mail when it came to the upstream server) and carries the configured id letter by letter. The topmost one speaks; a
second one can only take away.
"""

from __future__ import annotations

from dataclasses import dataclass

from intake.sender.header import Fields, filled, outline, text


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result, in lower case, with its properties ("header.from": …)."""

    method: str
    result: str
    properties: dict[str, str]

    def value(self, name: str) -> str:
        """A property's value; "" when there is none, or more than one."""
        return self.properties.get(name, "")


def reports(fields: Fields, authserv_id: str) -> list[tuple[Result, ...] | None]:
    """The reports of the upstream server, topmost first; None for one with its id that cannot be read."""
    found: list[tuple[Result, ...] | None] = []
    received = 0
    for name, value in fields:
        received += name.lower() == b"received"
        if received > 1:
            break
        if name.lower() == b"authentication-results":
            ours, results = _report(text(value), authserv_id)
            if ours:
                found.append(results)
    return found


def contradict(found: list[tuple[Result, ...] | None]) -> bool:
    """Whether one cannot be read, or a lower one has another result for a method of the topmost one."""
    readable = [report for report in found if report is not None]
    said = [{m: {r.result for r in report if r.method == m} for m in {r.method for r in report}} for report in readable]
    if len(readable) < len(found):
        return True
    return any(other.get(method, results) != results for other in said[1:] for method, results in said[0].items())


def _report(line: str, authserv_id: str) -> tuple[bool, tuple[Result, ...] | None]:
    outlined = outline(line)
    if outlined is None:
        return authserv_id in line, None
    head, *sections = outlined[0].split(";")
    name, *version = head.split()[:3] or [""]
    if name != authserv_id:
        return False, None
    if version not in ([], ["1"]):
        return True, None
    results = (_result(" ".join(section.split()), outlined[1]) for section in sections)
    return True, tuple(result for result in results if result)


def _result(section: str, strings: list[str]) -> Result | None:
    """`method[/1]=result property=value …`, quoted strings already taken out."""
    words = section.replace(" =", "=").replace("= ", "=").split(" ")
    pairs = [word.partition("=")[::2] for word in words]
    method, _, version = pairs[0][0].lower().partition("/")
    if version not in ("", "1"):
        return None
    properties: dict[str, str] = {}
    for name, value in pairs[1:]:
        name = name.lower()
        properties[name] = "" if name in properties else filled(value, strings)
    return Result(method, pairs[0][1].lower(), properties)
