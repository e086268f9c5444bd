"""Notes that machines write, known by their words alone: the whole text is one, and nothing in it answers a letter.

The rule this module keeps: in doubt it is an answer. A lost answer is worse than a note too many. So every single word
must be one of such a note's (`vocabulary`), a number, an address, or a name where a name can stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from intake.machine.signs import ABSENCE_NOTE, AUTOMATIC, READ_RECEIPT
from intake.machine.vocabulary import CONFIRMATION, CONNECTING, LANGUAGES, NO_NAMES, Vocabulary, plain, words
from intake.machine.words import confirms_receipt, spoken

LONGEST = 1_500  # characters of such a note


def note(subject: str, text: str, own: str, ref: str = "") -> str:
    """The kind of note that a mail without any sign in its header is; "" in doubt.

    `own`: the text without what it quotes. A subject with `ref` in it is that of the letter that is answered.
    """
    if len(text) <= LONGEST and (kind := _fixed(subject, " ".join(text.split()))):
        return kind
    own = own.strip()
    if not own or len(own) > LONGEST:
        return ""
    if confirms_receipt(own):
        return AUTOMATIC if _is_made_of(own, (CONFIRMATION,)) else ""
    absent = spoken(subject, "") == ABSENCE_NOTE or bool(_IS_AWAY.search(subject))
    if not absent and ref not in subject:
        own = f"{subject}\n{own}"
    body = plain(_body(own))
    languages = [one for one in LANGUAGES if one.core.search(body)]
    if languages:
        return ABSENCE_NOTE if _is_made_of(own, languages) else ""
    return ABSENCE_NOTE if absent and any(_is_made_of(own, (one,)) for one in LANGUAGES) else ""


# ── texts that a program fixed ───────────────────────────────────────────────────────────────────────────────────

_READ_HEAD = re.compile(
    r"(?i)(?:not read|read|read receipt|return receipt(?: \(displayed\))?|le[íi]do|no le[íi]do|sin leer|lu|non lu"
    r"|gelesen"
    r"|ungelesen|lida|lido|n[ãa]o lid[ao]|przeczytano|przeczytane|nie przeczytano|letto|non letto|gelezen|niet gelezen"
    r"|прочитано|прочтено|не прочитано|прочитане|đã đọc|okundu|okunmadı|已读|未读|已讀|未讀|مقروءة"
    r"|delivered|relayed|entregado|remis|zugestellt|übermittelt|entregue|dostarczono|consegnato|recapitato|bezorgd|доставлено|已送达)\s*[:：-]"
)
_FIELDS = r"(?:[^:：]{1,30}[:：].{1,900}?)"  # To, Subject, Sent
_MESSAGE = (
    r"(?:your message|su mensaje|el mensaje|votre message|ihre nachricht|a sua mensagem|sua mensagem|twoja wiadomość"
    r"|il messaggio|uw bericht|ваше сообщение|ваше повідомлення|thư của bạn|iletiniz|您的邮件|你的邮件)"
)
_WAS_READ = (
    r"(?:was (?:read|deleted without being read|delivered|opened)|has been (?:read|delivered)"
    r"|(?:se|fue) (?:ley[óo]|le[íi]do|eliminado sin leer(?:se|lo)?|entregado)|a été (?:lu|supprimé sans être lu|remis)"
    r"|wurde (?:am .{0,60} )?(?:gelesen|ungelesen gelöscht|zugestellt)|foi (?:lida|excluída sem ser lida"
    r"|eliminada sem ser lida|entregue)"
    r"|została (?:przeczytana|usunięta bez przeczytania|dostarczona)|è stato (?:letto|eliminato senza essere letto"
    r"|recapitato)"
    r"|is (?:gelezen|verwijderd zonder te zijn gelezen|bezorgd)|(?:было )?(?:прочитано|удалено без прочтения)"
    r"|đã được đọc|okundu|已被阅读)"
)
_RECEIPTS = re.compile(
    rf"(?is)(?:{_MESSAGE} {_FIELDS} ?{_WAS_READ}"
    r"|this is a (?:return|read|delivery) receipt for the (?:mail|message|e-?mail) (?:that )?you sent to [^\s]{1,200}"
    r"(?: note: this return receipt only acknowledges that the message was displayed on the recipient's computer\."
    r" there is no guarantee that the recipient has read or understood the message contents)?"
    r"|(?:return receipt )?your document: .{0,300}? was received by:"
    r"|your message (?:\"[^\"]{0,300}\" |to \S{1,150} )?was (?:read|opened|delivered)"
    r"|your message (?:has been"
    r"|was) (?:successfully )?delivered to the following recipients?: [^:]{0,150}@[^\s:]{1,100}"
    r"(?: subject: .{0,300})?)(?P<when>[ .].{0,160})?"
)
_WHEN = re.compile(r"[^\W\d_]{2,}")
_OF_A_TIME = words(
    """on at by the of el la las los a de del le um uhr am em w dniu o il alle op om les à das às utc gmt
    lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre
    octubre noviembre diciembre lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin
    juillet août septembre octobre novembre décembre segunda-feira terça-feira quarta-feira quinta-feira sexta-feira
    segunda terça quarta quinta sexta feira janeiro fevereiro março maio junho julho setembro outubro dezembro
    poniedziałek wtorek środa czwartek piątek sobota niedziela stycznia lutego marca kwietnia maja czerwca lipca
    sierpnia września października listopada grudnia lunedì martedì mercoledì giovedì venerdì sabato domenica
    gennaio febbraio aprile maggio giugno luglio settembre ottobre novembre dicembre maandag dinsdag woensdag
    donderdag vrijdag zaterdag zondag januari februari maart mei juni juli augustus oktober november december"""
)
_QUOTED = r"[\"“”„«»'‘’].{0,400}[\"“”»«'‘’]"
_RECALL = re.compile(
    rf"(?is).{{1,100}} (?:would like to recall the message|desea recuperar el mensaje|quiere recuperar el mensaje"
    rf"|souhaite rappeler le message|gostaria de (?:cancelar|recuperar|recolher) a mensagem"
    rf"|desidera richiamare il messaggio"
    rf"|chce odwołać wiadomość|wil het bericht|möchte die nachricht|хочет отозвать сообщение|muốn thu hồi thư"
    rf"|希望撤回邮件),? ?{_QUOTED} ?(?:zurückrufen|intrekken)?\.?"
)


def _fixed(subject: str, text: str) -> str:
    """Of a text on one line: a receipt, or a message that is called back."""
    if _RECALL.fullmatch(text):
        return AUTOMATIC
    if not text:
        return READ_RECEIPT if _READ_HEAD.match(subject) else ""
    receipt = _RECEIPTS.fullmatch(text)
    when = _WHEN.findall(plain(receipt["when"] or "")) if receipt else []
    told = receipt and all(word[0].isupper() or word.casefold() in _OF_A_TIME for word in when)
    return READ_RECEIPT if told else ""


# ── texts that a person wrote beforehand ─────────────────────────────────────────────────────────────────────────

_IS_AWAY = re.compile(r"(?i)\bis (?:currently )?(?:out of the office|away|on vacation|on leave)\b")
_ANSWERS = re.compile(
    r"[?？؟¿$€£%&*=]|(?<![.\d:/])\d{1,2}[:h]\d\d(?![:\d])|(?i:\d ?[ap]\.?m\b)"
    r"|(?i:(?:^|[.!\n] ?)(?:no|nao|nie|non|nein|nee|нет|ні|khong|hayir) ?[.,!\n])"
)
_ABBREVIATED = re.compile(r"(?i)\b(mr|mrs|ms|dr|sr|sra|st|ext|tel|sig|dott|hr|fr|m|mme|bzw|ul)\.")
_BREAK = re.compile(r"[.!。！](?=\s|$|[^\x00-\x7f])|[;:：,，、،؛()\[\]–—|]|\s-\s|\n")
_NO_WORDS = re.compile(
    r"[^\s@]{0,100}@\S+|(?i:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]{2,})+\b|[+]?\d[\d/.-]*(?:st|nd|rd|th|er|º|ª)?\b"
)
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_WRAPPED = re.compile(r"(?<=[^\n]{50})(?<![.!:])\n(?=\S)")
_SIGNATURE = 10  # lines at the end
_NAMES = 8  # words in one of them
_NAME = 4  # words of a name


def _is_made_of(text: str, languages: Sequence[Vocabulary]) -> bool:
    """Whether nothing stands in it but their words, and names and numbers where they can."""
    body = plain(_body(text))
    for one in languages:
        body = one.said.sub(" _ ", one.core.sub(" _ ", body))
    if _ANSWERS.search(body) or any(one.never.search(body) for one in languages):
        return False
    known = frozenset().union(*(one.words for one in languages))
    before = frozenset().union(*(one.before for one in languages))
    return all(_is_known(part, known, before) for part in _BREAK.split(_NO_WORDS.sub(" _ ", body)))


def _is_known(part: str, known: Set[str], before: Set[str]) -> bool:
    """Whether the words of a part of a sentence are known, but for a name behind a word that calls for one."""
    room = 0  # words that can be a name here
    for word in _WORD.findall(part):
        folded = word.casefold()
        if folded in known:
            room = _NAME if folded in before else 0
        elif room and word[0].isupper() and folded not in NO_NAMES:
            room -= 1
        else:
            return False
    return True


def _body(text: str) -> str:
    """The text without the signature at its end: names, titles, offices, numbers, and no sentence."""
    lines = [line.strip() for line in _ABBREVIATED.sub(r"\1", text).splitlines() if line.strip()]
    last = len(lines)
    while last > max(1, len(lines) - _SIGNATURE) and _signs(lines[last - 1]):
        last -= 1
    return _WRAPPED.sub(" ", "\n".join(lines[:last]))


def _signs(line: str) -> bool:
    """Whether a line is of a signature."""
    names = _WORD.findall(_NO_WORDS.sub(" ", plain(line)))
    folded = [name.casefold() for name in names]
    named = (part in CONNECTING or name[0].isupper() for part, name in zip(folded, names, strict=True))
    return len(names) <= _NAMES and line[-1] not in ".!:;。！" and all(named) and not NO_NAMES.intersection(folded)
