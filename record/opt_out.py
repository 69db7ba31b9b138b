"""What a text wants of our texting itself: no more of it, more again, or help. Any reasonable wording, in English and
Spanish; pure.

Three kinds of evidence say "no more": a whole message that is nothing but such a word; a clause that ends something
which is our texting ("quit sending me these", "ya no me escriban"); and words that can mean nothing else ("take me
off your list", "leave me alone"). What speaks of cars, appointments or other people is no evidence, and a wish turned
round ("don't stop calling until you reach me") is the opposite.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What is wanted. YES means something only to a number that had opted out."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    YES = "yes"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Reading:
    """`keyword`: one of the words the carrier itself acts on and answers, so that we need not answer as well."""

    wish: Wish
    keyword: bool = False
    cancels: bool = False
    """The word was cancel, which a customer with an appointment may mean for that."""


# What Twilio handles by itself (its default opt-out handling): single words, any case.
_CARRIER_STOP = frozenset("stop stopall unsubscribe cancel end quit revoke optout".split())
_CARRIER_START = frozenset("start unstop".split())
_CARRIER_HELP = frozenset("help info".split())


def read(text: str) -> Reading:
    """What one text wants of our texting."""
    raw = re.sub(r"[\s.!]+$", "", text.strip().lower())
    plain = _plain(text)
    bare = _bare(plain)
    if bare in _HELP or raw in _CARRIER_HELP:
        return Reading(Wish.HELP, raw in _CARRIER_HELP)
    if _opts_out(plain, bare) or _SIGN.search(text):
        return Reading(Wish.OPT_OUT, raw in _CARRIER_STOP, bare in _CANCEL)
    if bare in _START or _AGAIN.search(plain):
        return Reading(Wish.OPT_IN, raw in _CARRIER_START)
    if bare in _YES:
        return Reading(Wish.YES)
    return Reading(Wish.NONE)


# ---- whole messages ------------------------------------------------------------------------------------------------

_HELP = frozenset({"help", "info", "ayuda", "help me", "information", "informacion", "aide"})
_START = frozenset(
    {"start", "unstop", "opt in", "optin", "opt back in", "subscribe", "resubscribe", "resume", "restart", "unblock"}
    | {"comenzar", "iniciar", "reanudar", "suscribir", "suscribirme", "empezar"}
)
_YES = frozenset({"yes", "y", "yeah", "yep", "si", "sí", "ok yes", "yes i do"})
_CANCEL = frozenset({"cancel", "cancelar", "cancela", "cancelen", "cancel all", "cancele"})
_WORDS = (
    frozenset(
        "stop stopall quit end revoke optout cancel unsubscribe unsub remove desist cease halt dnc spam arret blocked "
        "stopp endall quitall cancelall removeme stoptexting stopit nomore enough stops unsubscribed".split()
    )
    | {"opt out", "stop all", "end all", "quit all", "stop it", "cut it out", "knock it off", "no more", "enough"}
    | {"cease and desist", "opt me out", "remove me", "do not contact", "never again", "go away", "get lost"}
    | {"stop this", "stop that", "end this", "quit it", "not interested", "no longer interested", "take me off"}
    | {"stop now", "unsubscribe me", "unenroll", "delete me", "remove number", "delete number", "junk", "cancel all"}
    | frozenset(
        "alto pare paren parar para basta baja cancelar cancela cancelen cancele detener detenganse fin".split()
    )
    | frozenset(
        "salir terminar suspender eliminar borrar borrarme quitar desuscribir desuscribirme desuscribirse".split()
    )
    | frozenset("desuscribeme borrenme borreme quitenme quiteme saquenme saqueme eliminenme elimineme bajenme".split())
    | {"no mas", "ya no", "ya no mas", "ya basta", "dar de baja", "darme de baja", "ya paren", "no me interesa"}
    | {"cancelar suscripcion", "alto ya", "dejenme en paz", "dejeme en paz", "no gracias no mas", "no molestar"}
)
_COURTESY = re.compile(
    r"\b(?:please|kindly|thanks?|thank you|thx|ty|sorry|ok|okay|hi|hello|hey|sir|maam|now|immediately|asap|already|"
    r"today|right now|right away|at once|just|omg|ugh|lol|dude|bro|man|guys|yall|folks|ffs|jeez|reply|text|send|"
    r"seriously|really|for real|forever|permanently|completely|"
    r"por favor|porfavor|gracias|ahora|ya mismo|inmediatamente|hola|disculpe|oigan|oiga|senores)\b"
)


def _plain(text: str) -> str:
    """Lower case, no accents, no apostrophes, chat spellings written out, one space between words."""
    folded = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    folded = "".join(c for c in folded if not unicodedata.combining(c)).lower().replace("'", "").replace("ı", "i")
    folded = re.sub(r"\b(\w)(?:[ .*_-]+(\w)\b){3,}", lambda found: re.sub(r"[ .*_-]", "", found[0]), folded)
    folded = re.sub(r"([a-z])\1{2,}", r"\1", folded)
    for pattern, word in _SPELLINGS:
        folded = pattern.sub(word, folded)
    return re.sub(r"[^\S\n]+", " ", folded).strip()


_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\bu\b", "you"),
        (r"\bur\b", "your"),
        (r"\br\b", "are"),
        (r"\bpl[sz]+\b|\bplease?z\b|\bplse\b|\bpleas\b", "please"),
        (r"\btxt(s|ing|in|ed)?\b", r"text\1"),
        (r"\bmsg(s|ing|in)?\b", r"message\1"),
        (r"\bmessageing\b", "messaging"),
        (r"\b(text|messag|send|call|contact|bother|spamm|harass|bugg)in\b", r"\1ing"),
        (r"\bst(?:po|opp|p)\b|\bsotp\b|\btsop\b|\bstio\b|\bst0p\b|\bs top\b|\bstoo+p\b", "stop"),
        (r"\b(?:un|in)[ -]?su[bs]?s?c?r?i?b?s?c?r?[aei]b?e?d?\b", "unsubscribe"),
        (r"\bopt[ -]+out\b", "opt out"),
        (r"\bopt[ -]+in\b", "opt in"),
        (r"\bcancle\b|\bcancell\b|\bcansel\b", "cancel"),
        (r"\bremvoe\b|\bremov\b|\brmeove\b", "remove"),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bwont\b", "will not"),
        (r"\bcant\b", "can not"),
        (r"\bdnt\b", "dont"),
        (r"\bdo not\b", "dont"),
        (r"\bq\b|\bk\b(?= no)", "que"),
        (r"\bx favor\b|\bpor fa(?:vor|vo|s)?\b|\bporfis?\b|\bxfa\b", "por favor"),
        (r"\bmjs\b|\bmsjs?\b|\bmensages?\b", "mensajes"),
    )
)


def _bare(plain: str) -> str:
    """The message without politeness and punctuation; the same word several times is that word."""
    words = re.sub(r"[^a-z0-9ñ ]+", " ", plain)
    words = " ".join(_COURTESY.sub(" ", words).split())
    parts = words.split()
    if len(parts) > 1 and len(set(parts)) == 1:
        return parts[0]
    return words or " ".join(re.sub(r"[^a-z0-9ñ ]+", " ", plain).split())


_SIGN = re.compile(r"^\W*(?:🛑|⛔|🚫)\W*$")

# ---- clauses -------------------------------------------------------------------------------------------------------

# What our texting is called.
_TEXTS = (
    r"(?:text(?:s|ing|ed)?|(?:text )?messag(?:e|es|ing)|sms(?:es)?|notifications?|alerts?|reminders?|promos?|"
    r"promotions?|promotional|offers?|ads?|advertis\w+|marketing|solicit\w*|spam(?:ming|s)?|automated|robo\w*|"
    r"updates|communications?|correspondence|contact(?:ing)?|messenging|blasts|coupons|specials|surveys)"
)
_DOING = (
    r"(?:text(?:ing|s)?|messag(?:e|ing)|messenging|contact(?:ing)?|send(?:ing)?|spam(?:ming)?|bother(?:ing)?|"
    r"bug(?:ging)?|harass(?:ing)?|annoy(?:ing)?|pester(?:ing)?|hound(?:ing)?|notify(?:ing)?|remind(?:ing)?|"
    r"call(?:ing)?|communicat(?:e|ing)|solicit(?:ing)?|hit(?:ting)? me up|blow(?:ing)? (?:up )?my phone|"
    r"blow(?:ing)? me up|reach(?:ing)? out|writ(?:e|ing) (?:to )?me|hit(?:ting)? my (?:phone|line)|sms(?:ing)?|ping(?:ing)?|market(?:ing)?)"
)
_CEASE = (
    r"(?:stop|quit|cease|discontinue|halt|desist|refrain from|knock off|cut out|lay off|enough (?:with|of)|"
    r"no more|done with|sick of|tired of|fed up with|over|end|cancel|unsubscribe (?:me )?(?:from|to)|suspend|"
    r"turn off|shut off|disable|block|deactivate|terminate|kill|ditch|lose)"
)
_GAP = r"(?:(?! until| unless| because| if ).){0,28}?"
_LIST = (
    r"(?:list|lists|system|texts?|messages?|database|data base|contacts?|records?|phone ?book|rolodex|files?|"
    r"distribution|messaging|mailing|sms|alerts?|notifications?|campaigns?|rotation|chain|thread|thing|program|"
    r"reminders?|marketing|call sheet|number)"
)
_ME = r"(?:me|us|my (?:cell |phone |mobile )?(?:number|phone|cell|name|info(?:rmation)?|contact(?: info)?|line)|this (?:number|phone|line|cell)|(?:the|that) number|mine|number)"

_OUT: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        # "stop texting", "would you quit sending me these", "can you stop the texts"
        rf"\b{_CEASE}\b(?: (?:it|this|that|already|now|all|any|with|please|me|us|to|the|these|those|this|your|of|and "
        rf"desist|from|ever|constantly|always|fucking|damn|stupid|freaking|endless|dumb|goddamn|so many|getting|receiving|"
        rf"trying to|on|my phone|unsolicited|unwanted|annoying|daily|automatic|future|further|sending|subscription|"
        rf"for|in)){{0,6}} {_DOING}\b",
        rf"\b(?:stop|quit|cease|discontinue|halt|end|cancel|no more|enough|suspend|turn off|shut off|disable)\b"
        rf"(?: (?!by\b|at\b|until\b|unless\b|if\b)\w+){{0,4}} {_TEXTS}\b",
        # "don't text me", "please do not contact this number", "never message me again"
        r"\b(?:dont|never|not to|no longer|cease to)(?: (?:ever|you|please|want you to|need you to|wish you to|want "
        r"yall to|you dare|again|be|keep|even|try to|wish for you to|fucking|bother|send))* "
        r"(?:text(?:ing)?|messag(?:e|ing)|contact(?:ing)?|sms|spam|bother|bug|harass|solicit|call(?:ing)?|reach out|"
        r"communicate|writ(?:e|ing)|ping|annoy|notify|send(?:ing)? (?:me|us|any|anything|anymore|more|these|this|texts?|messages?))\b",
        # "I don't want any more texts", "no longer wish to receive", "I'd rather not get these"
        r"\b(?:dont|no longer|never|do no longer|didnt|not|rather not|prefer not|stopped)(?: (?:even|ever|really|actually|to))*"
        r"(?: (?:want|wanna|wish|care|like|need|asked?|ask(?:ed)? for|sign(?:ed)?|agree(?:d)?|consent(?:ed)?|opt(?:ed)?|subscribe(?:d)?|request(?:ed)?|approve(?:d)?|be|get|getting|receive|receiving|hear))"
        rf"(?: \w+){{0,7}}? (?:{_TEXTS}|from you|this|these|any of this|to hear from|be contacted|be texted|be bothered|be on)\b",
        r"\b(?:dont|no longer|never|not)(?: (?:even|ever|really|want(?:ing)?|wish(?:ing)?|care|need|to|like|going|would))* (?:to )?"
        r"(?:hear(?:ing)? (?:from|back)|receiv(?:e|ing) (?:text|message|sms|any|these|your|anything|more|notif|further)|be contacted|be texted|be messaged|be on (?:this|your|the|a|any) \w* ?list|get (?:these|your|any more|anymore|more) ?\w*)",
        # "remove me", "take my number off your list", "lose my number"
        rf"\b(?:remove|delete|drop|erase|scrub|scratch|purge|unlist|pull|strike|exclude|cut|wipe|clear|unsubscribe|unenroll|"
        rf"deregister|unregister) {_ME}\b(?! (?:plate|tire|wheel|bumper|seat|mat|tag))",
        rf"\b(?:take|get|keep|leave|pull|cross|scratch|knock|count|kick|drop)(?: \w+)? ?{_ME}(?: \w+)? (?:off|out)\b"
        rf"(?: of| from)?(?: (?:of|from|this|your|the|that|any|all|these|those|contact|text|texting|calling|call|mailing|"
        rf"messaging|marketing|whatever|stupid|damn|automated|sms|dealer|every|spam))* ?(?:{_LIST}|it|this|here|them)\b",
        r"\b(?:take|get) (?:me|us|my (?:phone )?number|this number) off(?: (?:of )?(?:this|your|the|that|here|now|please))*$",
        r"\b(?:lose|forget|delete|erase|remove|discard|toss|throw away|get rid of|scrub|purge|block) (?:my|this|that) (?:cell |phone |mobile )?(?:number|contact|info)\b",
        r"\b(?:want|wanna|need|like|let me|get me|how (?:do|can) i|way to|trying to|want to be|id like to get|be) (?:to )?(?:be )?"
        r"(?:off|removed|out of|unsubscribed|taken off)(?: (?:of|from|this|your|the|these|that|all|any|text|call|mailing))* (?:list|texts?|messages?|lists|system|thing|database|number)\b",
        # words that can mean nothing else
        r"\bunsubscribe\b",
        rf"\b(?:opt(?:ing|ed|s)?(?: me| us)? out)\b(?! of (?:the|my|that|a|your|any) (?!{_TEXTS}))",
        r"\b(?:revok|withdraw|rescind|retract|cancel|pull|take back|remov)\w*(?: \w+){0,3} (?:consent|permission|authorization|opt in|agreement to)\b",
        r"\b(?:no|not|dont|never|didnt|without)(?: \w+){0,4} (?:consent|permission|authoriz\w+)(?! (?:form|slip|to (?:do|fix|repair|start|replace|drive|tow)))\b",
        r"\bleave (?:me|us) (?:the \w+ |tf |fuck(?:ing)? |hell )?(?:alone|be)\b|\bleave me tf alone\b",
        r"\b(?:fuck|piss|buzz|bug|eff|f|screw|sod) ?off\b|\bgo to hell\b|\bfu+ck (?:you|u)\b(?! \w)",
        r"\b(?:do not|dont|no)[ -]?(?:contact|call|text|message)(?:[ -](?:list|registry|me))?\b",
        r"\b(?:report|reporting|reported|sue|suing|lawsuit|complaint)\b(?: \w+){0,6} (?:fcc|ftc|spam|attorney|lawyer|tcpa|harass\w*|texts?|texting)\b",
        r"\b(?:fcc|ftc|tcpa)\b(?: \w+){0,5} (?:complaint|violation|report\w*)\b|\btcpa\b",
        r"\bblock(?:ing|ed)? (?:you|this number|your number|yall|this)\b|\bim blocking\b",
        r"\b(?:why|how come) (?:do|are|did|would|does|am|r)(?: i)? ?(?:you|yall|u|this|they|getting|keep|still|these)(?: \w+){0,3} (?:text(?:ing)?|messag(?:e|ing)|contact(?:ing)?|spam(?:ming)?|bother(?:ing)?|harass(?:ing)?|getting these|sending me) ?(?:me|us|this|these|texts?|messages?)?\b.{0,40}\b(?:stop|quit|told|asked|already|again|keep|still)\b",
        r"\b(?:this|it|you|that|yall)(?: (?:is|are|re|s|just|now|becoming|called|considered))* (?:harass(?:ment|ing)|spam(?:ming)?|stalking)\b",
        r"\b(?:you|yall|they) (?:keep|kept|will not stop|never stop|wont quit|constantly|always) (?:text|messag|spam|bother|harass|bug|contact|blow)\w*\b",
        r"\b(?:never|didnt|did not)(?: \w+){0,2} (?:sign(?:ed)? up|subscribe(?:d)?|opt(?:ed)? in|ask(?:ed)? for|agree(?:d)? to|consent(?:ed)?)\b(?:.{0,20}\b(?:this|these|text|message|list|your)\w*|\W*$)",
        r"\b(?:dont|no) (?:ever )?(?:bother|contact|text|message) (?:me|us|this number|my phone)\b",
        r"\b(?:im|i am|we are|were) (?:done|out|over it|finished|through)\b.{0,20}\b(?:text|message|with you|stop|dealing)\w*",
        r"\bcount me out\b(?: of (?:the|these|your|all))?(?: \w+){0,2} ?(?:texts?|messages?|list|$)",
        r"\b(?:make|want|wish|need|please have)(?: \w+){0,3} (?:texts?|texting|messages?|messaging|spam)(?: \w+){0,2} (?:to )?(?:stop|end|go away|cease|stopped)\b",
        r"\b(?:texts?|texting|messages?|messaging|contact|spam|these|this)(?: \w+){0,3} (?:must|needs? to|has to|have to|should|better|gotta|got to) (?:stop|end|cease|quit)\b",
        r"\bput me on (?:your|the|a) (?:do not|dont|no)[ -]?\w*\b",
        r"\b(?:cease and desist)\b",
        r"\bi (?:said|told you|asked you|already said|keep saying|texted|replied|sent|typed) (?:to |you )?(?:please )?(?:stop|no more|quit)\b",
    )
)
# Spanish: verbs of stopping with verbs of sending, wishes not to get, and words for taking a name off.
_ENVIAR = r"(?:mand|envi|escrib|text|mensaj|contact|contact|molest|llam|fastidi|acos|spame|jod|notific|busq|insist|chinga|public)\w*"
_MENSAJES = r"(?:mensaj\w*|textos?|sms|publicidad|promocion\w*|ofertas?|anuncios?|notificacion\w*|alertas?|recordatorios?|comunicacion\w*|avisos?|propaganda|spam|llamadas)"
_FUERA: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:no|ya no|nunca|jamas)(?: (?:quiero|deseo|necesito|quisiera|vuelvan?|vuelvas|sigan?|sigas|se|me|nos|que|a|mas|por favor|ya|le|les|este))*"
        r" (?:me |nos )?(?:mand|envi|escrib|texte|contact|molest|fastidi|acos|spame|jod|notifi)(?:e|en|es|a|an|as|ar|ir|aran|ando|iendo|een|ees|ear|eando|enme|quen|que|ques)(?:me|nos|le|les|melo)?\b(?! (?:antes|despues|hasta|a las|de noche|en la manana|temprano|tan|al trabajo|por la))",
        r"\b(?:no|ya no) me llam(?:e|en|es)(?: mas| ya| nunca| jamas|\W*$)",
        rf"\b(?:dej|par|ces|termin|abstengan|abstenga|detengan|detenga|suspend|eviten?)\w*(?: ya)?(?: de)?(?: \w+){{0,2}}? {_ENVIAR}",
        rf"\b(?:no|ya no|nunca|tampoco)(?: (?:me|quiero|deseo|necesito|quisiera|gustaria|interesa\w*|autorice|autorizo|pedi|solicite|acepto|acepte|di|doy|mi|tener|seguir|ver|recibiendo|recibir|mas|sus|estos|esos|de|que|permiso|consentimiento|para|los|las|ningun|ninguna|otro|otros|tantos|a))+ {_MENSAJES}",
        rf"\b(?:no mas|basta de|alto a|alto con|cancel\w*|deteng\w*|par(?:e|en|ar) (?:con |de )?|suspend\w*|elimin\w*|bloque\w*|termin\w*|harto de|harta de|cansad[oa] de|fin a|adios a)(?: (?:los|las|sus|estos|esos|tantos|mas|la|mis|todos|todas|esta|este|con|de|mi|suscripcion))* ?{_MENSAJES}",
        r"\b(?:quit|sac|borr|elimin|remuev|remov|suprim|baj|retir|excluy|desuscrib)\w*(?:me|nos|enme|eme|anme|ame)\b",
        r"\b(?:quit|sac|borr|elimin|remuev|remov|retir|olvid)\w*(?: \w+){0,3}? (?:mi|este|el) (?:numero|telefono|celular|nombre|contacto)\b",
        r"\b(?:me|nos) (?:quit|sac|borr|elimin|remuev|retir|desuscrib|den de baja|de de baja)\w*(?: \w+){0,3} (?:lista|sistema|mensajes|base|registro|baja|textos)\b",
        r"\b(?:dar|den|de|deme|denme|darme|dame|darse|quiero|quisiera|deseo|solicito|pido)(?:me)?(?: (?:que|me|den|dar|darme|de|la|mi))* (?:de baja|baja)\b(?!(?: \w+){0,2} (?:carro|auto|placas?|vehiculo|presion|troca|seguro|llanta))",
        r"\bdesuscri\w+|\bdessuscri\w+|\banular (?:mi )?suscripcion\b|\bcancel\w* (?:mi |la |esta )?suscripcion\b",
        r"\b(?:deje|dejen|deja|dejame|dejenme|dejeme)(?:me|nme|nos)?(?: \w+)? (?:en paz|tranquil[oa])\b",
        r"\b(?:revoc|retir|cancel|quit)\w*(?: \w+){0,2} (?:consentimiento|permiso|autorizacion)\b",
        r"\bno (?:autorizo|autorice|doy (?:mi )?(?:permiso|consentimiento)|di (?:mi )?(?:permiso|consentimiento)|tienen? (?:mi )?(?:permiso|consentimiento)|acepto)\b(?!(?: \w+){0,3} (?:reparacion|trabajo|arreglo|cargo|precio|cambio|servicio))",
        r"\bno me (?:molest|fastidi|acos|jod|contact|texte)\w*",
        r"\bno (?:quiero|deseo)(?: \w+){0,2} (?:saber (?:nada )?de ustedes|recibir (?:nada|esto|mas)|que me contacten|que me escriban|que me llamen mas|estar en (?:su|esta|la) lista)\b",
        r"\bya no (?:quiero|deseo) (?:nada|mas|esto|recibir\w*)(?: \w+)?\W*$|\bno quiero (?:mas|nada mas)\W*$",
        r"\b(?:salir|salirme|fuera) de (?:la|su|esta|esa) lista\b",
        r"\bpar(?:en|e)le? ya\b|\bya par(?:en|ele|enle)\b|\bya estuvo\W*$",
        r"\bno (?:me )?vuelva\w* a \w+",
    )
)

# What takes the meaning out of a clause: its subject is somebody or something else, or it is turned round.
_NOT_OUT: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:dont|never|didnt(?: mean)?|not|no need to|no reason to|wouldnt|hope you dont|please dont)(?: (?:mean|want|wanting|trying|asking|going|you|to|ever|say|text|have|need|wish|saying|want you))* "
        r"(?:stop|quit|unsubscribe|opt out|cancel|remove|take me off|end|block)\b(?! (?:me |us )?(?:being|getting))",
        r"\bwhat (?:happens|does|if)(?: \w+){0,5} (?:stop|unsubscribe|opt out|cancel)\b",
        r"\bif i (?:text|reply|say|send|type|texted|replied|opt|unsubscribe|stop|hit|press|cancel|quit)\b",
        r"\b(?:stop|quit)(?: \w+)? (?:texting|messaging|text|calling) (?:and|while|when|n) (?:driv|im driv|behind)\w*",
        r"\b(?:he|she|they|wife|husband|kids?|son|daughter|boss|mom|dad|friend|mother|brother|sister|people|everyone|other (?:dealer|shop|place)\w*|somebody|someone|advisor|scammers?|insurance|bank|ex)(?: \w+){0,3} (?:stop|quit|keep|keeps|kept|told me to|asked me to|never)\b(?! you\b)",
        r"\b(?:ill|i will|let me|i should|i gotta|i have to|i need to|i must|im going to|i can|i could|i may|i might|we can|we will|i had to|i tried to|gotta|i ever|i never|i)(?: (?:just|really|probably|also|try to|please|first|not|now))* (?:stop|quit|end|cancel|opt) (?!getting|receiving|these|texts|your|the text|the message|out)",
        r"\b(?:dont|never|stop)(?: \w+){0,4} (?:text(?:ing)?|call(?:ing)?|contact(?:ing)?|message|bother)(?: \w+){0,3} (?:before|until|unless|till|after (?!all|this|that)|at (?:work|night|home|\d)|between|during|on (?:my|the) (?:work|home|other|old|office)|on (?:sun|mon|tues|wednes|thurs|fri|satur)\w*|so (?:early|late)|early|late|while|when|about (?!my car insurance))\b",
        r"\b(?:dont|no need to|not)(?: \w+){0,2} (?:bother|need)(?: \w+){0,2} (?:call|text|contact|send|remind|message)\w*\b",
        r"\bstop sending me (?:to|over to|in circles|around|from|back and forth|home)\b",
        r"\b(?:haven|have|didn|did|dont|not|never|wasn|havent|hasnt|wasnt|cant|can not|isnt|arent)t?(?: \w+){0,2} (?:get|got|gotten|getting|receive|received|receiving|see|seen|hear|heard|able|come|came)\b(?! to)(?:(?! stop| quit| remove).)*$",
        r"\b(?:dont|didnt) (?:want|mean|wish|like) to (?:bother|bug|annoy|pester|harass)\b",
        r"\b(?:dont|didnt|not|never)(?: \w+){0,2} (?:contact|text|message|call|send|notify|reach|remind|write|hear)(?: \w+){0,2} (?:back|me yet|yet|the (?:estimate|quote|bill|invoice|pictures|photos|link)|anyone|anybody|him|her|them|insurance|corporate|my (?:wife|husband|son|daughter|insurance)|you (?:back|sooner|earlier|before)|about|when|if|that|him)\b",
    )
)
_OTHER_THINGS = re.compile(
    r"\b(?:appointment|appt|apt|oil|brakes?|tires?|rotation|leak\w*|engine|light|squeak\w*|squeal\w*|noise|rattl\w*|"
    r"shak\w*|sign|order|part|service plan|warranty|estimate|booking|reservation|slot|loaner|rental|visit|inspection|"
    r"test drive|repair|alignment|battery|transmission|wipers?|beep\w*|chim\w*|alarm|cita|aceite|frenos?|llantas?|"
    r"fuga|ruido|motor|luz|reparacion|auto start|remote start|work|car|truck|vehicle|insurance|registration|lease|loan|payment|deposit|tow|"
    r"check|am|pm|oclock|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today)\b"
)
_CONTACT = re.compile(
    rf"\b(?:{_TEXTS}|text|list|lists|number|unsubscribe|opt out|leave me|harass\w*|spam\w*|contact\w*|bother\w*|mensaj\w*|textos?|lista|numero)\b"
)
_CLAUSES = re.compile(
    r"[.!?;\n]+|,|\s-+\s| but | pero |\bbut\b| and (?=i |my |also|please|the |then )| y (?=mi |el |la |tambien)"
)
_ALONE = frozenset(
    {
        "stop",
        "unsubscribe",
        "opt out",
        "stop it",
        "stop texting",
        "quit it",
        "no more",
        "no mas",
        "enough",
        "remove me",
        "stop now",
        "quit",
        "leave me alone",
        "stop please",
        "please stop",
        "basta",
        "alto",
        "paren",
        "pare",
        "ya basta",
    }
)
_AGAIN = re.compile(
    rf"\b(?:start|resume|restart|begin|continue|keep|turn (?:back )?on|unblock|reactivate)(?: (?:sending|getting|receiving|me|back|up|the|my|your|to|again|with))* {_DOING}\b(?: me| us)? ?(?:again|back|please|me)?\W*$"
    r"|\b(?:opt|sign|add|put)(?: me| us)? back (?:in|up|on)\b|\b(?:you (?:can|may)|ok(?:ay)? to|please|its ok to|go ahead and) (?:text|message|contact) me again\b"
    r"|\b(?:want|like|wish)(?: \w+){0,3} (?:texts?|messages?) (?:again|back)\b"
    r"|\b(?:pueden|puede|quiero que) (?:volver a |me )?(?:escrib|mand|envi|text)\w*(?:me)?(?: \w+)? (?:otra vez|de nuevo|nuevamente)\b"
    r"|\b(?:didnt mean (?:to )?(?:stop|opt out|unsubscribe|text stop|send stop))\b"
)


def _opts_out(plain: str, bare: str) -> bool:
    if bare in _WORDS:
        return True
    if _turned_round(plain):
        return False
    clauses = [part for part in (each.strip() for each in _CLAUSES.split(plain)) if part]
    about_other = bool(_OTHER_THINGS.search(plain))
    for clause in clauses:
        words = _bare(clause)
        if words in _ALONE and not (about_other and words in ("enough", "quit", "no more") and len(clauses) > 1):
            return True
        if _speaks_of_texting(clause):
            return True
    # A wish spread over a comma ("please stop, texting me") is still one.
    return len(clauses) > 1 and _speaks_of_texting(re.sub(r"[^\w\s]+", " ", plain)) and not about_other


def _turned_round(plain: str) -> bool:
    """The whole message denies it: "I didn't mean stop", "never stop texting me deals"."""
    return bool(_NOT_OUT[0].search(plain)) and not re.search(r"\bwhy dont you\b|\bwhy wont\b", plain)


def _speaks_of_texting(clause: str) -> bool:
    if any(pattern.search(clause) for pattern in _FUERA):
        return True
    if any(pattern.search(clause) for pattern in _NOT_OUT):
        return False
    for pattern in _OUT:
        found = pattern.search(clause)
        if found and not _about_a_car(clause, found[0]):
            return True
    return False


def _about_a_car(clause: str, words: str) -> bool:
    """ "Remove my name from the 3 pm": what is ended is a visit or a noise, and texting is not spoken of."""
    return bool(_OTHER_THINGS.search(clause)) and not _CONTACT.search(words)
