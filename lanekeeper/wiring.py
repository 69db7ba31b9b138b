"""Builds the adapters that act on the outside world and hands them to the packages that declared a port."""

from collections.abc import Mapping

import httpx

from crm_sync.contact_csv import read_call_log, read_text_log
from crm_sync.lead_csv import read_crm_export, read_crm_leads
from crm_sync.lead_forms import read_web_form
from crm_sync.outcomes import COLUMNS
from crm_sync.ports import LeadReader, WriteBackTarget
from crm_sync.providers.adf import read_adf
from crm_sync.providers.adf.mail import read_adf_mail
from crm_sync.providers.csv_folder import CsvFolder
from crm_sync.settings import CrmSyncSettings
from telephony.control import CallControl
from telephony.settings import TelephonySettings


def writeback_targets(settings: CrmSyncSettings) -> list[WriteBackTarget]:
    """Every system outcomes are written to, as configured."""
    folder = settings.csv_folder
    return [CsvFolder(folder, COLUMNS)] if folder else []


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
