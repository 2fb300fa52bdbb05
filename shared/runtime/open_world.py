"""The world a function works in, as the settings say; each part is built when first asked for."""

from __future__ import annotations

from shared.runtime.logs import configure_logs
from shared.runtime.settings import Settings
from shared.services.world import World


def open_world(settings: Settings, function: str) -> World:
    configure_logs(function, settings.log_level)
    from shared.runtime.embedded import EmbeddedWorld

    return EmbeddedWorld(settings)
