"""DealerVault-style files `<DVID>_<YYYYMMDD>_<HHMM>_<TYPE>.txt`: repair orders, appointments, deals, ordered parts."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from crm_sync import sale_mapping, values, visit_mapping
from crm_sync.formats.blocks import ADVICE, APPOINTMENT, CAR, DEAL, PART, PERSON, VISIT
from crm_sync.headers import Feed

_NAME = re.compile(r"(?P<dealer>[A-Za-z0-9-]+)_(?P<day>\d{8})_(?P<time>\d{4})_(?P<type>[A-Za-z_]+)\.\w+")

SV = Feed(
    "sv",
    ("SV",),
    ("ro_number",),
    ("ro_number", "opened"),
    {**PERSON, **CAR, **ADVICE, **VISIT},
    visit_mapping.repair_order,
    ("op_codes",),
)
OPEN_ROS = Feed(
    "open_ros",
    ("OPENRO", "OPEN_RO", "OPEN_ROS", "RO", "SV_OPEN"),
    ("ro_number",),
    ("ro_number", "opened"),
    {**PERSON, **CAR, **ADVICE, **VISIT},
    visit_mapping.repair_order,
    ("ro_status",),
)
SV_APPT = Feed(
    "sv_appt",
    ("SV_APPT", "APPT"),
    ("appointment_number",),
    ("appointment_number", "appointment_date"),
    {**PERSON, **CAR, **APPOINTMENT},
    visit_mapping.appointment,
)
SL = Feed("sl", ("SL",), ("deal_number",), ("deal_number",), {**PERSON, **CAR, **DEAL}, sale_mapping.deal)
SOP = Feed(
    "sop",
    ("SOP", "PTSOP", "SPECIALORDERS"),
    ("order_number", "order_line", "part_number"),
    ("order_number", "part_number"),
    {**PERSON, **CAR, **PART},
    sale_mapping.special_order,
)

FEEDS = (SV, OPEN_ROS, SV_APPT, SL, SOP)


def named(file_name: str) -> Feed | None:
    """The feed a file's name says it is."""
    found = _NAME.fullmatch(file_name)
    kind = found["type"].upper() if found else ""
    return next((feed for feed in FEEDS if kind in feed.named), None)


def spoken_in(file_name: str, zone: ZoneInfo) -> datetime | None:
    """The moment a file's name says it speaks of, at the store."""
    found = _NAME.fullmatch(file_name)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found["day"])
        return values.moment(day, time(int(found["time"][:2]), int(found["time"][2:])), zone)
    except ValueError:
        return None
