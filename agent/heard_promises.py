"""Promises heard in words: what will be done, by when, or after what. Agent or staff, English or Spanish. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from agent.house.understanding import Language, WantedTime, spoken_language, understand
from agent.house.understanding.languages import without_accents

PART, READY = "part", "ready"
"""What a promise can wait for: the ordered part is in, or the car is done."""

_WHO = (
    r"(?:i|we|someone|somebody|they|he|she|the team|one of (?:us|our \w+)|(?:an?|my|our|the|your) (?:\w+ )?"
    r"(?:advisor|manager|technician|tech|mechanic|colleague|guy|person|department)|[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
)
_TELLS = (
    r"(?:call|phone|ring|text|e-?mail|message|update|notify)(?: (?:back|out to))?|get back (?:to|with)|"
    r"reach(?: back)? out to|"
    r"follow up with|get in touch with|be in touch with|let"
)
_WILL = r"(?:'ll| will|'m going to| am going to|'re going to| are going to| is going to|'m gonna|'re gonna| gonna)"
_ENGLISH = re.compile(
    rf"\b{_WHO}{_WILL}(?: \w+ly| also| definitely| then| make sure to| try to)? (?:{_TELLS}) (?:you|them|him|her)\b"
    rf"|\b{_WHO}{_WILL}(?: \w+ly| also| then)? (?:give|shoot|send|drop) you an? "
    r"(?:call|ring|text|buzz|e-?mail|message|update)"
    rf"|\b{_WHO}{_WILL} [^.?!]{{3,50}} and (?:then )?(?:{_TELLS}) you\b"
    rf"|\b{_WHO}{_WILL}(?: also| then)? (?:have|get|ask) {_WHO}(?: to)? "
    rf"(?:{_TELLS}|give you a (?:call|ring))\b"
    r"|\bexpect (?:a|my|our) (?:call|text|e-?mail)\b"
    r"|\byou(?:'ll| will) (?:hear from (?:me|us)|get an? (?:call|text))\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(?:(?:ok|okay|sure|yes|yep|great|thanks)[,.! ]+)?(?:will|gonna) "
    r"(?:call|text|e-?mail|let|get back to|reach out to) (?:you|back)\b",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    r"\b(?:te|le|lo|la|les|los)\s+(?:(?:voy|vamos|va|van) a\s+)?"
    r"(?:llam(?:o|amos|are|aremos|ara|aran|ar)|marc(?:o|amos|are|aremos|ar)|avis(?:o|amos|are|aremos|ara|ar)|"
    r"escrib(?:o|imos|ire|iremos|ir)|mand(?:o|amos|are|aremos|ar)|devuelvo la llamada|devolvemos la llamada|"
    r"hablo (?:luego|manana|mas tarde|en un rato)|habl(?:are|aremos))\b"
    r"|\b(?:me|nos) (?:comunico|comunicamos|comunicare|comunicaremos|pongo|ponemos) (?:con usted|contigo|en contacto)\b"
    r"|\b(?:voy|vamos) a (?:llamar|avisar|escribir|marcar)(?:te|le|lo|la)\b",
    re.IGNORECASE,
)
_PART_IN = re.compile(
    r"\b(?:when|once|as soon as|after|the (?:minute|moment|second|day))\b[^.?!]{0,40}"
    r"\b(?:parts?|pieces?|order|it|they|one|filter|"
    r"pads?|rotors?|pump|sensor|tires?|module|battery|glass|bumper)\b[^.?!]{0,20}"
    r"\b(?:arrives?|comes? in|gets? (?:in|here)|(?:is|are) (?:in|here)|shows? up|lands?)\b"
    r"|\bcuando\b[^.?!]{0,30}\b(?:lleguen?|llega|tengamos|este)\b[^.?!]{0,20}"
    r"\b(?:pieza|piezas|parte|partes|refaccion|repuesto)\b"
    r"|\bcuando (?:llegue|lleguen|nos llegue)\b|\b(?:en cuanto|tan pronto(?: como)?) (?:llegue|lleguen)\b",
    re.IGNORECASE,
)
_CAR_DONE = re.compile(
    r"\b(?:when|once|as soon as|after|the (?:minute|moment|second))\b[^.?!]{0,40}"
    r"\b(?:ready|done|finished|fixed|all set|good to go)\b"
    r"|\b(?:cuando|en cuanto|tan pronto(?: como)?)\b[^.?!]{0,30}\b(?:list[oa]|terminad[oa]|termine(?:n|mos)?)\b",
    re.IGNORECASE,
)
_NO_PROMISE = re.compile(
    r"\b(?:if|unless|would you like|shall|should|do you want|want (?:me|us) to|can (?:i|we)|could (?:i|we)|"
    r"quiere que|quieres que|si (?:gusta|quiere|hay|no))\b|(?:won't|will not|n't be able|\bno (?:te|le|lo|la) )",
    re.IGNORECASE,
)
_SHORTLY = re.compile(
    r"\b(?:within|in|give me)(?: about)? (?:(?P<half>half an hour|30 minutes)|"
    r"(?:the|an|one) (?:next )?hour|a few minutes)\b"
    r"|\ben (?:una hora|(?P<media>media hora)|un rato|unos minutos)\b",
    re.IGNORECASE,
)
_MORNING = re.compile(r"\bfirst thing(?: in the morning)?\b|\ba primera hora\b|\bin the morning\b", re.IGNORECASE)
_STOPS = re.compile(r"(?<=[.?!])\s+|\n+")
_CLOSING, _MORNING_BEGINS = time(17), time(9)
_EARLIEST, _LATEST = time(7), time(20)
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class HeardPromise:
    """One promise. `by` is its time when one was said; `waits_for` what must happen first."""

    words: str
    by: datetime | None = None
    waits_for: str = ""


def promises_in(text: str, now: datetime) -> list[HeardPromise]:
    """Every promise to call, write or tell in the words; offers, conditions and questions promise nothing.

    `now` is the store's local time: what is said of tomorrow is tomorrow there.
    """
    found: list[HeardPromise] = []
    for sentence in _STOPS.split(text.replace("’", "'")):
        words = sentence.strip()
        plain = without_accents(words)
        match = _ENGLISH.search(words) or _BARE.search(words) or _SPANISH.search(plain)
        if match is None or words.endswith("?") or _NO_PROMISE.search(plain[: match.end()]):
            continue
        if re.search(r"\b(?:if|unless)\b", plain[match.end() :]) and not _awaited(plain):
            continue  # "I'll call you if anything changes" is owed to nobody by any time
        found.append(HeardPromise(words[:200], _by(words, now), _awaited(plain)))
    return found


def _awaited(plain: str) -> str:
    """A part is said to arrive, a car to be ready; "when it's in and done" waits for the car."""
    if _CAR_DONE.search(plain):
        return READY
    return PART if _PART_IN.search(plain) else ""


def _by(words: str, now: datetime) -> datetime | None:
    """The last moment at which the promise is kept."""
    u = understand(words, now, language=spoken_language(words) or _tongue(words))
    wanted = u.wanted
    moments = [
        moment.end or moment.start for when in u.whens for moment in when.moments if not when.days and not when.clock
    ]
    said = next((at for at in moments if at is not None and at > now), None)
    shortly = _SHORTLY.search(without_accents(words))
    if said is not None or shortly is not None:
        half = shortly is not None and (shortly["half"] or shortly["media"])
        return said or now + timedelta(minutes=30 if half else 60)
    if not wanted.days and not wanted.clock:
        return None
    day = _day(wanted, now)
    at = _clock(wanted, day, now)
    if not wanted.days and now.time() > _MORNING_BEGINS and _MORNING.search(words):
        day += timedelta(days=1)  # said at ten, "in the morning" is not this one
    by = datetime.combine(day, at, tzinfo=now.tzinfo)
    return by if by > now else None


def _tongue(words: str) -> Language:
    return Language.SPANISH if _SPANISH.search(without_accents(words)) else Language.ENGLISH


def _day(wanted: WantedTime, now: datetime) -> date:
    """The day said, the last of several; else today."""
    if not wanted.days:
        return now.date()
    last = wanted.days[-1]
    if last.end is not None:
        end = last.end - timedelta(days=1)
        whole_week = last.first is not None and (end - last.first).days >= _FRIDAY
        return max(now.date(), end - timedelta(days=max(0, end.weekday() - _FRIDAY)) if whole_week else end)
    return max(now.date(), last.first or now.date())


def _clock(wanted: WantedTime, day: date, now: datetime) -> time:
    """The end of what was said of the clock, within the hours people keep promises in."""
    ends = [span.end or span.start for span in wanted.clock if span.end or span.start]
    fitting = [at for at in ends if at is not None and _EARLIEST <= at <= _LATEST]
    later = [at for at in fitting if day != now.date() or at > now.time()]
    return (later or fitting or [_CLOSING])[0]
