"""Held letters: a person must look. What is held (`listing`), and the ways on: try it again (`onward`), say
to the agency only that it is here (`wordless`), send it to another agency (`transfer`), end it (`refusal`), or make a
letter the answer that it is (`stray`). What staff have said of a letter, the workers go by (`said`).

A letter is held itself, or a message that was made of it is: not sent, or sent and come back.
"""

from intake.hold.listing import NOTED, Holder, added, held, holder, noted
from intake.hold.onward import by_a_person, hand_out, let_go, release
from intake.hold.refusal import refuse
from intake.hold.said import Said, said
from intake.hold.stray import answer_to, guess
from intake.hold.transfer import reroute
from intake.hold.wordless import without_words

__all__ = [
    "NOTED",
    "Holder",
    "Said",
    "added",
    "answer_to",
    "by_a_person",
    "guess",
    "hand_out",
    "held",
    "holder",
    "let_go",
    "noted",
    "refuse",
    "release",
    "reroute",
    "said",
    "without_words",
]
