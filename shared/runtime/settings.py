"""Settings: read once from the environment, frozen, complete. `docs/configuration.md` is generated from here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting is missing or malformed; the message names it and says what it should be."""


class Settings(BaseSettings):
    """Every variable begins with DIALIX_."""

    model_config = SettingsConfigDict(env_prefix="DIALIX_", frozen=True, extra="ignore")

    environment: Literal["development", "production"] = Field(
        default="production",
        description="`development` allows the worlds of one machine; anything deployed is `production`.",
    )
    world: Literal["embedded", "emulators", "google"] = Field(
        description="Which adapters stand behind the ports: this machine's, Google's on emulators, Google's."
    )
    data_dir: Path = Field(
        default=Path(".dialix"),
        description="Embedded and emulators: the folder that holds what is kept on this machine.",
    )
    project: str = Field(default="", description="Google and emulators: the project's id.")
    region: str = Field(default="", description="Google and emulators: where the task queues are.")
    database: str = Field(default="(default)", description="Google: the Firestore database's id.")
    audio_bucket: str = Field(default="", description="Google and emulators: the bucket of recordings.")
    artifacts_bucket: str = Field(default="", description="Google and emulators: the bucket of transcripts.")
    function_urls: dict[str, str] = Field(
        default_factory=dict, description="Google and emulators: JSON, by entry point that tasks are sent to, its URL."
    )
    invoker_account: str | None = Field(
        default=None, description="Google: the service account's e-mail in whose name tasks call our entry points."
    )
    service_account: str | None = Field(
        default=None,
        description="Google: the e-mail in whose name links are signed; unset: the one the function runs as.",
    )
    tasks_endpoint: str | None = Field(default=None, description="Emulators: host:port of the Cloud Tasks twin.")
    signing_secret: SecretStr = Field(
        min_length=32, description="Signs access tokens, hook addresses and the embedded world's links."
    )
    public_url: str = Field(
        pattern=r"^https?://", description="The api's address as browsers and speech vendors reach it, without a slash."
    )
    page_dir: Path | None = Field(
        default=None, description="The built dashboard, relative to the package's root; unset: the api serves no page."
    )
    lease_s: float = Field(default=600, gt=0, description="How long a step may hold a call, in seconds.")
    step_due_s: float = Field(
        default=600, gt=0, description="After how many seconds the sweep starts a call's step again."
    )
    first_poll_s: float = Field(
        default=20, gt=0, description="Seconds between handing a recording over and first asking for its transcript."
    )
    max_attempts: int = Field(
        default=10, ge=1, description="Deliveries of a step after which its failure is recorded on the call."
    )
    recognizer_model_dir: Path | None = Field(
        default=None,
        description="Embedded and emulators: the folder of a speech model of your own (Whisper in CTranslate2's form, "
        "Vosk, Zipformer); unset: the installed one.",
    )
    secrets_key: str | None = Field(
        default=None, description="Google: the KMS key that seals customers' credentials, by its full name."
    )
    onlinepbx_url: str = Field(
        default="https://api2.onlinepbx.ru", pattern=r"^https?://", description="Where OnlinePBX's API is."
    )
    uzbekvoice_key: SecretStr | None = Field(
        default=None, description="The key of UzbekVoice (MohirAI); unset: no company can have it as its recogniser."
    )
    uzbekvoice_url: str = Field(
        default="https://uzbekvoice.ai", pattern=r"^https?://", description="Where UzbekVoice's API is."
    )
    aisha_key: SecretStr | None = Field(
        default=None, description="The key of Aisha; unset: no company can have it as its recogniser."
    )
    aisha_url: str = Field(
        default="https://back.aisha.group", pattern=r"^https?://", description="Where Aisha's API is."
    )
    openai_key: SecretStr | None = Field(
        default=None,
        description="The key of OpenAI, or of a server that speaks its API; unset: nobody judges or hears by it.",
    )
    openai_url: str | None = Field(
        default=None, description="The base URL of a server that speaks OpenAI's API; unset: OpenAI's own."
    )
    openai_model: str = Field(default="gpt-6-luna", min_length=1, description="The model that judges.")
    openai_transcription_model: str = Field(
        default="gpt-transcribe", min_length=1, description="OpenAI's model that transcribes."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severity logged."
    )

    @model_validator(mode="after")
    def _embedded_is_for_development(self) -> Settings:
        if self.environment == "production" and self.world != "google":
            raise ValueError(f"the {self.world} world is for development: set DIALIX_ENVIRONMENT=development")
        return self

    @model_validator(mode="after")
    def _google_says_where(self) -> Settings:
        if self.world == "embedded":
            return self
        needed = {
            "DIALIX_PROJECT": self.project,
            "DIALIX_REGION": self.region,
            "DIALIX_AUDIO_BUCKET": self.audio_bucket,
            "DIALIX_ARTIFACTS_BUCKET": self.artifacts_bucket,
        }
        if missing := [name for name, value in needed.items() if not value]:
            raise ValueError(f"the {self.world} world needs {', '.join(missing)}")
        return self


def load_settings(given: Mapping[str, object] | None = None) -> Settings:
    """From the environment; `given`, by field, stands above it.

    Raises SettingsError with a line for each wrong variable: its name, what is wrong, where it is described.
    """
    try:
        return Settings(**dict(given or {}))  # type: ignore[arg-type]  # checked as it is read
    except ValidationError as error:
        lines = [f"  {_variable(each['loc'])}: {each['msg']}" for each in error.errors(include_input=False)]
        raise SettingsError(
            "These settings are missing or wrong (docs/configuration.md describes each):\n" + "\n".join(lines)
        ) from None


def _variable(location: tuple[int | str, ...]) -> str:
    return "DIALIX_" + "_".join(map(str, location)).upper() if location else "together"
