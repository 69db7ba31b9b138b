"""Structured logs: fixed event names with keys, and never a name, a number or a spoken word."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from kit.redaction import redact as without_secrets

_PHONE = re.compile(r"\+?\d[\d\s().-]{7,}\d")
_PLAIN_KEYS = frozenset(
    {"event", "level", "timestamp", "call_sid", "call_id", "rooftop_id", "customer_id", "stream_sid"}
)


def configure_logging(level: str = "INFO", *, as_json: bool = False) -> None:
    """Sets up structlog for the process; idempotent."""
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Masks phone numbers in free values, and takes out what nobody may keep; ids pass."""
    for key, value in event.items():
        if key not in _PLAIN_KEYS and isinstance(value, str):
            event[key] = _PHONE.sub(lambda m: "…" + re.sub(r"\D", "", m[0])[-2:], without_secrets(value))
    return event


def logger(name: str) -> Any:
    """A logger bound to a component name."""
    return structlog.get_logger(component=name)
