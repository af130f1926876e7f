"""The server reports whether it can start training, judged by what its processes did."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from transformer import TransformerConfig
from transformer.learning.steps import TrainConfig
from ui import health
from ui.jobs import Jobs, starts, worker

SECONDS = 180


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setattr(starts, "RETRY", 0.0)
    jobs = Jobs(limit=1)
    yield jobs
    jobs.close()


def wait_for(jobs: Jobs, expected: bool) -> None:
    deadline = time.monotonic() + SECONDS
    while jobs.can_start() is not expected and time.monotonic() < deadline:
        time.sleep(0.02)
    assert jobs.can_start() is expected


def sentences(told: health.Health) -> list[str]:
    return told.to_dict()["problems"]


@pytest.fixture
def broken_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Makes every new process end before it is ready; `undo` ends that."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho no module named torch >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(worker.sys, "executable", str(program))
    return monkeypatch


def test_it_is_well_once_a_process_is_ready_and_stays_so_when_the_spare_is_killed(
    jobs: Jobs, tmp_path: Path
) -> None:
    first = health.check(jobs, tmp_path)
    assert not first.ok, "nothing has shown yet that a process can start"
    assert first.workers_can_start is None
    wait_for(jobs, True)
    assert health.check(jobs, tmp_path).ok
    spare = jobs.spare_pid
    assert spare
    assert jobs._spare
    jobs._spare.process.kill()
    jobs._spare.process.wait()
    assert health.check(jobs, tmp_path).ok
    assert jobs.spare_pid is None, "it was ready a moment ago, which is proof enough"
    jobs._spare.ready_at -= 2 * starts.FRESH  # type: ignore[operator]
    assert health.check(jobs, tmp_path).ok
    assert jobs.spare_pid not in (None, spare), "proven anew"


@pytest.mark.slow
def test_processes_that_cannot_start_are_told_and_so_is_their_recovery(
    jobs: Jobs, tmp_path: Path, broken_python: pytest.MonkeyPatch
) -> None:
    wait_for(jobs, False)
    ill = health.check(jobs, tmp_path)
    assert not ill.ok
    assert sentences(ill) == ["The latest training process could not start."]
    broken_python.undo()
    wait_for(jobs, True)
    assert health.check(jobs, tmp_path).ok


def test_a_system_that_makes_no_processes_is_told(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.sys, "executable", str(tmp_path / "nothing"))
    assert jobs.can_start() is False
    assert sentences(health.check(jobs, tmp_path)) == ["The latest training process could not start."]
    jobs.warm()  # a page that warms a spare process must not raise


def test_many_questions_start_one_process(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_python: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "RETRY", 60.0)
    begun = []
    monkeypatch.setattr(starts, "Worker", lambda: begun.append(1) or worker.Worker())
    for _ in range(50):
        health.check(jobs, tmp_path)
    assert len(begun) == 1
    wait_for(jobs, False)
    for _ in range(50):
        health.check(jobs, tmp_path)
    assert len(begun) == 1, "not one for every question while they fail"


@pytest.mark.slow
def test_a_run_proves_as_much_as_a_spare(jobs: Jobs, tmp_path: Path) -> None:
    small = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16)
    values = {"steps": 2, "batch_size": 8, "evaluation_size": 16, "warmup_steps": 0}
    job = jobs.start(tmp_path, small, TrainConfig.from_dict(values))
    waiting = jobs.start(tmp_path, small, TrainConfig.from_dict(values))
    told = health.check(jobs, tmp_path)
    assert (told.runs_active, told.runs_waiting, told.runs_limit) == (1, 1, 1)
    assert job.wait_until(lambda: job.is_over, SECONDS)
    assert waiting.wait_until(lambda: waiting.is_over, SECONDS)
    assert jobs.can_start() is True
    assert jobs.spare_pid is None


@pytest.mark.slow
def test_too_little_memory_or_disk_is_told(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for(jobs, True)
    monkeypatch.setattr(health, "available_memory", lambda: 100 * 2**20)
    assert sentences(health.check(jobs, tmp_path)) == ["Less than 400 MB of memory are free."]
    monkeypatch.setattr(health, "available_memory", lambda: None)
    assert health.check(jobs, tmp_path).ok, "a system that does not tell is no problem"
    monkeypatch.setattr("os.access", lambda place, mode: False)
    told = health.check(jobs, tmp_path / "to" / "be" / "made")
    assert sentences(told) == ["Nothing can be written where runs are kept."]
    assert told.disk_free is None
    monkeypatch.setattr(health, "disk_free", lambda folder: 99 * 2**20)
    assert sentences(health.check(jobs, tmp_path)) == ["Less than 100 MB are free where runs are kept."]


def test_nothing_of_it_is_about_a_user(jobs: Jobs, tmp_path: Path) -> None:
    told = health.check(jobs, tmp_path / "secret").to_dict()
    assert "secret" not in str(told)
    assert str(tmp_path) not in str(told)
