"""Reads a posted form, up to a size no form of ours reaches."""

from fastapi import HTTPException, Request

from kit.forms import read_form

_MOST_BYTES = 16 * 1024


async def posted(request: Request) -> dict[str, str]:
    """The fields of the form; 413 when it is too big, 422 when it is none."""
    return read_form(await body_of(request))


async def body_of(request: Request) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > _MOST_BYTES:
            raise HTTPException(413)
    return bytes(received)
