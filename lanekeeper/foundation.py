"""What a real process stands on, built from its settings."""

from kit.bus import Bus, InProcessBus, RedisBus
from kit.clock import Clock, SystemClock
from kit.db import Database
from kit.dbos_jobs import DbosJobs
from lanekeeper.service import Foundation
from lanekeeper.settings import Settings


def lay_foundation(settings: Settings, *, works: bool) -> Foundation:
    """Opens nothing yet. `works` says whether this process does background jobs or only files them."""
    clock = SystemClock()
    database = Database(settings.server.database_url)
    return Foundation(settings, clock, database, _bus(settings, clock), DbosJobs(database, clock, work=works))


def _bus(settings: Settings, clock: Clock) -> Bus:
    if settings.server.redis_url:
        return RedisBus(settings.server.redis_url, clock)
    return InProcessBus(clock)
