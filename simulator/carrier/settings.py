"""Who the simulated carrier is, where the application listens, and how patient it is."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from simulator.voice import Speech, babble


@dataclass
class CarrierSettings:
    """Origins are what the world sees and what is signed; addresses are where the application really listens."""

    account_sid: str = "AC00000000000000000000000000000001"
    auth_token: str = "0123456789abcdef0123456789abcdef"  # noqa: S105  # of an account that exists only here
    public_origin: str = "https://lanekeeper.example.test"
    web_address: str = "127.0.0.1:8000"
    media_origin: str = ""
    media_address: str = "127.0.0.1:8001"
    listen: str = "127.0.0.1:0"
    seed: int = 1
    speech: Speech = babble

    # What Twilio says of the caller's number (STIR/SHAKEN); empty for carriers that say nothing.
    stir_verstat: str = "TN-Validation-Passed-A"
    rings_seconds: float = 0.5
    webhook_seconds: float = 15.0
    handshake_seconds: float = 5.0
    # What the application may send in one message, and how far behind it may fall in reading before audio is discarded.
    largest_message: int = 1024 * 1024
    largest_backlog: int = 64 * 1024
    # Not documented for a broken socket (31903): "continue" runs what follows <Connect>, "hang-up" ends the call.
    after_broken_socket: str = "continue"
    # Nor what DialCallStatus says of a leg that answered and was never bridged: "no-answer" or "completed".
    never_bridged: str = "no-answer"
    # Both directions of every call are 16 KB a second; a run of thousands of calls lets go of each when it ends.
    keeps_audio: bool = True
    numbers: dict[str, "PhoneNumber"] = field(default_factory=dict)

    @property
    def media(self) -> str:
        return self.media_origin or "wss://" + urlsplit(self.public_origin).netloc


@dataclass(frozen=True)
class PhoneNumber:
    """A number of the account, and what the application configured for it. Paths are below the public origin.

    `fallback_bin` is a TwiML Bin as the fallback: a document kept at Twilio, had without asking anybody.
    """

    e164: str
    voice_path: str = "/twilio/voice"
    fallback_path: str | None = None
    status_path: str | None = "/twilio/status"
    message_path: str | None = None
    fallback_bin: str = ""


@dataclass(frozen=True)
class DialScript:
    """What happens when somebody else's phone is rung. `presses` are the keys they use when a whisper asks.

    `outcome` "voicemail" is a machine that answers: it presses nothing and listens to the end. Whoever hangs up after
    so many seconds of a whisper is a line that drops.
    """

    outcome: str = "no-answer"
    rings_s: float = 4.0
    talks_s: float = 15.0
    says: tuple[str, ...] = ("Service department, how can I help?",)
    presses: str = "1"
    presses_after_s: float = 2.0
    hangs_up_after_s: float | None = None
