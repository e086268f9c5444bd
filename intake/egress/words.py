"""What people say for the signs, letters and figures of an address, in the languages that they write.

Tables alone: each word stands once, as people write it, and is folded like the text that it is looked for in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import re2

from intake.egress.fold import plain, seen

# --- signs -------------------------------------------------------------------------------------------

NOUNS = (
    "arroba,arobas,awobas,awobaz,arobase,arobaz,arrobase,arrova,chiocciola,chiocciolina,"
    "klammeraffe,małpa,aapenstaartje,"
    "apenstaartje,apestaartje,snabel a,snabela,krollalfa,kukac,zavináč,papaki,παπάκι,собака,собачка,sobaka,равлик,"
    "маймунка,кльомба,miukumauku,miumau,kissanhäntä,coadă de maimuță,"
    "a bildua,malwen,골뱅이,アットマーク,あっとまーく,艾特,"
    "小老鼠,圈a,שטרודל,כרוכית,آت,ऐट,एट,अट,แอท,แอ็ท,แอต,অ্যাট,ਐਟ,ایٹ,ეტ,շնիկ,አት,at sign,at symbol"
)
"""Words for @ that no sentence has between a name and a domain."""
SHORT = "at,ät,ett,æt,at mark,commercial at,at the rate,at the rate of"
_ALSO = (
    "a,et,ett,ätt,eta,chez,bei,bij,hjá,pri,na,di,ag,ad,strudel,štrudel,a commercial,"
    "a commerciale,a comercial,a rond,arond,"
    "coada de maimuta,kuyruklu a,a còng,a móc,アット,あっと,앳,엣,majmun,majmunče,manki,monkey,afna,shift 2,эт,ет,"
    "على,عند,"
    "ات,ات ساین,அட்,អេត,ແອັດ,at-merkki,atmerkki,ät-merkki,ät-märk,sign at,symbol at,at-zeichen,affenschwanz,ludo a"
)
_DOTS = (
    "dot,d0t,punto,ponto,point,punkt,punkts,punt,punct,kropka,pwen,точка,крапка,кропка,tochka,"
    "krapka,tečka,bodka,pont,"
    "piste,prikk,prik,punktum,punktur,nokta,τελεία,teleia,tačka,točka,pika,pikë,pike,dhibic,"
    "period,full stop,titik,chấm,"
    "taškas,tikka,tuldok,nukta,puntu,ponc,чекит,цэг,нүкте,نقطه,نقطة,دوت,دات,ڈاٹ,נקודה,จุด,ดอท,डॉट,डाट,डट,बिंदु,"
    "बिन्दु,ਡਾਟ,ਬਿੰਦੀ,ডট,বিন্দু,புள்ளி,წერტილი,կետ,ነጥብ,ចុច,ຈຸດ,ドット,どっと,点,點,점,닷,쩜,點號,句点"
)
_DASHES = (
    "dash,hyphen,minus,minus sign,tiret,tiret du 6,trait d'union,moins,guion,guión,guion medio,"
    "menos,hífen,hifen,traço,"
    "trattino,meno,bindestrich,bindestreg,bindestrek,minuszeichen,streepje,koppelteken,myślnik,"
    "kreska,łącznik,minusik,"
    "дефис,тире,минус,дефіс,мінус,pomlčka,spojovník,crtica,kötőjel,liniuță,cratimă,tire,"
    "kısa çizgi,eksi,viiva,väliviiva,"
    "yhdysmerkki,παύλα,tiretla,شرطة,خط تیره,מקף,ハイフン,横线,橫線,减号,하이픈,gạch ngang,gạch nối,strip,tanda hubung"
)
_UNDERSCORES = (
    "underscore,under score,underline,underbar,low line,low dash,guion bajo,guión bajo,"
    "raya baja,barra baja,tiret bas,"
    "tiret du 8,souligné,underline,sublinhado,traço baixo,trattino basso,unterstrich,tiefstrich,laag streepje,"
    "podkreślnik,podkreślenie,podłoga,подчёркивание,нижнее подчеркивание,нижній дефіс,підкреслення,podtržítko,"
    "podčiarkovník,donja crta,aláhúzás,alt çizgi,alttan tire,alaviiva,understreck,understreg,understrek,"
    "κάτω παύλα,شرطة سفلية,زیرخط,קו תחתון,アンダーバー,アンダースコア,下划线,底線,언더바,밑줄,gạch dưới,garis bawah"
)
_FILLERS = (
    "the,sign,symbol,commercial,symbole,simbolo,símbolo,character,mark,then,then a,then the,"
    "followed by,znak,znaczek,zeichen,tecken,"
    "tegn,merkki,işareti,işaret,знак,символ,علامة,رمز,סימן,记号,符号,마크,기호,しるし,chiffre,on,in,on the"
)
_PROVIDERS = (
    "gmail googlemail yahoo ymail rocketmail hotmail outlook icloud aol gmx protonmail "
    "tutanota posteo fastmail yandex "
    "rambler seznam onet interia tlen libero virgilio tiscali sapo uol wanadoo laposte rediffmail hanmail naver daum "
    "comcast verizon sbcglobal bellsouth optonline earthlink snet btinternet bigpond sympatico qq zoho freenet"
)
PROVIDERS = frozenset(_PROVIDERS.split())
"""First labels of domains that mean mailboxes and nothing else."""
AT_PROVIDER = "on,is,is at,address,account,mail,is the,auf,sur,sul,no,en,su,konto,przez,es,est,ist,jest,è,é,это"
"""Words between a mailbox and who has it."""


def in_words(table: str) -> str:
    """A pattern for the words of a table as they are seen, the longest first."""
    words = sorted({seen(plain(word)) for word in table.split(",")}, key=len, reverse=True)
    return "|".join(re2.escape(word).replace(r"\ ", "[ _-]*") for word in words)


AT = in_words(f"{NOUNS},{SHORT},{_ALSO}")
"""Words that people say for @, if it is known where an address is."""
DOT = in_words(_DOTS)

# --- figures -----------------------------------------------------------------------------------------

_ONES = (
    "zero,oh,nought,null,cero,zéro,nul,zewo,ноль,нуль,sıfır,nolla,noll,صفر,μηδέν,零,ゼロ,영,không",
    "one,uno,un,une,um,ein,eins,eine,en,een,jeden,один,bir,yksi,ett,et,واحد,ένα,jedan,unu,一,いち,일,một,yon,satu",
    "two,dos,deux,dois,due,zwei,zwo,twee,dwa,два,iki,kaksi,två,to,اثنان,δύο,doi,二,に,이,hai,de,dua",
    "three,tres,trois,três,tre,drei,drie,trzy,три,üç,kolme,ثلاثة,τρία,tri,trei,三,さん,삼,ba,twa,tiga",
    "four,cuatro,quatre,quatro,quattro,vier,cztery,четыре,чотири,dört,neljä,fyra,fire,أربعة,τέσσερα,patru,四,사,bốn,kat,empat",
    "five,cinco,cinq,cinque,fünf,vijf,pięć,пять,п'ять,beş,viisi,fem,خمسة,πέντε,pet,cinci,五,ご,오,năm,senk",
    "six,seis,sei,sechs,zes,sześć,шесть,шість,altı,kuusi,sex,seks,ستة,έξι,šest,șase,六,ろく,육,sáu,sis,enam",
    "seven,siete,sept,sete,sette,sieben,zeven,siedem,семь,сім,yedi,seitsemän,sju,syv,سبعة,επτά,sedam,șapte,七,なな,칠,bảy,sèt,tujuh",
    "eight,ocho,huit,oito,otto,acht,osiem,восемь,вісім,sekiz,kahdeksan,åtta,otte,ثمانية,οκτώ,osam,opt,八,はち,팔,tám,uit,delapan",
    "nine,nueve,neuf,nove,neun,negen,dziewięć,девять,дев'ять,dokuz,yhdeksän,nio,ni,تسعة,εννιά,devet,nouă,九,きゅう,구,chín,nèf,sembilan",
)
_TEENS = (
    "ten,diez,dix,dez,dieci,zehn,tien,dziesięć,десять",
    "eleven,once,onze,undici,elf,jedenaście,одиннадцать",
    "twelve,doce,douze,doze,dodici,zwölf,twaalf,dwanaście,двенадцать",
    "thirteen,trece,treize,treze,tredici,dreizehn,dertien,trzynaście,тринадцать",
    "fourteen,catorce,quatorze,catorze,quattordici,vierzehn,veertien,czternaście,четырнадцать",
    "fifteen,quince,quinze,quindici,fünfzehn,vijftien,piętnaście,пятнадцать",
    "sixteen,dieciséis,seize,dezesseis,dezasseis,sedici,sechzehn,zestien,szesnaście,шестнадцать",
    "seventeen,diecisiete,dix-sept,dezessete,dezassete,diciassette,siebzehn,zeventien,siedemnaście,семнадцать",
    "eighteen,dieciocho,dix-huit,dezoito,diciotto,achtzehn,achttien,osiemnaście,восемнадцать",
    "nineteen,diecinueve,dix-neuf,dezenove,dezanove,diciannove,neunzehn,negentien,dziewiętnaście,девятнадцать",
)
_TENS = (
    "twenty,veinte,veinti,vingt,vinte,venti,zwanzig,twintig,dwadzieścia,двадцать",
    "thirty,treinta,trente,trinta,trenta,dreißig,dertig,trzydzieści,тридцать",
    "forty,cuarenta,quarante,quarenta,quaranta,vierzig,veertig,czterdzieści,сорок",
    "fifty,cincuenta,cinquante,cinquenta,cinquanta,fünfzig,vijftig,pięćdziesiąt,пятьдесят",
    "sixty,sesenta,soixante,sessenta,sessanta,sechzig,zestig,sześćdziesiąt,шестьдесят",
    "seventy,setenta,septante,settanta,siebzig,zeventig,siedemdziesiąt,семьдесят",
    "eighty,ochenta,quatre-vingt,quatre-vingts,oitenta,ottanta,achtzig,tachtig,osiemdziesiąt,восемьдесят",
    "ninety,noventa,nonante,novanta,neunzig,negentig,dziewięćdziesiąt,девяносто",
)
_IN_ONE_WORD = (
    ("ein zwei drei vier fünf sechs sieben acht neun", "{one}und{ten}", "zwanzig dreißig vierzig fünfzig sechzig "
     "siebzig achtzig neunzig"),
    ("een twee drie vier vijf zes zeven acht negen", "{one}en{ten}", "twintig dertig veertig vijftig zestig zeventig "
     "tachtig negentig"),
    ("uno due tre quattro cinque sei sette otto nove", "{ten}{one}", "venti trenta quaranta cinquanta sessanta "
     "settanta ottanta novanta"),
    ("uno due tre quattro cinque sei sette otto nove", "{ten}{one}", "vent trent quarant cinquant sessant settant "
     "ottant novant"),
    ("uno dos tres cuatro cinco seis siete ocho nueve", "{ten}{one}", "veinti"),
)  # fmt: skip


# --- words for their signs ---------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")
_TEN = "\x01"  # after a figure that counts tens: the ones may follow
_TENS_AND_ONES = re.compile(rf"(\d){_TEN}(?:[\x00- ._@-]{{0,3}}(?:y|e|and|und|i))?[\x00- ._@-]{{0,3}}(1\d|[1-9])(?!\d)")


def _entries(table: str) -> Iterator[str]:
    """Each entry as its words are seen, with a blank between."""
    return (" ".join(_WORD.findall(seen(plain(entry)))) for entry in table.split(","))


def _signs() -> dict[str, str]:
    """What words stand for. One that may be several things is what it says first in an "
    "address: @, a dot, a figure."""
    signs = dict.fromkeys(_entries(_FILLERS), "")
    for number, table in enumerate((*_ONES, *_TEENS)):
        signs |= dict.fromkeys(_entries(table), str(number))
    for ten, table in enumerate(_TENS, 2):
        signs |= dict.fromkeys(_entries(table), f"{ten}{_TEN}")
    for ones, pattern, tens in _IN_ONE_WORD:
        for (ten, many), (one, few) in product(enumerate(tens.split(), 2), enumerate(ones.split(), 1)):
            signs[seen(plain(pattern.format(ten=many, one=few)))] = f"{ten}{one}"
    signs |= dict.fromkeys(_entries(f"{_DOTS},{_DASHES},{_UNDERSCORES}"), ".")
    return signs | dict.fromkeys(_entries(f"{NOUNS},{SHORT},{_ALSO}"), "@")


_SIGNS = _signs()
_MOST = max(entry.count(" ") for entry in _SIGNS) + 1
_BEGIN_MORE = frozenset(entry.partition(" ")[0] for entry in _SIGNS if " " in entry)


def said(form: str) -> str:
    """A seen text with the signs and figures that its words stand for in their place, and one blank between words."""
    words, at, found = _WORD_OR_SIGN.findall(form), 0, []
    while at < len(words):
        for size in range(_MOST if words[at] in _BEGIN_MORE else 1, 0, -1):
            if (sign := _SIGNS.get(" ".join(words[at : at + size]))) is not None:
                break
        found.append(words[at] if sign is None else sign)
        at += size
    return _TENS_AND_ONES.sub(lambda tens: str(int(tens[1]) * 10 + int(tens[2])), " ".join(found)).replace(_TEN, "0")


_WORD_OR_SIGN = re.compile(r"[^\W_]+|[@:=(]")


# --- letters -----------------------------------------------------------------------------------------

_ALPHABETS = (
    "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whiskey xray yankee zulu",
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo "
    "sierra tango uniform victor whisky xray yankee zulu",
    "able baker charlie dog easy fox george how item jig king love mike nan oboe peter queen roger sugar tare uncle "
    "victor william xray yoke zebra",
    "adam boy charles david edward frank george henry ida john king lincoln mary nora ocean "
    "paul queen robert sam tom "
    "union victor william xray young zebra",
    "anton berta cäsar dora emil friedrich gustav heinrich ida julius kaufmann ludwig martha "
    "nordpol otto paula quelle "
    "richard samuel theodor ulrich viktor wilhelm xanthippe ypsilon zacharias",
    "anatole berthe célestin désiré eugène françois gaston henri irma joseph kléber louis "
    "marcel nicolas oscar pierre "
    "quintal raoul suzanne thérèse ursule victor william xavier yvonne zoé",
    "antonio barcelona carmen dolores enrique francia gerona historia inés josé kilo lorenzo "
    "madrid navarra oviedo parís "
    "querido ramón sábado tarragona ulises valencia washington xiquena yegua zaragoza",
    "ancona bologna como domodossola empoli firenze genova hotel imola jersey kursaal livorno milano napoli otranto "
    "padova quarto roma savona torino udine venezia washington xeres york zara",
    "adam barbara celina dorota edward franciszek genowefa henryk irena jadwiga karol leon maria natalia olga paweł "
    "quebec roman stanisław tadeusz urszula violetta wanda xawery ypsylon zygmunt",
    "amor bandeira cobra dado estrela feira goiaba hotel índio josé kiwi lua maria navio ouro pato queijo rato sapo "
    "tatu uva vitória wilson xadrez yolanda zebra",
    "adana bolu ceyhan denizli edirne fatsa giresun hatay isparta jandarma kars lüleburgaz "
    "manisa niğde ordu polatlı q "
    "rize sinop tokat urla van w x yozgat zonguldak",
    "anna bernard cornelis dirk eduard ferdinand gerard hendrik izaak jan karel lodewijk maria "
    "nico otto pieter quadraat "
    "rudolf simon theodoor utrecht victor willem xantippe ypsilon zacharias",
)
ALPHABETS: tuple[dict[str, str], ...] = tuple(
    dict(zip("abcdefghijklmnopqrstuvwxyz", map(seen, map(plain, words.split())), strict=True)) for words in _ALPHABETS
)
"""What letters are called on the telephone: the words of one alphabet, from a to z."""
_CUES = "as in,like,wie,comme,como,come,jak,как,som,zoals,for,de,of,is for,gibi,kao"
CUES = tuple(seen(plain(cue)).replace(" ", "") for cue in _CUES.split(","))
"""Between a letter and a word that begins with it."""
