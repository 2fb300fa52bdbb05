"""The first person who can sign in: an admin, and the company when it is not there yet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from shared.domain.company import Company, Role, User
from shared.domain.errors import AlreadyExists, InvalidInput
from shared.domain.identity import UserId, company_id
from shared.ports.passwords import Passwords
from shared.services.repositories.companies import Companies
from shared.services.repositories.users import Users, find_user_by_username, folded_username
from shared.services.world import World

LEAST_PASSWORD = 12


@dataclass(frozen=True, slots=True)
class CreateAdmin:
    """`company` is the identifier, which is also a folder of the audio bucket."""

    company: str
    company_name: str
    username: str
    password: str = field(repr=False)


def create_admin(command: CreateAdmin, world: World, passwords: Passwords) -> bool:
    """True when the admin was made, False when there is one of that name in that company already, left as it is.

    Raises InvalidInput for a field that cannot be, AlreadyExists when the username is another company's.
    """
    company = company_id(command.company)
    username = folded_username(command.username)
    if len(command.password) < LEAST_PASSWORD:
        raise InvalidInput("password", f"at least {LEAST_PASSWORD} characters")
    known = find_user_by_username(world.documents, username)
    if known is not None and known.company == company and known.role is Role.COMPANY_ADMIN:
        return False
    if known is not None:
        raise AlreadyExists("the username is taken")
    now = world.clock.now()
    companies = Companies(world.documents)
    if companies.find(company) is None:
        with suppress(AlreadyExists):  # a second run beside this one was quicker
            companies.create(Company(id=company, name=command.company_name or command.company, created_at=now))
    Users(world.documents, company).create(
        User(
            id=UserId(world.ids.new()),
            company=company,
            username=username,
            name=username,
            role=Role.COMPANY_ADMIN,
            password_hash=passwords.hash(command.password),
            created_at=now,
        )
    )
    return True
