"""The one table saying which event is handled by which functions."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.writeback import WriteBacks
from lanekeeper.wrapping_up import on_call_ended
from record.calls import CALL_ENDED
from record.writebacks import DISPOSITION_RECORDED

EventHandler = Callable[[AsyncSession, dict[str, Any], datetime], Awaitable[None]]
"""Runs in the transaction that marks the event handled; whatever is slow it files as a row of its own."""


def subscriptions(writebacks: WriteBacks) -> Mapping[str, tuple[EventHandler, ...]]:
    """Handlers by event, in the order they run. An event nobody is named for is history only."""
    return {
        CALL_ENDED: (on_call_ended,),
        DISPOSITION_RECORDED: (writebacks.plan,),
    }
