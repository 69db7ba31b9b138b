"""Files no store should send and some day one will: each with what must become of it."""

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = "RO Number,Open Date,Customer Number,Last Name,Labor Complaint"
GOOD = "6001,11/10/2026,1001,ALVAREZ,squeals"
PLAIN = f"{HEADER}\n{GOOD}\n".encode()
CELL = 10 << 20


@dataclass(frozen=True)
class Hostile:
    """One file. `says` is part of the reason it is refused with as a whole; where it is empty, `good` rows are taken in
    and `bad` ones are refused, each with a reason."""

    name: str
    make: Callable[[Path], None]
    says: str = ""
    good: int = 0
    bad: int = 0


def corpus() -> list[Hostile]:
    return [*_bombs(), *_crooked_archives(), *_other_things(), *_damaged_text()]


def _bombs() -> Iterator[Hostile]:
    for size in (1, 2, 10):
        yield Hostile(f"bomb-{size}g.csv.gz", _writes(lambda size=size: _gzip_bomb(size << 30)), "times its size")
        yield Hostile(f"bomb-{size}g.zip", _writes(lambda size=size: _zip_bomb(size << 30)), "unpacks to more than")
    yield Hostile("liar.zip", _writes(lambda: _zip_bomb(2 << 30, says=100)), "damaged")
    yield Hostile("42.zip", _writes(_forty_two), "archive inside an archive")
    yield Hostile("overlapping.zip", _writes(_overlapping), "unpacks to more than")
    yield Hostile("quine.gz", _writes(lambda: gzip.compress(gzip.compress(PLAIN))), "archive inside an archive")
    yield Hostile("many-members.gz", _writes(lambda: gzip.compress(b"") * 20_000), "empty")
    yield Hostile("many.zip", _writes(lambda: _zip({f"{i}.csv": b"" for i in range(1_500)})), "more than 1,000 files")
    yield Hostile("directory.zip", _writes(_huge_directory), "more than 1,000 files")
    yield Hostile("zip64.zip", _writes(_zip64), "ZIP64")
    yield Hostile("long-name.gz", _writes(_long_gzip_name), "", 1)


def _crooked_archives() -> Iterator[Hostile]:
    inner = {"inner.zip": _zip({"a.csv": PLAIN})}
    yield Hostile("nested.zip", _writes(lambda: _zip(inner)), "archive inside an archive")
    yield Hostile("nested-gz.zip", _writes(lambda: _zip({"a.csv": gzip.compress(PLAIN)})), "archive inside an archive")
    yield Hostile("zip-in.gz", _writes(lambda: gzip.compress(inner["inner.zip"])), "archive inside an archive")
    yield Hostile("7z-in.zip", _writes(lambda: _zip({"a.csv": b"7z\xbc\xaf\x27\x1c" + bytes(90)})), "7-Zip")
    for name in (
        "../a.csv",
        "../../etc/passwd",
        "a/../../b.csv",
        "/etc/passwd",
        "C:/x.csv",
        "..\\..\\a.csv",
        "\\a.csv",
    ):
        file = f"slip-{zlib.crc32(name.encode()):08x}.zip"
        yield Hostile(file, _writes(lambda name=name: _zip({name: PLAIN})), "leads outside")
    yield Hostile("control.zip", _writes(lambda: _zip({"a\nb.csv": PLAIN})), "control characters")
    yield Hostile("long.zip", _writes(lambda: _zip({"a" * 240 + ".csv": PLAIN})), "too long")
    for kind, mode in (("symlink", stat.S_IFLNK), ("fifo", stat.S_IFIFO), ("device", stat.S_IFBLK)):
        yield Hostile(f"{kind}.zip", _writes(lambda mode=mode: _zip({"a.csv": b"/etc/passwd"}, mode)), "link or device")
    yield Hostile("twice.zip", _writes(lambda: _zip({"a.csv": PLAIN, "x/A.csv": PLAIN})), "two files")
    yield Hostile("locked.zip", _writes(_locked), "password")
    yield Hostile("bzip2.zip", _writes(lambda: _zip({"a.csv": PLAIN}, packing=zipfile.ZIP_BZIP2)), "unusual way")
    yield Hostile("lzma.zip", _writes(lambda: _zip({"a.csv": PLAIN}, packing=zipfile.ZIP_LZMA)), "unusual way")
    yield Hostile("empty.zip", _writes(lambda: _zip({})), "empty")
    yield Hostile("only-folders.zip", _writes(lambda: _zip({"a/": b""})), "empty")
    yield Hostile(
        "only-macs.zip", _writes(lambda: _zip({"__MACOSX/._a.csv": b"\0\5\x16\7", ".DS_Store": b"x"})), "empty"
    )
    yield Hostile("cut.zip", _writes(lambda: _zip({"a.csv": PLAIN * 500})[:-60]), "not a whole zip")
    yield Hostile(
        "flipped.zip", _writes(lambda: _flipped(_zip({"a.csv": os.urandom(9_000).hex().encode()}), 900)), "damaged"
    )
    yield Hostile("sheet.xlsx", _writes(lambda: _zip({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<x/>"})), "Excel")
    yield Hostile("called.zip", _writes(lambda: PLAIN), "called a zip")
    yield Hostile("cut.gz", _writes(lambda: gzip.compress(PLAIN * 500)[:-20]), "cut off")
    yield Hostile("stub.gz", _writes(lambda: b"\x1f\x8b"), "cut off")
    yield Hostile("wrong-sum.gz", _writes(lambda: _flipped(gzip.compress(PLAIN), -6)), "damaged")
    yield Hostile(
        "flipped.gz", _writes(lambda: _flipped(gzip.compress(os.urandom(9_000).hex().encode()), 900)), "damaged"
    )
    yield Hostile("tail.gz", _writes(lambda: gzip.compress(PLAIN) + b"and more"), "damaged")
    yield Hostile("padded.gz", _writes(lambda: gzip.compress(PLAIN) + bytes(4_096)), "", 1)
    yield Hostile(
        "two-members.gz", _writes(lambda: gzip.compress(f"{HEADER}\n".encode()) + gzip.compress(PLAIN[-37:])), "", 1
    )


def _other_things() -> Iterator[Hostile]:
    yield Hostile("empty.csv", _writes(lambda: b""), "empty")
    yield Hostile("empty.gz", _writes(lambda: gzip.compress(b"")), "empty")
    yield Hostile("link.csv", lambda path: path.symlink_to("/etc/passwd"), "a link")
    yield Hostile("endless.csv", lambda path: path.symlink_to("/dev/zero"), "a link")
    yield Hostile("pipe.csv", os.mkfifo, "not a file")
    yield Hostile("junk.csv", _writes(lambda: bytes(range(256)) * 400), "not text")
    yield Hostile("zeros.csv", _writes(lambda: bytes(200_000)), "not text")
    for name, start, says in (
        ("report.pdf", b"%PDF-1.7\n", "a PDF"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        ("a.rar", b"Rar!\x1a\x07\x01", "RAR"),
        ("a.bz2", b"BZh91AY", "bzip2"),
        ("a.xz", b"\xfd7zXZ\x00", "xz"),
        ("a.zst", b"\x28\xb5\x2f\xfd", "Zstandard"),
        ("a.exe", b"MZ\x90\x00\x03", "a program"),
        ("a.elf", b"\x7fELF\x02", "a program"),
        ("a.png", b"\x89PNG\r\n", "a picture"),
        ("a.db", b"SQLite format 3\x00", "a database"),
        ("a.rtf", b"{\\rtf1 ", "word processor"),
    ):
        yield Hostile(name, _writes(lambda start=start: start + bytes(500)), says)
    yield Hostile("a.tar", _writes(_tar), "tar archive")
    yield Hostile("table.xls", _writes(lambda: b"<html><body><table><tr><td>RO</td></tr></table>"), "a web page")
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]><x>&e;</x>'
    yield Hostile("fetch.xml", _writes(lambda: entities), "XML")


def _damaged_text() -> Iterator[Hostile]:
    good = GOOD.encode()
    yield Hostile("blank.csv", _writes(lambda: b"\xef\xbb\xbf\r\n \r\n"), "no header line")
    yield Hostile("header-only.csv", _writes(lambda: f"{HEADER}\n".encode()), "", 0, 0)
    yield Hostile("mac-lines.csv", _writes(lambda: PLAIN.replace(b"\n", b"\r")), "carriage returns")
    yield Hostile("big-cell.csv", _writes(lambda: PLAIN + good[:-7] + b"x" * CELL + b"\n" + good + b"\n"), "", 2, 1)
    yield Hostile("big-quoted.csv", _writes(lambda: PLAIN + good[:-7] + b'"' + b"x" * CELL + b'"\n' + good), "", 2, 1)
    yield Hostile("big-cell.csv.gz", _writes(lambda: gzip.compress(_noisy_cell())), "", 2, 1)
    yield Hostile("big-cell-lines.csv", _writes(lambda: PLAIN + good[:-7] + b'"' + b"x\n" * 5_000), "", 2, 4_999)
    yield Hostile("one-line.csv", _writes(lambda: b"x" * CELL), "no header line")
    yield Hostile("wide.csv", _writes(lambda: PLAIN + b"," * 500_000 + b"1\n" + good), "", 2, 1)
    yield Hostile("nul.csv", _writes(lambda: PLAIN + good.replace(b"AL", b"A\0L") + b"\n" + good), "", 2, 1)
    yield Hostile("formula.csv", _writes(lambda: PLAIN + good[:-7] + b"=cmd|' /C calc'!A0\n"), "", 2)
    yield Hostile(
        "hyperlink.csv", _writes(lambda: PLAIN + good[:-7] + b'"=HYPERLINK(""http://127.0.0.1:9/"")"\n'), "", 2
    )
    yield Hostile("unclosed.csv", _writes(lambda: PLAIN + good[:-7] + b'"never closed\n' + good + b"\n"), "", 3)
    yield Hostile("stray-quote.csv", _writes(lambda: PLAIN + good[:-7] + b'5" pipe\n' + good), "", 3)
    yield Hostile("short-row.csv", _writes(lambda: PLAIN + b"6002,11/10/2026\n" + good), "", 2, 1)
    yield Hostile("latin.csv", _writes(lambda: PLAIN + good.replace(b"ALVAREZ", b"MU\xd1OZ\x81") + b"\n"), "", 2)
    yield Hostile("half-utf8.csv", _writes(lambda: PLAIN + good.replace(b"ALVAREZ", b"\xc3") + b"\n"), "", 2)
    yield Hostile("utf16.csv", _writes(lambda: PLAIN.decode().encode("utf-16")), "", 1)
    yield Hostile("utf16-odd.csv", _writes(lambda: PLAIN.decode().encode("utf-16")[:-1]), "", 1)
    yield Hostile("utf16-nomark.csv", _writes(lambda: PLAIN.decode().encode("utf-16-be")), "", 1)
    yield Hostile("mixed-ends.csv", _writes(lambda: PLAIN + good + b"\r\r\n" + good + b"\n\r\n"), "", 3)
    yield Hostile("escape.csv", _writes(lambda: PLAIN + good[:-7] + b"\x1b]0;owned\x07\n"), "", 2)
    yield Hostile("override.csv", _writes(lambda: PLAIN + good[:-7] + "\u202e\u2066gpj.exe".encode() + b"\n"), "", 2)


def _writes(content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: void(path.write_bytes(content()))


def void(_: object) -> None:
    return None


def _noisy_cell() -> bytes:
    """A large cell that packs like ordinary text."""
    return PLAIN + GOOD.encode()[:-7] + os.urandom(CELL // 2).hex().encode() + b"\n" + GOOD.encode()


def _deflated(size: int, block: bytes = f"{GOOD}\n".encode() * 28_000) -> bytes:
    """A deflate stream of that many bytes of rows: one flushed block, said again and again."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = pack.compress(block) + pack.flush(zlib.Z_FULL_FLUSH)
    return once * (size // len(block)) + b"\x03\x00"


def _gzip_bomb(size: int) -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + _deflated(size) + bytes(8)


def _zip_bomb(size: int, says: int = 0) -> bytes:
    return _raw_zip(_deflated(size), says or min(size, 0xFFFFFFFE), 1)


def _raw_zip(packed: bytes, size: int, times: int) -> bytes:
    """A zip with one packed file that its directory lists under several names."""
    local = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), size, 5, 0) + b"a.csv"
    entry = b"".join(
        struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(packed), size, 7, 0, 0, 0, 0, 0, 0)
        + f"{number:03d}.csv".encode()
        for number in range(times)
    )
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, times, times, len(entry), len(local) + len(packed), 0)
    return local + packed + entry + end


def _overlapping() -> bytes:
    return _raw_zip(_deflated(60 << 20), 60 << 20, 250)


def _forty_two() -> bytes:
    deep = _zip({f"book {n}.zip": _zip({"0.dll": bytes(100_000)}) for n in range(16)})
    return _zip({f"lib {n}.zip": deep for n in range(16)})


def _huge_directory() -> bytes:
    whole = bytearray(_zip({"a.csv": PLAIN}))
    struct.pack_into("<HHI", whole, len(whole) - 14, 60_000, 60_000, 900 << 20)
    return bytes(whole)


def _zip64() -> bytes:
    whole = _zip({"a.csv": PLAIN})
    at = len(whole) - 22
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1 << 40, 1 << 40, 1 << 40, 0)
    return whole[:at] + end64 + struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1) + whole[at:]


def _long_gzip_name() -> bytes:
    packed = gzip.compress(PLAIN)
    return packed[:3] + b"\x08" + packed[4:10] + b"../" * 700_000 + b"\0" + packed[10:]


def _locked() -> bytes:
    whole = bytearray(_zip({"a.csv": PLAIN}))
    whole[6] |= 1
    whole[whole.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(whole)


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        about = tarfile.TarInfo("a.csv")
        about.size = len(PLAIN) * 2_000
        tar.addfile(about, io.BytesIO(PLAIN * 2_000))
    return out.getvalue()


def _flipped(whole: bytes, at: int) -> bytes:
    changed = bytearray(whole)
    changed[at] ^= 0xFF
    return bytes(changed)


def _zip(files: dict[str, bytes], mode: int = stat.S_IFREG, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as packed:
        for name, content in files.items():
            about = zipfile.ZipInfo("x")
            about.filename, about.compress_type = name, packing
            about.external_attr = (mode | 0o644) << 16 if not name.endswith("/") else 0x10
            packed.writestr(about, content)
    return out.getvalue()
