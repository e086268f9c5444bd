"""The one mail a machine writes to a citizen: your letter is here, this is its reference, this is who has it now.

It quotes nothing (a forged sender would make us send spam) and goes once a day to an address at the most.
"""

from __future__ import annotations

from datetime import timedelta

ONCE_IN = timedelta(hours=24)

_TEXTS = {
    "en": (
        "We have your letter ({ref})",
        "Your letter arrived and is kept safely. Its reference is {ref}.\n\n"
        "It went to: {agency}. They did not get your e-mail address: they answer through us, and the answer "
        "comes to you from an address like the one of this message.\n\n"
        "You need not do anything. If you want to add something, reply to this message. "
        "Please do not send passwords or card numbers.\n",
    ),
    "es": (
        "Recibimos su carta ({ref})",
        "Su carta llegó y está guardada de forma segura. Su número de referencia es {ref}.\n\n"
        "La enviamos a: {agency}. No recibieron su dirección de correo: responden a través de nosotros, y la "
        "respuesta le llegará desde una dirección como la de este mensaje.\n\n"
        "No tiene que hacer nada. Si quiere añadir algo, responda a este mensaje. "
        "Por favor no envíe contraseñas ni números de tarjeta.\n",
    ),
    "pt": (
        "Recebemos a sua carta ({ref})",
        "A sua carta chegou e está guardada em segurança. O número de referência é {ref}.\n\n"
        "Foi enviada a: {agency}. Eles não receberam o seu e-mail: respondem por nosso intermédio, e a resposta "
        "chegará de um endereço como o desta mensagem.\n\n"
        "Não precisa de fazer nada. Para acrescentar algo, responda a esta mensagem. "
        "Por favor não envie palavras-passe nem números de cartão.\n",
    ),
    "pl": (
        "Mamy Twój list ({ref})",
        "Twój list dotarł i jest bezpiecznie przechowywany. Numer sprawy: {ref}.\n\n"
        "Przekazaliśmy go do: {agency}. Urząd nie otrzymał Twojego adresu e-mail: odpowiada przez nas, a odpowiedź "
        "przyjdzie z adresu podobnego do adresu tej wiadomości.\n\n"
        "Nie musisz nic robić. Jeśli chcesz coś dodać, odpowiedz na tę wiadomość. "
        "Prosimy nie przesyłać haseł ani numerów kart.\n",
    ),
    "ht": (
        "Nou resevwa lèt ou ({ref})",
        "Lèt ou a rive epi li an sekirite. Nimewo referans li se {ref}.\n\n"
        "Nou voye l bay: {agency}. Yo pa resevwa adrès imel ou: yo reponn atravè nou, epi repons lan ap soti nan yon "
        "adrès tankou adrès mesaj sa a.\n\n"
        "Ou pa bezwen fè anyen. Si ou vle ajoute yon bagay, reponn mesaj sa a. "
        "Tanpri pa voye modpas ni nimewo kat.\n",
    ),
    "fr": (
        "Nous avons reçu votre lettre ({ref})",
        "Votre lettre est arrivée et conservée en sécurité. Sa référence est {ref}.\n\n"
        "Elle a été transmise à : {agency}. Votre adresse électronique ne leur a pas été communiquée : ils répondent "
        "par notre intermédiaire, et la réponse viendra d'une adresse comme celle de ce message.\n\n"
        "Vous n'avez rien à faire. Pour ajouter quelque chose, répondez à ce message. "
        "N'envoyez pas de mots de passe ni de numéros de carte.\n",
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


def write(language: str, ref: str, agency: str, password: bool = False) -> tuple[str, str]:
    """Subject and text in the citizen's language, English when we have no other.

    `password`: the letter held one, and whoever wrote it is told to change it.
    """
    language = language if language in _TEXTS else "en"
    subject, text = _TEXTS[language]
    warning = f"\n{_PASSWORD[language]}" if password else ""
    return subject.format(ref=ref), text.format(ref=ref, agency=agency) + warning
