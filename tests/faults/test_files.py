"""Files cut short, emptied, damaged, foreign or removed: each is reported, and nothing else suffers.

tests/fuzz/test_files.py tests arbitrary headers and bytes, tests/transformer/test_runs.py incomplete last
lines of the metrics, tests/transformer/test_lock.py damaged locks.
"""

import json
import os
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.pages.test_training import TINY, press, progress
from transformer import InputError, TransformerConfig
from transformer.learning.checkpoint import SHIPPED, is_whole, load_checkpoint
from transformer.learning.folder import CHECKPOINT, CONFIG, METRICS
from transformer.learning.lock import LOCK, Writer
from transformer.learning.run_health import condition_of
from transformer.learning.runs import Run
from transformer.learning.snapshots import FOLDER
from transformer.learning.steps import TrainConfig, TrainStep
from transformer.train import main
from ui.jobs import Jobs
from ui.training import shown
from ui.training.upload import keep

SECONDS = 180


def cuts(data: bytes) -> list[int]:
    """Lengths to cut a file to: every few bytes at its beginning, then about forty places up to its end."""
    return [*range(0, 16), *range(16, 400, 32), *range(400, len(data), len(data) // 40), len(data) - 1]


def test_a_run_whose_checkpoint_is_cut_anywhere_says_so_and_loses_nothing_else(recorded):
    run, path = Run.find(recorded), recorded / CHECKPOINT
    data, metrics = path.read_bytes(), (recorded / METRICS).read_bytes()
    assert is_whole(path)
    assert condition_of(recorded).saved_step == 30
    for length in cuts(data):
        path.write_bytes(data[:length])
        assert not is_whole(path)
        condition = condition_of(recorded)
        assert (condition.can_be_shown, condition.can_go_on) == (True, False)
        assert [str(problem).startswith(f"{CHECKPOINT} is damaged") for problem in condition.problems] == [
            True
        ]
        with pytest.raises(InputError, match="cannot be continued"):
            run.resume()
    path.write_bytes(data + b"\0")
    assert not is_whole(path)
    path.write_bytes(data)
    assert run.resume().step == 30
    assert (recorded / METRICS).read_bytes() == metrics


@pytest.mark.parametrize("name", ["sort", "positions/rotary/reverse"])
def test_a_shipped_model_or_an_upload_cut_anywhere_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr("ui.models.RUNS", tmp_path / "runs")
    data = (SHIPPED / name / CHECKPOINT).read_bytes()
    file = tmp_path / CHECKPOINT
    for length in cuts(data):
        file.write_bytes(data[:length])
        with pytest.raises(InputError):
            load_checkpoint(file)
        with pytest.raises(InputError):
            keep("mine.safetensors", data[:length])
    assert not (tmp_path / "runs").exists(), "what is refused leaves no folder"


@pytest.fixture
def broken_shipped(tmp_path, monkeypatch):
    """`broken_shipped("sort", "copy")` uses a copy of the shipped models, with those named cut short."""

    def cut(*names: str) -> None:
        shipped = tmp_path / "shipped"
        shutil.copytree(SHIPPED, shipped)
        for name in names:
            path = shipped / name / CHECKPOINT
            path.write_bytes(path.read_bytes()[:5000])
        monkeypatch.setattr("ui.models.SHIPPED", shipped)

    return cut


def test_a_damaged_shipped_model_is_replaced_by_another_with_a_sentence(open_page, broken_shipped):
    broken_shipped("sort")
    app = open_page("decoding")
    assert not app.exception
    assert "damaged" in app.warning[0].value
    assert "reverse digits (shipped) is used instead" in app.warning[0].value


def test_without_any_model_the_page_ends_with_a_sentence(open_page, broken_shipped):
    broken_shipped("sort", "reverse", "copy", "words", "dates")
    app = open_page("decoding", lang="zh")
    assert not app.exception
    assert "自带的模型都无法读取" in app.error[0].value


def damage(runs: Path, whole: Path) -> dict[str, str]:
    """Make damaged copies of a run; returns for each a part of its expected message."""
    said = {
        "no-config": f"{CONFIG} is missing",
        "empty-config": f"{CONFIG} is damaged",
        "cut-config": f"{CONFIG} is damaged",
        "list-config": f"{CONFIG} is damaged",
        "deep-config": f"{CONFIG} is damaged",
        "binary-config": f"{CONFIG} is damaged",
        "odd-config": "unknown entries",
        "no-pairs": "pairs.tsv cannot be read",
        "metrics-folder": f"{METRICS} cannot be read",
        "damaged-lines": f"{METRICS} is damaged in 3 lines",
        "empty-checkpoint": f"{CHECKPOINT} is damaged",
        "cut-checkpoint": f"{CHECKPOINT} is damaged",
        "no-checkpoint": "",
        "no-metrics": "",
        "empty-metrics": "",
        "torn-metrics": "",
        "foreign": "",
    }
    for name in said:
        shutil.copytree(whole, runs / name)
    config = json.loads((whole / CONFIG).read_text())
    (runs / "no-config" / CONFIG).unlink()
    for name, content in {
        "empty": b"",
        "cut": (whole / CONFIG).read_bytes()[:90],
        "list": b"[1, 2]",
        "deep": b"[" * 100_000,
        "binary": b"\xff\x00\x81",
        "odd": json.dumps({**config, "training": {**config["training"], "x": 1}}).encode(),
    }.items():
        (runs / f"{name}-config" / CONFIG).write_bytes(content)
    pairs = {**config, "training": {**config["training"], "task": "pairs"}}
    (runs / "no-pairs" / CONFIG).write_text(json.dumps(pairs))
    (runs / "metrics-folder" / METRICS).unlink()
    (runs / "metrics-folder" / METRICS).mkdir()
    lines = (whole / METRICS).read_bytes().splitlines(keepends=True)
    bad = [b"\0" * 40 + b"\n", b'{"step": 7}\n', b'"x"\n']
    (runs / "damaged-lines" / METRICS).write_bytes(b"".join([*lines[:5], *bad, *lines[8:]]))
    (runs / "empty-checkpoint" / CHECKPOINT).write_bytes(b"")
    (runs / "cut-checkpoint" / CHECKPOINT).write_bytes((whole / CHECKPOINT).read_bytes()[:-10])
    (runs / "no-checkpoint" / CHECKPOINT).unlink()
    (runs / "no-metrics" / METRICS).unlink()
    (runs / "empty-metrics" / METRICS).write_bytes(b"")
    (runs / "torn-metrics" / METRICS).write_bytes((whole / METRICS).read_bytes()[:-30])
    (runs / "foreign" / "thumbs.db").write_bytes(b"\xff")
    (runs / "foreign" / FOLDER).mkdir(exist_ok=True)
    (runs / "foreign" / FOLDER / "notes.npz").write_bytes(b"x")
    (runs / "foreign" / LOCK).mkdir()
    return said


def litter(runs: Path) -> None:
    """Put things into the folder of runs that are no runs."""
    (runs / ".DS_Store").write_bytes(b"x")
    (runs / "a folder of photos").mkdir()
    (runs / "link").symlink_to("nowhere")
    (runs / "linked").mkdir()
    (runs / "linked" / CONFIG).symlink_to("nowhere")
    odd = os.fsencode(runs) + b"/\xff\xfe"
    os.mkdir(odd)
    Path(os.fsdecode(odd), CONFIG).write_text("{}")


def test_the_table_shows_every_run_and_what_is_wrong_with_it(open_page, jobs, recorded):
    said = damage(recorded.parent, recorded)
    litter(recorded.parent)
    app = open_page("training", run="run:short", train_table="1")
    assert not app.exception
    rows = app.dataframe[0].value.set_index("run")
    assert set(rows.index) >= {"short", *said}
    assert not set(rows.index) & {"a folder of photos", "link", "linked", ".DS_Store"}
    for name, words in said.items():
        problem = rows.loc[name, "problem"]
        assert (words in problem) if words else problem == "", f"{name}: {problem}"
    assert rows.loc["damaged-lines", "step"] == 30
    assert rows.loc["empty-config", "state"] == "damaged"
    assert rows.loc["torn-metrics", "step"] == 29


@pytest.mark.parametrize(
    ("name", "words", "goes_on"),
    [
        ("empty-config", "The run “empty-config” cannot be shown. config.json is damaged", None),
        ("cut-checkpoint", "so this run cannot be continued or used", None),
        ("torn-metrics", "", True),
        ("no-metrics", "", True),
    ],
)
def test_the_page_of_a_damaged_run_says_what_is_wrong(open_page, jobs, recorded, name, words, goes_on):
    damage(recorded.parent, recorded)
    app = open_page("training", run=f"run:{name}")
    assert not app.exception
    assert [words in warning.value for warning in app.warning] == ([True] if words else [])
    can_press = {button.label for button in app.button if not button.disabled}
    assert ("Continue" in can_press) == bool(goes_on)
    assert ("Use this model on all pages" in can_press) == bool(goes_on)


def test_a_table_without_trouble_has_no_column_for_it(open_page, jobs, recorded):
    app = open_page("training", run="run:short", train_table="1")
    assert "problem" not in app.dataframe[0].value


def test_a_run_stopped_with_its_server_says_where_it_goes_on(open_page, jobs, recorded):
    """The last checkpoint is of step 30 of 40; then step 31 is recorded, too."""
    config = json.loads((recorded / CONFIG).read_text())
    config["training"]["steps"] = 40
    (recorded / CONFIG).write_text(json.dumps(config))
    app = open_page("training", run="run:short")
    assert any("after step 30" in info.value or "step 30" in info.value for info in app.info)
    steps = [TrainStep.from_dict(line) for line in Run.find(recorded).metrics()]
    with (recorded / METRICS).open("a") as file:
        file.write(json.dumps(replace(steps[-1], step=31, evaluation=None).to_dict()) + "\n")
    app = open_page("training", run="run:short", lang="zh")
    assert any("第 30 步" in info.value for info in app.info)


@pytest.mark.slow
def test_a_run_that_another_server_trains_or_has_continued_is_shown_as_it_is_now(open_page, jobs, recorded):
    """This server started the run, so it still has its own record of it."""
    app = open_page("training", **TINY | {"train_steps": "200", "train_evaluate_every": "200"})
    press(app, "Step")
    (job,) = jobs.all()
    press(app, "Stop")
    assert job.wait_until(lambda: job.is_over, SECONDS)
    assert job.worker
    job.worker.process.wait(SECONDS)
    app.run()
    assert "stopped · step 1 of 200" in progress(app)

    far = replace(
        Writer.this_process(), host="elsewhere", **({"system": "x"} if hasattr(Writer, "system") else {})
    )
    (job.path / LOCK).write_text(json.dumps(asdict(far)))
    app.run()
    assert "training in another process · step 1 of 200" in progress(app)
    assert any(f"Process {far.pid} on elsewhere trains this run" in info.value for info in app.info)
    (job.path / LOCK).unlink()

    other = Jobs(limit=1)
    theirs = other.resume(Run.find(job.path))
    assert theirs.wait_until(lambda: theirs.is_over, SECONDS)
    other.close()
    app.run()
    assert "finished · step 200 of 200" in progress(app)


@pytest.mark.slow
def test_a_folder_removed_under_a_running_process_ends_it_with_a_sentence(tmp_path):
    model = TransformerConfig(embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16)
    training = TrainConfig(steps=1_000_000, batch_size=4, evaluate_every=1_000_000, evaluation_size=4)
    jobs = Jobs(limit=1)
    job = jobs.start(tmp_path, model, training)
    assert job.wait_until(lambda: job.step > 0, SECONDS)
    shutil.rmtree(job.path)
    assert job.wait_until(lambda: job.is_over, SECONDS)
    assert (job.state, str(job.problem)) == ("failed", f"The folder of the run {job.name} was removed.")
    assert job.worker
    job.worker.process.wait(SECONDS)
    assert list(tmp_path.iterdir()) == [], "half a run is not brought back"
    again = jobs.start(tmp_path, model, training)
    assert again.wait_until(lambda: again.step > 0, SECONDS), again.problem
    jobs.close()


def test_what_a_killed_process_left_half_written_is_cleared_away(recorded, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)
    (recorded / f".{CHECKPOINT}.abc").write_bytes(b"half")
    assert main(["--resume", str(recorded), "--threads=1", "--device=cpu"]) == 0
    assert not list(recorded.glob(".*"))
    capsys.readouterr()


def test_clocks_that_differ_hide_no_run(open_page, jobs, recorded):
    """Files with times in the future, as a machine with another clock writes them."""
    for path in (recorded, *recorded.rglob("*")):
        os.utime(path, (time.time() + 1e6,) * 2)
    app = open_page("training", run="run:short")
    assert not app.exception
    assert "finished · step 30 of 30" in progress(app)
    app = open_page("training", run="run:short", train_section="runs")
    assert "short" in set(app.dataframe[0].value["run"])
    assert shown.named("run:short").state == "finished"


def test_a_run_that_cannot_be_removed_stays(recorded, monkeypatch):
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    jobs = Jobs(limit=1)
    with pytest.raises(InputError, match="cannot be removed"):
        jobs.delete(Run.find(recorded))
    jobs.close()
