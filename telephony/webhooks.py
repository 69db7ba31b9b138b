"""Twilio's HTTP side: verify, parse, call one domain function, answer."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request, Response

from kit.logging import logger
from telephony import after_call, answering, calling_back, handing_off, inbound_texts, twiml
from telephony.edge import TwilioEdge
from telephony.forms import (
    BadForm,
    CallProgress,
    fields,
    parse_call,
    parse_delivery,
    parse_gathered,
    parse_progress,
    parse_text,
)

_log = logger("telephony.webhooks")

Form = Mapping[str, str]


class Refused(Exception):
    """The request is not Twilio's, or not one we understand; `status` is what it is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def twilio_router(edge: TwilioEdge) -> APIRouter:
    """Every route Twilio is given, under /twilio."""
    router = APIRouter(prefix="/twilio")

    async def on_voice(form: Form, _query: Form) -> str:
        return await answering.answer(edge, parse_call(form))

    async def on_status(form: Form, _query: Form) -> str:
        await after_call.status(edge, parse_progress(form), dict(form))
        return ""

    async def on_gather(form: Form, query: Form) -> str:
        return await answering.gathered(edge, parse_gathered(form), query.get("token", ""), query.get("turn", ""))

    async def on_person(form: Form, _query: Form) -> str:
        await after_call.person_answered(edge, parse_progress(form))
        return ""

    async def on_recording(form: Form, query: Form) -> str:
        await after_call.recorded(edge, parse_progress(form), query.get("kind", "call"))
        return ""

    async def on_message(form: Form, _query: Form) -> str:
        await inbound_texts.receive(edge, parse_text(form))
        return twiml.NO_REPLY

    async def on_message_status(form: Form, query: Form) -> str:
        await inbound_texts.delivered(edge, parse_delivery(form), query.get("o", ""))
        return ""

    def progress(step: Callable[[TwilioEdge, CallProgress], Awaitable[str]]) -> "Handler":
        async def handle(form: Form, _query: Form) -> str:
            return await step(edge, parse_progress(form))

        return handle

    def of_hand_off(step: Callable[[TwilioEdge, CallProgress, str], Awaitable[str]]) -> "Handler":
        async def handle(form: Form, query: Form) -> str:
            return await step(edge, parse_progress(form), query.get("h", "")[:32])

        return handle

    def of_callback(step: Callable[[TwilioEdge, CallProgress, str], Awaitable[str]]) -> "Handler":
        async def handle(form: Form, query: Form) -> str:
            return await step(edge, parse_progress(form), query.get("c", "")[:32])

        return handle

    async def on_callback_status(form: Form, query: Form) -> str:
        await calling_back.status(edge, parse_progress(form), query.get("c", "")[:32])
        return ""

    handlers: dict[str, Handler] = {
        "voice": on_voice,
        "gather": on_gather,
        "after-stream": progress(after_call.after_stream),
        "after-dial": of_hand_off(handing_off.after_dial),
        "whisper": of_hand_off(handing_off.picked_up),
        "whisper-answer": of_hand_off(handing_off.answered),
        "after-voicemail": progress(after_call.after_voicemail),
        "fallback": progress(after_call.fallback),
        "status": on_status,
        "person": on_person,
        "recording": on_recording,
        "message": on_message,
        "message-status": on_message_status,
        "callback": of_callback(calling_back.picked_up),
        "callback-answer": of_callback(calling_back.answered),
        "callback-over": of_callback(calling_back.over),
        "callback-said": of_callback(calling_back.said),
        "callback-status": on_callback_status,
    }
    for name, handler in handlers.items():
        router.add_api_route(f"/{name}", _route(edge, handler), methods=["POST"], include_in_schema=False)
    return router


Handler = Callable[[Form, Form], Awaitable[str]]


def _route(edge: TwilioEdge, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            form = await _genuine(edge, request)
            body = await handler(form, request.query_params)
        except Refused as refused:
            _log.warning("webhook_refused", path=request.url.path, reason=str(refused))
            return Response(status_code=refused.status)
        except BadForm as error:
            _log.warning("webhook_form_unusable", path=request.url.path, reason=str(error))
            return Response(status_code=422)
        except Exception:
            # The webhook edge: whatever broke, the caller gets a person through the fallback URL or the store's phone.
            _log.exception("webhook_failed", path=request.url.path)
            return Response(status_code=500)
        return Response(body, media_type=twiml.CONTENT_TYPE) if body else Response(status_code=204)

    return endpoint


async def _genuine(edge: TwilioEdge, request: Request) -> Form:
    body = await _body(request, edge.settings.webhook_bytes)
    pairs = fields(body, edge.settings.webhook_fields)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if not edge.signature.webhook(path, pairs, request.headers):
        raise Refused(403, "signature")
    form = dict(pairs)
    account = edge.settings.twilio_account_sid
    if account and form.get("AccountSid") != account:
        raise Refused(403, "account")
    return form


async def _body(request: Request, most: int) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > most:
            raise Refused(413, "too large")
    return bytes(received)
