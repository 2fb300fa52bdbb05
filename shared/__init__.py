"""Dialix: every call of a call centre, transcribed, judged with evidence, and scored.

domain/     values and rules: frozen models and pure functions; no I/O, no clock, no vendor
ports/      what the product needs of the world, one Protocol each; the docstring is the contract
services/   use cases: functions that take a command and ports
triggers/   what the platform delivers (CloudEvent, Pub/Sub, task, webhook) becomes a command
rest/       the HTTP API: routes, schemas, sign-in, problems, paging
adapters/   the ports on Google Cloud, on one machine, and at the vendors
runtime/    settings, logs, and the wiring of each function
cli/        commands for whoever runs an installation; never deployed
local/      the whole product on one machine; never deployed

Imports point inward: (local | cli) -> runtime -> (triggers | rest | adapters) -> services -> ports -> domain.
"""
