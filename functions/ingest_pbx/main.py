"""Calls come in by themselves: a schedule asks every company's exchange, tasks fetch what was recorded."""

import functions_framework
from flask import Request

from shared.runtime.ingest_pbx import handlers


@functions_framework.http
def ingest_pbx(request: Request) -> tuple[str, int]:
    return handlers().plan(request)


@functions_framework.http
def ingest_pbx_sync(request: Request) -> tuple[str, int]:
    return handlers().sync(request)


@functions_framework.http
def ingest_pbx_recording(request: Request) -> tuple[str, int]:
    return handlers().recording(request)
