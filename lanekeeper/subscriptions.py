"""The one table saying which event is handled by which functions."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from agent.summarizing import SUMMARY_WANTED
from crm_sync.codes import STATUS_CHANGED
from crm_sync.planning import Planner
from crm_sync.sales import SPECIAL_ORDER_ARRIVED
from followup import part_calls, status_messages, waiting_list
from lanekeeper import needs, new_people, owed
from lanekeeper.wrapping_up import on_call_ended
from record.calls import CALL_ENDED
from record.merging import CUSTOMERS_MERGED
from record.recordings import RECORDING_REFUSED
from record.writeback_subjects import DISPOSITION_RECORDED, LEAD_CHANGED
from scheduling.events import AppointmentBooked, AppointmentCancelled, AppointmentMoved

EventHandler = Callable[[AsyncSession, dict[str, Any], datetime], Awaitable[None]]
"""Runs in the transaction that marks the event handled; whatever is slow it files as a row of its own."""

Effect = Callable[[dict[str, Any]], Awaitable[None]]
"""Asks something of the outside world, before the event is marked handled; asked twice it changes nothing more."""


class RecordingStop(Protocol):
    """Who can end the recording of a live call."""

    async def stop_recording(self, call_sid: str) -> None: ...


def effects(carrier: RecordingStop | None, summarize: Effect | None = None) -> Mapping[str, Effect]:
    """What the outside world is asked for, by event."""
    by_model = {SUMMARY_WANTED: summarize} if summarize is not None else {}
    if carrier is None:
        return by_model

    async def stop_recording(payload: dict[str, Any]) -> None:
        await carrier.stop_recording(str(payload["call_sid"]))

    return {RECORDING_REFUSED: stop_recording, **by_model}


def subscriptions(planner: Planner) -> Mapping[str, tuple[EventHandler, ...]]:
    """Handlers by event, in the order they run. An event nobody is named for is history only."""
    return {
        CALL_ENDED: (on_call_ended, new_people.on_call_ended, needs.on_call_ended, owed.on_call_ended),
        CUSTOMERS_MERGED: (needs.on_customers_merged,),
        DISPOSITION_RECORDED: (planner.on_disposition,),
        AppointmentBooked.kind: (
            needs.on_appointment_booked,
            waiting_list.on_appointment_booked,
            planner.on_appointment,
            owed.on_appointment,
        ),
        AppointmentMoved.kind: (waiting_list.on_time_freed, planner.on_appointment, owed.on_appointment),
        AppointmentCancelled.kind: (waiting_list.on_time_freed, planner.on_appointment, owed.on_appointment_cancelled),
        STATUS_CHANGED: (status_messages.on_status_changed,),
        SPECIAL_ORDER_ARRIVED: (part_calls.on_order_arrived, waiting_list.on_special_order_arrived),
        LEAD_CHANGED: (planner.on_lead,),
    }
