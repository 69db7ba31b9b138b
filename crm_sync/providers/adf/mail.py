"""An e-mail with a lead in it: attached, in the text, or in the page; else the mail itself is the lead. Pure."""

import re
from email import message_from_bytes, policy
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message

from crm_sync.lead_ports import LeadContext
from crm_sync.providers.adf import read_adf
from followup.lead_facts import MOST_COMMENTS, Channel, ParseState, Reading, raw_lead
from kit.plain_text import plain_line, plain_text
from kit.redaction import redact

_MOST_PARTS = 40
_MOST_LINES = 500
"""Lines that could part a message: reading more of them takes longer than any lead is worth."""
_MULTIPART = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.I | re.M)
_MARKUP = re.compile(r"<[^<>]{0,2000}>")


def read_adf_mail(raw: bytes, context: LeadContext) -> Reading:
    """The leads of the part that reads best; a mail without any is one raw lead with its words as comments."""
    if raw.count(b"\n--") > _MOST_LINES or len(_MULTIPART.findall(raw)) > _MOST_PARTS:
        return Reading((raw_lead(Channel.EMAIL, raw, "has more parts than any lead"),))
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
        parts = _parts(message)
    except (MessageError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return Reading((raw_lead(Channel.EMAIL, raw, "is no e-mail we can read"),))
    reading = Reading(())
    for _, body in sorted(parts, key=lambda part: part[0]):
        reading = read_adf(body, context)
        if reading.leads[0].parse_state is not ParseState.RAW:
            return reading
    reason = reading.leads[0].reason if reading.leads else "is empty"
    return Reading((raw_lead(Channel.EMAIL, raw, reason, _words(message, parts)),))


def _parts(message: Message) -> list[tuple[int, bytes]]:
    """Decoded parts with how likely each is the lead: attached XML, then text, then a page, then anything."""
    found = []
    for part in _leaves(message):
        kind = part.get_content_type()
        name = str(part.get_filename() or "").lower()
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes) or not body.strip():
            continue
        if "xml" in kind or "adf" in kind or name.endswith((".xml", ".adf")):
            found.append((0, body))
        elif kind == "text/plain":
            found.append((1, body))
        elif kind == "text/html":
            found.append((2, body))
        elif kind.startswith("application/"):
            found.append((3, body))
    return found


def _leaves(message: Message) -> list[Message]:
    """The parts that hold something, without recursion and no more than a mail has."""
    found: list[Message] = []
    waiting = [message]
    while waiting and len(found) < _MOST_PARTS:
        part = waiting.pop(0)
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            waiting += [each for each in inner if isinstance(each, Message)]
        else:
            found.append(part)
    return found


def _words(message: Message, parts: list[tuple[int, bytes]]) -> str:
    """What a person would read: from, subject, text."""
    said = next((body.decode("utf-8", "replace") for rank, body in sorted(parts) if rank in (1, 2)), "")
    head = [f"{name}: {_header(message, name)}" for name in ("From", "Subject") if message.get(name)]
    return redact(plain_text("\n".join([*head, _MARKUP.sub(" ", said)]), MOST_COMMENTS))


def _header(message: Message, name: str) -> str:
    text = str(message.get(name))[:500]
    try:
        return plain_line(str(make_header(decode_header(text))), 300)
    except (HeaderParseError, LookupError, ValueError):
        return plain_line(text, 300)
