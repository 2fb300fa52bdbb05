"""A demo company with an admin, an operator and a checklist; the same again each time it is asked for."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.adapters.argon2_passwords import Argon2Passwords
from shared.domain.checklist import AnalysisTemplate, Checklist
from shared.domain.company import Company, Operator, Role, User
from shared.domain.errors import AlreadyExists
from shared.domain.identity import CompanyId, OperatorId, UserId
from shared.domain.money import Tariff
from shared.services.repositories.checklists import Checklists
from shared.services.repositories.companies import Companies
from shared.services.repositories.operators import Operators
from shared.services.repositories.users import Users, find_user_by_username
from shared.services.world import World

SAMPLES = Path(__file__).parents[2] / "samples"
DEMO = CompanyId("demo")
# An example price list, so that the page has something to show: 630 UZS a minute, 50 UZS a judgement.
TARIFF = Tariff(recognition_tiyin_per_minute=63_000, judgement_tiyin_per_call=5_000)


@dataclass(frozen=True, slots=True)
class Login:
    """Who can sign in to the demo company, and with what."""

    admin: str
    operator: str
    password: str


def seed(world: World, data_dir: Path, *, recognizer: str = "whisper", judge: str = "e5") -> Login:
    """Makes what is missing and leaves the rest; the password is made once for each data folder.

    Who hears and judges is set anew each time: it depends on what was started.
    """
    login = _login(data_dir / "login.json")
    now = world.clock.now()
    checklist = Checklists(world.documents, DEMO).save(
        Checklist.model_validate_json((SAMPLES / "checklist.json").read_bytes())
    )
    companies = Companies(world.documents)
    if companies.find(DEMO) is None:
        companies.create(
            Company(
                id=DEMO,
                name="Namuna Savdo",
                language="uz",
                checklist=checklist.id,
                template=AnalysisTemplate.model_validate_json((SAMPLES / "template.json").read_bytes()),
                tariff=TARIFF,
                created_at=now,
            )
        )
    companies.put(companies.get(DEMO).model_copy(update={"recognizer": recognizer, "judge": judge}))
    operator = Operator(id=OperatorId("op-101"), name="Aziza Karimova", extension="101")
    Operators(world.documents, DEMO).put(operator)
    hashed = Argon2Passwords()
    for username, name, role, is_operator in (
        (login.admin, "Administrator", Role.COMPANY_ADMIN, False),
        (login.operator, operator.name, Role.OPERATOR, True),
    ):
        if find_user_by_username(world.documents, username) is not None:
            continue
        user = User(
            id=UserId(world.ids.new()),
            company=DEMO,
            username=username,
            name=name,
            role=role,
            operator=operator.id if is_operator else None,
            password_hash=hashed.hash(login.password),
            created_at=now,
        )
        try:
            Users(world.documents, DEMO).create(user)
        except AlreadyExists:
            continue  # another start of the product was quicker
    return login


def _login(path: Path) -> Login:
    if not path.exists():
        login = Login(admin="admin", operator="operator", password=secrets.token_urlsafe(9))
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(login)))
    return Login(**json.loads(path.read_text()))
