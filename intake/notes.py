"""What the program itself writes beside letters and answers: questions and news to citizens, notes to agencies.

The rule it keeps: a note quotes nothing and names no address. To a citizen it is in their language where we have it.
"""

from __future__ import annotations

from intake.enclosure import Enclosures

Text = tuple[str, str]  # subject, text

_OTHER_ADDRESS = {
    "en": (
        "Did you write to us? ({ref})",
        "Somebody wrote to us about your letter {ref} from another e-mail address. We keep that message and show it "
        "to nobody until you say that it is yours.\n\n"
        "Was it you? Then press the button on this page:\n{url}\n\n"
        "If it was not you, you need not do anything.\n",
    ),
    "es": (
        "¿Nos escribió usted? ({ref})",
        "Alguien nos escribió sobre su carta {ref} desde otra dirección de correo. Guardamos ese mensaje y no lo "
        "mostramos a nadie hasta que usted diga que es suyo.\n\n"
        "¿Fue usted? Entonces pulse el botón en esta página:\n{url}\n\n"
        "Si no fue usted, no tiene que hacer nada.\n",
    ),
    "pt": (
        "Foi você que nos escreveu? ({ref})",
        "Alguém nos escreveu sobre a sua carta {ref} a partir de outro endereço. Guardamos essa mensagem e não a "
        "mostramos a ninguém até dizer que é sua.\n\n"
        "Foi você? Então carregue no botão desta página:\n{url}\n\n"
        "Se não foi, não precisa de fazer nada.\n",
    ),
    "pl": (
        "Czy to Ty do nas napisałeś? ({ref})",
        "Ktoś napisał do nas w sprawie Twojego listu {ref} z innego adresu e-mail. Przechowujemy tę wiadomość i nikomu "
        "jej nie pokazujemy, dopóki nie potwierdzisz, że jest Twoja.\n\n"
        "Jeśli to Ty, naciśnij przycisk na tej stronie:\n{url}\n\n"
        "Jeśli nie, nie musisz nic robić.\n",
    ),
    "ht": (
        "Èske se ou ki te ekri nou? ({ref})",
        "Yon moun te ekri nou sou lèt ou {ref} ak yon lòt adrès imel. Nou kenbe mesaj sa a epi nou pa montre l bay "
        "pèsonn jiskaske ou di se pa w li ye.\n\n"
        "Èske se te ou? Alò peze bouton ki sou paj sa a:\n{url}\n\n"
        "Si se pa t ou, ou pa bezwen fè anyen.\n",
    ),
    "fr": (
        "Est-ce vous qui nous avez écrit ? ({ref})",
        "Quelqu'un nous a écrit au sujet de votre lettre {ref} depuis une autre adresse. Nous gardons ce message et ne "
        "le montrons à personne tant que vous n'avez pas dit qu'il est de vous.\n\n"
        "C'était vous ? Appuyez sur le bouton de cette page :\n{url}\n\n"
        "Sinon, vous n'avez rien à faire.\n",
    ),
}

_NEW_AGENCY = {
    "en": (
        "May they see your e-mail address? ({ref})",
        "Your letter {ref} is now with: {agency}. You let the first agency see your e-mail address; this one does not "
        "see it. It can answer you all the same, through us.\n\n"
        "If you want it to see your address, press the button on this page:\n{url}\n",
    ),
    "es": (
        "¿Pueden ver su dirección de correo? ({ref})",
        "Su carta {ref} está ahora en: {agency}. Usted permitió que la primera agencia viera su dirección de correo; "
        "esta no la ve. Puede responderle igual, a través de nosotros.\n\n"
        "Si quiere que vea su dirección, pulse el botón en esta página:\n{url}\n",
    ),
    "pt": (
        "Podem ver o seu endereço de e-mail? ({ref})",
        "A sua carta {ref} está agora em: {agency}. Permitiu que a primeira entidade visse o seu endereço; esta não o "
        "vê. Pode responder-lhe na mesma, por nosso intermédio.\n\n"
        "Se quiser que veja o seu endereço, carregue no botão desta página:\n{url}\n",
    ),
    "pl": (
        "Czy mogą zobaczyć Twój adres e-mail? ({ref})",
        "Twój list {ref} jest teraz w: {agency}. Pierwszy urząd mógł widzieć Twój adres e-mail; ten go nie widzi. "
        "Mimo to może Ci odpowiedzieć przez nas.\n\n"
        "Jeśli chcesz, aby widział Twój adres, naciśnij przycisk na tej stronie:\n{url}\n",
    ),
    "ht": (
        "Èske yo ka wè adrès imel ou? ({ref})",
        "Lèt ou {ref} kounye a nan men: {agency}. Ou te kite premye ajans lan wè adrès imel ou; sa a pa wè l. Li ka "
        "reponn ou kanmèm, atravè nou.\n\n"
        "Si ou vle li wè adrès ou, peze bouton ki sou paj sa a:\n{url}\n",
    ),
    "fr": (
        "Peuvent-ils voir votre adresse électronique ? ({ref})",
        "Votre lettre {ref} est maintenant chez : {agency}. Vous aviez permis au premier service de voir votre "
        "adresse ; celui-ci ne la voit pas. Il peut vous répondre tout de même, par notre intermédiaire.\n\n"
        "Si vous voulez qu'il la voie, appuyez sur le bouton de cette page :\n{url}\n",
    ),
}

_HARMFUL_FILE = {
    "en": (
        "A file in your letter ({ref})",
        "Your letter {ref} arrived and is kept safely. A file that came with it may do harm, so a person looks at the "
        "letter before it goes on. The file itself goes to nobody.\n\n"
        "If your letter is urgent, send it again without the file, and have your device checked for viruses.\n",
    ),
    "es": (
        "Un archivo en su carta ({ref})",
        "Su carta {ref} llegó y está guardada de forma segura. Un archivo que venía con ella puede hacer daño, por eso "
        "una persona revisa la carta antes de que siga. El archivo no se entrega a nadie.\n\n"
        "Si su carta es urgente, envíela otra vez sin el archivo y haga revisar su equipo contra virus.\n",
    ),
    "pt": (
        "Um ficheiro na sua carta ({ref})",
        "A sua carta {ref} chegou e está guardada em segurança. Um ficheiro que veio com ela pode causar danos, por "
        "isso uma pessoa vê a carta antes de seguir. O ficheiro não é entregue a ninguém.\n\n"
        "Se a sua carta é urgente, envie-a de novo sem o ficheiro e verifique se o seu aparelho tem vírus.\n",
    ),
    "pl": (
        "Plik w Twoim liście ({ref})",
        "Twój list {ref} dotarł i jest bezpiecznie przechowywany. Dołączony plik może być szkodliwy, dlatego ktoś "
        "obejrzy list, zanim pójdzie dalej. Samego pliku nikt nie dostanie.\n\n"
        "Jeśli sprawa jest pilna, wyślij list jeszcze raz bez pliku i sprawdź urządzenie programem antywirusowym.\n",
    ),
    "ht": (
        "Yon fichye nan lèt ou ({ref})",
        "Lèt ou {ref} rive epi li an sekirite. Yon fichye ki te vini ak li ka fè dega, kidonk yon moun ap gade lèt la "
        "anvan l ale pi lwen. Fichye a li menm pa ale jwenn pèsonn.\n\n"
        "Si lèt ou ijan, voye l ankò san fichye a, epi fè tcheke aparèy ou pou viris.\n",
    ),
    "fr": (
        "Un fichier dans votre lettre ({ref})",
        "Votre lettre {ref} est arrivée et conservée en sécurité. Un fichier joint peut être nuisible ; une personne "
        "regarde donc la lettre avant qu'elle ne parte. Le fichier lui-même n'est remis à personne.\n\n"
        "Si votre lettre est urgente, renvoyez-la sans le fichier et faites contrôler votre appareil.\n",
    ),
}

_UNREAD = {
    "en": (
        "We could not read your letter ({ref})",
        "Your letter {ref} arrived and is kept safely, but our program cannot read it. It may be encrypted or damaged. "
        "Nobody has read it.\n\n"
        "Please write it again: reply to this message, as plain text and without encryption.\n",
    ),
    "es": (
        "No pudimos leer su carta ({ref})",
        "Su carta {ref} llegó y está guardada de forma segura, pero nuestro programa no puede leerla. Puede estar "
        "cifrada o dañada. Nadie la ha leído.\n\n"
        "Por favor escríbala otra vez: responda a este mensaje, con texto simple y sin cifrar.\n",
    ),
    "pt": (
        "Não conseguimos ler a sua carta ({ref})",
        "A sua carta {ref} chegou e está guardada em segurança, mas o nosso programa não a consegue ler. Pode estar "
        "cifrada ou danificada. Ninguém a leu.\n\n"
        "Por favor escreva-a de novo: responda a esta mensagem, em texto simples e sem cifra.\n",
    ),
    "pl": (
        "Nie możemy odczytać Twojego listu ({ref})",
        "Twój list {ref} dotarł i jest bezpiecznie przechowywany, ale nasz program nie może go odczytać. Może być "
        "zaszyfrowany albo uszkodzony. Nikt go nie przeczytał.\n\n"
        "Prosimy napisać go jeszcze raz: odpowiedz na tę wiadomość zwykłym tekstem, bez szyfrowania.\n",
    ),
    "ht": (
        "Nou pa t ka li lèt ou ({ref})",
        "Lèt ou {ref} rive epi li an sekirite, men pwogram nou an pa ka li l. Petèt li kode oswa li domaje. Pèsonn pa "
        "li l.\n\n"
        "Tanpri ekri l ankò: reponn mesaj sa a ak tèks senp, san kodaj.\n",
    ),
    "fr": (
        "Nous n'avons pas pu lire votre lettre ({ref})",
        "Votre lettre {ref} est arrivée et conservée en sécurité, mais notre programme ne peut pas la lire. Elle est "
        "peut-être chiffrée ou endommagée. Personne ne l'a lue.\n\n"
        "Veuillez l'écrire de nouveau : répondez à ce message, en texte simple et sans chiffrement.\n",
    ),
}

_CHOICES = {
    "en": "Who may see your address, and whether we write to you, is your choice:",
    "es": "Quién puede ver su dirección, y si le escribimos, lo decide usted:",
    "pt": "Quem pode ver o seu endereço, e se lhe escrevemos, decide você:",
    "pl": "Kto może widzieć Twój adres i czy piszemy do Ciebie, decydujesz Ty:",
    "ht": "Ki moun ki ka wè adrès ou, ak si nou ekri ou, se ou ki deside:",
    "fr": "Qui peut voir votre adresse, et si nous vous écrivons, c'est vous qui décidez :",
}


_REFUSED = {
    "en": ("About your letter ({ref})", "Your letter {ref} was not passed on to an agency.\n\n{text}\n"),
    "es": ("Sobre su carta ({ref})", "Su carta {ref} no se envió a ninguna agencia.\n\n{text}\n"),
    "pt": ("Sobre a sua carta ({ref})", "A sua carta {ref} não foi enviada a nenhuma entidade.\n\n{text}\n"),
    "pl": ("W sprawie Twojego listu ({ref})", "Twój list {ref} nie został przekazany żadnemu urzędowi.\n\n{text}\n"),
    "ht": ("Konsènan lèt ou a ({ref})", "Nou pa voye lèt ou a {ref} bay okenn ajans.\n\n{text}\n"),
    "fr": ("Au sujet de votre lettre ({ref})", "Votre lettre {ref} n'a été transmise à aucun service.\n\n{text}\n"),
}


def other_address(language: str, ref: str, url: str) -> Text:
    """Somebody wrote to a citizen's alias from an address that the ticket does not know."""
    return _filled(_OTHER_ADDRESS, language, ref=ref, url=url)


def new_agency(language: str, ref: str, url: str, agency: str) -> Text:
    """A ticket whose first agency could see the address was passed on."""
    return _filled(_NEW_AGENCY, language, ref=ref, url=url, agency=agency)


def harmful_file(language: str, ref: str) -> Text:
    """A file may do harm; its letter waits for a person."""
    return _filled(_HARMFUL_FILE, language, ref=ref)


def unread(language: str, ref: str) -> Text:
    """The program cannot read a letter or an addition."""
    return _filled(_UNREAD, language, ref=ref)


def refused(language: str, ref: str, text: str) -> Text:
    """A rule refuses the letter; `text` is the rule's own, in this language."""
    return _filled(_REFUSED, language, ref=ref, text=text.strip())


def urgent(ref: str, rule: str, mailbox: str) -> Text:
    """To whoever is on duty: an urgent letter has come."""
    return (
        f"[{ref}] URGENT: a letter needs you now",
        f"An urgent letter with the reference {ref} has come for your agency (rule “{rule}”).\n"
        f"It goes to {mailbox}, and can be read at the desk. Please see that somebody reads it now.\n"
        "A reply to this message goes to the writer.\n",
    )


def choices(language: str, url: str) -> str:
    """What stands at the foot of every message to a citizen."""
    return f"\n-- \n{_CHOICES.get(language) or _CHOICES['en']}\n{url}\n"


_NO_TEXT, _IN_WHAT_COMES, _IN_WHAT_STAYS, _GOES_ON, _ALONG, _UNSCANNED, _WITHHELD, _WITHIN = range(8)
_ANSWERS = {
    "en": (
        "[The answer has no text.]",
        "[The answer has no text: it is in what is sent along.]",
        "[The answer has no text: it came as a file, which we could not pass on. Ask the agency to write it in words.]",
        "[The answer goes on, but it is too long for one message. Ask the agency to send you the rest.]",
        "Sent along, written anew by us: {names}.",
        "Not checked for viruses: {names}.",
        "Files that came with the answer and that we could not pass on: {count}. Ask the agency how to get them.",
        "Pictures in the answer that we do not pass on, perhaps only a logo: {count}.",
    ),
    "es": (
        "[La respuesta no tiene texto.]",
        "[La respuesta no tiene texto: está en lo que va adjunto.]",
        "[La respuesta no tiene texto: llegó como archivo, que no pudimos entregar. Pida a la agencia que la escriba "
        "con palabras.]",
        "[La respuesta continúa, pero es demasiado larga para un solo mensaje. Pida el resto a la agencia.]",
        "Adjuntos, escritos de nuevo por nosotros: {names}.",
        "Sin revisar contra virus: {names}.",
        "Archivos que venían con la respuesta y que no pudimos entregar: {count}. Pregunte a la agencia cómo "
        "obtenerlos.",
        "Imágenes de la respuesta que no entregamos, quizás solo un logotipo: {count}.",
    ),
    "pt": (
        "[A resposta não tem texto.]",
        "[A resposta não tem texto: está no que vai em anexo.]",
        "[A resposta não tem texto: veio como ficheiro, que não pudemos entregar. Peça à entidade que a escreva por "
        "palavras.]",
        "[A resposta continua, mas é demasiado longa para uma só mensagem. Peça o resto à entidade.]",
        "Em anexo, escritos de novo por nós: {names}.",
        "Sem verificação de vírus: {names}.",
        "Ficheiros que vinham com a resposta e que não pudemos entregar: {count}. Pergunte à entidade como os obter.",
        "Imagens da resposta que não entregamos, talvez só um logótipo: {count}.",
    ),
    "pl": (
        "[Odpowiedź nie zawiera tekstu.]",
        "[Odpowiedź nie zawiera tekstu: jest w załączniku.]",
        "[Odpowiedź nie zawiera tekstu: przyszła jako plik, którego nie mogliśmy przekazać. Poproś urząd, aby napisał "
        "ją słowami.]",
        "[Odpowiedź jest za długa na jedną wiadomość; tu kończy się jej początek. Poproś urząd o resztę.]",
        "W załączniku, zapisane przez nas na nowo: {names}.",
        "Nie sprawdzono pod kątem wirusów: {names}.",
        "Liczba plików dołączonych do odpowiedzi, których nie mogliśmy przekazać: {count}. Zapytaj urząd, jak je "
        "otrzymać.",
        "Obrazy w odpowiedzi, których nie przekazujemy, może tylko logo: {count}.",
    ),
    "ht": (
        "[Repons lan pa gen tèks.]",
        "[Repons lan pa gen tèks: li nan sa nou voye ak mesaj sa a.]",
        "[Repons lan pa gen tèks: li te vini kòm yon fichye, e nou pa t ka voye l ba ou. Mande ajans lan pou l ekri l "
        "ak mo.]",
        "[Repons lan kontinye, men li twò long pou yon sèl mesaj. Mande ajans lan pou l voye rès la ba ou.]",
        "Nou voye ak mesaj sa a, nou ekri yo ankò: {names}.",
        "Yo pa tcheke pou viris: {names}.",
        "Kantite fichye ki te vini ak repons lan e nou pa t ka voye ba ou: {count}. Mande ajans lan kijan pou w jwenn "
        "yo.",
        "Imaj nan repons lan nou pa voye ba ou, petèt se sèlman yon logo: {count}.",
    ),
    "fr": (
        "[La réponse ne contient pas de texte.]",
        "[La réponse ne contient pas de texte : elle est dans ce qui est joint.]",
        "[La réponse ne contient pas de texte : elle est venue en fichier, que nous n'avons pas pu transmettre. "
        "Demandez au service de l'écrire en toutes lettres.]",
        "[La réponse continue, mais elle est trop longue pour un seul message. Demandez la suite au service.]",
        "Fichiers joints, réécrits par nous : {names}.",
        "Sans contrôle antivirus : {names}.",
        "Fichiers joints à la réponse que nous n'avons pas pu transmettre : {count}. Demandez au service comment les "
        "obtenir.",
        "Images de la réponse que nous ne transmettons pas, peut-être seulement un logo : {count}.",
    ),
}


def answer(language: str, text: str, files: Enclosures, wordless: bool = False, goes_on: bool = False) -> str:
    """An agency's answer for the citizen: its words, and what became of the files that came with it.

    `wordless`: it says nothing but what it quotes. `goes_on`: it was too long to be read to its end.
    """
    words = _ANSWERS.get(language) or _ANSWERS["en"]
    names, unscanned = ", ".join(name for name, _, _ in files.along), ", ".join(files.unscanned)
    said = [words[_ALONG].format(names=names)] * bool(names)
    said += [words[_UNSCANNED].format(names=unscanned)] * bool(unscanned)
    said += [words[_WITHHELD].format(count=files.withheld)] * bool(files.withheld)
    said += [words[_WITHIN].format(count=files.within)] * bool(files.within)
    foot = "\n-- \n" + "\n".join(said) + "\n" if said else ""
    text = text.strip()
    where = _IN_WHAT_COMES if names else _IN_WHAT_STAYS if files.withheld or files.within else _NO_TEXT
    parts = ([words[where]] * (wordless or not text), [text] * bool(text), [words[_GOES_ON]] * goes_on)
    return "\n\n".join(part for some in parts for part in some) + f"\n{foot}"


def _filled(texts: dict[str, Text], language: str, **values: str) -> Text:
    subject, text = texts.get(language) or texts["en"]
    return subject.format(**values), text.format(**values)


# ── to agencies ──────────────────────────────────────────────────────────────────────────────────────────────────


def undelivered(ref: str) -> Text:
    """The citizen's mail server refused an answer."""
    return (
        f"[{ref}] Your answer could not be delivered",
        f"Your answer to reference {ref} could not be delivered: the writer's mail system refused it.\n\n"
        "It is kept at the intake desk, and a person there has been told. You need not send it again.\n",
    )


def not_wanted(ref: str) -> Text:
    """The citizen wants no mail."""
    return (
        f"[{ref}] The writer asked for no mail",
        f"The writer of reference {ref} has asked us never to write to them again. Your answer is kept and was not "
        "sent.\n",
    )


def harmful_answer(ref: str) -> Text:
    """A file that came with an answer may do harm."""
    return (
        f"[{ref}] A file in your answer",
        f"A file that came with your answer to reference {ref} may do harm. The answer is kept, and a person at the "
        "intake desk looks at it. You can answer again without the file.\n",
    )


def addressed_to_others(ref: str, others: int) -> Text:
    """An answer was addressed to further people beside the alias."""
    people = "one other recipient" if others == 1 else f"{others} other recipients"
    return (
        f"[{ref}] Your answer went to the writer alone",
        f"Your answer to reference {ref} was also addressed to {people}. We passed it to the writer alone and showed "
        "them no other address.\n\n"
        "If your mail system sent it to the others too, they saw the alias of the writer. Mail from them to the alias "
        "is refused; only your agency can use it.\n",
    )
