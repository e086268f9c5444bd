"""Octets become text in the character set that they are in, whatever they were said to be."""

from __future__ import annotations

import pytest

from intake.charset import clean, cleaned, in_charset

TEXT = "My street is dark: the lamp [no. 7] is out! Write to ann@home.example."


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("cp037", ("cp037", "CP37", "ibm-037", "IBM037", "x-EBCDIC-037", "ebcdic-cp-us", "ccsid00037", "csIBM037")),
        ("cp500", ("cp500", "ibm-500", "IBM500", "ebcdic-cp-be")),
        ("cp1140", ("cp1140", "IBM01140", "ccsid01140")),
        ("cp500", ("cp1148", "IBM01148")),
    ],
)
def test_ebcdic_by_its_many_names(codec: str, names: tuple[str, ...]) -> None:
    """MB9: what a mainframe wrote is read in the code page that it names."""
    assert [in_charset(TEXT.encode(codec), name) for name in names] == [(TEXT, True)] * len(names)


def test_the_code_pages_that_python_has_not() -> None:
    """MB9: 1047 is 37 but for six signs, among them the brackets; 1148 is 500 with the euro."""
    assert in_charset("7 €".replace("€", "¤").encode("cp500"), "IBM01148") == ("7 €", True)
    text = TEXT.encode("cp037").replace(b"\xba", b"\xad").replace(b"\xbb", b"\xbd")
    assert in_charset(text, "IBM-1047") == (TEXT, True)


@pytest.mark.parametrize("said", ["", "us-ascii", "iso-8859-1", "utf-8", "koi8-r", "windows-1252"])
def test_ebcdic_that_nobody_named(said: str) -> None:
    """MB9: its blanks and letters are no other character set's; a short text is known as well as a long one."""
    for text in (TEXT, "The lamp is out."):
        read, declared = in_charset(text.encode("cp037"), said)
        assert (read.replace("¬", "!"), declared) == (text, False)


@pytest.mark.parametrize(
    ("text", "codec", "said"),
    [
        ("Доброе утро, я пишу вам о мусоре.", "koi8-r", "koi8-r"),
        ("Доброе утро, я пишу вам.", "cp1251", "windows-1251"),
        ("日本語の手紙です", "euc-jp", "euc-jp"),
        ("@ñandú@ @árbol@ @él@", "latin-1", "iso-8859-1"),
        ("Á@é", "latin-1", "iso-8859-1"),
        ("¿Dónde está?", "utf-8", "ibm037"),
        ("¿Dónde está? Aquí.", "latin-1", "ibm037"),
        ("plain words", "ascii", "cp037"),
    ],
)
def test_what_is_no_ebcdic_is_not_read_as_it(text: str, codec: str, said: str) -> None:
    """MB9: another character set, though somebody said EBCDIC, stays what it is."""
    assert in_charset(text.encode(codec), said)[0] == text


@pytest.mark.parametrize(
    ("text", "kept", "readable"),
    [
        ("One\r\ntwo\x0cthree\x85four", "One\ntwo\nthree\nfour", True),
        ("a\0b\x1b[1mc", "ab[1mc", True),
        ("words" + "\0" * 4_000, "words", True),
        ("\r\n" * 100, "\n" * 100, True),
        ("words, words, words\1 " * 20, "words, words, words " * 20, True),
        ("words\1" * 20, "words" * 20, False),
        ("Dear sirs, it is dark.\n" + "a\1b\2" * 9, "Dear sirs, it is dark.\n" + "ab" * 9, True),
        ("Dear sirs,\n" + "a\1b\2" * 9_000, "Dear sirs,\n" + "ab" * 9_000, False),
        ("\ufffd" * 9, "\ufffd" * 9, False),
        ("👍" * 20, "👍" * 20, True),
        ("", "", True),
    ],
)
def test_a_text_is_told_from_rubbish(text: str, kept: str, readable: bool) -> None:
    """MB9, MB13: a few controls are dropped and said nothing of; where they are many, it never was a text."""
    assert cleaned(text) == (kept, readable)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("Jürgen".encode("cp1252"), "Jürgen"),
        (("The lamp is dark. " * 60 + "Jürgen – “now”").encode("cp1252"), "The lamp is dark. " * 60 + "Jürgen – “now”"),
        (("Доброе утро, я пишу вам о мусоре. " * 9).encode("koi8-r"), "Доброе утро, я пишу вам о мусоре. " * 9),
        ("Jürgen ist müde, sehr müde; Bär und Kühe, Tür und Tor.".encode()[:-1] + b"\xff",
         "Jürgen ist müde, sehr müde; Bär und Kühe, Tür und Tor\ufffd"),
    ],
)  # fmt: skip
def test_a_character_set_that_nobody_named(octets: bytes, text: str) -> None:
    """MB9: one "ü" among a thousand letters is as Western as ten; UTF-8 with one octet damaged stays UTF-8."""
    assert [in_charset(octets, said)[0] for said in ("", "utf-8", "x-unknown")] == [text] * 3


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\rc\td\x0be\x0cf\x85g", "a\nb\nc\td\ne\nf\ng"),
        ("a\r\r\nb", "a\n\nb"),
        ("a\r\r\nb\0", "a\n\nb"),
        ("a\x1bb\x9fc\ud800d\x84e", "abcde"),
        ("a\u00a0b\u200bc\u2028d", "a\u00a0b\u200bc\u2028d"),
        ("é\n§\n", "é\n§\n"),
    ],
)
def test_clean(text: str, kept: str) -> None:
    """Every kind of line end is one, and controls and lone surrogates are gone; all else stays."""
    assert clean(text) == kept
