"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.company import PERMISSIONS, Permission, Role
from shared.domain.errors import NotPermitted
from shared.domain.identity import CompanyId, OperatorId, UserId


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in user, as their access token says. `operator` is who they are on the phone, if anybody."""

    user: UserId
    company: CompanyId
    role: Role
    operator: OperatorId | None
    session: str

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raises NotPermitted."""
        if not self.may(permission):
            raise NotPermitted(f"needs {permission.value}")
