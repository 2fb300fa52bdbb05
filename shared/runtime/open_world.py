"""The world a function works in, as the settings say; each part is built when first asked for."""

from __future__ import annotations

from shared.ports.dead_letters import DeadLetters
from shared.runtime.logs import configure_logs
from shared.runtime.settings import Settings
from shared.services.world import DEAD_LETTERS, World


def open_world(settings: Settings, function: str) -> World:
    configure_logs(function, settings.log_level)
    return world_of(settings)


def world_of(settings: Settings) -> World:
    match settings.world:
        case "embedded":
            from shared.runtime.embedded import EmbeddedWorld

            return EmbeddedWorld(settings)
        case "emulators":
            from shared.runtime.emulators import EmulatorsWorld

            return EmulatorsWorld(settings)
        case "google":
            from shared.runtime.google import GoogleWorld

            return GoogleWorld(settings)


def open_dead_letters(settings: Settings) -> DeadLetters:
    """The messages to replay, in the same world."""
    if settings.world == "embedded":
        from shared.adapters.embedded.sqlite_queue import SQLiteDeadLetters
        from shared.runtime.embedded import QUEUE_FILE

        return SQLiteDeadLetters(settings.data_dir / QUEUE_FILE)
    from shared.adapters.gcp.pubsub_dead_letters import PubSubDeadLetters

    return PubSubDeadLetters(settings.project, DEAD_LETTERS)
