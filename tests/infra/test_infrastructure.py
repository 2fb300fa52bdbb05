"""The infrastructure holds what the code expects of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.domain.call import Stage
from shared.domain.identity import CallId, CompanyId, OperatorId
from shared.ports.document_store import Document, Filter, Query
from shared.services.repositories.calls import CallFilter, Calls
from tests.infra import code, extract_schema, offline, rules, schema_provider
from tests.infra.rules import Plan

pytestmark = pytest.mark.terraform

QUERYING = {
    "shared/services/repositories/calls.py": {"page", "overdue", "charges", "count"},
    "shared/services/repositories/checklists.py": {"all"},
    "shared/services/repositories/companies.py": {"all"},
    "shared/services/repositories/operators.py": {"all", "of_extension"},
    "shared/services/migrate.py": {"_by_id"},
}


def test_the_infrastructure_is_what_the_code_expects(plan: Plan) -> None:
    assert "\n".join(map(str, rules.findings(plan))) == ""


def test_terraform_formats_and_validates_it_as_it_stands(terraform: offline.Offline, tmp_path: Path) -> None:
    folder = offline.workspace(tmp_path / "terraform")

    formatted = terraform.run(folder, "fmt", "-check", "-diff", "-recursive")

    assert formatted.code == 0, formatted.output
    assert terraform.diagnostics(folder) == []


def test_terraforms_own_tests_of_the_variables_pass(terraform: offline.Offline, tmp_path: Path) -> None:
    ran = terraform.run(offline.workspace(tmp_path / "terraform"), "test", "-no-color")

    assert ran.code == 0, ran.output
    assert re.search(r"\b[1-9]\d* passed, 0 failed", ran.output)


def test_without_a_domain_a_budget_and_analytics_less_is_made(terraform: offline.Offline, tmp_path: Path) -> None:
    folder = offline.workspace(tmp_path / "terraform")
    (folder / "offline.auto.tfvars").write_text(
        'project = "dialix-offline"\nregion = "europe-west3"\npackages = "packages"\nalert_emails = ["a@example.com"]\n'
    )

    ran = terraform.plan(folder)

    assert ran.code == 0, ran.output
    made = Plan(terraform.planned(folder), folder)
    kinds = {each.kind for each in made.resources}
    assert not [kind for kind in kinds if kind.startswith(("google_compute", "google_bigquery", "google_billing"))]
    ingress = {name: each.values["service_config"][0]["ingress_settings"] for name, each in made.functions().items()}
    assert [name for name, setting in ingress.items() if setting != "ALLOW_INTERNAL_ONLY"] == ["api"]


def test_behind_a_domain_the_api_answers_nobody_who_comes_around_the_load_balancer(plan: Plan) -> None:
    service = plan.functions()["api"].values["service_config"][0]

    assert service["ingress_settings"] == "ALLOW_INTERNAL_AND_GCLB"
    assert service["environment_variables"]["DIALIX_PUBLIC_URL"] == "https://dialix.example.com"


def test_every_query_of_the_calls_is_answered_from_a_declared_index() -> None:
    asked = _Asked()
    calls = Calls(asked, CompanyId("acme"))  # type: ignore[arg-type]  # it asks, and nothing more
    for stage in (None, Stage.ANALYZED):
        for operator in (None, OperatorId("42")):
            for newest_first in (True, False):
                calls.page(CallFilter(stage=stage, operator=operator), newest_first=newest_first, limit=10)
    calls.overdue(datetime(2026, 11, 23, tzinfo=UTC), 10)
    calls.charges(CallId("c1"))

    needed = {index for query in asked.queries if (index := code.needed_by(query)) is not None}

    assert needed == code.indexes()


def test_every_place_that_asks_by_more_than_a_collection_is_among_those_tested() -> None:
    """A new one must be added here, and to the test of its indexes: the emulator demands none."""
    found: dict[str, set[str]] = {}
    for file in sorted(code.SHARED.rglob("*.py")):
        if file.is_relative_to(code.SHARED / "adapters") or file.is_relative_to(code.SHARED / "rest"):
            continue
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef) and any(
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Query"
                for node in ast.walk(function)
            ):
                found.setdefault(file.relative_to(code.ROOT).as_posix(), set()).add(function.name)

    assert found == QUERYING


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query("companies/a/calls"), None),
        (Query("companies/a/calls", order_by=(("started_at", True),)), None),
        (Query("companies/a/calls", (Filter("stage", "==", "new"), Filter("operator", "==", "1"))), None),
        (
            Query("companies/a/calls", (Filter("stage", "==", "new"),), (("started_at", True),)),
            ("calls", (("stage", False), ("started_at", True))),
        ),
        (Query("companies/a/calls", (Filter("due_at", "<=", 1),), (("due_at", False),)), None),
    ],
)
def test_an_index_of_several_fields_is_needed_only_for_an_order_beside_other_fields(
    query: Query, index: tuple[str, tuple[tuple[str, bool], ...]] | None
) -> None:
    assert code.needed_by(query) == index


def test_the_committed_schema_knows_every_resource_in_use_and_no_other() -> None:
    import json

    schema = json.loads(schema_provider.SCHEMA.read_text())

    assert {(kind, name) for kind in ("resource", "data") for name in schema[kind]} == {
        (kind, f"google_{name}") for kind, name in extract_schema.used()
    }


class _Asked:
    """A store that remembers what it was asked, and holds nothing."""

    def __init__(self) -> None:
        self.queries: list[Query] = []

    def query(self, query: Query) -> Sequence[Document]:
        self.queries.append(query)
        return []
