"""What a call costs: one dated price table, per modality; pure.

Dollars per million tokens, per minute or per million characters, as published on 2026-11-13 (OpenAI) and 2026-10-03
(Twilio Media Streams). A model that is not listed costs nothing here and says so by its absence from the bill.
"""

from datetime import date

AS_OF = date(2026, 11, 13)

_TOKENS = 1_000_000
_MINUTE = 60

_REALTIME = {
    "text_in": 4.00,
    "text_cached_in": 0.40,
    "audio_in": 32.00,
    "audio_cached_in": 0.40,
    "text_out": 24.00,
    "audio_out": 64.00,
}
_REALTIME_MINI = {
    "text_in": 0.60,
    "text_cached_in": 0.06,
    "audio_in": 10.00,
    "audio_cached_in": 0.30,
    "text_out": 2.40,
    "audio_out": 20.00,
}
_PER_MILLION = {
    "gpt-realtime-2.1": _REALTIME,
    "gpt-realtime-2": _REALTIME,
    "gpt-realtime-1.5": {**_REALTIME, "text_out": 16.00},
    "gpt-realtime-2.1-mini": _REALTIME_MINI,
}
_PER_MINUTE = {
    ("gpt-realtime-whisper", "transcription_s"): 0.017,
    ("gpt-live-transcribe", "transcription_s"): 0.017,
    ("twilio", "media_stream_s"): 0.0044,
}


def microdollars(model: str, modality: str, quantity: float) -> int:
    """The price of a quantity (tokens, or seconds for `*_s`) in millionths of a dollar; 0 when it has no list price."""
    per_minute = _PER_MINUTE.get((model, modality))
    if per_minute is not None:
        return round(quantity / _MINUTE * per_minute * 1e6)
    per_million = _PER_MILLION.get(model, {}).get(modality)
    return round(quantity * per_million / _TOKENS * 1e6) if per_million is not None else 0


def has_price(model: str, modality: str) -> bool:
    """Whether the table lists it; a bill with unlisted lines is incomplete and must say so."""
    return (model, modality) in _PER_MINUTE or modality in _PER_MILLION.get(model, {})
