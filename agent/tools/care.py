"""What a car is due for, by the store's own schedule of months and miles."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from agent.house import phrases
from agent.house.understanding import find_vehicles
from agent.tools.answers import Answer
from agent.tools.callbacks import promise_in
from agent.tools.context import Desk
from agent.tools.registry import Risk, tool
from agent.tools.service import more_facts
from record.cars import Car, cars_to_speak_of
from scheduling import car_care
from scheduling.maintenance import Due
from scheduling.op_codes import price_words
from scheduling.shop import Job

_MOST = 6


class DueLine(BaseModel):
    """One line of the store's schedule. `price` is the store's wording and the only price there is."""

    op_code: str
    work: str
    due: str
    last_done_here: str | None
    price: str


class MaintenanceDue(Answer):
    """What is due now or soon; `still_needed` is what to ask for first."""

    result: ClassVar[str] = "maintenance_due"
    car: str
    miles: str
    work: list[DueLine]
    still_needed: list[str]


@tool(risk=Risk.PRIVATE, level=2, limit=4, writes=("loop",), read_back=True, turned_away=more_facts)
async def maintenance_due(
    desk: Desk,
    car: Annotated[str, Field(description="Which car, if they have several.", max_length=80)] = "",
    miles: Annotated[int | None, Field(description="Odometer now, if they say.", ge=0, le=999_999)] = None,
) -> Answer:
    """Tell what the store's schedule says the caller's car is due for. Nothing beyond it; never diagnose."""
    who = desk.caller.customer_id
    if who is None:
        return more_facts(desk)
    desk.subject = who
    found = _meant(await cars_to_speak_of(desk.db, who), car)
    if len(found) != 1:
        return MaintenanceDue(car="", miles="", work=[], still_needed=["which car"], say="Which car is it for?")
    mine = found[0]
    care = await car_care.care_of(desk.db, mine, desk.now, miles)
    if not care.has_schedule:
        # The store has no schedule on file: nobody makes one up (S2-65).
        await promise_in(desk, f"Asked what the {mine.spoken} is due for; no schedule on file", "service", ":care")
        say = "I don't have the schedule for that car, so an advisor will look it up and call you."
        return MaintenanceDue(car=mine.spoken, miles="", work=[], still_needed=[], say=say)
    lines = [_line(job, each) for job, each in care.due[:_MOST]]
    asked = [] if care.odometer is not None and not care.odometer.estimated else ["the mileage now"]
    reading = f"{care.odometer.miles:,}{' (estimated)' if care.odometer.estimated else ''}" if care.odometer else ""
    said = "; ".join(f"{line.work}, {line.due}" for line in lines)
    say = f"For your {mine.spoken}: {said}." if lines else f"I see nothing due on your {mine.spoken}."
    return MaintenanceDue(car=mine.spoken, miles=reading, work=lines, still_needed=asked, say=say)


def _meant(cars: list[Car], words: str) -> list[Car]:
    said = find_vehicles(words)
    if not said or not said[0].model:
        return cars
    model = said[0].model.casefold()
    return [each for each in cars if each.model.casefold() == model and said[0].year in (None, each.year)] or cars


def _line(job: Job, each: Due) -> DueLine:
    by = [f"{each.on:%B %Y}"] if each.on else []
    by += [f"{each.at_miles:,} miles"] if each.at_miles is not None else []
    when = " or ".join(by)
    return DueLine(
        op_code=job.code,
        work=job.plain_name,
        due=f"due now (since {when})" if each.is_due else f"due soon, by {when}",
        last_done_here=f"{each.last_done:%B} {phrases.ordinal(each.last_done.day)}, {each.last_done.year}"
        if each.last_done
        else None,
        price=price_words(job),
    )
