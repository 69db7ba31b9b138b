"""How messages with leads are read."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from followup.lead_facts import Reading


@dataclass(frozen=True)
class LeadContext:
    """What a message does not say: the store it came to, its time zone, and the department its door is for."""

    store_name: str
    zone: ZoneInfo
    department: str = ""


LeadReader = Callable[[bytes, LeadContext], Reading]
"""Reads one kind of message. It never raises for what is in the message, and never fetches anything."""
