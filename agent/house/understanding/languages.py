"""Which language a caller speaks, told by the little words no sentence does without."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Language(StrEnum):
    """The languages the house agent speaks."""

    ENGLISH = "en"
    SPANISH = "es"


_WORD = re.compile(r"[a-z]+")
# Only words the other language does not have: "no", "me", "a" and "son" tell nothing.
_SPANISH = frozenset(
    """el la los las un una unos unas de del al que en con por para mi mis su sus es esta estan esto ese esa eso
    hola buenos buenas dias tardes noches gracias favor si quiero quisiera necesito tengo tiene tienen puedo puede
    pueden podria gustaria hacer cita carro coche camioneta aceite cambio frenos llantas manana pasado hoy lunes martes
    miercoles jueves viernes sabado domingo proximo proxima semana hora horas cuando donde cuanto como llamo llama
    nombre soy habla hablar espanol numero telefono ano modelo cuesta precio esta estoy ya muy mas pero tambien
    porque luz motor ruido motores listo lista vengo venir traer llevar dejar espero esperar adios claro bueno vale
    perdon disculpe abren abre cierran cierra abierto abiertos abierta domingos sabados ubicados ubicado llamen llamame
    cancelar cambiar llanta bateria factura cobraron
    equivocado senor senora senorita uno dos tres cuatro cinco seis siete ocho nueve cero diez once doce""".split()
)
_ENGLISH = frozenset(
    """the an is are was i my you your it its it's i'm to of and or for on at with this that what when where how much
    need want would like have has can could do does did please yes yeah hello hi thanks thank morning afternoon evening
    tomorrow today monday tuesday wednesday thursday friday saturday sunday next week car truck oil change brakes tires
    appointment name number year model one two three four five six seven eight nine zero""".split()
)
_IN_NAMES_TOO = frozenset({"de", "la", "las", "los", "del", "el"})  # Maria de la Cruz may well speak English
_ASKS_SPANISH = re.compile(
    r"\b(?:spanish|habla[ns]? (?:usted |ustedes )?espanol|en espanol|hablo espanol|alguien que hable espanol|espanol)\b"
)
_ASKS_ENGLISH = re.compile(
    r"\b(?:(?:in|speak|talk|switch (?:back )?to|to) english|english,? please|do you speak english|"
    r"hable (?:en )?ingles|habla[ns]? (?:usted )?ingles|en ingles)\b"
)
_SPEAKS_NO = re.compile(r"\b(?:no hablo|no entiendo|no habla) (?:bien |mucho )?(?P<tongue>ingles|espanol)\b")


def without_accents(text: str) -> str:
    """Lower case, accents gone, one character for each."""
    return "".join(unicodedata.normalize("NFD", c)[0] if c != "ß" else c for c in text.lower())


def asked_language(text: str) -> Language | None:
    """The language the caller asks to be spoken to in."""
    plain = without_accents(text)
    refused = _SPEAKS_NO.search(plain)
    if refused is not None:
        return Language.SPANISH if refused["tongue"] == "ingles" else Language.ENGLISH
    spanish, english = _ASKS_SPANISH.search(plain), _ASKS_ENGLISH.search(plain)
    if spanish is not None and english is None:
        return Language.SPANISH
    return Language.ENGLISH if english is not None and spanish is None else None


def spoken_language(text: str) -> Language | None:
    """The language of the words; None when they could be either, as names and figures are."""
    words = [word for word in _WORD.findall(without_accents(text).replace("'", "")) if len(word) > 1]
    spanish = sum(0.5 if word in _IN_NAMES_TOO else 1.0 for word in words if word in _SPANISH)
    english = sum(word in _ENGLISH for word in words)
    if spanish > english and (spanish >= 1.5 or len(words) == 1 and words[0] in ("hola", "gracias", "adios")):
        return Language.SPANISH
    return Language.ENGLISH if english > spanish and english >= 2 else None
