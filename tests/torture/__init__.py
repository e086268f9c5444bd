"""Hostile mail made by ourselves: an address of its writer in each hiding place that we could think of.

`letters` go towards an agency, `answers` come from one; in `passage.quoted_back` both sides quote us. `decode` reads
what left and says whether an address is in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from tests.torture import anew, answer, body, disguise, file, header, page, quotation, report
from tests.torture.case import Case, Maker

SEED = 4


def letters(seed: int = SEED) -> list[Case]:
    """Citizens' mail; the same for the same seed."""
    maker = Maker(seed)
    for room in (header, body, quotation, disguise, page, file, anew, report):
        room.make(maker)
    return maker.cases


def answers(seed: int = SEED) -> list[Case]:
    """Agencies' mail to an alias, `{to}` in the octets."""
    maker = Maker(seed + 1)
    answer.make(maker)
    return maker.cases


SETTING = re.compile(
    r", (?:writer|other)$| in (?:base64|quoted-printable)$|, (?:not said|said to be utf-8)$| [BQ]$"
    r"|, (?:en|es|pt|pl|fr|ht|de|it)$|, HTML(?: view alone)?$|^X-.*"
)


def chosen(cases: Sequence[Case]) -> list[Case]:
    """What is no series, and half of each series: the first, third … of one, the second, fourth … of the next.

    A series is one hiding place in several settings: a disguise for the writer's address and for another's, a character
    set in two encodings, a program's quotation in eight languages, names of headers that nobody reads. What breaks one
    of a series is in the place or in the setting, and each of both is still there.
    """
    series: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        series.setdefault((case.group, SETTING.sub("", case.where)), []).append(case)
    turn = count()
    return [case for all_ in series.values() for case in (all_ if len(all_) == 1 else all_[next(turn) % 2 :: 2])]


CORPUS = Path(__file__).parents[3] / "shared" / "torture" / "corpus"
"""Hostile mail of others, where it lies beside the project."""


def corpus(folder: Path = CORPUS) -> list[Case]:
    """The cases of a folder with a manifest.json: one for each address that a mail hides."""
    entries = json.loads((folder / "manifest.json").read_text()) if folder.is_dir() else []
    return [
        Case(
            entry["id"],
            entry["group"],
            entry["where"],
            canary["level"],
            entry["mail_from"],
            canary["value"],
            (folder / entry["file"]).read_bytes(),
            (),
            "accept" if entry["expect"] == "accept" else "hold_ok",
        )
        for entry in entries
        for canary in entry["canaries"]
    ]
