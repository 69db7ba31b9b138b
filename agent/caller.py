"""What the model's detector says of the caller's voice, and the turn that waits for its answer; pure."""

from dataclasses import dataclass

# A detector that closes speech commits it in the same breath; when it does not, the agent must not wait for ever.
_STOP_WITHOUT_COMMIT = 1.0


@dataclass(slots=True)
class CallerVoice:
    """Times are loop seconds; -1 marks what is not known. `turns` counts those that want an answer."""

    stopped_at: float
    since: float | None = None
    began_at: float = -1.0
    ended_at: float = -1.0
    waiting_item: str = ""
    turns: int = 0
    stop_pending: bool = False

    @property
    def speaking(self) -> bool:
        return self.since is not None

    @property
    def quiet_at(self) -> float:
        """When the voice stopped in the audio, which is a while before the detector could say so."""
        return self.ended_at if self.ended_at >= 0 else self.stopped_at

    def started(self, now: float, began_at: float) -> None:
        self.since = now
        self.began_at = began_at

    def stopped(self, now: float, ended_at: float) -> None:
        self.since = None
        self.stopped_at = now
        self.ended_at = ended_at
        self.stop_pending = True

    def committed(self) -> None:
        self.since = None
        self.stop_pending = False

    def lost(self) -> None:
        """The session that was listening is gone."""
        self.since = None
        self.stop_pending = False

    def is_stuck(self, now: float, seconds: float) -> bool:
        """Noise that the detector takes for endless speech."""
        return self.since is not None and now - self.since >= seconds

    def is_uncommitted(self, now: float) -> bool:
        return self.stop_pending and now - self.stopped_at >= _STOP_WITHOUT_COMMIT
