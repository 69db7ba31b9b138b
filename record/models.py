"""The tables of the unified customer record; every row belongs to one rooftop."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, synonym

from kit.db import Base, RooftopRow
from kit.ids import new_id


class Rooftop(Base):
    """One store. `store_phone` is the human line that rings when the agent cannot help."""

    __tablename__ = "rooftop"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    rooftop_id: Mapped[str] = synonym("id")
    created_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(240))
    store_phone: Mapped[str] = mapped_column(String(20))
    record_calls: Mapped[bool] = mapped_column(default=True)
    recording_days: Mapped[int] = mapped_column(default=90)


class PhoneLine(RooftopRow, Base):
    """A number customers dial, and the department it is published for."""

    __tablename__ = "phone_line"
    e164: Mapped[str] = mapped_column(String(20), unique=True)
    department: Mapped[str] = mapped_column(String(20))


class OpeningHours(RooftopRow, Base):
    """One open interval of a department on a weekday (0 = Monday), in store time."""

    __tablename__ = "opening_hours"
    department: Mapped[str] = mapped_column(String(20))
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]


class Holiday(RooftopRow, Base):
    """A day that differs from its weekday: closed (no times) or short; `department` None means all."""

    __tablename__ = "holiday"
    day: Mapped[date]
    name: Mapped[str] = mapped_column(String(80))
    department: Mapped[str | None] = mapped_column(String(20))
    opens: Mapped[time | None]
    closes: Mapped[time | None]


class Staff(RooftopRow, Base):
    """A person who works at the store; `role` is advisor, bdc_rep, manager, parts or cashier."""

    __tablename__ = "staff"
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    department: Mapped[str] = mapped_column(String(20))
    phone: Mapped[str | None] = mapped_column(String(20))
    disabled_at: Mapped[datetime | None]


class TransferTarget(RooftopRow, Base):
    """A number calls may be sent to, by key: the whole allow-list (invariant I19).

    With `staff_id` it is one person's phone, else a department's. `cold` numbers are put through without a word: an
    answering service, a phone menu. `extension` is keyed once the number answers.
    """

    __tablename__ = "transfer_target"
    key: Mapped[str] = mapped_column(String(30))
    label: Mapped[str] = mapped_column(String(80))
    e164: Mapped[str] = mapped_column(String(20))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    cold: Mapped[bool] = mapped_column(default=False, server_default=false())
    extension: Mapped[str] = mapped_column(String(20), default="", server_default="")
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime | None]


class Customer(RooftopRow, Base):
    """One person or business. A record absorbed by another names it in `merged_into_id` and is shown nowhere itself."""

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_name", "rooftop_id", "last_name", "first_name"),
        Index("ix_customer_merged", "merged_into_id"),
        Index("ix_customer_postal_code", "rooftop_id", "postal_code"),
        Index("ix_customer_birth_date", "rooftop_id", "birth_date"),
        Index("ix_customer_street", "rooftop_id", "street"),
    )
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    middle_name: Mapped[str] = mapped_column(String(80), default="", server_default="")
    is_business: Mapped[bool] = mapped_column(default=False, server_default=false())
    street: Mapped[str] = mapped_column(String(160), default="", server_default="")
    city: Mapped[str] = mapped_column(String(80), default="", server_default="")
    region: Mapped[str] = mapped_column(String(8), default="", server_default="")
    postal_code: Mapped[str | None] = mapped_column(String(12))
    birth_date: Mapped[date | None]
    language: Mapped[str] = mapped_column(String(8), default="en")
    merged_into_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"))


class ContactPoint(RooftopRow, Base):
    """A phone (E.164) or e-mail (lower case) of a customer; two people may share one."""

    __tablename__ = "contact_point"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "customer_id", "kind", "value"),
        Index("ix_contact_point_value", "rooftop_id", "kind", "value"),
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(10), default="", server_default="")


class Vehicle(RooftopRow, Base):
    """A car and who drives it now; past visits keep the customer they were for. `mileage_at` is when it was read."""

    __tablename__ = "vehicle"
    __table_args__ = (Index("ix_vehicle_vin", "rooftop_id", "vin"),)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    year: Mapped[int | None]
    make: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    vin: Mapped[str | None] = mapped_column(String(17))
    plate: Mapped[str | None] = mapped_column(String(12))
    mileage: Mapped[int | None]
    mileage_at: Mapped[datetime | None]
    stock_number: Mapped[str | None] = mapped_column(String(20))


class RepairOrder(RooftopRow, Base):
    """A visit in the shop; `status` is canonical (arrived, in_shop, awaiting_parts, ready, closed, ...).

    `source_status` is the store system's own code, `source_as_of` the moment its last file speaks of: an older file
    never overwrites a newer one.
    """

    __tablename__ = "repair_order"
    __table_args__ = (
        UniqueConstraint("rooftop_id", "ro_number"),
        Index("ix_repair_order_vehicle", "rooftop_id", "vehicle_id", "opened_at"),
        Index("ix_repair_order_opened", "rooftop_id", "opened_at"),
        Index("ix_repair_order_closed", "rooftop_id", "closed_at"),
    )
    ro_number: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[str] = mapped_column(ForeignKey("customer.id"), index=True)
    vehicle_id: Mapped[str | None] = mapped_column(ForeignKey("vehicle.id"))
    advisor_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    status: Mapped[str] = mapped_column(String(30))
    concern: Mapped[str] = mapped_column(Text, default="")
    opened_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]
    status_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    source_status: Mapped[str] = mapped_column(String(40), default="", server_default="")
    source_as_of: Mapped[datetime | None]
    department: Mapped[str] = mapped_column(String(20), default="service", server_default="service")
    appointment_number: Mapped[str | None] = mapped_column(String(20))
    mileage_in: Mapped[int | None]
    mileage_out: Mapped[int | None]
    waiting: Mapped[bool] = mapped_column(default=False, server_default=false())
    total_cents: Mapped[int | None]
    customer_pay_cents: Mapped[int | None]


class Call(RooftopRow, Base):
    """One phone call, from the first webhook to the last proof of what it left.

    `heartbeat_at` is the lease of the process that holds the call; a call without end and without heartbeat is
    finished by the reaper. `next_step` is what the carrier is told when the stream ends.
    """

    __tablename__ = "call"
    __table_args__ = (
        Index("ix_call_newest", "rooftop_id", "started_at"),
        Index("ix_call_live", "ended_at", "heartbeat_at"),
        Index("ix_call_prompt", "rooftop_id", "prompt_version"),
    )
    call_sid: Mapped[str] = mapped_column(String(64), unique=True)
    account_sid: Mapped[str] = mapped_column(String(64))
    direction: Mapped[str] = mapped_column(String(10), default="inbound")
    from_e164: Mapped[str] = mapped_column(String(40))
    to_e164: Mapped[str] = mapped_column(String(20))
    department: Mapped[str] = mapped_column(String(20), default="service")
    customer_hint_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    verified_level: Mapped[int] = mapped_column(default=0)
    caller_attested: Mapped[bool] = mapped_column(default=False)
    agent: Mapped[str] = mapped_column(String(40), default="")
    prompt_version: Mapped[str] = mapped_column(String(40), default="")
    token_hash: Mapped[str | None] = mapped_column(String(64))
    token_expires_at: Mapped[datetime | None]
    token_used_at: Mapped[datetime | None]
    stream_sid: Mapped[str | None] = mapped_column(String(64))
    held_by: Mapped[str | None] = mapped_column(String(64))
    heartbeat_at: Mapped[datetime | None]
    resumes: Mapped[int] = mapped_column(default=0)
    next_step: Mapped[str] = mapped_column(String(20), default="human")
    transfer_key: Mapped[str | None] = mapped_column(String(30))
    started_at: Mapped[datetime]
    connected_at: Mapped[datetime | None]
    ai_disclosed_at: Mapped[datetime | None]
    first_ai_audio_at: Mapped[datetime | None]
    recording_notice_at: Mapped[datetime | None]
    recording_started_at: Mapped[datetime | None]
    stream_ended_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    wrapped_up_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(40))
    carrier_status: Mapped[str | None] = mapped_column(String(20))
    duration_seconds: Mapped[int | None]
    summary: Mapped[list[Any]] = mapped_column(default=list)
    brief: Mapped[dict[str, Any] | None]


class CallTurn(RooftopRow, Base):
    """One thing said. Of the agent's words, `heard` is what reached the caller and `cut` what did not."""

    __tablename__ = "call_turn"
    __table_args__ = (UniqueConstraint("call_id", "item_id"), Index("ix_call_turn_order", "call_id", "seq"))
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"))
    seq: Mapped[int]
    speaker: Mapped[str] = mapped_column(String(10))
    item_id: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    heard: Mapped[str] = mapped_column(Text, default="")
    cut: Mapped[str] = mapped_column(Text, default="")
    started_ms: Mapped[int]
    ended_ms: Mapped[int]
    heard_ms: Mapped[int | None]


class ToolCall(RooftopRow, Base):
    """One use of a tool, on a call or in a text conversation: asked, decided, answered (invariant I14)."""

    __tablename__ = "tool_call"
    __table_args__ = (
        UniqueConstraint("call_id", "tool_call_id"),
        UniqueConstraint("conversation_id", "tool_call_id"),
    )
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"))
    tool_call_id: Mapped[str] = mapped_column(String(80))
    tool: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]]
    decision: Mapped[str] = mapped_column(String(20))
    required_level: Mapped[int] = mapped_column(default=0)
    verified_level: Mapped[int] = mapped_column(default=0)
    subject_customer_id: Mapped[str | None] = mapped_column(ForeignKey("customer.id"), index=True)
    result: Mapped[dict[str, Any]]
    started_ms: Mapped[int] = mapped_column(default=0)
    took_ms: Mapped[int] = mapped_column(default=0)


class TurnTiming(RooftopRow, Base):
    """Seven stamps of one reply on one clock, in milliseconds since the stream started."""

    __tablename__ = "turn_timing"
    __table_args__ = (UniqueConstraint("call_id", "turn"),)
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"))
    turn: Mapped[int]
    speech_end_ms: Mapped[int | None]
    stop_event_ms: Mapped[int | None]
    response_create_ms: Mapped[int | None]
    created_ms: Mapped[int | None]
    first_delta_ms: Mapped[int | None]
    first_sent_ms: Mapped[int | None]
    first_heard_ms: Mapped[int | None]


class CallCost(RooftopRow, Base):
    """Money of one modality of one call in millionths of a dollar, from the dated price table."""

    __tablename__ = "call_cost"
    __table_args__ = (UniqueConstraint("call_id", "model", "modality"),)
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"))
    model: Mapped[str] = mapped_column(String(60))
    modality: Mapped[str] = mapped_column(String(30))
    quantity: Mapped[float]
    microdollars: Mapped[int] = mapped_column(BigInteger)
    prices_as_of: Mapped[date]


class CallNote(RooftopRow, Base):
    """Anything else worth knowing about a call: barge-ins, fillers, lost model legs, digits, limits reached."""

    __tablename__ = "call_note"
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]]


class Disposition(RooftopRow, Base):
    """The one outcome of a call; a correction supersedes it, never edits it (invariant I01)."""

    __tablename__ = "disposition"
    __table_args__ = (
        Index(
            "uq_disposition_current",
            "call_id",
            unique=True,
            sqlite_where=text("superseded_by is null"),
            postgresql_where=text("superseded_by is null"),
        ),
    )
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"))
    code: Mapped[str] = mapped_column(String(40))
    contact_outcome: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(20), default="agent")
    superseded_by: Mapped[str | None] = mapped_column(String(32))


class Recording(RooftopRow, Base):
    """A recording the carrier made; `path` is ours once fetched, gone after `delete_after`.

    `next_try_at` is when somebody must look at it next (fetch it, or delete the carrier's copy); None when nobody must.
    """

    __tablename__ = "recording"
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), index=True)
    recording_sid: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(12), default="call")
    source_url: Mapped[str] = mapped_column(String(400))
    duration_seconds: Mapped[int] = mapped_column(default=0)
    channels: Mapped[int] = mapped_column(default=1)
    path: Mapped[str | None] = mapped_column(String(400))
    fetched_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    last_error: Mapped[str | None] = mapped_column(Text)
    provider_deleted_at: Mapped[datetime | None]
    delete_after: Mapped[datetime] = mapped_column(index=True)
    deleted_at: Mapped[datetime | None]
    legal_hold: Mapped[bool] = mapped_column(default=False)


class CallTransfer(RooftopRow, Base):
    """One try to hand a caller to a person: where it stands, and how it came out (`record/hand_off_moves`).

    `key` names the department. A warm one tells the person who is rung the `brief` and waits for their key: then
    `accepted_at` is set, and `staff_id` is who they are where the number is one person's. `returned_on` is the number
    of the agent's connection that the caller came back on when nobody took the call. `asked_by` is who took the call
    over from the pages, `handed_back` what they told the agent when they gave it back.
    """

    __tablename__ = "call_transfer"
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"), index=True)
    key: Mapped[str] = mapped_column(String(30))
    to_e164: Mapped[str] = mapped_column(String(20))
    extension: Mapped[str] = mapped_column(String(20), default="", server_default="")
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    warm: Mapped[bool] = mapped_column(default=False, server_default=false())
    reason: Mapped[str] = mapped_column(Text, default="")
    brief: Mapped[dict[str, Any] | None]
    stage: Mapped[str] = mapped_column(String(12), default="over", server_default="over")
    outcome: Mapped[str | None] = mapped_column(String(20))
    rung_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    connected_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    returned_on: Mapped[int | None]
    asked_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    handed_back: Mapped[str | None] = mapped_column(Text)


class ClaimFlag(RooftopRow, Base):
    """Something said to be done without the record of it: in a turn of a call, or in a text of a member of staff."""

    __tablename__ = "claim_flag"
    __table_args__ = (UniqueConstraint("call_id", "turn", "kind"),)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("call.id"))
    text_id: Mapped[str | None] = mapped_column(ForeignKey("text_message.id"), index=True)
    turn: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(30))
    words: Mapped[str] = mapped_column(Text)


class ProviderEvent(RooftopRow, Base):
    """Each thing a provider told us, once: the second copy finds this row and changes nothing."""

    __tablename__ = "provider_event"
    __table_args__ = (UniqueConstraint("account_sid", "sid", "event", "sequence"),)
    account_sid: Mapped[str] = mapped_column(String(64))
    sid: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(40))
    sequence: Mapped[str] = mapped_column(String(40), default="")
    form: Mapped[dict[str, Any]]


class OutboxEvent(RooftopRow, Base):
    """A fact stored in the transaction that made it true, until every handler has seen it."""

    __tablename__ = "outbox_event"
    kind: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    handled_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)


class WriteBack(RooftopRow, Base):
    """One fact on its way to one outside system (invariant I17): pending, sending, retry, held, acked or dead.

    The fact is one version of a subject (a disposition, an appointment, a note, a lead); an earlier version goes first.
    While it is sending, `next_try_at` is the end of the sender's lease; `attempts` tells one sender from the next.
    `proof` says how we know it arrived: read_back, or acknowledged where the system cannot be read.
    """

    __tablename__ = "writeback"
    __table_args__ = (UniqueConstraint("target", "subject_kind", "subject_id", "subject_version"),)
    target: Mapped[str] = mapped_column(String(40))
    subject_kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(String(40), index=True)
    subject_version: Mapped[int] = mapped_column(default=1)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(index=True)
    acknowledged_at: Mapped[datetime | None]
    proof: Mapped[str | None] = mapped_column(String(12))
    external_ref: Mapped[str | None] = mapped_column(String(200))
    last_error: Mapped[str | None] = mapped_column(Text)
