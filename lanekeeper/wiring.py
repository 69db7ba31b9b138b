"""Builds the adapters that act on the outside world and hands them to the packages that declared a port."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from agent.rehearsal.rehearsals import Runner
from agent.settings import AgentSettings
from agent.text_model import ResponsesModel
from console.uploads import Uploads
from crm_sync.contact_csv import read_call_log, read_text_log
from crm_sync.delivery.looking import Deliveries
from crm_sync.delivery.ports import Ingest
from crm_sync.ingest import ingest_file
from crm_sync.lead_csv import read_crm_export, read_crm_leads
from crm_sync.lead_forms import read_web_form
from crm_sync.lead_ports import LeadReader
from crm_sync.ports import TargetBuilder, WriteBackTarget
from crm_sync.providers.adf import read_adf
from crm_sync.providers.adf.mail import read_adf_mail
from crm_sync.providers.adf_email import AdfEmail, AdfEmailSettings
from crm_sync.providers.csv_folder import CsvFolder, CsvFolderSettings
from crm_sync.providers.sftp_drop import SftpDrop, SftpDropSettings
from crm_sync.providers.star_rest import StarRest, StarRestSettings
from crm_sync.providers.webhook import Webhook, WebhookSettings
from crm_sync.runs import RunReport
from crm_sync.settings import CrmSyncSettings, FeedSettings
from crm_sync.target_settings import TargetSettings
from kit.clock import Clock
from kit.db import Database
from kit.egress import Egress
from kit.errors import ConfigurationError
from record.writeback_targets import Target
from telephony.carrier_lists import TwilioLists
from telephony.control import CallControl
from telephony.dialer import TwilioCalls
from telephony.edge import TwilioEdge
from telephony.reconcile import Reconciler
from telephony.sender import TwilioTexts
from telephony.settings import TelephonySettings

# Of several workers one compares at a time, and the next is not put off by a few seconds more.
_SOONER = 0.5


@dataclass(frozen=True)
class TargetKind:
    """A kind of system: what its settings are, and how its adapter is made of them."""

    settings: type[TargetSettings]
    build: Callable[[str, Any, Egress, Clock], WriteBackTarget]


TARGET_KINDS: Mapping[str, TargetKind] = {
    "csv_folder": TargetKind(CsvFolderSettings, lambda name, given, _egress, _clock: CsvFolder(name, given)),
    "sftp_drop": TargetKind(SftpDropSettings, lambda name, given, egress, _clock: SftpDrop(name, given, egress)),
    "adf_email": TargetKind(AdfEmailSettings, lambda name, given, egress, _clock: AdfEmail(name, given, egress)),
    "webhook": TargetKind(WebhookSettings, lambda name, given, egress, clock: Webhook(name, given, egress, clock)),
    "star_rest": TargetKind(StarRestSettings, lambda name, given, egress, _clock: StarRest(name, given, egress)),
}
"""A vendor more is a module more and a line here (docs/writeback.md)."""


def target_builder(settings: CrmSyncSettings, clock: Clock) -> TargetBuilder:
    """Makes the adapter of any target a store has."""
    egress = Egress(allow_loopback=settings.allow_loopback)

    def build(target: Target) -> WriteBackTarget:
        kind = TARGET_KINDS.get(target.kind)
        if kind is None:
            raise ConfigurationError(f"the target {target.name} is of a kind nobody knows: {target.kind}")
        return kind.build(target.name, target_settings(target.kind, target.settings), egress, clock)

    return build


def target_settings(kind: str, given: Mapping[str, Any]) -> TargetSettings:
    """The settings as their kind reads them; the error names the field."""
    try:
        return TARGET_KINDS[kind].settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise ConfigurationError(f"{'.'.join(map(str, first['loc'])) or kind}: {first['msg']}") from None


def deliveries(database: Database, clock: Clock, settings: FeedSettings) -> Deliveries:
    """Who looks where the stores' files come from."""
    egress = Egress(allow_loopback=settings.allow_loopback)
    return Deliveries(database, clock, _ingest(database, clock, settings), egress, settings)


def uploads(database: Database, clock: Clock, settings: FeedSettings) -> Uploads:
    """Who takes in what is sent through the pages."""
    ingest = _ingest(database, clock, settings)
    return Uploads(ingest, Path(settings.folder), settings.upload_bytes, settings.unpacking)


def _ingest(database: Database, clock: Clock, settings: FeedSettings) -> Ingest:
    async def ingest(rooftop_id: str, path: Path, feed: str | None) -> RunReport:
        return await ingest_file(database, rooftop_id, path, feed, clock.now(), unpacking=settings.unpacking)

    return ingest


def call_control(settings: TelephonySettings, http: httpx.AsyncClient) -> CallControl | None:
    """Twilio's call resource; None without an account."""
    return CallControl(settings, http) if settings.twilio_account_sid else None


def lead_readers() -> Mapping[str, LeadReader]:
    """Who reads what comes through each door for leads."""
    return {
        "email": read_adf_mail,
        "adf": read_adf,
        "web_form": read_web_form,
        "crm_leads": read_crm_leads,
        "crm_export": read_crm_export,
        "call_log": read_call_log,
        "text_log": read_text_log,
    }


def dialer(settings: TelephonySettings, http: httpx.AsyncClient) -> TwilioCalls | None:
    """Twilio's call resource for calls we place; None without an account."""
    return TwilioCalls(settings, http) if settings.twilio_account_sid else None


def text_sender(settings: TelephonySettings, http: httpx.AsyncClient) -> TwilioTexts | None:
    """Twilio's message resource; None without an account."""
    return TwilioTexts(settings, http) if settings.twilio_account_sid else None


def reconciler(
    database: Database, clock: Clock, settings: TelephonySettings, http: httpx.AsyncClient, pause: timedelta
) -> Reconciler | None:
    """Who compares Twilio's lists with the record; None without an account. It answers no call: nobody is the agent."""
    if not settings.twilio_account_sid:
        return None
    edge = TwilioEdge(database, clock, settings, lambda: None)
    return Reconciler(edge, TwilioLists(settings, http), pause * _SOONER)


def text_model(settings: AgentSettings) -> ResponsesModel | None:
    """The model that writes texts; None without a key: then the house agent does."""
    return ResponsesModel(settings) if settings.openai_api_key is not None else None


def rehearsal_runner(settings: AgentSettings, *, simulated: bool = False) -> Runner:
    """Who plays the agent in a rehearsal: whoever answers customers here.

    A model at another address than OpenAI's is taken for a simulated one, whose runs prove nothing; in the demo the
    house agent speaks behind the simulated model.
    """
    if settings.openai_api_key is None or simulated:
        return Runner()
    address = settings.text_base_url or settings.openai_base_url
    return Runner(settings.text_model, serves=urlsplit(address).hostname == "api.openai.com")
