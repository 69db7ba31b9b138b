"""The words a person hears before they take a call, and what their answer means. Pure."""

from kit.phone import spoken
from record.hand_off_brief import Brief
from record.hand_off_moves import Happened

PRESS = "Press 1 to take the call, or 2 if you can't."
TAKEN = "Thank you. You are connected."
LEFT_OUT = "All right. They will be called back."

_MOODS = {"urgent": "This is urgent: safety.", "upset": "They are upset."}


def whisper(department: str, brief: Brief) -> str:
    """Who, which car, which order, what about, what was promised, how they sound; nothing that is not known."""
    who = brief.name or (f"a caller at {spoken(brief.number)}" if brief.number.startswith("+") else "a caller")
    parts = [
        f"A call for {department} from {who}.",
        _MOODS.get(brief.mood, ""),
        f"Car: {brief.car}." if brief.car else "",
        f"Repair order {brief.repair_order}." if brief.repair_order else "",
        f"About: {_ended(brief.reason)}" if brief.reason else "",
        f"They were promised: {_ended(brief.promised)}" if brief.promised else "",
    ]
    return " ".join(part for part in parts if part)


def answered_with(digits: str) -> Happened:
    """Only a 1 takes the call. No key at all is a voicemail, or somebody who has put the phone down on the desk."""
    if digits == "1":
        return Happened.ACCEPTED
    return Happened.DECLINED if digits else Happened.NO_KEY


def _ended(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else words + "."
