"""Ports on this machine alone: SQLite, a folder, a durable queue, Whisper and e5."""
