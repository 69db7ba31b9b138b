"""The files in a zip that may be unpacked; a zip with anything crooked in it is refused as a whole."""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, BinaryIO

from crm_sync.reading import Unreadable

_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 65_536
_ZIP64_LOCATOR = b"PK\x06\x07"
_ZIP64_LOCATOR_SIZE = 20
_MOST_DIRECTORY = 1 << 20
_LONGEST_NAME = 200
_SHEET = "[Content_Types].xml"


@dataclass(frozen=True)
class Entry:
    """One file in a zip: a name without folders, the size it says it has, and a way to read it."""

    name: str
    size: int
    opens: Callable[[], IO[bytes]]

    @staticmethod
    def read(file: IO[bytes], size: int) -> bytes:
        """The next bytes; raises Unreadable where the zip is damaged."""
        try:
            return file.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise Unreadable("damaged: a file in the zip cannot be unpacked") from error


def entries_of(packed: BinaryIO, most: int) -> list[Entry]:
    """Every file in the zip, folders forgotten."""
    _must_be_small(packed, most)
    try:
        archive = zipfile.ZipFile(packed)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise Unreadable("damaged: not a whole zip") from error
    found = archive.infolist()
    if len(found) > most:
        raise Unreadable(f"more than {most:,} files in one zip")
    if any(about.filename == _SHEET for about in found):
        raise Unreadable("an Excel workbook or other office document; save it as CSV")
    entries: dict[str, Entry] = {}
    for about in found:
        name = _checked(about)
        if not name:
            continue
        if name.casefold() in entries:
            raise Unreadable(f"two files in the zip are called {name}")
        entries[name.casefold()] = Entry(name, about.file_size, _opens(archive, about))
    if not entries:
        raise Unreadable("the zip is empty")
    return list(entries.values())


def _must_be_small(packed: BinaryIO, most: int) -> None:
    """Refuses a directory of contents that would fill the memory, before anybody reads it."""
    size = packed.seek(0, os.SEEK_END)
    reach = min(size, _END_SIZE + _LONGEST_COMMENT)
    packed.seek(size - reach)
    tail = packed.read(reach)
    packed.seek(0)
    # zipfile looks for an end without a comment first, then for the last one; so do we, to speak of the same.
    plain = len(tail) - _END_SIZE
    at = plain if plain >= 0 and tail[plain:].startswith(_END) and tail.endswith(b"\0\0") else tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise Unreadable("cut off: not a whole zip")
    entries, directory = struct.unpack("<HI", tail[at + 10 : at + 16])
    locator = tail[max(0, at - _ZIP64_LOCATOR_SIZE) : at]
    if entries == 0xFFFF or directory == 0xFFFFFFFF or locator.startswith(_ZIP64_LOCATOR):
        raise Unreadable("a zip of the large kind (ZIP64); send smaller ones")
    if entries > most or directory > _MOST_DIRECTORY:
        raise Unreadable(f"more than {most:,} files in one zip")


def _checked(about: zipfile.ZipInfo) -> str:
    """The name to unpack to, empty for what is no file; refuses what should not be in a zip at all."""
    parts = about.filename.replace("\\", "/").split("/")
    name = parts[-1]
    if about.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise Unreadable("a name in the zip leads outside of it")
    if "\0" in about.orig_filename or any(ord(sign) < 32 for sign in about.filename):
        raise Unreadable("a name in the zip has control characters")
    mode = about.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unreadable("a link or device in the zip")
    if about.flag_bits & 0x1:
        raise Unreadable("the zip is protected with a password")
    # macOS puts folders and files of its own beside the real ones.
    if about.is_dir() or not name or name.startswith(".") or "__MACOSX" in parts:
        return ""
    if about.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("packed in an unusual way; use an ordinary zip")
    if len(name) > _LONGEST_NAME:
        raise Unreadable("a name in the zip is too long")
    return name


def _opens(archive: zipfile.ZipFile, about: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def opens() -> IO[bytes]:
        try:
            return archive.open(about)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError) as error:
            raise Unreadable("damaged: a file in the zip cannot be unpacked") from error

    return opens
