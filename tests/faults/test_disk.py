"""A full disk, in the training process and in the server, whichever file is being written."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from tests.browser.conftest import REPOSITORY
from tests.pages.test_training import TINY, press
from tests.transformer.test_train import SIZES, TRAINING, arguments
from transformer import InputError, TransformerConfig
from transformer.learning import checkpoint
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.folder import CHECKPOINT, METRICS
from transformer.learning.lock import LOCK, live_writer
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig, Training, train
from transformer.train import main
from ui.jobs import Jobs
from ui.training.upload import keep

STEPS = 40
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(autouse=True)
def quiet(monkeypatch) -> None:
    """Closes standard input, so that nothing is read from it."""
    monkeypatch.setattr("sys.stdin", None)


@pytest.fixture(scope="module")
def unbroken() -> list[float]:
    """The losses of the training that all tests here interrupt."""
    training = Training(TransformerConfig(**SIZES), TrainConfig(steps=STEPS, **TRAINING))
    return [record.loss for record in takewhile(lambda record: record.step <= STEPS, train(training))]


def losses(run: Run) -> list[float]:
    """The recorded losses; checks that no step is missing, recorded twice or damaged."""
    lines = list(run.metrics())
    assert [line["step"] for line in lines] == list(range(1, len(lines) + 1))
    assert run.damaged_lines() == 0
    return [line["loss"] for line in lines]


def train_under_limit(folder: Path, size: int, *options: object) -> subprocess.CompletedProcess[str]:
    """Run the training program, which may write no file longer than `size` bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", "transformer.train", "--json", *map(str, options)],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )


def sizes_of_an_unbroken_run(folder: Path) -> dict[str, int]:
    main(arguments(folder, name="whole", steps=STEPS))
    return {name: (folder / "whole" / name).stat().st_size for name in (METRICS, CHECKPOINT)}


@pytest.mark.parametrize("file", [METRICS, CHECKPOINT])
def test_a_training_that_can_write_no_more_ends_with_a_sentence_and_goes_on_exactly(
    tmp_path, capsys, unbroken, file
):
    sizes = sizes_of_an_unbroken_run(tmp_path)
    size = sizes[METRICS] // 2 + 7 if file == METRICS else sizes[CHECKPOINT] - 1
    if file == METRICS:
        assert size < sizes[CHECKPOINT]
        Run.create(tmp_path, "run", TransformerConfig(**SIZES), TrainConfig(steps=STEPS, **TRAINING))
        options = ["--resume", tmp_path / "run", "--threads=1", "--device=cpu", "--checkpoint-every=1000"]
    else:
        options = ["--name=run", "--checkpoint-every=1000", *arguments(tmp_path, steps=STEPS)]
    ended = train_under_limit(tmp_path, size, *options)
    assert ended.returncode == 1, ended.stderr
    error = json.loads(ended.stdout.splitlines()[-1])
    assert (error["event"], "the system allows none as large" in error["message"]) == ("error", True)
    run = Run.find(tmp_path / "run")
    kept = losses(run)
    assert kept == unbroken[: len(kept)]
    assert 0 < len(kept) < STEPS or file == CHECKPOINT
    assert not run.checkpoint_path.exists()
    assert not list(run.path.glob(f".{CHECKPOINT}.*")), "no half checkpoint is left"
    assert live_writer(run.path) is None
    assert main(["--resume", str(run.path), "--threads=1", "--device=cpu"]) == 0
    assert losses(run) == unbroken
    assert not (run.path / LOCK).exists()
    capsys.readouterr()


def test_a_full_disk_leaves_the_checkpoint_before_and_it_is_continued(
    tmp_path, monkeypatch, capsys, unbroken
):
    """The third checkpoint finds no space; the steps recorded by then go beyond the second."""
    saves = []

    def fill(handle: int) -> None:
        saves.append(handle)
        if len(saves) >= 6:  # each checkpoint syncs the metrics and then itself
            raise FULL

    options = ["--json", "--name=run", "--checkpoint-every=10", *arguments(tmp_path, steps=STEPS)]
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint.os, "fsync", fill)
        assert main(options) == 1
    error = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert error["message"].startswith("The disk is full")
    run = Run.find(tmp_path / "run")
    saved = run.checkpoint().about["step"]
    assert 0 < saved < run.last_step()
    assert losses(run) == unbroken[: run.last_step()]
    assert main(["--resume", str(run.path), "--threads=1", "--device=cpu"]) == 0
    assert losses(run) == unbroken
    capsys.readouterr()


def test_the_page_says_that_the_disk_was_full_and_where_it_goes_on(
    open_page,
    jobs,
    monkeypatch,
):
    """The process reports what the training program does on a full disk; see the tests above."""
    app = open_page("training", **TINY | {"train_steps": "20000", "train_evaluate_every": "20000"})
    press(app, "Step")
    (job,) = jobs.all()
    assert job.wait_until(lambda: job.step > 0, 60)
    error = {"message": "The disk is full, so nothing can be written. Free some space, then try again."}
    job._take("error", error | {"values": {}})
    os.kill(job.pid, signal.SIGKILL)
    assert job.wait_until(lambda: job.is_over, 60)
    app.run()
    assert not app.exception
    assert [error.value for error in app.error] == [error["message"]]
    assert any("Continue begins" in info.value or "Continue goes" in info.value for info in app.info)
    app.session_state["lang"] = "zh"
    app.run()
    assert app.error[0].value.startswith("磁盘已满")
    assert any("续训" in info.value for info in app.info)


@pytest.fixture
def full_disk(monkeypatch) -> Iterator[Callable[[], None]]:
    """`full_disk()` makes every later write to the disk fail."""

    def refuse(*_: object, **__: object) -> None:
        raise FULL

    def fill() -> None:
        monkeypatch.setattr(checkpoint.os, "fsync", refuse)

    yield fill
    monkeypatch.undo()


def test_a_server_on_a_full_disk_starts_nothing_and_says_so(
    open_page,
    jobs,
    full_disk,
    tmp_path,
    monkeypatch,
):
    app = open_page("training", **TINY)
    with monkeypatch.context():
        full_disk()
        press(app, "Start")
    assert not app.exception
    assert any(toast.value.startswith("The disk is full") for toast in app.toast)
    assert jobs.all() == []
    assert list((tmp_path / "runs").iterdir()) == [], "half a run is not left behind"
    monkeypatch.undo()


def test_a_title_that_the_disk_refuses_changes_nothing(
    open_page,
    jobs,
    recorded,
    full_disk,
):
    app = open_page("training", run="run:short")
    before = {path.name for path in recorded.iterdir()}
    full_disk()
    field = next(field for field in app.text_input if field.label == "Title of the run")
    field.set_value("another").run()
    assert not app.exception
    assert any(toast.value.startswith("The disk is full") for toast in app.toast)
    assert {path.name for path in recorded.iterdir()} == before


def test_an_upload_that_the_disk_refuses_leaves_nothing(tmp_path, monkeypatch, full_disk):
    monkeypatch.setattr("ui.models.RUNS", tmp_path / "runs")
    full_disk()
    with pytest.raises(InputError, match="The disk is full"):
        keep("mine", (SHIPPED / "positions" / "none" / "reverse" / CHECKPOINT).read_bytes())
    assert list((tmp_path / "runs").iterdir()) == []


def test_where_no_process_can_be_started_a_start_fails_with_a_sentence(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr("subprocess.Popen", refuse)
    jobs = Jobs(limit=1)
    jobs.warm()
    job = jobs.start(tmp_path, TransformerConfig(**SIZES), TrainConfig(steps=3))
    assert job.state == "failed"
    assert str(job.problem).startswith("No process can be started for training: ")
    assert jobs.waiting() == []
    jobs.close()
