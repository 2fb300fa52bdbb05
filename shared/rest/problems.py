"""One shape of every error: application/problem+json (RFC 9457) with a stable code and the fields that are wrong.

`detail` is for people and may change; programs read `code` and `errors[].field`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from shared.domain import errors
from shared.services.repositories.integrations import PBXKind

MEDIA_TYPE = "application/problem+json"

STATUSES: Mapping[type[errors.DialixError], HTTPStatus] = {
    errors.DialixError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.TransientError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.PermanentError: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.ClaimHeld: HTTPStatus.CONFLICT,
    errors.Contended: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DependencyUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.AlreadyExists: HTTPStatus.CONFLICT,
    errors.AudioRejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.JudgementFailed: HTTPStatus.BAD_GATEWAY,
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotPermitted: HTTPStatus.FORBIDDEN,
    errors.PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    errors.RecognitionFailed: HTTPStatus.BAD_GATEWAY,
    errors.SecretUnreadable: HTTPStatus.INTERNAL_SERVER_ERROR,
}

RETRY_AFTER_S: Mapping[type[errors.DialixError], int] = {
    errors.ClaimHeld: 1,
    errors.Contended: 1,
    errors.DependencyUnavailable: 5,
}

TITLES = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not permitted",
    404: "Not found",
    405: "Not a method of this address",
    409: "In conflict with what is there",
    412: "Changed since it was read",
    413: "Too large",
    415: "Not a content type of this address",
    422: "Something in the request is wrong",
    429: "Too many requests",
    500: "Our mistake",
    502: "A vendor failed",
    503: "Not available now",
}

CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "content_too_large",
    415: "unsupported_content_type",
}
"""Of what the framework itself refuses: Python's own phrases change with its version."""

_NOT_FOUND = "There is no such thing here."
"""The same for what is not there and what is another's, so that nobody learns the difference."""


class FieldError(BaseModel):
    field: str
    """Dotted path into the body, or the name of a parameter or header."""
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:dialix:problem:invalid_input",
                    "title": "Something in the request is wrong",
                    "status": 422,
                    "detail": "turns.3.end_ms: after start_ms",
                    "code": "invalid_input",
                    "errors": [{"field": "turns.3.end_ms", "message": "after start_ms"}],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError]


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides success, for its `responses`; 422 and 500 are always among it."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({*statuses, 422, 500})
    }


def problem(
    status: int, code: str, detail: str, fields: Iterable[FieldError] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = Problem(
        type=f"urn:dialix:problem:{code}",
        title=TITLES.get(status, HTTPStatus(status).phrase),
        status=status,
        detail=detail,
        code=code,
        errors=list(fields),
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def code_of(error: type[errors.DialixError]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.__name__).lower()


def problem_of(error: errors.DialixError) -> JSONResponse:
    kind = type(error)
    status = next(STATUSES[each] for each in kind.__mro__ if each in STATUSES)
    return problem(status, code_of(kind), _detail(error, status), _fields(error), _headers(error))


def internal_problem() -> JSONResponse:
    return problem(500, "internal", "We have a mistake on our side and have taken note of it.")


def install(app: FastAPI) -> None:
    @app.exception_handler(errors.DialixError)
    async def ours(request: Request, error: errors.DialixError) -> JSONResponse:
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _invalid(error.errors())

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        code = CODES.get(error.status_code, f"http_{error.status_code}")
        detail = _NOT_FOUND if error.status_code == HTTPStatus.NOT_FOUND else str(error.detail)
        return problem(error.status_code, code, detail, headers=error.headers)


def _invalid(mistakes: Sequence[Any]) -> JSONResponse:
    fields = [FieldError(field=_field(each), message=_message(each)) for each in mistakes]
    first = fields[0] if fields else FieldError(field="body", message="wrong")
    return problem(422, code_of(errors.InvalidInput), f"{first.field}: {first.message}", fields)


_TAGS = frozenset(kind.value for kind in PBXKind)
"""Which of several shapes a body was taken for: it stands first in a location, though nobody sent it there."""


def _field(mistake: Mapping[str, Any]) -> str:
    """`turns.3.end_ms` for ("body", "turns", 3, "end_ms"): where it was sent goes without saying."""
    if mistake["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return str(mistake["ctx"]["discriminator"]).strip("'")
    where, *path = mistake["loc"] or ("body",)
    if path and path[0] in _TAGS:
        path = path[1:]
    if where == "body" and path and isinstance(path[0], int) and len(path) == 1:
        return "body"  # a position in JSON that could not be read
    return ".".join(str(part) for part in path) or str(where)


def _message(mistake: Mapping[str, Any]) -> str:
    if mistake["type"] == "value_error":
        return str(mistake["ctx"]["error"])
    if mistake["type"] == "json_invalid":
        return "this is not JSON"
    return str(mistake["msg"])


def _detail(error: errors.DialixError, status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return _NOT_FOUND
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "Try again a little later."  # what broke inside is for the logs
    return str(error)


def _fields(error: errors.DialixError) -> list[FieldError]:
    if isinstance(error, errors.InvalidInput):
        return [FieldError(field=error.field, message=error.message)]
    return []


def _headers(error: errors.DialixError) -> dict[str, str]:
    if isinstance(error, errors.NotAuthenticated):
        return {"WWW-Authenticate": 'Bearer realm="dialix"'}
    if isinstance(error, errors.RateLimited):
        return {"Retry-After": str(max(1, round(error.retry_after_s or 1)))}
    return {"Retry-After": str(RETRY_AFTER_S[type(error)])} if type(error) in RETRY_AFTER_S else {}
