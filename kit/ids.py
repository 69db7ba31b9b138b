"""Identifiers: time-sortable ids of our own, and names for other people's."""

import os
import time
from typing import NewType

RooftopId = NewType("RooftopId", str)
CustomerId = NewType("CustomerId", str)
VehicleId = NewType("VehicleId", str)
StaffId = NewType("StaffId", str)
CallId = NewType("CallId", str)
CallSid = NewType("CallSid", str)
ConversationId = NewType("ConversationId", str)
TextId = NewType("TextId", str)
AppointmentId = NewType("AppointmentId", str)
LoopId = NewType("LoopId", str)
HandOffId = NewType("HandOffId", str)
E164 = NewType("E164", str)


def new_id() -> str:
    """A UUIDv7 as 32 hex digits (RFC 9562, 5.7): unique, and later ids sort after earlier ones to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    version_and_a = 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    variant_and_b = 0b10 << 62 | random & (1 << 62) - 1
    return f"{(milliseconds & 0xFFFFFFFFFFFF) << 80 | version_and_a | variant_and_b:032x}"
