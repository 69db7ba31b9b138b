"""Everything that happened with one customer, newest first, across departments.

Here is what the record itself knows; what lies above it (our appointments, leads) is added by the caller as more
sources.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, Text, and_, case, cast, func, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import FunctionElement

from kit.db import UtcDateTime
from kit.ids import CustomerId
from record.contact_models import ConsentEntry, ContactEvent
from record.customers import survivor
from record.identity_models import Merge
from record.models import Call, Customer, Disposition, RepairOrder, Staff, Vehicle
from record.sales_models import Deal
from record.stories import PAGE, Page, Place, Seen, Source, drawn, told
from record.text_models import Conversation, TextMessage
from record.visit_models import Recommendation, SpecialOrderPart, StoreAppointment

_LONGEST = 400
_CONSENT = {"grant": "Allowed", "revoke": "Took back", "block": "Store system blocks"}

Rows = Select[*tuple[Any, ...]]


async def timeline(
    db: AsyncSession,
    customer_id: CustomerId | str,
    after: Place | None = None,
    limit: int = PAGE,
    more: Iterable[Source] = (),
) -> Page:
    """One page; the id of a record joined into another shows that one's."""
    return await told(db, await survivor(db, customer_id), (*SOURCES, *more), after, limit)


def _calls(rooftop: str, who: str) -> Rows:
    return (
        drawn(
            Call.id, Call.started_at, Call.department, Call.agent,
            (Call.direction, Disposition.code, Call.duration_seconds, Call.from_e164),
        )
        .outerjoin(Disposition, and_(Disposition.call_id == Call.id, Disposition.superseded_by.is_(None)))
        .where(Call.rooftop_id == rooftop, Call.customer_id == who)
    )  # fmt: skip


def _texts(rooftop: str, who: str) -> Rows:
    """Of a conversation whose customer proved who they are; a number alone proves nothing."""
    return (
        drawn(
            TextMessage.id, TextMessage.at, Conversation.department, TextMessage.author_name,
            (TextMessage.author, func.substr(TextMessage.body, 1, _LONGEST), TextMessage.state, Conversation.id),
        )
        .join(Conversation, Conversation.id == TextMessage.conversation_id)
        .where(TextMessage.rooftop_id == rooftop, Conversation.customer_id == who)
    )  # fmt: skip


def _contacts(rooftop: str, who: str) -> Rows:
    return drawn(
        ContactEvent.id, ContactEvent.at, ContactEvent.department, ContactEvent.staff_name,
        (ContactEvent.channel, ContactEvent.direction, ContactEvent.outcome, ContactEvent.source,
         func.substr(ContactEvent.body, 1, _LONGEST)),
    ).where(ContactEvent.rooftop_id == rooftop, ContactEvent.customer_id == who)  # fmt: skip


def _visits(rooftop: str, who: str) -> Rows:
    return (
        drawn(
            RepairOrder.id, RepairOrder.opened_at, RepairOrder.department, Staff.name,
            (RepairOrder.ro_number, RepairOrder.status, func.substr(RepairOrder.concern, 1, _LONGEST), *_car()),
        )
        .outerjoin(Vehicle, Vehicle.id == RepairOrder.vehicle_id)
        .outerjoin(Staff, Staff.id == RepairOrder.advisor_id)
        .where(RepairOrder.rooftop_id == rooftop, RepairOrder.customer_id == who)
    )  # fmt: skip


def _recommendations(rooftop: str, who: str) -> Rows:
    return (
        drawn(
            Recommendation.id, Recommendation.recommended_at, "service", Staff.name,
            (Recommendation.description, Recommendation.state, Recommendation.colour, Recommendation.measured,
             Recommendation.reason),
        )
        .outerjoin(Staff, Staff.id == Recommendation.recommended_by_id)
        .where(Recommendation.rooftop_id == rooftop, Recommendation.customer_id == who)
    )  # fmt: skip


def _parts(rooftop: str, who: str) -> Rows:
    return drawn(
        SpecialOrderPart.id, SpecialOrderPart.created_at, "parts", "",
        (SpecialOrderPart.order_number, SpecialOrderPart.description, SpecialOrderPart.part_number,
         SpecialOrderPart.state),
    ).where(SpecialOrderPart.rooftop_id == rooftop, SpecialOrderPart.customer_id == who)  # fmt: skip


def _store_appointments(rooftop: str, who: str) -> Rows:
    return (
        drawn(
            StoreAppointment.id, StoreAppointment.starts_at, "service", Staff.name,
            (StoreAppointment.appointment_number, StoreAppointment.status,
             func.substr(StoreAppointment.concern, 1, _LONGEST)),
        )
        .outerjoin(Staff, Staff.id == StoreAppointment.advisor_id)
        .where(StoreAppointment.rooftop_id == rooftop, StoreAppointment.customer_id == who)
    )  # fmt: skip


def _deals(rooftop: str, who: str) -> Rows:
    """A deal has a day, not a moment: it stands at noon of that day."""
    at = case((Deal.sold_on.is_not(None), noon_of(Deal.sold_on)), else_=Deal.created_at)
    as_co_buyer = case((and_(Deal.customer_id.is_not(None), Deal.customer_id == who), ""), else_="yes")
    return (
        drawn(Deal.id, at, "sales", Deal.salesperson, (Deal.kind, Deal.deal_number, as_co_buyer, *_car()))
        .outerjoin(Vehicle, Vehicle.id == Deal.vehicle_id)
        .where(Deal.rooftop_id == rooftop, or_(Deal.customer_id == who, Deal.co_buyer_id == who))
    )


def _consent(rooftop: str, who: str) -> Rows:
    return drawn(
        ConsentEntry.id, ConsentEntry.at, "", ConsentEntry.recorded_by,
        (ConsentEntry.kind, ConsentEntry.scope, ConsentEntry.channel, ConsentEntry.source,
         func.substr(ConsentEntry.words, 1, _LONGEST)),
    ).where(ConsentEntry.rooftop_id == rooftop, ConsentEntry.customer_id == who)  # fmt: skip


def _merges(at: InstrumentedAttribute[Any], by: InstrumentedAttribute[str], rooftop: str, who: str) -> Rows:
    return (
        drawn(Merge.id, at, "", by, (Customer.first_name, Customer.last_name))
        .join(Customer, or_(Customer.id == Merge.absorbed_id, Customer.id == Merge.survivor_id))
        .where(Merge.rooftop_id == rooftop, or_(Merge.survivor_id == who, Merge.absorbed_id == who))
        .where(Customer.id != who, at.is_not(None))
    )


class noon_of(FunctionElement[Any]):  # noqa: N801 - reads as a function of SQL
    """The moment a day stands at on a timeline."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(noon_of, "sqlite")
def _noon_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} || ' 12:00:00.000000')"


@compiles(noon_of, "postgresql")
def _noon_on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"(({compiler.process(element.clauses, **options)} + time '12:00') at time zone 'UTC')"


def _car() -> tuple[Any, ...]:
    """A car as people say it, in one text: nulls of an unknown car leave "vehicle" to the reader."""
    return (
        func.trim(
            func.coalesce(cast(Vehicle.year, Text), "")
            + " "
            + func.coalesce(Vehicle.make, "")
            + " "
            + func.coalesce(Vehicle.model, "")
        ),
    )


def _words(code: str | None) -> str:
    return (code or "").replace("_", " ")


def _call_says(row: Seen) -> str:
    return f"{_words(row.a).capitalize()} call" + (f": {_words(row.b)}" if row.b else "")


def _text_says(row: Seen) -> str:
    whose = {"customer": "Text from the customer", "ai": "Text from the AI", "staff": "Text from the store"}
    left = "" if row.a == "customer" or row.c in ("accepted", "sending") else f" ({_words(row.c)})"
    return f"{whose.get(row.a, 'Text')}{left}"


def _contact_says(row: Seen) -> str:
    return f"{_words(row.a).capitalize()}, {row.b}" + (f": {_words(row.c)}" if row.c else "")


def _named(row: Seen) -> str:
    return f"{row.a or ''} {row.b or ''}".strip() or "a record without a name"


SOURCES = (
    Source("call", _calls, _call_says, lambda row: {"seconds": row.c or "", "contact": row.d or ""}, bound=True),
    Source("text", _texts, _text_says, lambda row: {"body": row.b or "", "conversation": row.d or ""}, bound=True),
    Source("contact", _contacts, _contact_says, lambda row: {"source": row.d or "", "body": row.e or ""}, bound=True),
    Source(
        "repair_order",
        _visits,
        lambda row: f"RO {row.a}, {row.d or 'vehicle'}: {_words(row.b) or 'status not known'}",
        lambda row: {"concern": row.c or ""},
    ),
    Source(
        "recommendation",
        _recommendations,
        lambda row: f"Recommended {row.a}: {_words(row.b)}",
        lambda row: {"colour": row.c or "", "measured": row.d or "", "reason": row.e or ""},
    ),
    Source("part", _parts, lambda row: f"Special order {row.a}, {row.b or row.c}: {_words(row.d)}"),
    Source(
        "store_appointment",
        _store_appointments,
        lambda row: f"Appointment {row.a}: {_words(row.b)}",
        lambda row: {"concern": row.c or ""},
    ),
    Source(
        "deal",
        _deals,
        lambda row: (
            f"{_words(row.a).capitalize()} deal {row.b}, {row.d or 'vehicle'}" + (", as co-buyer" if row.c else "")
        ),
    ),
    Source(
        "consent",
        _consent,
        lambda row: f"{_CONSENT.get(row.a, row.a)} {row.b} contact by {row.c}",
        lambda row: {"source": row.d or "", "words": row.e or ""},
    ),
    Source(
        "merge",
        lambda rooftop, who: _merges(Merge.created_at, Merge.merged_by, rooftop, who),
        lambda row: f"Record of {_named(row)} joined in",
    ),
    Source(
        "merge_undone",
        lambda rooftop, who: _merges(Merge.undone_at, Merge.undone_by, rooftop, who),
        lambda row: f"Record of {_named(row)} taken apart again",
    ),
)
