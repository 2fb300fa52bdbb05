"""Completes the embedded recogniser's jobs: `python -m shared.local.whisper_worker`.

It reads the settings that the functions do. DIALIX_RECOGNIZER_MODEL_DIR may name a model of your own.
"""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from shared.adapters.embedded.recognition_jobs import ClaimedJob, LeaseLost, RecognitionJobs, Recording
from shared.adapters.embedded.whisper_engine import Audio, SpeechEngine
from shared.domain.errors import DependencyUnavailable, DialixError, NotFound, RecognitionFailed
from shared.domain.transcript import Recognition
from shared.ports.object_store import ObjectStore
from shared.runtime.embedded_models import JOBS_FILE
from shared.runtime.logs import configure_logs
from shared.runtime.open_world import world_of
from shared.runtime.settings import load_settings

log = structlog.get_logger(__name__)

LEASE_S = 15.0
IDLE_S = 0.5
RETRY_S = 5.0
HOOK_TIMEOUT_S = 5.0


class WhisperWorker:
    def __init__(
        self,
        jobs: RecognitionJobs,
        buckets: Callable[[str], ObjectStore],
        engine: SpeechEngine,
        *,
        lease_s: float = LEASE_S,
    ) -> None:
        self._jobs = jobs
        self._buckets = buckets
        self._engine = engine
        self._lease_s = lease_s

    def run(self) -> None:
        """Works for ever, until an exception that is not a job's own (SystemExit) leaves it."""
        while True:
            try:
                worked = self.run_one()
            except DialixError as broken:  # the jobs' file is busy or away: it will be back
                log.warning("jobs_unavailable", error=str(broken))
                worked = False
            if not worked:
                time.sleep(IDLE_S)

    def run_one(self) -> bool:
        """Completes one job; False when none waits."""
        job = self._jobs.claim(lease_s=self._lease_s)
        if job is None:
            return False
        started = time.monotonic()
        try:
            with suppress(LeaseLost):
                self._complete(job)
                log.info("job_ended", job=job.id, seconds=round(time.monotonic() - started, 1))
        except BaseException:
            with suppress(LeaseLost, DialixError):
                self._jobs.release(job)
            raise
        return True

    def _complete(self, job: ClaimedJob) -> None:
        try:
            recognition = self._recognized(job)
        except RecognitionFailed as failed:
            self._jobs.give_up(job, str(failed), is_for_good=True)
        except NotFound:
            self._jobs.give_up(job, "the recording is gone", is_for_good=False)
        except LeaseLost:
            raise
        except Exception:
            # Whatever it is, the worker must live on: the job is tried again, and lost when it never succeeds.
            log.exception("job_broke", job=job.id)
            self._jobs.retry_later(job, pause_s=RETRY_S)
            return
        else:
            self._jobs.finish(job, recognition)
        if job.recording.webhook_url is not None:
            _tell(job.recording.webhook_url, job)

    def _recognized(self, job: ClaimedJob) -> Recognition:
        recording = job.recording
        with tempfile.TemporaryDirectory(prefix="dialix-whisper-") as folder, self._held(job) as on_progress:
            path = Path(folder) / "recording"
            with path.open("wb") as file:
                file.writelines(self._bytes(recording))
            audio = Audio(
                path=path,
                duration_ms=recording.duration_ms,
                channels=recording.channels,
                speech=recording.speech,
                language_hint=recording.language_hint,
            )
            return self._engine.recognize(audio, on_progress)

    def _bytes(self, recording: Recording) -> Iterator[bytes]:
        return self._buckets(recording.bucket).read(recording.path, generation=recording.generation)

    @contextmanager
    def _held(self, job: ClaimedJob) -> Iterator[Callable[[float], None]]:
        """Renews the lease in the background and with each report of progress, which ends the work when it was lost."""
        progress = 0.0
        is_over = threading.Event()

        def renew() -> None:
            try:
                self._jobs.renew(job, progress, lease_s=self._lease_s)
            except DependencyUnavailable as broken:  # the lease holds for two more of these
                log.warning("lease_not_renewed", job=job.id, error=str(broken))

        def renew_until_over() -> None:
            with suppress(LeaseLost):
                while not is_over.wait(self._lease_s / 3):
                    renew()

        def on_progress(share: float) -> None:
            nonlocal progress
            progress = share
            renew()

        renewing = threading.Thread(target=renew_until_over, name="lease", daemon=True)
        renewing.start()
        try:
            yield on_progress
        finally:
            is_over.set()
            renewing.join()


def _tell(url: str, job: ClaimedJob) -> None:
    """A hint, and no more: who misses it asks for the job."""
    import httpx

    try:
        httpx.post(url, json={"job": job.id, "status": "done"}, timeout=HOOK_TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as broken:
        log.warning("hook_not_told", job=job.id, error=type(broken).__name__)


def main() -> None:
    from shared.adapters.embedded.own_models import UnknownModel, engine_of

    settings = load_settings()
    configure_logs("whisper_worker", settings.log_level)
    signal.signal(signal.SIGTERM, _stop)
    try:
        engine = engine_of(settings.recognizer_model_dir)
        engine.load()
    except UnknownModel as unknown:
        raise SystemExit(f"DIALIX_RECOGNIZER_MODEL_DIR: {unknown}") from unknown
    log.info("worker_ready", model=engine.name)
    world = world_of(settings)
    buckets = {world.audio.bucket: world.audio}
    with suppress(KeyboardInterrupt):
        WhisperWorker(RecognitionJobs(settings.data_dir / JOBS_FILE), buckets.__getitem__, engine).run()


def _stop(_number: int, _frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
