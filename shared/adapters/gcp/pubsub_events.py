"""Events through Pub/Sub, or its emulator where PUBSUB_EMULATOR_HOST says so."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from shared.adapters.gcp.errors import translated
from shared.domain.errors import DependencyUnavailable, NotFound

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient


class PubSubEvents:
    """`EventBus` on one project's topics.

    Every message is one request that is waited for, for at most `timeout_s` with all its repetitions. The SDK's own
    batching is not used: its thread would hold messages while the platform has the instance frozen.
    """

    def __init__(self, project: str, *, timeout_s: float = 30.0) -> None:
        self._project = project
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._built: PublisherClient | None = None
        self._pid = 0

    def publish(
        self, topic: str, data: Mapping[str, object], *, attributes: Mapping[str, str], ordering_key: str = ""
    ) -> str:
        text = json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        client = self._client()
        from google.api_core import exceptions as api
        from google.api_core.retry import Retry, if_exception_type
        from google.pubsub_v1 import PublisherClient
        from google.pubsub_v1.types import PubsubMessage

        message = PubsubMessage(data=text.encode(), attributes=dict(attributes), ordering_key=ordering_key)
        # A repetition after a lost answer is a second message: the bus delivers at least once anyway.
        retry = Retry(
            predicate=if_exception_type(
                api.Aborted,
                api.Cancelled,
                api.DeadlineExceeded,
                api.InternalServerError,
                api.ResourceExhausted,
                api.ServiceUnavailable,
                api.Unknown,
            ),
            initial=0.1,
            maximum=5.0,
            timeout=self._timeout_s,
        )
        try:
            with translated(f"publishing to {topic}"):
                answer: Any = PublisherClient.publish(  # the request alone, without the subclass's batching
                    client,
                    topic=f"projects/{self._project}/topics/{topic}",
                    messages=[message],
                    retry=retry,
                    timeout=self._timeout_s,
                )
        except NotFound as error:
            raise DependencyUnavailable(f"there is no topic {topic}") from error
        return cast("str", answer.message_ids[0])

    def close(self) -> None:
        with self._lock:
            built, self._built = self._built, None
        if built is not None:
            cast("Any", built).transport.close()

    def _client(self) -> PublisherClient:
        """Made on first use in this process: a gRPC channel does not survive gunicorn's fork."""
        with self._lock:
            if self._built is None or self._pid != os.getpid():
                from google.cloud.pubsub_v1 import PublisherClient

                with translated("Pub/Sub"):
                    self._built = PublisherClient()
                self._pid = os.getpid()
            return self._built
