"""Tasks through Cloud Tasks, or through a stand-in at `endpoint` that speaks its gRPC."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from shared.adapters.gcp.errors import translated
from shared.adapters.system import SystemClock
from shared.adapters.task_rules import checked_body
from shared.domain.errors import AlreadyExists, DependencyUnavailable, InvalidInput, NotFound
from shared.ports.clock import Clock
from shared.ports.task_queue import Task

if TYPE_CHECKING:
    from google.cloud.tasks_v2 import CloudTasksClient

_TIMEOUT_S = 20.0
_DISPATCH_DEADLINE_S = 600
"""How long an entry point may work on one delivery; the functions' own time-out is shorter."""


class CloudTasks:
    """`TaskQueue`. `urls` are the entry points'; `invoker` is the service account whose OIDC token opens them.

    A finished or deleted task's name stays taken for up to 24 hours, a name of a queue deleted lately for days.
    """

    def __init__(
        self,
        project: str,
        region: str,
        urls: Mapping[str, str],
        *,
        invoker: str | None,
        endpoint: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._location = f"projects/{project}/locations/{region}"
        self._urls = urls
        self._invoker = invoker
        self._endpoint = endpoint
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._built: CloudTasksClient | None = None
        self._pid = 0

    def enqueue(self, task: Task) -> bool:
        body = checked_body(task, self._clock.now())
        url = self._urls.get(task.entry_point)
        if url is None:
            raise InvalidInput("DIALIX_FUNCTION_URLS", f"says no URL of {task.entry_point}")
        queue = f"{self._location}/queues/{task.queue}"
        request: dict[str, object] = {"url": url, "headers": {"Content-Type": "application/json"}, "body": body}
        if self._invoker is not None:
            request["oidc_token"] = {"service_account_email": self._invoker, "audience": url}
        content: dict[str, object] = {
            "http_request": request,
            "dispatch_deadline": {"seconds": _DISPATCH_DEADLINE_S},
        }
        if task.name is not None:
            content["name"] = f"{queue}/tasks/{task.name}"
        if task.schedule_at is not None:
            content["schedule_time"] = task.schedule_at
        client: Any = self._client()
        try:
            with translated(f"enqueueing in {task.queue}"):
                client.create_task(
                    request={"parent": queue, "task": content},
                    # an unnamed task that is sent again after a lost answer is another task: at least once, as ever
                    retry=_retry(),
                    timeout=_TIMEOUT_S,
                )
        except AlreadyExists:
            return False
        except NotFound as error:
            raise DependencyUnavailable(f"there is no queue {task.queue}") from error
        return True

    def close(self) -> None:
        with self._lock:
            built, self._built = self._built, None
        if built is not None:
            cast("Any", built).transport.close()

    def _client(self) -> CloudTasksClient:
        """Made on first use in this process: a gRPC channel does not survive gunicorn's fork."""
        with self._lock:
            if self._built is None or self._pid != os.getpid():
                with translated("Cloud Tasks"):
                    self._built = self._made()
                self._pid = os.getpid()
            return self._built

    def _made(self) -> CloudTasksClient:
        from google.cloud.tasks_v2 import CloudTasksClient

        if self._endpoint is None:
            return CloudTasksClient()
        import grpc
        from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

        return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=grpc.insecure_channel(self._endpoint)))


def _retry() -> Any:
    from google.api_core import exceptions as api
    from google.api_core.retry import Retry, if_exception_type

    return Retry(
        predicate=if_exception_type(
            api.Aborted, api.DeadlineExceeded, api.InternalServerError, api.ServiceUnavailable, api.Unknown
        ),
        initial=0.1,
        maximum=3.0,
        timeout=_TIMEOUT_S,
    )
