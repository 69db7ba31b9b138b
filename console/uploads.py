"""A file that comes through a form: read as it arrives, never held whole; then taken in, while somebody watches."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from crm_sync.delivery.kept_files import arrive_again, first_rows, kept
from crm_sync.delivery.ports import Arrival, Ingest
from crm_sync.delivery.taking import take
from crm_sync.delivery.upload import receive
from crm_sync.opening import Unpacking
from crm_sync.runs import RunReport
from kit.forms import BadForm
from kit.logging import logger

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

log = logger("uploads")

_MOST_OF_A_FIELD = 1_000
_WATCHED_SECONDS = 8.0


@dataclass(frozen=True)
class Upload:
    """The one file of a form, and the fields that stood before it. `name` is as the browser says it."""

    name: str
    fields: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@dataclass
class Uploads:
    """Takes uploaded files in. A long one goes on by itself after the page has been answered."""

    ingest: Ingest
    folder: Path
    most: int
    unpacking: Unpacking
    _going_on: set[asyncio.Task[RunReport]] = field(default_factory=set)

    async def take_in(self, rooftop_id: str, upload: Upload, feed: str | None) -> RunReport | None:
        """What became of it; None when it is still being taken in. Raises UploadTooLarge."""
        arrival = await receive(upload.name, upload.chunks, self._of(rooftop_id), self.most)
        return await self._watched(rooftop_id, arrival, feed)

    async def take_again(self, rooftop_id: str, run_id: str, feed: str | None) -> RunReport | None:
        """The same for a file that was kept; raises FileNotFoundError when it was not."""
        path = await asyncio.to_thread(kept, self._of(rooftop_id), run_id)
        if path is None:
            raise FileNotFoundError(run_id)
        return await self._watched(rooftop_id, await arrive_again(path, run_id, self._of(rooftop_id)), feed)

    async def rows_of(self, rooftop_id: str, run_id: str) -> tuple[bool, list[list[str]]]:
        """Whether the file of a run is at hand, and its first rows."""
        path = await asyncio.to_thread(kept, self._of(rooftop_id), run_id)
        return (True, await first_rows(path, self.unpacking)) if path is not None else (False, [])

    async def close(self) -> None:
        """Stops what is being taken in; the same file, sent again, goes on from there."""
        for task in self._going_on:
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)

    async def _watched(self, rooftop_id: str, arrival: Arrival, feed: str | None) -> RunReport | None:
        task = asyncio.create_task(take(self.ingest, rooftop_id, arrival, feed))
        self._going_on.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=_WATCHED_SECONDS)
        return task.result() if done else None

    def _ended(self, task: asyncio.Task[RunReport]) -> None:
        self._going_on.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("upload_not_taken_in", error=type(error).__name__)

    def _of(self, rooftop_id: str) -> Path:
        """Each store's uploads have a folder of their own."""
        return self.folder / "uploads" / rooftop_id


async def read_upload(request: Request) -> Upload:
    """Reads the form up to its file, whose bytes then come as they arrive. Raises BadForm."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise BadForm("no form with a file")
    events = _events(boundary, request.stream())
    fields: dict[str, str] = {}
    name = ""
    async for event in events:
        if isinstance(event, _Part):
            if event.file_name is not None:
                return Upload(event.file_name, fields, _bytes(events))
            name = event.name
        elif event is not None and len(fields.get(name, "")) < _MOST_OF_A_FIELD:
            fields[name] = fields.get(name, "") + event.decode("utf-8", "replace")
    raise BadForm("a form without a file")


@dataclass(frozen=True)
class _Part:
    name: str
    file_name: str | None


async def _bytes(events: AsyncIterator["_Part | bytes | None"]) -> AsyncIterator[bytes]:
    async for event in events:
        if event is None:
            return
        if isinstance(event, bytes):
            yield event
    raise BadForm("cut short on its way")


async def _events(boundary: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator["_Part | bytes | None"]:
    """Parts, their bytes, and None at the end of each."""
    found: deque[_Part | bytes | None] = deque()
    parser = MultipartParser(boundary, _callbacks(found))
    async for chunk in stream:
        try:
            parser.write(chunk)
        except MultipartParseError as error:
            raise BadForm("no form we can read") from error
        while found:
            yield found.popleft()


def _callbacks(found: "deque[_Part | bytes | None]") -> "MultipartCallbacks":
    header, value = bytearray(), bytearray()
    disposition: list[bytes] = []

    def header_done() -> None:
        if bytes(header).lower() == b"content-disposition":
            disposition[:] = [bytes(value)]
        header.clear()
        value.clear()

    def headers_done() -> None:
        _, options = parse_options_header(disposition[0] if disposition else b"")
        file_name = options.get(b"filename")
        given = file_name.decode("utf-8", "replace") if file_name is not None else None
        found.append(_Part(options.get(b"name", b"").decode("utf-8", "replace"), given))

    return {
        "on_part_begin": disposition.clear,
        "on_header_field": lambda data, start, end: header.extend(data[start:end]),
        "on_header_value": lambda data, start, end: value.extend(data[start:end]),
        "on_header_end": header_done,
        "on_headers_finished": headers_done,
        "on_part_data": lambda data, start, end: found.append(bytes(data[start:end])),
        "on_part_end": lambda: found.append(None),
    }
