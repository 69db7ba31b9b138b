"""A session's configuration: what may be set, what is refused, and how it is shown. Pure."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Refusal = tuple[str, str, str]

VOICES = frozenset({"alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"})
_KEYWORD_TRANSCRIBERS = frozenset({"gpt-transcribe", "gpt-live-transcribe"})
_FIELDS = ("instructions", "output_modalities", "max_output_tokens", "tools", "tool_choice", "tracing", "truncation",
           "reasoning", "include", "prompt", "parallel_tool_calls")  # fmt: skip


@dataclass
class SessionConfig:
    """Starts with the service's defaults; omitted fields keep their values."""

    model: str
    fields: Json = field(default_factory=dict)
    audio_input: Json = field(default_factory=dict)
    audio_output: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fields = {"instructions": "", "output_modalities": ["audio"], "tools": [], "tool_choice": "auto",
                       "max_output_tokens": "inf", "truncation": "auto"}  # fmt: skip
        self.audio_input = {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "create_response": True,
                "interrupt_response": True,
            },
        }
        self.audio_output = {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0}

    def update(self, wanted: Json) -> bool:
        """Takes the given fields. True when turn detection was among them."""
        self.fields |= {name: wanted[name] for name in _FIELDS if name in wanted}
        audio = wanted.get("audio") or {}
        self.audio_input |= audio.get("input") or {}
        self.audio_output |= audio.get("output") or {}
        return "turn_detection" in (audio.get("input") or {})

    def described(self) -> Json:
        """As session.created and session.updated show it."""
        known = {name: value for name, value in self.fields.items() if name != "parallel_tool_calls"}
        audio = {"input": self.audio_input, "output": self.audio_output}
        return {"type": "realtime", "model": self.model} | known | {"audio": audio}

    @property
    def instructions(self) -> str:
        return str(self.fields["instructions"] or "")

    @property
    def tool_names(self) -> frozenset[str]:
        return frozenset(str(tool.get("name")) for tool in self.fields["tools"] or [])

    @property
    def turn_detection(self) -> Json | None:
        detection: Json | None = self.audio_input["turn_detection"]
        return detection

    @property
    def interrupts(self) -> bool:
        return self.turn_detection is not None and self.turn_detection.get("interrupt_response") is not False

    @property
    def answers_by_itself(self) -> bool:
        return self.turn_detection is not None and self.turn_detection.get("create_response") is not False

    @property
    def transcriber(self) -> str:
        return str((self.audio_input["transcription"] or {}).get("model", ""))

    @property
    def group_id(self) -> str:
        tracing = self.fields.get("tracing")
        return str(tracing.get("group_id", "")) if isinstance(tracing, dict) else ""

    @property
    def speaks(self) -> bool:
        return bool(self.fields["output_modalities"] == ["audio"])

    @property
    def is_mulaw(self) -> bool:
        return bool(self.audio_output["format"].get("type") == "audio/pcmu")


def refuse_config(config: SessionConfig, wanted: Json, spoken_aloud: bool) -> Refusal | None:
    """The first thing the service would not accept: code, message, parameter."""
    audio = wanted.get("audio") or {}
    given, out = audio.get("input") or {}, audio.get("output") or {}
    model, voice = wanted.get("model"), out.get("voice")
    if wanted.get("type") != "realtime":
        return "missing_required_parameter", "Missing required parameter: 'session.type'.", "session.type"
    if model is not None and model != config.model:
        return "invalid_value", "The model of a session cannot be changed.", "session.model"
    if sorted(wanted.get("output_modalities") or ["audio"]) not in (["audio"], ["text"]):
        message = "Invalid modalities: supported combinations are: ['text'] and ['audio']."
        return "invalid_value", message, "session.output_modalities"
    if isinstance(voice, str) and voice not in VOICES:
        return "invalid_value", f"Invalid value: '{voice}' is not a supported voice.", "session.audio.output.voice"
    if voice is not None and voice != config.audio_output["voice"] and spoken_aloud:
        message = "Cannot update a conversation's voice if assistant audio is present."
        return "cannot_update_voice", message, "session.audio.output.voice"
    return _refuse_input(given) or _refuse_formats(given, out) or _refuse_tools(wanted.get("tools") or [])


def _refuse_input(given: Json) -> Refusal | None:
    transcription = given.get("transcription") or {}
    if transcription.get("model") not in _KEYWORD_TRANSCRIBERS:
        for name in ("keywords", "languages"):
            if name in transcription:
                message = f"'{name}' is not supported by this transcription model."
                return "invalid_value", message, f"session.audio.input.transcription.{name}"
    detection = given.get("turn_detection") or {}
    if not 0.0 <= detection.get("threshold", 0.5) <= 1.0:
        message = "Invalid 'session.audio.input.turn_detection.threshold': expected a value between 0 and 1."
        return "decimal_above_max_value", message, "session.audio.input.turn_detection.threshold"
    return None


def _refuse_formats(given: Json, out: Json) -> Refusal | None:
    for side, part in (("input", given), ("output", out)):
        form = part.get("format") or {}
        where = f"session.audio.{side}.format.rate"
        if form.get("type") in ("audio/pcmu", "audio/pcma") and "rate" in form:
            return "unknown_parameter", f"Unknown parameter: '{where}'.", where
        if form.get("type") == "audio/pcm" and form.get("rate", 24000) != 24000:
            return "invalid_value", "Only 24000 is supported.", where
    if not 0.25 <= out.get("speed", 1.0) <= 1.5:
        return "invalid_value", "speed must be between 0.25 and 1.5", "session.audio.output.speed"
    return None


def _refuse_tools(tools: list[Json]) -> Refusal | None:
    seen: set[str] = set()
    for index, tool in enumerate(tools):
        if tool.get("type") == "function":
            if not tool.get("name"):
                where = f"session.tools[{index}].name"
                return "missing_required_parameter", f"Missing required parameter: '{where}'.", where
            if tool["name"] in seen:
                return "invalid_value", f"Duplicate function name '{tool['name']}'.", f"session.tools[{index}].name"
            seen.add(tool["name"])
    return None
