"""The body of a sent call: a recording as a form, or a transcript as JSON. One address takes both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from shared.domain.errors import InvalidInput
from shared.rest.schemas.calls import RecordingForm, SentTranscript
from shared.rest.security import CallWriter
from shared.services.accept_call import CallFacts

M = TypeVar("M", bound=BaseModel)

MAX_TRANSCRIPT_BYTES = 16 * 1024 * 1024
MAX_FIELD_BYTES = 16 * 1024
_CHUNK_BYTES = 1024 * 1024

_FORM = {
    name: value
    for name, value in RecordingForm.model_json_schema(ref_template="#/components/schemas/{model}").items()
    if name != "$defs"  # each of them is a component already
}

REQUEST_BODY: Mapping[str, Any] = {
    "required": True,
    "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/SentTranscript"}},
        "multipart/form-data": {
            # not by reference: the form refuses other fields, and a file is one
            "schema": {
                **_FORM,
                "required": ["file"],
                "properties": {
                    "file": {
                        "type": "string",
                        "contentMediaType": "application/octet-stream",
                        "description": "WAV, MP3, OGG, Opus, M4A, AMR and what else a PBX makes.",
                    },
                    **_FORM["properties"],
                },
            }
        },
    },
}


@dataclass(frozen=True, slots=True)
class SentRecording:
    file_name: str
    content_type: str
    chunks: Callable[[], Iterable[bytes]]
    facts: CallFacts


SentCall = SentRecording | SentTranscript


async def sent_call(request: Request, writer: CallWriter) -> AsyncIterator[SentCall]:
    """Nothing of the body is read before the sender is known to have the right: hence `writer`."""
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "application/json":
            yield _read(SentTranscript.model_validate_json, await _whole_body(request))
        case "multipart/form-data":
            form = request.form(max_files=1, max_fields=20, max_part_size=MAX_FIELD_BYTES)
            async with form as fields:
                yield _recording(fields)
        case _:
            raise HTTPException(415, "send multipart/form-data with a file, or application/json with turns")


def _recording(fields: FormData) -> SentRecording:
    file = fields.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidInput("file", "the recording, as a file")
    texts = {name: value for name, value in fields.multi_items() if name != "file" and value != ""}
    sent = _read(RecordingForm.model_validate, texts)
    channel = None if sent.operator_channel is None else int(sent.operator_channel)

    def chunks() -> Iterable[bytes]:
        file.file.seek(0)
        return iter(lambda: file.file.read(_CHUNK_BYTES), b"")

    return SentRecording(
        file_name=file.filename or "",
        content_type=file.content_type or "",
        chunks=chunks,
        facts=sent.facts(operator_channel=channel),
    )


async def _whole_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_TRANSCRIPT_BYTES:
            raise HTTPException(413, f"a transcript is at most {MAX_TRANSCRIPT_BYTES} bytes")
    return bytes(body)


def _read(validate: Callable[[Any], M], content: Any) -> M:
    try:
        return validate(content)
    except ValidationError as error:
        mistakes = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(mistakes) from error
