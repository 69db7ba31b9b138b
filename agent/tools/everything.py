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
from agent.tools.care import maintenance_due
from agent.tools.codes import confirm_code, send_code
from agent.tools.complaints import log_complaint
from agent.tools.contact import correct_contact
from agent.tools.customer import confirm_identity, find_customer
from agent.tools.garage import advised_work, answer_advised_work, list_cars, parts_on_order
from agent.tools.handoff import end_call, transfer_call
from agent.tools.inquiries import parts_inquiry, request_estimate, request_test_drive, sales_inquiry, trade_in
from agent.tools.registry import Tool
from agent.tools.safety import safety_check
from agent.tools.service import repair_order_status, service_menu, store_facts
from agent.tools.waiting import hold_slot, join_wait_list, request_recall

SERVICE_INBOUND: tuple[Tool, ...] = (
    find_customer,
    confirm_identity,
    send_code,
    confirm_code,
    correct_contact,
    list_cars,
    store_facts,
    service_menu,
    offer_slots,
    hold_slot,
    book_appointment,
    find_appointments,
    move_appointment,
    cancel_appointment,
    join_wait_list,
    request_recall,
    repair_order_status,
    parts_on_order,
    advised_work,
    answer_advised_work,
    maintenance_due,
    request_estimate,
    parts_inquiry,
    sales_inquiry,
    request_test_drive,
    trade_in,
    safety_check,
    log_complaint,
    promise_callback,
    take_message,
    honor_wish,
    transfer_call,
    end_call,
)
