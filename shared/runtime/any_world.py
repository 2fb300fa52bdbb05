"""What is the same in every world: the clock, the scanner, the limits and the secret that the settings name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import timedelta
from functools import cached_property

from pydantic import SecretStr

from shared.domain.errors import InvalidInput
from shared.ports.audio_scanner import AudioScanner
from shared.ports.clock import Clock, Ids
from shared.ports.judge import Judge
from shared.ports.object_store import ObjectStore
from shared.ports.pbx import PBX, SessionKeeper
from shared.ports.recognizer import Recognizer
from shared.runtime.settings import Settings
from shared.services.world import Limits


class AnyWorld(ABC):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    @abstractmethod
    def artifacts(self) -> ObjectStore: ...

    @cached_property
    def scanner(self) -> AudioScanner:
        from shared.adapters.audio.scanner import PyAVScanner

        return PyAVScanner()

    @cached_property
    def clock(self) -> Clock:
        from shared.adapters.system import SystemClock

        return SystemClock()

    @cached_property
    def ids(self) -> Ids:
        from shared.adapters.system import SystemIds

        return SystemIds()

    @property
    def limits(self) -> Limits:
        return Limits(
            lease=timedelta(seconds=self._settings.lease_s),
            step_due=timedelta(seconds=self._settings.step_due_s),
            first_poll=timedelta(seconds=self._settings.first_poll_s),
        )

    def pbx(self, kind: str, domain: str, api_key: str, session: SessionKeeper) -> PBX:
        """Raises InvalidInput when there is no exchange of that kind."""
        match kind:
            case "onlinepbx":
                from shared.adapters.pbx.onlinepbx import OnlinePBX

                return OnlinePBX(domain, api_key, session, host=self._settings.onlinepbx_url)
            case "s3":
                from shared.adapters.pbx.s3_archive import S3Archive

                return S3Archive(domain, api_key, may_be_plain=self._settings.environment == "development")
        raise InvalidInput("kind", f"{kind} is not known here; use onlinepbx or s3")

    def recognizer(self, name: str) -> Recognizer:
        """A vendor's. Raises InvalidInput when there is none of that name, or no key of it."""
        match name:
            case "uzbekvoice":
                return self._uzbekvoice
            case "aisha":
                return self._aisha
            case "openai":
                return self._openai_recognizer
        raise InvalidInput("recognizer", f"{name} is not known here")

    @cached_property
    def _uzbekvoice(self) -> Recognizer:
        from shared.adapters.stt.uzbekvoice import UzbekVoice

        key = _key(self._settings.uzbekvoice_key, "recognizer", "uzbekvoice needs DIALIX_UZBEKVOICE_KEY")
        return UzbekVoice(key, url=self._settings.uzbekvoice_url)

    @cached_property
    def _aisha(self) -> Recognizer:
        from shared.adapters.stt.aisha import Aisha

        key = _key(self._settings.aisha_key, "recognizer", "aisha needs DIALIX_AISHA_KEY")
        return Aisha(key, url=self._settings.aisha_url)

    @cached_property
    def _openai_recognizer(self) -> Recognizer:
        from shared.adapters.stt.openai_recognizer import OpenAIRecognizer

        settings = self._settings
        key = _key(settings.openai_key, "recognizer", "openai needs DIALIX_OPENAI_KEY")
        model = settings.openai_transcription_model
        return OpenAIRecognizer(key, self.artifacts, model=model, base_url=settings.openai_url)

    def judge(self, name: str) -> Judge:
        """A vendor's. Raises InvalidInput when there is none of that name, or no key of it."""
        if name != "openai":
            raise InvalidInput("judge", f"{name} is not known here")
        return self._openai

    @cached_property
    def _openai(self) -> Judge:
        from shared.adapters.llm.openai_judge import OpenAIJudge

        settings = self._settings
        key = _key(settings.openai_key, "judge", "openai needs DIALIX_OPENAI_KEY")
        return OpenAIJudge(key, model=settings.openai_model, base_url=settings.openai_url)

    @property
    def hook_base_url(self) -> str | None:
        return self._settings.public_url

    @property
    def signing_secret(self) -> bytes:
        return self._settings.signing_secret.get_secret_value().encode()


def _key(key: SecretStr | None, field: str, lacking: str) -> str:
    if key is None:
        raise InvalidInput(field, lacking)
    return key.get_secret_value()
