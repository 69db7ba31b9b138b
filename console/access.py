"""May this request see the pages? Decided before anything is read; pure.

There is no sign-in yet. So the pages are either for this machine alone, or behind one password for the whole store;
anything in between is refused with the setting that would change it.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from enum import Enum

from console.settings import ConsoleSettings, host_of, is_loopback

# A tunnel or reverse proxy on this machine makes the whole internet look like loopback; these give it away.
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class Verdict(Enum):
    WELCOME = "welcome"
    ASK_PASSWORD = "ask_password"  # noqa: S105 - a verdict, not a secret
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Access:
    """The verdict, and for a refusal what happened and what to do about it."""

    verdict: Verdict
    reason: str = ""
    remedy: str = ""


def access(settings: ConsoleSettings, headers: dict[str, str], client_host: str | None) -> Access:
    """Decides on a request by its headers (lower-case names) and the address it came from; unsure means no."""
    if settings.console_password is not None:
        return _by_password(settings, settings.console_password.get_secret_value(), headers.get("authorization", ""))
    if not settings.only_this_machine:
        return Access(
            Verdict.REFUSED,
            f"This server listens on {settings.web_address}, where others can reach it, and no password is set.",
            "Set LANEKEEPER_CONSOLE_PASSWORD (12 characters or more) and restart, "
            "or set LANEKEEPER_WEB_ADDRESS to 127.0.0.1:8000 to use these pages on this machine only.",
        )
    if any(name in headers for name in _PROXY_HEADERS) or not is_loopback(client_host or ""):
        return Access(
            Verdict.REFUSED,
            "This request came through a proxy or from another machine, and no password is set.",
            "Set LANEKEEPER_CONSOLE_PASSWORD (12 characters or more) and restart. Calls are answered either way.",
        )
    if not is_loopback(host_of(headers.get("host", ""))):
        # DNS rebinding: a foreign page's own name, pointed at this machine, must not read the store's calls.
        return Access(
            Verdict.REFUSED,
            "These pages answer only to this machine's own name.",
            f"Open http://{settings.web_address}/ instead.",
        )
    return Access(Verdict.WELCOME)


def _by_password(settings: ConsoleSettings, password: str, authorization: str) -> Access:
    given = _credentials(authorization)
    wanted = f"{settings.console_user}:{password}".encode()
    # One comparison over both parts, so that a wrong name takes as long as a wrong password.
    if given is not None and hmac.compare_digest(given, wanted):
        return Access(Verdict.WELCOME)
    return Access(
        Verdict.ASK_PASSWORD,
        "A name and a password are needed.",
        "Both are set on the server: LANEKEEPER_CONSOLE_USER (“store” unless changed) and LANEKEEPER_CONSOLE_PASSWORD.",
    )


def _credentials(authorization: str) -> bytes | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
