"""A form's own signature: that we handed it out, and when. Pure."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

LONGEST = timedelta(hours=24)


def form_token(form_key: str, now: datetime) -> str:
    at = str(int(now.timestamp()))
    return f"{at}.{_signed(form_key, at)}"


def age_of(form_key: str, token: str, now: datetime) -> timedelta | None:
    """How long ago we handed the form out; None when we did not, or too long ago."""
    at, _, signature = token.partition(".")
    if not hmac.compare_digest(signature.encode(), _signed(form_key, at).encode()) or not at.isdigit():
        return None
    age = now - datetime.fromtimestamp(int(at), UTC)
    return age if -timedelta(minutes=1) < age < LONGEST else None


def _signed(form_key: str, at: str) -> str:
    return hmac.new(bytes.fromhex(form_key), f"lead form {at}".encode(), hashlib.sha256).hexdigest()
