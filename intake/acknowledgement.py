"""The one mail a machine writes to a citizen: your letter is here, this is its reference, this is who has it now.

It quotes nothing (a forged sender would make us send spam) and goes once a day to an address at the most.
"""

from __future__ import annotations

import re
from datetime import timedelta

ONCE_IN = timedelta(hours=24)

_NOBODY = re.compile(
    r"(?:(?:no|do[-_.]?n[o']?t)[-_.]?(?:answer|reply)|mailer[-_]?daemon|postmaster|(?:owner|bounces?)-.+|.+-(?:owner|request|bounces?)"
    r"|bounces?)(?:\+.*)?@"
)


def is_nobody_s(address: str) -> bool:
    """Whether no person reads what is sent to a mailbox of this name (RFC 3834 §2, RFC 2142)."""
    return _NOBODY.match(address.lower()) is not None


_TEXTS = {
    "en": (
        "We have your letter ({ref})",
        "Your letter arrived and is kept safely. Its reference is {ref}.\n\n"
        "It went to: {agency}. {seen}\n\n"
        "You need not do anything. If you want to add something, reply to this message. "
        "Please do not send passwords or card numbers.\n",
    ),
    "es": (
        "Recibimos su carta ({ref})",
        "Su carta llegó y está guardada de forma segura. Su número de referencia es {ref}.\n\n"
        "La enviamos a: {agency}. {seen}\n\n"
        "No tiene que hacer nada. Si quiere añadir algo, responda a este mensaje. "
        "Por favor no envíe contraseñas ni números de tarjeta.\n",
    ),
    "pt": (
        "Recebemos a sua carta ({ref})",
        "A sua carta chegou e está guardada em segurança. O número de referência é {ref}.\n\n"
        "Foi enviada a: {agency}. {seen}\n\n"
        "Não precisa de fazer nada. Para acrescentar algo, responda a esta mensagem. "
        "Por favor não envie palavras-passe nem números de cartão.\n",
    ),
    "pl": (
        "Mamy Twój list ({ref})",
        "Twój list dotarł i jest bezpiecznie przechowywany. Numer sprawy: {ref}.\n\n"
        "Przekazaliśmy go do: {agency}. {seen}\n\n"
        "Nie musisz nic robić. Jeśli chcesz coś dodać, odpowiedz na tę wiadomość. "
        "Prosimy nie przesyłać haseł ani numerów kart.\n",
    ),
    "ht": (
        "Nou resevwa lèt ou ({ref})",
        "Lèt ou a rive epi li an sekirite. Nimewo referans li se {ref}.\n\n"
        "Nou voye l bay: {agency}. {seen}\n\n"
        "Ou pa bezwen fè anyen. Si ou vle ajoute yon bagay, reponn mesaj sa a. "
        "Tanpri pa voye modpas ni nimewo kat.\n",
    ),
    "fr": (
        "Nous avons reçu votre lettre ({ref})",
        "Votre lettre est arrivée et conservée en sécurité. Sa référence est {ref}.\n\n"
        "Elle a été transmise à : {agency}. {seen}\n\n"
        "Vous n'avez rien à faire. Pour ajouter quelque chose, répondez à ce message. "
        "N'envoyez pas de mots de passe ni de numéros de carte.\n",
    ),
}

_UNSEEN = {
    "en": (
        "They did not get your e-mail address: they answer through us, and the answer comes to you from an "
        "address like the one of this message."
    ),
    "es": (
        "No recibieron su dirección de correo: responden a través de nosotros, y la respuesta le llegará "
        "desde una dirección como la de este mensaje."
    ),
    "pt": (
        "Eles não receberam o seu e-mail: respondem por nosso intermédio, e a resposta chegará de um endereço "
        "como o desta mensagem."
    ),
    "pl": (
        "Urząd nie otrzymał Twojego adresu e-mail: odpowiada przez nas, a odpowiedź przyjdzie z adresu "
        "podobnego do adresu tej wiadomości."
    ),
    "ht": (
        "Yo pa resevwa adrès imel ou: yo reponn atravè nou, epi repons lan ap soti nan yon adrès tankou adrès "
        "mesaj sa a."
    ),
    "fr": (
        "Votre adresse électronique ne leur a pas été communiquée : ils répondent par notre intermédiaire, et "
        "la réponse viendra d'une adresse comme celle de ce message."
    ),
}

_SHARED = {
    "en": (
        "They see your e-mail address, as you wished. Their answer may come from an address of theirs, or "
        "through us from an address like the one of this message."
    ),
    "es": (
        "Ven su dirección de correo, como usted quiso. La respuesta puede venir de una dirección de ellos, o "
        "a través de nosotros desde una dirección como la de este mensaje."
    ),
    "pt": (
        "Eles veem o seu e-mail, como quis. A resposta pode vir de um endereço deles, ou por nosso intermédio "
        "de um endereço como o desta mensagem."
    ),
    "pl": (
        "Urząd widzi Twój adres e-mail, zgodnie z Twoim życzeniem. Odpowiedź może przyjść z adresu urzędu "
        "albo przez nas, z adresu podobnego do adresu tej wiadomości."
    ),
    "ht": (
        "Yo wè adrès imel ou, jan ou te vle a. Repons yo ka soti nan yon adrès pa yo, oswa atravè nou nan yon "
        "adrès tankou adrès mesaj sa a."
    ),
    "fr": (
        "Ils voient votre adresse électronique, comme vous l'avez souhaité. Leur réponse peut venir d'une "
        "adresse à eux, ou par notre intermédiaire d'une adresse comme celle de ce message."
    ),
}

_PASSWORD = {
    "en": "Your letter held a password or PIN. We took it out; please change it soon.\n",
    "es": "Su carta contenía una contraseña o un PIN. Lo quitamos; por favor cámbielo pronto.\n",
    "pt": "A sua carta continha uma palavra-passe ou um PIN. Retirámo-lo; por favor mude-o em breve.\n",
    "pl": "W Twoim liście było hasło lub PIN. Usunęliśmy je; prosimy o szybką zmianę.\n",
    "ht": "Te gen yon modpas oswa yon PIN nan lèt ou. Nou retire l; tanpri chanje l byento.\n",
    "fr": "Votre lettre contenait un mot de passe ou un code. Nous l'avons retiré ; changez-le sans tarder.\n",
}


_MEANT = {
    "en": "Your letter is meant for: {meant}. At the moment they take no letters through us, so {agency} has it now "
    "and sees that it gets to the right people.\n",
    "es": "Su carta es para: {meant}. Por ahora no reciben cartas a través de nosotros; por eso la tiene {agency}, que "
    "se encarga de hacerla llegar a las personas indicadas.\n",
    "pt": "A sua carta destina-se a: {meant}. De momento não recebem cartas por nosso intermédio; por isso está com "
    "{agency}, que trata de a fazer chegar às pessoas certas.\n",
    "pl": "Twój list jest przeznaczony dla: {meant}. Obecnie ten urząd nie przyjmuje listów przez nas, dlatego list ma "
    "{agency} i zadba, aby trafił do właściwych osób.\n",
    "ht": "Lèt ou a se pou: {meant}. Kounye a yo pa resevwa lèt atravè nou; se poutèt sa {agency} genyen l epi l ap "
    "fè l rive jwenn bon moun yo.\n",
    "fr": "Votre lettre est destinée à : {meant}. Pour le moment ce service ne reçoit pas de lettres par notre "
    "intermédiaire ; {agency} l'a donc reçue et veille à ce qu'elle parvienne aux bonnes personnes.\n",
}

_NOTICE = {
    "en": "How they handle what you tell them: {notice}\n",
    "es": "Cómo tratan lo que usted les cuenta: {notice}\n",
    "pt": "Como tratam o que lhes conta: {notice}\n",
    "pl": "Jak urząd traktuje to, co mu piszesz: {notice}\n",
    "ht": "Kijan yo trete sa ou di yo: {notice}\n",
    "fr": "Comment ils traitent ce que vous leur dites : {notice}\n",
}

_CUSTODIAN = {
    "en": "To see or correct what they keep about you: {custodian}\n",
    "es": "Para ver o corregir lo que guardan sobre usted: {custodian}\n",
    "pt": "Para ver ou corrigir o que guardam sobre si: {custodian}\n",
    "pl": "Aby zobaczyć lub poprawić to, co urząd o Tobie przechowuje: {custodian}\n",
    "ht": "Pou wè oswa korije sa yo kenbe sou ou: {custodian}\n",
    "fr": "Pour voir ou corriger ce qu'ils conservent sur vous : {custodian}\n",
}


def write(
    language: str,
    ref: str,
    agency: str,
    password: bool = False,
    shared: bool = False,
    meant_for: str = "",
    notice: str = "",
    custodian: str = "",
) -> tuple[str, str]:
    """Subject and text in the citizen's language, English when we have no other.

    `password`: the letter held one, and whoever wrote it is told to change it. `shared`: the agency may see their
    address, as they wished. `meant_for`: another agency, which takes no letters now. `notice`, `custodian`: the
    agency's own privacy notice, and whom to ask about one's record.
    """
    language = language if language in _TEXTS else "en"
    subject, text = _TEXTS[language]
    seen = (_SHARED if shared else _UNSEEN)[language]
    more = [_MEANT[language].format(meant=meant_for, agency=agency)] * bool(meant_for)
    more += [_PASSWORD[language]] * password
    about = _NOTICE[language].format(notice=notice) * bool(notice)
    about += _CUSTODIAN[language].format(custodian=custodian.strip()) * bool(custodian)
    whole = [text.format(ref=ref, agency=agency, seen=seen), *more, *([about] * bool(about))]
    return subject.format(ref=ref), "\n".join(whole)
