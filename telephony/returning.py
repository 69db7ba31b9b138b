"""Connecting a call to the agent once more: after a drain, a lost line, or a hand-off nobody took."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from kit.ids import CallSid
from record import calls
from record.calls import CallFacts
from record.rooftops import Store
from telephony import twiml
from telephony.answering import human_path
from telephony.edge import TwilioEdge


async def reconnect(edge: TwilioEdge, db: AsyncSession, call: CallFacts, home: Store) -> str:
    """A token for the agent's next connection, and the document that makes it."""
    number = call.resumes + 1
    token = edge.tokens.token(call.call_sid, number)
    expires = edge.clock.now() + timedelta(seconds=edge.settings.stream_token_seconds)
    await calls.reissue_token(db, CallSid(call.call_sid), edge.tokens.hashed(token), expires)
    return resume(edge, call, home, number)


def resume(edge: TwilioEdge, call: CallFacts, home: Store, number: int) -> str:
    """The same connection is always the same document."""
    agent = twiml.Agent(edge.agent_kind() or "relay", edge.tokens.token(call.call_sid, number), record=False)
    return twiml.resume(edge.urls, agent, human_path(edge, home), edge.settings.say_voice, edge.settings.relay_voice)
