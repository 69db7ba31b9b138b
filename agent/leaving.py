"""How a call comes to its end: the last words are heard first, and a caller who speaks up stays; pure."""

from dataclasses import dataclass

from agent.ports import HangUp, HumanPath, NextStep, Reconnect, TransferTo


@dataclass(slots=True)
class Leaving:
    """What the call does next, once nothing more is owed."""

    deadline: float
    then: NextStep | None = None
    since: float = 0.0

    def go(self, then: NextStep, now: float) -> None:
        self.then = then
        self.since = now

    def caller_spoke_up(self) -> None:
        """A goodbye that the caller talks over was not the end; a transfer under way is not undone by an "okay"."""
        if isinstance(self.then, HangUp | Reconnect):
            self.then = None

    def waits_for_silence(self) -> bool:
        return isinstance(self.then, HangUp | Reconnect)

    def is_overdue(self, now: float) -> bool:
        return self.then is not None and now - self.since >= self.deadline


def reason_of(then: NextStep) -> str:
    match then:
        case HangUp(reason=reason) | HumanPath(reason=reason):
            return reason
        case TransferTo():
            return "transferred"
        case Reconnect():
            return "handed_over"
