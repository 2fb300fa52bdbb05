"""Prices and what things cost, in whole tiyin (1/100 UZS)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Tariff(BaseModel):
    """What a company pays. Recognition is priced per minute of audio, judgement per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recognition_tiyin_per_minute: int = Field(default=0, ge=0)
    judgement_tiyin_per_call: int = Field(default=0, ge=0)
    judgement_tiyin_per_million_input_tokens: int = Field(default=0, ge=0)
    judgement_tiyin_per_million_output_tokens: int = Field(default=0, ge=0)


def recognition_tiyin(tariff: Tariff, duration_ms: int) -> int:
    """Every begun second is paid; the sum is rounded up to a whole tiyin."""
    seconds = -(-duration_ms // 1000)
    return -(-seconds * tariff.recognition_tiyin_per_minute // 60)


def judgement_tiyin(tariff: Tariff, input_tokens: int, output_tokens: int) -> int:
    millionths = (
        input_tokens * tariff.judgement_tiyin_per_million_input_tokens
        + output_tokens * tariff.judgement_tiyin_per_million_output_tokens
    )
    return tariff.judgement_tiyin_per_call + -(-millionths // 1_000_000)
