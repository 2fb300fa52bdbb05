"""Signing in."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.company import PERMISSIONS, Company, Permission, Role, User
from shared.rest.schemas.texts import Text


class CompanyName(BaseModel):
    id: str
    name: str


class Me(BaseModel):
    """The signed-in user."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "u7k2m4qj5x3bn6c2zv8dw1pa9e",
                    "username": "aziza@namuna.uz",
                    "name": "Aziza Karimova",
                    "role": "supervisor",
                    "company": {"id": "namuna", "name": "Namuna Savdo"},
                    "language": "uz",
                    "permissions": ["calls.listen", "calls.read", "calls.read_own", "checklists.read"],
                }
            ]
        }
    )

    id: str
    username: str
    name: str
    role: Role
    company: CompanyName
    language: str | None
    permissions: list[Permission]

    @classmethod
    def of(cls, user: User, company: Company) -> Me:
        return cls(
            id=user.id,
            username=user.username,
            name=user.name,
            role=user.role,
            company=CompanyName(id=company.id, name=company.name),
            language=user.language,
            permissions=sorted(PERMISSIONS[user.role]),
        )


class Credentials(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"username": "aziza@namuna.uz", "password": "correct horse"}]}
    )

    username: Text = Field(min_length=1, max_length=254)
    password: Text = Field(min_length=1, max_length=256)


class RefreshToken(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refresh_token: Text | None = Field(
        default=None, max_length=512, description="Of a program; a browser sends its cookie."
    )


class Signed(BaseModel):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in_s: int
    user: Me
    refresh_token: str | None = Field(default=None, description="For programs alone; a browser gets a cookie.")
