"""Secrets at rest are opened by any key on the list, and by nothing else."""

import pytest

from kit.errors import ConfigurationError
from kit.secrets import KEY_SETTING, new_key, seal, unseal


def test_a_secret_sealed_with_an_older_key_is_still_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    older, newer = new_key(), new_key()
    monkeypatch.setenv(KEY_SETTING, older)
    sealed = seal("hunter2")
    assert "hunter2" not in sealed
    monkeypatch.setenv(KEY_SETTING, f"{newer}, {older}")
    assert unseal(sealed) == "hunter2"
    monkeypatch.setenv(KEY_SETTING, newer)
    with pytest.raises(ConfigurationError, match="older key"):
        unseal(sealed)


@pytest.mark.parametrize(("key", "says"), [("", "not set"), ("short", "not a key"), (",", "not set")])
def test_without_a_proper_key_nothing_is_sealed(monkeypatch: pytest.MonkeyPatch, key: str, says: str) -> None:
    monkeypatch.setenv(KEY_SETTING, key)
    with pytest.raises(ConfigurationError, match=says):
        seal("x")
