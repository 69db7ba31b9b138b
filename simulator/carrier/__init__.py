"""A simulated Twilio: webhooks, TwiML, Media Streams, ConversationRelay and REST, by the documented rules."""

from simulator.carrier.calls import Call, CallStatus
from simulator.carrier.carrier import Carrier
from simulator.carrier.faults import CarrierFaults
from simulator.carrier.phone import Caller, Heard, Phone
from simulator.carrier.settings import CarrierSettings, DialScript, PhoneNumber

__all__ = [
    "Call",
    "CallStatus",
    "Caller",
    "Carrier",
    "CarrierFaults",
    "CarrierSettings",
    "DialScript",
    "Heard",
    "Phone",
    "PhoneNumber",
]
