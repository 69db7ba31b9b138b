"""What can go wrong on one call, as switches."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CarrierFaults:
    """All off by default. Times count from the answer, or for the socket from its start message."""

    hang_up_after_s: float | None = None
    drop_socket_after_s: float | None = None
    slow_reader_after_s: float | None = None
    slow_reader_for_s: float = 3.0
    start_delay_s: float = 0.0
    never_send_start: bool = False
    wrong_signature: bool = False
    wrong_call_sid: str = ""
    jitter_ms: int = 0
    duplicate_webhooks: bool = False
    late_status_callbacks_s: float = 0.0
    hang_up_without_stop: bool = False
    unreachable_paths: tuple[str, ...] = ()
    """Requests of this call to these paths of the application are answered with 502 by whatever stands before it."""
