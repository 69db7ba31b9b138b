"""The REST API: calls, messages and recordings, with Twilio's own error bodies."""

import base64
import re
from collections import deque
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import Protocol
from urllib.parse import parse_qsl

from simulator.carrier.calls import ENDED, Call, CallStatus, Goto, Hangup, Inline
from simulator.carrier.exchange import Exchange
from simulator.carrier.listing import listed, within
from simulator.carrier.messages import MessageRefused, Messages
from simulator.carrier.recordings import Recording
from simulator.http_server import HttpAnswer, HttpRequest

LONGEST_TWIML = 4_000
_E164 = re.compile(r"^\+[1-9]\d{7,14}$")
_ROOT = re.compile(r"^/2010-04-01/Accounts/(?P<account>AC\w+)(?:/(?P<rest>.+)|\.json)$")

Form = dict[str, str]


class RestRefused(Exception):
    """An error body, as Twilio writes it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Dials(Protocol):
    """Who places the calls this API creates."""

    async def place(self, call: Call, start: Goto | Inline, fallback: str = "") -> None: ...


class RestApi:
    """Beyond `requests_per_second`, when it is set, comes 429 (20429); `fail_next` requests are answered with 500. That
    many calls of `lose_calls` are placed and the request is never answered."""

    def __init__(self, exchange: Exchange, messages: Messages, dials: Dials) -> None:
        self._exchange, self._messages, self._dials = exchange, messages, dials
        self.requests_per_second = 0
        self.fail_next = 0
        self.lose_calls = 0
        self.log: list[tuple[str, str, Form]] = []
        self._recent: deque[float] = deque()

    async def answer(self, request: HttpRequest) -> HttpAnswer:
        form: Form = dict(request.form) if request.method == "POST" else {}
        self.log.append((request.method, request.path, form))
        try:
            self._admit(request)
            found = _ROOT.match(request.path)
            if found is None or found["account"] != self._exchange.settings.account_sid:
                raise _not_found(request.path)
            if found["rest"] is None:
                return self._account()
            return await self._route(request, found["rest"], form)
        except RestRefused as refused:
            more = f"https://www.twilio.com/docs/errors/{refused.code}"
            body = {"code": refused.code, "message": refused.message, "more_info": more, "status": refused.status}
            return HttpAnswer.of_json(body, refused.status)
        except MessageRefused as refused:
            more = f"https://www.twilio.com/docs/errors/{refused.code}"
            body = {"code": refused.code, "message": refused.message, "more_info": more, "status": refused.status}
            return HttpAnswer.of_json(body, refused.status)

    def _admit(self, request: HttpRequest) -> None:
        settings, now = self._exchange.settings, self._exchange.time()
        wanted = base64.b64encode(f"{settings.account_sid}:{settings.auth_token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            raise RestRefused(401, 20003, "Authenticate")
        if self.fail_next:
            self.fail_next -= 1
            raise RestRefused(500, 20500, "An internal server error has occurred")
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if self.requests_per_second and len(self._recent) >= self.requests_per_second:
            raise RestRefused(429, 20429, "Too Many Requests")
        self._recent.append(now)

    async def _route(self, request: HttpRequest, rest: str, form: Form) -> HttpAnswer:
        routes: list[tuple[str, str, Callable[..., Awaitable[HttpAnswer]]]] = [
            ("POST", r"Calls\.json", self._create_call),
            ("GET", r"Calls\.json", self._list_calls),
            ("GET", r"Calls/(CA\w+)\.json", self._fetch_call),
            ("POST", r"Calls/(CA\w+)\.json", self._update_call),
            ("POST", r"Calls/(CA\w+)/Recordings\.json", self._start_recording),
            ("GET", r"Calls/(CA\w+)/Recordings\.json", self._list_recordings),
            ("POST", r"Calls/(CA\w+)/Recordings/(RE\w+|Twilio\.CURRENT)\.json", self._update_recording),
            ("POST", r"Messages\.json", self._create_message),
            ("GET", r"Messages\.json", self._list_messages),
            ("GET", r"Messages/([SM]M\w+)\.json", self._fetch_message),
            ("GET", r"Messages/([SM]M\w+)/Media\.json", self._list_media),
            ("GET", r"Messages/([SM]M\w+)/Media/(ME\w+)", self._message_media),
            ("GET", r"Recordings\.json", self._list_recordings),
            ("GET", r"Recordings/(RE\w+)\.json", self._fetch_recording),
            ("GET", r"Recordings/(RE\w+)(?:\.(?:wav|mp3))?", self._recording_media),
            ("DELETE", r"Recordings/(RE\w+)(?:\.json)?", self._delete_recording),
        ]
        for method, pattern, handler in routes:
            found = re.fullmatch(pattern, rest)
            if found is not None and method == request.method:
                return await handler(request, form, *found.groups())
        if any(re.fullmatch(pattern, rest) for _, pattern, _ in routes):
            raise RestRefused(405, 20004, "Method not allowed")
        raise _not_found(request.path)

    def _account(self) -> HttpAnswer:
        sid = self._exchange.settings.account_sid
        return HttpAnswer.of_json({"sid": sid, "status": "active", "type": "Full"})

    # ---- calls -----------------------------------------------------------------------------------------------------

    async def _create_call(self, request: HttpRequest, form: Form) -> HttpAnswer:
        exchange, to, from_ = self._exchange, form.get("To", ""), form.get("From", "")
        if not to:
            raise RestRefused(400, 21201, "No 'To' number is specified")
        if not _E164.match(to):
            raise RestRefused(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
        if from_ not in exchange.numbers:
            raise RestRefused(400, 21210, f"The source phone number provided, {from_}, is not yet verified.")
        call = exchange.new_call(from_, to, "outbound-api")
        call.status_callback = form.get("StatusCallback", "")
        # The event is repeated in the form when there are several.
        events = [value for name, value in parse_qsl(request.body.decode()) if name == "StatusCallbackEvent"]
        call.status_events = tuple(events) or ("completed",)
        await self._dials.place(call, self._start(form), form.get("FallbackUrl", ""))
        if self.lose_calls:
            self.lose_calls -= 1
            raise ConnectionError("the answer is lost")
        return HttpAnswer.of_json(self._call(call), 201)

    def _start(self, form: Form) -> Goto | Inline:
        if form.get("Twiml"):
            if len(form["Twiml"]) > LONGEST_TWIML:
                raise RestRefused(400, 32018, "Twiml is longer than 4000 characters")
            return Inline(form["Twiml"])
        if form.get("Url"):
            return Goto(form["Url"], form.get("Method", "POST"))
        raise RestRefused(400, 21205, "Url parameter is required")

    async def _fetch_call(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        return HttpAnswer.of_json(self._call(self._find(sid, request.path)))

    async def _list_calls(self, request: HttpRequest, form: Form) -> HttpAnswer:
        query, chosen = request.query, list(self._exchange.calls.values())
        for name, field in (("From", "from_"), ("To", "to"), ("Status", "status"), ("ParentCallSid", "parent_sid")):
            if query.get(name):
                chosen = [call for call in chosen if str(getattr(call, field)) == query[name]]
        chosen = [call for call in chosen if within(call.created, query, "StartTime")]
        return listed("calls", [self._call(call) for call in reversed(chosen)], request)

    async def _update_call(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        call = self._find(sid, request.path)
        if call.over or call.status in ENDED:
            raise RestRefused(400, 21220, "Call is not in-progress. Cannot redirect.")
        status = form.get("Status")
        if status == "completed":
            call.interrupt(Hangup("application"))
        elif status == "canceled":
            if call.status is CallStatus.IN_PROGRESS:
                raise RestRefused(400, 21220, "Call is in-progress. Cannot cancel.")
            call.interrupt(Hangup("application"))
        elif form.get("Twiml") or form.get("Url"):
            if call.status is not CallStatus.IN_PROGRESS:
                raise RestRefused(400, 21220, "Call is not in-progress. Cannot redirect.")
            call.interrupt(self._start(form))
        elif status:
            raise RestRefused(400, 21218, "Status must be one of canceled or completed.")
        return HttpAnswer.of_json(self._call(call))

    def _find(self, sid: str, path: str) -> Call:
        call = self._exchange.calls.get(sid)
        if call is None:
            raise _not_found(path)
        return call

    def _call(self, call: Call) -> dict[str, object]:
        account, ended = self._exchange.settings.account_sid, call.status in ENDED
        created = format_datetime(call.created)
        return {
            "sid": call.sid,
            "account_sid": account,
            "parent_call_sid": call.parent_sid or None,
            "from": call.from_,
            "to": call.to,
            "from_formatted": call.from_,
            "to_formatted": call.to,
            "status": str(call.status),
            "direction": call.direction,
            "duration": str(call.seconds) if ended else None,
            "date_created": created,
            "date_updated": format_datetime(self._exchange.now()),
            "start_time": created,
            "end_time": format_datetime(self._exchange.now()) if ended else None,
            "answered_by": None,
            "api_version": "2010-04-01",
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "uri": f"/2010-04-01/Accounts/{account}/Calls/{call.sid}.json",
            "subresource_uris": {},
        }

    # ---- messages --------------------------------------------------------------------------------------------------

    async def _create_message(self, request: HttpRequest, form: Form) -> HttpAnswer:
        message = self._messages.send(form)
        if self._messages.loses_the_answer():
            raise ConnectionError("the answer is lost")
        return HttpAnswer.of_json(self._messages.described(message), 201)

    async def _list_messages(self, request: HttpRequest, form: Form) -> HttpAnswer:
        query, chosen = request.query, self._messages.listed()
        for name, field in (("From", "from_"), ("To", "to")):
            if query.get(name):
                chosen = [message for message in chosen if getattr(message, field) == query[name]]
        chosen = [message for message in chosen if within(message.created, query, "DateSent")]
        return listed("messages", [self._messages.described(message) for message in reversed(chosen)], request)

    async def _list_media(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        if sid not in self._messages.all:
            raise _not_found(request.path)
        kept = [(media_sid, self._messages.pictures[media_sid][1]) for media_sid in self._messages.all[sid].media]
        rows: list[dict[str, object]] = [{"sid": each, "parent_sid": sid, "content_type": kind} for each, kind in kept]
        return listed("media_list", rows, request)

    async def _fetch_message(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        if sid not in self._messages.all:
            raise _not_found(request.path)
        return HttpAnswer.of_json(self._messages.described(self._messages.all[sid]))

    async def _message_media(self, request: HttpRequest, form: Form, sid: str, media_sid: str) -> HttpAnswer:
        message = self._messages.all.get(sid)
        if message is None or media_sid not in message.media:
            raise _not_found(request.path)
        content, kind = self._messages.pictures[media_sid]
        return HttpAnswer(200, content, kind)

    # ---- recordings ------------------------------------------------------------------------------------------------

    async def _start_recording(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        call = self._find(sid, request.path)
        if call.status is not CallStatus.IN_PROGRESS:
            raise RestRefused(400, 21220, "Requested resource is not eligible for recording")
        channels = 1 if form.get("RecordingChannels", "dual") == "mono" else 2
        callback = form.get("RecordingStatusCallback", "")
        recording = self._exchange.begin_recording(call, "StartCallRecordingAPI", channels, callback)
        return HttpAnswer.of_json(self._recording(recording), 201)

    async def _update_recording(self, request: HttpRequest, form: Form, sid: str, recording_sid: str) -> HttpAnswer:
        """Only an end is simulated; Twilio.CURRENT is the one recording now under way."""
        call = self._find(sid, request.path)
        running = [r for r in self._exchange.recordings.values() if r.call_sid == sid and r.status == "in-progress"]
        chosen = next((r for r in running if recording_sid in ("Twilio.CURRENT", r.sid)), None)
        if chosen is None:
            raise _not_found(request.path)
        if form.get("Status") != "stopped":
            raise RestRefused(400, 21220, "Requested resource is not eligible for recording")
        self._exchange.end_recording(call, chosen)
        call.step("RecordingStopped", chosen.sid)
        return HttpAnswer.of_json(self._recording(chosen))

    async def _list_recordings(self, request: HttpRequest, form: Form, sid: str = "") -> HttpAnswer:
        chosen = [self._recording(r) for r in self._exchange.recordings.values() if sid in ("", r.call_sid)]
        return listed("recordings", chosen[::-1], request)

    async def _fetch_recording(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        return HttpAnswer.of_json(self._recording(self._kept(sid, request.path)))

    async def _recording_media(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        recording = self._kept(sid, request.path)
        if recording.status != "completed":
            raise _not_found(request.path)
        channels = int(request.query.get("RequestedChannels", recording.channels))
        return HttpAnswer(200, recording.media(channels), "audio/x-wav")

    async def _delete_recording(self, request: HttpRequest, form: Form, sid: str) -> HttpAnswer:
        self._kept(sid, request.path)
        del self._exchange.recordings[sid]
        return HttpAnswer(204)

    def _kept(self, sid: str, path: str) -> Recording:
        recording = self._exchange.recordings.get(sid)
        if recording is None:
            raise _not_found(path)
        return recording

    def _recording(self, recording: Recording) -> dict[str, object]:
        account = self._exchange.settings.account_sid
        return {
            "sid": recording.sid,
            "account_sid": account,
            "call_sid": recording.call_sid,
            "status": recording.status,
            "channels": recording.channels,
            "source": recording.source,
            "duration": str(recording.seconds),
            "date_created": format_datetime(recording.created),
            "start_time": format_datetime(recording.created),
            "error_code": None,
            "uri": f"/2010-04-01/Accounts/{account}/Recordings/{recording.sid}.json",
        }


def _not_found(path: str) -> RestRefused:
    return RestRefused(404, 20404, f"The requested resource {path} was not found")
