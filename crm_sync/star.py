"""Our codes in the STAR vocabulary: activities, lead, appointment and labor operation states. Pure.

The names on the right are those of STAR's OpenAPI schemas (DispositionActivityCodes, AppointmentStatusTypes and so on).
"""

from collections.abc import Mapping
from enum import StrEnum


class Activity(StrEnum):
    """STAR's DispositionActivityCodes."""

    CREDIT_APPLICATION = "CustomerCreditApplication"
    EMAILED_DEALER = "CustomerEmailedDealer"
    INFORMATION_UPDATE = "CustomerInformationUpdate"
    LOST_SALE = "CustomerLostSale"
    MEETING_CREATED = "CustomerMeetingCreated"
    MEETING_CONFIRMED = "CustomerMeetingConfirmed"
    MEETING = "CustomerMeeting"
    MEETING_NO_SHOW = "CustomerMeetingNoShow"
    PHONED_DEALER = "CustomerPhonedDealer"
    TRADE_APPRAISAL = "CustomerTradeAppraisal"
    UNSUBSCRIBE = "CustomerUnsubscribe"
    WAS_EMAILED = "CustomerWasEmailed"
    WAS_PHONED = "CustomerWasPhoned"
    WAS_TEXTED = "CustomerWasTexted"
    TEXTED_DEALER = "CustomerTextedDealer"
    WAS_CONTACTED = "CustomerWasContacted"
    EMAIL_BOUNCED = "EmailBounced"
    EMAIL_BROADCAST = "EmailBroadcast"
    LEAD_DELETED = "LeadDeleted"
    LEAD_MERGED_DEALER = "LeadMergedDealer"
    LEAD_MERGED_LMS = "LeadMergedLMS"
    LEAD_REACTIVATED = "LeadReactivated"
    LEAD_RECEIVED_DEALER = "LeadReceivedDealer"
    SHOWROOM_VISIT = "ShowroomVisit"
    VEHICLE_DELIVERED = "VehicleDelivered"
    VEHICLE_DEMOED = "VehicleDemoed"
    VEHICLE_ORDERED = "VehicleOrdered"
    VEHICLE_PUSHED_DMS = "VehiclePushedDMS"
    VEHICLE_SOLD = "VehicleSold"


# Who reached whom, and how: for outcomes STAR has no word of its own for. Our code is kept beside it.
_REACHED: Mapping[tuple[str, str], Activity] = {
    ("voice", "inbound"): Activity.PHONED_DEALER,
    ("voice", "outbound"): Activity.WAS_PHONED,
    ("text", "inbound"): Activity.TEXTED_DEALER,
    ("text", "outbound"): Activity.WAS_TEXTED,
    ("email", "inbound"): Activity.EMAILED_DEALER,
    ("email", "outbound"): Activity.WAS_EMAILED,
}

CONTACT_OUTCOMES = (
    "spoke_customer", "spoke_other", "voicemail_left", "voicemail_full_or_none", "no_answer", "busy", "hung_up",
    "wrong_number", "disconnected", "language_barrier", "abandoned_ivr", "abandoned_ring", "abandoned_hold",
    "abandoned_handoff", "blocked_policy",
)  # fmt: skip

SERVICE_RESULTS: Mapping[str, Activity | None] = {
    "appointment_set": Activity.MEETING_CREATED,
    "rescheduled": Activity.MEETING_CREATED,
    "cancelled": None,
    "confirmed": Activity.MEETING_CONFIRMED,
    "estimate_sent": None,
    "status_given": None,
    "promise_made": None,
    "transferred_warm": None,
    "transferred_cold": None,
    "parts_inquiry": None,
    "complaint_logged": None,
    "tow_arranged": None,
    "no_action_needed": None,
    "info_only": None,
    "callback_requested": None,
}

SERVICE_CLOSE_REASONS: Mapping[str, Activity | None] = {
    "booked": Activity.MEETING_CREATED,
    "completed": Activity.MEETING,
    "already_done_here": Activity.INFORMATION_UPDATE,
    "done_elsewhere": Activity.LOST_SALE,
    "price": Activity.LOST_SALE,
    "no_availability": Activity.LOST_SALE,
    "parts_delay": Activity.LOST_SALE,
    "distance": Activity.LOST_SALE,
    "diy": Activity.LOST_SALE,
    "sold_or_traded_vehicle": Activity.INFORMATION_UPDATE,
    "not_our_make": Activity.LOST_SALE,
    "no_response_after_attempts": Activity.LOST_SALE,
    "duplicate": Activity.LEAD_MERGED_DEALER,
    "wrong_person": Activity.LEAD_DELETED,
    "do_not_contact": Activity.UNSUBSCRIBE,
    "out_of_area": Activity.LOST_SALE,
    "deceased": Activity.LEAD_DELETED,
    "spam": Activity.LEAD_DELETED,
}

SALES_RESULTS: Mapping[str, Activity | None] = {
    "appointment_firm": Activity.MEETING_CONFIRMED,
    "appointment_soft": Activity.MEETING_CREATED,
    "shown": Activity.SHOWROOM_VISIT,
    "demo": Activity.VEHICLE_DEMOED,
    "write_up": Activity.MEETING,
    "sold": Activity.VEHICLE_SOLD,
    "delivered": Activity.VEHICLE_DELIVERED,
    "bought_elsewhere_same_brand": Activity.LOST_SALE,
    "bought_elsewhere_other": Activity.LOST_SALE,
    "price": Activity.LOST_SALE,
    "payment": Activity.LOST_SALE,
    "trade_value": Activity.LOST_SALE,
    "credit": Activity.LOST_SALE,
    "unit_sold": Activity.LOST_SALE,
    "no_stock": Activity.LOST_SALE,
    "timing": Activity.LOST_SALE,
    "not_in_market": Activity.LOST_SALE,
    "no_response": Activity.LOST_SALE,
    "bad_contact": Activity.LEAD_DELETED,
    "duplicate": Activity.LEAD_MERGED_DEALER,
    "do_not_contact": Activity.UNSUBSCRIBE,
}

TEXT_RESULTS: Mapping[str, Activity] = {
    "delivered": Activity.WAS_TEXTED,
    "undelivered": Activity.WAS_TEXTED,
    "replied_yes": Activity.TEXTED_DEALER,
    "replied_no": Activity.TEXTED_DEALER,
    "replied_question": Activity.TEXTED_DEALER,
    "opt_out": Activity.UNSUBSCRIBE,
    "help": Activity.TEXTED_DEALER,
    "wrong_number": Activity.TEXTED_DEALER,
    "ai_answered": Activity.WAS_TEXTED,
    "human_needed": Activity.TEXTED_DEALER,
    "auto_reply": Activity.TEXTED_DEALER,
    "spam": Activity.LEAD_DELETED,
}

DECLINED_WORK: Mapping[str, Activity | None] = {
    "booked": Activity.MEETING_CREATED,
    "sold_later": Activity.MEETING_CREATED,
    "deferred_to": None,
    "declined_again": Activity.LOST_SALE,
    "done_elsewhere": Activity.LOST_SALE,
    "never_presented": None,
    "not_needed": Activity.INFORMATION_UPDATE,
}

LABOR_STATUS: Mapping[str, str] = {
    "booked": "SCHEDULED",
    "sold_later": "SCHEDULED",
    "deferred_to": "DEFERRED",
    "declined_again": "DECLINED",
    "done_elsewhere": "DECLINED",
    "never_presented": "DEFERRED",
    "not_needed": "CANCELLED",
}
"""What became of declined work, as the status of its labor operation."""

APPOINTMENT_STATUS: Mapping[str, str] = {
    "held": "TENTATIVE",
    "booked": "CONFIRMED",
    "moved": "CONFIRMED",
    "arrived": "ARRIVED",
    "completed": "FULFILLED",
    "cancelled": "CANCELLED",
    "no_show": "NO_SHOW",
}

APPOINTMENT_LABOR_STATUS: Mapping[str, str] = {
    "held": "SCHEDULED",
    "booked": "SCHEDULED",
    "moved": "SCHEDULED",
    "arrived": "DISPATCHED",
    "completed": "COMPLETED",
    "cancelled": "CANCELLED",
    "no_show": "CANCELLED",
}

TRANSPORT: Mapping[tuple[str, str], str] = {
    ("waiter", "none"): "WAIT_AT_DEALER",
    ("drop_off", "none"): "DROP_OFF",
    ("drop_off", "shuttle"): "SHUTTLE",
    ("drop_off", "loaner"): "LOANER",
    ("drop_off", "rental"): "RENTAL",
    ("drop_off", "pickup"): "PICK_UP",
}

# Our stages and states of an opportunity (S2-16), and the words CRMs use for theirs.
LEAD_STATUS: Mapping[str, tuple[str, Activity]] = {
    "new": ("NEW", Activity.LEAD_RECEIVED_DEALER),
    "open": ("NEW", Activity.LEAD_RECEIVED_DEALER),
    "inquiry": ("NEW", Activity.LEAD_RECEIVED_DEALER),
    "contacted": ("CONTACTED", Activity.WAS_CONTACTED),
    "qualification": ("CONTACTED", Activity.WAS_CONTACTED),
    "estimate": ("NEGOTIATION", Activity.WAS_CONTACTED),
    "scheduling": ("FOLLOW_UP_SCHEDULED", Activity.WAS_CONTACTED),
    "appointment_set": ("FOLLOW_UP_SCHEDULED", Activity.MEETING_CREATED),
    "confirmation": ("FOLLOW_UP_SCHEDULED", Activity.MEETING_CONFIRMED),
    "shown": ("FOLLOW_UP_SCHEDULED", Activity.SHOWROOM_VISIT),
    "demo": ("DEMO_GIVEN", Activity.VEHICLE_DEMOED),
    "negotiation": ("NEGOTIATION", Activity.MEETING),
    "completion": ("WON", Activity.VEHICLE_SOLD),
    "won": ("WON", Activity.VEHICLE_SOLD),
    "sold": ("WON", Activity.VEHICLE_SOLD),
    "delivered": ("WON", Activity.VEHICLE_DELIVERED),
    "lost": ("LOST", Activity.LOST_SALE),
    "closed": ("DISQUALIFIED", Activity.LEAD_DELETED),
    "bad": ("DISQUALIFIED", Activity.LEAD_DELETED),
    "duplicate": ("DISQUALIFIED", Activity.LEAD_MERGED_DEALER),
    "reopened": ("NEW", Activity.LEAD_REACTIVATED),
}

_CALLS: Mapping[str, Activity | None] = {
    **dict.fromkeys(CONTACT_OUTCOMES),
    **DECLINED_WORK,
    **SALES_RESULTS,
    **SERVICE_CLOSE_REASONS,
    **SERVICE_RESULTS,
}


def activity(code: str, direction: str, channel: str = "voice") -> Activity:
    """The STAR activity nearest to one of our outcomes; who reached whom where STAR has no word for the rest."""
    named = TEXT_RESULTS.get(code) if channel == "text" else None
    return named or _CALLS.get(code) or _REACHED.get((channel, direction), Activity.WAS_CONTACTED)


def lead_status(status: str, reason: str = "") -> tuple[str, Activity]:
    """A lead's STAR status and the activity that led to it; the reason it ended for says more than that it did."""
    known, then = LEAD_STATUS.get(status, ("CONTACTED", Activity.INFORMATION_UPDATE))
    if known in ("LOST", "DISQUALIFIED"):
        then = SALES_RESULTS.get(reason) or SERVICE_CLOSE_REASONS.get(reason) or then
    return known, then
