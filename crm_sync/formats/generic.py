"""Plain lists any system can export: customers, vehicles, repair orders, appointments, deals, special orders."""

from crm_sync import sale_mapping, visit_mapping
from crm_sync.formats.blocks import ADVICE, APPOINTMENT, CAR, PERSON, VISIT
from crm_sync.headers import Feed

CUSTOMERS = Feed(
    "customers",
    (),
    ("customer_number",),
    (),
    PERSON,
    sale_mapping.customer_row,
    any_of=("full_name", "last_name"),
    instead=("full_name", "first_name", "last_name", "cell_phone", "home_phone", "email_1"),
)
VEHICLES = Feed(
    "vehicles",
    (),
    ("vin",),
    ("vin", "customer_number"),
    {**PERSON, **CAR, "mileage_in": ("Mileage", "Odometer", "Miles")},
    sale_mapping.vehicle_row,
)
REPAIR_ORDERS = Feed(
    "repair_orders",
    (),
    ("ro_number",),
    ("ro_number", "opened"),
    {**PERSON, **CAR, **ADVICE, **VISIT},
    visit_mapping.repair_order,
)
APPOINTMENTS = Feed(
    "appointments",
    (),
    ("appointment_number",),
    ("appointment_number", "appointment_date"),
    {**PERSON, **CAR, **APPOINTMENT},
    visit_mapping.appointment,
)

FEEDS = (CUSTOMERS, VEHICLES, REPAIR_ORDERS, APPOINTMENTS)
