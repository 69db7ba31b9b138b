"""The menu: which of the store's op codes fit what a customer says, and what may be said about their price."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from scheduling.models import OpCodeRow
from scheduling.refusals import UnknownOpCode
from scheduling.shop import Job, SafetyClass
from scheduling.vocabulary import COMPLAINTS, FAMILY_PHRASES, STOP_WORDS

DIAGNOSTIC = "diagnostic"
PRICE_UNKNOWN = "the advisor will confirm the price"
# Below this a menu line shares only a common word with what was said.
_WORTH_OFFERING = 0.3
_OWN_KEYWORD = 0.9
_FAMILY = 0.75
_FALLBACK = 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A menu line that may be what the customer means, from 0 to 1, and the words that say so."""

    job: Job
    score: float
    why: tuple[str, ...]


async def menu(db: AsyncSession, *, include_retired: bool = False) -> list[Job]:
    """The rooftop's op codes, by code."""
    query = select(OpCodeRow).order_by(OpCodeRow.code)
    rows = await db.scalars(query if include_retired else query.where(OpCodeRow.active))
    return [
        Job(
            code=row.code,
            family=row.family,
            plain_name=row.plain_name,
            minutes=round(row.hours * 60),
            keywords=tuple(row.keywords),
            skill=row.skill,
            bay_type=row.bay_type,
            price_wording=row.price_wording,
            safety_class=SafetyClass(row.safety_class),
            waitable=row.waitable,
        )
        for row in rows
    ]


def by_codes(codes: Iterable[str], menu: Sequence[Job]) -> tuple[Job, ...] | UnknownOpCode:
    """The menu lines of these codes, each once, in the order asked for; refused unless every one is on the menu."""
    known = {job.code.casefold(): job for job in menu}
    asked = list(dict.fromkeys(code.strip().casefold() for code in codes))
    unknown = tuple(code for code in asked if code not in known)
    if unknown or not asked:
        return UnknownOpCode(unknown)
    return tuple(known[code] for code in asked)


def price_words(job: Job) -> str:
    """What may be said about the price: the store's own words or none; a number is never worked out here."""
    return job.price_wording or PRICE_UNKNOWN


def matches(words: str, menu: Sequence[Job]) -> list[Match]:
    """Menu lines that fit the words, best first; none when nothing does.

    A complaint the menu has no line for ("it makes a noise") fits the store's diagnosis.
    """
    said = _stems(words)
    families = _families(said)
    found = [_match(job, said, families) for job in menu]
    fitting = [match for match in found if match.score >= _WORTH_OFFERING]
    covered = {match.job.family for match in fitting}
    unmet = {family: why for family, why in families.items() if family in COMPLAINTS and family not in covered}
    if unmet and DIAGNOSTIC not in covered:
        why = tuple(unmet.values())
        fitting += [Match(job, _FALLBACK, why) for job in menu if job.family == DIAGNOSTIC]
    return sorted(fitting, key=lambda match: (-match.score, match.job.minutes, match.job.code))


def _match(job: Job, said: list[str], families: dict[str, str]) -> Match:
    why: list[str] = []
    score = 0.0
    if job.code.casefold() in said:
        score, why = 1.0, [job.code]
    for keyword in job.keywords:
        if _position(_stems(keyword), said) is not None:
            score = max(score, _OWN_KEYWORD)
            why.append(keyword)
    if job.family in families:
        score = max(score, _FAMILY)
        why.append(families[job.family])
    name = [stem for stem in dict.fromkeys(_stems(job.plain_name)) if stem not in STOP_WORDS]
    shared = [stem for stem in name if stem in said]
    if name and shared:
        share = len(shared) / len(name)
        # Between lines of one family the name decides ("synthetic", "front"); alone it must be heard almost whole.
        score = min(1.0, score + 0.1 * share) if score else (share * 0.8 if share > 0.5 else 0.0)
        why += shared
    return Match(job, round(score, 3), tuple(dict.fromkeys(why)))


def _families(said: list[str]) -> dict[str, str]:
    """The families of work in the words: longer phrases first, each word spent once ("oil leak" is no oil change)."""
    spent: set[int] = set()
    families: dict[str, str] = {}
    for stems, family, phrase in _PHRASES:
        start = _position(stems, said, spent)
        while start is not None:
            spent |= set(range(start, start + len(stems)))
            families.setdefault(family, phrase)
            start = _position(stems, said, spent)
    return families


def _position(stems: Sequence[str], said: Sequence[str], spent: Iterable[int] = ()) -> int | None:
    used = set(spent)
    for start in range(len(said) - len(stems) + 1):
        window = range(start, start + len(stems))
        if stems and list(said[start : start + len(stems)]) == list(stems) and not used.intersection(window):
            return start
    return None


def _stems(text: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'", "").replace("’", ""))
    return [_stem(word) for word in words]


def _stem(word: str) -> str:
    """A word without its English ending: brakes, braking and brake are one."""
    for ending in ("ings", "ing", "ies", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


_PHRASES = sorted(
    ((_stems(phrase), family, phrase) for family, phrases in FAMILY_PHRASES.items() for phrase in phrases),
    key=lambda entry: (-len(entry[0]), entry[1]),
)
