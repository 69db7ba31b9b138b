"""Texts no person wrote for us: auto-replies, other people's bots, and the ones meant for somebody else; pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_AUTOMATIC = re.compile(
    r"""\b(?:i(?:'|’)?m|i\ am)\ (?:currently\ )?
          (?:driving|unavailable|in\ a\ meeting|away\ from\ (?:my|the)\ (?:phone|desk|office))\b
          (?=.{0,80}\b(?:later|when|text\ you|call\ you|get\ back|focus|do\ not\ disturb|auto|arrive|until|back)\b|\W*$)
    |\bdo\ not\ disturb\ (?:while|is)\b|\bdriving\ focus\b|\bnotifications\ (?:are\ )?silenced\b
    |\b(?:automatic|automated|auto)[ -]?(?:generated\ )?(?:reply|response|message|text|responder|assistant)\b
    |\bout\ of\ (?:the\ )?office\b|\bon\ vacation\ until\b|\booo\b
    |\bthis\ (?:number|line|mailbox|inbox|account)\ (?:is\ not|isn'?t|does\ not|doesn'?t)
          \ (?:monitored|accept|receive|able|support)
    |\bthank(?:s|\ you)\ for\ (?:contacting|reaching\ out\ to|texting|your\ message|messaging)\b
          .{0,60}\b(?:we|our|business\ hours|team|representative)\b
    |\breply\ (?:\w+\ ){0,3}(?:stop|help)\ (?:to|for)\b|\bmsg\ ?&\ ?data\ rates\b
    |\brespuesta\ autom[aá]tica\b|\bestoy\ (?:manejando|conduciendo)\b|\bfuera\ de\ la\ oficina\b
    |\bmensaje\ autom[aá]tico\b
    |^\s*(?:liked|loved|laughed\ at|emphasized|questioned|disliked|reacted\ \S+\ to|le\ gust[oó])\ ["“].+["”]\s*$
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_WRONG_NUMBER = re.compile(
    r"""\b(?:wrong|incorrect)\ (?:number|person|phone|guy|girl|lady|recipient)\b
    |^\W*(?:hi|hey|hello|um|sorry|ok|uh)?[\s,]*
          (?:who(?:'|’)?s?\ (?:is|are|r)?\ ?(?:this|that|dis|you|u)|who\ dis|new\ (?:phone|number),?\ who\ dis)\W*$
    |\b(?:i(?:'|’)?m|i\ am)\ not\ (?:the\ right\ person|who\ you|that\ person|him|her)\b
    |\bthis\ (?:isn(?:'|’)?t|is\ not|ain(?:'|’)?t)\ \w+(?:'|’)?s?\ (?:phone|number)\b
    |\bthis\ is\ not\ (?:the\ right\ person|who\ you)\b
    |\b(?:you|u)\ (?:have|got|texted)\ the\ wrong\b|\b(?:no\ one|nobody)\ (?:here\ )?by\ that\ name\b
    |\bn[uú]mero\ equivocado\b|\bse\ equivoc[oó]\ de\ n[uú]mero\b
    |^\W*(?:qui[eé]n\ (?:es|eres|habla))\W*$|\bno\ soy\ (?:esa\ persona|ese|esa)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MENU = re.compile(
    r"\b(?:press|reply|type|text|marque|oprima) \d\b|\b(?:virtual|ai|digital) (?:assistant|agent)\b|\bbot\b", re.I
)
_ALIKE = 0.9


def is_automatic(text: str) -> bool:
    """An answering machine's words: answering it would only make it speak again."""
    return bool(_AUTOMATIC.search(text))


def is_wrong_number(text: str) -> bool:
    """Somebody who does not know us, or is not whom we take them for."""
    return bool(_WRONG_NUMBER.search(text))


def is_a_bot(theirs: Sequence[str], ours: Sequence[str]) -> bool:
    """Whether the last texts of the other side show nothing human: repeats of themselves, echoes of us, menus."""
    return bool(theirs) and not any(_human(text, theirs[:at], ours) for at, text in enumerate(theirs))


def _human(text: str, before: Sequence[str], ours: Sequence[str]) -> bool:
    if is_automatic(text) or _MENU.search(text):
        return False
    return not any(_alike(text, other) for other in [*before, *ours])


def _alike(one: str, other: str) -> bool:
    a, b = " ".join(one.lower().split()), " ".join(other.lower().split())
    return a == b or (min(len(a), len(b)) > 20 and SequenceMatcher(None, a, b).ratio() >= _ALIKE)
