"""Opens what a store sends: plain, gzip or zip, unpacked onto the disk under limits; nothing is evaluated or fetched.

Whoever reads gets plain files that are whole: an archive that is cut, bombed or crooked is refused before a row of it
is believed.
"""

import os
import shutil
import stat
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from crm_sync.file_kinds import LOOKED_AT, Kind, kind_of
from crm_sync.reading import Unreadable
from crm_sync.zips import Entry, entries_of

_BLOCK = 1 << 16
_HARMLESS = 1 << 20
"""A file may always become this large, however small it was packed: a sparse one packs well."""
_FORGOTTEN_SECONDS = 86_400


@dataclass(frozen=True)
class Unpacking:
    """Where packed files are unpacked, how much one may become, at all and against its size, and how many it may hold.

    Feeds go through the disk, so `most` is the disk's; what goes through memory needs less.
    """

    scratch: Path = Path(tempfile.gettempdir()) / "lanekeeper"
    most: int = 2 << 30
    ratio: int = 100
    entries: int = 1_000


@dataclass(frozen=True)
class FeedText:
    """What was sent, as text on the disk: a plain file, or a folder of plain files where an archive held several.

    `name` is what the one file is called inside, or the archive itself where there are several.
    """

    path: Path
    name: str


@contextmanager
def open_feed(path: Path, unpacking: Unpacking) -> Iterator[FeedText]:
    """The text in `path` for as long as the block lasts; raises Unreadable with the reason.

    A plain file or folder is given as it is; what is packed is unpacked beside others, and removed at the end.
    """
    if path.is_dir() and not path.is_symlink():
        _must_be_plain(path, unpacking)
        yield FeedText(path, path.name)
        return
    with _opened(path) as packed:
        size = os.fstat(packed.fileno()).st_size
        kind = _kind(packed)
        if not (kind.is_gzip or kind.is_zip):
            if path.suffix.lower() == ".zip" and not kind.refused:
                raise Unreadable("called a zip and is none")
            if size > unpacking.most:
                raise Unreadable(f"larger than {unpacking.most:,} bytes")
            _must_be_text(kind, "the file")
            yield FeedText(path, path.name)
            return
        with _folder(unpacking.scratch) as folder:
            if kind.is_zip:
                yield _unzipped(packed, path, folder, _Out(lambda: size, unpacking))
            else:
                yield _gunzipped(packed, path, folder, _Out(packed.tell, unpacking))


class _Out:
    """What has come out of one archive so far; raises when it is too much for what of it was `read`."""

    def __init__(self, read: Callable[[], int], unpacking: Unpacking) -> None:
        self.entries = unpacking.entries
        self._most = unpacking.most
        self._ratio = unpacking.ratio
        self._read = read
        self._size = 0

    def foresee(self, size: int) -> None:
        """Refuses what an archive says of itself, before a byte of it is unpacked."""
        self._check(size)

    def write(self, blocks: Iterable[bytes], place: Path, name: str) -> None:
        """Writes one file of the archive, refusing what is no text as soon as that shows."""
        start = b""
        with place.open("xb") as file:
            for block in blocks:
                self._size += len(block)
                self._check(self._size)
                file.write(block)
                if len(start) < LOOKED_AT:
                    start += block
                    if len(start) >= LOOKED_AT:
                        _must_be_text(kind_of(start), name)
        if 0 < len(start) < LOOKED_AT:
            _must_be_text(kind_of(start), name)

    def _check(self, size: int) -> None:
        if size > self._most:
            raise Unreadable(f"unpacks to more than {self._most:,} bytes")
        if size > self._ratio * self._read() + _HARMLESS:
            raise Unreadable(f"unpacks to more than {self._ratio} times its size")


def _must_be_plain(folder: Path, unpacking: Unpacking) -> None:
    """A folder is read like a zip that was unpacked by somebody else."""
    found = list(islice(folder.iterdir(), unpacking.entries + 1))
    if len(found) > unpacking.entries:
        raise Unreadable(f"more than {unpacking.entries:,} files in one folder")
    size = 0
    for place in found:
        about = place.lstat()
        if not (stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)):
            raise Unreadable("a link or device in the folder")
        size += about.st_size
    if size > unpacking.most:
        raise Unreadable(f"larger than {unpacking.most:,} bytes")


def _gunzipped(packed: BinaryIO, path: Path, folder: Path, out: _Out) -> FeedText:
    # The name inside a gzip header is the sender's to choose, so the file's own is taken.
    name = (path.name[:-3] if path.name.lower().endswith(".gz") else path.name).strip(".") or "unpacked"
    place = folder / name
    out.write(_blocks_of_gzip(packed), place, "the file inside")
    if not place.stat().st_size:
        raise Unreadable("the file inside is empty")
    _same_time(place, path)
    return FeedText(place, name)


def _unzipped(packed: BinaryIO, path: Path, folder: Path, out: _Out) -> FeedText:
    entries = entries_of(packed, out.entries)
    out.foresee(sum(entry.size for entry in entries))
    places = []
    for entry in entries:
        place = folder / entry.name
        out.write(_blocks_of_entry(entry), place, entry.name)
        _same_time(place, path)
        places.append(place)
    if len(places) == 1:
        if not places[0].stat().st_size:
            raise Unreadable("the file inside is empty")
        return FeedText(places[0], places[0].name)
    _same_time(folder, path)
    return FeedText(folder, path.name)


def _blocks_of_entry(entry: Entry) -> Iterator[bytes]:
    with entry.opens() as file:
        while block := entry.read(file, _BLOCK):
            yield block


def _blocks_of_gzip(packed: BinaryIO) -> Iterator[bytes]:
    """Every member, one after the other, in blocks of bounded size whatever the compression."""
    unpack, waiting = zlib.decompressobj(31), b""
    try:
        while waiting or (waiting := packed.read(_BLOCK)):
            if unpack.eof:
                if not waiting.strip(b"\0"):
                    waiting = b""  # padding, as tapes and some mail programs leave it
                    continue
                unpack = zlib.decompressobj(31)
            block = unpack.decompress(waiting, _BLOCK)
            waiting = unpack.unconsumed_tail or unpack.unused_data
            yield block
        while not unpack.eof and (block := unpack.decompress(b"", _BLOCK)):
            yield block
    except zlib.error as error:
        raise Unreadable("damaged: its gzip data cannot be unpacked") from error
    if not unpack.eof:
        raise Unreadable("cut off: its gzip data ends too early")


def _kind(file: BinaryIO) -> Kind:
    start = file.read(LOOKED_AT)
    file.seek(0)
    return kind_of(start)


def _must_be_text(kind: Kind, name: str) -> None:
    if kind.is_gzip or kind.is_zip:
        raise Unreadable(f"{name} is an archive inside an archive")
    if kind.refused:
        raise Unreadable(f"{name} is {kind.refused}")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file itself: never through a link, and never a pipe or device that would be waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        reason = "a link, not a file" if path.is_symlink() else f"cannot be opened ({error.strerror})"
        raise Unreadable(reason) from error
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Unreadable("not a file")
        yield file


@contextmanager
def _folder(scratch: Path) -> Iterator[Path]:
    scratch.mkdir(parents=True, exist_ok=True)
    _forget_old(scratch)
    folder = Path(tempfile.mkdtemp(prefix="unpacked-", dir=scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_old(scratch: Path) -> None:
    """Removes what a process that was killed left behind."""
    for folder in scratch.glob("unpacked-*"):
        if folder.stat().st_mtime < time.time() - _FORGOTTEN_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _same_time(place: Path, as_of: Path) -> None:
    """A file without a moment in its name speaks of its own time, packed or not."""
    about = as_of.stat()
    os.utime(place, (about.st_atime, about.st_mtime))
