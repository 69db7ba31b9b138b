"""What a tool may know about the call it works for. The model never supplies any of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from agent.house.understanding import NameEvidence
from agent.ports import NextStep
from kit.clock import Clock
from kit.ids import E164, AppointmentId, CallId, CallSid, ConversationId, CustomerId, RooftopId
from record.tool_calls import Occasion

WRONG_FACTS_ALLOWED = 3
FACTS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line as far as we can tell. Replaced, never changed, and only when a tool's transaction commits.

    Level 0: the calling number is a hint. Level 1: the name given fits a record with that number, and the carrier
    vouches for the number or one fact fits. Level 2: two facts besides the name fit that were never spoken by us, or a
    code we sent to a number on file was read back.
    A level and the facts behind it belong to one record: `candidate_id`.
    """

    number: E164 | None = None
    level: int = 0
    customer_id: CustomerId | None = None
    first: str = ""
    last: str = ""
    said_number: E164 | None = None
    evidence: NameEvidence = NameEvidence()
    candidate_id: CustomerId | None = None
    attested: bool = False  # the carrier vouches that this caller may use that number (STIR level A)
    facts_right: frozenset[str] = frozenset()
    facts_given: frozenset[str] = frozenset()
    facts_wrong: int = 0
    booked_here: tuple[AppointmentId, ...] = ()

    @property
    def locked(self) -> bool:
        """Too many facts did not fit: private details go through a person from here on."""
        return self.facts_wrong >= WRONG_FACTS_ALLOWED

    @property
    def reachable_at(self) -> str:
        """The number a callback goes to: the one the caller asked for, else the one they call from."""
        return self.said_number or self.number or ""

    @property
    def name(self) -> str:
        """First and last as the caller gave them."""
        return f"{self.first} {self.last}".strip()


@dataclass(slots=True)
class ToolContext:
    """One call's standing: which store, which call, which caller. Only `caller` and `off_record` ever change.

    In a text conversation there is no `call_id`; `call_sid` is then the conversation's own key.
    """

    rooftop_id: RooftopId
    call_id: CallId | None
    call_sid: CallSid
    clock: Clock
    department: str = "service"
    caller: Caller = field(default_factory=Caller)
    started_at: datetime | None = None
    off_record: bool = False  # the caller wants nothing kept: from then on the words of the call are not stored
    conversation_id: ConversationId | None = None
    texts_go_out: bool = False  # whether the store can send a text at all

    @property
    def occasion(self) -> Occasion:
        """Where uses of tools are stored."""
        return Occasion(self.call_id, self.conversation_id, self.started_at if self.conversation_id else None)


@dataclass(slots=True)
class Desk:
    """What one tool call works with: its transaction, its moment, its caller, and what it leaves besides the answer."""

    db: Any  # an AsyncSession scoped to the rooftop; tools hand it to domain functions and never look inside
    context: ToolContext
    now: datetime
    tool_call_id: str
    caller: Caller
    then: NextStep | None = None
    subject: CustomerId | None = None
    decision: str = "allowed"
    off_record: bool = False

    @property
    def key(self) -> str:
        """The same use of the same tool is the same change, however often it arrives."""
        return f"{self.context.call_sid}:{self.tool_call_id}"

    def know(self, **changes: Any) -> None:
        """What this tool learned about the caller; it counts once the transaction has committed."""
        self.caller = replace(self.caller, **changes)


def caller_of(
    from_number: str,
    level: int = 0,
    customer_id: CustomerId | None = None,
    *,
    attested: bool = False,
    wrong_facts: int = 0,
) -> Caller:
    """The caller at the start of a call, or as the call row knows them when another process takes it on."""
    number = E164(from_number) if from_number.startswith("+") else None
    return Caller(
        number=number,
        level=level,
        customer_id=customer_id,
        candidate_id=customer_id,
        attested=attested and number is not None,
        facts_wrong=wrong_facts,
    )
