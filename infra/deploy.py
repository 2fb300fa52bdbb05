"""`make deploy PROJECT=... REGION=...` and `make destroy`: an installation from the packages in `dist`, step by step.

Each step may be repeated: a deploy that was interrupted is begun again. Going back is the deploy of an older tag.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.package import OUTPUT, functions

ROOT = Path(__file__).parents[1]
TERRAFORM = ROOT / "infra" / "terraform"
NEEDED_FIRST = ("cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com", "storage.googleapis.com")
"""What Terraform itself asks before it can switch on the rest."""

_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CHANGES = 2
"""`terraform plan -detailed-exitcode` when something would change."""


class Refused(Exception):
    """The deploy cannot go on; the message says why and what to do."""


class Installation:
    """One project, and what is run to change it."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._project: str = arguments.project
        self._region: str = arguments.region
        self._alerts: list[str] = [each for each in arguments.alerts.split(",") if each]
        self._environment: str = arguments.environment
        self._variables: Path | None = arguments.variables
        self._is_dry: bool = arguments.dry_run
        self._is_agreed: bool = arguments.yes
        self._state_bucket = f"{self._project}-terraform"
        self._workspace = ROOT / ".dialix" / "terraform" / self._project
        self._plan = self._workspace / "plan"

    # -- steps --------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Who we are, the services Terraform asks first, and the bucket of its state."""
        for tool, where in (("gcloud", "https://cloud.google.com/sdk"), ("terraform", "1.11 or newer")):
            if shutil.which(tool) is None and not self._is_dry:
                raise Refused(f"{tool} is not on the PATH: install it ({where})")
        if self._ask("gcloud", "auth", "application-default", "print-access-token") != 0:
            raise Refused("nobody is signed in: run `gcloud auth application-default login`")
        self._run("gcloud", "services", "enable", *NEEDED_FIRST, f"--project={self._project}")
        bucket = f"gs://{self._state_bucket}"
        if self._is_dry or self._ask("gcloud", "storage", "buckets", "describe", bucket) != 0:
            self._run(
                *("gcloud", "storage", "buckets", "create", bucket, f"--project={self._project}"),
                *(f"--location={self._region}", "--uniform-bucket-level-access", "--public-access-prevention"),
            )
        # an older state is what one goes back to when the newest is damaged
        self._run("gcloud", "storage", "buckets", "update", bucket, "--versioning")
        self._terraform("init", "-input=false", "-reconfigure", f"-backend-config=bucket={self._state_bucket}")

    def apply(self) -> None:
        """Plans, shows, asks, applies exactly what was shown."""
        self._agree_to("Apply this plan?") if self._planned() else print("Nothing to change.")

    def remove(self) -> None:
        if self._environment == "production":
            raise Refused(
                "a production's database and recordings are protected from deletion. To give them up, deploy once with "
                "ENVIRONMENT=staging, then destroy with ENVIRONMENT=staging"
            )
        if self._planned("-destroy"):
            self._agree_to("Everything above is deleted, recordings too. Delete it?")

    def migrate(self) -> None:
        """Old documents take today's shape. The code that runs by now reads both (docs/decisions)."""
        self._cli("migrate")

    def first_admin(self, username: str, company: str) -> None:
        if not username:
            print("No ADMIN was named, so nobody was made one.")
            return
        self._cli("create-admin", "--company", company, "--username", username)

    def address(self) -> str:
        return str(self._outputs()["public_url"])

    # -- within -------------------------------------------------------------------------------------------------

    def _planned(self, *arguments: str) -> bool:
        """Whether there is something to do."""
        code = self._terraform(
            *("plan", "-input=false", "-detailed-exitcode", f"-out={self._plan}", *arguments, *self._arguments()),
            allowed=(0, _CHANGES),
        )
        return self._is_dry or code == _CHANGES

    def _agree_to(self, question: str) -> None:
        if not (self._is_dry or self._is_agreed):
            print(f"{question} Type the project's id to agree: ", end="", flush=True)
            if sys.stdin.readline().strip() != self._project:
                raise Refused("not agreed; nothing was changed")
        self._terraform("apply", "-input=false", str(self._plan))

    def _arguments(self) -> list[str]:
        given = [
            f"-var=project={self._project}",
            f"-var=region={self._region}",
            f"-var=environment={self._environment}",
            f"-var=packages={OUTPUT}",
            f"-var=alert_emails={json.dumps(self._alerts)}",
        ]
        return given if self._variables is None else [*given, f"-var-file={self._variables.resolve()}"]

    def _terraform(self, *arguments: str, allowed: Sequence[int] = (0,)) -> int:
        self._workspace.mkdir(parents=True, exist_ok=True)
        return self._run(
            "terraform", f"-chdir={TERRAFORM}", *arguments, allowed=allowed, env={"TF_DATA_DIR": str(self._workspace)}
        )

    def _cli(self, *arguments: str) -> None:
        """A command of the product's own, on what was deployed, in the name of who deploys."""
        outputs = self._outputs()
        self._run(
            *(sys.executable, "-m", "shared.cli", *arguments),
            env={
                "DIALIX_WORLD": "google",
                "DIALIX_PROJECT": self._project,
                "DIALIX_REGION": self._region,
                "DIALIX_DATABASE": str(outputs["database"]),
                "DIALIX_AUDIO_BUCKET": str(outputs["audio_bucket"]),
                "DIALIX_ARTIFACTS_BUCKET": str(outputs["artifacts_bucket"]),
            },
        )

    def _outputs(self) -> Mapping[str, object]:
        if self._is_dry:
            return {name: f"<{name}>" for name in ("public_url", "database", "audio_bucket", "artifacts_bucket")}
        answered = subprocess.run(
            ["terraform", f"-chdir={TERRAFORM}", "output", "-json"],
            env={**os.environ, "TF_DATA_DIR": str(self._workspace)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if answered.returncode != 0:
            raise Refused("terraform says nothing of what it made; run the deploy again")
        return {name: each["value"] for name, each in json.loads(answered.stdout).items()}

    def _run(self, *command: str, allowed: Sequence[int] = (0,), env: Mapping[str, str] | None = None) -> int:
        shown = shlex.join(["python" if part == sys.executable else part for part in command])
        print(f"$ {shown}", flush=True)
        if self._is_dry:
            return 0
        code = subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False).returncode
        if code not in allowed:
            raise Refused(
                f"`{shown}` ended with {code}. Mend what it says and run the same again: nothing is done twice"
            )
        return code

    def _ask(self, *command: str) -> int:
        """A question whose answer is its exit code alone."""
        if self._is_dry:
            print(f"$ {shlex.join(command)}", flush=True)
            return 0
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def checked(arguments: argparse.Namespace) -> argparse.Namespace:
    """Raises Refused, naming what is missing or malformed as one types it to make."""
    if not _PROJECT.fullmatch(arguments.project):
        raise Refused("PROJECT is missing or no project's id: make deploy PROJECT=my-project REGION=europe-west3")
    if not _REGION.fullmatch(arguments.region):
        raise Refused("REGION is missing or no region: make deploy PROJECT=my-project REGION=europe-west3")
    if arguments.admin and not arguments.company:
        raise Refused("COMPANY is missing: the first admin is somebody's, ADMIN=name@example.com COMPANY=acme")
    if not arguments.alerts and _EMAIL.fullmatch(arguments.admin):
        arguments.alerts = arguments.admin
    if arguments.command == "destroy":
        return arguments
    if not arguments.alerts:
        raise Refused("ALERTS is missing: who is told when something breaks, ALERTS=name@example.com,other@example.com")
    if lacking := [name for name in functions() if not (OUTPUT / f"{name}.zip").is_file()]:
        raise Refused(f"there is no package of {', '.join(lacking)}: run `make package`")
    return arguments


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("command", choices=["deploy", "destroy"])
    for name, what in {
        "project": "the project's id",
        "region": "where everything is",
        "alerts": "e-mail addresses that alerts go to, with commas; else the admin's",
        "admin": "username of the first admin; none is made without",
        "company": "the first admin's company: a-z, 0-9 and -",
        "environment": "production, staging or development",
    }.items():
        parser.add_argument(f"--{name}", default="production" if name == "environment" else "", help=what)
    parser.add_argument(
        "--variables", type=Path, help="a .tfvars file with what else infra/terraform/variables.tf takes"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be run")
    parser.add_argument("--yes", action="store_true", help="agree to the plan beforehand")
    try:
        chosen = checked(parser.parse_args(arguments))
        installation = Installation(chosen)
        installation.prepare()
        if chosen.command == "destroy":
            installation.remove()
            return 0
        installation.apply()
        installation.migrate()
        installation.first_admin(chosen.admin, chosen.company)
        print(f"Dialix is at {installation.address()}")
    except Refused as error:
        print(f"Stopped: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
