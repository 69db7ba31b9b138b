"""Secrets at rest: sealed with the newest key, opened with any key still listed."""

import os

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from kit.errors import ConfigurationError

KEY_SETTING = "LANEKEEPER_SECRET_KEY"
"""One key or several, separated by commas, the newest first: the others still open what they once sealed."""


def new_key() -> str:
    """A key to put into the environment."""
    return Fernet.generate_key().decode()


def can_seal() -> bool:
    """Whether a key is set."""
    return bool(os.environ.get(KEY_SETTING, "").strip(", "))


def seal(plain: str) -> str:
    """The secret as it may be stored."""
    return _keys().encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret as it was; raises ConfigurationError when no key listed opens it."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ConfigurationError(f"{KEY_SETTING}: none of its keys opens a stored secret; add the older key") from None


def _keys() -> MultiFernet:
    given = [key.strip() for key in os.environ.get(KEY_SETTING, "").split(",") if key.strip()]
    if not given:
        raise ConfigurationError(f"{KEY_SETTING}: not set; make one with `lanekeeper new-secret-key`")
    try:
        return MultiFernet([Fernet(key) for key in given])
    except ValueError:
        raise ConfigurationError(f"{KEY_SETTING}: not a key; make one with `lanekeeper new-secret-key`") from None
