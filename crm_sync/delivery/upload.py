"""A file that comes through a page: written to the disk as it arrives, never larger than allowed, then taken in."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from crm_sync.delivery.names import safe_name
from crm_sync.delivery.ports import Arrival, Ingest
from crm_sync.delivery.taking import forget_old, take
from crm_sync.runs import RunReport
from kit.ids import new_id


class UploadTooLarge(ValueError):
    """More came than may; nothing of it was kept."""


async def upload(
    ingest: Ingest,
    rooftop_id: str,
    name: str,
    chunks: AsyncIterator[bytes],
    feed: str | None,
    folder: Path,
    most: int,
) -> RunReport:
    """Takes in what is uploaded under that name; `folder` keeps it afterwards in done/ or failed/."""
    arrival = await receive(name, chunks, folder, most)
    return await take(ingest, rooftop_id, arrival, feed)


async def receive(name: str, chunks: AsyncIterator[bytes], folder: Path, most: int) -> Arrival:
    """The whole upload on the disk; raises UploadTooLarge as soon as it is, whatever length was announced."""
    await asyncio.to_thread(forget_old, folder / "incoming")
    place = folder / "incoming" / new_id() / safe_name(name)
    place.parent.mkdir(parents=True)
    size = 0
    try:
        with place.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise UploadTooLarge(f"larger than {most:,} bytes")
                await asyncio.to_thread(file.write, chunk)
    except BaseException:
        place.unlink(missing_ok=True)
        place.parent.rmdir()
        raise
    return Arrival(place, folder)
