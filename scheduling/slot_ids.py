"""Slot ids: a readable description of an offer with a signature, so that only offers we made can be booked."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduling.shop import Shop, Transport, Visit

_TIME = "%Y%m%dt%H%Mz"


@dataclass(frozen=True, slots=True)
class Slot:
    """What a slot id says; the people in it are short tags, enough to prefer them again."""

    starts_at: datetime
    visit: Visit
    transport: Transport
    technician_tag: str
    advisor_tag: str


def slot_id(
    shop: Shop, starts_at: datetime, visit: Visit, transport: Transport, technician_id: str, advisor_id: str
) -> str:
    """The id of an offer at this rooftop; short and lower case, since a model has to repeat it."""
    text = f"{starts_at.astimezone(UTC):{_TIME}}.{visit}.{transport}.{_tag(technician_id)}.{_tag(advisor_id)}"
    return f"{text}.{_signature(shop.rooftop_id, shop.slot_key, text)}"


def read(rooftop_id: str, slot_key: str, given: str) -> Slot | None:
    """The slot a rooftop's own id describes; None for an id that was altered, invented or another store's."""
    text, _, signature = given.strip().lower().rpartition(".")
    if not signature.isascii() or not hmac.compare_digest(signature, _signature(rooftop_id, slot_key, text)):
        return None
    when, visit, transport, technician, advisor = text.split(".")
    starts_at = datetime.strptime(when, _TIME).replace(tzinfo=UTC)
    return Slot(starts_at, Visit(visit), Transport(transport), technician, advisor)


def tagged(tag: str, ids: Iterable[str]) -> str | None:
    """The id a tag stands for; None when that person has left since."""
    return next((each for each in ids if _tag(each) == tag), None)


def _tag(identifier: str) -> str:
    return _base32(hashlib.sha256(identifier.encode()).digest())[:4]


def _signature(rooftop_id: str, slot_key: str, text: str) -> str:
    digest = hmac.new(slot_key.encode(), f"{rooftop_id}\n{text}".encode(), hashlib.sha256).digest()
    return _base32(digest)[:10]


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().lower()
