"""What a carrier's error code means for a text, as rows: stop, call instead, wait, or tell somebody; pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Meaning(StrEnum):
    """What there is to do."""

    OPTED_OUT = "opted_out"
    CALL_INSTEAD = "call_instead"
    TWO_STRIKES = "two_strikes"
    NOT_PROCESSED = "not_processed"
    OUR_SET_UP = "our_set_up"
    UNREGISTERED = "unregistered"
    FILTERED = "filtered"
    UNREACHABLE = "unreachable"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Code:
    """One row: Twilio's code, what it comes to, and what a person is told. `again`: an automatic text that was lost
    this way is worth one more try after so long; `offers` says whether an offer is too."""

    number: int
    meaning: Meaning
    says: str
    again: timedelta | None = None
    offers: bool = True


_HOUR, _SOON = timedelta(hours=1), timedelta(minutes=15)
CODES = {
    row.number: row
    for row in (
        Code(21610, Meaning.OPTED_OUT, "They opted out at the carrier."),
        Code(21211, Meaning.CALL_INSTEAD, "The number is not valid for texts."),
        Code(21614, Meaning.CALL_INSTEAD, "The number is not a mobile."),
        Code(30006, Meaning.CALL_INSTEAD, "The number is a landline or cannot be reached by text."),
        Code(30004, Meaning.TWO_STRIKES, "The text was blocked on the way."),
        Code(30005, Meaning.TWO_STRIKES, "The number is unknown to its carrier."),
        Code(20429, Meaning.NOT_PROCESSED, "Too many requests at the carrier."),
        Code(21611, Meaning.NOT_PROCESSED, "The queue of our number is full."),
        Code(30001, Meaning.NOT_PROCESSED, "The queue of our number overflowed.", _SOON),
        Code(30036, Meaning.UNREACHABLE, "It waited at the carrier until it was too late.", _SOON),
        Code(30003, Meaning.UNREACHABLE, "The phone is off or out of reach.", _HOUR),
        Code(30008, Meaning.UNREACHABLE, "The carrier does not say why.", _HOUR, offers=False),
        Code(30007, Meaning.FILTERED, "The carrier took it for spam."),
        Code(30450, Meaning.FILTERED, "The carrier's fraud protection stopped it."),
        Code(30453, Meaning.FILTERED, "The carrier's fraud protection stopped it."),
        Code(30034, Meaning.UNREGISTERED, "Our number is not registered for texts (A2P 10DLC)."),
        Code(21408, Meaning.OUR_SET_UP, "Texts to that country are switched off in the account."),
        Code(21606, Meaning.OUR_SET_UP, "Our number cannot send texts."),
        Code(20003, Meaning.OUR_SET_UP, "The carrier refuses our credentials."),
    )
}


def with_meaning(meaning: Meaning) -> tuple[int, ...]:
    """The numbers of the codes that come to this."""
    return tuple(row.number for row in CODES.values() if row.meaning is meaning)


def code(number: int | None) -> Code:
    """The row of a code; one nobody wrote down is told as it is."""
    return CODES.get(number or 0) or Code(number or 0, Meaning.OTHER, f"The carrier's code is {number or 'missing'}.")
