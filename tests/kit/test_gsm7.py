"""What a text costs at the carrier."""

import pytest

from kit.gsm7 import is_gsm7, normalised, segments


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“It’s ready” – come by…", '"It\'s ready" - come by...'),
        ("mañana a las 8, ¿está bien? ¡Sí!", "mañana a las 8, ¿esta bien? ¡Si!"),
        ("Great 👍 see you", "Great  see you"),
        ("Café ½ price", "Café 1/2 price"),
    ],
)
def test_what_people_type_is_written_in_seven_bits(text: str, plain: str) -> None:
    assert normalised(text) == plain
    assert is_gsm7(plain)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2)]
    + [("á" * 70, 1), ("á" * 71, 2), ("👍" * 35, 1), ("👍" * 36, 2)],
)
def test_segments_are_counted_as_they_are_billed(text: str, count: int) -> None:
    assert segments(text) == count
