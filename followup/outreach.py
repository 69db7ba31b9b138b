"""The one door out for texts: permission at the moment of sending, one try at a time, nothing unowned."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from followup import notices, sending_trouble
from followup.carrier_codes import Code, Meaning, code
from followup.ports import Accepted, NotSent, OutgoingText, Rejected, SendOutcome, TextSender, Unknown
from followup.programs import falling_back, keeping
from followup.threads import owe_call
from kit.clock import Clock
from kit.db import Database
from kit.errors import ProviderError
from kit.ids import TextId
from kit.jobs import Jobs
from kit.logging import logger
from record import carrier_words, consent_ledger, rooftops, text_attempts, text_outbox, texts
from record.carrier_words import Outbound
from record.consent import Purpose
from record.text_outbox import Leaving, Stopped, Unresolved, Waits

log = logger("outreach")

JOB = "look_at_text"
_LEASE = timedelta(seconds=20)
_STILL_PERMITTED = timedelta(seconds=10)
_LOOK_AGAIN = timedelta(seconds=20)
_BACKOFF = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=60), timedelta(minutes=4))
# The initial status raises no callback, and a carrier's queue may hold a text for its validity: only then is it certain
# that a text nobody knows of will not be sent any more.
_CERTAIN_AFTER = timedelta(minutes=15)


class Outreach:
    """Sends one text at a time, as a job that looks at its row; waking it twice or late changes nothing."""

    def __init__(self, database: Database, clock: Clock, jobs: Jobs, sender: TextSender | None) -> None:
        self._database, self._clock, self._jobs, self._sender = database, clock, jobs, sender

    async def look(self, rooftop_id: str, text_id: str) -> None:
        async with self._database.writing(rooftop_id) as db:
            if await keeping.held(db, text_id):
                return
            home = await rooftops.store(db, rooftop_id)
            zone = ZoneInfo(home.time_zone if home else "UTC")
            going = await text_outbox.claim(db, text_id, self._clock.now(), _LEASE, zone)
            if isinstance(going, Stopped):
                await self._stopped(db, going)
            elif isinstance(going, Waits):
                await self._wake(db, rooftop_id, going.id, going.until - self._clock.now())
        if isinstance(going, Leaving):
            await self._send(rooftop_id, going)
        elif isinstance(going, Unresolved):
            await self._resolve(rooftop_id, going)

    async def _send(self, rooftop_id: str, text: Leaving) -> None:
        outcome = await self._handed_over(text)
        async with self._database.writing(rooftop_id) as db:
            now = self._clock.now()
            match outcome:
                case Accepted(sid=sid, status=status):
                    await text_attempts.accepted(db, text.id, text.attempt, sid, status, now)
                case Rejected(code=number) if code(number).meaning is Meaning.NOT_PROCESSED:
                    await self._try_again(db, rooftop_id, text, code(number).says)
                case Rejected(code=number, says=says):
                    await text_attempts.rejected(db, text.id, text.attempt, number, says, now)
                    await failed(db, await carrier_words.outbound(db, text.id), number, now)
                case NotSent(says=says):
                    await self._try_again(db, rooftop_id, text, says)
                case Unknown(says=says):
                    await text_attempts.unknown(db, text.id, text.attempt, says, now + _LOOK_AGAIN)
                    await self._wake(db, rooftop_id, text.id, _LOOK_AGAIN)
        log.info("text_sent", rooftop_id=rooftop_id, text_id=text.id, outcome=type(outcome).__name__)

    async def _handed_over(self, text: Leaving) -> SendOutcome:
        """A permission is one for this moment: a process that stood still since it was given sends nothing."""
        if self._sender is None:
            return NotSent("no carrier is set up")
        if self._clock.now() - text.permitted_at > _STILL_PERMITTED:
            return NotSent("too late after it was permitted")
        return await self._sender.send(_outgoing(text))

    async def _try_again(self, db: AsyncSession, rooftop_id: str, text: Leaving, says: str) -> None:
        now = self._clock.now()
        wait = _BACKOFF[text.attempt - 1] if text.attempt <= len(_BACKOFF) and self._sender is not None else None
        again = now + wait if wait is not None else None
        await text_attempts.not_sent(db, text.id, text.attempt, says, again, now)
        if wait is not None:
            await self._wake(db, rooftop_id, text.id, wait)
        else:
            await failed(db, await carrier_words.outbound(db, text.id), None, now)

    async def _resolve(self, rooftop_id: str, text: Unresolved) -> None:
        """Looks in the carrier's list for a text that may have left; a callback would have settled it already."""
        found = await self._listed(rooftop_id, text)
        async with self._database.writing(rooftop_id) as db:
            now = self._clock.now()
            if found is not None:
                await text_attempts.accepted(db, text.id, text.attempt, found[0], found[1], now)
                log.info("text_found", rooftop_id=rooftop_id, text_id=text.id)
                return
            certain = text.started_at + timedelta(seconds=text.validity_seconds) + _CERTAIN_AFTER
            if now < certain:
                wait = min(timedelta(minutes=5), max(_LOOK_AGAIN, now - text.started_at))
                await text_attempts.unknown(db, text.id, text.attempt, "", now + wait)
                await self._wake(db, rooftop_id, text.id, wait)
                return
            await text_attempts.not_sent(db, text.id, text.attempt, "the carrier never had it", None, now)
            await failed(db, await carrier_words.outbound(db, text.id), None, now)

    async def _listed(self, rooftop_id: str, text: Unresolved) -> tuple[str, str] | None:
        if self._sender is None:
            return None
        try:
            since = text.started_at - timedelta(seconds=5)
            listed = await self._sender.sent_since(text.from_e164, text.to_e164, since)
        except ProviderError as error:
            log.warning("text_not_looked_up", text_id=text.id, error=str(error)[:120])
            return None
        async with self._database.reading(rooftop_id) as db:
            taken = await carrier_words.sids_known(db, [each.sid for each in listed])
            before = await carrier_words.twins_before(db, text)
        same = [each for each in listed if each.body == text.body and each.sid not in taken]
        same.sort(key=lambda each: each.created_at)
        return (same[before].sid, same[before].status) if len(same) > before else None

    async def _stopped(self, db: AsyncSession, text: Stopped) -> None:
        log.info("text_stopped", text_id=text.id, state=text.state, why=text.why)
        if text.state != "withheld":
            return
        written = await carrier_words.outbound(db, text.id)
        if written is not None and written.author == "system":
            await _tell(db, text.id, text.why, self._clock.now())
        elif written is not None:
            standing = await consent_ledger.standing(db, written.to_e164)
            if standing.opted_out_at is None or written.author == "staff":
                await _owe(db, written, f"A text was not sent ({text.why}): {written.body}", self._clock.now())

    async def _wake(self, db: AsyncSession, rooftop_id: str, text_id: str, delay: timedelta) -> None:
        await self._jobs.wake(db, JOB, text_id, rooftop_id=rooftop_id, delay=delay)


async def failed(db: AsyncSession, text: Outbound | None, number: int | None, now: datetime) -> None:
    """A text of ours that did not get there: what the code means is done, and a person is owed the rest."""
    if text is None:
        return
    row = code(number)
    await sending_trouble.learn(db, text, row, now)
    if (
        row.again is not None
        and (row.offers or text.purpose != Purpose.MARKETING)
        and await text_outbox.try_once_more(db, text.id, row.again, now) is not None
    ):
        return
    if text.author == "system":
        await _tell(db, text.id, row.says, now)
    else:
        await _owe(db, text, _told(row, number, text), now)


async def _tell(db: AsyncSession, text_id: TextId, why: str, now: datetime) -> None:
    """Whoever owes what the text said, or nobody yet: then a program's task is opened."""
    await notices.will_not_go(db, text_id, why, now)
    await falling_back.text_will_not_go(db, text_id, why, now)


async def _owe(db: AsyncSession, text: Outbound, need: str, now: datetime) -> None:
    thread = await texts.thread(db, text.conversation_id)
    if thread is not None:
        await owe_call(db, thread, need, now)


def _told(row: Code, number: int | None, text: Outbound) -> str:
    why = f"{row.says} ({number})" if number else "It could not be sent."
    return f"Our text did not arrive. {why} Call instead. It said: {text.body}"


def _outgoing(text: Leaving) -> OutgoingText:
    return OutgoingText(text.id, text.from_e164, text.to_e164, text.body, text.validity_seconds, text.permission)
