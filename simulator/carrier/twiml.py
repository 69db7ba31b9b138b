"""TwiML documents as the carrier reads them: the verbs it knows, what may be nested, and what it refuses. Pure."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass, field

PARSE_FAILURE = 12100
SCHEMA = 12200

# Verb -> what may stand inside it. Nouns carry their own attributes; unknown attributes are only warned about.
VERBS: dict[str, frozenset[str]] = {
    "Say": frozenset({"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}),
    "Play": frozenset(),
    "Pause": frozenset(),
    "Connect": frozenset({"Stream", "ConversationRelay"}),
    "Start": frozenset({"Stream", "Recording"}),
    "Stop": frozenset({"Stream"}),
    "Dial": frozenset({"Number"}),
    "Record": frozenset(),
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Redirect": frozenset(),
    "Hangup": frozenset(),
    "Reject": frozenset(),
}
NOUNS: dict[str, frozenset[str]] = {
    "Stream": frozenset({"Parameter"}),
    "ConversationRelay": frozenset({"Parameter", "Language"}),
}
_CALLBACK = {"statusCallback", "statusCallbackMethod", "statusCallbackEvent"}
_RECORDING = {"recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent"}
ATTRIBUTES: dict[str, frozenset[str]] = {
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Connect": frozenset({"action", "method"}),
    "Start": frozenset(),
    "Stop": frozenset(),
    "Dial": frozenset(
        {"action", "method", "timeout", "hangupOnStar", "timeLimit", "callerId", "record", "trim", "answerOnBridge"}
        | {"ringTone", "recordingTrack", "sequential", "referUrl", "referMethod", "callReason", "events"}
        | _RECORDING
    ),
    "Record": frozenset(
        {"action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim", "transcribe"}
        | {"transcribeCallback"}
        | _RECORDING
    ),
    "Gather": frozenset(
        {"input", "action", "method", "timeout", "finishOnKey", "numDigits", "speechTimeout", "maxSpeechTime", "hints"}
        | {"language", "bargeIn", "actionOnEmptyResult", "partialResultCallback", "partialResultCallbackMethod"}
        | {"profanityFilter", "speechModel", "enhanced", "debug"}
    ),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset(),
    "Reject": frozenset({"reason"}),
    "Stream": frozenset(
        {"url", "name", "track", "connectorName", "statusCallback", "statusCallbackMethod", "audioFormat", "sampleRate"}
    ),
    "Recording": frozenset({"trim", "track", "channels"} | _RECORDING),
    "Number": frozenset({"sendDigits", "url", "method", "byoc", "machineDetection"} | _CALLBACK),
    "Parameter": frozenset({"name", "value"}),
}


class TwimlRejected(Exception):
    """The carrier cannot run this document."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    """One element: a verb, or a noun inside one."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: tuple["Verb", ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def number(self, name: str, default: int) -> int:
        """A numeric attribute; nonsense falls back to the documented default, as Twilio does with a warning."""
        value = self.get(name)
        return int(value) if value.isdigit() else default


@dataclass(frozen=True, slots=True)
class Document:
    """What to do, in order, and what the carrier would warn about."""

    verbs: Sequence[Verb]
    warnings: Sequence[str]


def parse(text: str | bytes) -> Document:
    """The document's verbs, or TwimlRejected: 12100 for what is not TwiML, 12200 for a verb that does not exist."""
    try:
        root = ElementTree.fromstring(text)  # noqa: S314  # the only author is the product under test
    except ElementTree.ParseError as error:
        raise TwimlRejected(PARSE_FAILURE, f"document parse failure: {error}") from None
    if root.tag != "Response":
        raise TwimlRejected(PARSE_FAILURE, f"the root element is <{root.tag}>, not <Response>")
    warnings: list[str] = []
    return Document([_verb(element, frozenset(VERBS), warnings) for element in root], warnings)


def _verb(element: ElementTree.Element, allowed: frozenset[str], warnings: list[str]) -> Verb:
    name = element.tag
    if name not in allowed:
        raise TwimlRejected(SCHEMA, f"<{name}> is not allowed here")
    unknown = set(element.attrib) - ATTRIBUTES[name] if name in ATTRIBUTES else set()
    warnings.extend(f"attribute {attribute!r} is not allowed in <{name}>" for attribute in sorted(unknown))
    inside = VERBS.get(name) if name in VERBS else NOUNS.get(name)
    if name == "Say":
        return Verb(name, dict(element.attrib), " ".join("".join(element.itertext()).split()))
    children = tuple(_verb(child, inside or frozenset(), warnings) for child in element)
    return Verb(name, dict(element.attrib), (element.text or "").strip(), children)
