"""Check digits and ranges: what arithmetic alone can say about a number. Digits come as a str of 0-9."""

from __future__ import annotations


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return bool(digits) and total % 10 == 0


_ISSUERS: tuple[tuple[int, int, tuple[int, ...]], ...] = (
    (4, 4, (13, 16, 19)),  # Visa
    (51, 55, (16,)),  # Mastercard
    (2221, 2720, (16,)),
    (34, 34, (15,)),  # American Express
    (37, 37, (15,)),
    (6011, 6011, (16, 17, 18, 19)),  # Discover
    (644, 659, (16, 17, 18, 19)),
    (3528, 3589, (16, 17, 18, 19)),  # JCB
    (300, 305, (14, 16, 19)),  # Diners
    (3095, 3095, (14, 16, 19)),
    (36, 36, (14, 16, 17, 18, 19)),
    (38, 39, (14, 16, 19)),
    (62, 62, (16, 17, 18, 19)),  # UnionPay
    (5018, 5018, (12, 13, 14, 15, 16, 17, 18, 19)),  # Maestro
    (5020, 5020, (12, 13, 14, 15, 16, 17, 18, 19)),
    (5038, 5038, (12, 13, 14, 15, 16, 17, 18, 19)),
    (6304, 6304, (12, 13, 14, 15, 16, 17, 18, 19)),
)


def card(digits: str) -> bool:
    """A payment card: issuer range and length (ISO/IEC 7812), check digit."""
    return issuer(digits) and len(set(digits)) > 1 and luhn(digits)


def issuer(digits: str) -> bool:
    """Whether first digits and length are those of an issuer of payment cards."""
    return any(
        len(digits) in lengths and low <= int(digits[: len(str(low))] or 0) <= high for low, high, lengths in _ISSUERS
    )


def ssn(digits: str) -> bool:
    """Nine digits the Social Security Administration could have issued (20 CFR 422.103; randomised since 2011)."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return len(digits) == 9 and area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def itin(digits: str) -> bool:
    """An individual taxpayer identification number: 9xx with the middle part 50-65, 70-88, 90-92, 94-99."""
    middle = int(digits[3:5] or 0)
    parts = ((50, 65), (70, 88), (90, 92), (94, 99))
    return len(digits) == 9 and digits[0] == "9" and any(low <= middle <= high for low, high in parts)


def aba(digits: str) -> bool:
    """A bank's routing transit number (ANSI X9.105): Federal Reserve prefix and check digit."""
    if len(digits) != 9:
        return False
    prefix = int(digits[:2])
    if not (0 < prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80):
        return False
    return sum(int(digit) * (3, 7, 1)[place % 3] for place, digit in enumerate(digits)) % 10 == 0


def iban(value: str) -> bool:
    """ISO 13616: letters and digits without spaces, remainder 1 after division by 97."""
    if not 15 <= len(value) <= 34 or not (value[:2].isalpha() and value[2:4].isdigit()):
        return False
    moved = (value[4:] + value[:4]).upper()
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


TOLL_FREE = frozenset(("800", "833", "844", "855", "866", "877", "888"))


def nanp(digits: str) -> bool:
    """A number of the North American Numbering Plan: ten digits, or eleven with the leading 1."""
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    return len(digits) == 10 and digits[0] > "1" and digits[3] > "1" and digits[1] != "9" and digits[1:3] != "11"


_VIN_VALUE = {
    char: int(value) for char, value in zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True)
}
_VIN_WEIGHT = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin(value: str) -> bool:
    """A vehicle identification number with its check digit (49 CFR 565.15)."""
    value = value.upper()
    if len(value) != 17 or not all(char.isdigit() or char in _VIN_VALUE for char in value):
        return False
    total = sum(
        weight * (int(char) if char.isdigit() else _VIN_VALUE[char])
        for char, weight in zip(value, _VIN_WEIGHT, strict=True)
    )
    return value[8] == "0123456789X"[total % 11]
