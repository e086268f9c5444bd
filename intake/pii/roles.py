"""Words that stand beside names and say what follows: titles, kin, offices, animals, firms. Plain lower case.

English, Spanish, Portuguese, Polish, French and Haitian together: a letter mixes them, and few contradict.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


TITLES = _set(
    """
    mr mrs ms miss mx dr doctor sgt sergeant lt lieutenant capt captain cpl det detective officer
    trooper tfc deputy atty attorney esq rev reverend pastor father fr sister brother rabbi imam deacon prof
    professor nurse principal coach don dona sr sra srta senor senora senorita licenciada licenciado lic
    doctora doutor doutora maestra maestro profesora dra seu senhor senhora pan pani monsieur madame mme mlle maitre
    msye madan caseworker inspector agent supervisor manager director landlord counselor clerk worker
    auntie aunt uncle tia tio grandma grandpa nana abuela judge
    """
)

SHORTENED = _set("mr mrs ms dr dra sgt lt capt cpl det atty esq rev prof sr sra srta lic tfc mme mlle")
"""Those of the titles that a dot belongs to."""

OFFICES = _set(
    """
    governor gov gobernador gobernadora senator sen senador commissioner president mayor alcalde
    secretary comptroller treasurer congressman congresswoman representative rep selectman selectwoman
    speaker minister king queen saint st sw santo santa san justice general gubernator pope
    """
)

KIN = _set(
    """
    son daughter wife husband mother father mom dad mum brother sister sibling twin cousin nephew niece
    aunt uncle grandson granddaughter grandmother grandfather grandma grandpa stepson stepdaughter
    stepfather stepmother fiance fiancee girlfriend boyfriend partner ex roommate friend neighbor
    neighbour coworker colleague boss supervisor manager landlord landlady tenant caseworker teacher
    doctor lawyer attorney nurse aide therapist counselor principal pastor baby child kid toddler client
    patient buyer seller owner driver inspector director trooper officer worker agent hijo hija esposo
    esposa marido mujer mama papa madre padre hermano hermana primo prima sobrino sobrina nieto nieta
    abuelo abuela novio novia pareja amigo amiga vecino vecina dueno duena casero casera jefe jefa nene
    nena bebe suegra cunado cunada familia filho filha mae pai irmao irma tio tia avo vizinho patrao
    chefe syn syna corka corki maz meza zona zony matka ojciec brat siostra sasiad mari femme fils fille
    frere soeur mere pere pitit seu cousins kids sons daughters children brothers sisters guy man woman
    lady girl boy someone somebody gentleman fellow named called representative secretary receptionist
    """
)

ANIMALS = _set(
    """
    dog dogs cat cats puppy kitten horse horses pony mare gelding stallion cow heifer goat sheep pig hen
    rooster beagle retriever shepherd terrier poodle labrador lab pitbull pit mutt hound chihuahua
    collie rottweiler boxer parrot bird hamster rabbit turtle perro perra gato gata caballo yegua
    cachorro pies kot chien chat donkey mule alpaca ship boat schooner vessel yacht sloop street opera
    play movie film song
    """
)

GREETINGS = _set(
    """
    dear hi hello hey hola estimado estimada querido querida caro cara prezado prezada drogi droga cher
    chere bonjour ola bonjou szanowny szanowna attn attention
    """
)

POSSESSIVE = _set(
    """
    my his her our their your mi mis su sus nuestro nuestra meu minha seu sua nosso nossa moj moja moje
    mojej mojego mon ma son sa notre nou a an the el la un una
    """
)

PARTICLES = _set(
    """
    de del la las los da das do dos di du van von der den bin ibn al el y e st le ben abu ter san mc
    """
)

ORGANISED = _set(
    """
    llc inc llp corp corporation co company ltd pllc pc lp associates partners group holdings properties
    realty homes bank school elementary academy college university institute hospital clinic center
    centre pharmacy church temple foundation fund trust library museum street st road rd avenue ave
    drive lane court boulevard blvd highway route park bridge island beach river lake pond hill hills
    brook falls farm farms house hall building tower apartments village estates manor memorial act law
    plan project program restaurant cafe pizza diner grill bar deli market store shop salon spa motors
    auto tire garage citgo mobil gas oil electric plumbing roofing construction landscaping services
    service servicing solutions systems insurance agency mutual financial capital recovery collections
    logistics trucking transport moving cleaners laundry gym fitness sports nursing rehab care health
    medical dental legal v vs county city town state department office board commission committee union
    local district high middle club team society association league choir band show opera theatre
    theater award prize day
    """
)

MONTHS = _set(
    """
    jan mar sun mon may jun january february march april june july august september october november
    december
    """
)
