"""Quotations: what a mail program put into an answer, of what other people wrote.

A line is quoted that begins with a mark, that introduces such lines, or that is one of a header. Below a copied header,
a line that says "forwarded", or an introduction with unmarked text behind it, all is somebody else's, to the end. What
is quoted without any of these cannot be told from the writer's own words.

A header is known by its form first and its names second: whoever writes "To: apply, write to …" has copied nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from intake.redact import EMAIL_WITHHELD

_MOST = 200  # pieces; a text with more of them is taken for one quotation


def passages(text: str) -> list[tuple[bool, str]]:
    """The text in pieces, whole lines each, with whether it is quoted."""
    lines = text.splitlines(keepends=True)
    quoted = _marks(lines)
    for first, last in (*_introductions(lines, quoted), *_headers(lines), *_forwards(lines)):
        quoted[first:last] = [True] * (last - first)
    grouped = groupby(zip(quoted, lines, strict=True), key=lambda pair: pair[0])
    pieces = [(is_quoted, "".join(line for _, line in pairs)) for is_quoted, pairs in grouped]
    return pieces if len(pieces) <= _MOST else [(True, text)]


def is_alone(text: str) -> bool:
    """Whether nothing stands in a text but one marked quotation, with the line or two that introduce it. In doubt it is
    not: somebody is told that nothing was written to them."""
    lines = [line for line in text.splitlines() if line.strip()]
    marked = _marks(lines)
    first = marked.index(True) if True in marked else len(lines)
    introduced = first == 0 or (first <= 2 and bool(_COLON.search(lines[first - 1]) and _WHEN_OR_WHO.search(lines[0])))
    return first < len(lines) and all(marked[first:]) and introduced


Span = tuple[int, int]
"""Lines from the first up to, and without, the last."""

_ADDRESS = rf"(?:[^\s<>@]{{1,64}}@[^\s<>]{{1,255}}|{re.escape(EMAIL_WITHHELD)})"

# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────────────

_MARK = re.compile(r"\s*(?:[^\W\d_]{0,3}[>＞]|\|[^|]*$)")
_LONG = 60  # characters of a line that a mail program has broken


def _marks(lines: Sequence[str]) -> list[bool]:
    """The lines with a mark, and what of such a line was broken off without one."""
    quoted: list[bool] = []
    for at, line in enumerate(lines):
        marked = bool(_MARK.match(line))
        quoted.append(marked or (at > 0 and bool(_MARK.match(lines[at - 1])) and _goes_on(lines[at - 1], line)))
    return quoted


def _goes_on(above: str, line: str) -> bool:
    """Whether a line was broken in the middle: of an address, or because it was long."""
    above, words = above.rstrip(), line.split(maxsplit=1)
    if not words or above.endswith((">", "＞")):
        return False
    long = len(above) >= _LONG and (above[-1].isalnum() or above[-1] == ",")
    return long or ("@" in words[0] and above[-1] in ".-_+@")


# ── introductions ────────────────────────────────────────────────────────────────────────────────────────────────

_PARAGRAPH = 5  # lines that introduce a quotation, at most: "On Friday, … <…> wrote:"
_SEEN = 500  # characters of a line that are looked at
_IN_ANGLES = re.compile(rf"<(?:mailto:)?{_ADDRESS}[<>]")
_WHEN = re.compile(r"(?<!\d)(?:\d{1,2}[:.h]\d\d|(?:19|20)\d\d)(?!\d)")
_WHEN_OR_WHO = re.compile(rf"{_WHEN.pattern}|{_ADDRESS}")
_IN_BRACKETS = re.compile(rf"\((?:mailto:)?{_ADDRESS}\)")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}(?::| ?h ?)\d\d(?!\d)")
_NOT_OWN = r"(?<!\b[Iя] )(?<!\b(?:we|ik|vi) )(?<!\b(?:ich|jag|jeg|nou|tôi) )(?<!\bmwen )"
_WROTE = (
    rf"{_NOT_OWN}(?:wrote|schrieb\b|escribi[óo]|a écrit|escreveu|napisał(?:\(a\)|a)?|pisze|te ekri|ha scritto|schreef"
    r"|skrev|yazdı|kirjoitti|napsal(?:\(a\)|a)?|írta|a scris|đã viết|έγραψε|написал(?:\(а\)|а)?|пишет?"
    r"|написа(?:в|ла)(?:\(ла\))?|写道|寫道|님이 작성|이\(가\) 쓴 글|さん[はが]書きました)"
)
_SAYS = re.compile(rf"(?i){_WROTE}|geschr[ie]+[bv]en|napisana przez|\bekri\b|viết|작성|のメール|كتبت?\b|\bكتابة\b|כתב")
_SAYS_LAST = re.compile(rf"(?i){_WROTE}\W{{0,3}}[:：]\W{{0,3}}$")
_COLON = re.compile(r"[:：]\W{0,3}$")
_GROUPWISE = re.compile(r"\s*>>> .*>>>\s*$")  # its mark stands on this line alone


def _introductions(lines: Sequence[str], quoted: Sequence[bool]) -> Iterator[Span]:
    """The lines that introduce a quotation; with all below them, where that is not marked."""
    for at, line in enumerate(lines):
        if _GROUPWISE.match(line):
            yield at, len(lines)
        if quoted[at] or not line.strip():
            continue
        behind = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), len(lines))
        marked = behind < len(lines) and quoted[behind]
        first = at
        while first > max(0, at - _PARAGRAPH + 1) and lines[first - 1].strip() and not quoted[first - 1]:
            first -= 1
        said = " ".join(part.strip()[-_SEEN:] for part in lines[first : at + 1])
        if marked or behind > at + 1 or _COLON.search(said[-4:]):  # a paragraph or a sentence ends here
            if marked and _introduces_marked(said):
                yield first, behind
            elif not marked and _introduces_unmarked(said):
                yield first, len(lines)


def _introduces_marked(said: str) -> bool:
    """A colon, or who and when."""
    return bool(_COLON.search(said) or (_IN_ANGLES.search(said) and _WHEN.search(said)))


def _introduces_unmarked(said: str) -> bool:
    """ "… wrote:"; or two of who, when and "wrote", a mailbox among them, and a colon or all three; without a mailbox
    the time of day."""
    ends, in_angles, in_brackets = (bool(sign.search(said)) for sign in (_COLON, _IN_ANGLES, _IN_BRACKETS))
    if not (ends or in_angles or in_brackets):
        return False
    when, says = bool(_WHEN.search(said)), bool(_SAYS.search(said))
    if in_angles:
        return when + says + ends >= 2
    if in_brackets:
        return says and (when or ends)
    return says and bool(_SAYS_LAST.search(said) or _CLOCK.search(said))


# ── headers ──────────────────────────────────────────────────────────────────────────────────────────────────────

_FIELD = re.compile(
    r"[\s*_•·#\[–\-\u200e\u200f\u202a-\u202e]{0,12}([^\W\d_][^:：*_<>@|]{0,30}?)[\s*_]{0,4}[:：](?!//)[\s*_]{0,4}(.*)"
)
_NAMED = re.compile(rf"[^<@]{{0,80}}(?:<\s*(?:mailto:)?{_ADDRESS}[<>]|\[mailto:)")
_BRACKETED = re.compile(rf"[^<@(\d]{{0,80}}{_IN_BRACKETS.pattern}\s*$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CONTACT = re.compile(r"(?i)mail|[ck]onta[ck]t|correo|courriel|imèl")
_WRITERS_AND_READERS = (
    "from,to,cc,bcc,reply-to,sender,sent by,recipient,recipients,copy to,de,para,cco,responder a,à,cci,répondre à,da,"
    "rispondi a,ccn,od,do,dw,udw,kopia,von,an,kopie,antwort an,soti,soti nan,pou,van,aan,från,till,fra,til,kimden,kime,"
    "bilgi,gönderen,alıcı,lähettäjä,vastaanottaja,de la,către,feladó,címzett,komu,từ,đến,tới,người gửi,người nhận,"
    "от,кому,копия,від,копія,من,إلى,نسخة,المرسل,المستلم,المرسل إليه,发件人,收件人,抄送,寄件者,寄件人,收件者,副本,"
    "差出人,宛先,보낸 사람,받는 사람,보낸사람,받는사람,참조,מאת,אל,από,προς"
)
_SENDING = (
    "sent,sent at,enviado,enviado el,enviada,enviada em,enviado em,envoyé,envoyé le,wysłano,wysłane,gesendet,inviato,"
    "verzonden,skickat,sendt,voye,gönderildi,gönderme tarihi,gönderilme tarihi,lähetetty,trimis,elküldve,odesláno,"
    "đã gửi,ngày gửi,отправлено,надіслано,تم الإرسال,أُرسلت,أرسلت,تاريخ الإرسال,发送时间,寄件日期,送信日時,"
    "보낸 날짜,보낸날짜"
)
_MATTER = (
    "date,subject,fecha,asunto,data,assunto,temat,objet,datum,betreff,oggetto,onderwerp,ämne,emne,aihe,konu,tarih,sijè,"
    "dato,subiect,tárgy,předmět,ngày,chủ đề,tiêu đề,дата,тема,تاريخ,التاريخ,الموضوع,日期,主题,主旨,件名,日時,日付,"
    "제목,날짜"
)
_READERS_IN_HEADERS = frozenset("a")  # Italian; elsewhere the answer to a question
_WHO, _SENT, _ABOUT = (frozenset(names.casefold().split(",")) for names in (_WRITERS_AND_READERS, _SENDING, _MATTER))
_KNOWN = _WHO | _SENT | _ABOUT
_MAY_TELL = _WHO | _READERS_IN_HEADERS


@dataclass(frozen=True)
class _Field:
    """A field of a header; looked at once for each line that may end one, so that it remembers what it found."""

    name: str
    value: str

    @cached_property
    def named(self) -> bool:
        """A mailbox as headers have it: "Rosa Kvist <…>"."""
        return bool(_NAMED.match(self.value))

    @cached_property
    def bare(self) -> bool:
        """Nothing but addresses."""
        words = self.value[:_SEEN].replace(EMAIL_WITHHELD, "@").split()
        return bool(words) and all("@" in word or not any(map(str.isalnum, word)) for word in words)

    @cached_property
    def tells(self) -> bool:
        """Whether its value names a mailbox."""
        return self.named or self.bare or bool(_BRACKETED.match(self.value[:_SEEN]))

    @cached_property
    def telling(self) -> bool:
        """Whether its value alone is of a header: a mailbox or a year, and no office's contact."""
        return not _CONTACT.search(self.name) and (self.tells or bool(_YEAR.search(self.value)))


def _field(line: str) -> _Field | None:
    found = _FIELD.match(line)
    return _Field(" ".join(found[1].casefold().replace(".", "").split()), found[2].strip()) if found else None


def _headers(lines: Sequence[str]) -> Iterator[Span]:
    """Headers, with all below them; and single fields of one."""
    run: list[_Field] = []
    first = last = 0  # lines where the run begins, and where its last field does
    for at, line in enumerate(lines):
        if field := _field(line):
            first, last = first if run else at, at
            run.append(field)
        elif run and at - last <= _FOLDS and _folded(line):
            run[-1] = replace(run[-1], value=f"{run[-1].value[:_SEEN]} {line.strip()[:_SEEN]}")
        else:
            run = []
            continue
        if _is_header(run[-_FIELDS:]):
            yield first, len(lines)
            return
        if run[-1].name in _WHO and run[-1].tells:
            yield last, at + 1


_FOLDS = 3  # lines that a field goes on
_FIELDS = 12  # of a header


def _folded(line: str) -> bool:
    """Whether a line goes on with the one above: it begins with a blank, or holds a mailbox and no more."""
    return bool(line.strip()) and (line[0] in " \t<" or bool(_ENDS_IN_MAILBOX.search(line.rstrip()[-_SEEN:])))


_ENDS_IN_MAILBOX = re.compile(rf"<(?:mailto:)?{_ADDRESS}>+;?$")


def _is_header(run: Sequence[_Field]) -> bool:
    """Two fields known by their names, one of them with an address or "sent"; or two by their values alone: a mailbox
    with a name, and another one or a date. A memo and opening hours are neither, nor is how to reach an office."""
    known = {field.name for field in run} & _KNOWN
    if len(known) > 1 and (known & _SENT or any(field.tells for field in run if field.name in _MAY_TELL)):
        return True
    telling = [field for field in run if field.telling]
    return len(telling) > 1 and any(field.named for field in telling)


# ── forwarded ────────────────────────────────────────────────────────────────────────────────────────────────────

_MESSAGE = (
    "messag|mensa|nachricht|wiadomo|mesaj|bericht|сообщ|письм|повідомл|رسالة|消息|訊息|邮件|郵件|メッセージ|메시지"
)
_LETTER = rf"(?:{_MESSAGE}|thư|tin nhắn|лист|ileti|信件|メール|메일)"  # the last are words for much else
_FORWARDED = (
    "(?:forward|reenvi|encaminh|przekaz|przesł|transf|transmis|réexpéd|weitergel|inoltr|voye|doorgest|redirec|înaint"
    "|chuyển tiếp|转发|轉寄|轉發|转寄|転送|전달|пересл|пересыл|пересил|переадрес|перенаправ|переспрям"
    "|م\u064f?عاد|م\u064f?حال|محو\u0651?ل|[iİ]letilen|yönlendir)"
)
_ORIGINAL = "(?:origin|gốc|原|исходн|оригин|оригін|вихідн|أصلي|özgün|orijinal|원본|元の|オリジナル)"
_ASKED = (  # "Forward this message to:"
    "to,an,aan,naar,mensaje a,message à,messaggio a,mensagem a,mensagem para,wiadomość do,wiadomość na,сообщение на,"
    "письмо на,повідомлення на,mesajul la,bericht op,thư này đến,thư này tới"
)


def _beside(one: str, other: str) -> str:
    return rf"{one}[^\n:]{{0,20}}{other}|{other}[^\n:]{{0,20}}{one}"


_TITLE = re.compile(
    rf"(?i){_MESSAGE}|forward|origin|{_beside(_FORWARDED, _LETTER)}|{_beside(_ORIGINAL, _LETTER)}|{_WROTE}\s?[:：]\s*$"
)
_SAYS_FORWARDED = re.compile(
    rf"(?i)[^\n:]{{0,30}}(?:{_beside(_FORWARDED, _LETTER)})[^\n:：]{{0,20}}"
    rf"{''.join(rf'(?<! {asked})' for asked in _ASKED.split(','))}[:：]"
    r"|(?:Invitation|Cancelled|Answer to an invitation):"  # what `invitation` makes of a calendar's entry
)
_LINE = re.compile(r"\s*[_-]{10,}\s*$")
_DRAWN = "-_=—–"
_TITLED = 80  # characters between drawn lines
_WRITER = re.compile(rf"[^<@:：]{{1,80}}<(?:mailto:)?{_ADDRESS}>\s*$")


def _says_forwarded(line: str) -> bool:
    """A title between drawn lines, or a line that ends in a colon."""
    said = line.strip().strip("*").strip()
    if said[:3].strip(_DRAWN) or said[-3:].strip(_DRAWN):
        return said[-1:] in (":", "：") and bool(_SAYS_FORWARDED.fullmatch(said))
    title = said.strip(_DRAWN)
    return len(title) <= _TITLED and bool(_TITLE.search(title))


def _forwards(lines: Sequence[str]) -> Iterator[Span]:
    """What is below a line that says so, or below one that is drawn above somebody's mailbox."""
    for at, line in enumerate(lines):
        drawn = bool(_LINE.match(line)) and any(_WRITER.match(below) for below in lines[at + 1 : at + 3])
        if drawn or _says_forwarded(line):
            yield at, len(lines)
            return
