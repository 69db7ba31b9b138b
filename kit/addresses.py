"""Listening addresses as settings give them."""

from kit.errors import ConfigurationError


def parse_address(name: str, value: str) -> tuple[str, int]:
    """Host and port of an address setting such as 127.0.0.1:8000; `name` is the setting, for the error."""
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ConfigurationError(f"{name}: '{value}' is not host:port, for example 127.0.0.1:8000")
    return host.strip("[]"), int(port)
