"""How a caller is, heard in their words: calm, upset or urgent. Pure."""

from __future__ import annotations

from agent.house.understanding import Intent, find_intents


def mood_of(words: str, given: str) -> str:
    """Danger and anger are heard in the words themselves, whatever else was passed on."""
    scores = {found.intent: found.score for found in find_intents(words)}
    if given == "urgent" or scores.get(Intent.SAFETY, 0.0) >= 0.6:
        return "urgent"
    if given == "upset" or scores.get(Intent.COMPLAINT, 0.0) >= 0.6:
        return "upset"
    return given if given == "calm" else ""
