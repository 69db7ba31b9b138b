"""Before any page is made: an object of a department somebody does not see is not there for them."""

from collections.abc import Awaitable, Callable

from fastapi import HTTPException, Request
from sqlalchemy import select

from console.at_screen import at_screen
from console.workbench import Workbench
from followup.seen_by import BOUND


def only_what_they_see(bench: Workbench) -> Callable[[Request], Awaitable[None]]:
    """A dependency of every route: asks once for the object its address names, for those with limits."""

    async def look(request: Request) -> None:
        if not at_screen().departments:
            return
        named = [(BOUND[place], str(value)[:32]) for place, value in request.path_params.items() if place in BOUND]
        if not named:
            return
        store = await bench.store()
        async with bench.reading(store.id) as db:
            for kind, found in named:
                if await db.scalar(select(kind.id).where(kind.id == found)) is None:
                    raise HTTPException(404)

    return look
