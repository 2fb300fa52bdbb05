"""What Google's services send to a function, byte for byte: CloudEvents in binary mode, tasks, scheduled requests.

Shapes: Eventarc's storage.object.v1.finalized (64-bit integers are strings), a Pub/Sub push subscription's
messagePublished, Cloud Tasks' and Cloud Scheduler's HTTP targets.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.adapters.embedded.sqlite_queue import ClaimedTask, Delivery
from shared.ports.object_store import ObjectStat

FINALIZED = "google.cloud.storage.object.v1.finalized"
PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"


@dataclass(frozen=True, slots=True)
class Post:
    """One HTTP request to a function's root path."""

    headers: Mapping[str, str]
    body: bytes


def object_resource(bucket: str, found: ObjectStat, chunks: Iterable[bytes]) -> dict[str, object]:
    """The storage#object that a finalised event carries; `chunks` are the object's bytes, for its check sums."""
    import google_crc32c

    md5, crc32c = hashlib.md5(usedforsecurity=False), 0
    for chunk in chunks:
        md5.update(chunk)
        crc32c = google_crc32c.extend(crc32c, chunk)
    name, generation, at = quote(found.path, safe=""), str(found.generation), _millis(found.updated_at)
    resource: dict[str, object] = {
        "kind": "storage#object",
        "id": f"{bucket}/{found.path}/{generation}",
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{bucket}/o/{name}",
        "mediaLink": f"https://storage.googleapis.com/download/storage/v1/b/{bucket}/o/{name}"
        f"?generation={generation}&alt=media",
        "name": found.path,
        "bucket": bucket,
        "generation": generation,
        "metageneration": "1",
        "contentType": found.content_type,
        "size": str(found.size_bytes),
        "storageClass": "STANDARD",
        "timeCreated": at,
        "updated": at,
        "timeStorageClassUpdated": at,
        "md5Hash": base64.b64encode(md5.digest()).decode(),
        "crc32c": base64.b64encode(crc32c.to_bytes(4, "big")).decode(),
        "etag": _etag(found.generation),
    }
    if found.metadata:
        resource["metadata"] = dict(found.metadata)
    return resource


def event_post(delivery: Delivery, project: str) -> Post:
    """The request that brings a delivery to its entry point."""
    content: Mapping[str, Any] = delivery.content
    if delivery.kind == "object":
        return _cloud_event(
            {
                "ce-id": delivery.event_id,
                "ce-specversion": "1.0",
                "ce-type": FINALIZED,
                "ce-source": f"//storage.googleapis.com/projects/_/buckets/{delivery.source}",
                "ce-subject": f"objects/{_header(content['name'])}",
                "ce-time": _micros(delivery.created_at),
            },
            content,
        )
    if delivery.kind == "schedule":
        return Post(
            {
                "Content-Type": "application/json",
                "User-Agent": "Google-Cloud-Scheduler",
                "X-CloudScheduler": "true",
                "X-CloudScheduler-JobName": delivery.source,
                "X-CloudScheduler-ScheduleTime": _micros(datetime.fromtimestamp(content["slot"], UTC)),
            },
            _json(content["body"]),
        )
    published = _millis(datetime.fromtimestamp(content["published_at"], UTC))
    message = {
        "data": base64.b64encode(content["data"].encode()).decode(),
        "attributes": content["attributes"],
        "messageId": delivery.event_id,
        "message_id": delivery.event_id,
        "publishTime": published,
        "publish_time": published,
    }
    if content["ordering_key"]:
        message["orderingKey"] = content["ordering_key"]
    subscription = f"projects/{project}/subscriptions/{delivery.source}-{delivery.entry_point}"
    return _cloud_event(
        {
            "ce-id": delivery.event_id,
            "ce-specversion": "1.0",
            "ce-type": PUBLISHED,
            "ce-source": f"//pubsub.googleapis.com/projects/{project}/topics/{delivery.source}",
            "ce-time": published,
        },
        {"subscription": subscription, "message": message, "deliveryAttempt": delivery.attempt},
    )


def task_post(task: ClaimedTask) -> Post:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Google-Cloud-Tasks",
        "X-CloudTasks-QueueName": task.queue,
        "X-CloudTasks-TaskName": task.name,
        "X-CloudTasks-TaskRetryCount": str(task.retries),
        "X-CloudTasks-TaskExecutionCount": str(task.responses),
        "X-CloudTasks-TaskETA": f"{task.scheduled_at.timestamp():.6f}",
    }
    if task.retries and task.previous_response:
        headers["X-CloudTasks-TaskPreviousResponse"] = str(task.previous_response)
        headers["X-CloudTasks-TaskRetryReason"] = "NON_2XX_RESPONSE"
    return Post(headers, task.body.encode())


def _cloud_event(headers: dict[str, str], data: Mapping[str, object]) -> Post:
    return Post({"Content-Type": "application/json", **headers}, _json(data))


def _header(text: str) -> str:
    """CloudEvents over HTTP: what is not printable ASCII, and space, \" and %, is percent-encoded in a header."""
    return "".join(sign if "!" <= sign <= "~" and sign not in '"%' else quote(sign, safe="") for sign in text)


def _json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _etag(generation: int) -> str:
    """Cloud Storage's own: two protobuf fields, generation and metageneration 1."""
    message = bytearray([0x08])
    while generation > 0x7F:
        message.append(generation & 0x7F | 0x80)
        generation >>= 7
    message += bytes([generation, 0x10, 0x01])
    return base64.b64encode(message).decode()


def _millis(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _micros(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
