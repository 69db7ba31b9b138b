"""What somebody who is limited to departments sees: one rule, added to every query of their session, lists and counts
alike. Without limits nothing is added."""

from functools import lru_cache
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import with_loader_criteria

from followup.lead_models import Lead, Opportunity
from followup.models import Loop
from record.models import Call
from record.text_models import Conversation

BOUND: dict[str, type[Any]] = {"call_id": Call, "thread_id": Conversation, "loop_id": Loop, "lead_id": Lead}
"""What an address of ours names, under the name its place has there."""


@lru_cache(maxsize=256)
def limits(departments: frozenset[str], staff_id: str | None) -> tuple[Any, ...]:
    """Calls, texts, leads and needs of those departments; of loops also one's own, wherever they belong."""
    if not departments:
        return ()
    theirs = sorted(departments)
    mine = or_(Loop.department.in_(theirs), Loop.owner_id == (staff_id or ""))
    return (
        with_loader_criteria(Loop, mine, include_aliases=True),
        *(
            with_loader_criteria(kind, kind.department.in_(theirs), include_aliases=True)
            for kind in (Call, Conversation, Lead, Opportunity)
        ),
    )
