"""The other direction: an agency's answers that carry more than the answer.

`{to}` in the octets stands for the alias that the agency writes to.
"""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import base64

from tests.torture import anew
from tests.torture.case import AFTER, BEFORE, Maker, body, folded64, mail, multipart, part, quoted

HEADERS = (
    ("Disposition-Notification-To", "{a}"), ("Return-Receipt-To", "{a}"), ("X-Confirm-Reading-To", "{a}"), ("Generate-Delivery-Report", "{a}"),
    ("List-Unsubscribe", "<https://track.example/u?e={a}>, <mailto:{a}>"), ("List-Id", "<answers.agencies.example>"), ("List-Post", "<mailto:{a}>"),
    ("Reply-To", "Jana <{a}>"), ("Sender", "{a}"), ("Resent-From", "{a}"), ("Errors-To", "{a}"), ("X-Originating-Email", "{a}"),
    ("X-Original-Sender", "{a}"), ("X-Authenticated-Sender", "{a}"), ("Received", "from desk77 (jana [10.1.2.3]) by mx.agencies.example for {a}"),
    ("X-Originating-IP", "[10.1.2.3]"), ("DKIM-Signature", "v=1; a=rsa-sha256; d=agencies.example; i={a}; s=s; b=AAAA"),
    ("Authentication-Results", "mx.agencies.example; auth=pass smtp.auth={a}"), ("Organization", "Desk of {a}"), ("User-Agent", "Mailer of {a}"),
    ("Message-ID", "<77.{a}>"), ("In-Reply-To", "<77.{a}>"), ("References", "<77.{a}>"), ("Thread-Topic", "{a}"), ("Autocrypt", "addr={a}; keydata=AAAA"),
    ("Content-Description", "{a}"), ("Cc", "Jana <{a}>"), ("Bcc", "{a}"), ("X-MS-Exchange-Organization-AuthSource", "{a}"), ("Return-Path", "<{a}>"),
)  # fmt: skip
"""Fields that may not reach the citizen, with the member of staff's address in them."""

_PIXEL = "https://track.example/open.gif?id=77"
PAGES = (
    ("tracking pixel", '<img src="{p}" width=1 height=1>'),
    ("remote picture", '<img src="https://track.example/logo.png" srcset="https://track.example/logo2.png 2x" alt="">'),
    (
        "remote style",
        '<link rel=stylesheet href="https://track.example/s.css"><style>@import "https://track.example/t.css"; p{{background:url({p})}}</style>',
    ),
    ("background", '<table background="{p}"><tr><td style="background-image:url({p})">x</td></tr></table>'),
    (
        "video, audio, object",
        '<video poster="{p}" src="{p}"></video><audio src="{p}"></audio><object data="{p}"></object><embed src="{p}">',
    ),
    ("iframe", '<iframe src="{p}"></iframe>'),
    ("svg picture", '<svg><image href="{p}"/><use href="{p}"/></svg>'),
    (
        "reply form",
        '<form action="https://track.example/form" method=post><input name=answer value="{a}"><input type=submit></form>',
    ),
    ("reply form by mail", '<form action="mailto:{a}"><textarea name=x>{a}</textarea></form>'),
    ("script", '<script src="https://track.example/s.js"></script><script>fetch("{p}&m={a}")</script>'),
    ("refresh", '<meta http-equiv=refresh content="1;url={p}">'),
    ("base", '<base href="https://track.example/{a}/">'),
    ("ping", '<a ping="{p}" href="mailto:{a}">write</a>'),
    ("Outlook's conditional picture", '<!--[if mso]><v:fill src="{p}"/><![endif]-->'),
    ("linked picture", '<a href="mailto:{a}"><img src="{p}" alt="{a}"></a>'),
    ("signature", "<p>Jana Rohde<br>{a}<br>Direct: <a href='mailto:{a}'>{a}</a></p>"),
    ("quoted header", "<div><b>From:</b> Jana Rohde &lt;{a}&gt;<br><b>Sent:</b> Monday</div>"),
    ("AMP", '<amp-img src="{p}"></amp-img><amp-pixel src="{p}"></amp-pixel>'),
)


def make(maker: Maker) -> None:
    """`writer` is who the mail says it is from; `hidden` the member of staff's own address."""

    def staff() -> str:
        return maker.address("agencies.example")

    def add(
        where: str,
        raw: bytes,
        hidden: str,
        honest: tuple[str, ...] = (BEFORE, AFTER),
        expect: str = "accept",
        agency: str = "dmv",
    ) -> None:
        maker.add(
            "answer",
            where,
            raw.replace(b"dmv@intake.example", b"{to}", 1),
            writer=f"{agency}@agencies.example",
            hidden=hidden,
            honest=honest,
            expect=expect,
            agency=agency,
        )

    for name, value in HEADERS:
        address = staff()
        expect = "hold_ok" if name == "Received" else "accept"  # what came over another server needs a signature
        add(
            name,
            mail("dmv@agencies.example", body("Yes."), headers=[(name, value.format(a=address))], name="DMV"),
            address,
            expect=expect,
        )
    for where, template in PAGES:
        address = staff()
        page = f"<html><body><p>{BEFORE}</p>{template.format(a=address, p=_PIXEL)}<p>{AFTER}</p></body></html>"
        raw = mail(address, quoted(page.encode()), "text/html; charset=utf-8", "quoted-printable", name="Jana Rohde")
        add(where, raw, address)
        plain = part(f"{BEFORE}\n\n[{_PIXEL}]\n\n{address}\n\n{AFTER}")
        content, octets = multipart([plain, part(page, "text/html; charset=utf-8")], "alternative")
        add(f"{where}, beside a plain view", mail(address, octets, content, "7bit"), address)
    for where, spelling in (
        ("signature", "Jana Rohde\n{a}"), ("signature, spelt out", "Jana Rohde\n{l} (at) {d}"), ("signature, words", "Jana, {l} at {s} dot example"),
        ("quoted header", "From: Jana Rohde <{a}>\nSent: Monday\n\nYes."), ("attribution", "On Monday, Jana Rohde <{a}> wrote:\n> Yes."),
        ("percent", "https://agencies.example/?m={l}%40{d}"), ("spaced", "{x}"), ("zero width", "{z}"), ("base64", "{b}"), ("mailto", "<mailto:{a}>"),
        ("full width", "{w}"), ("reversed", "{r}"), ("picture of Outlook", "[cid:image001.png@01DB8C55.77AA66B0]\n{a}"),
    ):  # fmt: skip
        address = staff()
        local, _, domain = address.partition("@")
        filled = spelling.format(
            a=address, l=local, d=domain, s=domain.partition(".")[0], x=" ".join(address), z="\u200b".join(address),
            b=base64.b64encode(address.encode() * 2).decode(), w="".join(chr(ord(c) + 0xFEE0) for c in address), r=address[::-1],
        )  # fmt: skip
        add(f"text, {where}", mail(address, body(filled), name="Jana Rohde"), address)
    for method, kind in (("REQUEST", "VEVENT"), ("CANCEL", "VEVENT"), ("PUBLISH", "VTODO")):
        address = staff()
        entry = (
            f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:{kind}\nORGANIZER;CN=Jana:mailto:{address}\nATTENDEE;RSVP=TRUE:mailto:{address}\n"
            f"UID:{address}\nSUMMARY:Hearing\nDTSTART:20250303T101200Z\nLOCATION:Room 7\nX-ALT-DESC;FMTTYPE=text/html:<img src={_PIXEL}>\n"
            f"URL:https://track.example/join?m={address}\nBEGIN:VALARM\nACTION:EMAIL\nATTENDEE:mailto:{address}\nEND:VALARM\nEND:{kind}\nEND:VCALENDAR\n"
        )
        content, octets = multipart(
            [part(f"{BEFORE}\n{AFTER}\n"), part(entry, f"text/calendar; method={method}")], "alternative"
        )
        add(f"calendar {method} beside the text", mail(address, octets, content, "7bit"), address)
        content, octets = multipart(
            [
                part(f"{BEFORE}\n{AFTER}\n"),
                part(
                    folded64(entry.encode()),
                    "text/calendar",
                    "base64",
                    "Content-Disposition: attachment; filename=i.ics\r\n",
                ),
            ]
        )
        add(f"calendar {method} attached", mail(address, octets, content, "7bit"), address)
        add(f"calendar {method} alone", mail(address, entry, f"text/calendar; method={method}"), address, ())
    for where, kind, name in (
        ("vCard", "text/vcard", "{a}.vcf"),
        ("picture", "image/png", "{a}.png"),
        ("message", "message/rfc822", "{a}.eml"),
    ):
        address = staff()
        more = f'Content-Disposition: attachment; filename="{name.format(a=address)}"\r\nContent-ID: <{address}>\r\n'
        content, octets = multipart(
            [part(f"{BEFORE}\n{AFTER}\n"), part(f"From: {address}\r\n\r\n{address}", kind, "7bit", more)]
        )
        add(f"{where} attached", mail(address, octets, content, "7bit"), address)
    for where, _, kind, name, content in anew.FILES:
        if where not in _ANEW:
            continue
        address = staff()
        octets = anew.enclosing(content(address), kind, name.format(a=address))
        honest = (BEFORE, AFTER, anew.GONE_ALONG, *(() if kind.startswith("image/") else (anew.FIRST, anew.LAST)))
        add(f"{where}, written anew", mail(address, octets[1], octets[0], "7bit"), address, honest, agency=anew.AGENCY)


_ANEW = (
    "text", "text, name of the file", "table", "page, link", "calendar", "PDF, text", "PDF, author", "DOCX, split runs",
    "DOCX, comment", "DOCX, properties", "PNG iTXt", "JPEG EXIF",
)  # fmt: skip
"""Files of citizens that agencies attach as well."""
