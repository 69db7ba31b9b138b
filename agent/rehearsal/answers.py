"""What a simulated caller answers: the question is known by its words, the answer from what they know. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

# The same answer for the third time means that the agent does not understand: people give up.
MOST_REPEATS = 3


class Answers:
    """What a caller says to what they hear: the question is recognised, the answer comes from what they know."""

    def __init__(self, opening: str, knows: Mapping[str, str | Sequence[str]], then: Sequence[str] = ()) -> None:
        self._opening, self._knows = opening, knows
        self._then = list(then)
        self._given: Counter[str] = Counter()

    def to(self, heard: str) -> str | None:
        """The reply, "" to hang up, None to go on listening."""
        question = _last_question(heard)
        for pattern, topic in _QUESTIONS:
            if pattern.search(question if topic not in _WHOLE else heard):
                return self._answer(topic)
        return None

    def _answer(self, topic: str) -> str | None:
        if topic == "goodbye":
            return ""
        if topic == "anything_else" and self._then:
            return self._then.pop(0)
        self._given[topic] += 1
        if self._given[topic] > MOST_REPEATS:
            return ""
        return self._known(topic) or self._default(topic)

    def _known(self, topic: str) -> str:
        known = self._knows.get(topic, "")
        if isinstance(known, str):
            return known
        return known[min(self._given[topic], len(known)) - 1] if known else ""

    def _default(self, topic: str) -> str:
        if topic == "last_name":
            return (self._known("name") or "Jordan Miles").split()[-1]
        if topic == "book_it":
            return self._known("yes") or _DEFAULTS["yes"]
        if topic == "need" and self._given["need"] == 1:
            return self._opening
        return _DEFAULTS.get(topic, "Sorry, I don't know that.")


_QUESTIONS = [
    (re.compile(pattern, re.IGNORECASE), topic)
    for pattern, topic in (
        (
            r"\bgood ?bye\b|\badi[oó]s\b|have a (?:great|good|nice)|thanks for calling|thank you for calling[^?]*$",
            "goodbye",
        ),
        (r"leave (?:us )?(?:a|your) message|after the (?:tone|beep)", "voicemail"),
        (r"anything else|something else|else i can|what else|algo más", "anything_else"),
        (r"\bvin\b[^?]*\?(?<!is that right\?)|what comes next|el vin\?|qué sigue", "vin"),
        (r"other digits|demás dígitos", "more_digits"),
        (r"like to book that|quiere hacer la cita", "book_it"),
        (
            r"message\?|what should they|call you back about|mensaje\?|le devolvemos|what (?:is|'s) (?:this|it) about",
            "message",
        ),
        (r"¿cuál le conviene", "choice"),
        (r"se la reservo|lo hago\?|la cancelo|le conviene\?|es correcto", "yes"),
        (r"\b(?:shall|should) i\b(?! change)|does that (?:work|sound)|sound good|did i get", "yes"),
        (r"is that (?:right|correct|ok)", "yes"),
        (r"last name\?$(?<!first and last name\?)", "last_name"),
        (r"y su apellido\?", "last_name"),
        (r"\bname\b|nombre", "name"),
        (r"\bzip\b|postal", "zip"),
        (
            r"what (?:year|model)|de qué año|qué modelo|qué carro|"
            r"year,? make|what are you driving|(?:which|what) (?:car|vehicle|one do you)|make and model",
            "vehicle",
        ),
        (r"mileage|how many miles", "mileage"),
        (
            r"wait while|wait (?:for it|here)|drop (?:it|the car) off|"
            r"shuttle|loaner|ride home|leave the car with us|va a esperar",
            "transport",
        ),
        (r"which (?:works|one|time|of)|any of th|do any|prefer|works best", "choice"),
        (r"what day|what time|when (?:would|do|should|can)|day and time|what should i change", "when"),
        (r"qué día|qué otro día|a qué hora le|cuándo le gustaría|qué cambio", "when"),
        (r"(?:other|another|different) (?:day|time)", "when"),
        (
            r"(?:best|phone|callback|what|your|reach you).{0,25}number|number.{0,20}(?:reach|call)|"
            r"qué número|mejor número",
            "phone",
        ),
        (
            r"how (?:can|may) i help|what can (?:i|we) (?:do|help)|what does the car need|"
            r"le puedo ayudar|le hacemos|qué necesita",
            "need",
        ),
        (r"what (?:service|work|brings)|why are you calling|what would you like", "need"),
    )
]
# Recognised anywhere in what was heard; other questions only in the last one asked.
_WHOLE = frozenset({"goodbye", "voicemail"})
_DEFAULTS = {
    "anything_else": "No, that's everything. Thank you, goodbye.",
    "yes": "Yes, please.",
    "name": "Jordan Miles",
    "zip": "97202",
    "vehicle": "It's a 2017 Toyota Camry.",
    "mileage": "About sixty thousand miles.",
    "transport": "I'll drop it off.",
    "choice": "The first one works.",
    "when": "How about next Tuesday morning?",
    "phone": "Use the number I'm calling from.",
    "message": "Please have somebody call me back about my car.",
    "voicemail": "Hi, this is Jordan Miles. Please call me back about my car. Thank you.",
}


def _last_question(heard: str) -> str:
    sentences = re.split(r"(?<=[.?!])\s+", heard.strip())
    asked = [sentence for sentence in sentences if sentence.endswith("?")]
    return asked[-1] if asked else heard
