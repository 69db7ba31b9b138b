"""What a lead is about in one line, and what must be asked before anybody can act on it; pure."""

import re

from followup.lead_facts import LeadCar, NewLead, ParseState

_ESTIMATE = re.compile(r"\b(?:estimates?|quotes?|quotation|price|pricing|costs?|how much)\b", re.I)
_MOST = 400


def missing(lead: NewLead) -> tuple[str, ...]:
    """What to ask the customer, most needed first; never filled in by guessing (S2-65, S2-36)."""
    person, asked = lead.person, []
    if lead.parse_state is ParseState.RAW:
        return ("everything: the message could not be read, open it",)
    if not person.phones:
        asked.append("a phone number" if person.emails else "a phone number or an e-mail address")
    asked += [f"a phone number that works (“{text}” cannot be dialled)" for text in person.unusable]
    if not person.name:
        asked.append("the name")
    if not lead.department:
        asked.append("which department it is for")
    asked += _about_the_car(lead)
    return tuple(asked)


def need_of(lead: NewLead) -> str:
    """What the customer wants, for whoever takes it on: their own concern first (S2-23)."""
    car = lead.cars[0].spoken if lead.cars else ""
    what = lead.service.what or lead.comments
    when = f"when: {lead.service.when}" if lead.service.when else ""
    trade = f"trade-in {lead.trade_in.spoken or 'not described'}" if lead.trade_in else ""
    came = " via ".join(part for part in (f"{lead.channel.value.replace('_', ' ')} lead", lead.provider) if part)
    said = "; ".join(part for part in (" ".join(what.split())[:240], car, when, trade) if part)
    return f"{said or 'Wants to be contacted'} ({came})"[:_MOST]


def wants_estimate(lead: NewLead) -> bool:
    return bool(_ESTIMATE.search(f"{lead.service.what} {lead.comments}"))


def _about_the_car(lead: NewLead) -> list[str]:
    car = lead.cars[0] if lead.cars else LeadCar()
    asked = []
    if lead.department == "service" or (lead.cars and not lead.trade_in):
        absent = [name for name in ("year", "make", "model") if not getattr(car, name)]
        if absent:
            asked.append(f"the car’s {' and '.join(absent) if len(absent) < 3 else 'year, make and model'}")
    if not car.vin and lead.department in ("service", "parts") and wants_estimate(lead):
        asked.append("the VIN: an estimate needs it")
    if lead.trade_in is not None:
        trade = lead.trade_in
        absent = [n for n, v in (("VIN", trade.vin), ("miles", trade.miles), ("condition", trade.condition)) if not v]
        if absent:
            asked.append(f"the trade-in’s {', '.join(absent)}")
    return asked
