"""Held letters: a person must look. What is held (`listing`), and the ways on: try it again (`onward`), say
to the agency only that it is here (`wordless`), send it to another agency (`transfer`), end it (`refusal`), or make a
letter the answer that it is (`stray`).

A letter is held itself, or a message that was made of it is: not sent, or sent and come back.
"""

from intake.hold.listing import NOTED, Holder, added, held, holder, noted
from intake.hold.onward import by_a_person, hand_out, is_by_a_person, is_let_go, let_go, release
from intake.hold.refusal import refuse
from intake.hold.stray import answer_to, guess
from intake.hold.transfer import reroute
from intake.hold.wordless import is_unread, is_without_words, without_words

__all__ = [
    "NOTED",
    "Holder",
    "added",
    "answer_to",
    "by_a_person",
    "guess",
    "hand_out",
    "held",
    "holder",
    "is_by_a_person",
    "is_let_go",
    "is_unread",
    "is_without_words",
    "let_go",
    "noted",
    "refuse",
    "release",
    "reroute",
    "without_words",
]
