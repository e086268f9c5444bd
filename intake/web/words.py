"""What the page of choices says, in each of our languages.

The rule it keeps: plain words, and none about anybody: the page is the same for everyone who holds a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Text = tuple[str, str]  # heading, text


@dataclass(frozen=True, slots=True)
class Words:
    """Everything in one language. `thanks` and `buttons` are by wish, `said` is what is told above the choices, by
    name; `letter`, `agency`, `address` and `mail` are what the page asks."""

    service: str
    skip: str
    title: str
    lead: str
    letter: Text
    agency: Text
    address: Text
    mail: Text
    buttons: Mapping[str, str]
    thanks: Mapping[str, Text]
    said: Mapping[str, Text]
    back: str
    gone: Text
    newest: str
    write: str
    form: str
    danger: str
    privacy: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        service="State contact service",
        skip="Skip to the main part",
        title="Your choices",
        lead="Nothing changes until you press a button. Each button works at once.",
        letter=(
            "Was it you?",
            "We keep a message that came from another e-mail address. We show it to nobody until you say that it is "
            "yours.",
        ),
        agency=(
            "May the agency see your e-mail address?",
            "Your letter was passed on. The agency that has it now does not see your e-mail address. It can answer "
            "you all the same, through us.",
        ),
        address=(
            "Who sees your e-mail address",
            "Agencies answer you through us. They see your e-mail address only if you allow it.",
        ),
        mail=(
            "Whether we write to you",
            "If we never write to you again, the answers to your letters do not reach you either.",
        ),
        buttons={
            "mine": "Yes, I wrote it",
            "stranger": "No, it was not me",
            "share": "The agency that has my letter may see my e-mail address",
            "keep": "No agency may see my e-mail address",
            "stop": "Never write to me again",
            "resume": "You may write to me again",
        },
        thanks={
            "mine": (
                "Thank you. Your message goes on.",
                "In a few minutes it is on its way to the agency that has your letter.",
            ),
            "stranger": (
                "Thank you for telling us.",
                "That message is not passed on. Your own letter stays as it is.",
            ),
            "share": (
                "Thank you. The agency may see your e-mail address.",
                "The agency that has your letter can see it from now on.",
            ),
            "keep": (
                "Thank you. Your e-mail address stays hidden.",
                "From now on we show it to no agency. An agency that has already seen it may still have it.",
            ),
            "stop": (
                "Thank you. We will not write to you again.",
                "The answers to your letters do not reach you either. A message that is on its way already may still "
                "arrive.",
            ),
            "resume": (
                "Thank you. We will write to you again.",
                "The answers to your letters reach you by e-mail again.",
            ),
        },
        said={
            "expired": (
                "Please press the button again",
                "This page was open for too long, or your browser did not keep our cookie. Nothing was changed.",
            ),
            "unknown": (
                "That did not work",
                "We could not understand what your browser sent. Nothing was changed. Please press one of the buttons.",
            ),
            "often": (
                "Please wait a minute",
                "Too many tries came from your connection in a short time. Nothing was changed.",
            ),
            "later": (
                "Please try again in a minute",
                "Something on our side does not work just now. Nothing was changed.",
            ),
        },
        back="Back to your choices",
        gone=(
            "This link no longer works",
            "Our links work for half a year, and end when your letter is deleted. Perhaps a part of the address is "
            "missing, too.",
        ),
        newest="Look for our newest message to you, and use the link in it.",
        write="If you have none, write to us and say what you want:",
        form="Go to the form",
        danger="In danger or an emergency? Call {number}. Messages here are not read around the clock.",
        privacy="Privacy notice",
    ),
    "es": Words(
        service="Servicio de contacto del Estado",
        skip="Ir a la parte principal",
        title="Usted decide",
        lead="Nada cambia hasta que pulse un botón. Cada botón funciona de inmediato.",
        letter=(
            "¿Fue usted?",
            "Guardamos un mensaje que llegó desde otra dirección de correo. No lo mostramos a nadie hasta que usted "
            "diga que es suyo.",
        ),
        agency=(
            "¿Puede la agencia ver su dirección de correo?",
            "Su carta pasó a otra agencia. La que la tiene ahora no ve su dirección de correo. Puede responderle "
            "igual, a través de nosotros.",
        ),
        address=(
            "Quién ve su dirección de correo",
            "Las agencias le responden a través de nosotros. Ven su dirección de correo solo si usted lo permite.",
        ),
        mail=(
            "Si le escribimos o no",
            "Si no le escribimos nunca más, tampoco le llegan las respuestas a sus cartas.",
        ),
        buttons={
            "mine": "Sí, lo escribí yo",
            "stranger": "No, no fui yo",
            "share": "La agencia que tiene mi carta puede ver mi dirección de correo",
            "keep": "Ninguna agencia puede ver mi dirección de correo",
            "stop": "No me escriban nunca más",
            "resume": "Pueden escribirme otra vez",
        },
        thanks={
            "mine": (
                "Gracias. Su mensaje sigue su camino.",
                "En unos minutos va camino de la agencia que tiene su carta.",
            ),
            "stranger": (
                "Gracias por avisarnos.",
                "Ese mensaje no se entrega a nadie. Su propia carta queda como está.",
            ),
            "share": (
                "Gracias. La agencia puede ver su dirección de correo.",
                "La agencia que tiene su carta puede verla desde ahora.",
            ),
            "keep": (
                "Gracias. Su dirección de correo queda oculta.",
                "Desde ahora no la mostramos a ninguna agencia. Si una agencia ya la vio, puede que todavía la tenga.",
            ),
            "stop": (
                "Gracias. No le escribiremos más.",
                "Tampoco le llegarán las respuestas a sus cartas. Un mensaje que ya está en camino todavía puede "
                "llegar.",
            ),
            "resume": (
                "Gracias. Le escribiremos otra vez.",
                "Las respuestas a sus cartas le llegan de nuevo por correo electrónico.",
            ),
        },
        said={
            "expired": (
                "Pulse el botón otra vez, por favor",
                "Esta página estuvo abierta demasiado tiempo, o su navegador no guardó nuestra cookie. Nada ha "
                "cambiado.",
            ),
            "unknown": (
                "No funcionó",
                "No entendimos lo que envió su navegador. Nada ha cambiado. Por favor, pulse uno de los botones.",
            ),
            "often": (
                "Espere un minuto, por favor",
                "Desde su conexión llegaron demasiados intentos en poco tiempo. Nada ha cambiado.",
            ),
            "later": (
                "Inténtelo otra vez en un minuto, por favor",
                "Algo de nuestro lado no funciona en este momento. Nada ha cambiado.",
            ),
        },
        back="Volver a las opciones",
        gone=(
            "Este enlace ya no funciona",
            "Nuestros enlaces funcionan medio año, y terminan cuando se borra su carta. También puede faltar una "
            "parte de la dirección.",
        ),
        newest="Busque nuestro mensaje más reciente y use el enlace que hay en él.",
        write="Si no tiene ninguno, escríbanos y diga lo que desea:",
        form="Ir al formulario",
        danger="¿Está en peligro o es una emergencia? Llame al {number}. Aquí no se leen los mensajes a todas horas.",
        privacy="Aviso de privacidad",
    ),
    "pt": Words(
        service="Serviço de contacto do Estado",
        skip="Ir para a parte principal",
        title="As suas escolhas",
        lead="Nada muda até carregar num botão. Cada botão funciona de imediato.",
        letter=(
            "Foi você?",
            "Guardamos uma mensagem que veio de outro endereço de e-mail. Não a mostramos a ninguém até dizer que é "
            "sua.",
        ),
        agency=(
            "A entidade pode ver o seu endereço de e-mail?",
            "A sua carta passou para outra entidade. A que a tem agora não vê o seu endereço de e-mail. Pode "
            "responder-lhe na mesma, por nosso intermédio.",
        ),
        address=(
            "Quem vê o seu endereço de e-mail",
            "As entidades respondem-lhe por nosso intermédio. Só veem o seu endereço de e-mail se o permitir.",
        ),
        mail=(
            "Se lhe escrevemos ou não",
            "Se nunca mais lhe escrevermos, as respostas às suas cartas também não lhe chegam.",
        ),
        buttons={
            "mine": "Sim, fui eu que a escrevi",
            "stranger": "Não, não fui eu",
            "share": "A entidade que tem a minha carta pode ver o meu endereço de e-mail",
            "keep": "Nenhuma entidade pode ver o meu endereço de e-mail",
            "stop": "Nunca mais me escrevam",
            "resume": "Podem voltar a escrever-me",
        },
        thanks={
            "mine": (
                "Obrigado. A sua mensagem segue.",
                "Dentro de minutos vai a caminho da entidade que tem a sua carta.",
            ),
            "stranger": (
                "Obrigado por nos dizer.",
                "Essa mensagem não é entregue a ninguém. A sua própria carta fica como está.",
            ),
            "share": (
                "Obrigado. A entidade pode ver o seu endereço de e-mail.",
                "A entidade que tem a sua carta pode vê-lo a partir de agora.",
            ),
            "keep": (
                "Obrigado. O seu endereço de e-mail fica escondido.",
                "A partir de agora não o mostramos a nenhuma entidade. Se uma entidade já o viu, pode ainda tê-lo.",
            ),
            "stop": (
                "Obrigado. Não lhe escrevemos mais.",
                "As respostas às suas cartas também não lhe chegam. Uma mensagem que já vai a caminho ainda pode "
                "chegar.",
            ),
            "resume": (
                "Obrigado. Voltamos a escrever-lhe.",
                "As respostas às suas cartas chegam-lhe de novo por e-mail.",
            ),
        },
        said={
            "expired": (
                "Carregue de novo no botão, por favor",
                "Esta página esteve aberta demasiado tempo, ou o seu navegador não guardou o nosso cookie. Nada mudou.",
            ),
            "unknown": (
                "Não funcionou",
                "Não percebemos o que o seu navegador enviou. Nada mudou. Por favor, carregue num dos botões.",
            ),
            "often": (
                "Espere um minuto, por favor",
                "Da sua ligação vieram demasiadas tentativas em pouco tempo. Nada mudou.",
            ),
            "later": (
                "Tente de novo daqui a um minuto, por favor",
                "Algo do nosso lado não funciona neste momento. Nada mudou.",
            ),
        },
        back="Voltar às escolhas",
        gone=(
            "Esta ligação já não funciona",
            "As nossas ligações funcionam meio ano, e acabam quando a sua carta é apagada. Também pode faltar uma "
            "parte do endereço.",
        ),
        newest="Procure a nossa mensagem mais recente e use a ligação que está nela.",
        write="Se não tem nenhuma, escreva-nos e diga o que pretende:",
        form="Ir para o formulário",
        danger="Está em perigo ou é uma emergência? Ligue {number}. Aqui as mensagens não são lidas a toda a hora.",
        privacy="Aviso de privacidade",
    ),
    "pl": Words(
        service="Stanowy serwis kontaktowy",
        skip="Przejdź do głównej części",
        title="Twoje wybory",
        lead="Nic się nie zmieni, dopóki nie naciśniesz przycisku. Każdy przycisk działa od razu.",
        letter=(
            "Czy to Twoja wiadomość?",
            "Przechowujemy wiadomość, która przyszła z innego adresu e-mail. Nikomu jej nie pokazujemy, dopóki nie "
            "potwierdzisz, że jest Twoja.",
        ),
        agency=(
            "Czy urząd może widzieć Twój adres e-mail?",
            "Twój list został przekazany dalej. Urząd, który ma go teraz, nie widzi Twojego adresu e-mail. Mimo to "
            "może Ci odpowiedzieć przez nas.",
        ),
        address=(
            "Kto widzi Twój adres e-mail",
            "Urzędy odpowiadają Ci przez nas. Widzą Twój adres e-mail tylko wtedy, gdy na to pozwolisz.",
        ),
        mail=(
            "Czy mamy do Ciebie pisać",
            "Jeśli przestaniemy do Ciebie pisać, nie dotrą do Ciebie także odpowiedzi na Twoje listy.",
        ),
        buttons={
            "mine": "Tak, to moja wiadomość",
            "stranger": "Nie, to nie moja wiadomość",
            "share": "Urząd, który ma mój list, może widzieć mój adres e-mail",
            "keep": "Żaden urząd nie może widzieć mojego adresu e-mail",
            "stop": "Nigdy więcej do mnie nie piszcie",
            "resume": "Możecie do mnie znowu pisać",
        },
        thanks={
            "mine": (
                "Dziękujemy. Twoja wiadomość idzie dalej.",
                "Za kilka minut będzie w drodze do urzędu, który ma Twój list.",
            ),
            "stranger": (
                "Dziękujemy za informację.",
                "Tej wiadomości nikomu nie przekażemy. Twój własny list pozostaje bez zmian.",
            ),
            "share": (
                "Dziękujemy. Urząd może widzieć Twój adres e-mail.",
                "Urząd, który ma Twój list, może go od teraz zobaczyć.",
            ),
            "keep": (
                "Dziękujemy. Twój adres e-mail pozostaje ukryty.",
                "Od teraz nie pokazujemy go żadnemu urzędowi. Urząd, który już go widział, może go nadal mieć.",
            ),
            "stop": (
                "Dziękujemy. Nie będziemy już do Ciebie pisać.",
                "Nie dotrą do Ciebie także odpowiedzi na Twoje listy. Wiadomość, która jest już w drodze, może jeszcze "
                "przyjść.",
            ),
            "resume": (
                "Dziękujemy. Będziemy znowu do Ciebie pisać.",
                "Odpowiedzi na Twoje listy znowu przychodzą e-mailem.",
            ),
        },
        said={
            "expired": (
                "Naciśnij przycisk jeszcze raz",
                "Ta strona była otwarta zbyt długo albo przeglądarka nie zachowała naszego pliku cookie. Nic się nie "
                "zmieniło.",
            ),
            "unknown": (
                "To się nie udało",
                "Nie zrozumieliśmy, co wysłała Twoja przeglądarka. Nic się nie zmieniło. Naciśnij jeden z przycisków.",
            ),
            "often": (
                "Poczekaj minutę",
                "Z Twojego połączenia przyszło w krótkim czasie zbyt wiele prób. Nic się nie zmieniło.",
            ),
            "later": (
                "Spróbuj jeszcze raz za minutę",
                "Coś po naszej stronie teraz nie działa. Nic się nie zmieniło.",
            ),
        },
        back="Wróć do wyborów",
        gone=(
            "Ten link już nie działa",
            "Nasze linki działają pół roku i tracą ważność, gdy Twój list zostaje usunięty. Być może brakuje też "
            "części adresu.",
        ),
        newest="Znajdź naszą najnowszą wiadomość do Ciebie i użyj linku, który w niej jest.",
        write="Jeśli jej nie masz, napisz do nas, czego sobie życzysz:",
        form="Przejdź do formularza",
        danger="Niebezpieczeństwo lub nagły wypadek? Zadzwoń pod {number}. Wiadomości nie czytamy tu przez całą dobę.",
        privacy="Informacja o prywatności",
    ),
    "ht": Words(
        service="Sèvis kontak Eta a",
        skip="Ale nan pati prensipal la",
        title="Se ou ki deside",
        lead="Anyen pa chanje toutotan ou pa peze yon bouton. Chak bouton mache touswit.",
        letter=(
            "Èske se te ou?",
            "Nou kenbe yon mesaj ki soti nan yon lòt adrès imel. Nou pa montre l bay pèsonn jiskaske ou di se pa w li "
            "ye.",
        ),
        agency=(
            "Èske ajans lan ka wè adrès imel ou?",
            "Lèt ou a ale nan yon lòt ajans. Ajans ki gen li kounye a pa wè adrès imel ou. Li ka reponn ou kanmèm, "
            "atravè nou.",
        ),
        address=(
            "Ki moun ki wè adrès imel ou",
            "Ajans yo reponn ou atravè nou. Yo wè adrès imel ou sèlman si ou pèmèt sa.",
        ),
        mail=(
            "Si nou ekri ou oswa non",
            "Si nou pa janm ekri ou ankò, repons pou lèt ou yo pa rive jwenn ou non plis.",
        ),
        buttons={
            "mine": "Wi, se mwen ki te ekri l",
            "stranger": "Non, se pa t mwen",
            "share": "Ajans ki gen lèt mwen an ka wè adrès imel mwen",
            "keep": "Okenn ajans pa ka wè adrès imel mwen",
            "stop": "Pa janm ekri mwen ankò",
            "resume": "Ou ka ekri mwen ankò",
        },
        thanks={
            "mine": (
                "Mèsi. Mesaj ou a ap kontinye.",
                "Nan kèk minit l ap sou wout pou ajans ki gen lèt ou a.",
            ),
            "stranger": (
                "Mèsi paske ou di nou sa.",
                "Nou pa voye mesaj sa a bay pèsonn. Pwòp lèt pa w la rete jan li ye a.",
            ),
            "share": (
                "Mèsi. Ajans lan ka wè adrès imel ou.",
                "Ajans ki gen lèt ou a ka wè l depi kounye a.",
            ),
            "keep": (
                "Mèsi. Adrès imel ou rete kache.",
                "Depi kounye a nou pa montre l bay okenn ajans. Yon ajans ki te deja wè l ka toujou genyen l.",
            ),
            "stop": (
                "Mèsi. Nou p ap ekri ou ankò.",
                "Repons pou lèt ou yo p ap rive jwenn ou non plis. Yon mesaj ki deja sou wout ka toujou rive.",
            ),
            "resume": (
                "Mèsi. N ap ekri ou ankò.",
                "Repons pou lèt ou yo ap rive jwenn ou pa imel ankò.",
            ),
        },
        said={
            "expired": (
                "Tanpri peze bouton an ankò",
                "Paj sa a te rete louvri twò lontan, oswa navigatè ou a pa t kenbe cookie nou an. Anyen pa chanje.",
            ),
            "unknown": (
                "Sa pa mache",
                "Nou pa t konprann sa navigatè ou a voye. Anyen pa chanje. Tanpri peze youn nan bouton yo.",
            ),
            "often": (
                "Tanpri tann yon minit",
                "Twòp esè soti nan koneksyon ou a nan yon ti tan. Anyen pa chanje.",
            ),
            "later": (
                "Tanpri eseye ankò nan yon minit",
                "Yon bagay bò kote pa nou pa mache kounye a. Anyen pa chanje.",
            ),
        },
        back="Tounen nan chwa yo",
        gone=(
            "Lyen sa a pa mache ankò",
            "Lyen nou yo mache pandan sis mwa, epi yo fini lè yo efase lèt ou a. Petèt yon pati nan adrès la manke "
            "tou.",
        ),
        newest="Chèche dènye mesaj nou te voye ba ou a, epi sèvi ak lyen ki ladan l.",
        write="Si ou pa genyen youn, ekri nou epi di sa ou vle:",
        form="Ale nan fòm nan",
        danger="Ou an danje oswa se yon ijans? Rele {number}. Yo pa li mesaj isit la lajounen kou lannwit.",
        privacy="Avi sou vi prive",
    ),
    "fr": Words(
        service="Service de contact de l'État",
        skip="Aller à la partie principale",
        title="Vos choix",
        lead="Rien ne change tant que vous n'appuyez pas sur un bouton. Chaque bouton agit aussitôt.",
        letter=(
            "Était-ce vous ?",
            "Nous gardons un message venu d'une autre adresse électronique. Nous ne le montrons à personne tant que "
            "vous n'avez pas dit qu'il est de vous.",
        ),
        agency=(
            "Le service peut-il voir votre adresse électronique ?",
            "Votre lettre a été transmise. Le service qui l'a maintenant ne voit pas votre adresse électronique. Il "
            "peut vous répondre tout de même, par notre intermédiaire.",
        ),
        address=(
            "Qui voit votre adresse électronique",
            "Les services vous répondent par notre intermédiaire. Ils ne voient votre adresse électronique que si vous "
            "le permettez.",
        ),
        mail=(
            "Si nous vous écrivons ou non",
            "Si nous ne vous écrivons plus jamais, les réponses à vos lettres ne vous parviennent pas non plus.",
        ),
        buttons={
            "mine": "Oui, je l'ai écrit",
            "stranger": "Non, ce n'était pas moi",
            "share": "Le service qui a ma lettre peut voir mon adresse électronique",
            "keep": "Aucun service ne peut voir mon adresse électronique",
            "stop": "Ne m'écrivez plus jamais",
            "resume": "Vous pouvez m'écrire de nouveau",
        },
        thanks={
            "mine": (
                "Merci. Votre message poursuit son chemin.",
                "Dans quelques minutes, il sera en route vers le service qui a votre lettre.",
            ),
            "stranger": (
                "Merci de nous l'avoir dit.",
                "Ce message n'est remis à personne. Votre propre lettre reste comme elle est.",
            ),
            "share": (
                "Merci. Le service peut voir votre adresse électronique.",
                "Le service qui a votre lettre peut la voir dès maintenant.",
            ),
            "keep": (
                "Merci. Votre adresse électronique reste cachée.",
                "Dès maintenant, nous ne la montrons à aucun service. Un service qui l'a déjà vue peut encore l'avoir.",
            ),
            "stop": (
                "Merci. Nous ne vous écrirons plus.",
                "Les réponses à vos lettres ne vous parviendront pas non plus. Un message déjà en route peut encore "
                "arriver.",
            ),
            "resume": (
                "Merci. Nous vous écrirons de nouveau.",
                "Les réponses à vos lettres vous parviennent de nouveau par courrier électronique.",
            ),
        },
        said={
            "expired": (
                "Appuyez de nouveau sur le bouton, s'il vous plaît",
                "Cette page est restée ouverte trop longtemps, ou votre navigateur n'a pas gardé notre cookie. Rien "
                "n'a changé.",
            ),
            "unknown": (
                "Cela n'a pas marché",
                "Nous n'avons pas compris ce que votre navigateur a envoyé. Rien n'a changé. Appuyez sur un des "
                "boutons, s'il vous plaît.",
            ),
            "often": (
                "Attendez une minute, s'il vous plaît",
                "Trop d'essais sont venus de votre connexion en peu de temps. Rien n'a changé.",
            ),
            "later": (
                "Réessayez dans une minute, s'il vous plaît",
                "Quelque chose de notre côté ne fonctionne pas en ce moment. Rien n'a changé.",
            ),
        },
        back="Revenir à vos choix",
        gone=(
            "Ce lien ne fonctionne plus",
            "Nos liens fonctionnent six mois, et prennent fin quand votre lettre est effacée. Il se peut aussi qu'une "
            "partie de l'adresse manque.",
        ),
        newest="Cherchez notre message le plus récent et utilisez le lien qui s'y trouve.",
        write="Si vous n'en avez pas, écrivez-nous et dites ce que vous voulez :",
        form="Aller au formulaire",
        danger="En danger ou en cas d'urgence ? Appelez le {number}. Les messages ne sont pas lus jour et nuit.",
        privacy="Avis de confidentialité",
    ),
}
