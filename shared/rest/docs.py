"""/docs: the OpenAPI description as one page for people. Made here, without a script or another server's file, so

that it opens offline and under the strictest policy; programs read /openapi.json.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Json = Mapping[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")

_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1rem}
code,pre{font-family:ui-monospace,monospace;font-size:.875em}
pre{overflow:auto;padding:.75rem;border:1px solid #8884;border-radius:.375rem;max-height:28rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8883}
section{margin:2.5rem 0;border-top:1px solid #8886}
summary{cursor:pointer}
.method{text-transform:uppercase;font-weight:700}
"""

POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)


def documentation(openapi: Json) -> str:
    info = openapi["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    operations = [
        (method, path, item[method]) for path, item in openapi["paths"].items() for method in _METHODS if method in item
    ]
    body = "".join(
        (
            f"<h1>{title}</h1>",
            *(f"<p>{_prose(part)}</p>" for part in info["description"].split("\n\n")),
            '<p>For programs: <a href="/openapi.json">openapi.json</a></p><nav><ul>',
            *(_entry(method, path, operation) for method, path, operation in operations),
            "</ul></nav><main>",
            *(_operation(method, path, operation) for method, path, operation in operations),
            "<section><h2>Shapes</h2>",
            *(_shape(name, schema) for name, schema in sorted(openapi["components"]["schemas"].items())),
            "</section></main>",
        )
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )


def _entry(method: str, path: str, operation: Json) -> str:
    return (
        f'<li><a href="#{escape(operation["operationId"])}"><span class="method">{method}</span>'
        f" <code>{escape(path)}</code></a></li>"
    )


def _operation(method: str, path: str, operation: Json) -> str:
    needs = "Needs an access token." if operation.get("security") else "Public."
    return "".join(
        (
            f'<section id="{escape(operation["operationId"])}">',
            f'<h2><span class="method">{method}</span> <code>{escape(path)}</code></h2>',
            f"<p>{_prose(operation.get('description', ''))} {needs}</p>",
            _parameters(operation.get("parameters", [])),
            _bodies("Takes", operation.get("requestBody", {}).get("content", {})),
            "<table><tr><th>Answer</th><th></th><th>Shape</th></tr>",
            *(_answer(status, answer) for status, answer in operation["responses"].items()),
            "</table></section>",
        )
    )


def _parameters(parameters: list[Json]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(each['in'])}"
        f"{', required' if each.get('required') else ''}</td><td>{_kind(each['schema'])}</td>"
        f"<td>{_prose(each.get('description', ''))}</td></tr>"
        for each in parameters
    )
    return f"<table><tr><th>Parameter</th><th></th><th>Kind</th><th></th></tr>{rows}</table>"


def _bodies(title: str, content: Json) -> str:
    return "".join(
        f"<p>{title} <code>{escape(media_type)}</code>: {_kind(body.get('schema', {}))}</p>"
        for media_type, body in content.items()
    )


def _answer(status: str, answer: Json) -> str:
    kinds = ", ".join(
        f"{_kind(body.get('schema', {}))} <code>{escape(media_type)}</code>"
        for media_type, body in answer.get("content", {}).items()
    )
    return f"<tr><td>{escape(status)}</td><td>{_prose(answer.get('description', ''))}</td><td>{kinds}</td></tr>"


def _shape(name: str, schema: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{_kind(each)}</td>"
        f"<td>{_prose(each.get('description', ''))}</td></tr>"
        for field, each in schema.get("properties", {}).items()
    )
    examples = "".join(
        f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
        for example in schema.get("examples", [])
    )
    table = f"<table>{rows}</table>" if rows else f"<p>{_kind(schema)}</p>"
    return (
        f'<details id="shape-{escape(name)}" open><summary><code>{escape(name)}</code></summary>'
        f"<p>{_prose(schema.get('description', ''))}</p>{table}{examples}</details>"
    )


def _kind(schema: Json) -> str:
    return " or ".join(_kinds(schema)) or "anything"


def _kinds(schema: Json) -> Iterator[str]:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        yield f'<a href="#shape-{name}">{name}</a>'
    elif "enum" in schema:
        yield ", ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    elif "const" in schema:
        yield f"<code>{escape(str(schema['const']))}</code>"
    elif schema.get("type") == "array":
        yield f"list of {_kind(schema.get('items', {}))}"
    elif "type" in schema and "properties" not in schema:
        yield escape(f"{schema['type']} ({schema['format']})" if "format" in schema else schema["type"])
    for each in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _kinds(each)
    if "properties" in schema:
        yield ", ".join(f"<code>{escape(name)}</code>" for name in schema["properties"])


def _prose(text: str) -> str:
    """Escaped, with what stands between backquotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
