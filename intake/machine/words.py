"""What a mail's words say about who wrote it; never enough alone, because people write all of them.

The rule this module keeps: a subject counts by its very start, so that a letter *about* an automatic reply is a letter.
Patterns over text are RE2's, and only the beginning is looked at.
"""

from __future__ import annotations

import re
import unicodedata

import re2

from intake.machine.report import beginning
from intake.machine.signs import ABSENCE_NOTE, AUTOMATIC, CHALLENGE, DELIVERY_REPORT

START = 3_000  # characters of a text that are looked at
_HEAD = 80  # characters of a subject's first words


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for phrase in text.split("|"))


# What stands before the colon of a subject. "Auto:" (Sieve's default) is a car to most who write to a motor vehicle
# office, and "Absence:" a child's at school: neither is here, and both come with Auto-Submitted.
_ABSENCE_HEADS = _phrases(
    "automatic reply|automatic response|automated reply|automated response|auto reply|auto-reply|autoreply"
    "|auto response|auto-response|autoresponse|autoresponder|out of office|out of the office|out-of-office"
    "|out of office autoreply|out of office auto-reply|out of office auto reply|out of office reply"
    "|out of office notice|out of office message|out of office response|vacation reply|vacation response"
    "|away from my mail|away from the office|away from office|this is an automated reply"  # en
    "|respuesta automática|respuesta automatica|contestación automática|autorespuesta|fuera de oficina"
    "|fuera de la oficina|mensaje de ausencia"  # es
    "|resposta automática|resposta automatica|ausência temporária|fora do escritório|fora de escritório"
    "|mensagem de ausência"  # pt
    "|odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|autoresponder|poza biurem"
    "|informacja o nieobecności"  # pl
    "|réponse automatique|reponse automatique|absence du bureau|absent du bureau|message d'absence"
    "|message d’absence|notification d'absence|en dehors du bureau"  # fr
    "|repons otomatik|deyò biwo|mwen pa nan biwo"  # ht
    "|automatische antwort|abwesenheitsnotiz|abwesenheitsnachricht|abwesenheitsmeldung|abwesenheitsbenachrichtigung"
    "|automatische abwesenheitsnotiz|automatische rückmeldung|nicht im büro"  # de
    "|risposta automatica|risposta automatica di assenza|fuori sede|fuori ufficio|messaggio di assenza"  # it
    "|automatisch antwoord|automatische beantwoording|afwezigheidsbericht|afwezigheidsmelding|niet op kantoor"  # nl
    "|automatiskt svar|autosvar|frånvaromeddelande|ej på kontoret"  # sv
    "|automatisk svar|fraværsmeddelelse|automaattinen vastaus|automatická odpověď|automatikus válasz"
    "|автоматический ответ|автоответ|自动答复|自動回覆|自動応答|자동 회신"  # others in which Exchange answers
)
# "Delivery failed:" is a parcel, "Ticket received:" a policeman's: not here either.
_FAILURE_HEADS = _phrases(
    "undeliverable|undeliverable mail|undeliverable message|undelivered mail returned to sender|undelivered mail"
    "|undelivered message|delivery status notification|delivery status notification (failure)"
    "|delivery status notification (delay)|delayed mail (still being retried)|mail delivery failed"
    "|mail delivery failure|mail delivery problem|mail delivery system|mail delivery error"
    "|mail delivery status report|mail system error|mail system error - returned mail|returned mail"
    "|message delivery failure|message undeliverable|message status - undeliverable|nondeliverable mail"
    "|non delivery report|non-delivery report|error sending mail"
    "|unzustellbar|unzustellbare nachricht|nachricht unzustellbar|no se puede entregar|mensaje no entregado"
    "|não é possível entregar|mensagem não entregue|nie można dostarczyć|niedostarczona wiadomość|non remis"
    "|message non distribué|échec de la remise|non recapitabile|onbestelbaar|kan inte levereras"
    "|недоставленное сообщение|无法送达|未传递"
)
_CONFIRMED_TAGS = _phrases(
    "[request received]|[ticket received]|[ticket created]|[case created]|[solicitud recibida]|[demande reçue]"
    "|[solicitação recebida]"
)
_ABSENCE_TAGS = _phrases("[auto-reply]|[auto reply]|[autoreply]|[automatic reply]|[out of office]")
_CHALLENGE_HEADS = _phrases(
    "choicemail approval request|please confirm your message|please verify your message"
    "|please authenticate your message|sender address verification|message awaiting verification|antispam uol"
)
_AWAY = ("is out of the office", "is away from", "ist außer haus", "ist abwesend", "est absent", "está ausente")
_FORWARDED = ("fw", "fwd", "wg", "tr", "rv", "enc", "pd", "i", "doorst", "vb", "vs")


def _heads(subject: str) -> tuple[str, str]:
    """(what stands before the first colon; the same without a tag like "[EXTERNAL]" before it), folded."""
    start = subject[:_HEAD]
    if not start.isascii():
        start = unicodedata.normalize("NFC", start).replace("\uff1a", ":")
    start = " ".join(start.casefold().split())
    head = start.partition(":")[0].strip()
    if head.endswith((" re", " fwd", " aw", " rv")):  # "Out of office Re: my plates"
        head = head[:-3].rstrip()
    if not start.startswith("["):
        return head, head
    return head, start.partition("]")[2].partition(":")[0].strip()


def spoken(subject: str, text: str) -> str:
    """The kind that subject and text would be of, were they a machine's; "" for anything that a person writes."""
    whole, untagged = _heads(subject)
    for head in (whole, untagged):
        if head in _ABSENCE_HEADS:
            return ABSENCE_NOTE
        if head in _FAILURE_HEADS:
            return DELIVERY_REPORT
        if head in _CHALLENGE_HEADS:
            return CHALLENGE
    if whole.startswith("["):
        tag = whole.partition("]")[0] + "]"
        if tag in _ABSENCE_TAGS:
            return ABSENCE_NOTE
        if tag in _CONFIRMED_TAGS:  # Zendesk: "[Request received] …"
            return AUTOMATIC
    elif whole in ("auto", "warning"):
        start = subject[:200].casefold()
        if whole == "auto" and any(away in start for away in _AWAY):  # Domino: "AUTO: Ann Lee is out of the office (…)"
            return ABSENCE_NOTE
        if whole == "warning" and _LATE.match(start):
            return DELIVERY_REPORT
    return CHALLENGE if _demands(text) else ""


_LATE = re.compile(r"warning: (?:could not send message for past|message \S{6,40} delayed)")  # Sendmail, Exim

# A challenge says both: what to do, and that the message waits until then. A complaint about a captcha says one.
_DEMAND = re2.compile(
    r"(?i)(?:confirm|verify|prove|show)\s+(?:to\s+\S+\s+)?(?:that\s+)?you\s*(?:are|'re|’re)\s+"
    r"(?:not\s+an?\s+(?:robot|machine|spammer|automated)|(?:an?\s+)?(?:real\s+|live\s+|actual\s+)?(?:human|person))"
    r"|(?:click|visit|follow|reply\s+to|respond\s+to|use)\s+(?:on\s+)?(?:the|this|that)\s+(?:following\s+)?"
    r"(?:link|message|e-?mail|url|web)"
    r"|(?:verify|confirm|authenticate)\s+(?:yourself|your\s+(?:message|e-?mail|address|identity))"
    r"|one[- ]time\s+(?:verification|confirmation|authentication)"
    r"|confirme?\s+que\s+(?:usted\s+)?no\s+es\s+un\s+robot|confirme\s+que\s+(?:você\s+)?não\s+é\s+um\s+robô"
    r"|confirmez\s+que\s+vous\s+n.êtes\s+pas\s+un\s+robot|dass\s+sie\s+kein\s+roboter\s+sind"
)
_WAITS = re2.compile(
    r"(?i)(?:your|this|the)\s+(?:e-?mail|message|mail)\s(?:[^.\n]{0,120}\s)?(?:is\s+being|has\s+been|was|is|are\s+being)\s+"
    r"(?:held|quarantined|placed\s+on\s+hold|waiting|awaiting|stored|not\s+(?:yet\s+)?(?:been\s+)?delivered)"
    r"|your\s+(?:e-?mail|message|mail)\s[^.\n]{0,80}(?:delivered|released|forwarded)[^.\n]{0,60}\s(?:once|after|when|until|if)\s+you"
    r"|(?:deliver|release|forward)\s+your\s+(?:e-?mail|message|mail)\s[^.\n]{0,60}(?:once|after|when|until|if)\s+you"
    r"|before\s+your\s+(?:e-?mail|message|mail)\s+(?:can|will|is|may)\b|complete\s+(?:the\s+)?delivery\s+of\s+your"
    r"|in\s+order\s+(?:for|to)\s[^.\n]{0,60}your\s+(?:e-?mail|message|mail)\s[^.\n]{0,40}deliver"
    r"|(?:added?|adds|put)\s+(?:you|your\s+address|yourself)\s+(?:to|on)\s+(?:my|the|his|her|their|our)\s+"
    r"(?:list\s+of\s+)?(?:approved|allowed|accepted|white|guest|safe|confirmed)"
    r"|(?:su\s+(?:mensaje|correo)|sua\s+mensagem|votre\s+message|ihre\s+nachricht)\s[^.\n]{0,60}"
    r"(?:retenid|en\s+espera|entregad|retida|entregue|en\s+attente|retenu|remis|livré|zurückgehalten|zugestellt)"
)


def _demands(text: str) -> bool:
    """The text is a challenge: it asks to confirm, and says that the message waits for it."""
    start = beginning(text, START)
    low = start.encode().lower()
    if not any(word in low for word in (b"confirm", b"verif", b"authenticat", b"rob")):
        return False
    return bool(_DEMAND.search(start)) and bool(_WAITS.search(start))


# Only where the null sender has said already that a machine wrote: words choose which.
_ABSENT = re2.compile(
    r"(?i)out\s+of\s+(?:the\s+)?office|on\s+(?:vacation|holiday|annual\s+leave|maternity\s+leave|sick\s+leave)|i\s*(?:am|'m|’m|will\s+be)\s+"
    r"(?:currently\s+)?(?:away|on\s+leave|out\s+until)|autoresponder|auto-?reply|automatic(?:ally\s+generated)?\s+(?:reply|response)"
    r"|no\s+longer\s+(?:work|with\s+the)|de\s+vacaciones|fuera\s+de\s+la\s+oficina|estoy\s+ausente|estaré\s+ausente"
    r"|de\s+férias|ausente\s+(?:do|até)|fora\s+do\s+escritório|na\s+urlopie|jestem\s+nieobecn|poza\s+biurem"
    r"|absente?\s+(?:du|jusqu|et\s+je)|en\s+congés?|en\s+vacances|mwen\s+pa\s+nan\s+biwo|an\s+vakans"
    r"|nicht\s+im\s+(?:büro|hause)|im\s+urlaub|bin\s+(?:derzeit|zurzeit|bis)|abwesend|in\s+ferie|fuori\s+ufficio|sono\s+assente"
    r"|afwezig|op\s+vakantie|på\s+semester|inte\s+på\s+kontoret|är\s+ledig"
)


def absent(text: str) -> bool:
    """The text speaks of absence."""
    return bool(_ABSENT.search(beginning(text, START)))


def forwarded(subject: str) -> bool:
    """The subject is that of a mail sent on."""
    return _heads(subject)[0] in _FORWARDED


# A ticket system's confirmation, told from an agent's first sentence: received, under a number, and all else to come.
_RECEIVED = re2.compile(
    r"(?i)(?:have|has\s+been|was|been)\s+(?:successfully\s+)?(?:received|created|opened|logged|registered)"
    r"|(?:hemos|ha\s+sido)\s+recibid|recebemos|avons\s+bien\s+reçu"
)
_NUMBERED = re2.compile(
    r"(?i)(?:ticket|case|request|reference|incident|solicitud|caso|demande)[^\n]{0,30}?[#(\[:]?\s?[A-Z]{0,5}-?\d{3,}|#\d{3,}"
)
_TO_COME = re2.compile(
    r"(?i)(?:will|shall)\s+(?:\w+\s+)?(?:respond|reply|review|contact|get\s+back|be\s+in\s+touch|answer)|is\s+being\s+reviewed"
    r"|as\s+soon\s+as\s+possible|business\s+days|do\s+not\s+reply|automat(?:ed|ic)|lo\s+antes\s+posible|días\s+hábiles"
    r"|dans\s+les\s+meilleurs\s+délais|o\s+mais\s+breve"
)


def confirms_receipt(text: str) -> bool:
    """A ticket system's own words, and not the beginning of an agent's."""
    start = beginning(text, 1_000)
    return bool(_RECEIVED.search(start)) and bool(_NUMBERED.search(start)) and bool(_TO_COME.search(start))
