"""Machine mail, and mail that breaks the rules of mail."""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import base64

from tests.torture.case import AFTER, BEFORE, Maker, body, folded64, mail, multipart, part


def make(maker: Maker) -> None:
    """Reports first, then the malformed."""
    _reports(maker)
    _machines(maker)
    _malformed(maker)
    _people(maker)


def _reports(maker: Maker) -> None:
    for where, kind, fields in (
        ("delivery report", "delivery-status", "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; {a}\nOriginal-Recipient: rfc822; {a}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 <{a}> unknown\n"),
        ("read receipt", "disposition-notification", "Reporting-UA: x\nFinal-Recipient: rfc822;{a}\nOriginal-Message-ID: <7.{a}>\nDisposition: manual-action/MDN-sent-manually; displayed\n"),
        ("abuse report", "feedback-report", "Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\nOriginal-Mail-From: <{a}>\nOriginal-Rcpt-To: <{a}>\n"),
        ("DMARC report", "feedback-report", "Feedback-Type: auth-failure\nDKIM-Domain: x\nDKIM-Identity: {a}\nReported-Domain: x\n"),
    ):  # fmt: skip
        address = maker.address()
        status = part(fields.format(a=address), f"message/{kind}", "7bit")
        original = part(mail(address, f"to {address}"), "message/rfc822", "7bit")
        text = part(f"{BEFORE}\n{address}\n{AFTER}\n")
        content, octets = multipart([text, status, original], "report", more=f"; report-type={kind}")
        maker.add("report", where, mail(address, octets, content, "7bit"), writer=address)


def _machines(maker: Maker) -> None:
    for where, headers in (
        ("out of office", [("Auto-Submitted", "auto-replied"), ("X-Autoreply", "yes")]),
        ("vacation", [("Precedence", "bulk"), ("X-Auto-Response-Suppress", "All")]),
        ("list", [("List-Id", "<l.example.net>"), ("List-Post", "<mailto:{a}>"), ("Precedence", "list")]),
        ("challenge", [("X-TMDA-Confirm", "{a}"), ("Auto-Submitted", "auto-replied (challenge)")]),
        ("newsletter", [("List-Unsubscribe", "<mailto:{a}>"), ("Feedback-ID", "{a}")]),
        ("fax gateway", [("X-Fax-From", "{a}"), ("X-Mailer", "fax")]),
        (
            "ticket system",
            [("X-RT-Originator", "{a}"), ("X-Zendesk-From-Account-Id", "{a}"), ("X-JIRA-FingerPrint", "{a}")],
        ),
        ("mobile", [("X-MMS-From", "{a}"), ("X-Mailer", "iPhone Mail")]),
    ):
        address = maker.address()
        filled = [(name, value.format(a=address)) for name, value in headers]
        raw = mail(address, body(f"Written by {address}."), headers=filled)
        maker.add("report", where, raw, writer=address)


def _malformed(maker: Maker) -> None:
    def case(
        where: str, raw: bytes, address: str, expect: str = "accept", honest: tuple[str, ...] = (BEFORE, AFTER)
    ) -> None:
        maker.add("malformed", where, raw, writer=address, expect=expect, honest=honest)

    def text(address: str) -> str:
        return body(f"Write to {address} soon.")

    a = maker.address()
    case(
        "two Content-Types, plain first",
        mail(a, text(a), headers=[("Content-Type", "text/plain"), ("Content-Type", "text/html")]),
        a,
    )
    a = maker.address()
    case(
        "two Content-Types, html first",
        mail(
            a, f"<p>{BEFORE}<p>{a}<p>{AFTER}", headers=[("Content-Type", "text/html"), ("Content-Type", "text/plain")]
        ),
        a,
    )
    a = maker.address()
    content, octets = multipart([part(text(a))])
    case("multipart and plain", mail(a, octets, headers=[("Content-Type", content), ("Content-Type", "text/plain")]), a)
    a = maker.address()
    case(
        "plain and multipart",
        mail(
            a,
            octets.replace(maker.cases[-1].writer.encode(), a.encode()),
            headers=[("Content-Type", "text/plain"), ("Content-Type", content)],
        ),
        a,
    )
    a = maker.address()
    content, octets = multipart([part(text(a))])
    case("multipart in base64", mail(a, folded64(octets), content, "base64"), a)
    a = maker.address()
    content, octets = multipart([part(text(a))])
    case("no closing delimiter", mail(a, octets[:-6], content, "7bit"), a)
    a = maker.address()
    case("no boundary given", mail(a, multipart([part(text(a))])[1], "multipart/mixed", "7bit"), a)
    a = maker.address()
    case("boundary that never comes", mail(a, text(a), 'multipart/mixed; boundary="never"', "7bit"), a)
    a = maker.address()
    content, octets = multipart([part(text(a)), part("x")], boundary="=_f", more="; boundary=other")
    case("two boundaries given", mail(a, octets, content, "7bit"), a)
    a = maker.address()
    content, octets = multipart([part(text(a)), part(a)], boundary="=_f")
    case("delimiter with blanks", mail(a, octets.replace(b"--=_f\r\n", b"--=_f  \t\r\n"), content, "7bit"), a)
    a = maker.address()
    content, octets = multipart([part(text(a)), part(a)])
    case("text behind the end", mail(a, octets + f"\r\n{a}\r\n".encode(), content, "7bit"), a)
    a = maker.address()
    content, octets = multipart([text(a).replace("\n", "\r\n").encode()])
    case(
        "part without a header", mail(a, octets.replace(b"--=_fence\r\n", b"--=_fence\r\n\r\n", 1), content, "7bit"), a
    )
    a = maker.address()
    case(
        "no Content-Type at all",
        mail(a, text(a), headers=[("Content-Type", ""), ("MIME-Version", ""), ("Content-Transfer-Encoding", "")]),
        a,
    )
    a = maker.address()
    case("Content-Type of nonsense", mail(a, text(a), "nonsense"), a)
    a = maker.address()
    case("Content-Type text", mail(a, text(a), "text"), a)
    a = maker.address()
    case("header without From", mail(a, text(a), headers=[("From", "")]), a)
    a = maker.address()
    case("two From", mail(a, text(a), headers=[("From", a), ("From", f"Rosa <{a}>")]), a)
    a = maker.address()
    case("two Subjects", mail(a, text(a), headers=[("Subject", "plate"), ("Subject", f"plate {a}")]), a)
    a = maker.address()
    case(
        "line without a colon",
        mail(a, text(a)).replace(b"Subject:", f"line of {a}\r\nSubject:".encode(), 1),
        a,
        "hold_ok",
    )
    a = maker.address()
    case("blank line first", b"\r\n" + mail(a, text(a)), a)
    a = maker.address()
    case("mbox line first", f"From {a} Mon Mar  3 10:12:00 2025\r\n".encode() + mail(a, text(a)), a)
    a = maker.address()
    case("quoted mbox line first", f">From {a} Mon Mar  3 10:12:00 2025\r\n".encode() + mail(a, text(a)), a)
    a = maker.address()
    case("no blank line", mail(a, "", honest_headers(a)).rstrip(b"\r\n"), a, honest=())
    a = maker.address()
    case("body only", text(a).encode(), a)
    a = maker.address()
    case("folded with nothing", mail(a, text(a), headers=[("X-Note", f"x\r\n \r\n {a}")]), a)
    a = maker.address()
    case("header name with blanks", mail(a, text(a)).replace(b"Subject:", b"Subject :", 1), a)
    a = maker.address()
    case("8-bit header", mail(a, text(a), headers=[("Subject", f"plaqué é {a}")]), a)
    a = maker.address()
    raw = mail(a, text(a), headers=[("X-Note", "x")]).replace(b"X-Note: x", f"X-Note: \xff\xfe {a}".encode("latin-1"))
    case("octets that are no text", raw, a)
    a = maker.address()
    case("NUL in the body", mail(a, text(a.replace("@", "@\0"))), a)
    a = maker.address()
    case("bare CR in the body", mail(a, text(a)).replace(b"soon.", b"so\ron."), a)
    a = maker.address()
    case("bare LF only", mail(a, text(a)).replace(b"\r\n", b"\n"), a)
    a = maker.address()
    case("bare CR only", mail(a, text(a)).replace(b"\r\n", b"\r"), a, "hold_ok")
    a = maker.address()
    case("lone surrogate in UTF-8", mail(a, body(f"x {a} y").encode() + b"\xed\xa0\x80"), a)
    a = maker.address()
    case("overlong UTF-8 of the @", mail(a, body(f"x {a} y").encode().replace(b"@", b"\xc1\x80", 1)), a)
    a = maker.address()
    case("a line of 60 000", mail(a, body("x" * 30_000 + f" {a} " + "y" * 30_000)), a)
    a = maker.address()
    case("10 000 addresses", mail(a, body(f"{a}, " * 10_000)), a)
    a = maker.address()
    case(
        "10 000 other addresses in the text",
        mail(a, body(" ".join(f"x{n}@example.net" for n in range(10_000)) + f" {a}")),
        a,
    )
    a = maker.address()
    deep = part(text(a))
    for level in range(30):
        deep = part(*_joined([deep], f"=_{level}"))
    content, octets = multipart([deep])
    case("30 parts deep", mail(a, octets, content, "7bit"), a)
    a = maker.address()
    content, octets = multipart([part(text(a)), *[part("x", more=f"X-Note: {a}\r\n")] * 500])
    case("500 parts", mail(a, octets, content, "7bit"), a)
    a = maker.address()
    content, octets = multipart(
        [part(BEFORE), part(base64.b64encode(f"{a}\r\n".encode()), encoding="base64"), part(AFTER)]
    )
    case("encodings by turns", mail(a, octets, content, "7bit"), a)
    a = maker.address()
    case("semicolons", mail(a, text(a), "text/plain;;; charset=utf-8;;"), a)
    a = maker.address()
    case("charset twice", mail(a, text(a), "text/plain; charset=utf-16; charset=utf-8"), a)
    a = maker.address()
    case("charset in RFC 2231", mail(a, text(a), "text/plain; charset*=us-ascii'en'utf-8"), a)
    a = maker.address()
    case("type in an encoded word", mail(a, text(a), "=?utf-8?q?text/plain?="), a)


def honest_headers(address: str) -> str:
    return f"text/plain; x={address}"


def _joined(parts: list[bytes], boundary: str) -> tuple[bytes, str, str]:
    content, octets = multipart(parts, boundary=boundary)
    return octets, content, "7bit"


def _people(maker: Maker) -> None:
    """What the envelope says, and what people do with several addresses of their own."""
    writer, other = maker.address(), maker.other()
    maker.add("header", "envelope differs from From", mail(other, body(f"I am {other}.")), writer=writer, hidden=other)
    writer = maker.address()
    maker.add("header", "From differs from envelope", mail("rosa@example.net", body(f"I am {writer}.")), writer=writer)
    writer, other = maker.address(), maker.other()
    raw = mail(writer, body(f"{other.partition('@')[0]} at zuhause dot example"), headers=[("Reply-To", other)])
    maker.add("disguise", "Reply-To's address in words", raw, writer=writer, hidden=other, level="should")
    writer = maker.address("bücher.example")
    maker.add("disguise", "IDN in the text, A-label in the header",
              mail(writer.replace("bücher", "xn--bcher-kva"), body(f"I am {writer}.")), writer=writer.replace("bücher", "xn--bcher-kva"), hidden=writer)  # fmt: skip
    writer = maker.address("xn--bcher-kva.example")
    maker.add("disguise", "A-label in the text, IDN in the header",
              mail(writer.replace("xn--bcher-kva", "bücher"), body(f"I am {writer}.")), writer=writer)  # fmt: skip
    writer = maker.address("bücher.example")
    maker.add("disguise", "IDN without its accents", mail(writer, body(f"I am {writer.replace('ü', 'u')}.")),
              writer=writer.replace("bücher", "xn--bcher-kva"), hidden=writer)  # fmt: skip
