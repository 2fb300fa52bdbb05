"""Dead letters in Pub/Sub: pulled from a subscription of their topic, for whoever replays them."""

from __future__ import annotations

import json
from typing import Any

from shared.adapters.gcp.errors import translated
from shared.ports.dead_letters import DeadLetter

_LOOK_S = 10.0
_LOOKS = 2
"""Pub/Sub may say "nothing" while something is there: only said twice it is believed."""


class PubSubDeadLetters:
    """`DeadLetters`. What is taken is ours for the subscription's own acknowledgement deadline, ten minutes."""

    def __init__(self, project: str, subscription: str, *, look_s: float = _LOOK_S) -> None:
        self._subscription = f"projects/{project}/subscriptions/{subscription}"
        self._look_s = look_s
        self._built: Any = None

    def take(self, limit: int) -> list[DeadLetter]:
        for _ in range(_LOOKS):
            if found := self._pulled(limit):
                return [_letter(each) for each in found]
        return []

    def done(self, letter: DeadLetter) -> None:
        with translated("acknowledging a dead letter"):
            self._client().acknowledge(
                request={"subscription": self._subscription, "ack_ids": [letter.handle]}, timeout=self._look_s
            )

    def close(self) -> None:
        if self._built is not None:
            self._built.close()
            self._built = None

    def _pulled(self, limit: int) -> list[Any]:
        from google.api_core.exceptions import DeadlineExceeded

        with translated("pulling dead letters"):
            try:
                answer = self._client().pull(
                    request={"subscription": self._subscription, "max_messages": limit},
                    timeout=self._look_s,
                    retry=None,
                )
            except DeadlineExceeded:  # how Pub/Sub says that nothing came
                return []
        return list(answer.received_messages)

    def _client(self) -> Any:
        if self._built is None:
            from google.cloud.pubsub_v1 import SubscriberClient

            with translated("Pub/Sub"):
                self._built = SubscriberClient()
        return self._built


def _letter(received: Any) -> DeadLetter:
    attributes = dict(received.message.attributes)
    return DeadLetter(
        handle=received.ack_id,
        topic=attributes.get("topic", ""),
        data=_data(received.message.data),
        attributes={name: value for name, value in attributes.items() if not name.startswith("CloudPubSub")},
    )


def _data(body: bytes) -> dict[str, object]:
    """Empty for what is no JSON object: nobody can begin it again, and its reader says so."""
    try:
        data = json.loads(body)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
