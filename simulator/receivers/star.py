"""A dealership system with a STAR-vocabulary REST interface: stores what is posted, knows a repeat, can be read."""

import json
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

from simulator.http_server import HttpAnswer, HttpRequest, HttpServer
from simulator.receivers.faults import Fault, Script

_COLLECTIONS = {
    "service-appointments": ("service_appointment_key", "service_appointment_id"),
    "sales-leads": ("lead_id", "sales_lead_id"),
}
_ACTIVITIES = frozenset(
    "CustomerCreditApplication CustomerEmailedDealer CustomerInformationUpdate CustomerLostSale CustomerMeetingCreated "
    "CustomerMeetingConfirmed CustomerMeeting CustomerMeetingNoShow CustomerPhonedDealer CustomerTradeAppraisal "
    "CustomerUnsubscribe CustomerWasEmailed CustomerWasPhoned CustomerWasTexted CustomerTextedDealer "
    "CustomerWasContacted EmailBounced EmailBroadcast LeadDeleted LeadMergedDealer LeadMergedLMS LeadReactivated "
    "LeadReceivedDealer ShowroomVisit VehicleDelivered VehicleDemoed VehicleOrdered VehiclePushedDMS "
    "VehicleSold".split()
)
_APPOINTMENT_STATUSES = frozenset(
    "INITIATED WAIT_LISTED REQUESTED TENTATIVE CONFIRMATION_PENDING CONFIRMED CHECK_IN_PENDING ARRIVED CHECKED_IN "
    "READY IN_PROGRESS ON_HOLD PARTIALLY_FULFILLED FULFILLED CANCELLED NO_SHOW_CONFIRMED EXPIRED DECLINED REJECTED "
    "NO_SHOW FAILED CLOSED UNKNOWN".split()
)
_LABOR_STATUSES = frozenset(
    "SCHEDULED DISPATCHED IN_PROGRESS ON_HOLD COMPLETED READY_FOR_PICKUP PENDING_PAYMENT CANCELLED DEFERRED "
    "DECLINED".split()
)


class StarService:
    """`documents` are by external identifier, in the order they were taken; `current` is the newest of each subject."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.script = Script(faults)
        self.token = secrets.token_urlsafe(24)
        self.documents: dict[str, dict[str, Any]] = {}
        self.current: dict[str, dict[str, Any]] = {}
        self.repeats: Counter[str] = Counter()
        self._server = HttpServer(self._answer)
        self.url = ""

    async def start(self, address: str = "127.0.0.1:0") -> None:
        self.url = f"http://{await self._server.start(address)}/star/v1"

    async def close(self) -> None:
        await self._server.close()

    async def _answer(self, request: HttpRequest) -> HttpAnswer:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return HttpAnswer.of_json({"error": "token"}, 401)
        collection = request.path.removeprefix("/star/v1/")
        if collection not in _COLLECTIONS:
            return HttpAnswer.of_json({"error": "no such collection"}, 404)
        if request.method == "GET":
            query = request.query
            wanted = {"context": query.get("identifier_context"), "id_value": query.get("identifier_value")}
            found = [each for each in self.documents.values() if wanted in each["identifiers"]]
            return HttpAnswer.of_json([each for each in found if _COLLECTIONS[collection][1] in each])
        return await self._create(collection, json.loads(request.body))

    async def _create(self, collection: str, document: dict[str, Any]) -> HttpAnswer:
        fault = self.script.next()
        async with self.script.around(fault):
            problem = problem_with(collection, document)
            if problem or fault is Fault.REFUSAL:
                return HttpAnswer.of_json({"error": problem or "refused by the script"}, 422)
            if fault.keeps and not self._keep(collection, document):
                return HttpAnswer.of_json({"error": "this identifier is taken"}, 409)
        if fault in (Fault.ERROR_BEFORE, Fault.ERROR_AFTER):
            return HttpAnswer.of_json({"error": "overloaded"}, 503)
        if fault is Fault.REDIRECT:
            return HttpAnswer(307, headers={"Location": "http://127.0.0.1:9/elsewhere"})
        return HttpAnswer.of_json({"ok": True}, 201)

    def _keep(self, collection: str, document: dict[str, Any]) -> bool:
        key, own_id = _COLLECTIONS[collection]
        external = str(document["identifiers"][0]["id_value"])
        if external in self.documents:
            self.repeats[external] += 1
            return False
        stored = document | {own_id: f"{own_id[:2].upper()}-{len(self.documents) + 1}"}
        self.documents[external] = self.current[str(document[key])] = stored
        return True


def problem_with(collection: str, document: dict[str, Any]) -> str:
    """What this system does not understand about a document; empty when it does."""
    if not document.get("identifiers") or not document.get(_COLLECTIONS[collection][0]):
        return "an identifier is missing"
    if collection == "service-appointments" and document.get("appointment_status_type") not in _APPOINTMENT_STATUSES:
        return "the appointment status is not one"
    activities = {each.get("activityCode") for each in document.get("disposition_details", [])}
    if not activities <= _ACTIVITIES:
        return "an activity code is not one"
    labor = [*document.get("labor_operations", [])]
    for order in document.get("service_orders", []):
        labor += order.get("labor_operations", [])
    if not {each.get("labor_operation_status_type") for each in labor} <= _LABOR_STATUSES:
        return "a labor operation status is not one"
    return ""
