"""The secret part of the address that a recogniser calls when a job is done.

The token names the call and is signed, so nobody can make one up. It is a hint only: whoever shows it makes us
ask the recogniser, with our own credentials, a moment earlier.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from shared.domain.errors import NotFound
from shared.domain.identity import CallId, CompanyId

_SIGNATURE_BYTES = 16


def hook_token(secret: bytes, company: CompanyId, call: CallId, revision: int) -> str:
    payload = f"{company}/{call}/{revision}".encode()
    return base64.urlsafe_b64encode(_signature(secret, payload) + payload).decode().rstrip("=")


def pbx_hook_token(secret: bytes, company: CompanyId) -> str:
    """Of the address that a company's exchange tells its calls to."""
    return hook_token(secret, company, CallId("pbx"), 0)


def company_of_pbx_hook(secret: bytes, token: str) -> CompanyId:
    """Raises NotFound for a token that we did not make, or made for something else."""
    company, what, number = call_of_hook(secret, token)
    if (what, number) != ("pbx", 0):
        raise NotFound("no such hook")
    return company


def call_of_hook(secret: bytes, token: str) -> tuple[CompanyId, CallId, int]:
    """Raises NotFound for a token that we did not make."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise NotFound("no such hook") from error
    signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(secret, payload)):
        raise NotFound("no such hook")
    company, call, revision = payload.decode().split("/")
    return CompanyId(company), CallId(call), int(revision)


def _signature(secret: bytes, payload: bytes) -> bytes:
    return hmac.new(secret, b"hook\x1f" + payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
