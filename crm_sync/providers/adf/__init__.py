"""ADF as dealers receive it: one message body into the leads in it. Nothing is fetched, nothing is lost. Pure."""

from dataclasses import replace

from crm_sync.lead_ports import LeadContext
from crm_sync.providers.adf.mapping import is_empty, lead_of
from crm_sync.providers.adf.trees import Node, strict_tree, tolerant_tree
from crm_sync.providers.adf.unwrap import Unreadable, adf_text
from followup.lead_facts import MOST_LEADS, Channel, NewLead, ParseState, Reading, raw_lead


def read_adf(body: bytes, context: LeadContext) -> Reading:
    """Every prospect in the body as a lead; a body that cannot be read is one raw lead with the reason."""
    try:
        found = adf_text(body)
        tree = strict_tree(found.text)
        undone = list(found.undone)
        if tree is None:
            tree = tolerant_tree(found.text)
            undone.append("malformed XML")
        leads = [lead_of(each, context) for each in _prospects(tree)[:MOST_LEADS] if not is_empty(each)]
    except Unreadable as reason:
        return Reading((raw_lead(Channel.ADF, body, str(reason)),))
    if not leads:
        return Reading((raw_lead(Channel.ADF, body, "has no prospect with anything in it"),))
    if undone:
        why = f"repaired: {', '.join(dict.fromkeys(undone))}"
        leads = [replace(lead, parse_state=ParseState.RECOVERED, reason=why) for lead in leads]
    return Reading((*leads, *_beyond(tree, body)))


def _prospects(tree: Node) -> list[Node]:
    """The prospects wherever they are; customer and vehicles without one around them are one prospect."""
    found = [node for node in tree.below() if node.tag == "prospect"]
    return found or [tree]


def _beyond(tree: Node, body: bytes) -> tuple[NewLead, ...]:
    more = len(_prospects(tree)) - MOST_LEADS
    if more <= 0:
        return ()
    return (raw_lead(Channel.ADF, body, f"{more} more prospects than the {MOST_LEADS} taken from one message"),)
