"""Disguises that people and programs put on an address in plain text."""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

from collections.abc import Callable

from tests.torture.case import AFTER, BEFORE, Maker, body, mail

_CYRILLIC = str.maketrans("aceopxyisj", "асеорхуіѕј")
_GREEK = str.maketrans("aoviktu", "αονικτυ")
_LEET = str.maketrans("aeios", "43105")
_SMALL = str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
_ACCENTS = str.maketrans("aeiou", "áèïõů")


def _shifted(first: int, upper: bool = False) -> Callable[[str], str]:
    """Letters moved to another block of Unicode."""

    def shift(address: str) -> str:
        return "".join(chr(first + ord(c) - 97) if c.isascii() and c.isalpha() else c for c in address.lower())

    return shift


def _said(at: str, dot: str) -> Callable[[str], str]:
    def say(address: str) -> str:
        local, _, domain = address.partition("@")
        return f"{local.replace('.', dot)}{at}{domain.replace('.', dot)}"

    return say


def _half(at: str, dot: str) -> Callable[[str], str]:
    """Words in the domain alone."""

    def say(address: str) -> str:
        local, _, domain = address.partition("@")
        return f"{local}{at}{domain.replace('.', dot)}"

    return say


def _between(mark: str) -> Callable[[str], str]:
    return lambda address: mark.join(address)


WORDS = (
    ("en", " at ", " dot "), ("en, capitals", " AT ", " DOT "), ("es", " arroba ", " punto "), ("pt", " arroba ", " ponto "),
    ("pl", " małpa ", " kropka "), ("pl without accents", " malpa ", " kropka "), ("fr", " arobase ", " point "),
    ("fr, at", " at ", " point "), ("ht", " arobas ", " pwen "), ("de", " at ", " Punkt "), ("de, Klammeraffe", " Klammeraffe ", " Punkt "),
    ("it", " chiocciola ", " punto "), ("nl", " apenstaartje ", " punt "),
)  # fmt: skip
ELSEWHERE = (
    ("fi", "miukumauku", "piste"), ("bg", "маймунско а", "точка"), ("sq", "et", "pika"), ("so", "at", "dhibic"), ("fa", "ات ساین", "نقطه"),
    ("th", "แอท", "จุด"), ("hi", "एट", "डॉट"), ("el", "παπάκι", "τελεία"), ("ro", "coadă de maimuță", "punct"), ("hr", "majmun", "točka"),
    ("id", "keong", "titik"), ("ar", "آت", "نقطة"), ("he", "שטרודל", "נקודה"), ("vi", "a còng", "chấm"), ("tr", "kuyruklu a", "nokta"),
    ("zh", "艾特", "点"), ("ja", "アット", "ドット"), ("ko", "골뱅이", "점"), ("in India", "at the rate", "dot"),
)  # fmt: skip
GUARDED = (
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__x.org_u-3Fe-3D{l}-2540{d}-26x-3D1&d=DwMF", "https://urldefense.com/v3/__mailto:{l}*{d}__;QA!!AbC!x$",
    "https://urldefense.com/v3/__https://x.org/u?e={l}*40{d}__;JQ!!AbC!x$", "https://a.safelinks.protection.outlook.com/?url=mailto%3A{l}%40{d}&data=05",
    "https://www.google.com/url?q=https://x.org/%3Fe%3D{l}%2540{d}", "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fx.org%3fe%3d{l}%40{d}&c=E",
    "https://protect-us.mimecast.com/s/AbC?domain=x.org&e={l}%40{d}", "bounce-77-{l}={d}@list.example",
)  # fmt: skip
CALLED = ("my gmail is {l}", "gmail: {l}", "{l} on gmail", "Gmailim {l}", "mon gmail c'est {l}", "mi gmail es {l}")
OF_LETTERS = (
    ("user, capitalised", "User {t} cannot log in."), ("ID, capitals", "ID: {u}"), ("login, capitalised", "My login is {t} there."),
    ("glued, capitals", "EMAIL{u}{d}"), ("domain first", "{d} at {l}"), ("Braille", "{b}"), ("alphabet of radio", "{n}"),
)  # fmt: skip
BRAILLE = dict(zip("abcdefghijklmnopqrstuvwxyz", "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵", strict=True))
RADIO = (
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima", "Mike", "November",
    "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "Xray", "Yankee", "Zulu",
)  # fmt: skip
UNITS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _figures_said(address: str) -> str:
    local, _, domain = address.partition("@")
    said = f"{local[:-2].replace('.', ' dash ')} {TENS[int(local[-2])]} {UNITS[int(local[-1])]}"
    return f"{' '.join(said.split())} at {domain.replace('.', ' dot ')}"


def _words_turned(address: str) -> str:
    return " ".join(word[::-1] for word in reversed(_said(" at ", " dot ")(address).split()))


BRACKETS = (
    "(at)|(dot)", "[at]|[dot]", "{at}|{dot}", "<at>|<dot>", " (at) | (dot) ", "(AT)|(DOT)", "[@]|[.]", "(@)|(.)", "_at_|_dot_",
    "-at-|-dot-", "*at*|*dot*", "/at/|/dot/", "~at~|~dot~", "|at|||dot|", " [ at ] | [ dot ] ", "((at))|((dot))", "--at--|--dot--",
    ".at.|.dot.", "«at»|«dot»", "(a)|(d)", "[a]|.", "(arroba)|(punto)", "[arroba]|[ponto]", "(małpa)|(kropka)", "(arobase)|(point)",
    "(ät)|(punkt)", "(at sign)|(dot)", " at-sign | dot ", "'at'|'dot'", "\"at\"|\"dot\"", " @ | . ", " @|. ", "@ | .", " at | . ",
    " AT |.", "(at)|.", "[at]|.", "{at}|.", " at | DOT ", "(bei)|(punkt)", " chez | point ", "@@|..", " ⓐ | • ", "ⓐ|.", "(@) |(.)",
    "AT|DOT", " @t | d0t ", "@[|.", "@\\|.", "\\@|\\.", "＠|．", "﹫|。", " ﹫ | ． ", "@\n|.", "\n@\n|.", "@\n> |.", "\n> @|.", " @\t|.", "&commat;|&period;", "[ät]|[punkt]",
)  # fmt: skip


def make(maker: Maker) -> None:
    """Each disguise on the writer's address, and on one that no header names."""

    def case(where: str, disguise: Callable[[str], str], level: str, unknown: str = "") -> None:
        for whose, grade in (("writer", level), ("other", unknown or level)):
            writer = maker.address()
            hidden = writer if whose == "writer" else maker.other()
            raw = mail(writer, body(f"My address is {disguise(hidden)} as ever."))
            maker.add("disguise", f"{where}, {whose}", raw, writer=writer, hidden=hidden, level=grade)

    for language, at, dot in WORDS:
        case(f"in words, {language}", _said(at, dot), "should")
        case(f"in words, domain alone, {language}", _half(at, dot), "should")
    for marks in BRACKETS:
        at, _, dot = marks.rpartition("|") if marks.count("|") == 1 else (marks[:4], "|", marks[5:])
        case(f"{at!r} and {dot!r}", _half(at, dot), "should")
    for language, at, dot in ELSEWHERE:
        case(f"in words, {language}", _half(f" {at} ", f" {dot} "), "should")
    for link in GUARDED:
        case(link[:30], lambda a, link=link: link.format(l=a.partition("@")[0], d=a.partition("@")[2]), "should")
    for said in CALLED:
        case(said, lambda a, said=said: said.format(l=a.partition("@")[0]), "should")
    case(
        "each word turned round",
        lambda a: " ".join(w[::-1] for w in _said(" at ", " dot ")(a).split()),
        "should",
        "best",
    )
    case("each word turned round, from the end", _words_turned, "should", "best")
    case("figures and hyphen in words", _figures_said, "should")
    _of_letters(maker)
    _invisible(case)
    _letters(case)
    _codes(case)


def _of_letters(maker: Maker) -> None:
    """A writer whose local part is letters alone, without its domain; in two halves."""
    for where, said in OF_LETTERS:
        local, _, domain = maker.address().partition("@")
        local = "".join(filter(str.isalpha, local))
        braille, radio = "".join(map(BRAILLE.__getitem__, local)), " ".join(RADIO[ord(letter) - 97] for letter in local)
        text = said.format(l=local, t=local.title(), u=local.upper(), d=domain.upper(), b=braille, n=radio)
        maker.add("disguise", where, mail(f"{local}@{domain}", body(text)), writer=f"{local}@{domain}", level="should")
    writer = maker.address()
    local, _, domain = writer.partition("@")
    raw = mail(writer, f"at {domain}\n\n{BEFORE}\n{AFTER}\n", subject=local)
    maker.add("disguise", "halves in subject and body", raw, writer=writer, level="should")


def _invisible(case: Callable[..., None]) -> None:
    for name, mark in (
        ("zero width space", "\u200b"), ("zero width non-joiner", "\u200c"), ("zero width joiner", "\u200d"), ("word joiner", "\u2060"),
        ("soft hyphen", "\u00ad"), ("BOM", "\ufeff"), ("combining grapheme joiner", "\u034f"), ("left-to-right mark", "\u200e"),
        ("invisible separator", "\u2063"), ("variation selector", "\ufe0f"), ("variation selector 17", "\U000e0100"),
        ("Mongolian vowel separator", "\u180e"), ("combining stroke", "\u0336"), ("combining dot", "\u0307"), ("enclosing circle", "\u20dd"),
        ("Arabic letter mark", "\u061c"), ("Khmer inherent vowel", "\u17b4"), ("interlinear anchor", "\ufff9"), ("NUL", "\0"),
        ("bell", "\x07"), ("delete", "\x7f"), ("C1 control", "\x85"), ("Hangul filler", "\u3164"), ("half-width Hangul filler", "\uffa0"),
        ("Braille blank", "\u2800"), ("musical beam", "\U0001d173"), ("tag cancel", "\U000e007f"), ("replacement character", "\ufffd"),
        ("private use", "\ue000"), ("unassigned", "\u0378"),
    ):  # fmt: skip
        plain = mark in "\x85\u3164\uffa0\u2800\ufffd\ue000\u0378"
        case(f"{name} everywhere", _between(mark), "should" if plain else "must", "best" if plain else "")
    case("zalgo", lambda a: "".join(c + "\u0300\u0335\u0489" for c in a), "must")
    case("right-to-left override", lambda a: f"\u202e{a[::-1]}\u202c", "should")
    case("right-to-left isolate", lambda a: f"\u2067{a[::-1]}\u2069", "best")
    case(
        "override of the domain alone",
        lambda a: f"{a.partition('@')[0]}@\u202e{a.partition('@')[2][::-1]}\u202c",
        "best",
    )
    case("left-to-right embedding", lambda a: f"\u202a{a}\u202c", "must")
    case("tag characters", lambda a: "".join(chr(0xE0000 + ord(c)) for c in a), "should")


def _letters(case: Callable[..., None]) -> None:
    case("capitals", str.upper, "must")
    case("MiXeD", lambda a: "".join(c.upper() if n % 2 else c for n, c in enumerate(a)), "must")
    case("full width", lambda a: "".join(chr(ord(c) + 0xFEE0) for c in a), "must")
    for name, first in (
        ("bold", 0x1D41A), ("italic", 0x1D44E), ("script", 0x1D4EA), ("fraktur", 0x1D51E), ("double-struck", 0x1D552), ("sans", 0x1D5BA),
        ("monospace", 0x1D68A), ("circled", 0x24D0), ("parenthesised", 0x249C), ("squared", 0x1F130), ("negative circled", 0x1F150),
        ("negative squared", 0x1F170), ("regional indicators", 0x1F1E6),
    ):  # fmt: skip
        case(
            f"{name} letters",
            _shifted(first),
            "should",
            "best" if name.startswith(("neg", "reg", "paren", "squa")) else "",
        )
    case("superscript digits and at", lambda a: a.translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")), "must")
    case("small capitals", lambda a: a.translate(_SMALL), "should", "must")
    case("Cyrillic look-alikes", lambda a: a.translate(_CYRILLIC), "should")
    case("Cyrillic look-alikes, (at)", lambda a: a.translate(_CYRILLIC).replace("@", " (at) "), "should")
    case("Greek look-alikes", lambda a: a.translate(_GREEK), "should")
    case("accents", lambda a: a.translate(_ACCENTS), "should")
    case("leetspeak", lambda a: a.translate(_LEET), "should")
    case(
        "leetspeak with @ for a", lambda a: a.partition("@")[0].replace("a", "@") + " at " + a.partition("@")[2], "best"
    )
    case("spaced", _between(" "), "should")
    case("spaced twice", _between("  "), "should")
    case("non-breaking spaces", _between("\u00a0"), "should")
    case("thin spaces", _between("\u2009"), "should")
    case("one letter a line", _between("\n"), "should")
    case("one letter a quoted line", _between("\n> "), "should")
    case("hyphens", _between("-"), "should", "best")
    case("dots", _between("·"), "should", "best")
    case("underscores", _between("_"), "should", "best")
    case("slashes", _between("/"), "should", "best")
    case("commas", _between(", "), "should", "best")
    case("pipes", _between("|"), "should", "best")
    case(
        "dashes between letters, words",
        lambda a: "-".join(a.replace("@", "+at+").replace(".", "+dot+")),
        "should",
        "best",
    )
    case("reversed", lambda a: a[::-1], "should")
    case("each half reversed", lambda a: f"{a.partition('@')[0][::-1]}@{a.partition('@')[2][::-1]}", "best")
    case("cut by a line", lambda a: f"{a[:6]}\n{a[6:]}", "should", "best")
    case("cut by a quoted line", lambda a: f"{a[:6]}\n> {a[6:]}", "should", "best")
    case("cut by a hyphen and a line", lambda a: f"{a[:6]}-\n{a[6:]}", "should", "best")
    case("cut by a soft break", lambda a: f"{a[:6]}=\n{a[6:]}", "must")
    case("cut at the @ by a line", lambda a: a.replace("@", "@\n"), "must")
    case("NOSPAM in the domain", lambda a: a.replace("@", "@NOSPAM."), "must")
    case("REMOVE behind", lambda a: a + ".REMOVETHIS", "must")
    case("no-spam in the local part", lambda a: a.replace("@", "-nospam@"), "must")
    case("plus tag", lambda a: a.replace("@", "+news@"), "must")
    case("dots left out", lambda a: a.partition("@")[0].replace(".", "") + "@" + a.partition("@")[2], "must")
    case("more dots", lambda a: ".".join(a.partition("@")[0].replace(".", "")) + "@" + a.partition("@")[2], "must")
    case("blanks around the dots", lambda a: a.replace(".", " . "), "should")
    case("blank behind the @", lambda a: a.replace("@", "@ "), "should")
    case("top domain left out", lambda a: a.rpartition(".")[0], "should", "best")
    case("local part alone", lambda a: a.partition("@")[0], "should", "best")
    case(
        "local part and provider in words",
        lambda a: f"{a.partition('@')[0]}, and the provider is {a.partition('@')[2]}",
        "should",
        "best",
    )
    case(
        "user and server as fields",
        lambda a: f"user: {a.partition('@')[0]} server: {a.partition('@')[2]}",
        "should",
        "best",
    )
    case("two columns", lambda a: f"{a.partition('@')[0]}   |   @{a.partition('@')[2]}", "should")
    case("brackets round each half", lambda a: f"[{a.partition('@')[0]}]@[{a.partition('@')[2]}]", "should")
    case(
        "quotation marks round the halves",
        lambda a: f"'{a.partition('@')[0]}' + '@' + '{a.partition('@')[2]}'",
        "should",
    )
    case("program that builds it", lambda a: f'var m = "{a[:4]}" + "{a[4:9]}" + "{a[9:]}";', "should", "best")
    case("glued to words", lambda a: f"mailme:{a},please", "must")
    case("glued to a number sign", lambda a: f"#{a}#", "must")
    case("in stars", lambda a: f"**{a}**", "must")
    case("in underscores", lambda a: f"__{a}__", "must")
    case("in quotation marks", lambda a: f"“{a}”", "must")
    case("behind an equals sign", lambda a: f"email={a}", "must")
    case("trailing dot", lambda a: f"{a}.", "must")
    case("trailing dot of DNS and port", lambda a: f"{a}.:25", "must")
    case("in a table of text", lambda a: f"| mail | {a} |\n|------|------|", "must")


def _codes(case: Callable[..., None]) -> None:
    case("percent", lambda a: a.replace("@", "%40"), "must")
    case("percent, dots too", lambda a: a.replace("@", "%40").replace(".", "%2E"), "must")
    case("percent twice", lambda a: a.replace("@", "%2540"), "must")
    case("percent thrice, all", lambda a: "".join(f"%2525{ord(c):02x}" for c in a), "must")
    case("entities, decimal", lambda a: "".join(f"&#{ord(c)};" for c in a), "must")
    case("entities, zeros before", lambda a: "".join(f"&#{ord(c):07};" for c in a), "must")
    case("entities, hex", lambda a: "".join(f"&#x{ord(c):X};" for c in a), "must")
    case("entities without semicolons", lambda a: "".join(f"&#{ord(c)}" for c in a), "must")
    case("entities, nested", lambda a: a.replace("@", "&amp;#64;"), "must")
    case("entities, nested twice", lambda a: a.replace("@", "&amp;amp;commat;"), "must")
    case("entities, of percent", lambda a: a.replace("@", "&#37;40"), "must")
    case("CSS escapes", lambda a: a.replace("@", "\\40 "), "should")
    case("CSS escapes, long", lambda a: "".join(f"\\{ord(c):06x}" for c in a), "should")
    case("\\u0040", lambda a: a.replace("@", "\\u0040"), "must")
    case("\\u{40}", lambda a: a.replace("@", "\\u{40}"), "should")
    case("\\U00000040", lambda a: a.replace("@", "\\U00000040"), "should")
    case("\\x40", lambda a: a.replace("@", "\\x40"), "must")
    case("\\100, octal", lambda a: a.replace("@", "\\100"), "should")
    case("U+0040", lambda a: a.replace("@", "U+0040"), "should")
    case("=40", lambda a: a.replace("@", "=40"), "must")
    case("=3D40", lambda a: a.replace("@", "=3D40"), "should")
    case("0x40", lambda a: a.replace("@", " 0x40 "), "best")
    case("encoded word Q", lambda a: f"=?utf-8?q?{a.replace('@', '=40')}?=", "must")
    case(
        "encoded word Q, two",
        lambda a: f"=?utf-8?q?{a.partition('@')[0]}?= =?utf-8?q?=40{a.partition('@')[2]}?=",
        "should",
    )
    case(
        "punycode of look-alikes",
        lambda a: f"{a.partition('@')[0]}@" + a.partition("@")[2].translate(_CYRILLIC).encode("idna").decode(),
        "must",
    )
    case("$ for @", lambda a: a.replace("@", "$"), "should", "best")
    case("# for @", lambda a: a.replace("@", "#"), "should", "best")
    case("! for @", lambda a: a.replace("@", "!"), "should", "best")
    case("* for @", lambda a: a.replace("@", "*"), "should", "best")
    case("emoji for @", lambda a: a.replace("@", "📧"), "should", "best")
    case("blank for @", lambda a: a.replace("@", " "), "should", "best")
    case("comma for dot", lambda a: a.replace(".", ","), "should")
    case("colon for dot", lambda a: a.replace(".", ":"), "should", "best")
