"""What single turns of booking dialogues say: phone, year, make, model, time, day and name against their labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from rapidfuzz import fuzz

from agent.house.understanding import Asked, Understood, understand
from benchmarks.others.score import Score

# The Friday of the shop's own tests; labels such as "+1d" and "next-fri" are counted from here.
NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ASKED = {
    "phone": Asked.PHONE,
    "vehicle_year": Asked.VEHICLE,
    "vehicle": Asked.VEHICLE,
    "vehicle_make": Asked.VEHICLE,
    "time": Asked.TIME,
    "date": Asked.TIME,
    "customer_name": Asked.NAME,
}


def score_slots(dialogues: list[dict[str, Any]], score: Score) -> None:
    """Every labelled turn of a customer, alone and as the answer it was."""
    for dialogue in dialogues:
        for turn in dialogue["turns"]:
            if turn["speaker"] != "user" or not turn["usable"]:
                continue
            for name, value in _labels(dialogue, turn):
                u = understand(turn["text"], NOW, asked=_ASKED[name])
                field = "vehicle" if name == "vehicle_make" else name
                for what, found in _CHECKS[field](u, value):
                    wrong = f"{value!r} <- {turn['text']}"
                    score.note(f"slot {what}", dialogue["id"], found, wrong)


def days_of(label: str, now: datetime) -> set[date] | None:
    """The days a label can mean; None when any day will do."""
    today = now.date()
    if label in ("any", "asap"):
        return None
    if match := re.fullmatch(r"\+(\d+)d", label):
        return {today + timedelta(days=int(match[1]))}
    if match := re.fullmatch(r"(\d\d)-(\d\d)", label):
        near = [date(today.year + k, int(match[1]), int(match[2])) for k in (0, 1)]
        return {next(day for day in near if day >= today)}
    weekday = _WEEKDAYS.index(label.removeprefix("next-"))
    first = today + timedelta(days=(weekday - today.weekday()) % 7)
    both = {first, first + timedelta(days=7)}
    return both if label.startswith("next-") or first == today else {first}


def _labels(dialogue: dict[str, Any], turn: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    goal, truth = dialogue["goal"], dialogue["truth"]
    seen = set()
    for span in turn["slots"]:
        name = "vehicle" if span["slot"] == "vehicle_make" else span["slot"]
        if name not in _ASKED or name in seen or name not in truth:
            continue
        same = span["slot"] == "vehicle_make" or span["text"].lower() == str(goal.get(name, "")).lower()
        if same:
            seen.add(name)
            yield name, truth[name]


def _phone(u: Understood, value: str) -> Iterator[tuple[str, bool]]:
    wanted = "+1" + re.sub(r"\D", "", value)
    yield "phone", any(phone.e164 == wanted for phone in u.phones[:1])


def _year(u: Understood, value: int) -> Iterator[tuple[str, bool]]:
    yield "year", any(car.year == value for car in u.vehicles)


def _vehicle(u: Understood, value: dict[str, str | None]) -> Iterator[tuple[str, bool]]:
    yield "make", any((car.make or "").lower() == value["make"] for car in u.vehicles)
    if value.get("model"):
        models = [_plain(car.model or "") for car in u.vehicles]
        wanted = _plain(value["model"] or "")
        yield "model", any(model and (wanted.startswith(model) or model.startswith(wanted)) for model in models)


def _time(u: Understood, value: str) -> Iterator[tuple[str, bool]]:
    wanted = time.fromisoformat(value)
    yield "time", any(wanted in (span.start, span.end) for when in u.whens for span in when.clock)


def _date(u: Understood, value: str) -> Iterator[tuple[str, bool]]:
    wanted = days_of(value, NOW)
    if wanted is None:
        yield "date", bool(u.wanted.preference or u.wanted.days) or bool(u.wanted) or "any" in u.text.lower()
        return
    heard = {span.first for span in u.wanted.days}
    yield "date", bool(heard & wanted)


def _name(u: Understood, value: str) -> Iterator[tuple[str, bool]]:
    yield "name", any(fuzz.ratio(name.full.lower(), value.lower()) >= 95 for name in u.names)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


_CHECKS: dict[str, Callable[[Understood, Any], Iterator[tuple[str, bool]]]] = {
    "phone": _phone,
    "vehicle_year": _year,
    "vehicle": _vehicle,
    "time": _time,
    "date": _date,
    "customer_name": _name,
}
