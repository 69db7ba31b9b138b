"""What a deal or a special-order row means. Pure."""

from crm_sync import values
from crm_sync.mapping import block_spoken_at, car, car_faults, cell, clip, on_day, person, person_faults, when
from crm_sync.rows import Columns, DealSeen, FileMoment, PartSeen, Seen, Texts
from crm_sync.values import BadCell

NOT_A_CUSTOMERS_PURCHASE = frozenset({"wholesale", "fleet", "dealer_trade"})
_SOLD_ON = ("accounting_date", "contract_date", "booked_date", "deal_date", "delivered")
_NOT_SOLD = ("unwound", "unwind", "dead", "void", "cancel", "pending", "quote", "working")


def deal(texts: Texts, file: FileMoment) -> Seen:
    """One sale or lease. A wholesale, fleet or dealer-trade deal has no buyer here, and its car no owner by it."""
    number = clip(texts, "deal_number", 30)
    kind = _kind(texts)
    status = clip(texts, "deal_status", 24).lower()
    days = [on_day(texts, field) for field in _SOLD_ON]
    sold_on = next((day for day in days if day), None)
    if any(status.startswith(word) for word in _NOT_SOLD):
        sold_on = None
    spoken = block_spoken_at(
        texts, file, values.moment(sold_on, None, file.zone) if sold_on else None, current=not sold_on
    )
    purchase = kind not in NOT_A_CUSTOMERS_PURCHASE
    who = person(texts, spoken) if purchase else None
    what = car(texts, spoken, who if sold_on else None, None) if purchase else None
    columns: Columns = {"kind": kind, "sold_on": sold_on}
    columns |= {name: value for field, name, value in _plain_columns(texts) if field in texts}
    columns["status"] = status
    columns |= _lease(texts, kind)
    faults = (*person_faults(texts, who), *car_faults(what))
    return Seen(who, person(texts, spoken, "co_") if purchase else None, what, DealSeen(number, columns), faults)


def special_order(texts: Texts, file: FileMoment) -> Seen:
    """One part ordered for a customer."""
    order = clip(texts, "order_number", 30)
    part = clip(texts, "part_number", 40)
    if not part:
        raise BadCell("part_number", "no part number")
    wanted = cell(texts, "quantity", values.number)
    wanted = 1.0 if wanted is None else wanted
    arrived_on = on_day(texts, "received_date")
    received = cell(texts, "quantity_received", values.number)
    if received is None:
        received = wanted if arrived_on else 0.0
    expected = on_day(texts, "expected_date")
    columns: Columns = {
        "part_number": part,
        "quantity": wanted,
        "quantity_received": received,
        "state": _part_state(texts, wanted, received),
    }
    if "part_description" in texts:
        columns["description"] = clip(texts, "part_description", 200)
    if "ordered_date" in texts:
        columns["ordered_at"] = when(texts, file, "ordered_date")
    if "expected_date" in texts:
        columns["expected_on"] = expected
    if "received_date" in texts:
        columns["received_at"] = when(texts, file, "received_date")
    who = person(texts, file.as_of)
    what = car(texts, file.as_of, who, None) if who else None
    seen = PartSeen(order, clip(texts, "order_line", 60) or part, columns, clip(texts, "ro_number", 20), arrived_on)
    return Seen(person=who, car=what, what=seen, faults=person_faults(texts, who))


def customer_row(texts: Texts, file: FileMoment) -> Seen:
    """A row of a customer list."""
    who = person(texts, file.as_of)
    if who is None:
        raise BadCell("customer_number", "names nobody")
    return Seen(person=who, faults=person_faults(texts, who))


def vehicle_row(texts: Texts, file: FileMoment) -> Seen:
    """A row of a vehicle list."""
    who = person(texts, file.as_of)
    miles = cell(texts, "mileage_in", values.whole)
    what = car(texts, file.as_of, who, (miles, file.as_of) if miles else None)
    if what is None:
        raise BadCell("vin", "names no vehicle")
    # A list of cars names owners by number; what it leaves out of a name is not news about the person.
    told = who if who and who.said.get("last_name") else None
    return Seen(person=told, car=what, faults=car_faults(what))


def _kind(texts: Texts) -> str:
    words = f"{texts.get('deal_type', '')} {texts.get('sale_type', '')} {texts.get('contract_type', '')}".lower()
    if "wholesale" in words or "auction" in words:
        return "wholesale"
    if "fleet" in words:
        return "fleet"
    if "dealer trade" in words or "dealer_trade" in words or "dx" in words.split():
        return "dealer_trade"
    return "lease" if "lease" in words else "retail"


def _plain_columns(texts: Texts) -> list[tuple[str, str, object]]:
    return [
        ("new_used", "new_used", clip(texts, "new_used", 8).lower()),
        ("stock_number", "stock_number", clip(texts, "stock_number", 20)),
        ("salesperson", "salesperson", clip(texts, "salesperson", 120)),
        ("delivered", "delivered_on", on_day(texts, "delivered")),
        ("term", "term_months", cell(texts, "term", values.whole)),
        ("first_payment", "first_payment_on", on_day(texts, "first_payment")),
        ("mileage_limit", "mileage_limit", cell(texts, "mileage_limit", values.whole)),
    ]


def _lease(texts: Texts, kind: str) -> Columns:
    """The lease's end: read where a column says it, else worked out from first payment or contract and term."""
    if kind != "lease":
        return {}
    said = on_day(texts, "lease_end")
    if said:
        return {"lease_ends_on": said, "lease_ends_derived": False}
    term = cell(texts, "term", values.whole)
    starts = on_day(texts, "first_payment") or on_day(texts, "contract_date")
    if not term or not 0 < term <= 120 or starts is None:
        return {}
    return {"lease_ends_on": values.months_later(starts, term), "lease_ends_derived": True}


def _part_state(texts: Texts, wanted: float, received: float) -> str:
    said = clip(texts, "part_status", 40).lower()
    for word, state in (("return", "returned"), ("install", "installed")):
        if word in said:
            return state
    if received >= wanted > 0:
        return "received"
    if received > 0:
        return "partial"
    return "back_ordered" if "back" in said or said == "bo" else "ordered"
