"""Phone numbers: E.164, whatever way they were written."""

from __future__ import annotations

import re

from shared.domain.errors import InvalidInput

_DECORATION = re.compile(r"[\s()./\-\u00a0\u2010-\u2015]+")
UZBEKISTAN = "998"
NATIONAL_DIGITS = 9
"""Of an Uzbek number without its country code."""


def e164(text: str, field: str = "phone") -> str:
    """`+998901234567` for `+998 (90) 123-45-67`, `998901234567`, `901234567` and `00998901234567`.

    A number with another country's code keeps it. Raises InvalidInput, which never repeats the number.
    """
    bare = _DECORATION.sub("", text)
    is_international = bare.startswith(("+", "00"))
    digits = bare.removeprefix("+") if bare.startswith("+") else bare.removeprefix("00")
    if digits.isascii() and digits.isdigit():
        if not is_international and len(digits) == NATIONAL_DIGITS:
            digits = UZBEKISTAN + digits
            is_international = True
        if not is_international and len(digits) == len(UZBEKISTAN) + NATIONAL_DIGITS and digits.startswith(UZBEKISTAN):
            is_international = True
        if is_international and 8 <= len(digits) <= 15 and digits[0] != "0":
            return f"+{digits}"
    raise InvalidInput(field, "a phone number such as +998901234567")
