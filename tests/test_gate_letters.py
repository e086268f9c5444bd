"""The gate lets honest letters through: what resembles an address, or the ways to hide one, holds nothing."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from intake.compose import Outgoing, compose
from intake.egress import check

SHOWN = ("agencies.example", "intake.example", "ct.gov")
MESSAGE = Outgoing(
    from_name="Citizen via Intake",
    from_addr="reply+0123456789abcdefghjk@intake.example",
    to_addr="dmv@agencies.example",
    reply_to="reply+0123456789abcdefghjk@intake.example",
    subject="[7K3M-9QX2-TR4B] A question",
    text="",
    message_id="<7k3m-9qx2-tr4b@intake.example>",
    date=datetime(2026, 11, 3, 10, 11, 12, tzinfo=UTC),
)
WRITERS = (
    ("maria.lopez@gmail.com", ("Maria Lopez",)),
    ("maria@mailbox.example", ("Maria Lopez",)),
    ("sunshine@yahoo.com", ("Ann Reed",)),
    ("bakery@main-street.example", ("Ann Reed",)),
    ("pokoj_7@post.example", ("Anna Nowak",)),
    ("jorge.silva1984@outlook.com", ("Jorge Silva",)),
    ("li@qq.com", ("Wei Li",)),
)
"""Known addresses, and the names that are shown."""

PARAGRAPHS = [
    # signs and words as sentences have them
    "Look at this dot on the map: a point at the end of Main Street. Meet at noon. Dot said she was at home.",
    "We ordered 3 pcs @ $4 and 12 boxes @ 10.50, at the rate of 5 percent. Lunch @ noon.",
    "Follow the town @TownOfAvon or @ct_parks on Instagram; my own channel is @jane_runs.",
    "Maria Lopez, the baker at Main Street, Example Road 5, wrote to Yahoo. My Gmail is full, sunshine.",
    "There is a dash and a hyphen in the form; minus three degrees; an underscore is no letter. Point seven: zero.",
    "Maria Lopez asked the gmail help desk. I wait. Sunshine, yahoo! The bakery on main street is closed.",
    "One two three four, five six seven eight, nineteen eighty four, seventy one, twenty-two and oh nine.",
    "Alfa Romeo, Hotel Victor, Golf Club Lima: Mike, Oscar and Juliett went to India in November. Tango! Papa Charlie.",
    "A as in apple, B as in boy. Spelt: L as in Lima, O as in Oscar, P as in Papa, E as in Echo, Z as in Zulu.",
    "My name is spelt Lima Oscar Papa Echo Zulu, first name Mike Alfa Romeo India Alfa. Thank you.",
    "El punto es que a la arroba de maíz le falta un guion. Vivo en el punto más alto, menos mal. Uno, dos, tres.",
    "O ponto fica no fim da rua, a uma arroba de distância. Um traço, dois pontos, menos cinco graus.",
    "Le point est là, à un tiret près. Maria Lopez et Google, chez nous. Soixante et onze euros, moins dix.",
    "Der Punkt ist: bei uns gibt es keinen Strudel. Minus fünf Grad, ein Bindestrich, einundsiebzig Euro.",
    "Chodzi o to, że małpa uciekła. Kropka. Na pocztę, przez konto, minus pięć stopni, siedem jeden.",
    "У соседа собака лает. Точка. Минус пять, тире, семьдесят один рубль. На углу улицы, дом семь.",
    "Köşede bir nokta var, eksi beş derece. Et ve tire aldık; bir, iki, üç.",
    "Điểm này có dấu chấm ở cuối, không phải một hai ba bốn.",
    "النقطة هنا على الطريق عند البيت. واحد اثنان ثلاثة. شكرا",
    "यह बिंदु सड़क के पास है। एट होम। धन्यवाद",
    "จุดนี้อยู่ใกล้บ้าน ขอบคุณครับ",
    "这一点很重要，三点见。小老鼠跑了。一二三四五",
    "この点について。ドットが一つあります。ゼロ、一、二",
    "이 점에 대해 닷새 안에 알려 주세요. 골뱅이 무침",
    "Pwen an se sa: yon boutik nan lari a, de moun, twa timoun. Mèsi.",
    "Pika na kraju. Točka. Jedan dva tri, minus pet, crtica.",
    # of programs
    "Clone git@github.example:town/forms.git or ssh://git@code.example:22/town/forms, then npm i left-pad@1.2.3.",
    "We use pkg@1.2.3, @scope/name@4.5.6-beta.rc and react@18.2.0-next.abc, tag v1.0@release.",
    "md5 d41d8cd98f00b204e9800998ecf8427e, sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709,\n"
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "https://www.gravatar.com/avatar/00000000000000000000000000000000?s=80&d=mp",
    "00000000: 4865 6c6c 6f2c 2077 6f72 6c64 210a 0000  Hello, world!...\n"
    "00000010: 6e6f 7468 696e 6720 6973 2068 6572 650a  nothing is here.",
    "00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 21 0a 00 00  |Hello, world!...|\n00000010",
    "0000000   H   e   l   l   o       w   o   r   l   d\n0000020   a   g   a   i   n",
    "72, 101, 108, 108, 111, 44, 32, 119, 111, 114, 108, 100 and 01001000 01100101 01101100 01101100 01101111",
    "... --- ... / - .... .- -. -.- / -.-- --- ..- ... --- ... and -- -- -- -- -- -- --",
    "Order 114-3941689-8772232, UPS 1Z999AA10123456784, USPS 9400 1000 0000 0000 0000 00, FedEx 7489 1234 5678.",
    "Draw: 19-15-6-9-1-13-1-18 and 3, 8, 12, 25, 31, 42; scores 5 - 4, 3 - 2, 1 - 0, 7 - 6; dates 11/03/26, 12/04/26.",
    "https://urldefense.com/v3/__https://www.ct.gov/dmv?id=5*20a__;JQ!!abcDEF$ and\n"
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.ct.gov_dmv_forms-2Dlist&d=DwMFaQ&c=x-1",
    "https://nam01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.ct.gov%2Fdmv&data=05%7C02%7C%7C0%7C0",
    "SGVsbG8sIHRoaXMgaXMgbm90aGluZw== JBSWY3DPEBLW64TMMQQQ==== QUICK BROWN FOXES JUMPED OVER LAZY DOGS TODAY",
    '87cURD]i,"Ebo80 and R&D (AT&T), file(s), 5<6>4, C++, a=b&c=d; %u0041 U+0041 \\u0041 *41',
    "⠠⠓⠑⠇⠇⠕ ⠺⠕⠗⠇⠙, ollǝɥ, uryyb jbeyq, dlrow olleh, svool dliow, h3ll0 w0rld, l33t sp34k",
    "bounce-77-list=ct.gov@lists.ct.gov; help_at_ct.gov; help#ct.gov; VERP; example.com/at/home/dot/html",
    "I moved from Apt. #7 @ Post Road. Room 7, pokoj 7, post 7. Silva 1984, Jorge Silva, born 1984, outlook is good.",
    "The outlook, jorge. Silva at Outlook Farm, Maria at Mailbox Square, qq, li: on the list of Wei Li.",
]


def gate(text: str, writer: str, names: tuple[str, ...]) -> tuple[str, ...]:
    raw = compose(dataclasses.replace(MESSAGE, text=text))
    return check(raw, (writer,), SHOWN, shown_names=names, domain="intake.example")


@pytest.mark.parametrize(("writer", "names"), WRITERS)
@pytest.mark.parametrize("text", PARAGRAPHS)
def test_an_honest_letter_passes(text: str, writer: str, names: tuple[str, ...]) -> None:
    """LK19: whoever wrote it, and in whichever language, nothing is found in an honest paragraph."""
    assert gate(f"Dear sirs,\n{text}\nThank you\n", writer, names) == ()


def test_honest_paragraphs_together_pass() -> None:
    """Nor in all of them after each other: no two make an address."""
    for writer, names in WRITERS:
        assert gate("\n\n".join(PARAGRAPHS), writer, names) == ()
