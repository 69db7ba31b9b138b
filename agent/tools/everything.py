"""The full set of tools an inbound service call is given, in the order the model reads them."""

from __future__ import annotations

from agent.tools.appointments import (
    book_appointment,
    cancel_appointment,
    find_appointments,
    move_appointment,
    offer_slots,
)
from agent.tools.callbacks import honor_wish, promise_callback, take_message
from agent.tools.customer import confirm_identity, find_customer
from agent.tools.handoff import end_call, transfer_call
from agent.tools.registry import Tool
from agent.tools.service import repair_order_status, service_menu, store_facts

SERVICE_INBOUND: tuple[Tool, ...] = (
    find_customer,
    confirm_identity,
    store_facts,
    service_menu,
    offer_slots,
    book_appointment,
    find_appointments,
    move_appointment,
    cancel_appointment,
    repair_order_status,
    promise_callback,
    take_message,
    honor_wish,
    transfer_call,
    end_call,
)
