"""Names of files as others chose them, and what may be done with them. Pure."""

import re

DONE, FAILED = "done", "failed"

_LONGEST = 150
_UNFIT = re.compile(r"[^0-9A-Za-z._() -]+")
_UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".download", ".swp", ".lock", "~")


def safe_name(given: str) -> str:
    """A file name of plain signs, without folders; its ending is kept, for it says what is inside."""
    last = given.replace("\\", "/").rsplit("/", 1)[-1]
    plain = _UNFIT.sub("_", last).strip(" .") or "file"
    stem, dot, ending = plain.rpartition(".")
    if len(plain) <= _LONGEST:
        return plain
    return f"{stem[: _LONGEST - 12]}.{ending[:11]}" if dot and len(ending) <= 11 else plain[:_LONGEST]


def is_unfinished(name: str) -> bool:
    """Whether a name says of itself that its file is still being written, or is nobody's business."""
    return name.startswith((".", "~")) or name.lower().endswith(_UNFINISHED)
