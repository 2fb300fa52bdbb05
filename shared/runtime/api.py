"""Wires the api function: one application behind one entry point."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.runtime.open_world import open_world
from shared.runtime.settings import Settings, load_settings
from shared.services.world import World

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp


CODE = Path(__file__).parents[2]
"""The folder in which `shared` lies: in a package, its root."""


def build(world: World, settings: Settings) -> FastAPI:
    from shared.adapters.argon2_passwords import Argon2Passwords
    from shared.adapters.jwt_tokens import JWTTokens
    from shared.rest.app import build_app
    from shared.rest.dependencies import Api, ApiSettings
    from shared.services.sign_in import SignIn

    return build_app(
        Api(
            world=world,
            sign_in=SignIn(
                documents=world.documents,
                passwords=Argon2Passwords(),
                tokens=JWTTokens(world.signing_secret, world.clock),
                clock=world.clock,
                ids=world.ids,
            ),
            settings=ApiSettings(
                is_cookie_secure=settings.public_url.startswith("https://"),
                # a relative one is within the package, from whatever folder the function was started
                page_directory=CODE / settings.page_dir if settings.page_dir else None,
                mounts=_mounts(world),
            ),
        )
    )


def _mounts(world: World) -> dict[str, ASGIApp]:
    """In the embedded world the api serves the buckets' signed links too: there is no other server."""
    from shared.runtime.embedded import LINKS_PATH, EmbeddedWorld

    if not isinstance(world, EmbeddedWorld):
        return {}
    from shared.adapters.embedded.object_links import object_links

    stores = {world.audio.bucket: world.audio, world.artifacts.bucket: world.artifacts}
    return {LINKS_PATH: object_links(stores, world.signing_secret, world.clock)}


@cache
def application() -> Any:
    """Built when the first request comes: clients must not be made before the server forks."""
    settings = load_settings()
    return build(open_world(settings, "api"), settings)
