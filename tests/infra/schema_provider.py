"""Providers that know their schemas and nothing else: enough for Terraform to validate and plan without a network.

Terraform is told of them by TF_REATTACH_PROVIDERS and speaks gRPC with them over a Unix socket. Nothing can be
applied. Beside the schema, `values` (the documented values of an argument) are checked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import msgpack

from tests.infra.plugin_protocol import CALLS, SERVICE, messages

Block: TypeAlias = Mapping[str, Any]
Path_: TypeAlias = tuple[str | int, ...]

SCHEMA = Path(__file__).parent / "schema.json"
GOOGLE = "registry.terraform.io/hashicorp/google"
RANDOM = "registry.terraform.io/hashicorp/random"

_PARTS = re.compile(r"\{(\w+)\}")
_UNKNOWN = msgpack.ExtType(0, b"\x00")
_ERROR = 1
_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}

# Of the provider's own arguments, those that we set.
_GOOGLE_ARGUMENTS: Block = {
    "attributes": {
        "project": {"type": "string", "optional": True},
        "region": {"type": "string", "optional": True},
        "user_project_override": {"type": "bool", "optional": True},
        "billing_project": {"type": "string", "optional": True},
        "default_labels": {"type": ["map", "string"], "optional": True},
    }
}
# hashicorp/random has one resource of interest: a password that is in no state.
_RANDOM_PASSWORD: Block = {
    "attributes": {
        "length": {"type": "number", "required": True},
        "special": {"type": "bool", "optional": True, "computed": True},
        "result": {"type": "string", "computed": True, "sensitive": True},
    }
}
# What a data source would have answered.
_ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "google_project": {"number": "123456789012", "name": "offline", "project_id": "offline"},
    "google_storage_project_service_account": {
        "email_address": "service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
        "member": "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
    },
}


# What the provider would know only after it has made the thing, but whose form is documented: so that a plan shows
# who may do what, and where a message goes.
_FORMS: Mapping[str, Mapping[str, str]] = {
    "google_pubsub_topic": {"id": "projects/{project}/topics/{name}"},
    "google_pubsub_subscription": {"id": "projects/{project}/subscriptions/{name}"},
    "google_service_account": {
        "email": "{account_id}@{project}.iam.gserviceaccount.com",
        "member": "serviceAccount:{account_id}@{project}.iam.gserviceaccount.com",
        "name": "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
    },
}


class SchemaProvider:
    """One provider; each method is the protocol's call of that name, on message classes `m`."""

    def __init__(
        self,
        arguments: Block,
        resources: Mapping[str, Block],
        data: Mapping[str, Block],
        ephemeral: Mapping[str, Block],
    ) -> None:
        self._arguments = arguments
        self._resources = resources
        self._data = data
        self._ephemeral = ephemeral
        self._project: str | None = None
        self._m = messages()

    def get_provider_schema(self, _: Any) -> Any:
        m = self._m

        def named(blocks: Mapping[str, Block]) -> list[Any]:
            return [m.NamedSchema(key=name, value=m.Schema(block=_wire(m, block))) for name, block in blocks.items()]

        return m.SchemaResponse(
            provider=m.Schema(block=_wire(m, self._arguments)),
            resource_schemas=named(self._resources),
            data_source_schemas=named(self._data),
            ephemeral_resource_schemas=named(self._ephemeral),
            server_capabilities=m.ServerCapabilities(plan_destroy=False),
        )

    def validate_provider_config(self, _: Any) -> Any:
        return self._m.ProviderValidated()

    def configure_provider(self, request: Any) -> Any:
        project = (_decoded(request.config) or {}).get("project")
        self._project = project if isinstance(project, str) else None
        return self._m.Diagnosed()

    def validate_resource_config(self, request: Any) -> Any:
        return self._validated(self._resources[request.type_name], request)

    def validate_data_resource_config(self, request: Any) -> Any:
        return self._validated(self._data[request.type_name], request)

    def validate_ephemeral_resource_config(self, request: Any) -> Any:
        return self._validated(self._ephemeral[request.type_name], request)

    def _validated(self, block: Block, request: Any) -> Any:
        found = []
        for path, within, given in _each(block, _decoded(request.config)):
            for name, attribute in within["attributes"].items():
                value = given.get(name)
                if value is None:
                    continue
                if "optional" not in attribute and "required" not in attribute:
                    found.append(self._error(f"{name} is the provider's to decide", (*path, name)))
                one_of = attribute.get("values")
                if one_of and isinstance(value, str) and value not in one_of:
                    found.append(self._error(f"{name} is one of {', '.join(one_of)}, not {value}", (*path, name)))
        return self._m.Diagnosed(diagnostics=found)

    def _error(self, summary: str, path: Path_) -> Any:
        m = self._m
        steps = [
            m.Step(attribute_name=part) if isinstance(part, str) else m.Step(element_key_int=part) for part in path
        ]
        return m.Diagnostic(severity=_ERROR, summary=summary, attribute=m.AttributePath(steps=steps))

    def upgrade_resource_state(self, request: Any) -> Any:
        return self._m.UpgradeResponse(upgraded_state=_encoded(self._m, json.loads(request.raw_state.json)))

    def read_resource(self, request: Any) -> Any:
        return self._m.ReadResponse(new_state=request.current_state, private=request.private)

    def plan_resource_change(self, request: Any) -> Any:
        planned = _decoded(request.proposed_new_state)
        if planned is not None:
            if "project" in planned and planned["project"] is None:
                planned["project"] = self._project
            for field, form in _FORMS.get(request.type_name, {}).items():
                if all(isinstance(planned[part], str) for part in _PARTS.findall(form)):
                    planned[field] = form.format(**planned)
            for _, within, value in _each(self._resources[request.type_name], planned):
                for name, attribute in within["attributes"].items():
                    if "write_only" in attribute:
                        value[name] = None  # never kept
                    elif "computed" in attribute and value.get(name) is None:
                        value[name] = _UNKNOWN
        return self._m.PlanResponse(planned_state=_encoded(self._m, planned), planned_private=request.prior_private)

    def read_data_source(self, request: Any) -> Any:
        state = _decoded(request.config)
        answers = _ANSWERS.get(request.type_name, {})
        for name, attribute in self._data[request.type_name]["attributes"].items():
            if state.get(name) is None and "computed" in attribute | {}:
                state[name] = answers.get(name)
        return self._m.DataResponse(state=_encoded(self._m, state))

    def open_ephemeral_resource(self, request: Any) -> Any:
        result = _decoded(request.config)
        result["result"] = "x" * int(result["length"])
        result["special"] = bool(result["special"])
        return self._m.OpenResponse(result=_encoded(self._m, result))

    def close_ephemeral_resource(self, _: Any) -> Any:
        return self._m.Diagnosed()

    def stop_provider(self, _: Any) -> Any:
        return self._m.Nothing()


def _wire(m: Any, block: Block) -> Any:
    return m.Block(
        attributes=[
            m.Attribute(
                name=name,
                type=json.dumps(each["type"]).encode(),
                **{
                    flag: True
                    for flag in ("required", "optional", "computed", "sensitive", "write_only")
                    if flag in each
                },
            )
            for name, each in block["attributes"].items()
        ],
        block_types=[
            m.NestedBlock(
                type_name=name,
                block=_wire(m, each),
                nesting=_NESTING[each["nesting"]],
                min_items=each.get("least", 0),
                max_items=each.get("most", 0),
            )
            for name, each in block.get("blocks", {}).items()
        ],
    )


def _decoded(value: Any) -> Any:
    return msgpack.unpackb(value.msgpack, raw=False, strict_map_key=False) if value.msgpack else None


def _encoded(m: Any, value: Any) -> Any:
    return m.DynamicValue(msgpack=msgpack.packb(value))


def _each(block: Block, value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Block, dict[str, Any]]]:
    """The object and every block within it, with the way there; a set's members cannot be pointed at."""
    if not isinstance(value, dict):
        return
    yield path, block, value
    for name, within in block.get("blocks", {}).items():
        inner = value.get(name)
        if isinstance(inner, dict):
            yield from _each(within, inner, (*path, name))
        elif isinstance(inner, list):
            for index, each in enumerate(inner):
                yield from _each(within, each, (*path, name, index) if within["nesting"] == "list" else (*path, name))


@contextmanager
def serving(provider: SchemaProvider, socket: Path) -> Iterator[dict[str, Any]]:
    """The entry of TF_REATTACH_PROVIDERS under which Terraform reaches it."""
    import grpc

    m = messages()

    def handler(method: Callable[[Any], Any], request: str) -> Any:
        return grpc.unary_unary_rpc_method_handler(
            lambda message, _: method(message),
            request_deserializer=getattr(m, request).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    handlers = {call: handler(getattr(provider, _snake(call)), request) for call, (request, _) in CALLS.items()}
    server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    try:
        yield {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "unix", "String": str(socket)},
        }
    finally:
        server.stop(grace=None).wait()


def google() -> SchemaProvider:
    schema = json.loads(SCHEMA.read_text())
    return SchemaProvider(_GOOGLE_ARGUMENTS, schema["resource"], schema["data"], {})


def random() -> SchemaProvider:
    return SchemaProvider({"attributes": {}}, {}, {}, {"random_password": _RANDOM_PASSWORD})


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
