"""Distinct types for identifiers, and how a call's identifier is derived."""

from __future__ import annotations

import hashlib
import re
from typing import NewType

from shared.domain.errors import InvalidInput

CompanyId = NewType("CompanyId", str)
CallId = NewType("CallId", str)
UserId = NewType("UserId", str)
OperatorId = NewType("OperatorId", str)
ChecklistId = NewType("ChecklistId", str)
JobId = NewType("JobId", str)

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


def company_id(text: str) -> CompanyId:
    """A company's identifier is a DNS-label-like slug, because it is also a bucket folder's name."""
    if not _SLUG.fullmatch(text):
        raise InvalidInput("company", "1 to 63 of a-z, 0-9 and -, not beginning or ending with -")
    return CompanyId(text)


def call_id(company: CompanyId, road: str, key: str) -> CallId:
    """The same call by the same road has the same identifier, whatever delivers it and however often.

    `road` says what `key` is: "pbx" (the PBX's own id), "audio" (SHA-256 of the recording), "transcript"
    (SHA-256 of a transcript sent instead of audio) or "client" (the API client's own id).
    """
    digest = hashlib.sha256("\x1f".join((company, road, key)).encode()).hexdigest()
    return CallId(digest[:26])
