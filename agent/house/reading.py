"""What an utterance says about the caller, and whether they want out, read with what was asked in mind."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from agent.house.memory import READ_AS, Ask, Memory
from agent.house.understanding import (
    Intent,
    SpokenPhone,
    Understood,
    VehicleMention,
    WantedTime,
    add_up,
    correct_phone,
    digits_said,
    find_vehicles,
    find_vin,
    is_area_code,
    spoken_language,
    understand,
)

_ANGER = re.compile(
    r"\b(ridiculous|unacceptable|useless|terrible service|fed up|sick of|pissed|furious|bullshit|shit|fuck\w*|"
    r"stupid (?:robot|machine|bot))\b"
    r"|^(?:a |an )?(?:representative|operator|agent)\W*$",
    re.IGNORECASE,
)
_SOMEBODY_REAL = re.compile(r"\b(?:real (?:person|human)|human being)\b", re.IGNORECASE)
_WISHES = (Intent.DO_NOT_RECORD, Intent.OPT_OUT)
_PLAIN_NO = re.compile(r"\W*(?:no|nope|nah)\b", re.IGNORECASE)
_NOTHING_MORE = re.compile(
    r"\b(that'?s (?:all|it|everything)|nothing else|i'?m (?:good|all set|done)|all set|no more)\b", re.IGNORECASE
)
_ABOUT_NUMBER = re.compile(
    r"\b(?:last (?:two|three|four|[234])|area code|ends? (?:in|with)|ending|digits?|phone|number)\b", re.IGNORECASE
)
_A_CAR = re.compile(r"^(?:(?:it's|its|it is|that's|a|an|the|my|i have|i drive|uh|um)\b[, ]*)+", re.IGNORECASE)
_LONGEST_CAR = 4
_LONGEST_NAME = 5
_PHONE_DIGITS = 10


def read(text: str, m: Memory) -> Understood:
    """An utterance as an answer to the open question. Times that are part of a name or a car are no times."""
    asked = READ_AS.get(m.asking) if m.asking else None
    u = understand(text, m.now, asked=asked, language=spoken_language(text) or m.language)
    if m.asking in (Ask.VEHICLE, Ask.YEAR) and not u.vehicles:
        u = replace(u, vehicles=tuple(_named_car(u.text, m.car.make)))
    if m.asking is Ask.VIN or find_vin(u.text):
        u = replace(u, phones=(), whens=(), wanted=WantedTime(), names=(), spelled=())  # characters, not figures
    return _without_wished_no(_fixed_phone(_only_times(_only_names(u), m.now), m))


def wants_person(u: Understood) -> bool:
    """Asked for one, or out of patience with us."""
    if u.says(Intent.TRANSFER, at_least=0.6) or u.says(Intent.COMPLAINT, at_least=0.7):
        return True
    if _SOMEBODY_REAL.search(u.text) and not u.says(Intent.ARE_YOU_A_ROBOT, Intent.BOOK, Intent.INJECTION):
        return True
    return bool(_ANGER.search(u.text)) and not u.says(Intent.BOOK, Intent.INJECTION)


def wants_nothing_more(u: Understood) -> bool:
    """The answer to "anything else?" that ends a call."""
    refused = u.answer is Intent.NO and not u.says(*_WISHES)
    return refused or u.says(Intent.GOODBYE) or bool(_NOTHING_MORE.search(u.text))


def learn_caller(m: Memory, u: Understood, *, asked_before: bool) -> bool:
    """Takes name, number and car from an utterance; True when any of it is new."""
    learned = _learn_name(m, u, asked_before)
    learned = _learn_phone(m, u) or learned
    cars = sorted(u.vehicles, key=lambda car: car.start)[-1:] if u.says(Intent.CORRECTION) else u.vehicles[:1]
    for car in cars:
        learned = m.car.hear(car) or learned
    return learned


def ends_within(heard: str, question: str) -> bool:
    """Whether enough of a question was heard to be answered: its last few words."""
    tail = question.lower().split()[-3:]
    return " ".join(tail).strip("?.! ") in heard.lower()


def _learn_phone(m: Memory, u: Understood) -> bool:
    """A whole number, a correction of the one we have, or the next few digits of one said in pieces."""
    whole = next((phone.e164 for phone in u.phones[:1] if phone.e164), None)
    if whole is None and m.asking is Ask.PHONE:
        said = digits_said(u.text)
        if not said or len(said) > _PHONE_DIGITS:
            return False
        joined = said + m.phone_part if is_area_code(u.text) and len(said) == 3 else m.phone_part + said
        if len(joined) != _PHONE_DIGITS:
            m.phone_part = joined if len(joined) < _PHONE_DIGITS else said
            return True
        whole = f"+1{joined}"
    if whole is None or whole == m.phone:
        return False
    m.phone, m.phone_part, m.phone_to_say = whole, "", True
    return True


def _named_car(text: str, make: str | None) -> list[VehicleMention]:
    """ "It's an Accord": a model that is an everyday word is one when a car was asked for."""
    words = _A_CAR.sub("", text.strip())
    if not words or len(words.split()) > _LONGEST_CAR:
        return []
    found = find_vehicles(f"{make or 'my'} {words}")
    return [replace(car, text=text, start=0, end=len(text)) for car in found if car.model][:1]


def _fixed_phone(u: Understood, m: Memory) -> Understood:
    """ "No, the last four are 0198": the number we have with that part changed; its figures are no time."""
    if not m.phone or u.vehicles or any(phone.complete for phone in u.phones):
        return u
    if not _ABOUT_NUMBER.search(u.text) and not (m.phone_just_said and u.answer is Intent.NO and not u.wanted):
        return u
    fixed = correct_phone(m.phone.removeprefix("+1"), u.text)
    if fixed is None:
        return u
    phone = SpokenPhone(fixed, u.text, 0, len(u.text), 0.9)
    return replace(u, phones=(phone,), whens=(), wanted=WantedTime())


def _learn_name(m: Memory, u: Understood, asked_before: bool) -> bool:
    naming, learned = m.asking in (Ask.NAME, Ask.LAST_NAME), False
    if u.names and (naming or u.names[0].score >= 0.5):
        learned = m.hear_name(u.names[0])
    if u.spelled and naming and not (u.names and u.names[0].spelled):
        learned = _spelled(m, u.spelled[0].title()) or learned
    if naming and not learned and asked_before and _could_be_a_name(u):
        words = u.text.strip(".!? ").split()
        m.first, m.last, learned = words[0], " ".join(words[1:]), True
    if m.asking is Ask.LAST_NAME and not learned and not u.names and _could_be_a_name(u, at_least=1):
        m.last, learned = " ".join(word.capitalize() for word in u.text.strip(".!? ").split()), True
    # "Just Frank" answers the question for a last name as well as a name does.
    return learned or (m.asking is Ask.LAST_NAME and (bool(u.names) or u.answer is Intent.NO))


def _spelled(m: Memory, word: str) -> bool:
    if m.asking is Ask.LAST_NAME or not m.first or m.last:
        changed, m.last = m.last != word, word
    else:
        changed, m.first = m.first != word, word
    return changed


def _only_names(u: Understood) -> Understood:
    """The Day in "day after tomorrow" is part of a time, and nobody's name."""
    times = [(when.start, when.end) for when in u.whens]
    kept = tuple(
        name
        for name in u.names
        if not any(
            begin <= name.start and name.end <= end and end - begin > name.end - name.start for begin, end in times
        )
    )
    return u if kept == u.names else replace(u, names=kept)


def _without_wished_no(u: Understood) -> Understood:
    """ "Don't record this" refuses the recording, not what was asked."""
    if not u.says(*_WISHES) or _PLAIN_NO.match(u.text):
        return u
    return replace(u, intents=tuple(found for found in u.intents if found.intent is not Intent.NO))


def _only_times(u: Understood, now: datetime) -> Understood:
    """Jan Hall is not a date, and neither is a BMW 3."""
    taken: list[tuple[int, int]] = [(name.start, name.end) for name in u.names]
    taken += [(phone.start, phone.end) for phone in u.phones] + [(car.start, car.end) for car in u.vehicles]
    kept = tuple(when for when in u.whens if not any(begin <= when.start and when.end <= end for begin, end in taken))
    return u if kept == u.whens else replace(u, whens=kept, wanted=add_up(kept, now))


def _could_be_a_name(u: Understood, at_least: int = 2) -> bool:
    """Words given as a name that we do not know as one: a business, or a name the recogniser bent."""
    words = u.text.strip(".!? ").split()
    letters = all(word.replace("'", "").replace("-", "").isalpha() for word in words)
    plain = u.intent is Intent.UNKNOWN and not (u.needs or u.vehicles or u.wanted or u.phones)
    return plain and letters and at_least <= len(words) <= _LONGEST_NAME
