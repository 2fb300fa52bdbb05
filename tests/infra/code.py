"""What the code says of the infrastructure it needs: read from its constants, its syntax tree and its queries."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from shared.ports.document_store import Index, Query
from shared.runtime.settings import Settings
from shared.services import repositories, world

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "shared"


def topics() -> set[str]:
    """The names of our own topics: the constants of services/world.py that name no queue."""
    return {value for name, value in _constants(world) if not name.startswith("QUEUE_")}


def queues() -> set[str]:
    """The queues that tasks are put into."""
    return {queue for queue, _ in _tasks()}


def task_entry_points() -> set[str]:
    """The entry points that tasks are sent to: each function must be told where they are."""
    return {entry_point for _, entry_point in _tasks()}


def all_indexes() -> set[tuple[str, tuple[tuple[str, bool], ...]]]:
    """Every index that a repository declares."""
    found: set[tuple[str, tuple[tuple[str, bool], ...]]] = set()
    for module in _repositories():
        for index in getattr(module, "INDEXES", ()):
            assert isinstance(index, Index)
            found.add((index.collection, index.fields))
    return found


def indexes() -> set[tuple[str, tuple[tuple[str, bool], ...]]]:
    """Those of more than one field; Firestore makes the others by itself."""
    return {(collection, fields) for collection, fields in all_indexes() if len(fields) > 1}


def needed_by(query: Query) -> tuple[str, tuple[tuple[str, bool], ...]] | None:
    """The composite index that Firestore demands for a query, or None: equal fields first, then the order."""
    equal = sorted({each.field for each in query.filters if each.op in ("==", "in")})
    order = [pair for pair in query.order_by if pair[0] not in equal]
    if not order or len(equal) + len(order) < 2:
        return None  # answered from the indexes of single fields, merged where several are equal
    return query.collection.rpartition("/")[2], (*((field, False) for field in equal), *order)


def expiring_collections() -> set[str]:
    """Collections whose documents carry `expires_at` at their top."""
    found = set()
    for module in _repositories():
        tree = ast.parse(Path(str(module.__file__)).read_text())
        if not any(_names_expiry(node) for node in ast.walk(tree)):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.JoinedStr):
                last = node.value.values[-1]
                if isinstance(last, ast.Constant) and isinstance(last.value, str) and "/" in last.value:
                    found.add(last.value.rpartition("/")[2])
    return found


def settings() -> Mapping[str, bool]:
    """By variable, whether it must be set."""
    return {f"DIALIX_{name.upper()}": field.is_required() for name, field in Settings.model_fields.items()}


def _names_expiry(node: ast.AST) -> bool:
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name) and node.target.id == "expires_at"
    return isinstance(node, ast.Dict) and any(
        isinstance(key, ast.Constant) and key.value == "expires_at" for key in node.keys
    )


def _constants(module: Any) -> Iterator[tuple[str, str]]:
    for name, value in vars(module).items():
        if name.isupper() and isinstance(value, str):
            yield name, value


def _repositories() -> Sequence[Any]:
    names = [name for _, name, _ in pkgutil.iter_modules(repositories.__path__)]
    return [importlib.import_module(f"{repositories.__name__}.{name}") for name in names]


def _tasks() -> Iterator[tuple[str, str]]:
    """(queue, entry point) of every `Task(...)` in the services; a name stands for a constant of services/world.py."""
    named = dict(_constants(world))
    for file in sorted((SHARED / "services").rglob("*.py")):
        yield from _tasks_in(ast.parse(file.read_text()), named)


def _tasks_in(tree: ast.AST, named: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Task":
            said = {
                keyword.arg: list(_values(keyword.value, named)) for keyword in node.keywords if keyword.arg in _SAID
            }
            for queue in said["queue"]:
                yield queue, said["entry_point"][0]


_SAID = ("queue", "entry_point")


def _values(node: ast.expr, named: Mapping[str, str]) -> Iterator[str]:
    """What the expression may be: a text, a constant of services/world.py, or one of two by a condition."""
    match node:
        case ast.IfExp():
            yield from _values(node.body, named)
            yield from _values(node.orelse, named)
        case ast.Constant():
            yield str(node.value)
        case _:
            yield named[ast.unparse(node)]


@dataclass(frozen=True, slots=True)
class Uses:
    """What an entry point may touch: an upper bound, for whatever its code can reach is taken to be reached."""

    parts: frozenset[str]
    """Of the world: audio, artifacts, events, tasks."""
    operations: frozenset[str]
    """Such as `audio.write`, where the code says it in one breath."""
    queues: frozenset[str]
    topics: frozenset[str]


def uses() -> Mapping[str, Uses]:
    """By entry point."""
    definitions = _definitions()
    found = {}
    for main in sorted(ROOT.glob("functions/*/main.py")):
        runtime = f"shared.runtime.{main.parent.name}"
        for node in ast.parse(main.read_text()).body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            called = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
            begun = [
                key
                for key, definition in definitions.items()
                if key[0] == runtime and isinstance(definition, ast.FunctionDef) and definition.name in called
            ]
            if isinstance(node, ast.AsyncFunctionDef):  # the api: whatever any of its routes does
                begun = [key for key in definitions if key[0].startswith("shared.rest.")]
            found[node.name] = _uses(definitions, begun)
    return found


_PARTS = {"audio", "artifacts", "events", "tasks"}
_Key = tuple[str, str]


def _definitions() -> dict[_Key, ast.AST]:
    """Functions, methods and classes of services, rest and runtime, by (module, name); a method's has its class's."""
    found: dict[_Key, ast.AST] = {}
    for area in ("services", "rest", "runtime"):
        for file in sorted((SHARED / area).rglob("*.py")):
            module = _module(file)
            for node in ast.parse(file.read_text()).body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    found[module, node.name] = node
                if isinstance(node, ast.ClassDef):
                    for each in node.body:
                        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                            found[module, f"{node.name}.{each.name}"] = each
    return found


@cache
def _imported(module: str) -> Mapping[str, _Key]:
    """By the name that a module uses, where it comes from."""
    file = ROOT / (module.replace(".", "/") + ".py")
    tree = ast.parse((file if file.exists() else file.with_suffix("") / "__init__.py").read_text())
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _uses(definitions: Mapping[_Key, ast.AST], begun: Sequence[_Key]) -> Uses:
    named = dict(_constants(world))
    parts, operations, found_queues, found_topics = set(), set(), set(), set()
    seen, ahead = set(begun), list(begun)
    while ahead:
        module, name = ahead.pop()
        for node in ast.walk(definitions[module, name]):
            if isinstance(node, ast.Attribute):
                words = ast.unparse(node).split(".")
                for at, word in enumerate(words[:-1]):
                    if word.lstrip("_") == "world" and words[at + 1] in _PARTS:
                        parts.add(words[at + 1])
                        operations.add(".".join(words[at + 1 : at + 3]))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Task":
                found_queues |= {queue for queue, _ in _tasks_in(node, named)}
            elif isinstance(node, ast.Name):
                if node.id.startswith("CALL_") and node.id in named:
                    found_topics.add(named[node.id])
                for key in ((module, node.id), _imported(module).get(node.id, ("", ""))):
                    if key in definitions and key not in seen:
                        seen.add(key)
                        ahead.append(key)
    return Uses(frozenset(parts), frozenset(operations), frozenset(found_queues), frozenset(found_topics))


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
