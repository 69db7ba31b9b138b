"""What must never be said or promised: pure checks of the agent's words against what its tools returned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from agent.house.understanding.numbers import TEENS, TENS, UNITS, read_cardinal
from agent.ports import ToolOutcome


class Claim(StrEnum):
    """Kinds of speech that need something behind them."""

    BOOKED = "said_booked"
    MOVED = "said_moved"
    CANCELLED = "said_cancelled"
    TRANSFERRED = "said_transferred"
    CALLBACK = "said_will_call_back"
    PRICE = "said_price"
    COMMITMENT = "made_commitment"
    NOT_AI = "denied_being_ai"
    LINK = "said_link"


# Claims worth correcting while the caller is still on the line. "I'm connecting you" is said before its tool has run,
# so it is only checked once the call is over.
AT_ONCE = frozenset({Claim.BOOKED, Claim.MOVED, Claim.CANCELLED, Claim.PRICE, Claim.COMMITMENT, Claim.NOT_AI})


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence that claims more than the record holds."""

    kind: Claim
    words: str


@dataclass(slots=True)
class Backing:
    """What the tools of a call have done and said so far."""

    results: set[str] = field(default_factory=set)
    amounts: set[str] = field(default_factory=set)
    text: str = ""

    def add(self, output: str | Mapping[str, object], decision: str = "allowed") -> None:
        """Takes one tool's answer. Only what was allowed backs anything."""
        if decision != "allowed":
            return
        body = _as_dict(output)
        result = str(body.get("result", ""))
        if result == "appointments" and not body.get("appointments"):
            return
        self.results.add(result)
        words = _words_in(body)
        self.text = f"{self.text} {words}".lower()
        self.amounts |= set(_amounts(words))


_BACKED_BY: dict[Claim, frozenset[str]] = {
    Claim.BOOKED: frozenset({"booked", "moved", "appointments"}),
    Claim.MOVED: frozenset({"moved"}),
    Claim.CANCELLED: frozenset({"cancelled"}),
    Claim.TRANSFERRED: frozenset({"transferring"}),
    Claim.CALLBACK: frozenset({"promised"}),
}
_WHO = (
    r"(?:someone|somebody|an? (?:advisor|person|manager|technician)|the team|they|we|i|he|she"
    r"|[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
)
_CLAIMS: tuple[tuple[Claim, re.Pattern[str]], ...] = (
    (
        Claim.BOOKED,
        re.compile(
            r"\b(?:you(?:'re| are)(?: all| now)? (?:booked|scheduled|set (?:up )?for|confirmed)"
            r"|i(?:'ve| have)(?: just| now| gone ahead and)? (?:booked|scheduled|reserved|set up|made)\b.{0,40}"
            r"|(?:your|the) (?:appointment|visit|booking) (?:is|has been) (?:now )?(?:all )?"
            r"(?:booked|scheduled|confirmed|set)"
            r"|(?:that|it)(?:'s| is| has been) (?:now |all )*(?:booked|scheduled)"
            r"|(?:your|the) (?:appointment|visit|booking)(?:'s| is) (?:now |all )?(?:on|at|for) (?!file|hold|your|the )"
            r"|i(?:'ve| have)(?: just| now| already)? put (?:you|that|it) (?:in|on|down on) the "
            r"(?:book|books|schedule|calendar)|i(?:'ve| have)(?: just| now)? put you (?:in|down) for (?!an? )\w+"
            r"|(?:we'll |i'll )?see you (?:on |at |next |this |then |tomorrow|today|in the morning|"
            r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
            r"|you(?:'re| are) in (?:for|on) (?:next |this )?(?:tomorrow|today|"
            r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
            r"|(?:i|we)(?: just| already|'ve| have| went ahead and)? (?:booked|scheduled) (?:you|your \w+|it|that)"
            r"|(?:i|we)(?:'ve| have)?(?: got)? you (?:down|scheduled|booked|in) (?:for|on|at)"
            r"|(?:le |te |lo |la )?(?:agend|program|apart|reserv)(?:é|e|amos) (?:su|la|una|tu|el|para)"
            r"|(?:su|la|tu) cita (?:ya )?(?:está|esta|quedó|quedo|queda) (?:\w+ )?"
            r"(?:confirmada|agendada|programada|lista|para)"
            r"|(?:quedó|quedo|queda|está|esta) (?:usted )?(?:agendad|program(?:ad)|reservad|apuntad)[oa]"
            r"|ya (?:le |te )?(?:hice|saqué|saque|agendé|agende|aparté|aparte) (?:la|una|su|tu) cita"
            r"|(?:all booked|booked you in|got you (?:down|booked|in|scheduled)))\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.MOVED,
        re.compile(
            r"\b(?:i(?:'ve| have)(?: just| now)? (?:moved|rescheduled|changed)|(?:has been|is now|you're now) "
            r"(?:moved|rescheduled)|(?:i|we) (?:just )?(?:moved|rescheduled) (?:it|your|you)"
            r"|(?:cambié|cambie|cambiamos|moví|movi|movimos) (?:su|la|tu) cita)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.CANCELLED,
        re.compile(
            r"\b(?:i(?:'ve| have)(?: just| now)? cancell?ed|(?:appointment|visit|that|it)(?:'s| is| has been)"
            r"(?: now)? cancell?ed|(?:i|we) (?:just )?cancell?ed (?:it|your|that|the)"
            r"|(?:cancelé|cancele|cancelamos) (?:su|la|tu) cita"
            r"|(?:su|la|tu) cita (?:está|esta|quedó|quedo) cancelada)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.TRANSFERRED,
        re.compile(
            r"\b(?:i'?m (?:now )?(?:connecting|transferring)|connecting you|transferring you|putting you through)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.CALLBACK,
        re.compile(
            rf"\b(?:{_WHO}(?:'ll| will| is going to| are going to) (?:call|phone|ring|get back to|reach out to|"
            r"contact|text|follow up with) you"
            rf"|(?:i|we)(?:'ll| will| can)(?: also)? (?:have|get|ask) {_WHO}(?: to)? (?:call|phone|ring|get back|"
            r"reach out|contact|text|follow up|confirm|check|look into|be in touch))\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.COMMITMENT,
        re.compile(
            r"\b(?:(?:we|i)(?:'ll| will| can| could|'d)(?: also| gladly| happily)? (?:buy (?:it|your \w+|the \w+) back|"
            r"match (?:that|any) (?:price|offer)|waive|discount|knock (?:\S+ ){1,4}off|"
            r"take (?!you|it|that|the|me)\S+ off|"
            r"take (?:\S+ ){1,3}(?:bucks|dollars|percent|%) off|pay off|"
            r"give you \S+ for your trade|throw in|"
            r"(?:cover|pay for) (?:it|that|this|everything|the (?:repair|cost|work|bill))\b)|"
            r"(?:covers?|fix|repair|replace|do) (?:\w+ ){1,3}(?:under|with) (?:the |your )?(?:\w+ )?warranty|"
            r"(?<!what )(?:the|your|that) (?:\w+ )?warranty(?:'ll| will| would| should)? covers?|"
            r"for free|on the house|"
            r"your (?:monthly )?payment (?:would|will|is going to) be|"
            r"\d+(?:\.\d+)? ?(?:%|percent) (?:apr|off|interest)|"
            r"(?:is|be|are) (?:free|free of charge|complimentary|on us|covered (?:by|under) (?:the |your )?warranty)|"
            r"no charge|at no cost|deal is (?:done|agreed)|legally binding|"
            r"i (?:guarantee|promise) (?:that|you|it|the))\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.NOT_AI,
        re.compile(
            r"\b(?:i(?:'m| am) (?:not (?:a |an )?(?:robot|bot|ai|machine|computer|automated)|(?:a )?(?:real|human) "
            r"(?:person|being)|(?:actually |really |just |very much )?(?:a )?"
            r"(?:person|human|real|(?:real|live|actual) (?:\w+))"
            r"(?=\s*(?:[.,!;?]|$| here| too| like| just))|[a-z]+(?: [a-z]+)?, (?:and )?an? (?:real|live|actual|human) "
            r"(?:person|human|being)(?=\s*(?:[.,!;?]|$)))"
            r"|you(?:'re| are) (?:speaking|talking) (?:to|with) (?:a|an) (?:real |live |actual )?(?:person|human))\b",
            re.IGNORECASE,
        ),
    ),
    (Claim.LINK, re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)),
)
_NOT_YET = re.compile(
    r"(?:n't|\bcannot|\b(?:not|never|once|when|whether|if|until|before|after|shall|should|would you like|could|"
    r"want me to|can i))\b",
    re.IGNORECASE,
)
_NUMBER_WORDS = frozenset({*UNITS, *TEENS, *TENS, "a", "hundred", "thousand", "and"})
_ONE = rf"(?:{'|'.join(sorted({*UNITS, *TEENS, *TENS, 'hundred', 'thousand'}, key=len, reverse=True))})"
_SPOKEN = rf"(?:a )?{_ONE}(?:(?: and)?[ -]{_ONE}){{0,11}}"
_MONEY = re.compile(
    rf"\$\s?(\d[\d,]*(?:\.\d{{1,2}})?)"
    rf"|\b(\d[\d,]*(?:\.\d{{1,2}})?)\s?(?:dollars|bucks|usd)\b((?:,? and)? \d{{1,2}} cents)?"
    rf"|\b({_SPOKEN})[ -](?:dollars|bucks)\b((?:,? and)? {_SPOKEN} cents)?",
    re.IGNORECASE,
)
# A number is money without "dollars" when the words before it are about a price.
_NUMBER = rf"(?:\d[\d,]*(?:\.\d{{1,2}})?|{_SPOKEN})"
_NEAR = r"(?:(?:about|around|roughly|just|only|under|over|exactly|maybe|like|you) )*"
_THEN = (
    r"(?=\s*(?:[.,!;?](?!\d)|$| (?:plus|or so|before|after tax|with tax|but|if|for (?:the|that|this|your|an?)|"
    rf"and(?! {_ONE})|total|all|out the door|per|each|a (?:tire|wheel|piece))\b))"
)
_PRICED = re.compile(
    rf"\b(?:(?:price|cost|total|charge|fee|rate|quote|estimate|bill)(?: \w+){{0,4}}? (?:is|are|would be|will be|"
    rf"comes to|runs?|of)|(?:price|cost|total|charge|fee|rate|quote|estimate|bill)'s|(?:costs?|runs?|come(?:s)? to|"
    rf"charge(?:s)?|priced at)) {_NEAR}(?P<cost>{_NUMBER}){_THEN}"
    rf"|\b(?:it|that|this)(?:'ll| will|'d| would| should) be {_NEAR}(?P<be>{_NUMBER}){_THEN}",
    re.IGNORECASE,
)
_HOURS, _CLOCK_WORDS, _YEARS = 12, 3, range(1950, 2050)
_FIX: dict[Claim, str] = {
    Claim.BOOKED: "You said a visit is booked, but no booking was made. Tell the caller it is not booked yet, then "
    "book it with book_appointment after they agree to the time, or promise a callback.",
    Claim.MOVED: "You said a visit was moved, but no tool moved it. Correct that, then use move_appointment.",
    Claim.CANCELLED: "You said a visit was cancelled, but no tool did it. Correct that, then use cancel_appointment.",
    Claim.PRICE: "You named a price that no tool returned. Correct it: you cannot quote that; an advisor will.",
    Claim.COMMITMENT: "You made a commitment about money or cover that no tool returned. Take it back plainly.",
    Claim.NOT_AI: "You denied being an AI. Say plainly that you are an automated assistant.",
}


def findings(text: str, backing: Backing) -> list[Finding]:
    """Every sentence that claims more than the tools did. Questions and not-yets claim nothing."""
    found: list[Finding] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        found += [
            Finding(kind, sentence.strip()[:200])
            for kind in _claims_in(sentence)
            if not _backed(kind, sentence, backing)
        ]
    return found


class SpeechGuard:
    """Watches one live call (the `ClaimGuard` port): what tools did goes in, corrections come out."""

    def __init__(self) -> None:
        self._backing = Backing()
        self.found: list[Finding] = []

    def tool_finished(self, name: str, outcome: ToolOutcome) -> None:
        """From now on this may be spoken of."""
        self._backing.add(outcome.output, outcome.decision)

    def said(self, text: str) -> str | None:
        """A correction for the model when its words outran the record, else None."""
        new = [finding for finding in findings(text, self._backing) if finding.kind in AT_ONCE]
        self.found += new
        return _FIX.get(new[0].kind) if new else None


def _claims_in(sentence: str) -> Iterable[Claim]:
    question = sentence.rstrip().endswith("?")
    for kind, pattern in _CLAIMS:
        match = pattern.search(sentence)
        if not match:
            continue
        if kind in (Claim.NOT_AI, Claim.LINK):
            yield kind
        elif not question and not _NOT_YET.search(sentence[: match.end()]):
            yield kind
    if _sums(sentence):
        yield Claim.PRICE


def _backed(kind: Claim, sentence: str, backing: Backing) -> bool:
    if kind in _BACKED_BY:
        return bool(_BACKED_BY[kind] & backing.results)
    if kind is Claim.PRICE:
        return all(readings & backing.amounts for readings in _sums(sentence))
    if kind is Claim.COMMITMENT:
        match = next((p.search(sentence) for k, p in _CLAIMS if k is kind), None)
        return bool(match and _plain_promise(match[0]) in backing.text)
    return False


def _plain_promise(words: str) -> str:
    """What is promised without the verb it came with: a tool that said "free" backs "is free" and "for free"."""
    return re.sub(r"^(?:is|are|be|for) ", "", words.lower())


def _amounts(text: str) -> list[str]:
    """Money in a text, as plain numbers."""
    return [amount for readings in _sums(text) for amount in readings]


def _sums(text: str) -> list[frozenset[str]]:
    """Each sum of money in a text with every amount it can mean: "two fifty" is 2.50 and 250."""
    found = [_readings(" ".join(part for part in match if part)) for match in _MONEY.findall(text)]
    for match in _PRICED.finditer(text):
        number = match["cost"] or match["be"]
        if not (match["be"] and _a_time(number)):
            found.append(_readings(number))
    return [readings for readings in found if readings]


def _a_time(number: str) -> bool:
    """ "Nine thirty" after "that will be" is a time of day as likely as a price."""
    words = number.lower().replace("-", " ").split()
    if number[:1].isdigit():
        return number.isdigit() and (int(number) <= _HOURS or int(number) in _YEARS)
    first = read_cardinal(words, 0)
    return first is not None and 0 < first[0] <= _HOURS and len(words) <= _CLOCK_WORDS and "hundred" not in words


def _readings(number: str) -> frozenset[str]:
    """The amounts a number as spoken can stand for."""
    low = number.lower().replace("-", " ")
    digits = re.findall(r"\d[\d,]*(?:\.\d+)?", low)
    if digits:
        values = [float(each.replace(",", "")) for each in digits]
        cents = len(values) == 2 and values[1] < 100 and "cent" in low
        return frozenset({f"{values[0] + values[1] / 100 if cents else values[0]:.2f}"})
    words = [word for word in low.split() if word in _NUMBER_WORDS]
    while words and words[0] == "and":
        words.pop(0)
    whole = _whole(words)
    parted = {
        dollars + cents / 100
        for at in range(1, len(words))
        for dollars in _whole(words[:at])
        for cents in _whole(words[at + (words[at] == "and") :])
        if 0 < cents < 100
    }
    return frozenset(f"{value:.2f}" for value in whole | parted)


def _whole(words: Sequence[str]) -> set[float]:
    """A row of number words as one number, or as hundreds and the rest: "one twenty nine" is 129."""
    found: set[float] = set()
    for at in range(len(words)):
        first = read_cardinal(words, 0) if at == 0 else read_cardinal(words[:at], 0)
        if first is None or first[1] != (at or len(words)):
            continue
        if at == 0:
            found.add(first[0])
            continue
        rest = read_cardinal(words, at)
        if rest is not None and rest[1] == len(words) and 0 < first[0] < 100 and 10 <= rest[0] < 100:
            found.add(first[0] * 100 + rest[0])
    return found


def _as_dict(output: str | Mapping[str, object]) -> Mapping[str, object]:
    if not isinstance(output, str):
        return output
    try:
        body = json.loads(output)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _words_in(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return " ".join(_words_in(item) for item in value.values())
    if isinstance(value, list | tuple):
        return " ".join(_words_in(item) for item in value)
    return ""
