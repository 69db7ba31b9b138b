"""Year, make and model out of a caller's words, misspelt or misheard."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from agent.house.understanding.car_names import CALLED, EVERYDAY, MODELS, NICKNAMES
from agent.house.understanding.car_years import OWNING, read_year, year_after, year_before
from agent.house.understanding.numbers import NUMBER_WORDS, TEENS, TENS, UNITS, read_cardinal
from agent.house.understanding.tokens import Token, tokens, without_hyphens

_NOT_KEY = re.compile(r"[^a-z0-9]")
_STREET = frozenset("ave avenue st street road rd blvd boulevard drive dr lane ln way court park county city".split())
_TRIMS = frozenset(
    """lx ex exl se le xle xse sel sl sv sr sr5 lt ltz ls rs ss gt gti si lariat limited sport touring xlt xl platinum
    premium trd hybrid awd 4x4 4wd fwd turbo diesel z71 denali laredo sahara rubicon overland latitude""".split()
)
_STOP = frozenset(
    """and or but into is it its it's it'll in on at to for from with that this my the a an i i'm have has had need
    needs want car truck van suv vehicle so because was were not no yes please can could would will do does did be been
    at of by out up there here when what which who how make makes making made model year miles mile dealership
    dealer dealers service shop they you your me we he she his her them one today tomorrow thursday friday monday
    tuesday wednesday saturday sunday off light brakes brake oil tire tires engine too also just about around like
    leaking owner guy people parts part department lot place store center key keys recall rep person down pickup
    sedan coupe wagon hatchback accurate account california red blue black white silver gray grey green mother's
    husband's wife's""".split()
)
_BODIES = frozenset("pickup truck sedan coupe wagon hatchback van minivan suv crossover convertible".split())
_NOT_THIS = re.compile(r"\b(?:not|isn't|instead of|rather than)\s+(?:(?:the|a|an|my|our|his|her)\s+)?$", re.IGNORECASE)
_HEARD_RIGHT = 82
_STORE = frozenset("dealer dealers dealership dealerships store shop".split())
_CAR_WORDS = frozenset("model car truck van suv year it's its vehicle".split())
_LETTERS = {
    "eye": "i",
    "are": "r",
    "see": "c",
    "sea": "c",
    "ex": "x",
    "bee": "b",
    "tea": "t",
    "you": "u",
    "why": "y",
    "jay": "j",
}


def _key(name: str) -> str:
    return _NOT_KEY.sub("", name.lower())


def _owners() -> dict[str, tuple[str, str] | None]:
    owners: dict[str, tuple[str, str] | None] = {}
    for make, models in MODELS.items():
        for model in models:
            key = _key(model)
            owners[key] = None if key in owners and owners[key] != (make, model) else (make, model)
    for nickname, car in NICKNAMES.items():
        owners[_key(nickname)] = car
    return owners


_BY_MAKE = {make: {_key(model): model for model in models} for make, models in MODELS.items()}
_BY_MAKE["Chrysler"]["townandcountry"] = "Town & Country"
_BY_MAKE["Toyota"] |= {"ravfor": "RAV4", "rav": "RAV4"}
_OWNERS = _owners()
_MAKES = {**{_key(make): make for make in MODELS}, **{_key(alias): make for alias, make in CALLED.items()}}
_LONG_MAKES = [key for key in _MAKES if len(key) >= 5]
_LONG_MODELS = [key for key, car in _OWNERS.items() if len(key) >= 6 and car is not None and key not in EVERYDAY]
_MAKE_WORDS = frozenset("genesis ram mini smart eagle mercury saturn lincoln fisker geo lotus lucid".split())


@dataclass(frozen=True, slots=True)
class VehicleMention:
    """One vehicle as spoken: canonical make and model where known, the caller's own model words where not."""

    text: str
    start: int
    end: int
    year: int | None = None
    make: str | None = None
    model: str | None = None
    trim: str | None = None
    score: float = 1.0

    @property
    def label(self) -> str:
        """How to say it back: "2018 Chevrolet Silverado"."""
        return " ".join(str(part) for part in (self.year, self.make, self.model) if part)


def find_vehicles(text: str) -> list[VehicleMention]:
    """Every vehicle mentioned, fullest first; a year alone counts when the words say it is the car's."""
    toks = without_hyphens(tokens(text), NUMBER_WORDS)
    words = [token.word for token in toks]
    found: list[VehicleMention] = []
    i = 0
    while i < len(toks):
        car = _car_at(text, toks, words, i)
        if car is None:
            i += 1
            continue
        mention, i = car
        found.append(mention)
    found = [_model_ahead(text, mention) for mention in found]
    found = [car for car in found if not _NOT_THIS.search(text[: car.start])] or found
    if not any(mention.year for mention in found):
        lone = _year_alone(text, toks, words, bool(found))
        if lone is not None:
            found = [_with_year(found[0], lone)] + found[1:] if len(found) == 1 else [*found, lone]
    found.sort(
        key=lambda mention: -(2 * (mention.make is not None) + (mention.model is not None) + (mention.year is not None))
    )
    return found


def _model_ahead(text: str, car: VehicleMention) -> VehicleMention:
    """ "An Accord, Honda, 2020": the model said before its make."""
    if car.make is None or car.model is not None:
        return car
    before = [token for token in tokens(text[: car.start]) if token.word.isalnum()][-3:]
    for length in range(len(before), 0, -1):
        key = _spoken_key([token.word for token in before[-length:]])
        if key in _BY_MAKE[car.make] and not key.isdigit():
            return replace(
                car,
                model=_BY_MAKE[car.make][key],
                text=text[before[-length].start : car.end],
                start=before[-length].start,
            )
    return car


def _car_at(text: str, toks: list[Token], words: list[str], i: int) -> tuple[VehicleMention, int] | None:
    make = _make_at(words, i)
    if make is not None:
        name, after, score = make
        if after < len(words) and words[after] in _STREET:
            return None
        if name == "Mini" and words[i] == "mini" and words[after : after + 1] == ["van"]:
            return None
        if _STORE & set(words[after : after + 2]) and year_before(words, i) is None:
            return None  # "the Honda dealership" is where, not what they drive
        model, trim, end = _model_after(text, toks, words, after, name)
        known = model is not None and _key(model) in _BY_MAKE[name]
        if not known and words[i] in _MAKE_WORDS and not _in_car_talk(words, i, after):
            return None
        return _mention(text, toks, words, (i, end), name, model, trim, score)
    for length in (3, 2, 1):
        if i + length > len(words):
            continue
        key = _spoken_key(words[i : i + length])
        car = _OWNERS.get(key)
        if car is None or not _stands_alone(words, i, i + length, key):
            continue
        trim, end = _trim_after(words, i + length)
        return _mention(text, toks, words, (i, end), car[0], car[1], trim, 0.9)
    dated = _owned_or_dated(words, i) or year_after(words, i + 1) is not None
    if len(words[i]) >= 6 and words[i] not in _STOP and dated:
        near = process.extractOne(words[i], _LONG_MODELS, scorer=fuzz.ratio, score_cutoff=84)
        if near is not None and (car := _OWNERS[near[0]]) is not None:
            return _mention(text, toks, words, (i, i + 1), car[0], car[1], None, near[1] / 100)
    return None


def _make_at(words: list[str], i: int) -> tuple[str, int, float] | None:
    for length in (3, 2, 1):
        key = _key("".join(words[i : i + length])) if i + length <= len(words) else ""
        if key in _MAKES and (length == 1 or len(words[i]) > 0):
            if key == "rangerover" or key == "minicooper":
                return _MAKES[key], i + (key == "minicooper"), 1.0
            if key == "dodgeram":
                return "Ram", i + 2, 1.0
            after = i + length
            if words[after : after + 2] == ["-", "benz"] or words[after : after + 2] == ["-", "royce"]:
                after += 2
            if words[after : after + 2] == ["'", "s"]:
                after += 2
            return _MAKES[key], after, 1.0
    word = words[i].removesuffix("'s")
    if word != words[i] and word in _MAKES:
        return _MAKES[word], i + 1, 1.0
    if len(word) >= 5 and word not in _STOP and word.isalpha():
        near = process.extractOne(word, _LONG_MAKES, scorer=fuzz.ratio, score_cutoff=83)
        if near is not None and word[0] == near[0][0] and abs(len(word) - len(near[0])) <= 1:
            return _MAKES[near[0]], i + 1, near[1] / 100
    return None


def _model_after(
    text: str, toks: list[Token], words: list[str], i: int, make: str
) -> tuple[str | None, str | None, int]:
    models = _BY_MAKE[make]
    j = i
    while j < len(words) and words[j] in (",", "-", ".", ":"):
        j += 1
    if words[j : j + 1] == ["model"] and make not in ("Tesla", "Ford"):
        i = j = j + 1 + (words[j + 1 : j + 2] in (["is"], [":"]))
    if j > i + 1 or words[i : i + 1] == ["."]:
        j = i if words[i : i + 1] == ["."] else j
    for length in (6, 5, 4, 3, 2, 1):
        if j + length > len(words):
            continue
        key = _spoken_key(words[j : j + length])
        if key in models and words[j] not in (".", ","):
            trim, end = _trim_after(words, j + length)
            return models[key], trim, end
    fuzzy = _fuzzy_model(words, j, models)
    if fuzzy is not None:
        trim, end = _trim_after(words, fuzzy[1])
        return fuzzy[0], trim, end
    kept = j
    while kept < len(words) and kept < j + 3 and _model_like(toks, words, kept, j):
        kept += 1
    while kept > j and not words[kept - 1].isalnum():
        kept -= 1
    return (text[toks[j].start : toks[kept - 1].end], None, kept) if kept > j else (None, None, i)


def _fuzzy_model(words: list[str], j: int, models: dict[str, str]) -> tuple[str, int] | None:
    best: tuple[float, str, int] | None = None
    for length in (1, 2, 3):
        if j + length > len(words) or words[j + length - 1] in _STOP:
            break
        key = _spoken_key(words[j : j + length])
        if len(key) < 4:
            continue
        near = process.extractOne(key, list(models), scorer=fuzz.ratio, score_cutoff=74)
        if (
            near is not None
            and (near[0][0] == key[0] or (near[1] >= _HEARD_RIGHT and key[0] in "aeiou" and near[0][0] in "aeiou"))
            and (best is None or near[1] > best[0])
            and _same_digits(key, near[0])
        ):
            best = (near[1], models[near[0]], j + length)
    return (best[1], best[2]) if best is not None else None


def _same_digits(a: str, b: str) -> bool:
    return [c for c in a if c.isdigit()] == [c for c in b if c.isdigit()]


def _model_like(toks: list[Token], words: list[str], k: int, first: int) -> bool:
    word = words[k]
    if word == "-":
        return k > first and toks[k].glued
    lettered = len(word) == 1 and word != "a" and k + 1 < len(toks) and toks[k + 1].glued and words[k + 1].isdigit()
    if not word.isalnum() or (word in _STOP and not lettered):
        return False
    if word.isdigit():
        return len(word) <= 4 and read_year(words, k) is None
    glued = k > first and toks[k].glued
    return (
        k == first
        or glued
        or (len(word) <= 3 and any(c.isdigit() for w in words[first:k] for c in w))
        or word == "series"
    )


def _spoken_key(words: list[str]) -> str:
    """Words run together with numbers as figures: "rav four", "f one fifty", "eye thirty", "c r v"."""
    key = ""
    k = 0
    while k < len(words):
        word = words[k]
        if word in UNITS or word in TENS or word in TEENS:
            found = read_cardinal(words, k)
            value, after = found if found is not None else (0, k + 1)
            if words[k + 1 : k + 2] == ["fifty"] or words[k + 1 : k + 2] == ["fifties"]:
                value, after = UNITS.get(word, 0) * 100 + 50, k + 2
            key, k = key + str(value), after
            continue
        key += _LETTERS.get(word, word)
        k += 1
    return _key(key)


def _stands_alone(words: list[str], i: int, end: int, key: str) -> bool:
    if end - i == 1 and (words[i].isdigit() or words[i] in _BODIES):
        return False
    if any(word in _STOP and word not in ("and",) for word in (words[i], words[end - 1])) and end - i > 1:
        return False
    if key in (
        "tacoma",
        "malibu",
        "california",
        "tucson",
        "santafe",
        "sedona",
        "dakota",
        "monterey",
        "tahoe",
        "denali",
    ):
        return words[i - 1 : i] not in (["to"], ["in"], ["from"], ["near"])  # also places
    if key not in EVERYDAY and len(key) >= 3 and not key.isdigit():
        return True
    if len(key) <= 2 or key.isdigit():
        return False
    return (_owned_or_dated(words, i) or year_after(words, end) is not None) and (
        end >= len(words) or words[end] not in ("of", "to", "on", "up", "in", "your", "the")
    )


def _owned_or_dated(words: list[str], i: int) -> bool:
    before = words[i - 1] if i else ""
    if before in ("my", "our", "his", "her", "wife's", "husband's", "mom's", "dad's", "son's", "daughter's"):
        return True
    return year_before(words, i) is not None


def _in_car_talk(words: list[str], i: int, after: int) -> bool:
    before = words[i - 1] if i else ""
    return before in OWNING or year_before(words, i) is not None or len(words) == 1


def _trim_after(words: list[str], i: int) -> tuple[str | None, int]:
    return (words[i].upper(), i + 1) if i < len(words) and words[i] in _TRIMS else (None, i)


def _mention(
    text: str,
    toks: list[Token],
    words: list[str],
    at: tuple[int, int],
    make: str,
    model: str | None,
    trim: str | None,
    score: float,
) -> tuple[VehicleMention, int]:
    i, end = at
    begin, year = i, None
    before = year_before(words, i)
    if before is not None:
        year, begin = before
    else:
        body = words[end : end + 1] and words[end] in _BODIES
        after = year_after(words, end) or (year_after(words, end + 1) if body else None)
        if after is not None:
            year, end = after
    start, stop = toks[begin].start, toks[end - 1].end
    return VehicleMention(text[start:stop], start, stop, year, make, model, trim, score), end


def _year_alone(text: str, toks: list[Token], words: list[str], has_car: bool) -> VehicleMention | None:
    """ "It's a 2015", "the truck is a 1976 model", or just "2013"."""
    for i in range(len(words)):
        found = read_year(words, i)
        made = words[max(0, i - 2) : i] in (["made", "in"], ["built", "in"])
        if found is None or (
            i and not made and words[i - 1] in ("-", "(", "$", "/", "in", "by", "until", "since", "#", ":")
        ):
            continue
        after = words[found[1]] if found[1] < len(words) else ""
        if (after[:1].isdigit() or after in ("-", "/", ":", "miles", "dollars", "%", *_STREET)) or (
            i and words[i - 1][-1:].isdigit()
        ):
            continue
        cued = (
            has_car
            or made
            or len(words) - (found[1] - i) <= 4
            or any(word in _CAR_WORDS for word in (*words[max(0, i - 5) : i], after))
        )
        if cued and 1950 <= found[0]:
            start, end = toks[i].start, toks[found[1] - 1].end
            return VehicleMention(text[start:end], start, end, year=found[0], score=0.8 if has_car else 0.6)
    return None


def _with_year(car: VehicleMention, lone: VehicleMention) -> VehicleMention:
    return VehicleMention(car.text, car.start, car.end, lone.year, car.make, car.model, car.trim, car.score)
