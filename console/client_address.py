"""Where a request comes from, when a proxy of ours stands in front. Pure."""

from starlette.requests import Request

from console.settings import ConsoleSettings, is_loopback


def client_of(request: Request, settings: ConsoleSettings) -> str:
    """The address that spoke to us, or to the proxy on this machine that a public origin means there is.

    A proxy adds the address it saw at the end of X-Forwarded-For; what stands before it anybody may have written.
    """
    peer = request.client.host if request.client else ""
    if settings.public_origin and is_loopback(peer):
        return request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()[:64] or peer
    return peer
