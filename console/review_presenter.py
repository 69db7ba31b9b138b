"""Two records side by side, findings and codes, as exactly what their templates show; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from console import positions, times, words
from console.customer_presenter import address_words, car_line, reach_line
from console.presenters import Badge
from console.times import Moment
from record.customer_views import Car, CustomerHead, Reach
from record.hygiene import Finding
from record.matching.compare import MAYBE_BITS, SAME_BITS
from record.pair_reviews import JOINED, WAITING, Pair, PairLine

_WORTH = (
    (11.0, "Speaks strongly for one person"),
    (6.0, "Speaks for one person"),
    (1.0, "Speaks a little for one person"),
    (-1.0, "Says little"),
    (-6.0, "Speaks a little for two people"),
    (-11.0, "Speaks for two people"),
)
_STRONGEST_AGAINST = "Speaks strongly for two people"
_PICKED = (
    ("first_name", "First name"),
    ("middle_name", "Middle name"),
    ("last_name", "Last name"),
    ("birth_date", "Birth date"),
    ("language", "Language"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    address: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class PairRow:
    address: str
    names: str
    why: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One field compared. `worth` says in words what `bits` says as a number."""

    says: str
    worth: str
    bits: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One fact of both records; `field` is set where somebody may pick which stays."""

    label: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    same: bool
    field: str = ""


@dataclass(frozen=True, slots=True)
class PairView:
    id: str
    one_id: str
    other_id: str
    one: str
    other: str
    verdict: Badge
    explained: str
    reasons: tuple[ReasonLine, ...]
    fields: tuple[FieldLine, ...]
    state: str
    decided: str
    merge_id: str
    asked: bool
    previous: str
    next: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    id: str
    kind: str
    says: str
    address: str
    link: str
    found: Moment


@dataclass(frozen=True, slots=True)
class Told:
    """The answer just given, and where it is taken back."""

    says: str
    undo: str


@dataclass(frozen=True)
class Side:
    """One of the two records, as it was read."""

    person: CustomerHead
    reaches: Sequence[Reach]
    cars: Sequence[Car]


def tabs(chosen: str, counts: Mapping[str, int]) -> tuple[Tab, ...]:
    named = (
        ("pairs", "Same person?", "/review"),
        ("findings", "Findings", "/review/findings"),
        ("codes", "Codes", "/review/codes"),
        ("joined", "Joined", "/review/joined"),
    )
    return tuple(Tab(address, label, counts.get(key, 0), key == chosen) for key, label, address in named)


def pair_row(line: PairLine) -> PairRow:
    why = "; ".join(str(reason.get("says", "")) for reason in line.reasons[:3])
    return PairRow(f"/review/pairs/{line.id}", f"{line.one} and {line.other}", why, _likely(line.score))


def pair_view(
    pair: Pair,
    one: Side,
    other: Side,
    around: tuple[str | None, str | None],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> PairView:
    """Both records, with every field compared, and what was decided if it was."""
    bits = sum(_bits(reason) for reason in pair.reasons)
    before, after = (f"/review/pairs/{near}" if near else "" for near in around)
    return PairView(
        pair.id,
        pair.one_id,
        pair.other_id,
        one.person.name,
        other.person.name,
        _likely(pair.score),
        _explained(bits, pair.reasons),
        tuple(reason_line(reason) for reason in pair.reasons),
        _fields(one, other, now, zone),
        pair.state,
        _decided(pair, now, zone),
        pair.merge_id or "",
        pair.asked,
        before,
        after,
    )


def decided_on(pair: Pair, now: datetime, zone: ZoneInfo) -> Told | None:
    says = _decided(pair, now, zone)
    return Told(says, f"/review/pairs/{pair.id}/again") if says else None


def reason_line(reason: Mapping[str, Any]) -> ReasonLine:
    """What was found in one field and what it is worth, in words first."""
    bits = _bits(reason)
    worth = next((says for least, says in _WORTH if bits >= least), _STRONGEST_AGAINST)
    if bits >= 1:
        badge = Badge("ok", "+", f"{bits:g}")
    elif bits > -1:
        badge = Badge("waiting", "±", f"{bits:g}")
    else:
        badge = Badge("late", "−", f"{abs(bits):g}")
    return ReasonLine(str(reason.get("says", "")), worth, f"{bits:+g} bits", badge)


def finding_row(one: Finding, now: datetime, zone: ZoneInfo) -> FindingRow:
    address, link = "", ""
    if one.subject_table == "match_pair":
        address, link = f"/review/pairs/{one.subject_id}", "Compare the two"
    elif one.subject_table == "code_map":
        address, link = "/review/codes", "Say what it means"
    elif one.customer_id:
        address, link = f"/customers/{one.customer_id}", "Open the customer"
    return FindingRow(one.id, kind_words(one.kind), one.says, address, link, times.moment(one.found_at, now, zone))


def finding_kinds(counts: Mapping[str, int], chosen: str) -> tuple[Tab, ...]:
    """One chip for each kind there is, and one for all."""
    everything = Tab("/review/findings", "All", sum(counts.values()), chosen not in counts)
    kinds = sorted(counts, key=lambda kind: (-counts[kind], kind))
    rest = (Tab(f"/review/findings?kind={kind}", kind_words(kind), counts[kind], kind == chosen) for kind in kinds)
    return (everything, *rest)


def kind_words(kind: str) -> str:
    return words.FINDINGS.get(kind) or words.plain(kind)


def further_findings(kind: str, last: Finding | None) -> str | None:
    if last is None:
        return None
    kept = {"kind": kind} if kind else {}
    return f"/review/findings?{urlencode({**kept, 'before': positions.written(last.found_at, last.id)})}"


def _bits(reason: Mapping[str, Any]) -> float:
    found = reason.get("bits", 0)
    return float(found) if isinstance(found, int | float) else 0.0


def _likely(score: float) -> Badge:
    if score >= 0.9:
        return Badge("info", "●", "Very likely one")
    if score >= 0.6:
        return Badge("soon", "◔", "Likely one")
    return Badge("waiting", "◔", "Perhaps one")


def _explained(bits: float, reasons: Sequence[Mapping[str, Any]]) -> str:
    """Why a person is asked at all."""
    if any(_bits(reason) <= -2 for reason in reasons):
        return (
            f"What agrees adds up to {bits:g} bits of evidence, and something speaks against it. So a person decides."
        )
    if bits >= SAME_BITS:
        return f"The evidence is strong ({bits:g} bits), but the names leave room for a relative. So a person decides."
    return (
        f"The evidence adds up to {bits:g} bits. Below {MAYBE_BITS:g} nobody would be asked; "
        f"from {SAME_BITS:g} on, with names that agree, the two would be joined automatically."
    )


def _decided(pair: Pair, now: datetime, zone: ZoneInfo) -> str:
    if pair.state == WAITING or pair.decided_at is None:
        return ""
    what = "Joined into one record" if pair.state == JOINED else "Kept as two people"
    return f"{what} by {pair.decided_by}, {times.moment(pair.decided_at, now, zone).words}"


def _fields(one: Side, other: Side, now: datetime, zone: ZoneInfo) -> tuple[FieldLine, ...]:
    lines = []
    for field, label in _PICKED:
        mine, theirs = (_text(getattr(side.person, field)) for side in (one, other))
        if mine or theirs:
            pick = field if mine and theirs and mine != theirs else ""
            lines.append(FieldLine(label, (mine,), (theirs,), mine == theirs, pick))
    mine, theirs = address_words(one.person), address_words(other.person)
    if mine or theirs:
        pick = "street" if mine and theirs and mine != theirs else ""
        lines.append(FieldLine("Address", (mine,), (theirs,), mine == theirs, pick))
    for kind, label in (("phone", "Phones"), ("email", "E-mail")):
        both = [
            tuple(reach_line(reach, now, zone).words for reach in side.reaches if reach.kind == kind)
            for side in (one, other)
        ]
        if any(both):
            lines.append(FieldLine(label, both[0], both[1], bool(set(both[0]) & set(both[1]))))
    cars = [tuple(_car(car, now, zone) for car in side.cars) for side in (one, other)]
    if any(cars):
        lines.append(FieldLine("Cars", cars[0], cars[1], bool({c.vin for c in one.cars} & {c.vin for c in other.cars})))
    return tuple(lines)


def _car(car: Car, now: datetime, zone: ZoneInfo) -> str:
    line = car_line(car, now, zone)
    return f"{line.named} ({'; '.join(line.facts)})"


def _text(value: str | date | None) -> str:
    return f"{value:%m/%d/%Y}" if isinstance(value, date) else words.LANGUAGES.get(value or "", value or "")
