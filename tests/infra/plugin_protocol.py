"""The part of Terraform's plugin protocol 6 that a provider of schemas speaks, as protobuf messages made at run time.

The numbers are the protocol's own (hashicorp/terraform, docs/plugin-protocol, version 6.8); what Terraform may send
and we never read is left out, as protobuf allows.
"""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "tfplugin6"
SERVICE = f"{PACKAGE}.Provider"

_MESSAGES: dict[str, str] = {
    "DynamicValue": "bytes msgpack 1, bytes json 2",
    "Step": "string attribute_name 1, string element_key_string 2, int64 element_key_int 3",
    "AttributePath": "repeated Step steps 1",
    "Diagnostic": "int32 severity 1, string summary 2, string detail 3, AttributePath attribute 4",
    "Attribute": "string name 1, bytes type 2, bool required 4, bool optional 5, bool computed 6, bool sensitive 7, "
    "bool write_only 11",
    "NestedBlock": "string type_name 1, Block block 2, int32 nesting 3, int64 min_items 4, int64 max_items 5",
    "Block": "int64 version 1, repeated Attribute attributes 2, repeated NestedBlock block_types 3",
    "Schema": "int64 version 1, Block block 2",
    "NamedSchema": "string key 1, Schema value 2",
    "ServerCapabilities": "bool plan_destroy 1",
    "Nothing": "",
    # Request and Response of each call, flattened: several calls have the same shape.
    "SchemaResponse": "Schema provider 1, repeated NamedSchema resource_schemas 2, "
    "repeated NamedSchema data_source_schemas 3, repeated Diagnostic diagnostics 4, "
    "ServerCapabilities server_capabilities 6, repeated NamedSchema ephemeral_resource_schemas 8",
    "ProviderConfig": "DynamicValue config 1",
    "ProviderValidated": "repeated Diagnostic diagnostics 2",
    "TypeConfig": "string type_name 1, DynamicValue config 2",
    "Diagnosed": "repeated Diagnostic diagnostics 1",
    "RawState": "bytes json 1",
    "UpgradeRequest": "string type_name 1, int64 version 2, RawState raw_state 3",
    "UpgradeResponse": "DynamicValue upgraded_state 1, repeated Diagnostic diagnostics 2",
    "ReadRequest": "string type_name 1, DynamicValue current_state 2, bytes private 3",
    "ReadResponse": "DynamicValue new_state 1, repeated Diagnostic diagnostics 2, bytes private 3",
    "PlanRequest": "string type_name 1, DynamicValue prior_state 2, DynamicValue proposed_new_state 3, "
    "DynamicValue config 4, bytes prior_private 5",
    "PlanResponse": "DynamicValue planned_state 1, repeated AttributePath requires_replace 2, bytes planned_private 3, "
    "repeated Diagnostic diagnostics 4",
    "DataResponse": "DynamicValue state 1, repeated Diagnostic diagnostics 2",
    "OpenResponse": "repeated Diagnostic diagnostics 1, DynamicValue result 3",
}

CALLS: dict[str, tuple[str, str]] = {
    "GetProviderSchema": ("Nothing", "SchemaResponse"),
    "ValidateProviderConfig": ("ProviderConfig", "ProviderValidated"),
    "ConfigureProvider": ("TypeConfig", "Diagnosed"),
    "ValidateResourceConfig": ("TypeConfig", "Diagnosed"),
    "ValidateDataResourceConfig": ("TypeConfig", "Diagnosed"),
    "ValidateEphemeralResourceConfig": ("TypeConfig", "Diagnosed"),
    "UpgradeResourceState": ("UpgradeRequest", "UpgradeResponse"),
    "ReadResource": ("ReadRequest", "ReadResponse"),
    "PlanResourceChange": ("PlanRequest", "PlanResponse"),
    "ReadDataSource": ("TypeConfig", "DataResponse"),
    "OpenEphemeralResource": ("TypeConfig", "OpenResponse"),
    "CloseEphemeralResource": ("Nothing", "Diagnosed"),
    "StopProvider": ("Nothing", "Nothing"),
}
"""By the protocol's name, what comes and what is answered. Applying is not served: nothing is ever made."""

_SCALARS = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bytes": descriptor_pb2.FieldDescriptorProto.TYPE_BYTES,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "int32": descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
}


@cache
def messages() -> Any:
    """A namespace of message classes by the names above."""
    file = descriptor_pb2.FileDescriptorProto(name="tfplugin6_schemas.proto", package=PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in filter(None, fields.split(", ")):
            *labels, kind, field_name, number = field.split()
            label = "LABEL_REPEATED" if labels else "LABEL_OPTIONAL"
            made = message.field.add(
                name=field_name, number=int(number), label=descriptor_pb2.FieldDescriptorProto.Label.Value(label)
            )
            if kind in _SCALARS:
                made.type = _SCALARS[kind]
            else:
                made.type, made.type_name = made.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
        if name == "Step":  # which of its fields is set must be told even when it is 0
            message.oneof_decl.add(name="selector")
            for each in message.field:
                each.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return SimpleNamespace(
        **{name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in _MESSAGES}
    )
