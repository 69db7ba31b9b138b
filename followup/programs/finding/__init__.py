"""Who qualifies: one query per program, indexed and bounded, with the reason for each person."""

from collections.abc import Mapping

from followup.programs.finding import advised, buyers, habits, households, leases, parts, visits
from followup.programs.people import Find

FINDERS: Mapping[str, Find] = {
    "declined_red": advised.red,
    "declined_yellow": advised.yellow,
    "deferred_work": advised.put_off,
    "silent_buyer": buyers.silent,
    "silent_customer": habits.gone_quiet,
    "watch_list": buyers.silent,
    "lease_ending": leases.ending,
    "household_due": households.due,
    "first_service": buyers.without_service,
    "post_delivery": buyers.delivered,
    "after_visit": visits.over,
    "visit_confirm": visits.booked,
    "visit_reminders": visits.coming,
    "no_show": visits.missed,
    "part_arrived": parts.arrived,
}
