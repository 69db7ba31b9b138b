"""Text messages: sent through the REST API with the documented refusals and statuses, or received from somebody."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from simulator.carrier.exchange import Exchange

_E164 = re.compile(r"^\+[1-9]\d{7,14}$")
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})
_STOPPED = "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe."  # noqa: E501
_STARTED = "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."  # noqa: E501
_HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


class MessageRefused(Exception):
    """The API answers 400 (or the given status) with this code."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class Message:
    """One text and what became of it."""

    sid: str
    from_: str
    to: str
    body: str
    direction: str
    created: datetime
    status: str = "queued"
    error_code: int | None = None
    callback: str = ""
    validity_seconds: int = 14_400
    media: list[str] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)


@dataclass
class MessageFaults:
    """What can go wrong with texts, as switches; all off by default.

    `refuse` answers sends to a number with a code; `undeliverable` gives the final error of a delivery. `lose_answers`
    takes that many texts and never answers the request. `listed_after_s` is how late a message shows up in the list.
    `webhooks_lost`: what people send us is never posted to us.
    """

    copies: int = 1
    delay_s: float = 0.0
    callbacks_shuffled: bool = False
    callbacks_lost: bool = False
    refuse: dict[str, int] = field(default_factory=dict)
    undeliverable: dict[str, int] = field(default_factory=dict)
    lose_answers: int = 0
    listed_after_s: float = 0.0
    webhooks_lost: bool = False


class Messages:
    """Numbers in `landlines` cannot be texted; numbers that sent STOP cannot be reached until START."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.all: dict[str, Message] = {}
        self.opted_out: set[tuple[str, str]] = set()
        self.landlines: set[str] = set()
        self.faults = MessageFaults()
        self.pictures: dict[str, tuple[bytes, str]] = {}

    async def receive(self, from_: str, to: str, body: str, pictures: Sequence[tuple[bytes, str]] = ()) -> Message:
        """Somebody's text to one of our numbers, posted to its message URL; with copies and delays when asked for."""
        exchange, number = self._exchange, self._exchange.numbers[to]
        sid = exchange.sid("MM" if pictures else "SM")
        message = Message(sid, from_, to, body, "inbound", exchange.now(), "received")
        self.all[sid] = message
        for content, kind in pictures:
            media_sid = exchange.sid("ME")
            self.pictures[media_sid] = (content, kind)
            message.media.append(media_sid)
        self._handle_keyword(message)
        if number.message_path and not self.faults.webhooks_lost:
            fields = self._fields(message) | {"Body": body, "NumMedia": str(len(message.media)), "NumSegments": "1"}
            fields |= {"SmsMessageSid": sid, "SmsSid": sid, "SmsStatus": "received"}
            for position, media_sid in enumerate(message.media):
                fields[f"MediaUrl{position}"] = f"{self._media_url(sid, media_sid)}"
                fields[f"MediaContentType{position}"] = self.pictures[media_sid][1]
            url = exchange.public(number.message_path)
            await asyncio.gather(*(self._post(url, fields) for _ in range(self.faults.copies)))
        return message

    def listed(self) -> list[Message]:
        """What the list shows by now, the oldest first."""
        before = self._exchange.now() - timedelta(seconds=self.faults.listed_after_s)
        return [message for message in self.all.values() if message.created <= before]

    async def _post(self, url: str, fields: Mapping[str, str]) -> None:
        if self.faults.delay_s:
            await asyncio.sleep(self._exchange.random.random() * self.faults.delay_s)
        await self._exchange.webhooks.send(url, fields)

    def _handle_keyword(self, message: Message) -> None:
        """What Twilio does by itself with a single keyword, and the answer it sends."""
        pair, word = (message.to, message.from_), message.body.strip().upper()
        if word in _STOP and pair not in self.opted_out:
            self.opted_out.add(pair)
            self._reply(message, _STOPPED)
        elif word in _START and pair in self.opted_out:
            self.opted_out.discard(pair)
            self._reply(message, _STARTED)
        elif word in _HELP:
            self._reply(message, _HELPED)

    def _reply(self, message: Message, body: str) -> None:
        exchange = self._exchange
        sid = exchange.sid("SM")
        answer = Message(sid, message.to, message.from_, body, "outbound-reply", exchange.now(), "delivered")
        self.all[sid] = answer

    def send(self, form: Mapping[str, str]) -> Message:
        """POST Messages.json. Raises what Twilio refuses."""
        to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        if not to:
            raise MessageRefused(21604, "A 'To' phone number is required.")
        if not _E164.match(to):
            raise MessageRefused(21211, f"The 'To' number {to} is not a valid phone number.")
        if from_ not in self._exchange.numbers:
            raise MessageRefused(21606, f"The 'From' phone number {from_} is not a message-capable number of yours.")
        if not body:
            raise MessageRefused(21602, "Message body is required.")
        if len(body) > 1600:
            raise MessageRefused(21617, "The concatenated message body exceeds the 1600 character limit.")
        if (from_, to) in self.opted_out:
            raise MessageRefused(21610, "Attempt to send to unsubscribed recipient")
        if to in self.faults.refuse:
            code = self.faults.refuse[to]
            raise MessageRefused(code, f"Refused with {code}", 429 if code == 20429 else 400)
        validity = form.get("ValidityPeriod", "14400")
        if not validity.isdigit() or not 1 <= int(validity) <= 36_000:
            raise MessageRefused(21720, f"The ValidityPeriod {validity} is not valid.")
        exchange = self._exchange
        message = Message(exchange.sid("SM"), from_, to, body, "outbound-api", exchange.now())
        message.callback, message.validity_seconds = form.get("StatusCallback", ""), int(validity)
        self.all[message.sid] = message
        exchange.spawn(self._deliver(message), f"message {message.sid}")
        return message

    def loses_the_answer(self) -> bool:
        """Whether this request is taken and its answer never comes."""
        if self.faults.lose_answers:
            self.faults.lose_answers -= 1
            return True
        return False

    async def _deliver(self, message: Message) -> None:
        code = 30006 if message.to in self.landlines else self.faults.undeliverable.get(message.to)
        path = ["sending", "sent", "undelivered" if code else "delivered"]
        told = []
        for status in path:
            await asyncio.sleep(0.4)
            message.status = status
            message.statuses.append(status)
            if status == "undelivered":
                message.error_code = code
            if message.callback and status != "sending" and not self.faults.callbacks_lost:
                more = {"MessageStatus": status, "SmsStatus": status, "SmsSid": message.sid}
                if message.error_code:
                    more["ErrorCode"] = str(message.error_code)
                told.append(self._fields(message) | more)
                if not self.faults.callbacks_shuffled:
                    await self._exchange.webhooks.send(message.callback, told.pop())
        self._exchange.random.shuffle(told)
        for fields in told:
            await self._exchange.webhooks.send(message.callback, fields)

    def _media_url(self, sid: str, media_sid: str) -> str:
        account = self._exchange.settings.account_sid
        return f"https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{sid}/Media/{media_sid}"

    def _fields(self, message: Message) -> dict[str, str]:
        return {
            "AccountSid": self._exchange.settings.account_sid,
            "ApiVersion": "2010-04-01",
            "MessageSid": message.sid,
            "From": message.from_,
            "To": message.to,
        }

    def described(self, message: Message) -> dict[str, object]:
        """The message as the API shows it."""
        account = self._exchange.settings.account_sid
        created = format_datetime(message.created, usegmt=False)
        return {
            "sid": message.sid,
            "account_sid": account,
            "from": message.from_,
            "to": message.to,
            "body": message.body,
            "status": message.status,
            "direction": message.direction,
            "error_code": message.error_code,
            "error_message": None,
            "date_created": created,
            "date_sent": created,
            "date_updated": created,
            "num_segments": "1",
            "num_media": str(len(message.media)),
            "price": None,
            "price_unit": "USD",
            "messaging_service_sid": None,
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{message.sid}.json",
            "subresource_uris": {},
        }
