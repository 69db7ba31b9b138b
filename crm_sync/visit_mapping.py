"""What a repair-order or appointment row means. Pure."""

import hashlib
from typing import Any

from crm_sync import groups, values
from crm_sync.mapping import (
    block_spoken_at,
    car,
    car_faults,
    cell,
    clip,
    on_day,
    person,
    person_faults,
    service_mileage,
    when,
)
from crm_sync.rows import Advised, AppointmentSeen, Columns, Fault, FileMoment, Seen, Texts, VisitSeen
from crm_sync.values import BadCell

_PER_OPERATION = (
    "op_descriptions",
    "op_statuses",
    "sale_types",
    "technicians",
    "bill_hours",
    "labor_sales",
    "parts_sales",
    "complaints",
    "corrections",
)
_PER_ADVICE = (
    "advised_names",
    "advised_states",
    "advised_reasons",
    "advised_colours",
    "advised_measured",
    "advised_prices",
    "advised_until",
    "advised_miles",
)
_ADVICE_STATES = {
    "declined": "declined",
    "d": "declined",
    "refused": "declined",
    "deferred": "deferred",
    "approved": "approved",
    "accepted": "approved",
    "sold": "approved",
    "none": "no_answer",
    "no answer": "no_answer",
    "presented": "presented",
}
_PRESENTED = {"declined": True, "deferred": True, "approved": True, "presented": True, "no_answer": True}
_COLOURS = {"red": "red", "r": "red", "yellow": "yellow", "y": "yellow", "green": "green", "g": "green"}


def repair_order(texts: Texts, file: FileMoment) -> Seen:
    """One repair order with its operations and what was advised."""
    number = clip(texts, "ro_number", 20)
    opened = when(texts, file, "opened", "opened_time")
    if "opened" in texts and opened is None:
        raise BadCell("opened", "no open date")
    closed = when(texts, file, "closed", "closed_time")
    who = person(texts, block_spoken_at(texts, file, closed or opened, current=closed is None))
    if who is None:
        raise BadCell("customer_number", "names no customer")
    miles_in, miles_out = cell(texts, "mileage_in", values.whole), cell(texts, "mileage_out", values.whole)
    mileage = service_mileage(miles_out or miles_in, closed or opened)
    what = car(texts, who.spoken_at, who, mileage)
    lines, uneven = _operations(texts)
    advised, uneven_advice = _advice(texts)
    columns = _visit_columns(texts, file) | {"opened_at": opened, "closed_at": closed}
    columns |= {"mileage_in": miles_in, "mileage_out": miles_out}
    faults = (*person_faults(texts, who), *car_faults(what), *_uneven(number, [*uneven, *uneven_advice]))
    present = {"opened_at": "opened", "closed_at": "closed", "mileage_in": "mileage_in", "mileage_out": "mileage_out"}
    columns = {
        name: value for name, value in columns.items() if present.get(name, name) in texts or name not in present
    }
    visit = VisitSeen(
        number,
        columns,
        clip(texts, "ro_status", 40) if "ro_status" in texts else None,
        clip(texts, "advisor", 120) or None,
        lines,
        advised,
    )
    return Seen(person=who, car=what, what=visit, faults=faults)


def appointment(texts: Texts, file: FileMoment) -> Seen:
    """One appointment of the store's own book."""
    number = clip(texts, "appointment_number", 30)
    starts = when(texts, file, "appointment_date", "appointment_time")
    if starts is None:
        raise BadCell("appointment_date", "no appointment date")
    who = person(texts, file.as_of)
    what = (
        car(texts, file.as_of, who, service_mileage(cell(texts, "mileage_in", values.whole), file.as_of))
        if who
        else None
    )
    columns: Columns = {"starts_at": starts}
    if "promised" in texts:
        columns["promised_at"] = when(texts, file, "promised", "promised_time")
    if "ro_number" in texts:
        columns["ro_number"] = clip(texts, "ro_number", 20) or None
    if "op_codes" in texts:
        columns["op_codes"] = [code for code in groups.split(texts["op_codes"]) if code]
    if "transport" in texts or "loaner" in texts:
        loaner = "loaner" if values.flag(texts.get("loaner", "")) else ""
        columns["transport"] = clip(texts, "transport", 20).lower() or loaner
    if "waiting" in texts:
        columns["waiting"] = values.flag(texts["waiting"])
    if "concern" in texts:
        columns["concern"] = clip(texts, "concern", 4000)
    code = clip(texts, "appointment_status", 40) if "appointment_status" in texts else None
    seen = AppointmentSeen(number, columns, code, clip(texts, "advisor", 120) or None)
    return Seen(person=who, car=what, what=seen, faults=(*person_faults(texts, who), *car_faults(what)))


def _visit_columns(texts: Texts, file: FileMoment) -> Columns:
    columns: Columns = {}
    if "promised" in texts:
        columns["promised_at"] = when(texts, file, "promised", "promised_time")
    if "department" in texts:
        columns["department"] = clip(texts, "department", 20).lower() or "service"
    if "appointment_number" in texts:
        columns["appointment_number"] = clip(texts, "appointment_number", 20) or None
    if "waiting" in texts:
        columns["waiting"] = values.flag(texts["waiting"])
    if "total" in texts:
        columns["total_cents"] = cell(texts, "total", values.cents)
    if "customer_total" in texts:
        columns["customer_pay_cents"] = cell(texts, "customer_total", values.cents)
    if "complaints" in texts:
        said = [part for part in groups.split(texts["complaints"].replace(groups.INSIDE, "; ")) if part]
        columns["concern"] = "; ".join(dict.fromkeys(said))[:4000]
    return columns


def _operations(texts: Texts) -> tuple[tuple[Columns, ...] | None, list[str]]:
    if "op_codes" not in texts:
        return None, []
    codes = groups.split(texts["op_codes"])
    cells, uneven = groups.aligned(len(codes), {name: texts[name] for name in _PER_OPERATION if name in texts})
    lines = []
    for place, code in enumerate(codes):
        said = {name: parts[place] for name, parts in cells.items()}
        lines.append(
            {
                "position": place + 1,
                "op_code": code[:20],
                "description": said.get("op_descriptions", "")[:200],
                "status": _line_status(said.get("op_statuses", "")),
                "pay_type": said.get("sale_types", "")[:12],
                "technician": ", ".join(groups.inside(said.get("technicians", "")))[:80],
                "hours": _sum(said, "bill_hours", values.number),
                "labor_cents": _sum(said, "labor_sales", values.cents),
                "parts_cents": _sum(said, "parts_sales", values.cents),
                "complaint": said.get("complaints", "").replace(groups.INSIDE, "; ")[:4000],
                "correction": said.get("corrections", "").replace(groups.INSIDE, "; ")[:4000],
            }
        )
    return tuple(lines), uneven


def _advice(texts: Texts) -> tuple[tuple[Advised, ...] | None, list[str]]:
    """What was advised. Codes and names of unequal number are not joined: the codes stand, the names are left."""
    if "advised_codes" not in texts and "advised_names" not in texts:
        return None, []
    codes = groups.split(texts.get("advised_codes", ""))
    count = len(codes) or len(groups.split(texts.get("advised_names", "")))
    cells, uneven = groups.aligned(count, {name: texts[name] for name in _PER_ADVICE if name in texts})
    advised: dict[str, Advised] = {}
    for place in range(count):
        said = {name: parts[place] for name, parts in cells.items()}
        code = codes[place][:20] if codes else ""
        name = said.get("advised_names", "")[:240]
        if not code and not name:
            continue
        key = code.upper() or hashlib.blake2b(name.lower().encode(), digest_size=16).hexdigest()
        advised.setdefault(key, Advised(key, _advice_columns(code, name or code, said)))
    return tuple(advised.values()), uneven


def _advice_columns(code: str, name: str, said: dict[str, str]) -> Columns:
    state = _ADVICE_STATES.get(said.get("advised_states", "").lower(), "recommended")
    columns: Columns = {
        "op_code": code,
        "description": name,
        "state": state,
        "presented": _PRESENTED.get(state),
        "reason": said.get("advised_reasons", "")[:40],
        "colour": _COLOURS.get(said.get("advised_colours", "").lower(), ""),
        "measured": said.get("advised_measured", "")[:80],
    }
    price = _sum(said, "advised_prices", values.cents)
    columns |= {"price_low_cents": price, "price_high_cents": price}
    columns["deferred_until"] = on_day(said, "advised_until")
    columns["deferred_miles"] = cell(said, "advised_miles", values.whole)
    return columns


def _line_status(text: str) -> str:
    return "_".join(text.lower().split())[:20]


def _sum(said: dict[str, str], field: str, read: Any) -> Any:
    """The sum of an operation's own values; None when it has none."""
    text = said.get(field, "")
    if groups.INSIDE not in text:
        return cell(said, field, read)
    parts = groups.inside(text)
    amounts = [amount for part in parts if (amount := cell({field: part}, field, read)) is not None]
    return sum(amounts) if amounts else None


def _uneven(number: str, fields: list[str]) -> tuple[Fault, ...]:
    if not fields:
        return ()
    named = ", ".join(field.replace("_", " ") for field in fields)
    return (
        Fault(
            "uneven_groups",
            "repair_order",
            number,
            f"Repair order {number}: {named} do not fit its operations and were left out",
        ),
    )
