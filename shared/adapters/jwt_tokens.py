"""Tokens as JSON Web Tokens, signed with HMAC-SHA256."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from shared.domain.errors import NotAuthenticated
from shared.ports.clock import Clock

_ALGORITHM = "HS256"
_OURS = frozenset({"aud", "iat", "exp"})


class JWTTokens:
    """The purpose is the audience, so that a token for one door opens no other."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        if len(secret) < 32:
            raise ValueError("the signing secret must be 32 bytes or longer")
        self._secret = secret
        self._clock = clock

    def issue(self, purpose: str, claims: Mapping[str, str], *, lifetime: timedelta) -> str:
        import jwt

        now = int(self._clock.now().timestamp())
        payload = {**claims, "aud": purpose, "iat": now, "exp": now + int(lifetime.total_seconds())}
        return jwt.encode(payload, self._secret, algorithm=_ALGORITHM)

    def read(self, purpose: str, token: str) -> Mapping[str, str]:
        import jwt

        try:
            # the library reads the machine's clock; ours is the port's
            payload = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=purpose,
                options={"require": ["aud", "exp", "iat"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise NotAuthenticated("the token is not valid") from error
        if payload["exp"] <= self._clock.now().timestamp():
            raise NotAuthenticated("the token is over")
        return {name: str(value) for name, value in payload.items() if name not in _OURS}
