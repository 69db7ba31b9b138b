"""Times and lengths as people at the store say them; pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_HALF_YEAR = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time for a page: its words, the machine's form, and the full stamp for the title."""

    words: str
    machine: str
    full: str

    @property
    def midway(self) -> str:
        """The words inside a sentence: "today 11:32 am"."""
        first = self.words.partition(" ")[0]
        return (
            self.words.replace(first, first.lower(), 1) if first in ("Today", "Yesterday", "Tomorrow") else self.words
        )


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> Moment:
    """`at` in store time: "Today 11:32 am", "Tue 2:15 pm" within a week, else with its date."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    away = (local.date() - today).days
    named = {0: "Today", -1: "Yesterday", 1: "Tomorrow"}
    if away in named:
        day = named[away]
    elif abs(away) < 7:
        day = f"{local:%a}"
    else:
        day = day_words(local.date(), today)
    return Moment(f"{day} {clock(local)}", at.astimezone(UTC).isoformat(timespec="seconds"), _full(local))


def day_words(day: date, today: date) -> str:
    """ "Nov 3", with the year once it could be mistaken for another."""
    year = f", {day.year}" if abs(day - today) > _HALF_YEAR else ""
    return f"{day:%b} {day.day}{year}"


def clock(local: datetime) -> str:
    """ "2:15 pm"."""
    return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def length(seconds: float) -> str:
    """ "1:48", or "1:02:03" from an hour on."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def spoken_length(seconds: float) -> str:
    """ "1 minute 48 seconds", for those who hear the page."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((minutes, "minute"), (rest, "second")) if n]
    return " ".join(parts) or "0 seconds"


def span(amount: timedelta) -> str:
    """ "12 min", "3 h 10", "2 days": how late or how soon."""
    minutes = max(0, int(amount.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h" + (f" {minutes % 60:02d}" if minutes % 60 and minutes < 24 * 60 else "")
    return f"{minutes // (24 * 60)} days"


def lateness(past: timedelta) -> str:
    """ "Late 12 min"; "Due now" in the first minute."""
    return f"Late {span(past)}" if past >= timedelta(minutes=1) else "Due now"


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants a store's calendar day starts and ends at, whatever its clocks do in between."""
    start = datetime.combine(day, time(0), zone)
    return start.astimezone(UTC), datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def _full(local: datetime) -> str:
    return f"{local:%A}, {local:%B} {local.day}, {local.year}, {clock(local)} {local:%Z}"
