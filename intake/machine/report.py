"""What a delivery report says of our message; nothing of the returned message, which others wrote.

The rule this module keeps: the machine's own part decides, the address it names is not kept, and what cannot be
understood is a failure, because silence would lose the letter that came back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import re2

from intake.letter import Letter
from intake.machine.signs import DELIVERY_REPORT

ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
"""RFC 3464 §2.3.3, the worst first."""

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_STATUS_OCTETS = 262_144
_STATUS_LINES = 5_000
_NOTICE = 20_000  # characters of a notice that are looked at


@dataclass(frozen=True, slots=True)
class Failure:
    """What a report says of our message; it holds no address.

    `action`: one of ACTIONS; "" only while a report is being read. `status`: RFC 3463, like "5.1.1", or "".
    `permanent`: no use to try again.
    """

    action: str = ""
    status: str = ""
    permanent: bool = False


def failure(letter: Letter) -> Failure | None:
    """What a delivery report says; None when the letter is none (an absence note, a receipt, a challenge, a person's).

    The machine's part of a report counts (RFC 3464, RFC 6533), the worst of its recipients; then the notice's own
    words, up to the returned message. What is returned is never read: it was written by others. A notice that says
    nothing that this module knows is a failure, not a permanent one: silence would lose the letter that came back.
    """
    if letter.written_by != DELIVERY_REPORT:
        return None
    found = _reported(letter) if letter.report else None
    return found or _noticed(letter.subject, letter.text)


def _reported(letter: Letter) -> Failure | None:
    status = next((a.data for a in letter.attachments if a.type in _STATUS_TYPES), b"")  # the first: ours is behind it
    blocks = _blocks(status[:_STATUS_OCTETS])
    found = [_recipient(block) for block in blocks if "action" in block or "status" in block]
    told = [one for one in found if one.action]
    return min(told, key=lambda f: (ACTIONS.index(f.action), not f.permanent)) if told else None


def _blocks(data: bytes) -> list[dict[str, str]]:
    """Groups of fields between blank lines, continued lines joined; the first of several equal fields counts."""
    blocks: list[dict[str, str]] = [{}]
    last = ""
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n", _STATUS_LINES)[:_STATUS_LINES]:
        if not line.strip():
            if blocks[-1]:
                blocks.append({})
            last = ""
        elif line[0] in " \t":
            if last and len(blocks[-1][last]) < 2_000:
                blocks[-1][last] += line[:1_000]
        else:
            name, colon, value = line.partition(":")
            last = name.strip().lower() if colon else ""
            if last in blocks[-1]:
                last = ""
            elif last:
                blocks[-1][last] = value[:1_000]
    return blocks


_CLASS_OF = {"5": "failed", "4": "delayed", "2": "delivered"}
_CODE = re.compile(r"(?<![\d.])([245]\.[0-7]\.\d{1,3})(?![\d.])")


def _recipient(block: dict[str, str]) -> Failure:
    words = _uncommented(block.get("action", "")).lower().split()
    status = _first_code(_uncommented(block.get("status", "")))
    said = _first_code(block.get("diagnostic-code", ""))
    if said and (not status or (status.endswith(".0.0") and said[0] == status[0])):  # "5.0.0" says less than "5.1.1"
        status = said
    action = words[0] if words and words[0] in ACTIONS else _CLASS_OF.get(status[:1], "")
    return Failure(action, status, action == "failed" and status[:1] in ("", "5"))


def _first_code(value: str) -> str:
    match = _CODE.search(value)
    return match[1] if match else ""


def _uncommented(value: str) -> str:
    """Without comments (RFC 5322 §3.2.2), nested ones too; what no parenthesis closes is comment to the end."""
    kept, depth = [], 0
    for character in value:
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(character)
    return "".join(kept)


# A status in a notice's words: behind an SMTP reply, or set apart. "Exim 4.6.1" and "am 5.4.26" are none.
_CODED = re2.compile(
    r"(?:\b[45]\d\d[ :-]+[(\[]?#?|[#(\[<]\s?|(?i:status|code|error|erreur|fehler)\s?[:=#]?\s{0,2}|(?m:^)\s{0,8})"
    r"([45]\.[0-7]\.\d{1,3})(?:[^\d.]|\.?\s|\.?\z)"
)
_REPLY = re2.compile(r"(?m)(?:^|[\s:(\"'])([45][0-5]\d)[ -]+(?:[A-Za-z<#\[(]|\d\.\d)")
_COPY = re.compile(
    r"^(?:[-=_ ]{2,10}\s?)?(?:below this line is a copy|this is a copy of (?:the|your) message|original message|"
    r"unsent message below|undelivered message follows|returned message|message header follows|message body follows|"
    r"original message headers|forwarded message|message text follows|the original message|received:|return-path:|"
    r"x-original-|dkim-signature:)",
    re.IGNORECASE | re.MULTILINE,
)
_DELAYED = re2.compile(
    r"(?i)warning message only|do not need to resend|will\s+(?:continue\s+to\s+try|keep\s+trying|be\s+retried|retry)"
    r"|has\s+not\s+(?:yet\s+)?been\s+delivered|delivery\s+(?:is|was|has\s+been)\s+delayed|delivery\s+(?:status\s+notification\s+\()?delay"
    r"|still\s+being\s+retried|attempts\s+will\s+continue|message\s+\S{0,40}\s?delayed|temporarily\s+delayed"
    r"|se\s+seguirá\s+intentando|ha\s+sido\s+demorad|se\s+ha\s+retrasado|entrega\s+(?:atrasada|adiada)|continuará\s+tentando"
    r"|a\s+été\s+retardé|remise\s+différée|nouvelles?\s+tentatives?|verzögert|weiterhin\s+versucht|weitere\s+zustellversuche"
    r"|in\s+ritardo|consegna\s+ritardata|vertraagd|opóźnion|fördröj|försenad"
)
_GAVE_UP = re2.compile(
    r"(?i)permanent|given?\s+up|giving\s+up|gave\s+up|not\s+going\s+to\s+try\s+again|no\s+longer\s+(?:be\s+)?retr|in\s+the\s+queue\s+too\s+long"
    r"|definitiv|endgültig|désistement"
)
_FAILED = re2.compile(
    r"(?i)(?:could|can|was|is|were|has|been|be)\s?not\s+(?:be\s+|been\s+|able\s+to\s+)?(?:deliver|sent|reach)|couldn.t\s+be\s+delivered|undeliver"
    r"|wasn.t\s+(?:able\s+to\s+be\s+)?delivered|wasn.t\s+able\s+to\s+deliver|unable\s+to\s+deliver|delivery\s+(?:to\s+the\s+following\s+\S+\s+)?(?:has\s+)?fail"
    r"|did\s+not\s+reach|failed\s+permanently|fatal\s+error|permanent\s+(?:error|failure)|returned\s+to\s+(?:the\s+)?sender|message\s+(?:was\s+)?rejected"
    r"|(?:no\s+such|unknown|invalid)\s+(?:user|recipient|mailbox|address|person)|(?:user|recipient|mailbox|address|account)\s+"
    r"(?:is\s+|was\s+)?(?:unknown|unavailable|disabled|full|rejected|invalid|inactive|not\s+found|does\s+not\s+exist|doesn.t\s+exist)"
    r"|(?:does\s+not|doesn.t)\s+(?:exist|have\s+a\s+\S{1,20}\s?account|like\s+recipient|seem\s+to\s+exist)|over\s*quota|quota\s+exceeded|host\s+(?:unknown|not\s+found)"
    r"|access\s+denied|relay(?:ing)?\s+denied|not\s+listed\s+in\s+(?:the\s+)?(?:domino|public)"
    r"|no\s+(?:se\s+)?(?:ha\s+|pudo\s+|puede\s+|fue\s+)?(?:podido\s+|posible\s+)?(?:ser\s+)?entreg|no\s+existe|destinatario\s+desconocido|buzón"
    r"|não\s+(?:foi\s+|pôde\s+|pode\s+|é\s+)?(?:possível\s+)?(?:ser\s+)?entreg|não\s+existe|usuário\s+desconhecido|falha\s+na\s+entrega"
    r"|nie\s+(?:mogła|można|może|została|udało)\s+(?:\S+\s+)?(?:dostarcz|doręcz)|nie\s+istnieje|nieznany\s+(?:użytkownik|adresat)"
    r"|n.a\s+(?:pas\s+)?pu\s+être\s+(?:remis|distribu|livr|délivr|achemin)|n.a\s+pas\s+(?:pu\s+)?(?:été|être)\s+(?:remis|distribu|livr|délivr)|n.existe\s+pas|"
    r"destinataire\s+inconnu|utilisateur\s+inconnu|échec\s+de\s+(?:la\s+)?(?:remise|distribution)"
    r"|mesaj\s+(?:ou|sa)\s+(?:a\s+)?pa\s+(?:t\s+)?(?:kapab|ka)|nicht\s+(?:zugestellt|ausgeliefert|zustellbar|erreicht)|unzustellbar|unbekannter\s+(?:empfänger|benutzer)"
    r"|empfänger\s+(?:ist\s+)?unbekannt|existiert\s+nicht|impossibile\s+(?:consegnare|recapitare)|non\s+(?:è\s+stato\s+)?(?:possibile\s+)?(?:consegna|recapita)"
    r"|utente\s+sconosciuto|niet\s+(?:worden\s+)?(?:bezorgd|afgeleverd)|kon\s+niet|onbekende\s+(?:gebruiker|ontvanger)"
    r"|kunde\s+inte\s+(?:levereras|skickas)|okänd\s+(?:användare|mottagare)"
)


_ARRIVED = re2.compile(r"(?i)successfully\s+(?:delivered|relayed|sent)|delivery\s+status\s+notification\s+\(success")


def beginning(text: str, length: int) -> str:
    """As much of the text as is looked at, in characters that RE2 takes: no lone surrogates."""
    start = text[:length]
    return start if start.isascii() else start.encode("utf-8", "replace").decode()


def is_coded(text: str) -> bool:
    """An SMTP status stands in the text (RFC 3463)."""
    return bool(_CODED.search(beginning(text, _NOTICE)))


def is_notice(text: str) -> bool:
    """The text speaks of a message that did not arrive, or not yet."""
    start = beginning(text, _NOTICE)
    return is_coded(start) or bool(_FAILED.search(start)) or bool(_DELAYED.search(start))


def _noticed(subject: str, text: str) -> Failure:
    """A notice in words: its own, in front of the copy of our message."""
    start = beginning(text, _NOTICE)
    copy = _COPY.search(start)
    notice = f"{beginning(subject, 200)}\n{start[: copy.start()] if copy else start}"
    found = _CODED.search(notice)
    status = found[1] if found else ""
    reply = _REPLY.search(notice)
    level = status[:1] or (reply[1][0] if reply else "")
    if _DELAYED.search(notice) and level != "5" and not _GAVE_UP.search(notice):
        return Failure("delayed", status)
    if level in ("4", "5") or _FAILED.search(notice) or _GAVE_UP.search(notice):
        return Failure("failed", status, level in ("", "5"))
    return Failure("delivered", status) if _ARRIVED.search(notice) else Failure("failed")
