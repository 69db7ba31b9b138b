"""Text messages: sent through the REST API with the documented refusals and statuses, or received from somebody."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from simulator.carrier.exchange import Exchange

_E164 = re.compile(r"^\+[1-9]\d{7,14}$")
_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
_START = frozenset({"START", "YES", "UNSTOP"})


class MessageRefused(Exception):
    """The API answers 400 with this code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


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
    statuses: list[str] = field(default_factory=list)


class Messages:
    """Numbers in `landlines` cannot be texted; numbers that sent STOP cannot be reached until START."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.all: dict[str, Message] = {}
        self.opted_out: set[tuple[str, str]] = set()
        self.landlines: set[str] = set()

    async def receive(self, from_: str, to: str, body: str) -> Message:
        """Somebody's text to one of our numbers, posted to its message URL."""
        exchange, number = self._exchange, self._exchange.numbers[to]
        message = Message(exchange.sid("SM"), from_, to, body, "inbound", exchange.now(), "received")
        self.all[message.sid] = message
        word = body.strip().upper()
        if word in _STOP:
            self.opted_out.add((to, from_))
        elif word in _START:
            self.opted_out.discard((to, from_))
        if number.message_path:
            fields = self._fields(message) | {"Body": body, "NumMedia": "0", "NumSegments": "1"}
            await exchange.webhooks.send(exchange.public(number.message_path), fields)
        return message

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
        exchange = self._exchange
        message = Message(exchange.sid("SM"), from_, to, body, "outbound-api", exchange.now())
        message.callback = form.get("StatusCallback", "")
        self.all[message.sid] = message
        exchange.spawn(self._deliver(message), f"message {message.sid}")
        return message

    async def _deliver(self, message: Message) -> None:
        path = ["sending", "sent", "delivered"]
        if message.to in self.landlines:
            path, message.error_code = ["sending", "undelivered"], 30006
        for status in path:
            await asyncio.sleep(0.4)
            message.status = status
            message.statuses.append(status)
            if message.callback and status != "sending":
                more = {"MessageStatus": status, "SmsStatus": status, "SmsSid": message.sid}
                if message.error_code and status == "undelivered":
                    more["ErrorCode"] = str(message.error_code)
                await self._exchange.webhooks.send(message.callback, self._fields(message) | more)

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
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "messaging_service_sid": None,
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{message.sid}.json",
            "subresource_uris": {},
        }
