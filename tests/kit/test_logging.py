"""Logs never carry a number, not even inside a traceback."""

import pytest

from kit.logging import configure_logging, logger


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
