"""Quotations, forwarding blocks and signatures, as the big mail programs write them in eight languages."""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import html

from tests.torture.case import AFTER, BEFORE, Maker, body, mail, multipart, part, quoted

# language: (Gmail's attribution, Outlook's words for From, Sent, To, Subject, Outlook's line, Apple's forward line,
#            "Sent from my iPhone")
WORDS: dict[str, tuple[str, tuple[str, str, str, str], str, str, str]] = {
    "en": ("On Mon, Mar 3, 2025 at 10:12 AM Rosa Kvist <{a}> wrote:", ("From", "Sent", "To", "Subject"),
           "-----Original Message-----", "Begin forwarded message:", "Sent from my iPhone"),
    "es": ("El lun, 3 mar 2025 a las 10:12, Rosa Kvist (<{a}>) escribió:", ("De", "Enviado el", "Para", "Asunto"),
           "-----Mensaje original-----", "Inicio del mensaje reenviado:", "Enviado desde mi iPhone"),
    "pt": ("Em seg., 3 de mar. de 2025 às 10:12, Rosa Kvist <{a}> escreveu:", ("De", "Enviado", "Para", "Assunto"),
           "-----Mensagem original-----", "Início da mensagem reencaminhada:", "Enviado do meu iPhone"),
    "pl": ("pon., 3 mar 2025 o 10:12 Rosa Kvist <{a}> napisał(a):", ("Od", "Wysłano", "Do", "Temat"),
           "-----Wiadomość oryginalna-----", "Początek przekazywanej wiadomości:", "Wysłane z iPhone’a"),
    "fr": ("Le lun. 3 mars 2025 à 10:12, Rosa Kvist <{a}> a écrit :", ("De", "Envoyé", "À", "Objet"),
           "-----Message d'origine-----", "Début du message transféré :", "Envoyé de mon iPhone"),
    "ht": ("Lendi 3 mas 2025 a 10:12, Rosa Kvist <{a}> te ekri:", ("Soti nan", "Voye", "Pou", "Sijè"),
           "-----Mesaj orijinal-----", "Kòmansman mesaj ki voye a:", "Voye soti nan iPhone mwen"),
    "de": ("Am Mo., 3. März 2025 um 10:12 Uhr schrieb Rosa Kvist <{a}>:", ("Von", "Gesendet", "An", "Betreff"),
           "-----Ursprüngliche Nachricht-----", "Anfang der weitergeleiteten Nachricht:", "Von meinem iPhone gesendet"),
    "it": ("Il giorno lun 3 mar 2025 alle ore 10:12 Rosa Kvist <{a}> ha scritto:", ("Da", "Inviato", "A", "Oggetto"),
           "-----Messaggio originale-----", "Inizio messaggio inoltrato:", "Inviato da iPhone"),
}  # fmt: skip


def blocks(language: str, address: str) -> dict[str, str]:
    """Program → the quotation it writes, with `address` in it."""
    gmail, (sender, sent, to, subject), original, begun, phone = WORDS[language]
    attribution = gmail.format(a=address)
    head = f"{sender}: Rosa Kvist <{address}>\n{sent}: Monday, 3 March 2025 10:12\n{to}: DMV <dmv@intake.example>\n{subject}: Plate\n"
    return {
        "Gmail": f"{attribution}\n\n> The plate is bent.\n> It is blue.",
        "Gmail, folded": f"{attribution.replace(f'<{address}>', chr(10) + f'<{address}>')}\n\n> The plate is bent.",
        "Gmail, second level": f"> {attribution}\n>\n>> The plate is bent.",
        "Gmail, second level, folded": f"> {attribution[: attribution.index(address) + 7]}\n> {attribution[attribution.index(address) + 7 :]}\n>\n>> The plate is bent.",
        "Gmail forward": f"---------- Forwarded message ---------\n{sender}: Rosa Kvist <{address}>\nDate: Mon, Mar 3, 2025\n{subject}: Plate\n{to}: <{address}>\n\nThe plate is bent.",
        "Outlook": f"________________________________\n{head}\nThe plate is bent.",
        "Outlook, mailto": f"{original}\n{head.replace(f'<{address}>', f'[mailto:{address}]')}\nThe plate is bent.",
        "Outlook, bold stars": f"*{sender}:* Rosa Kvist <{address}<mailto:{address}>>\n*{sent}:* Monday\n*{to}:* DMV\n\nThe plate is bent.",
        "Outlook, quoted": "> " + head.replace("\n", "\n> ") + "\n> The plate is bent.",
        "Apple Mail": f"> {attribution.removesuffix(':')}:\n> \n> \ufeffThe plate is bent.",
        "Apple Mail forward": f"{begun}\n\n> {sender}: Rosa Kvist <{address}>\n> {subject}: Plate\n> {to}: dmv@intake.example\n> Reply-To: {address}\n>\n> The plate is bent.",
        "Thunderbird": f"-------- Forwarded Message --------\nSubject: \tPlate\nDate: \tMon, 3 Mar 2025\nFrom: \tRosa Kvist <{address}>\nReply-To: \t{address}\nTo: \tdmv@intake.example\n\nThe plate is bent.",
        "Yahoo": f"    On Monday, March 3, 2025 at 10:12:00 AM EST, Rosa Kvist <{address}> wrote:  \n \n The plate is bent.",
        "Proton": f"------- Original Message -------\nOn Monday, March 3rd, 2025 at 10:12 AM, Rosa Kvist <{address}> wrote:\n\n> The plate is bent.",
        "Samsung": f"-------- Original message --------\nFrom: Rosa Kvist <{address}> \nDate: 3/3/25  10:12  (GMT-05:00) \nTo: dmv@intake.example \nSubject: Plate \n\nThe plate is bent.",
        "signature": f"--\u0020\nRosa Kvist\nm: {address} | t: 555-0100\n{phone}",
        "signature with mailto": f"Rosa Kvist\nE-mail: {address}<mailto:{address}>\nhttps://example.net/rosa",
    }  # fmt: skip


def pages(address: str) -> dict[str, str]:
    """The same as HTML."""
    link = f'<a href="mailto:{address}">{address}</a>'
    return {
        "Gmail": f'<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Rosa Kvist &lt;{link}&gt; wrote:<br></div>'
        "<blockquote class=gmail_quote>The plate is bent.</blockquote></div>",
        "Outlook": '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal><b>From:</b> Rosa Kvist '
        f"&lt;{link}&gt; <br><b>Sent:</b> Monday<br><b>To:</b> DMV<br></p></div><p>The plate is bent.</p>",
        "Outlook.com": f'<hr><div id="divRplyFwdMsg"><font><b>From:</b> Rosa Kvist &lt;{html.escape(address)}&gt;</font></div>',
        "Apple Mail": f'<blockquote type="cite"><div>On 3 Mar 2025, at 10:12, Rosa Kvist &lt;{link}&gt; wrote:</div><div>Bent.</div></blockquote>',
        "Thunderbird": f'<div class="moz-cite-prefix">On 3/3/25, <a class="moz-txt-link-abbreviated" href="mailto:{address}">{address}</a> wrote:</div>'
        f'<blockquote type="cite" cite="mid:77.{address}">Bent.</blockquote>',
        "Thunderbird forward": f'<table class="moz-email-headers-table"><tr><th>From: </th><td>Rosa &lt;{link}&gt;</td></tr></table>',
        "Yahoo": f'<div id="yqt77" class="yahoo_quoted"><div>On Monday, Rosa Kvist &lt;{address}&gt; wrote:</div></div>',
        "Proton": f'<div class="protonmail_quote">On Monday, Rosa Kvist &lt;{link}&gt; wrote:<blockquote>Bent.</blockquote></div>',
        "signature with logo": f'<p>Rosa Kvist</p><a href="https://example.net/sig?u={address.replace("@", "%40")}">'
        f'<img src="https://example.net/{address}.png" alt="{address}"></a><span itemprop="email">{link}</span>',
    }  # fmt: skip


def make(maker: Maker) -> None:
    """Each program in each language, and as HTML."""
    for language in WORDS:
        for program in blocks(language, ""):
            if language not in ("en", "es", "pl") and program.startswith(("Yahoo", "Proton", "Samsung", "Thunder")):
                continue  # they quote in English whatever the language
            writer = maker.address()
            hidden = writer if len(maker.cases) % 2 else maker.other()
            level = "should" if "folded" in program and hidden != writer else "must"
            raw = mail(writer, body(blocks(language, hidden)[program]))
            maker.add("quotation", f"{program}, {language}", raw, writer=writer, hidden=hidden, level=level)
    for program in pages(""):
        writer = maker.address()
        hidden = writer if len(maker.cases) % 2 else maker.other()
        page = f"<html><body><p>{BEFORE}</p>{pages(hidden)[program]}<p>{AFTER}</p></body></html>"
        raw = mail(writer, quoted(page.encode()), "text/html; charset=utf-8", "quoted-printable")
        maker.add("quotation", f"{program}, HTML", raw, writer=writer, hidden=hidden)
        plain = part(f"{BEFORE}\n\n{AFTER}\n")
        content, octets = multipart([plain, part(page, "text/html; charset=utf-8")], "alternative")
        maker.add(
            "quotation",
            f"{program}, HTML view alone",
            mail(writer, octets, content, "7bit"),
            writer=writer,
            hidden=hidden,
        )
