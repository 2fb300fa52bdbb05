"""How a browser is told to save what it reads, and under which name."""

from __future__ import annotations

import re
from urllib.parse import quote


def attachment(name: str) -> str:
    """RFC 6266: a plain name for old browsers, the real one beside it."""
    plain = re.sub(r'[^\x20-\x7e]|["\\]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
