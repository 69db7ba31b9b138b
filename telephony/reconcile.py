"""Asks Twilio what it saw and repairs what we missed: texts and calls that never reached us, sends nobody answered."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from followup.outreach import failed
from kit.errors import ProviderError
from kit.logging import logger
from kit.phone import caller_number
from record import calls, carrier_lists, carrier_words, text_attempts
from record.carrier_lists import CALLS, MESSAGES, Line
from record.carrier_words import Listed
from telephony import inbound_texts, recordings
from telephony.after_stream import TERMINAL
from telephony.answering import missed
from telephony.carrier_lists import ListedCall, ListedMessage, TwilioLists
from telephony.edge import TwilioEdge
from telephony.forms import CallProgress, InboundCall, InboundText

log = logger("reconcile")

# Our own webhook comes first: it may be on its way, or being answered.
_LEFT_TO_THE_WEBHOOK = timedelta(minutes=1)
# What is listed late, and clocks that differ.
_READ_AGAIN = timedelta(minutes=15)
_FIRST_LOOK = timedelta(days=1)
# A leg of this length was somebody who talked, as everywhere (requirements 1C).
_TALKED_SECONDS = 20

_Read = Callable[[Line, datetime, datetime], Awaitable[int]]


class Reconciler:
    """One pass over the lists of every line. It repeats safely: what is in the record already changes nothing."""

    def __init__(self, edge: TwilioEdge, lists: TwilioLists, pause: timedelta) -> None:
        self._edge, self._lists, self._pause = edge, lists, pause

    async def run_once(self) -> int:
        """How many things were repaired."""
        async with self._edge.database.looking_across("every store's lines") as db:
            lines = await carrier_lists.lines(db)
        repaired = 0
        for line in lines:
            repaired += await self._compare(line, MESSAGES, self._messages)
            repaired += await self._compare(line, CALLS, self._calls)
        return repaired

    async def _compare(self, line: Line, kind: str, read: _Read) -> int:
        database, now = self._edge.database, self._edge.clock.now()
        async with database.writing(line.rooftop_id) as db:
            read_until = await carrier_lists.take(db, line.e164, kind, now, pause=self._pause, first_look=_FIRST_LOOK)
        if read_until is None:
            return 0
        try:
            repaired = await read(line, read_until - _READ_AGAIN, now)
        except ProviderError as error:
            log.warning("carrier_list_not_read", rooftop_id=line.rooftop_id, kind=kind, error=str(error)[:120])
            return 0
        async with database.writing(line.rooftop_id) as db:
            await carrier_lists.done(db, line.e164, kind, now - _LEFT_TO_THE_WEBHOOK, repaired)
        if repaired:
            log.warning("carrier_list_repaired", rooftop_id=line.rooftop_id, kind=kind, repaired=repaired)
        return repaired

    # ---- messages --------------------------------------------------------------------------------------------------

    async def _messages(self, line: Line, since: datetime, now: datetime) -> int:
        async with self._edge.database.reading(line.rooftop_id) as db:
            unsettled = await carrier_words.unsettled_since(db, line.e164, now)
        if unsettled is not None:
            since = min(since, unsettled - _LEFT_TO_THE_WEBHOOK)
        listed = await self._lists.messages(line.e164, since)
        async with self._edge.database.reading(line.rooftop_id) as db:
            standing = await carrier_words.standing_of(db, [each.sid for each in listed])
        repaired = 0
        for message in listed:
            known = message.sid in standing
            if not known and message.created_at > now - _LEFT_TO_THE_WEBHOOK:
                continue
            if message.inbound:
                repaired += not known and await self._a_text(message)
            elif text_attempts.RANKS.get(message.status, 0) > standing.get(message.sid, 0):
                repaired += await self._what_became(line, message, known=known)
        return repaired

    async def _a_text(self, message: ListedMessage) -> bool:
        """Somebody wrote and we were not told: filed as its webhook would have, and a person makes it good."""
        media = await self._lists.pictures(message.sid) if message.pictures else ()
        text = InboundText.model_construct(
            account_sid=self._lists.account_sid,
            message_sid=message.sid,
            from_number=message.from_number,
            to_number=message.to_number,
            body=message.body[:4000],
            segments=message.segments,
            media_count=len(media),
            opt_out_type="",
            media=media,
        )
        return await inbound_texts.receive(self._edge, text, sent_at=message.created_at)

    async def _what_became(self, line: Line, message: ListedMessage, *, known: bool) -> bool:
        """The list's word on a text of ours; one whose request was never answered is found by its words."""
        async with self._edge.database.writing(line.rooftop_id) as db:
            now = self._edge.clock.now()
            if not known:
                listed = Listed(
                    message.sid,
                    message.from_number,
                    message.to_number,
                    message.body,
                    message.status,
                    message.error_code,
                    message.created_at,
                )
                ours = await carrier_words.adopt(db, listed, now)
                if ours is None:
                    if message.direction == "outbound-api" and not await carrier_words.is_under_way(db, listed):
                        log.error("text_not_ours", rooftop_id=line.rooftop_id, message_sid=message.sid)
                    return False
                text = await carrier_words.outbound(db, ours)
                lost = text if text is not None and text.status in text_attempts.FAILED else None
            else:
                lost = await carrier_words.told(db, "", message.sid, message.status, message.error_code, now)
            if lost is not None:
                await failed(db, lost, message.error_code, now)
        return True

    # ---- calls -----------------------------------------------------------------------------------------------------

    async def _calls(self, line: Line, since: datetime, now: datetime) -> int:
        listed = await self._lists.calls(line.e164, since)
        repaired = 0
        for call in listed:
            if call.direction != "inbound" or call.status not in TERMINAL:
                continue  # one under way is its webhook's and the reaper's
            async with self._edge.database.reading(line.rooftop_id) as db:
                known = await calls.call(db, call.sid)
            if known is None and call.started_at <= now - _LEFT_TO_THE_WEBHOOK:
                repaired += await self._a_call(call)
        return repaired

    async def _a_call(self, call: ListedCall) -> bool:
        """A call we never heard of: whom the caller reached without us, what they left, and what they are owed."""
        legs = await self._lists.legs(call.sid)
        met = any(leg.status == "completed" and leg.seconds >= _TALKED_SECONDS for leg in legs)
        given = InboundCall.model_construct(
            account_sid=self._lists.account_sid,
            call_sid=call.sid,
            from_number=caller_number(call.from_number),
            to_number=call.to_number,
            stir="",
        )
        is_new = await missed(self._edge, given, call.status, call.seconds, rang_at=call.started_at, met_somebody=met)
        if is_new:
            await self._what_they_left(call)
        return is_new

    async def _what_they_left(self, call: ListedCall) -> None:
        """A message spoken to the number's own fallback is kept at Twilio until somebody fetches it."""
        async with self._edge.database.looking_across("a CallSid decides the rooftop") as db:
            kept = await calls.call(db, call.sid)
        if kept is None:
            return
        for recording in await self._lists.recordings(call.sid):
            progress = CallProgress.model_construct(
                account_sid=self._lists.account_sid,
                call_sid=call.sid,
                recording_sid=recording.sid,
                recording_url="",
                recording_seconds=recording.seconds,
                recording_status="completed",
                recording_channels=recording.channels,
            )
            kind = "voicemail" if recording.source == "RecordVerb" else "call"
            await recordings.announced(self._edge.database, self._edge.clock, kept, progress, kind)
