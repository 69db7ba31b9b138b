"""Whose phone rings: the person asked for, the one on shift who was rung least, or the department's own. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from kit.ids import StaffId
from record.rooftops import Destination


def destination_for(
    listed: Sequence[Destination],
    department: str,
    person: str,
    present: Collection[StaffId],
    rung: Mapping[str, int],
    tried: Collection[str],
) -> Destination | None:
    """From the allow-list only. A number that this caller was already not helped at comes last."""
    own = next((each for each in listed if each.staff_id is None and each.key == department), None)
    at_work = [
        each for each in listed if each.staff_id in present and each.staff_id is not None and each.e164 not in tried
    ]
    wanted = person.lower().split()
    named = [each for each in at_work if wanted and set(wanted) & set(each.label.lower().split())]
    people = sorted(named or at_work, key=lambda each: (rung.get(str(each.staff_id), 0), each.key))
    return next(iter(people), own)
