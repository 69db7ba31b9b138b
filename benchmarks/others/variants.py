# ruff: noqa: E501 - tables of words
"""Fresh words in the shapes of other people's dialogues: our own names, cars, days, noise and corrections, by chance."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

# What a placeholder stands for in a turn, and the slot it is labelled with.
_SLOTS = {
    "name": "customer_name",
    "phone": "phone",
    "year": "vehicle_year",
    "car": "vehicle",
    "day": "date",
    "at": "time",
}
_FIRST = (
    "Priya Marcus Yolanda Declan Aaliyah Thaddeus Noor Hector Beatriz Quinn Ingrid Mateo Shanice Rowan Xavier Lucille "
    "Darnell Soledad Emmett Kavita Otis Marisol Trent Gwendolyn Rashad Colleen Vincent Itzel Gideon Paulette"
).split()
_LAST = (
    "Okafor Lindqvist Delgado Ferreira Whitlock Banerjee O'Rourke Castellanos Pruitt Vandenberg Huang Stepanek Mbeki "
    "Hollister Quintero Abernathy Yamada Kowalczyk Ridley Fontaine Guerrero Baptiste Nakagawa Sorensen McAllister"
).split()
_CARS = (
    ("Chevy Equinox", "chevrolet", "equinox"),
    ("toyota sienna", "toyota", "sienna"),
    ("VW Jetta", "volkswagen", "jetta"),
    ("Jeep Grand Cherokee", "jeep", "grandcherokee"),
    ("Mercedes GLE 350", "mercedes-benz", "gle"),
    ("ford explorer", "ford", "explorer"),
    ("Infiniti Q50", "infiniti", "q50"),
    ("Mazda CX-30", "mazda", "cx30"),
    ("Hyundai Sonata", "hyundai", "sonata"),
    ("GMC Yukon", "gmc", "yukon"),
    ("Nissan Frontier pickup", "nissan", "frontier"),
    ("bmw x5", "bmw", "x5"),
    ("Volvo XC 60", "volvo", "xc60"),
    ("Dodge Grand Caravan", "dodge", "grandcaravan"),
    ("Buick LeSabre", "buick", "lesabre"),
    ("Pontiac G6", "pontiac", "g6"),
    ("Audi A4", "audi", "a4"),
    ("lexus es350", "lexus", "es"),
    ("Kia Sportage", "kia", "sportage"),
    ("Cadillac Escalade", "cadillac", "escalade"),
    ("Oldsmobile Alero", "oldsmobile", "alero"),
    ("Mitsubishi Outlander", "mitsubishi", "outlander"),
    ("Ram 2500", "ram", "2500"),
    ("Tesla model y", "tesla", "modely"),
    ("Land Rover Discovery", "land rover", "discovery"),
    ("BMW 5 series", "bmw", "5series"),
    ("Acura TLX", "acura", "tlx"),
    ("F-350 Ford", "ford", "f350"),
)
_DAYS = (
    ("today", "+0d"), ("tomorrow", "+1d"), ("tomorrow morning", "+1d"), ("the day after tomorrow", "+2d"),
    ("this Saturday", "sat"), ("monday", "mon"), ("next Tuesday", "next-tue"), ("next wednesday", "next-wed"),
    ("next Friday", "next-fri"), ("Thurs", "thu"), ("January 22nd", "01-22"), ("the 4th of December", "12-04"),
    ("february 3", "02-03"), ("Dec. 17th", "12-17"), ("12/9", "12-09"), ("this coming Monday", "mon"),
    ("as soon as possible", "asap"), ("any day", "any"), ("March the 11th", "03-11"), ("later today", "+0d"),
)  # fmt: skip
_OTHER_DAYS = (("wednesday", "wed"), ("Thursday", "thu"), ("tuesday", "tue"))
_TIMES = (
    ("9am", "09:00"), ("9:15 AM", "09:15"), ("10 o'clock", "10:00"), ("half past eight", "08:30"), ("noon", "12:00"),
    ("2:45pm", "14:45"), ("a quarter to 5", "16:45"), ("3 in the afternoon", "15:00"), ("11.30 a.m.", "11:30"),
    ("around 4 pm", "16:00"), ("seven thirty in the morning", "07:30"), ("1:30 P.M", "13:30"), ("four-thirty pm", "16:30"),
    ("7 a.m. sharp", "07:00"), ("5ish pm", "17:00"), ("one p m", "13:00"), ("8:00", "08:00"), ("10AM", "10:00"),
)  # fmt: skip
_NEEDS = (
    "my brakes grind when I stop", "it needs an oil change", "the check engine light came on", "the AC blows warm air",
    "it keeps stalling at lights", "I got a flat tire", "the battery is dead again", "it pulls to the left",
    "there is a knocking noise under the hood", "it's leaking coolant", "I need a tune up and the oil changed",
    "the transmission slips", "one headlight is out", "need the tires rotated and an alignment", "it shakes on the highway",
)  # fmt: skip
_OPENINGS = (
    "Hi, I'd like to set up an appointment for my car, {need}.",
    "Hey there um can you get me in for service? {need}",
    "Yes hello good morning I was wondering if I could book my {car} in, {need}.",
    "Can you schedule an appointment {day}? {need}",
    "I need to bring my car in {day} at {at} because {need}.",
    "My car is acting up, {need}, I need an appointment",
    "Listen, I've got a {year} {car} and {need}. When can you see it?",
    "I'm calling to make an appointment please. So, like, {need}",
    "Do you guys have anything {day}? {need} and I don't feel safe.",
    "okay so I need an appointment uh {day} I think, yeah. {need}.",
)
_ANSWERS: dict[str, tuple[str, ...]] = {
    "name": (
        "{name}.", "It's {name}", "my name is {name}", "Sure, {name}.", "yeah this is {name}", "Put it under {name} please.",
        "{name} is my name", "You can use {name}", "uh {name} and the number is {phone}", "Name's {name}.",
        "The appointment is for {name}", "It would be {name}, thanks", "I'm {name}", "{name}, phone {phone}",
        "Okay, make that out to {name}", "Mrs. {name}", "oh it's for my wife, {name}",
    ),
    "phone": (
        "{phone}", "it's {phone}", "My cell is {phone}.", "Sure, you can reach me at {phone}", "{phone} that's my work number",
        "call me on {phone} after five", "uh let me think, {phone}", "the best number would be {phone}", "yes {phone}.",
        "area code {phone}", "{name} and it's {phone}", "text me, {phone}", "use my husband's, it's {phone}",
        "{other_phone}, no wait, that's my old one, {phone}", "it's {other_phone}, sorry, I mean {phone}",
        "okay {phone} but I'm at work until 4", "{phone}, I live at 1440 Harbor Road",
    ),
    "vehicle": (
        "It's a {year} {car}", "{year} {car}", "{car}, {year}", "a {car} from {year}", "I drive a {year} {car}.",
        "It's my wife's {year} {car}", "that would be the {car}, it's a {year}", "The car is a {car} year {year}",
        "{year} {car}, silver, about 80000 miles on it", "Yeah so it's a, um, {year} {car}", "The {car}. {year} model.",
        "I have a {year} blue {car}", "its a {car} {year} with the V6", "an old {year} {car} I bought used",
        "It's a {other_car}, no sorry, that's my husband's, mine is a {year} {car}",
        "not the {other_car}, the {year} {car}", "{year}, {car}", "I own a {car}. It was made in {year}.",
    ),
    "date": (
        "{day}", "How about {day}?", "{day} works for me", "Do you have something {day}?", "I can do {day}", "{day} please.",
        "Is {day} open?", "I would prefer {day} if you can", "Let's try {day}.", "Could you squeeze me in {day}?",
        "I'm free {day}, otherwise I have to work", "{day}, the sooner the better", "Oh, hmm, {day} I guess",
        "{other_day}, no, sorry, {day}", "I said {other_day} but actually {day} is better", "not {other_day}, {day}",
        "I can't do {other_day}, so {day}", "Put me down for {day}", "Let me check... {day} should be fine", "I need it back before the weekend so {day}",
    ),
    "time": (
        "{at}", "{at} please", "Can I come in at {at}?", "{at} would be perfect.", "I get off work late so {at}",
        "let's say {at}", "maybe {at}, if that's open", "Do you have {at}?", "uh {at} works", "{at} is good for me",
        "{other_at}, actually make it {at}", "I have class at {other_at} so {at}", "{other_at}? no, {at} is better",
        "I could be there by {at}.", "Oh great, {at} then.", "{day} at {at}", "{at} {day}", "{day}, {at}, is that free?",
    ),
}  # fmt: skip
_AREAS = ("602", "503", "415", "971", "312", "704")


def write_variants(folder: Path, seed: int, dialogues: int = 120) -> None:
    """A folder as `--data` reads it, of dialogues nobody has looked at before."""
    chance = Random(seed)  # noqa: S311
    told = [_dialogue(chance, f"var-{seed}-{number}") for number in range(dialogues)]
    (folder / "taskmaster_dev.jsonl").write_text("".join(json.dumps(each) + "\n" for each in told), encoding="utf-8")


def _dialogue(chance: Random, identifier: str) -> dict[str, Any]:
    car, make, model = chance.choice(_CARS)
    day, day_truth = chance.choice(_DAYS)
    at, at_truth = chance.choice(_TIMES)
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    year, number = str(chance.randint(1994, 2025)), f"{chance.choice(_AREAS)}-555-01{chance.randint(0, 99):02}"
    said = {
        "name": name,
        "phone": number,
        "year": year,
        "car": car,
        "day": day,
        "at": at,
        "need": chance.choice(_NEEDS),
    }
    said["other_day"] = chance.choice([each for each, _ in _OTHER_DAYS if each.lower() not in day.lower()])
    said["other_at"] = chance.choice([each for each, truth in _TIMES if truth != at_truth])
    said["other_car"] = chance.choice([each for each, other, _ in _CARS if other != make])
    said["other_phone"] = f"{chance.choice(_AREAS)}-555-01{(int(number[-2:]) + 7) % 100:02}"
    turns = [_turn(chance.choice(_OPENINGS), said, chance)]
    for question, answers in _ANSWERS.items():
        turns.append({"speaker": "agent", "text": f"What is the {question}?", "slots": [], "usable": True})
        turns.append(_turn(chance.choice(answers), said, chance))
    goal = {_SLOTS[key]: value for key, value in said.items() if key in _SLOTS} | {"reason": said["need"]}
    truth = {
        "phone": number, "customer_name": name, "vehicle_year": int(year), "vehicle": {"make": make, "model": model},
        "date": day_truth, "time": at_truth,
    }  # fmt: skip
    return {"id": identifier, "goal": goal, "truth": truth, "simulate": True, "turns": turns}


def _turn(shape: str, said: dict[str, str], chance: Random) -> dict[str, Any]:
    """One turn with its values in place, now and then written as fast fingers or a recogniser write it."""
    text, slots = "", []
    for part in _parts(shape):
        if not part.startswith("{"):
            text += part
            continue
        key = part[1:-1]
        value = said[key]
        if key in _SLOTS:
            slots.append({"slot": _SLOTS[key], "start": len(text), "end": len(text) + len(value), "text": value})
        text += value
    if chance.random() < 0.2:
        text = chance.choice(("um ", "well ", "okay so ", "yeah, ")) + text
    return {"speaker": "user", "text": text, "slots": slots, "usable": True}


def _parts(shape: str) -> Iterator[str]:
    yield from (part for part in re.split(r"(\{\w+\})", shape) if part)
