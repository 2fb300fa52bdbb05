"""The schema of the Google resources that we use, read out of the CDK bindings' wheel: `schema.json`.

    pip download --no-deps cdktf-cdktf-provider-google==16.12.1 --dest /tmp/bindings
    python -m tests.infra.extract_schema /tmp/bindings/*.whl

The bindings are generated from the provider's own schema, and each class's TypeScript is kept inside its source map,
where every field carries a comment such as `// topic - computed: false, optional: false, required: true`. Which
resources are wanted is read from infra/terraform. What the bindings do not say is added here by hand, with a reason.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).parent / "schema.json"

_USED = re.compile(r'^(resource|data) "google_(\w+)"', re.M)
_SOURCE_MAP = re.compile(r"sourceMappingURL=data:application/json;base64,(\S+)")
_CLASS = re.compile(r"^export class (\w+) extends cdktf\.(\w+) \{\n(.*?)^\}", re.S | re.M)
_INTERFACE = re.compile(r"^export interface (\w+) .*?\{\n(.*?)^\}", re.S | re.M)
_FIELD = re.compile(
    r"^  // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)\n(.*?)(?=^  // \w+ - computed|\Z)", re.S | re.M
)
_GETTER = re.compile(r"return (cdktf\.Fn\.tolist\()?this\.get(\w+?)Attribute\('(\w+)'\)")
_NESTED = re.compile(r'= new ([\w.]+)\(this, "(\w+)"(?:, (true|false))?\)')
_VALUES = re.compile(r"/\*\*((?:(?!\*/).)*?)\*/\s+readonly (\w+)", re.S)

_TYPES: dict[str, Any] = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": ["list", "string"],
    "NumberList": ["list", "number"],
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
    "AnyMap": ["map", "string"],
}
_WRITE_ONLY = re.compile(r"_wo$")
"""The bindings do not tell write-only arguments; the provider ends their names so."""


class Bindings:
    """One module's classes: a resource or data source and the blocks within it."""

    def __init__(self, typescript: str) -> None:
        self._classes = {name: body for name, _, body in _CLASS.findall(typescript)}
        self._values = {
            (interface, prop): _values(comment)
            for interface, body in _INTERFACE.findall(typescript)
            for comment, prop in _VALUES.findall(body)
            if "Possible values: [" in comment
        }
        self.main = next(
            name
            for name, parent, _ in _CLASS.findall(typescript)
            if parent in ("TerraformResource", "TerraformDataSource")
        )

    def block(self, name: str) -> dict[str, Any]:
        attributes: dict[str, Any] = {}
        blocks: dict[str, Any] = {}
        for field, computed, optional, required, body in _FIELD.findall(self._classes[name]):
            flags = {
                flag: True
                for flag, said in (("computed", computed), ("optional", optional), ("required", required))
                if said == "true"
            }
            if getter := _GETTER.search(body):
                kind: Any = _TYPES[getter[2]]
                if getter[1]:
                    kind = ["set", kind[1]]
                attributes[field] = {"type": kind, **flags}
                if values := self._values.get((self._interface(name), _camel(field))):
                    attributes[field]["values"] = values
                if _WRITE_ONLY.search(field):
                    attributes[field]["write_only"] = True
            elif nested := _NESTED.search(body):
                self._nested(nested[1], nested[3] == "true", field, flags, attributes, blocks)
        block: dict[str, Any] = {"attributes": attributes}
        if blocks:
            block["blocks"] = blocks
        return block

    def _nested(
        self,
        of: str,
        is_set: bool,
        field: str,
        flags: dict[str, bool],
        attributes: dict[str, Any],
        blocks: dict[str, Any],
    ) -> None:
        if of.startswith("cdktf."):
            attributes[field] = {"type": _TYPES[of.removeprefix("cdktf.")], **flags}
            return
        inner = re.sub(r"(List|OutputReference)$", "", of) + "OutputReference"
        collection = "set" if is_set else "list"
        if "computed" in flags and "optional" not in flags and "required" not in flags:
            attributes[field] = {"type": [collection, self._object(inner)], **flags}
            return
        block: dict[str, Any] = {"nesting": collection, **self.block(inner)}
        if field == "timeouts":
            block["nesting"] = "single"
        elif of.endswith("OutputReference"):
            block["most"] = 1
        if "required" in flags:
            block["least"] = 1
        blocks[field] = block

    def _object(self, name: str) -> list[Any]:
        """The same as a type, for what the provider decides."""
        block = self.block(name)
        kinds = {field: each["type"] for field, each in block["attributes"].items()}
        for field, each in block.get("blocks", {}).items():
            kinds[field] = [each["nesting"], ["object", {f: a["type"] for f, a in each["attributes"].items()}]]
        return ["object", kinds]

    def _interface(self, name: str) -> str:
        return f"{name}Config" if name == self.main else name.removesuffix("OutputReference")


def _values(comment: str) -> list[str]:
    said = re.search(r"Possible values: (\[[^\]]*\])", comment)
    return json.loads(re.sub(r"\n\s*\*", "", said[1])) if said else []


def _camel(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(part.capitalize() for part in rest)


def used() -> set[tuple[str, str]]:
    """(resource or data, name without `google_`) of everything that infra/terraform names."""
    return {
        (kind, name)
        for file in (ROOT / "infra" / "terraform").glob("*.tf")
        for kind, name in _USED.findall(file.read_text())
    }


def main(wheel: str) -> None:
    with zipfile.ZipFile(wheel) as outer:
        packed = outer.read(next(name for name in outer.namelist() if name.endswith(".jsii.tgz")))
    schema: dict[str, Any] = {"provider": "6.50.0", "resource": {}, "data": {}}
    wanted = {
        ("data-google-" if kind == "data" else "") + name.replace("_", "-"): (kind, name) for kind, name in used()
    }
    typescript: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in tar:
            parts = member.name.split("/")
            if len(parts) > 3 and parts[2] in wanted and member.name.endswith(".js"):
                javascript = tar.extractfile(member).read().decode()  # type: ignore[union-attr]  # a file
                if maps := _SOURCE_MAP.findall(javascript):
                    text = json.loads(base64.b64decode(maps[-1]))["sourcesContent"][0]
                    typescript[parts[2]] = typescript.get(parts[2], "") + text
    for module, (kind, name) in wanted.items():
        if module not in typescript:
            sys.exit(f"the bindings have no {kind} google_{name}")
        bindings = Bindings(typescript[module])
        schema[kind][f"google_{name}"] = bindings.block(bindings.main)
    lines = [f'  "provider": {json.dumps(schema["provider"])}']
    for kind in ("resource", "data"):
        each = [f"    {json.dumps(name)}: {_dense(schema[kind][name])}" for name in sorted(schema[kind])]
        lines.append(f'  "{kind}": {{\n' + ",\n".join(each) + "\n  }")
    SCHEMA.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _dense(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


if __name__ == "__main__":
    main(sys.argv[1])
