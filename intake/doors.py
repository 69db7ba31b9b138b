"""The doors of the web server: for machines that post, and for the people who fill in the form."""

from fastapi import APIRouter

from intake.machines import machine_router
from intake.settings import IntakeSettings
from intake.web_form import WebForm
from kit.clock import Clock
from kit.db import Database


def lead_routers(database: Database, clock: Clock, settings: IntakeSettings) -> tuple[APIRouter, ...]:
    return machine_router(database, clock, settings), WebForm(database, clock, settings).router()
