"""Quotations: what mail programs put into an answer is told from what its writer says."""

from __future__ import annotations

import pytest

from intake.quotation import passages

OWN, QUOTED = False, True


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("Yes.\nNo.", [(OWN, "Yes.\nNo.")]),
        ("Yes.\n> a\n>> b\nNo.\n", [(OWN, "Yes.\n"), (QUOTED, "> a\n>> b\n"), (OWN, "No.\n")]),
        ("Yes.\n\nOn Friday, R. wrote:\n\n> a", [(OWN, "Yes.\n\n"), (QUOTED, "On Friday, R. wrote:\n\n> a")]),
        ("Yes.\n\nOn Friday\nR.\nwrote:\n> a", [(OWN, "Yes.\n\n"), (QUOTED, "On Friday\nR.\nwrote:\n> a")]),
        ("Bring:\n- x\n\n> a", [(OWN, "Bring:\n- x\n\n"), (QUOTED, "> a")]),
        ("> a\n\nNow:\nx", [(QUOTED, "> a\n"), (OWN, "\nNow:\nx")]),
        (
            "x\nFrom: R.\nSent: now\nTo: S.\n",
            [(OWN, "x\n"), (QUOTED, "From: R.\n"), (OWN, "Sent: now\n"), (QUOTED, "To: S.\n")],
        ),
        ("*De :* R.\n", [(QUOTED, "*De :* R.\n")]),
        ("E-mail: r@x.example\nA: yes", [(OWN, "E-mail: r@x.example\nA: yes")]),
    ],
)
def test_passages(text: str, pieces: list[tuple[bool, str]]) -> None:
    """LK7: signs at the beginning of lines, the lines that introduce them, and copied headers are other people's."""
    assert passages(text) == pieces


def test_very_many_pieces_are_one_quotation() -> None:
    """Nobody's answer has so many; each piece costs a look of its own."""
    text = "> a\nb\n" * 20_000
    assert passages(text) == [(QUOTED, text)]
