"""Deliveries as Google makes them, kept as JSON: {"headers": …, "body": …}."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cloudevents.http import CloudEvent, from_http


def recorded(name: str) -> tuple[dict[str, str], Any]:
    """Headers and body of one recorded request."""
    kept = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    return kept["headers"], kept["body"]


def recorded_event(name: str) -> CloudEvent:
    headers, body = recorded(name)
    return from_http(headers, json.dumps(body))
