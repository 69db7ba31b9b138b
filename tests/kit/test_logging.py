"""Logs never carry a number, not even inside a traceback."""

from collections.abc import Iterator

import pytest
import structlog

from kit.logging import configure_logging, logger


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The log of this test goes to a stream that is closed when it ends: later tests need another."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The log goes back to where it went: this test's own stderr is closed afterwards."""
    yield
    structlog.reset_defaults()


def test_a_number_is_masked_wherever_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", as_json=True)
    log = logger("test")
    log.info("call_arrived", call_sid="CA15550100177", note="from +1 (555) 010-0177")
    try:
        raise ValueError("Key (e164)=(+15550100177) already exists")
    except ValueError:
        log.exception("row_refused")
    lines = capsys.readouterr().err
    assert "0100177" not in lines.replace("CA15550100177", "") and "010-0177" not in lines
    assert "row_refused" in lines and "\\u202677" in lines
