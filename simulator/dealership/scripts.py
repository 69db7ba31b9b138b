"""What callers say and how the agent answers them, one function for each kind of call the store gets."""

from dataclasses import dataclass
from datetime import datetime

from simulator.dealership.chance import Chance
from simulator.dealership.people import Person
from simulator.dealership.shop_floor import ADDRESS, NAME, TARGETS, ZONE
from simulator.dealership.talk import Talk

GREETING = f"Thanks for calling {NAME}. I'm an automated assistant and this call is recorded. How can I help you today?"
_BYE = ("You're all set. Thanks for calling, goodbye!", "Thank you for calling. Have a good one!")
_NEEDS = {
    "LOF": ("I need an oil change.", "Hi, I'd like to get my oil changed.", "It's time for an oil change."),
    "ROT": ("Can I get my tires rotated?", "I need a tire rotation."),
    "BRKF": ("My front brakes are grinding. I need them done.", "I was told I need front brakes."),
    "BRKINSP": ("My brakes are squealing and I'd like someone to look at them.",),
    "FLAT": ("I've got a nail in my tire.", "I picked up a nail and it's losing air."),
    "ALIGN": ("It pulls to the right. I think I need an alignment.",),
    "BATT": ("It's slow to start, I think it's the battery.",),
    "CEL": ("My check engine light came on this morning.", "The engine light is on."),
    "30K": ("It's due for the thirty thousand mile service.",),
    "RECALL": ("I got a recall letter in the mail.",),
    "AC": ("The air conditioning is blowing warm.",),
}
NEEDS = tuple(_NEEDS)


@dataclass(frozen=True)
class Visit:
    """An appointment as a conversation mentions it."""

    appointment_id: str
    starts_at: datetime
    advisor: str
    code: str
    confirmation: str
    service: str
    price: str


def wall(at: datetime) -> str:
    """As the agent says a time: "Tuesday, July 14 at 8:00 AM"."""
    local = at.astimezone(ZONE)
    return f"{local:%A}, {local:%B} {local.day} at {local.hour % 12 or 12}:{local:%M} {local:%p}"


def local_iso(at: datetime) -> str:
    return at.astimezone(ZONE).isoformat(timespec="minutes")


def find(talk: Talk, person: Person | None, phone: str) -> None:
    """The agent looks the caller up by the number they call from."""
    found: dict[str, object] = {"result": "refused", "reason": "not_found", "say": "I don't have that number on file."}
    if person is not None:
        found = {"result": "customer", "name": person.name, "vehicles": [car.spoken for car in person.cars]}
    talk.tool("find_customer", {"phone": phone}, found)


def greet(chance: Chance) -> Talk:
    talk = Talk(chance)
    talk.agent(GREETING)
    return talk


def books(chance: Chance, person: Person, visit: Visit, others: list[datetime], *, interrupted: bool) -> Talk:
    talk = greet(chance)
    talk.caller(chance.one_of(_NEEDS.get(visit.code, ("I'd like to bring my car in.",))))
    find(talk, person, person.phone)
    line = {"op_code": visit.code, "name": visit.service, "price": visit.price, "safety": "routine", "can_wait": False}
    talk.tool("service_menu", {"words": talk.turns[-1].text}, {"result": "menu", "services": [line]})
    talk.agent(f"I can help with that. Is this for the {person.cars[0].spoken}?")
    talk.caller(chance.one_of(("Yes, that's the one.", "Yep.", "Yes it is. What does it cost?")))
    if talk.turns[-1].text.endswith("cost?"):
        talk.agent(f"For the {visit.service}: {visit.price}. When would you like to come in?")
        talk.caller("Okay. As soon as you can.")
    slots = [{"starts": local_iso(at), "say": wall(at)} for at in (visit.starts_at, *others)][:3]
    talk.tool("offer_slots", {"op_codes": [visit.code]}, {"result": "offers", "slots": slots})
    said = ", or ".join(slot["say"] for slot in slots)
    if interrupted:
        talk.agent(f"I have {said}. Which of those works best for you?", heard=0.45)
        talk.caller("The first one, the first one is fine.")
    else:
        talk.agent(f"I have {said}. Which works for you?")
        talk.caller(chance.one_of(("The first one works.", "Let's do the first.", "First one, please.")))
    booked = {
        "result": "booked",
        "appointment_id": visit.appointment_id,
        "starts": local_iso(visit.starts_at),
        "advisor": visit.advisor,
        "confirmation": visit.confirmation,
        "services": [visit.service],
    }
    talk.tool("book_appointment", {"op_codes": [visit.code], "concern": talk.turns[1].text}, booked)
    talk.agent(
        f"You're booked for {wall(visit.starts_at)} with {visit.advisor}, for the {visit.service}. "
        f"Your confirmation is {' '.join(visit.confirmation)}. Anything else?"
    )
    return _goodbye(talk)


def moves(chance: Chance, person: Person, visit: Visit, was: datetime) -> Talk:
    talk = greet(chance)
    talk.caller(f"I have an appointment on {wall(was).split(' at ')[0]} and I need to move it.")
    find(talk, person, person.phone)
    talk.agent("Happy to. To be sure, what is your ZIP code and the car it is for?")
    talk.caller(f"It's the {person.cars[0].model}.")
    talk.tool("confirm_identity", {"fact": person.cars[0].model}, {"result": "confirmed", "level": 2})
    found = [{"appointment_id": visit.appointment_id, "starts": local_iso(was), "say": wall(was)}]
    talk.tool("find_appointments", {}, {"result": "appointments", "appointments": found}, level=1)
    talk.tool(
        "offer_slots",
        {"appointment_id": visit.appointment_id},
        {"result": "offers", "slots": [{"starts": local_iso(visit.starts_at), "say": wall(visit.starts_at)}]},
    )
    talk.agent(f"I can do {wall(visit.starts_at)} instead. Shall I move it?")
    talk.caller("Yes please.")
    moved = {
        "result": "moved",
        "appointment_id": visit.appointment_id,
        "starts": local_iso(visit.starts_at),
        "advisor": visit.advisor,
    }
    talk.tool("move_appointment", {"appointment_id": visit.appointment_id}, moved, level=1)
    talk.agent(f"Done. You're now down for {wall(visit.starts_at)} with {visit.advisor}. Anything else?")
    return _goodbye(talk)


def asks_status(chance: Chance, person: Person, ro_number: str, status: str, advisor: str) -> Talk:
    talk = greet(chance)
    talk.caller(chance.one_of(("Is my car ready?", "I'm calling to see how my car is coming along.")))
    find(talk, person, person.phone)
    talk.agent("I can check. What are the last name and the car?")
    talk.caller(f"{person.last}, it's a {person.cars[0].model}.")
    talk.tool(
        "confirm_identity", {"fact": f"{person.last} {person.cars[0].model}"}, {"result": "confirmed", "level": 2}
    )
    order = {"ro_number": ro_number, "vehicle": person.cars[0].spoken, "status": status, "advisor": advisor}
    talk.tool("repair_order_status", {}, {"result": "repair_orders", "orders": [order]}, level=2)
    talk.agent(f"Thanks, {person.first}. Your {person.cars[0].model} is {status}. {advisor} is looking after it.")
    talk.caller("Okay, great. Thank you.")
    talk.agent(chance.one_of(_BYE))
    talk.tool("end_call", {"reason": "done"}, {"result": "ending", "reason": "done"})
    return talk


def asks_hours(chance: Chance) -> Talk:
    talk = greet(chance)
    if chance.happens(0.5):
        talk.caller(chance.one_of(("What time do you close today?", "Are you open on Saturday?")))
        say = "The service department is open Monday through Friday 7 AM to 6 PM and Saturday 8 AM to 4 PM."
        talk.tool(
            "store_facts", {"topic": "hours"}, {"result": "store_facts", "name": NAME, "open_now": True, "say": say}
        )
    else:
        talk.caller("Where are you located?")
        say = f"We're at {ADDRESS}."
        talk.tool(
            "store_facts", {"topic": "address"}, {"result": "store_facts", "name": NAME, "open_now": True, "say": say}
        )
    talk.agent(f"{say} Anything else?")
    return _goodbye(talk)


def is_put_through(chance: Chance, key: str, outcome: str) -> Talk:
    talk = greet(chance)
    asked = {
        "parts": "Do you have floor mats in stock?",
        "sales": "I'd like to talk to someone about a new car.",
        "service": "I just want to talk to a person.",
        "cashier": "I have a question about my bill.",
        "manager": "I want to speak to the manager about my last visit.",
    }[key]
    talk.caller(asked)
    label = TARGETS[key][0]
    talk.agent(f"Sure, I'm connecting you to {label} now. Please stay on the line.")
    talk.tool("transfer_call", {"department": key}, {"result": "transferring", "key": key, "label": label})
    talk.transfer(key, outcome)
    talk.end_reason = "with_a_person" if outcome == "connected" else "hung_up"
    return talk


def wants_a_call(chance: Chance, person: Person | None, phone: str, owner: str, due: datetime) -> Talk:
    talk = greet(chance)
    asked = chance.one_of(
        (
            "Can somebody call me about the estimate from last week?",
            "I was promised a price for the rear brakes and nobody called.",
            "I need to know if the part for my car came in.",
            "Could an advisor call me back about my warranty?",
        )
    )
    talk.caller(asked)
    find(talk, person, phone)
    promised = {"result": "promised", "loop_id": chance.hex(32), "owner": owner, "due": local_iso(due)}
    talk.tool("promise_callback", {"reason": asked, "department": "service"}, promised)
    talk.agent(f"I'll have {owner} call you by {wall(due)}. Is this the best number for you?")
    talk.caller("Yes, this one is fine.")
    talk.agent(chance.one_of(_BYE))
    talk.tool("end_call", {"reason": "done"}, {"result": "ending", "reason": "done"})
    return talk


def hangs_up(chance: Chance, *, silent: bool) -> Talk:
    talk = Talk(chance)
    if silent:
        talk.agent(GREETING, heard=0.5)
    else:
        talk.agent(GREETING)
        talk.caller("I wanted to ask about the noise my car is making when, hold on.")
        talk.agent("Of course, take your time.")
        talk.caller("I'll have to call you back.")
    talk.end_reason = "hung_up"
    return talk


def dials_wrong(chance: Chance) -> Talk:
    talk = greet(chance)
    talk.caller("Oh, I was trying to reach the pharmacy.")
    talk.agent("No problem, this is a car dealership. Goodbye!")
    talk.tool("end_call", {"reason": "wrong_number"}, {"result": "ending", "reason": "wrong_number"})
    return talk


def is_told_too_much(chance: Chance, person: Person, at: datetime) -> Talk:
    """The one thing the store must find out about: the agent said it was booked, and it was not."""
    talk = greet(chance)
    talk.caller("Can you put me down for a tire rotation tomorrow at nine?")
    find(talk, person, person.phone)
    late = {"result": "refused", "reason": "timed_out", "say": "That's taking too long."}
    talk.tool("book_appointment", {"op_codes": ["ROT"], "concern": "tire rotation"}, late, decision="timed_out")
    talk.agent(f"You're all set, you're booked for {wall(at)}. Anything else?")
    talk.caller("No, thanks, bye.")
    talk.agent(chance.one_of(_BYE))
    talk.tool("end_call", {"reason": "done"}, {"result": "ending", "reason": "done"})
    return talk


def _goodbye(talk: Talk) -> Talk:
    talk.caller(talk.chance.one_of(("No, that's it. Thank you.", "That's all, thanks.", "Nope, thanks a lot.")))
    talk.agent(talk.chance.one_of(_BYE))
    talk.tool("end_call", {"reason": "done"}, {"result": "ending", "reason": "done"})
    return talk
