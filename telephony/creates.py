"""What Twilio's answer to a create means for whoever must not do it twice."""

from typing import Any

import httpx

from followup.ports import Accepted, NotSent, Rejected, SendOutcome, Unknown


def outcome_of(answer: httpx.Response) -> SendOutcome:
    """What an answer to a create means: only Twilio's own refusals are certain to have made nothing."""
    body = json_of(answer)
    status = answer.status_code
    if status in (200, 201) and body.get("sid"):
        return Accepted(str(body["sid"]), str(body.get("status", "")))
    if status == 429:
        return NotSent("Twilio answered 429")
    if 400 <= status < 500:
        number = body.get("code")
        return Rejected(number if isinstance(number, int) else status, str(body.get("message", ""))[:200])
    return Unknown(f"Twilio answered {status}")


def json_of(answer: httpx.Response) -> dict[str, Any]:
    """Its body, or nothing where it is no JSON object."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
