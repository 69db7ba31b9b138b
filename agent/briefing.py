"""Before the first word: the store, the clock and the caller as the facts a prompt may use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kit.ids import RooftopId
from prompts.context import PromptContext
from prompts.rendering import render
from record import rooftops
from record.hours import hours_of
from record.staff import advisors

_MOST_WORDS = 40  # names a recogniser should know; more would drown the ones that matter


class StoreUnknown(Exception):
    """There is no such rooftop; the call cannot be answered in its name."""


async def brief(
    db: Any,
    rooftop_id: RooftopId,
    *,
    caller: str,
    department: str,
    now: datetime,
    disclosed: bool,
    earlier: str = "",
) -> PromptContext:
    """What this call's prompt is filled with. The caller's record is left out: caller ID alone proves nothing."""
    store = await rooftops.store(db, rooftop_id)
    if store is None:
        raise StoreUnknown(rooftop_id)
    hours = await hours_of(db, department)
    local = hours.local(now)
    openings = [
        f"{hours.local(each.starts_at):%H:%M} to {hours.local(each.ends_at):%H:%M}"
        for each in hours.openings_on(local.date())
    ]
    targets = await rooftops.departments(db, now)
    return PromptContext(
        store=store.name,
        now=local.isoformat(timespec="seconds"),
        time_zone=store.time_zone,
        caller=caller if caller.startswith("+") else "withheld",
        departments=", ".join(f"{each.key} ({each.label})" for each in targets),
        hours_today=", ".join(openings) or "closed",
        disclosed="yes" if disclosed else "no",
        earlier=earlier,
    )


def instructions_for(context: PromptContext, prompt: str) -> str:
    """The session's instructions: the prompt it began with, filled in."""
    return render(prompt, context)


async def keywords(db: Any, store: str) -> list[str]:
    """Names a recogniser should expect: the store's and its advisors'."""
    names = [name for _, name in await advisors(db)]
    return [store, *names[: _MOST_WORDS - 1]]
