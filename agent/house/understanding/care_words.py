# ruff: noqa: E501 - tables of words
"""What callers say of waiting lists, codes, their details, upkeep and ordered parts, over plain lower-case words."""

from __future__ import annotations

_DETAIL = r"(?:phone(?: number)?|cell(?: number)?|number|e-?mail(?: address)?|(?:home |mailing |street )?address|last name|name)"

# (intent, pattern, score), as in `intent_words`.
CARE_WORDS: tuple[tuple[str, str, float], ...] = (
    (
        "wait_list",
        r"\b(?:wait(?:ing)? ?list|waitlist|cancellation list|standby list|"
        r"(?:if|when|in case) (?:anything|something|a (?:spot|slot|time)|anybody|anyone|somebody|someone|there's) "
        r"(?:\w+ ){0,4}(?:opens?|open|comes up|cancels?|cancellation|sooner|earlier|frees? up)|"
        r"(?:call|let) me (?:know )?if (?:\w+ ){0,4}(?:earlier|sooner|opens? up|cancels))\b",
        0.9,
    ),
    (
        "code",
        r"\b(?:(?:text|send|shoot) (?:me )?(?:a |the |that |one )?(?:\w+ )?(?:code|pin)|(?:verification|security|"
        r"one[- ]time) code|code (?:by|to my) (?:text|phone|cell))\b",
        0.9,
    ),
    (
        "contact_change",
        rf"\b(?:(?:update|change|correct|fix|switch) (?:my|our|the) (?:\w+ )?{_DETAIL}|"
        rf"(?:my|our) {_DETAIL} (?:has |have )?(?:changed|is (?:different|wrong|new)|isn't right)|"
        rf"(?:have|got) an? new {_DETAIL}|new {_DETAIL} (?:is|for)|(?:i|we)(?:'ve| have)? moved\b(?! (?:it|my|the))|"
        rf"(?:you|they) (?:have|got|spelled) my {_DETAIL} (?:spelled )?(?:wrong|misspelled|incorrectly)|my name is (?:misspelled|spelled wrong)|"
        r"(?:change of|new) address)\b",
        0.9,
    ),
    (
        "maintenance",
        r"\b(?:what(?:'s| is| am| are| does| do)? (?:\w+ ){0,5}(?:due (?:for)?|need(?:s)? at \w+)|"
        r"(?:am|is|are) (?:i|it|my \w+|the \w+|we) (?:\w+ )?due (?:for|now|yet)|due for (?:anything|service|maintenance)|"
        r"when(?:'s| is| am i) (?:\w+ ){0,6}due|maintenance schedule|scheduled maintenance|"
        r"what (?:service|maintenance) (?:do|does) (?:i|it|my \w+) need)\b",
        0.85,
    ),
    (
        "parts_order",
        r"\b(?:(?:is|are|has|have|did|was) (?:my|the|our|that|those) (?:\w+ ){0,3}(?:parts?|order)(?: that)?(?: i| you| we)?"
        r"(?: ordered)? (?:\w+ ){0,2}(?:in|here|arrive\w*|come in|came in|ready|get (?:in|here)|show(?:ed)? up)|"
        r"(?:parts?|order) (?:i|you|we|that were|that was) (?:\w+ )?ordered|"
        r"(?:waiting (?:on|for)|status of|check on) (?:my|the|a|some) (?:\w+ ){0,2}(?:special order|ordered part|parts? order|"
        r"part)\b|special order(?:ed)? part)\b",
        0.9,
    ),
)
