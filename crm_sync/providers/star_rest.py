"""A REST service that speaks the STAR vocabulary: posted with our id as external identifier, read back by it.

Appointments go to `service-appointments`; outcomes, notes and leads to `sales-leads`.
"""

import json
from typing import Any, ClassVar
from urllib.parse import quote

from crm_sync.ports import Outgoing
from crm_sync.star_out import APPOINTMENTS, CONTEXT, collection_of, star_document
from crm_sync.target_settings import TargetSettings
from kit.egress import Answer, Egress
from kit.errors import ProviderError
from kit.secrets import unseal

_SECONDS = 10.0
# The service understood the request and will not have it, however often it is sent.
_REFUSED = frozenset({400, 405, 410, 413, 415, 422})
_THERE_ALREADY = 409


class StarRestSettings(TargetSettings):
    """`url` is the address the collections are under; `token` is the bearer secret."""

    secrets: ClassVar[tuple[str, ...]] = ("token",)

    url: str
    token: str


class StarRest:
    """A `WriteBackTarget` that is always read back."""

    readable = True

    def __init__(self, name: str, settings: StarRestSettings, egress: Egress) -> None:
        self.name = name
        self._base = settings.url.rstrip("/")
        self._egress = egress
        self._headers = {
            "Authorization": f"Bearer {unseal(settings.token)}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "Lanekeeper",
        }

    async def find(self, item: Outgoing) -> str | None:
        collection = collection_of(item.subject.kind)
        for stored in await self._read(collection, item.id):
            if _has(stored, item.id):
                return f"{collection}/{_reference(stored)}"
        return None

    async def deliver(self, item: Outgoing) -> str:
        document = star_document(item.id, item.subject, item.values)
        body = json.dumps(document.body, separators=(",", ":")).encode()
        answer = await self._egress.request(
            "POST",
            f"{self._base}/{document.collection}",
            headers={**self._headers, "Idempotency-Key": item.id},
            body=body,
            seconds=_SECONDS,
        )
        if answer.status != _THERE_ALREADY:
            _check(answer)
        return f"HTTP {answer.status}"

    async def probe(self) -> str:
        found = await self._read(APPOINTMENTS, "test")
        return f"the service answers; {len(found)} appointments under the id 'test'"

    async def _read(self, collection: str, item_id: str) -> list[Any]:
        query = f"identifier_context={quote(CONTEXT)}&identifier_value={quote(item_id)}"
        answer = await self._egress.request(
            "GET", f"{self._base}/{collection}?{query}", headers=self._headers, seconds=_SECONDS
        )
        if answer.status == 404:
            return []
        _check(answer)
        try:
            found = json.loads(answer.body)
        except ValueError as error:
            raise ProviderError("the service answered something that is not JSON", retryable=True) from error
        if not isinstance(found, list):
            raise ProviderError("the service did not answer with a list", retryable=True)
        return found


def _has(stored: Any, item_id: str) -> bool:
    """The service may list what it does not filter by, so the identifier is looked for in what it listed."""
    identifiers = stored.get("identifiers", []) if isinstance(stored, dict) else []
    return {"context": CONTEXT, "id_value": item_id} in identifiers


def _reference(stored: dict[str, Any]) -> str:
    found = stored.get("service_appointment_id") or stored.get("sales_lead_id") or stored.get("lead_id") or "unnamed"
    return str(found)[:100]


def _check(answer: Answer) -> None:
    if not 200 <= answer.status < 300:
        raise ProviderError(
            f"the service said HTTP {answer.status}", retryable=answer.status not in _REFUSED, code=str(answer.status)
        )
