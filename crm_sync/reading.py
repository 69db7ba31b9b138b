"""A delimited text file, streamed row by row: whatever its encoding, delimiter and damage, one bad row stops itself."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

Opens = Callable[[], BinaryIO]
"""Opens the file anew, at its start."""

MOST_LINE = 2_000_000
MOST_CELL = 65_536
_MOST_LINES_IN_A_CELL = 500
_KEPT = 8_192
_DELIMITERS = "\t|;,"


class Unreadable(Exception):
    """The file could not be taken in at all; the message says why."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One row as it stands in the file; `line` is where it begins, counted from 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A row that is no row: its line, the column if one is to blame, and the beginning of what stands there."""

    line: int
    column: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    fault: str = ""


class Source(Protocol):
    """Rows under headers, wherever they come from."""

    headers: Sequence[str]

    def rows(self) -> Iterator[Cells | Damaged]: ...


class Table:
    """A file with a header line. Its rows may be read again and again, each time from the start."""

    headers: Sequence[str]

    def __init__(self, opens: Opens) -> None:
        self._opens = opens
        for line in _lines(opens):
            self.delimiter = _sniffed(line.text)
            self.headers = [cell.strip() for cell in next(csv.reader([line.text], delimiter=self.delimiter))]
            if not line.fault and any(self.headers):
                self._header_line = line.number
                return
        raise Unreadable("no header line")

    def rows(self) -> Iterator[Cells | Damaged]:
        """Every row below the header; blank lines are none."""
        below = _lines(self._opens)
        next(line for line in below if line.number == self._header_line)
        lines = _Ahead(below)
        width = len(self.headers)
        for line in lines:
            if line.fault:
                yield Damaged(line.number, "", line.fault, line.text[:_KEPT])
                continue
            cells = self._quoted(line, lines) if '"' in line.text else line.text.split(self.delimiter)
            if len(cells) != width and not any(cells[width:]):
                cells = cells[:width]
            if len(cells) != width:
                reason = f"{len(cells)} cells where the header has {width}"
                yield Damaged(line.number, "", reason, line.text[:_KEPT])
                continue
            if (
                len(line.text) > MOST_CELL
                and (long := next((i for i, c in enumerate(cells) if len(c) > MOST_CELL), -1)) >= 0
            ):
                reason = f"a cell of {len(cells[long]):,} characters"
                yield Damaged(line.number, self.headers[long], reason, line.text[:_KEPT])
                continue
            yield Cells(line.number, cells)

    def _quoted(self, line: _Line, lines: "_Ahead") -> list[str]:
        """The cells of a row with quotes. One that is never closed is a plain sign, and the lines below stay rows."""
        used, still_open = [line], False

        def pull() -> Iterator[str]:
            nonlocal still_open
            yield line.text + "\n"
            while len(used) < _MOST_LINES_IN_A_CELL:
                more = lines.peek(len(used) - 1)
                if more is None or more.fault:
                    break
                used.append(more)
                yield more.text + "\n"
            still_open = True

        try:
            cells = next(csv.reader(pull(), delimiter=self.delimiter, strict=True))
            if not still_open and len(cells) >= len(self.headers):
                lines.skip(len(used) - 1)
                return cells
        except csv.Error:
            pass  # a quote in the midst of a cell: then it quotes nothing
        plain = line.text.split(self.delimiter)
        if len(plain) == len(self.headers) or len(line.text) > MOST_CELL:
            return plain
        return next(csv.reader([line.text], delimiter=self.delimiter))


class _Ahead:
    """Lines that may be looked at before they are taken."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._waiting: list[_Line] = []

    def __iter__(self) -> "_Ahead":
        return self

    def __next__(self) -> _Line:
        return self._waiting.pop(0) if self._waiting else next(self._lines)

    def peek(self, places: int) -> _Line | None:
        while len(self._waiting) <= places:
            more = next(self._lines, None)
            if more is None:
                return None
            self._waiting.append(more)
        return self._waiting[places]

    def skip(self, places: int) -> None:
        del self._waiting[:places]


def _sniffed(header: str) -> str:
    """The sign that parts the header most often."""
    return max(_DELIMITERS, key=lambda sign: (header.count(sign), sign == ","))


def _lines(opens: Opens) -> Iterator[_Line]:
    with opens() as file:
        start = file.read(4096)
        file.seek(0)
        wide = _utf_16(start)
        if not wide and b"\n" not in start and b"\r" in start:
            raise Unreadable("its lines end in carriage returns only; save it with ordinary line ends")
        for number, raw, fault in _wide_lines(file, wide) if wide else _byte_lines(file):
            if fault:
                yield _Line(number, raw, fault)
            elif "\0" in raw:
                yield _Line(number, raw.replace("\0", "\ufffd"), "holds a NUL byte")
            elif raw and not raw.isspace():
                yield _Line(number, raw)


def _byte_lines(file: BinaryIO) -> Iterator[tuple[int, str, str]]:
    number = 0
    while raw := file.readline(MOST_LINE):
        number += 1
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        fault = ""
        if len(raw) >= MOST_LINE and not raw.endswith(b"\n"):
            size = len(raw)
            while (more := file.readline(MOST_LINE)) and not more.endswith(b"\n"):
                size += len(more)
            raw, fault = raw[:_KEPT], f"a line of more than {size + len(more):,} bytes"
        yield number, _decoded(raw).rstrip("\r\n"), fault


def _wide_lines(file: BinaryIO, encoding: str) -> Iterator[tuple[int, str, str]]:
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="\n")
    number = 0
    while raw := text.readline(MOST_LINE):
        number += 1
        fault = ""
        if len(raw) >= MOST_LINE and not raw.endswith("\n"):
            while (more := text.readline(MOST_LINE)) and not more.endswith("\n"):
                pass
            raw, fault = raw[:_KEPT], f"a line of more than {MOST_LINE:,} characters"
        yield number, raw.lstrip("\ufeff").rstrip("\r\n"), fault


def _utf_16(start: bytes) -> str:
    """The encoding's name when it is UTF-16, by its mark or by the zeros between plain letters."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    half = max(1, len(start) // 2)
    if start[1::2].count(0) > 0.6 * half:
        return "utf-16-le"
    return "utf-16-be" if start[0::2].count(0) > 0.6 * half else ""


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
