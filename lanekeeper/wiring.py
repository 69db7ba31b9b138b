"""Builds the adapters that act on the outside world and hands them to the packages that declared a port."""

import httpx

from agent.settings import AgentSettings
from agent.text_model import ResponsesModel
from crm_sync.outcomes import COLUMNS
from crm_sync.ports import WriteBackTarget
from crm_sync.providers.csv_folder import CsvFolder
from crm_sync.settings import CrmSyncSettings
from telephony.control import CallControl
from telephony.sender import TwilioTexts
from telephony.settings import TelephonySettings


def writeback_targets(settings: CrmSyncSettings) -> list[WriteBackTarget]:
    """Every system outcomes are written to, as configured."""
    folder = settings.csv_folder
    return [CsvFolder(folder, COLUMNS)] if folder else []


def call_control(settings: TelephonySettings, http: httpx.AsyncClient) -> CallControl | None:
    """Twilio's call resource; None without an account."""
    return CallControl(settings, http) if settings.twilio_account_sid else None


def text_sender(settings: TelephonySettings, http: httpx.AsyncClient) -> TwilioTexts | None:
    """Twilio's message resource; None without an account."""
    return TwilioTexts(settings, http) if settings.twilio_account_sid else None


def text_model(settings: AgentSettings) -> ResponsesModel | None:
    """The model that writes texts; None without a key: then the house agent does."""
    return ResponsesModel(settings) if settings.openai_api_key is not None else None
