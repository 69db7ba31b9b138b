"""What must never be said or promised: pure checks of the agent's words against what its tools returned."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
            r"|(?:all booked|booked you in|got you (?:down|booked|in|scheduled)))\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.MOVED,
        re.compile(
            r"\b(?:i(?:'ve| have)(?: just| now)? (?:moved|rescheduled|changed)|(?:has been|is now|you're now) "
            r"(?:moved|rescheduled))\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.CANCELLED,
        re.compile(
            r"\b(?:i(?:'ve| have)(?: just| now)? cancell?ed|(?:appointment|visit|that|it)(?:'s| is| has been)"
            r"(?: now)? cancell?ed)\b",
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
            rf"\b{_WHO}(?:'ll| will| is going to| are going to) (?:call|phone|ring|get back to|reach out to|"
            r"contact|text|follow up with) you\b",
            re.IGNORECASE,
        ),
    ),
    (
        Claim.COMMITMENT,
        re.compile(
            r"\b(?:(?:we|i)(?:'ll| will| can| could|'d)(?: also| gladly| happily)? (?:buy (?:it|your \w+|the \w+) back|"
            r"match (?:that|any) (?:price|offer)|waive|discount|knock \S+ off|take \S+ off|pay off|"
            r"give you \S+ for your trade|throw in)|your (?:monthly )?payment (?:would|will|is going to) be|"
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
            r"(?:person|being)|(?:a )?human))\b",
            re.IGNORECASE,
        ),
    ),
    (Claim.LINK, re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)),
)
_NOT_YET = re.compile(
    r"\b(?:not|n't|never|once|when|if|until|before|after|shall|should|would you like|could|want me to|can i)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\$\s?(\d[\d,]*(?:\.\d{1,2})?)|\b(\d[\d,]*(?:\.\d{1,2})?)\s?(?:dollars|bucks|usd)\b"
    r"|\b([a-z]+)[ -]dollars\b",
    re.IGNORECASE,
)
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
    if _MONEY.search(sentence):
        yield Claim.PRICE


def _backed(kind: Claim, sentence: str, backing: Backing) -> bool:
    if kind in _BACKED_BY:
        return bool(_BACKED_BY[kind] & backing.results)
    if kind is Claim.PRICE:
        return set(_amounts(sentence)) <= backing.amounts
    if kind is Claim.COMMITMENT:
        match = next((p.search(sentence) for k, p in _CLAIMS if k is kind), None)
        return bool(match and match[0].lower() in backing.text)
    return False


def _amounts(text: str) -> list[str]:
    """Money in a text, as plain numbers; spelled-out sums stay words and match only themselves."""
    found = []
    for digits, dollars, words in _MONEY.findall(text):
        number = (digits or dollars).replace(",", "")
        found.append(f"{float(number):.2f}" if number else words.lower())
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
