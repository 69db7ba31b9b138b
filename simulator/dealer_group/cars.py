"""The group's cars: most VINs are right, a few are what a tired hand typed."""

from functools import lru_cache

from simulator.dealer_group.size import Size

COLUMNS = "VIN|Year|Make|Model|Stock Number|New/Used|License Plate".split("|")

_MAKES = (
    ("1HG", "HONDA", ("CR-V", "Civic", "Accord", "Pilot")),
    ("4T1", "TOYOTA", ("Camry", "RAV4", "Tacoma", "Corolla")),
    ("1FT", "FORD", ("F-150", "Escape", "Explorer")),
    ("1GN", "CHEVROLET", ("Tahoe", "Equinox", "Silverado")),
    ("5XY", "KIA", ("Sorento", "Telluride")),
    ("4S4", "SUBARU", ("Outback", "Forester")),
)
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_YEARS = "123456789ABCDEFGHJKLMNPRST"
_VALUE = {**{str(d): d for d in range(10)}, **dict(zip("ABCDEFGH", range(1, 9), strict=True))} | dict(
    zip("JKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
_WEIGHT = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def owner_of(size: Size, number: int) -> int:
    """The customer number a car is under: everybody has one, every second has two."""
    return number if number < size.customers else (number - size.customers) * 2 % size.customers


@lru_cache(maxsize=4096)
def written(size: Size, number: int) -> list[str]:
    """One car as the files have it, in the order of COLUMNS."""
    dice = size.dice("car", number)
    starts, make, models = dice.choice(_MAKES)
    year = dice.randint(2001, 2026)
    vin = _vin(starts, "".join(dice.choices(_LETTERS, k=5)), year, number)
    slip = dice.random()
    if slip < 0.004:
        vin = vin[:-1]
    elif slip < 0.008:
        vin = vin[:9] + "O" + vin[10:]
    elif slip < 0.012:
        vin = vin[:8] + ("0" if vin[8] != "0" else "1") + vin[9:]
    elif slip < 0.03:
        vin = ""
    model = dice.choice(models)
    return [
        vin, str(year) if dice.random() > 0.01 else f"{year % 100:02d}", make if dice.random() < 0.7 else make.title(),
        model if dice.random() < 0.8 else model.upper(), f"S{number:07d}", dice.choice("NU"),
        f"{dice.choice('ABCDEFGHJK')}{number % 1000:03d}{dice.choice('KLMNPR')}{number // 1000 % 100:02d}",
    ]  # fmt: skip


def _vin(starts: str, describes: str, year: int, number: int) -> str:
    """Seventeen characters with the check digit of 49 CFR 565.15."""
    plain = f"{starts}{describes}0{_YEARS[(year - 2001) % 26]}A{number % 10**6:06d}"
    digit = sum(_VALUE[c] * w for c, w in zip(plain, _WEIGHT, strict=True)) % 11
    return plain[:8] + ("X" if digit == 10 else str(digit)) + plain[9:]
