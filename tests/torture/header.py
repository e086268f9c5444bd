"""Addresses in header fields: every field that can hold one, and every way to write one there."""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import base64
from email.quoprimime import header_encode as q_word

from tests.torture.case import Maker, body, mail, multipart, part, quoted

# field name, value with {a} for the address; {l} and {d} are its halves.
FIELDS = (
    ("Sender", "{a}"),
    ("Reply-To", "Rosa <{a}>"),
    ("Cc", "Rosa at home <{a}>, office@example.net"),
    ("Bcc", "{a}"),
    ("Return-Path", "<{a}>"),
    ("Delivered-To", "{a}"),
    ("X-Delivered-To", "{a}"),
    ("X-Original-To", "{a}"),
    ("X-Rcpt-To", "<{a}>"),
    ("X-Resolved-To", "{a}"),
    ("Envelope-From", "{a}"),
    ("X-Envelope-From", "<{a}>"),
    ("X-Envelope-To", "<{a}>"),
    ("X-MDRemoteIP-From", "{a}"),
    ("X-Return-Path", "{a}"),
    ("X-MDaemon-Deliver-To", "{a}"),
    ("Resent-From", "{a}"),
    ("Resent-Sender", "{a}"),
    ("Resent-Cc", "{a}"),
    ("Resent-Bcc", "{a}"),
    ("Resent-Message-ID", "<77.{a}>"),
    (
        "Received",
        "from [192.0.2.7] (authenticated as {a}) by mx.example.net with ESMTPSA id 7 for <dmv@intake.example>",
    ),
    ("Received", "from laptop (envelope-from <{a}>) by mx.example.net; Mon, 3 Mar 2025 10:12:00 -0500"),
    ("X-Received", "by 2002:a05:6402 with SMTP id 77 for {a}; Mon, 03 Mar 2025 10:12:00 -0500"),
    ("Received-SPF", "pass (mx.example.net: domain of {a} designates 192.0.2.7) smtp.mailfrom={a}"),
    ("Authentication-Results", "mx.example.net; spf=pass smtp.mailfrom={a}; dkim=pass header.i={a}"),
    ("X-Original-Authentication-Results", "mx.example.net; auth=pass smtp.auth={a}"),
    ("ARC-Authentication-Results", "i=1; mx.example.net; spf=pass smtp.mailfrom={a}"),
    ("ARC-Message-Signature", "i=1; a=rsa-sha256; d={d}; s=s; h=from; i={a}; b=AAAA"),
    ("ARC-Seal", "i=1; a=rsa-sha256; t=12345; cv=none; d={d}; s=arc; b=AAAA; x={a}"),
    ("DKIM-Signature", "v=1; a=rsa-sha256; d={d}; i={a}; s=s; h=from; z=From:{l}=40{d}; b=AAAA"),
    ("X-Google-DKIM-Signature", "v=1; a=rsa-sha256; d=1e100.example; i={a}; b=AAAA"),
    ("DomainKey-Signature", "a=rsa-sha1; s=x; d={d}; q=dns; h=From:{a}; b=AAAA"),
    ("Message-ID", "<20250303.{a}>"),
    ("In-Reply-To", "<20250303.{a}>"),
    ("References", "<1@example.net> <20250303.{a}> <2@example.net>"),
    ("Disposition-Notification-To", "Rosa <{a}>"),
    ("Disposition-Notification-Options", "signed-receipt=optional,{a}"),
    ("Original-Recipient", "rfc822;{a}"),
    ("Original-Message-ID", "<7.{a}>"),
    ("Return-Receipt-To", "{a}"),
    ("Generate-Delivery-Report", "{a}"),
    ("Prevent-NonDelivery-Report", "{a}"),
    ("X-Confirm-Reading-To", "{a}"),
    ("X-Chameleon-Return-To", "{a}"),
    ("Errors-To", "{a}"),
    ("X-Errors-To", "{a}"),
    ("Warnings-To", "{a}"),
    ("Abuse-Reports-To", "{a}"),
    ("X-Abuse-Reports-To", "{a}"),
    ("X-Report-Abuse-To", "{a}"),
    ("Followup-To", "{a}"),
    ("Mail-Followup-To", "{a}"),
    ("Mail-Reply-To", "{a}"),
    ("X-Reply-To", "{a}"),
    ("List-Id", "Family <{l}.{d}>"),
    ("List-Post", "<mailto:{a}>"),
    ("List-Help", "<mailto:{a}?subject=help>"),
    ("List-Unsubscribe", "<mailto:leave@example.net?subject={a}>, <https://example.net/u?e={a}>"),
    ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click&e={a}"),
    ("List-Subscribe", "<mailto:{a}>"),
    ("List-Owner", "<mailto:{a}> (Rosa)"),
    ("Mailing-List", "contact {a}; run by ezmlm"),
    ("X-Mailing-List", "<{a}> archive/latest/7"),
    ("X-BeenThere", "{a}"),
    ("X-Loop", "{a}"),
    ("X-Google-Loop", "groups {a}"),
    ("X-Sender", "{a}"),
    ("X-X-Sender", "{a}"),
    ("X-Sender-Id", "{l}|{a}"),
    ("X-Sent-By", "{a}"),
    ("X-Sent-To", "{a}"),
    ("X-Authenticated-Sender", "mail.example.net: {a}"),
    ("X-Authenticated-Id", "{a}"),
    ("X-Authentication-Warning", "mail.example.net: {l} set sender to {a} using -f"),
    ("X-AuthUser", "{a}"),
    ("X-Auth-Id", "{a}"),
    ("X-SASL-User", "{a}"),
    ("X-ME-Sender", "<xms:{a}>"),
    ("X-ME-Proxy", "<xmx:{a}>"),
    ("X-YMail-OSG", "{a}"),
    ("X-Sonic-MF", "<{a}>"),
    ("X-Yahoo-Newman-Property", "{a}"),
    ("X-Gm-Message-State", "{a}"),
    ("X-Gm-Original-To", "{a}"),
    ("X-Forwarded-For", "{a} dmv@intake.example"),
    ("X-Forwarded-Encrypted", "i=1; {a}"),
    ("X-PHP-Originating-Script", "1000:{a}.php"),
    ("X-PHP-Script", "example.net/~{a} for 192.0.2.7"),
    ("X-Source-Auth", "{a}"),
    ("X-Source-Args", "/usr/bin/php -f {a}"),
    ("X-AntiAbuse", "Sender Address Domain - {a}"),
    ("X-Get-Message-Sender-Via", "mail.example.net: authenticated_id: {a}"),
    ("X-MS-Exchange-CrossTenant-UserPrincipalName", "{a}"),
    ("X-MS-Exchange-Organization-FromEntityHeader", "{a}"),
    ("X-MS-Exchange-ParentMessageId", "<{a}>"),
    ("X-MS-Exchange-Inbox-Rules-Loop", "{a}"),
    ("X-OriginatorOrg", "{a}"),
    ("X-Auto-Response-From", "{a}"),
    ("X-EOPAttributedMessage", "{a}"),
    ("Thread-Topic", "Plate of {a}"),
    ("X-Apple-Mail-Remote-Attachments", "{a}"),
    ("X-Uniform-Type-Identifier", "{a}"),
    ("X-Universally-Unique-Identifier", "{a}"),
    ("X-Mozilla-Draft-Info", "internal/draft; identity={a}"),
    ("X-Identity-Key", "{a}"),
    ("Fcc", "imap://{l}%40{d}@imap.example.net/Sent"),
    ("X-KMail-Identity", "{a}"),
    ("X-Evolution-Identity", "{a}"),
    ("X-Evolution-Source", "imap://{a}@imap.example.net"),
    ("X-Mailer", "Mailer of {a} 1.0"),
    ("User-Agent", "Mozilla/5.0 ({a})"),
    ("X-Operating-System", "Linux {a}"),
    ("X-URL", "https://example.net/~{a}"),
    ("X-PGP-Key", "https://keys.example.net/pks/lookup?search={a}"),
    ("OpenPGP", "id=77; url=https://keys.example.net/?search={a}"),
    ("Autocrypt", "addr={a}; prefer-encrypt=mutual; keydata=AAAA"),
    ("Autocrypt-Draft-State", "encrypt=no; addr={a}"),
    ("Chat-Group-Member-Added", "{a}"),
    ("Secure-Join-Invitenumber", "{a}"),
    ("BIMI-Selector", "v=BIMI1; s={a}"),
    ("Organisation", "Home of {a}"),
    ("Keywords", "plate, {a}"),
    ("Comments", "please write to {a}"),
    ("Summary", "{a}"),
    ("Content-ID", "<{a}>"),
    ("Content-Base", "https://{a}/"),
    ("Content-Location", "mailto:{a}"),
    ("Content-Description", "letter of {a}"),
    ("Content-Duration", "{a}"),
    ("Content-MD5", "{a}"),
    ("Jabber-ID", "{a}"),
    ("X-Jabber-ID", "xmpp:{a}"),
    ("X-Face", "^{a}^"),
    ("Face", "{a}"),
    ("X-Image-Url", "https://example.net/avatar?{a}"),
    ("X-Spam-Report", "* whitelisted {a}"),
    ("X-Spam-Checker-Version", "{a}"),
    ("X-Spamd-Result", "default: False; FROM_EQ_ENVFROM({a})"),
    ("X-Rspamd-User", "{a}"),
    ("X-Barracuda-Envelope-From", "{a}"),
    ("X-Proofpoint-ORIG-GUID", "{a}"),
    ("X-Mimecast-Originator", "{a}"),
    ("X-SES-Outgoing", "2025.03.03-{a}"),
    ("X-Mailgun-Variables", '{{"user": "{l}\\u0040{d}"}}'),
    ("X-SG-EID", "{a}"),
    ("X-Mailchimp-Sender", "{a}"),
    ("X-CSA-Complaints", "{a}"),
    ("X-Feedback-ID", "7:{a}:mail"),
    ("X-SimpleLogin-Original-From", "{a}"),
    ("X-AnonAddy-Original-Sender", "{a}"),
    ("X-Attached", "{a}.pdf"),
    ("Supersedes", "<{a}>"),
    ("Approved", "{a}"),
    ("Path", "news.example.net!{a}"),
    ("Distribution", "{a}"),
    ("VBR-Info", "md={d}; mc=all; mv={a}"),
    ("SIO-Label", 'label="{a}"'),
    ("Priority", "normal ({a})"),
    ("Importance", "high ({a})"),
    ("Sensitivity", "private ({a})"),
    ("Expires", "Mon, 3 Mar 2031 10:12:00 -0500 ({a})"),
    ("Deferred-Delivery", "{a}"),
    ("MIME-Version", "1.0 (made for {a})"),
    ("Date", "Mon, 3 Mar 2025 10:12:00 -0500 ({a})"),
    ("Subject", "My plate, answer to {a} please"),
    ("Subject", "My plate {l} at {d}"),
    ("Subject", "My plate <{a}>"),
)


def make(maker: Maker) -> None:
    """One case a field, then the spellings."""
    for name, template in FIELDS:
        address = maker.address()
        local, _, domain = address.partition("@")
        value = template.format(a=address, l=local, d=domain)
        maker.add("header", f"{name}", mail(address, body("-"), headers=[(name, value)]), writer=address)
    _spellings(maker)
    _others(maker)
    _parts(maker)


def _spellings(maker: Maker) -> None:
    """The From and the Subject, written as people and programs write them."""
    for where, name, write in (
        ("From in a comment", "From", "rosa@example.net ({a})"),
        ("From, display name is the address", "From", '"{a}" <{a}>'),
        ("From, display name in single quotes", "From", "'{a}' <{a}>"),
        ("From, display name spelt out", "From", '"{l} at {d}" <{a}>'),
        ("From, display name is the local part", "From", "{l} <{a}>"),
        ("From, display name with (via)", "From", '"{a} via Family" <{a}>'),
        ("From, group", "From", "Family: {a}, rosa@example.net;"),
        ("From, quoted local part", "From", '"{l}"@{d}'),
        ("From, domain literal beside it", "From", "rosa@[192.0.2.7], {a}"),
        ("From, comments everywhere", "From", "Rosa (x) <{l} (y) @ (z) {d}>"),
        ("From folded at the @", "From", "<{l}\r\n @{d}>"),
        ("From folded with tabs", "From", "Rosa\r\n\t<{a}>"),
        ("From with a source route", "From", "<@relay.example.net,@b.example:{a}>"),
        ("From in upper case", "From", "<{A}>"),
        ("From without brackets", "From", "Rosa {a}"),
        ("From with plus tag", "From", "<{l}+dmv.2025@{d}>"),
        ("From percent hack", "From", "<{l}%{d}@relay.example.net>"),
        ("From bang path", "From", "<relay!{d}!{l}>"),
        ("From twice in one field", "From", "Rosa <{a}> <{a}>"),
        ("Subject with full-width", "Subject", "plate of {w}"),
        ("Subject percent", "Subject", "plate of {l}%40{d}"),
        ("Subject with entity", "Subject", "plate of {l}&#64;{d}"),
        ("Subject folded inside it", "Subject", "plate of {l}@\r\n {d}"),
    ):
        address = maker.address()
        local, _, domain = address.partition("@")
        wide = "".join(chr(ord(c) + 0xFEE0) for c in address)
        value = write.format(a=address, l=local, d=domain, A=address.upper(), w=wide)
        maker.add("header", where, mail(address, body("-"), headers=[(name, value)]), writer=address)
    for charset in (
        "utf-8",
        "iso-8859-1",
        "windows-1252",
        "koi8-r",
        "utf-7",
        "utf-16",
        "utf-16-be",
        "shift_jis",
        "iso-2022-jp",
    ):
        for way in "BQ":
            for name, around in (("Subject", "plate {}"), ("From", "{} <{}>")):
                address = maker.address()
                octets = address.encode(charset)
                base64_word = f"=?{charset}?B?{base64.b64encode(octets).decode()}?="
                word = base64_word if way == "B" else q_word(octets, charset)
                value = around.format(word, address)
                maker.add("header", f"{name} in an encoded word, {charset} {way}",
                          mail(address, body("-"), headers=[(name, value)]), writer=address)  # fmt: skip
    address = maker.address()
    local, _, domain = address.partition("@")
    for where, value in (
        ("two encoded words split it", f"=?utf-8?q?{local}?= =?utf-8?q?=40{domain}?="),
        ("encoded word with language", f"=?utf-8*en?q?{local}=40{domain}?="),
        ("encoded word in an encoded word", q_word(f"=?utf-8?q?{local}=40{domain}?=".encode(), "utf-8")),
        ("encoded word without padding", f"=?utf-8?b?{base64.b64encode(address.encode()).decode().rstrip('=')}?="),
        ("encoded word with blanks", f"=?utf-8?q?{local} =40 {domain}?="),
        ("encoded word cut off", f"=?utf-8?q?{local}=40{domain}"),
        ("encoded word, unknown charset", f"=?x-unknown?q?{local}=40{domain}?="),
        ("encoded newline that adds a header", f"=?utf-8?q?plate=0D=0ABcc:_{local}=40{domain}?="),
    ):
        maker.add("header", f"Subject, {where}", mail(address, body("-"), headers=[("Subject", value)]), writer=address)


def _others(maker: Maker) -> None:
    """A further address of the same person, where text of the header goes on to the agency."""
    for where, name, write in (
        ("Subject", "Subject", "plate, or write to {a}"),
        ("Subject spelt out", "Subject", "plate, {l} at {s} dot example"),
        ("Subject (at)", "Subject", "plate, {l}(at){d}"),
        ("display name", "From", '"Rosa, {a}" <{w}>'),
        ("display name (at)", "From", '"{l} (at) {d}" <{w}>'),
        ("Subject, mailto", "Subject", "plate mailto:{a}?subject=x"),
        ("Subject, tag characters", "Subject", "plate {t}"),
    ):
        writer, other = maker.address(), maker.other()
        local, _, domain = other.partition("@")
        tags = "".join(chr(0xE0000 + ord(c)) for c in other)
        value = write.format(a=other, l=local, d=domain, s=domain.partition(".")[0], w=writer, t=tags)
        level = "must" if "{a}" in write else "should"
        maker.add("header", f"{where}, other address", mail(writer, body("-"), headers=[(name, value)]), writer=writer,
                  hidden=other, level=level)  # fmt: skip


def _parts(maker: Maker) -> None:
    """Header fields and parameters of parts, delimiters, and what stands around the parts."""
    for where, more, kind in (
        ("part, Content-Description", "Content-Description: {a}\r\n", "text/plain"),
        ("part, Content-ID", "Content-ID: <{a}>\r\n", "text/plain"),
        ("part, Content-Location", "Content-Location: mailto:{a}\r\n", "text/plain"),
        ("part, X-Field", "X-Owner: {a}\r\n", "text/plain"),
        ("part, X-Attachment-Id", "X-Attachment-Id: {a}\r\n", "text/plain"),
        ("part, Received", "Received: for <{a}>\r\n", "text/plain"),
        ("Content-Type name", "", 'text/plain; name="{a}.txt"'),
        ("Content-Type name in RFC 2231 pieces", "", "text/plain; name*0*=utf-8''{l}; name*1*=%40{d}; name*2=.txt"),
        ("Content-Type unknown parameter", "", 'text/plain; x-owner="{a}"'),
        ("Content-Type comment", "", "text/plain (for {a})"),
        ("Content-Type profile", "", 'text/plain; profile="mailto:{a}"'),
        ("file name", 'Content-Disposition: inline; filename="{a}.txt"\r\n', "text/plain"),
        ("file name, percent", "Content-Disposition: attachment; filename*=utf-8''{l}%40{d}.txt\r\n", "text/plain"),
        ("file name, encoded word", 'Content-Disposition: attachment; filename="{q}"\r\n', "text/plain"),
        ("file name, path", 'Content-Disposition: attachment; filename="/home/{a}/x.txt"\r\n', "text/plain"),
        ("file name in Latin-1 pieces", "Content-Disposition: attachment; filename*0={l}; filename*1=@{d}.txt\r\n", "text/plain"),
        ("disposition is the address", "Content-Disposition: {a}\r\n", "text/plain"),
        ("disposition, size comment", 'Content-Disposition: attachment; size=7; x="{a}"\r\n', "text/plain"),
    ):  # fmt: skip
        address = maker.address()
        local, _, domain = address.partition("@")
        values = {"a": address, "l": local, "d": domain, "q": q_word(address.encode(), "utf-8")}
        parts = [part(body("-")), part("nothing", kind.format(**values), "7bit", more.format(**values))]
        content, octets = multipart(parts)
        maker.add("header", where, mail(address, octets, content, "7bit"), writer=address)
    for where, before, after in (("preamble", "{a}\r\n", ""), ("epilogue", "", "\r\n{a}\r\n")):
        address = maker.address()
        content, octets = multipart([part(body("-"))])
        raw = before.format(a=address).encode() + octets + after.format(a=address).encode()
        maker.add("header", where, mail(address, raw, content, "7bit"), writer=address)
    address = maker.address()
    content, octets = multipart([part(body("-"))], boundary=address.replace("@", "_at_"))
    maker.add("header", "boundary", mail(address, octets, content, "7bit"), writer=address)
    address = maker.address()
    content, octets = multipart([part(body("-"))], boundary=address)
    maker.add("header", "boundary, plain", mail(address, octets, content, "7bit"), writer=address)
    address = maker.address()
    content, octets = multipart([part(quoted(body("-").encode()), "text/plain; charset=utf-8", "quoted-printable")],
                                kind="related", more=f'; start="<{address}>"')  # fmt: skip
    maker.add("header", "multipart/related start", mail(address, octets, content, "7bit"), writer=address)
