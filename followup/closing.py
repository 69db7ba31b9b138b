"""What it takes to close a loop: an outcome from the list, evidence, and for Done all four parts (S2-41); pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.sla import LoopFacts, SlaPolicy, may_give_up

DONE = "done"
PARTS = ("reached", "need_identified", "estimate_sent", "next_step_confirmed")
"""Done = customer reached + needs identified + estimate sent + next step confirmed, all four."""

PROOFS = ("call", "text", "appointment", "repair_order", "part_order", "writeback", "note", "none_wanted")
"""Kinds of evidence; `none_wanted` is the customer's own words that they want no estimate."""

INSIDE = frozenset(
    {"writeback_failed", "missing_details", "missing_data", "feed_stale", "sending_trouble", "prompt_returned"}
)
"""Kinds that are nobody's customer waiting: one proof of the work is enough."""

SERVICE_REASONS = (
    "booked",
    "completed",
    "already_done_here",
    "done_elsewhere",
    "price",
    "no_availability",
    "parts_delay",
    "distance",
    "diy",
    "sold_or_traded_vehicle",
    "not_our_make",
    "no_response_after_attempts",
    "duplicate",
    "wrong_person",
    "do_not_contact",
    "out_of_area",
    "deceased",
    "spam",
)
SALES_REASONS = (
    "sold",
    "bought_elsewhere_same_brand",
    "bought_elsewhere_other",
    "price",
    "payment",
    "trade_value",
    "credit",
    "unit_sold",
    "no_stock",
    "timing",
    "not_in_market",
    "no_response_after_attempts",
    "bad_contact",
    "duplicate",
    "wrong_person",
    "do_not_contact",
    "deceased",
    "spam",
)
SYSTEM_REASONS = (
    "answered_by_text",
    "data_arrived",
    "code_mapped",
    "joined",
    "event_past",
    "message_sent",
    "spoken_since",
    "booked_since",
    "kept",
    "file_came",
    "bought_since",
    "visit_done",
    "ended_in_crm",
    "never_sent",
)
"""Reasons the software closes with; each names the row that proves it."""

RELEASES_PROMISES = frozenset(
    {"duplicate", "joined", "never_sent", "wrong_person", "do_not_contact", "deceased", "spam"}
)
"""With these there is nobody left to keep a promise to."""

CAUSES = (
    "no_clear_owner",
    "data_missing",
    "bad_timing",
    "scripts_differ",
    "nowhere_to_escalate",
    "no_capacity",
    "system_failed",
    "customer_unreachable",
)
"""Why it went wrong; the first five are S2-35's."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence: for which part, of what kind, and the row or words it is."""

    part: str
    kind: str
    ref: str = ""
    says: str = ""


class NotClosed(ValueError):
    """It cannot be closed like this; `why` says everything that is missing."""

    def __init__(self, why: Sequence[str]) -> None:
        super().__init__("; ".join(why))
        self.why = tuple(why)


def reasons_for(department: str) -> tuple[str, ...]:
    return SALES_REASONS if department == "sales" else SERVICE_REASONS


def check(
    kind: str,
    department: str,
    outcome: str,
    proofs: Collection[Proof],
    policy: SlaPolicy,
    facts: LoopFacts,
    now: datetime,
) -> None:
    """Raises NotClosed with everything that is in the way."""
    wrong = [f"'{proof.kind}' is no kind of evidence" for proof in proofs if proof.kind not in PROOFS]
    wrong += [f"the {proof.kind} of '{proof.part}' is not named" for proof in proofs if not (proof.ref or proof.says)]
    if not proofs:
        wrong.append("evidence is needed")
    if outcome == DONE:
        if facts.promises:
            wrong.append("a promise is open: keep it, or move it with the customer")
        wrong += _missing_parts(kind, proofs)
    elif outcome not in reasons_for(department):
        wrong.append(f"'{outcome}' is not on the list of outcomes")
    elif outcome == "no_response_after_attempts" and not may_give_up(policy, facts, now):
        wrong.append(
            f"no response needs {policy.close_attempts} valid attempts over {policy.close_days.days} days; "
            f"there are {len(facts.attempts)}"
        )
    elif facts.promises and outcome not in RELEASES_PROMISES:
        wrong.append("a promise is open: keep it, or move it with the customer")
    if wrong:
        raise NotClosed(wrong)


def _missing_parts(kind: str, proofs: Collection[Proof]) -> list[str]:
    if kind in INSIDE:
        return []
    there = {proof.part for proof in proofs if proof.kind != "none_wanted" or proof.part == "estimate_sent"}
    return [f"'{part.replace('_', ' ')}' has no evidence" for part in PARTS if part not in there]
