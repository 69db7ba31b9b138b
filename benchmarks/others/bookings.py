"""Customers of other people's dialogues call the house agent; what ends up in the book is held against their goals."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from agent.house.understanding import find_needs, find_vehicles
from benchmarks.others.house_line import SID, Line, Shop
from benchmarks.others.score import Score
from benchmarks.others.slots import days_of
from record import customers
from scheduling.appointments import Appointment, booked_in_call

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
"""A Friday, half past seven in the morning at the store."""

_WITHHELD = "anonymous"
_ASKED_WHY = re.compile(
    r"\b(?:why|reason|problem|issues?|wrong|what (?:do|does|are|is|kind of) .*(?:need|service|work|looking|bring))\b",
    re.I,
)
_TURNS = 30
_ELSEWHEN = re.compile(
    r"don't have exactly that|don't see an opening|closest i have|closed|is full|no openings?|don't have anything",
    re.IGNORECASE,
)
_QUESTIONS = tuple(
    (re.compile(pattern, re.IGNORECASE), topic)
    for pattern, topic in (
        (r"anything else", "done"),
        (r"shall i book", "confirm"),
        (r"is that right|did i get", "yes"),
        (r"last name\?$(?<!first and last name\?)", "last_name"),
        (r"first name\?", "name"),
        (r"name", "name"),
        (r"which works|does that work|works best", "choice"),
        (r"other day|what day|what time|when would", "when"),
        (r"what year is it", "year"),
        (r"year|make|model|driving", "vehicle"),
        (r"number", "phone"),
        (r"wait|drop it off", "transport"),
        (r"how can i help|can we do|does the car need", "need"),
        (r"what should i change", "change"),
    )
)


async def score_bookings(dialogues: list[dict[str, Any]], shop: Shop, score: Score) -> None:
    """Every dialogue marked as one that can be simulated."""
    for dialogue in dialogues:
        if not dialogue["simulate"]:
            continue
        now = _before(dialogue["truth"].get("date", "any"))
        async with shop.call(_WITHHELD, now) as line:
            caller = _Customer(dialogue, now)
            await caller.converse(line)
            problem = await _problem(line, dialogue, caller)
        story = " / ".join(caller.story) if problem else ""
        score.note("bookings ended right", dialogue["id"], not problem, f"{problem} :: {story}")
        score.note("bookings never wrong", dialogue["id"], not problem.startswith("WRONG"), problem)


class _Customer:
    """Answers the agent's questions with the words the dialogue's customer used for them."""

    def __init__(self, dialogue: dict[str, Any], now: datetime) -> None:
        self.dialogue, self.now = dialogue, now
        self.goal, self.truth = dialogue["goal"], dialogue["truth"]
        if "customer_name" in self.goal:
            self.goal["customer_name"] = re.sub(r"^it's ", "", self.goal["customer_name"], flags=re.IGNORECASE)
        self.days = days_of(self.truth["date"], now) if "date" in self.truth else None
        self.story: list[str] = []
        self.settled_for_another = False
        self._asked: dict[str, int] = {}

    async def converse(self, line: Line) -> None:
        """Until goodbye, or until nobody gets anywhere."""
        heard = await line.begin()
        words = self._opening()
        for _ in range(_TURNS):
            self.story += [f"A: {heard}", f"C: {words}"]
            heard = await line.hear(words)
            if line.then is not None or line.agent.m.ended:
                break
            words = self._reply(heard)
        self.story.append(f"A: {heard}")

    def _opening(self) -> str:
        texts = [t["text"] for t in self.dialogue["turns"] if t["speaker"] == "user" and t["usable"]]
        asking = (text for text in texts if re.search(r"appointment|book|schedul|need|bring", text, re.I))
        return str(next(asking, texts[0]))

    def _reply(self, heard: str) -> str:
        question = re.split(r"(?<=[.?!])\s+", heard.strip())[-1]
        topic = next((topic for pattern, topic in _QUESTIONS if pattern.search(question)), "yes")
        again = self._asked[topic] = self._asked.get(topic, 0) + 1
        if _ELSEWHEN.search(heard):
            self.settled_for_another = True
        match topic:
            case "confirm":
                return "Yes, please." if self._mine(heard) else f"No, {self.goal.get('date', 'the day is wrong')}."
            case "done":
                return "No, that's all. Thank you, goodbye."
            case "choice":
                return self._choice(heard)
            case "when":
                return self._when(again)
            case "change":
                return self._when(2)
            case "transport":
                return "I'll drop it off."
            case "last_name":
                return str(self.goal.get("customer_name", "Jordan Miles")).split()[-1]
            case "need":
                return self._words("reason") or self._why()
            case "yes":
                return "Yes."
        slots = {
            "name": ("customer_name",),
            "year": ("vehicle_year",),
            "vehicle": ("vehicle", "vehicle_make", "vehicle_year"),
            "phone": ("phone",),
        }
        spoken = self._words(*slots[topic]) if again == 1 else ""
        return spoken or self._plainly(topic)

    def _why(self) -> str:
        """The unlabelled answer to "what's the reason": the customer's next words after the question."""
        turns = self.dialogue["turns"]
        for asked, answer in zip(turns, turns[1:], strict=False):
            if asked["speaker"] == "agent" and answer["speaker"] == "user" and _ASKED_WHY.search(asked["text"]):
                if answer["usable"] and len(answer["text"].split()) > 2:
                    return str(answer["text"])
        texts = [t["text"] for t in turns if t["speaker"] == "user" and t["usable"]]
        needy = [text for text in texts if find_needs(text) and not re.search(r"appointment|schedule", text, re.I)]
        if needy:
            return str(needy[0])
        return str(self.goal.get("reason_topic", "I need somebody to look at it")).replace("_", " ")

    def _plainly(self, topic: str) -> str:
        name, year = self.goal.get("customer_name", "Jordan Miles"), self.goal.get("vehicle_year", "2014")
        known = {
            "name": name,
            "year": str(year),
            "vehicle": f"{year} {self.goal.get('vehicle', 'Honda Civic')}",
            "phone": "phone",
        }
        return str(self.goal["phone"]) if topic == "phone" else known[topic]

    def _words(self, *slots: str) -> str:
        """The customer's own turn that carries one of these, as they said it."""
        for turn in self.dialogue["turns"]:
            said = {span["slot"] for span in turn["slots"] if self._true(span)}
            if turn["speaker"] == "user" and turn["usable"] and said & set(slots):
                return str(turn["text"])
        return str(self.goal.get(slots[0], "")).replace("_", " ")

    def _true(self, span: dict[str, Any]) -> bool:
        slot, said = str(span["slot"]), str(span["text"])
        return slot == "vehicle_make" or said.lower() == str(self.goal.get(slot, "")).lower()

    def _when(self, again: int) -> str:
        if again == 1:
            turns = [t for t in self.dialogue["turns"] if t["speaker"] == "user" and t["usable"]]
            both = [t["text"] for t in turns if {"date", "time"} <= {s["slot"] for s in t["slots"] if self._true(s)}]
            wish = str(self.goal.get("date", "")).lower()
            days = [t["text"] for t in turns if wish and wish in t["text"].lower()]
            if both or days:
                return str((both or days)[0])
        wish = f"{self.goal.get('date', '')} {self.goal.get('time', '')}".strip()
        return wish if again <= 2 and wish else "Any day is fine, as soon as possible."

    def _choice(self, heard: str) -> str:
        if not self._mine(heard) and not self.settled_for_another:
            return f"No, I need {self.goal.get('date', 'another day')}."
        return "The first one is fine." if "Which" in heard else "Yes, that works."

    def _mine(self, heard: str) -> bool:
        """Whether a day the agent names is the one meant: people notice when it is not."""
        if self.days is None or self.settled_for_another:
            return True
        return any(
            f"{day.strftime('%A')}, {day.strftime('%B')} {day.day}" in heard
            or f"{day.strftime('%A')} the {day.day}" in heard
            for day in self.days
        )


async def _problem(line: Line, dialogue: dict[str, Any], caller: _Customer) -> str:
    """What is wrong with how it ended, "" when nothing: a booking that contradicts the goal begins with WRONG."""
    goal, truth = dialogue["goal"], dialogue["truth"]
    async with line.database.reading(line.store.rooftop_id) as db:
        booked = [each for each in await booked_in_call(db, SID) if each.state.value == "booked"]
        if len(booked) != 1:
            return "nothing booked" if not booked else f"WRONG: {len(booked)} bookings"
        visit = booked[0]
        person = await customers.customer(db, visit.customer_id) if visit.customer_id else None
    if person is None:
        return "WRONG: nobody"
    wanted = goal.get("customer_name", "Jordan Miles")
    if fuzz.ratio(f"{person.first_name} {person.last_name}".lower(), wanted.lower()) < 90:
        return f"WRONG name: {person.first_name} {person.last_name} for {wanted}"
    phone = "+1" + re.sub(r"\D", "", truth["phone"])
    if phone not in person.phones:
        return f"WRONG phone: {sorted(person.phones)} for {phone}"
    return _time_problem(line, visit, caller) or _car_problem(line, truth)


def _time_problem(line: Line, visit: Appointment, caller: _Customer) -> str:
    day = visit.starts_at.astimezone(ZoneInfo(line.store.time_zone)).date()
    if caller.days is not None and day not in caller.days and not caller.settled_for_another:
        return f"WRONG day: {day} for {caller.truth['date']}"
    return ""


def _car_problem(line: Line, truth: dict[str, Any]) -> str:
    used = [arguments for name, arguments, result in line.used if result.get("result") == "booked"]
    label = str(used[-1].get("vehicle", ""))
    said = find_vehicles(label)
    make, year = (said[0].make or "", said[0].year) if said else ("", None)
    wanted = (truth.get("vehicle") or {}).get("make")
    if wanted and wanted != make.lower():
        return f"WRONG car: {label} for {wanted}"
    if truth.get("vehicle_year") and year != truth["vehicle_year"]:
        return f"WRONG year: {label} for {truth['vehicle_year']}"
    return ""


def _before(label: str) -> datetime:
    """A moment from which the label's day is within the weeks a store takes bookings for."""
    if not re.fullmatch(r"\d\d-\d\d", label):
        return NOW
    month, day = map(int, label.split("-"))
    return NOW.replace(year=2027, month=month, day=day) - timedelta(days=9)
