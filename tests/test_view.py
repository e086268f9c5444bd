"""What an audience sees of a letter: what is withheld once is withheld wherever it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from intake import pii
from intake.echo import Echo
from intake.handling import DEFAULT
from intake.letter import Letter
from intake.reader import FileTags, Tags
from intake.redact import Numbering
from intake.view import Audience, Restricted, find_tags, restrict, restriction

AGENCY = Audience("agency", DEFAULT, frozenset({"intake.example"}))
TOKEN = "0123456789abcdefghjk"


def echoes(text: str) -> Sequence[Echo]:
    """A store that has one link, and an alias with the same token."""
    place = text.find(TOKEN)
    return [] if place < 0 else [Echo(TOKEN, place, place + 20, "alias" if "@" in text else "link")]


def seen(cls: str, value: str, text: str, subject: str = "") -> Restricted:
    """`text` and `subject` for an agency, when only the first `value` in the text was tagged."""
    letter = Letter("email", subject=subject, text=text, sender_name="Maria Lopez")
    start = text.index(value)
    tags = Tags((), (pii.Tag(start, start + len(value), cls, 1.0, "test"),))
    return restrict(letter, tags, restriction(letter, tags, AGENCY, (), Numbering(b"k"), echoes))


@pytest.mark.parametrize(
    ("cls", "value", "again"),
    [
        ("ssn", "219-45-8830", "219 45 8830"),
        ("phone", "860-555-0143", "(860) 555.0143"),
        ("address", "17 Cooper Row, Apt 3", "17 cooper row"),
        ("address", "17 Cooper Row", "17  Cooper\nRow"),
        ("password", "Sunflower#9", "sunflower#9"),
        ("card", "4111 1111 1111 1111", "4111111111111111"),
    ],
)
def test_what_is_withheld_once_is_withheld_everywhere(cls: str, value: str, again: str) -> None:
    """A tagger finds a number where its cue stands; the same number goes from the subject and the next page too."""
    found = seen(cls, value, f"It is {value}. Once more: {again}, thanks.", subject=f"About {again} here")
    assert again not in found.text + found.subject
    assert value not in found.text
    assert found.text.endswith(", thanks.")
    assert found.subject.endswith(" here")
    assert found.withheld[cls] == 3


@pytest.mark.parametrize(
    ("cls", "value", "other"),
    [
        ("ssn", "219-45-8830", "1219-45-88301"),
        ("address", "17 Cooper Row", "117 Cooper Rows"),
        ("password", "sun1", "sun1"),  # too short to be known again
        ("zip", "06010", "06010"),
    ],
)
def test_what_only_looks_alike_stays(cls: str, value: str, other: str) -> None:
    """Whole words only, and nothing so short that it stands elsewhere for itself."""
    assert other in seen(cls, value, f"It is {value}.", subject=f"Case {other} here").subject


@pytest.mark.parametrize(
    ("text", "shown"),
    [(f"See /choices/{TOKEN} please.", "link"), (f"reply+{TOKEN}@intake.example please.", "e-mail address")],
)
def test_half_a_token_of_ours_is_one(text: str, shown: str) -> None:
    """A tag that covers the beginning of a quoted link or alias leaves nothing of it, and the gate knows it."""
    start = text.index(TOKEN)
    letter, tags = Letter("email", text=text), Tags((), (pii.Tag(start - 1, start + 9, "bank", 1.0, "test"),))
    covered = restrict(letter, tags, restriction(letter, tags, AGENCY, (), Numbering(b"k"), echoes))
    assert TOKEN[9:] not in covered.text
    assert covered.text.endswith(" please.")
    assert ("link", TOKEN, "") in covered.secrets
    whole = restrict(letter, none := Tags((), ()), restriction(letter, none, AGENCY, (), Numbering(b"k"), echoes))
    assert f"[{shown} withheld]" in whole.text
    assert list(whole.withheld) == ["link" if shown == "link" else "email"]


@pytest.mark.parametrize(
    ("cls", "covered"),
    [
        ("password", "7K3M-9QX2-TR4B"),
        ("id", "[7K3M-9QX2"),
        ("address", "-9QX2-TR4B]"),
        ("phone", "9QX2"),
    ],
)
def test_the_reference_of_the_ticket_is_no_secret(cls: str, covered: str) -> None:
    """A quoted subject has it; the tagger took one in ten for a password, and the gate held what our subject shows."""
    letter = Letter("email", text="Subject: Re: [7K3M-9QX2-TR4B] License, 7k3m-9qx2-tr4b, PIN 4711-A")
    tags = [pii.Tag(at := letter.text.index(covered), at + len(covered), cls, 1.0, "test")]
    tags.append(pii.Tag(at := letter.text.index("7k3m"), len(letter.text), "password", 1.0, "test"))
    audience = replace(AGENCY, reference="7K3M-9QX2-TR4B")
    found = restrict(
        letter, one := Tags((), tuple(tags)), restriction(letter, one, audience, (), Numbering(b"k"), echoes)
    )
    assert found.text == "Subject: Re: [7K3M-9QX2-TR4B] License, 7k3m-9qx2-tr4b[password removed]"
    assert [value for _, value, _ in found.secrets] == [", PIN 4711-A"]


def test_names_that_are_shown_are_told_to_the_gate() -> None:
    """A local part that is made of a shown name is no secret; what was taken out is, with what stands before it."""
    found = seen("phone", "860-555-0143", "Call me at 860-555-0143.")
    assert found.names == ("Maria Lopez",)
    assert found.secrets == (("phone", "860-555-0143", "Call me at "),)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("4111 1111 1111 1234", "[card number 1, ending 1234]"), ("1234", "[card number 1]")],
)
def test_an_agency_may_be_shown_the_last_four(value: str, shown: str) -> None:
    """Feature 40: keep, replace, redact, a keyed token, a mask of all but four: each an entry of the handling table."""
    letter = Letter("email", text=f"Card {value}.")
    tags = Tags((), (pii.Tag(5, 5 + len(value), "card", 1.0, "test"),))
    audience = Audience("agency", DEFAULT.changed({"card": {"agency": "last four"}}), frozenset())
    found = restrict(letter, tags, restriction(letter, tags, audience, (), Numbering(b"k"), echoes))
    assert found.text == f"Card {shown}."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dr. Rosalind M. Vasquez-Lindgren", "Dr. Rosalind M. Vasquez-Lindgren"),
        ("Rosalind 860-555-0148", "Rosalind [phone number 1]"),
        ("Rosalind at gmail dot com", "[e-mail address withheld]"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("read", [True, False])
def test_the_field_for_a_name_is_restricted_like_a_text(name: str, shown: str, read: bool) -> None:
    """Whether its tags were found together with the letter's, or are no longer there."""
    letter = Letter("email", text="Where is my plate?", sender_name=name)
    tags = find_tags(letter) if read else Tags()
    how = restriction(letter, tags, Audience("agency", DEFAULT, ()), (), Numbering(b"k"), echoes)
    assert restrict(letter, tags, how).name == shown


@pytest.mark.parametrize("stands", ["name", "text"])
def test_what_identifies_together_may_stand_in_a_file(stands: str) -> None:
    """A birth date in the letter and a name in an attachment, or in its file's name, are one letter's."""
    letter = Letter("email", text="I was born on 03/04/1961.")
    born = (pii.Tag(14, 24, "dob", 1.0, "test"),)
    name = (pii.Tag(0, 3, "name", 1.0, "test"),)
    of_file = FileTags(name, None) if stands == "name" else FileTags((), name)
    for files, together in (((), False), ((FileTags((), None),), False), ((of_file,), True)):
        tags = Tags((), born, files)
        assert restriction(letter, tags, AGENCY, (), Numbering(b"k"), echoes).identifying is together


def test_a_name_that_is_the_writer_s_mailbox_goes() -> None:
    """Where the tagger sees no name, the field for one is a text in which the writer's local part is looked for."""
    letter = Letter("email", text="Where is my plate?", sender_name="qzv77x", sender="qzv77x@house.example")
    how = restriction(letter, Tags(), AGENCY, (letter.sender,), Numbering(b"k"), echoes)
    assert restrict(letter, Tags(), how).name == "[e-mail address withheld]"
