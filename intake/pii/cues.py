"""The words that say what a number is: one pass finds all of them, the nearest one decides.

Phrases are written plain (`contrasena`), as `page.fold` leaves them. A phrase belongs to one kind; longer phrases
win over shorter ones at the same place. `none` and the like are decoys: they tell what a number is *not*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import re2

PHRASES: dict[str, str] = {
    "ssn": """
        social security number|social security numbers|socials|ssns|nimewo sosyal|numero social|
        social security no|social security #|social security num|social security|ssn|s.s.n|
        ss#|ss #|ss number|soc sec|soc. sec|social sec|my social|his social|her social|your social|their social|
        full social|of social|the social|social|social number|social is|social was|social:|itin|taxpayer id|
        tax id number|numero de seguro social|numero del seguro social|numero de seguro|num. de seguro social|
        seguro social|nuestro seguro|mi seguro|su seguro|del seguro|
        numero de seguranca social|seguranca social|numer ubezpieczenia|numer ssn|
        numero de securite sociale|securite sociale|nimewo sekirite sosyal|sekirite sosyal""",
    "last": """
        last four|last 4|last 4 digits|last four digits|last digits|last of|ending in|ending with|
        ending|ends in|ends with|ultimos cuatro|ultimos 4|ultimos digitos|ultimas cuatro|termina en|terminada en|
        terminado en|que termina|acaba en|ultimos quatro|termina em|final|quatre derniers|derniers chiffres|
        ostatnie cztery""",
    "card": """
        credit card|debit card|card number|card no|card #|card ending|card|visa|mastercard|master card|amex|
        american express|discover card|ebt card|ebt|snap card|cash card|prepaid card|green dot card|
        tarjeta de credito|tarjeta de debito|tarjeta|cartao de credito|cartao|karta kredytowa|karta|numer karty|
        carte bancaire|carte de credit|kat kredi|la carte|ma carte|carte|o cartao|kat""",
    "expiry": """
        exp|exp date|exp.|expires|expiring|expiration|expiration date|expiry|expiry date|good thru|valid thru|
        vence|vencimiento|fecha de vencimiento|validade|wazna do|expire le""",
    "cvv": """
        three numbers|three digits|3 digits|3 numbers|tres numeros|trois chiffres|tres digitos|
        cvv|cvv2|cvc|cvc2|cid|csc|security code|3 digit code|three digit code|digits on the back|
        number on the back|the back|codigo de seguridad|codigo de seguranca|codigo|kod cvv|cryptogramme""",
    "routing": """
        routing|routing number|routing no|routing #|rtn|aba|aba number|transit number|numero de ruta|ruta|
        numero de routing|numero de roteamento|rozliczeniowy|numer rozliczeniowy""",
    "bank": """
        bank account|bank acct|checking account|checking acct|checking|chequing|savings account|savings acct|
        savings|share draft|direct deposit|credit union|bank|my bank|deposit account|money market|wire to|
        account at|cuenta de banco|cuenta bancaria|cuenta de ahorros|cuenta de cheques|cuenta corriente|banco|
        deposito directo|conta bancaria|conta corrente|conta poupanca|konto bankowe|numer konta|konto|
        compte bancaire|compte en banque|iban|kont labank|swift|zelle""",
    "account": """
        account number|account no|account #|acct number|acct no|acct #|account|acct|a/c|acc no|acc #|
        numero de cuenta|cuenta|conta|numero da conta|compte|numero de compte""",
    "phone": """
        phone number|phone|phones|telephone|tel|tel no|tele|cell|cell phone|cellphone|mobile|mob|fax|home phone|
        work phone|home|my number|his number|her number|new number|same number|call me|text me|reach me|
        reached|texting|text|texts|texted|voicemail|whatsapp|contact me|contact number|him at|her at|them at|
        me at|us at|call|callback|call back|daytime|evenings|ext|pager|beeper|from the number|keeps calling from|
        calls from|calling from|telefono|tel.|cel|cel.|celular|movil|mi numero|su numero|llamar al|llamarme|
        llamenme|llameme|llamen|llame|me llaman del|llaman del|mensaje|al numero|telefone|telemovel|ligar|ligue|
        meu numero|numer telefonu|telefon|komorka|kom|portable|telephoner|appelez|appeler au|m'appeler|mon numero|
        telefon mwen|nimewo telefon|telefonnummer|handy|cellulare|mobilnummer""",
    "office": """
        customer service|customer care|hotline|hot line|helpline|help line|toll free|toll-free|call center|
        main number|main line|info line|your office|your number|your line|the office|office|department|agency|
        dispatch|i called|called|i rang|i tried|tried|i dialed|i phoned|i have called|been calling|
        i have been calling|llame al|he llamado|liguei|dzwonilem|dzwonilam|j'ai appele|state line|crisis line|
        2-1-1|211|info@|the 800 number|switchboard|front desk|servicio al cliente|linea de ayuda|oficina""",
    "dob": """
        date of birth|birth date|birthdate|dob|d.o.b|d.o.b.|born on|born in|born|birthday|b-day|bday|birthdays|
        birth|fecha de nacimiento|fecha de nac|fecha nac|f. nac|nacimiento|naci en|naci el|naci|nacio|nacida|
        nacido|nacieron|cumpleanos|cumple|data de nascimento|nascimento|nascido|nascida|nasceu|nasci|
        data urodzenia|urodzony|urodzona|urodzil|urodzila|urodzilem|urodzilam|ur.|date de naissance|ne le|nee le|
        ne en|nee en|dat nesans|fet|geburtsdatum|geboren|geboren am|geb.|geb. am|nato il|nata il|data di nascita|
        data rozdenia|data narodzenna""",
    "zip": """
        zip|zip code|zipcode|zip+4|postal code|postcode|codigo postal|area postal|cep|kod pocztowy|code postal|
        kod postal""",
    "password": """
        password|passwords|passwd|pwd|pass word|passcode|passphrase|pass phrase|pw|my login|login|contrasena|
        clave|clave de acceso|la contrasena|senha|haslo|mot de passe|modpas|passwort|kennwort|parol""",
    "pin": """
        pin|pin number|pin #|pin code|the pin|nip|numero secreto|clave secreta|kod pin|code pin""",
    "code": """
        access code|verification code|security passcode|one time code|one-time code|confirmation code|login code|
        gate code|door code|alarm code|lock code|lockbox code|lock box|combination|keypad|garage code|entry code|
        code is|code was|the code|a code|codigo de acceso|codigo de verificacion|un codigo|el codigo|
        codigo de acesso|o codigo|kod dostepu|kod weryfikacyjny|kod|code d'acces|le code""",
    "answer": """
        security question|security answer|secret question|secret answer|
        answer to the question|pregunta de seguridad|pregunta secreta|respuesta secreta|pergunta de seguranca|
        pytanie pomocnicze|question secrete|mother's maiden name|mothers maiden name|maiden name of my mother""",
    "id": """
        driver's license|drivers license|driver license|driver's licence|driving licence|license number|
        license no|license #|licence number|licence no|licence #|licence|license|lic #|lic no|lic|dl #|dl no|dl|
        operator's license|cdl|learner's permit|permit number|permit no|permit #|permit|pistol permit|plate|
        plates|license plate|marker plate|tag|tags|registration|reg no|reg #|placa|placas|tablilla|
        licencia de conducir|licencia|permiso|pasaporte|passport|passport number|passport no|green card number|
        alien number|a-number|a#|uscis|visa number|case number|case no|case #|case id|case|docket|docket no|
        docket number|file number|file no|file #|claim number|claim no|claim #|claim id|claim|policy number|
        policy no|policy #|policy|member id|member number|member no|member #|membership number|subscriber id|
        subscriber|group number|medicare number|medicare|mbi|medicaid|medicaid id|medicaid number|husky|husky id|
        client id|client no|client number|client #|client|customer number|customer id|customer no|customer #|ein|
        fein|tax registration number|ct registration|vin|vin number|inmate number|inmate no|inmate #|inmate|cdoc|
        doc number|doc #|offender number|employee number|employee id|employee no|employee #|emp #|badge number|
        badge no|badge #|student id|student number|sasid|service number|service no|serial no of my|dod id|va file|
        va claim|claimant id|applicant id|application number|application no|application #|application id|
        application|app #|loan number|loan no|loan #|loan|mortgage number|confirmation number|confirmation no|
        confirmation #|confirmation|reservation number|reservation|booking number|booking|reference number|
        reference no|reference #|reference|ref #|ref no|ref.|ref|ticket number|citation|citation number|summons|
        infraction|violation number|incident number|report number|report no|report #|complaint number|
        complaint no|complaint #|complaint|notice no|notice number|notice #|letter id|audit no|assessment no|
        accession|accession number|medical record|medical record number|mrn|chart number|patient id|
        patient number|rx number|rx #|prescription number|juris no|juris number|juris|bar no|bar number|
        educator id|certificate number|certificate no|certificate #|cert #|registration number|voter id|
        voter number|rap|voucher number|voucher #|voucher|conservation id|license id|
        badge|npi|numero de caso|num. de caso|caso|numero de cliente|numero de expediente|expediente|
        numero de reclamo|reclamo|reclamacion|poliza|numero de poliza|numero de licencia|numero de placa|
        matricula|numero de permiso|numero de confirmacion|confirmacion|referencia|numero de referencia|solicitud|
        numero de solicitud|numero de miembro|cedula|numero do caso|processo|
        numero do processo|apolice|carteira|carteira de motorista|passaporte|placa do carro|protocolo|
        numero de protocolo|inscricao|numer sprawy|sprawa|sprawy|numer polisy|polisa|prawo jazdy|prawa jazdy|
        numer rejestracyjny|tablica|paszport|numero de dossier|dossier|numero de police|permis|permis de conduire|
        passeport|plaque|nimewo dosye|dosye|id number|id no|id #|id card|i.d. #|i.d. number|state id|id|booking #|
        account # with|confirmations|reg. no|medical card|insurance card|husky card|member card|probate|report|
        va claim no|claimant no|meter number|meter no|meter #|share no|unit claim|property id|warrant number|
        probation number|parole number|tenant id|recertification|aktenzeichen|fallnummer|numero di pratica|
        nomer dela""",
    "number": """
        number|numero|numer|nimewo|numbers|numeros""",
    "utility": """
        electric|eversource|ui|water company|aquarion|gas company|oil|mortgage|insurance|utility|utilities|cable|
        internet|comcast|xfinity|verizon|loan servicer|servicer|bill|luz|agua|seguro medico|prad""",
    "none": """
        order number|order no|order #|order|invoice number|invoice no|invoice #|invoice|imei|tracking|
        tracking number|tracking no|tracking #|certified mail|certified mail no|usps|fedex|ups|serial number|
        serial no|serial #|serial|model|model number|model no|part number|part no|part #|sku|upc|isbn|
        check number|check no|check #|cheque no|receipt number|receipt no|receipt #|parcel id|nmls|recruitment #|
        recruitment|requisition|job #|posting|public act|bill no|bill number|statute|section|sec.|h.b.|s.b.|
        house bill|senate bill|docket for|rate case|form|version|build|lot number|lot no|batch|meter reading|
        odometer|mileage|miles|route|exit|zip file|dress code|area code|error code|
        error|tax code|building code|fire code|code section|penal code|bar code|barcode|qr code|promo code|
        coupon code|zip line|social worker|social services|social media|social club|social studies|business card|
        business cards|report card|gift card|gift cards|library card|green card|red card|post card|postcard|
        birthday card|christmas card|memory card|sim card|card table|pin the|bowling pin|food bank|river bank|
        test bank|blood bank|name tag|price tag|ear tag|tag sale|company number|business id|numero de orden|
        orden numero|orden|factura|rastreo|numero de rastreo|pedido|rastreamento|fatura|zamowienie|faktura|
        commande|facture|ley|articulo|vol.|page|birthday party|birth certificate|birth certificates""",
}  # fmt: skip


class Cue(NamedTuple):
    """A cue word at `start`..`end` of kind `kind`."""

    start: int
    end: int
    kind: str


def _table() -> dict[bytes, str]:
    table: dict[bytes, str] = {}
    for kind, phrases in PHRASES.items():
        for phrase in phrases.split("|"):
            table.setdefault(" ".join(phrase.split()).encode("ascii"), kind)
    table.pop(b"", None)
    return table


_KIND = _table()


def _expression() -> bytes:
    longest_first = sorted(_KIND, key=lambda phrase: (-len(phrase), phrase))
    return b"|".join(_one(phrase) for phrase in longest_first)


def _one(phrase: bytes) -> bytes:
    body: bytes = re2.escape(phrase).replace(b"\\ ", b" ").replace(b" ", rb"[ \t]*[\n]?[ \t>]*")
    return body + (rb"\b" if phrase[-1:].isalnum() else b"")


def _compiled() -> re2._Regexp:
    options = re2.Options()
    options.max_mem = 64 << 20
    options.case_sensitive = False
    return re2.compile(rb"\b(?:" + _expression() + b")", options)


_CUE = _compiled()
_ANYWHERE = re2._Anchor.UNANCHORED


def cues_in(raw: bytes) -> Iterator[Cue]:
    """All cues of a page's plain bytes, in order, none inside another."""
    look, end, size = _CUE._regexp.Match, 0, len(raw)
    while True:
        start, end = look(_ANYWHERE, raw, end, size)[0]
        if start < 0:
            return
        phrase = raw[start:end].lower()
        if phrase not in _KIND:
            phrase = b" ".join(phrase.replace(b">", b" ").split())
        kind = _KIND.get(phrase) or _KIND.get(phrase.rstrip(b":"))
        if kind:
            yield Cue(start, end, kind)
