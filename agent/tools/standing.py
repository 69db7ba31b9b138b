"""What a texting customer has shown of themselves, kept between their texts as plain data; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.house.understanding import Heard, NameEvidence
from agent.tools.context import Caller
from kit.ids import E164, AppointmentId, CustomerId


def as_standing(caller: Caller) -> dict[str, Any]:
    """Everything but the number itself, which the conversation knows."""
    return {
        "level": caller.level,
        "customer_id": caller.customer_id,
        "first": caller.first,
        "last": caller.last,
        "said_number": caller.said_number,
        "names": [[each.text, list(each.alternatives), each.spelled] for each in caller.evidence.names],
        "candidate_id": caller.candidate_id,
        "facts_right": sorted(caller.facts_right),
        "facts_given": sorted(caller.facts_given),
        "facts_wrong": caller.facts_wrong,
        "booked_here": list(caller.booked_here),
    }


def caller_from(number: str, kept: Mapping[str, Any]) -> Caller:
    """The customer as they stood after their last text; an empty mapping is somebody new.

    Whoever gets our answers at a number holds it, so the number needs no attestation; it still opens nothing alone.
    """
    return Caller(
        number=E164(number) if number.startswith("+") else None,
        level=int(kept.get("level", 0)),
        customer_id=_id(kept.get("customer_id")),
        first=str(kept.get("first", "")),
        last=str(kept.get("last", "")),
        said_number=E164(kept["said_number"]) if kept.get("said_number") else None,
        evidence=NameEvidence(
            tuple(Heard(text, tuple(others), spelled) for text, others, spelled in kept.get("names", []))
        ),
        candidate_id=_id(kept.get("candidate_id")),
        attested=True,
        facts_right=frozenset(kept.get("facts_right", [])),
        facts_given=frozenset(kept.get("facts_given", [])),
        facts_wrong=int(kept.get("facts_wrong", 0)),
        booked_here=tuple(AppointmentId(each) for each in kept.get("booked_here", [])),
    )


def _id(value: object) -> CustomerId | None:
    return CustomerId(str(value)) if value else None
