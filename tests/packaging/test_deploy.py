"""`make deploy` and `make destroy`: order and refusals, on a gcloud and a terraform that only write down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.package import OUTPUT, functions

ROOT = Path(__file__).parents[2]
WHERE = ("--project=my-project", "--region=europe-west3")
WHO = ("--admin=boss@example.uz", "--company=acme")

RECORDER = f"""#!{sys.executable}
import json, os, sys
told = json.loads(os.environ["TOLD"])
line = os.path.basename(sys.argv[0]) + " " + " ".join(sys.argv[1:])
with open(os.environ["HEARD"], "a") as heard:
    heard.write(line + "\\n")
if " output -json" in line:
    values = {{"public_url": "https://api.example", "database": "d", "audio_bucket": "a", "artifacts_bucket": "b"}}
    print(json.dumps({{name: {{"value": value}} for name, value in values.items()}}))
sys.exit(next((code for part, code in told.items() if part in line), 2 if " plan " in line else 0))
"""


class Machine:
    """One that has gcloud and terraform, whose exit codes the test tells by a part of the command."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("gcloud", "terraform"):
            tool = folder / name
            tool.write_text(RECORDER)
            tool.chmod(0o755)

    def run(
        self, *arguments: str, told: dict[str, int] | None = None, says: str = "", tools: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra.deploy", *arguments],
            cwd=ROOT, input=says, capture_output=True, text=True, check=False,
            env={
                **os.environ,
                "PATH": f"{self._folder}:/usr/bin:/bin" if tools else "/nowhere",
                "HEARD": str(self._folder / "heard"),
                "TOLD": json.dumps(told or {}),
                # no account of anybody's is found: the product's own commands stop at the first question
                "GOOGLE_APPLICATION_CREDENTIALS": str(self._folder / "none.json"),
            },
        )  # fmt: skip

    @property
    def heard(self) -> list[str]:
        heard = self._folder / "heard"
        return heard.read_text().splitlines() if heard.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def packages() -> None:
    OUTPUT.mkdir(exist_ok=True)
    for function in functions():
        (OUTPUT / f"{function}.zip").touch()


def order(lines: Sequence[str], *parts: str) -> list[str]:
    """Which of `parts` are found, in the order of their lines."""
    return [part for line in lines for part in parts if part in line]


def test_a_dry_run_says_every_step_in_its_order_and_runs_none(machine: Machine) -> None:
    ran = machine.run("deploy", *WHERE, *WHO, "--dry-run")
    steps = (
        "print-access-token",
        "services enable",
        "buckets create",
        " init ",
        " plan ",
        " apply ",
        "cli migrate",
        "cli create-admin",
    )
    assert ran.returncode == 0, ran.stderr
    assert order(ran.stdout.splitlines(), *steps) == list(steps)
    assert machine.heard == []


def test_what_is_applied_is_what_was_shown_and_agreed_to(machine: Machine) -> None:
    machine.run("deploy", *WHERE, *WHO, says="my-project\n")
    plan = next(line for line in machine.heard if " plan " in line)
    out = next(part for part in plan.split() if part.startswith("-out=")).removeprefix("-out=")
    assert '-var=alert_emails=["boss@example.uz"]' in plan
    assert machine.heard[machine.heard.index(plan) + 1].endswith(f"apply -input=false {out}")


@pytest.mark.parametrize("says", ["\n", "yes\n", "other-project\n", ""])
def test_nothing_is_applied_unless_the_projects_own_id_is_typed(machine: Machine, says: str) -> None:
    ran = machine.run("deploy", *WHERE, *WHO, says=says)
    assert ran.returncode == 1
    assert "nothing was changed" in ran.stderr
    assert order(machine.heard, " apply ") == []


def test_a_plan_without_changes_is_not_applied_and_documents_are_still_brought_up_to_date(machine: Machine) -> None:
    ran = machine.run("deploy", *WHERE, *WHO, told={" plan ": 0})
    assert "Nothing to change" in ran.stdout
    assert order(machine.heard, " apply ") == []
    assert "shared.cli migrate" in ran.stdout


@pytest.mark.parametrize("failing", ["services enable", "buckets create", " init ", " plan ", " apply "])
def test_a_step_that_fails_is_the_last_and_is_named(machine: Machine, failing: str) -> None:
    ran = machine.run("deploy", *WHERE, *WHO, "--yes", told={failing: 3, "buckets describe": 1})
    assert ran.returncode == 1
    assert "ended with 3" in ran.stderr
    assert failing.strip() in ran.stderr
    assert failing in machine.heard[-1] + " "
    assert "shared.cli" not in ran.stdout


def test_documents_are_migrated_only_after_the_code_that_reads_both_shapes_runs(machine: Machine) -> None:
    ran = machine.run("deploy", *WHERE, *WHO, "--yes")
    steps = order(ran.stdout.splitlines(), " apply ", "cli migrate", "cli create-admin")
    # the product's own command meets no account here, and the deploy stops at it
    assert steps == [" apply ", "cli migrate"]
    assert ran.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "told", "named"),
    [
        (("deploy",), {}, "PROJECT"),
        (("deploy", "--project=Bad_Name", "--region=europe-west3"), {}, "PROJECT"),
        (("deploy", "--project=my-project", "--region=EU"), {}, "REGION"),
        (("deploy", *WHERE, "--admin=boss@example.uz"), {}, "COMPANY"),
        (("deploy", *WHERE), {}, "ALERTS"),
        (("deploy", *WHERE, *WHO), {"print-access-token": 1}, "gcloud auth application-default login"),
        (("destroy", *WHERE), {}, "ENVIRONMENT=staging"),
    ],
)
def test_a_refusal_says_what_to_type(
    machine: Machine, arguments: tuple[str, ...], told: dict[str, int], named: str
) -> None:
    ran = machine.run(*arguments, told=told)
    assert ran.returncode == 1
    assert named in ran.stderr
    assert order(machine.heard, " apply ") == []


def test_a_machine_without_gcloud_is_told_where_it_is_from(machine: Machine) -> None:
    ran = machine.run("deploy", *WHERE, *WHO, tools=False)
    assert ran.returncode == 1
    assert "gcloud is not on the PATH" in ran.stderr


def test_an_installation_is_destroyed_by_a_plan_that_was_agreed_to(machine: Machine) -> None:
    ran = machine.run("destroy", *WHERE, "--environment=staging", says="my-project\n")
    assert ran.returncode == 0, ran.stderr
    assert order(machine.heard, " plan -input=false -detailed-exitcode", "-destroy", " apply ")[-2:] == [
        "-destroy",
        " apply ",
    ]


def test_make_passes_on_what_is_typed() -> None:
    ran = subprocess.run(
        ["make", "--no-print-directory", "-n", "destroy",
         "PROJECT=my-project", "REGION=europe-west3", "ENVIRONMENT=staging", "DRY=1"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for part in (
        "infra.deploy destroy",
        '--project="my-project"',
        '--region="europe-west3"',
        '--environment="staging"',
        "--dry-run",
    ):
        assert part in ran.stdout
