"""Phone numbers in one form, E.164."""

import phonenumbers

from kit.ids import E164


def to_e164(text: str, region: str = "US") -> E164 | None:
    """The number as E.164, or None when the text is no possible number in that region."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return E164(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def spoken(number: str) -> str:
    """The national form as people write it, for screens and speech."""
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
