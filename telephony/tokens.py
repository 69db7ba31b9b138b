"""The one-use token that ties a socket to the call whose webhook announced it."""

import base64
import hashlib
import hmac


class StreamTokens:
    """Makes the token of a call's n-th connection: the same for a repeated webhook, and kept only as a hash."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"lanekeeper stream token\0" + secret.encode()).digest()

    def token(self, call_sid: str, connection: int) -> str:
        mac = hmac.new(self._key, f"{call_sid}\0{connection}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    @staticmethod
    def hashed(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
