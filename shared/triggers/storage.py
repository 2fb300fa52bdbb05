"""Cloud Storage's finalised-object CloudEvent becomes RegisterRecording.

Shape: the CloudEvents that Eventarc delivers (google.cloud.storage.object.v1.finalized); its 64-bit integers
are strings on the wire and numbers in Google's own samples, so both are taken.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from shared.domain.errors import InvalidInput
from shared.services.register_recording import RegisterRecording

FINALIZED = "google.cloud.storage.object.v1.finalized"


class _StorageObject(BaseModel):
    name: str = Field(min_length=1)
    bucket: str
    generation: int
    size: int = Field(default=0, ge=0)
    content_type: str = Field(default="", alias="contentType")
    time_created: AwareDatetime = Field(alias="timeCreated")
    metadata: dict[str, str] = Field(default_factory=dict)


def recording_finalised(event: Any, bucket: str) -> RegisterRecording | None:
    """The command, or None when the event is not about a recording (another bucket or kind, a folder's placeholder).

    Raises InvalidInput when it is of no shape we know.
    """
    if event["type"] != FINALIZED:
        return None
    try:
        found = _StorageObject.model_validate(event.get_data() or {})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput("data." + ".".join(map(str, first["loc"])), first["msg"]) from error
    if found.bucket != bucket or found.name.endswith("/"):
        return None
    finalised_at: datetime = found.time_created
    return RegisterRecording(
        path=found.name,
        generation=found.generation,
        size_bytes=found.size,
        content_type=found.content_type,
        finalised_at=finalised_at,
        metadata=found.metadata,
    )
