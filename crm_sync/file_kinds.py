"""What a file is by its first bytes, whatever its name says. Pure."""

from dataclasses import dataclass

LOOKED_AT = 65_536
"""How much of a file's start is enough to know."""

_MOST_CONTROLS = 0.1
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_KNOWN = (
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook; save it as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; send it as .zip or .gz"),
    (b"Rar!\x1a\x07", "a RAR archive; send it as .zip or .gz"),
    (b"BZh", "a bzip2 archive; send it as .zip or .gz"),
    (b"\xfd7zXZ\x00", "an xz archive; send it as .zip or .gz"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive; send it as .zip or .gz"),
    (b"\x1f\x9d", "a compress archive; send it as .zip or .gz"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"SQLite format 3\x00", "a database"),
    (b"PAR1", "a Parquet file; send it as CSV"),
    (b"{\\rtf", "a word processor's document; save it as plain text"),
)
_MARKUP = ((b"<!doctype html", "a web page"), (b"<html", "a web page"), (b"<?xml", "XML"), (b"<table", "a web page"))


@dataclass(frozen=True, slots=True)
class Kind:
    """`is_gzip` and `is_zip` can be unpacked; `refused` says what it is instead of a table of text, empty if it may be
    one."""

    is_gzip: bool = False
    is_zip: bool = False
    refused: str = ""


def kind_of(start: bytes) -> Kind:
    """The kind of a file whose first bytes, at most LOOKED_AT, are these."""
    if not start:
        return Kind(refused="empty")
    if start.startswith(_GZIP):
        return Kind(is_gzip=True)
    if start.startswith(_ZIP):
        return Kind(is_zip=True)
    for mark, says in _KNOWN:
        # Two letters can begin a header line as well; a program has bytes no text has.
        if start.startswith(mark) and (len(mark) > 2 or not _is_text(start)):
            return Kind(refused=says)
    if start[257:262] == b"ustar":
        return Kind(refused="a tar archive; send it as .zip")
    plain = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for mark, says in _MARKUP:
        if plain.startswith(mark):
            return Kind(refused=says)
    return Kind(refused="" if _is_text(start) else "not text")


def _is_text(start: bytes) -> bool:
    """Few control characters; a NUL here and there is a damaged row, not another kind of file."""
    if start.startswith(_UTF_16_MARKS) or _every_other_is_nul(start):
        return True
    controls = sum(start.count(code) for code in range(32) if code not in b"\t\n\r\x1a")
    return controls <= _MOST_CONTROLS * len(start)


def _every_other_is_nul(start: bytes) -> bool:
    half = max(1, len(start) // 2)
    shares = sorted((start[0::2].count(0) / half, start[1::2].count(0) / half))
    return shares[0] < 0.1 and shares[1] > 0.6
