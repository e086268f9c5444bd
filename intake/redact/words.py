"""What people call "@" and the dot of an address, in the languages they write here.

The rule this module keeps: words stand here once, folded like the text that they are looked for in (`spelling.fold`).
A word that sentences have for something else (a monkey, a dog, a snail) stands apart: it needs more signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import re2

from intake.redact.spelling import fold


def _folded(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(fold, words.split("|"))))


AT = _folded(
    "arroba|arobas|arobaz|awobas|awobaz|arobase|arrobase|a commercial|aapenstaart|aapenstaartje|apenstaartje"
    "|klammeraffe|at-zeichen|at-sign|atsign|commercial at|at symbol|at the rate of|at the rate|at rate|aroba|arrova"
    "|affenschwanz|zavináč|snabel-a|krøllalfa|alfakrøll|miukumauku|ät-merkki|kissanhäntä|coadă de maimuță|a rond"
    "|kuyruklu a|at işareti|et işareti|маймунско а|кльомба|παπάκι|שטרודל|כרוכית|a còng|a móc|a vòng|آت|ات ساین|ادساین"
    "|แอทไซน์|艾特|圈a|花a|앳|에트|アットマーク|あっとまーく|アット|あっと"
)
AT_BETWEEN_MARKS = _folded("at|@t|ätt|affe|dog|et|эт|ет|ات|ایت|אט|แอท|แอด|एट|ऐट|chez|bei|symbol at|@ sign")
"""In "name (at) house.net"."""
AT_AND_MORE = _folded(
    "chiocciola|małpa|małpka|собака|собачка|равлик|kukac|majmun|manki|afna|arond|keong|salyangoz|calaamada at"
    "|маймуна|골뱅이|小老鼠"
)
AT_WEAK = _folded(
    "at|@t|@at|chez|bei|a|en|em|na|nan|presso|et|kod|på|hos|na adresu|на|эт|ет|على|ات|ایت|אט|แอท|แอด|एट|ऐट"
)
"""Prepositions that people write for "@", as sentences have them too."""
DOT = _folded(
    "dot|d0t|punto|ponto|punkt|punt|kropka|pwen|tečka|punktum|prik|prikk|piste|bodka|pikë|pika|punct|točka|tačka|titik"
    "|nokta|dhibic|tuldok|точка|крапка|тачка|τελεία|نقطة|نقطه|دوت|دات|จุด|ดอท|डॉट|डाट|बिंदु|点|點|점|닷|쩜|ドット|どっと"
    "|נקודה|דוט"
)
DOT_AND_MORE = _folded("point|chấm")
UNDERSCORE = _folded("underscore|guion bajo|guión bajo|tiret bas|podkreślnik|podkreślenie|unterstrich|sublinhado")
HYPHEN = _folded(
    "dash|hyphen|minus|tiret|trait d'union|guion|guión|guion medio|bindestrich|hífen|traço|myślnik|łącznik|trattino"
    "|koppelteken|streepje|bindestreck|spojovník|cratimă|tavuviiva|tire|тире|дефис"
)
TOPS = _folded("ру|ком|нет|бг|ком бг|คอม|कॉम|كوم|کام|קום|コム|닷컴|ελ")
"""Top domains that are said in words of their own."""


# --- who has mailboxes, and what announces one -------------------------------------------------------

PROVIDERS = _folded("gmail|g mail|googlemail|yahoo|ymail|hotmail|hot mail|icloud|aol|gmx|protonmail")
"""Names that mean mailboxes and nothing else, so that people leave out the top domain."""
PROVIDERS_ALONE = _folded("gmail|g mail|googlemail|ymail|hotmail|hot mail|gmx|protonmail")
"""Those of them that nobody reads the news at."""
ON = _folded("on|sur|auf|su|w|via|by|through|på|pe|no|nan|u|за|в|на")
AM = _folded("as|i'm|i’m|i am|soy|je suis|ich bin|jestem|sou|sono|mwen se")
PROVIDERS_TOO = _folded(
    "outlook|live|msn|me|mac|proton|pm|mail|email|zoho|yandex|ya|fastmail|hey|tutanota|tuta|posteo|mailbox|web|freenet"
    "|t-online|arcor|bluewin|orange|free|wanadoo|laposte|sfr|bbox|neuf|skynet|telenet|ziggo|kpnmail|planet|xs4all|wp|o2"
    "|onet|interia|op|poczta|tlen|vp|libero|virgilio|alice|tin|tiscali|uol|bol|terra|ig|globo|sapo|iol|telefonica"
    "|qq|163|126|sina|139|naver|daum|hanmail|nate|rediffmail|docomo|ezweb|softbank|rambler|bk|inbox|list|ukr|abv|seznam"
    "|centrum|freemail|citromail|telia|walla|comcast|verizon|att|sbcglobal|bellsouth|cox|charter|spectrum|optonline"
    "|optimum|earthlink|juno|netzero|frontier|frontiernet|snet|mindspring|windstream|roadrunner|rr|btinternet|sky"
    "|virginmedia|ntlworld|bigpond|shaw|rogers|sympatico|videotron|haitelonline"
)
"""Names that mean mailboxes before a top domain."""
MAIL = _folded(
    "e-mail|email|emails|mail|mejl|maila|courriel|mél|correo|correo electrónico|correo-e|imèl|imel|poczta|pocztę"
    "|adres e-mail|e-mail address|email address|mail address|adresse e-mail|adresse mail|adresse électronique"
    "|endereço de e-mail|dirección de correo|indirizzo e-mail|indirizzo mail|posta elettronica|e-mail-adresse"
    "|mailadresse|почта|почту|мейл|имейл|邮箱|電郵|电邮|メール|이메일|메일|بريد|ايميل|מייל"
)
"""What people call an e-mail address."""
WRITE = _folded(
    "write to|write me at|write him at|write her at|write us at|write them at|reach me at|reach him at|reach her at"
    "|reach us at|reach them at|reply to|zelle|paypal|escriba a|escribir a|escríbame a|écrire à|écrivez à|écrivez-moi à"
    "|escreva para|schreiben sie an|schreibe an|pisać na|proszę pisać na|ekri|skriv till|scrivere a|scrivetemi a"
)
"""Whom to write to follows."""
IS = _folded("is|was|es|est|ist|lautet|jest|to|é|se|era|è|là|is now|is at|это")
CUE_GOES_ON = _folded(
    "address|adresse|adres|adrès|dirección|endereço|indirizzo|electrónico|électronique|eletrônico|me|him|her|us|them|at"
    "|to|my|his|mi|li|m|w|personal|new|old|private"
)
"""Words between a cue and what it announces."""
WHOSE = _folded(
    "my|his|her|our|their|your|the|a|mi|su|nuestro|el|la|mon|ma|notre|son|sa|le|mein|meinen|unseren|den|mój|mojego"
    "|meu|minha|o|mio|il|мой|моему"
)
"""What stands before a person who is no mailbox."""
ACCOUNT = _folded(
    "user|username|user name|user id|userid|login|log in|id|account|nick|nickname|handle|mailbox|alias|usuario|usuário"
    "|utilisateur|identifiant|benutzer|benutzername|użytkownik|konto|cuenta|compte|conta|kont|utente|логин|ник"
)
"""What announces a name at a site."""
HOST = _folded(
    "host|domain|provider|server|domäne|domaine|dominio|domínio|domena|anbieter|proveedor|fournisseur|dostawca|serwer"
)
"""What announces where a mailbox is."""
FILL = frozenset(
    _folded(
        "at|of|on|via|by|with|from|through|for|auf|bei|von|mit|chez|avec|sur|en|de|con|em|no|na|w|nan|presso|su|hos|на|the"
        "|my|our|own|is|me|that|name|it's|it’s|address|email|mail|then|sign|symbol|front|in|one|word|no|space|spaces|dot"
        "|together|single|usual|mein|meine|mon|ma|mi|meu|un|ein|wort|palabra|mot|junto|guiones|bajos|arroba|klammeraffe"
    )
    + HOST
    + ACCOUNT
)
"""What may stand between the two halves of an address that the writer tells in words."""
LIKE = _folded("as in|is for|like|as|for|wie|fur|comme|pour|como|de|para|jak|jak w|come|per|som|som i|как")
"""Between a letter and the word that begins with it."""
LETTERS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        map(
            _folded,
            (
                "alfa|alpha|anton|antonio|ancona|anatole|adam|ay",
                "bravo|berta|barcelona|bologna|berthe|barbara|bee",
                "charlie|cäsar|carmen|como|célestin|celina|cee",
                "delta|dora|dolores|domodossola|désiré|dorota|dee",
                "echo|emil|enrique|empoli|eugène|ewa|ee",
                "foxtrot|friedrich|francia|firenze|françois|franciszek|eff",
                "golf|gustav|gerona|genova|gaston|grażyna|gee",
                "hotel|heinrich|historia|henri|henryk|aitch",
                "india|ida|inés|imola|irma|irena|eye",
                "juliett|juliet|julius|josé|joseph|jadwiga|jay|jota",
                "kilo|kaufmann|konrad|kléber|karol|kay",
                "lima|ludwig|lorenzo|livorno|louis|leon|el|ell",
                "mike|martha|madrid|milano|marcel|maria|em",
                "november|nordpol|navarra|napoli|nicolas|natalia|en",
                "oscar|otto|oviedo|otranto|olga|oh",
                "papa|paula|parís|padova|pierre|paweł|pee",
                "quebec|quelle|queso|quarto|quintal|queue",
                "romeo|richard|ramón|roma|raoul|roman|ar",
                "sierra|samuel|siegfried|sábado|savona|suzanne|stanisław|es|ess",
                "tango|theodor|toledo|torino|thérèse|tadeusz|tee",
                "uniform|ulrich|ulises|udine|ursule|urszula|you",
                "victor|viktor|valencia|venezia|violetta|vee",
                "whiskey|whisky|wilhelm|washington|william|wacław|double-u",
                "xray|x-ray|xanthippe|xiquena|xavier|xantypa|ex",
                "yankee|ypsilon|yegua|york|yvonne|why",
                "zulu|zeppelin|zacharias|zaragoza|zara|zoé|zygmunt|zee|zed",
            ),
        ),
        strict=True,
    )
)
"""What people say for a letter: the tables of several countries, and the letters' own names."""
NEVER_LOCAL = frozenset(_folded("us|me|it|him|her|them|is|at|to|the|a|an|this|that|and|or|down|in|on|online|here|home"))
"""What no local part is, whatever announces it."""


def either(words: Iterable[str]) -> str:
    """An expression for any of these words; a hyphen in one may be a blank."""
    parts = (map(re2.escape, re.split("[ -]", word)) for word in words)
    return f"(?:{'|'.join(r'[ -]{1,2}'.join(part) for part in parts)})"


def among_others(words: Iterable[str]) -> str:
    """The same with what must be around it: blanks, or nothing where a script needs none."""
    plain = [word for word in words if word.isascii()]
    foreign = [word for word in words if not word.isascii()]
    return rf"(?:\s+{either(plain)}\s+|\s*{either(foreign)}\s*)"
