"""Scenarios, rehearsals and the gate as their pages show them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent.rehearsal import rehearsals
from agent.rehearsal.gate import Gate
from agent.rehearsal.planning import CANDIDATE, LIVE
from console.times import Moment, moment
from prompts.scenario_store import Kept, Lately
from prompts.scenarios import KINDS, Check, Judged
from prompts.tuning_models import Rehearsal, RehearsalRun

SOURCES = {"shipped": "Shipped", "hand": "Made by hand", "call": "From a call", "file": "From a file"}
STATES = {
    "waiting": ("info", "● Waiting to begin"),
    "running": ("info", "◔ Under way"),
    "paused": ("soon", "❚❚ Paused"),
    "cancelled": ("waiting", "■ Cancelled"),
    "done": ("ok", "✓ Played"),
}
_FLAKY, _SEEN = 0.97, 30
_ORDER = {"regression": 0, "unsettled": 1, "known_weak": 2, "better": 3, "same": 4}
_STANDINGS = {
    "regression": ("late", "▼ worse"),
    "unsettled": ("info", "◔ being played"),
    "known_weak": ("soon", "● known weak"),
    "better": ("ok", "▲ better"),
    "same": ("waiting", "same"),
}


@dataclass(frozen=True)
class ScenarioLine:
    """One scenario in the table."""

    kept: Kept
    source: str
    must: tuple[str, ...]
    judged: tuple[str, ...]
    last: tuple[bool, ...]
    rate: str
    flaky: bool


@dataclass(frozen=True)
class RunLine:
    """One rehearsal in a list, or at the top of its page."""

    row: Rehearsal
    badge: tuple[str, str]
    gate: tuple[str, str]
    asked: Moment
    done: int
    planned: int
    percent: int
    took: str
    cost: str
    foreseen: str
    going_on: bool
    player: str


@dataclass(frozen=True)
class MatrixRow:
    """One scenario on both sides."""

    key: str
    name: str
    badge: tuple[str, str]
    live: str
    candidate: str
    why: str
    advisory: bool
    changed: bool


@dataclass(frozen=True)
class CheckCell:
    """One check of one run on both sides; None where it was not looked at."""

    name: str
    must: bool
    live: bool | None
    candidate: bool | None
    live_why: str
    candidate_why: str


@dataclass(frozen=True)
class PlayedTurn:
    """What was said and done at one place of both conversations."""

    live: Mapping[str, Any] | None
    candidate: Mapping[str, Any] | None


@dataclass(frozen=True)
class Compared:
    """One run of one scenario, both transcripts side by side."""

    number: int
    numbers: tuple[int, ...]
    turns: tuple[PlayedTurn, ...]
    checks: tuple[CheckCell, ...]
    ids: Mapping[str, str]


def check_words(check: Check) -> str:
    """A must-pass check as a sentence."""
    words = re.sub(r" \([^)]*\)", "", KINDS[check.kind])
    return f"{words}: {check.value}" if check.value else words


def judged_words(judged: Judged) -> str:
    return f"{judged.says} [{judged.words}]" if judged.words else judged.says


def scenario_line(kept: Kept, lately: Lately | None) -> ScenarioLine:
    scenario = kept.scenario
    known = lately if lately is not None and lately.runs else None
    return ScenarioLine(
        kept,
        SOURCES[kept.source] + (", changed here" if kept.changed else ""),
        tuple(check_words(each) for each in scenario.must),
        tuple(each.says for each in scenario.judged),
        known.last if known else (),
        f"{known.rate:.0%} of {known.runs}" if known else "",
        known is not None and known.runs >= _SEEN and known.rate < _FLAKY,
    )


async def run_line(db: AsyncSession, row: Rehearsal, now: datetime, zone: ZoneInfo) -> RunLine:
    played = await rehearsals.progress(db, row)
    end = row.ended_at or now
    seconds = (end - row.started_at).total_seconds() if row.started_at else 0.0
    spent = rehearsals.cost(row.runner, played.tokens_in, played.tokens_out)
    foreseen = None if spent is None else row.microdollars_estimate
    return RunLine(
        row,
        STATES[row.state],
        gate_badge(row),
        moment(row.asked_at, now, zone),
        played.done,
        played.planned,
        round(100 * played.done / played.planned) if played.planned else 0,
        _duration(seconds),
        _money(spent, played.tokens_in + played.tokens_out),
        f"about {_duration(row.seconds_estimate)} and {_money(foreseen, 0)}",
        row.state in rehearsals.UNFINISHED,
        "the built-in agent" if row.runner == rehearsals.HOUSE else row.runner,
    )


def gate_badge(row: Rehearsal) -> tuple[str, str]:
    if row.kind == "replay":
        return ("waiting", "Replay: no gate")
    if row.state != "done":
        return ("waiting", "Gate: not decided")
    if row.version_id is None:
        return ("waiting", "A draft: no gate")
    return ("ok", "✓ Gate open") if row.open else ("late", "✕ Gate blocked")


async def matrix(db: AsyncSession, row: Rehearsal, gate: Gate) -> list[MatrixRow]:
    """Worst first; counts are runs in which everything held."""
    counts: dict[tuple[str, str], list[bool]] = {}
    found = await db.execute(
        select(RehearsalRun.scenario_key, RehearsalRun.side, RehearsalRun.passed).where(
            RehearsalRun.rehearsal_id == row.id
        )
    )
    for key, side, passed in found:
        counts.setdefault((key, side), []).append(passed)
    rows = []
    for scenario, outcome in zip(rehearsals.scenarios_of(row), gate.outcomes, strict=True):
        ours, theirs = counts.get((scenario.key, CANDIDATE), []), counts.get((scenario.key, LIVE), [])
        standing = str(outcome.standing) if ours and theirs else "unsettled"
        failing = any(label.startswith(f"{scenario.name}: ") for label in gate.waivable)
        new = any(said.startswith(f"{scenario.name} fails") for said in gate.blocked_by) and not failing
        standing = "regression" if new else "known_weak" if failing and standing == "same" else standing
        why = "" if standing in ("same", "unsettled") else outcome.why
        rows.append(
            (
                _ORDER[standing],
                MatrixRow(
                    scenario.key,
                    scenario.name,
                    _STANDINGS[standing] if ours or theirs else ("waiting", "not played yet"),
                    f"{sum(theirs)}/{len(theirs)}",
                    f"{sum(ours)}/{len(ours)}",
                    why,
                    outcome.advisory,
                    standing != "same",
                ),
            )
        )
    return [line for _, line in sorted(rows, key=lambda pair: pair[0])]


async def compared(db: AsyncSession, row: Rehearsal, key: str, number: int | None) -> Compared | None:
    """One run on both sides; without a number the first that differs or fails."""
    runs = (
        await db.scalars(
            select(RehearsalRun)
            .where(RehearsalRun.rehearsal_id == row.id, RehearsalRun.scenario_key == key)
            .order_by(RehearsalRun.number)
        )
    ).all()
    if not runs:
        return None
    sides = {(run.number, run.side): run for run in runs}
    numbers = tuple(sorted({run.number for run in runs}))
    if number not in numbers:
        number = next((run.number for run in runs if not run.passed), numbers[0])
    live, ours = sides.get((number, LIVE)), sides.get((number, CANDIDATE))
    turns = tuple(
        PlayedTurn(_at(live, place), _at(ours, place))
        for place in range(max(len(each.turns) for each in (live, ours) if each is not None))
    )
    ids = {side: run.id for side, run in ((LIVE, live), (CANDIDATE, ours)) if run is not None}
    return Compared(number, numbers, turns, tuple(_checks(live, ours)), ids)


def _at(run: RehearsalRun | None, place: int) -> Mapping[str, Any] | None:
    return run.turns[place] if run is not None and place < len(run.turns) else None


def _checks(live: RehearsalRun | None, ours: RehearsalRun | None) -> Sequence[CheckCell]:
    told = {(LIVE, each["name"]): each for each in (live.results if live else [])}
    told |= {(CANDIDATE, each["name"]): each for each in (ours.results if ours else [])}
    names = dict.fromkeys(name for _, name in told)
    cells = []
    for name in names:
        mine, theirs = told.get((CANDIDATE, name)), told.get((LIVE, name))
        any_of = mine or theirs or {}
        cells.append(
            CheckCell(
                _named(name),
                bool(any_of.get("must")),
                theirs["passed"] if theirs else None,
                mine["passed"] if mine else None,
                theirs["why"] if theirs else "",
                mine["why"] if mine else "",
            )
        )
    return sorted(cells, key=lambda cell: (cell.live is not False and cell.candidate is not False, not cell.must))


def _named(name: str) -> str:
    kind, _, value = name.partition(": ")
    return check_words(Check(kind, value)) if kind in KINDS else name


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60:02d} s"


def _money(microdollars: int | None, tokens: int) -> str:
    if microdollars is None:
        return f"{tokens:,} tokens (no list price known)" if tokens else "a cost this version has no list price for"
    return f"${microdollars / 1e6:.2f}"
