"""What a prompt is read for before it is saved: findings with their line. Refusals stop it, advice does not. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from prompts.bundle import bundle_of, faults
from prompts.rendering import LONGEST_RENDERED, PromptRefused, check, longest_rendered
from prompts.sections import MOST_SECTIONS, sections_of

LONGEST_PROMPT = 16 * 1024
_LONGEST_SENTENCE = 40
_HARDEST = 12.0
_MOST_SPOKEN = 4
_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_FORBIDDEN = (
    (r"\bguarantee[sd]?\b", "a guarantee"),
    (r"\b(?:free|no charge|complimentary)\b", "something for nothing"),
    (r"\b(?:cheapest|lowest|best) price", "a price promise"),
    (r"\bprice match", "a price promise"),
    (r"\b\d{1,3} ?(?:%|percent) off\b", "a discount"),
    (r"\bdiscounts?\b", "a discount"),
    (r"\b(?:covered by|under) (?:the )?warranty\b", "warranty cover"),
    (r"\b(?:your trade|trade-in) is worth\b", "a trade-in value"),
    (r"\bbuy ?back\b", "buying a car back"),
    (r"\bmonthly payment", "a payment"),
    (r"\$ ?\d", "an amount of money"),
)
_NEGATED = re.compile(
    r"\b(?:never|not|no|don['’]t|do not|cannot|can['’]t|without|avoid|refuse|only in)\b", re.IGNORECASE
)
_DISCLOSURE = re.compile(r"\b(?:automated|virtual|AI|artificial|not a person)\b", re.IGNORECASE)
_HIDING = re.compile(r"\b(?:never|don['’]t|do not)\s+(?:say|tell|mention|admit|reveal|disclose)", re.IGNORECASE)
_TOLD_TO_SAY = re.compile(r"\b(?:say|tell|offer|promise|quote|mention)\b", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?:])\s+|\n")
_UNSPEAKABLE = (
    (re.compile(r"https?://|www\."), "A web address cannot be spoken; say what is found there."),
    (re.compile(r"^\s*\|.*\|\s*$"), "A table cannot be spoken."),
    (re.compile(r"[*_]{2}\S"), "Bold marks may be read aloud; use plain words."),
    (re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]"), "A picture character cannot be spoken."),
)


FACT_LINES = {
    "Store": "store",
    "Now": "now",
    "Time zone": "time_zone",
    "Caller": "caller",
    "Departments": "departments",
    "Hours today": "hours_today",
    "Disclosed": "disclosed",
    "Earlier in this call": "earlier",
}
"""The lines with the facts of a conversation, by their name: the built-in agent reads them in the same prompt."""


class Weight(StrEnum):
    """Whether a finding stops a draft from being saved as a version."""

    REFUSAL = "refusal"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, at a line counted from 1."""

    line: int
    weight: Weight
    says: str


def findings(prompt: str, *, spoken: bool) -> tuple[Finding, ...]:
    """Everything worth saying about a prompt, refusals first; `spoken` is false for one that writes texts."""
    found = [*_form(prompt), *_promises(prompt), *_disclosure(prompt), *_reading(prompt)]
    if spoken:
        found += _speech(prompt)
    return tuple(sorted(set(found), key=lambda f: (f.weight is Weight.ADVICE, f.line, f.says)))


def may_freeze(found: tuple[Finding, ...]) -> bool:
    """Whether nothing found stands in the way of a version."""
    return all(finding.weight is Weight.ADVICE for finding in found)


def reading_level(text: str) -> float:
    """School grade by the Automated Readability Index (Smith and Senter, 1967): letters a word, words a sentence."""
    sentences = [s for s in _SENTENCES.split(text) if re.search(r"\w", s)]
    words = re.findall(r"\w+", text)
    if not sentences or not words:
        return 0.0
    letters = sum(map(len, words))
    return 4.71 * letters / len(words) + 0.5 * len(words) / len(sentences) - 21.43


def _form(prompt: str) -> Iterator[Finding]:
    if not prompt.strip():
        yield Finding(1, Weight.REFUSAL, "There is nothing in it.")
    if len(prompt.encode()) > LONGEST_PROMPT:
        yield Finding(1, Weight.REFUSAL, f"It is {len(prompt.encode()):,} bytes long; {LONGEST_PROMPT:,} is the most.")
        return
    for number, line in enumerate(prompt.splitlines(), 1):
        odd = {c for c in line if c in _BIDI or (unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn") and c != "\t")}
        if odd:
            marks = ", ".join(sorted(f"U+{ord(c):04X}" for c in odd))
            yield Finding(number, Weight.REFUSAL, f"It holds characters that cannot be seen ({marks}).")
    lines = {re.sub(r"\s+", "", line) for line in prompt.splitlines()}
    for name, slot in FACT_LINES.items():
        if re.sub(r"\s+", "", f"{name}:{{{{{slot}}}}}") not in lines:
            yield Finding(1, Weight.REFUSAL, f"The line “{name}: {{{{ {slot} }}}}” is missing: the agents read it.")
    if len(sections_of(prompt)) > MOST_SECTIONS:
        yield Finding(1, Weight.REFUSAL, f"It has more than {MOST_SECTIONS} sections.")
    try:
        check(prompt)
    except PromptRefused as refused:
        yield Finding(refused.line, Weight.REFUSAL, f"{refused.why[0].upper()}{refused.why[1:]}.")
        return
    if longest_rendered(bundle_of(prompt).words) > LONGEST_RENDERED:
        yield Finding(1, Weight.REFUSAL, f"With its slots filled it could grow beyond {LONGEST_RENDERED:,} bytes.")
    for fault in faults(prompt):
        yield Finding(fault.line, Weight.REFUSAL, fault.says)


def _promises(prompt: str) -> Iterator[Finding]:
    """Promises the agent is told to make. A line that forbids one says the same words, so "never" lets it pass."""
    for number, line in enumerate(prompt.splitlines(), 1):
        for sentence in _SENTENCES.split(line):
            for pattern, what in _FORBIDDEN:
                found = re.search(pattern, sentence, re.IGNORECASE)
                if found and not _NEGATED.search(sentence[: found.start()]):
                    told = _TOLD_TO_SAY.search(sentence) or what == "an amount of money"
                    weight = Weight.REFUSAL if told else Weight.ADVICE
                    yield Finding(number, weight, f"It promises {what}: nothing like that may be promised.")


def _disclosure(prompt: str) -> Iterator[Finding]:
    said = [s for s in _SENTENCES.split(prompt) if _DISCLOSURE.search(s) and not _HIDING.search(s)]
    if not said:
        yield Finding(1, Weight.REFUSAL, "It never says that an automated assistant is speaking.")


def _reading(prompt: str) -> Iterator[Finding]:
    for number, line in enumerate(prompt.splitlines(), 1):
        longest = max((len(re.findall(r"\w+", s)) for s in _SENTENCES.split(line)), default=0)
        if longest > _LONGEST_SENTENCE:
            says = f"A sentence of {longest} words: short ones are followed better."
            yield Finding(number, Weight.ADVICE, says)
    level = reading_level(prompt)
    if level > _HARDEST:
        yield Finding(1, Weight.ADVICE, f"It reads at grade {level:.0f}; plain words do better.")


def _speech(prompt: str) -> Iterator[Finding]:
    lines = prompt.splitlines()
    for number, line in enumerate(lines, 1):
        for pattern, says in _UNSPEAKABLE:
            if pattern.search(line):
                yield Finding(number, Weight.ADVICE, says)
        quoted = re.search(r"[“\"]([^”\"]+)[”\"]", line)
        if quoted and len(re.split(r",|;|\bor\b", quoted[1])) > _MOST_SPOKEN:
            yield Finding(number, Weight.ADVICE, f"More than {_MOST_SPOKEN} choices at once are not kept in mind.")
