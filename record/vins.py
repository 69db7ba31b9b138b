"""Vehicle identification numbers: what is wrong with one; pure."""

import re
from functools import lru_cache

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_VALUES |= {digit: int(digit) for digit in "0123456789"}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@lru_cache(maxsize=4096)
def vin_fault(vin: str) -> str | None:
    """Why a VIN looks wrong, or None. Some real ones fail the check digit, so it is a warning and no refusal."""
    vin = vin.strip().upper()
    if len(vin) != 17:
        return f"has {len(vin)} characters, not 17"
    if not _VIN.fullmatch(vin):
        return "holds a letter no VIN has (I, O or Q) or a sign"
    total = sum(_VALUES[sign] * weight for sign, weight in zip(vin, _WEIGHTS, strict=True))
    return None if "0123456789X"[total % 11] == vin[8] else "fails its check digit"
