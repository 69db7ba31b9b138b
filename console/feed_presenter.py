"""Files taken in, rows refused and headers, as exactly what their templates show; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console import times, words
from console.presenters import Badge
from console.times import Moment
from crm_sync.delivery.sources import Source
from crm_sync.headers import Feed
from crm_sync.run_views import Heading, RefusedLine, RefusedRecord, RunLine, RunRecord
from crm_sync.runs import Counts

MOST_HEADERS = 50
_SILENT_AFTER = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class RunRow:
    address: str
    badge: Badge
    name: str
    says: str
    kind: str
    open_rows: str
    when: Moment


@dataclass(frozen=True, slots=True)
class SourceRow:
    name: str
    kind: str
    badge: Badge
    looked: Moment | None
    last_file: Moment | None
    error: str


@dataclass(frozen=True, slots=True)
class RefusedRowLine:
    address: str
    where: str
    column: str
    reason: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class RunView:
    id: str
    name: str
    badge: Badge
    kind: str
    known_kind: bool
    error: str
    counts: tuple[tuple[str, str], ...]
    as_of: Moment
    started: Moment
    took: str
    size: str
    ignored: tuple[str, ...]
    refused: tuple[RefusedRowLine, ...]
    more_refused: int
    running: bool


@dataclass(frozen=True, slots=True)
class HeadingLine:
    """One header, as its form shows it; `field` is what it is read as now."""

    name: str
    header: str
    field: str
    samples: str


@dataclass(frozen=True, slots=True)
class MappingView:
    run_id: str
    file_name: str
    feed: str
    unknown: tuple[HeadingLine, ...]
    known: tuple[HeadingLine, ...]
    beyond: int
    lacking: tuple[str, ...]
    fields: Mapping[str, str]


def run_row(line: RunLine, now: datetime, zone: ZoneInfo) -> RunRow:
    says = f"{line.error[:1].upper()}{line.error[1:]}" or in_short(line.counts)
    waiting = f"{line.open_rows} to look at" if line.open_rows else ""
    return RunRow(
        f"/feeds/runs/{line.id}", _state(line), line.file_name, says, feed_words(line.feed), waiting,
        times.moment(line.started_at, now, zone),
    )  # fmt: skip


def in_short(counts: Counts) -> str:
    parts = [f"{counts.read:,} rows"]
    named = (("new", counts.new), ("changed", counts.changed), ("the same", counts.same), ("older", counts.older))
    parts += [f"{number:,} {word}" for word, number in named if number]
    parts += [f"{counts.refused:,} refused"] if counts.refused else []
    return " · ".join(parts)


def source_row(source: Source, now: datetime, zone: ZoneInfo) -> SourceRow:
    last = source.last_file_at
    if not source.active:
        badge = Badge("waiting", "❚❚", "Off")
    elif source.last_error:
        badge = Badge("late", "▲", "Trouble")
    elif last is None:
        badge = Badge("info", "●", "No file yet")
    elif now - last > _SILENT_AFTER:
        badge = Badge("soon", "◔", f"Nothing for {times.span(now - last)}")
    else:
        badge = Badge("ok", "✓", "Well")
    looked = source.last_looked_at
    return SourceRow(
        source.name,
        words.SOURCE_KINDS.get(source.kind) or words.plain(source.kind),
        badge,
        times.moment(looked, now, zone) if looked else None,
        times.moment(last, now, zone) if last else None,
        source.last_error,
    )


def run_view(record: RunRecord, now: datetime, zone: ZoneInfo) -> RunView:
    line, counts = record.line, record.line.counts
    named = (
        ("Rows read", counts.read), ("New", counts.new), ("Changed", counts.changed), ("Same as before", counts.same),
        ("Older than known", counts.older), ("Refused", counts.refused),
    )  # fmt: skip
    seconds = (record.finished_at - line.started_at).total_seconds() if record.finished_at else 0
    return RunView(
        line.id,
        line.file_name,
        _state(line),
        feed_words(line.feed),
        line.feed in words.FEEDS,
        line.error[:1].upper() + line.error[1:],
        tuple((label, f"{number:,}") for label, number in named),
        times.moment(record.as_of, now, zone),
        times.moment(line.started_at, now, zone),
        times.spoken_length(seconds) if seconds >= 1 else "",
        _size(record.size),
        record.ignored[:MOST_HEADERS],
        tuple(refused_line(row) for row in record.refused),
        max(0, counts.refused - len(record.refused)),
        line.state == "running",
    )


def refused_line(row: RefusedLine) -> RefusedRowLine:
    if row.state == "open":
        badge = Badge("late", "▲", "To look at")
    elif row.state == "retried":
        badge = Badge("ok", "✓", f"Corrected by {row.settled_by}", quiet=True)
    else:
        badge = Badge("waiting", "■", f"Cleared by {row.settled_by}", quiet=True)
    where = f"{row.file_name}, line {row.line}" if row.line else row.file_name
    return RefusedRowLine(f"/feeds/refused/{row.id}", where, row.column, row.reason, badge)


def feed_words(feed: str) -> str:
    return words.FEEDS.get(feed, "Unknown kind of file")


def mapping_view(
    record: RunRecord, feed: Feed, headings: Sequence[Heading], lacking: Sequence[str], typed: Mapping[str, str]
) -> MappingView:
    """Headers nobody knows first, with a choice of our fields for each, and those that are known."""
    labels = {name: field_words(feed, name) for name in feed.fields}
    unknown = [heading for heading in headings if heading.field is None]
    return MappingView(
        record.line.id,
        record.line.file_name,
        feed.name,
        tuple(
            HeadingLine(f"h{one.place}", one.header, typed.get(f"h{one.place}", ""), " · ".join(one.samples))
            for one in unknown[:MOST_HEADERS]
        ),
        tuple(
            HeadingLine(f"h{one.place}", one.header, labels.get(one.field or "", ""), " · ".join(one.samples))
            for one in headings
            if one.field is not None
        ),
        max(0, len(unknown) - MOST_HEADERS),
        tuple(lacking),
        dict(sorted(labels.items(), key=lambda item: item[1].casefold())),
    )


def field_words(feed: Feed, field: str) -> str:
    """A field by the header it usually has."""
    spelled = feed.fields.get(field)
    return spelled[0] if spelled else words.plain(field)


def whole_or_cells(record: RefusedRecord, typed: Mapping[str, str]) -> list[dict[str, object]]:
    """The inputs of the form that corrects a row; what was typed stays."""
    return [
        {
            "name": f"c{cell.place}",
            "label": cell.header,
            "value": typed.get(f"c{cell.place}", cell.value),
            "blamed": cell.to_blame,
        }
        for cell in record.cells
    ]


def _state(line: RunLine) -> Badge:
    kind, shape, word = words.RUN_STATES.get(line.state, words.RUN_STATES["failed"])
    if line.state == "done" and line.open_rows:
        return Badge("soon", "◔", "Rows to look at")
    return Badge(kind, shape, word, quiet=line.state == "done")


def _size(size: int) -> str:
    for unit, step in (("MB", 1 << 20), ("KB", 1 << 10)):
        if size >= step:
            return f"{size / step:,.1f} {unit}"
    return f"{size:,} bytes"
