"""The words of which absence notes are made, language by language: no word here says anything about a matter.

The rule this module keeps: what a clerk needs to answer a letter is missing. No "yes", no "approved", no "come", no
"call me", no "form"; nor "closed" or "Monday's hearing". Whoever adds a word asks what could be said with it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`core`: what such a note says in any case; `words`: what else it is made of, `said` phrases among them; `before`:
    words that a name follows; `never`: what could be said with them all the same. All of it is `plain`."""

    core: re.Pattern[str]
    words: frozenset[str]
    before: frozenset[str]
    said: re.Pattern[str] = re.compile(r"(?!)")
    never: re.Pattern[str] = re.compile(r"(?!)")


def plain(text: str) -> str:
    """Without accents, and with one apostrophe."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.replace("’", "'").replace("ʼ", "'").replace("ß", "ss"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def words(text: str) -> frozenset[str]:
    """The words of a table."""
    return frozenset(plain(text).casefold().split())


def _vocabulary(core: str, made_of: str, before: str, said: str = "(?!)", never: str = "(?!)") -> Vocabulary:
    called = words(before)
    patterns = (re.compile(plain(pattern), re.IGNORECASE) for pattern in (core, said, never))
    first, *others = patterns
    return Vocabulary(first, words(made_of) | called, called, *others)


ENGLISH = _vocabulary(
    r"\b(?:i|we)(?: am|'m| will be|'ll be| are|'re)(?: (?:currently|now|presently|temporarily|out|also|still)){0,2}"
    r" (?:(?:out of|not in|away from) (?:the |my )?(?:office|desk|mail|e-?mail|work)"
    r"|on (?:\w+ ){0,2}(?:leave|vacation|holidays?|pto|travel)|away|out(?= (?:until|from|through|this|next)))\b"
    r"|(?:^|\n)(?:currently )?(?:out of (?:the )?office|away from (?:the office|my desk|my mail)"
    r"|on (?:annual )?(?:leave|vacation))\b",
    """i i'm i'll i've am is are be been will have has had may might not no my your you the a an this that these those
    there any all it as of on in at by for from through thru until till and or if when while during upon after
    before then so with within without between starting beginning ending effective since currently presently now
    temporarily out away off office desk email emails e-mail e-mails mail mails voicemail message messages inbox
    mailbox phone telephone cell mobile today tomorrow week weeks day days month next return returning returned
    again respond responding reply replying replied answer response responses access limited little intermittent
    regular regularly periodically infrequently occasionally please kindly thank thanks hello hi dear immediate
    immediately urgent urgently emergency emergencies assistance help attention inquiry inquiries enquiry enquiries
    question questions matter matters absence soon earliest convenience opportunity shortly promptly delay delays
    delayed some apologize apologise apologies sorry inconvenience patience understanding appreciate automatic
    automated automatically generated autoreply auto-reply notification note person receive received contacting
    writing emailing best regards kind warm sincerely cheers respectfully truly yours monday tuesday wednesday
    thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun january february march april may
    june july august september sept october november december jan feb mar apr jun jul aug sep oct nov dec st nd rd
    th ext extension main line number general front department division unit team hotline don't hesitate directly
    instead place also otherwise than we our us""",
    "contact call email e-mail reach mr mrs ms dr dear hi hello colleague colleagues supervisor manager assistant to"
    " or and",
    r"\b(?:during|from|for) (?:my|this) (?:\w+ )?(?:leave|vacation|absence|holidays?|time)\b"
    r"|\bas soon as (?:possible|i (?:can|am able))\b"
    r"|\bgood (?:morning|afternoon|day)\b|\bget(?:ting)? back to you\b|\breturn(?:ing)? to (?:work|the office)\b"
    r"|\b(?:will|may) not be (?:able to )?check(?:ing)?\b|\bbe checking\b|\brequires? (?:an )?(?:immediate|urgent)\b"
    r"|\bif you (?:have|need|require)\b"
    r"|\byou (?:may|can) (?:also )?(?=contact|call|reach|e-?mail)|\bthis is the only notification you will receive\b"
    r"|\bautomated response to your message\s+\"[^\"]{0,300}\"\s+sent on [\d/: apm]{6,30}|\bhappy holidays\b",
    r"\byour (?!messages?\b|e-?mails?\b|mails?\b|inquir|enquir|questions?\b|patience|understanding|call|voicemail)"
    r"|\byou (?:are|will|have|were|do|may|can|need)\b|\bplease (?!contact|call|e-?mail|reach|note|don't|do not|also"
    r"|kindly)"
    r"|\b(?:unit|team|department|division|office|line) will\b|\bnot (?:yet )?(?:been )?received|\bno (?:answer"
    r"|response|reply|need|message)\b|\b(?:email|call|contact|reach) (?:me|us)\b"
    r"|(?:^|[.\n]) ?(?:return|reply|respond|answer)\b",
)
SPANISH = _vocabulary(
    r"\b(?:estoy|estaré|estaremos|me encuentro|me encontraré) (?:(?:actualmente|temporalmente|ahora) )?"
    r"(?:fuera(?: de (?:la |mi )?oficina)?|ausente(?: de (?:la |mi )?oficina)?|de (?:vacaciones|viaje"
    r"|licencia(?: médica| de maternidad)?|permiso|baja(?: médica| por maternidad)?))\b"
    r"|(?:^|\n)(?:fuera de (?:la )?oficina|de vacaciones|ausente) (?:hasta|del|desde)\b|\bno (?:estoy|estaré"
    r"|me encuentro|me encontraré) en (?:la|mi) oficina\b",
    """estoy estaré estaremos estará me encuentro encontraré he hemos yo no ni mi mis su sus le les lo la las el los un
    una y o u e de del al a en con sin por para hasta desde entre durante cuando que si tan tanto cualquier este
    esta esto son será ha fuera ausente ausencia oficina escritorio correo correos electrónico electrónicos mensaje
    mensajes email e-mail buzón teléfono celular móvil hoy mañana semana semanas día días mes próximo próxima
    siguiente presente actualmente momento temporalmente regreso regresaré regrese regresar volveré vuelva vuelta
    vuelvo retorno retornaré reincorporación reincorporaré responder responderé respondo responderemos responderá
    contestar contestaré contesto contestaremos atender atenderé respuesta acceso limitado tendré tengo podré puedo
    pronto antes breve brevedad mayor inmediatamente inmediato inmediata urgente urgentes urgencia urgencias
    emergencia asunto asuntos consulta consultas ayuda asistencia necesita requiere atención favor gracias muchas
    agradezco agradecemos comprensión paciencia disculpe disculpas lamento molestias inconveniente hola estimado
    estimada estimados saludos cordial cordiales cordialmente atentamente atte saludo automático automática
    automáticamente autorrespuesta haber escribirnos escribir comunicarse recibirá ext extensión línea número
    departamento lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio
    agosto septiembre setiembre octubre noviembre diciembre""",
    """contacte contactar contacto comuníquese comunicarse llame llamar escriba escriba con a sr sra señor señora hola
    estimado estimada colega compañero compañera supervisor supervisora licenciada licenciado o y""",
    r"\b(?:durante|de) mis? (?:ausencia|vacaciones)\b|\b(?:lo antes|tan pronto como sea) posible\b"
    r"|\ben caso (?:de (?:que )?|urgente)|\bbuen[oa]s (?:días|tardes|noches)\b"
    r"|\b(?:su mensaje|gracias por su mensaje)\b|\bmensaje automático\b|\ben la mayor brevedad\b"
    r"|\breincorporación al trabajo\b",
    r"\bno (?:he |hemos )?recib|\bsí\b",
)
PORTUGUESE = _vocabulary(
    r"\b(?:estou|estarei|encontro-me|me encontro) (?:(?:atualmente"
    r"|temporariamente) )?(?:fora(?: do (?:meu )?escritório)?|ausente(?: do escritório)?|de (?:férias"
    r"|licença(?: médica| maternidade)?)|em viagem)\b"
    r"|(?:^|\n)(?:fora do escritório|de férias|ausente) (?:até|de|do)\b|\bnão (?:estou"
    r"|estarei) no (?:meu )?escritório\b",
    """estou estarei encontro-me encontro me eu não nem meu minha meus o a os as um uma e ou de do da dos das no na nos
    em com sem por para até desde entre durante quando que se este esta isto é são será sua seu seus suas lhe ao à
    às aos fora ausente ausência escritório correio e-mail e-mails email emails mensagem mensagens telefone
    telemóvel celular hoje amanhã semana dia dias mês próximo próxima seguinte atualmente momento temporariamente
    regresso regressarei regressar retorno retornarei retornar voltarei voltar volta responder responderei respondo
    respondido resposta acesso limitado terei tenho poderei posso breve assim logo brevidade imediato imediata
    imediatamente urgente urgentes urgência assunto assuntos precisar necessitar precise necessite ajuda assistência
    favor obrigado obrigada agradeço compreensão paciência desculpe desculpas lamento incómodo olá caro cara prezado
    prezada cumprimentos atenciosamente cordialmente abraço automática automático mensagem contacto contato entrar
    segunda terça quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira feira sábado
    domingo janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro""",
    "contacte contate contactar contatar contacto contato com colega sr sra senhor senhora caro cara prezado prezada"
    " olá e ou",
    r"\b(?:durante|das) (?:a )?minhas? (?:ausência|férias)\b|\b(?:assim que|o mais breve|logo que) possível\b"
    r"|\b(?:em|no) caso (?:de|urgente)|\bb(?:om dia|oa tarde|oa noite)\b",
)
POLISH = _vocabulary(
    r"\b(?:jestem|będę|przebywam) (?:(?:obecnie|aktualnie) )?(?:nieobecn[ay]|na (?:urlopie|zwolnieniu)(?: \w+(?:kim"
    r"|nym))?|poza biurem)\b"
    r"|\bw biurze (?:mnie )?nie (?:ma mnie|ma|będę|będzie)\b|\bnie (?:ma mnie|będzie mnie|będę) w (?:biurze|pracy)\b"
    r"|(?:^|\n)(?:poza biurem|na urlopie) (?:do|od)\b",
    """jestem będę przebywam obecnie aktualnie chwilowo ja nie mnie mi mój moja moje moim moją pana pani państwa na w
    we z ze do od dnia dniu dniach po przed przez za o u i lub oraz a że aby jeśli jeżeli gdy kiedy to ta ten tę tym
    nieobecny nieobecna nieobecność nieobecności biurze biurem biura pracy poza dostępu dostęp mam miał ograniczony
    poczty poczta skrzynki e-mail mail maila maile e-maila wiadomość wiadomości wiadomością telefon tel telefonu
    telefonicznie wracam wrócę powrocie powrotu powrót odpowiem odpowiedzi odpowiedź odpowiadać odpowiedzieć
    niezwłocznie jak najszybciej pilne pilnych pilnej pilnie sprawach sprawie sprawy sprawa przypadku razie pomocy
    proszę prosimy kontakt kontaktować skontaktować się dziękuję dziękujemy przepraszam cierpliwość zrozumienie
    utrudnienia dzień witam szanowny szanowna szanowni pozdrowieniami pozdrawiam poważaniem wyrazami szacunku
    automatyczna automatycznie wygenerowana poniedziałek poniedziałku wtorek wtorku środa środy czwartek czwartku
    piątek piątku sobota soboty niedziela niedzieli stycznia lutego marca kwietnia maja czerwca lipca sierpnia
    września października listopada grudnia r roku włącznie""",
    "z ze panią panem pan pani koleżanką kolegą do i lub",
    r"\b(?:po|podczas|w czasie|z) (?:powrocie z |moj\w+ )?urlopu?\b|\bjak najszybciej(?: to możliwe)?\b"
    r"|\bdzień dobry\b|\bwiadomość (?:jest|została) (?:wygenerowana )?automatyczn\w+",
)
FRENCH = _vocabulary(
    r"\b(?:suis|serai|sommes) (?:(?:actuellement|momentanément) )?(?:absente?s?(?: (?:du|de mon) bureau)?"
    r"|en (?:vacances|congés?(?: (?:annuels?|maladie|maternité|parental))?|déplacement|arrêt(?: maladie)?)"
    r"|hors du bureau)\b"
    r"|(?:^|\n)(?:absente?(?: du bureau)?|en (?:congés?|vacances)|hors du bureau) (?:du|jusqu)|\bne (?:suis"
    r"|serai) pas (?:au|à mon) bureau\b",
    """je j'ai suis serai sommes ne n'ai n'aurai n' n'y pas aurai ai mon ma mes votre vos vous moi le la les l' l un
    une des du de d' d au aux à et ou en dans par pour avec sans sur jusqu'au jusqu'à jusqu au partir entre pendant
    durant lorsque dès que si tout toute toutes ce cet cette il sera absent absente absence absents hors bureau
    messagerie courriel courriels mail mails e-mail e-mails message messages téléphone tél portable actuellement
    moment aujourd'hui demain semaine jour jours mois prochain prochaine suivante inclus retour reviens reviendrai
    répondrai répondre réponse réponds recontacterai prendrai connaissance accès limité rapidement dès plus tôt
    meilleurs délais brefs bref mon urgence urgences urgent urgente urgents besoin question questions aide
    assistance contacter joindre adresser merci remercie compréhension patience excuse excuses gêne désolé désolée
    bonjour bonsoir madame monsieur cher chère mesdames messieurs cordialement bien cordiales salutations sincères
    distinguées automatique automatiquement réponse s'il plaît veuillez vous pouvez poste numéro lundi mardi
    mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre
    novembre décembre 1er er""",
    "contacter joindre madame monsieur mme m collègue à avec et ou cher chère bonjour",
    r"\b(?:pendant|durant) (?:mon absence|mes (?:congés|vacances))\b|\b(?:dès que|aussi vite que"
    r"|le plus (?:rapidement|vite|tôt)) possible\b|\ben cas d[e'] ?|\bvotre demande\b(?= sera)",
    r"\bpas (?:encore )?reçu\b",
)
HAITIAN = _vocabulary(
    r"\bmwen (?:\w+ )?pa (?:la )?nan biwo\b|\bm pa (?:la )?nan biwo\b|\bmwen (?:an|nan) (?:vakans|konje)\b"
    r"|\bm ap (?:an|nan) (?:vakans|konje)\b|\bmwen deyò biwo\b",
    """mwen m ou w nou li yo pa nan biwo a an la lan deyò kounye kounyea jiska jiskaske depi rive jou semèn pwochen
    pwochèn mwa lè mwen retounen tounen ap pral reponn reponnm repons mesaj imel imèl telefòn si gen ijan ijans
    bezwen èd tanpri souple kontakte rele mèsi bonjou bonswa pou ak e epi oswa se yon sa ki te otomatik kòlèg madan
    mesye msye vit pi byento lendi madi mèkredi jedi vandredi samdi dimanch janvye fevriye mas avril me jen jiyè out
    septanm oktòb novanm desanm""",
    "kontakte rele madan mesye msye bonjou ak",
    r"\bpi vit (?:ke )?posib\b|\bpandan (?:vakans|absans) mwen\b",
)
GERMAN = _vocabulary(
    r"\b(?:ich )?(?:bin|befinde mich|werde) (?:ich )?(?:(?:derzeit|zurzeit|zur zeit|aktuell|momentan|leider|heute"
    r"|wieder) )?(?:(?:bis|vom|ab|von)[^!?\n]{1,60}? )?(?:(?:einschließlich|inklusive) )?"
    r"(?:nicht (?:im (?:büro|hause?|dienst)|erreichbar|am arbeitsplatz)|(?:im|in) (?:urlaub|elternzeit|mutterschutz)"
    r"|außer haus|abwesend|auf dienstreise)(?: sein)?\b",
    """ich bin war werde wir sind mein meine meiner meinem meinen mir mich ihr ihre ihrer ihren ihnen sie sich der die
    das den dem des ein eine einen einer es im in ins am an ab um bis vom von zum zur zu für mit ohne nach vor seit
    während und oder aber wenn falls sobald dass nicht kein keine keinen nur auch wieder bereits derzeit zurzeit zur
    zeit aktuell momentan leider heute morgen woche wochen tag tage monat nächste nächsten nächster einschließlich
    einschl büro hause haus außer dienst abwesend abwesenheit erreichbar arbeitsplatz zurück rückkehr antworten
    beantworten beantworte beantwortet antwort melde melden werden wird kann können e-mail e-mails email mail mails
    nachricht nachrichten postfach telefon tel telefonisch zugriff eingeschränkt eingeschränkten gelesen
    weitergeleitet so schnell wie möglich schnellstmöglich zeitnah umgehend baldmöglichst dringend dringende
    dringenden dringender dringendes angelegenheiten anliegen fragen notfall notfällen hilfe bitte wenden danke dank
    vielen herzlichen verständnis geduld hallo sehr geehrte geehrter damen herren freundlichen freundliche grüße
    grüßen gruß beste besten viele mfg automatische automatisch automatisierte generierte erstellt vertretung
    vertritt kollegin kollegen kollege frau herr herrn nummer durchwahl ihre montag dienstag mittwoch donnerstag
    freitag samstag sonntag montags januar februar märz april mai juni juli august september oktober november
    dezember uhr""",
    "frau herr herrn kollegin kollegen kollege an geehrte geehrter hallo oder und vertretung",
    r"\b(?:während meiner|nach meiner|in meiner) (?:abwesenheit|rückkehr)|\bnach meinem urlaub\b|\b(?:so schnell"
    r"|so bald) wie möglich\b|\bin dringenden fällen\b|\bguten (?:tag|morgen)\b",
    r"\bnicht (?:erhalten|bekommen|ihre)",
)
ITALIAN = _vocabulary(
    r"\b(?:sono|sarò|mi trovo) (?:(?:attualmente|momentaneamente) )?(?:fuori (?:ufficio|sede)"
    r"|assente(?: dall'ufficio)?|in (?:ferie|vacanza|malattia|maternità|congedo))\b|\bnon (?:sono|sarò) in ufficio\b"
    r"|(?:^|\n)(?:fuori ufficio|fuori sede|in ferie|assente) (?:fino|dal|da)\b",
    """sono sarò mi non io ho avrò mio mia miei il lo la i gli le l un una di del della dei al allo alla ai a da dal
    dall dall'ufficio in nel nell con senza per fino sino tra durante quando e o se che questo questa sua suo vostra
    vostro lei vi le fuori ufficio sede assente assenza posta elettronica email e-mail mail messaggio messaggi
    telefono cellulare attualmente momento oggi domani settimana giorno giorni mese prossimo prossima ritorno
    rientro rientrerò tornerò risponderò rispondere risposta appena presto prima accesso limitato potrò posso
    urgente urgenti urgenza urgenze questioni necessità bisogno aiuto assistenza prego favore contattare rivolgersi
    grazie ringrazio comprensione pazienza scusate scusi disagio buongiorno buonasera salve gentile cordiali saluti
    distinti cordialmente automatica automatico lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio
    febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre""",
    "contattare rivolgersi a collega signora signor sig dott gentile e o",
    r"\bdurante la mia assenza\b|\b(?:non )?appena possibile\b|\bil prima possibile\b|\bin caso di "
    r"|\bper casi urgenti\b|\bdalle ferie\b",
)
DUTCH = _vocabulary(
    r"\b(?:ben|zal) (?:ik )?(?:(?:momenteel|tijdelijk) )?(?:(?:tot|t/m|van|vanaf)[^!?\n]{1,50}? )?(?:niet (?:op"
    r"|aanwezig op) (?:het |mijn )?kantoor|(?:met|op) (?:vakantie|verlof)|afwezig|niet (?:aanwezig"
    r"|bereikbaar))(?: zijn)?\b"
    r"|(?:^|\n)(?:niet op kantoor|afwezig|met (?:vakantie|verlof)) (?:tot|t/m|van)\b",
    """ik ben zal wij zijn mijn me mij uw u je jouw de het een deze dit en of als wanneer zodra tot totdat t/m vanaf
    van voor na tijdens met zonder op in aan bij naar om te er geen niet wel ook weer momenteel tijdelijk vandaag
    morgen week weken dag dagen maand volgende kantoor afwezig afwezigheid aanwezig bereikbaar terug terugkomst
    reageren reageer beantwoorden beantwoord antwoord antwoorden lezen gelezen e-mail e-mails email mail mails
    bericht berichten mailbox telefoon telefoonnummer telefonisch tel beperkt beperkte toegang heb spoed dringende
    dringend dringende zaken vragen hulp nodig kunt u contact opnemen neem bellen graag alstublieft snel spoedig zo
    dank bedankt begrip geduld excuses ongemak beste geachte hallo goedendag mevrouw heer vriendelijke groet groeten
    hoogachtend automatisch automatische collega nummer maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    januari februari maart april mei juni juli augustus september oktober november december uur""",
    "met mevrouw heer collega beste geachte hallo en of",
    r"\btijdens mijn (?:afwezigheid|vakantie|verlof)\b|\bzo (?:snel|spoedig) mogelijk\b|\bin (?:dringende"
    r"|spoedeisende) gevallen\b|\bin geval van\b|\bvan mijn vakantie\b",
)
RUSSIAN = _vocabulary(
    r"\b(?:нахожусь|буду|я) (?:(?:сейчас|временно|в настоящее время|буду|нахожусь) ){0,2}(?:в (?:\w+ )?(?:отпуске"
    r"|командировке|декрете)|вне офиса|на больничном|отсутствовать|отсутствую)"
    r"|\bменя (?:не будет|нет) (?:в офисе|на рабочем месте|на месте|на работе)|(?:^|\n)(?:в отпуске|отсутствую) (?:с"
    r"|до|по)\b",
    """я нахожусь буду меня мне мой моего моей мое не нет будет в во на с со до по от из о об и или а за для к ко у при
    если когда как это этот ваше ваш вашу вам вы все сейчас настоящее время временно офисе офиса вне рабочем месте
    отсутствую отсутствовать отсутствия отсутствие включительно вернусь возвращения возвращусь выхода отвечу
    ответить ответа ответ почте почты почту доступа доступ ограничен письмо письма сообщение сообщения телефону
    телефон тел скорее можно позднее после срочным срочных срочно вопросам вопросов вопросами необходимости помощь
    пожалуйста обращайтесь обратитесь свяжитесь связаться спасибо благодарю понимание терпение извините извинения
    неудобства здравствуйте день уважаемые уважаемый уважаемая уважением автоматический автоматически автоответ
    сегодня завтра неделе неделю дня дней понедельник понедельника вторник вторника среда среды среду четверг
    четверга пятница пятницы пятницу суббота воскресенье января февраля марта апреля мая июня июля августа сентября
    октября ноября декабря г года""",
    "к с коллеге коллегой уважаемая уважаемый и или",
    r"\b(?:из|после|во время) (?:моего )?отпуска\b|\b(?:по|при первой) возможности\b|\bв (?:срочных"
    r"|экстренных) случаях\b|\bв случае необходимости\b|\bдобрый день\b|\bвыхода на работу\b",
    r"\bне (?:получ|ответ)",
)
UKRAINIAN = _vocabulary(
    r"\b(?:перебуваю|буду|я) (?:(?:зараз|тимчасово|буду|перебуваю) ){0,2}(?:[ув] (?:\w+ )?(?:відпустці|відрядженні)"
    r"|поза офісом|на лікарняному|відсутн(?:ій|я))"
    r"|\bмене (?:не буде|немає) (?:в офісі|на робочому місці|на місці|на роботі)|(?:^|\n)(?:у відпустці|відсутній"
    r"|відсутня) (?:до|з|по)\b",
    """я перебуваю буду мене мені мій моя моєї не немає буде в у на з із зі до по від про і й та або а за для при якщо
    коли як це цей ваш ваше вашого вам ви зараз тимчасово офісі офісом поза робочому місці відсутній відсутня
    відсутності відсутність включно повернуся повернусь повернення відповім відповісти відповідь пошти пошту доступу
    доступ обмежений лист листа повідомлення телефоном телефон тел найшвидше після термінових терміново питань
    питаннями необхідності допомога прошу ласка звертайтеся зверніться зв'яжіться дякую розуміння терпіння вибачте
    незручності вітаю день шановні шановний шановна повагою автоматична автоматично сьогодні завтра тижня днів дня
    понеділок понеділка вівторок вівторка середа середи четвер четверга п'ятниця п'ятниці субота неділя січня лютого
    березня квітня травня червня липня серпня вересня жовтня листопада грудня р року""",
    "до з колеги колегою шановна шановний та або",
    r"\b(?:з|після|під час) (?:моєї )?відпустки\b|\b(?:за|при першій) можливості\b|\b[ув] (?:термінових"
    r"|екстрених) випадках\b|\b[ув] разі (?:необхідності|потреби)\b|\bдобрий день\b",
)
VIETNAMESE = _vocabulary(
    r"\btôi (?:(?:hiện|hiện tại|hiện đang|đang|sẽ) ){0,2}(?:không có mặt|vắng mặt|(?:đi )?nghỉ(?: phép| lễ)?"
    r"|đi công tác|không (?:có )?(?:ở|tại) văn phòng)\b",
    """tôi hiện hiện tại đang sẽ không có ở tại văn phòng mặt vắng đi từ ngày đến hết cho khi nào sau trở lại quay về
    và hoặc trong thời gian này tháng năm tuần tới thứ hai ba tư sáu bảy chủ nhật trả lời thư email e-mail tin nhắn
    của quý vị bạn ông bà anh chị ngay sớm nhất thể nếu cần gấp khẩn cấp giúp đỡ hỗ trợ xin vui lòng liên hệ với qua
    số điện thoại cảm ơn chào kính trân trọng đây là tự động phản hồi được thông cảm""",
    "với hệ ông bà anh chị",
    r"\b(?:trong thời gian|khi|sau khi) (?:tôi )?(?:vắng mặt|nghỉ phép)\b|\btrở lại làm việc\b|\bsớm nhất có thể\b",
)
ARABIC = _vocabulary(
    r"(?:أنا|سأكون|أكون|انا|حاليا|^|\n) ?(?:حاليا )?(?:خارج المكتب|في (?:إجازة|اجازة|عطلة)(?: (?:سنوية|مرضية"
    r"|رسمية))?)|(?:أنا |انا )?(?:لست|غير (?:موجود|موجودة|متواجد)) (?:حاليا )?في (?:ال)?مكتب(?:ي)?",
    """أنا انا سأكون أكون لست حاليا حالياً غير موجود موجودة متواجد خارج المكتب مكتبي في إجازتي حتى إلى الى من منذ يوم
    بتاريخ تاريخ وحتى ولغاية لغاية عودتي بعد عند سأعود وسأعود سأرد وسأرد سوف أعود أرد على عليكم عليك رسالتك رسالتكم
    رسائلكم بريدكم البريد الإلكتروني الالكتروني بريد في أقرب وقت فرصة العاجلة الطارئة للأمور للضرورة يرجى الرجاء
    الاتصال التواصل مع ب شكرا لكم لك لرسالتك لتواصلكم مرحبا السلام عليكم مع أطيب خالص التحيات التحية تحياتي هذا رد
    رسالة آلي آلية تلقائي تلقائية الهاتف الرقم رقم الأحد الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت يناير
    فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر""",
    "",
    r"في أقرب (?:وقت|فرصة) (?:ممكن|ممكنة)?|(?:للحالات|في الحالات) (?:العاجلة|الطارئة)|من (?:الإجازة|إجازتي)",
)
TURKISH = _vocabulary(
    r"\bofis(?:te|im|imde)? (?:dışındayım|dışında olacağım|değilim|olmayacağım)\b|\b(?:yıllık )?(?:izinde|tatilde"
    r"|izinli)(?:yim| olacağım)\b",
    """şu anda an ben ofis ofiste ofisim ofisimde dışında dışındayım değilim olmayacağım tarihine tarihleri tarihinde
    tarihinden arasında kadar itibaren günü gün hafta döneceğim dönüşümde döndüğümde dönünce e-posta e-postanıza
    e-postalara epostanıza mesajınıza mesajınız mesajlara iletinize iletiniz yanıt yanıtlayacağım yanıtlarım cevap
    vereceğim en kısa sürede zamanda acil konular için lütfen ile iletişime geçiniz geçin arayınız ulaşabilirsiniz
    teşekkür teşekkürler ederim ederiz merhaba iyi günler sayın saygılar saygılarımla selamlar bu bir otomatik
    yanıttır yanıtdır mesajdır iletidir ve veya pazartesi salı çarşamba perşembe cuma cumartesi pazar ocak şubat
    mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık""",
    "lütfen sayın ve veya için",
    r"\ben kısa (?:sürede|zamanda)\b|\bacil durumlarda?\b|\bizin dönüşü\w*",
)
CHINESE = _vocabulary(
    r"(?:不在办公室|不在辦公室|(?:正在|在)?(?:休假|度假)(?:中|期间|期間)?|(?:请假|請假|外出|出差|休年假|休产假|休產假)中)",
    "",
    "",
    r"(?:请联系|請聯繫|请联络|請聯絡)[\u4e00-\u9fff]{2,3}(?=[，。,（( ]|$)|第一时间"
    r"|第一時間|办公室|辦公室"
    r"|星期[一二三四五六日天]|周[一二三四五六日]|[年月日号號上下午周]"
    r"|您好|你好|谢谢|謝謝|感谢|感謝|您的|你的|来信|來信|来函|邮件|郵件|电子|電子|消息|訊息|本人"
    r"|目前|现在|現在|正在|不在|外出|休假|度假|请假|請假|年假|病假|产假|產假|出差|期间|期間|直到"
    r"|为止|為止|返回|回来|回來|回到|上班|恢复|恢復|工作|之后|之後|尽快|盡快|儘快|及时|及時|回复"
    r"|回覆|答复|答覆|收到|如有|如果|紧急|緊急|急事|事宜|事务|事務|情况|情況|需要|帮助|幫助|协助"
    r"|協助|联系|聯繫|联络|聯絡|致电|致電|电话|電話|这是|這是|自动|自動|一封|无法|無法|不便|抱歉"
    r"|对此|對此|敬请|敬請|谅解|諒解|理解|此致|敬礼|敬禮|祝好|我|将|將|会|會|中|从|從|自|至|到"
    r"|起|于|於|在|后|後|时|時|有|请|請|此|的|并|並|和|或|与|與",
)
CONFIRMATION = _vocabulary(
    "(?!)",
    """thank you for contacting writing to your the this a an is has been was have we our it and of in at with on by
    from as request requests ticket case message email e-mail inquiry question submission support number reference
    tracking id received created opened logged registered assigned reviewed being automatically successfully new
    following will shall be respond reply review contact get back touch shortly soon possible within next order
    business working day days hours one two three five 24 48 team staff member agent representative specialist
    someone please do not automated automatic response confirmation notification generated mailbox monitored keep
    records hello hi dear best regards sincerely if wish add additional comments information update simply hemos
    recibido ha sido su solicitud consulta mensaje caso con el la un una número de y se le gracias por contactarnos
    escribirnos responderemos lo antes posible en los próximos días hábiles equipo agente este es mensaje automático
    no responda estimado estimada saludos creado registrado referencia nous avons bien reçu votre demande message
    sous le les dans meilleurs délais vous répondrons numéro est merci bonjour cordialement recebemos sua
    solicitação mais breve responderemos obrigado obrigada o""",
    "dear hello hi the our estimado estimada bonjour",
    never=r"\b(?:contact|respond to|reply to) us\b",
)
"""What ticket systems say of themselves when a letter comes in; a person who says no more has not answered either."""

LANGUAGES = (
    *(ENGLISH, SPANISH, PORTUGUESE, POLISH, FRENCH, HAITIAN, GERMAN, ITALIAN, DUTCH),
    *(RUSSIAN, UKRAINIAN, VIETNAMESE, ARABIC, TURKISH, CHINESE),
)

NO_NAMES = words(
    """i you he she it we they your our my his her is was are were be been will would can may must has have had do did
    not no yes ok okay none never please approved denied granted rejected refused accepted paid payment pay due
    closed open done sent see attached enclosed completed complete eligible ineligible valid invalid confirmed
    cancelled canceled expired renewed received decision claim claims application hearing appointment refund answer
    free available found issued resolved registered deadline fee fees received correct wrong true false sí si no
    claro aprobado aprobada denegado denegada negado pagado pagada pago listo lista cerrado rechazado rechazada
    concedido concedida aceptado aceptada enviado adjunto vea cita audiencia solicitud reclamo confirmado cancelado
    vencido sim não aprovado aprovada negado recusado pago concluído anexo tak nie zatwierdzony zatwierdzone
    przyznane przyznano odmowa zapłacone zapłacono załatwione załączniku wniosek oui non approuvé approuvée accepté
    acceptée refusé refusée accordé accordée payé payée joint réglé demande wi non apwouve aksepte refize peye ja
    nein genehmigt bewilligt abgelehnt bezahlt erledigt anbei antrag bescheid approvato approvata accolto respinto
    pagato allegato ja nee goedgekeurd afgewezen betaald toegekend да нет одобрено одобрен отказано отказ оплачено
    готово так ні схвалено відмовлено сплачено có không đồng ý duyệt từ chối نعم لا تمت الموافقة مرفوض مقبول تم evet
    hayır onaylandı reddedildi ödendi 批准 已批准 同意 通过 已通过 拒绝 不同意 可以 不可以 是 不是 已付 核准 駁回"""
)
"""What answers a letter in a word or two, and what no signature holds."""

CONNECTING = words(
    "of the and for at to in de la el los las del y e da do dos das di du des et le les von der für und im van den het"
    " en z w i na nan ak"
)
"""What stands small in a title or the name of an office."""
