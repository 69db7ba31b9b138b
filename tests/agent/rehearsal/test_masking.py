"""A scenario made from a call holds nobody's details."""

from agent.rehearsal.masking import masked


def test_names_numbers_plates_and_addresses_are_made_up() -> None:
    lines = [
        "Hi, this is Zelda Quimby, my number is 503 234 8899.",
        "It's a 2019 Honda Civic, plate 7ABC123, VIN 1HGCM82633A123456.",
        "I live at 4471 Sycamore Street, ZIP 97455, zelda.q@mail.example.",
        "My card is 4242 4242 4242 4242.",
        "Call me at five five five, two three four, eight eight nine nine.",
    ]
    told = " ".join(masked(lines, ["Zelda  Quimby"]))
    for secret in (
        "Zelda",
        "Quimby",
        "8899",
        "7ABC123",
        "123456",
        "Sycamore",
        "97455",
        "mail.example",
        "4242",
        "eight",
    ):
        assert secret not in told, secret
    assert "2019 Honda Civic" in told, "what the car is decides what is asked"
