"""Training processes obey commands, have names of their own, and never outlive the server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from transformer import InputError, TransformerConfig
from transformer.learning.runs import Run, new_folder
from transformer.learning.steps import TrainConfig, Training, TrainStep, train
from ui.jobs import ROOT, Job, Jobs, with_free_name
from ui.jobs.abandoned import StopAbandoned
from ui.jobs.worker import Worker
from ui.presence import Presence

MODEL = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16)
SECONDS = 180


def short(steps: int = 20, **values: object) -> TrainConfig:
    small = {"batch_size": 8, "evaluate_every": 10, "evaluation_size": 16, "warmup_steps": 0}
    return TrainConfig.from_dict({"steps": steps, **small, **values})


def endless() -> TrainConfig:
    return short(1_000_000, evaluate_every=1_000_000)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs(limit=1)
    yield jobs
    jobs.close()


@pytest.fixture
def wait() -> Callable[[Job, Callable[[], bool]], None]:
    def until(job: Job, condition: Callable[[], bool]) -> None:
        assert job.wait_until(condition, SECONDS), f"{job.state} at step {job.step}: {job.problem}"

    return until


Wait = Callable[[Job, Callable[[], bool]], None]


def test_a_run_reports_the_very_steps_that_the_program_computes(
    jobs: Jobs, wait: Wait, tmp_path: Path
) -> None:
    job = jobs.start(tmp_path, MODEL, short())
    wait(job, lambda: job.is_over)
    assert job.state == "finished"
    assert [record.step for record in job.records] == list(range(1, 21))
    assert [record.step for record in job.evaluations] == [10, 20]
    assert all(record.evaluation and len(record.evaluation.samples) == 12 for record in job.evaluations)
    expected = [record.loss for record in train(Training(MODEL, short()))]
    assert [record.loss for record in job.records] == pytest.approx(expected, rel=1e-6)


def test_a_warmed_process_obeys_pause_step_resume_and_stop(jobs: Jobs, wait: Wait, tmp_path: Path) -> None:
    jobs.warm()
    spare = jobs.spare_pid
    jobs.warm()
    assert jobs.spare_pid == spare
    job = jobs.start(tmp_path, MODEL, endless(), paused=True)
    assert job.pid == spare
    wait(job, lambda: job.state == "paused")
    assert job.step == 0
    jobs.tell(job, "step")
    wait(job, lambda: job.step > 0)
    time.sleep(0.1)
    assert (job.state, job.step) == ("paused", 1)
    jobs.tell(job, "resume")
    wait(job, lambda: job.step > 5)
    assert job.state == "running"
    jobs.tell(job, "pause")
    wait(job, lambda: job.state == "paused")
    held = job.step
    time.sleep(0.3)
    assert job.step == held
    jobs.tell(job, "stop")
    wait(job, lambda: job.is_over)
    assert (job.state, job.step) == ("stopped", held)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="needs POSIX priorities")
def test_training_stands_back_for_the_pages_but_not_while_it_starts(
    jobs: Jobs, wait: Wait, tmp_path: Path
) -> None:
    jobs.warm()
    assert jobs.spare_pid
    assert os.getpriority(os.PRIO_PROCESS, jobs.spare_pid) == os.getpriority(os.PRIO_PROCESS, 0)
    job = jobs.start(tmp_path, MODEL, endless())
    wait(job, lambda: job.step > 0)
    assert job.pid
    assert os.getpriority(os.PRIO_PROCESS, job.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_what_a_process_was_told_stands_until_it_is_done(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("ui.jobs.job.ANSWER_WAIT", 0.0)
    said: list[str] = []
    job = Job(tmp_path, [], MODEL, endless())
    job.worker, job.state = cast(Worker, SimpleNamespace(say=said.append)), "running"
    job.tell("pause")
    assert (job.asked, job.state) == ("pause", "running")
    job._take("pause", {})
    assert (job.asked, job.state) == (None, "paused")
    job.tell("pause")  # it is paused already
    assert (job.asked, said) == (None, ["pause"])
    job.tell("stop")
    job._take("resume", {})  # was sent before the stop
    assert job.asked == "stop"
    job._take("end", {"reason": "stopped"})
    assert (job.asked, job.state) == (None, "stopped")


def test_a_killed_run_says_so_and_goes_on_where_it_was(jobs: Jobs, wait: Wait, tmp_path: Path) -> None:
    config = short(100_000, evaluate_every=100_000)
    job = jobs.start(tmp_path, MODEL, config)
    wait(job, lambda: job.saved_step >= 100 and job.step > job.saved_step + 30)
    assert job.pid
    os.kill(job.pid, signal.SIGKILL)
    wait(job, lambda: job.is_over)
    assert job.state == "killed"
    assert job.problem
    assert "SIGKILL" in str(job.problem)
    losses = [record.loss for record in job.records]

    resumed = jobs.resume(Run.find(tmp_path / job.name))
    assert resumed.step >= job.step
    wait(resumed, lambda: resumed.repeated is not None)
    assert resumed.step == len(losses), "what was recorded stays on the charts while it is repeated"
    wait(resumed, lambda: resumed.step > job.step + 5)
    assert resumed.repeated is None
    jobs.tell(resumed, "stop")
    wait(resumed, lambda: resumed.is_over)
    steps = [record.step for record in resumed.records]
    assert steps == list(range(1, len(steps) + 1))
    assert [record.loss for record in resumed.records[: len(losses)]] == losses


def test_runs_beyond_the_limit_wait_their_turn(jobs: Jobs, wait: Wait, tmp_path: Path) -> None:
    first = jobs.start(tmp_path, MODEL, endless())
    second = jobs.start(tmp_path, MODEL, short(3))
    third = jobs.start(tmp_path, MODEL, short(3))
    assert len({first.name, second.name, third.name}) == 3
    assert jobs.waiting() == [second, third]
    jobs.tell(second, "stop")
    assert second.state == "stopped"
    assert jobs.waiting() == [third]
    wait(first, lambda: first.step > 0)
    run = Run.find(tmp_path / first.name)
    for refused in (jobs.resume, jobs.delete):
        with pytest.raises(InputError, match="not over"):
            refused(run)
    jobs.tell(first, "stop")
    wait(third, lambda: third.is_over)
    assert third.state == "finished"
    jobs.delete(run)
    assert not run.path.exists()
    assert jobs.get(first.name) is None


@pytest.mark.slow
def test_a_run_that_cannot_start_fails_with_a_sentence(jobs: Jobs, wait: Wait, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError, match="Not a directory"):
        jobs.start(tmp_path / "file", MODEL, short())
    first, second = (jobs.start(tmp_path, MODEL, short(3)) for _ in range(2))
    (second.path / "config.json").unlink()
    wait(second, lambda: second.is_over)
    assert (first.state, second.state) == ("finished", "failed")
    assert "no training run" in str(second.problem)


def test_the_page_and_the_terminal_compute_identical_losses(jobs: Jobs, wait: Wait, tmp_path: Path) -> None:
    model = replace(MODEL, dropout=0.1)
    job = jobs.start(tmp_path / "page", model, short())
    given = {"steps": 20, "batch_size": 8, "evaluate_every": 10, "evaluation_size": 16, "warmup_steps": 0}
    given |= {"embed_dim": 8, "num_layers": 1, "heads": 2, "feed_forward_dim": 16, "dropout": 0.1}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    program = [sys.executable, "-m", "transformer.train", "--name=same", f"--runs={tmp_path}"]
    threads = f"--threads={Run.find(job.path).threads}"
    subprocess.run([*program, threads, *options], cwd=ROOT, check=True, capture_output=True)
    wait(job, lambda: job.is_over)
    terminal = [TrainStep.from_dict(values) for values in Run.find(tmp_path / "same").metrics()]
    assert [record.loss for record in terminal] == [record.loss for record in job.records]
    assert [record.grad_norm for record in terminal] == [record.grad_norm for record in job.records]


@pytest.mark.slow
def test_a_run_that_another_process_writes_is_left_alone(jobs: Jobs, wait: Wait, tmp_path: Path) -> None:
    job = jobs.start(tmp_path, MODEL, endless())
    wait(job, lambda: job.step > 0)
    other = Jobs(limit=1)
    for refused in (other.resume, other.delete):
        with pytest.raises(InputError, match="not over"):
            refused(Run.find(job.path))
    jobs.tell(job, "stop")
    wait(job, lambda: job.is_over)
    assert job.worker
    job.worker.process.wait(SECONDS)
    other.delete(Run.find(job.path))
    assert not job.path.exists()
    other.close()


@pytest.mark.slow
def test_a_run_without_a_browser_is_stopped_after_a_time_of_grace_or_kept(
    jobs: Jobs, wait: Wait, tmp_path: Path
) -> None:
    open_sessions = {"mine", "theirs"}
    jobs.limit = 3
    presence = Presence(open_sessions.__contains__)
    presence.see("mine", "me")
    presence.see("theirs", "them")
    mine, kept = (jobs.start(tmp_path, MODEL, endless(), about={"owner": "me"}) for _ in range(2))
    theirs = jobs.start(tmp_path, MODEL, endless(), about={"owner": "them"})
    kept.keep = True
    watch = StopAbandoned(jobs, presence, grace=10)
    for now in (0, 100):
        watch.poll(now)
    assert jobs.going_on() == [mine, kept, theirs]
    open_sessions.remove("mine")
    for now in (101, 110):
        watch.poll(now)
    open_sessions.add("mine")  # a reload, or a connection lost for a moment
    watch.poll(111)
    open_sessions.remove("mine")
    for now in (112, 121):
        watch.poll(now)
    assert jobs.going_on() == [mine, kept, theirs]
    watch.poll(122)
    wait(mine, lambda: mine.is_over)
    assert mine.state == "stopped"
    assert "no browser had it open for 10 seconds" in str(mine.problem)
    assert jobs.going_on() == [kept, theirs]


@pytest.mark.slow
def test_no_process_outlives_a_killed_server(tmp_path: Path) -> None:
    program = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from tests.ui.test_jobs import MODEL, endless
from ui.jobs import Jobs
jobs = Jobs(limit=1)
job = jobs.start(Path({str(tmp_path)!r}), MODEL, endless())
job.wait_until(lambda: job.step > 0, {SECONDS})
jobs.warm()
print(job.pid, jobs.spare_pid, flush=True)
time.sleep({SECONDS})
"""
    server = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    pids = [int(word) for word in server.stdout.readline().split()]
    assert len(pids) == 2
    server.kill()
    server.wait()
    deadline = time.monotonic() + SECONDS
    while any(map(runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(runs, pids))
    (folder,) = tmp_path.iterdir()
    assert Run.find(folder).checkpoint().about["step"] > 0


def runs(pid: int) -> bool:
    """Whether a process runs and is not a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_two_servers_that_start_a_run_in_the_same_second_give_it_two_names(tmp_path: Path) -> None:
    began = time.strftime("%Y%m%d")

    def make(name: str) -> Path:
        with new_folder(tmp_path, name) as folder:
            return folder

    first = with_free_name("sort", make)
    (tmp_path / f"{first.name}-2").mkdir()  # made by the other server
    third = with_free_name(first.name.partition("-")[0], make)
    assert first.name.startswith(f"sort-{began}")
    assert len({first, third, tmp_path / f"{first.name}-2"}) == 3
    with pytest.raises(InputError, match="cannot name a run"):
        with_free_name("../away", make)
