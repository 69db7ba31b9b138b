"""What is left to set up, from what is there. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from console.ports import Check
from record.account_models import Grant
from record.phone_book import Entry
from record.store_care import StoreFacts


@dataclass(frozen=True, slots=True)
class Step:
    """One step: whether it is done, what it is for, and where it is done."""

    name: str
    done: bool
    says: str
    address: str
    to_do: str


def steps(
    facts: StoreFacts, listed: Sequence[Entry], people: Sequence[Grant], checks: Sequence[Check]
) -> tuple[Step, ...]:
    """In the order a store goes through them; each can be left for later."""
    bad = {check.code for check in checks if check.level != "ok"}
    return (
        Step(
            "Owner account",
            any(not one.ended_at for one in people),
            "Somebody who signs in and lets others in.",
            "/admin/people",
            "Let somebody in",
        ),
        Step(
            "Store, zone and hours", bool(facts.hours), "Clocks count open hours only.", "/admin/rooftops", "Set hours"
        ),
        Step(
            "Phone carrier",
            not {"TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "LANEKEEPER_PUBLIC_ORIGIN"} & bad,
            "The account, and the address it reaches this server at: set in the environment.",
            "/admin/health",
            "See what is missing",
        ),
        Step(
            "Speech model",
            "OPENAI_API_KEY" not in bad,
            "Without a key the built-in agent answers.",
            "/admin/health",
            "See what is missing",
        ),
        Step(
            "Phones to hand calls to",
            bool(listed),
            "Departments, and each person’s own phone.",
            "/admin/phones",
            "Add a phone",
        ),
        Step(
            "People",
            len(people) > 1,
            "Who works here, in which role and department.",
            "/admin/people",
            "Let somebody in",
        ),
        Step(
            "Go live",
            not bad,
            f"Forward unanswered calls to {_first(facts)} first: on most lines *92 and the number.",
            "/admin/health",
            "Check everything",
        ),
    )


def _first(facts: StoreFacts) -> str:
    return facts.lines[0][0] if facts.lines else "your new number"
