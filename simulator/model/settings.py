"""How the simulated model listens, how fast it is, and how strict."""

from dataclasses import dataclass

from simulator.voice import Speech, babble


@dataclass
class ModelSettings:
    """`speed` is audio generated per second of clock; the real service is several times faster than speech."""

    listen: str = "127.0.0.1:0"
    beside_listen: str = "127.0.0.1:0"
    api_key: str = "sk-simulated"
    validate: bool = True
    think_ms: int = 250
    speed: float = 4.0
    delta_ms: int = 200
    transcript_ms: int = 300
    session_seconds: float = 3600.0
    speech: Speech = babble
    seed: int = 1
    # Known names that this account may not use: the session opens and each response fails, as the real one does.
    forbidden_models: frozenset[str] = frozenset()
