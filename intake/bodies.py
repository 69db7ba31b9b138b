"""Request bodies and visitors' addresses, within limits."""

import asyncio

from fastapi import Request

_SLOWEST_SECONDS = 10.0


class Refused(Exception):
    """The request is not taken; `status` is what it is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


async def body_of(request: Request, most: int) -> bytes:
    """The whole body; raises Refused when it is too large or too slow."""
    received = bytearray()
    try:
        async with asyncio.timeout(_SLOWEST_SECONDS):
            async for chunk in request.stream():
                received += chunk
                if len(received) > most:
                    raise Refused(413, f"too large; the most is {most // 1024} KiB")
    except TimeoutError as error:
        raise Refused(408, "took too long to send") from error
    return bytes(received)


def visitor(request: Request, proxies: int) -> str:
    """The address a request came from, as the outermost of our own proxies saw it."""
    peer = request.client.host if request.client else ""
    if not proxies:
        return peer
    seen = [each.strip() for each in request.headers.get("x-forwarded-for", "").split(",") if each.strip()]
    return seen[-proxies][:64] if len(seen) >= proxies else peer
