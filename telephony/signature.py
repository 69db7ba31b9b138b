"""Proves that a request or a socket came from Twilio: over the configured origin, never over what a header says."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from twilio.request_validator import HMAC_SHA1, RequestValidator, get_signature_algorithm

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"


class SignatureCheck:
    """Holds the account's tokens (the primary, and during a rotation the next) and our public origins."""

    def __init__(self, tokens: Iterable[str], public_origin: str, media_origin: str) -> None:
        self._validators = [RequestValidator(token) for token in tokens if token]
        self._public = public_origin.rstrip("/")
        self._media = media_origin.rstrip("/")

    def webhook(self, path: str, fields: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> bool:
        """True for a genuine webhook to `path` (with its query string); repeated fields are never genuine.

        Twilio's scheme runs names and values together and drops repeats, so a form with a repeated field could be
        signed for another one.
        """
        form = dict(fields)
        if len(form) != len(fields):
            return False
        return any(self._matches(url, form, headers) for url in _with_and_without_port(self._public + path))

    def upgrade(self, path: str, headers: Mapping[str, str]) -> bool:
        """True for a genuine media or relay socket: the wss URL as we gave it, and no fields."""
        return any(self._matches(url, {}, headers) for url in _with_and_without_port(self._media + path))

    def _matches(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        given = headers.get(SIGNATURE, "")
        algorithm = get_signature_algorithm(headers.get(SETTINGS, "")) or HMAC_SHA1
        if not given:
            return False
        try:
            wanted = [v.compute_signature(url, form, algorithm) for v in self._validators]
        except ValueError:
            return False
        return any([hmac.compare_digest(given.encode(), value.encode()) for value in wanted])


def _with_and_without_port(url: str) -> list[str]:
    """Twilio signs some requests with the scheme's default port written out, some without."""
    parts = urlsplit(url)
    default = {"https": 443, "wss": 443, "http": 80, "ws": 80}[parts.scheme]
    host = parts.hostname or ""
    if parts.port is None:
        return [url, parts._replace(netloc=f"{host}:{default}").geturl()]
    if parts.port == default:
        return [url, parts._replace(netloc=host).geturl()]
    return [url]
