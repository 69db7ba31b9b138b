"""What a monitor may scrape: counts of this process, and no word of any customer."""

from collections.abc import Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from telephony.stream import MediaServer


class Counted(Protocol):
    @property
    def live(self) -> int: ...

    @property
    def media(self) -> MediaServer: ...

    @property
    def draining(self) -> bool: ...


class Figures(Collector):
    """Read when scraped; costs the calls nothing."""

    def __init__(self, service: Counted) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        stats = self._service.media.stats
        yield GaugeMetricFamily("lanekeeper_calls_live", "Calls this process holds", self._service.live)
        yield GaugeMetricFamily("lanekeeper_draining", "1 while no new calls are taken", int(self._service.draining))
        for name, help_text, value in (
            ("calls_admitted", "Calls whose token was good", stats.calls_admitted),
            ("calls_turned_away", "Calls sent to a person because this process was full", stats.calls_turned_away),
            ("upgrades_refused", "Sockets refused at the door", stats.upgrades_refused),
            ("claims_refused", "Sockets without a good token", stats.claims_refused),
            ("malformed_frames", "Frames that were no carrier's", stats.malformed_frames),
        ):
            yield CounterMetricFamily(f"lanekeeper_{name}", help_text, value)
