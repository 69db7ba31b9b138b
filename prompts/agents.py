"""The agents a store has prompts for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agent:
    """`name` is its prompt's name in the library; `spoken` is false for one that writes."""

    name: str
    title: str
    spoken: bool


SERVICE_LINE = Agent("service_inbound", "Service line", spoken=True)
SALES_LINE = Agent("sales_inbound", "Sales line", spoken=True)
PARTS_LINE = Agent("parts_inbound", "Parts line", spoken=True)
APPOINTMENT_CENTER = Agent("bdc_inbound", "Appointment center", spoken=True)
AFTER_HOURS = Agent("after_hours", "After hours", spoken=True)
TEXTS = Agent("texting", "Texts", spoken=False)
FOLLOW_UP = Agent("follow_up", "Answers to our texts", spoken=False)

AGENTS = {
    agent.name: agent
    for agent in (SERVICE_LINE, SALES_LINE, PARTS_LINE, APPOINTMENT_CENTER, AFTER_HOURS, TEXTS, FOLLOW_UP)
}
_LINES = {"sales": SALES_LINE, "parts": PARTS_LINE, "bdc": APPOINTMENT_CENTER}


def of_line(department: str, *, is_open: bool) -> Agent:
    """Who answers a department's line: the department's own agent while it is open, else the one for after hours."""
    return _LINES.get(department, SERVICE_LINE) if is_open else AFTER_HOURS
