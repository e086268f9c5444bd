"""Hiding places in HTML."""

# ruff: noqa: E501 - a row is a whole hostile message, or a table of signs

from __future__ import annotations

import base64
from collections.abc import Callable

from tests.torture.case import AFTER, BEFORE, Maker, mail, multipart, part, quoted

_LINES = r"""
text node|must|<p>{a}</p>
mailto|must|<a href="mailto:{a}">mail</a>
mailto, percent of all|must|<a href="mailto:{pct}">mail</a>
mailto with cc|must|<a href="mailto:x@example.net?cc={a}">mail</a>
mailto, entities in the attribute|must|<a href="mailto:{ent}">mail</a>
link, percent|must|<a href="https://example.net/?e={pct}">here</a>
link, percent twice|must|<a href="https://example.net/?e={l}%2540{d}">here</a>
link, base64|should|<a href="https://example.net/open/{b64}">here</a>
link, base64 URL alphabet|should|<a href="https://example.net/open/{url64}">here</a>
link, hex|should|<a href="https://example.net/open/{hex}">here</a>
link, two parameters|best|<a href="https://example.net/?u={l}&amp;d={d}">here</a>
link, user|must|<a href="https://{a}/">here</a>
link, reversed|should|<a href="https://example.net/?e={rev}">here</a>
link, relative|must|<a href="/people/{a}">here</a>
link, javascript|must|<a href="javascript:location='mailto:{a}'">here</a>
link, data|must|<a href="data:text/html,{pct}">here</a>
link, tel and sms|must|<a href="sms:{a}">here</a>
link, xmpp|must|<a href="xmpp:{a}">here</a>
link, title|must|<a href="https://example.net/" title="{a}">here</a>
link, ping|must|<a href="https://example.net/" ping="https://example.net/?{a}">here</a>
link, rel, name, id, class|must|<a rel="{a}" name="{a}" id="{a}" class="{a}" href="https://example.net/x">here</a>
img alt|must|<img src="x.png" alt="{a}">
img title|must|<img src="x.png" title="{a}">
img src|must|<img src="https://example.net/p?{a}">
img srcset|must|<img srcset="https://example.net/{pct} 2x">
img longdesc, usemap|must|<img src="x" longdesc="mailto:{a}" usemap="#{a}">
img data: URI|must|<img src="data:image/png;base64,{b64}">
picture source|must|<picture><source srcset="https://example.net/{a}"><img src=x></picture>
map area|must|<map name="{a}"><area href="mailto:{a}" alt="{a}"></map>
video poster and track|must|<video poster="https://example.net/{a}"><track src="{a}">{a}</video>
audio fallback|must|<audio src="{a}">{a}</audio>
object and param|must|<object data="{a}"><param name=m value="{a}">{a}</object>
embed|must|<embed src="https://example.net/{a}">
iframe src and srcdoc|must|<iframe src="https://example.net/{a}" srcdoc="{a}">{a}</iframe>
form action|must|<form action="mailto:{a}" method=post><button>go</button></form>
input value|must|<input type=text value="{a}">
input hidden|must|<input type=hidden name=mail value="{a}">
input placeholder|must|<input placeholder="{a}">
button value|must|<button value="{a}" formaction="mailto:{a}">go</button>
textarea|must|<textarea>{a}</textarea>
select option|must|<select><option value="{a}">{a}</select>
datalist|must|<datalist id=d><option value="{a}"></datalist>
output, label for|must|<label for="{a}">x</label><output for="{a}">x</output>
fieldset legend|must|<fieldset><legend>{a}</legend>x</fieldset>
details summary|must|<details><summary>more</summary>{a}</details>
dialog|must|<dialog>{a}</dialog>
template|must|<template>{a}</template>
noscript|must|<noscript>{a}</noscript>
noembed, noframes|must|<noembed>{a}</noembed><noframes>{a}</noframes>
xmp, listing|must|<xmp>{a}</xmp><listing>{a}</listing>
comment|must|<!-- {a} -->
comment, downlevel-hidden|must|<!--[if gte mso 9]><xml><o:Author>{a}</o:Author></xml><![endif]-->
comment, downlevel-revealed|must|<![if !mso]>{a}<![endif]>
comment, bogus|must|<!{a}><?{a}?></{a}>
comment, broken end|must|<!-- x --!>{a}<!-- -->
CDATA|must|<![CDATA[{a}]]>
processing instruction|must|<?xml-stylesheet href="{a}"?>
style|must|<style>.x::after{{content:"{a}"}}</style><p class=x>x</p>
style, escapes|must|<style>.x::after{{content:"{css}"}}</style><p class=x>x</p>
style, import|must|<style>@import url("https://example.net/{a}");</style>
style attribute url|must|<p style="background:url('https://example.net/{a}')">x</p>
style attribute, custom property|must|<p style="--mail:'{a}'">x</p>
font-face|must|<style>@font-face{{font-family:"{a}";src:url({pct})}}</style>
link stylesheet|must|<link rel=stylesheet href="https://example.net/{a}.css">
base|must|<base href="mailto:{a}">
meta author|must|<meta name=author content="{a}">
meta refresh|must|<meta http-equiv=refresh content="0;url=mailto:{a}">
title element|must|<title>{a}</title>
script|must|<script>var m="{a}";document.write(m)</script>
script type json|must|<script type="application/ld+json">{{"email":"{a}"}}</script>
onclick|must|<p onclick="location='mailto:{a}'">x</p>
microdata|must|<div itemscope><meta itemprop=email content="{a}"><link itemprop=url href="mailto:{a}">x</div>
microformat|must|<div class=vcard><span class=email>{a}</span></div>
RDFa|must|<div property="foaf:mbox" resource="mailto:{a}" content="{a}">x</div>
aria-label|must|<p aria-label="{a}">x</p>
data attribute|must|<p data-email="{a}" data-x='{{"m":"{a}"}}'>x</p>
lang, dir, accesskey|must|<p lang="{a}" accesskey="{a}">x</p>
unknown attribute|must|<p {a}="{a}">x</p>
unknown element|must|<mail-to addr="{a}">{a}</mail-to>
element named so|must|<{a}>x</{a}>
blockquote cite|must|<blockquote cite="mid:7.{a}">x</blockquote>
q, ins, del cite|must|<q cite="mailto:{a}">x</q><del cite="{a}">{a}</del><ins>{a}</ins>
abbr, dfn, time|must|<abbr title="{a}">x</abbr><time datetime="{a}">x</time>
table summary and abbr|must|<table summary="{a}"><tr><td abbr="{a}" headers="{a}">x</table>
table caption|must|<table><caption>{a}</caption><tr><td>x</table>
body attributes|must|<body background="https://example.net/{a}" title="{a}">x
svg text|must|<svg><text>{a}</text></svg>
svg title and desc|must|<svg><title>{a}</title><desc>{a}</desc><metadata>{a}</metadata></svg>
svg link|must|<svg><a xlink:href="mailto:{a}"><text>x</text></a></svg>
svg foreignObject|must|<svg><foreignObject><p>{a}</p></foreignObject></svg>
MathML|must|<math><mtext>{a}</mtext><annotation>{a}</annotation></math>
canvas fallback|must|<canvas>{a}</canvas>
progress, meter fallback|must|<progress>{a}</progress><meter>{a}</meter>
hidden attribute|must|<p hidden>{a}</p>
display none|must|<p style="display:none">{a}</p>
visibility hidden|must|<p style="visibility:hidden">{a}</p>
preheader|must|<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{a}</div>
white on white|must|<p style="color:#fff">{a}</p>
font size zero|must|<span style="font-size:0px">{a}</span>
opacity, clip, indent|must|<p style="opacity:0;position:absolute;left:-9999px">{a}</p>
class that hides|must|<style>.h{{display:none}}</style><p class=h>{a}</p>
split over elements|must|<b>{a1}</b><i>{a2}</i><u>{a3}</u>
split over spans, comments between|must|{a1}<!-- x -->{a2}<!-- y -->{a3}
split by hidden words|must|{l}<span style="display:none">NOSPAM</span>@{d}
split by hidden words, class|should|<style>.h{{display:none}}</style>{l}<span class=h>NOSPAM</span>@{d}
split by wbr and shy|must|{a1}<wbr>{a2}&shy;{a3}
split by empty elements|must|{a1}<span></span>{a2}<font></font>{a3}
split over table cells|should|<table><tr><td>{l}</td><td>@</td><td>{d}</td></tr></table>
split over table rows|should|<table><tr><td>{l}</td></tr><tr><td>@{d}</td></tr></table>
split over list items|should|<ul><li>{l}</li><li>@</li><li>{d}</li></ul>
split over paragraphs|should|<p>{l}</p><p>@</p><p>{d}</p>
split by br|should|{l}<br>@<br>{d}
one letter an element|must|{each}
one letter a cell|should|<table><tr>{cells}</tr></table>
at as a picture|should|{l}<img src="at.png" alt="@">{d}
at as a picture, alt at|should|{l}<img src="at.png" alt="at">{d}
entities, decimal|must|{ent}
entities, hex, no semicolon|must|{l}&#x40{d}
entities, named|must|{l}&commat;{d2}
entities, double|must|{l}&amp;#64;{d}
entities, zwnj and shy|must|{zw}
bdo rtl|should|<bdo dir=rtl>{rev}</bdo>
bidi-override|should|<span style="unicode-bidi:bidi-override;direction:rtl">{rev}</span>
bidi-override by a class|should|<style>.r{{unicode-bidi:bidi-override;direction:rtl}}</style><span class=r>{rev}</span>
ruby|must|<ruby>{l}<rt>@{d}</rt></ruby>
sup and sub|must|{l}<sup>@</sup><sub>{d}</sub>
Cloudflare protection|best|<a class="__cf_email__" data-cfemail="{cf}">[email&#160;protected]</a>
never closed tag|must|<a href="mailto:{a}
never closed attribute|must|<p title="{a}>x</p>
never closed comment|must|<!-- {a}
broken attribute quoting|must|<p title='{a}"' class="x'{a}">x</p>
NUL in a tag|must|<sc&#0;ript>{a}</script>
plaintext|must|<plaintext>{a}
Outlook conditional VML|must|<!--[if vml]><v:rect href="mailto:{a}"></v:rect><![endif]-->
AMP|must|<amp-img src="https://example.net/{a}" alt="{a}"></amp-img>
doctype|must|<!DOCTYPE html PUBLIC "{a}">
"""


def make(maker: Maker) -> None:
    """Each place in a page that is the whole letter, half of them with the writer's own address."""
    for number, line in enumerate(_LINES.strip().splitlines()):
        where, level, template = line.split("|", 2)
        writer = maker.address()
        hidden = writer if number % 2 else maker.other()
        inside = _filled(template, hidden)
        honest = (BEFORE,) if where.startswith(("never", "plaintext", "broken")) else (BEFORE, AFTER)
        page = f"<html><body><p>{BEFORE}</p>{inside}<p>{AFTER}</p></body></html>"
        raw = mail(writer, quoted(page.encode()), "text/html; charset=utf-8", "quoted-printable")
        maker.add("html", where, raw, writer=writer, hidden=hidden, level=level, honest=honest)
    _shells(maker)


def _filled(template: str, address: str) -> str:
    local, _, domain = address.partition("@")
    key = 0x5A
    return template.format(
        a=address, l=local, d=domain, d2=domain.replace(".", "&period;"),
        a1=address[:5], a2=address[5:11], a3=address[11:],
        pct="".join(f"%{o:02X}" for o in address.encode()),
        ent="".join(f"&#{o};" for o in address.encode()),
        css="".join(f"\\{o:x} " for o in address.encode()),
        b64=base64.b64encode(address.encode()).decode(),
        url64=base64.urlsafe_b64encode(f"id=7;m={address}".encode()).decode(),
        hex=address.encode().hex(), rev=address[::-1], zw="&zwnj;&shy;".join(address),
        each="".join(f"<span>{c}</span>" for c in address),
        cells="".join(f"<td>{c}</td>" for c in address),
        cf=f"{key:02x}" + "".join(f"{o ^ key:02x}" for o in address.encode()),
    )  # fmt: skip


def _shells(maker: Maker) -> None:
    """The same page within other types, character sets and views."""

    def page(address: str) -> str:
        return f"<html><body><p>{BEFORE}</p><p>{address}</p><p>{AFTER}</p></body></html>"

    for where, kind, encode in (
        ("application/xhtml+xml", "application/xhtml+xml", str.encode),
        ("html in UTF-7", "text/html; charset=utf-7", lambda p: p.replace("@", "+AEA-").encode()),
        ("html in UTF-16", "text/html; charset=utf-16", lambda p: p.encode("utf-16")),
        ("html in koi8-r", "text/html; charset=koi8-r", lambda p: p.encode("koi8-r")),
        ("html, charset in meta", "text/html", lambda p: p.replace("<body>", '<meta charset="windows-1251"><body>я').encode("cp1251")),
        ("html said to be plain", "text/plain; charset=utf-8", str.encode),
        ("text/x-unknown", "text/x-unknown; charset=utf-8", str.encode),
        ("text/html in capitals", "TEXT/HTML; CHARSET=UTF-8", str.encode),
        ("html with 20 000 spaces", "text/html", lambda p: p.replace("<p>", "<p>" + " " * 20_000).encode()),
    ):  # fmt: skip
        address = maker.address()
        octets = encode(page(address))
        maker.add("html", where, mail(address, base64.encodebytes(octets), kind, "base64"), writer=address,
                  honest=(BEFORE, AFTER))  # fmt: skip
    views: tuple[tuple[str, Callable[[str], list[bytes]], str], ...] = (
        ("plain view clean, html view has it", lambda a: [part(f"{BEFORE}\n{AFTER}"), part(page(a), "text/html")], "alternative"),
        ("html view clean, plain view has it", lambda a: [part(f"{BEFORE}\n{a}\n{AFTER}"), part(page("-"), "text/html")], "alternative"),
        ("views in the wrong order", lambda a: [part(page(a), "text/html"), part(f"{BEFORE}\n{AFTER}")], "alternative"),
        ("plain view empty", lambda a: [part(" "), part(page(a), "text/html")], "alternative"),
        ("two plain views", lambda a: [part(f"{BEFORE}\n{AFTER}"), part(f"{a} {BEFORE}")], "alternative"),
        ("watch view", lambda a: [part(f"{BEFORE}\n{AFTER}"), part(f"<p>{a}</p>", "text/watch-html")], "alternative"),
        ("AMP view", lambda a: [part(f"{BEFORE}\n{AFTER}"), part(page(a), "text/x-amp-html"), part(page("-"), "text/html")], "alternative"),
        ("rtf view", lambda a: [part(f"{BEFORE}\n{AFTER}"), part("{\\rtf1 " + a + "}", "application/rtf")], "alternative"),
        ("calendar view", lambda a: [part(f"{BEFORE}\n{AFTER}"), part(f"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nORGANIZER;CN={a}:mailto:{a}\nATTENDEE:MAILTO:{a}\nSUMMARY:{a}\nDESCRIPTION:call {a}\nUID:{a}\nEND:VEVENT\nEND:VCALENDAR", "text/calendar; method=REQUEST")], "alternative"),
        ("alternative within related", lambda a: [_inner(a), part("x", "image/png", more=f"Content-ID: <{a}>\r\n")], "related"),
        ("mixed: html behind the text", lambda a: [part(f"{BEFORE}\n{AFTER}"), part(page(a), "text/html")], "mixed"),
        ("mixed: text behind the html", lambda a: [part(page("-"), "text/html"), part(f"\n{a}\n")], "mixed"),
    )  # fmt: skip
    for where, make_parts, kind in views:
        address = maker.address()
        content, octets = multipart(make_parts(address), kind)
        maker.add("html", where, mail(address, octets, content, "7bit"), writer=address)


def _inner(address: str) -> bytes:
    plain = part(f"{BEFORE}\n{AFTER}")
    rich = part(f"<p>{BEFORE}</p><p>{address}<img src='cid:{address}'></p><p>{AFTER}</p>", "text/html")
    content, octets = multipart([plain, rich], "alternative", "=_inner")
    return part(octets, content, "7bit")
