"""A call arriving: one row however often Twilio repeats itself, and the document that connects the agent."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallSid
from kit.logging import logger
from kit.phone import caller_number
from prompts import versions
from prompts.agents import of_line
from record import calls, hand_offs
from record.calls import CallFacts
from record.customers import customers_with_phone
from record.hand_off_moves import Happened
from record.hand_offs import NewHandOff
from record.hours import is_open
from record.rooftops import Store, line_dialled, store
from telephony import inbox, twiml
from telephony.edge import TwilioEdge
from telephony.forms import Gathered, InboundCall
from telephony.gather import Heard

_log = logger("telephony.answering")
_LONGEST_TURN = 6


async def answer(edge: TwilioEdge, call: InboundCall) -> str:
    """The TwiML for a new call. With the database away the caller still reaches the store's phone."""
    try:
        try:
            return await _answer(edge, call)
        except IntegrityError:
            # Another copy of this request opened the call at the same moment: the answer is the same.
            return await _answer(edge, call)
    except (SQLAlchemyError, OSError) as error:
        _log.error("call_not_recorded", call_sid=call.call_sid, error=type(error).__name__)
        known = edge.lines.by_number.get(call.to_number)
        if known is None:
            raise
        return twiml.human_path(edge.urls, human_path(edge, known[0]), "Please hold while we connect you.")


async def _answer(edge: TwilioEdge, call: InboundCall) -> str:
    async with edge.database.looking_across("the dialled number decides the rooftop") as db:
        line = await line_dialled(db, call.to_number)
    if line is None:
        _log.error("number_not_set_up", call_sid=call.call_sid)
        return twiml.say_and_hang_up("This number is not set up yet. Please try the store's main number.")
    edge.lines.by_number[call.to_number] = line
    store, department = line
    kind = edge.agent_kind()
    token = edge.tokens.token(call.call_sid, 0)
    async with edge.database.writing(store.id) as db:
        opened, is_new = await _open(edge, db, call, store, department, kind)
        await inbox.first_time(
            db, account_sid=call.account_sid, sid=call.call_sid, event="voice", sequence="", form={"To": call.to_number}
        )
        over = opened.ended_at is not None
    _log.info("call_arrived", call_sid=call.call_sid, rooftop_id=store.id, new=is_new, agent=kind or "none")
    if over:
        return twiml.say_and_hang_up("")
    if kind is None:
        return twiml.human_path(edge.urls, human_path(edge, store), _hold_on(store), edge.settings.say_voice)
    return twiml.answer(
        edge.urls,
        twiml.disclosure(store.name, record=store.record_calls),
        twiml.Agent(kind, token, store.record_calls),
        human_path(edge, store),
        edge.settings.say_voice,
        edge.settings.relay_voice,
    )


async def gathered(edge: TwilioEdge, said: Gathered, token: str, turn: str) -> str:
    """The next document of a call that is held without a socket."""
    known = edge.gathers
    number = int(turn) if turn.isascii() and turn.isdigit() and len(turn) < _LONGEST_TURN else 0
    heard = Heard(number, said.words, said.digits)
    reply = await known.hear(said.call_sid, said.account_sid, token, heard) if known is not None else None
    if reply is None or reply.over:
        return twiml.leave(edge.urls, reply, edge.settings.say_voice)
    async with edge.database.looking_across("a CallSid decides the rooftop") as db:
        call = await calls.call(db, said.call_sid)
        home = await store(db, call.rooftop_id) if call is not None else None
    if home is None:
        raise LookupError("a call's rooftop is gone")
    return twiml.ask(edge.urls, reply, token, number + 1, human_path(edge, home), edge.settings.say_voice)


async def missed(
    edge: TwilioEdge,
    call: InboundCall,
    status: str,
    seconds: int | None,
    rang_at: datetime | None = None,
    *,
    met_somebody: bool = False,
) -> bool:
    """A call whose first request never reached us (we were down, or the caller gave up first) is heard of only by its
    last status, or by the carrier's list: it still gets its row, and with that its outcome and the callback that is
    owed. `met_somebody`: the carrier rang the store without us, and they talked. True when it is new."""
    async with edge.database.looking_across("the dialled number decides the rooftop") as db:
        line = await line_dialled(db, call.to_number)
    if line is None:
        return False
    store, department = line
    async with edge.database.writing(store.id) as db:
        now = edge.clock.now()
        opened, is_new = await _open(edge, db, call, store, department, None, rang_at)
        if is_new:
            if met_somebody:
                await _talked_without_us(db, opened, store, now)
            await calls.end_call(db, call.call_sid, reason="missed", status=status, seconds=seconds, now=now)
            _log.warning("call_missed", call_sid=call.call_sid, rooftop_id=store.id)
    return is_new


async def _talked_without_us(db: AsyncSession, call: CallFacts, store: Store, now: datetime) -> None:
    asked = await hand_offs.ask(db, call.id, NewHandOff("store", store.store_phone, "we could not be reached"), now)
    for happened in (Happened.RUNG, Happened.JOINED):
        await hand_offs.move(db, asked.id, happened, now)


async def _open(
    edge: TwilioEdge,
    db: AsyncSession,
    call: InboundCall,
    store: Store,
    department: str,
    agent: str | None,
    rang_at: datetime | None = None,
) -> tuple[CallFacts, bool]:
    now = rang_at or edge.clock.now()
    caller = caller_number(call.from_number)
    sharing = await customers_with_phone(db, caller)
    who = of_line(department, is_open=await is_open(db, department, now))
    new = calls.NewCall(
        call_sid=CallSid(call.call_sid),
        account_sid=call.account_sid,
        rooftop_id=store.id,
        from_e164=caller,
        to_e164=call.to_number,
        department=department,
        # Two people on one number: no hint is better than the wrong spouse.
        customer_hint_id=sharing[0].id if len(sharing) == 1 else None,
        caller_attested=call.attested,
        agent=agent or "none",
        prompt_version=(await versions.for_conversation(db, who, caller)).name,
        token_hash=edge.tokens.hashed(edge.tokens.token(call.call_sid, 0)),
        token_expires_at=now + timedelta(seconds=edge.settings.stream_token_seconds),
    )
    return await calls.open_call(db, new, now)


def human_path(edge: TwilioEdge, store: Store) -> twiml.HumanPath:
    """How this store's people are reached."""
    return twiml.HumanPath(store.store_phone, edge.settings.dial_seconds, edge.settings.voicemail_seconds)


def _hold_on(store: Store) -> str:
    return f"Thank you for calling {store.name}. Please hold while we connect you to a person."
