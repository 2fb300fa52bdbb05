"""What must be true of the infrastructure, checked on a plan; every finding names the file and line to look at."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.local.entry_points import ENTRY_POINTS, EntryPoint, Kind
from shared.runtime.settings import SettingsError, load_settings
from shared.services.world import DEAD_LETTERS
from tests.infra import code
from tests.infra.sources import Place, Sources

RUNBOOK = code.ROOT / "docs" / "runbook.md"

NOT_OURS = {"FUNCTION_USE_ASGI", "THREADS"}
"""Variables that are the framework's own, and no setting of ours."""

SOURCE_MOST_S = {"bucket": 540, "topic": 600, "tasks": 600, "scheduler": 1800}
"""How long each caller waits for an answer at most, in seconds."""

_FUNCTION = "google_cloudfunctions2_function"

ALLOWED: Mapping[tuple[str, str], set[str]] = {
    ("google_project_iam_member", "roles/datastore.user"): {"function"},
    ("google_project_iam_member", "roles/eventarc.eventReceiver"): {"invoker"},
    ("google_project_iam_member", "roles/pubsub.publisher"): {"storage's agent"},
    ("google_project_iam_member", "roles/logging.logWriter"): {"build"},
    ("google_storage_bucket_iam_member", "roles/storage.objectViewer"): {"function", "build"},
    ("google_storage_bucket_iam_member", "roles/storage.objectCreator"): {"function"},
    ("google_storage_bucket_iam_member", "roles/storage.objectUser"): {"function"},
    ("google_pubsub_topic_iam_member", "roles/pubsub.publisher"): {"function", "pubsub's agent"},
    ("google_pubsub_subscription_iam_member", "roles/pubsub.subscriber"): {"pubsub's agent"},
    ("google_cloud_tasks_queue_iam_member", "roles/cloudtasks.enqueuer"): {"function"},
    ("google_cloud_run_v2_service_iam_member", "roles/run.invoker"): {"invoker", "everybody"},
    ("google_service_account_iam_member", "roles/iam.serviceAccountTokenCreator"): {"function", "pubsub's agent"},
    ("google_service_account_iam_member", "roles/iam.serviceAccountUser"): {"function"},
    ("google_secret_manager_secret_iam_member", "roles/secretmanager.secretAccessor"): {"function"},
    ("google_kms_crypto_key_iam_member", "roles/cloudkms.cryptoKeyEncrypterDecrypter"): {"function", "storage's agent"},
    ("google_artifact_registry_repository_iam_member", "roles/artifactregistry.writer"): {"build"},
    ("google_bigquery_dataset_iam_member", "roles/bigquery.dataEditor"): {"pubsub's agent"},
}
"""By the kind of resource and the role, who may hold it. Whatever is not here is a finding."""

APIS = {
    "google_artifact_registry": "artifactregistry",
    "google_bigquery": "bigquery",
    "google_billing": "billingbudgets",
    "google_cloud_run": "run",
    "google_cloud_scheduler": "cloudscheduler",
    "google_cloud_tasks": "cloudtasks",
    "google_cloudfunctions2": "cloudfunctions",
    "google_compute": "compute",
    "google_firestore": "firestore",
    "google_kms": "cloudkms",
    "google_logging": "logging",
    "google_monitoring": "monitoring",
    "google_pubsub": "pubsub",
    "google_secret_manager": "secretmanager",
    "google_service_account": "iam",
    "google_storage": "storage",
}
"""By how a resource's type begins, the service that the project must have switched on."""


@dataclass(frozen=True, slots=True)
class Finding:
    place: Place
    says: str

    def __str__(self) -> str:
        return f"{self.place}: {self.says}"


@dataclass(frozen=True, slots=True)
class Resource:
    kind: str
    name: str
    index: str | None
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]
    """True where a value is known only after it has been made."""


class Plan:
    """A plan as JSON, with the sources it was made of."""

    def __init__(self, planned: Mapping[str, Any], folder: Path) -> None:
        self.sources = Sources(folder)
        self.region: str = planned["variables"]["region"]["value"]
        self.resources = [
            Resource(
                each["type"], each["name"], each.get("index"), each["change"]["after"], each["change"]["after_unknown"]
            )
            for each in planned["resource_changes"]
            if each["mode"] == "managed"
        ]

    def all(self, kind: str, name: str | None = None) -> list[Resource]:
        return [each for each in self.resources if each.kind == kind and name in (None, each.name)]

    def functions(self) -> dict[str, Resource]:
        """By entry point."""
        return {each.values["build_config"][0]["entry_point"]: each for each in self.all(_FUNCTION)}

    def at(self, resource: Resource, *words: str) -> Place:
        return self.sources.resource(resource.kind, resource.name, *words)

    def in_map(self, function: str, *words: str) -> Place:
        """In the entry of the map of functions."""
        try:
            return self.sources.entry("functions", function, *words)
        except LookupError:
            return self.sources.local("functions")


Rule = Callable[[Plan], Iterator[Finding]]


def findings(plan: Plan) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(plan)]


def _entry_points(plan: Plan) -> Iterator[Finding]:
    functions = plan.functions()
    known = {point.name: point for point in ENTRY_POINTS}
    for name in known.keys() - functions.keys():
        yield Finding(
            plan.sources.local("functions"), f"functions/{known[name].folder} has the entry point {name}: add it"
        )
    for name, function in functions.items():
        if name not in known:
            yield Finding(plan.in_map(name), f"no function has the entry point {name}")
            continue
        point, service = known[name], function.values["service_config"][0]
        package = function.values["build_config"][0]["source"][0]["storage_source"][0]["object"]
        if not package.startswith(f"{point.folder}-"):
            yield Finding(plan.in_map(name, "folder"), f"{name} is in functions/{point.folder}, not in {package}")
        if function.index != name:
            yield Finding(plan.at(function, "entry_point"), f"{function.index} begins at another's entry point, {name}")
        switch = service["environment_variables"].get("FUNCTION_USE_ASGI")
        if (switch == "True") != (point.kind is Kind.ASGI):
            yield Finding(plan.in_map(name, "FUNCTION_USE_ASGI", "environment"), f"{name} is served as {point.kind}")
        if service["max_instance_request_concurrency"] > 1 and float(service["available_cpu"]) < 1:
            yield Finding(plan.in_map(name, "cpu"), f"{name}: several requests at once need a whole CPU")


def _callers(plan: Plan) -> Iterator[Finding]:
    """Everything that the code says is called is called, by whom it says."""
    functions = plan.functions()
    pushes = {each.index: each for each in plan.all("google_pubsub_subscription", "push")}
    jobs = {each.index: each for each in plan.all("google_cloud_scheduler_job")}
    for point in ENTRY_POINTS:
        function = functions.get(point.name)
        if function is None:
            continue
        triggers = function.values["event_trigger"]
        if bool(triggers) != point.is_bucket_trigger:
            said = "hears" if point.is_bucket_trigger else "does not hear"
            yield Finding(plan.in_map(point.name, "called_by"), f"{point.name} {said} of finalised objects")
        for trigger in triggers:
            if trigger["retry_policy"] != "RETRY_POLICY_RETRY":
                yield Finding(plan.at(function, "retry_policy"), "an event that failed once would be lost: retry it")
            if trigger["event_type"] != "google.cloud.storage.object.v1.finalized":
                yield Finding(plan.at(function, "event_type"), "only finalised objects are recordings")
        if (point.name in pushes) != (point.topic is not None):
            yield Finding(
                plan.sources.local("pushed", f" {point.name} "), f"{point.name} is pushed {point.topic or 'nothing'}"
            )
        elif point.topic is not None:
            yield from _pushed(plan, point, pushes[point.name], function)
        if (point.name in jobs) != (point.every_s is not None):
            every = f"every {point.every_s:g} seconds" if point.every_s else "never"
            yield Finding(plan.sources.local("schedules", f" {point.name} "), f"{point.name} runs {every}")
        elif point.every_s is not None and _period_s(jobs[point.name].values["schedule"]) != point.every_s:
            yield Finding(
                plan.sources.local("schedules", f" {point.name} "), f"{point.name} runs every {point.every_s:g} seconds"
            )
    for name in (pushes.keys() | jobs.keys()) - functions.keys():
        yield Finding(
            plan.sources.local("pushed" if name in pushes else "schedules", f" {name} "), f"nobody is at {name}"
        )
    for job in jobs.values():
        if not job.values["http_target"][0]["oidc_token"]:
            yield Finding(plan.at(job), f"{job.index} is called without a token and will be refused")


def _pushed(plan: Plan, point: EntryPoint, subscription: Resource, function: Resource) -> Iterator[Finding]:
    values = subscription.values
    service = function.values["service_config"][0]
    if values["topic"].rpartition("/")[2] != point.topic:
        yield Finding(plan.sources.local("pushed", f" {point.name} "), f"{point.name} takes the topic {point.topic}")
    push = values["push_config"][0] if values["push_config"] else {}
    if not re.match(rf"https://{function.values['name']}-\d+\.", push.get("push_endpoint", "")):
        yield Finding(plan.at(subscription, "push_endpoint"), f"{point.name} is elsewhere")
    if not push.get("oidc_token"):
        yield Finding(plan.at(subscription, "push_config"), f"{point.name} is pushed without a token and will refuse")
    policy = values["dead_letter_policy"]
    if bool(policy) != (point.topic != DEAD_LETTERS):
        yield Finding(
            plan.sources.local("pushed", f" {point.name} ") if policy else plan.at(subscription, "dead_letter_policy"),
            f"{point.name}: what no delivery of succeeds goes to {DEAD_LETTERS}, and dead letters go nowhere else",
        )
    for each in policy:
        if each["dead_letter_topic"].rpartition("/")[2] != DEAD_LETTERS:
            yield Finding(plan.at(subscription, "dead_letter_topic"), f"dead letters go to the topic {DEAD_LETTERS}")
        if each["max_delivery_attempts"] <= int(service["environment_variables"]["DIALIX_MAX_ATTEMPTS"]):
            yield Finding(plan.sources.local("max_platform_attempts"), "the function could not record its last failure")
    if not values["retry_policy"]:
        yield Finding(
            plan.at(subscription), f"{point.name}: without a back-off a failure is repeated at once, and again"
        )
    if [each["ttl"] for each in values["expiration_policy"]] != [""]:
        yield Finding(plan.at(subscription, "expiration_policy"), f"{point.name}: a quiet month would delete it")
    if values["ack_deadline_seconds"] < service["timeout_seconds"]:
        yield Finding(plan.at(subscription, "ack_deadline"), f"{point.name} would be called again while it works")


def _period_s(cron: str) -> int | None:
    minute, hour, *days = cron.split()
    if days != ["*", "*", "*"]:
        return None
    if every := re.fullmatch(r"\*/(\d+)", minute):
        return int(every[1]) * 60 if hour == "*" else None
    if minute.isdecimal():
        return 3600 if hour == "*" else 86400 if hour.isdecimal() else None
    return None


def _environment(plan: Plan) -> Iterator[Finding]:
    settings = code.settings()
    for name, function in plan.functions().items():
        service = function.values["service_config"][0]
        known: dict[str, str] = service["environment_variables"]
        unknown = function.unknown["service_config"][0].get("environment_variables", {})
        secrets = {each["key"] for each in service["secret_environment_variables"]}
        names = known.keys() | unknown.keys() | secrets
        for variable in sorted(names - settings.keys() - NOT_OURS):
            place = plan.in_map(name, variable, "environment")
            if variable not in plan.sources.line(place):
                place = plan.at(function, f" {variable} ", f'"{variable}"')
            yield Finding(place, f"{name} is given {variable}, which shared/runtime/settings.py does not know")
        for variable in sorted(
            variable for variable, is_needed in settings.items() if is_needed and variable not in names
        ):
            yield Finding(plan.at(function, "environment_variables"), f"{name} would not start without {variable}")
        values = {**dict.fromkeys(unknown, "-"), **known, **dict.fromkeys(secrets, "s" * 64)}
        fields = {
            variable.removeprefix("DIALIX_").lower(): json.loads(value) if value.startswith("{") else value
            for variable, value in values.items()
            if variable in settings
        }
        try:
            loaded = load_settings(fields)
        except SettingsError as error:
            said = next((v for v in settings if f" {v}:" in str(error)), "environment_variables")
            yield Finding(plan.at(function, said), f"{name} would not start: {error}")
            continue
        if loaded.world != "google" or loaded.environment != "production":
            yield Finding(plan.at(function, "DIALIX_WORLD"), f"{name} would run in the {loaded.world} world")
        if loaded.lease_s <= service["timeout_seconds"]:
            yield Finding(plan.in_map(name, "timeout_s"), f"{name} may work on when its lease has run out")
        if loaded.function_urls.keys() != code.task_entry_points():
            missing = ", ".join(sorted(code.task_entry_points() ^ loaded.function_urls.keys()))
            yield Finding(plan.sources.local("task_urls"), f"tasks are sent to other entry points: {missing}")
        if (name in ("api",)) != (loaded.page_dir is not None):
            yield Finding(plan.in_map(name, "DIALIX_PAGE_DIR", "environment"), f"{name}: the page is the api's")


def _timeouts(plan: Plan) -> Iterator[Finding]:
    for point in ENTRY_POINTS:
        if (function := plan.functions().get(point.name)) is None:
            continue
        caller = (
            "bucket"
            if point.is_bucket_trigger
            else "topic"
            if point.topic
            else "scheduler"
            if point.every_s
            else "tasks"
        )
        timeout_s = function.values["service_config"][0]["timeout_seconds"]
        if point.kind is not Kind.ASGI and timeout_s > SOURCE_MOST_S[caller]:
            yield Finding(
                plan.in_map(point.name, "timeout_s"),
                f"{point.name}: its caller waits {SOURCE_MOST_S[caller]} s at most",
            )


def _messaging(plan: Plan) -> Iterator[Finding]:
    topics = {each.values["name"] for each in plan.all("google_pubsub_topic")}
    for topic in sorted(topics ^ code.topics()):
        said = "shared/services/world.py names" if topic in code.topics() else "nothing in shared/services/world.py is"
        yield Finding(plan.sources.local("topics"), f"{said} the topic {topic}")
    waiting = [each for each in plan.all("google_pubsub_subscription") if each.values["name"] == DEAD_LETTERS]
    if [each.values["topic"].rpartition("/")[2] for each in waiting] != [DEAD_LETTERS] or waiting[0].values[
        "push_config"
    ]:
        yield Finding(
            plan.sources.resource("google_pubsub_subscription", "dead_letters"),
            f"`replay` pulls from a subscription {DEAD_LETTERS} of the topic of that name",
        )


def _queues(plan: Plan) -> Iterator[Finding]:
    queues = {each.values["name"]: each for each in plan.all("google_cloud_tasks_queue")}
    for queue in sorted(queues.keys() - code.queues()):
        yield Finding(plan.sources.local("queues", f" {queue} "), f"no task is put into the queue {queue}")
    for queue in sorted(code.queues() - queues.keys()):
        yield Finding(plan.sources.local("queues"), f"tasks are put into the queue {queue}")
    functions = plan.functions().values()
    attempts = {
        int(each.values["service_config"][0]["environment_variables"]["DIALIX_MAX_ATTEMPTS"]) for each in functions
    }
    for queue in queues.values():
        if not queue.values["retry_config"] or queue.values["retry_config"][0]["max_attempts"] <= max(attempts):
            yield Finding(plan.at(queue, "max_attempts"), "the function could not record its last failure")
        if not queue.values["rate_limits"]:
            yield Finding(plan.at(queue), f"{queue.index}: 500 tasks a second would reach the recogniser")


def _indexes(plan: Plan) -> Iterator[Finding]:
    made: dict[tuple[str, tuple[tuple[str, bool], ...]], Resource] = {}
    for each in plan.all("google_firestore_index"):
        fields = tuple((field["field_path"], field["order"] == "DESCENDING") for field in each.values["fields"])
        made[each.values["collection"], fields] = each
        if each.values["query_scope"] != "COLLECTION":
            yield Finding(plan.at(each, "query_scope"), "every query is of one company's collection")
    for collection, fields in sorted(code.indexes() - made.keys()):
        yield Finding(plan.sources.local("indexes"), f"a query needs an index of {collection} on {_said(fields)}")
    for collection, fields in sorted(made.keys() - code.indexes()):
        yield Finding(plan.sources.local("indexes"), f"no query needs an index of {collection} on {_said(fields)}")


def _said(fields: tuple[tuple[str, bool], ...]) -> str:
    return ", ".join(f"{field}{' descending' if is_descending else ''}" for field, is_descending in fields)


def _expiry(plan: Plan) -> Iterator[Finding]:
    made = {each.values["collection"]: each for each in plan.all("google_firestore_field") if each.values["ttl_config"]}
    for collection in sorted(code.expiring_collections() - made.keys()):
        yield Finding(plan.sources.local("expiring"), f"documents of {collection} say when they end, and would stay")
    for collection in sorted(made.keys() - code.expiring_collections()):
        yield Finding(plan.sources.local("expiring"), f"documents of {collection} do not say when they end")
    asked = {(collection, field) for collection, fields in code.all_indexes() for field, _ in fields}
    for field in plan.all("google_firestore_field"):
        if (field.values["collection"], field.values["field"]) in asked:
            yield Finding(plan.at(field), f"a query asks {field.values['collection']} by {field.values['field']}")


def _who(member: str) -> str:
    if member in ("allUsers", "allAuthenticatedUsers"):
        return "everybody"
    account, _, host = member.removeprefix("serviceAccount:").partition("@")
    if host.startswith("gs-project-accounts"):
        return "storage's agent"
    if host.startswith("gcp-sa-pubsub"):
        return "pubsub's agent"
    return {"dialix-invoker": "invoker", "dialix-build": "build"}.get(account, "function")


def _roles(plan: Plan) -> Iterator[Finding]:
    public = {
        plan.functions()[point.name].values["name"]
        for point in ENTRY_POINTS
        if point.name == "api" and "api" in plan.functions()
    }
    for each in plan.resources:
        if not each.kind.endswith(("_iam_member", "_iam_binding", "_iam_policy")):
            continue
        role, member = each.values.get("role"), each.values.get("member")
        if not each.kind.endswith("_iam_member") or member is None:
            yield Finding(plan.at(each), "one role for one member at a time, or others' grants are taken away")
            continue
        who = _who(member)
        if who not in ALLOWED.get((each.kind, str(role)), set()):
            yield Finding(
                plan.at(each, "role"), f"{who} ({member}) may not hold {role} here: tests/infra/rules.py lists who may"
            )
        elif who == "everybody" and each.values["name"] not in public:
            yield Finding(
                plan.at(each, " name "), f"everybody could call {each.values['name']}: only the api is public"
            )


def _least_privilege(plan: Plan) -> Iterator[Finding]:
    """Each function may touch what its code can reach, and no more."""
    uses = code.uses()
    accounts = {name: f"serviceAccount:{_account(each)}" for name, each in plan.functions().items()}
    held: dict[str, dict[str, set[str]]] = {name: {} for name in accounts}
    by_member = {member: name for name, member in accounts.items()}
    for each in plan.resources:
        if each.kind.endswith("_iam_member") and each.values.get("member") in by_member:
            on = each.values.get("topic") or each.values.get("bucket") or each.values.get("name") or ""
            service = each.kind.removeprefix("google_").removesuffix("_iam_member")
            held[by_member[each.values["member"]]].setdefault(f"{service} {each.values['role']}", set()).add(str(on))
    for name, roles in held.items():
        if name not in uses:
            continue
        used = uses[name]
        topics = roles.get("pubsub_topic roles/pubsub.publisher", set())
        for topic in sorted(topics ^ used.topics):
            verb = "never publishes" if topic in topics else "publishes"
            yield Finding(plan.in_map(name, "publishes"), f"{name} {verb} {topic}")
        queues = roles.get("cloud_tasks_queue roles/cloudtasks.enqueuer", set())
        for queue in sorted(queues ^ used.queues):
            verb = "never enqueues" if queue in queues else "enqueues"
            yield Finding(plan.in_map(name, "enqueues"), f"{name} {verb} in {queue}")
        buckets = {
            on.rpartition("-")[2]
            for role, on_each in roles.items()
            if role.startswith("storage_bucket ")
            for on in on_each
        }
        for bucket in sorted(buckets ^ (used.parts & {"audio", "artifacts"})):
            verb = "never opens" if bucket in buckets else "opens"
            yield Finding(plan.in_map(name, "buckets"), f"{name} {verb} the bucket {bucket}")
        writes = {role for role in roles if role in _WRITING and any(on.endswith("audio") for on in roles[role])}
        if bool(writes) != ("audio.write" in used.operations):
            yield Finding(plan.in_map(name, "buckets"), f"{name}: recordings are put there by those whose code does it")
        signs = "service_account roles/iam.serviceAccountTokenCreator" in roles
        if (signs and "audio" not in used.parts) or (not signs and "audio.signed_link" in used.operations):
            yield Finding(plan.in_map(name, "signs_links"), f"{name}: only who opens recordings signs links to them")


_WRITING = {"storage_bucket roles/storage.objectCreator", "storage_bucket roles/storage.objectUser"}


def _account(function: Resource) -> str:
    return str(function.values["service_config"][0].get("service_account_email"))


def _buckets(plan: Plan) -> Iterator[Finding]:
    for bucket in plan.all("google_storage_bucket"):
        values = bucket.values
        if values["public_access_prevention"] != "enforced":
            yield Finding(plan.at(bucket, "public_access_prevention"), f"{bucket.name} could be made public")
        if values["uniform_bucket_level_access"] is not True:
            yield Finding(
                plan.at(bucket, "uniform_bucket_level_access"), f"{bucket.name}: one object could be made public"
            )
        if [each["enabled"] for each in values["versioning"]] != [False]:
            yield Finding(plan.at(bucket, "versioning"), f"{bucket.name}: old generations outlive what was promised")
        ends = [rule for rule in values["lifecycle_rule"] if rule["action"][0]["type"] == "Delete"]
        if not ends or not all(rule["condition"][0]["age"] for rule in ends):
            yield Finding(plan.at(bucket, '"Delete"'), f"{bucket.name}: nothing in it would ever end")
    for bucket in plan.all("google_storage_bucket", "audio"):
        if not bucket.values["cors"]:
            yield Finding(plan.at(bucket), "the page could not read recordings: CORS")


def _residency(plan: Plan) -> Iterator[Finding]:
    for each in plan.resources:
        for field in ("location", "location_id", "region"):
            value = each.values.get(field)
            if isinstance(value, str) and value != plan.region:
                yield Finding(plan.at(each, f"{field} "), f"{each.kind} is in {value}, not in {plan.region}")


def _apis(plan: Plan) -> Iterator[Finding]:
    on = {each.values["service"].partition(".")[0] for each in plan.all("google_project_service")}
    for kind in sorted(
        {each.kind for each in plan.resources} - {"google_project_service", "google_project_iam_member"}
    ):
        begins = max((prefix for prefix in APIS if kind.startswith(prefix)), key=len, default=None)
        if begins is None or APIS[begins] not in on:
            first = next(each for each in plan.resources if each.kind == kind)
            yield Finding(plan.at(first), f"{kind} needs a service that services.tf does not switch on")


def _alerts(plan: Plan) -> Iterator[Finding]:
    sections = set(re.findall(r"^## (.+)$", RUNBOOK.read_text(), re.M))
    alerts = [*plan.all("google_monitoring_alert_policy"), *plan.all("google_billing_budget")]
    for alert in alerts:
        name = alert.values["display_name"]
        if name not in sections:
            yield Finding(plan.at(alert, "display_name"), f"docs/runbook.md has no section {name!r}")
        if alert.kind == "google_monitoring_alert_policy":
            if not alert.values["notification_channels"] and "notification_channels" not in alert.unknown:
                yield Finding(plan.at(alert), f"{name!r} tells nobody")
            if not alert.values["documentation"]:
                yield Finding(plan.at(alert), f"{name!r} does not say where the runbook is")
    first = plan.all("google_monitoring_alert_policy")[0]
    for section in sorted(sections - {alert.values["display_name"] for alert in alerts}):
        yield Finding(plan.at(first), f"docs/runbook.md has a section {section!r} that no alert leads to")


def _secrets(plan: Plan) -> Iterator[Finding]:
    for version in plan.all("google_secret_manager_secret_version"):
        if version.values["secret_data"] is not None or "secret_data" in version.unknown:
            yield Finding(plan.at(version, "secret_data "), "the secret would be in the state, in plain")
        if not version.values["secret_data_wo_version"]:
            yield Finding(plan.at(version), "a write-only secret without a version could never be changed")


RULES: tuple[Rule, ...] = (
    _entry_points,
    _callers,
    _environment,
    _timeouts,
    _messaging,
    _queues,
    _indexes,
    _expiry,
    _roles,
    _least_privilege,
    _buckets,
    _residency,
    _apis,
    _alerts,
    _secrets,
)
