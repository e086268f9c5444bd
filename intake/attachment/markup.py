"""XML by expat, without what makes XML dangerous: a document type, and with it every entity, ends the reading.

The rule this module keeps: nothing is expanded, nothing outside is opened, depth and number of elements are bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

DEEPEST = 200  # elements inside each other
ELEMENTS = 500_000

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Said = Callable[[str], None]


def walk(data: bytes, start: Start, end: End, said: Said) -> None:
    """Call for each element, each text and each comment; names come without their namespace.

    ValueError when it is no XML. Its own declaration decides on the character set, as for every other reader of it.
    """
    depth = count = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST or count > ELEMENTS:
            raise ValueError("too deep or too much")
        start(_local(name), {_local(key): value for key, value in attributes.items()})

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(name))

    def refuse(*_: object) -> None:
        raise ValueError("a document type or a style sheet")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text, parser.buffer_size = True, 1 << 20
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = said
    parser.CommentHandler = said
    parser.StartDoctypeDeclHandler = refuse
    parser.ProcessingInstructionHandler = lambda target, _: refuse() if "stylesheet" in target.lower() else None
    try:
        parser.Parse(data, True)
    except expat.ExpatError as err:
        raise ValueError("no XML") from err


def _local(name: str) -> str:
    return name.rpartition(" ")[2].rpartition(":")[2]


class Lines(list[str]):
    """Lines "name: value", and the `names` of all elements."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()


def lines(data: bytes) -> Lines:
    """Every text and every attribute of an XML file, in order, a line each. ValueError when it is no XML."""
    found, inside = Lines(), [""]

    def start(name: str, attributes: dict[str, str]) -> None:
        found.names.add(name)
        inside.append(name)
        found.extend(f"{key}: {value}" for key, value in attributes.items() if value.strip())

    def end(_: str) -> None:
        inside.pop()

    def said(text: str) -> None:
        if text.strip():
            found.append(f"{inside[-1]}: {text.strip()}")

    walk(data, start, end, said)
    return found
