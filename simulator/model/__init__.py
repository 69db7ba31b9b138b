"""A simulated OpenAI Realtime service: the documented protocol over loopback, with the house agent for a mind."""

from simulator.model.faults import ModelFaults
from simulator.model.minds import FixedMind, HouseMind, Mind, ScriptedMind
from simulator.model.responses import ResponsesFaults, ResponsesModel
from simulator.model.server import RealtimeModel
from simulator.model.session import ModelSession
from simulator.model.settings import ModelSettings

__all__ = [
    "FixedMind",
    "HouseMind",
    "Mind",
    "ModelFaults",
    "ModelSession",
    "ModelSettings",
    "RealtimeModel",
    "ResponsesFaults",
    "ResponsesModel",
    "ScriptedMind",
]
