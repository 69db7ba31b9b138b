"""Stories with an ending: who calls and what they say, and what the store's records hold once they have hung up."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from importlib import resources
from typing import Any

from simulator.callers import Scenario, Step

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class BookedVisit:
    """A visit made in the call. What is empty may be anything."""

    who: str
    day: str = ""
    from_: time | None = None
    until: time | None = None
    jobs: tuple[str, ...] = ()
    kind: str = ""
    car: str = ""
    vin: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Kept:
    """How many coming visits a customer has afterwards, and the day of the first."""

    who: str
    visits: int
    day: str = ""


@dataclass(frozen=True)
class Ends:
    """What must hold after the call; None and empty say nothing."""

    booked: tuple[BookedVisit, ...] | None = None
    kept: tuple[Kept, ...] = ()
    outcome: tuple[str, ...] = ()
    owes: int | None = None
    owed: tuple[str, ...] = ()
    sent_to: str = ""
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """One call and its ending."""

    scenario: Scenario
    ends: Ends = field(default_factory=Ends)

    @property
    def name(self) -> str:
        return self.scenario.name


def stories() -> dict[str, Story]:
    """Every story of every file, by name; a name used twice or an unknown field is an error."""
    folder = resources.files("simulator") / "scenarios" / "endings"
    found: dict[str, Story] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        for given in tomllib.loads(file.read_text(encoding="utf-8"))["story"] if file.name.endswith(".toml") else []:
            story = _story(given)
            if story.name in found:
                raise ValueError(f"two stories are called {story.name}")
            found[story.name] = story
    return found


def day_called(name: str, today: date) -> date:
    """The next day of that name: "tomorrow", "monday"; "in 10 days" counts."""
    if name.startswith("in "):
        return today + timedelta(days=int(name.split()[1]))
    if name == "tomorrow":
        return today + timedelta(days=1)
    ahead = (_WEEKDAYS.index(name) - today.weekday()) % 7
    return today + timedelta(days=ahead or 7)


def _story(given: dict[str, Any]) -> Story:
    ends: Mapping[str, Any] = given.pop("ends", {})
    name = given.pop("name")
    steps = tuple(Step(**step) for step in given.pop("steps", []))
    then = tuple(given.pop("then", []))
    about = name.replace("_", " ")
    scenario = Scenario(name=name, about=about, from_=given.pop("from"), steps=steps, then=then, **given)
    return Story(scenario, _ends(dict(ends)))


def _ends(given: dict[str, Any]) -> Ends:
    booked = given.pop("booked", None)
    kept = tuple(Kept(**each) for each in given.pop("kept", []))
    lists: dict[str, Any] = {key: tuple(given.pop(key)) for key in ("outcome", "owed", "says", "never") if key in given}
    visits = None if booked is None else tuple(_visit(dict(each)) for each in booked)
    return Ends(booked=visits, kept=kept, **lists, **given)


def _visit(given: dict[str, Any]) -> BookedVisit:
    edges = {"from": "from_", "until": "until"}
    clock: dict[str, Any] = {edges[key]: time.fromisoformat(given.pop(key)) for key in edges if key in given}
    jobs = tuple(given.pop("jobs", []))
    return BookedVisit(jobs=jobs, **clock, **given)
