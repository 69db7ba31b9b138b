"""What happens to a call once it is over: its outcome is written, and the outcome sets out for other systems."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from agent.summarizing import SUMMARY_WANTED
from agent.wrapup import wrap_up
from kit.ids import CallId
from record import calls, outbox
from record.writeback_subjects import DISPOSITION_RECORDED


async def on_call_ended(db: AsyncSession, payload: dict[str, str], now: datetime) -> None:
    """Handler of `call_ended`: summary, the one disposition, what is owed; then the fact that write-backs wait for."""
    call = await calls.call_by_id(db, CallId(payload["call_id"]))
    if call is None:
        return
    done = await wrap_up(db, call.call_sid, now)
    if done is not None:
        key = f"{DISPOSITION_RECORDED}:{done.disposition_id}"
        await outbox.add(db, DISPOSITION_RECORDED, key, {"disposition_id": done.disposition_id}, now)
        wanted = {"call_id": call.id, "rooftop_id": call.rooftop_id}
        await outbox.add(db, SUMMARY_WANTED, f"{SUMMARY_WANTED}:{call.id}", wanted, now)
