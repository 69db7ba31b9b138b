"""Twilio's request signature: HMAC-SHA1 over the exact URL followed by the sorted form fields. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signature(auth_token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """What X-Twilio-Signature holds. A field given twice counts once per distinct value, values sorted."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()).decode()
