"""`python -m shared.cli <command>`, on the world that the DIALIX_ variables name.

With none set they work on this machine's own data, in .dialix.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rich.console import Console

from shared.domain.errors import DialixError
from shared.domain.identity import company_id
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
    past = commands.add_parser("backfill", help="read an exchange's past; alone, say how far it is")
    past.add_argument("--company", required=True)
    past.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="the first day")
    past.add_argument("--pause", action="store_true", help="stop after the day that is being read")
    past.add_argument("--resume", action="store_true", help="go on where it stopped")
    cover = commands.add_parser("coverage", help="hold a day of the exchange against the calls that are here")
    cover.add_argument("--company", required=True)
    cover.add_argument("--day", type=date.fromisoformat, metavar="YYYY-MM-DD", required=True)
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
            case "backfill":
                _backfill(chosen, world, console)
            case "coverage":
                return _coverage(chosen, world, console)
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


def _backfill(chosen: argparse.Namespace, world: World, console: Console) -> None:
    from shared.services.backfill import begin_backfill, pause_backfill
    from shared.services.repositories.companies import Companies
    from shared.services.repositories.integrations import Integrations

    company = Companies(world.documents).get(company_id(chosen.company))
    zone = ZoneInfo(company.time_zone)
    integration = Integrations(world.documents, company.id).pbx()
    if chosen.since is not None:
        begin = datetime.combine(chosen.since, time(), zone)
        integration = begin_backfill(company.id, begin.astimezone(UTC), world)
    if chosen.pause or chosen.resume:
        integration = pause_backfill(company.id, world, is_paused=chosen.pause)
    backfill = integration.backfill
    if backfill is None:
        console.print(f"Nothing is under way; calls since {integration.since.astimezone(zone):%Y-%m-%d} are here")
        return
    share = (backfill.done_until - backfill.since) / (backfill.until - backfill.since)
    standing = "paused" if backfill.is_paused else "under way"
    first, last = (moment.astimezone(zone).date() for moment in (backfill.since, backfill.until))
    console.print(f"{standing}: {share:.0%} of {first} to {last}, {backfill.found} calls new")


def _coverage(chosen: argparse.Namespace, world: World, console: Console) -> int:
    """1 when a call is missing."""
    from shared.services.coverage import coverage

    found = coverage(company_id(chosen.company), chosen.day, world)
    console.print(f"{found.told} calls at the exchange: {found.analyzed} analysed, {found.waiting} waiting")
    for name, reasons in (("skipped", found.skipped), ("failed", found.failed)):
        for reason, number in reasons.items():
            console.print(f"  {number} {name}: {reason}")
    for call in found.missing:
        console.print(f"  missing: {call}", markup=False)
    return 1 if found.missing else 0


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
