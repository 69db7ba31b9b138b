"""A finished call as an advisor reads it in ten seconds, put together from what its tools did. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.disposing import Code, Contact, Story, Verdict, need_words, spoken_when
from agent.house.understanding import find_vehicles
from agent.moods import mood_of
from record.call_briefs import CallBrief
from record.hand_off_brief import Brief, missing

_LONGEST = 200
_NOBODY = frozenset({Code.WRONG_NUMBER, Code.DO_NOT_CONTACT, Code.ABANDONED_IVR, Code.ABANDONED_RING})


@dataclass(frozen=True, slots=True)
class Owing:
    """One thing still open because of the call: its owner and its time, as they are said."""

    need: str
    owner: str
    due: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the record adds to the story. `sure` when the name was given or fits; else it is only the number's."""

    name: str = ""
    sure: bool = False
    number: str = ""
    car: str = ""
    department: str = "service"
    owed: tuple[Owing, ...] = ()


def sum_up(story: Story, verdict: Verdict, known: Known) -> CallBrief:
    """The same call always reads the same."""
    need, car, mood = need_words(story), _car(story, known), _mood(story)
    urgent = verdict.urgent or mood == "urgent" or any(each.urgent for each in known.owed)
    return CallBrief(
        who=_who(known),
        car=car,
        need=need[:_LONGEST],
        promised="; ".join(_promised(story, known))[:_LONGEST],
        next_step=_next_step(story, verdict, known)[:_LONGEST],
        mood=mood,
        urgency="hot" if urgent else "normal",
        disposition=verdict.code.value,
        missing=_missing(story, verdict, known, car, need, urgent),
    )


def _who(known: Known) -> str:
    name = known.name if known.sure or not known.name else f"perhaps {known.name}, by the number"
    return ", ".join(part for part in (name or "Did not say their name", known.number) if part)


def _car(story: Story, known: Known) -> str:
    """The car they talked about; the only one on file, when they named none and we know who they are."""
    for did in reversed(story.tools):
        said = str(did.arguments.get("vehicle") or did.arguments.get("car") or "")
        if said:
            found = find_vehicles(said)
            return found[0].label if found and found[0].label else said[:80]
    heard = [car for turn in story.turns if turn.speaker == "caller" for car in find_vehicles(turn.words) if car.make]
    return heard[-1].label if heard else known.car


def _mood(story: Story) -> str:
    moods = {mood_of(turn.words, "") for turn in story.turns if turn.speaker == "caller"}
    return next((mood for mood in ("urgent", "upset") if mood in moods), "calm")


def _promised(story: Story, known: Known) -> Iterator[str]:
    """What the caller was told will happen, the last word on each."""
    visits = [did for did in story.tools if did.kind in ("booked", "moved", "cancelled")]
    if visits and visits[-1].kind != "cancelled":
        visit = visits[-1].result
        what = ", ".join(map(str, visit.get("services") or []))
        yield f"A visit {spoken_when(visit.get('starts'))}" + (f": {what}" if what else "")
    told = [did for did in story.tools if did.kind == "promised"]
    if told:
        yield f"{told[-1].result.get('owner') or 'Somebody'} calls by {spoken_when(told[-1].result.get('due'))}"
    elif story.came_back and known.owed:
        yield f"{known.owed[0].owner} calls by {known.owed[0].due}"


def _next_step(story: Story, verdict: Verdict, known: Known) -> str:
    if known.owed:
        return f"{known.owed[0].owner or 'Somebody'} calls back by {known.owed[0].due}"
    connected = [label for label, outcome in story.hand_offs if outcome == "connected"]
    if connected:
        return f"With {connected[-1]}"
    visits = [did for did in story.tools if did.kind in ("booked", "moved", "cancelled")]
    if visits and visits[-1].kind != "cancelled":
        return f"Comes in {spoken_when(visits[-1].result.get('starts'))}"
    return "No more calls or texts" if verdict.code is Code.DO_NOT_CONTACT else "Nothing"


def _missing(story: Story, verdict: Verdict, known: Known, car: str, need: str, urgent: bool) -> tuple[str, ...]:
    """What whoever acts on it must ask first; nothing, where nobody has to act or a person was spoken to."""
    acted_on = bool(known.owed) or verdict.code in (Code.APPOINTMENT_SET, Code.RESCHEDULED)
    if not acted_on or verdict.code in _NOBODY or verdict.contact is not Contact.SPOKE_CUSTOMER or story.accepted:
        return ()
    told = Brief(name=known.name if known.sure else "", car=car, reason=need, mood="urgent" if urgent else "")
    number = () if known.number else ("a number to reach them at",)
    return (*missing(known.department, told), *number)
