"""How the house agent understands a caller: words in, intent and slots out; pure and quick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.house.understanding.birth_dates import BirthDate, birth_date_candidates
from agent.house.understanding.car_names import MODELS
from agent.house.understanding.dates import add_up, find_when
from agent.house.understanding.emails import find_email
from agent.house.understanding.intents import (
    Department,
    Intent,
    IntentScore,
    TransferTarget,
    find_intents,
    find_transfer_target,
)
from agent.house.understanding.languages import Language, asked_language, spoken_language
from agent.house.understanding.mileage import find_mileage
from agent.house.understanding.name_matching import (
    Candidate,
    Heard,
    MatchDecision,
    NameEvidence,
    Ranked,
    Verdict,
    decide,
    rank_names,
)
from agent.house.understanding.needs import Need, NeedMention, find_needs, is_car_word
from agent.house.understanding.normalise import normalise
from agent.house.understanding.op_codes import MenuItem, OpCodeMatch, match_op_codes
from agent.house.understanding.people import SpokenName, find_names
from agent.house.understanding.phones import SpokenPhone, correct_phone, digits_said, find_phones, is_area_code
from agent.house.understanding.spanish import in_english
from agent.house.understanding.spelling import spelled_letters
from agent.house.understanding.taken_back import still_meant
from agent.house.understanding.vehicles import VehicleMention, find_vehicles
from agent.house.understanding.vins import SpokenVin, find_vin, make_and_year, mended, says_vin
from agent.house.understanding.when import (
    ClockSpan,
    DaySpan,
    Modifier,
    MomentSpan,
    Preference,
    WantedTime,
    When,
    WhenKind,
)

__all__ = [
    "BirthDate",
    "Candidate",
    "ClockSpan",
    "DaySpan",
    "Department",
    "Asked",
    "Heard",
    "Intent",
    "IntentScore",
    "Language",
    "MatchDecision",
    "MenuItem",
    "Modifier",
    "MomentSpan",
    "NameEvidence",
    "Need",
    "NeedMention",
    "OpCodeMatch",
    "Preference",
    "Ranked",
    "SpokenName",
    "SpokenPhone",
    "SpokenVin",
    "TransferTarget",
    "Understood",
    "VehicleMention",
    "Verdict",
    "WantedTime",
    "When",
    "WhenKind",
    "add_up",
    "asked_language",
    "birth_date_candidates",
    "correct_phone",
    "decide",
    "digits_said",
    "find_email",
    "find_intents",
    "find_mileage",
    "find_names",
    "find_needs",
    "find_phones",
    "find_transfer_target",
    "find_vehicles",
    "find_vin",
    "find_when",
    "is_area_code",
    "is_car_word",
    "make_and_year",
    "match_op_codes",
    "mended",
    "normalise",
    "rank_names",
    "says_vin",
    "spelled_letters",
    "spoken_language",
    "understand",
]


class Asked(StrEnum):
    """What the agent asked just before, so a bare answer can be read as one."""

    NAME = "name"
    PHONE = "phone"
    VEHICLE = "vehicle"
    TIME = "time"
    NEED = "need"
    BIRTH_DATE = "birth_date"
    YES_OR_NO = "yes_or_no"


@dataclass(frozen=True, slots=True)
class Understood:
    """Everything one utterance said. Offsets in mentions count from the start of `text`.

    `said` is what the caller said, normalised; `text` is the same in English words.
    """

    text: str
    said: str
    intents: tuple[IntentScore, ...]
    whens: tuple[When, ...] = ()
    wanted: WantedTime = WantedTime()
    phones: tuple[SpokenPhone, ...] = ()
    vehicles: tuple[VehicleMention, ...] = ()
    mileage: int | None = None
    names: tuple[SpokenName, ...] = ()
    spelled: tuple[str, ...] = ()
    needs: tuple[NeedMention, ...] = ()
    op_codes: tuple[OpCodeMatch, ...] = ()
    transfer_to: TransferTarget | None = None

    @property
    def intent(self) -> Intent:
        """The surest intent."""
        return self.intents[0].intent if self.intents else Intent.UNKNOWN

    def says(self, *wanted: Intent, at_least: float = 0.5) -> bool:
        """Whether any of these intents was heard."""
        return any(found.intent in wanted and found.score >= at_least for found in self.intents)

    @property
    def answer(self) -> Intent | None:
        """YES, NO or MAYBE, when the utterance answers a question."""
        for found in self.intents:
            if found.intent in (Intent.YES, Intent.NO, Intent.MAYBE):
                return found.intent
        return None


def understand(
    text: str,
    now: datetime,
    menu: Sequence[MenuItem] = (),
    asked: Asked | None = None,
    language: Language = Language.ENGLISH,
) -> Understood:
    """All slots and intents of one utterance. `now` is the rooftop's local time; `asked` is the question it answers."""
    said = normalise(text)
    clean = in_english(said, name_asked=asked is Asked.NAME) if language is Language.SPANISH else said
    phones = find_phones(clean, asked=asked is Asked.PHONE)
    vehicles = find_vehicles(clean)
    taken = [(phone.start, phone.end) for phone in phones] + [(car.start, car.end) for car in vehicles if car.year]
    whens = [when for when in find_when(clean, now, asked=asked is Asked.TIME) if not _inside(when, taken)]
    whens = still_meant(clean, whens)
    if any(phone.complete for phone in phones):
        vehicles = [car for car in vehicles if not any(start <= car.start < end for start, end in taken[: len(phones)])]
    return Understood(
        text=clean,
        said=said,
        intents=tuple(find_intents(clean)),
        whens=tuple(whens),
        wanted=add_up(whens, now),
        phones=tuple(phones),
        vehicles=tuple(vehicles),
        mileage=find_mileage(clean),
        names=() if find_email(said) else tuple(_no_cars(find_names(clean, asked=asked is Asked.NAME), vehicles)),
        spelled=spelled_letters(clean),
        needs=tuple(find_needs(clean)),
        op_codes=tuple(match_op_codes(clean, menu)) if menu else (),
        transfer_to=find_transfer_target(clean),
    )


def _no_cars(names: list[SpokenName], cars: list[VehicleMention]) -> list[SpokenName]:
    """Without the "VW Jetta" of "2007, VW Jetta": a car both of whose names were understood is nobody."""
    whole = [car for car in cars if car.model in MODELS.get(car.make or "", ())]
    return [name for name in names if not any(car.start <= name.start and name.end <= car.end for car in whole)]


def _inside(when: When, taken: Sequence[tuple[int, int]]) -> bool:
    """A year inside a car or figures inside a telephone number are not times."""
    return any(start <= when.start and when.end <= end for start, end in taken)
