"""Quotations: what mail programs put into an answer is told from what its writer says."""

# ruff: noqa: E501 - a row is a whole answer

from __future__ import annotations

from collections.abc import Callable

import pytest

from intake.quotation import is_alone, passages
from intake.redact import EMAIL_WITHHELD
from tests.conftest import cpu_seconds
from tests.torture.quotation import WORDS, blocks

OWN, QUOTED = False, True
ROSA, HELP = "rosa.kvist@home.example", "help@court.example"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("Yes.\nNo.", [(OWN, "Yes.\nNo.")]),
        ("Yes.\n> a\n>> b\nNo.\n", [(OWN, "Yes.\n"), (QUOTED, "> a\n>> b\n"), (OWN, "No.\n")]),
        ("Yes.\n\nOn Friday, R. wrote:\n\n> a", [(OWN, "Yes.\n\n"), (QUOTED, "On Friday, R. wrote:\n\n> a")]),
        (
            "Yes.\n\nOn Friday\nR.\nwrote:\n> a\n\nNo.",
            [(OWN, "Yes.\n\n"), (QUOTED, "On Friday\nR.\nwrote:\n> a\n"), (OWN, "\nNo.")],
        ),
        ("Bring:\n- x\n\n> a", [(OWN, "Bring:\n- x\n\n"), (QUOTED, "> a")]),
        ("> a\n\nNow:\nx", [(QUOTED, "> a\n"), (OWN, "\nNow:\nx")]),
        ("x\nFrom: R.\nSent: now\nTo: S.\n\ny", [(OWN, "x\n"), (QUOTED, "From: R.\nSent: now\nTo: S.\n\ny")]),
        ("x\n*De :* R.\ny", [(OWN, "x\n*De :* R.\ny")]),
        (f"x\n*De :* {ROSA}\ny", [(OWN, "x\n"), (QUOTED, f"*De :* {ROSA}\n"), (OWN, "y")]),
        (f"x\nFrom: Rosa\n  <{ROSA}>\ny", [(OWN, "x\n"), (QUOTED, f"From: Rosa\n  <{ROSA}>\n"), (OWN, "y")]),
        ("E-mail: r@x.example\nA: yes", [(OWN, "E-mail: r@x.example\nA: yes")]),
    ],
)
def test_passages(text: str, pieces: list[tuple[bool, str]]) -> None:
    """LK7: signs at the beginning of lines, the lines that introduce them, and copied headers are other people's."""
    assert passages(text) == pieces


def own(text: str) -> str:
    return "".join(words for is_quoted, words in passages(text) if not is_quoted)


WROTE = (  # how mail programs introduce a quotation, in each language's words
    "On Friday, Rosa wrote:",
    "Am Freitag schrieb Rosa <{a}>:",
    "El viernes, Rosa escribió:",
    "El viernes, Rosa escribio:",
    "Le vendredi, Rosa a écrit :",
    "Na sexta, Rosa escreveu:",
    "W piątek Rosa napisała:",
    "W piątek Jan napisał:",
    "W piątek Ola napisał(a):",
    "Rosa te ekri:",
    "Venerdì Rosa ha scritto:",
    "Op vrijdag schreef Rosa <{a}>:",
    "Den fredag skrev Rosa <{a}>:",
    "Rosa yazdı:",
    "Rosa kirjoitti:",
    "Иван написал:",
    "Роза написала:",
    "Роза написал(а):",
    "Роза пишет:",
    "Роза пише:",
    "Rosa 写道：",
    "Rosa 寫道：",
    "On 3/3/25 10:12 AM, Rosa Kvist wrote:",
    "On Mar 3, 2025, at 10:12, Rosa Kvist <{a}> wrote:",
    "On 2025-03-03 10:12, Rosa Kvist wrote:",
    "On Monday, March 3rd, 2025 at 10:12 AM, Rosa Kvist <{a}> wrote:",
    "-----Rosa Kvist/Hartford/US wrote: -----",
    '-----"Rosa Kvist" <{a}> wrote: -----',
    "-----Rosa Kvist schrieb: -----",
    "-----Rosa Kvist a écrit : -----",
    "El 3/3/25 a las 10:12, Rosa Kvist escribió:",
    "El lunes, 3 de marzo de 2025, 10:12:00 GMT-5, Rosa Kvist <{a}> escribió:",
    "Le 03/03/2025 à 10:12, Rosa Kvist a écrit :",
    "Le lundi 3 mars 2025 à 10:12:00 UTC−5, Rosa Kvist <{a}> a écrit :",
    "Le lun. 3 mars 2025, 10 h 12, Rosa Kvist a écrit :",
    "Am 03.03.25 um 10:12 schrieb Rosa Kvist:",
    "Am 2025-03-03 10:12, schrieb Rosa Kvist:",
    "Rosa Kvist <{a}> hat am 03.03.2025 10:12 CET geschrieben:",
    "Rosa Kvist hat am 03.03.2025 10:12 geschrieben:",
    "Em 03/03/2025 10:12, Rosa Kvist escreveu:",
    "No dia 3 de mar. de 2025, às 10:12, Rosa Kvist <{a}> escreveu:",
    "A segunda, 3/03/2025, 10:12, Rosa Kvist escreveu:",
    "Il 03/03/2025 10:12, Rosa Kvist ha scritto:",
    "Il giorno 3 mar 2025, alle ore 10:12, Rosa Kvist ha scritto:",
    "W dniu 3.03.2025 o 10:12, Rosa Kvist pisze:",
    "Wiadomość napisana przez Rosa Kvist w dniu 3 mar 2025, o godz. 10:12:",
    "Dnia 3 marca 2025 10:12 Rosa Kvist <{a}> napisał(a):",
    "Le lendi 3 mas 2025, Rosa Kvist te ekri :",
    "Vào Th 2, 3 thg 3, 2025 lúc 10:12 Rosa Kvist <{a}> đã viết:",
    "Vào 03/03/2025 10:12, Rosa Kvist đã viết:",
    "Vào lúc 10:12 Rosa Kvist viết:",
    "在 2025/3/3 10:12, Rosa Kvist 写道:",
    "Rosa Kvist <{a}> 于2025年3月3日周一 10:12写道：",
    "在 2025年3月3日，10:12，Rosa Kvist 写道：",
    "Rosa Kvist 於 2025年3月3日 寫道：",
    "03.03.2025 10:12, Rosa Kvist пишет:",
    "пн, 3 мар. 2025 г. в 10:12, Rosa Kvist <{a}>:",
    "3 марта 2025 г., в 10:12, Rosa Kvist написал(а):",
    "Понедельник, 3 марта 2025, 10:12 +03:00 от Rosa Kvist <{a}>:",
    "03.03.25 10:12, Rosa Kvist пише:",
    "3 бер. 2025 р. о 10:12 Rosa Kvist написав(ла):",
    "пн, 3 бер. 2025 р. о 10:12 Rosa Kvist <{a}> пише:",
    "Rosa Kvist написала:",
    "في ٣ مارس ٢٠٢٥، الساعة ١٠:١٢ ص، كتب Rosa Kvist:",
    "في الاثنين، 3 مارس 2025 في 10:12 ص تمت كتابة ما يلي بواسطة Rosa Kvist <{a}>:",
    "بتاريخ 3/3/2025 10:12، كتبت Rosa Kvist:",
    "3.03.2025 10:12 tarihinde Rosa Kvist yazdı:",
    "Rosa Kvist <{a}>, 3 Mar 2025 Pzt, 10:12 tarihinde şunu yazdı:",
    "Rosa Kvist şunları yazdı (3 Mar 2025 10:12):",
    "Op 03-03-2025 om 10:12 schreef Rosa Kvist:",
    "Op ma 3 mrt 2025 om 10:12 schreef Rosa Kvist <{a}>:",
    "Op 3 mrt 2025, om 10:12 heeft Rosa Kvist het volgende geschreven:",
    "La 3.03.2025 10:12, Rosa Kvist a scris:",
    "Pe lun., 3 mar. 2025 la 10:12, Rosa Kvist <{a}> a scris:",
    "În lun., 3 mar. 2025 la 10:12, Rosa Kvist a scris:",
    "2025-03-03 오전 10:12에 Rosa Kvist 이(가) 쓴 글:",
    "2025년 3월 3일 (월) 오전 10:12, Rosa Kvist <{a}>님이 작성:",
    "2025. 3. 3. 오전 10:12, Rosa Kvist 작성:",
    "2025年3月3日(月) 10:12 Rosa Kvist <{a}>:",
    "2025/03/03 10:12、Rosa Kvistのメール:",
    "2025/03/03 10:12、Rosa Kvist さんは書きました:",
    "Rosa Kvistさんが書きました:",
    "Den mån 3 mars 2025 kl 10:12 skrev Rosa Kvist <{a}>:",
    "Den 03.03.2025 10:12, skrev Rosa Kvist:",
    "2025. 03. 03. 10:12 keltezéssel, Rosa Kvist írta:",
    "Στις 3/3/25 10:12, ο/η Rosa Kvist έγραψε:",
    "בתאריך יום ב׳, 3 במרץ 2025 ב-10:12 מאת Rosa Kvist <{a}>:",
    "Dne 03. 03. 25 v 10:12 Rosa Kvist napsal(a):",
)


@pytest.mark.parametrize("line", WROTE)
def test_who_wrote_is_said_in_each_language(line: str) -> None:
    """LK7: what is unmarked below such a line is somebody else's."""
    assert own(f"Yes.\n\n{line.format(a=ROSA)}\n\nhallo") == "Yes.\n\n"


FORWARDED = (  # what stands above a message that was sent on, or answered
    "---------- Forwarded message ---------",
    "---------- Forwarded message ----------",
    "-------- Forwarded Message --------",
    "Begin forwarded message:",
    "-------- Weitergeleitete Nachricht --------",
    "---------- Weitergeleitete Nachricht ---------",
    "---------- Ursprüngliche Nachricht ----------",
    "-------- Original-Nachricht --------",
    "-------- Originalnachricht --------",
    "Anfang der weitergeleiteten Nachricht:",
    "-------- Mensaje reenviado --------",
    "---------- Mensaje reenviado ---------",
    "Inicio del mensaje reenviado:",
    "-----Mensaje original-----",
    "-------- Message transféré --------",
    "-------- Message original --------",
    "-----Message d'origine-----",
    "Début du message transféré :",
    "Début du message réexpédié :",
    "-------- Courriel original --------",
    "-------- Mensagem encaminhada --------",
    "-------- Mensagem reencaminhada --------",
    "Início da mensagem encaminhada:",
    "-----Mensagem original-----",
    "-------- Messaggio Inoltrato --------",
    "-------- Messaggio originale --------",
    "Inizio messaggio inoltrato:",
    "Inizio del messaggio inoltrato:",
    "-------- Przekazana wiadomość --------",
    "-------- Treść przekazanej wiadomości --------",
    "-------- Wiadomość przesłana dalej --------",
    "-------- Oryginalna wiadomość --------",
    "Początek przekazywanej wiadomości:",
    "-----Mesaj orijinal-----",
    "---------- Mesaj ki voye a ---------",
    "Kòmansman mesaj ki voye a:",
    "-------- Thư chuyển tiếp --------",
    "-------- Tin nhắn chuyển tiếp --------",
    "---------- Thư gốc ----------",
    "-----Tin nhắn gốc-----",
    "Bắt đầu thư được chuyển tiếp:",
    "-------- 转发的消息 --------",
    "---------- 转发邮件 ----------",
    "-------- 轉寄訊息 --------",
    "------------------ 原始邮件 ------------------",
    "-----邮件原件-----",
    "-----原始郵件-----",
    "开始转发的邮件：",
    "以下是轉寄的郵件：",
    "下面是被转发的邮件：",
    "-------- Пересылаемое сообщение --------",
    "-------- Перенаправленное сообщение --------",
    "-------- Исходное сообщение --------",
    "-------- Пересылаемое письмо --------",
    "Начало переадресованного сообщения:",
    "Начало пересылаемого сообщения:",
    "-------- Переслане повідомлення --------",
    "-------- Перенаправлене повідомлення --------",
    "-----Вихідне повідомлення-----",
    "-------- Оригінальний лист --------",
    "Початок листа, що пересилається:",
    "Початок переспрямованого повідомлення:",
    "-------- رسالة محولة --------",
    "---------- رسالة مُعاد توجيهها ---------",
    "-----الرسالة الأصلية-----",
    "بداية الرسالة المعاد توجيهها:",
    "بدء الرسالة المُحالة:",
    "-------- İletilen İleti --------",
    "-------- Yönlendirilmiş Mesaj --------",
    "---------- Yönlendirilen ileti ---------",
    "-----Özgün İleti-----",
    "-------- Orijinal mesaj --------",
    "İletilen ileti başlangıcı:",
    "Başlangıçta iletilen ileti:",
    "-------- Doorgestuurd bericht --------",
    "---------- Doorgestuurd bericht ---------",
    "-----Oorspronkelijk bericht-----",
    "-------- Origineel bericht --------",
    "Begin doorgestuurd bericht:",
    "-------- Mesaj redirecționat --------",
    "-------- Mesaj înaintat --------",
    "-----Mesaj original-----",
    "Începutul mesajului redirecționat:",
    "Începutul mesajului transmis mai departe:",
    "-------- 전달된 메시지 --------",
    "---------- 전달된 메일 ---------",
    "-----원본 메시지-----",
    "-------- 원본 이메일 --------",
    "전달된 메시지 시작:",
    "-------- 転送メッセージ --------",
    "---------- 転送されたメール ---------",
    "-----元のメッセージ-----",
    "-------- 元のメール --------",
    "転送されたメッセージ:",
    "以下は転送されたメッセージです：",
    "-----オリジナルメッセージ-----",
)


@pytest.mark.parametrize("line", FORWARDED)
def test_a_message_that_was_sent_on_is_said_in_each_language(line: str) -> None:
    """LK7: what is below such a line is somebody else's, marked or not."""
    assert own(f"Yes.\n\n{line}\n\nRosa\n\nhallo {ROSA}") == "Yes.\n\n"


ROWS = (  # headers as programs copy them
    "From: Rosa|Sent: Monday|To: DMV|Subject: x",
    "De: Rosa|Enviado el: lunes|Para: DMV|Asunto: x",
    "De : Rosa|Envoyé : lundi|À : DMV|Objet : x",
    "De : Rosa|Date : lundi|À : {a}|Objet : x",
    "Von: Rosa|Gesendet: Montag|An: DMV|Betreff: x",
    'Gesendet: Montag, 03. März 2025 um 10:12 Uhr|Von: "Rosa" <{a}>|An: x|Betreff: x',
    "Da: Rosa|Inviato: lunedì|A: DMV|Oggetto: x",
    "Da: Rosa|Data: lunedì|A: {a}|Oggetto: x",
    "De: Rosa|Enviada em: segunda|Para: DMV|Assunto: x",
    "De: Rosa|Enviado: segunda|Para: DMV|Assunto: x",
    "Od: Rosa|Wysłano: poniedziałek|Do: DMV|Temat: x",
    "Soti nan: Rosa|Voye: lendi|Pou: DMV|Sijè: x",
    "Từ: Rosa|Đã gửi: Thứ Hai|Đến: DMV|Chủ đề: x",
    "Từ: {a}|Ngày: Thứ Hai|Tới: DMV|Chủ đề: x",
    "Người gửi: {a}|Ngày gửi: Thứ Hai|Người nhận: DMV|Tiêu đề: x",
    "发件人: Rosa|发送时间: 星期一|收件人: DMV|主题: x",
    "发件人：{a}|日期：星期一|收件人：x|主题：x",
    "寄件者: Rosa|寄件日期: 星期一|收件者: DMV|主旨: x",
    "From: {a}|時間: x|寄件人: Rosa|主旨: x",
    "От: Rosa|Отправлено: понедельник|Кому: DMV|Тема: x",
    "Від: Rosa|Надіслано: понеділок|Кому: DMV|Тема: x",
    "Від: {a}|Дата: понеділок|Кому: DMV|Тема: x",
    "من: Rosa|تم الإرسال: الاثنين|إلى: DMV|الموضوع: x",
    "من: Rosa|أُرسلت: الاثنين|إلى: DMV|الموضوع: x",
    "من: {a}|التاريخ: الاثنين|إلى: DMV|الموضوع: x",
    "المرسل: {a}|التاريخ: الاثنين|إلى: DMV|الموضوع: x",
    "Kimden: Rosa|Gönderildi: Pazartesi|Kime: DMV|Konu: x",
    "Gönderen: Rosa|Gönderme Tarihi: Pazartesi|Kime: DMV|Konu: x",
    "Gönderen: {a}|Tarih: Pazartesi|Alıcı: DMV|Konu: x",
    "Van: Rosa|Verzonden: maandag|Aan: DMV|Onderwerp: x",
    "De la: Rosa|Trimis: luni|Către: DMV|Subiect: x",
    "De la: {a}|Data: luni|Către: DMV|Subiect: x",
    "보낸 사람: Rosa|보낸 날짜: 월요일|받는 사람: DMV|제목: x",
    "보낸사람: {a}|날짜: 월요일|받는사람: DMV|제목: x",
    "差出人: Rosa|送信日時: 月曜日|宛先: DMV|件名: x",
    "差出人: {a}|日付: 月曜日|宛先: DMV|件名: x",
    "From: Rosa|日時: {a}|宛先: {a}|件名: x",
    "Från: Rosa|Skickat: måndag|Till: DMV|Ämne: x",
    "Fra: Rosa|Dato: mandag|Til: {a}|Emne: x",
    "Feladó: {a}|Dátum: x|Címzett: y|Tárgy: x",
    "Od: {a}|Odesláno: x|Komu: y|Předmět: x",
)


@pytest.mark.parametrize("row", ROWS)
def test_a_header_is_known_in_each_language(row: str) -> None:
    """LK7: with addresses in it, or only when it was sent."""
    head = row.format(a=ROSA).replace("|", "\n")
    assert own(f"Yes.\n\n{head}\n\nhallo {ROSA}") == "Yes.\n\n"


NAMES = (  # writers and readers; when it was sent; what else stands in such a header
    ("from to cc bcc reply-to sender sent_by recipient recipients copy_to", "sent sent_at", "date subject"),
    ("de para cco responder_a", "enviado enviado_el", "fecha asunto"),
    ("de para cc", "enviada enviada_em enviado_em", "data assunto"),
    ("de à cci répondre_à", "envoyé envoyé_le", "date objet"),
    ("od do dw udw kopia", "wysłano wysłane", "temat data"),
    ("von an kopie antwort_an", "gesendet", "datum betreff"),
    ("da cc ccn rispondi_a", "inviato", "data oggetto"),
    ("van aan cc", "verzonden", "datum onderwerp"),
    ("från till", "skickat", "datum ämne"),
    ("fra til", "sendt", "emne"),
    ("kimden kime bilgi", "gönderildi", "konu tarih"),
    ("lähettäjä vastaanottaja", "lähetetty", "aihe"),
    ("soti pou soti_nan", "voye", "sijè"),
    ("от кому копия", "отправлено", "дата тема"),
    ("від кому копія", "надіслано", "дата тема"),
    ("من إلى نسخة", "", "تاريخ الموضوع"),
    ("发件人 收件人 抄送", "发送时间", "日期 主题"),
    ("寄件者 寄件人 收件者 副本", "寄件日期", "主旨"),
    ("差出人 宛先", "送信日時", "件名 日時"),
    ("보낸_사람 받는_사람 참조", "보낸_날짜", "제목"),
    ("מאת אל", "", "subject"),
    ("από προς", "", "subject"),
)


def _names(row: str) -> list[str]:
    return [name.replace("_", " ") for name in row.split()]


PAIRS = [
    *((who, _names(other)[0], ROSA) for names, _, other in NAMES for who in _names(names)),
    *((_names(names)[0], what, ROSA) for names, _, other in NAMES for what in _names(other)),
    *((_names(names)[0], sent, "Rosa") for names, sending, _ in NAMES for sent in _names(sending)),
]


@pytest.mark.parametrize(("first", "second", "value"), PAIRS)
def test_two_fields_of_a_header_are_enough(first: str, second: str, value: str) -> None:
    """LK7: by their names in each language, one of them with a bare address or the day it was sent."""
    assert own(f"Yes.\n\n{first}: {value}\n{second}: x\n\nhallo") == "Yes.\n\n"


HEADERS = {
    "English": ("From", "Sent", "To", "Subject"),
    "Italian": ("Da", "Inviato", "A", "Oggetto"),
    "Dutch": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "Swedish": ("Från", "Skickat", "Till", "Ämne"),
    "Turkish": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "Russian": ("От", "Отправлено", "Кому", "Тема"),
    "Chinese": ("发件人", "发送时间", "收件人", "主题"),
    "Taiwanese": ("寄件者", "寄件日期", "收件者", "主旨"),
    "Japanese": ("差出人", "送信日時", "宛先", "件名"),
    "Arabic": ("من", "تاريخ", "إلى", "الموضوع"),
    "French": ("De\u00a0", "Envoyé\u00a0", "À\u00a0", "Objet\u00a0"),
    "of no language": ("Xa", "Xb", "Xc", "Xd"),
}


@pytest.mark.parametrize(
    "form", ["{}: {}", "{}： {}", "*{}:* {}", "**{}**: {}", "- {}: {}", "[{}: {}]", "    {}:    {}"]
)
@pytest.mark.parametrize("language", HEADERS)
def test_below_a_copied_header_all_is_quoted(language: str, form: str) -> None:
    """LK7: in any language, by the names or by the form alone; in full width, bold, bulleted, in brackets."""
    values = (f"Rosa Kvist <{ROSA}>", "Monday, 3 March 2025 10:12", ROSA, "Plate")
    head = "\n".join(form.format(name, value) for name, value in zip(HEADERS[language], values, strict=True))
    assert own(f"Yes.\n\n{head}\n\nI am {ROSA}.\n") == "Yes.\n\n"


@pytest.mark.parametrize(
    "quotation",
    [
        f"From: Rosa Kvist\n<{ROSA}>\nTo: Ann; Others\n<{ROSA}>\nSubject: x\n\n{ROSA}",
        f"From: {EMAIL_WITHHELD}\nSubject: y\n\n{ROSA}",
        f"Sent by: {ROSA}\nSender: {ROSA}\nCopy to: {ROSA}\n{ROSA}",
        f"From: Rosa Kvist\nSent: Monday\nTo: DMV\n\n{ROSA}",
        f"-----Original Message-----\nRosa\n\n{ROSA}",
        f"---------- Forwarded message ---------\nSubject: x\n\n{ROSA}",
        f"Begin forwarded message:\n\nRosa\n{ROSA}",
        f"Inicio del mensaje reenviado:\n\nRosa\n{ROSA}",
        f"____________________________\nRosa Kvist <{ROSA}>\nMon 1/1/2024 9:00 AM\n\nhello {ROSA}",
        f"On Mon, Rosa <{ROSA}> wrote:\nhello\n{ROSA}",
        f"On Monday, Rosa wrote:\n\nhello {ROSA}",
        f"Am Montag schrieb Rosa <{ROSA}>:\n\nhallo {ROSA}",
        f"Rosa <{ROSA}> schrieb am Mo., 1. Jan. 2024, 09:00\n\nhallo {ROSA}",
        f"Rosa <{ROSA}> schrieb am Mo., 1. Jan. 2024, 09:00\n\n> hallo",
        f"Rosa <{ROSA}> ezt írta (időpont: 2024. jan. 1.):\n\n{ROSA}",
        f"2024年1月1日(月) 9:00 Rosa <{ROSA}>:\n\n{ROSA}",
        f"Rosa <{ROSA}> 于2024年1月1日周一 写道：\n\n> {ROSA}",
        f"On Monday, Rosa <{ROSA}>\nThe old\nman of the\nmountain\nwrote:\n\n> hello",
        f">>> Rosa <{ROSA}> 01/01/24 9:00 AM >>>\nHello {ROSA}",
        f"RK> hello\nRK> {ROSA}",
        f"| hello\n| {ROSA}",
        f"> a line that the mail program of somebody has broken because it was\nlong: {ROSA}\n> and so on",
        "> write to rosa.\nkvist@home.example",
        f"Xa: Rosa <{ROSA}>\nXb: Monday, 3 March 2025\n\n{ROSA}",
        f"Xa: Clerk <{EMAIL_WITHHELD}>\nXb: Monday, 3 March 2025\n\n{ROSA}",
        f"Invitation:\n\nRoad test\nWith {ROSA}",
        f"Am Montag, 3. März schrieb Rosa ({ROSA}):\n\nhallo {ROSA}",
        f"From: Rosa Kvist ({ROSA})\nSubject: x\n\n{ROSA}",
        f"**-----Rosa Kvist/Town wrote: -----**\nhello {ROSA}",
    ],
)  # fmt: skip
def test_other_ways_to_quote(quotation: str) -> None:
    """LK7: introductions with and without marks, wrapped lines, other marks, forwarded messages, invitations."""
    assert own(f"Yes.\n\n{quotation}\n") == "Yes.\n\n"


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("program", [program for program in blocks("en", "") if "signature" not in program])
def test_the_big_mail_programs(language: str, program: str) -> None:
    """LK7: whatever language their blocks are in, no address in them is the writer's own, nor one in the words below."""
    block = blocks(language, ROSA)[program].replace("The plate is bent.", f"The plate is {ROSA}.")
    assert "@" not in own(f"Yes.\n\n{block}\n")


@pytest.mark.parametrize(
    "text",
    [
        f"For help write to {HELP}.",
        f"To: apply, write to {HELP}",
        f"An: Bewerbungen bitte an {HELP}",
        f"De: lunes a viernes, 9 a 14 h, {HELP}",
        f"**From:** 9 am, ask {HELP}",
        f"From: 9 am\nTo: 5 pm\nAsk {HELP}.",
        f"Date: 3 June 2026\nFrom: 9 am\nTo: 11 am\nPlace: Room 5\n\nQuestions: {HELP}",
        f"TO: Maria Lopez\nFROM: DMV, licensing unit\nDATE: June 3, 2026\nSUBJECT: Your license\n\nAsk {HELP}.",
        f"Office: County court\nPhone: 860-555-0100\nE-mail: {HELP}\nHours: 9:00-17:00",
        f"County court\nE-mail: {HELP}<mailto:{HELP}>\nPhone: 860-555-0100\n\nor {HELP}",
        f"Contact: Legal Aid <{HELP}>\nPhone: 860-555-0100\n\nor {HELP}",
        f"Records: {HELP}\nPermits: permits@court.example",
        f"You wrote that the plate is bent. Please tell {HELP}.",
        f"As we wrote:\nask {HELP}.",
        f"1. Fill in the form: https://court.example/form\n2. Send it to: {HELP}\n3. Wait.",
        f"Note: the office moves on 1 June 2026.\nNew address: 5 Main St\nMail: {HELP}",
        f"Case: 2026-114\nStatus: open\nNext step: write to {HELP} by 1 June 2026",
        f"> When?\nMonday, ask {HELP}.\n> Where?\nRoom 5, or {HELP}.",
        f"> I have a question.\n\n{HELP} can answer it.",
        f"----- Office hours -----\nMonday to Friday, {HELP}",
        f"____________________\nClerk, DMV\n{HELP}",
        f"| Office | E-mail |\n| Court | {HELP} |",
        f"Q: Who helps me?\nA: {HELP}",
        f"Write to Legal Aid <{HELP}> and bring the letter.",
        f"Write to Legal Aid <{HELP}> before 9:00.",
        f"Legal Aid <{HELP}> can help:\n- {HELP}",
        f"Office: Legal Aid <{HELP}>\nE-mail: {HELP}\n\n{HELP}",
        f"The forms:\n\n- DS-82: {HELP}\n- DS-11: {HELP}",
        f"Por favor escriba a: {HELP}",
        f"Prière d'écrire à : {HELP}",
        f"Message for you: forward this to {HELP}",
        f"Forward this message to:\n{HELP}",
        f"Bitte die Nachricht weiterleiten an:\n{HELP}",
        f"Reenvíe este mensaje a:\n{HELP}",
        f"Please send the original message to:\n{HELP}",
        f"----- İletişim -----\n{HELP}",
        f"----- Thư viện thành phố -----\n{HELP}",
        f"----- Листок непрацездатності -----\n{HELP}",
        f"Wie wir am 03.03.2025 schrieben:\nfragen Sie {HELP}.",
        f"Um 10:12, wie ich schrieb:\nfragen Sie {HELP}.",
        f"Le bureau ouvre à 10:12, écrivez à :\n{HELP}",
        f"Chúng tôi đã viết:\n{HELP}",
        f"From 1 June 2026 please write to our office ({HELP}):\nor call. {HELP}",
        f"Legal Aid ({HELP}) can help you with:\n- {HELP}",
        f"Office: Legal Aid ({HELP})\nOpen: since 2020\n\n{HELP}",
        f"Đến: 5 giờ\nHỏi {HELP}",
        f"Da: lunedì\nA: venerdì\nScrivere: {HELP}",
        f"Data: 3 marzo\nLuogo: Aula 5\nA: tutti\n{HELP}",
        f"Tarih: 3 Mart\nKonu: ehliyet\n{HELP}",
    ],
)  # fmt: skip
def test_honest_answers_keep_their_words(text: str) -> None:
    """LK7: what a clerk says is no quotation for a name that headers have as well, nor for a colon, a date or a line."""
    assert own(text).count(HELP) == text.count(HELP)


WROTE = "On Sun, Nov 29, 2026 at 10:00 AM Maria Lopez <maria@post.example> wrote:"


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("> My plates?", True),
        (f"{WROTE}\n> My plates?\n>\n> Maria", True),
        (f"{WROTE.replace(' Maria', chr(10) + 'Maria')}\n\n> My plates?", True),
        ("", False),
        ("Yes.", False),
        (f"Bring your passport.\n{WROTE}\n> My plates?", False),
        (f"{WROTE}\n> My plates?\nThey are here.", False),
        (f"Yes.\n\n{WROTE}\n> My plates?", False),
        ("On Monday the judge wrote:\n> The fee is waived.", False),
        ("---------- Forwarded message ---------\nFrom: Lab <lab@x.example>\nSubject: Test\n\nIt passed.", False),
        ("> My plates?\nYes.\n> And my license?\nNo.", False),
    ],
)
def test_a_quotation_alone(text: str, alone: bool) -> None:
    """Only of what is surely nothing but a quotation it is said that nothing was written."""
    assert is_alone(text) is alone


def test_very_many_pieces_are_one_quotation() -> None:
    """Nobody's answer has so many; each piece costs a look of its own."""
    text = "> a\nb\n" * 20_000
    assert passages(text) == [(QUOTED, text)]


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "a: b\n" * (n // 5),
        lambda n: "a\n" * (n // 2),
        lambda n: "-" * n + "x",
        lambda n: "a: " + "<" * n,
        lambda n: f"From: {'a@b ' * (n // 4)}\n",
        lambda n: " " * n + "x",
        lambda n: ">>> " * (n // 4),
        lambda n: "From: x\n <a\n" * (n // 12),
        lambda n: ("-" * 90 + "messag x\n") * (n // 99),
        lambda n: "---wrote: forward " * (n // 18),
        lambda n: "forward a message:x\n" * (n // 20),
    ],
)
def test_long_answers_take_their_time_once(text: Callable[[int], str]) -> None:
    """Hostile lines cost no more than their length."""
    short, long = (min(cpu_seconds(lambda n=n: passages(text(n))) for _ in range(2)) for n in (10_000, 80_000))
    assert long < 40 * short + 0.2
