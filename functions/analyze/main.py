"""Transcripts become judgements: call-transcribed is judged, scored, settled and told on."""

import functions_framework
from cloudevents.http import CloudEvent

from shared.runtime.analyze import handlers


@functions_framework.cloud_event
def analyze(event: CloudEvent) -> None:
    handlers().call_transcribed(event)


@functions_framework.cloud_event
def analyze_dead_letter(event: CloudEvent) -> None:
    handlers().dead_letter(event)
