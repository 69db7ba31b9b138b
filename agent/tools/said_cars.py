"""A car in a caller's words, as far as they name it; what they leave out stays open."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from agent.house import phrases
from agent.house.understanding import find_vehicles, find_vin
from followup.lead_facts import LeadCar
from kit.redaction import redact

CarWords = Annotated[str, Field(description="Year, make, model; then VIN and the VIN, if known.", max_length=120)]


def lead_car(words: str, interest: str) -> LeadCar | None:
    """The car as a lead keeps it; None when nothing was said of one."""
    said = " ".join(words.split())
    if not said:
        return None
    vin = find_vin(said)
    found = find_vehicles(said.partition(" VIN ")[0])
    car = found[0] if found else None
    return LeadCar(
        interest=interest,
        year=car.year if car else None,
        make=(car.make or "") if car else "",
        model=(car.model or "") if car else "",
        vin=vin.characters if vin and vin.complete else "",
        notes="" if car else phrases.plain(redact(said), 120),
    )
