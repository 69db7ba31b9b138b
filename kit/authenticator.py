"""The second factor: six digits of an authenticator app that change every 30 seconds (TOTP, RFC 6238). Pure."""

import io
import secrets
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_secret() -> str:
    """What the app and we both keep."""
    return pyotp.random_base32()


def app_address(secret: str, email: str) -> str:
    """The address an authenticator app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Lanekeeper")


def picture(address: str) -> str:
    """The address as a QR code, an SVG document."""
    made = io.BytesIO()
    segno.make(address, error="m").save(made, kind="svg", scale=5, border=4, light="#fff", xmldecl=False)
    return made.getvalue().decode()


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step of a right code: now or a neighbor, and later than the last one used; None when it is wrong."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    current = int(now.timestamp()) // STEP_SECONDS
    maker = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        if step > last_step and secrets.compare_digest(maker.generate_otp(step), digits):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Ten codes for the day the telephone is gone: 50 bits each, in two groups a person can copy."""
    return ["-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(10)]


def bare_recovery_code(typed: str) -> str:
    """A recovery code as it was typed, without what people add."""
    return "".join(c for c in typed.lower() if c.isalnum())
