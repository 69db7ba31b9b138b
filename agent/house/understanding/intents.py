"""What the caller is trying to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from agent.house.understanding.care_words import CARE_WORDS
from agent.house.understanding.common_words import COMMON
from agent.house.understanding.intent_words import INJECTION, MAYBE, NO, WORDS, YES


class Intent(StrEnum):
    """Things callers do. None of them grants anything: what may be done is decided by the tools."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    CHECK_APPOINTMENT = "check_appointment"
    RO_STATUS = "ro_status"
    ADVISED_WORK = "advised_work"
    HOURS = "hours"
    ADDRESS = "address"
    PRICE = "price"
    PARTS = "parts"
    SALES = "sales"
    TRADE_IN = "trade_in"
    TRANSFER = "transfer"
    CALLBACK = "callback"
    MESSAGE = "message"
    COMPLAINT = "complaint"
    SAFETY = "safety"
    OPT_OUT = "opt_out"
    GOODBYE = "goodbye"
    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    REPEAT = "repeat"
    SPELLING = "spelling"
    ARE_YOU_A_ROBOT = "are_you_a_robot"
    THANKS = "thanks"
    DO_NOT_RECORD = "do_not_record"
    SPANISH = "spanish"
    CORRECTION = "correction"
    HOLD_ON = "hold_on"
    GREETING = "greeting"
    LOANER = "loaner"
    WAIT_LIST = "wait_list"
    CODE = "code"
    CONTACT_CHANGE = "contact_change"
    MAINTENANCE = "maintenance"
    PARTS_ORDER = "parts_order"
    WRONG_NUMBER = "wrong_number"
    INJECTION = "injection"  # words addressed to the software, not to the store: treat as unknown
    UNKNOWN = "unknown"


class Department(StrEnum):
    """Where a transfer is wanted."""

    SERVICE = "service"
    PARTS = "parts"
    SALES = "sales"
    FINANCE = "finance"
    BODY_SHOP = "body_shop"
    MANAGER = "manager"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class IntentScore:
    """One intent, how sure, and the words that said so."""

    intent: Intent
    score: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class TransferTarget:
    """Whom the caller asked for: a department, a person by name, or both."""

    department: Department | None = None
    person: str | None = None


_RULES = tuple((Intent(name), re.compile(pattern), score) for name, pattern, score in (*WORDS, *CARE_WORDS))
_YES, _NO, _MAYBE = re.compile(YES), re.compile(NO), re.compile(MAYBE)
_INJECTION = re.compile(INJECTION, re.I)
_NEGATED = re.compile(
    r"(?:\b(?:don't|do not|didn't|not|never|wasn't|isn't|no need|doesn't|haven't|instead of|rather than|without)"
    r"\s+(?:\w+\s+){0,4})$"
)
_UNNEGATABLE = frozenset(
    {Intent.OPT_OUT, Intent.DO_NOT_RECORD, Intent.REPEAT, Intent.CORRECTION, Intent.NO, Intent.COMPLAINT}
)
_ACTIONS = frozenset(
    {Intent.MOVE, Intent.CANCEL, Intent.BOOK, Intent.DO_NOT_RECORD, Intent.OPT_OUT, Intent.REPEAT, Intent.CORRECTION}
)
_QUESTION = re.compile(r"^(?:what|when|where|how|who|which|why|is|are|do|does|can|could|will|would)\b")
_PAST_PROBLEM = re.compile(r"\b(?:last (?:week|month|year|time)|used to|a while ago|(?:years?|months?) ago)\b")
_SAFETY_AT_EASE = re.compile(r"\b(?:recall|how (?:much|long)|check|inspection|light|no rush|sensor|appointment for)\b")
_DEPARTMENTS = tuple(
    (department, re.compile(pattern))
    for department, pattern in (
        (Department.MANAGER, r"\b(?:manager|supervisor|boss|owner|in charge|higher up)\b"),
        (Department.PARTS, r"\bparts?\b"),
        (Department.FINANCE, r"\b(?:financ\w+|billing|accounting|cashier|payments?|payoff)\b"),
        (Department.BODY_SHOP, r"\b(?:body ?shop|collision)\b"),
        (Department.SALES, r"\b(?:sales\w*|new cars?|used cars?|leasing)\b"),
        (Department.SERVICE, r"\b(?:service|advisor|technician|mechanic|repair)\b"),
        (
            Department.OPERATOR,
            r"\b(?:operator|representative|receptionist|front desk|human|person|someone|somebody|agent|people)\b",
        ),
    )
)
_PERSON = re.compile(
    r"\b(?:(?:speak|talk|chat)\s+(?:to|with)|transfer\s+me\s+(?:to|over\s+to)|connect\s+me\s+(?:to|with)|put\s+me\s+through\s+to|get\s+me|"
    r"give\s+me|looking\s+for|message\s+for|ask(?:ing)?\s+for|have|tell|is)\s+(?P<name>[a-z][a-z'\-]+(?:\s+[a-z][a-z'\-]+)?)",
    re.I,
)


def find_intents(text: str) -> list[IntentScore]:
    """Every intent in the words, surest first; a single UNKNOWN when there is none."""
    plain = _straight(text)
    attack = _INJECTION.search(text)
    if attack is not None:
        return [IntentScore(Intent.INJECTION, 0.9, attack.group()[:60]), IntentScore(Intent.UNKNOWN, 0.5)]
    found: dict[Intent, IntentScore] = {}
    for intent, pattern, score in _RULES:
        for match in pattern.finditer(plain):
            negated = intent not in _UNNEGATABLE and _NEGATED.search(plain[max(0, match.start() - 48) : match.start()])
            if negated:
                continue
            if intent not in found:
                found[intent] = IntentScore(intent, score, match.group().strip())
            break
    _answers(plain, found)
    _settle(plain, found)
    ranked = sorted(found.values(), key=lambda entry: -entry.score)
    return ranked or [IntentScore(Intent.UNKNOWN, 1.0)]


def find_transfer_target(text: str) -> TransferTarget | None:
    """Whom the caller wants to speak to, when they ask for someone."""
    plain = _straight(text)
    rules = {intent: pattern for intent, pattern, _ in _RULES}
    asked = [
        match
        for intent in (Intent.TRANSFER, Intent.MESSAGE, Intent.CALLBACK)
        if (match := rules[intent].search(plain)) is not None
    ]
    if _INJECTION.search(text) is not None:
        return None
    if not asked:
        angry = rules[Intent.COMPLAINT].search(plain) is not None and _DEPARTMENTS[0][1].search(plain) is not None
        return TransferTarget(Department.MANAGER) if angry else None
    person = _person(plain)
    around = plain[min(match.start() for match in asked) :] if person is None else plain
    department = next((department for department, pattern in _DEPARTMENTS if pattern.search(around)), None)
    if department is Department.OPERATOR and person is not None:
        department = None
    return TransferTarget(department, person) if department is not None or person is not None else None


def _person(plain: str) -> str | None:
    for match in _PERSON.finditer(plain):
        words = match["name"].split()
        kept: list[str] = []
        for word in words:
            if word in COMMON or any(pattern.search(word) for _, pattern in _DEPARTMENTS):
                break
            kept.append(word)
        if kept:
            return " ".join(word.capitalize() for word in kept)
    return None


def _answers(plain: str, found: dict[Intent, IntentScore]) -> None:
    """YES, NO or MAYBE, from how the utterance opens and what it then takes back."""
    no, yes, maybe = _NO.search(plain), _YES.search(plain), _MAYBE.search(plain)
    words = plain.split()
    if no is not None:
        found[Intent.NO] = IntentScore(Intent.NO, 0.85 if len(words) <= 8 else 0.65, no.group().strip())
    elif yes is not None:
        short = len(words) - len(yes.group().split()) <= 6
        found[Intent.YES] = IntentScore(Intent.YES, 0.85 if short else 0.6, yes.group().strip())
    if maybe is not None and (len(words) <= 12 or no is not None or yes is not None):
        found[Intent.MAYBE] = IntentScore(Intent.MAYBE, 0.75, maybe.group().strip())
        if Intent.YES in found:
            found[Intent.YES] = IntentScore(Intent.YES, 0.4, found[Intent.YES].text)
        if Intent.NO in found and maybe.group().startswith(("not", "i don't", "i do not", "i'm")):
            found.pop(Intent.NO)


def _settle(plain: str, found: dict[Intent, IntentScore]) -> None:
    """What one intent says about another."""

    def lower(intent: Intent, by: float) -> None:
        if intent in found:
            old = found[intent]
            found[intent] = IntentScore(intent, round(old.score - by, 2), old.text)

    if Intent.MOVE in found or Intent.CANCEL in found or Intent.CHECK_APPOINTMENT in found:
        lower(Intent.BOOK, 0.35)
    if Intent.MOVE in found:
        lower(Intent.CANCEL, 0.25)
    if Intent.OPT_OUT in found:
        for other in (
            Intent.CANCEL,
            Intent.CALLBACK,
            Intent.YES,
            Intent.NO,
            Intent.COMPLAINT,
            Intent.BOOK,
            Intent.MESSAGE,
        ):
            lower(other, 0.5)
    if Intent.RO_STATUS in found and Intent.BOOK in found and "appointment" in plain:
        lower(Intent.RO_STATUS, 0.35)
    if Intent.ARE_YOU_A_ROBOT in found and not re.search(
        r"\b(?:speak|talk|transfer|get me|give me) (?:to|with|a)\b", plain
    ):
        lower(Intent.TRANSFER, 0.5)
    if Intent.TRADE_IN in found:
        lower(Intent.PRICE, 0.3)
        lower(Intent.SALES, 0.2)
    if Intent.SAFETY in found and _PAST_PROBLEM.search(plain):
        lower(Intent.SAFETY, 0.4)
    if (
        Intent.SAFETY in found
        and re.search(r"\bair ?bags?\b", found[Intent.SAFETY].text)
        and _SAFETY_AT_EASE.search(plain)
    ):
        lower(Intent.SAFETY, 0.3)
    if Intent.YES in found and Intent.COMPLAINT in found:
        lower(Intent.YES, 0.2)
    if Intent.YES in found and _QUESTION.search(plain):
        lower(Intent.YES, 0.4)
    if Intent.CORRECTION in found and Intent.NO in found:
        found[Intent.CORRECTION] = IntentScore(Intent.CORRECTION, 0.9, found[Intent.CORRECTION].text)
    if Intent.NO in found and not re.match(r"(?:\w+,? ){0,2}?(?:no|nope|nah|never ?mind)\b", found[Intent.NO].text):
        if found.keys() & _ACTIONS:
            lower(Intent.NO, 0.3)
    if len(found) > 1:
        lower(Intent.GREETING, 0.2)


def _straight(text: str) -> str:
    return " ".join(text.lower().replace("\u2019", "'").split())
