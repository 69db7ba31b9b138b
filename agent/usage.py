"""What a reply or a transcription is billed as, one fact per modality; pure. Cached tokens are priced apart."""

from agent.events import CallerHeard, TokenUsage
from agent.journal import Used
from kit.ids import CallId


def used_by_reply(call_id: CallId, model: str, usage: TokenUsage) -> list[Used]:
    """Cached counts are part of the input counts, so they are taken out of them."""
    amounts = {
        "text_in": usage.text_in - usage.text_cached_in,
        "text_cached_in": usage.text_cached_in,
        "audio_in": usage.audio_in - usage.audio_cached_in,
        "audio_cached_in": usage.audio_cached_in,
        "text_out": usage.text_out,
        "audio_out": usage.audio_out,
    }
    return [Used(call_id, model, modality, amount) for modality, amount in amounts.items() if amount > 0]


def used_by_transcription(call_id: CallId, model: str, heard: CallerHeard) -> list[Used]:
    amounts: dict[str, float] = {
        "transcription_s": heard.seconds,
        "transcription_text_in": heard.text_tokens_in,
        "transcription_audio_in": heard.audio_tokens_in,
        "transcription_text_out": heard.text_tokens_out,
    }
    return [Used(call_id, model, modality, amount) for modality, amount in amounts.items() if amount > 0]
