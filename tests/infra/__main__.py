"""`python -m tests.infra [plan | validate | test | fmt]`: Terraform on infra/terraform, offline."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.infra import offline

COMMANDS = {
    "validate": ["validate"],
    "test": ["test"],
    "fmt": ["fmt", "-check", "-diff", "-recursive"],
}


def main(command: str = "plan") -> int:
    if lacking := offline.missing():
        print(lacking)
        return 1
    with tempfile.TemporaryDirectory() as folder, offline.terraform() as terraform:
        copy = offline.workspace(Path(folder) / "terraform")
        ran = terraform.plan(copy) if command == "plan" else terraform.run(copy, *COMMANDS[command])
    print(ran.output, end="")
    return ran.code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
