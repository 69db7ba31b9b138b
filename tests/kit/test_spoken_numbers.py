"""Numbers as people write them."""

import phonenumbers
import pytest

from kit.phone import spoken


@pytest.mark.parametrize("number", ["+15035550112", "+12125550177", "+18005550199", "+442071838750", "+11035550112"])
def test_the_quick_way_says_what_the_library_says(number: str) -> None:
    parsed = phonenumbers.parse(number, "US")
    assert spoken(number) == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def test_what_is_no_number_is_left_as_it_is() -> None:
    assert spoken("withheld") == "withheld"
