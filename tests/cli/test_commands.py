"""The commands of whoever runs an installation, as they are typed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.argon2_passwords import Argon2Passwords
from shared.adapters.embedded.key_file import KeyFile
from shared.adapters.embedded.sqlite_documents import SQLiteDocuments
from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
from shared.adapters.sealed_secrets import SealedSecrets
from shared.domain.company import Company, Role
from shared.domain.identity import CompanyId
from shared.local.onlinepbx_stub import Account, OnlinePBXStub, StubCall, serving
from shared.runtime.embedded import QUEUE_FILE
from shared.services.repositories.calls import INDEXES
from shared.services.repositories.companies import Companies
from shared.services.repositories.integrations import Integrations, PBXIntegration, PBXKind
from shared.services.repositories.users import find_user_by_username

ROOT = Path(__file__).parents[2]


def typed(data: Path, *arguments: str, said: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "DIALIX_DATA_DIR": str(data), **env},
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_admin_can_sign_in_after_create_admin_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    admin = ("create-admin", "--company", "oltin", "--username", "Zulfiya@example.uz", "--password-stdin")
    first = typed(tmp_path, *admin, said="correct horse battery\n")
    second = typed(tmp_path, *admin, said="another password 1\n")

    user = find_user_by_username(SQLiteDocuments(tmp_path / "documents.sqlite3", INDEXES), "zulfiya@example.uz")
    assert first.returncode == second.returncode == 0, first.stdout + first.stderr
    assert "already" in second.stdout
    assert user is not None
    assert (user.company, user.role) == ("oltin", Role.COMPANY_ADMIN)
    assert Argon2Passwords().is_right("correct horse battery", user.password_hash)
    assert "horse" not in first.stdout + first.stderr


def test_a_password_that_is_made_is_shown_once(tmp_path: Path) -> None:
    answer = typed(tmp_path, "create-admin", "--company", "oltin", "--username", "zulfiya")

    assert answer.returncode == 0, answer.stderr
    assert "shown this once" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "said", "word"),
    [
        (("--company", "Oltin Savdo", "--username", "zulfiya"), "correct horse battery\n", "company"),
        (("--company", "oltin", "--username", "no spaces please"), "correct horse battery\n", "username"),
        (("--company", "oltin", "--username", "zulfiya"), "short\n", "password"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_kept(
    tmp_path: Path, arguments: tuple[str, ...], said: str, word: str
) -> None:
    answer = typed(tmp_path, "create-admin", "--password-stdin", *arguments, said=said)

    assert answer.returncode == 1
    assert word in answer.stdout
    assert find_user_by_username(SQLiteDocuments(tmp_path / "documents.sqlite3", INDEXES), "zulfiya") is None


def test_migrate_says_what_each_migration_did_and_then_that_it_is_done(tmp_path: Path) -> None:
    typed(tmp_path, "migrate")
    again = typed(tmp_path, "migrate")

    assert again.returncode == 0, again.stderr
    assert again.stdout.count("already done") == len(again.stdout.splitlines()) > 0


def test_replay_takes_every_dead_letter(tmp_path: Path) -> None:
    bus = SQLiteEventBus(tmp_path / QUEUE_FILE)
    bus.publish("call-transcribed", {"company": "demo", "call": "gone", "revision": 1}, attributes={})
    bus.fan_out({"call-transcribed": ["analyze"]})
    (claimed,) = bus.claim("analyze", 1, lease_s=60)
    bus.bury(claimed.number, error="HTTP 500")

    assert "0 begun again, 1 with nothing left" in typed(tmp_path, "replay").stdout
    assert "0 begun again, 0 with nothing left" in typed(tmp_path, "replay").stdout
    bus.close()


def test_settings_that_are_missing_are_named(tmp_path: Path) -> None:
    answer = typed(tmp_path, "migrate", DIALIX_WORLD="google")

    assert answer.returncode == 1
    assert "DIALIX_PROJECT" in answer.stdout


def test_reseal_seals_every_company_s_credentials_anew_and_they_still_open(tmp_path: Path) -> None:
    documents = SQLiteDocuments(tmp_path / "documents.sqlite3", INDEXES)
    box = SealedSecrets(KeyFile(tmp_path / "secrets-key"))
    now = datetime.now(UTC)
    for company in (CompanyId("oltin"), CompanyId("kumush")):
        Companies(documents).create(Company(id=company, name=company, created_at=now))
    sealed = box.seal("the key", context="oltin/pbx")
    integrations = Integrations(documents, CompanyId("oltin"))
    integrations.put_pbx(PBXIntegration(kind=PBXKind.ONLINEPBX, domain="a.onpbx.ru", sealed_key=sealed, since=now))

    answer = typed(tmp_path, "reseal")

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "1 companies" in answer.stdout
    kept = integrations.pbx().sealed_key
    assert kept != sealed
    assert box.open(kept, context="oltin/pbx") == "the key"
    assert "the key" not in answer.stdout + answer.stderr


def test_an_exchange_s_past_is_begun_paused_and_held_against_what_is_here(tmp_path: Path) -> None:
    documents = SQLiteDocuments(tmp_path / "documents.sqlite3", INDEXES)
    account = Account()
    Companies(documents).create(Company(id=CompanyId("oltin"), name="Oltin", created_at=datetime.now(UTC)))
    nothing = typed(tmp_path, "backfill", "--company", "oltin", "--since", "2026-08-01")
    assert (nothing.returncode, "no exchange" in nothing.stdout) == (1, True)
    sealed = SealedSecrets(KeyFile(tmp_path / "secrets-key")).seal(account.api_key, context="oltin/pbx")
    Integrations(documents, CompanyId("oltin")).put_pbx(
        PBXIntegration(
            kind=PBXKind.ONLINEPBX,
            domain=account.domain,
            sealed_key=sealed,
            since=datetime(2026, 11, 1, tzinfo=UTC),
        )
    )
    company = ("--company", "oltin")
    begun = typed(tmp_path, "backfill", *company, "--since", "2026-08-01")
    assert "under way: 0% of 2026-08-01 to 2026-11-01, 0 calls new" in begun.stdout, begun.stdout + begun.stderr
    assert "paused" in typed(tmp_path, "backfill", *company, "--pause").stdout
    assert "under way" in typed(tmp_path, "backfill", *company, "--resume").stdout

    start = int(datetime(2026, 11, 10, 9, tzinfo=UTC).timestamp())
    account.calls.append(StubCall(start, talk_s=60))
    with serving(OnlinePBXStub(account)) as url:
        report = typed(tmp_path, "coverage", *company, "--day", "2026-11-10", DIALIX_ONLINEPBX_URL=url)
    assert report.returncode == 1, report.stdout + report.stderr
    assert "1 calls at the exchange: 0 analysed, 0 waiting" in report.stdout
    assert report.stdout.count("missing: ") == 1
    documents.close()
