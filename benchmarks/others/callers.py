"""Callers found among ten thousand records from names and birth dates a telephone recogniser misheard."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from rapidfuzz import fuzz, process

from agent.house.understanding import (
    Candidate,
    NameEvidence,
    Verdict,
    birth_date_candidates,
    decide,
    rank_names,
)
from benchmarks.others.score import Score


def score_callers(calls: list[dict[str, Any]], profiles: list[dict[str, Any]], score: Score) -> None:
    """Every call, as it goes: a name, a birth date, and more tries of both only while the agent asks for them."""
    people = _People(
        [
            Candidate(each["id"], each["first_name"], each["last_name"], date.fromisoformat(each["birth_date"]))
            for each in profiles
        ]
    )
    for call in calls:
        key = _identified(call["heard"], people)
        score.note("callers identified", call["id"], key == call["profile"], f"{call['profile']}: nobody")
        wrong = key is not None and key != call["profile"]
        score.note("callers never somebody else", call["id"], not wrong, f"{call['profile']} taken for {key}")


class _People:
    """Everybody, and the few hundred worth ranking: names that look alike, and birth dates that may have been said."""

    def __init__(self, people: list[Candidate]) -> None:
        self._people = people
        self._names = [f"{each.first} {each.last}".lower() for each in people]
        self._born: dict[str, list[Candidate]] = defaultdict(list)
        for each in people:
            if each.birth_date is not None:
                for part in _parts(each.birth_date):
                    self._born[part].append(each)

    def near(self, evidence: NameEvidence) -> list[Candidate]:
        """Candidates for what was heard so far."""
        found: dict[str, Candidate] = {}
        for heard in evidence.names:
            for reading in heard.readings[:6]:
                words = reading.lower()
                scorer = fuzz.partial_ratio if len(words.split()) == 1 else fuzz.ratio
                for _, _, at in process.extract(words, self._names, scorer=scorer, limit=_MOST_ALIKE):
                    found[self._people[at].key] = self._people[at]
        for heard in evidence.birth_dates:
            for born in birth_date_candidates(heard.readings, today=_TODAY, day_first=True):
                for part in _parts(born.day):
                    found |= {each.key: each for each in self._born[part]}
        return list(found.values())


def _parts(day: date) -> tuple[str, str, str]:
    """Any two thirds of a date: enough to be worth a look when the recogniser bent the rest."""
    return f"{day:%m-%d}", f"{day:%Y-%m}", f"{day:%Y}/{day:%d}"


_TODAY = date(2026, 11, 20)
_MOST_ALIKE = 40


def _identified(heard: list[dict[str, Any]], people: _People) -> str | None:
    evidence = NameEvidence(day_first=True)
    names = [item for item in heard if item["item"] == "name"]
    dates = [item for item in heard if item["item"] == "dob"]
    for name, born in zip(names, dates, strict=False):
        if name["text"]:
            evidence = evidence.hear_name(name["text"], name["alternatives"], spelled=name["spelled"])
        if born["text"]:
            evidence = evidence.hear_birth_date(born["text"], born["alternatives"])
        decision = decide(rank_names(evidence, people.near(evidence), this_year=_TODAY.year), evidence)
        if decision.verdict is Verdict.MATCH and decision.best is not None:
            return decision.best.candidate.key
    return None
