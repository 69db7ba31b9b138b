"""Announced shutdown dates of OpenAI's voice models, so that a server says at start what will stop working."""

from datetime import date

# https://developers.openai.com/api/docs/deprecations, read 2026-11-21.
_REALTIME = date(2027, 1, 20)
_TRANSCRIBERS = date(2027, 2, 26)
SHUTDOWN: dict[str, tuple[date, str]] = {
    "gpt-realtime": (_REALTIME, "gpt-realtime-2.1"),
    "gpt-realtime-2025-08-28": (_REALTIME, "gpt-realtime-2.1"),
    "gpt-realtime-mini": (_REALTIME, "gpt-realtime-2.1-mini"),
    "gpt-realtime-mini-2025-10-06": (_REALTIME, "gpt-realtime-2.1-mini"),
    "gpt-realtime-mini-2025-12-15": (_REALTIME, "gpt-realtime-2.1-mini"),
    "whisper-1": (_TRANSCRIBERS, "gpt-transcribe"),
    "gpt-4o-transcribe": (_TRANSCRIBERS, "gpt-transcribe"),
    "gpt-4o-transcribe-diarize": (_TRANSCRIBERS, "gpt-transcribe"),
    "gpt-4o-mini-transcribe": (_TRANSCRIBERS, "gpt-transcribe"),
}


def retirement_warnings(models: list[str], today: date) -> list[str]:
    """One line per configured model that has a shutdown date; the caller logs them loudly at start."""
    lines = []
    for model in models:
        known = SHUTDOWN.get(model)
        if known is None:
            continue
        when, instead = known
        tense = "was shut down on" if when <= today else "shuts down on"
        lines.append(f"{model} {tense} {when.isoformat()} ({(when - today).days} days): use {instead}")
    return lines
