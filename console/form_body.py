"""Reads a posted form, up to a size no form of ours reaches."""

from fastapi import HTTPException, Request

from kit.forms import read_form, read_lists

_MOST_BYTES = 16 * 1024
_MOST_TICKED = 120


async def posted(request: Request, most: int = _MOST_BYTES) -> dict[str, str]:
    """The fields of the form; 413 when its body is longer than `most` bytes, 422 when it is none."""
    return read_form(await body_of(request, most))


async def posted_many(request: Request) -> dict[str, list[str]]:
    """The fields of a form that may have many boxes ticked."""
    return read_lists(await body_of(request), _MOST_TICKED)


async def body_of(request: Request, most: int = _MOST_BYTES) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > most:
            raise HTTPException(413)
    return bytes(received)
