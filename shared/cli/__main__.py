"""`python -m shared.cli migrate | replay | reseal | create-admin`, on the world that the DIALIX_ variables name.

With none set they work on this machine's own data, in .dialix.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence

from rich.console import Console

from shared.domain.errors import DialixError
from shared.runtime.logs import configure_logs
from shared.runtime.open_world import open_dead_letters, world_of
from shared.runtime.settings import Settings, SettingsError, load_settings
from shared.services.world import World


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m shared.cli", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring every kept document to today's shape; a deploy does it")
    commands.add_parser("replay", help="begin every dead letter's step again")
    commands.add_parser("reseal", help="seal every company's credentials anew, after their key was rotated")
    admin = commands.add_parser("create-admin", help="make a company, if it is not there, and an admin who can sign in")
    admin.add_argument("--company", required=True, help="its identifier: a-z, 0-9 and -")
    admin.add_argument("--company-name", default="", help="as people read it")
    admin.add_argument("--username", required=True, help="an e-mail address will do")
    admin.add_argument("--password-stdin", action="store_true", help="read the password's line; else one is made")
    chosen = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=True)
    configure_logs("cli", "ERROR", sys.stderr)
    try:
        settings = _settings()
        world = world_of(settings)
        match chosen.command:
            case "migrate":
                _migrate(world, console)
            case "replay":
                _replay(settings, world, console)
            case "reseal":
                _reseal(world, console)
            case _:
                _create_admin(chosen, world, console)
    except (SettingsError, DialixError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    return 0


def _settings() -> Settings:
    """From the environment; what signs and what is served matters to no command."""
    assumed: dict[str, object] = {"signing_secret": secrets.token_hex(32), "public_url": "http://127.0.0.1"}
    if "DIALIX_WORLD" not in os.environ:
        assumed |= {"world": "embedded", "environment": "development"}
    return load_settings({name: value for name, value in assumed.items() if f"DIALIX_{name.upper()}" not in os.environ})


def _migrate(world: World, console: Console) -> None:
    from shared.services.migrate import migrate

    def progress(number: int, seen: int) -> None:
        console.print(f"  {number}: {seen} documents looked at")

    for each in migrate(world.documents, world.clock, on_progress=lambda which, seen: progress(which.number, seen)):
        said = "already done" if each.was_done else f"{each.rewritten} documents rewritten"
        console.print(f"{each.migration.number} {each.migration.why}: {said}", markup=False)


def _replay(settings: Settings, world: World, console: Console) -> None:
    from shared.services.dead_letters import replay

    replayed = replay(open_dead_letters(settings), world)
    console.print(f"{replayed.begun} begun again, {replayed.settled} with nothing left to begin")


def _reseal(world: World, console: Console) -> None:
    from shared.services.connect_pbx import reseal_pbx
    from shared.services.repositories.companies import Companies

    resealed = sum(reseal_pbx(company.id, world) for company in Companies(world.documents).all())
    console.print(f"{resealed} companies' credentials sealed anew")


def _create_admin(chosen: argparse.Namespace, world: World, console: Console) -> None:
    from shared.adapters.argon2_passwords import Argon2Passwords
    from shared.services.create_admin import CreateAdmin, create_admin

    password = sys.stdin.readline().rstrip("\r\n") if chosen.password_stdin else secrets.token_urlsafe(12)
    command = CreateAdmin(chosen.company, chosen.company_name, chosen.username, password)
    if not create_admin(command, world, Argon2Passwords()):
        console.print(f"{chosen.username} is an admin of {chosen.company} already", markup=False)
    elif chosen.password_stdin:
        console.print(f"{chosen.username} can sign in", markup=False)
    else:
        console.print(f"{chosen.username} can sign in with the password {password} (shown this once)", markup=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
