"""The words `opt_out` reads with: what our texting is called, what ends it, and what only sounds like that; pure.

Texts arrive here in lower case, without accents and apostrophes, chat spellings written out.
"""

import re
from collections.abc import Iterable


def patterns(rows: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(row) for row in rows)


# ---- whole messages ------------------------------------------------------------------------------------------------

HELP = frozenset({"help", "info", "ayuda", "help me", "information", "informacion"})
START = frozenset(
    {"start", "unstop", "opt in", "opt back in", "subscribe", "resubscribe", "resume", "restart", "unblock"}
    | {"comenzar", "iniciar", "reanudar", "suscribir", "suscribirme", "empezar"}
)
YES = frozenset({"yes", "y", "yeah", "yep", "si", "yes i do"})
CANCEL = frozenset({"cancel", "cancelar", "cancela", "cancelen", "cancele", "cancel all"})
ENOUGH = frozenset(
    "stop stopall quit end revoke optout cancel unsubscribe unsub remove desist cease halt dnc spam arret blocked "
    "stopit endall quitall cancelall removeme stoptexting nomore enough stops unsubscribed unenroll junk discontinue "
    "alto pare paren parar para basta baja cancelar cancela cancelen cancele detener detenganse fin salir terminar "
    "suspender eliminar borrar borrarme quitar desuscribir desuscribirme desuscribirse desuscribeme borrenme borreme "
    "quitenme quiteme saquenme saqueme eliminenme elimineme bajenme harassment".split()
) | {
    *("opt out", "stop all", "end all", "quit all", "stop it", "cut it out", "knock it off", "no more", "no mas"),
    *("cease and desist", "opt me out", "remove me", "do not contact", "never again", "go away", "get lost", "stop me"),
    *(
        "stop this",
        "stop that",
        "end this",
        "end it",
        "quit it",
        "i revoke",
        "im revoking",
        "not interested",
        "no longer interested",
        "take me off",
    ),
    *("im not interested", "i am not interested", "unsubscribe me", "delete me", "remove number", "delete number"),
    *("cancel all", "ya no", "ya no mas", "ya basta", "dar de baja", "darme de baja", "no me interesa", "remove all"),
    *(
        "cancelar suscripcion",
        "no molestar",
        "no gracias no mas",
        "stop 2 end",
        "no contact",
        "stop to end",
        "bye stop",
    ),
}
ALONE = frozenset(
    {
        "stop",
        "unsubscribe",
        "opt out",
        "stop it",
        "quit it",
        "no more",
        "no mas",
        "enough",
        "remove me",
        "quit",
        "remove it",
    }
    | {"leave me alone", "basta", "alto", "paren", "pare", "ya basta", "knock it off", "cut it out", "delete me"}
)
COURTESY = re.compile(
    r"\b(?:please|kindly|thank you|thanks?|thx|ty|sorry|ok|okay|hi|hello|hey|sir|maam|now|immediately|asap|already|"
    r"today|right now|right away|at once|just|omg|ugh|lol|dude|bro|man|guys|yall|folks|ffs|jeez|reply|text|send|"
    r"seriously|really|for real|forever|permanently|completely|again|damn|the hell|then|"
    r"por favor|gracias|ahora|ya mismo|inmediatamente|hola|disculpe|oigan|oiga|senores)\b"
)
SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\bu\b", "you"),
        (r"\bur\b", "your"),
        (r"\br\b", "are"),
        (r"\bpl[sz]+\b|\bplease?z\b|\bplse\b|\bpleas\b", "please"),
        (r"\btxt(s|ing|in|ed)?\b", r"text\1"),
        (r"\bmsg(s|ing|in)?\b", r"message\1"),
        (r"\bmessag?eing\b|\bmesag\w+\b", "messaging"),
        (r"\b(text|messag|send|call|contact|bother|spamm|harass|bugg)in\b", r"\1ing"),
        (r"\b(text)(?:e?ing|tin)g?\b", r"\1ing"),
        (
            r"\bst(?:po|opp|p|op+ed it)\b|\bsotp\b|\btsop\b|\bstio\b|\bst0p\b|\bs top\b|\bstoo+p\b|\bstahp\b|\bstap\b",
            "stop",
        ),
        (r"\bquite (?=text|messag|send|call|contact|bother)", "quit "),
        (r"\b(?:un|in)[ -]?su[bs]?s?c?r?i?b?s?c?r?[aei]b?e?d?\b", "unsubscribe"),
        (r"\bunsubscribing\b", "unsubscribe"),
        (r"\bopt[ -]+out\b", "opt out"),
        (r"\bopt[ -]+in\b", "opt in"),
        (r"\bcancle\b|\bcancell\b|\bcansel\b", "cancel"),
        (r"\bremvoe\b|\bremov\b|\brmeove\b", "remove"),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bwont\b", "will not"),
        (r"\bcant\b", "can not"),
        (r"\bw/o\b", "without"),
        (r"\bw/ ?", "with "),
        (r"(?:\+?1[ .-]?)?(?:\(\d{3}\)|\b\d{3})[ .-]?\d{3}[ .-]?\d{4}\b", "this number"),
        (r"\bdnt\b|\bdo not\b|\bdont not\b", "dont"),
        (r"\bdid not\b", "didnt"),
        (r"\bhave not\b", "havent"),
        (r"\bdoes not\b", "doesnt"),
        (r"\bx favor\b|\bpor fa(?:vor|vo|s)?\b|\bporfa\w*\b|\bporfis?\b|\bxfa\b", "por favor"),
        (r"\bmsjs?\b|\bmjs\b|\bmensages?\b|\bmsgs\b", "mensajes"),
        (r"\bq\b|\bk\b", "que"),
    )
)

# ---- clauses -------------------------------------------------------------------------------------------------------

TEXTS = (
    r"(?:text(?:s|ing|ed)?|messag(?:e|es|ed|ing)|messenging|sms(?:es)?|notifications?|alerts?|reminders?|promos?|"
    r"promotions?|promotional|offers?|ads?|advertis\w+|marketing|solicit\w*|spam(?:ming|s)?|robo\w*|updates|"
    r"communications?|correspondence|contact(?:ed|ing)?|blasts|coupons|specials|surveys|bothered|harass\w*|"
    r"mensajes?|textos?|notificaciones|publicidad|promociones)"
)
_DOING = (
    r"(?:text(?:ing|s)?|messag(?:e|ing)|messenging|contact(?:ing)?|send(?:ing)?|spam(?:ming)?|bother(?:ing)?|"
    r"bug(?:ging)?|harass(?:ing)?|annoy(?:ing)?|pester(?:ing)?|hound(?:ing)?|notify(?:ing)?|remind(?:ing)?|"
    r"call(?:ing)?|communicat(?:e|ing)|solicit(?:ing)?|hit(?:ting)? me up|blow(?:ing)? (?:up )?my phone|"
    r"blow(?:ing)? me up|reach(?:ing)? out|writ(?:e|ing) (?:to )?me|hit(?:ting)? my (?:phone|line)|sms(?:ing)?|"
    r"ping(?:ing)?|market(?:ing)?|disturb(?:ing)?|interrupt(?:ing)?|with this|doing this)"
)
_CEASE = (
    r"(?:stop|quit|cease|discontinue|halt|desist|refrain from|knock (?:it )?off|cut (?:it )?out|lay off|end|cancel|"
    r"unsubscribe (?:me )?(?:from|to)|suspend|(?:turn|switch|shut) off|disable|block|deactivate|terminate|kill|ditch|"
    r"no more|no further|no additional|enough|stops?|done with|sick of|tired of|fed up with|over|had it with|"
    r"unsubscribed? from|get rid of|stop it with|give it a rest with)"
)
_FIRMLY = r"(?:stop|quit|cease|discontinue|halt|desist|refrain from|enough|no more|no further|stop it with)"
_FILL = (
    r"(?:i|we|you|your|yall|to|be|being|get|gets|getting|agree|consent|receive|receiving|received|want|wish|like|need|care|prefer|"
    r"interested|appreciate|enjoy|in|any|anymore|more|further|future|additional|all|of|from|for|these|this|those|that|the|such|ever|"
    r"again|please|guys|send|sending|me|us|my|number|have|having|keep|even|really|actually|care|about|on|another|"
    r"single|other|type|kind|sort|stupid|damn|fucking|annoying|random|automated|unsolicited|unwanted|text|sms|"
    r"marketing|promotional|phone|cell|going|would|just|you guys|bother|with|and|or|think|getting any)"
)
_LIST = (
    r"(?:lists?|system|texts?|messages?|database|data base|contacts?|records?|phone ?book|rolodex|files?|"
    r"distribution|messaging|mailing|sms|alerts?|notifications?|campaigns?|rotation|chain|thread|program|"
    r"reminders?|marketing|call sheet|texting|crm)"
)
_ME = (
    r"(?:me|us|my (?:cell |phone |mobile )?(?:number|phone|cell|name|info(?:rmation)?|contact(?: info)?|line)|"
    r"this (?:number|phone|line|cell|contact)|(?:the|that) number|mine|number|him|her)"
)

OUT = patterns(
    (
        # "stop texting", "would you quit sending me these", "can you stop the texts", "I'm sick of these messages"
        rf"\b{_FIRMLY}(?: (?!by\b|at\b|until\b|unless\b|if\b|when\b|while\b)\w+){{0,5}} (?:{_DOING}|{TEXTS})\b",
        rf"\b{_CEASE}(?: (?:{_FILL}|future|communication|subscription))*? (?:{TEXTS}|hearing from)\b",
        rf"\b(?:turn off|end|cancel|block|suspend|cut out|knock off|lay off)(?: {_FILL})*? {_DOING}\b",
        r"\bstop asking(?: me)?(?: \w+){0,3} (?:review|survey|rating|feedback)s?\b",
        r"\b(?:understand|part of|means|meaning of|word) stop\b",
        r"\b(?:please remove|remove please)$",
        rf"\b(?:turn|switch|shut|take) (?:(?:the|your|all|of|any|my|automated) )*(?:these|them|those|{TEXTS})(?: {TEXTS})? off\b",
        r"\b(?:stop|quit|not|no longer|avoid) (?:be )?(?:receiving|getting|receive|get) (?:these|this|them|anything|those|any)\b",
        r"^how (?:do|can|would|to|does one)(?: (?:i|we|you))? (?:stop|end|cancel|turn off) (?:this|these|them|it)\W*$",
        r"\b(?:word|way|code|link|number|command|button|what) (?:do i \w+ |i \w+ |for me )?to (?:stop|end|unsubscribe|opt out|turn off|get off|cancel)(?: (?:these|this|it|them|texts?|messages?|getting|receiving|all))*\W*$",
        rf"\b(?:{TEXTS}|these|contact)(?: \w+){{0,4}} (?:is|are|r|was|re)(?: \w+){{0,2}} (?:unwelcome|unwanted|annoying|harass\w*|unsolicited|illegal|intrusive|excessive|ridiculous|out of hand|not welcome|not wanted|not appreciated|welcome no)\b",
        r"\b(?:not|never|arent|isnt|no longer) (?:welcome|wanted|appreciated)\b",
        rf"\b(?:unwanted|unsolicited|unwelcome|illegal) {TEXTS}\b",
        rf"\b(?:{TEXTS}|these)\b(?: \w+){{0,5}} (?:please stop|stop please|going to stop|ever stop|ever end|going to end|stop)$",
        rf"\bno need(?: (?:{_FILL}|for))*? (?:{TEXTS} (?:me|us|this number)? ?(?:anymore|again|any more)|more {TEXTS}|these {TEXTS})\b",
        # "don't text me", "never message this number again", "can you not"
        rf"^(?:no|cero) (?:more )?{TEXTS}(?: (?:please|ever|thanks|anymore|to this number))*$",
        r"\b(?:dont|do not|never) (?:disturb|interrupt) (?:me|us)\b|\bbother (?:someone|somebody|anyone|anybody) else\b|\bget (?:out of|off) my (?:phone|line|cell)\b",
        r"\b(?:dont|never|not to|no longer|cant you not)(?: (?:call or|text or|contact or|call and|ever|you|please|you guys|want you to|need you to|you dare|"
        r"again|be|keep|even|try to|fucking|bother|send|want yall to))* (?:text(?:ing)?|messag(?:e|ing)|contact(?:ing)?|"
        r"sms|spam|bug|harass|solicit|call(?:ing)?|reach out|communicate|writ(?:e|ing)|ping|annoy|notify|market|"
        r"bother (?:me|us|this)|send(?:ing)? (?:me|us|any|anything|anymore|more|these|this|texts?|messages?))"
        r"(?:(?: (?:me|us|this|my|our|here|anymore|again|any|ever|or|and|stuff|please|at|on|the number|with|from|no|more|texts?|messages?|anything|it|\w* ?number|further|these))\b|\W*$)",
        rf"\b(?:can|could|would|will) (?:you|yall|you guys)(?: (?:please|guys|just|all|maybe))* not(?:\W*$| {_DOING}\b)",
        r"\b(?:please|pls|kindly|just) not (?:text|message|contact|call|send)\w* (?:me|us|this)\b",
        # "I don't want any more texts", "no longer wish to receive", "not interested in getting texts"
        rf"\b(?:dont|not|never|no longer|doesnt|isnt|arent|without|neither)(?: {_FILL}){{0,9}} {TEXTS}\b",
        rf"\b(?:didnt|never|havent|nobody|no one|who|did i ever)(?: (?:even|ever|once|i|we|have|had))*"
        rf" (?:ask|asked|sign|signed|agree|agreed|consent|consented|opt|opted|subscribe|subscribed|request|requested|"
        rf"approve|approved|authorize|authorized|enroll|enrolled)(?: {_FILL}| up| in| into){{0,7}} (?:{TEXTS}|this|these|your list)\b",
        r"\b(?:didnt|never|havent)(?: \w+){0,2} (?:sign(?:ed)? up|subscribe(?:d)?|opt(?:ed)? in|consent(?:ed)?)\W*$",
        rf"\b(?:prefer|rather|wish|appreciate it if|like it if|would be great if)(?: (?:you|yall|it if|that|guys|we|i|it))*"
        rf" (?:didnt|dont|not|stopped|would stop|quit|would not|wouldnt|could stop)(?: {_FILL})* (?:{_DOING}|{TEXTS})\b",
        r"\b(?:dont|no longer|never|not|rather not|prefer not)(?: (?:even|ever|really|want|wanting|wish|wishing|care|need|to|like|"
        r"going|would|you))* (?:hear(?:ing)? from (?:you|this|your|yall|any)|be on (?:this|your|the|a|any)(?: \w+)? ?list|"
        r"get (?:these|your|any more|anymore)|receive (?:these|any more|anything))\b",
        # "remove me", "take my number off your list", "lose my number", "how do I get off this list"
        r"\b(?:be|get|been|getting|like|want|need)(?: to be)? (?:removed|deleted|unsubscribed|erased|taken off)(?:\W*$| (?:from|off|please|asap|now|out)\b)",
        rf"\b(?:remov|delet|eras|drop+|tak)ing {_ME}\b",
        rf"\b(?:remove|delete|drop|erase|scrub|scratch|purge|unlist|pull|strike|exclude|cut|wipe|clear|unenroll|"
        rf"deregister|unregister|unsubscribe|block) {_ME}\b(?! (?:plate|tire|wheel|bumper|seat|mat|tag|from (?:the|my|today|tomorrow) ?(?:appointment|appt|schedule|waitlist|title|loan)))",
        rf"\b(?:take|get|keep|leave|pull|cross|scratch|knock|kick|drop|removed?|deleted?|erased?|taken|strike)(?: \w+){{0,4}} (?:off|out|from)\b"
        rf"(?: (?:of|from|this|your|the|that|any|all|these|those|contact|text|texting|calling|call|mailing|messaging|"
        rf"marketing|whatever|stupid|damn|automated|sms|dealer|every|spam|ur|future))* ?(?:{_LIST})\b",
        r"\b(?:take|get) (?:me|us|my (?:phone )?number|this number) off(?: (?:of )?(?:this|your|the|that|here|please|it))*$",
        rf"\boff (?:of )?(?:this|your|the|that) (?:text |call |contact |mailing |texting |sms )?{_LIST}\b",
        r"\b(?:lose|forget|delete|erase|remove|discard|toss|throw away|throw out|get rid of|scrub|purge|block) (?:my|this|that) "
        r"(?:cell |phone |mobile )?(?:number|contact|info|digits)\b",
        # words that can mean nothing else
        r"\bunsubscribe\b",
        rf"\bopt(?:ing|ed|s)?(?: (?:\w+ ){{0,3}}(?:number|me|us|this|phone|line|it))? out\b(?! of (?:the|my|that|a|your|any) (?!{TEXTS}))",
        rf"\bopt out of (?:the |my |that |your |any |all )*{TEXTS}\b",
        r"\b(?:revok|withdraw|rescind|retract|pull|take back|remov)\w*(?: \w+){0,3} (?:consent|permission|opt in|agreement to)\b",
        r"\b(?:consent|permission)(?: \w+){0,3} (?:revoked|withdrawn|rescinded|denied|removed|terminated|over)\b",
        rf"\b(?:no|not|dont|never|didnt|without|havent)(?: \w+){{0,4}} (?:consent|consented|permission|authoriz\w+)(?: given| granted)? (?:to |for )?(?:text|message|contact|call|be|send|me|receiv|use my number|(?:these |your |any |this |the |sms )+(?:{TEXTS}|number))\w*",
        r"\b(?:consent|permission) not (?:given|granted)\b|\bno (?:longer )?consent\W*$",
        r"\b(?:you|yall|guys)(?: \w+){0,2} (?:dont have|do not have|never had|have no|lack|had no)(?: \w+){0,2} (?:consent|permission|authorization)\b(?! to (?:do|fix|start|drive|repair|tow))",
        r"\bwho gave you(?: \w+){0,3} (?:permission|consent|number|right)\b",
        r"\bleave (?:me|us|my (?:number|phone)|this number)(?: (?:the \w+|tf|fucking|hell))? (?:alone|be|out of (?:this|it))\b",
        r"\b(?:fuck|piss|buzz|bug|eff|f|screw|sod|back|go fuck) ?(?:off|yourself)\b|\bgo to hell\b|\bfuck you\b",
        r"\b(?:dont|no) ?(?:contact|call|text)(?: or (?:contact|call|text))? ?(?:list|registry)?\W*$|\bdo not (?:contact|call|text)\b",
        r"\b(?:report|reporting|reported|sue|suing|lawsuit|complaint|lawyer|attorney|legal action|in court)\b(?: \w+){0,9} (?:fcc|ftc|spam|junk|tcpa|harass\w*|texts?|texting|messages?|contact)\b|\bsee you in court\b",
        r"\b(?:texts?|texting|messages?|contact) (?:\w+ ){0,5}(?:lawyer|attorney|fcc|ftc|lawsuit|sue)\b|\b(?:fcc|ftc)(?: \w+){0,3} (?:complaint|violation|report)\b|\btcpa\b",
        r"\bblock(?:ing|ed)? (?:you|this number|your number|yall|this)\b|\b(?:been|being|get|getting|are|will be) blocked\W*$|\b(?:im|am) (?:blocking|going to block)\b",
        r"\b(?:why|how come)(?: \w+){0,3} (?:you|yall|u|this|they|i)(?: \w+){0,2} (?:keep|still|always|constantly|keep on) (?:\w+ )?(?:text|messag|contact|spam|bother|harass|getting|send|call)\w*",
        r"\b(?:this|it|you|that|yall|guys)(?: (?:is|are|re|s|just|now|becoming|considered|guys|really|all))* (?:harass(?:ment|ing)|spam(?:ming)?|stalking)\b",
        r"\b(?:you|yall|guys) (?:keep|kept|will not stop|never stop|will not quit|constantly|always)(?: on)? (?:text|messag|spam|bother|harass|bug|blow|send)\w* (?:me|us|this|my|these)\b",
        r"\b(?:make|want|wish|need|have|get)(?: \w+){0,3} (?:texts?|texting|messages?|messaging|spam)(?: \w+){0,2} (?:to )?(?:stop|end|go away|cease|stopped|off)\b",
        r"\b(?:texts?|texting|messages?|messaging|contact|spam|these|this)(?: \w+){0,3} (?:must|needs? to|has to|have to|should|better|got to) (?:stop|end|cease|quit)\b",
        r"\bput me on (?:your|the|a) (?:do not|dont|no)[ -]?\w*\b|\badd (?:me|my number|this number) to (?:your|the|a) (?:do not|dont)\b",
        r"\bcount me out\b(?: of (?:the|these|your|all))?(?: \w+){0,2} ?(?:texts?|messages?|list|$)",
        r"\b(?:too many|so many|all these|enough of your|nothing but)(?: \w+){0,2} (?:texts|messages|notifications|reminders)\b",
        r"\bcease and desist\b",
    )
)
# A clause that only asks somebody to stop: "you need to stop", "how many times do I have to say stop".
ASKED_TO_STOP = re.compile(
    r"(?:\b(?:you|yall|guys|you guys|they)(?: \w+){0,5}? to|\b(?:asked|told|said|say|saying|replied|texted|typed|ask|asking|"
    r"request|requesting|requested|beg|begging|made clear)(?: (?:you|yall|to|that|for|\w+ times))*|\bmake (?:it|them|this|these)|"
    r"\b(?:can|could|would|will|wont|why dont|why cant) (?:you|yall|you guys)(?: \w+)?|\blast time|\btime asking|\btime)"
    r" ?(?:please |just |ever )*(?:stop|quit|cease|desist|knock it off|cut it out|unsubscribe me|remove me)(?: it| this| that| already| now| please| again)*$"
)

_ENVIAR = r"(?:mand|envi|escrib|text|mensaj|contact|molest|llam|fastidi|acos|spame|jod|notific|insist|ching)\w*"
_MENSAJES = (
    r"(?:mensaj\w*|textos?|sms|publicidad|promocion\w*|ofertas?|anuncios?|notificacion\w*|alertas?|recordatorios?|"
    r"comunicacion\w*|avisos?|propaganda|spam|llamadas)"
)
FUERA = patterns(
    (
        r"\b(?:no|ya no|nunca|jamas|nunca mas)(?: (?:quiero|deseo|necesito|quisiera|vuelvan?|vuelvas|sigan?|sigas|se|me|nos|que|a|mas|por favor|ya|le|les|este|estar|esten))*"
        r" (?:me |nos )?(?:mand|envi|escrib|texte|mensaje|contact|molest|fastidi|acos|spame|jod|notifi|insist)(?:e|en|es|a|an|as|ar|ir|aran|ando|iendo|een|ees|eo|ear|eando|enme|quen|que|ques|arme|irme|arnos)(?:me|nos|le|les|melo)?\b",
        r"\b(?:no|ya no) me (?:llam|marqu|busqu)(?:e|en|es)(?: mas| ya| nunca| jamas| por favor|\W*$)",
        rf"\b(?:dej|par|ces|termin|absteng|deteng|suspend|eviten?)\w*(?: ya)? (?:de|con)(?: \w+){{0,2}}? (?:{_ENVIAR}|{_MENSAJES})",
        rf"\b(?:par(?:e|en|ar)|deteng|suspend|eviten?)\w*(?: ya)?(?: (?:los|las|sus|estos|esos|todos|con|mis|los sus))* (?:{_MENSAJES}|mandar|enviar|molestar)",
        rf"\bni un(?:a)? {_MENSAJES} mas\b|\bnunca (?:di|autorice|pedi|acepte)\b(?: \w+){{0,3}} (?:permiso|consentimiento|{_MENSAJES})",
        rf"\b(?:no|ya no|nunca|tampoco)(?: (?:me|quiero|deseo|necesito|quisiera|gustaria|interesa\w*|autorice|autorizo|pedi|solicite|acepto|acepte|di|doy|mi|tener|seguir|ver|recibiendo|recibir|mas|sus|estos|esos|de|que|permiso|consentimiento|para|los|las|ningun|ninguna|otro|otros|tantos|a|manden|envien|manden))+ {_MENSAJES}",
        rf"\b(?:no mas|basta de|alto|basta|alto a|alto con|cancel\w*|deteng\w*|par(?:e|en|ar) (?:con |de )?|suspend\w*|elimin\w*|bloque\w*|termin\w*|harto de|harta de|cansad[oa] de|fin a|adios a|sin mas)(?: (?:los|las|sus|estos|esos|tantos|mas|la|mis|todos|todas|esta|este|con|de|mi|suscripcion))* ?{_MENSAJES}",
        r"\b(?:quit|sac|saqu|borr|elimin|remuev|remov|suprim|baj|retir|excluy|desuscrib|bloque)\w*(?:me|nos)\b",
        r"\b(?:quit|sac|saqu|borr|elimin|remuev|remov|retir|olvid)\w*(?: \w+){0,3}? (?:mi|este|el) (?:numero|telefono|celular|nombre|contacto)\b",
        r"\b(?:me|nos) (?:quit|sac|saqu|borr|elimin|remuev|retir|desuscrib|den de baja|de de baja)\w*(?: \w+){0,3} (?:lista|sistema|mensajes|base|registro|baja|textos)\b",
        r"\b(?:dar|den|deme|denme|darme|dame|darse|quiero|quisiera|deseo|solicito|pido)(?:me)?(?: (?:que|me|den|dar|darme|de|la|mi))* (?:de baja|baja)\b(?!(?: \w+){0,2} (?:carro|auto|placas?|vehiculo|presion|troca|seguro|llanta))",
        r"\bdesuscri\w+|\bdessuscri\w+|\banular (?:mi )?suscripcion\b|\bcancel\w* (?:mi |la |esta )?suscripcion\b",
        r"\b(?:deje|dejen|deja|dejame|dejenme|dejeme)(?:me|nme|nos)?(?: \w+){0,2} (?:en paz|tranquil[oa])\b",
        r"\bno (?:me )?(?:llam|escrib)\w+ ni (?:me )?(?:mand|envi|escrib|llam|text)\w+|\bno (?:me )?(?:mand|envi|text)\w+ ni (?:me )?(?:llam|escrib)\w+",
        r"\b(?:revoc|retir|cancel|quit)\w*(?: \w+){0,2} (?:consentimiento|permiso|autorizacion)\b",
        r"\bno (?:tienen?|doy|di|tengo)(?: mi)? (?:permiso|consentimiento|autorizacion)\b",
        r"\bno (?:me )?(?:molest|fastidi|acos|jod)\w*\W*",
        r"\bno (?:quiero|deseo)(?: \w+){0,2} (?:saber (?:nada )?de ustedes|recibir (?:nada|esto|mas)|que me (?:contacten|escriban|llamen mas|busquen)|estar en (?:su|esta|la) lista)\b",
        r"\bya no (?:quiero|deseo) (?:nada|mas|esto|recibir\w*)(?: \w+)?\W*$|\bno quiero (?:mas|nada mas)\W*$",
        r"\b(?:salir|salirme|fuera|salgo) de (?:la|su|esta|esa) lista\b",
        r"\bpar(?:en|e)le? ya\b|\bya par(?:en|ele|enle)\b|\bya estuvo\W*$|\bdejen de (?:mandar|enviar)\b",
        r"\bno (?:me )?vuelva\w* a \w+",
    )
)

# ---- what only sounds like it --------------------------------------------------------------------------------------

WHOLE_NOT_OUT = patterns(
    (
        # turned round: "don't stop", "I didn't mean stop", "never remove me"
        r"\b(?<!you )(?<!yall )(?:dont(?! you\b)|never|didnt(?: mean)?|no need to|no reason to|wouldnt|not trying to|not asking to|not going to|not)(?: (?:mean|want|wanting|asking|going|you|to|ever|say|text|have|need|wish|saying|want you|please))* "
        r"(?:stop|quit|unsubscribe|opt out|cancel|remove|take me off|end|block)\b(?! (?:me |us )?(?:being|getting|bothering))",
        r"\b(?:by accident|on accident|accidentally|by mistake|my mistake|autocorrect|typo)\b",
        # asked about, not asked for
        r"\bwhat(?:s| is) (?:the )?stop\b",
        r"\bunsubscribed?\b(?: \w+){0,5} (?:emails?|membership|plan|app|newsletter)\b",
        r"\bwhat (?:happens|does|if)(?: \w+){0,5} (?:stop|unsubscribe|opt out|cancel)\b",
        r"\bif i (?:text|reply|say|send|type|texted|replied|opt|unsubscribe|stop|hit|press|cancel|quit)\b",
        r"^(?:do|does|should|was|did|is|will|can) (?:i|it|that|saying|texting|replying|typing|this)(?: \w+){0,2} (?:text |say |reply |type |send )?stop\b",
    )
)
NOT_OUT = patterns(
    (
        r"\b(?:stop|quit)(?: \w+)? (?:texting|messaging|text|calling) (?:and|while|when|n|at) (?:driv|im driv|behind|work|dinner)\w*",
        # somebody else stops, keeps, or is told to
        r"\b(?:he|she|they|wife|husband|kids?|son|daughter|boss|mom|dad|friend|mother|brother|sister|people|everyone|other (?:dealer|shop|place)\w*|somebody|someone|advisor|scammers?|insurance|bank|ex)(?: \w+){0,3} (?:stop|quit|keep|keeps|kept|told me to|asked me to|never)\b(?! you\b)",
        r"\b(?:ill|i will|let me|i should|i gotta|i have to|i need to|i must|im going to|i can|i could|i may|i might|we can|we will|i had to|i tried to|i ever|i never|(?<!how do )(?<!how can )(?<!how would )i)(?: (?:just|probably|also|try to|first|not))* (?:stop|quit|end|cancel|opt)\b(?! (?:getting|receiving|these|texts|your|the text|the message|out|messages))",
        # narrower than everything: hours, places, one other number, until something
        r"\b(?:dont|never|stop|no|please not|can not)(?: \w+){0,4} (?:text(?:s|ing)?|call(?:s|ing)?|contact(?:ing)?|message|bother)(?: \w+){0,3} (?:before|until|unless|till|after (?!all|this|that)|at (?:work|night|home|\d)|between|during|so (?:early|late)|early|late|while|when|about (?!my car insurance))\b",
        r"\b(?:dont|never|stop)(?: \w+){0,2} (?:text|call|contact|messag)(?:ing|e)? (?:my (?:home|work|office|other|old|house|wife|husband|son|daughter|mom|dad)|him|her|them)\b",
        r"\b(?:dont|no need to|not)(?: \w+){0,2} (?:bother|need|worry)\b(?! (?:me|us|this|my phone|to (?:receive|get)|(?:any |more |these |your |those |a |for |of |further |such )*(?:texts?|messag|remind|sms|alert|notif|promo|ads|contact|to text me (?:again|any))))",
        r"\bstop sending me (?:to|over to|in circles|around|from|back and forth|home)\b",
        # what did not come
        r"\b(?!.*\b(?:consent|agree|sign|ask))(?:haven|have|didn|did|wasn|havent|hasnt|wasnt|didnt|isnt|arent|can not)t?(?: \w+){0,3} (?:get|got|gotten|getting|receive|received|receiving|see|seen|hear|heard|able|come|came|find)\b(?! to)",
        r"\b(?:never|not) (?:got|received|saw|heard|gotten|seen)\b",
        r"\bno (?:text|message|sms)s?(?: \w+)* (?:yet|today|came|come|through|from you|received)\b",
        r"\b(?:dont|didnt) (?:want|mean|wish|like) to (?:be a )?(?:bother|bug|annoy|pester|harass)\b",
        r"\b(?:dont|didnt|not|never|nobody|no one)(?: \w+){0,2} (?:contact|text|message|call|send|notify|reach|remind|write|hear|texted|called|contacted|sent|messaged)(?: \w+){0,2} (?:back|me yet|yet|the (?:estimate|quote|bill|invoice|pictures|photos|link)|anyone|anybody|him|her|them|insurance|corporate|my (?:wife|husband|son|daughter|insurance)|sooner|earlier|before|about|when|if|that|him)\b",
        r"\b(?:nobody|no one|why didnt anyone|someone|you never) (?:text|call|contact|message|told)\w*\b",
        r"\b(?:maintenance|tire pressure|tpms|oil|engine|service|seat ?belt|lane|collision|check \w+|low fuel|tire|door|key|backup)(?: \w+)? (?:reminder|alert|notification|light|warning|message|beep|chime)s?\b",
        r"\bstop (?:by|in|over)\b",
        # Spanish: turned round, or narrower
        r"\bno (?:deje|dejen|dejes|paren|pare)\b",
        r"\b(?:antes de|despues de|de noche|en la noche|por la noche|en la manana|por la manana|tan tarde|tan temprano|al trabajo|en el trabajo|los domingos|hasta que|hasta las|a las \d)\b",
        r"\bno (?:me )?(?:ha|han|he|llego|llegaron|recibi|mandaron|enviaron|escribieron|llamaron)\b",
    )
)
PREFERS_TEXT = re.compile(
    r"(?:^|[,.;!] ?|\b(?:just|only|can you|could you|you can|and|or|so|better) )(?:please )?text (?:me|us|this|instead|her|him|only)\b|\btexts? (?:is|are|only|instead|ok)\b|"
    r"\bfine with texts?\b|\b(?:just|only) text\b|\b(?:prefer|rather|like|keep|love) (?:to )?text(?:s|ing)?\b|\bin (?:the|el) dia\b|\bpor (?:texto|mensaje)\b|\bmejor (?:un )?(?:texto|mensaje)\b|\bmandenme (?:un )?(?:texto|mensaje)\b"
)
OTHER_THINGS = re.compile(
    r"\b(?:appointments?|appts?|apt|oil|brakes?|tires?|rotation|leak\w*|engine|lights?|squeak\w*|squeal\w*|noise|rattl\w*|"
    r"shak\w*|sign|order|parts?|plan|warranty|estimate|booking|reservation|slot|loaner|rental|visit|inspection|"
    r"test drive|repairs?|alignment|battery|transmission|wipers?|beep\w*|chim\w*|alarm|cita|aceite|frenos?|llantas?|"
    r"fuga|ruido|motor|luz|reparacion|auto start|remote start|cars?|trucks?|vehicle|insurance|registration|lease|loan|"
    r"payment|deposit|tow|schedule|waitlist|title|email|emails|radio|ac|heater|horn|job|turno|carro|lavado|garantia|"
    r"\d+ ?(?:am|pm)|oclock|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|hold)\b"
)
CONTACT = re.compile(
    rf"\b(?:{TEXTS}|text|lists?|number|unsubscribe|opt out|opt|leave me|harass\w*|spam\w*|contact\w*|bother\w*|call\w*|mensaj\w*|textos?|lista|numero)\b"
)
AGAIN = re.compile(
    rf"\b(?:start|resume|restart|begin|turn (?:back )?on|unblock|reactivate)(?: (?:sending|getting|receiving|me|back|up|the|my|your|to|again|with))* (?:{_DOING}|{TEXTS})(?: (?:me|us|again|back|please))*\W*$"
    r"|\b(?:opt|sign|add|put)(?: me| us)? back (?:in|up|on)\b|\b(?:you (?:can|may)|ok(?:ay)? to|please|its ok to|go ahead and) (?:text|message|contact) me again\b"
    r"|\b(?:want|like|wish)(?: \w+){0,3} (?:texts?|messages?) (?:again|back)\b"
    r"|\b(?:pueden|puede|quiero que) (?:volver a |me )?(?:escrib|mand|envi|text)\w*(?:me)?(?: \w+)? (?:otra vez|de nuevo|nuevamente)\b"
    r"|\bdidnt mean (?:to )?(?:stop|opt out|unsubscribe|text stop|send stop)\b"
)
