"""Hostile mail made by ourselves: an address of its writer in each hiding place that we could think of.

`letters` go towards an agency, `answers` come from one; in `passage.quoted_back` both sides quote us. `decode` reads
what left and says whether an address is in it.
"""

from __future__ import annotations

import json
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
