"""Programs as their pages show them; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import times, words
from console.presenters import Badge
from console.times import Moment
from followup.notice_words import NOTICES, OFFERS
from followup.programs import leaving_alone
from followup.programs.asking import NO_NUMBER, Does
from followup.programs.figures import Inside
from followup.programs.keeping import Change, Program
from followup.programs.kinds import words_for
from followup.programs.outcomes import ENOUGH_HELD_OUT, Outcome
from followup.programs.preview import HELD_OUT, LISTED, TOO_MANY, Preview
from followup.programs.rules import A_DAY, HOLDOUT, MOST_STEPS, TEXT, WINDOW, Rules
from record.contact_rules import RULES

MOST_SHOWN = 200
SAYS = {
    **{rule.id: rule.says for rule in RULES},
    **{rule.id: rule.says for rule in leaving_alone.RULES},
    NO_NUMBER: "there is no number to text",
}
_DEEDS = {
    Does.TEXT: "a text",
    Does.WAITS: "a text, at an hour it may go",
    Does.PERSON: "a person",
    Does.LATER: "not today",
    Does.BLOCKED: "blocked",
    HELD_OUT: "held out",
    LISTED: "on the list",
    TOO_MANY: "another day: the day’s number is full",
}


@dataclass(frozen=True, slots=True)
class ProgramLine:
    """One program in the list."""

    name: str
    title: str
    about: str
    badge: Badge
    steps: tuple[str, ...]
    facts: tuple[str, ...]
    outcome: str
    paused: bool
    address: str


@dataclass(frozen=True, slots=True)
class Count:
    """A number and the list behind it."""

    number: int
    words: str
    address: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class PreviewView:
    headline: str
    deeds: tuple[Count, ...]
    rules: tuple[Count, ...]
    people: tuple[tuple[str, str, str, str, str], ...]
    shown_of: int
    listed: str


@dataclass(frozen=True, slots=True)
class StepField:
    """One row of the form."""

    at: int
    number: str
    unit: str
    by: str


def line(program: Program, inside: Inside, outcome: Outcome, now: datetime, zone: ZoneInfo) -> ProgramLine:
    paused = program.paused_at is not None
    out = f", {inside.held_out:,} held out" if inside.held_out else ""
    facts = [f"{inside.active:,} in it now{out}"]
    if inside.touched_today:
        facts.append(f"{inside.touched_today} asked today")
    if program.paused_at is not None:
        facts.append(f"paused {times.moment(program.paused_at, now, zone).words}")
    return ProgramLine(
        program.kind.name,
        program.kind.title,
        program.kind.about,
        Badge("waiting", "■", "Paused") if paused else Badge("ok", "✓", "On"),
        tuple(step.words for step in program.rules.steps),
        tuple(facts),
        outcome_words(outcome, program),
        paused,
        f"/programs/{program.kind.name}",
    )


def outcome_words(outcome: Outcome, program: Program) -> str:
    """What came, beside those who were not asked; nothing is claimed from a handful."""
    if not outcome.asked.people:
        return ""
    what = "bought" if program.kind.outcome == "deal" else "came"
    window = program.rules.window_days
    said = f"Of {outcome.asked.people:,} asked, {outcome.asked.came:,} {what} within {window} days"
    if outcome.cents:
        said += f" (${outcome.cents // 100:,} in {outcome.orders:,} orders it was the last to ask about)"
    if not outcome.held_out.people:
        return said + "."
    said += f"; of {outcome.held_out.people:,} held out, {outcome.held_out.came:,}."
    more = outcome.more_per_hundred
    if more is None:
        return said + f" Fewer than {ENOUGH_HELD_OUT} held out: too few to say what asking brings."
    return said + f" That is {more:+.1f} of a hundred."


def preview_view(seen: Preview, program: Program, deed: str, rule: str) -> PreviewView:
    by_deed, address = seen.by_deed, f"/programs/{program.kind.name}/preview"
    asked = sum(by_deed[each] for each in (Does.TEXT, Does.WAITS, Does.PERSON))
    not_asked = by_deed[Does.BLOCKED] + by_deed[Does.LATER]
    more = "more than " if seen.more else ""
    people = f"{len(seen.people):,} {'person' if len(seen.people) == 1 else 'people'}"
    shown = seen.of(deed, rule)
    chosen = f"Kept by {rule}: {SAYS.get(rule, '')}" if rule else _DEEDS.get(deed, "Everybody").capitalize()
    return PreviewView(
        f"{more}{people} today: {asked:,} would be asked, {not_asked:,} blocked.".capitalize(),
        tuple(
            Count(by_deed[each], words, f"{address}?{urlencode({'does': each})}", each == deed)
            for each, words in _DEEDS.items()
            if by_deed[each]
        ),
        tuple(
            Count(number, f"{each}: {SAYS.get(each, '')}", f"{address}?{urlencode({'rule': each})}", each == rule)
            for each, number in seen.by_rule.most_common()
        ),
        tuple(
            (
                each.customer_id,
                each.name or words.NAMELESS,
                each.reason,
                _DEEDS.get(each.does, each.does),
                "; ".join(f"{one} {SAYS.get(one, '')}" for one in each.rules),
            )
            for each in shown[:MOST_SHOWN]
        ),
        len(shown),
        chosen,
    )


def fields(rules: Rules, typed: Mapping[str, str]) -> list[StepField]:
    """The steps of the form: what was typed, else what is in force; one empty row more."""
    if typed:
        return [
            StepField(at, *(typed.get(f"step_{at}_{name}", "") for name in ("number", "unit", "by")))
            for at in range(MOST_STEPS)
        ]
    made = [StepField(at, str(step.number), step.unit, step.by) for at, step in enumerate(rules.steps)]
    return [*made, *(StepField(at, "", "days", TEXT) for at in range(len(made), MOST_STEPS))]


def numbers(program: Program, typed: Mapping[str, str]) -> list[tuple[str, str, str, int, int]]:
    """Name, label, value, lowest and highest of each number."""
    rules = program.rules
    now = {A_DAY.name: rules.a_day, HOLDOUT.name: rules.holdout_percent, WINDOW.name: rules.window_days}
    now |= rules.numbers
    return [
        (
            each.name,
            each.label,
            typed.get(each.name, str(now[each.name])),
            each.low,
            program.kind.most_holdout if each is HOLDOUT else each.high,
        )
        for each in (A_DAY, HOLDOUT, WINDOW, *program.kind.numbers)
        if each is not HOLDOUT or program.kind.most_holdout
    ]


def words_sent(program: Program) -> list[tuple[str, str]]:
    """Each different text of its steps, in English and Spanish, as the file has it."""
    keys = {words_for(program.kind, step, ""): None for step in program.rules.steps if step.by == TEXT}
    return [{**NOTICES, **OFFERS}[key] for key in keys]


def history(changes: Sequence[Change], now: datetime, zone: ZoneInfo) -> list[tuple[Moment, str, str, str]]:
    """When, what, who and why; of an edit also what it became."""
    told = []
    for each in changes:
        became = ""
        if each.act == "edited":
            steps = "; ".join(step.words for step in each.rules.steps) or "no steps"
            became = (
                f"Version {each.version}: {steps}; {each.rules.a_day} a day, {each.rules.holdout_percent}% held out"
            )
        told.append((times.moment(each.at, now, zone), each.act, each.by, ". ".join(filter(None, (each.why, became)))))
    return told
