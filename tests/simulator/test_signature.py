"""Signatures must be Twilio's: the same as the SDK's validator computes, and the documented example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from simulator.carrier.signature import signature


def test_the_documented_example() -> None:
    # From Twilio's security documentation and its SDK's own tests.
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    assert signature("12345", url, fields.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("url", ["wss://app.example.test/media/abc", "https://app.example.test/twilio/voice"])
def test_an_upgrade_is_signed_without_fields(url: str) -> None:
    assert RequestValidator("secret").compute_signature(url, {}) == signature("secret", url)


@given(
    st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=40), max_size=8),
    st.text(alphabet="abcdef/?=&%.-", max_size=30),
)
def test_any_form_is_accepted_by_the_sdk_validator(fields: dict[str, str], path: str) -> None:
    url = f"https://app.example.test/{path}"
    signed = signature("secret", url, fields.items())
    assert RequestValidator("secret").compute_signature(url, fields) == signed
