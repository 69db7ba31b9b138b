"""The cookie of a sign-in: which store, and a token only the browser has. Pure."""

from starlette.requests import Request
from starlette.responses import Response

from record.sign_ins import LASTS

_PLAIN, _SECURE = "lanekeeper", "__Host-lanekeeper"


def give(request: Request, response: Response, rooftop_id: str, token: str) -> None:
    """The browser sends it to us alone, over TLS when it came over TLS, and shows it to no script."""
    secure = _over_tls(request)
    response.set_cookie(
        _SECURE if secure else _PLAIN,
        f"{rooftop_id}.{token}",
        max_age=int(LASTS.total_seconds()),
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def take_back(request: Request, response: Response) -> None:
    secure = _over_tls(request)
    response.delete_cookie(_SECURE if secure else _PLAIN, secure=secure, httponly=True, samesite="lax")


def given(request: Request) -> tuple[str, str] | None:
    """The store's id and the token; None when there is no cookie of ours."""
    value = request.cookies.get(_SECURE if _over_tls(request) else _PLAIN, "")
    rooftop_id, _, token = value.partition(".")
    return (rooftop_id, token) if 0 < len(rooftop_id) <= 32 and 0 < len(token) <= 64 else None


def _over_tls(request: Request) -> bool:
    # A proxy's word: whoever lies here only spoils their own cookie.
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"
