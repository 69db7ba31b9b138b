"""What callers say when they want something, as patterns over plain lower-case words."""

from __future__ import annotations

# (intent, pattern, score). A score under 0.5 counts only beside something stronger.
WORDS: tuple[tuple[str, str, float], ...] = (
    (
        "safety",
        r"\b(?:brakes? (?:just |have |has |completely |totally )?(?:failed|went out|gave out|"
        r"are gone|aren't working|don't work|not working|won't work|"
        r"stopped working|fail(?:ing|ure)?|to the floor)|no brakes|(?:can't|cannot|won't|"
        r"couldn't) stop (?:the car|it|my|at)|pedal (?:goes|went) to the floor|"
        r"lost (?:my )?brakes|"
        r"smoke (?:\w+ ){0,3}(?:from|under|out|coming|in the)|smoking|on fire|caught fire|"
        r"flames?|burning smell|"
        r"smell(?:s|ing|ed)? (?:\w+ ){0,2}(?:gas|gasoline|fuel|burning|smoke)|(?:gas|fuel|"
        r"gasoline) (?:smell|leak\w*|is leaking)|leaking (?:gas|fuel|gasoline)|"
        r"stranded|broke(?:n)? down|side of the (?:road|highway|freeway|interstate)|"
        r"on the shoulder|stuck on (?:the|i|highway|interstate)|middle of the road|"
        r"air ?bags?|over ?heating|steering (?:locked|lock|failed|went out|is gone)|"
        r"lost steering|can't steer|wheel (?:fell|came|is coming) off|"
        r"engine light (?:\w+ )?(?:flash|blink)\w*|(?:flash|blink)ing (?:check )?engine light|"
        r"(?:no|can't turn the|hard to control the) steering(?: wheel)?(?! (?:noise|fluid))|"
        r"throttle stuck|gas pedal (?:is )?stuck|accelerat\w+ by itself|(?:had|in|been in|"
        r"just had|got in|was in) an? (?:\w+ )?(?:accident|crash|wreck)|"
        r"(?:is|are|was|got) (?:anyone |someone |she |he |i'm |i )?(?:hurt|injured|bleeding)|"
        r"(?<!porsche )(?:call )?911|emergency|unsafe to drive|tow truck|needs? (?:a )?tow(?:ed|ing)?)\b",
        0.95,
    ),
    (
        "opt_out",
        r"(?:^\s*(?:stop|unsubscribe|stopall|opt ?out|revoke)\s*[.!]*\s*$|"
        r"\b(?:stop|quit) (?:\w+ ){0,2}(?:text(?:s|ing)?|call(?:s|ing)|contacting|messag(?:es|ing)|emailing|"
        r"emails|bothering)\b|"
        r"(?:^|[.,!;] *|\b(?:please|and|just|ever|so|i said) )(?:do not|don't|dont|never) (?:ever )?"
        r"(?:call|text|contact|message|email|bother) (?:me|us|this|my)\b"
        r"(?! (?:back|when|until|before|if|yet|today|tomorrow|after|at|on|about|now|right))|"
        r"\b(?:no more|don't want (?:\w+ ){0,3}) ?(?:calls|texts|messages|emails)\b|"
        r"\b(?:do not|don't) want (?:you |anyone )?to (?:be (?:contacted|called|texted)|call|text|contact)\b|"
        r"\b(?:do not call|don't call|dnc) list\b|\b(?:take|remove|get) (?:me|my (?:number|name)|us) "
        r"(?:off|out of|from)\b(?! the (?:schedule|calendar|appointment))|\bunsubscribe\b|\bopt (?:me )?out\b|"
        r"\blose my number\b|\bleave me alone\b|\bremove my number\b)",
        0.95,
    ),
    (
        "cancel",
        r"\b(?:cancel\w*|call(?:ing)? off|no longer need|don't need (?:the|my|that|"
        r"an?) (?:appointment|service)|take me off the (?:schedule|calendar)|"
        r"won't be (?:able to (?:make|come)|coming|there)|can't (?:make it|come in|be there)|"
        r"scratch (?:the|my) appointment|get rid of (?:the|my) appointment)\b",
        0.85,
    ),
    (
        "move",
        r"\b(?:re-?schedul\w*|(?:move|change|switch|push|bump|shift|moving|changing|"
        r"pushing) (?:\w+ ){0,4}(?:appointment|appt|time|date|day|back|up|it to|to (?:a |"
        r"an )?(?:different|another|later|earlier|mon|tue|wed|thu|fri|sat|sun|next|tomorrow))|"
        r"(?:different|another|earlier|later|new) (?:time|day|date|slot)|"
        r"come (?:in )?(?:earlier|later|another)|postpone\w*|push it|move it|running late|"
        r"(?:later|earlier) (?:appointment|slot|opening)|something (?:came|has come) up|"
        r"(?:do|have|make|get) (?:my|the|our) (?:appointment|appt) (?:\w+ ){1,4}instead)\b",
        0.85,
    ),
    (
        "check_appointment",
        r"\b(?:(?:what time|when)(?:'s| is| was| are| do i have)? (?:\w+ )?(?:my |our |"
        r"the )?(?:appointment|appt|service|scheduled|supposed|i scheduled|i booked)|"
        r"(?:confirm|verify|check|double check|checking|confirming|verifying|look up|"
        r"find) (?:on |about |that i have )?(?:my |the |an |our |"
        r"i have an )?(?:\w+ )?(?:appointment|appt|booking|reservation)|"
        r"do i (?:still )?have an? (?:appointment|appt)|(?:am|are) (?:i|we) (?:still )?(?:on|"
        r"booked|scheduled|good|set) (?:for|to)|appointment (?:confirmed|still|status)|"
        r"i (?:already )?have an appointment|remind me (?:when|what time|of))\b",
        0.85,
    ),
    (
        "ro_status",
        r"\b(?:(?:is|are|was|will|has|have|when(?:'s| is| will)?|what(?:'s|"
        r" is)) (?:[\w']+ ){0,5}(?:ready|done|finished|fixed|completed?\b(?! stop)|"
        r"repaired|status|progress|pick(?:ed)? ?up)|status (?:of|on|for|update)|"
        r"update on (?:my|the|our)|how(?:'s| is) (?:my|the) (?:\w+ ){0,2}(?:coming|going|car|"
        r"truck|repair|vehicle)|how much longer|(?:check|checking) (?:in )?on (?:my|the|"
        r"our) (?:\w+ )?(?:car|truck|vehicle|suv|repair|van|\w+)|"
        r"(?:car|truck|vehicle|suv|van) (?:that )?(?:i |we |you )(?:dropped|left|have)|"
        r"dropped (?:it|my (?:\w+ )?\w+|the \w+) off|(?<!come )(?<!come and )(?<!you )pick (?:up (?:my|the|it)|it up|"
        r"my \w+ up)|still waiting (?:on|for) (?:my|the)|what did (?:you|they) find|"
        r"heard (?:anything|back) (?:on|about) my|ready (?:yet|for pick ?up))\b",
        0.8,
    ),
    (
        "advised_work",
        r"\b(?:what (?:\w+ ){0,6}(?:recommend\w*|advis\w+|suggest\w*|declined|turned down|still need)|"
        r"(?:work|repairs?|services?|things?|stuff) (?:that )?(?:i|we) "
        r"(?:declined|turned down|put off|didn't do|said no to)|"
        r"(?:you|they|he|she) (?:guys )?(?:recommended|advised|suggested) (?:\w+ ){0,4}last (?:time|visit)|"
        r"(?:recommended|advised|declined) (?:work|services?|repairs?))\b",
        0.8,
    ),
    (
        "book",
        r"\b(?:(?:make|book|schedule|set ?up|get|need|want|have|setup|scheduling|booking|"
        r"setting up|making) (?:\w+ ){0,4}(?:appointment|appt|appointments|slot|visit|service|"
        r"time to (?:come|bring))|"
        r"(?:bring|take|get|drop|put|have) (?:it|my|the|her|him|this|that|me|our|an?|us|them|"
        r"one)\b ?(?:\w+ ){0,4}(?:in|looked at|serviced|checked(?: out)?|fixed|repaired|"
        r"inspected|off)\b(?! (?:the|my) (?:phone|line|list))|(?:come|get|bring|stop|"
        r"swing) (?:in|by)|(?:any|some) (?:openings?|availability|available|slots?)|"
        r"(?:can|could|would|have|need) (?:someone|somebody|you(?: guys)?|y'all|they|it|to get it) (?:please )?"
        r"(?:look at|check|fix|repair|replace|change|inspect|diagnose|looked|checked|fixed|repaired|serviced)\b|"
        r"^(?:an )?appointment\W*$|do you have (?:any(?:thing)?|an?|something|time|room) (?:\w+ ){0,3}(?:open|"
        r"available|opening|today|tomorrow|this|next|on|slot|time)|(?:can|could) (?:you|i|"
        r"we) (?:get|squeeze|fit) (?:me|it|in|us|my)|"
        r"(?:schedule|book) (?:it|me|a|an|my|that|something|the)|i'd like to (?:book|"
        r"schedule)|squeeze me in|fit me in|sign me up|see (?:someone|me) (?:today|"
        r"tomorrow))\b",
        0.8,
    ),
    (
        "hours",
        r"\b(?:(?:what|when|till when|until when|how late|how early|what time)(?:'s| are| is|"
        r" do| time)? (?:\w+ ){0,4}(?:hours|open|close|closed|closing|opening)|business hours|"
        r"(?:are|is|will|do) (?:you|y'all|they|the (?:\w+ )?(?:shop|store|department|"
        r"dealership|service)|service|parts|sales) (?:guys |department |still |be )?(?:open|"
        r"closed|close)|"
        r"open (?:on|today|tomorrow|late|weekends|saturdays?|sundays?|now)|your hours|"
        r"how late (?:are|do)|what time do(?:es)? (?:you|the|service|parts|sales|"
        r"they) (?:\w+ )?(?:open|close))\b",
        0.9,
    ),
    (
        "address",
        r"\b(?:(?:what(?:'s| is)?|give me|send me|text me|need|have|know|"
        r"get) (?:\w+ ){0,3}(?:address|directions|location)|where (?:are|is|do) (?:you|y'all|"
        r"the (?:shop|dealership|store)) (?:guys )?(?:located|at|find)?|"
        r"where(?:'s| is) (?:the )?(?:dealership|shop|store|service department)|"
        r"directions(?: to)?|how do i get (?:there|to (?:you|your|the))|(?:your|"
        r"the) (?:address|location)|where are you|located)\b",
        0.85,
    ),
    (
        "price",
        r"\b(?:how much|what (?:do|does|would|will|is|are) (?:\w+ ){0,5}(?:cost|charge|run|"
        r"price|fee)|what(?:'s| is) (?:the|your|a) (?:\w+ ){0,3}(?:cost|price|charge|fee|rate|"
        r"labor)|price\w*|cost\w*|quote|estimate|"
        r"(?:coupon|discount|special|promo\w*|deal)s?\b(?! with)|cheap\w*|afford|expensive|"
        r"labor rate|charge (?:for|me)|free estimate|for (?:\$ ?)?\w+ (?:bucks|dollars))\b",
        0.8,
    ),
    (
        "parts",
        r"\b(?:parts? (?:department|counter|desk|guy|number|person)|(?:order|need|buy|"
        r"looking for|ordering|get|in stock|have) (?:an? |some |the |"
        r"my )?(?:\w+ ){0,3}parts?\b(?! of)|is (?:my|the) part (?:in|here)|"
        r"(?:my|the) parts? (?:came|come|arrive|in yet|is in|are in)|(?:do you have|carry|"
        r"sell|price on|need to buy|looking for) (?:an? |any |the |"
        r"some )?(?:\w+ ){0,2}(?:pads|rotors|filters?|wipers?|bumpers?|mirrors?|bulbs?|"
        r"alternator|starter|belts?|hoses?|mats|plugs|radiator|caps?|battery|"
        r"batteries)(?: \w+){0,2} (?:in stock|for (?:a|my|the))|floor mats|oem|"
        r"touch ?up paint|hub ?cap|part came in)\b",
        0.85,
    ),
    (
        "sales",
        r"\b(?:sales ?(?:department|man|person|rep|team|people|woman|guy|manager)?\b|"
        r"test ?drive|(?:buy|buying|purchase|purchasing|lease|leasing|shopping for|"
        r"looking (?:to buy|at buying|for) an?|interested in) (?:\w+ ){0,4}(?:car|truck|suv|"
        r"vehicle|one|new|used|pre-?owned|van|sedan)|"
        r"in stock|inventory|(?:new|used|pre-?owned|certified) (?:cars?|trucks?|suvs?|"
        r"vehicles?|inventory)|(?:car|truck|vehicle|one) (?:you have |i saw )?(?:online|"
        r"on your (?:website|lot|site))|financ\w+|apr|down payment|lease (?:deal|end|return)|"
        r"still available|(?:have|any) (?:\w+ ){0,3}(?:cars?|trucks?|suvs?|vehicles?|tahoes?|"
        r"models?) in stock|see (?:the|that|your) (?:\w+ )?(?:cars|inventory|lot)|"
        r"interested in (?:the|your|that|a|an|buying)|out the door)\b",
        0.8,
    ),
    (
        "trade_in",
        r"\b(?:trad(?:e|ing)[ -]?(?:in|my|it)|trade value|(?:what(?:'s|"
        r" is) my (?:\w+ )?(?:car|truck|vehicle|\w+) worth)|sell (?:you )?my (?:car|truck|"
        r"vehicle|suv|\w+)|appraisal|appraise|buy my (?:car|truck|vehicle)|"
        r"how much is my \w+ worth|worth on trade)\b",
        0.9,
    ),
    (
        "transfer",
        r"\b(?:(?:speak|talk|spoke|chat) (?:to|with) (?:an? |the |your |some|my )?(?:\w+)|"
        r"(?:transfer|connect|put|patch|send|get|direct) me (?:through |over |back )?(?:to|"
        r"with|an?|on with)\b(?! (?:\w+ )?appointment)|(?:representative|operator|"
        r"receptionist|live (?:person|agent|human)|"
        r"real (?:person|human|people)|human being|actual (?:person|human))|(?:talk|"
        r"speak) to (?:someone|somebody|a person|a human|an? \w+)|is \w+ (?:there|in today|"
        r"available|around|working)|"
        r"(?:need|want|get|give me|gimme) (?:an? |the |your |to speak )?(?:manager|human|"
        r"person|advisor|operator|representative|agent|supervisor|someone)|service advisor|"
        r"advisor please|front desk|(?:manager|operator|agent|representative),? please|"
        r"(?<!\w )(?:service|parts|sales|finance|body shop)(?: department)?,? please)\b",
        0.85,
    ),
    (
        "callback",
        r"\b(?:(?:call|ring|phone|reach|get back to|contact|return my call|give me a (?:call|"
        r"ring)|hear back)(?: me)? ?(?:back|later|when|tomorrow|at|on my)|call ?back|"
        r"have (?:\w+ ){1,4}call me|give me a (?:call|ring)|someone (?:to )?call me|"
        r"returning (?:a|your|\w+'s|the) (?:\w+ )?call|missed (?:a|your) call|got a (?:call|"
        r"voicemail|message) from|(?:can|could|will) (?:someone|somebody|you|he|she|"
        r"they) call me)\b",
        0.85,
    ),
    (
        "message",
        r"\b(?:leave (?:a |him |her |them |\w+ )?(?:a )?(?:message|note|voicemail)|take (?:a|"
        r"down a) message|tell (?:him|her|them|my advisor|[a-z]+ (?:that|i))|let (?:him|her|"
        r"them|my advisor) know|pass (?:on|along)|give (?:him|her|them) a message)\b",
        0.85,
    ),
    (
        "complaint",
        r"\b(?:complain\w*|ridiculous|unacceptable|terrible|horrible|awful (?:service|"
        r"experience)|worst|rip(?:ped)? ?off|scam\w*|lawyer|attorney|lawsuit|bbb|"
        r"(?:to|will|gonna|i'll|can|should|might) sue|suing|"
        r"better business|lemon law|furious|pissed|angry|fed up|sick (?:of|and tired)|"
        r"frustrat\w*|disappointed|not happy|unhappy|upset|(?:bad|poor|lousy|rude) (?:service|"
        r"experience|review|job|treatment)|rude|lied|overcharged|waste of (?:time|my)|"
        r"never (?:coming|going|using) (?:back|here|there|you)|nobody (?:called|calls|ever|"
        r"answers|has)|"
        r"no one (?:called|calls|ever|answers|has)|third time|been waiting (?:for )?(?:hours|"
        r"days|weeks|forever)|still (?:isn't|not|broken|hasn't been) (?:fixed|broken|right)|"
        r"(?:damn(?:ed|it)?|hell|bullshit|crap(?:py)?|bs|wtf|screw(?:ed)?)\b|you people|refund|"
        r"my money back)\b",
        0.8,
    ),
    (
        "loaner",
        r"\b(?:loaner\w*|rental(?: car)?|shuttle|courtesy (?:car|vehicle|ride)|ride home|"
        r"wait (?:for it|while|there)|waiting room|drop ?off (?:service|only)|give me a ride|"
        r"uber|key drop|after hours drop)\b",
        0.7,
    ),
    (
        "are_you_a_robot",
        r"\b(?:(?:are|is) (?:you|this) (?:\w+ ){0,3}(?:a |an )?(?:robot|bot|computer|machine|"
        r"ai|a\.?i|human|real(?: person)?|person|automated|recording|artificial|chatbot|alexa|"
        r"siri)|am i (?:talking|speaking) (?:to|with) (?:a |an )?(?:robot|bot|computer|"
        r"machine|real|human|ai|person|recording)|"
        r"you(?:'re| are) (?:a |an )?(?:robot|bot|computer|machine|ai)|"
        r"is this (?:a )?(?:recording|automated|real)|you sound like a)\b",
        0.95,
    ),
    (
        "do_not_record",
        r"\b(?:(?:don't|do not|dont|stop|not|please don't|no|without|"
        r"rather not be) (?:\w+ ){0,3}record(?:ing|ed)?|(?:is|are) (?:this|you|"
        r"the) (?:\w+ ){0,2}(?:being )?record(?:ed|ing)|(?:turn|"
        r"switch) off (?:the )?recording|(?:don't|do not) consent to)\b",
        0.9,
    ),
    (
        "spanish",
        r"\b(?:(?:habla\w*|hablo|habl[aá]|espa[nñ]ol|spanish|en espa\w+|necesito|quiero|puedo|"
        r"cita|para mi (?:carro|coche)|por favor|buenos d[ií]as|buenas tardes|hola|gracias|"
        r"no (?:hablo|entiendo) ingl[eé]s|carro|aceite|cambio de)|"
        r"someone who speaks spanish|in spanish)\b",
        0.9,
    ),
    (
        "correction",
        r"(?:\b(?:no|nope|wait|sorry|oh|hold on|actually)[, ]+(?:no[, ]+)?(?:i (?:meant|mean|"
        r"said|want(?:ed)?)|not|that's (?:wrong|not right|not)|it's|make (?:it|that)|change|"
        r"let's|can we|could we|the)|\bi (?:meant|mean)\b|\bactually\b[, ]*(?:make|can|could|"
        r"let's|change|it's|i|how about|do|no|let me)|"
        r"\bscratch that\b|\b(?:that's|that is|it's) (?:wrong|not (?:right|correct|what i|it|"
        r"my|me))|\bi said\b|\byou (?:got|have|heard) (?:\w+ ){0,3}wrong|"
        r"(?<!to )(?<!can't )(?<!cannot )(?<!won't )\bmake (?:it|that) (?:an? |the |for |on |at )?(?:\d|one\b|two|"
        r"three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|half|mon|tue|wed|thu|fri|sat|sun|tomorrow|"
        r"next|later|earlier|instead|different)|\binstead\b|\bcorrection\b|"
        r"\bnot (?:\w+)[, ]+(?:but )?(?:it's|i said|i meant)|\bi misspoke\b)",
        0.75,
    ),
    (
        "repeat",
        r"\b(?:(?:say|repeat|tell me|run) (?:that|it|them|those)? ?(?:again|back|"
        r"one more time|once more|by me)|repeat (?:that|it|the|please|yourself)|pardon|"
        r"(?:i )?(?:didn't|did not|couldn't|can't|cannot) (?:catch|hear|get|understand|"
        r"make out) (?:that|you|it|what)|what (?:did you say|was that|were (?:the|those))|"
        r"come again|"
        r"one more time|excuse me\?|sorry\?|what\?|huh\?|speak up|slow down|you(?:'re|"
        r" are) breaking up|say what)",
        0.85,
    ),
    (
        "spelling",
        r"\b(?:(?:let me|i'll|i can|i will) spell|spell(?:ed|ing|s)? (?:it|that|my|the|is|as|"
        r"with|s)|that's spelled|spelled|as in \w+)\b",
        0.8,
    ),
    (
        "wrong_number",
        r"\b(?:(?:the |a )?wrong number|misdial\w*|(?:dial|call)ed (?:the )?wrong(?: (?:number|place))?)\b",
        0.9,
    ),
    (
        "hold_on",
        r"\b(?:(?:hold|hang) on|one (?:sec(?:ond)?|moment|minute)|just a (?:sec(?:ond)?|"
        r"moment|minute)|give me a (?:sec(?:ond)?|moment|minute)|let me (?:check|look|see|"
        r"find|grab|get|think)|wait a (?:sec(?:ond)?|minute)|bear with me)\b",
        0.75,
    ),
    (
        "thanks",
        r"\b(?:thanks?|thank you|thank ya|appreciate (?:it|that|you|your)|appreciated|"
        r"much obliged|thx|ty|grateful)\b",
        0.7,
    ),
    (
        "goodbye",
        r"(?:\b(?:good ?bye|bye(?: bye)?|see (?:you|ya)|talk to you (?:later|soon)|"
        r"have a (?:good|great|nice|wonderful|blessed) (?:day|one|night|evening|afternoon|"
        r"weekend)|take care|that's (?:all|it|everything)(?: i need(?:ed)?| for (?:now|today|"
        r"me))?(?=[ .,!]*(?:$|thank|bye))|"
        r"(?:nothing|no,? nothing|not|no) else|i'm (?:all set|good|done)(?=[ .,!]*$|"
        r",? (?:thanks|thank|bye))|that'll (?:be all|do it)|gotta (?:go|run)|have to go)\b|"
        r"^later[.!]*$)",
        0.75,
    ),
    ("greeting", r"^\s*(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|howdy|yo|greetings)\b", 0.4),
)

YES = (
    r"^(?:(?:uh|um|well|oh|so|and|ok|okay|alright|great|perfect|awesome),? )*(?:yes\w*|"
    r"yeah|yea|yep|yup|yah|ya|sure(?: thing)?|correct|right|exactly|absolutely|definitely|"
    r"certainly|of course|uh ?-?huh|mm ?-?hm+|mhm|"
    r"(?:yes )?please(?: do)?|go (?:ahead|for it)|you bet|you got it|si|affirmative|"
    r"indeed|totally|for sure|fine|ok(?:ay)?|k|alright|all right|sounds? (?:good|great|"
    r"fine|perfect|right|like a plan)|perfect|great|awesome|excellent|wonderful|fantastic|"
    r"cool|"
    r"(?:yes |yeah |that |this |it |the first one |the \w+ |(?:(?:on|at|either|any|time|"
    r"day|first|second|last|later|earlier|one|two|three|four|five|six|seven|eight|nine|"
    r"ten|eleven|twelve|thirty|fifteen|\d[\d:]*|am|pm|[ap]\.m\.|o'clock|noon|mon\w*|"
    r"tues?\w*|wed\w*|thu\w*|fri\w*|sat\w*|sun\w*|today|tomorrow|tonight|morning|"
    r"afternoon|evening|next|this|week|number|option) ){1,5})?(?:works?|does|will work|"
    r"would work|is fine|is good|is great|is perfect|is correct|is right|would be (?:fine|"
    r"great|good|perfect|fantastic|lovely))|that(?:'s| is|'ll be| will be|'d be|"
    r" would be)? (?:it|works?|will work|should work|right|correct|fine|good|great|"
    r"perfect|okay|ok|ideal|wonderful|fantastic|true|me)|"
    r"i (?:do|am|did|can|would|will|agree|think so|guess so|guess it will have to|"
    r"believe so|understand)|it is|they are|we do|let's do (?:it|that)|book (?:it|that)|"
    r"do (?:it|that)|i'll take (?:it|that|the)|why not|i'd (?:like|love) that|"
    r"works for me|good with me|no problem|(?:that )?suits me)\b"
)
NO = (
    r"^(?:(?:uh|um|well|oh|so|and|ok|okay|sorry|actually),? )*(?:no\b(?! problem|w\b)|"
    r"nope|nah|naw|not (?:really|at all|now|today|right now|quite|that one|exactly|"
    r"correct|right|yet|for me|interested|necessary|good|going to work|this time)|"
    r"negative|never ?mind|no way|"
    r"(?:\w+ ){0,4}(?:doesn't|don't|does not|do not|won't|will not|can't|cannot|isn't|"
    r"is not|wouldn't|didn't|not gonna|ain't) (?:really )?(?:work\w*|do(?: it)?|"
    r"make (?:it|that)|good|great|right|correct|want (?:that|it|to)|need (?:that|it|to)|"
    r"think so|like that|the right|be able|happen|suit)|"
    r"i (?:don't|do not) (?:think so|want|need|know it)|i'd rather not|i'm not|i am not|"
    r"absolutely not|of course not|i can't|i didn't|that's (?:not|wrong|incorrect|too)|"
    r"it's not|it isn't|wrong|incorrect|neither|none of (?:those|them|these)|too (?:early|"
    r"late|soon|far|expensive|long)|please don't|don't|hell no|uh ?-?uh|nuh ?-?uh|"
    r"mm ?-?mm)\b"
)
MAYBE = (
    r"\b(?:maybe|perhaps|possibly|not (?:too |really )?sure|i (?:don't|do not) know|"
    r"i'm (?:not sure|unsure|undecided)|might|it depends|depends|i guess|let me think|"
    r"think about it|i'll (?:see|check|think|have to (?:check|ask|see)|get back)|"
    r"have to (?:check|ask|think|see)|(?:ask|check with|talk to) my (?:wife|husband|boss|"
    r"spouse|partner|mom|dad|schedule|calendar)|but (?:later|not (?:now|today|yet)|maybe|"
    r"can|could|what|is there|do you|i|it)|sort of|kind of|kinda|probably|unless|whatever|"
    r"i suppose)\b"
)

INJECTION = (
    r"(?:\b(?:ignore|disregard|forget|override|bypass|pretend|roleplay|role[- ]play|"
    r"jailbreak|act as|you are now|from now on|system prompt|developer mode|"
    r"maintenance mode|debug mode|admin(?:istrator)? (?:mode|access|password)|"
    r"your (?:instructions|prompt|rules|guidelines|programming|system)|initial prompt|"
    r"base64|previous (?:instructions|prompts?|messages)|instructions (?:above|before)|"
    r"prompt injection|do anything now|stay in character|"
    r"your (?:answer|reply|response|output)|(?:modify|enhance|augment|append|provide|"
    r"alter|infuse|include|incorporate|scramble|substitute|insert|use|add|"
    r"format) (?:\w+ ){0,6}(?:reply|response|answer|output)|"
    r"(?:reply|respond|answer) (?:only |with |in |as )(?:\w+ )?(?:json|base64|caps|"
    r"emoji\w*|code|reverse|french|rhyme|morse|cipher)|caesar cipher|console\.log|"
    r"select \* from|drop table|insert into|union select|"
    r"api[ _-]?key|ssh|sudo|passwd|/etc/)\b|<\s*/?\s*(?:script|img|iframe|svg|html|body|a|"
    r"input|style|div|object|embed|meta|link|form|video|audio|table|b|x|math|xss|li|base|"
    r"bgsound|frameset|layer)\b|javascript:|onerror\s*=|on\w+\s*=|eval\(|alert\(|\$\(|"
    r"\$\{|\{\{|%[0-9a-f]{2}|&#|"
    r"['\"]\s*(?:or|and|;)\s*['\"\d]|--\s*$|/\*|\.\./|\\x[0-9a-f]{2}|`[^`]+`|\bexec\()"
)
