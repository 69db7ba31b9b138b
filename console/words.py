"""The words on screen for the codes in the record."""

DISPOSITIONS = {
    "appointment_set": "Booked",
    "rescheduled": "Appointment moved",
    "cancelled": "Appointment cancelled",
    "confirmed": "Appointment confirmed",
    "status_given": "Status given",
    "info_only": "Question answered",
    "estimate_sent": "Estimate sent",
    "promise_made": "Callback promised",
    "callback_requested": "Callback requested",
    "transferred_warm": "Put through, with context",
    "transferred_cold": "Put through to a person",
    "parts_inquiry": "Put through to parts",
    "complaint_logged": "Complaint noted",
    "tow_arranged": "Tow arranged",
    "no_action_needed": "Nothing needed",
    "hung_up": "Hung up before it was settled",
    "abandoned_ivr": "Hung up without a word",
    "abandoned_ring": "Left while it rang",
    "abandoned_handoff": "Put through, reached nobody",
    "do_not_contact": "Does not want to be contacted",
    "wrong_number": "Wrong number",
}

CONTACTS = {
    "spoke_customer": "Spoke with the customer",
    "spoke_other": "Spoke with someone else",
    "hung_up": "Hung up",
    "abandoned_ivr": "Left before saying what they need",
    "abandoned_ring": "Left while it rang",
    "abandoned_hold": "Left while waiting",
    "abandoned_handoff": "Left during the hand-off",
    "wrong_number": "Wrong number",
    "language_barrier": "No common language",
    "voicemail_left": "Left a voicemail",
    "no_answer": "No answer",
    "answered": "Answered, by whom nobody said",
    "busy": "Busy",
    "failed": "Could not be reached",
}

END_REASONS = {
    "done": "The call was finished",
    "finished": "The call was finished",
    "hung_up": "The caller hung up",
    "caller_hung_up": "The caller hung up",
    "with_a_person": "Put through to a person",
    "wrong_number": "It was a wrong number",
    "abuse": "The AI ended an abusive call",
    "silence": "Nobody spoke any more",
    "max_length": "The longest call length was reached",
    "model_unavailable": "The AI was not available",
    "model_failed": "The AI could not go on",
    "model_mute": "The AI stopped speaking",
    "model_loops": "The AI repeated itself and was stopped",
    "carrier_silent": "The phone line went silent",
    "carrier_stalled": "The phone line stalled",
    "failed": "Something went wrong on our side",
    "drain": "The server was being restarted",
    "process_lost": "The server stopped during the call",
}

AGENTS = {"stream": "Speech AI", "relay": "House agent", "gather": "House agent", "none": "No AI"}

TOOLS = {
    "find_customer": "Looked up the customer",
    "confirm_identity": "Checked who is calling",
    "store_facts": "Looked up store facts",
    "service_menu": "Looked at the service menu",
    "offer_slots": "Looked for openings",
    "book_appointment": "Booked",
    "find_appointments": "Looked up appointments",
    "move_appointment": "Moved the appointment",
    "cancel_appointment": "Cancelled the appointment",
    "repair_order_status": "Looked up the repair order",
    "send_code": "Sent a one-time code, if there is a number for it",
    "confirm_code": "Checked the one-time code",
    "correct_contact": "Noted new contact details",
    "hold_slot": "Held a time",
    "join_wait_list": "Put them on the wait list",
    "request_recall": "Took in a recall",
    "maintenance_due": "Looked up what is due",
    "list_cars": "Looked up the cars",
    "parts_on_order": "Looked up parts on order",
    "advised_work": "Looked up advised work",
    "answer_advised_work": "Noted an answer to advised work",
    "request_estimate": "Asked for an estimate",
    "parts_inquiry": "Passed on a parts inquiry",
    "sales_inquiry": "Passed on a sales inquiry",
    "request_test_drive": "Asked for a test drive",
    "trade_in": "Took in a trade",
    "safety_check": "Gave safety advice and called for a person",
    "log_complaint": "Took down a complaint",
    "promise_callback": "Promised a callback",
    "take_message": "Took a message",
    "transfer_call": "Asked to pass the call on",
    "end_call": "Ended the call",
}
TRIED = {
    "book_appointment": "Tried to book",
    "move_appointment": "Tried to move the appointment",
    "cancel_appointment": "Tried to cancel the appointment",
    "promise_callback": "Tried to promise a callback",
    "take_message": "Tried to take a message",
    "end_call": "Tried to end the call",
}
DECISIONS = {
    "refused": "not allowed",
    "failed": "did not work",
    "timed_out": "took too long",
    "unknown_tool": "no such tool",
}

NAMELESS = "Somebody unnamed"

LOOPS = {
    "callback": "Callback owed",
    "complaint": "Upset customer",
    "handoff": "Hand-off owed",
    "writeback_failed": "Write-back to be fixed",
    "feed_stale": "Store files not coming",
    "sending_trouble": "Texts of ours refused by carriers",
    "prompt_returned": "A prompt went back by itself",
    "lead": "Lead to answer",
    "missing_data": "Something to ask",
    "missing_details": "Code to explain",
    "missed_call": "Missed call",
    "tell_status": "Customer to be told",
    "part_arrived": "Part in, call owed",
    "promise_at_risk": "Promise time at risk",
    "no_show": "Did not come",
    "confirm_estimate": "Estimate to confirm",
    "declined_work": "Work not done",
    "silent_defector": "Away from service",
    "lease_ending": "Lease ends soon",
    "household_due": "Household car due",
    "first_service": "First service",
    "post_delivery": "After delivery",
    "after_visit": "After a visit",
    "visit_unconfirmed": "Visit to confirm",
}

TRANSFERS = {
    "connected": "answered",
    "answered": "answered",
    "completed": "answered",
    "busy": "line busy",
    "no_answer": "no answer",
    "no-answer": "no answer",
    "failed": "could not be reached",
    "cancelled": "caller left",
    "canceled": "caller left",
    "declined": "declined",
    "voicemail": "answered, nobody took the call",
    "dropped": "line dropped",
}

STAGES = {"asked": "asked for", "ringing": "ringing", "briefing": "being told", "talking": "talking"}

DELIVERY = {
    "pending": "Waiting to be sent",
    "sending": "Being sent",
    "acked": "Delivered",
    "acknowledged": "Delivered",
    "retry": "Trying again",
    "dead": "Could not be delivered",
}

CLAIMS = {
    "said_booked": "Said it was booked, and no booking was found",
    "said_moved": "Said it was moved, and no change was found",
    "said_cancelled": "Said it was cancelled, and no cancellation was found",
    "said_transferred": "Said the call was put through, and it was not",
    "said_will_call_back": "Promised a call, and no callback was found",
    "said_price": "Named a price that was not looked up",
    "made_commitment": "Promised something the store has not agreed to",
    "denied_being_ai": "Denied being an AI",
    "said_link": "Mentioned a link that was not sent",
}

MODALITIES = {
    "audio_in": "Caller’s voice",
    "audio_cached_in": "Caller’s voice, repeated",
    "audio_out": "AI’s voice",
    "text_in": "Instructions and facts",
    "text_cached_in": "Instructions and facts, repeated",
    "text_out": "AI’s words and tool calls",
    "transcription_s": "Writing down the caller’s words",
    "transcription_audio_in": "Writing down the caller’s words",
    "transcription_text_in": "Writing down, instructions",
    "transcription_text_out": "Writing down, the text itself",
    "media_stream_s": "Audio stream to the phone line",
    "carrier_s": "Phone line",
    "recording_s": "Recording",
}

SPEAKERS = {"caller": "Caller", "agent": "AI", "staff": "Person", "system": "Note"}
LEVELS = {
    0: "Not verified: a name or a number alone proves nothing",
    1: "Number on file, confirmed by the carrier",
    2: "Confirmed by two facts",
    3: "Confirmed by a person",
}
TARGETS = {"csv": "CSV drop folder", "csv_drop": "CSV drop folder", "csv_folder": "CSV drop folder"}

NEEDS = {"open_visit": "In the shop", "parts_in": "Parts in", "unsold_red": "Red work"}
HOUSEHOLD = {
    "co_buyer": "Bought together",
    "shared_address": "Same address",
    "shared_phone": "Same phone",
    "declared": "Said so",
}
CONSENT = {
    "grant": ("ok", "✓", "Allowed"),
    "revoke": ("late", "■", "Took back"),
    "block": ("late", "■", "Blocked by the store’s system"),
}
CHANNELS = {"call": "Calls", "text": "Texts", "email": "E-mail", "mail": "Mail", "all": "Every kind of contact"}
FINDINGS = {
    "duplicate": "Perhaps a double",
    "unmapped_status": "Code without a meaning",
    "no_contact": "No way to reach them",
    "no_name": "No name",
    "no_vin": "No VIN",
    "odd_vin": "Odd VIN",
    "bad_phone": "Odd phone number",
    "wrong_number": "Wrong number",
    "closed_elsewhere": "Closed in the store’s system",
    "odd_contact": "Odd contact details",
    "lead_in_one_system": "Lead in one system only",
    "uneven_groups": "Uneven columns in a file",
}
LANGUAGES = {"en": "English", "es": "Spanish", "fr": "French"}
RO_STATUSES = {
    "scheduled": "Scheduled",
    "arrived": "Arrived",
    "waiting_dispatch": "Waiting for a technician",
    "in_shop": "In the shop",
    "diagnosing": "Being diagnosed",
    "awaiting_approval": "Waiting for the customer’s approval",
    "awaiting_parts": "Waiting for parts",
    "on_hold": "On hold",
    "quality_check": "Quality check",
    "ready": "Ready to be picked up",
    "invoiced": "Invoiced",
    "picked_up": "Picked up",
    "closed": "Closed",
    "void": "Void",
}
LEAD_CHANNELS = {
    "web": "Web form",
    "adf": "ADF message",
    "phone": "Phone",
    "walk_in": "Walk-in",
    "crm_csv": "CRM file",
    "chat": "Chat",
    "text": "Text",
    "email": "E-mail",
    "call": "Call",
    "voicemail": "Voicemail",
}
PARSE_STATES = {
    "whole": ("ok", "✓", "Read whole"),
    "recovered": ("soon", "◔", "Read in part"),
    "raw": ("late", "▲", "Not read"),
}
DELIVERY_STATES = {"waiting": "Waits for another try", "taken": "Taken", "refused": "Refused"}
FEEDS = {
    "sv": "Closed repair orders (SV)",
    "open_ros": "Open repair orders",
    "sv_appt": "Appointments (SV_APPT)",
    "sl": "Deals (SL)",
    "sop": "Special order parts",
    "customers": "Customers",
    "vehicles": "Vehicles",
    "repair_orders": "Repair orders",
    "appointments": "Appointments",
}
SOURCE_KINDS = {"folder": "Watched folder", "sftp": "SFTP server"}
RUN_STATES = {
    "running": ("info", "◉", "Being taken in"),
    "done": ("ok", "✓", "Taken in"),
    "failed": ("late", "▲", "Not taken in"),
}
TEXT_STATES = {
    "pending": "waiting to be sent",
    "sending": "being sent",
    "unknown": "not known yet whether it left",
    "rejected": "refused by the carrier",
    "withheld": "held back",
    "superseded": "not sent: somebody answered first",
    "taken_back": "taken back before it left",
    "not_sent": "not sent",
}
STORY_KINDS = {
    "call": "Call",
    "text": "Text",
    "contact": "Contact",
    "repair_order": "Visit",
    "recommendation": "Advice",
    "part": "Part",
    "store_appointment": "Appointment",
    "appointment": "Appointment",
    "deal": "Deal",
    "lead": "Lead",
    "consent": "Consent",
    "merge": "Record",
    "merge_undone": "Record",
}
STORY_DETAILS = {
    "body": "",
    "words": "",
    "concern": "Concern",
    "measured": "Measured",
    "colour": "Inspection",
    "reason": "Reason",
    "source": "From",
}


_INITIALS = frozenset({"ai", "bdc", "gm", "ro", "sms", "vin"})


def plain(code: str) -> str:
    """A code nobody has put into words yet, as readable as it gets."""
    words = code.replace("_", " ").replace("-", " ").split()
    text = " ".join(word.upper() if word in _INITIALS else word for word in words)
    return text[:1].upper() + text[1:] if text else "Unknown"


ROLE_NAMES = {
    "advisor": "Advisor",
    "bdc": "BDC",
    "manager": "Manager",
    "gm": "General manager",
    "admin": "Administrator",
}

DEPARTMENT_NAMES = {"service": "Service", "sales": "Sales", "parts": "Parts"}
