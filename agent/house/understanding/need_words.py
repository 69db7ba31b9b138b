"""The vocabulary of service needs: what callers say, as patterns over corrected lower-case words."""

from __future__ import annotations

import re

WORDS: tuple[tuple[str, str, float], ...] = (
    (
        "oil_change",
        r"\b(?:oil (?:and filter )?(?:change|service|filter)|lube|change (?:the|my|of|"
        r"its)? ?oil|(?:synthetic|fresh|new) oil|"
        r"oil (?:needs|need|due)|oil changed|(?:check|change|do|work on) (?:the|my|"
        r"your)? ?oil|oil life|oil light)\b",
        1.0,
    ),
    ("oil_change", r"\boil\b(?! (?:leak|is leaking|leaking|spot|spill|pan|burning|under))", 0.55),
    (
        "oil_leak",
        r"\b(?:oil (?:is |keeps |has been |was )?(?:leak\w*|dripping|spill\w*|spot\w*|under|"
        r"on the|all over|puddle)|"
        r"leak\w* (?:\w+ ){0,2}oil|burning oil|los\w+ oil|oil pan|drip\w* oil|puddle of oil|"
        r"oil (?:in|on) (?:my|the) (?:driveway|garage|floor))\b",
        1.0,
    ),
    (
        "leak",
        r"\b(?:leak\w*|drip\w*|puddle|(?:fluid|liquid|water) (?:\w+ ){0,2}(?:drop\w*|com\w+|"
        r"under|from|on the))\b",
        0.6,
    ),
    ("tire_rotation", r"\b(?:rotat\w+|tires? rotat\w+|rotat\w+ (?:\w+ )?tires?|swap (?:the|my)? ?tires)\b", 1.0),
    (
        "tires",
        r"\b(?:flat(?: tires?)?|(?:new|replace|replacing|bald|worn|four|two|set of|snow|"
        r"winter|all season|spare|blown|low|buy|balance|balancing|"
        r"leaking|check) (?:\w+ )?tires?|tires? (?:is|are|has|have|pressure|light|went|blew|"
        r"sensor|wear|replace\w*|plug|patch|repair|look)|"
        r"nail in|screw in|slow leak|tpms|tire pressure|blowout|losing air|puncture\w*|"
        r"plug(?:ged)? (?:a|my|the))\b",
        1.0,
    ),
    ("tires", r"\btires?\b", 0.7),
    (
        "brakes",
        r"\b(?:brakes?(?! (?:light|lamp))|braking|brake (?:pads?|fluid|pedal|job|line)|"
        r"rotors?|calipers?|abs light|won't stop|stopping power|"
        r"(?:squeal|squeak|grind)\w* when (?:i|you|it|we|it's) (?:stop|slow|brak)\w*)\b",
        0.95,
    ),
    (
        "alignment",
        r"\b(?:align\w*|pull(?:s|ing|ed)? (?:hard )?(?:to|toward|towards|left|right)|pull(?:s|"
        r"ing) (?:a lot|when)|drift(?:s|ing)|veer\w*|"
        r"turn(?:s|ing)? to the (?:side|left|right)|going to the (?:side|left|right)|"
        r"steer\w* (?:to|toward)|steering wheel is (?:off|crooked)|"
        r"goes? (?:to the )?(?:left|right) by itself|won't (?:go|drive) straight|lean\w* to)\b",
        1.0,
    ),
    ("battery", r"\b(?:batter(?:y|ies)|jump ?start\w*|needs? a jump|jumper)\b", 1.0),
    (
        "no_start",
        r"\b(?:(?:won't|will not|doesn't|does not|wouldn't|not|isn't|can't get it to|never|"
        r"refus\w+ to|hard to|trouble) (?:\w+ )?(?:start\w*|crank\w*|turn over)|"
        r"no[ -]?start|start(?:s|ing)? (?:up )?(?:hard|problem|issue)|turn over|starter|"
        r"dead car|car is dead|alternator|click\w* when i (?:turn|start))\b",
        0.95,
    ),
    (
        "check_engine",
        r"\b(?:check engine\w*|engine (?:and \w+ )?lights?|engine status|check (?:the|"
        r"my) engine|cel|service engine|engine light|warning lights?|"
        r"dash(?:board)? lights?|light (?:on|in) (?:the|my) dash\w*|engine code|"
        r"(?:malfunction|error|trouble) codes?|throwing (?:a )?codes?)\b",
        1.0,
    ),
    (
        "stalls",
        r"\b(?:stall\w*|turn(?:s|ing) (?:itself )?off (?:at|when|while|by|on me)|"
        r"dies|died|dying|cut(?:s|ting)? (?:out|off)|shut(?:s|ting)? (?:off|"
        r"down)|misfir\w+|hesitat\w+|sputter\w*|sluggish|"
        r"los(?:es|ing|t) power|no power|rough idle|idl(?:es|ing) rough|runs? rough|"
        r"running rough|jerk\w*|lurch\w*|bog(?:s|ging)|surg(?:es|ing)|"
        r"won't accelerate|no acceleration|slow to accelerate|quits|stops running|"
        r"engine (?:cuts|quit))\b",
        0.95,
    ),
    (
        "noise",
        r"\b(?:nois(?:e|es|y)|sounds? (?:weird|funny|bad|off|strange|odd|rough|"
        r"wrong)|(?:weird|funny|strange|odd|clicking|loud|bad|"
        r"rattling|scraping|grinding|whining|banging) sounds?|doesn't sound|squeal\w*|"
        r"squeak\w*|squeeki?\w*|rattl\w+|knock(?:s|ing)|clunk\w*|grind(?:s|ing)|clicking|"
        r"whin(?:e|es|ing)|"
        r"whistl\w+|hum(?:s|ming)|thump\w*|scrap(?:es|ing)|bang(?:s|ing)|creak\w*|screech\w*|"
        r"buzz\w*|ticking|tapping|roar\w*|pinging)\b",
        0.8,
    ),
    (
        "air_conditioning",
        r"\b(?:a ?c|ac|air[ -]?con\w*|cold air|cool air|blow\w* (?:hot|warm)(?: air)?|freon|"
        r"refrigerant|not (?:cooling|blowing cold)|"
        r"air (?:isn't|is not|not|doesn't|won't) (?:\w+ )?(?:cold|cool|working|work))\b",
        1.0,
    ),
    (
        "heating",
        r"\b(?:heater|heat (?:isn't|is not|doesn't|does not|won't|not)|no heat|heating|"
        r"defrost\w*|blow\w* cold air|heat (?:stopped|quit))\b",
        1.0,
    ),
    (
        "transmission",
        r"\b(?:transmission\w*|trans|gears?|gearbox|clutch|slip(?:s|ping)|"
        r"(?<!my )(?<!the )(?<!a )(?<!night )(?<!day )shift(?:s|ing|er)?(?! (?:my|the|it|that|to|appointment|work))|"
        r"differential|drivetrain|axle|cv joint|transfer case|"
        r"won't go into (?:drive|reverse|park)|hard shift)\b",
        0.95,
    ),
    ("recall", r"\brecall(?:s|ed)?\b", 1.0),
    ("state_inspection", r"\b(?:inspect(?:ion|ed)?|emissions?|smog|sticker|safety check|registration test)\b", 0.9),
    (
        "maintenance",
        r"\b(?:maint[ae]n[ae]nce|routine (?:service|check\w*)|check ?up|(?:\d{1,3} ?(?:k|000|"
        r",000)|thousand)(?: ?-?miles?)? (?:service|check\w*|maintenance|tune)|"
        r"multi ?-?point|(?:regular|scheduled|annual|yearly|full|general|major|"
        r"minor) (?:service|checkup|check)|serviced|(?:needs?|due for|for|get|a|some|basic|"
        r"minor) service(?! (?:department|advisor|manager|center|desk|writer))|once over|"
        r"look ?over|tuneup)\b",
        0.6,
    ),
    (
        "overheating",
        r"\b(?:over ?heat\w*|running (?:too )?hot|runs hot|temp(?:erature)? (?:gauge|light|"
        r"is)|getting (?:too )?hot|steam\w*|too hot)\b",
        1.0,
    ),
    (
        "steering",
        r"\b(?:steering|suspension|shocks?|struts?|ball joints?|tie rods?|wheel bearings?|"
        r"power steering|(?:steering )?wheel (?:shakes|shaking|vibrates|wobbles)|"
        r"hard to (?:turn|steer)|bouncy|bump\w* ride|wobbl\w*|shimm\w+|control arm|sway bar)\b",
        0.85,
    ),
    ("wipers", r"\bwip(?:er|ers)(?: blades?)?\b", 1.0),
    (
        "lights",
        r"\b(?:head ?lights?|tail ?lights?|brake (?:lights?|lamps?)|(?:several|some|my|the|"
        r"all|both|few|rear|front|interior|turn|fog|signal|running) lights? "
        r"(?:\w+ ){0,2}(?:out|off|not|broken|burn\w*|don't|won't|aren't|isn't|need)|"
        r"lights? (?:\w+ ){0,6}(?:out|burn\w*|broken|not working|don't work|won't|"
        r"aren't working|need)|"
        r"(?:burn\w* out|replace|replacing|new|fix) (?:\w+ ){0,2}(?:lights?|bulbs?|lamps?)|"
        r"bulbs?|turn signals?|blinkers?|high beams?|low beams?|hazards|headlamps?|"
        r"tail lamps?|light (?:repair|check|bulb))\b",
        0.95,
    ),
    (
        "electrical",
        r"\b(?:electric(?:al)?|fuse|fuses|wiring|radio|stereo|bluetooth|screen|display|"
        r"speakers?|power windows?|window (?:won't|doesn't|stuck|motor|regulator)|"
        r"windows (?:won't|don't)|door lock|locks|backup camera|sensor|sensors|horn|usb|"
        r"carplay|infotainment|software update)\b",
        0.75,
    ),
    (
        "detailing",
        r"\b(?:detail(?:ed|ing)?|car wash|wash(?:ed)?|wax(?:ed)?|shampoo\w*|clean(?:ed|"
        r"ing) (?:the |my )?(?:inside|interior|car|seats)|ceramic|vacuum\w*)\b",
        0.85,
    ),
    (
        "keys",
        r"\b(?:(?:key|spare|new|lost|extra|another|second|my|car|programmed?|cut a|broken|"
        r"remote) (?:key|keys|fob|fobs)|fobs?|keys? (?:fob|programm\w*|made|cut|replac\w*)|"
        r"key ?less|"
        r"locked out|remote start)\b",
        0.9,
    ),
    (
        "glass",
        r"\b(?:wind ?shield (?!wiper)|windshield$|glass|(?:crack\w*|chip\w*) (?:in|on) (?:the|"
        r"my)|rock chip|chip(?:ped)? wind\w*|rear window|broken window|sunroof|moonroof)\b",
        0.9,
    ),
    (
        "body",
        r"\b(?:body ?(?:shop|work)|dent\w*|scratch\w*|fender\w*|bumper|collision|wreck(?:ed)?|"
        r"accident|rear ?ended|hit (?:a|my|by|something)|paint|side mirror|door ding|hail)\b",
        0.85,
    ),
    ("coolant", r"\b(?:coolant|antifreeze|radiator|water pump|thermostat|hoses?)\b", 0.9),
    ("exhaust", r"\b(?:exhaust|muffler|catalytic|converter|tail ?pipe|manifold)\b", 0.95),
    (
        "fuel",
        r"\b(?:fuel (?:pump|filter|injector\w*|system|line|leak|smell|gauge|economy)|"
        r"gas (?:smell|leak|mileage|cap|gauge|tank)|smells? (?:like |of )?(?:gas|gasoline|"
        r"fuel)|"
        r"injectors?|bad gas|wrong fuel)\b",
        0.9,
    ),
    ("tune_up", r"\b(?:tun(?:e|ed|ing)[ -]?(?:up|ups)|tuneup|spark ?plugs?|tuned?)\b", 1.0),
    ("filters", r"\b(?:(?:air|cabin|pollen)(?: air)? filters?|filters?)\b", 0.8),
    (
        "diagnostic",
        r"\b(?:diagnos\w+|figure out what|what's wrong|look(?:ed)? at|checked out|"
        r"check (?:it )?out|take a look|vibrat\w*|shak(?:es|ing|y)|smok(?:e|es|ing)|"
        r"burning smell|something(?:'s| is)? wrong|engine (?:problem|trouble|malfunction|"
        r"issue|noise|failure)|inspected)\b",
        0.5,
    ),
)

MISHEARD = {
    "breaks": "brakes",
    "break": "brake",
    "tyre": "tire",
    "tyres": "tires",
    "breakpads": "brake pads",
    "tuneup": "tune up",
    "rotors": "rotors",
    "wont": "won't",
    "doesnt": "doesn't",
    "isnt": "isn't",
    "dont": "don't",
    "cant": "can't",
    "arent": "aren't",
    "wouldnt": "wouldn't",
    "squeeking": "squeaking",
    "alignement": "alignment",
    "tranny": "transmission",
    "whats": "what's",
    "vibes": "vibes",
}
_NOISE_WORDS = frozenset("that's what's before after where there".split())
VOCABULARY = frozenset(
    word for _, pattern, _ in WORDS for word in re.findall(r"[a-z]{4,}", pattern) if word not in _NOISE_WORDS
) | frozenset(
    "starting started starts stopped leaking leaks leaked alignment aligned rotated rotation inspection".split()
)
LONG_VOCABULARY = [
    word
    for word in (
        "alignment aligned rotation rotate rotated battery batteries transmission inspection inspected emissions "
        "maintenance overheating overheats suspension steering wipers headlight headlights taillight taillights "
        "electrical detailing windshield coolant antifreeze radiator exhaust muffler catalytic diagnostic diagnose "
        "recall brakes tires engine stalling stalled stalls squeaking squealing grinding rattling clunking leaking "
        "conditioner conditioning heater defroster bumper fender collision filter filters alternator starter "
        "vibrating vibration shaking noise rotors calipers differential thermostat misfiring sluggish hesitating"
    ).split()
    if len(word) >= 5
]
