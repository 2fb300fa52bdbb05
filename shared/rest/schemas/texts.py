"""Text as it may come in."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("text without NUL characters")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("text that is whole Unicode") from None
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""Text that every store and log can hold."""
