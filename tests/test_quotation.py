"""Quotations: what mail programs put into an answer is told from what its writer says."""

# ruff: noqa: E501 - a row is a whole answer

from __future__ import annotations

from collections.abc import Callable

import pytest

from intake.quotation import passages
from intake.redact import EMAIL_WITHHELD
from tests.conftest import cpu_seconds
from tests.torture.quotation import WORDS, blocks

OWN, QUOTED = False, True
ROSA, HELP = "rosa.kvist@home.example", "help@court.example"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("Yes.\nNo.", [(OWN, "Yes.\nNo.")]),
        ("Yes.\n> a\n>> b\nNo.\n", [(OWN, "Yes.\n"), (QUOTED, "> a\n>> b\n"), (OWN, "No.\n")]),
        ("Yes.\n\nOn Friday, R. wrote:\n\n> a", [(OWN, "Yes.\n\n"), (QUOTED, "On Friday, R. wrote:\n\n> a")]),
        (
            "Yes.\n\nOn Friday\nR.\nwrote:\n> a\n\nNo.",
            [(OWN, "Yes.\n\n"), (QUOTED, "On Friday\nR.\nwrote:\n> a\n"), (OWN, "\nNo.")],
        ),
        ("Bring:\n- x\n\n> a", [(OWN, "Bring:\n- x\n\n"), (QUOTED, "> a")]),
        ("> a\n\nNow:\nx", [(QUOTED, "> a\n"), (OWN, "\nNow:\nx")]),
        ("x\nFrom: R.\nSent: now\nTo: S.\n\ny", [(OWN, "x\n"), (QUOTED, "From: R.\nSent: now\nTo: S.\n\ny")]),
        ("x\n*De :* R.\ny", [(OWN, "x\n*De :* R.\ny")]),
        (f"x\n*De :* {ROSA}\ny", [(OWN, "x\n"), (QUOTED, f"*De :* {ROSA}\n"), (OWN, "y")]),
        (f"x\nFrom: Rosa\n  <{ROSA}>\ny", [(OWN, "x\n"), (QUOTED, f"From: Rosa\n  <{ROSA}>\n"), (OWN, "y")]),
        ("E-mail: r@x.example\nA: yes", [(OWN, "E-mail: r@x.example\nA: yes")]),
    ],
)
def test_passages(text: str, pieces: list[tuple[bool, str]]) -> None:
    """LK7: signs at the beginning of lines, the lines that introduce them, and copied headers are other people's."""
    assert passages(text) == pieces


def own(text: str) -> str:
    return "".join(words for is_quoted, words in passages(text) if not is_quoted)


WROTE = (  # how mail programs introduce a quotation, in each language's words
    "On Friday, Rosa wrote:",
    "Am Freitag schrieb Rosa <{a}>:",
    "El viernes, Rosa escribió:",
    "El viernes, Rosa escribio:",
    "Le vendredi, Rosa a écrit :",
    "Na sexta, Rosa escreveu:",
    "W piątek Rosa napisała:",
    "W piątek Jan napisał:",
    "W piątek Ola napisał(a):",
    "Rosa te ekri:",
    "Venerdì Rosa ha scritto:",
    "Op vrijdag schreef Rosa <{a}>:",
    "Den fredag skrev Rosa <{a}>:",
    "Rosa yazdı:",
    "Rosa kirjoitti:",
    "Иван написал:",
    "Роза написала:",
    "Роза написал(а):",
    "Роза пишет:",
    "Роза пише:",
    "Rosa 写道：",
    "Rosa 寫道：",
)


@pytest.mark.parametrize("line", WROTE)
def test_who_wrote_is_said_in_each_language(line: str) -> None:
    """LK7: what is unmarked below such a line is somebody else's."""
    assert own(f"Yes.\n\n{line.format(a=ROSA)}\n\nhallo") == "Yes.\n\n"


NAMES = (  # writers and readers; when it was sent; what else stands in such a header
    ("from to cc bcc reply-to sender sent_by recipient recipients copy_to", "sent sent_at", "date subject"),
    ("de para cco responder_a", "enviado enviado_el", "fecha asunto"),
    ("de para cc", "enviada enviada_em enviado_em", "data assunto"),
    ("de à cci répondre_à", "envoyé envoyé_le", "date objet"),
    ("od do dw udw kopia", "wysłano wysłane", "temat data"),
    ("von an kopie antwort_an", "gesendet", "datum betreff"),
    ("da cc ccn rispondi_a", "inviato", "data oggetto"),
    ("van aan cc", "verzonden", "datum onderwerp"),
    ("från till", "skickat", "datum ämne"),
    ("fra til", "sendt", "emne"),
    ("kimden kime bilgi", "gönderildi", "konu tarih"),
    ("lähettäjä vastaanottaja", "lähetetty", "aihe"),
    ("soti pou soti_nan", "voye", "sijè"),
    ("от кому копия", "отправлено", "дата тема"),
    ("від кому копія", "надіслано", "дата тема"),
    ("من إلى نسخة", "", "تاريخ الموضوع"),
    ("发件人 收件人 抄送", "发送时间", "日期 主题"),
    ("寄件者 寄件人 收件者 副本", "寄件日期", "主旨"),
    ("差出人 宛先", "送信日時", "件名 日時"),
    ("보낸_사람 받는_사람 참조", "보낸_날짜", "제목"),
    ("מאת אל", "", "subject"),
    ("από προς", "", "subject"),
)


def _names(row: str) -> list[str]:
    return [name.replace("_", " ") for name in row.split()]


PAIRS = [
    *((who, _names(other)[0], ROSA) for names, _, other in NAMES for who in _names(names)),
    *((_names(names)[0], what, ROSA) for names, _, other in NAMES for what in _names(other)),
    *((_names(names)[0], sent, "Rosa") for names, sending, _ in NAMES for sent in _names(sending)),
]


@pytest.mark.parametrize(("first", "second", "value"), PAIRS)
def test_two_fields_of_a_header_are_enough(first: str, second: str, value: str) -> None:
    """LK7: by their names in each language, one of them with a bare address or the day it was sent."""
    assert own(f"Yes.\n\n{first}: {value}\n{second}: x\n\nhallo") == "Yes.\n\n"


HEADERS = {
    "English": ("From", "Sent", "To", "Subject"),
    "Italian": ("Da", "Inviato", "A", "Oggetto"),
    "Dutch": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "Swedish": ("Från", "Skickat", "Till", "Ämne"),
    "Turkish": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "Russian": ("От", "Отправлено", "Кому", "Тема"),
    "Chinese": ("发件人", "发送时间", "收件人", "主题"),
    "Taiwanese": ("寄件者", "寄件日期", "收件者", "主旨"),
    "Japanese": ("差出人", "送信日時", "宛先", "件名"),
    "Arabic": ("من", "تاريخ", "إلى", "الموضوع"),
    "French": ("De\u00a0", "Envoyé\u00a0", "À\u00a0", "Objet\u00a0"),
    "of no language": ("Xa", "Xb", "Xc", "Xd"),
}


@pytest.mark.parametrize(
    "form", ["{}: {}", "{}： {}", "*{}:* {}", "**{}**: {}", "- {}: {}", "[{}: {}]", "    {}:    {}"]
)
@pytest.mark.parametrize("language", HEADERS)
def test_below_a_copied_header_all_is_quoted(language: str, form: str) -> None:
    """LK7: in any language, by the names or by the form alone; in full width, bold, bulleted, in brackets."""
    values = (f"Rosa Kvist <{ROSA}>", "Monday, 3 March 2025 10:12", ROSA, "Plate")
    head = "\n".join(form.format(name, value) for name, value in zip(HEADERS[language], values, strict=True))
    assert own(f"Yes.\n\n{head}\n\nI am {ROSA}.\n") == "Yes.\n\n"


@pytest.mark.parametrize(
    "quotation",
    [
        f"From: Rosa Kvist\n<{ROSA}>\nTo: Ann; Others\n<{ROSA}>\nSubject: x\n\n{ROSA}",
        f"From: {EMAIL_WITHHELD}\nSubject: y\n\n{ROSA}",
        f"Sent by: {ROSA}\nSender: {ROSA}\nCopy to: {ROSA}\n{ROSA}",
        f"From: Rosa Kvist\nSent: Monday\nTo: DMV\n\n{ROSA}",
        f"-----Original Message-----\nRosa\n\n{ROSA}",
        f"---------- Forwarded message ---------\nSubject: x\n\n{ROSA}",
        f"Begin forwarded message:\n\nRosa\n{ROSA}",
        f"Inicio del mensaje reenviado:\n\nRosa\n{ROSA}",
        f"____________________________\nRosa Kvist <{ROSA}>\nMon 1/1/2024 9:00 AM\n\nhello {ROSA}",
        f"On Mon, Rosa <{ROSA}> wrote:\nhello\n{ROSA}",
        f"On Monday, Rosa wrote:\n\nhello {ROSA}",
        f"Am Montag schrieb Rosa <{ROSA}>:\n\nhallo {ROSA}",
        f"Rosa <{ROSA}> schrieb am Mo., 1. Jan. 2024, 09:00\n\nhallo {ROSA}",
        f"Rosa <{ROSA}> schrieb am Mo., 1. Jan. 2024, 09:00\n\n> hallo",
        f"Rosa <{ROSA}> ezt írta (időpont: 2024. jan. 1.):\n\n{ROSA}",
        f"2024年1月1日(月) 9:00 Rosa <{ROSA}>:\n\n{ROSA}",
        f"Rosa <{ROSA}> 于2024年1月1日周一 写道：\n\n> {ROSA}",
        f"On Monday, Rosa <{ROSA}>\nThe old\nman of the\nmountain\nwrote:\n\n> hello",
        f">>> Rosa <{ROSA}> 01/01/24 9:00 AM >>>\nHello {ROSA}",
        f"RK> hello\nRK> {ROSA}",
        f"| hello\n| {ROSA}",
        f"> a line that the mail program of somebody has broken because it was\nlong: {ROSA}\n> and so on",
        "> write to rosa.\nkvist@home.example",
        f"Xa: Rosa <{ROSA}>\nXb: Monday, 3 March 2025\n\n{ROSA}",
        f"Xa: Clerk <{EMAIL_WITHHELD}>\nXb: Monday, 3 March 2025\n\n{ROSA}",
        f"Invitation:\n\nRoad test\nWith {ROSA}",
    ],
)  # fmt: skip
def test_other_ways_to_quote(quotation: str) -> None:
    """LK7: introductions with and without marks, wrapped lines, other marks, forwarded messages, invitations."""
    assert own(f"Yes.\n\n{quotation}\n") == "Yes.\n\n"


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("program", [program for program in blocks("en", "") if "signature" not in program])
def test_the_big_mail_programs(language: str, program: str) -> None:
    """LK7: whatever language their blocks are in, no address in them is the writer's own, nor one in the words below."""
    block = blocks(language, ROSA)[program].replace("The plate is bent.", f"The plate is {ROSA}.")
    assert "@" not in own(f"Yes.\n\n{block}\n")


@pytest.mark.parametrize(
    "text",
    [
        f"For help write to {HELP}.",
        f"To: apply, write to {HELP}",
        f"An: Bewerbungen bitte an {HELP}",
        f"De: lunes a viernes, 9 a 14 h, {HELP}",
        f"**From:** 9 am, ask {HELP}",
        f"From: 9 am\nTo: 5 pm\nAsk {HELP}.",
        f"Date: 3 June 2026\nFrom: 9 am\nTo: 11 am\nPlace: Room 5\n\nQuestions: {HELP}",
        f"TO: Maria Lopez\nFROM: DMV, licensing unit\nDATE: June 3, 2026\nSUBJECT: Your license\n\nAsk {HELP}.",
        f"Office: County court\nPhone: 860-555-0100\nE-mail: {HELP}\nHours: 9:00-17:00",
        f"County court\nE-mail: {HELP}<mailto:{HELP}>\nPhone: 860-555-0100\n\nor {HELP}",
        f"Contact: Legal Aid <{HELP}>\nPhone: 860-555-0100\n\nor {HELP}",
        f"Records: {HELP}\nPermits: permits@court.example",
        f"You wrote that the plate is bent. Please tell {HELP}.",
        f"As we wrote:\nask {HELP}.",
        f"1. Fill in the form: https://court.example/form\n2. Send it to: {HELP}\n3. Wait.",
        f"Note: the office moves on 1 June 2026.\nNew address: 5 Main St\nMail: {HELP}",
        f"Case: 2026-114\nStatus: open\nNext step: write to {HELP} by 1 June 2026",
        f"> When?\nMonday, ask {HELP}.\n> Where?\nRoom 5, or {HELP}.",
        f"> I have a question.\n\n{HELP} can answer it.",
        f"----- Office hours -----\nMonday to Friday, {HELP}",
        f"____________________\nClerk, DMV\n{HELP}",
        f"| Office | E-mail |\n| Court | {HELP} |",
        f"Q: Who helps me?\nA: {HELP}",
        f"Write to Legal Aid <{HELP}> and bring the letter.",
        f"Write to Legal Aid <{HELP}> before 9:00.",
        f"Legal Aid <{HELP}> can help:\n- {HELP}",
        f"Office: Legal Aid <{HELP}>\nE-mail: {HELP}\n\n{HELP}",
        f"The forms:\n\n- DS-82: {HELP}\n- DS-11: {HELP}",
        f"Por favor escriba a: {HELP}",
        f"Prière d'écrire à : {HELP}",
        f"Message for you: forward this to {HELP}",
    ],
)  # fmt: skip
def test_honest_answers_keep_their_words(text: str) -> None:
    """LK7: what a clerk says is no quotation for a name that headers have as well, nor for a colon, a date or a line."""
    assert own(text).count(HELP) == text.count(HELP)


def test_very_many_pieces_are_one_quotation() -> None:
    """Nobody's answer has so many; each piece costs a look of its own."""
    text = "> a\nb\n" * 20_000
    assert passages(text) == [(QUOTED, text)]


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "a: b\n" * (n // 5),
        lambda n: "a\n" * (n // 2),
        lambda n: "-" * n + "x",
        lambda n: "a: " + "<" * n,
        lambda n: f"From: {'a@b ' * (n // 4)}\n",
        lambda n: " " * n + "x",
        lambda n: ">>> " * (n // 4),
        lambda n: "From: x\n <a\n" * (n // 12),
    ],
)
def test_long_answers_take_their_time_once(text: Callable[[int], str]) -> None:
    """Hostile lines cost no more than their length."""
    short, long = (min(cpu_seconds(lambda n=n: passages(text(n))) for _ in range(3)) for n in (20_000, 160_000))
    assert long < 40 * short + 0.2
