"""The few TwiML documents we answer with; every one that connects the agent carries on to a person by itself."""

from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.twiml.voice_response import Connect, Dial, Gather, Start, VoiceResponse

from agent.house.understanding import Language
from telephony.gather import Reply

_TAGS = {Language.ENGLISH: "en-US", Language.SPANISH: "es-US"}
_LISTEN_SECONDS = 6
CONTENT_TYPE = "text/xml; charset=utf-8"
NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""To a text: our answer goes out by the API, when there is one."""


@dataclass(frozen=True)
class Urls:
    """Our addresses as Twilio sees them."""

    public: str
    sockets: str

    def webhook(self, name: str, **query: str) -> str:
        return f"{self.public}/twilio/{name}" + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True)
class Agent:
    """How the call is connected to the agent: `kind` is stream (a speech model), relay or gather (the house agent)."""

    kind: str
    token: str
    record: bool


@dataclass(frozen=True)
class HumanPath:
    """Ring this number for so long, then record a message of at most so long."""

    store_phone: str
    dial_seconds: int
    voicemail_seconds: int


def disclosure(store_name: str, *, record: bool) -> str:
    """Said before anything else on every call: who this is, that it is software, that it records (rules C11, C12)."""
    recorded = " This call is recorded." if record else ""
    return f"Thank you for calling {store_name}. You are speaking with an automated AI assistant.{recorded}"


def answer(urls: Urls, say: str, agent: Agent, human: HumanPath, voice: str = "", relay_voice: str = "") -> str:
    """Disclosure, then the agent, then, should we be dead, the store's phone and a voicemail.

    `<Connect action>` is asked for what comes next while we live. A dead server cannot answer it: then Twilio goes on
    with the verbs below, or with the number's fallback URL (`human_path`), depending on how the stream broke.
    """
    document = VoiceResponse()
    _say(document, say, voice)
    if agent.record:
        start = Start()
        start.recording(
            recording_status_callback=urls.webhook("recording"),
            recording_status_callback_event="completed",
            channels="dual",
            track="both",
        )
        document.append(start)
    _agent(document, urls, agent, relay_voice)
    _human(document, urls, human, voice)
    return str(document)


def resume(urls: Urls, agent: Agent, human: HumanPath, voice: str = "", relay_voice: str = "") -> str:
    """The same call on another process: no second disclosure, no second recording."""
    document = VoiceResponse()
    _agent(document, urls, agent, relay_voice)
    _human(document, urls, human, voice)
    return str(document)


def ask(urls: Urls, reply: Reply, token: str, turn: int, human: HumanPath, voice: str = "") -> str:
    """Speaks and listens; should the answer not reach us, the store's phone."""
    document, tag = VoiceResponse(), _TAGS[reply.language]
    gather = Gather(
        input="speech dtmf",
        action=urls.webhook("gather", token=token, turn=str(turn)),
        language=tag,
        timeout=_LISTEN_SECONDS,
        speech_timeout="auto",
        finish_on_key="#",
        action_on_empty_result=True,
    )
    gather.say(reply.text, language=tag, voice=voice or None)
    document.append(gather)
    _human(document, urls, human, voice)
    return str(document)


def leave(urls: Urls, reply: Reply | None, voice: str = "") -> str:
    """The last words, then whatever the call's row says is next."""
    document = VoiceResponse()
    if reply is not None and reply.text:
        document.say(reply.text, language=_TAGS[reply.language], voice=voice or None)
    document.redirect(urls.webhook("after-stream"))
    return str(document)


def dial(
    action: str,
    number: str,
    *,
    ring_seconds: int,
    limit_seconds: int,
    whisper_url: str = "",
    extension: str = "",
    say: str = "",
    voice: str = "",
) -> str:
    """Rings a person and reports how it went. With a whisper the caller hears it ring until the person has accepted."""
    document = VoiceResponse()
    if say:
        _say(document, say, voice)
    dialling = Dial(action=action, timeout=ring_seconds, time_limit=limit_seconds, answer_on_bridge=True)
    # Half a second each "w": a phone menu has to be talking before it listens.
    keys = f"ww{extension}" if extension else None
    dialling.number(number, url=whisper_url or None, send_digits=keys)
    document.append(dialling)
    return str(document)


def call_out(
    action: str, number: str, caller_id: str, *, ring_seconds: int, limit_seconds: int, voice: str = ""
) -> str:
    """Rings a customer for whoever is on the line; they see the store's number."""
    document = VoiceResponse()
    _say(document, "Calling them now.", voice)
    dialling = Dial(action=action, timeout=ring_seconds, time_limit=limit_seconds, caller_id=caller_id)
    dialling.number(number)
    document.append(dialling)
    return str(document)


def one_key(action: str, say: str, voice: str = "") -> str:
    """Asks for one key; without one the call is over."""
    document = VoiceResponse()
    gather = document.gather(input="dtmf", num_digits=1, action=action, timeout=8, finish_on_key="")
    gather.say(say, voice=voice or None)
    document.hangup()
    return str(document)


def screening(action: str, about: str, press: str, voice: str = "") -> str:
    """To the person alone: what it is about, then twice how to take it. No key is an answer too, and is reported."""
    document = VoiceResponse()
    first = document.gather(input="dtmf", num_digits=1, action=action, timeout=3, finish_on_key="")
    first.say(f"{about} {press}", voice=voice or None)
    again = document.gather(
        input="dtmf", num_digits=1, action=action, timeout=5, finish_on_key="", action_on_empty_result=True
    )
    again.say(press, voice=voice or None)
    document.hangup()
    return str(document)


def say(text: str, voice: str = "") -> str:
    """Words, and the call goes on as it was."""
    document = VoiceResponse()
    _say(document, text, voice)
    return str(document)


def human_path(urls: Urls, human: HumanPath, say: str = "", voice: str = "") -> str:
    """A person, else a voicemail; needs nothing more from us."""
    document = VoiceResponse()
    if say:
        _say(document, say, voice)
    _human(document, urls, human, voice)
    return str(document)


def standing_fallback(store_phone: str) -> str:
    """A document that needs no server of ours: the store's phone, then a message kept at Twilio until we fetch it."""
    document = VoiceResponse()
    document.say("Please hold while we connect you.")
    dialling = Dial(timeout=25)
    dialling.number(store_phone)
    document.append(dialling)
    document.say("If you still need us, please leave a message after the tone. We will call you back.")
    document.record(max_length=120, play_beep=True)
    document.hangup()
    return str(document)


def voicemail(urls: Urls, say: str, seconds: int, voice: str = "") -> str:
    """Takes a message and says goodbye."""
    document = VoiceResponse()
    _say(document, say, voice)
    _record(document, urls, seconds)
    _say(document, "We did not get a message. Goodbye.", voice)
    document.hangup()
    return str(document)


def say_and_hang_up(say: str, voice: str = "") -> str:
    document = VoiceResponse()
    if say:
        _say(document, say, voice)
    document.hangup()
    return str(document)


def _say(document: VoiceResponse, text: str, voice: str) -> None:
    document.say(text, voice=voice or None)


def _agent(document: VoiceResponse, urls: Urls, agent: Agent, relay_voice: str) -> None:
    if agent.kind == "gather":
        document.redirect(urls.webhook("gather", token=agent.token, turn="0"))
    else:
        document.append(_connect(urls, agent, relay_voice))


def _connect(urls: Urls, agent: Agent, relay_voice: str) -> Connect:
    connect = Connect(action=urls.webhook("after-stream"))
    if agent.kind == "relay":
        socket = connect.conversation_relay(
            url=f"{urls.sockets}/relay/call", voice=relay_voice or None, interruptible="any", dtmf_detection="true"
        )
    else:
        socket = connect.stream(url=f"{urls.sockets}/media/call")
    socket.parameter(name="token", value=agent.token)
    return connect


def _human(document: VoiceResponse, urls: Urls, human: HumanPath, voice: str) -> None:
    dialling = Dial(timeout=human.dial_seconds)
    # Told when somebody picks up, without the document depending on us: an action would end it when we are dead.
    dialling.number(human.store_phone, status_callback=urls.webhook("person"), status_callback_event="answered")
    document.append(dialling)
    _say(document, "If you still need us, please leave a message after the tone. We will call you back.", voice)
    _record(document, urls, human.voicemail_seconds)
    document.hangup()


def _record(document: VoiceResponse, urls: Urls, seconds: int) -> None:
    document.record(
        max_length=seconds,
        play_beep=True,
        action=urls.webhook("after-voicemail"),
        recording_status_callback=urls.webhook("recording", kind="voicemail"),
    )
