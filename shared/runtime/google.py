"""Google Cloud: every client is made on first use, after the server has forked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.domain.errors import InvalidInput
from shared.ports.document_store import DocumentStore
from shared.ports.event_bus import EventBus
from shared.ports.object_store import ObjectStore
from shared.ports.secret_box import SecretBox
from shared.ports.task_queue import TaskQueue
from shared.runtime.any_world import AnyWorld

if TYPE_CHECKING:
    from shared.adapters.gcp.link_signer import LinkSigner


class GoogleWorld(AnyWorld):
    @cached_property
    def documents(self) -> DocumentStore:
        from shared.adapters.gcp.firestore_documents import FirestoreDocuments

        return FirestoreDocuments(self._settings.project, self._settings.database)

    @cached_property
    def audio(self) -> ObjectStore:
        return self._bucket(self._settings.audio_bucket)

    @cached_property
    def artifacts(self) -> ObjectStore:
        return self._bucket(self._settings.artifacts_bucket)

    def _bucket(self, name: str) -> ObjectStore:
        from shared.adapters.gcp.storage_objects import StorageObjects

        return StorageObjects(name, project=self._settings.project, signer=self._signer())

    def _signer(self) -> LinkSigner | None:
        from shared.adapters.gcp.link_signer import LinkSigner

        return LinkSigner(self._settings.service_account)

    @cached_property
    def events(self) -> EventBus:
        from shared.adapters.gcp.pubsub_events import PubSubEvents

        return PubSubEvents(self._settings.project)

    @cached_property
    def tasks(self) -> TaskQueue:
        from shared.adapters.gcp.cloud_tasks import CloudTasks

        return CloudTasks(
            self._settings.project,
            self._settings.region,
            self._settings.function_urls,
            invoker=self._settings.invoker_account,
        )

    @cached_property
    def secrets(self) -> SecretBox:
        """Raises InvalidInput where no key is named: that function was not meant to open any."""
        if self._settings.secrets_key is None:
            raise InvalidInput("DIALIX_SECRETS_KEY", "names no KMS key")
        from shared.adapters.gcp.kms_key import KMSKey
        from shared.adapters.sealed_secrets import SealedSecrets

        return SealedSecrets(KMSKey(self._settings.secrets_key))
