"""Cloud Tasks' gRPC (google.cloud.tasks.v2) over the local queue, for Google's own client to talk to.

Only what the product asks of it: CreateTask, with the answers of the real one. The delivery service does the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from shared.domain.errors import DialixError
from shared.ports.task_queue import Task, TaskQueue


class _Refused(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class TasksServicer:
    """`urls` are the entry points'. `queues`: those that exist, None for all."""

    def __init__(self, tasks: TaskQueue, urls: Mapping[str, str], *, queues: Collection[str] | None = None) -> None:
        self._tasks = tasks
        self._entry_points = {url: name for name, url in urls.items()}
        self._queues = queues

    def create_task(self, request: Any) -> Any:
        parts = request.parent.split("/")
        if len(parts) != 6 or (parts[0], parts[2], parts[4]) != ("projects", "locations", "queues"):
            raise _Refused("INVALID_ARGUMENT", "parent is projects/P/locations/L/queues/Q")
        queue = parts[5]
        if self._queues is not None and queue not in self._queues:
            raise _Refused("NOT_FOUND", f"Queue does not exist: {queue}")
        task = request.task
        prefix = f"{request.parent}/tasks/"
        if task.name and not task.name.startswith(prefix):
            raise _Refused("INVALID_ARGUMENT", "the task's name must begin with its parent")
        entry_point = self._entry_points.get(task.http_request.url)
        if entry_point is None:
            raise _Refused("INVALID_ARGUMENT", "no entry point has that URL")
        try:
            is_new = self._tasks.enqueue(
                Task(
                    queue=queue,
                    entry_point=entry_point,
                    body=json.loads(task.http_request.body or b"{}"),
                    name=task.name.removeprefix(prefix) or None,
                    schedule_at=task.schedule_time or None,
                )
            )
        except ValueError as error:
            raise _Refused("INVALID_ARGUMENT", str(error)) from error
        except DialixError as error:
            raise _Refused("UNAVAILABLE", str(error)) from error
        if not is_new:
            raise _Refused("ALREADY_EXISTS", "Requested entity already exists")
        return task


@contextmanager
def serving_tasks(servicer: TasksServicer) -> Iterator[str]:
    """The `host:port` it is served at, until the block ends."""
    import grpc
    from google.cloud.tasks_v2.types import CreateTaskRequest
    from google.cloud.tasks_v2.types import Task as GoogleTask

    handlers = {
        "CreateTask": grpc.unary_unary_rpc_method_handler(
            _answering(servicer.create_task),
            request_deserializer=CreateTaskRequest.deserialize,
            response_serializer=GoogleTask.serialize,
        )
    }
    server = grpc.server(ThreadPoolExecutor(max_workers=8, thread_name_prefix="tasks"))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("google.cloud.tasks.v2.CloudTasks", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=1).wait()


def _answering(work: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def answer(request: Any, context: Any) -> Any:
        import grpc

        try:
            return work(request)
        except _Refused as refused:
            context.abort(getattr(grpc.StatusCode, refused.code), str(refused))

    return answer
