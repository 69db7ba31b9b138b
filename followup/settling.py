"""What the record itself settles: the text that arrived, the car that is ready, the appointment that is in the book."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from followup.lifecycle import State
from followup.models import Loop
from followup.reading_back import proven
from followup.status_messages import TELL_STATUS, told

_BY_KIND: dict[str, Callable[[AsyncSession, Loop, datetime], Awaitable[bool]]] = {TELL_STATUS: told}
_SOON = timedelta(minutes=1)
_WORTH_LOOKING = timedelta(hours=2)


async def settled(db: AsyncSession, row: Loop, now: datetime) -> bool:
    """Ends the loop when the record proves that nothing is owed any more."""
    if row.state == State.AI_DONE:
        return await proven(db, row, now)
    check = _BY_KIND.get(row.kind)
    return check is not None and await check(db, row, now)


def look_again(row: Loop, now: datetime) -> datetime | None:
    """When proof may have come: in a minute, as long as it is young."""
    waits = row.kind in _BY_KIND or row.state == State.AI_DONE
    return now + _SOON if waits and now - row.created_at < _WORTH_LOOKING else None
