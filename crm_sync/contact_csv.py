"""Call and text logs of another phone system as CSV, under whatever names it gives its columns. Pure."""

import hashlib
import re
from collections import Counter

from crm_sync.lead_csv import told
from crm_sync.lead_ports import LeadContext
from crm_sync.lead_words import moment_of
from crm_sync.tables import NoTable, Row, Table, table_of
from followup.lead_facts import DEPARTMENTS, LoggedContact, Reading
from kit.phone import to_e164
from kit.plain_text import plain_line, plain_text
from kit.redaction import redact

_NAMES = {
    "at": "datetime calltime starttime calldate timestamp startedat callstart callstarttime sentat createdat received"
    " senttime date",
    "time": "time timeofday",
    "direction": "direction calltype type calldirection messagetype messagedirection",
    "caller": "caller callerid callernumber callingnumber ani",
    "from": "from fromnumber sender",
    "to": "to tonumber called callednumber dialednumber dnis destination recipient",
    "number": "phone phonenumber customernumber customerphone number externalnumber remotenumber contact",
    "outcome": "result outcome status disposition callresult callstatus",
    "seconds": "duration durationseconds talktime calllength length callduration seconds",
    "staff": "agent user employee answeredby staff agentname username",
    "external_id": "callid id uniqueid sid messageid recordid callsid messagesid",
    "department": "department queue group line skill",
    "body": "text message body content",
}
ALIASES = {alias: name for name, aliases in _NAMES.items() for alias in aliases.split()}

_INBOUND = ("in", "inbound", "incoming", "received", "missed")
_OUTBOUND = ("out", "outbound", "outgoing", "sent", "dialed")
_OUTCOMES = (
    ("voicemail", "voicemail_left"),
    ("abandonedqueue", "abandoned_hold"),
    ("abandonedhold", "abandoned_hold"),
    ("abandonedivr", "abandoned_ivr"),
    ("unanswered", "no_answer"),
    ("notanswered", "no_answer"),
    ("noanswer", "no_answer"),
    ("missed", "abandoned_ring"),
    ("abandon", "abandoned_ring"),
    ("busy", "busy"),
    ("answered", "spoke_customer"),
    ("connected", "spoke_customer"),
    ("completed", "spoke_customer"),
    ("accepted", "spoke_customer"),
)


def read_call_log(body: bytes, context: LeadContext) -> Reading:
    return _log(body, context, "call")


def read_text_log(body: bytes, context: LeadContext) -> Reading:
    return _log(body, context, "text")


def _log(body: bytes, context: LeadContext, channel: str) -> Reading:
    try:
        table = table_of(body, ALIASES)
    except NoTable as reason:
        return Reading(says=f"{reason}; needed are a time, a direction and a number")
    contacts, problems = [], list(table.problems)
    unknown: Counter[str] = Counter()
    for row in table.rows:
        read = _contact(row, table, context, channel)
        if isinstance(read, str):
            problems.append(f"line {row.number}: {read}")
            continue
        contacts.append(read)
        if channel == "call" and not read.outcome:
            unknown[plain_line(row.get("outcome"), 40)] += 1
    problems += [f"{rows} rows with a result nobody mapped: “{word or 'none'}”" for word, rows in unknown.items()]
    return Reading(contacts=tuple(contacts), says=told(problems))


def _contact(row: Row, table: Table, context: LeadContext, channel: str) -> LoggedContact | str:
    """The contact in a row, or why there is none."""
    at = moment_of(f"{row.get('at')} {row.get('time')}".strip(), context.zone)
    if at is None:
        return "no time we can read"
    direction = _direction(row, table)
    if not direction:
        return "does not say whether it came in or went out"
    theirs = ("caller", "from", "number") if direction == "inbound" else ("to", "number")
    written = next((row.get(name) for name in theirs if row.get(name)), "")
    number = to_e164(written[:40]) or ""
    outcome = _outcome(f"{row.get('direction')} {row.get('outcome')}") if channel == "call" else ""
    text = redact(plain_text(row.get("body"), 2000)) if channel == "text" else ""
    named = plain_line(row.get("external_id"), 120)
    facts = f"{channel}|{direction}|{at.isoformat()}|{written}|{text}"
    return LoggedContact(
        channel,
        direction,
        at,
        number,
        named or f"row:{hashlib.sha256(facts.encode()).hexdigest()[:32]}",
        outcome,
        _seconds(row.get("seconds")),
        plain_line(row.get("staff"), 120),
        next((name for name in DEPARTMENTS if name in row.get("department").lower()), ""),
        text,
    )


def _direction(row: Row, table: Table) -> str:
    """What the row says; a log that names callers and no direction is one of calls that came in."""
    word = re.sub(r"[^a-z]", "", row.get("direction").lower())
    if any(word.startswith(each) for each in _OUTBOUND):
        return "outbound"
    if any(word.startswith(each) for each in _INBOUND):
        return "inbound"
    return "inbound" if "direction" not in table.named and row.get("caller") else ""


def _outcome(words: str) -> str:
    squeezed = re.sub(r"[^a-z]", "", words.lower())
    return next((outcome for word, outcome in _OUTCOMES if word in squeezed), "")


def _seconds(text: str) -> int | None:
    """A length as seconds, minutes:seconds or hours:minutes:seconds."""
    parts = text.strip().split(":")
    if not all(re.fullmatch(r"\d{1,6}(?:\.\d+)?", part) for part in parts) or len(parts) > 3:
        return None
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return round(total)
