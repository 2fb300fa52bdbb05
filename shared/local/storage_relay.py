"""What Eventarc does between a bucket and a function: a bucket's notification becomes the finalised CloudEvent.

fake-gcs-server publishes notifications as Cloud Storage does; the delivery service posts what is announced here.
"""

from __future__ import annotations

import json
import threading
from typing import Any

import structlog

from shared.adapters.embedded.sqlite_queue import SQLiteEventBus
from shared.domain.errors import DependencyUnavailable

log = structlog.get_logger(__name__)

_LOOK_S = 5.0
_AT_ONCE = 100


class StorageRelay:
    """Pulls `subscription` (its whole name) in a thread of its own; acknowledged is what lies in the local queue."""

    def __init__(self, subscription: str, bucket: str, entry_point: str, bus: SQLiteEventBus) -> None:
        self._subscription = subscription
        self._bucket = bucket
        self._entry_point = entry_point
        self._bus = bus
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="storage relay", daemon=True)

    def __enter__(self) -> StorageRelay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        from google.api_core.exceptions import DeadlineExceeded, GoogleAPIError
        from google.cloud.pubsub_v1 import SubscriberClient

        with SubscriberClient() as subscriber:
            while not self._stopped.is_set():
                try:
                    answer = subscriber.pull(
                        subscription=self._subscription, max_messages=_AT_ONCE, timeout=_LOOK_S, retry=None
                    )
                    for each in answer.received_messages:
                        self._announce(each.message)
                        subscriber.acknowledge(subscription=self._subscription, ack_ids=[each.ack_id])
                except DeadlineExceeded:
                    continue
                except (GoogleAPIError, DependencyUnavailable) as error:
                    log.warning("storage_relay_failed", error=type(error).__name__, detail=str(error))
                    self._stopped.wait(1)

    def _announce(self, message: Any) -> None:
        attributes = dict(message.attributes)
        if attributes.get("eventType") != "OBJECT_FINALIZE" or attributes.get("bucketId") != self._bucket:
            return
        resource = json.loads(message.data)
        self._bus.announce(
            self._bucket, resource["name"], self._entry_point, resource, size_bytes=int(resource["size"]), mtime_ns=0
        )
