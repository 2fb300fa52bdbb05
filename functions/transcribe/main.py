"""Recordings become transcripts: a finalised object registers a call, tasks submit it and collect the result."""

import functions_framework
from cloudevents.http import CloudEvent
from flask import Request

from shared.runtime.transcribe import handlers


@functions_framework.cloud_event
def transcribe(event: CloudEvent) -> None:
    handlers().recording_finalised(event)


@functions_framework.http
def transcribe_submit(request: Request) -> tuple[str, int]:
    return handlers().submit(request)


@functions_framework.http
def transcribe_result(request: Request) -> tuple[str, int]:
    return handlers().result(request)


@functions_framework.http
def transcribe_sweep(request: Request) -> tuple[str, int]:
    return handlers().sweep(request)


@functions_framework.http
def transcribe_reconcile(request: Request) -> tuple[str, int]:
    return handlers().reconcile(request)
