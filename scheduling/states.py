"""The states of an appointment and the moves between them that are legal."""

from enum import StrEnum


class AppointmentState(StrEnum):
    HELD = "held"
    BOOKED = "booked"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


LEGAL: dict[AppointmentState, frozenset[AppointmentState]] = {
    AppointmentState.HELD: frozenset({AppointmentState.BOOKED, AppointmentState.CANCELLED}),
    AppointmentState.BOOKED: frozenset(
        {
            AppointmentState.BOOKED,  # moved to another time
            AppointmentState.ARRIVED,
            AppointmentState.CANCELLED,
            AppointmentState.NO_SHOW,
        }
    ),
    AppointmentState.ARRIVED: frozenset({AppointmentState.COMPLETED}),
    # A customer who was given up on may still come in.
    AppointmentState.NO_SHOW: frozenset({AppointmentState.ARRIVED}),
    AppointmentState.COMPLETED: frozenset(),
    AppointmentState.CANCELLED: frozenset(),
}


def may_become(state: AppointmentState, then: AppointmentState) -> bool:
    return then in LEGAL[state]
